package pricing

import (
	"fmt"
	"slices"
	"strings"
)

// account is what is settled: a customer under one tier-2 reseller, or direct.
type account struct{ customer, reseller string }

func (a account) String() string {
	if a.reseller == "" {
		return shown(a.customer)
	}
	return fmt.Sprintf("%s under reseller %s", shown(a.customer), shown(a.reseller))
}

func (c *checker) checkContracts() {
	byAccount := map[account][]*Contract{}
	for i := range c.Contracts {
		k := &c.Contracts[i]
		c.refer(k.Origin, "party_id", k.PartyID, "Parties", c.parties[k.PartyID] != nil, len(c.Parties))
		c.ordered(k.Origin, k.ValidFrom, k.ValidTo)
		c.taxed(k.Origin, k.TaxCode, k.ValidFrom, "valid_from")
		c.agrees(k, c.byNumber[k.Number])
		if k.CustomerID != "" && isSet(k.ValidFrom) {
			a := account{k.CustomerID, k.ResellerID}
			byAccount[a] = append(byAccount[a], k)
		}
	}
	for a, ks := range byAccount {
		slices.SortStableFunc(ks, func(x, y *Contract) int { return compare(x.ValidFrom, y.ValidFrom) })
		longest := ks[0] // of those that began so far, the one that ends last
		for _, k := range ks[1:] {
			if !isSet(longest.ValidTo) || !before(longest.ValidTo, k.ValidFrom) {
				later, earlier := k, longest
				if later.Origin.Row < earlier.Origin.Row { // the message stands at the lower row
					later, earlier = earlier, later
				}
				c.fault(later.Origin, "valid_from", fmt.Sprintf("contracts %s and %s (row %d) both cover account %s on %s", shown(later.Number), shown(earlier.Number), earlier.Origin.Row, a, k.ValidFrom),
					"end one the day before the other begins")
			} else {
				c.doubtGaps(a, longest, k)
			}
			if isSet(longest.ValidTo) && (!isSet(k.ValidTo) || before(longest.ValidTo, k.ValidTo)) {
				longest = k
			}
		}
	}
}

// agrees holds the rows of one contract together: its accounts, periods and plans may differ, but its adjustments and commitments
// are one party's, on one tax basis.
func (c *checker) agrees(k *Contract, rows []*Contract) {
	if len(rows) == 0 || rows[0] == k {
		return
	}
	first := rows[0]
	if k.PartyID != "" && first.PartyID != "" && k.PartyID != first.PartyID {
		c.fault(k.Origin, "party_id", fmt.Sprintf("contract %s is billed to party %s here and to %s in row %d", shown(k.Number), shown(k.PartyID), shown(first.PartyID), first.Origin.Row),
			"give the rows of a contract one party, or another contract_no")
	}
	if k.AmountsIncludeTax != first.AmountsIncludeTax {
		c.fault(k.Origin, "amounts_include_tax", fmt.Sprintf("amounts_include_tax of contract %s is not that of row %d", shown(k.Number), first.Origin.Row),
			"give the rows of a contract one tax basis, or another contract_no")
	}
}

// checkAccounts holds parties to their kind.
func (c *checker) checkAccounts() {
	type billed struct {
		party string
		account
	}
	seen, accounts := map[billed]bool{}, map[string][]account{}
	for _, k := range c.Contracts {
		a := account{k.CustomerID, k.ResellerID}
		if b := (billed{k.PartyID, a}); k.CustomerID != "" && !seen[b] {
			seen[b] = true
			accounts[k.PartyID] = append(accounts[k.PartyID], a)
		}
	}
	noContracts := c.faulty("Contracts")
	for _, p := range c.Parties {
		all := accounts[p.ID]
		if p.ID == "" || len(all) == 0 {
			if p.ID != "" && !noContracts {
				c.warn(p.Origin, "party_id", fmt.Sprintf("party %s has no contract", shown(p.ID)), "add one to sheet Contracts, or remove the party")
			}
			continue
		}
		switch p.Kind {
		case KindCustomer:
			if len(all) > 1 {
				c.fault(p.Origin, "kind", fmt.Sprintf("party %s is a customer but its contracts name %d accounts: %s", shown(p.ID), len(all), someOf(all)), "make it a group, or give each account its own party")
			}
		case KindReseller:
			for _, a := range all {
				if a.reseller == "" || a.reseller != all[0].reseller {
					c.fault(p.Origin, "kind", fmt.Sprintf("party %s is a reseller but its contracts name account %s and account %s", shown(p.ID), all[0], a), "give all its contracts the same reseller_id, or make it a group")
					break
				}
			}
		}
	}
}

func someOf(all []account) string {
	const most = 3
	var names []string
	for _, a := range all[:min(most, len(all))] {
		names = append(names, a.String())
	}
	if len(all) > most {
		names = append(names, "…")
	}
	return strings.Join(names, ", ")
}

func (c *checker) checkCommitments() {
	for i := range c.Commitments {
		m := &c.Commitments[i]
		c.refer(m.Origin, "contract_no", m.ContractNumber, "Contracts", len(c.byNumber[m.ContractNumber]) > 0, len(c.Contracts))
		c.ordered(m.Origin, m.ValidFrom, m.ValidTo)
		if n, ok := m.AmountPerMonth.Units(); ok && n < 0 {
			c.fault(m.Origin, "amount_per_month", fmt.Sprintf("amount_per_month %s is negative", m.AmountPerMonth), "write the minimum as a positive amount")
		}
		m.Services = tidyList(m.Services)
	}
}

// tidyList writes a comma-separated list without blanks; full-width commas count.
func tidyList(list string) string {
	var all []string
	for _, s := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == '，' || r == '、' }) {
		if s = trim(s); s != "" {
			all = append(all, s)
		}
	}
	return strings.Join(all, ",")
}

func (c *checker) checkAdjustments() {
	for _, a := range c.Adjustments {
		var k *Contract
		if rows := c.byNumber[a.ContractNumber]; len(rows) > 0 {
			k = rows[0]
		}
		c.refer(a.Origin, "contract_no", a.ContractNumber, "Contracts", k != nil, len(c.Contracts))
		if a.FromCycle != "" && a.ToCycle != "" && a.ToCycle < a.FromCycle {
			c.fault(a.Origin, "to_cycle", fmt.Sprintf("to_cycle %s is before from_cycle %s", a.ToCycle, a.FromCycle), "correct one of the two")
		}
		first := firstDay(a.FromCycle)
		c.taxed(a.Origin, a.TaxCode, first, "the first day of from_cycle,")
		if k == nil || !isSet(first) || !isSet(k.ValidFrom) {
			continue
		}
		if !slices.ContainsFunc(c.byNumber[a.ContractNumber], func(k *Contract) bool {
			return isSet(k.ValidFrom) && k.ValidFrom.String()[:7] <= a.ToCycle && (!isSet(k.ValidTo) || k.ValidTo.String()[:7] >= a.FromCycle)
		}) {
			c.warn(a.Origin, "contract_no", fmt.Sprintf("contract %s is not valid in cycle %s: the adjustment will stay unpriced and park its party", shown(a.ContractNumber), a.FromCycle), "check the contract number and the cycles")
		}
		if a.TaxCode == "" { // then the contract's counts
			c.taxed(a.Origin, k.TaxCode, first, "the first day of from_cycle,")
		}
	}
}

func (c *checker) checkInvoices() {
	numbers := unique(c, c.Invoices, "invoice_no", func(r *Invoice) (string, Cell) { return r.Number, r.Origin }, "give each row its own")
	for _, v := range c.Invoices {
		excl, ok1 := v.AmountExclTax.Units()
		tax, ok2 := v.TaxAmount.Units()
		incl, ok3 := v.AmountInclTax.Units()
		if ok1 && ok2 && ok3 && excl+tax != incl {
			c.fault(v.Origin, "amount_incl_tax", fmt.Sprintf("amount_incl_tax %s is not amount_excl_tax %s plus tax_amount %s", v.AmountInclTax, v.AmountExclTax, v.TaxAmount), "copy the three amounts from the invoice")
		}
		c.refer(v.Origin, "reverses", v.Reverses, "Invoices", numbers[v.Reverses] != nil, len(c.Invoices))
		if v.Reverses != "" && v.Reverses == v.Number {
			c.fault(v.Origin, "reverses", "an invoice cannot reverse itself", "write the number of the invoice that it takes back")
		}
	}
}
