package bsstest

import "math/big"

// Totals are what one table must add up to after a complete pull.
type Totals struct {
	Rows int64
	// Amounts maps a column to its exact sum in units of 1e-8. NULLs count as nothing.
	Amounts map[string]*big.Int
}

// Sums maps a table of the source schema to its totals. Records that a plant made unloadable are left out of
// consumption_records and counted in Quarantined.
type Sums struct {
	Tables      map[string]Totals
	Quarantined int64
	// Payable is the sum of payment_amount per customer id, all resellers together.
	Payable map[string]*big.Int
}

func total(rows int64, amounts map[string]int64) Totals {
	t := Totals{Rows: rows, Amounts: map[string]*big.Int{}}
	for column, v := range amounts {
		t.Amounts[column] = big.NewInt(v)
	}
	return t
}

// Sums says what a complete pull of cycle holds, plants included. Customer-side tables hold the customers whose
// credentials can be had. resource_packages and their items are balances at the end of the world's cycle, whatever
// cycle is asked for; dictionaries have no cycle either.
func (w *World) Sums(cycle string) Sums {
	w.mu.RLock()
	defer w.mu.RUnlock()
	l := w.ledger(cycle)
	s := Sums{Tables: map[string]Totals{}, Quarantined: l.bad, Payable: map[string]*big.Int{}}
	for id, v := range l.byID {
		s.Payable[id] = big.NewInt(v)
	}
	t := &l.total
	s.Tables["consumption_records"] = total(t.rows, map[string]int64{
		"official_amount": t.official, "official_discount_amount": t.discount, "payment_amount": t.payment,
		"cash_amount": t.cash, "credit_amount": t.credit, "coupon_amount": t.coupon, "flexipurchase_coupon_amount": t.flexi,
		"stored_value_card_amount": t.card, "debt_amount": t.debt, "writeoff_amount": t.writeoff,
	})
	var bills accum
	var amount int64
	for i := range l.bills {
		b := &l.bills[i]
		amount += b.amount
		if b.key.billType == 0 {
			bills.debt += b.debt
			bills.writeoff += b.writeoff
			bills.discount += b.discount
		}
		bills.payment += b.cash + b.credit + b.coupon + b.flexi + b.card
		if b.key.billType != 0 {
			bills.payment += b.debt + b.writeoff // shown as cash, see appendBill
		}
	}
	s.Tables["monthly_bills"] = total(int64(len(l.bills)), map[string]int64{
		"amount": amount, "debt_amount": bills.debt, "adjustment_amount": bills.writeoff, "discount_amount": bills.discount,
	})
	s.Tables["monthly_bill_accounts"] = total(int64(len(l.bills)*len(balanceTypes)), map[string]int64{"amount": bills.payment})
	s.Tables["customers"] = total(int64(len(w.known(cycle))), nil)
	w.sumPackages(&s, cycle)
	w.sumPeaks(&s, cycle)
	rows, amount := int64(0), int64(0)
	for _, f := range w.refunds {
		if f.month.name == cycle {
			for _, r := range f.rows {
				rows, amount = rows+1, amount+r.amount
			}
		}
	}
	s.Tables["refund_orders"] = total(rows, map[string]int64{"amount": amount})
	s.Tables["measure_units"] = total(int64(len(measureUnits)), nil)
	s.Tables["unit_conversions"] = total(int64(len(conversions)), nil)
	s.Tables["usage_types"] = total(int64(len(usageTypes)), nil)
	s.Tables["service_types"] = total(int64(len(services)), nil)
	s.Tables["resource_types"] = total(int64(len(resourceTypes)), nil)
	return s
}

// known are the customers of a cycle that either list of customers holds.
func (w *World) known(cycle string) map[string]bool {
	known := map[string]bool{}
	for _, c := range w.customers {
		if !c.Left && !c.Orphan {
			known[c.ID] = true
		}
	}
	for _, a := range w.accounts[cycle] {
		if a.records > 0 {
			known[a.customer.ID] = true
		}
	}
	return known
}

func (w *World) sumPackages(s *Sums, cycle string) {
	const unit = one / 10_000 // of 10^-packageDigits
	var packages, items, left, original, usages, used int64
	for _, c := range w.customers {
		for _, p := range c.packages {
			packages++
			for _, it := range p.items {
				items++
				left += it.left * unit
				original += it.original * unit
				for _, d := range it.deductions {
					if monthAt(d.month).name == cycle {
						usages++
						used += d.used * unit
					}
				}
			}
		}
	}
	s.Tables["resource_packages"] = total(packages, nil)
	s.Tables["resource_package_items"] = total(items, map[string]int64{"amount": left, "original_amount": original})
	s.Tables["resource_package_usage"] = total(usages, map[string]int64{"used_amount": used})
}

func (w *World) sumPeaks(s *Sums, cycle string) {
	const unit = one / 100 // of 10^-peakDigits
	var summaries, points, billed, usage int64
	for _, m := range w.months {
		if m.name != cycle {
			continue
		}
		for _, p := range w.peaks {
			pm := w.peakIn(p, m)
			summaries++
			billed += pm.billed * unit
			for _, x := range pm.points {
				points++
				usage += x.usage * unit
			}
		}
	}
	s.Tables["peak95_summaries"] = total(summaries, map[string]int64{"band_width": billed})
	s.Tables["peak95_points"] = total(points, map[string]int64{"usage": usage})
}
