package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"settle/load"
	"settle/transform/pricing"
)

// clock is a time that moves only when a test says so.
type clock struct{ t time.Time }

func (c *clock) now() time.Time      { return c.t }
func (c *clock) add(d time.Duration) { c.t = c.t.Add(d) }
func at(text string) time.Time       { return must(time.Parse("2006-01-02 15:04 -0700", text+" +0800")) }
func must[T any](v T, err error) T   { mustNot(err); return v }
func mustNot(err error) {
	if err != nil {
		panic(err)
	}
}

func TestLines(t *testing.T) {
	var out bytes.Buffer
	c := &clock{at("2026-11-05 14:00")}
	l := newLines(&out, c.now)
	l.Stage("fetch usage", 4000)
	for range 25 {
		c.add(time.Second)
		l.Add(100)
	}
	l.Stage("models", 0) // begins before Done of the one before
	c.add(50 * time.Millisecond)
	l.Add(7)
	l.Done()
	l.Done()
	want := `fetch usage: 1,000 of 4,000 after 10 s
fetch usage: 2,000 of 4,000 after 20 s
fetch usage: 2,500 in 25 s, 100/s
models: 7 in 0.0 s
`
	if out.String() != want {
		t.Errorf("\n got %s\nwant %s", out.String(), want)
	}
}

func TestBarsShowTheStage(t *testing.T) {
	var out bytes.Buffer
	b := newBars(&out)
	b.Stage("fetch\x1b[2J usage", 10)
	b.Add(4)
	b.Stage("models", 0)
	b.Add(3)
	b.Done()
	b.Add(1) // after the end: no stage, nothing to draw
	text := out.String()
	if !strings.Contains(text, `fetch\u001b[2J usage`) || !strings.Contains(text, "models") {
		t.Errorf("stages are not named: %q", text)
	}
}

func TestTableLinesUpWideCharacters(t *testing.T) {
	tb := table{head: []string{"name", "n"}, right: []int{1}}
	tb.add("云帆科技", "1")
	tb.add("abc", "1,000")
	var out bytes.Buffer
	tb.print(&out, "  ")
	want := "  name          n\n  云帆科技      1\n  abc       1,000\n"
	if out.String() != want {
		t.Errorf("\n got %q\nwant %q", out.String(), want)
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"plain 云":               "plain 云",
		"a\x1b[31mred\nline":    `a\u001b[31mred\u000aline`,
		"evil\u202egnp.exe":     `evil\u202egnp.exe`,
		"bad\xffutf8":           "bad\ufffdutf8",
		"bell\x07 bad\xff utf8": "bell\\u0007 bad\ufffd utf8",
	} {
		want = strings.ReplaceAll(want, "\u202e", `\u202e`)
		if got := clean(in); got != want {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestGroup(t *testing.T) {
	for in, want := range map[string]string{"0": "0", "-1234567.80": "-1,234,567.80", "999": "999", "1000": "1,000", "": "", "-100": "-100"} {
		if got := group(in); got != want {
			t.Errorf("group(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestTook(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0.0 s", 1234 * time.Millisecond: "1.2 s", 12 * time.Second: "12 s", 3*time.Minute + 5*time.Second: "3 min 5 s", 130 * time.Minute: "2 h 10 min",
	} {
		if got := took(d); got != want {
			t.Errorf("took(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestSummary(t *testing.T) {
	var out bytes.Buffer
	a := &app{stdout: &out}
	s := &Summary{
		RunID: "000001-20261105T060000Z", Cycle: "2026-10", Mode: "final", Snapshot: "data/published/2026-10-000001.duckdb",
		Datasets: []DatasetCount{{Name: "consumption_records", Windows: 20, Missing: 1, Rows: 100000, Requests: 120}},
		Parties:  18, Parked: 1,
		Totals:   Totals{Payable: "1234567.89", InclTax: "1308641.96"},
		Findings: map[string]int{"B": 2, "W": 1},
		Files:    []string{"reports/2026-10/draft/statements/a-2026-10-R0.xlsx", "reports/2026-10/draft/invoices-2026-10.xlsx"},
		Took:     12300 * time.Millisecond,
		Stages:   []Stage{{"models", 100000, 2 * time.Second}},
	}
	a.printSummary(s)
	want := `
2026-10 final, run 000001-20261105T060000Z, 12 s

fetched              windows  missing     rows  requests
consumption_records       20        1  100,000       120

stage      rows   took  rows/s
models  100,000  2.0 s  50,000

settled    18 parties, 1 parked (no statement until their blocking findings are cleared)
           payable 1,234,567.89
           incl. tax 1,308,641.96
found      2 blocking, 1 warning, 0 for information
written    2 files
           data/published/2026-10-000001.duckdb
open next  reports/2026-10/draft/invoices-2026-10.xlsx
           reports/2026-10/draft/statements/a-2026-10-R0.xlsx
`
	if out.String() != want {
		t.Errorf("\n got %s\nwant %s", out.String(), want)
	}
	err := s.outcome()
	wantErr := "2026-10: done, with 1 window missing (run again: it resumes), 2 blocking findings, 1 parked party; settle status --cycle 2026-10 says which"
	if err == nil || err.Error() != wantErr || exitCode(err, false) != exitFindings {
		t.Errorf("outcome: exit %d, %v; want %s", exitCode(err, false), err, wantErr)
	}
	if err := (&Summary{Findings: map[string]int{"W": 3, "I": 9}}).outcome(); err != nil {
		t.Errorf("warnings alone: %v", err)
	}
}

func TestExitCodes(t *testing.T) {
	for _, tt := range []struct {
		err         error
		interrupted bool
		want        int
	}{
		{nil, false, 0},
		{errors.New("x"), false, 1},
		{misused(errors.New("x")), false, 2},
		{fmt.Errorf("run: %w", &pricing.Faults{}), false, 2},
		{&exitError{exitFindings, errors.New("x")}, false, 3},
		{fmt.Errorf("data/lock: %w", load.ErrLocked), false, 4},
		{fmt.Errorf("fetch: %w", context.Canceled), true, 130},
		{fmt.Errorf("fetch: %w", context.Canceled), false, 1},
		{errors.New("disk full"), true, 1},
	} {
		if got := exitCode(tt.err, tt.interrupted); got != tt.want {
			t.Errorf("exitCode(%v, %v) = %d, want %d", tt.err, tt.interrupted, got, tt.want)
		}
	}
	if got, want := message(errors.New("Rules!K7: a; b\nRules!K8: c")), "settle: Rules!K7: a; b\nsettle: Rules!K8: c\n"; got != want {
		t.Errorf("message: %q, want %q", got, want)
	}
}

func TestResolveCycle(t *testing.T) {
	now := at("2026-11-01 00:30") // still October in UTC
	for arg, want := range map[string]string{
		"previous": "2026-10", "current": "2026-11", "2026-11": "2026-11", "2024-02": "2024-02",
		"":        "! --cycle is missing; write --cycle 2026-10, previous or current",
		"2026-12": "! --cycle 2026-12 has not begun; the current cycle is 2026-11",
		"2026-1":  `! --cycle "2026-1" is no month; write YYYY-MM (for example 2026-10), previous or current`,
		"../x":    `! --cycle "../x" is no month; write YYYY-MM (for example 2026-10), previous or current`,
	} {
		c, err := resolveCycle(arg, now)
		got := string(c)
		if err != nil {
			got = "! " + err.Error()
		}
		if got != want {
			t.Errorf("resolveCycle(%q) = %s, want %s", arg, got, want)
		}
	}
}

func TestCheckMode(t *testing.T) {
	cfg := defaultConfig()
	if err := checkMode(cfg, "2026-10", "final", at("2026-11-05 14:00")); err != nil {
		t.Errorf("final at its hour: %v", err)
	}
	err := checkMode(cfg, "2026-10", "final", at("2026-11-05 13:59"))
	want := "run 2026-10: the month is not final before 2026-11-05 14:00 UTC+8; run it then, or now with --mode prelim"
	if err == nil || err.Error() != want || exitCode(err, false) != exitNotFinal {
		t.Errorf("exit %d: %v, want %s", exitCode(err, false), err, want)
	}
	if err := checkMode(cfg, "2026-10", "prelim", at("2026-10-02 00:00")); err != nil {
		t.Errorf("prelim: %v", err)
	}
}
