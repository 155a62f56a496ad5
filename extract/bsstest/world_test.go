package bsstest

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// dump is every record of a cycle as served.
func dump(w *World, cycle string) []byte {
	var b []byte
	var r record
	for _, a := range w.accounts[cycle] {
		for i := range a.records {
			a.record(a.locate(i), &r)
			b = append(a.appendRecord(b, &r, style{}), '\n')
		}
	}
	return b
}

func TestSameSeedSameBytes(t *testing.T) {
	o := Options{Seed: 4, Cycle: "2026-10", Months: 1, Resellers: 1, Hostile: true, Idle: 1}
	a, b := NewWorld(o), NewWorld(o)
	for _, cycle := range a.Cycles() {
		if !bytes.Equal(dump(a, cycle), dump(b, cycle)) {
			t.Errorf("%s differs", cycle)
		}
	}
	o.Seed++
	if bytes.Equal(dump(a, "2026-10"), dump(NewWorld(o), "2026-10")) {
		t.Error("another seed, the same records")
	}
	o.Hostile = false // the long names are as long as many records
	plain := NewWorld(o)
	if size := len(dump(plain, "2026-10")) / plain.Records("2026-10"); size < 1300 || size > 2500 {
		t.Errorf("a record takes %d bytes", size)
	}
}

func TestCustomersVary(t *testing.T) {
	count := map[string]int{}
	names := map[string]bool{}
	w := NewWorld(Options{Seed: 4, Cycle: "2026-10", Customers: 60, Resellers: 3, Hostile: true, Idle: 1})
	for _, c := range w.Customers() {
		for kind, is := range map[string]bool{
			"left": c.Left, "no agency": c.NoAgency, "referral": c.AssociationType == "1", "moved": c.Moved, "idle": c.Idle, "direct": c.ResellerID == "",
			"formula": strings.HasPrefix(c.Name, "="), "path": strings.HasPrefix(c.Name, "../"), "control": strings.ContainsAny(c.Name, "\x00\x07"),
			"long": len(c.Name) > 39_000, "emoji": strings.Contains(c.Name, "🐉"),
		} {
			if is {
				count[kind]++
			}
		}
		if names[c.Name] || names[c.ID] || !utf8.ValidString(c.Name) {
			t.Errorf("customer %s is not unique", c.ID)
		}
		names[c.Name], names[c.ID] = true, true
	}
	for _, kind := range []string{"left", "no agency", "referral", "moved", "idle", "direct", "formula", "path", "control", "long", "emoji"} {
		if count[kind] == 0 {
			t.Errorf("no customer: %s", kind)
		}
	}
	if count["moved"] != 1 || count["idle"] != 1 {
		t.Errorf("%d moved, %d idle", count["moved"], count["idle"])
	}
	tame := NewWorld(Options{Seed: 4, Cycle: "2026-10", Customers: 800})
	for i, a := range tame.Customers() {
		for _, b := range tame.Customers()[:i] {
			if strings.Contains(a.Name, b.Name) || strings.Contains(b.Name, a.Name) {
				t.Fatalf("%s and %s", a.Name, b.Name)
			}
		}
	}
}

func TestIDs(t *testing.T) {
	w := NewWorld(Options{Seed: 4, Cycle: "2026-10"})
	seen, empty, repeated := map[uint64]bool{}, 0, 0
	natural := map[string]bool{}
	var last int64
	sorted := true
	var r record
	for _, a := range w.accounts["2026-10"] {
		for i := range a.records {
			a.record(a.locate(i), &r)
			switch {
			case r.id == 0:
				empty++
			case seen[r.id]:
				repeated++
			}
			seen[r.id] = true
			key := a.customer.ID + string(r.appendTrade(nil)) + r.resource.id + r.usageType + instant(r.from) + instant(r.to) + itoa(int64(r.kind))
			if natural[key] {
				t.Errorf("natural key %s occurs twice", key)
			}
			natural[key] = true
			sorted = sorted && r.trade >= last
			last = r.trade
		}
	}
	if empty == 0 || repeated == 0 || empty+repeated > 100 {
		t.Errorf("%d empty and %d repeated ids", empty, repeated)
	}
	if sorted {
		t.Error("records come in the order of their trade times")
	}
}

// TestRefunds asserts that money comes back for orders that were sold, in an earlier cycle too, and not more than was paid.
func TestRefunds(t *testing.T) {
	w := NewWorld(Options{Seed: 4, Cycle: "2026-10", Months: 1, Customers: 6, Records: 1200})
	type sale struct {
		payment int64
		cycle   string
	}
	sold := map[string]sale{}
	var r record
	for _, cycle := range w.Cycles() {
		for _, a := range w.accounts[cycle] {
			for k := range a.special {
				a.record(k, &r)
				if r.tradeID != "" && r.payment > 0 {
					sold[r.tradeID+r.resource.id] = sale{r.payment, cycle}
				}
			}
		}
	}
	across := 0
	for _, f := range w.refunds {
		if f.month.name != "2026-10" {
			continue
		}
		paid := int64(0)
		for _, x := range f.rows {
			s, ok := sold[x.base+x.resource.id]
			if !ok {
				t.Errorf("refund %s: order %s was never sold", f.orderID, x.base)
			}
			if x.amount < 0 && -x.amount > s.payment {
				t.Errorf("refund %s: %d back of %d", f.orderID, -x.amount, s.payment)
			}
			if s.cycle != "2026-10" {
				across++
			}
			paid += x.amount
		}
	}
	if across == 0 {
		t.Error("no refund of an earlier cycle's order")
	}
}

// TestPeak recomputes a month by other means: counting the points above the billed bandwidth.
func TestPeak(t *testing.T) {
	for _, cycle := range []string{"2026-02", "2026-10", "2026-11"} {
		w := NewWorld(Options{Seed: 6, Cycle: cycle, Bandwidth: 12})
		m := w.month
		codes := map[string]string{}
		for _, p := range w.peaks {
			pm := p.in(m)
			codes[p.usageType] += p.resource.id
			days := map[int64][]int64{}
			for i, x := range pm.points {
				if !m.contains(x.at) || x.at%300 != 0 || i > 0 && x.at <= pm.points[i-1].at {
					t.Fatalf("%s: point at %d", p.usageType, x.at)
				}
				days[(x.at-m.start)/day] = append(days[(x.at-m.start)/day], x.usage)
			}
			if pm.count != len(pm.points) || pm.count%pointsADay != 0 && !(p.enhanced && p.index%4 == 2) {
				t.Errorf("%s: %d points", p.usageType, pm.count)
			}
			above := func(values []int64, limit int64) (more, same int) {
				for _, v := range values {
					if v > limit {
						more++
					} else if v == limit {
						same++
					}
				}
				return
			}
			if !p.enhanced {
				var all []int64
				for _, d := range days {
					all = append(all, d...)
				}
				dropped := len(all) * 5 / 100
				if full := len(days) * pointsADay * 5 / 100; full != dropped {
					t.Errorf("%s %s: 5%% of %d points present is %d, of %d days %d", cycle, p.usageType, len(all), dropped, len(days), full)
				}
				if more, same := above(all, pm.billed); more > dropped || more+same <= dropped {
					t.Errorf("%s: %d points above the billed one, %d equal, %d dropped", p.usageType, more, same, dropped)
				}
				continue
			}
			// The guarantee is the only reason for a billed bandwidth above the mean of five day peaks.
			if pm.billed != max(pm.average, pm.guaranteed) || pm.billed%100 != 0 || pm.guaranteed != p.size/5*100 {
				t.Errorf("%s: billed %d of average %d and guarantee %d", p.usageType, pm.billed, pm.average, pm.guaranteed)
			}
			higher := 0
			for _, d := range days {
				if more, _ := above(d, pm.average+99); more >= 5 {
					higher++
				}
			}
			if higher == 0 || higher > 5 {
				t.Errorf("%s: %d day peaks above the month's average", p.usageType, higher)
			}
		}
		if codes[code95peak1000] == "" || codes[code95Peak1000] == "" || codes[code95peak1000] == codes[code95Peak1000] {
			t.Errorf("the two 1000-base codes: %v", codes)
		}
	}
	if got := actualDays(8923); got != "30.98263888888888888889" {
		t.Errorf("actual days %s", got)
	}
}

func TestInstant(t *testing.T) {
	for at := int64(0); at < 4_000_000_000; at += 7_654_321 {
		if got, want := instant(at), time.Unix(at, 0).UTC().Format(time.RFC3339); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	}
}

func BenchmarkNewWorld(b *testing.B) {
	for b.Loop() {
		w := NewWorld(Options{Seed: 1, Cycle: "2026-10", Customers: 20, Records: 100_000})
		w.ledger("2026-10")
	}
}

// BenchmarkConsumptionPage renders pages of 1,000 records: the aim is 150,000 records/s on one core.
func BenchmarkConsumptionPage(b *testing.B) {
	w := NewWorld(Options{Seed: 1, Cycle: "2026-10", Customers: 1, Records: 50_000})
	q := &query{values: map[string][]string{"bill_cycle": {"2026-10"}, "customer_id": {w.Customers()[0].ID}}}
	var page1 []byte
	i := 0
	for b.Loop() {
		l := w.listSubCustomerBillDetail(q)
		page1 = l.append(page1[:0], page{offset: i % 50 * 1000, limit: 1000})
		i++
	}
	b.SetBytes(int64(len(page1)))
	b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "records/s")
}
