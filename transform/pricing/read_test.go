package pricing

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	data := file(t)
	path := filepath.Join(t.TempDir(), "pricing.xlsx")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := &Book{
		Parties: []Party{
			{ID: "P1", ShortCode: "acme", Name: "示例科技", Kind: "customer", Language: "zh", InvoiceKind: "special", BuyerTitle: "示例科技有限公司", TaxID: "91350100M000100Y43", Email: "finance@example.com", InvoiceBy: "cycle"},
			{ID: "P2", ShortCode: "group", Name: "集团", Kind: "group", Language: "both", InvoiceKind: "ordinary", BuyerTitle: "集团", InvoiceBy: "cycle"},
			{ID: "P3", ShortCode: "reseller", Name: "经销商", Kind: "reseller", Language: "en", InvoiceKind: "none", InvoiceBy: "cycle"},
		},
		Contracts: []Contract{
			{Number: "K1", PartyID: "P1", CustomerID: "c1", PricePlan: "gold", ValidFrom: day("2026-01-01"), ValidTo: day("2026-06-30"), AmountsIncludeTax: true, TaxCode: "cloud"},
			{Number: "K2", PartyID: "P1", CustomerID: "c1", PricePlan: "gold", ValidFrom: day("2026-07-01"), AmountsIncludeTax: true, TaxCode: "cloud"},
			{Number: "K3", PartyID: "P2", CustomerID: "c2", PricePlan: "gold", ValidFrom: day("2026-01-01"), TaxCode: "cloud"},
			{Number: "K4", PartyID: "P2", CustomerID: "c3", PricePlan: "gold", ValidFrom: day("2026-01-01"), TaxCode: "cloud"},
			{Number: "K5", PartyID: "P3", CustomerID: "c1", ResellerID: "r1", PricePlan: "gold", ValidFrom: day("2026-01-01"), TaxCode: "cloud"},
		},
		Rules: []Rule{
			{ID: "R1", PricePlan: "gold", Priority: 100, ServiceTypeCode: "hws.service.type.ec2", ChargingMode: "3", Base: "official", Method: "discount", Value: rateOf("0.05")},
			{ID: "R2", PricePlan: "gold", Priority: 200, CustomerID: "c1", Base: "payable", Method: "factor", Value: rateOf("1.123456"), Note: "a\nb"},
			{ID: "R3", PricePlan: "gold", Priority: 300, ValidFrom: day("2026-02-01"), ValidTo: day("2026-12-31"), Base: "payable", Method: "tiers", TaxCode: "cloud"},
			{ID: "R4", PricePlan: "gold", Priority: 400, Base: "official", Method: "unit_price", Value: rateOf("0.0123456789"), Unit: "17"},
			{ID: "R5", PricePlan: "gold", Priority: 350, RegionCode: "cn-north-4", Base: "payable", Method: "pass_through"},
		},
		Tiers: []Tier{
			{RuleID: "R3", From: quantityOf("0"), Value: rateOf("1"), Style: "progressive", Basis: "amount"},
			{RuleID: "R3", From: quantityOf("1000"), Value: rateOf("0.95"), Style: "progressive", Basis: "amount"},
		},
		Commitments: []Commitment{{ContractNumber: "K2", ValidFrom: day("2026-07-01"), ValidTo: day("2026-12-31"), AmountPerMonth: moneyOf("10000"), Services: "hws.service.type.ec2,hws.service.type.obs", RefundsReduce: true}},
		Adjustments: []Adjustment{
			{ID: "A1", ContractNumber: "K2", FromCycle: "2026-09", ToCycle: "2026-09", Amount: moneyOf("-200.5"), Reason: "补偿", ApprovedBy: "财务"},
			{ID: "A2", ContractNumber: "K3", FromCycle: "2026-07", ToCycle: "2026-09", Amount: moneyOf("1234567890.12345678"), TaxCode: "cloud", Reason: "fee", ApprovedBy: "财务"},
		},
		TaxItems: []TaxItem{{TaxCode: "cloud", ItemName: "*信息技术服务*云服务费", ClassCode: "3040203000000000000", Rate: rateOf("0.06"), ValidFrom: day("2026-01-01")}},
		Invoices: []Invoice{{RequestNumber: "IR-1", Number: "26110000000000000001", Date: day("2026-10-08"), AmountExclTax: moneyOf("12000"), TaxAmount: moneyOf("720"), AmountInclTax: moneyOf("12720")}},
	}
	if got := bare(b); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	sum := sha256.Sum256(data)
	if b.Hash != hex.EncodeToString(sum[:]) {
		t.Errorf("hash %s", b.Hash)
	}
	if len(b.Warnings) != 0 {
		t.Errorf("warnings %v", b.Warnings)
	}
	if o := b.Rules[1].Origin; o.Sheet != "Rules" || o.Column("value") != "O3" {
		t.Errorf("origin %+v, %s", o, o.Column("value"))
	}
}

// Every fault by its message: what it says, where, and what to do.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name  string
		edits []edit
		want  string
	}{
		{"decimal comma", []edit{{"Rules!O3", "1,05"}}, "Rules!O3: value 1,05 is not a decimal number; write 1.05"},
		{"ambiguous comma", []edit{{"Rules!O3", "1,050"}}, "Rules!O3: value 1,050 is not a decimal number; write 1050, or 1.050 if the comma is a decimal comma"},
		{"thousands", []edit{{"Commitments!D2", "1,234,567.5"}}, "Commitments!D2: amount_per_month 1,234,567.5 is not a decimal number; write 1234567.5"},
		{"percent", []edit{{"TaxItems!D2", "6%"}}, "TaxItems!D2: rate 6% is not a decimal number; write 0.06"},
		{"full width", []edit{{"Rules!O3", "１．０５"}}, "Rules!O3: value １．０５ is not a decimal number; write 1.05"},
		{"currency sign", []edit{{"Adjustments!E2", "¥-200"}}, "Adjustments!E2: amount ¥-200 is not a decimal number; write -200"},
		{"words", []edit{{"Rules!O3", "about one"}}, "Rules!O3: value about one is not a decimal number; write a number such as 1.05"},
		{"control characters are not printed", []edit{{"Rules!O3", "1\n2"}}, `Rules!O3: value "1\n2" is not a decimal number; write a number such as 1.05`},
		{"bool for a number", []edit{{"Rules!O3", true}}, "Rules!O3: value 1 is not a decimal number; write 1"},
		{"date for a number", []edit{{"Rules!O3", dated(45000)}}, "Rules!O3: value was turned into a date by the spreadsheet program; format the cell as text and type the value again"},
		{"factor places", []edit{{"Rules!O3", "1.1234567"}}, "Rules!O3: value 1.1234567 has more than 6 decimal places; round it to 6; only prices have up to 10"},
		{"price places", []edit{{"Rules!O5", "0.12345678901"}}, "Rules!O5: value 0.12345678901 has more than 10 decimal places; round it to 10"},
		{"amount places", []edit{{"Adjustments!E2", "0.123456789"}}, "Adjustments!E2: amount 0.123456789 has more than 8 decimal places; round it to 8"},
		{"invoice places", []edit{{"Invoices!E2", "720.001"}}, "Invoices!E2: tax_amount 720.001 has more than 2 decimal places; round it to 2"},
		{"amount size", []edit{{"Adjustments!E2", number("10000000000")}}, "Adjustments!E2: amount 10000000000 is too large; write a smaller number"},
		{"exponent size", []edit{{"Adjustments!E2", number("1E+300")}}, "is too large; write a smaller number"},
		{"negative factor", []edit{{"Rules!O3", number("-1")}}, "Rules!O3: factor -1 is negative; write a value from 0 on; amounts to give back go into sheet Adjustments"},
		{"discount above 1", []edit{{"Rules!O2", number("5")}}, "Rules!O2: discount 5 is not between 0 and 1; write 0.05 for 5 % off"},
		{"negative discount", []edit{{"Rules!O2", number("-0.05")}}, "Rules!O2: discount -0.05 is not between 0 and 1"},
		{"negative markup", []edit{{"Rules!N3", "markup"}, {"Rules!O3", number("-0.1")}}, "Rules!O3: markup -0.1 is negative; use method discount for a reduction"},
		{"value missing", []edit{{"Rules!O3", nil}}, "Rules!O3: value is empty: method factor needs one; fill it in"},
		{"value of pass_through", []edit{{"Rules!O6", number("1")}}, "Rules!O6: method pass_through takes no value; empty the cell, or choose another method"},
		{"value of tiers", []edit{{"Rules!O4", number("1")}}, "Rules!O4: method tiers takes no value"},
		{"unit without unit_price", []edit{{"Rules!P3", "GB"}}, "Rules!P3: method factor takes no unit; empty the cell, or use method unit_price"},
		{"unit of steps by amount", []edit{{"Rules!P4", "GB"}}, "Rules!P4: rule R3 has steps by amount, which take no unit; empty the cell, or set basis quantity in sheet Tiers"},
		{"unknown invoice split", []edit{{"Parties!L1", "invoice_by"}, {"Parties!L2", "month"}}, "Parties!L2: invoice_by month is not known; choose one of cycle, order, account"},
		{"unit_price without unit", []edit{{"Rules!P5", nil}}, "Rules!P5: unit is empty: a unit price needs one; write a measure id or an abbreviation"},
		{"priority", []edit{{"Rules!C3", "1.5"}}, "Rules!C3: priority 1.5 is not a whole number; write a whole number such as 100"},
		{"priority as number", []edit{{"Rules!C3", number("1.5")}}, "Rules!C3: priority 1.5 is not a whole number"},
		{"unknown method", []edit{{"Rules!N3", "times"}}, "Rules!N3: method times is not known; choose one of pass_through, factor, discount, markup, unit_price, tiers"},
		{"unknown base", []edit{{"Rules!M3", "list"}}, "Rules!M3: base list is not known; choose one of official, payable"},
		{"unknown kind", []edit{{"Parties!D2", "person"}}, "Parties!D2: kind person is not known; choose one of customer, group, reseller"},
		{"unknown language", []edit{{"Parties!E2", "fr"}}, "Parties!E2: language fr is not known; choose one of zh, en, both"},
		{"unknown invoice kind", []edit{{"Parties!F2", "red"}}, "Parties!F2: invoice_kind red is not known; choose one of special, ordinary, none"},
		{"unknown style", []edit{{"Tiers!D2", "steps"}}, "Tiers!D2: style steps is not known; choose one of progressive, reached"},
		{"unknown basis", []edit{{"Tiers!E2", "hours"}}, "Tiers!E2: basis hours is not known; choose one of amount, quantity"},
		{"yes or no", []edit{{"Contracts!H2", "maybe"}}, "Contracts!H2: amounts_include_tax maybe is neither yes nor no; choose one of yes, no"},
		{"refunds_reduce", []edit{{"Commitments!F2", "perhaps"}}, "Commitments!F2: refunds_reduce perhaps is neither yes nor no"},
		{"required cell", []edit{{"Parties!C2", nil}}, "Parties!C2: name is empty; fill it in"},
		{"required enum", []edit{{"Rules!M3", nil}}, "Rules!M3: base is empty; choose one of official, payable"},
		{"blank is empty", []edit{{"Parties!C2", "  　"}}, "Parties!C2: name is empty; fill it in"},
		{"date form", []edit{{"Contracts!F2", "2026/1/1"}}, "Contracts!F2: valid_from 2026/1/1 is not a date; write 2026-01-01"},
		{"Chinese date", []edit{{"Contracts!F2", "2026年1月31日"}}, "Contracts!F2: valid_from 2026年1月31日 is not a date; write 2026-01-31"},
		{"no such day", []edit{{"Contracts!G2", "2026-06-31"}}, "Contracts!G2: valid_to 2026-06-31 is not a date; write a day from 2000-01-01 on as yyyy-mm-dd"},
		{"date as number", []edit{{"Contracts!F2", number("20260101")}}, "Contracts!F2: valid_from 20260101 is not a date; write 2026-01-01"},
		{"year as number", []edit{{"Contracts!F2", number("2026")}}, "Contracts!F2: valid_from 2026 is not a date"},
		{"date with time", []edit{{"Contracts!F2", number("46023.5")}}, "Contracts!F2: valid_from 46023.5 is not a date"},
		{"ancient date", []edit{{"Contracts!F2", "1926-01-01"}}, "Contracts!F2: valid_from 1926-01-01 is not a date"},
		{"cycle form", []edit{{"Adjustments!C2", "2026-9"}}, "Adjustments!C2: from_cycle 2026-9 is not a billing cycle; write a month as text, yyyy-mm"},
		{"cycle as number", []edit{{"Adjustments!C2", number("202609")}}, "Adjustments!C2: from_cycle 202609 is not a billing cycle"},
		{"cycles reversed", []edit{{"Adjustments!D3", "2026-06"}}, "Adjustments!D3: to_cycle 2026-06 is before from_cycle 2026-07; correct one of the two"},
		{"period reversed", []edit{{"Contracts!G2", "2025-12-31"}}, "Contracts!G2: valid_to 2025-12-31 is before valid_from 2026-01-01; correct one of the two dates"},
		{"rule period reversed", []edit{{"Rules!E4", "2026-01-31"}}, "Rules!E4: valid_to 2026-01-31 is before valid_from 2026-02-01"},
		{"commitment period reversed", []edit{{"Commitments!C2", "2026-01-31"}}, "Commitments!C2: valid_to 2026-01-31 is before valid_from 2026-07-01"},
		{"error cell", []edit{{"Rules!O3", "placeholder"}}, "Rules!O3: value placeholder is not a decimal number"},
		{"formula without value", []edit{{"Rules!O3", nil}, {"Rules!O3", formula{"1+0.05", ""}}}, "Rules!O3: value is a formula whose value the file does not hold; open the workbook in a spreadsheet program and save it, or type the value"},
		{"line break in a name", []edit{{"Parties!C2", "a\nb"}}, `Parties!C2: name "a\nb" has a line break or control character; keep it on one line, without control characters`},
		{"id turned into a date", []edit{{"Contracts!A2", dated(45000)}}, "Contracts!A2: contract_no was turned into a date by the spreadsheet program"},
		{"duplicate party", []edit{{"Parties!A3", "P1"}}, "Parties!A3: party_id P1 stands in A2 already; give each row its own"},
		{"contract of two parties", []edit{{"Contracts!A4", "K1"}}, "Contracts!B4: contract K1 is billed to party P2 here and to P1 in row 2; give the rows of a contract one party, or another contract_no"},
		{"contract of two tax bases", []edit{{"Contracts!A4", "K1"}, {"Contracts!B4", "P1"}, {"Contracts!H2", "no"}, {"Contracts!H4", "yes"}}, "Contracts!H4: amounts_include_tax of contract K1 is not that of row 2; give the rows of a contract one tax basis, or another contract_no"},
		{"contract twice on one day", []edit{{"Contracts!A3", "K1"}, {"Contracts!F3", "2026-06-30"}}, "Contracts!F3: contracts K1 and K1 (row 2) both cover account c1 on 2026-06-30; end one the day before the other begins"},
		{"duplicate rule", []edit{{"Rules!A3", "R1"}}, "Rules!A3: rule_id R1 stands in A2 already"},
		{"duplicate adjustment", []edit{{"Adjustments!A3", "A1"}}, "Adjustments!A3: adjustment_id A1 stands in A2 already"},
		{"duplicate tax item", []edit{{"TaxItems!A3", "cloud"}, {"TaxItems!B3", "x"}, {"TaxItems!C3", "3040203000000000000"}, {"TaxItems!D3", "0.13"}, {"TaxItems!E3", "2026-01-01"}},
			"TaxItems!E3: tax_code cloud begins on 2026-01-01 in row 2 already; give one row per first day"},
		{"duplicate step", []edit{{"Tiers!B3", number("0.0")}}, "Tiers!B3: rule R3 has a step from 0 in row 2 already; give each step its own beginning"},
		{"duplicate short code", []edit{{"Parties!B3", "ACME"}}, "Parties!B3: short_code ACME stands in B2 already; choose another; capitals do not make a difference"},
		{"short code", []edit{{"Parties!B2", "../etc"}}, "Parties!B2: short_code ../etc is not 1 to 32 of A-Z a-z 0-9 _ -; it stands in file names: choose another"},
		{"class code", []edit{{"TaxItems!C2", "304020300000000000"}}, "TaxItems!C2: class_code 304020300000000000 is not 19 digits; look it up in the tax system; fill it with zeros on the right"},
		{"tax rate", []edit{{"TaxItems!D2", number("6")}}, "TaxItems!D2: rate 6 is not between 0 and 1; write 0.06 for 6 %"},
		{"tax id check", []edit{{"Parties!H2", "91350100M000100Y44"}}, "Parties!H2: tax_id 91350100M000100Y44 is mistyped: its check character does not fit; compare it with the buyer's licence"},
		{"tax id form", []edit{{"Parties!H2", "9135"}}, "Parties!H2: tax_id 9135 is not a tax id"},
		{"unknown party", []edit{{"Contracts!B2", "P9"}}, "Contracts!B2: party_id P9 is not in sheet Parties; add it there or correct it here"},
		{"unknown tax code", []edit{{"Contracts!I2", "soft"}}, "Contracts!I2: tax_code soft is not in sheet TaxItems"},
		{"unknown tax code of a rule", []edit{{"Rules!Q4", "soft"}}, "Rules!Q4: tax_code soft is not in sheet TaxItems"},
		{"unknown tax code of an adjustment", []edit{{"Adjustments!F3", "soft"}}, "Adjustments!F3: tax_code soft is not in sheet TaxItems"},
		{"tax code begins later", []edit{{"TaxItems!E2", "2026-03-01"}}, "Contracts!I2: tax_code cloud begins on 2026-03-01, after valid_from 2026-01-01; add an earlier row to TaxItems"},
		{"unknown contract of an adjustment", []edit{{"Adjustments!B2", "K9"}}, "Adjustments!B2: contract_no K9 is not in sheet Contracts"},
		{"unknown contract of a commitment", []edit{{"Commitments!A2", "K9"}}, "Commitments!A2: contract_no K9 is not in sheet Contracts"},
		{"unknown rule of a step", []edit{{"Tiers!A3", "R9"}}, "Tiers!A3: rule_id R9 is not in sheet Rules"},
		{"steps of another method", []edit{{"Tiers!A3", "R2"}}, "Tiers!A3: rule R2 has method factor, not tiers; set its method to tiers, or remove this row"},
		{"no steps", []edit{{"Rules!N6", "tiers"}}, "Rules!N6: rule R5 has no steps; add them to sheet Tiers"},
		{"no step from 0", []edit{{"Tiers!B2", number("1")}}, "Tiers!B2: rule R3 has no step from 0; let the first step begin at 0"},
		{"negative step", []edit{{"Tiers!B3", number("-1")}}, "Tiers!B3: from -1 is negative; the first step begins at 0"},
		{"negative step value", []edit{{"Tiers!C3", number("-1")}}, "Tiers!C3: value -1 is negative"},
		{"step value places", []edit{{"Tiers!C3", "0.1234567"}}, "Tiers!C3: value 0.1234567 has more than 6 decimal places"},
		{"two styles", []edit{{"Tiers!D3", "reached"}}, "Tiers!D3: rule R3 has style progressive in row 2 and reached here; give all steps of a rule one style"},
		{"two bases", []edit{{"Tiers!E3", "quantity"}}, "Tiers!E3: rule R3 has basis amount in row 2 and quantity here; give all steps of a rule one basis"},
		{"negative commitment", []edit{{"Commitments!D2", number("-1")}}, "Commitments!D2: amount_per_month -1 is negative; write the minimum as a positive amount"},
		{"overlap", []edit{{"Contracts!G2", "2026-07-01"}}, "Contracts!F3: contracts K2 and K1 (row 2) both cover account c1 on 2026-07-01; end one the day before the other begins"},
		{"overlap without end", []edit{{"Contracts!G2", nil}}, "Contracts!F3: contracts K2 and K1 (row 2) both cover account c1 on 2026-07-01"},
		{"customer of two accounts", []edit{{"Contracts!B4", "P1"}}, "Parties!D2: party P1 is a customer but its contracts name 2 accounts: c1, c2; make it a group, or give each account its own party"},
		{"customer under two resellers", []edit{{"Contracts!D3", "r9"}}, "Parties!D2: party P1 is a customer but its contracts name 2 accounts: c1, c1 under reseller r9"},
		{"reseller with a direct account", []edit{{"Contracts!B5", "P3"}}, "Parties!D4: party P3 is a reseller but its contracts name account c3 and account c3; give all its contracts the same reseller_id, or make it a group"},
		{"invoice sum", []edit{{"Invoices!F2", number("12720.01")}}, "Invoices!F2: amount_incl_tax 12720.01 is not amount_excl_tax 12000 plus tax_amount 720; copy the three amounts from the invoice"},
		{"reverses unknown", []edit{{"Invoices!G2", "1"}}, "Invoices!G2: reverses 1 is not in sheet Invoices"},
		{"reverses itself", []edit{{"Invoices!G2", "26110000000000000001"}}, "Invoices!G2: an invoice cannot reverse itself"},
		{"missing sheet", []edit{{"Tiers", nil}}, "Tiers: the sheet is missing; add it, with these headers in row 1: rule_id, from, value, style, basis"},
		{"missing header", []edit{{"Tiers!D1", nil}, {"Tiers!D2", nil}, {"Tiers!D3", nil}}, "Tiers: column style is missing; add this header to row 1"},
		{"unknown header", []edit{{"Tiers!F1", "remark"}}, "Tiers!F1: unknown header remark; remove the column or use one of: rule_id, from, value, style, basis"},
		{"header twice", []edit{{"Tiers!F1", "Value*"}}, "Tiers!F1: header value stands in C1 already; remove one of the two columns"},
		{"no header", []edit{{"Tiers!G3", "stray"}}, "Tiers!G3: stray stands in a column without a header; remove it or move it into a column with a header"},
		{"merged", []edit{{"Tiers!A2", merged("A3")}}, "Tiers: cells are merged: A2:A3; unmerge them and repeat the value in every row"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			faults := faultsOf(t, file(t, c.edits...))
			if !slices.ContainsFunc(faults, func(s string) bool { return strings.Contains(s, c.want) }) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(faults, "\n"), c.want)
			}
		})
	}
}

// A workbook from before the column has no header for it: every party is invoiced by cycle. An empty cell says the same.
func TestInvoiceBy(t *testing.T) {
	b := read1(t, file(t, edit{"Parties!L1", "invoice_by"}, edit{"Parties!L3", "Order"}))
	for i, want := range []string{"cycle", "order", "cycle"} {
		if got := b.Parties[i].InvoiceBy; got != want {
			t.Errorf("party %d: %s, want %s", i, got, want)
		}
	}
}
