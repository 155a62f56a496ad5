package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"settle/extract"
	"settle/extract/bsstest"
	"settle/load"
	"settle/transform/pricing"
)

// A what-if says what a settlement with the other workbook gives, and leaves the books as they were; a month that is issued is
// priced as well.
func TestWhatIf(t *testing.T) {
	t.Parallel()
	plainOnly(t)
	o := bsstest.Options{Seed: 21, Customers: 4, Records: 300, Bandwidth: -1}
	m := newMonth(t, o, nil)
	m.run(RunOptions{})
	dearer := func(b *pricing.Book) { b.Rules[0].Method, b.Rules[0].Value = "markup", rateOf("0.1") }
	other := filepath.Join(t.TempDir(), "other.xlsx")
	m.price(other, dearer)
	try := func() *WhatIf {
		t.Helper()
		w, err := whatIf(context.Background(), m.cfg, other, RunOptions{Cycle: extract.Cycle(testCycle), Offline: true, Now: m.now})
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	content, files := m.content(), m.files()
	journal := must(os.ReadFile(filepath.Join(m.cfg.Data, "journal", "journal.ndjson")))
	first := try()

	real := newMonth(t, o, nil)
	real.price(real.cfg.Pricing, dearer)
	real.run(RunOptions{})
	for _, p := range first.Parties {
		if got := real.one("select cast(amount_incl_tax as varchar) from settlement.statements where party_id = ?", p.ID); got != p.WhatIf {
			t.Errorf("%s: what-if %s, settled for real %s", p.ID, p.WhatIf, got)
		}
		if got := m.one("select cast(amount_incl_tax as varchar) from settlement.statements where party_id = ?", p.ID); got != p.InBooks {
			t.Errorf("%s: in books %s, settled %s", p.ID, p.InBooks, got)
		}
	}
	if len(first.Parties) == 0 || first.Parties[0].Difference == "0.00" {
		t.Errorf("nothing differs: %+v", first.Parties)
	}
	sameContent(t, "after a what-if", m.content(), content)
	if string(must(os.ReadFile(filepath.Join(m.cfg.Data, "journal", "journal.ndjson")))) != string(journal) {
		t.Error("the what-if wrote into the journal")
	}
	if _, err := os.Stat(first.File); err != nil {
		t.Error(err)
	}
	for name := range m.files() {
		if _, known := files[name]; !known && !strings.Contains(name, "what-if-") {
			t.Errorf("the what-if wrote %s", name)
		}
	}
	m.change(load.StateIssued, testCycle, "")
	if again := try(); len(again.Parties) != len(first.Parties) || again.Parties[0] != first.Parties[0] {
		t.Errorf("on the issued month: %+v, before %+v", again.Parties, first.Parties)
	}
}
