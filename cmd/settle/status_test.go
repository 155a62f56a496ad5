package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"settle/load"
)

// month is what status reads of a snapshot: one missing window, one party of each state, findings of each kind.
const monthTables = `
create schema ops; create schema settlement; create schema recon;
create table ops.expected_windows (cycle varchar, "window" varchar, dataset varchar, customer_id varchar, reseller_id varchar, part varchar, error varchar);
create table ops.windows (window_id bigint, "window" varchar, dataset varchar, cycle varchar);
create table settlement.parties (cycle varchar, party_id varchar, short_code varchar, name varchar);
create table settlement.contracts (cycle varchar, party_id varchar, customer_id varchar, reseller_id varchar);
create table settlement.statements (cycle varchar, party_id varchar, revision integer, amount_incl_tax decimal(18,2), status varchar);
create table settlement.parked (cycle varchar, party_id varchar, findings bigint, reason varchar);
create table settlement.unpriced (cycle varchar, party_id varchar, record_key varchar);
create table recon.findings (finding_id varchar, check_id varchar, severity varchar, cycle varchar, party_id varchar, customer_id varchar, subject varchar, explained boolean, reason varchar, resolution varchar);
insert into ops.expected_windows values ('2026-10', 'consumption_records/2026-10/c1', 'consumption_records', 'c1', '', '', null), ('2026-10', 'consumption_records/2026-10/c2', 'consumption_records', 'c2', '', '', 'HTTP 500: CBC.0999'), ('2026-09', 'x', 'x', '', '', '', null);
insert into ops.windows values (1, 'consumption_records/2026-10/c1', 'consumption_records', '2026-10');
insert into settlement.parties values ('2026-10', 'p1', 'yunfan', '云帆科技'), ('2026-10', 'p2', 'hengxin', '恒信' || chr(27) || '[31m'), ('2026-10', 'p3', 'idle', 'Idle'), ('2026-09', 'p1', 'yunfan', '云帆科技');
insert into settlement.contracts values ('2026-10', 'p1', 'c1', ''), ('2026-10', 'p1', 'c1', 'r1'), ('2026-10', 'p2', 'c2', ''), ('2026-10', 'p3', 'c3', '');
insert into settlement.statements values ('2026-10', 'p1', 0, 1.00, 'prelim'), ('2026-10', 'p1', 1, 1234567.80, 'prelim'), ('2026-09', 'p1', 0, 9, 'final');
insert into settlement.parked values ('2026-10', 'p2', 1, 'a window is missing');
create table settlement.current_revisions (cycle varchar, party_id varchar, revision integer, closed boolean);
create table settlement.invoice_requests (cycle varchar, party_id varchar, revision integer, status varchar, amount_incl_tax decimal(18,2), unfit_reason varchar);
create table ops.period_states (cycle varchar, party_id varchar, revision integer, state varchar, reason varchar);
insert into ops.period_states values ('2026-10', 'p1', 1, 'prelim', null), ('2026-10', 'p2', 0, 'parked', 'a window is missing'), ('2026-10', 'p3', 0, 'open', null), ('2026-09', 'p1', 0, 'final', null);
insert into recon.findings values
  ('f1', '01', 'B', '2026-10', 'p2', 'c2', 'consumption_records of c2', false, 'HTTP 500', null),
  ('f2', '10', 'W', '2026-10', 'p1', 'c1', 'truncation', false, 'below 0', null),
  ('f5', '10', 'W', '2026-10', 'p1', 'c1', 'truncation', false, 'above 0.01', null),
  ('f3', '06', 'B', '2026-10', 'p1', 'c1', 'explained', true, 'truncation', null),
  ('f4', '06', 'B', '2026-10', 'p1', 'c1', 'resolved', false, null, 'accepted');`

func journaled(t *testing.T, cfg *Config, runs ...load.RunRecord) {
	t.Helper()
	j := must(load.ReadJournal(cfg.Data))
	for _, r := range runs {
		outcome, finished, mistake := r.Outcome, r.Finished, r.Error
		r.Outcome, r.Error = "", ""
		r = must(j.Start(r))
		if outcome != "" {
			r.Outcome, r.Finished, r.Error = outcome, finished, mistake
			mustNot(j.Finish(r))
		}
	}
}

func TestStatusOfAMonth(t *testing.T) {
	cfg := snapshot(t, monthTables)
	journaled(t, cfg,
		load.RunRecord{Cycle: "2026-09", Mode: "final", Started: at("2026-10-05 14:30"), Finished: at("2026-10-05 14:33"), Outcome: "done"},
		load.RunRecord{Cycle: "2026-10", Mode: "prelim", Started: at("2026-11-02 03:00"), Finished: at("2026-11-02 03:01"), Outcome: "failed", Error: "consumption_records: HTTP 500"},
		load.RunRecord{Cycle: "2026-10", Mode: "prelim", Started: at("2026-11-03 03:00")})
	s, err := readStatus(context.Background(), cfg, "2026-10", at("2026-11-03 09:00"))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	(&app{stdout: &out}).printStatus(s, true)
	want := `2026-10 is not final:
  - the calendar allows it from 2026-11-05 14:00 UTC+8
  - no final run ended yet: settle run --cycle 2026-10 --mode final
  - 1 of 2 windows are missing: settle run --cycle 2026-10 fetches them
  - 1 blocking finding is open
next: 1 party parked: mend or accept what the findings say, and run the month again

run                      mode    started                 took   outcome
000002-20261101T190000Z  prelim  2026-11-02 03:00 UTC+8  1 min 0 s  failed   consumption_records: HTTP 500
000003-20261102T190000Z  prelim  2026-11-03 03:00 UTC+8  -          killed

windows: 1 of 2 are missing
  consumption_records/2026-10/c2  HTTP 500: CBC.0999

parties: 1 open, 1 prelim, 1 parked
  party    state      accounts     incl. tax  name
  hengxin  parked            1             -  恒信\u001b[31m  a window is missing
  idle     open              1             -  Idle
  yunfan   prelim R1         2  1,234,567.80  云帆科技

findings: 1 blocking, 2 warnings, 0 for information; 1 explained
  finding  check  party  customer  subject                    reason
  f1       01     p2     c2        consumption_records of c2  HTTP 500
     check  count  for example
  W  10         2  truncation: below 0

snapshot DATA/published/2026-10-000001.duckdb
`
	if got := strings.ReplaceAll(out.String(), cfg.Data, "DATA"); squeeze(got) != squeeze(want) {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	text := must(json.Marshal(s))
	for _, part := range []string{`"accounts":[{"customer_id":"c1","party_id":"p1","state":"prelim"},{"customer_id":"c1","reseller_id":"r1"`, `"final":false`, `"windows_planned":2`} {
		if !strings.Contains(string(text), part) {
			t.Errorf("json lacks %s: %s", part, text)
		}
	}

	out.Reset()
	all, err := readStatus(context.Background(), cfg, "", at("2026-11-03 09:00"))
	if err != nil {
		t.Fatal(err)
	}
	(&app{stdout: &out}).printStatus(all, false)
	want = `cycle final last run mode outcome parties parked blocking warnings
2026-10 no 2026-11-03 03:00 UTC+8 prelim killed 3 1 1 2
2026-09 no 2026-10-05 14:30 UTC+8 final done 1 0 0 0
settle status --cycle YYYY-MM says more about one month
`
	if squeeze(out.String()) != squeeze(want) {
		t.Errorf("\n got %s\nwant %s", out.String(), want)
	}
}

// squeeze folds runs of blanks: columns are tested elsewhere.
func squeeze(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.Join(strings.Fields(l), " ")
	}
	return strings.Join(lines, "\n")
}

func TestStatusFinal(t *testing.T) {
	cfg := snapshot(t, monthTables+`
		delete from ops.expected_windows where error is not null;
		update recon.findings set resolution = 'accepted' where severity = 'B';`)
	journaled(t, cfg, load.RunRecord{Cycle: "2026-10", Mode: "final", Started: at("2026-11-05 14:30"), Finished: at("2026-11-05 14:33"), Outcome: "done"})
	s, err := readStatus(context.Background(), cfg, "2026-10", at("2026-11-06 09:00"))
	if err != nil || !s.Months[0].Final {
		t.Errorf("not final: %v, %v", s.Months[0].NotFinal, err)
	}
}

// While a run holds the lock, status says so, takes nothing away from it, and needs no snapshot.
func TestStatusWhileRunning(t *testing.T) {
	cfg := defaultConfig()
	cfg.Data = t.TempDir()
	journaled(t, cfg, load.RunRecord{Cycle: "2026-10", Mode: "final", Started: at("2026-11-05 14:30")})
	lock := must(load.TakeLock(cfg.Data))
	s, err := readStatus(context.Background(), cfg, "2026-10", at("2026-11-05 14:31"))
	if err != nil || s.Running != "000001-20261105T063000Z" || s.Months[0].Runs[0].Outcome != "running" {
		t.Errorf("running: %+v, %v", s, err)
	}
	if want := "run 000001-20261105T063000Z is going on"; len(s.Months[0].NotFinal) != 1 || s.Months[0].NotFinal[0] != want {
		t.Errorf("not final: %v, want %s", s.Months[0].NotFinal, want)
	}
	mustNot(lock.Release())
	s = must(readStatus(context.Background(), cfg, "2026-10", at("2026-11-05 14:31")))
	if s.Running != "" || s.Months[0].Runs[0].Outcome != "killed" {
		t.Errorf("killed: %+v", s)
	}
	again := must(load.TakeLock(cfg.Data)) // status did not keep it
	mustNot(again.Release())
}

func TestStatusOfNothing(t *testing.T) {
	cfg := defaultConfig()
	cfg.Data = filepath.Join(t.TempDir(), "none")
	var out bytes.Buffer
	a := &app{stdout: &out}
	a.printStatus(must(readStatus(context.Background(), cfg, "", at("2026-11-05 14:31"))), false)
	a.printStatus(must(readStatus(context.Background(), cfg, "2026-10", at("2026-11-06 14:31"))), true)
	want := "nothing was run yet; settle run --cycle previous begins\n2026-10 is not final:\n  - nothing was run yet: settle run --cycle 2026-10\n"
	if !strings.HasPrefix(out.String(), want) {
		t.Errorf("\n got %s\nwant %s", out.String(), want)
	}
	if _, err := os.Stat(cfg.Data); err == nil {
		t.Error("status made the data folder")
	}
}
