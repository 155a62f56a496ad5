// Package bsstest is a local BSS, as httptest is a local web: it takes a seed and a billing cycle, and serves a whole
// partner's month over real HTTP with real signatures, down to the surprises of the documented API.
//
// A [World] is consistent by construction: fee records, monthly sums, refunds, packages and 95th-percentile series fit
// one another to the last decimal, and the same options give the same bytes. [World.Plant] spoils it knowingly, one
// difference at a time; [World.Sums] says what a complete pull must add up to. A [Server] serves a world, and disturbs
// the traffic on demand (see [Fault] and [FaultPlan]).
package bsstest

import (
	"maps"
	"runtime"
	"slices"
	"sync"
)

// Options describe a world. The zero value of a field means its default.
type Options struct {
	Seed      uint64
	Cycle     string // "YYYY-MM"
	Customers int    // default 20
	Records   int    // fee records of Cycle over all customers, exactly; default 2000
	Months    int    // earlier cycles that exist too, each with a quarter of Records
	Resellers int    // tier-2 resellers; more than 0 makes the partner a distributor
	Bandwidth int    // resources billed on the 95th percentile; default 3, negative for none
	Idle      int    // customers that consume nothing
	Hostile   bool   // hostile names of customers and resources
}

// World is a generated partner with its customers, a month and maybe earlier ones. It is safe for concurrent use.
type World struct {
	options Options
	seed    uint64
	month   month
	months  []month // oldest first; the last is month

	mu        sync.RWMutex // guards all below against Plant
	resellers []*reseller
	customers []*customer
	peaks     []*peak
	accounts  map[string][]*account // by cycle
	refunds   map[string]*refund    // by the refund's order id
	plants    []Plant
	billsOff  map[billKey]int64
	lists     changedLists

	ledgerMu sync.Mutex
	ledgers  map[string]*ledger
	funds    funds
	peakMu   sync.Mutex
	peakMemo map[peakKey]peakMonth
}

type peakKey struct {
	peak  *peak
	month int
}

// NewWorld makes the world that o describes. It panics when o.Cycle is no cycle: a world is made by tests and by
// commands that have checked their flags.
func NewWorld(o Options) *World {
	if o.Customers == 0 {
		o.Customers = 20
	}
	if o.Records == 0 {
		o.Records = 2000
	}
	if o.Bandwidth == 0 {
		o.Bandwidth = 3
	}
	m, err := parseMonth(o.Cycle)
	if err != nil {
		panic("bsstest: " + err.Error())
	}
	w := &World{
		options: o, seed: mix(o.Seed), month: m,
		accounts: map[string][]*account{}, refunds: map[string]*refund{}, billsOff: map[billKey]int64{},
		ledgers: map[string]*ledger{}, peakMemo: map[peakKey]peakMonth{},
	}
	for i := m.index - o.Months; i <= m.index; i++ {
		w.months = append(w.months, monthAt(i))
	}
	w.makeCustomers()
	w.makePackages()
	w.makePeaks()
	for _, m := range w.months {
		w.fill(m)
	}
	return w
}

// fill makes the accounts of one cycle. Cycles must come in order: packages drain from one to the next.
func (w *World) fill(m month) {
	list := w.makeAccounts(m)
	share(list, w.Records(m.name))
	peaks := map[*peak]peakMonth{}
	for _, p := range w.peaks {
		pm := p.in(m)
		w.rememberPeak(p, m, pm)
		pm.points = nil
		peaks[p] = pm
	}
	for _, a := range list {
		s := &scene{world: w, account: a, limit: a.records}
		s.charge(peaks)
		s.limit = max(len(a.special), a.records/2)
		if a.customer.settled() {
			s.packages()
		}
		s.orders()
		s.others()
		w.plan(a)
	}
	w.accounts[m.name] = list
}

// peakMemory bounds the memo of 95 months: about 140 kB each.
const peakMemory = 64

func (w *World) rememberPeak(p *peak, m month, pm peakMonth) {
	w.peakMu.Lock()
	defer w.peakMu.Unlock()
	if len(w.peakMemo) >= peakMemory {
		clear(w.peakMemo)
	}
	w.peakMemo[peakKey{p, m.index}] = pm
}

func (w *World) peakIn(p *peak, m month) peakMonth {
	w.peakMu.Lock()
	pm, ok := w.peakMemo[peakKey{p, m.index}]
	w.peakMu.Unlock()
	if !ok {
		pm = p.in(m)
		w.rememberPeak(p, m, pm)
	}
	return pm
}

// Cycle is the world's newest billing cycle.
func (w *World) Cycle() string { return w.month.name }

// Cycles are all billing cycles that exist, oldest first.
func (w *World) Cycles() []string {
	var names []string
	for _, m := range w.months {
		names = append(names, m.name)
	}
	return names
}

// Records is the number of fee records of a cycle, 0 for a cycle that does not exist. Planted orphans come on top.
func (w *World) Records(cycle string) int {
	switch {
	case cycle == w.month.name:
		return w.options.Records
	case slices.ContainsFunc(w.months, func(m month) bool { return m.name == cycle }):
		return w.options.Records / 4
	}
	return 0
}

// Customers lists all customers, those that left included.
func (w *World) Customers() []Customer {
	w.mu.RLock()
	defer w.mu.RUnlock()
	var list []Customer
	for _, c := range w.customers {
		list = append(list, c.Customer)
	}
	return list
}

// Resellers lists the ids of the tier-2 resellers.
func (w *World) Resellers() []string {
	var ids []string
	for _, r := range w.resellers {
		ids = append(ids, r.id)
	}
	return ids
}

func (w *World) reseller(id string) *reseller {
	for _, r := range w.resellers {
		if r.id == id {
			return r
		}
	}
	return nil
}

func (w *World) customer(id string) *customer {
	for _, c := range w.customers {
		if c.ID == id {
			return c
		}
	}
	return nil
}

// each calls f for all accounts of a cycle, on all processors.
func each(list []*account, f func(i int, a *account)) {
	var wg sync.WaitGroup
	var next = make(chan int, len(list))
	for i := range list {
		next <- i
	}
	close(next)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range next {
				f(i, list[i])
			}
		})
	}
	wg.Wait()
}

// sortedKeys lists the keys of m in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
