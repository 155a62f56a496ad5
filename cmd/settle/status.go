package main

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"settle/extract"
	"settle/load"

	"github.com/spf13/cobra"
)

func (a *app) statusCommand() *cobra.Command {
	var cycle string
	var asJSON bool
	c := &cobra.Command{
		Use:   "status [--cycle YYYY-MM]",
		Short: "Say how a month stands: runs, missing windows, parties, open findings, final or what is missing",
		Long: `status reads the journal and the published snapshot; it takes no lock and works while a run is going on. Without --cycle it
lists all months; with --cycle it says whether that month is final and, if not, what is missing and when it can be.
--json prints everything, every account included.

Exit codes: 0 done, 1 failed, 2 misused (flags, config).`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := a.loadConfig()
			if err != nil {
				return err
			}
			var only extract.Cycle
			if cycle != "" {
				if only, err = resolveCycle(cycle, a.now()); err != nil {
					return misused(err)
				}
			}
			status, err := readStatus(cmd.Context(), cfg, only, a.now())
			if err != nil {
				return err
			}
			if asJSON {
				e := json.NewEncoder(a.stdout)
				e.SetIndent("", "  ")
				return e.Encode(status)
			}
			a.printStatus(status, only != "")
			return nil
		},
	}
	c.Flags().StringVar(&cycle, "cycle", "", "billing cycle: `YYYY-MM`, previous or current; without it all months")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// status is how the data folder stands.
type status struct {
	Running  string        `json:"running,omitempty"`  // the run that is going on now
	Snapshot string        `json:"snapshot,omitempty"` // what query and report read
	Months   []monthStatus `json:"months"`             // newest first
}

// monthStatus is how one billing cycle stands.
type monthStatus struct {
	Cycle          string          `json:"cycle"`
	Final          bool            `json:"final"`
	NotFinal       []string        `json:"not_final,omitempty"` // why not, what is missing, when
	Next           []string        `json:"next,omitempty"`      // what closes the month from here
	FinalAfter     time.Time       `json:"final_after"`
	Runs           []runStatus     `json:"runs"` // oldest first
	WindowsPlanned int64           `json:"windows_planned"`
	WindowsMissing []missingWindow `json:"windows_missing,omitempty"`
	Parties        []partyStatus   `json:"parties,omitempty"`
	Accounts       []accountStatus `json:"accounts,omitempty"`
	Unpriced       int64           `json:"unpriced_records"`
	Findings       []findingStatus `json:"open_findings,omitempty"` // unresolved, blocking first
	Explained      int64           `json:"explained_findings"`
	wrongFiles     []string
	Requests       []waitingRequest `json:"waiting_requests,omitempty"` // of issued statements, without a number yet
}

type runStatus struct {
	RunID    string    `json:"run_id"`
	Mode     string    `json:"mode"`
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished,omitzero"`
	Outcome  string    `json:"outcome"` // done, findings, failed, interrupted, running or killed
	Error    string    `json:"error,omitempty"`
}

type missingWindow struct {
	Window  string `json:"window"`
	Dataset string `json:"dataset"`
	Error   string `json:"error,omitempty"`
}

type partyStatus struct {
	PartyID   string `json:"party_id"`
	ShortCode string `json:"short_code"`
	Name      string `json:"name"`
	State     string `json:"state"` // open, prelim, final, parked, issued, confirmed, disputed or locked
	Revision  int    `json:"revision"`
	InclTax   string `json:"amount_incl_tax,omitempty"`
	Accounts  int64  `json:"accounts"`
	Reason    string `json:"reason,omitempty"` // why parked, disputed or reopened
}

type accountStatus struct {
	CustomerID string `json:"customer_id"`
	ResellerID string `json:"reseller_id,omitempty"`
	PartyID    string `json:"party_id"`
	State      string `json:"state"`
}

// waitingRequest is an invoice request of an issued statement that has no number: it came later, or was not fit.
type waitingRequest struct {
	PartyID   string `json:"party_id"`
	ShortCode string `json:"short_code"`
	InclTax   string `json:"amount_incl_tax"`
	Unfit     string `json:"unfit_reason,omitempty"`
}

type findingStatus struct {
	ID         string `json:"finding_id"`
	CheckID    string `json:"check_id"`
	Severity   string `json:"severity"`
	PartyID    string `json:"party_id,omitempty"`
	CustomerID string `json:"customer_id,omitempty"`
	Subject    string `json:"subject"`
	Reason     string `json:"reason,omitempty"`
}

// readStatus reads the journal and, where there is one, the snapshot. only = "" means every month of the journal.
func readStatus(ctx context.Context, cfg *Config, only extract.Cycle, now time.Time) (*status, error) {
	journal, err := load.ReadJournal(cfg.Data)
	if err != nil {
		return nil, err
	}
	months := map[string]*monthStatus{}
	if only != "" {
		months[string(only)] = &monthStatus{Cycle: string(only)}
	}
	for _, r := range journal.Runs {
		if only != "" && r.Cycle != string(only) {
			continue
		}
		if months[r.Cycle] == nil {
			months[r.Cycle] = &monthStatus{Cycle: r.Cycle}
		}
		m := months[r.Cycle]
		m.Runs = append(m.Runs, runStatus{r.RunID, r.Mode, r.Started, r.Finished, r.Outcome, r.Error})
	}
	s := &status{}
	if err := s.findRunning(cfg.Data, months); err != nil {
		return nil, err
	}
	path := filepath.Join(cfg.Data, "published", load.Current)
	db, err := load.OpenSnapshot(ctx, path)
	switch {
	case errors.Is(err, load.ErrNoSnapshot):
	case err != nil:
		return nil, err
	default:
		defer func() { _ = db.Close() }()
		s.Snapshot = path
		if to, err := os.Readlink(path); err == nil {
			s.Snapshot = filepath.Join(filepath.Dir(path), to)
		}
		for _, m := range months {
			if err := m.readSnapshot(ctx, db, journal); err != nil {
				return nil, fmt.Errorf("status %s: snapshot: %w", m.Cycle, err)
			}
		}
	}
	for _, m := range months {
		if only != "" {
			m.wrongFiles, _ = wrongFiles(cfg, journal, m.Cycle)
		}
		m.judge(cfg, now, s.Snapshot != "")
		s.Months = append(s.Months, *m)
	}
	slices.SortFunc(s.Months, func(a, b monthStatus) int { return strings.Compare(b.Cycle, a.Cycle) })
	return s, nil
}

// findRunning tells the run that is going on from one that was killed: the journal knows the end of neither, but only the
// first holds the lock.
func (s *status) findRunning(dataDir string, months map[string]*monthStatus) error {
	var open []*runStatus
	for _, m := range months {
		for i := range m.Runs {
			if m.Runs[i].Outcome == "" {
				m.Runs[i].Outcome = "killed"
				open = append(open, &m.Runs[i])
			}
		}
	}
	if len(open) == 0 {
		return nil
	}
	held, err := lockHeld(dataDir)
	if err != nil || !held {
		return err
	}
	latest := slices.MaxFunc(open, func(a, b *runStatus) int { return a.Started.Compare(b.Started) })
	latest.Outcome = "running"
	s.Running = latest.RunID
	return nil
}

// lockHeld looks at the lock without taking it away from a run: a shared flock for a moment.
func lockHeld(dataDir string) (bool, error) {
	f, err := os.Open(filepath.Join(dataDir, "lock"))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("lock: %w", err)
	}
	defer func() { _ = f.Close() }()
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("lock: %w", err)
	}
	return false, nil
}

func (m *monthStatus) readSnapshot(ctx context.Context, db *sql.DB, journal *load.Journal) error {
	if err := db.QueryRowContext(ctx, `select count(*) from ops.expected_windows where cycle = ?`, m.Cycle).Scan(&m.WindowsPlanned); err != nil {
		return err
	}
	var err error
	m.WindowsMissing, err = collect(ctx, db, func(w *missingWindow) []any { return []any{&w.Window, &w.Dataset, &w.Error} }, `
		select e.window, e.dataset, coalesce(e.error, '')
		from ops.expected_windows as e
		left join ops.windows as w on w.cycle = e.cycle and w.window = e.window
		where e.cycle = ? and (w.window_id is null or e.error is not null) -- an older pull may stand in for what could not be fetched
		order by e.window`, m.Cycle)
	if err != nil {
		return err
	}
	m.Parties, err = collect(ctx, db, func(p *partyStatus) []any {
		return []any{&p.PartyID, &p.ShortCode, &p.Name, &p.State, &p.Revision, &p.InclTax, &p.Accounts, &p.Reason}
	}, `
		with accounts as (
		  select party_id, count(distinct customer_id || '/' || reseller_id) as accounts from settlement.contracts where cycle = $1 group by party_id
		)
		select p.party_id, p.short_code, coalesce(p.name, ''), coalesce(t.state, 'open') as state, coalesce(t.revision, 0),
		  coalesce(cast(s.amount_incl_tax as varchar), ''), coalesce(a.accounts, 0), coalesce(t.reason, '')
		from settlement.parties as p
		left join ops.period_states as t on t.cycle = p.cycle and t.party_id = p.party_id
		left join settlement.statements as s on s.cycle = p.cycle and s.party_id = p.party_id and s.revision = coalesce(t.revision, 0)
		left join accounts as a on a.party_id = p.party_id
		where p.cycle = $1
		order by case coalesce(t.state, 'open') when 'parked' then 0 when 'disputed' then 1 else 2 end, p.short_code`, m.Cycle)
	if err != nil {
		return err
	}
	m.overtake(journal)
	m.Requests, err = collect(ctx, db, func(r *waitingRequest) []any { return []any{&r.PartyID, &r.ShortCode, &r.InclTax, &r.Unfit} }, `
		select r.party_id, coalesce(y.short_code, ''), cast(r.amount_incl_tax as varchar), coalesce(r.unfit_reason, '')
		from settlement.invoice_requests as r
		inner join settlement.current_revisions as c on c.cycle = r.cycle and c.party_id = r.party_id and c.closed and c.revision = r.revision
		left join settlement.parties as y on y.cycle = r.cycle and y.party_id = r.party_id
		where r.cycle = ? and r.status in ('draft', 'unfit') and r.amount_incl_tax <> 0 order by 1, 3`, m.Cycle)
	if err != nil {
		return err
	}
	states := map[string]string{}
	for _, p := range m.Parties {
		states[p.PartyID] = p.State
	}
	m.Accounts, err = collect(ctx, db, func(a *accountStatus) []any { return []any{&a.CustomerID, &a.ResellerID, &a.PartyID} }, `
		select distinct customer_id, reseller_id, party_id from settlement.contracts where cycle = ? order by 1, 2, 3`, m.Cycle)
	if err != nil {
		return err
	}
	for i := range m.Accounts {
		m.Accounts[i].State = cmp.Or(states[m.Accounts[i].PartyID], "open")
	}
	if err := db.QueryRowContext(ctx, `select count(*) from settlement.unpriced where cycle = ?`, m.Cycle).Scan(&m.Unpriced); err != nil {
		return err
	}
	if err := db.QueryRowContext(ctx, `select count(*) from recon.findings where cycle = ? and explained`, m.Cycle).Scan(&m.Explained); err != nil {
		return err
	}
	m.Findings, err = collect(ctx, db, func(f *findingStatus) []any {
		return []any{&f.ID, &f.CheckID, &f.Severity, &f.PartyID, &f.CustomerID, &f.Subject, &f.Reason}
	}, `
		select finding_id, check_id, severity, coalesce(party_id, ''), coalesce(customer_id, ''), coalesce(subject, ''), coalesce(reason, '')
		from recon.findings
		where cycle = ? and not coalesce(explained, false) and resolution is null
		order by case severity when 'B' then 0 when 'W' then 1 else 2 end, check_id, finding_id`, m.Cycle)
	return err
}

// overtake takes the states that the journal has: a command may have been killed before its snapshot.
func (m *monthStatus) overtake(journal *load.Journal) {
	revisions := journal.RevisionsOf(m.Cycle)
	for i := range m.Parties {
		p := &m.Parties[i]
		if r, ok := revisions[p.PartyID]; ok {
			switch {
			case r.Closed:
				p.State, p.Revision, p.Reason = r.State, r.Issued, r.Reason
			case p.Revision < r.Working(): // reopened, and not settled again yet
				p.State, p.Revision, p.Reason = "open", r.Working(), r.Reason
			}
		}
	}
}

// collect reads a whole result; fields names the places of a row's columns.
func collect[R any](ctx context.Context, db *sql.DB, fields func(*R) []any, query string, args ...any) ([]R, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var all []R
	for rows.Next() {
		var r R
		if err := rows.Scan(fields(&r)...); err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, rows.Err()
}

func (m *monthStatus) open(severity string) (n int) {
	for _, f := range m.Findings {
		if f.Severity == severity {
			n++
		}
	}
	return n
}

// judge says whether the month is final, and if not everything that is missing.
func (m *monthStatus) judge(cfg *Config, now time.Time, snapshot bool) {
	cycle := extract.Cycle(m.Cycle)
	m.FinalAfter = cfg.FinalAt(cycle)
	why := func(format string, args ...any) { m.NotFinal = append(m.NotFinal, fmt.Sprintf(format, args...)) }
	if now.Before(m.FinalAfter) {
		why("the calendar allows it from %s", stamp(m.FinalAfter))
	}
	finalRun := slices.ContainsFunc(m.Runs, func(r runStatus) bool { return r.Mode == "final" && (r.Outcome == "done" || r.Outcome == "findings") })
	switch {
	case len(m.Runs) == 0:
		why("nothing was run yet: settle run --cycle %s", m.Cycle)
	case !finalRun && m.Runs[len(m.Runs)-1].Outcome == "running":
		why("run %s is going on", m.Runs[len(m.Runs)-1].RunID)
	case !finalRun:
		why("no final run ended yet: settle run --cycle %s --mode final", m.Cycle)
	case !snapshot:
		why("there is no snapshot: settle run --cycle %s --offline makes it again", m.Cycle)
	}
	if n := len(m.WindowsMissing); n > 0 {
		why("%d of %d windows are missing: settle run --cycle %s fetches them", n, m.WindowsPlanned, m.Cycle)
	}
	if n := m.open("B"); n > 0 {
		why("%d blocking %s open", n, plural(n, "finding is", "findings are"))
	}
	m.Final = len(m.NotFinal) == 0
	next := func(n int, format string, args ...any) {
		if n > 0 {
			m.Next = append(m.Next, fmt.Sprintf("%d %s ", n, plural(n, "party", "parties"))+fmt.Sprintf(format, args...))
		}
	}
	if n := len(m.wrongFiles); n > 0 {
		m.Next = append(m.Next, fmt.Sprintf("%d issued %s missing or changed since: put back from a backup %s", n, plural(n, "file is", "files are"), cut(strings.Join(m.wrongFiles, ", "), 200)))
	}
	next(m.inState("parked"), "parked: mend or accept what the findings say, and run the month again")
	next(m.inState("disputed"), "disputed: settle confirm when it is settled, settle reopen for a new revision (--cycle %s --party CODE --reason TEXT)", m.Cycle)
	next(m.inState("final"), "final: settle issue --cycle %s", m.Cycle)
	var fit []string
	unfit := 0
	for _, r := range m.Requests {
		if r.Unfit != "" {
			unfit++
			continue
		}
		fit = append(fit, r.ShortCode+" "+group(r.InclTax))
	}
	if len(fit) > 0 {
		m.Next = append(m.Next, fmt.Sprintf("%d invoice %s of issued statements wait for a number (%s): settle issue --cycle %s", len(fit), plural(len(fit), "request", "requests"), cut(strings.Join(fit, ", "), 120), m.Cycle))
	}
	if unfit > 0 {
		m.Next = append(m.Next, fmt.Sprintf("%d invoice %s of issued statements not fit: the sheet Not emitted of the draft invoice workbook says why", unfit, plural(unfit, "request is", "requests are")))
	}
	next(m.inState("issued"), "issued: settle confirm --cycle %s --party CODE, or --from FILE, when the party agrees", m.Cycle)
	next(m.inState("confirmed"), "confirmed: settle lock --cycle %s ends the month", m.Cycle)
}

const statusLines = 20 // of parties and findings; --json has them all

func (a *app) printStatus(s *status, detail bool) {
	out := a.stdout
	if s.Running != "" {
		fmt.Fprintf(out, "run %s is going on\n", s.Running)
	}
	if len(s.Months) == 0 {
		fmt.Fprintln(out, "nothing was run yet; settle run --cycle previous begins")
		return
	}
	if !detail {
		t := table{head: []string{"cycle", "final", "last run", "mode", "outcome", "parties", "parked", "blocking", "warnings"}, right: []int{5, 6, 7, 8}}
		for _, m := range s.Months {
			last := m.Runs[len(m.Runs)-1]
			t.add(m.Cycle, yesNo(m.Final), stamp(last.Started), cmp.Or(last.Mode, "-"), last.Outcome,
				fmt.Sprint(len(m.Parties)), fmt.Sprint(m.inState("parked")), fmt.Sprint(m.open("B")), fmt.Sprint(m.open("W")))
		}
		t.print(out, "")
		fmt.Fprintln(out, "settle status --cycle YYYY-MM says more about one month")
		return
	}
	m := s.Months[0]
	if m.Final {
		fmt.Fprintf(out, "%s is final\n", m.Cycle)
	} else {
		fmt.Fprintf(out, "%s is not final:\n", m.Cycle)
		for _, why := range m.NotFinal {
			fmt.Fprintf(out, "  - %s\n", clean(why))
		}
	}
	for _, next := range m.Next {
		fmt.Fprintf(out, "next: %s\n", clean(next))
	}
	m.printRuns(a)
	m.printWindows(a)
	m.printParties(a)
	m.printFindings(a)
	if s.Snapshot != "" {
		fmt.Fprintf(out, "\nsnapshot %s\n", s.Snapshot)
	}
}

func (m *monthStatus) inState(state string) (n int) {
	for _, p := range m.Parties {
		if p.State == state {
			n++
		}
	}
	return n
}

func (m *monthStatus) printRuns(a *app) {
	if len(m.Runs) == 0 {
		return
	}
	t := table{head: []string{"run", "mode", "started", "took", "outcome", ""}}
	first := max(0, len(m.Runs)-10)
	for _, r := range m.Runs[first:] {
		spent := "-"
		if !r.Finished.IsZero() {
			spent = took(r.Finished.Sub(r.Started))
		}
		t.add(r.RunID, cmp.Or(r.Mode, "-"), stamp(r.Started), spent, r.Outcome, cut(r.Error, 100))
	}
	fmt.Fprintln(a.stdout)
	t.print(a.stdout, "")
}

func (m *monthStatus) printWindows(a *app) {
	if len(m.WindowsMissing) == 0 {
		if m.WindowsPlanned > 0 {
			fmt.Fprintf(a.stdout, "\nwindows: all %s are there\n", thousands(m.WindowsPlanned))
		}
		return
	}
	fmt.Fprintf(a.stdout, "\nwindows: %d of %s are missing\n", len(m.WindowsMissing), thousands(m.WindowsPlanned))
	t := table{}
	for _, w := range m.WindowsMissing[:min(statusLines, len(m.WindowsMissing))] {
		t.add(w.Window, cut(w.Error, 120))
	}
	t.print(a.stdout, "  ")
	a.more(len(m.WindowsMissing))
}

func (m *monthStatus) printParties(a *app) {
	if len(m.Parties) == 0 {
		return
	}
	var counts []string
	for _, state := range []string{"open", "prelim", "final", "parked", "issued", "confirmed", "disputed", "locked"} {
		if n := m.inState(state); n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n, state))
		}
	}
	fmt.Fprintf(a.stdout, "\nparties: %s\n", strings.Join(counts, ", "))
	t := table{head: []string{"party", "state", "accounts", "incl. tax", "name", ""}, right: []int{2, 3}}
	for _, p := range m.Parties[:min(statusLines, len(m.Parties))] {
		state := p.State
		if p.Revision > 0 {
			state += fmt.Sprintf(" R%d", p.Revision)
		}
		t.add(p.ShortCode, state, fmt.Sprint(p.Accounts), cmp.Or(group(p.InclTax), "-"), cut(p.Name, 40), cut(p.Reason, 80))
	}
	t.print(a.stdout, "  ")
	a.more(len(m.Parties))
	if m.Unpriced > 0 {
		fmt.Fprintf(a.stdout, "  %s records have no price: see settlement.unpriced\n", thousands(m.Unpriced))
	}
}

func (m *monthStatus) printFindings(a *app) {
	if m.WindowsPlanned == 0 && len(m.Findings) == 0 {
		return // no snapshot has this month: nothing was checked
	}
	fmt.Fprintf(a.stdout, "\nfindings: %d blocking, %d %s, %d for information; %d explained\n", m.open("B"), m.open("W"), plural(m.open("W"), "warning", "warnings"), m.open("I"), m.Explained)
	blocking := table{head: []string{"finding", "check", "party", "customer", "subject", "reason"}}
	for _, f := range m.Findings[:min(statusLines, m.open("B"))] { // they come first
		blocking.add(f.ID, f.CheckID, cmp.Or(f.PartyID, "-"), cmp.Or(f.CustomerID, "-"), cut(f.Subject, 60), cut(f.Reason, 80))
	}
	if len(blocking.rows) > 0 {
		blocking.print(a.stdout, "  ")
		a.more(m.open("B"))
	}
	// The others mostly come in many of a kind.
	others := table{head: []string{"", "check", "count", "for example"}, right: []int{2}}
	for rest := m.Findings[m.open("B"):]; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].CheckID == rest[0].CheckID && rest[n].Severity == rest[0].Severity {
			n++
		}
		example := cut(rest[0].Subject, 80)
		if rest[0].Reason != "" {
			example += ": " + cut(rest[0].Reason, 100)
		}
		others.add(rest[0].Severity, rest[0].CheckID, thousands(int64(n)), example)
		rest = rest[n:]
	}
	if len(others.rows) > 0 {
		others.print(a.stdout, "  ")
	}
}

func (a *app) more(all int) {
	if all > statusLines {
		fmt.Fprintf(a.stdout, "  ... and %d more; settle status --json has them all\n", all-statusLines)
	}
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
