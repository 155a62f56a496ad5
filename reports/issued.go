package reports

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// WriteIssued makes the workbooks of the documents that were issued with a batch (from 1): the statements, with their numbers and, where
// they replace an earlier revision, the credit note for it, and the invoice requests of the batch, if it has any. They go to <cycle>/issued. What
// stands there already is never overwritten: the same bytes are fine, others are an error. Drafts of parties that are closed now are
// removed.
func WriteIssued(ctx context.Context, db Queryer, o Options, batch int) (Result, error) {
	if !cycleText.MatchString(o.Cycle) {
		return Result{}, fmt.Errorf("reports: cycle %q is not YYYY-MM", o.Cycle)
	}
	if batch < 1 {
		return Result{}, errors.New("reports: batches of issued documents are counted from 1")
	}
	o = o.withDefaults()
	o.batch = batch
	started := time.Now()
	result, err := writeIssued(ctx, db, o)
	if err != nil {
		return result, fmt.Errorf("reports %s, batch %d: %w", o.Cycle, batch, err)
	}
	o.Log.Info("issued workbooks written", "cycle", o.Cycle, "batch", batch, "files", len(result.Files), "took", time.Since(started))
	return result, nil
}

func writeIssued(ctx context.Context, db Queryer, o Options) (Result, error) {
	m, err := readMonth(ctx, db, o)
	if err != nil {
		return Result{}, err
	}
	chosen, err := choose(ctx, db, m, o)
	if err != nil {
		return Result{}, err
	}
	dir := folder{root: o.Dir, cycle: o.Cycle, shared: o.Shared, seen: &readBack{}}
	if err := dir.prepare(m); err != nil {
		return Result{}, err
	}
	defer tight()()
	count := &progress{total: len(chosen) + 1, report: o.Progress}
	result := Result{}
	if result.Files, err = writeStatements(ctx, db, m, o, dir, chosen, count); err != nil {
		return result, err
	}
	db, done, err := o.wide(ctx, db)
	if err != nil {
		return result, err
	}
	defer done()
	issue, err := read(ctx, db, "issued_batch", o.Cycle, o.batch)
	if err != nil {
		return result, err
	}
	if (record{issue, 0}).get("has_requests") == "true" {
		f, err := writeInvoices(ctx, db, m, o, dir)
		if err != nil {
			return result, fmt.Errorf("invoices: %w", err)
		}
		result.Files = append(result.Files, f)
	}
	count.one()
	if err := sweepDrafts(ctx, db, o, dir); err != nil {
		return result, err
	}
	return result, errors.Join(dir.manifest(m, o, result.Files), dir.seen.err())
}

// sweepDrafts removes the drafts of what is issued now.
func sweepDrafts(ctx context.Context, db Queryer, o Options, dir folder) error {
	t, err := read(ctx, db, "statements", o.Cycle, 0)
	if err != nil {
		return err
	}
	open := &month{cycle: o.Cycle}
	for i := range t.rows {
		p, err := readParty(record{t, i})
		if err != nil {
			return err
		}
		open.parties = append(open.parties, p)
	}
	return dir.sweep(open.names())
}
