package load

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var at = time.Date(2026, 11, 6, 2, 0, 0, 0, time.UTC)

func journal(t *testing.T, dir string) *Journal {
	t.Helper()
	j, err := ReadJournal(dir)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// fill writes one record of each kind.
func fill(t *testing.T, dir string) RunRecord {
	t.Helper()
	j := journal(t, dir)
	r, err := j.Start(RunRecord{Cycle: "2026-10", Mode: "final", Started: at})
	must(t, err)
	must(t, j.ArchivePricing("abc", []byte("sheet")))
	must(t, j.PricedBy(PricingRecord{Hash: "abc", FileName: "pricing.xlsx", Cycle: "2026-10", RunID: r.RunID, At: at}))
	_, err = j.Draft(DraftRecord{Cycle: "2026-10", StateKey: "k1", RunID: r.RunID, MadeAt: at})
	must(t, err)
	must(t, j.Seen("2026-10", []FindingRecord{{ID: "f1", Cycle: "2026-10"}, {ID: "f2", Cycle: "2026-10"}}, nil, r.RunID, at))
	r.Outcome, r.Finished = "done", at.Add(time.Minute)
	must(t, j.Finish(r))
	return r
}

func TestJournalIsReadBack(t *testing.T) {
	dir := t.TempDir()
	r := fill(t, dir)
	j := journal(t, dir)
	if len(j.Runs) != 1 || j.Runs[0].Outcome != "done" || j.Runs[0].RunID != "000001-20261106T020000Z" || r.RunID != j.Runs[0].RunID {
		t.Errorf("runs: %+v", j.Runs)
	}
	if p, ok := j.PricingOf("2026-10"); !ok || p.Hash != "abc" {
		t.Errorf("pricing: %+v", p)
	}
	if b, err := os.ReadFile(j.PricingPath("abc")); err != nil || string(b) != "sheet" {
		t.Errorf("archived workbook: %q, %v", b, err)
	}
	if j.FirstSeen["f1"] != at {
		t.Errorf("first seen: %v", j.FirstSeen)
	}
	d, err := j.Draft(DraftRecord{Cycle: "2026-10", StateKey: "k1", RunID: "other", MadeAt: at.Add(time.Hour)})
	if err != nil || d.RunID != r.RunID {
		t.Errorf("a state seen before prints %+v, %v", d, err)
	}
	d, err = j.Draft(DraftRecord{Cycle: "2026-10", StateKey: "k2", RunID: "other", MadeAt: at.Add(time.Hour)})
	if err != nil || d.RunID != "other" {
		t.Errorf("a new state prints %+v, %v", d, err)
	}
	for _, name := range []string{"journal.ndjson", "pricing/abc.xlsx"} {
		if info, err := os.Stat(filepath.Join(dir, "journal", name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}

func TestJournalSurvivesATornLine(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir)
	path := filepath.Join(dir, "journal", journalFile)
	whole, err := os.ReadFile(path)
	must(t, err)
	for cut := range len(whole) {
		must(t, os.WriteFile(path, whole[:cut], 0o600))
		j := journal(t, dir)
		must(t, j.Seen("2026-11", []FindingRecord{{ID: "after", Cycle: "2026-11"}}, nil, "R", at))
		if again := journal(t, dir); again.FirstSeen["after"] != at {
			t.Fatalf("cut at %d: the record after a torn line is lost", cut)
		}
	}
}

func TestJournalFindsAnEditedLine(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir)
	path := filepath.Join(dir, "journal", journalFile)
	whole, err := os.ReadFile(path)
	must(t, err)
	lines := bytes.SplitAfter(whole, []byte("\n"))
	for i := range len(lines) - 2 { // the last line has no follower that vouches for it
		bad := bytes.Join([][]byte{bytes.Join(lines[:i], nil), bytes.Replace(lines[i], []byte("2026"), []byte("2025"), 1), bytes.Join(lines[i+1:], nil)}, nil)
		must(t, os.WriteFile(path, bad, 0o600))
		if _, err := ReadJournal(dir); err == nil || !strings.Contains(err.Error(), "restore the file from your backup") {
			t.Errorf("line %d edited: %v", i+1, err)
		}
	}
	must(t, os.WriteFile(path, bytes.Join(append(lines[:1:1], lines[2:]...), nil), 0o600))
	if _, err := ReadJournal(dir); err == nil {
		t.Error("a line taken out is not missed")
	}
}

func TestUnfinished(t *testing.T) {
	dir := t.TempDir()
	j := journal(t, dir)
	if _, ok := j.Unfinished("2026-10", false); ok {
		t.Error("an empty journal has an unfinished run")
	}
	r, err := j.Start(RunRecord{Cycle: "2026-10", Started: at})
	must(t, err)
	if got, ok := j.Unfinished("2026-10", false); !ok || got.RunID != r.RunID {
		t.Error("a killed run is not found")
	}
	if _, ok := j.Unfinished("2026-10", true); ok {
		t.Error("an offline run carries on a run from the network")
	}
	if _, ok := j.Unfinished("2026-09", false); ok {
		t.Error("another cycle's run is carried on")
	}
	r.Outcome = "findings"
	must(t, j.Finish(r))
	if _, ok := j.Unfinished("2026-10", false); ok {
		t.Error("a complete run is carried on")
	}
}

func TestLockIsExclusive(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	l, err := TakeLock(dir)
	must(t, err)
	if _, err := TakeLock(dir); !errors.Is(err, ErrLocked) {
		t.Errorf("a second lock: %v", err)
	}
	must(t, l.Release())
	l, err = TakeLock(dir)
	must(t, err)
	must(t, l.Release())
}

// A finding that is not found any more is closed with what it was; one that comes back is open again and as old as before.
func TestFindingsCloseAndComeBack(t *testing.T) {
	dir := t.TempDir()
	j := journal(t, dir)
	one := FindingRecord{ID: "f1", CheckID: "06", Severity: "B", Cycle: "2026-10", PartyID: "P1", Subject: "customer C1", Difference: "0.37000000"}
	two := FindingRecord{ID: "f2", Cycle: "2026-10"}
	other := FindingRecord{ID: "f3", Cycle: "2026-09"}
	must(t, j.Seen("2026-09", []FindingRecord{other}, nil, "R1", at))
	must(t, j.Seen("2026-10", []FindingRecord{one, two}, nil, "R1", at))
	size := j.size
	must(t, j.Seen("2026-10", []FindingRecord{one, two}, nil, "R2", at.Add(time.Hour)))
	if j.size != size {
		t.Error("the same findings are written again")
	}
	must(t, j.Seen("2026-10", []FindingRecord{two}, func(f FindingRecord) bool { return f.CheckID != "06" }, "R2", at.Add(time.Hour)))
	if len(j.Closed) != 0 {
		t.Errorf("a check that did not look has closed %v", j.Closed)
	}
	must(t, j.Seen("2026-10", []FindingRecord{two}, nil, "R3", at.Add(2*time.Hour)))
	j = journal(t, dir)
	if got := j.Closed["f1"]; got.FindingRecord != one || got.RunID != "R3" || !got.At.Equal(at.Add(2*time.Hour)) || len(j.Closed) != 1 {
		t.Errorf("closed: %+v", j.Closed)
	}
	must(t, j.Seen("2026-10", []FindingRecord{one, two}, nil, "R4", at.Add(3*time.Hour)))
	j = journal(t, dir)
	if len(j.Closed) != 0 || len(j.Found) != 3 || !j.FirstSeen["f1"].Equal(at) {
		t.Errorf("came back: closed %v, found %v, first seen %v", j.Closed, j.Found, j.FirstSeen["f1"])
	}
}
