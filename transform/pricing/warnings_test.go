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
		{"steps by quantity without unit", []edit{{"Tiers!E2", "quantity"}, {"Tiers!E3", "quantity"}}, "Rules!P4: rule R3 has steps by quantity and no unit: they count and price the smallest unit that the usage converts to; write a measure id or an abbreviation, such as GB"},
		{"old tax id", []edit{{"Parties!H2", "110105123456789"}}, "Parties!H2: tax_id 110105123456789 has 15 characters, an old form; ask the buyer for the unified social credit code of 18 characters"},
		{"citizen's number", []edit{{"Parties!H2", "11010519491231002X"}}, "Parties!H2: this is a citizen's number, not a unified social credit code; keep it only if the buyer is a person"},
		{"email", []edit{{"Parties!K2", "finance"}}, "Parties!K2: email finance is not an address; write name@example.com"},
		{"party without contract", []edit{{"Contracts!B6", "P2"}}, "Parties!A4: party P3 has no contract; add one to sheet Contracts, or remove the party"},
		{"plan that no contract uses", []edit{{"Rules!B6", "silver"}}, "Rules!B6: rule R5 never applies: no contract has price plan silver; correct the name or remove the rule"},
		{"customer without the plan", []edit{{"Rules!F3", "c9"}}, "Rules!F3: rule R2 never applies: no contract of customer c9 has price plan gold; correct the customer or remove the rule"},
		{"hidden rule", []edit{{"Rules!F3", nil}, {"Rules!C3", number("1")}}, "Rules!A4: rule R3 never applies: rule R2 (row 3) matches the same and comes first; change its priority or its dates, or remove it"},
		{"rule hidden by a wider one", []edit{{"Rules!C5", number("50")}}, "Rules!A2: rule R1 never applies: rule R4 (row 5) matches all of that and more and comes first; change its priority or its dates, or remove it"},
		{"rules that tie", []edit{{"Rules!F3", nil}, {"Rules!C3", number("300")}, {"Rules!E3", "2026-03-31"}}, "Rules!C4: rules R3 and R2 (row 3) match the same on 2026-02-01 with the same priority: R2 wins by its id alone; give them different priorities, or end one before the other begins"},
		{"rule outside every contract", []edit{{"Rules!E2", "2025-12-31"}}, "Rules!D2: rule R1 never applies: it is valid any day to 2025-12-31, and no contract with price plan gold is valid then; correct its dates or remove it"},
		{"rule outside its customer's contracts", []edit{{"Contracts!G3", "2026-12-31"}, {"Contracts!E6", "silver"}, {"Rules!D3", "2027-01-01"}}, "Rules!D3: rule R2 never applies: it is valid 2027-01-01 on, and no contract with price plan gold is valid then; correct its dates or remove it"},
		{"gap between contracts", []edit{{"Contracts!F3", "2026-07-10"}}, "Contracts!F3: account c1 has no contract from 2026-07-01 to 2026-07-09, between K1 (row 2) and K2: what it consumes then cannot be priced; close the gap, unless the account was not yours then"},
		{"commitment outside its contract", []edit{{"Commitments!A2", "K1"}}, "Commitments!B2: the commitment never counts: it is valid 2026-07-01 to 2026-12-31, and contract K1 is not valid then; correct the dates or the contract number"},
		{"two commitments for one service", []edit{{"Commitments!A3", "K2"}, {"Commitments!B3", "2026-12-01"}, {"Commitments!C3", "2027-01-31"}, {"Commitments!D3", number("5")}, {"Commitments!E3", "x, hws.service.type.obs"}},
			"Commitments!E3: contract K2 has another commitment (row 2) for hws.service.type.obs on 2026-12-01: each is measured alone, so one charge counts for both; keep it if that is agreed; otherwise separate their services or dates"},
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

// What looks like an overlap and is none: no word about it.
func TestNoWarning(t *testing.T) {
	for name, edits := range map[string][]edit{
		"rules one after the other":        {{"Rules!F3", nil}, {"Rules!C3", number("300")}, {"Rules!E3", "2026-01-31"}},
		"a wider rule for a part of time":  {{"Rules!C5", number("50")}, {"Rules!D5", "2026-02-02"}},
		"a wider rule of another value":    {{"Rules!C5", number("50")}, {"Rules!G5", "hws.service.type.obs"}},
		"contracts one after the other":    {{"Contracts!F3", "2026-07-01"}},
		"commitments for other services":   {{"Commitments!A3", "K2"}, {"Commitments!B3", "2026-12-01"}, {"Commitments!C3", "2027-01-31"}, {"Commitments!D3", number("5")}, {"Commitments!E3", "x"}},
		"commitments of other days":        {{"Commitments!A3", "K2"}, {"Commitments!B3", "2027-01-01"}, {"Commitments!C3", "2027-01-31"}, {"Commitments!D3", number("5")}},
		"a commitment into the open end":   {{"Commitments!C2", "2040-12-31"}},
		"a recurring adjustment that ends": {{"Adjustments!C2", "2026-01"}, {"Adjustments!D2", "2026-12"}},
	} {
		t.Run(name, func(t *testing.T) {
			if w := read1(t, file(t, edits...)).Warnings; len(w) > 0 {
				t.Errorf("got %v", w)
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

// What only a published month knows.
func TestDoubts(t *testing.T) {
	b := read1(t, file(t, edit{"Rules!P5", "GBh"}, edit{"Commitments!E2", "hws.service.type.ec2, hws.service.type.obss"}))
	known := Known{Cycle: "2026-06", First: day("2026-06-01"), Last: day("2026-06-30"), Customers: []KnownCustomer{
		{ID: "c1", Name: "one"}, {ID: "c1", ResellerID: "r1", Name: "one"}, {ID: "c1", ResellerID: "r2", Name: "one"}, {ID: "c7", Name: "seven\x1b[2J"},
	}}
	check := func(want ...string) {
		t.Helper()
		var got []string
		for _, p := range b.Doubts(known) {
			got = append(got, p.String())
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %q\nwant %q", got, want)
		}
	}
	adds := "; add one; settle pricing template FILE --update adds those that the API lists now"
	none := []string{
		"Contracts: customer one (c1 under reseller r2) is listed in 2026-06, and no contract bills it then" + adds,
		`Contracts: customer "seven\x1b[2J" (c7) is listed in 2026-06, and no contract bills it then` + adds,
	}
	check(none...)
	known.Services, known.Units = map[string]bool{"hws.service.type.obs": true}, map[string]bool{"17": true}
	known.ResourceTypes = map[string]bool{"hws.resource.type.vm": true}
	keep := " is not known to the vendor in 2026-06; correct it, or keep it if it is new"
	check(append(none, "Rules!G2: service type hws.service.type.ec2"+keep, "Rules!P5: unit GBh"+keep, "Commitments!E2: service type hws.service.type.ec2"+keep)...)
	known.First, known.Last = day("2025-12-01"), day("2025-12-31") // before every contract
	if got := len(b.Doubts(known)); got != 4+3 {
		t.Errorf("%d doubts, want 7", got)
	}
}
