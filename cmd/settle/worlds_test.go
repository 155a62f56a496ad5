package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"settle/extract/bsstest"
)

var worlds = flag.Int("worlds", 3, "how many random worlds TestRandomWorlds settles")

// TestRandomWorlds plants several differences, each on a customer of its own, in worlds of random size and shape: what is found
// beyond the clean world is what was planted, and nothing else. go test ./cmd/settle -run TestRandomWorlds -worlds 100 settles a hundred.
func TestRandomWorlds(t *testing.T) {
	t.Parallel()
	n := *worlds
	if raceEnabled {
		n = min(n, 1)
	}
	total := 0
	for seed := range n {
		t.Run(fmt.Sprint(seed+1), func(t *testing.T) { total += randomWorld(t, uint64(seed+1)) })
	}
	t.Logf("%d worlds, %d plantings", n, total)
	if total == 0 {
		t.Error("nothing was planted: the test shows nothing")
	}
}

// otherWorldsOwn are kinds of findings that clean worlds have beside theWorldsOwn: of customers without consumption, and of parties whose refunds
// are more than what they used.
var otherWorldsOwn = []string{"04 I", "40 I"}

// randomWorld returns how much was planted.
func randomWorld(t *testing.T, seed uint64) int {
	r := rand.New(rand.NewPCG(seed, 4))
	o := bsstest.Options{
		Seed: seed, Cycle: testCycle, Customers: 6 + r.IntN(9), Records: 300 + r.IntN(900), Resellers: r.IntN(3), Bandwidth: r.IntN(6) - 1,
		Idle: r.IntN(3), Hostile: r.IntN(4) == 0,
	}
	fresh := func() *plantedMonth {
		return &plantedMonth{month: &month{t: t, world: bsstest.NewWorld(o), resellers: o.Resellers > 0, now: testNow, dir: t.TempDir()}}
	}
	clean, m := fresh(), fresh()
	clean.settleAlone()
	defer clean.close()
	quiet := findings(t, clean.j.warehouse, testCycle)
	for _, f := range quiet {
		if theWorldsOwn[f.kind()] == 0 && !slices.Contains(otherWorldsOwn, f.kind()) {
			t.Errorf("clean world %+v: %s: %s: %s, want %s; %s", o, f.seen("-", "-"), f.subject, f.actual, f.expected, f.detail)
		}
	}
	candidates := m.candidates()
	r.Shuffle(len(candidates), func(i, k int) { candidates[i], candidates[k] = candidates[k], candidates[i] })
	kinds := anywhere()
	r.Shuffle(len(kinds), func(i, k int) { kinds[i], kinds[k] = kinds[k], kinds[i] })
	type planted struct {
		planting
		customer string
	}
	var all []planted
	most := r.IntN(5) // none at all is a world too
	for _, kind := range kinds {
		i := slices.IndexFunc(candidates, func(c string) bool { return fits(o, kind.plant, c) })
		if len(all) == most || i < 0 {
			continue
		}
		p := kind.plant
		p.CustomerID = candidates[i]
		m.world.Plant(p)
		all = append(all, planted{kind, candidates[i]})
		candidates = m.withoutParty(candidates, candidates[i])
	}
	m.settleAlone()
	defer m.close()

	var want, words []string
	for _, p := range all {
		m.customer = p.customer
		m.whose()
		words = append(words, p.plant.Kind+" on "+p.customer)
		for _, w := range m.amounts(t, p.planting, clean) {
			if strings.HasPrefix(w, "49 ") {
				continue // is held against the month before, which these worlds do not have
			}
			want = append(want, strings.NewReplacer(" customer ", " "+m.customer+" of "+m.party+" ", " party ", " "+m.party+" ").Replace(w))
		}
	}
	found := findings(t, m.j.warehouse, testCycle)
	nothingGone(t, found, quiet)
	var got []string
	for _, f := range came(found, quiet) {
		// A record that a planting moves or spoils can be one that a package of its customer should have covered: check 24 counts one less.
		less := f.check == "24" && f.amount().IsNegative() && slices.ContainsFunc(quiet, func(c finding) bool { return c.id == f.id })
		if less && slices.ContainsFunc(all, func(p planted) bool { return p.customer == f.customer }) {
			continue
		}
		who := "nobody"
		switch {
		case f.customer != "":
			who = f.customer + " of " + f.party
		case f.party != "":
			who = f.party
		}
		got = append(got, f.onWhom(who))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("world %+v with %v:\nfound\n\t%s\nwant\n\t%s", o, words, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
	t.Logf("%d customers, %d records, %d resellers, %d resources on 95: planted %v", o.Customers, o.Records, o.Resellers, max(0, o.Bandwidth), words)
	return len(all)
}

// settleAlone settles a month that has none before it.
func (m *plantedMonth) settleAlone() {
	m.t.Helper()
	m.serve(nil)
	m.cfg = m.config(m.dir)
	m.price(m.cfg.Pricing, nil)
	m.settle(RunOptions{})
}

// anywhere are the plantings that any world takes, on any customer.
func anywhere() (all []planting) {
	for _, p := range plantings {
		if p.plant.Kind != "" && p.plant.Kind != bsstest.OrphanRecord && !p.onlyHere && p.do == nil {
			all = append(all, p)
		}
	}
	return all
}
