package bsstest

import "time"

// Kinds of plants between fee records and monthly sums.
const (
	Truncation      = "truncation"       // charges with digits beyond the cent, together Amount, that the monthly sums cut off; refunds for a negative Amount
	LateUnbilled    = "late_unbilled"    // a record of the month before, charged on the 3rd, that the monthly sums have in another month
	WrongCycle      = "wrong_cycle"      // a record of use in the next month, which should be in the next cycle
	AttachedLate    = "attached_late"    // the customer was attached on the 16th; the monthly sums do not have what it used before
	DebtPaid        = "debt_paid"        // a debt of the monthly sums is paid by the records
	BillLessDebt    = "bill_less_debt"   // the customer's monthly sums leave debt out
	SlicesSwapped   = "slices_swapped"   // Amount stands in another monthly sum of the customer than its records do
	BilledElsewhere = "billed_elsewhere" // Amount of the first half of a month stands in the monthly sums of the second, under the other reseller
)

// attachedAt is the hour of the month in which a customer of AttachedLate is attached: the 16th, 00:00 UTC+8.
const attachedAt = moveHour

// change notes what a plant does to the account's record number k.
func (a *account) change(k int, c *change) {
	if a.changed == nil {
		a.changed = map[int]*change{}
	}
	a.changed[k] = c
}

// find returns the first record of on-demand use without a plant that fits. It panics where none does: that is an error of the test.
func (a *account) find(kind string, fits func(r *record) bool) (int, record) {
	var r record
	for k := len(a.special); k < a.records; k++ {
		if a.record(k, &r); r.change == nil && fits(&r) {
			return k, r
		}
	}
	panic("bsstest: plant " + kind + ": customer " + a.customer.ID + " has no record that fits")
}

// plantCTruncation gives charges back the digits that the cut to the cent took from them, as many as make amount; of refunds it adds them.
func plantCTruncation(_ *World, a *account, p Plant, amount int64) {
	first := len(a.special)
	if amount < 0 {
		first = 0 // refunds are no ordinary records
	}
	var r record
	for k := first; k < a.records && amount != 0; k++ {
		a.record(k, &r)
		if r.change != nil || r.cash != r.payment {
			continue
		}
		var take, list int64
		switch {
		case amount > 0 && r.payment > 0 && r.kind == 5:
			take = min(amount, r.official-r.discount-r.payment)
		case amount < 0 && r.payment < 0 && r.mode == 1:
			take = max(amount, 1-cent)
			list = take
		}
		if take == 0 {
			continue
		}
		amount -= take
		a.change(k, &change{kind: p.Kind,
			alter:    func(r *record) { r.official, r.payment, r.cash = r.official+list, r.payment+take, r.cash+take },
			asBilled: func(r *record) bool { r.payment, r.cash = r.payment-take, r.cash-take; return true },
		})
	}
	if amount != 0 {
		panic("bsstest: plant " + p.Kind + ": the charges of customer " + a.customer.ID + " were not cut by so much")
	}
}

// plantCLateUnbilled takes a record of a kind of which the world makes no late ones itself.
func plantCLateUnbilled(w *World, a *account, p Plant, _ int64) {
	own := w.hourly(a.customer, 0).product.kind
	k, _ := a.find(p.Kind, func(r *record) bool {
		return r.payment > 0 && r.cash == r.payment && r.kind == 5 && r.free == 0 && r.resource.product.kind != own
	})
	start := a.month.start
	a.change(k, &change{kind: p.Kind,
		alter:    func(r *record) { r.from, r.to, r.trade = start-hour, start, start+2*day+4*hour },
		asBilled: func(*record) bool { return false },
	})
}

// plantCWrongCycle moves the use, not the charge: the accounts pay when they did.
func plantCWrongCycle(_ *World, a *account, p Plant, _ int64) {
	k, _ := a.find(p.Kind, func(r *record) bool { return r.payment > 0 && r.cash == r.payment && r.kind == 5 && r.free == 0 })
	next := a.month.end()
	a.change(k, &change{kind: p.Kind, alter: func(r *record) { r.from, r.to = next+hour, next+2*hour }})
}

func plantCAttachedLate(_ *World, a *account, p Plant, _ int64) {
	at := a.month.start + attachedAt*hour
	a.customer.AssociatedOn = time.Unix(at, 0).UTC()
	var r record
	for k := range a.records {
		if a.record(k, &r); r.from < at && r.change == nil {
			a.change(k, &change{kind: p.Kind, asBilled: func(*record) bool { return false }})
		}
	}
}

func plantCDebtPaid(_ *World, a *account, p Plant, _ int64) {
	k, r := a.find(p.Kind, func(r *record) bool { return r.debt > 0 })
	debt := r.debt
	a.change(k, &change{kind: p.Kind,
		alter:    func(r *record) { r.cash, r.debt = r.cash+debt, r.debt-debt },
		asBilled: func(r *record) bool { r.cash, r.debt = r.cash-debt, r.debt+debt; return true },
	})
}

// billsOf lists the monthly sums of consumption of an account in the world's newest cycle.
func (w *World) billsOf(a *account) (all []billRow) {
	for _, b := range w.ledger(w.month.name).bills {
		if b.key.customer == a.customer.ID && b.key.reseller == a.reseller && b.key.billType == 0 {
			all = append(all, b)
		}
	}
	return all
}

func plantCBillLessDebt(w *World, a *account, p Plant, _ int64) {
	debts := false
	for _, b := range w.billsOf(a) {
		w.billsOff[b.key] -= b.debt
		debts = debts || b.debt != 0
	}
	if !debts {
		panic("bsstest: plant " + p.Kind + ": customer " + a.customer.ID + " has no debt")
	}
}

func plantCSlicesSwapped(w *World, a *account, p Plant, amount int64) {
	bills := w.billsOf(a)
	if len(bills) < 2 {
		panic("bsstest: plant " + p.Kind + ": customer " + a.customer.ID + " has only one monthly sum")
	}
	w.billsOff[bills[0].key] += amount
	w.billsOff[bills[1].key] -= amount
}

func plantCBilledElsewhere(w *World, a *account, p Plant, amount int64) {
	for _, other := range w.accounts[w.month.name] {
		if other.customer != a.customer || other.reseller == a.reseller {
			continue
		}
		there := map[billKey]bool{}
		for _, b := range w.billsOf(other) {
			there[b.key] = true
		}
		for _, b := range w.billsOf(a) {
			key := b.key
			key.reseller = other.reseller
			if there[key] {
				w.billsOff[b.key] -= amount
				w.billsOff[key] += amount
				return
			}
		}
	}
	panic("bsstest: plant " + p.Kind + ": customer " + a.customer.ID + " has no two accounts with the same monthly sum")
}
