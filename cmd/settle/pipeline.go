package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"settle/extract"
	"settle/extract/archive"
	"settle/extract/bss"
	"settle/load"
	"settle/reports"
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
	j := &monthRun{cfg: cfg, o: o, log: o.Log, progress: o.Progress, requests: newRequestCount(o.Log), expected: map[extract.Cycle][]planned{}, sum: &Summary{Cycle: string(o.Cycle), Findings: map[string]int{}}}
	if j.log == nil {
		j.log = slog.New(slog.DiscardHandler)
	}
	if j.progress == nil {
		j.progress = silent{}
	}
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
			err = errors.New("the run broke off")
		}
		if finishErr := j.finish(err); err == nil {
			err = finishErr
		}
	}()
	err = j.do(ctx, book, file)
	ended = true
	return j.sum, err
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
	if free < need {
		return fmt.Errorf("run: %d MB are free on the disk of %s and a run may take %d MB; free space, or remove old snapshots in %s", free>>20, cfg.Data, need>>20, filepath.Join(cfg.Data, "published"))
	}
	return nil
}

// do is the run's work, once it has its id.
func (j *monthRun) do(ctx context.Context, book *pricing.Book, file []byte) error {
	if err := j.journal.UsePricing(load.PricingRecord{Hash: book.Hash, FileName: filepath.Base(j.cfg.Pricing), Cycle: string(j.o.Cycle), RunID: j.run.RunID, At: j.run.Started}, file); err != nil {
		return err
	}
	if j.rebuilt != "" {
		if err := j.rebuildOthers(ctx); err != nil {
			return err
		}
	}
	if err := j.extract(ctx, source{cycle: j.o.Cycle, runID: j.run.RunID, offline: j.o.Offline, customers: j.o.Customers}); err != nil {
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

// source says where a cycle's windows come from.
type source struct {
	cycle     extract.Cycle
	runID     string // the run that fetches, or that fetched
	offline   bool
	customers []string // only these; nil = all
}

// open opens what lies on disk, and sweeps what a killed run left half written.
func (j *monthRun) open(ctx context.Context) (err error) {
	if j.archive, err = archive.Open(filepath.Join(j.cfg.Data, "packages")); err != nil {
		return err
	}
	j.archive.Now = j.o.Now
	if j.journal, err = load.ReadJournal(j.cfg.Data); err != nil {
		return err
	}
	if !j.o.Offline {
		if j.client, err = j.cfg.NewClient(j.log, j.o.Now, j.requests); err != nil {
			return err
		}
	}
	j.warehouse, j.rebuilt, err = load.Open(ctx, filepath.Join(j.cfg.Data, "warehouse.duckdb"), warehouseTables(), load.Options{}, j.log)
	if err != nil {
		return err
	}
	j.known, err = j.warehouse.Loaded(ctx)
	return err
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
	fresh := load.RunRecord{Cycle: string(j.o.Cycle), Mode: j.mode, Offline: j.o.Offline, Version: versionText(), Customer: j.o.Customers, Source: j.cfg.source(), Started: runStamp(now)}
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
	r.Finished = runStamp(j.o.Now())
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

// stage runs one named part of the job and notes how long it took.
func (j *monthRun) stage(name string, rows func() int64, do func() error) error {
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

// extract brings every window of the cycle into the warehouse: first the lists, which say what else to ask for, then each
// customer's usage, then the details that the usage calls for. Offline the same plan is met from packages on disk.
func (j *monthRun) extract(ctx context.Context, from source) error {
	resellers, err := j.resellers(ctx, from)
	if err != nil {
		return err
	}
	if err := j.bring(ctx, from, "lists", firstWindows(from.cycle, resellers)); err != nil {
		return err
	}
	if err := j.readUnits(ctx, from.cycle); err != nil {
		return err
	}
	all, err := accounts(ctx, j.warehouse, from.cycle, resellers)
	if err != nil {
		return err
	}
	if len(from.customers) > 0 && len(only(usageWindows(from.cycle, all, "", true), from.customers)) == 0 {
		return misused(fmt.Errorf("run %s: no customer %v in the lists of the month; copy the id from source.customers", from.cycle, from.customers))
	}
	if err := j.bring(ctx, from, "usage", usageWindows(from.cycle, all, from.runID, j.cfg.Settlement.IncludeReferral)); err != nil {
		return err
	}
	details, err := detailWindows(ctx, j.warehouse, from.cycle)
	if err != nil {
		return err
	}
	if err := j.bring(ctx, from, "details", details); err != nil {
		return err
	}
	return j.forgetUnplanned(ctx, from.cycle)
}

// forgetUnplanned drops what an earlier pull brought for windows that the lists do not call for any more: what the tables
// hold must follow from the newest packages, not from what was loaded before.
func (j *monthRun) forgetUnplanned(ctx context.Context, cycle extract.Cycle) error {
	planned := map[string]bool{}
	for _, p := range j.expected[cycle] {
		planned[p.Name()] = true
	}
	gone := map[string][]int64{}
	rows, err := j.warehouse.QueryContext(ctx, `select window_id, "window", dataset from ops.windows where cycle = ?`, string(cycle))
	if err != nil {
		return fmt.Errorf("plan %s: %w", cycle, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id int64
		var name, dataset string
		if err := rows.Scan(&id, &name, &dataset); err != nil {
			return fmt.Errorf("plan %s: %w", cycle, err)
		}
		if !planned[name] && !isSnapshot(dataset) {
			gone[dataset] = append(gone[dataset], id)
		}
	}
	if err := rows.Err(); err != nil || len(gone) == 0 {
		return err
	}
	tx, err := j.warehouse.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for name, ids := range gone {
		d, _ := datasetNamed(name)
		j.log.Warn("windows are not called for any more", "run", j.run.RunID, "dataset", name, "windows", len(ids))
		if err := tx.Forget(ctx, ids, append([]load.Table{quarantine, novelties}, d.tables...)); err != nil {
			return err
		}
		for _, id := range ids {
			delete(j.known, id)
		}
	}
	return tx.Commit()
}

func (j *monthRun) resellers(ctx context.Context, from source) (all []string, err error) {
	if !j.cfg.Partner.IndirectPartners {
		return nil, nil
	}
	w := extract.Window{Dataset: extract.IndirectPartners.Name, Cycle: from.cycle}
	if err := j.bring(ctx, from, "resellers", []extract.Window{w}); err != nil {
		return nil, err
	}
	rows, err := j.warehouse.QueryContext(ctx, "select distinct indirect_partner_id from source.indirect_partners where cycle = ? order by 1", string(from.cycle))
	if err != nil {
		return nil, fmt.Errorf("plan %s: %w", from.cycle, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("plan %s: %w", from.cycle, err)
		}
		all = append(all, id)
	}
	return all, rows.Err()
}

// bring makes the warehouse hold the windows' newest packages. What this run has on disk already is not fetched again. A
// package that turns out damaged is removed and fetched again.
func (j *monthRun) bring(ctx context.Context, from source, name string, windows []extract.Window) error {
	for try := 0; ; try++ {
		err := j.bringOnce(ctx, from, name, windows)
		damaged, is := isDamage(err)
		if !is || try == 3 {
			return err
		}
		if from.offline {
			return fmt.Errorf("%w (run %s without --offline: it is fetched again)", err, from.cycle)
		}
		j.log.Warn("damaged package is fetched again", "window", damaged.Window, "run", damaged.RunID, "error", err)
		if err := j.archive.Remove(damaged); err != nil {
			return err
		}
	}
}

func (j *monthRun) bringOnce(ctx context.Context, from source, name string, windows []extract.Window) error {
	found, damaged, err := j.archive.List(string(from.cycle))
	if err != nil {
		return err
	}
	for _, d := range damaged {
		j.log.Warn("damaged package is passed over", "path", d.Path, "error", d.Err)
	}
	newest := map[string]archive.Manifest{}   // window name → its newest package
	snapshot := map[string]archive.Manifest{} // of windows whose part is the run: the newest of any run
	for _, m := range found {
		newest[m.Window] = m // in the order of runs
		if isSnapshot(m.Dataset) {
			snapshot[m.Dataset+"/"+m.CustomerID] = m
		}
	}
	queue := newLoadQueue(j)
	for _, m := range found {
		if isSnapshot(m.Dataset) && slices.ContainsFunc(windows, func(w extract.Window) bool { return w.Dataset == m.Dataset }) {
			queue.add(m) // those of earlier runs stay
		}
	}
	fetch := map[string][]extract.Window{} // by dataset
	fetching := map[string]bool{}
	wanted := only(windows, from.customers)
	for _, w := range wanted {
		m, have := newest[w.Name()]
		if !from.offline && (!have || m.RunID != from.runID) {
			fetch[w.Dataset] = append(fetch[w.Dataset], w)
			fetching[w.Name()] = true
		}
	}
	var expected []planned
	for _, w := range windows {
		m, have := newest[w.Name()]
		if !have && isSnapshot(w.Dataset) && !fetching[w.Name()] {
			if m, have = snapshot[w.Dataset+"/"+w.CustomerID]; have {
				w.Part = m.Part
			}
		}
		p := planned{Window: w}
		switch {
		case fetching[w.Name()]:
		case have:
			queue.add(m)
		default:
			p.err = "not fetched yet"
		}
		expected = append(expected, p)
	}
	failed, err := j.fetchAndLoad(ctx, name, fetch, queue)
	if err != nil {
		return err
	}
	for i := range expected {
		if e, ok := failed[expected[i].Name()]; ok {
			expected[i].err = e.Error()
			// An older pull stands in for what could not be fetched; the window is missing from this run all the same.
			if m, have := newest[expected[i].Name()]; have {
				if err := queue.loadNow(ctx, []archive.Manifest{m}); err != nil {
					return err
				}
			}
		}
	}
	names := map[string]bool{}
	for _, p := range expected {
		names[p.Name()] = true
	}
	plan := slices.DeleteFunc(j.expected[from.cycle], func(p planned) bool { return names[p.Name()] })
	j.expected[from.cycle] = append(plan, expected...)
	return nil
}

// isSnapshot says whether a dataset's windows are one per run: what only tells of now is kept of each run.
func isSnapshot(dataset string) bool {
	return dataset == extract.ResourcePackages.Name || dataset == extract.ResourcePackageQuotas.Name
}

// fetchAndLoad fetches windows, each dataset with its own workers since each API has its own quota, while one goroutine
// loads what is complete. It returns the windows that failed; an error that concerns the whole partner ends the run.
func (j *monthRun) fetchAndLoad(ctx context.Context, name string, fetch map[string][]extract.Window, queue *loadQueue) (failed map[string]error, err error) {
	total := 0
	for _, windows := range fetch {
		total += len(windows)
	}
	j.progress.Stage("fetch "+name, int64(total))
	defer j.progress.Done()
	var mu sync.Mutex
	failed = map[string]error{}
	group, groupCtx := errgroup.WithContext(ctx)
	began := time.Now()
	var fetched int64
	var fetchTook time.Duration
	group.Go(func() error {
		defer queue.close()
		inner, ctx := errgroup.WithContext(groupCtx)
		for dataset, windows := range fetch {
			d, _ := datasetNamed(dataset)
			next := make(chan extract.Window)
			inner.Go(func() error {
				defer close(next)
				for _, w := range windows {
					select {
					case next <- w:
					case <-ctx.Done():
						return ctx.Err()
					}
				}
				return nil
			})
			for range min(j.cfg.Extract.Workers, len(windows)) {
				inner.Go(func() error {
					for w := range next {
						m, err := extract.Fetch(ctx, j.client, j.archive, d.Source, w, j.run.RunID, j.log)
						if err != nil {
							if fatal(ctx, err, w) {
								return err
							}
							j.log.Error("window failed", "run", j.run.RunID, "window", w.Name(), "error", err)
							mu.Lock()
							failed[w.Name()] = err
							mu.Unlock()
						} else {
							j.log.Info("window", "run", j.run.RunID, "dataset", w.Dataset, "window", w.Name(), "rows", m.Rows, "took", m.Finished.Sub(m.Started))
							mu.Lock()
							fetched += m.Rows
							mu.Unlock()
							queue.add(m)
						}
						j.progress.Add(1)
					}
					return nil
				})
			}
		}
		err := inner.Wait()
		fetchTook = time.Since(began)
		return err
	})
	group.Go(func() error { return queue.run(groupCtx) })
	err = group.Wait()
	if total > 0 {
		j.sum.Stages = append(j.sum.Stages, Stage{Name: "fetch " + name, Rows: fetched, Took: fetchTook})
	}
	if queue.rows > 0 {
		j.sum.Stages = append(j.sum.Stages, Stage{Name: "load " + name, Rows: queue.rows, Took: queue.took})
	}
	return failed, err
}

// fatal says whether a window's failure ends the run: the credentials are refused, the call is for the whole partner, the
// disk cannot be written, or the run is being stopped.
func fatal(ctx context.Context, err error, w extract.Window) bool {
	var api *bss.Error
	if !errors.As(err, &api) {
		return ctx.Err() != nil || !errors.Is(err, bss.ErrMoved) || w.CustomerID == ""
	}
	return ctx.Err() != nil || api.Fatal() || w.CustomerID == ""
}

// readUnits builds the unit graph of a cycle from the conversion API's rows, and notes each unit's family beside it.
func (j *monthRun) readUnits(ctx context.Context, cycle extract.Cycle) error {
	var all []units.Unit
	rows, err := j.warehouse.QueryContext(ctx, "select measure_id, coalesce(measure_name, ''), coalesce(abbreviation, ''), coalesce(measure_type, '') from source.measure_units where cycle = ? order by 1", string(cycle))
	if err != nil {
		return fmt.Errorf("units: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var u units.Unit
		if err := rows.Scan(&u.ID, &u.Name, &u.Abbreviation, &u.Type); err != nil {
			return fmt.Errorf("units: %w", err)
		}
		all = append(all, u)
	}
	var conversions []units.Conversion
	more, err := j.warehouse.QueryContext(ctx, "select measure_id, ref_measure_id, conversion_ratio, coalesce(measure_type, '') from source.unit_conversions where cycle = ? order by 1, 2", string(cycle))
	if err != nil {
		return fmt.Errorf("units: %w", err)
	}
	defer func() { _ = more.Close() }()
	for more.Next() {
		var c units.Conversion
		if err := more.Scan(&c.From, &c.To, &c.Ratio, &c.Type); err != nil {
			return fmt.Errorf("units: %w", err)
		}
		conversions = append(conversions, c)
	}
	j.units = units.New(all, conversions)
	for _, p := range j.units.Problems() {
		j.log.Warn("units", "problem", p)
	}
	if err := errors.Join(rows.Err(), more.Err()); err != nil {
		return fmt.Errorf("units: %w", err)
	}
	var families []load.UnitFamily
	for _, u := range all {
		if factor, unit, ok := j.units.Normal(u.ID); ok {
			families = append(families, load.UnitFamily{MeasureID: u.ID, Unit: unit, Factor: factor})
		}
	}
	return j.warehouse.SetFamilies(ctx, string(cycle), families)
}

// rebuildOthers fills a new warehouse with the other cycles that were settled before: from packages and journal alone come
// the same tables. The cycles before this run's are settled at once, those after it by settleFrom.
func (j *monthRun) rebuildOthers(ctx context.Context) error {
	for _, c := range j.journal.Cycles() {
		cycle := extract.Cycle(c)
		run, _ := j.journal.LastRun(c)
		if cycle == j.o.Cycle || run.RunID == "" {
			continue
		}
		if err := j.extract(ctx, source{cycle: cycle, runID: run.RunID, offline: true}); err != nil {
			return fmt.Errorf("rebuild %s: %w", cycle, err)
		}
		if cycle < j.o.Cycle {
			if err := j.settleAgain(ctx, cycle); err != nil {
				return fmt.Errorf("rebuild %s: %w", cycle, err)
			}
		}
	}
	return nil
}

// settleFrom settles the run's cycle, and after it each later one that was settled before: a refund is priced by the stored
// line of an earlier month.
func (j *monthRun) settleFrom(ctx context.Context, book *pricing.Book) error {
	if err := j.settle(ctx, j.o.Cycle, book, j.run); err != nil {
		return err
	}
	for _, c := range j.journal.Cycles() {
		if cycle := extract.Cycle(c); cycle > j.o.Cycle {
			if err := j.settleAgain(ctx, cycle); err != nil {
				return fmt.Errorf("settle %s again: %w", cycle, err)
			}
		}
	}
	return nil
}

// settleAgain settles a cycle with the pricing workbook that its last run used.
func (j *monthRun) settleAgain(ctx context.Context, cycle extract.Cycle) error {
	run, ok := j.journal.LastRun(string(cycle))
	record, priced := j.journal.PricingOf(string(cycle))
	if !ok || !priced || !j.journal.Settled(string(cycle)) {
		return nil // begun, never settled
	}
	book, err := pricing.ReadFile(j.journal.PricingPath(record.Hash))
	if err == nil && book.Hash != record.Hash {
		err = errors.New("its content is not what its name says; restore the file from your backup")
	}
	if err != nil {
		return fmt.Errorf("archived pricing workbook %s: %w", j.journal.PricingPath(record.Hash), err)
	}
	return j.settle(ctx, cycle, book, run)
}

// newestOf keeps the newest package of each window.
func newestOf(packages []archive.Manifest) (all []archive.Manifest) {
	for _, m := range packages { // by window, then run
		if n := len(all) - 1; n >= 0 && all[n].Window == m.Window {
			all[n] = m
			continue
		}
		all = append(all, m)
	}
	return all
}

// oldest is when the first of the packages was fetched; snapshots of single runs do not count.
func oldest(packages []archive.Manifest) (at time.Time) {
	for _, m := range packages {
		if !isSnapshot(m.Dataset) && (at.IsZero() || m.Finished.Before(at)) {
			at = m.Finished
		}
	}
	return at
}

// publish makes the snapshot that everybody reads.
func (j *monthRun) publish(ctx context.Context) error {
	j.progress.Stage("publish", 1)
	defer j.progress.Done()
	return j.stage("publish", nil, func() error {
		w := j.warehouse
		j.warehouse = nil // Publish closes it
		path, err := w.Publish(ctx, filepath.Join(j.cfg.Data, "published"), string(j.o.Cycle), j.run.RunID, keepSnapshots, j.cfg.ShareWithGroup)
		j.sum.Snapshot = path
		return err
	})
}

// keepSnapshots is how many published databases stay.
const keepSnapshots = 5

// report writes the workbooks from the snapshot: the cycle's, and those of later cycles, which were settled again too.
func (j *monthRun) report(ctx context.Context) error {
	return j.stage("workbooks", func() int64 { return int64(len(j.sum.Files)) }, func() error {
		if err := writeReports(ctx, j.cfg, j.sum.Snapshot, j.o.Cycle, j.o.Customers, j.progress, j.log, j.sum); err != nil {
			return err
		}
		for _, c := range j.journal.Cycles() {
			if c > string(j.o.Cycle) && j.journal.Settled(c) {
				later := &Summary{Cycle: c, Findings: map[string]int{}}
				if err := writeReports(ctx, j.cfg, j.sum.Snapshot, extract.Cycle(c), nil, j.progress, j.log, later); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// reportMonth makes a cycle's workbooks again from the newest snapshot.
func reportMonth(ctx context.Context, cfg *Config, cycle extract.Cycle, customers []string) (*Summary, error) {
	began := time.Now()
	sum := &Summary{Cycle: string(cycle), Findings: map[string]int{}}
	path := filepath.Join(cfg.Data, "published", load.Current)
	err := writeReports(ctx, cfg, path, cycle, customers, silent{}, nil, sum)
	sum.Snapshot, sum.Took = path, time.Since(began)
	return sum, err
}

func writeReports(ctx context.Context, cfg *Config, snapshot string, cycle extract.Cycle, customers []string, progress Progress, log *slog.Logger, sum *Summary) error {
	db, err := load.OpenSnapshot(ctx, snapshot)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if err := sumUp(ctx, db, string(cycle), sum); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(cfg.Data, "tmp-workbooks-")
	if err != nil {
		return fmt.Errorf("workbooks: %w; make %s writable", err, cfg.Data)
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	progress.Stage("workbooks", int64(sum.Parties)+1)
	defer progress.Done()
	written := 0
	result, err := reports.Write(ctx, db, reports.Options{
		Dir: cfg.Reports, Cycle: string(cycle), CustomerIDs: customers, Workers: cfg.Extract.Workers, TmpDir: tmp, Shared: cfg.ShareWithGroup, Version: versionText(), Log: log,
		Seller:   reports.Seller{Title: cfg.Seller.Title, TaxID: cfg.Seller.TaxID, AddressPhone: cfg.Seller.AddressPhone, BankAccount: cfg.Seller.BankAccount, PartnerName: cfg.Partner.Name},
		Progress: func(done, _ int) { progress.Add(int64(done - written)); written = done },
	})
	if err != nil {
		return err
	}
	for _, f := range result.Files {
		sum.Files = append(sum.Files, filepath.Join(cfg.Reports, f.Path))
	}
	return nil
}

// stateKey names the state of the data that a cycle's workbooks show: the content of every package up to the cycle, the
// pricing workbook, what the config prints, and the program. The same state prints the same run and time.
func (j *monthRun) stateKey(ctx context.Context, cycle extract.Cycle, pricingHash string) (string, error) {
	h := sha256.New()
	for _, c := range j.journal.Cycles() {
		if earlier, ok := j.journal.PricingOf(c); ok && c < string(cycle) {
			_, _ = fmt.Fprintln(h, c, earlier.Hash) // a refund takes the rule of an earlier month's line
		}
	}
	_, _ = fmt.Fprintln(h, versionText(), pricingHash, j.cfg.Seller, j.cfg.Partner.Name, j.cfg.Settlement, j.cfg.Close, j.mode)
	rows, err := j.warehouse.QueryContext(ctx, `select distinct dataset, cycle, customer_id, reseller_id, case when dataset in ('resource_packages', 'resource_package_quotas') then '' else part end, content
		from ops.windows where cycle <= ? order by all`, string(cycle))
	if err != nil {
		return "", fmt.Errorf("state of the data: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var f [6]string
		if err := rows.Scan(&f[0], &f[1], &f[2], &f[3], &f[4], &f[5]); err != nil {
			return "", fmt.Errorf("state of the data: %w", err)
		}
		_, _ = fmt.Fprintf(h, "%q\n", f)
	}
	return hex.EncodeToString(h.Sum(nil)), rows.Err()
}
