package pricing

import (
	"slices"
	"strings"
	"testing"
)

func TestWarnings(t *testing.T) {
	for _, c := range []struct {
		name  string
		edits []edit
		want  string
	}{
		{"id of many digits", []edit{{"Contracts!A2", number("1234567890123456789")}}, "Contracts!A2: contract_no 1234567890123456789 is a number of more than 15 digits: the spreadsheet program may have lost the last ones; format the cell as text and type the value again"},
		{"id with exponent", []edit{{"Contracts!A2", number("1.2345678901234568E+20")}}, "Contracts!A2: contract_no 123456789012345680000 is a number of more than 15 digits: the spreadsheet program may have lost the last ones; format the cell as text and type the value again"},
		{"special without tax id", []edit{{"Parties!H2", nil}}, "Parties!F2: a special invoice needs buyer_title and tax_id: the request will be listed as unfit; fill them in"},
		{"ordinary without title", []edit{{"Parties!F2", "ordinary"}, {"Parties!G2", nil}}, "Parties!F2: an invoice needs buyer_title: the request will be listed as unfit; fill it in, or write none"},
		{"factor beyond 2", []edit{{"Rules!N2", "factor"}, {"Rules!O2", number("95")}}, "Rules!O2: factor 95 charges more than twice the base; write 1.05 for 5 % more, 0.95 for 5 % off"},
		{"factor 0", []edit{{"Rules!N2", "factor"}, {"Rules!O2", number("0")}}, "Rules!O2: factor 0 charges nothing; write 0.95 for 5 % off"},
		{"markup of 1", []edit{{"Rules!N2", "markup"}, {"Rules!O2", number("1")}}, "Rules!O2: markup 1 at least doubles the base; write 0.05 for 5 % more"},
		{"discount that is a factor", []edit{{"Rules!N2", "discount"}, {"Rules!O2", number("0.95")}}, "Rules!O2: discount 0.95 takes half of the base or more; write 0.05 for 5 % off (95 折)"},
		{"old tax id", []edit{{"Parties!H2", "110105123456789"}}, "Parties!H2: tax_id 110105123456789 has 15 characters, an old form; ask the buyer for the unified social credit code of 18 characters"},
		{"citizen's number", []edit{{"Parties!H2", "11010519491231002X"}}, "Parties!H2: this is a citizen's number, not a unified social credit code; keep it only if the buyer is a person"},
		{"email", []edit{{"Parties!K2", "finance"}}, "Parties!K2: email finance is not an address; write name@example.com"},
		{"party without contract", []edit{{"Contracts!B6", "P2"}}, "Parties!A4: party P3 has no contract; add one to sheet Contracts, or remove the party"},
		{"plan that no contract uses", []edit{{"Rules!B6", "silver"}}, "Rules!B6: rule R5 never applies: no contract has price plan silver; correct the name or remove the rule"},
		{"customer without the plan", []edit{{"Rules!F3", "c9"}}, "Rules!F3: rule R2 never applies: no contract of customer c9 has price plan gold; correct the customer or remove the rule"},
		{"hidden rule", []edit{{"Rules!F3", nil}, {"Rules!C3", number("1")}}, "Rules!A4: rule R3 never applies: rule R2 (row 3) matches the same and comes first; change its priority or its dates, or remove it"},
		{"plan without rules", []edit{{"Contracts!E4", "silver"}}, "Contracts!E4: price plan silver has no rules: nothing of its contracts can be priced; add rules, or correct the name"},
		{"adjustment outside the contract", []edit{{"Adjustments!C2", "2026-01"}, {"Adjustments!D2", "2026-01"}}, "Adjustments!B2: contract K2 is not valid in cycle 2026-01: the adjustment will stay unpriced and park its party; check the contract number and the cycles"},
	} {
		t.Run(c.name, func(t *testing.T) {
			edits := c.edits
			if c.edits[0].cell == "Contracts!A2" {
				edits = append(edits, edit{"Contracts!G2", "2026-06-30"})
			}
			var got []string
			for _, w := range read1(t, file(t, edits...)).Warnings {
				got = append(got, w.String())
			}
			if !slices.Contains(got, c.want) {
				t.Errorf("got %q\nwant %q", got, c.want)
			}
		})
	}
}

// Values that are unusual and meant.
func TestNoWarningOfOrdinaryValues(t *testing.T) {
	for _, c := range []struct{ method, value string }{{"factor", "2"}, {"factor", "0.05"}, {"markup", "0.999999"}, {"discount", "0.499999"}, {"discount", "0"}} {
		for _, w := range read1(t, file(t, edit{"Rules!N2", c.method}, edit{"Rules!O2", number(c.value)})).Warnings {
			if strings.HasPrefix(w.String(), "Rules!O2") {
				t.Errorf("%s %s: %s", c.method, c.value, w)
			}
		}
	}
}

// What must be taken as it is.
func TestForgiving(t *testing.T) {
	b := read1(t, file(t,
		edit{"Parties!A1", "Party_ID*"}, edit{"Parties!D2", "Customer"}, edit{"Parties!C2", "　示例科技 "},
		edit{"Rules!O2", number("5.0000000000000003E-2")}, edit{"Rules!O3", number("1.0500000000000001")},
		edit{"Adjustments!C2", dated(46266)}, edit{"Adjustments!D2", dated(46266)}, edit{"Contracts!H2", true},
		edit{"Contracts!A4", number("42")}, edit{"Adjustments!B3", "42"}, edit{"Contracts!F4", number("46023")}, edit{"Rules", " rules "},
	))
	for got, want := range map[string]string{
		b.Parties[0].Name: "示例科技", b.Parties[0].Kind: "customer", b.Rules[0].Value.String(): "0.05", b.Rules[1].Value.String(): "1.05",
		b.Adjustments[0].FromCycle: "2026-09", b.Contracts[2].Number: "42", b.Contracts[2].ValidFrom.String(): "2026-01-01",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if !b.Contracts[0].AmountsIncludeTax {
		t.Error("TRUE is not yes")
	}
}

func TestTaxID(t *testing.T) {
	for id, want := range map[string]taxIDForm{
		"91350100M000100Y43": taxIDUnified, // the example of GB 32100-2015
		"91350100M000100Y4I": taxIDUnknown, "91350100M000100Y42": taxIDMistyped, "91350100m000100y43": taxIDUnknown,
		"11010519491231002X": taxIDPersonal, // the example of GB 11643-1999
		"110105194912310021": taxIDMistyped,
		"440101123456789":    taxIDOld, "44010112345678901": taxIDOld, "44010112345678901234": taxIDOld, "4401": taxIDUnknown, "": taxIDUnknown,
	} {
		if got := taxIDKind(id); got != want {
			t.Errorf("%s: got %d, want %d", id, got, want)
		}
	}
}

func TestUnsupported(t *testing.T) {
	var got []string
	for _, p := range read1(t, file(t)).Unsupported() {
		got = append(got, p.String())
	}
	later := "; this version cannot price it: remove it, or settle these contracts by hand"
	want := []string{
		"Rules!N4: rule R3 has method tiers" + later,
		"Rules!N5: rule R4 has method unit_price" + later,
		"Commitments!A2: contract K2 has a minimum commitment" + later,
		"Adjustments!D3: adjustment A2 recurs from 2026-07 to 2026-09; this version books one-off adjustments: give one row per cycle",
		"Invoices!B2: invoice 26110000000000000001 is entered; this version keeps no issued invoices: empty the sheet below its headers",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if p := Template([]TemplateCustomer{{ID: "c1"}}).Unsupported(); len(p) > 0 {
		t.Errorf("the template: %v", p)
	}
}
