package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"settle/extract"
	"settle/extract/archive"
	"settle/extract/bss"
	"settle/load"
	"settle/transform/pricing"
	"settle/transform/units"
)

// The modes of a run.
const (
	modePrelim = "prelim"
	modeFinal  = "final"
)

// RunOptions say which month is run, and how.
type RunOptions struct {
	Cycle     extract.Cycle
	Mode      string   // "" = final where the calendar allows it, else prelim
	Customers []string // only these; nil = all
	Offline   bool     // from the packages on disk, without network
	Now       func() time.Time
	Progress  Progress
	Log       *slog.Logger
}

// runMonth is the whole job, in the order of the data: fetch packages, load them into the warehouse, price and settle in
// SQL, check, publish the snapshot, write the workbooks. It carries on what a killed run left, and running it twice
// changes nothing. With an error comes what was done until then.
func runMonth(ctx context.Context, cfg *Config, o RunOptions) (_ *Summary, err error) {
	began := time.Now()
	// The Go heap is pages that come and go beside DuckDB's memory: a smaller heap costs a few per cent of time and saves a fifth
	// of the resident memory.
	defer debug.SetGCPercent(debug.SetGCPercent(50))
	j := newMonthRun(cfg, o)
	book, file, err := readPricing(cfg.Pricing) // before anything is fetched
	if err != nil {
		return j.sum, err
	}
	lock, err := load.TakeLock(cfg.Data)
	if err != nil {
		return j.sum, err
	}
	defer func() { _ = lock.Release() }()
	if err := enoughSpace(cfg); err != nil {
		return j.sum, err
	}
	if err := j.open(ctx); err != nil {
		return j.sum, err
	}
	defer j.close()
	if err := j.begin(); err != nil {
		return j.sum, err
	}
	ended := false
	defer func() {
		j.sum.Took = time.Since(began)
		if !ended && err == nil { // a panic is on its way up
			err = errors.New("the run broke off; run it again, it resumes, and report the stack above")
		}
		if finishErr := j.finish(err); err == nil {
			err = finishErr
		}
	}()
	err = j.do(ctx, book, file)
	ended = true
	return j.sum, err
}

func newMonthRun(cfg *Config, o RunOptions) *monthRun {
	j := &monthRun{cfg: cfg, o: o, log: o.Log, progress: o.Progress, requests: newRequestCount(o.Log), expected: map[extract.Cycle][]planned{}, sum: &Summary{Cycle: string(o.Cycle), Findings: map[string]int{}}}
	if j.log == nil {
		j.log = slog.New(slog.DiscardHandler)
	}
	if j.progress == nil {
		j.progress = silent{}
	}
	return j
}

// enoughSpace asks, before anything is fetched, whether the disk takes a run: the warehouse again, its snapshot, and the
// packages and workbooks, which together stay below it.
func enoughSpace(cfg *Config) error {
	need := uint64(256 << 20)
	if info, err := os.Stat(filepath.Join(cfg.Data, "warehouse.duckdb")); err == nil {
		need += 3 * uint64(info.Size())
	}
	free, err := freeBytes(cfg.Data)
	if err != nil {
		return err
	}
	if free < need && !cfg.anySpace {
		return fmt.Errorf("run: %d MB are free on the disk of %s and a run may take %d MB; free space, or remove old snapshots in %s", free>>20, cfg.Data, need>>20, filepath.Join(cfg.Data, "published"))
	}
	return nil
}

// do is the run's work, once it has its id.
func (j *monthRun) do(ctx context.Context, book *pricing.Book, file []byte) error {
	if err := j.journal.ArchivePricing(book.Hash, file); err != nil {
		return err
	}
	if j.rebuilt != "" {
		if err := j.rebuildOthers(ctx); err != nil {
			return err
		}
	}
	if err := j.catchUp(ctx, j.o.Cycle); err != nil {
		return err
	}
	if err := j.extract(ctx, pull{cycle: j.o.Cycle, runID: j.run.RunID, offline: j.o.Offline, customers: j.o.Customers}); err != nil {
		return err
	}
	if err := j.settleFrom(ctx, book); err != nil {
		return err
	}
	if err := j.warehouse.Rebuilt(ctx); err != nil {
		return err
	}
	if err := j.count(ctx); err != nil {
		return err
	}
	if err := j.publish(ctx); err != nil {
		return err
	}
	return j.report(ctx)
}

// monthRun is one run at work.
type monthRun struct {
	cfg      *Config
	o        RunOptions
	log      *slog.Logger
	progress Progress
	requests *requestCount
	sum      *Summary

	archive   *archive.Archive
	journal   *load.Journal
	warehouse *load.Warehouse
	rebuilt   string // why the warehouse is new
	known     map[int64]string
	run       load.RunRecord
	mode      string
	client    *bss.Client
	units     *units.Graph
	expected  map[extract.Cycle][]planned
}

// open opens what lies on disk, and sweeps what a killed run left half written.
func (j *monthRun) open(ctx context.Context) (err error) {
	if j.archive, err = archive.Open(filepath.Join(j.cfg.Data, "packages")); err != nil {
		return err
	}
	j.archive.Now = j.o.Now
	sweepTemporary(j.cfg.Data, time.Now())
	if j.journal, err = load.ReadJournal(j.cfg.Data); err != nil {
		return err
	}
	if !j.o.Offline {
		if j.client, err = j.cfg.NewClient(j.log, j.o.Now, j.requests); err != nil {
			return err
		}
	}
	j.warehouse, j.rebuilt, err = load.Open(ctx, filepath.Join(j.cfg.Data, "warehouse.duckdb"), warehouseTables(), load.Options{Threads: j.cfg.threads}, j.log)
	if err != nil {
		return err
	}
	if j.known, err = j.warehouse.Loaded(ctx); err != nil {
		return err
	}
	return j.journalIsNewest(ctx)
}

// journalIsNewest refuses a journal that does not hold what the tables were made by: an older one was restored, or its end was cut off;
// numbers would be given twice, and resolutions and ages forgotten.
func (j *monthRun) journalIsNewest(ctx context.Context) error {
	var seq int64
	var sum string
	err := j.warehouse.QueryRowContext(ctx, "select seq, sha256 from ops.journal_head").Scan(&seq, &sum)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the journal's head in the warehouse: %w", err)
	}
	if !j.journal.Has(seq, sum) {
		last, _ := j.journal.Head()
		return fmt.Errorf("the journal is older than the tables; restore the newest journal from your backup: it ends with record %d, and the tables know another record %d. (If it is the warehouse that is wrong, move %s away: it is made again from packages and journal)",
			last, seq, filepath.Join(j.cfg.Data, "warehouse.duckdb"))
	}
	return nil
}

// warehouseTables are the tables that the loader fills: the sources and the pricing workbook's sheets.
func warehouseTables() []load.Table { return append(sourceTables(), pricingTables()...) }

func (j *monthRun) close() {
	if j.warehouse != nil {
		if err := j.warehouse.Close(); err != nil {
			j.log.Warn("close warehouse", "error", err)
		}
		j.warehouse = nil
	}
}

// begin gives the run its id: that of an unfinished run which this one carries on, or a new one.
func (j *monthRun) begin() error {
	now, finalAt := j.o.Now(), j.cfg.FinalAt(j.o.Cycle)
	asOf := now
	if j.o.Offline { // what counts is when the packages were fetched
		packages, _, err := j.archive.List(string(j.o.Cycle))
		if err != nil {
			return err
		}
		if asOf = oldest(newestOf(packages)); len(packages) == 0 {
			return fmt.Errorf("run %s --offline: there are no packages of the month in %s; run it without --offline", j.o.Cycle, j.cfg.Data)
		}
	}
	j.mode = j.o.Mode
	switch {
	case j.mode == "" && !asOf.Before(finalAt):
		j.mode = modeFinal
	case j.mode == "":
		j.mode = modePrelim
	case j.mode == modeFinal && asOf.Before(finalAt):
		return &exitError{exitNotFinal, fmt.Errorf("run %s: its packages were fetched on %s, and the month is final from %s; run it without --offline, or with --mode prelim", j.o.Cycle, stamp(asOf), stamp(finalAt))}
	}
	var err error
	fresh := load.RunRecord{Cycle: string(j.o.Cycle), Mode: j.mode, Offline: j.o.Offline, Version: versionText(), Customers: j.o.Customers, Source: j.cfg.sourceID(), Started: runStamp(now)}
	last, unfinished := j.journal.Unfinished(string(j.o.Cycle), j.o.Offline)
	if unfinished && resumable(last, fresh, finalAt) {
		j.run = last
		j.log.Info("run carried on", "run", last.RunID, "started", last.Started)
	} else {
		j.run, err = j.journal.Start(fresh)
	}
	j.sum.RunID, j.sum.Mode = j.run.RunID, j.mode
	return err
}

// finish records how the run ended; its summary tells the operator.
func (j *monthRun) finish(err error) error {
	r := j.run
	r.Finished, r.Error = runStamp(j.o.Now()), ""
	switch {
	case errors.Is(err, context.Canceled):
		r.Outcome = "interrupted"
	case err != nil:
		r.Outcome = "failed"
		r.Error = err.Error()
	case j.sum.missing() > 0:
		r.Outcome = "failed" // the next run fetches the windows that are missing
		r.Error = fmt.Sprintf("%d windows are missing", j.sum.missing())
	case j.sum.outcome() != nil:
		r.Outcome = "findings"
	default:
		r.Outcome = "done"
	}
	return j.journal.Finish(r)
}

// timed runs one named part of the job and notes how long it took.
func (j *monthRun) timed(name string, rows func() int64, do func() error) error {
	began := time.Now()
	err := do()
	s := Stage{Name: name, Took: time.Since(began)}
	if rows != nil {
		s.Rows = rows()
	}
	j.sum.Stages = append(j.sum.Stages, s)
	j.log.Info("stage", "run", j.run.RunID, "stage", name, "rows", s.Rows, "took", s.Took, "error", err)
	return err
}
