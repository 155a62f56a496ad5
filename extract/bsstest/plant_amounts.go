package bsstest

// Kinds of plants that spoil what a fee record says, but for ListPriceOff and UsageJump in a way that no price explains.
const (
	TwiceCharged   = "twice_charged"    // a record stands twice, with two ids; another one is missing for it
	ListOff        = "list_off"         // the discount is larger by Amount than list price and payable leave room for
	TruncationOff  = "truncation_off"   // list price less discount is Amount above the payable amount
	SignOff        = "sign_off"         // the amounts of a usage record are negative
	ListPriceOff   = "list_price_off"   // list price and discount of a record are larger by Amount than its quantity costs
	UsageJump      = "usage_jump"       // a record has so many times its quantity that it costs at least Amount more
	GapDay         = "gap_day"          // what a resource used on one day in the middle of the month stands on the next day
	RefundTooLarge = "refund_too_large" // a refund of a whole order line gives back Amount more than was paid
)

func plantAListOff(c *change, _ *World, _ *account, amount int64) {
	c.alter = func(r *record) { r.discount = r.official - r.payment + amount }
}

func plantATruncationOff(c *change, _ *World, _ *account, amount int64) {
	c.alter = func(r *record) { r.discount = r.official - r.payment - amount }
}

func plantASignOff(c *change, _ *World, _ *account, _ int64) {
	c.alter = func(r *record) {
		r.official, r.discount, r.payment, r.cash = -r.official, -r.discount, -r.payment, -r.cash
	}
}

func plantAListPriceOff(c *change, _ *World, _ *account, amount int64) {
	c.alter = func(r *record) {
		r.official += amount
		r.discount += amount
	}
}

func plantAUsageJump(c *change, _ *World, _ *account, amount int64) {
	c.alter = func(r *record) {
		if r.payment <= 0 {
			panic("bsstest: plant usage_jump: the record costs nothing")
		}
		times := 2 + amount/r.payment
		r.usage *= times
		r.official *= times
		r.discount *= times
		rated := r.official - r.discount
		r.payment = rated - rated%cent
		r.cash = r.payment
	}
}

// plantATwiceCharged puts an ordinary record in the place of another one, whose id it keeps.
func plantATwiceCharged(_ *World, a *account, p Plant, _ int64) {
	first := a.ordinary()
	var twin record
	a.record(first, &twin)
	a.change(first, &change{kind: p.Kind})
	second := a.ordinary()
	a.change(second, &change{kind: p.Kind, alter: func(r *record) {
		id, c := r.id, r.change
		*r = twin
		r.id, r.change = id, c
	}})
}

// plantAGapDay moves the hours that a resource has on a day on which, and before and after which, it is charged for its time.
func plantAGapDay(_ *World, a *account, p Plant, _ int64) {
	dayOf := func(r *record) int64 { return (r.from - a.month.start) / day }
	type key struct {
		resource *resource
		day      int64
	}
	hours := map[key][]int{}
	var r record
	for k := len(a.special); k < a.records; k++ {
		a.record(k, &r)
		if r.change == nil && r.usageType == "Duration" && r.mode == 3 && r.kind == 5 {
			at := key{r.resource, dayOf(&r)}
			hours[at] = append(hours[at], k)
		}
	}
	for k := len(a.special); k < a.records; k++ {
		a.record(k, &r)
		at := key{r.resource, dayOf(&r)}
		if hours[at] == nil || hours[key{at.resource, at.day - 1}] == nil || hours[key{at.resource, at.day + 1}] == nil {
			continue
		}
		for _, moved := range hours[at] {
			a.change(moved, &change{kind: p.Kind, alter: func(r *record) {
				r.from, r.to, r.trade = r.from+day, r.to+day, r.trade+day
			}})
		}
		return
	}
	panic("bsstest: plant gap_day: customer " + a.customer.ID + " has no resource with three days in a row")
}

// plantARefundTooLarge lets the first refund of a whole order line give back more.
func plantARefundTooLarge(_ *World, a *account, p Plant, amount int64) {
	for k := range a.special {
		refund := &a.special[k]
		if refund.kind != 4 || a.changed[k] != nil {
			continue
		}
		for i := range a.special {
			if bought := &a.special[i]; bought.kind == 1 && bought.resource == refund.resource && bought.payment == -refund.payment {
				a.change(k, &change{kind: p.Kind, alter: func(r *record) {
					r.official, r.payment, r.cash = r.official-amount, r.payment-amount, r.cash-amount
				}})
				return
			}
		}
	}
	panic("bsstest: plant refund_too_large: customer " + a.customer.ID + " has no refund of a whole order line")
}
