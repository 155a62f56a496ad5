package bsstest

import (
	"fmt"
	"math/big"
	"testing"
)

// offBy is what an account's resale records add up to, without reserved instances, less its monthly sums; and how many sums are off.
func offBy(w *World, a *account) (total int64, off int) {
	records := map[billKey]int64{}
	var r record
	for k := range a.records {
		if a.record(k, &r); r.mode != 10 {
			records[billKey{a.customer.ID, a.reseller, r.resource.product.kind.index, r.monthlyBillType(), r.mode}] += r.payment
		}
	}
	for _, b := range w.ledger(w.month.name).bills {
		if b.key.customer == a.customer.ID && b.key.reseller == a.reseller {
			records[b.key] -= b.amount
		}
	}
	for _, d := range records {
		total += d
		if d != 0 {
			off++
		}
	}
	return total, off
}

// TestTieOutPlants: each plant makes the difference that it says between records and monthly sums, and no other.
func TestTieOutPlants(t *testing.T) {
	moved := func(w *World) string {
		for _, c := range w.customers {
			if c.Moved {
				return c.ID
			}
		}
		return ""
	}
	for _, c := range []struct {
		plant Plant
		total string // of all accounts
		off   int
	}{
		{Plant{Kind: Truncation, Amount: "0.37"}, "0.37", 2},
		{Plant{Kind: Truncation, Amount: "-0.015"}, "-0.015", 1},
		{Plant{Kind: SlicesSwapped, Amount: "2.50"}, "0", 2},
		{Plant{Kind: BilledElsewhere, Amount: "3", CustomerID: "moved"}, "0", 2},
		{Plant{Kind: WrongCycle}, "0", 0},
		{Plant{Kind: DebtPaid}, "0", 0},
		{Plant{Kind: LateUnbilled}, "some", 1},
		{Plant{Kind: AttachedLate}, "some", 1},
		{Plant{Kind: BillLessDebt}, "some", 1},
	} {
		t.Run(c.plant.Kind+" "+c.plant.Amount, func(t *testing.T) {
			w := NewWorld(Options{Seed: 5, Cycle: "2026-10", Customers: 6, Records: 9000, Resellers: 1})
			if c.plant.CustomerID == "moved" {
				c.plant.CustomerID = moved(w)
			}
			w.Plant(c.plant)
			var total int64
			var off int
			for _, a := range w.accounts["2026-10"] {
				if a.customer.resale() {
					d, n := offBy(w, a)
					total, off = total+d, off+n
				}
			}
			got := new(big.Rat).SetFrac64(total, one)
			want, exact := new(big.Rat).SetString(c.total)
			if exact && got.Cmp(want) != 0 || !exact && total == 0 {
				t.Errorf("records and monthly sums differ by %s, want %s", got.FloatString(8), c.total)
			}
			if off < c.off || c.off == 0 && off != 0 {
				t.Errorf("%d sums are off, want %d or more", off, c.off)
			}
		})
	}
}

// TestTruncationIsOfCharges: no charge is given back as much as a cent, nor more than was cut off.
func TestTruncationIsOfCharges(t *testing.T) {
	w := NewWorld(Options{Seed: 5, Cycle: "2026-10", Customers: 6, Records: 9000})
	w.Plant(Plant{Kind: Truncation, Amount: "0.37"})
	longer := 0
	var r record
	for _, a := range w.accounts["2026-10"] {
		for k := range a.records {
			if a.record(k, &r); r.change == nil {
				continue
			}
			longer++
			if cut := r.payment % cent; cut <= 0 || r.official-r.discount-r.payment < 0 || r.cash != r.payment {
				t.Error(fmt.Sprint("record ", k, ": payment ", r.payment, " of ", r.official-r.discount))
			}
		}
	}
	if longer < 38 {
		t.Errorf("%d charges hold 0.37 below the cent", longer)
	}
}
