package pricing

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"settle/transform/exact"
)

func written(t testing.TB, b *Book) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Write(b, &out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// sameBook compares content and shows the first row that differs.
func sameBook(t testing.TB, got, want *Book) {
	t.Helper()
	g, w := reflect.ValueOf(*bare(got)), reflect.ValueOf(*bare(want))
	for i := range 8 { // the sheets
		name, gs, ws := g.Type().Field(i).Name, g.Field(i), w.Field(i)
		if gs.Len() != ws.Len() {
			t.Errorf("%s: %d rows, want %d", name, gs.Len(), ws.Len())
			continue
		}
		for r := range gs.Len() {
			if x, y := gs.Index(r).Interface(), ws.Index(r).Interface(); !reflect.DeepEqual(x, y) {
				t.Errorf("%s row %d:\ngot  %+v\nwant %+v", name, r, x, y)
				break
			}
		}
	}
}

func TestWriteReadsBack(t *testing.T) {
	b := read1(t, file(t))
	data := written(t, b)
	sameBook(t, read1(t, data), b)
	for range 3 {
		if !bytes.Equal(written(t, b), data) {
			t.Fatal("the same book gave other bytes")
		}
	}
}

// Random books, with texts that look like numbers, formulas, escapes and markup.
func TestWriteReadsBackAnything(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	texts := []string{"=cmd|' /C calc'!A0", "@x", "+1", "-1", "0012", "1E5", "1,5", "<b>&amp;\"'", "_x0041_", "客户", "a b", "2026-01-31", "TRUE", "#REF!", "𠮷", strings.Repeat("x", 200), "_x005F_", "_x0041_x0042_x00", "a\u200bb"}
	text := func() string { return texts[r.IntN(len(texts))] }
	decimal := func(digits, scale int) string {
		n := r.Int64N(1_000_000_000_000_000_000)
		for range r.IntN(18) {
			n /= 10
		}
		s := fmt.Sprintf("%0*d", scale+1, n)
		if len(s) > digits {
			s = s[len(s)-digits:]
		}
		return s[:len(s)-scale] + "." + s[len(s)-scale:]
	}
	for range 6 {
		b := Template(nil)
		for i := range 1 + r.IntN(20) {
			p := Party{ID: fmt.Sprintf("%s %d", text(), i), ShortCode: fmt.Sprintf("S-%d", i), Name: text(), Kind: "customer", Language: "en", InvoiceKind: "ordinary", BuyerTitle: text(), AddressPhone: text(), BankAccount: text(), InvoiceBy: "order"}
			k := Contract{Number: fmt.Sprintf("%s %d", text(), i), PartyID: p.ID, CustomerID: fmt.Sprint(i), ResellerID: text(), PricePlan: templatePlan, ValidFrom: day("2020-01-01"), TaxCode: templateTax}
			if r.IntN(2) == 0 {
				k.ValidTo = exact.NewDate(k.ValidFrom.Time().AddDate(0, 0, r.IntN(900_000)))
			}
			a := Adjustment{ID: fmt.Sprint("0", i), ContractNumber: k.Number, FromCycle: "2026-01", ToCycle: "2026-12", Amount: moneyOf("-" + decimal(18, 8)), Reason: text() + "\n" + text(), ApprovedBy: text()}
			price := Rule{ID: fmt.Sprint("R", i), PricePlan: templatePlan, Priority: r.Int64N(1 << 31), ChargingMode: "3", RegionCode: text(), Base: "official", Method: MethodUnitPrice, Value: rateOf(decimal(18, 10)), Unit: text(), Note: text()}
			step := Tier{RuleID: "T", From: quantityOf(fmt.Sprintf("%d.%012d", i, r.Int64N(1e12)*int64(min(i, 1)))), Value: rateOf(decimal(18, 10)), Style: "reached", Basis: "quantity"}
			b.Parties, b.Contracts, b.Adjustments = append(b.Parties, p), append(b.Contracts, k), append(b.Adjustments, a)
			b.Rules, b.Tiers = append(b.Rules, price), append(b.Tiers, step)
		}
		b.Rules = append(b.Rules, Rule{ID: "T", PricePlan: templatePlan, Priority: 1, Base: "official", Method: MethodTiers})
		sameBook(t, read1(t, written(t, b)), b)
	}
}

func TestWriteRefusesLongText(t *testing.T) {
	b := Template([]TemplateCustomer{{ID: "c1"}})
	b.Parties[0].AddressPhone = strings.Repeat("長", maxText+1)
	if err := Write(b, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "Parties!I2: address_phone is longer than 32767 characters") {
		t.Errorf("got %v", err)
	}
}

// The parts that make the workbook usable by people.
func TestWriteForPeople(t *testing.T) {
	f, err := excelize.OpenReader(bytes.NewReader(written(t, read1(t, file(t)))))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got := f.GetSheetList(); got[0] != guideName || len(got) != len(sheets)+1 {
		t.Errorf("sheets %v", got)
	}
	for _, s := range sheets {
		notes, err := f.GetComments(s.name)
		if err != nil || len(notes) != len(s.columns) {
			t.Errorf("%s: %d notes for %d headers, %v", s.name, len(notes), len(s.columns), err)
		}
		if panes, err := f.GetPanes(s.name); err != nil || !panes.Freeze || panes.YSplit != 1 {
			t.Errorf("%s: header row not frozen: %+v, %v", s.name, panes, err)
		}
		checks, err := f.GetDataValidations(s.name)
		if err != nil {
			t.Fatal(err)
		}
		lists := map[string]bool{}
		if len(checks) != len(s.columns) {
			t.Errorf("%s: %d of %d columns say what they are for", s.name, len(checks), len(s.columns))
		}
		for _, v := range checks {
			for part, most := range map[*string]int{v.Prompt: maxPrompt, v.Error: maxPrompt, v.PromptTitle: maxPromptTitle, v.ErrorTitle: maxPromptTitle} {
				if part != nil && (len(utf16.Encode([]rune(*part))) > most || *part == "") {
					t.Errorf("%s!%s: a prompt of %d characters: %s", s.name, v.Sqref, len(*part), *part)
				}
			}
			if !v.AllowBlank {
				t.Errorf("%s!%s: a blank is refused", s.name, v.Sqref)
			}
			if v.Type == "list" {
				lists[v.Sqref[:1]] = true
			}
		}
		for i, c := range s.columns {
			if (len(c.values) > 0 || c.refers != "") != lists[columnName(i+1)] {
				t.Errorf("%s.%s: drop-down: %v", s.name, c.header, lists[columnName(i+1)])
			}
			if s.example[i] != "" && !strings.HasSuffix(s.prompt(i), s.example[i]) {
				t.Errorf("%s.%s: the prompt does not show its example: %s", s.name, c.header, s.prompt(i))
			}
			if strings.TrimSpace(c.note) == "" {
				t.Errorf("%s.%s has no note", s.name, c.header)
			}
		}
	}
	titles := map[string]bool{}
	for _, n := range f.GetDefinedName() {
		titles[n.Scope] = titles[n.Scope] || n.Name == "_xlnm.Print_Titles" && n.RefersTo == n.Scope+"!$A:$A,"+n.Scope+"!$1:$1"
	}
	for _, s := range sheets {
		formats, err := f.GetConditionalFormats(s.name)
		if err != nil || len(formats) == 0 || !titles[s.name] {
			t.Errorf("%s: %d marks of missing cells, headers repeat in print: %v, %v", s.name, len(formats), titles[s.name], err)
		}
	}
	for cell, want := range map[string]string{"Contracts!F2": "2026-01-01", "Adjustments!E2": "-200.50", "Invoices!D2": "12,000.00", "Invoices!B2": "26110000000000000001"} {
		sheet, at, _ := strings.Cut(cell, "!")
		if got, err := f.GetCellValue(sheet, at); err != nil || got != want {
			t.Errorf("%s shows %q, want %q, %v", cell, got, want, err)
		}
	}
}

// The example rows of the guide must be rows that Read would take.
func TestGuideExamples(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	for _, s := range sheets {
		if _, err := f.NewSheet(s.name); err != nil {
			t.Fatal(err)
		}
		for i, c := range s.columns {
			for at, v := range map[string]string{address(i+1, 1): c.header, address(i+1, 2): s.example[i]} {
				if err := f.SetCellStr(s.name, at, v); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	for i, v := range []string{"R-200", "standard", "200", "", "", "", "", "", "", "", "", "", "payable", "tiers"} { // what the example of Tiers refers to
		if err := f.SetCellStr("Rules", address(i+1, 3), v); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	if b := read1(t, out.Bytes()); len(b.Warnings) > 0 {
		t.Errorf("warnings %v", b.Warnings)
	}
}

func TestTemplate(t *testing.T) {
	var customers []TemplateCustomer
	for i := range 800 {
		c := TemplateCustomer{ID: fmt.Sprintf("%032x", i), Name: fmt.Sprintf("客户 %d 有限公司", i), ValidFrom: day("2026-09-01")}
		switch i % 4 {
		case 1:
			c.Name = "Acme Ltd."
		case 2:
			c.ResellerID = fmt.Sprintf("reseller-%d", i%8)
		case 3:
			c.ResellerID, c.Reseller, c.ResellerName = fmt.Sprintf("reseller-%d", i%8), true, "渠道 Partner"
		}
		customers = append(customers, c)
	}
	moved := customers[5] // changed reseller in mid-month: two accounts, two parties
	moved.ResellerID = "reseller-1"
	customers = append(customers, moved, customers[7],
		TemplateCustomer{ID: "hostile", Name: "../../etc\x00\n=cmd|' /C calc'!A0" + strings.Repeat("x", 40_000), ValidFrom: day("2026-09-01")})
	b := Template(customers)
	got := read1(t, written(t, b))
	sameBook(t, got, b)
	if len(got.Warnings) > 0 {
		t.Errorf("warnings %v", got.Warnings)
	}
	if len(b.Contracts) != 802 || len(b.Parties) != 602+2 {
		t.Errorf("%d contracts, %d parties", len(b.Contracts), len(b.Parties))
	}
	if from := b.TaxItems[0].ValidFrom.String(); from != "2020-01-01" {
		t.Errorf("tax item from %s", from)
	}
	shuffled := Template(append(customers[400:len(customers):len(customers)], customers[:400]...))
	sameBook(t, shuffled, b)
	for name, want := range map[string]string{"Acme Ltd.": "Acme-Ltd", "客户": "party", "CON": "CON", "..": "party", "名 A1b2": "A1b2"} {
		id := "客"
		if code := Template([]TemplateCustomer{{ID: id, Name: name}}).Parties[0].ShortCode; code != want {
			t.Errorf("short code of %q is %q, want %q", name, code, want)
		}
	}
	if code := Template([]TemplateCustomer{{ID: "0b1c2d3e4f5a6b7c8d9e", Name: "客户"}}).Parties[0].ShortCode; code != "4f5a6b7c8d9e" {
		t.Errorf("short code by id is %q", code)
	}
}
