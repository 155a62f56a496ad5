package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"settle/extract"
	"settle/extract/bsstest"
	"settle/load"
)

// A rebuild of the warehouse that is broken off must not pass for the whole: the months that were not loaded yet would be
// missing from the next snapshot without a word.
func TestRebuildBrokenOff(t *testing.T) {
	t.Parallel()
	m := newMonth(t, bsstest.Options{Seed: 3, Customers: 4, Records: 200, Months: 1, Bandwidth: -1}, nil)
	m.run(RunOptions{Cycle: "2026-09"})
	m.run(RunOptions{})
	content := m.content()
	remove := func() {
		t.Helper()
		if err := os.Remove(filepath.Join(m.cfg.Data, "warehouse.duckdb")); err != nil {
			t.Fatal(err)
		}
	}

	remove()
	for i := 0; i < 6; i += 2 {
		ctx, cancel := context.WithCancel(context.Background())
		p := &cancelAt{after: i, cancel: cancel}
		_, err := runMonth(ctx, m.cfg, RunOptions{Cycle: testCycle, Offline: true, Now: m.now, Progress: p})
		cancel()
		if err == nil {
			break
		}
	}
	m.run(RunOptions{Offline: true})
	sameContent(t, "after rebuilds that were broken off", m.content(), content)

	remove()
	pages, err := filepath.Glob(filepath.Join(m.cfg.Data, "packages", "2026-09", "consumption_records", "*.pages.zst"))
	if err != nil || len(pages) == 0 {
		t.Fatal(pages, err)
	}
	whole := map[string][]byte{}
	for _, path := range pages {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		whole[path] = b
		damaged := append([]byte(nil), b...)
		damaged[len(damaged)/2] ^= 1
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if _, err := m.try(RunOptions{Offline: true}); err == nil || !strings.Contains(err.Error(), "rebuild 2026-09") {
			t.Errorf("a month whose packages are damaged: %v", err)
		}
	}
	for path, b := range whole {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	m.run(RunOptions{Offline: true})
	sameContent(t, "after the damage is mended", m.content(), content)
}

// cancelAt cancels when the n-th stage begins.
type cancelAt struct {
	after  int
	cancel func()
}

func (c *cancelAt) Stage(string, int64) {
	if c.after--; c.after < 0 {
		c.cancel()
	}
}
func (*cancelAt) Add(int64) {}
func (*cancelAt) Done()     {}

// Cancelled at each stage in turn, a run publishes nothing half done, and the next one ends as if nothing had been.
func TestCancelAtEveryStage(t *testing.T) {
	t.Parallel()
	calm := newMonth(t, smallWorld, nil)
	calm.run(RunOptions{})
	content := calm.content()
	m := newMonth(t, smallWorld, nil)
	for i := 0; i < 20; i++ {
		if raceEnabled {
			i += 2
		}
		ctx, cancel := context.WithCancel(context.Background())
		_, err := runMonth(ctx, m.cfg, RunOptions{Cycle: testCycle, Now: m.now, Progress: &cancelAt{after: i, cancel: cancel}})
		cancel()
		if err == nil {
			if i < 5 {
				t.Errorf("ended well although it was cancelled at stage %d", i)
			}
			break
		}
		if exitCode(err, true) != exitInterrupted {
			t.Errorf("cancelled at stage %d: %v", i, err)
		}
	}
	m.run(RunOptions{})
	sameContent(t, "after cancelled runs", m.content(), content)
}

func TestNotTheResellersCustomer(t *testing.T) {
	t.Parallel()
	m := newMonth(t, bsstest.Options{Seed: 1, Customers: 6, Records: 200, Resellers: 1, Bandwidth: -1}, nil)
	want := m.run(RunOptions{})
	m2 := newMonth(t, bsstest.Options{Seed: 1, Customers: 6, Records: 200, Resellers: 1, Bandwidth: -1}, nil)
	var refused atomic.Int64 // several requests are answered at once
	m2.server.SetFault(func(r *http.Request) *bsstest.Fault {
		q := r.URL.Query()
		if r.URL.Path != extract.ConsumptionRecords.Call.Path || q.Get("indirect_partner_id") != "" {
			return nil
		}
		for _, c := range m2.world.Customers() {
			if c.ID == q.Get("customer_id") && c.ResellerID != "" && !c.Moved {
				refused.Add(1)
				return &bsstest.Fault{Status: 400, Code: "CBC.99000035", Message: "the customer is not associated with the partner"}
			}
		}
		return nil
	})
	got := m2.run(RunOptions{})
	if refused.Load() == 0 {
		t.Fatal("no customer was asked about on suspicion: the test shows nothing")
	}
	if got.Parties != want.Parties || got.missing() != 0 || got.Parked != 0 {
		t.Errorf("settled %d parties, %d missing, %d parked; want %d, 0, 0", got.Parties, got.missing(), got.Parked, want.Parties)
	}
}

func TestArchivedPricingIsChecked(t *testing.T) {
	t.Parallel()
	m := newMonth(t, bsstest.Options{Seed: 3, Customers: 4, Records: 100, Months: 1, Bandwidth: -1}, nil)
	m.run(RunOptions{Cycle: "2026-09"})
	m.price(m.cfg.Pricing, nil)
	j, err := load.ReadJournal(m.cfg.Data)
	if err != nil {
		t.Fatal(err)
	}
	record, _ := j.PricingOf("2026-09")
	b, err := os.ReadFile(m.cfg.Pricing)
	if err != nil {
		t.Fatal(err)
	}
	other := newMonth(t, bsstest.Options{Seed: 4, Customers: 2, Records: 10, Bandwidth: -1}, nil)
	foreign, err := os.ReadFile(other.cfg.Pricing)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(j.PricingPath(record.Hash), foreign, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(m.cfg.Data, "warehouse.duckdb")); err != nil {
		t.Fatal(err)
	}
	// Another workbook for October, so that the damaged archive is not simply written anew from the same content.
	if err := os.WriteFile(m.cfg.Pricing, b, 0o600); err != nil {
		t.Fatal(err)
	}
	m.edit("0.9")
	if _, err := m.try(RunOptions{}); err == nil || !strings.Contains(err.Error(), "restore the file from your backup") {
		t.Errorf("a changed workbook in the archive priced an old month: %v", err)
	}
}

func TestResumeIsOfTheSameRun(t *testing.T) {
	at := testNow()
	final := at.Add(-time.Hour)
	last := load.RunRecord{Mode: modeFinal, Source: "s", Started: at}
	for name, c := range map[string]struct {
		change func(*load.RunRecord)
		want   bool
	}{
		"the same":            {func(*load.RunRecord) {}, true},
		"another mode":        {func(r *load.RunRecord) { r.Mode = modePrelim }, false},
		"other customers":     {func(r *load.RunRecord) { r.Customers = []string{"c1"} }, false},
		"another endpoint":    {func(r *load.RunRecord) { r.Source = "t" }, false},
		"a day later":         {func(r *load.RunRecord) { r.Started = at.Add(24 * time.Hour) }, false},
		"within the half day": {func(r *load.RunRecord) { r.Started = at.Add(11 * time.Hour) }, true},
	} {
		fresh := last
		c.change(&fresh)
		if got := resumable(last, fresh, final); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if resumable(last, last, at.Add(time.Minute)) {
		t.Error("a run from before the month was final is carried on to close it")
	}
}

// panics panics when a stage begins.
type panics string

func (p panics) Stage(name string, _ int64) {
	if strings.HasPrefix(name, string(p)) {
		panic("planned")
	}
}
func (panics) Add(int64) {}
func (panics) Done()     {}

func TestPanicIsNoDone(t *testing.T) {
	t.Parallel()
	m := newMonth(t, smallWorld, nil)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_, _ = m.try(RunOptions{Progress: panics("settle")})
	}()
	j, err := load.ReadJournal(m.cfg.Data)
	if err != nil {
		t.Fatal(err)
	}
	if last := j.Runs[len(j.Runs)-1]; last.Outcome != "failed" {
		t.Errorf("the journal says %q", last.Outcome)
	}
	m.run(RunOptions{})
}

func TestOldPullsAreNotFinal(t *testing.T) {
	t.Parallel()
	plainOnly(t)
	t.Run("offline", func(t *testing.T) {
		m := newMonth(t, smallWorld, nil)
		early := *m
		early.now = func() time.Time { return time.Date(2026, 11, 2, 2, 0, 0, 0, time.UTC) }
		early.server.Close()
		early.serve(nil)
		early.cfg = early.config(m.dir)
		if s := early.run(RunOptions{}); s.Mode != modePrelim {
			t.Fatalf("a run on the second is %s", s.Mode)
		}
		m.cfg = early.cfg
		if s := m.run(RunOptions{Offline: true}); s.Mode != modePrelim {
			t.Errorf("packages of the second, replayed on the sixth, are %s", s.Mode)
		}
		if _, err := m.try(RunOptions{Offline: true, Mode: modeFinal}); exitCode(err, false) != exitNotFinal {
			t.Errorf("--mode final --offline of them: %v", err)
		}
		if got := m.one("select string_agg(distinct status, ',') from settlement.statements"); got != "prelim" {
			t.Errorf("statements are %s", got)
		}
	})
	t.Run("an older pull stands in", func(t *testing.T) {
		m := newMonth(t, smallWorld, nil)
		m.run(RunOptions{})
		m.server.SetFault(failing(m.resale(), bsstest.Fault{Status: 500, Code: "CBC.0999"}))
		s := m.run(RunOptions{})
		if s.missing() != 1 || s.Parked != 1 {
			t.Errorf("missing %d, parked %d; want 1, 1", s.missing(), s.Parked)
		}
	})
}

// A customer that the lists do not name any more is gone from the tables too: they follow from the newest packages, whether
// the warehouse was there before or is built anew.
func TestForgottenWindows(t *testing.T) {
	t.Parallel()
	plainOnly(t)
	m := newMonth(t, smallWorld, nil)
	gone := m.resale()
	m.run(RunOptions{})
	if n := m.one("select cast(count(*) as varchar) from source.consumption_records where customer_id = ?", gone); n == "0" {
		t.Fatal("the customer has no records: the test shows nothing")
	}
	m.cfg.Partner.Endpoint = rewriting(t, m.server.URL(), func(path string, answer []byte) []byte {
		switch path {
		case extract.SubCustomers.Call.Path, extract.ConsumingCustomers.Call.Path, extract.MonthlyBills.Call.Path:
			return without(t, answer, gone)
		}
		return answer
	})
	m.run(RunOptions{})
	if n := m.one("select cast(count(*) as varchar) from source.consumption_records where customer_id = ?", gone); n != "0" {
		t.Errorf("%s records stand of a customer whom no list names", n)
	}
	content := m.content()
	if err := os.Remove(filepath.Join(m.cfg.Data, "warehouse.duckdb")); err != nil {
		t.Fatal(err)
	}
	m.run(RunOptions{Offline: true})
	sameContent(t, "built anew", m.content(), content)
}

// IAM that fails is not asked again for every window of every customer.
func TestIAMIsLeftAlone(t *testing.T) {
	t.Parallel()
	m := newMonth(t, smallWorld, nil)
	asked := 0
	var mu sync.Mutex
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		asked++
		mu.Unlock()
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	t.Cleanup(front.Close)
	m.cfg.Partner.IAMEndpoint = front.URL
	s := m.run(RunOptions{})
	if s.Parties == 0 || s.missing() == 0 {
		t.Errorf("settled %d, missing %d; want the settlement, without the customers' own data", s.Parties, s.missing())
	}
	if customers := len(m.world.Customers()); asked == 0 || asked > 6*customers {
		t.Errorf("IAM was asked %d times for %d customers", asked, customers)
	}
}

// A record that no table can hold, however broken its text, parks its party and never ends the run.
func TestHostileBytes(t *testing.T) {
	t.Parallel()
	for name, body := range few(map[string]string{
		"NUL in an id":        `{"resource_id":"x\u0000y","actual_days":"1"}`,
		"no UTF-8":            "{\"resource_id\":\"\xff\xfe\",\"actual_days\":\"\xff\"}",
		"a quote and a break": `{"resource_id":"a'b\n;drop table x;--","actual_days":"1"}`,
	}) {
		t.Run(name, func(t *testing.T) {
			m := newMonth(t, smallWorld, nil)
			front := rewriting(t, m.server.URL(), func(path string, answer []byte) []byte {
				if path != extract.Peak95Summaries.Call.Path {
					return answer
				}
				return []byte(`{"total_count":1,"summary_usage_info_list":[` + body + `]}`)
			})
			m.cfg.Partner.Endpoint = front
			s, err := m.try(RunOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if s.Parties+s.Parked == 0 {
				t.Error("nobody was settled or parked")
			}
		})
	}
}

func TestShareWithGroup(t *testing.T) {
	t.Parallel()
	m := newMonth(t, smallWorld, nil)
	m.cfg.ShareWithGroup = true
	m.run(RunOptions{})
	for path, want := range map[string]os.FileMode{
		m.cfg.Data: 0o710, filepath.Join(m.cfg.Data, "published"): 0o750, filepath.Join(m.cfg.Data, "packages"): 0o700, filepath.Join(m.cfg.Data, "journal"): 0o700,
		m.cfg.Reports: 0o750, filepath.Join(m.cfg.Reports, testCycle, "draft", "invoices-"+testCycle+".xlsx"): 0o640,
		filepath.Join(m.cfg.Data, "published", load.Current): 0o640, filepath.Join(m.cfg.Data, "warehouse.duckdb"): 0o600,
	} {
		info, err := os.Stat(path)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %v, want %v", path, got, want)
		}
	}
}

// Without a platform id no customer's own data can be asked for: a warning, not the end of the run.
func TestNoPlatformID(t *testing.T) {
	t.Parallel()
	m := newMonth(t, smallWorld, nil)
	m.cfg.Partner.PlatformID = ""
	s := m.run(RunOptions{})
	if s.Parties == 0 || s.Parked != 0 {
		t.Errorf("settled %d, parked %d", s.Parties, s.Parked)
	}
	if got := m.one("select min(detail) from recon.findings where check_id = '01'"); !strings.Contains(got, "partner.platform_id") {
		t.Errorf("the finding says %q", got)
	}
}

// A blocking finding that finance accepts, with a reason, parks nobody any more; the reason stands beside it.
func TestResolvedFindingSettles(t *testing.T) {
	t.Parallel()
	plainOnly(t)
	m := newMonth(t, smallWorld, nil)
	m.world.Plant(bsstest.Plant{Kind: bsstest.FundingOff, CustomerID: m.resale(), Amount: "3.00"})
	s := m.run(RunOptions{})
	if s.Parked != 1 {
		t.Fatalf("parked %d, want the one with the planted difference", s.Parked)
	}
	files := m.files()
	call := func(args ...string) (int, string) {
		var out, errs strings.Builder
		code := run(t.Context(), append(args, "--config", filepath.Join(m.dir, "settle.yaml")), &out, &errs)
		return code, out.String() + errs.String()
	}
	if code, out := call("findings", "list"); code != 0 || !strings.Contains(out, " B ") || !strings.Contains(out, "open") {
		t.Errorf("list: %d, %s", code, out)
	}
	id := m.one("select finding_id from recon.findings where severity = 'B' and resolution is null")
	if code, out := call("findings", "show", id); code != 0 || !strings.Contains(out, id) || !strings.Contains(out, "what to do") {
		t.Errorf("show: %d, %s", code, out)
	}
	for _, wrong := range [][]string{{"findings", "resolve", id}, {"findings", "resolve", "0000", "--reason", "x"}, {"findings", "accept", id}} {
		if code, out := call(wrong...); code != exitMisused {
			t.Errorf("%v: exit %d, %s", wrong, code, out)
		}
	}
	if code, out := call("findings", "resolve", id, "--reason", "the vendor confirmed the amount"); code != 0 || !strings.Contains(out, "--offline") {
		t.Errorf("resolve: %d, %s", code, out)
	}
	s = m.run(RunOptions{Offline: true})
	if s.Parked != 0 || len(m.files()) != len(files)+2 { // the party's statement and its internal twin
		t.Errorf("after the resolution %d are parked, %d workbooks; want 0 and two more than %d", s.Parked, len(m.files()), len(files))
	}
	if got := m.one("select resolution from recon.findings where finding_id = ?", id); got != "the vendor confirmed the amount" {
		t.Errorf("the finding says %q", got)
	}
	content := m.content()
	if err := os.Remove(filepath.Join(m.cfg.Data, "warehouse.duckdb")); err != nil {
		t.Fatal(err)
	}
	m.run(RunOptions{Offline: true})
	sameContent(t, "the resolution is in the journal", m.content(), content)
}
