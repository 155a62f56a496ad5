package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/user"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"settle/extract"
	"settle/load"
	"settle/reports"
)

// stateChange says which parties' months change, to what, and why.
type stateChange struct {
	State   string // one of load's states
	Cycle   extract.Cycle
	Parties []namedParty // nil: every party that can, where the state allows it
	Reason  string
	Now     func() time.Time
}

// namedParty is a party as somebody names it: by its id or short code, with a reason of its own where it has one.
type namedParty struct{ Name, Reason string }

// stateChanged is what a change did.
type stateChanged struct {
	Parties []load.PartyState
	Issue   *load.IssueRecord // of an issue that gave numbers
	Waiting []string          // parties that were not named and could not change: which, and why
	Booked  []string          // of a reopening: what issued months have booked of its changes, which is now taken back
	// Completed says that nothing was to change, and that tables and files of an earlier command, which broke off, were made.
	Completed bool
	Summary   *Summary
	Snapshot  string
}

// enteredFrom says from which states each state can be entered.
var enteredFrom = map[string][]string{
	load.StateIssued:    {"final"},
	load.StateConfirmed: {load.StateIssued, load.StateDisputed},
	load.StateDisputed:  {load.StateIssued, load.StateConfirmed},
	load.StateLocked:    {load.StateConfirmed},
	load.StateReopened:  {load.StateIssued, load.StateConfirmed, load.StateDisputed, load.StateLocked},
}

// changeState brings parties' months of a cycle to a state: all that are named, or none. What is changed is in the journal
// first; tables, snapshot and workbooks follow from it, in this command or, where it is killed, in the next.
func changeState(ctx context.Context, cfg *Config, o stateChange, log *slog.Logger, progress Progress) (_ *stateChanged, err error) {
	defer debug.SetGCPercent(debug.SetGCPercent(50))
	lock, err := load.TakeLock(cfg.Data)
	if err != nil {
		return nil, err
	}
	defer func() { _ = lock.Release() }()
	if err := enoughSpace(cfg); err != nil {
		return nil, err
	}
	if err := canWrite(cfg.Reports); err != nil {
		return nil, err
	}
	j := newMonthRun(cfg, RunOptions{Cycle: o.Cycle, Offline: true, Now: o.Now, Log: log, Progress: progress})
	if err := j.open(ctx); err != nil {
		return nil, err
	}
	defer j.close()
	last, ok := j.journal.LastSettled(string(o.Cycle))
	if !ok || !j.journal.Settled(string(o.Cycle)) {
		return nil, misused(fmt.Errorf("%s: the month was never settled; settle run --cycle %s comes first", o.Cycle, o.Cycle))
	}
	j.mode = last.Mode
	behind := j.brokenOff()
	if err := j.whole(ctx); err != nil {
		return nil, err
	}
	done := &stateChanged{}
	all, err := j.partyStates(ctx)
	if err != nil {
		return nil, err
	}
	chosen, waiting, err := choose(all, o)
	if err != nil {
		return nil, err
	}
	done.Waiting = waiting
	if j.run, err = j.journal.Start(load.RunRecord{Cycle: string(o.Cycle), Mode: commandOf[o.State], Offline: true, Version: versionText(), Started: runStamp(o.Now())}); err != nil {
		return nil, err
	}
	defer func() {
		if finishErr := j.finish(err); err == nil {
			err = finishErr
		}
	}()
	if o.State == load.StateReopened {
		if done.Booked, err = j.bookedChanges(ctx, chosen); err != nil {
			return done, err
		}
	}
	changed, err := j.enter(ctx, o, chosen, done)
	if err != nil || !changed && !behind {
		return done, err
	}
	done.Completed = !changed
	if err := j.catchUp(ctx, pastEveryCycle); err != nil {
		return done, err
	}
	if err := j.publish(ctx); err != nil {
		return done, err
	}
	done.Snapshot = j.sum.Snapshot
	if err := j.report(ctx); err != nil {
		return done, err
	}
	done.Summary = j.sum
	if done.Issue != nil { // with its files, which came last
		for _, r := range j.journal.Issues {
			if r.Cycle == done.Issue.Cycle && r.Batch == done.Issue.Batch {
				done.Issue = &r
			}
		}
	}
	return done, nil
}

// brokenOff says whether an earlier command got as far as the journal, but not to its end: then the snapshot or files are missing.
func (j *monthRun) brokenOff() bool {
	for _, i := range j.journal.Issues {
		if i.Files == nil {
			return true
		}
	}
	n := len(j.journal.Runs)
	return n > 0 && j.journal.Runs[n-1].Outcome != "done" && j.journal.Runs[n-1].Outcome != "findings"
}

// canWrite asks, before numbers are given, whether the reports folder takes files.
func canWrite(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("reports folder: %w; make it writable", err)
	}
	f, err := os.CreateTemp(dir, ".settle-try-*")
	if err != nil {
		return fmt.Errorf("reports folder: %w; make it writable", err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// commandOf is the command that brings a month to a state.
var commandOf = map[string]string{
	load.StateIssued: "issue", load.StateConfirmed: "confirm", load.StateDisputed: "dispute", load.StateLocked: "lock", load.StateReopened: "reopen",
}

// partyState is how one party's month stands, before the change.
type partyState struct {
	id, shortCode, name, state, reason, currency string
	revision                                     int
	excl, tax, incl                              string
	reopened                                     bool // and its next revision not issued yet
}

func (j *monthRun) partyStates(ctx context.Context) ([]partyState, error) {
	rows, err := j.warehouse.QueryContext(ctx, `
		select s.party_id, coalesce(y.short_code, ''), coalesce(y.name, ''), s.state, coalesce(s.reason, ''), s.revision, coalesce(t.currency, ''),
			coalesce(cast(t.amount_excl_tax as varchar), ''), coalesce(cast(t.tax_amount as varchar), ''), coalesce(cast(t.amount_incl_tax as varchar), '')
		from ops.period_states as s
		left join settlement.parties as y on y.cycle = s.cycle and y.party_id = s.party_id
		left join settlement.statements as t on t.cycle = s.cycle and t.party_id = s.party_id and t.revision = s.revision
		where s.cycle = ? order by s.party_id`, string(j.o.Cycle))
	if err != nil {
		return nil, fmt.Errorf("states of %s: %w", j.o.Cycle, err)
	}
	defer func() { _ = rows.Close() }()
	revisions := j.journal.RevisionsOf(string(j.o.Cycle))
	var all []partyState
	for rows.Next() {
		var p partyState
		if err := rows.Scan(&p.id, &p.shortCode, &p.name, &p.state, &p.reason, &p.revision, &p.currency, &p.excl, &p.tax, &p.incl); err != nil {
			return nil, fmt.Errorf("states of %s: %w", j.o.Cycle, err)
		}
		p.reopened = whyReopened(revisions[p.id]) != ""
		all = append(all, p)
	}
	return all, rows.Err()
}

// chosenParty is a party that will change, with its reason.
type chosenParty struct {
	partyState
	why string
}

// choose finds the parties of a change. Those that are named must all be able to change, or none does; all faults are said at once.
func choose(all []partyState, o stateChange) (chosen []chosenParty, waiting []string, err error) {
	can := func(p partyState) bool { return slices.Contains(enteredFrom[o.State], p.state) }
	if o.Parties == nil {
		for _, p := range all {
			switch {
			case can(p):
				chosen = append(chosen, chosenParty{p, ""})
			case o.State == load.StateIssued && (p.state == "parked" || p.state == "prelim"), o.State == load.StateLocked && (p.state == load.StateIssued || p.state == load.StateDisputed):
				waiting = append(waiting, describe(p))
			}
		}
		return chosen, waiting, nil
	}
	var faults []string
	for _, n := range o.Parties {
		i := slices.IndexFunc(all, func(p partyState) bool { return p.id == n.Name })
		if i < 0 {
			i = slices.IndexFunc(all, func(p partyState) bool { return strings.EqualFold(p.shortCode, n.Name) })
		}
		switch {
		case i < 0:
			faults = append(faults, fmt.Sprintf("%s is no party of the month; settle status --cycle %s lists them by short code", quoted(cut(n.Name, 60)), o.Cycle))
		case slices.ContainsFunc(chosen, func(c chosenParty) bool { return c.id == all[i].id }): // named twice
		case all[i].state == o.State, o.State == load.StateReopened && all[i].reopened: // done already
		case !can(all[i]):
			faults = append(faults, fmt.Sprintf("%s; %s needs %s", describe(all[i]), commandOf[o.State], strings.Join(enteredFrom[o.State], " or ")))
		default:
			chosen = append(chosen, chosenParty{all[i], n.Reason})
		}
	}
	if more := len(faults) - 20; more > 0 {
		faults = append(faults[:20], fmt.Sprintf("... and %d more", more))
	}
	if len(faults) > 0 {
		return nil, nil, misused(fmt.Errorf("%s %s: nothing was changed:\n%s", commandOf[o.State], o.Cycle, strings.Join(faults, "\n")))
	}
	return chosen, nil, nil
}

func describe(p partyState) string {
	words := fmt.Sprintf("%s (%s) is %s", p.shortCode, clean(cut(p.name, 40)), p.state)
	if (p.state == "parked" || p.state == "prelim") && p.reason != "" {
		words += ": " + clean(cut(p.reason, 120))
	}
	return words
}

// enter records the change in the journal; changed is false where there was nothing to change.
func (j *monthRun) enter(ctx context.Context, o stateChange, chosen []chosenParty, done *stateChanged) (changed bool, err error) {
	for _, c := range chosen {
		done.Parties = append(done.Parties, load.PartyState{PartyID: c.id, Revision: c.revision, Reason: c.why})
	}
	if o.State == load.StateIssued {
		issue, err := j.issue(ctx, o, chosen)
		done.Issue = issue
		return issue != nil, err
	}
	if len(chosen) == 0 {
		return false, nil
	}
	return true, j.journal.Move(load.TransitionRecord{
		Cycle: string(o.Cycle), State: o.State, RunID: j.run.RunID, At: j.run.Started, By: userName(), Reason: o.Reason, Parties: done.Parties,
	})
}

// issue gives the chosen parties' documents their numbers, freezes their rows and records the batch. Invoice requests that were unfit
// when their statement was issued, and are fit by now, go with it. Nothing to issue is no error, and no record.
func (j *monthRun) issue(ctx context.Context, o stateChange, chosen []chosenParty) (*load.IssueRecord, error) {
	hash, _, err := j.settledBy(ctx, o.Cycle)
	if err != nil {
		return nil, err
	}
	r := load.IssueRecord{Cycle: string(o.Cycle), Batch: j.journal.NextBatch(string(o.Cycle)), RunID: j.run.RunID, PricingHash: hash, At: j.run.Started, By: userName(), Reason: o.Reason}
	if err := j.unusedNumbers(r.Cycle, chosen); err != nil {
		return nil, err
	}
	serial, revisions := j.journal.NextSerial(), j.journal.RevisionsOf(r.Cycle)
	next := func(no string) load.IssuedDocument {
		serial++
		return load.IssuedDocument{No: no, Serial: serial - 1}
	}
	for _, c := range chosen {
		s := load.IssuedStatement{PartyID: c.id, Revision: c.revision, ExclTax: c.excl, Tax: c.tax, InclTax: c.incl}
		s.IssuedDocument = next(load.StatementNo(c.shortCode, r.Cycle, c.currency, c.revision))
		if c.revision > 0 {
			d := next(load.CreditNoteNo(c.shortCode, r.Cycle, c.currency, c.revision))
			s.CreditNote, s.Reason = &d, whyReopened(revisions[c.id])
		}
		r.Statements = append(r.Statements, s)
	}
	tx, err := j.warehouse.Begin(ctx)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	if r.Requests, err = j.fitRequests(ctx, tx, o, chosen); err != nil {
		return nil, err
	}
	if len(r.Statements)+len(r.Requests) == 0 {
		return nil, nil
	}
	if len(r.Requests) > 0 {
		r.InvoicesNo = next(load.InvoicesNo(r.Cycle, r.Batch))
	}
	if r.Frozen, err = tx.Freeze(ctx, j.journal, r); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return &r, j.journal.Issue(r)
}

// unusedNumbers refuses what would give a number, or the name of an issued file, twice: short codes that two parties share, or that
// passed from one to another, and a journal that is older than the files.
func (j *monthRun) unusedNumbers(cycle string, chosen []chosenParty) error {
	used := map[string]string{} // number → party
	for _, i := range j.journal.Issues {
		for _, s := range i.Statements {
			used[strings.ToUpper(s.No)] = s.PartyID
		}
	}
	var faults []string
	for _, c := range chosen {
		// Whatever the revision: the code in a party's numbers of a month is nobody else's.
		for revision := range c.revision + 1 {
			no := strings.ToUpper(load.StatementNo(c.shortCode, cycle, c.currency, revision))
			if owner, ok := used[no]; ok && owner != c.id {
				faults = append(faults, fmt.Sprintf("number %s was given to party %s already; give %s another short_code on the sheet Parties, and run the month again", no, owner, c.id))
				break
			}
		}
		no := strings.ToUpper(load.StatementNo(c.shortCode, cycle, c.currency, c.revision))
		if owner, ok := used[no]; ok && owner == c.id {
			faults = append(faults, fmt.Sprintf("number %s was given already", no))
		}
		used[no] = c.id
		file := filepath.Join(j.cfg.Reports, cycle, "issued", "statements", fmt.Sprintf("%s-%s-R%d.xlsx", c.shortCode, cycle, c.revision))
		if _, err := os.Stat(file); err == nil {
			faults = append(faults, fmt.Sprintf("%s stands there already, and the journal does not know it: restore the newer journal from your backup, or move the file away", file))
		}
	}
	if len(faults) > 0 {
		return misused(fmt.Errorf("issue %s: nothing was changed:\n%s", cycle, strings.Join(faults, "\n")))
	}
	return nil
}

// bookedChanges says what of the parties' changed month stands on issued documents of later months already.
func (j *monthRun) bookedChanges(ctx context.Context, chosen []chosenParty) (all []string, err error) {
	for _, c := range chosen {
		rows, err := j.warehouse.QueryContext(ctx, `
			select l.cycle, cast(sum(l.charge_excl_tax) as varchar) from settlement.lines as l
			inner join settlement.current_revisions as r on r.cycle = l.cycle and r.party_id = l.party_id and r.revision = l.revision and r.closed
			where l.kind = 'prior_period' and l.origin_cycle = ? and l.party_id = ? group by l.cycle having sum(l.charge_excl_tax) <> 0 order by 1`, string(j.o.Cycle), c.id)
		if err != nil {
			return nil, fmt.Errorf("what was booked of %s: %w", j.o.Cycle, err)
		}
		for rows.Next() {
			var cycle, amount string
			if err := rows.Scan(&cycle, &amount); err != nil {
				_ = rows.Close()
				return nil, fmt.Errorf("what was booked of %s: %w", j.o.Cycle, err)
			}
			all = append(all, fmt.Sprintf("%s: %s excl. tax of it stands on the issued statement of %s; it is taken back in the party's next open month", c.shortCode, amount, cycle))
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return nil, fmt.Errorf("what was booked of %s: %w", j.o.Cycle, err)
		}
	}
	return all, nil
}

// whyReopened is the reason that was given when a party's month was reopened last; empty where it was not.
func whyReopened(r load.Revision) string {
	if r.State == load.StateReopened {
		return r.Reason
	}
	return ""
}

// fitRequests are the invoice requests that can go out: of the chosen parties, and of those that were issued before.
func (j *monthRun) fitRequests(ctx context.Context, tx *load.Tx, o stateChange, chosen []chosenParty) ([]load.IssuedRequest, error) {
	rows, err := tx.QueryContext(ctx, `
		select r.request_no, r.party_id, r.revision, cast(r.tax_rate as varchar), r.split_key, coalesce(y.short_code, ''), s.state
		from settlement.invoice_requests as r
		inner join ops.period_states as s on s.cycle = r.cycle and s.party_id = r.party_id and s.revision = r.revision
		left join settlement.parties as y on y.cycle = r.cycle and y.party_id = r.party_id
		where r.cycle = ? and r.status = 'draft' order by r.party_id, r.request_no`, string(o.Cycle))
	if err != nil {
		return nil, fmt.Errorf("issue %s: invoice requests: %w", o.Cycle, err)
	}
	defer func() { _ = rows.Close() }()
	given := map[string]int{} // how many numbers a party's revision has
	for _, i := range j.journal.Issues {
		for _, q := range i.Requests {
			if i.Cycle == string(o.Cycle) {
				given[fmt.Sprint(q.PartyID, "/", q.Revision)]++
			}
		}
	}
	var all []load.IssuedRequest
	for rows.Next() {
		var q load.IssuedRequest
		var code, state string
		if err := rows.Scan(&q.Draft, &q.PartyID, &q.Revision, &q.TaxRate, &q.SplitKey, &code, &state); err != nil {
			return nil, fmt.Errorf("issue %s: invoice requests: %w", o.Cycle, err)
		}
		now := slices.ContainsFunc(chosen, func(c chosenParty) bool { return c.id == q.PartyID })
		before := (state == load.StateIssued || state == load.StateConfirmed || state == load.StateLocked) &&
			(o.Parties == nil || slices.ContainsFunc(o.Parties, func(n namedParty) bool { return n.Name == q.PartyID || strings.EqualFold(n.Name, code) }))
		if !now && !before {
			continue
		}
		key := fmt.Sprint(q.PartyID, "/", q.Revision)
		given[key]++
		q.No = load.RequestNo(code, string(o.Cycle), q.Revision, given[key])
		all = append(all, q)
	}
	return all, rows.Err()
}

// whole makes sure that the warehouse holds every month: a new one is filled from packages and journal.
func (j *monthRun) whole(ctx context.Context) error {
	if j.rebuilt != "" {
		if err := j.rebuildOthers(ctx); err != nil {
			return err
		}
		run, begun := j.journal.LastRun(string(j.o.Cycle))
		if !begun {
			return fmt.Errorf("%s: no run fetched the month; settle run --cycle %s comes first", j.o.Cycle, j.o.Cycle)
		}
		if err := j.extract(ctx, pull{cycle: j.o.Cycle, runID: run.RunID, offline: true}); err != nil {
			return err
		}
		if err := j.settleAgain(ctx, j.o.Cycle); err != nil {
			return err
		}
		if err := j.settleLater(ctx); err != nil {
			return err
		}
		if err := j.warehouse.Rebuilt(ctx); err != nil {
			return err
		}
	}
	return j.catchUp(ctx, pastEveryCycle)
}

// pastEveryCycle sorts after any cycle.
const pastEveryCycle = extract.Cycle("~")

// catchUp brings the tables of the cycles before one up to the states that the journal has: of this command, or of one that was
// killed. Most concern documents only; a month that was reopened is settled again, and with it each later one, where its changes
// may have been booked.
func (j *monthRun) catchUp(ctx context.Context, before extract.Cycle) error {
	again := false
	for _, c := range j.journal.Cycles() {
		cycle := extract.Cycle(c)
		if cycle >= before {
			return nil
		}
		transitions, batches := j.knownOf(c)
		var seen, made int
		err := j.warehouse.QueryRowContext(ctx, "select transitions, batches from ops.settled where cycle = ?", c).Scan(&seen, &made)
		if errors.Is(err, sql.ErrNoRows) {
			continue // never settled
		}
		if err != nil {
			return fmt.Errorf("states of %s: %w", cycle, err)
		}
		again = again || slices.Contains(transitions[min(seen, len(transitions)):], load.StateReopened)
		switch {
		case again:
			err = j.settleAgain(ctx, cycle)
		case seen != len(transitions) || made != batches:
			err = j.documents(ctx, cycle)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// knownOf is what the journal knows of a cycle: the states that its parties entered, in order, and how many batches were issued.
func (j *monthRun) knownOf(cycle string) (states []string, batches int) {
	for _, m := range j.journal.Moves {
		for range m.Parties {
			if m.Cycle == cycle {
				states = append(states, m.State)
			}
		}
	}
	for _, i := range j.journal.Issues {
		if i.Cycle == cycle {
			batches++
		}
	}
	return states, batches
}

// writeIssued writes the workbooks of batches that do not have them yet: of this command, or of one that was killed before.
func (j *monthRun) writeIssued(ctx context.Context) error {
	var errs []error // of one batch; the others are written all the same
	for _, i := range j.journal.Issues {
		if i.Files == nil {
			errs = append(errs, j.writeBatch(ctx, i))
		}
	}
	return errors.Join(errs...)
}

func (j *monthRun) writeBatch(ctx context.Context, i load.IssueRecord) error {
	o := reportOptions(j.cfg, i.Cycle, j.sum.Snapshot, j.log)
	o.Issued = issuedFiles(j.journal)
	var err error
	if o.TmpDir, err = os.MkdirTemp(j.cfg.Data, tempWorkbooks); err != nil {
		return fmt.Errorf("workbooks: %w; make %s writable", err, j.cfg.Data)
	}
	defer func() { _ = os.RemoveAll(o.TmpDir) }()
	var result reports.Result
	if err := withSnapshot(ctx, j.sum.Snapshot, func(db *sql.DB) (err error) {
		result, err = reports.WriteIssued(ctx, db, o, i.Batch)
		return err
	}); err != nil {
		return err
	}
	files := []load.DocumentFile{}
	for _, f := range result.Files {
		no := i.InvoicesNo.No
		for _, s := range i.Statements {
			if s.PartyID == f.PartyID && f.Kind == reports.KindStatement {
				no = s.No
			}
		}
		files = append(files, load.DocumentFile{DocumentNo: no, Path: f.Path, SHA256: f.SHA256})
		j.sum.Files = append(j.sum.Files, filepath.Join(j.cfg.Reports, f.Path))
	}
	return j.journal.RecordFiles(i.Cycle, i.Batch, files)
}

func userName() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
}
