package pricing

import "fmt"

// Unsupported names what the workbook asks for and the models of this version do not price yet: to settle without it would
// bill wrong amounts.
func (b *Book) Unsupported() []Problem {
	var all problems
	later := "this version cannot price it: remove it, or settle these contracts by hand"
	for _, r := range b.Rules {
		if r.Method == MethodUnitPrice || r.Method == MethodTiers {
			all.fault(r.Origin, "method", fmt.Sprintf("rule %s has method %s", shown(r.ID), r.Method), later)
		}
	}
	for _, m := range b.Commitments {
		all.fault(m.Origin, "contract_no", fmt.Sprintf("contract %s has a minimum commitment", shown(m.ContractNumber)), later)
	}
	for _, a := range b.Adjustments {
		if a.FromCycle != a.ToCycle {
			all.fault(a.Origin, "to_cycle", fmt.Sprintf("adjustment %s recurs from %s to %s", shown(a.ID), a.FromCycle, a.ToCycle), "this version books one-off adjustments: give one row per cycle")
		}
	}
	for _, v := range b.Invoices {
		all.fault(v.Origin, "invoice_no", fmt.Sprintf("invoice %s is entered", shown(v.Number)), "this version keeps no issued invoices: empty the sheet below its headers")
	}
	return all.faults.inOrder()
}
