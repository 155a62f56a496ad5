package pricing

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"settle/transform/exact"
)

// number is written as a number cell with exactly this text.
type number string

// formula is written with a stored value, as spreadsheet programs do; without one where the value is empty.
type formula struct{ text, value string }

// dated is a number that its format shows as a date.
type dated int

// merged makes a range of cells one.
type merged string

// testCells is a workbook that uses every sheet; row 1 holds the headers.
var testCells = map[string][][]any{
	"Parties": {
		{"party_id", "short_code", "name", "kind", "language", "invoice_kind", "buyer_title", "tax_id", "address_phone", "bank_account", "email"},
		{"P1", "acme", "示例科技", "customer", "zh", "special", "示例科技有限公司", "91350100M000100Y43", "", "", "finance@example.com"},
		{"P2", "group", "集团", "group", nil, nil, "集团"},
		{"P3", "reseller", "经销商", "reseller", "en", "none"},
	},
	"Contracts": {
		{"contract_no", "party_id", "customer_id", "reseller_id", "price_plan", "valid_from", "valid_to", "amounts_include_tax", "tax_code"},
		{"K1", "P1", "c1", "", "gold", "2026-01-01", "2026-06-30", "yes", "cloud"},
		{"K2", "P1", "c1", "", "gold", "2026-07-01", nil, "yes", "cloud"},
		{"K3", "P2", "c2", "", "gold", "2026-01-01", nil, "no", "cloud"},
		{"K4", "P2", "c3", "", "gold", "2026-01-01", nil, "no", "cloud"},
		{"K5", "P3", "c1", "r1", "gold", dated(46023), nil, "no", "cloud"},
	},
	"Rules": {
		{"rule_id", "price_plan", "priority", "valid_from", "valid_to", "customer_id", "service_type_code", "resource_type_code", "region_code", "charging_mode", "bill_detail_type", "product_id", "base", "method", "value", "unit", "tax_code", "note"},
		{"R1", "gold", number("100"), "", "", "", "hws.service.type.ec2", "", "", number("3"), "", "", "official", "discount", number("0.05"), "", "", ""},
		{"R2", "gold", "200", "", "", "c1", "", "", "", "", "", "", "payable", "factor", "1.123456", "", "", "a\nb"},
		{"R3", "gold", number("300"), "2026-02-01", "2026-12-31", "", "", "", "", "", "", "", "payable", "tiers", "", "", "cloud", ""},
		{"R4", "gold", number("400"), "", "", "", "", "", "", "", "", "", "official", "unit_price", "0.0123456789", "17", "", ""},
		{"R5", "gold", number("350"), "", "", "", "", "", "cn-north-4", "", "", "", "payable", "pass_through", "", "", "", ""},
	},
	"Tiers": {
		{"rule_id", "from", "value", "style", "basis"},
		{"R3", number("0"), number("1"), "progressive", "amount"},
		{"R3", number("1000"), number("0.95"), "progressive", "amount"},
	},
	"Commitments": {
		{"contract_no", "valid_from", "valid_to", "amount_per_month", "services", "refunds_reduce"},
		{"K2", "2026-07-01", "2026-12-31", number("10000"), "hws.service.type.ec2，hws.service.type.obs", "yes"},
	},
	"Adjustments": {
		{"adjustment_id", "contract_no", "from_cycle", "to_cycle", "amount", "tax_code", "reason", "approved_by"},
		{"A1", "K2", "2026-09", "2026-09", number("-200.5"), "", "补偿", "财务"},
		{"A2", "K3", "2026-07", "2026-09", "1234567890.12345678", "cloud", "fee", "财务"},
	},
	"TaxItems": {
		{"tax_code", "item_name", "class_code", "rate", "valid_from"},
		{"cloud", "*信息技术服务*云服务费", "3040203000000000000", number("0.06"), "2026-01-01"},
	},
	"Invoices": {
		{"request_no", "invoice_no", "date", "amount_excl_tax", "tax_amount", "amount_incl_tax", "reverses"},
		{"IR-1", "26110000000000000001", "2026-10-08", "12000.00", number("720"), number("12720"), ""},
	},
}

// edit is a change to testCells: the cell's address and its new content.
type edit struct {
	cell string
	to   any
}

// file builds the workbook with an independent program, excelize, not with Write.
func file(t testing.TB, edits ...edit) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	asDate, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	must(err)
	put := func(sheet, at string, v any) {
		t.Helper()
		switch v := v.(type) {
		case nil:
			must(f.SetCellValue(sheet, at, nil))
		case number:
			must(f.SetCellDefault(sheet, at, string(v)))
		case dated:
			must(f.SetCellInt(sheet, at, int64(v)))
			must(f.SetCellStyle(sheet, at, at, asDate))
		case formula:
			if v.value != "" {
				must(f.SetCellDefault(sheet, at, v.value))
			}
			must(f.SetCellFormula(sheet, at, v.text))
		case merged:
			must(f.MergeCell(sheet, at, string(v)))
		default:
			must(f.SetCellValue(sheet, at, v))
		}
	}
	for _, s := range sheets {
		_, err := f.NewSheet(s.name)
		must(err)
		for r, row := range testCells[s.name] {
			for c, v := range row {
				if v != nil && v != "" {
					put(s.name, address(c+1, r+1), v)
				}
			}
		}
	}
	for _, e := range edits {
		sheet, at, found := strings.Cut(e.cell, "!")
		switch {
		case found:
			put(sheet, at, e.to)
		case e.to == nil:
			must(f.DeleteSheet(sheet))
		default:
			must(f.SetSheetName(sheet, e.to.(string)))
		}
	}
	var b bytes.Buffer
	must(f.Write(&b))
	return b.Bytes()
}

func faultsOf(t testing.TB, data []byte) []string {
	t.Helper()
	_, err := Read(bytes.NewReader(data))
	var f *Faults
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &f):
		t.Fatalf("not *Faults: %v", err)
	}
	return strings.Split(err.Error(), "\n")
}

func read1(t testing.TB, data []byte) *Book {
	t.Helper()
	b, err := Read(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// bare drops where the rows stood, to compare content.
func bare(b *Book) *Book {
	c := *b
	c.Hash, c.Warnings = "", nil
	for _, rows := range []any{&c.Parties, &c.Contracts, &c.Rules, &c.Tiers, &c.Commitments, &c.Adjustments, &c.TaxItems, &c.Invoices} {
		v := reflect.ValueOf(rows).Elem()
		copied := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(copied, v)
		for i := range copied.Len() {
			copied.Index(i).FieldByName("Origin").SetZero()
		}
		if copied.Len() == 0 {
			copied = reflect.Zero(v.Type())
		}
		v.Set(copied)
	}
	return &c
}

func moneyOf(s string) (m exact.Money) {
	if err := m.SetText([]byte(s)); err != nil {
		panic(err)
	}
	return m
}

func quantityOf(s string) (q exact.Quantity) {
	if err := q.SetText([]byte(s)); err != nil {
		panic(err)
	}
	return q
}
