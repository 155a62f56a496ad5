package bsstest

// ledger is what one pass over all records of a cycle adds up to.
type ledger struct {
	bills []billRow // in the order in which ListSubcustomerMonthlyBills answers them
	total accum
	bad   int64 // records that no column can hold, by a plant
	byID  map[string]int64
}

// accum are sums in 1e-8 units.
type accum struct {
	rows                                              int64
	official, discount, payment                       int64
	cash, credit, coupon, flexi, card, debt, writeoff int64
}

func (s *accum) add(r *record) {
	s.rows++
	s.official += r.official
	s.discount += r.discount
	s.payment += r.payment
	s.cash += r.cash
	s.credit += r.credit
	s.coupon += r.coupon
	s.flexi += r.flexi
	s.card += r.card
	s.debt += r.debt
	s.writeoff += r.writeoff
}

// bill adds a record as the monthly sums know it.
func (s *accum) bill(r *record) {
	if r.change == nil || r.change.asBilled == nil {
		s.add(r)
		return
	}
	if known := *r; r.change.asBilled(&known) {
		s.add(&known)
	}
}

func (s *accum) merge(o *accum) {
	s.rows += o.rows
	s.official += o.official
	s.discount += o.discount
	s.payment += o.payment
	s.cash += o.cash
	s.credit += o.credit
	s.coupon += o.coupon
	s.flexi += o.flexi
	s.card += o.card
	s.debt += o.debt
	s.writeoff += o.writeoff
}

// billKey names a row of the monthly sums.
type billKey struct {
	customer, reseller string
	kind               int // resource type
	billType, mode     int
}

// billRow is a row of the monthly sums.
type billRow struct {
	key    billKey
	amount int64 // payment plus what was planted
	accum
}

// modes are the charging modes of fee records; the monthly sums know all but 10.
var modes = [...]int{1, 3, 10, 11}

// ledger sums a cycle up, once until the next plant. The caller holds w.mu.
func (w *World) ledger(cycle string) *ledger {
	w.ledgerMu.Lock()
	defer w.ledgerMu.Unlock()
	if l := w.ledgers[cycle]; l != nil {
		return l
	}
	list := w.accounts[cycle]
	type slot struct {
		bills []accum // resource type x bill type x mode
		total accum
		bad   int64
	}
	slots := make([]slot, len(list))
	each(list, func(i int, a *account) {
		s := slot{bills: make([]accum, len(resourceTypes)*3*len(modes))}
		var r record
		for k := range a.records {
			a.record(k, &r)
			at := (r.resource.product.kind.index*3 + r.monthlyBillType()) * len(modes)
			for modes[at%len(modes)] != r.mode {
				at++
			}
			s.bills[at].bill(&r)
			if r.change != nil {
				s.bills[at].cash -= r.change.cash // a wrong funding is wrong in the record only
			}
			if r.change != nil && r.change.bad() {
				s.bad++
				continue
			}
			s.total.add(&r)
		}
		slots[i] = s
	})
	l := &ledger{byID: map[string]int64{}}
	for i, a := range list {
		s := &slots[i]
		l.total.merge(&s.total)
		l.bad += s.bad
		l.byID[a.customer.ID] += s.total.payment
		if !a.customer.resale() {
			continue
		}
		for at := range s.bills {
			b := &s.bills[at]
			mode := modes[at%len(modes)]
			if b.rows == 0 || mode == 10 {
				continue
			}
			key := billKey{a.customer.ID, a.reseller, at / len(modes) / 3, at / len(modes) % 3, mode}
			l.bills = append(l.bills, billRow{key: key, amount: b.payment + w.billsOff[key], accum: *b})
		}
	}
	w.ledgers[cycle] = l
	return l
}
