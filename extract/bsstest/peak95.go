package bsstest

import (
	"cmp"
	"math/big"
	"slices"
	"strings"
)

// pointsADay is the number of 5-minute points of a full day.
const pointsADay = 288

// peakDigits are the decimals of bandwidths.
const peakDigits = 2

// peak is a resource billed on the 95th percentile of a month.
type peak struct {
	customer  *customer
	resource  *resource
	usageType string
	measure   int
	price     int64 // 1e-2 yuan for 1 Mbps and month
	enhanced  bool
	size      int64 // purchased bandwidth, Mbps (enhanced only)
	base      int64 // usual bandwidth in 1e-2 Mbps
	seed      uint64
	index     int
	spoiled   map[int]peakSpoil // by cycle index
}

// peakMonth is a resource's month: its points and what the summary says of it, bandwidths in 1e-2 Mbps.
type peakMonth struct {
	points                      []point
	count                       int // points that the vendor counted
	billed, guaranteed, average int64
}

// peakSpoil is what plants do to a month: the summary says more than it should, and points that the vendor counted are not given out.
type peakSpoil struct {
	billed, guaranteed int64 // 1e-2 Mbps
	hidden             int   // points
}

type point struct{ at, usage int64 }

// makePeaks hands Options.Bandwidth resources out to the settled customers in turn.
func (w *World) makePeaks() {
	var owners []*customer
	for _, c := range w.customers {
		if c.settled() {
			owners = append(owners, c)
		}
	}
	if len(owners) == 0 {
		return
	}
	kinds := []struct {
		code     string
		product  *product
		measure  int
		enhanced bool
		price    int64
	}{
		{code95peak1000, productCDN95, unitMbps1000, false, 2200},
		{code95Peak1000, productCDN95, unitMbps1000, false, 2200},
		{code95Plus, productVPC95, unitMbps1000, true, 8000},
		{code95Peak, productCDN95, unitMbps, false, 2350},
		{codeBandwidth95, productVPC95, unitMbps1000, false, 7500},
		{code95Plus, productEdge95, unitMbps1000, true, 4000},
	}
	for i := range w.options.Bandwidth {
		k := kinds[i%len(kinds)]
		c := owners[i%len(owners)]
		seed := hash(c.seed, 0x95, uint64(i))
		p := &peak{
			customer: c, resource: w.newResource(c, k.product, hash(0x95, uint64(i))), usageType: k.code, measure: k.measure, price: k.price,
			enhanced: k.enhanced, base: 4_000 + int64(seed%30_000), seed: seed, index: i,
		}
		if k.enhanced {
			p.size = 300
			if i%4 == 1 {
				p.size = 5_000 // so large that the guarantee wins
			}
		}
		c.peaks = append(c.peaks, p)
		w.peaks = append(w.peaks, p)
	}
}

// daily is the load of each hour of a day, in percent of the usual.
var daily = [24]int64{45, 38, 33, 30, 29, 31, 40, 55, 72, 88, 96, 100, 98, 92, 95, 99, 102, 105, 112, 125, 138, 140, 110, 70}

// usage is the bandwidth of one point.
func (p *peak) usage(at int64, d, slot int64) int64 {
	h := hash(p.seed, uint64(at))
	v := p.base * daily[slot/12] / 100 * (70 + int64(hash(p.seed, uint64(at/day))%60)) / 100
	v += v * int64(h%200) / 1000
	if h>>16%97 == 0 {
		v += v * int64(h>>24%3)
	}
	return v + int64(h>>32%100) + 1
}

// in is a month as the vendor tells it, plants included.
func (p *peak) in(m month) peakMonth {
	pm := p.computed(m)
	spoil := p.spoiled[m.index]
	pm.billed += spoil.billed
	pm.guaranteed += spoil.guaranteed
	pm.points = withoutLowest(pm.points, spoil.hidden)
	return pm
}

// withoutLowest drops the n lowest points between the first and the last: no algorithm bills one of those.
func withoutLowest(points []point, n int) []point {
	if n == 0 {
		return points
	}
	order := make([]int, 0, len(points))
	for i := 1; i < len(points)-1; i++ {
		order = append(order, i)
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(points[a].usage, points[b].usage) })
	gone := order[:n]
	var left []point
	for i, x := range points {
		if !slices.Contains(gone, i) {
			left = append(left, x)
		}
	}
	return left
}

// computed works a month out. Standard: 5-minute points of days with traffic, the top floor(5 %) dropped, the next one billed.
// Enhanced: 5th highest point a day, mean of the five highest days, both cut to integers, at least the guarantee. Every day
// has all its points, but the one on which an enhanced bandwidth was set up.
func (p *peak) computed(m month) peakMonth {
	var pm peakMonth
	idle := int64(-1) // a day without traffic: no points
	if p.index%2 == 1 {
		idle = int64(hash(p.seed, uint64(m.index)) % uint64(m.days))
	}
	first := int64(0)
	if p.enhanced && p.index%4 == 2 {
		first = 2*pointsADay + 100 // the resource was set up on the 3rd at 08:20
	}
	var dayPeaks []int64
	for d := first / pointsADay; d < m.days; d++ {
		if d == idle {
			continue
		}
		today := len(pm.points)
		for slot := range int64(pointsADay) {
			if d*pointsADay+slot < first {
				continue
			}
			at := m.start + d*day + slot*300
			pm.points = append(pm.points, point{at, p.usage(at, d, slot)})
		}
		if p.enhanced {
			values := sortedDown(pm.points[today:])
			dayPeaks = append(dayPeaks, values[min(4, len(values)-1)]/100)
		}
	}
	pm.count = len(pm.points)
	if !p.enhanced {
		values := sortedDown(pm.points)
		pm.billed = values[len(values)*5/100]
		return pm
	}
	slices.Sort(dayPeaks)
	slices.Reverse(dayPeaks)
	top := dayPeaks[:min(5, len(dayPeaks))]
	sum := int64(0)
	for _, v := range top {
		sum += v
	}
	pm.average = sum / int64(len(top)) * 100
	pm.guaranteed = p.size * 20 / 100 * 100
	pm.billed = max(pm.average, pm.guaranteed)
	return pm
}

func sortedDown(points []point) []int64 {
	values := make([]int64, len(points))
	for i, x := range points {
		values[i] = x.usage
	}
	slices.Sort(values)
	slices.Reverse(values)
	return values
}

// actualDays is points / 288 with up to 20 decimals, as the summary prints it.
func actualDays(points int) string {
	text := new(big.Rat).SetFrac64(int64(points), pointsADay).FloatString(20)
	return strings.TrimRight(strings.TrimRight(text, "0"), ".")
}

// charge adds the month-end fee record of each 95 resource: billed bandwidth x price x actual days / days of the month.
func (s *scene) charge(months map[*peak]peakMonth) {
	a := s.account
	for _, p := range a.customer.peaks {
		pm := months[p]
		if len(a.special) == a.records {
			return
		}
		r := record{
			resource: p.resource, mode: 3, kind: 5, from: a.month.start, to: a.month.end(), trade: a.month.end() + 20*hour,
			usageType: p.usageType, usage: pm.billed, digits: peakDigits, measure: p.measure,
		}
		list := new(big.Int).Mul(big.NewInt(pm.billed*p.price), big.NewInt(int64(pm.count)*10_000))
		r.official = list.Quo(list, big.NewInt(pointsADay*a.month.days)).Int64()
		r.discount = r.official / 10_000 * a.customer.discount
		rated := r.official - r.discount
		r.payment = rated - rated%cent
		r.cash = r.payment
		s.add(r)
	}
}
