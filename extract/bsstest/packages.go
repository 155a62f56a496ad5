package bsstest

import "time"

// packageDigits are the decimals of package quantities.
const packageDigits = 4

// pkg is a resource package of a customer. The world stands at the end of its cycle: balances are those of that
// moment, so that they do not depend on when they are asked for.
type pkg struct {
	customer    *customer
	instance    string
	orderID     string // empty for a gift
	product     *product
	region      *region
	effective   int64
	expire      int64
	status      int // 1 active, 2 used up, 3 expired
	gift        bool
	bundle      string
	reuse       int // 1 resettable, 2 not
	serviceType *service
	items       []*pkgItem
}

// pkgItem is one quota of a package. Quantities are in 10^-packageDigits of its unit.
type pkgItem struct {
	id       string
	typeName name
	covers   *resource // whose on-demand usage it covers
	usage    name
	original int64
	left     int64
	// The list of packages and their balances name different units for the same quota, as the service's examples do.
	listMeasure, balanceMeasure int
	perUnit                     int64 // units of usage in one unit of the quota
	basis                       int   // quota_reuse_cycle_type: 1 calendar, 2 by order date
	start, end                  int64 // the window that left belongs to
	deductions                  []deduction
}

type deduction struct {
	item                       *pkgItem
	at, from, to               int64
	month                      int // cycle index
	available, used, remaining int64
}

// makePackages gives every settled customer a package or two.
func (w *World) makePackages() {
	first := w.months[0]
	n := 0
	for _, c := range w.customers {
		if !c.settled() {
			continue
		}
		h := hash(c.seed, 0x9ac)
		region := &regions[h>>4%uint64(len(regions))]
		bought := first.start + 2*hour + int64(h>>8%1800)
		item := func(salt uint64, covers *product, kind, usage name, quota int64) *pkgItem {
			it := &pkgItem{
				id: uuid(hash(h, salt)), typeName: kind, usage: usage, original: quota * pow10[packageDigits],
				covers: w.newResource(c, covers, hash(h, salt, 1)), perUnit: 1, basis: 1,
			}
			it.covers.region = region // a package covers what runs in its region
			return it
		}
		storage := func(salt uint64) *pkgItem {
			it := item(salt, productStorage, name{"标准存储容量", "Standard storage"}, name{"标准存储容量", "Standard storage"}, 73_000)
			it.listMeasure, it.balanceMeasure = unitGBHour, unitPackageGBHour
			return it
		}
		p := &pkg{customer: c, instance: uuid(hash(h, 2)), region: region, status: 1, bundle: "ATOMIC_PKG", reuse: 1, effective: bought, expire: bought + 365*day}
		switch n % 3 {
		case 0: // storage, calendar month
			p.product, p.orderID = productOBSPack, orderID("CS", bought, h)
			p.items = []*pkgItem{storage(10)}
		case 1: // traffic, one quota for the year
			p.product, p.orderID, p.reuse = productCDNPack, orderID("CS", bought, h), 2
			it := item(11, productCDNFlow, name{"CDN下行流量", "CDN downstream traffic"}, name{"流量", "Traffic"}, 500)
			it.listMeasure, it.balanceMeasure = unitGB, unitGB
			p.items = []*pkgItem{it}
		case 2: // a gift of two quotas that return on the 15th, given before the first cycle
			p.product, p.gift, p.bundle = productOBSPack, true, "BUNDLE_PKG"
			p.effective = monthAt(first.index-1).start + 14*day
			p.expire = p.effective + 365*day
			traffic := item(12, productVPCFlow, name{"公网流出流量", "Outbound traffic"}, name{"流量", "Traffic"}, 300)
			traffic.listMeasure, traffic.balanceMeasure, traffic.perUnit = unitGB, unitGB, 1024
			p.items = []*pkgItem{storage(13), traffic}
			for _, it := range p.items {
				it.basis = 2
			}
		}
		c.packages = append(c.packages, p)
		if n%5 == 0 {
			old := *p
			old.instance, old.status, old.gift = uuid(hash(h, 3)), 3, false
			old.product, old.reuse, old.bundle = productCDNPack, 2, "ATOMIC_PKG"
			old.effective, old.expire = first.start-400*day, first.start-35*day
			old.orderID = orderID("CS", old.effective, h)
			it := item(14, productCDNFlow, name{"CDN下行流量", "CDN downstream traffic"}, name{"流量", "Traffic"}, 100)
			it.listMeasure, it.balanceMeasure, it.left = unitGB, unitGB, 37_1250
			it.start, it.end = old.effective, old.expire
			old.items = []*pkgItem{it}
			c.packages = append(c.packages, &old)
		}
		for _, p := range c.packages {
			p.serviceType = p.product.kind.service
			for _, it := range p.items {
				if p.status != 3 {
					it.left = it.original
					it.start, it.end = p.window(it, first.start)
				}
			}
		}
		n++
	}
}

// window is the period of an item's quota in which t lies.
func (p *pkg) window(it *pkgItem, t int64) (start, end int64) {
	if p.reuse == 2 {
		return p.effective, p.expire
	}
	local := time.Unix(t, 0).In(beijing)
	first := 1
	if it.basis == 2 {
		first = time.Unix(p.effective, 0).In(beijing).Day()
	}
	from := time.Date(local.Year(), local.Month(), first, 0, 0, 0, 0, beijing)
	if from.After(local) {
		from = from.AddDate(0, -1, 0)
	}
	return max(from.Unix(), p.effective), min(from.AddDate(0, 1, 0).Unix(), p.expire)
}

// packages adds the purchase of the customer's packages and the usage that they cover. Cycles must come in order.
func (s *scene) packages() {
	a := s.account
	for _, p := range a.customer.packages {
		if p.status == 3 {
			continue
		}
		if !p.gift && a.month.contains(p.effective) && s.room(1) {
			s.sell(order{
				id: p.orderID, paid: p.effective, periodType: 19, periods: 1,
				lines: []orderLine{{s.world.newResource(a.customer, p.product, 1), 1188 * one, 0, 1188 * one}},
			}, 1, 1)
		}
		for _, it := range p.items {
			s.deduct(p, it)
		}
	}
}

func (s *scene) deduct(p *pkg, it *pkgItem) {
	a := s.account
	count := int64(min(8, max(1, a.records/40)))
	if !s.room(int(count)) {
		count = 0
	}
	for i := range count {
		h := hash(a.seed, hashText(it.id), uint64(i))
		// Between 03:00 and 20:00, so that neither the hour nor its deduction straddles the end of a window.
		from := a.month.start + (1+i*(a.month.days-2)/count)*day + (3+int64(h%16))*hour
		at := from + hour + 600
		if start, end := p.window(it, at); start != it.start {
			it.start, it.end, it.left = start, end, it.original
		}
		want := it.original / 10_000 * (200 + int64(h>>8%900))
		used := min(want, it.left)
		res := it.covers
		r := record{
			resource: res, mode: 3, kind: 5, from: from, to: from + hour, trade: at,
			usageType: res.product.usageType, digits: packageDigits, measure: res.product.measure, freeMeasure: it.listMeasure,
			usage: want * it.perUnit, free: used,
		}
		if h>>40%4 == 0 {
			r.usage += r.usage / 8
		}
		r.rate(r.usage-used*it.perUnit, a.customer.discount)
		if r.usage == 0 {
			continue
		}
		s.add(r)
		if used == 0 {
			continue
		}
		it.deductions = append(it.deductions, deduction{
			item: it, at: at, from: from, to: from + hour, month: a.month.index,
			available: it.left, used: used, remaining: it.left - used,
		})
		it.left -= used
	}
	// A balance is that of the cycle's last moment: what the last reset has given back is there again.
	if start, end := p.window(it, a.month.end()-1); start != it.start {
		it.start, it.end, it.left = start, end, it.original
	}
	if p.reuse == 2 && it.left == 0 {
		p.status = 2
	}
}
