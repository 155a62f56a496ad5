package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"settle/extract"
	"settle/load"
	sqlfiles "settle/sql"
	"settle/transform/pricing"
)

// readPricing reads and judges the pricing workbook, and returns its bytes for the archive. What is wrong with it is
// misuse (exit 2), all of it at once.
func readPricing(path string) (*pricing.Book, []byte, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, misused(fmt.Errorf("pricing workbook: %w; write it with `settle pricing template %s`, or name another under the key pricing", err, path))
	}
	book, err := pricing.Read(bytes.NewReader(content))
	if err != nil {
		return nil, nil, misused(fmt.Errorf("%s: %w", path, err))
	}
	return book, content, nil
}

// sheet is a row of the pricing workbook as it priced a cycle.
type sheet[R any] struct {
	Cycle string `db:"cycle,notnull"`
	Row   R      `db:",inline"`
}

// pricingSheets pairs each sheet with its table in schema settlement.
var pricingSheets = []struct {
	table load.Table
	load  func(ctx context.Context, tx *load.Tx, t load.Table, cycle string, b *pricing.Book) error
}{
	pricingSheet("parties", func(b *pricing.Book) []pricing.Party { return b.Parties }),
	pricingSheet("contracts", func(b *pricing.Book) []pricing.Contract { return b.Contracts }),
	pricingSheet("rules", func(b *pricing.Book) []pricing.Rule { return b.Rules }),
	pricingSheet("tiers", func(b *pricing.Book) []pricing.Tier { return b.Tiers }),
	pricingSheet("commitments", func(b *pricing.Book) []pricing.Commitment { return b.Commitments }),
	pricingSheet("adjustments", func(b *pricing.Book) []pricing.Adjustment { return b.Adjustments }),
	pricingSheet("tax_items", func(b *pricing.Book) []pricing.TaxItem { return b.TaxItems }),
	pricingSheet("issued_invoices", func(b *pricing.Book) []pricing.Invoice { return b.Invoices }),
}

type sheetLoader = func(ctx context.Context, tx *load.Tx, t load.Table, cycle string, b *pricing.Book) error

func pricingSheet[R any](name string, rows func(*pricing.Book) []R) struct {
	table load.Table
	load  sheetLoader
} {
	return struct {
		table load.Table
		load  sheetLoader
	}{tableOf[sheet[R]]("settlement", name), func(ctx context.Context, tx *load.Tx, t load.Table, cycle string, b *pricing.Book) error {
		if err := tx.Replace(ctx, t.String(), cycle, nil); err != nil {
			return err
		}
		var all []sheet[R]
		for _, r := range rows(b) {
			all = append(all, sheet[R]{cycle, r})
		}
		return insertRows(ctx, tx, t, all)
	}}
}

func pricingTables() (all []load.Table) {
	for _, s := range pricingSheets {
		all = append(all, s.table)
	}
	return all
}

// settle prices a cycle and checks it, all in one transaction: the models that end with priced lines, the checks whose
// blocking findings park a party, the documents of the others, and the checks of the documents.
func (j *monthRun) settle(ctx context.Context, cycle extract.Cycle, book *pricing.Book, run load.RunRecord) error {
	j.progress.Stage("settle "+string(cycle), 0)
	defer j.progress.Done()
	key, err := j.stateKey(ctx, cycle, book.Hash)
	if err != nil {
		return err
	}
	if _, err := j.journal.Draft(load.DraftRecord{Cycle: string(cycle), StateKey: key, RunID: run.RunID, MadeAt: runStamp(run.Started)}); err != nil {
		return err
	}
	if err := j.journal.PricedBy(load.PricingRecord{Hash: book.Hash, FileName: j.nameOf(book.Hash), Cycle: string(cycle), RunID: run.RunID, At: run.Started}); err != nil {
		return err
	}
	return j.inCycle(ctx, cycle, book, run, func(tx *load.Tx, book *pricing.Book, issued map[string]issuedBook) error {
		if err := j.compareIssued(ctx, tx, cycle, book, issued, run); err != nil {
			return err
		}
		var lines int64
		return j.timed("models "+string(cycle), func() int64 { return lines }, func() error {
			if err := load.Settle(ctx, tx, j.built); err != nil {
				return err
			}
			return tx.QueryRowContext(ctx, "select count(*) from settlement.lines where cycle = ?", string(cycle)).Scan(&lines)
		})
	})
}

// documents makes a cycle's documents again from its lines, with the states that the journal has now.
func (j *monthRun) documents(ctx context.Context, cycle extract.Cycle) error {
	j.progress.Stage("documents "+string(cycle), 0)
	defer j.progress.Done()
	book, run, err := j.settledBook(ctx, cycle)
	if err != nil {
		return err
	}
	return j.inCycle(ctx, cycle, book, run, func(tx *load.Tx, _ *pricing.Book, _ map[string]issuedBook) error {
		return j.timed("documents "+string(cycle), nil, func() error { return load.Documents(ctx, tx, j.built) })
	})
}

// inCycle does work on a cycle's tables in one transaction: what the models need beside the sources is put before them, and how
// much of the journal the tables follow is noted with them. Where memory is short it is done once more with more of it.
func (j *monthRun) inCycle(ctx context.Context, cycle extract.Cycle, book *pricing.Book, run load.RunRecord, work func(tx *load.Tx, book *pricing.Book, issued map[string]issuedBook) error) error {
	once := func() error {
		tx, err := j.warehouse.Begin(ctx)
		if err != nil {
			return err
		}
		defer tx.Rollback()
		if err := load.EnsureTables(ctx, tx); err != nil {
			return err
		}
		book, err := j.withFormer(ctx, tx, cycle, book)
		if err != nil {
			return err
		}
		issued, err := j.issuedBooks(cycle)
		if err != nil {
			return err
		}
		if err := j.prepare(ctx, tx, cycle, withIssued(book, issued), run); err != nil {
			return err
		}
		if err := j.restoreIssued(ctx, tx, cycle); err != nil {
			return err
		}
		if err := work(tx, book, issued); err != nil {
			return err
		}
		transitions, batches := j.knownOf(string(cycle))
		if err := tx.Replace(ctx, "ops.settled", string(cycle), [][]any{{string(cycle), book.Hash, run.RunID, run.Mode, len(transitions), batches}}); err != nil {
			return err
		}
		if err := j.noteFindings(ctx, tx, cycle, run); err != nil {
			return err
		}
		seq, sum := j.journal.Head()
		if err := tx.Replace(ctx, "ops.journal_head", "", [][]any{{seq, sum}}); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		return tx.Commit()
	}
	err := once()
	if load.IsOutOfMemory(err) {
		j.log.Warn("done again with more memory", "run", j.run.RunID, "cycle", cycle, "error", err)
		if err := j.warehouse.MoreMemory(ctx); err != nil {
			return err
		}
		err = once()
	}
	return err
}

// settledBy is the pricing workbook and the run by which a cycle's tables were settled: as the warehouse says, which a failed
// run has not changed, else as the journal does. hash is empty where neither knows.
func (j *monthRun) settledBy(ctx context.Context, cycle extract.Cycle) (hash string, run load.RunRecord, err error) {
	run, _ = j.journal.LastSettled(string(cycle))
	if priced, ok := j.journal.PricingOf(string(cycle)); ok {
		hash = priced.Hash
	}
	var stored, runID, mode string
	err = j.warehouse.QueryRowContext(ctx, "select pricing_hash, run_id, mode from ops.settled where cycle = ?", string(cycle)).Scan(&stored, &runID, &mode)
	switch {
	case errors.Is(err, sql.ErrNoRows):
	case err != nil:
		return "", run, fmt.Errorf("how %s was settled: %w", cycle, err)
	default:
		hash = stored
		for _, r := range j.journal.Runs {
			if r.RunID == runID {
				run = r
				run.Mode = mode
			}
		}
	}
	return hash, run, nil
}

// settledBook reads the workbook that settledBy names.
func (j *monthRun) settledBook(ctx context.Context, cycle extract.Cycle) (*pricing.Book, load.RunRecord, error) {
	hash, run, err := j.settledBy(ctx, cycle)
	if err != nil {
		return nil, run, err
	}
	if hash == "" || run.RunID == "" {
		return nil, run, fmt.Errorf("%s: the journal knows no run that settled the month; settle run --cycle %s comes first", cycle, cycle)
	}
	book, err := j.archivedPricing(hash)
	return book, run, err
}

// nameOf is the file name under which a pricing workbook was used first.
func (j *monthRun) nameOf(hash string) string {
	for _, p := range j.journal.Pricing {
		if p.Hash == hash {
			return p.FileName
		}
	}
	return filepath.Base(j.cfg.Pricing)
}

// prepare puts what the models need beside the sources: the journal's records, the plan, the pricing workbook, parameters.
func (j *monthRun) prepare(ctx context.Context, tx *load.Tx, cycle extract.Cycle, book *pricing.Book, run load.RunRecord) error {
	var runs, pricings, drafts, seen, resolved [][]any
	for _, r := range j.journal.Runs {
		runs = append(runs, []any{r.RunID, r.Cycle, r.Mode, r.Offline, r.Started, r.Finished, r.Outcome, r.Version})
	}
	for _, p := range j.journal.Pricing {
		pricings = append(pricings, []any{p.Hash, p.FileName, p.RunID, p.At})
	}
	for _, d := range j.journal.Drafts {
		drafts = append(drafts, []any{d.Cycle, d.StateKey, d.RunID, d.MadeAt})
	}
	for id, at := range j.journal.FirstSeen {
		seen = append(seen, []any{id, at})
	}
	for _, r := range j.journal.Resolved {
		resolved = append(resolved, []any{r.FindingID, r.Reason, r.At, r.By, r.Says})
	}
	tables := map[string][][]any{"ops.bandwidth_rules": j.cfg.Bandwidth.rules(), "ops.resolutions": resolved, "ops.runs": runs, "ops.pricing_versions": pricings, "ops.drafts": drafts, "ops.first_seen": seen}
	j.stateTables(tables)
	for table, rows := range tables {
		if err := tx.Replace(ctx, table, "", rows); err != nil {
			return err
		}
	}
	if expected, planned := j.expected[cycle]; planned {
		var plan [][]any
		for _, p := range expected {
			var failed any
			if p.err != "" {
				failed = p.err
			}
			plan = append(plan, []any{string(p.Cycle), p.Name(), p.Dataset, p.CustomerID, p.ResellerID, p.Part, failed})
		}
		if err := tx.Replace(ctx, "ops.expected_windows", string(cycle), plan); err != nil {
			return err
		}
	}
	for _, s := range pricingSheets {
		if err := s.load(ctx, tx, s.table, string(cycle), book); err != nil {
			return err
		}
	}
	// Final by the calendar means fetched after the month became final; a window for which an older pull stands in does not count.
	var early int64
	if err := tx.QueryRowContext(ctx, `select count(*) from ops.expected_windows as e inner join ops.windows as w on w."window" = e."window"
		where e.cycle = ? and w.finished < ?`, string(cycle), j.cfg.FinalAt(cycle).UTC()).Scan(&early); err != nil {
		return fmt.Errorf("finality of %s: %w", cycle, err)
	}
	params := []any{
		string(cycle), string(cycle.Add(-1)), cycle.First().Format(time.DateOnly), cycle.LastDay().Format(time.DateOnly), run.RunID, run.Started, run.Mode,
		early == 0 && !run.Started.Before(j.cfg.FinalAt(cycle)), book.Hash, j.cfg.Settlement.IncludeReferral, j.cfg.Close.TolerancePerCharge, j.cfg.Settlement.InvoiceLineLimit,
		strings.Join(j.cfg.Settlement.VouchersInvoiceable, ","), j.cfg.Partner.Name, "CNY", j.cfg.Settlement.SummaryAmount, j.cfg.Settlement.SourceAmountTax,
		j.cfg.Close.MonthOnMonth.Percent, j.cfg.Close.MonthOnMonth.Amount,
	}
	return tx.Replace(ctx, "ops.params", "", [][]any{params})
}

// noteFindings journals what was found in a cycle, so that the age of a finding, and what became of it, survive the warehouse; the tables
// then say which findings are closed.
func (j *monthRun) noteFindings(ctx context.Context, tx *load.Tx, cycle extract.Cycle, run load.RunRecord) error {
	rows, err := tx.QueryContext(ctx, `select finding_id, check_id, severity, cycle, coalesce(party_id, ''), coalesce(customer_id, ''), subject, coalesce(cast(difference as varchar), '')
		from recon.findings where cycle = ? order by finding_id`, string(cycle))
	if err != nil {
		return fmt.Errorf("findings: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var found []load.FindingRecord
	for rows.Next() {
		var f load.FindingRecord
		if err := rows.Scan(&f.ID, &f.CheckID, &f.Severity, &f.Cycle, &f.PartyID, &f.CustomerID, &f.Subject, &f.Difference); err != nil {
			return fmt.Errorf("findings: %w", err)
		}
		found = append(found, f)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("findings: %w", err)
	}
	looked, err := lookedFor(ctx, tx, cycle)
	if err != nil {
		return err
	}
	if err := j.journal.Seen(string(cycle), found, looked, run.RunID, run.Started); err != nil {
		return err
	}
	var closed [][]any
	for _, id := range slices.Sorted(maps.Keys(j.journal.Closed)) {
		c := j.journal.Closed[id]
		closed = append(closed, []any{id, c.CheckID, c.Severity, c.Cycle, orNull(c.PartyID), orNull(c.CustomerID), c.Subject, orNull(c.Difference), j.journal.FirstSeen[id], c.At, c.RunID})
	}
	return tx.Replace(ctx, "recon.closed_findings", "", closed)
}

// lookedFor says of a finding that is not there any more whether the checks looked: a check without its input did not, nor did the checks of
// the documents of a party that has none because it is parked.
func lookedFor(ctx context.Context, tx *load.Tx, cycle extract.Cycle) (func(load.FindingRecord) bool, error) {
	ran, err := setOf(ctx, tx, "select check_id from recon.checks where cycle = ? and status <> 'not_run'", string(cycle))
	if err != nil {
		return nil, err
	}
	parked, err := setOf(ctx, tx, "select party_id from settlement.parked where cycle = ?", string(cycle))
	if err != nil {
		return nil, err
	}
	checks, err := sqlfiles.Checks()
	if err != nil {
		return nil, err
	}
	ofDocuments := map[string]bool{}
	for _, c := range checks {
		ofDocuments[c.Number] = c.Phase == sqlfiles.PhaseDocuments
	}
	return func(f load.FindingRecord) bool {
		return ran[f.CheckID] && !(ofDocuments[f.CheckID] && parked[f.PartyID])
	}, nil
}

func setOf(ctx context.Context, db reader, query string, args ...any) (map[string]bool, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("findings: %w", err)
	}
	defer func() { _ = rows.Close() }()
	set := map[string]bool{}
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, fmt.Errorf("findings: %w", err)
		}
		set[text] = true
	}
	return set, rows.Err()
}

// sumUp fills the summary from a snapshot.
func sumUp(ctx context.Context, db reader, cycle string, s *Summary) error {
	scan := func(query string, into ...any) error {
		if err := db.QueryRowContext(ctx, query, cycle).Scan(into...); err != nil {
			return fmt.Errorf("summary of %s: %w", cycle, err)
		}
		return nil
	}
	t := &s.Totals
	if err := scan(`select count(*), cast(coalesce(sum(official_amount), 0) as decimal(38,2))::varchar, cast(coalesce(sum(payable_amount), 0) as decimal(38,2))::varchar,
		cast(coalesce(sum(amount_excl_tax), 0) as varchar), cast(coalesce(sum(tax_amount), 0) as varchar), cast(coalesce(sum(amount_incl_tax), 0) as varchar)
		from settlement.statements where cycle = ?`, &s.Parties, &t.Official, &t.Payable, &t.ExclTax, &t.Tax, &t.InclTax); err != nil {
		return err
	}
	if err := scan(`select count(*) from settlement.parked where cycle = ?`, &s.Parked); err != nil {
		return err
	}
	rows, err := db.QueryContext(ctx, `select severity, count(*) from recon.findings where cycle = ? and not explained and resolution is null group by 1`, cycle)
	if err != nil {
		return fmt.Errorf("summary of %s: %w", cycle, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var severity string
		var n int
		if err := rows.Scan(&severity, &n); err != nil {
			return fmt.Errorf("summary of %s: %w", cycle, err)
		}
		s.Findings[severity] = n
	}
	return rows.Err()
}

// count fills in what each dataset brought, from the ledger and the plan.
func (j *monthRun) count(ctx context.Context) error {
	rows, err := j.warehouse.QueryContext(ctx, `
		select e.dataset, count(*), count(*) filter (where e.error is not null or w.window_id is null), cast(coalesce(sum(w.rows), 0) as bigint)
		from ops.expected_windows as e left join ops.windows as w on w."window" = e."window"
		where e.cycle = ? group by 1`, string(j.o.Cycle))
	if err != nil {
		return fmt.Errorf("count windows: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var all []DatasetCount
	for rows.Next() {
		var c DatasetCount
		if err := rows.Scan(&c.Name, &c.Windows, &c.Missing, &c.Rows); err != nil {
			return fmt.Errorf("count windows: %w", err)
		}
		if d, ok := datasetNamed(c.Name); ok {
			c.Requests = j.requests.of(d.Call.Path)
		}
		all = append(all, c)
	}
	order := map[string]int{}
	for i, d := range datasets {
		order[d.Name] = i
	}
	sort.Slice(all, func(a, b int) bool { return order[all[a].Name] < order[all[b].Name] })
	j.sum.Datasets = all
	return rows.Err()
}

// missing is the number of windows that this run should have fetched and could not.
func (s *Summary) missing() (n int64) {
	for _, d := range s.Datasets {
		n += d.Missing
	}
	return n
}

// requestCount counts what the API client sends, and says why the job is slow.
type requestCount struct {
	log  *slog.Logger
	mu   sync.Mutex
	sent map[string]int64
}

func newRequestCount(log *slog.Logger) *requestCount {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &requestCount{log: log, sent: map[string]int64{}}
}

func (r *requestCount) Request(path string, _ int, _ time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent[path]++
}

func (r *requestCount) Retry(path, reason string) {
	r.log.Info("request is tried again", "path", path, "reason", reason)
}

func (r *requestCount) of(path string) int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sent[path]
}
