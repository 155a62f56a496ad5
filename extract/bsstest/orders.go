package bsstest

import "time"

// order is a yearly or monthly order of some resources, all under one order id.
type order struct {
	id         string
	paid       int64
	periodType int
	periods    int64
	lines      []orderLine
}

type orderLine struct {
	resource                    *resource
	official, discount, payment int64
}

// refund is what the refund-order call answers for one order id.
type refund struct {
	orderID  string
	customer *customer
	reseller string
	month    month
	rows     []refundRow
}

type refundRow struct {
	id       string
	amount   int64 // negative: given back; positive: consumed, or a fee
	resource *resource
	base     string // the original order
}

// Orders that return in a later cycle are made by (customer, month, salt) alone, so that the month that refunds one
// and the month that sold it agree without asking each other.
const (
	saltServer   = 1 // machine, disk and bandwidth; partly unsubscribed in the next month
	saltYear     = 2 // one machine; switched to on-demand in the next month
	saltDatabase = 3 // a database bought and unsubscribed within the month
	saltRenewal  = 4 // renewed, then downsized
	saltPackage  = 5
	saltSavings  = 6
	saltReserve  = 7
)

func (w *World) order(c *customer, m month, salt uint64, from, to int64, kinds ...*product) order {
	h := hash(c.seed, uint64(m.index), salt)
	o := order{paid: m.start + (from+int64(h%uint64(max(1, (to-from)*6/10))))*hour + int64(h>>20%3600)}
	o.id = orderID("CS", o.paid, h)
	o.periodType, o.periods = 20, 1+int64(h>>30%6)
	if salt == saltYear || salt == saltReserve {
		o.periodType, o.periods = 19, 1+int64(h>>30%3)
	}
	for i, p := range kinds {
		res := w.newResource(c, p, hash(h, uint64(i)))
		list := (8_000 + int64(hash(h, 0x11, uint64(i))%90_000)) * o.periods * cent
		discount := list / 10_000 * c.discount / cent * cent
		o.lines = append(o.lines, orderLine{res, list, discount, list - discount})
	}
	return o
}

func orderID(prefix string, at int64, h uint64) string {
	return prefix + time.Unix(at, 0).In(beijing).Format("060102150405") + short(h)
}

// part is share/1000 of a line, in whole cents, as a refund: negative. List price and payment are cut alike, so the
// discount given back never turns around.
func (l orderLine) part(share int64) (official, payment int64) {
	return -(l.official / 1000 * share / cent * cent), -(l.payment / 1000 * share / cent * cent)
}

// scene adds the records of an account that are not on-demand hours, in groups that belong together: a group is
// added whole or, where the account has too few records, not at all.
type scene struct {
	world   *World
	account *account
	limit   int
}

func (s *scene) room(n int) bool { return len(s.account.special)+n <= s.limit }

func (s *scene) add(r record) {
	a := s.account
	h := hash(a.seed, 0x5ce2e, uint64(len(a.special)))
	r.id = h | 1
	r.tradeHash = h
	a.special = append(a.special, r)
}

// sell adds one record per line of an order.
func (s *scene) sell(o order, mode, kind int) {
	for i, l := range o.lines {
		r := record{
			resource: l.resource, mode: mode, kind: kind, trade: o.paid + 3, from: o.paid, tradeID: o.id,
			periodType: o.periodType, periodNumber: o.periods,
			official: l.official, discount: l.discount, payment: l.payment, cash: l.payment,
		}
		if coupon := 10 * one; i == 0 && s.account.customer.seed%3 == 0 && l.payment > coupon {
			r.cash, r.coupon = l.payment-coupon, coupon
		}
		s.add(r)
	}
}

// giveBack adds a refund record of kind for share/1000 of one line of the base orders, and what the refund-order call
// says of it. Vouchers are not returned: a refund is cash.
func (s *scene) giveBack(id string, at int64, kind int, share int64, line int, bases ...order) {
	a := s.account
	f := s.world.refunds[id]
	if f == nil {
		f = &refund{orderID: id, customer: a.customer, reseller: a.reseller, month: a.month}
		s.world.refunds[id] = f
	}
	first := bases[0].lines[line]
	r := record{
		resource: first.resource, mode: 1, kind: kind, trade: at + 5, from: at, tradeID: id,
		periodType: bases[0].periodType, periodNumber: bases[0].periods,
	}
	for _, b := range bases {
		l := b.lines[line]
		official, payment := l.part(share)
		r.official += official
		r.payment += payment
		row := func(amount int64) {
			f.rows = append(f.rows, refundRow{hex32(hash(hashText(id), uint64(len(f.rows)))), amount, l.resource, b.id})
		}
		row(payment)
		if used := l.payment + payment; used > 0 {
			row(used)
		}
	}
	r.discount, r.cash = r.official-r.payment, r.payment
	s.add(r)
}

// orders adds purchases, renewals, changes and refunds.
func (s *scene) orders() {
	w, a := s.world, s.account
	c, m := a.customer, a.month
	second := c.Moved && a.from > 0 // the later half of a moved customer: other orders than in the first half
	salt := uint64(0)
	if second {
		salt = 100
	}
	last := m.start + a.to*hour
	server := w.order(c, m, salt+saltServer, a.from, a.to, products[0], products[1], products[3])
	if s.room(3) {
		s.sell(server, 1, 1)
	}
	year := w.order(c, m, salt+saltYear, a.from, a.to, products[0])
	year.periodType, year.periods = 19, min(year.periods, 3)
	if s.room(1) {
		s.sell(year, 1, 1)
	}
	before := monthAt(m.index - 1)
	if s.room(2) && !second {
		base := w.order(c, before, saltServer, 0, before.days*24, products[0], products[1], products[3])
		at := m.start + 30*hour + int64(c.seed%100)*60
		id := orderID("CS", at, hash(a.seed, 0x2ef))
		s.giveBack(id, at, 4, 600, 0, base)
		s.giveBack(id, at, 4, 600, 1, base)
	}
	if s.room(1) && !second && c.seed%2 == 0 {
		base := w.order(c, before, saltYear, 0, before.days*24, products[0])
		at := m.start + 54*hour + int64(c.seed%90)*60
		s.giveBack(orderID("CS", at, hash(a.seed, 0x2f0)), at, 24, 850, 0, base)
	}
	if s.room(2) {
		base := w.order(c, m, salt+saltDatabase, a.from, a.to, products[5])
		s.sell(base, 1, 1)
		at := min(base.paid+50*hour, last-hour)
		s.giveBack(orderID("CS", at, hash(a.seed, 0x2f1)), at, 4, 1000, 0, base)
	}
	if s.room(4) {
		renewal := w.order(c, m, salt+saltRenewal, a.from, a.to, products[0])
		more := w.order(c, m, salt+saltRenewal+20, a.from, a.to, products[0])
		more.lines[0].resource = renewal.lines[0].resource
		s.sell(renewal, 1, 2)
		s.sell(more, 1, 8)
		up := w.order(c, m, salt+saltRenewal+40, a.from, a.to, products[1])
		s.sell(up, 1, 3)
		at := min(max(renewal.paid, more.paid)+20*hour, last-hour)
		// One change refund out of two orders: the renewal and the automatic one.
		s.giveBack(orderID("CS", at, hash(a.seed, 0x2f2)), at, 20, 250, 0, renewal, more)
	}
}

// others adds adjustments, month-end charges, reserved instances, savings plans and late arrivals.
func (s *scene) others() {
	a := s.account
	c, m := a.customer, a.month
	start, last := m.start+a.from*hour, m.start+a.to*hour
	own := s.world.hourly(c, 0)
	flat := func(res *resource, mode, kind int, at, amount int64) record {
		return record{resource: res, mode: mode, kind: kind, trade: at + 9, from: at, official: amount, payment: amount, cash: amount}
	}
	amount := func(salt uint64, limit int64) int64 {
		return (100 + int64(hash(a.seed, salt)%uint64(limit))) * cent
	}
	if s.room(1) && c.seed%3 == 0 {
		s.add(flat(own, 3, 9, start+100*hour, -amount(1, 20_000)))
	}
	if s.room(1) && c.seed%5 == 1 {
		s.add(flat(own, 3, 16, start+110*hour, amount(2, 9_000)))
	}
	if s.room(1) && c.seed%2 == 1 {
		s.add(flat(own, 3, 25, last-hour, (1+int64(a.seed%99))*cent))
	}
	if s.room(1) && c.seed%4 == 2 {
		res := s.world.newResource(c, productSupport, 1)
		r := flat(res, 3, 14, last-hour, 300_000*cent)
		r.from, r.to, r.trade = start, last, last+8*hour
		r.usageType, r.usage, r.measure = "Duration", m.days, unitDay
		s.add(r)
	}
	if s.room(1) && c.seed%7 == 3 {
		// Arrears written off by the vendor: the only record that the monthly sums show under bill type 2.
		r := flat(own, 3, 9, start+120*hour, -amount(3, 5_000))
		r.cash, r.writeoff = 0, r.payment
		s.add(r)
	}
	if s.room(1) && a.from == 0 && c.seed%3 == 1 {
		// Used in the last hour of the month before and charged on the 3rd: belongs to this cycle.
		r := record{
			resource: own, mode: 3, kind: 5, from: m.start - hour, to: m.start, trade: m.start + 2*day + 4*hour,
			usageType: own.product.usageType, digits: own.product.digits, measure: own.product.measure, usage: pow10[own.product.digits],
		}
		r.rate(r.usage, c.discount)
		s.add(r)
	}
	if s.room(5) && c.seed%6 == 1 {
		s.reserved()
	}
	if s.room(5) && c.seed%6 == 4 {
		s.savings()
	}
}

// reserved adds a reserved instance (charging mode 10): its purchase, and hours whose usage it covers.
func (s *scene) reserved() {
	a := s.account
	plan := s.world.order(a.customer, a.month, saltReserve, a.from, a.to, productReserved)
	plan.periodType, plan.periods = 19, 1
	s.sell(plan, 10, 1)
	own := s.world.hourly(a.customer, 0)
	for i := range int64(4) {
		at := a.month.start + (a.from+200+i)*hour
		r := record{
			resource: own, mode: 10, kind: 5, from: at, to: at + hour, trade: at + hour + 900,
			usageType: own.product.usageType, digits: own.product.digits, measure: own.product.measure,
			usage: pow10[own.product.digits], ri: pow10[own.product.digits], riPlan: plan.lines[0].resource,
		}
		r.rate(r.usage, a.customer.discount)
		s.add(r)
	}
}

// savings adds a savings plan (charging mode 11): its monthly payment, and deductions that cost nothing more.
func (s *scene) savings() {
	a := s.account
	plan := s.world.order(a.customer, a.month, saltSavings, a.from, a.to, productSavings)
	s.sell(plan, 11, 18)
	own := s.world.hourly(a.customer, 0)
	for i := range int64(4) {
		at := a.month.start + (a.from+220+i)*hour
		r := record{
			resource: own, mode: 11, kind: 23, from: at, to: at + hour, trade: at + hour + 900,
			usageType: own.product.usageType, digits: own.product.digits, measure: own.product.measure,
			usage: pow10[own.product.digits], riPlan: plan.lines[0].resource,
		}
		r.rate(r.usage, 0)
		r.discount, r.payment, r.cash = r.official, 0, 0
		s.add(r)
	}
}
