package bsstest

import "strconv"

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// resource is something a customer owns. Texts are JSON literals already.
type resource struct {
	product *product
	region  *region
	id      string // raw
	idJSON  string
	name    string
	tag     string
	spec    string
	times   int64 // of the spec
	part    bool  // part of a whole-machine bundle: the sub_ fields are filled
}

func (w *World) newResource(c *customer, p *product, salt uint64) *resource {
	h := hash(c.seed, hashText(p.code), salt)
	s := p.specs[h>>8%uint64(len(p.specs))]
	r := &resource{
		product: p, region: &regions[h>>16%uint64(len(regions))], id: uuid(h),
		spec: quote(s.text), times: s.times, tag: "null", part: p.kind == typeVM && h>>24%9 == 0,
	}
	if w.options.Hostile && h>>32%7 == 0 {
		r.name = quote(hostileName(h >> 36))
	} else {
		r.name = quote(p.prefix + "-" + []string{"prod", "test", "web", "data"}[h>>40%4] + "-" + short(h))
	}
	if h>>48%3 == 0 {
		r.tag = quote("env=" + []string{"prod", "test"}[h>>56%2] + ";owner=" + short(c.seed)[:4])
	}
	r.idJSON = quote(r.id)
	return r
}

// hourly returns the customer's i-th resource that is charged by the hour; it is the same in every cycle.
func (w *World) hourly(c *customer, i int) *resource {
	for len(c.resources) <= i {
		k := len(c.resources)
		p := products[0]
		if k > 0 {
			p = products[(k+int(c.seed%13))%len(products)]
		}
		c.resources = append(c.resources, w.newResource(c, p, uint64(k)))
	}
	return c.resources[i]
}

// record is one fee record. Amounts are in 1e-8 yuan.
type record struct {
	resource     *resource
	mode         int // charging_mode
	kind         int // bill_detail_type
	trade        int64
	from, to     int64 // consume time; to = 0: one instant
	usageType    string
	usage, free  int64
	ri           int64
	digits       int
	measure      int // 0 with usage 0: no quantity
	freeMeasure  int // of free; 0: the same
	riPlan       *resource
	official     int64
	discount     int64
	payment      int64
	cash         int64
	credit       int64
	coupon       int64
	flexi        int64
	card         int64
	debt         int64
	writeoff     int64
	tradeID      string // an order id; else tradeHash
	tradeHash    uint64
	id           uint64 // 0: empty
	periodType   int    // 0: null
	periodNumber int64
	change       *change
}

// monthlyBillType is the bill_type under which ListSubcustomerMonthlyBills sums the record.
func (r *record) monthlyBillType() int {
	switch {
	case r.kind == 4 || r.kind == 20 || r.kind == 24:
		return 1
	case r.writeoff != 0:
		return 2
	}
	return 0
}

// locate maps a row's place in the answer to its number in the account: the service documents no order, so the rows
// are strewn, by a step that shares no factor with their count.
func (a *account) locate(row int) int { return (row*a.stride + a.shift) % a.records }

func (a *account) strew() {
	if a.records == 0 {
		return
	}
	a.stride = max(1, a.records*618/1000)
	for gcd(a.stride, a.records) != 1 {
		a.stride++
	}
	a.shift = int(a.seed % uint64(a.records))
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// record fills r with the account's record number k, planted changes included.
func (a *account) record(k int, r *record) {
	if k < len(a.special) {
		*r = a.special[k]
	} else {
		a.usage(k-len(a.special), r)
	}
	if a.changed != nil {
		if c := a.changed[k]; c != nil {
			c.apply(r)
		}
	}
}

// usage makes the j-th record of on-demand use, of one hour or, in earlier months, several: out of nothing but the account's seed, so that a million records need
// no memory.
func (a *account) usage(j int, r *record) {
	h := hash(a.seed, uint64(j))
	own := j % a.width
	res := a.customer.resources[own]
	p := res.product
	at := a.month.start + (a.from+a.slot(int64(j/a.width), int64(own)))*hour
	until := at + a.hours*hour
	*r = record{
		resource: res, mode: 3, kind: 5, from: at, to: until, trade: until + 1200 + int64(h%3000),
		usageType: p.usageType, digits: p.digits, measure: p.measure, id: mix(h) | 1, tradeHash: h,
	}
	r.usage = p.usageOf(res, h>>8) * a.hours
	r.rate(r.usage, a.customer.discount)
	r.fund(h >> 20)
	switch {
	case j == 3 || j%499 == 7:
		r.id = 0
	case j == 5 || j%503 == 11:
		r.id = mix(hash(a.seed, uint64(j-1))) | 1 // the id of the record before, with other content
	}
}

// slot is the hour of the account's month at which the nth record of a resource begins. No resource has the same slot twice, nor a
// day without use between two others.
func (a *account) slot(nth, own int64) int64 {
	span := a.to - a.from
	if a.hours == 1 {
		return (nth*11 + own*5) % span // 11 divides no month's hours
	}
	return (nth + own%7) % (span / a.hours) * a.hours
}

// usageOf is one hour's quantity of a resource in units of 10^-digits.
func (p *product) usageOf(res *resource, h uint64) int64 {
	switch p.shape {
	case byHour:
		if h%8 == 0 {
			return (1 + int64(h>>4%3599)) * pow10[p.digits] / 3600 // stopped within the hour
		}
		return pow10[p.digits]
	case bySize:
		return res.times
	default:
		return res.times/2 + int64(h>>4%uint64(res.times))
	}
}

// rate prices quantity by the list: rated to 8 decimals, charged truncated to the cent.
func (r *record) rate(quantity, discount int64) {
	price := r.resource.product.price
	if r.resource.product.shape == byHour {
		price *= r.resource.times
	}
	r.official = quantity * price
	r.discount = r.official / 10_000 * discount
	rated := r.official - r.discount
	r.payment = rated - rated%cent
	r.cash = r.payment
}

// fund says what the payment was taken from; mostly cash.
func (r *record) fund(h uint64) {
	half := r.payment / 2 / cent * cent
	switch h % 64 {
	case 0, 1:
		r.cash, r.coupon = 0, r.payment
	case 2:
		r.cash, r.coupon = r.payment-half, half
	case 3:
		r.cash, r.debt = 0, r.payment
	case 4:
		r.cash, r.debt = half, r.payment-half
	case 5:
		r.cash, r.card = 0, r.payment
	case 6:
		r.cash, r.flexi = r.payment-half, half
	}
}

// plan settles what an account consists of: width resources whose hours fill what the special records leave.
func (w *World) plan(a *account) {
	rest := a.records - len(a.special)
	if rest < 0 {
		panic("bsstest: more special records than records")
	}
	// Earlier months have a quarter of the records, and used about as much as the newest: each of their records is of several hours.
	a.hours = 1
	if a.month.index < w.month.index && rest > 0 {
		later := 4 * a.records
		if a.customer.Moved {
			later *= 2 // it will have as many under each of two resellers
		}
		a.hours = int64(min(max(2, (later-len(a.special)+rest/2)/rest), 24))
	}
	full := min(int(a.to-a.from), 600) / int(a.hours)
	a.width = max(5+int(a.customer.seed>>9%6), (rest+full-1)/full)
	a.width = max(1, min(a.width, rest))
	w.hourly(a.customer, a.width-1)
	a.strew()
}
