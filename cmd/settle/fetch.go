package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"settle/extract"
	"settle/extract/archive"
	"settle/extract/bss"
	"settle/load"
	"settle/transform/units"
)

// pull says where a cycle's windows come from.
type pull struct {
	cycle     extract.Cycle
	runID     string // the run that fetches, or that fetched
	offline   bool
	customers []string // only these; nil = all
}

// extract brings every window of the cycle into the warehouse: first the lists, which say what else to ask for, then each
// customer's usage, then the details that the usage calls for. Offline the same plan is met from packages on disk.
func (j *monthRun) extract(ctx context.Context, from pull) error {
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
	if err := j.bring(ctx, from, "accounts", accountWindows(from.cycle, resellers, all, from.runID)); err != nil {
		return err
	}
	if err := j.bring(ctx, from, "imports", importedWindows(from.cycle)); err != nil {
		return err
	}
	if err := j.bring(ctx, from, "usage", usageWindows(from.cycle, all, from.runID, j.cfg.Settlement.IncludeReferral)); err != nil {
		return err
	}
	// What is gone calls for no details.
	if err := j.forgetUnplanned(ctx, from.cycle, extract.Peak95Points.Name, extract.RefundOrders.Name); err != nil {
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
func (j *monthRun) forgetUnplanned(ctx context.Context, cycle extract.Cycle, notYetPlanned ...string) error {
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
		if !planned[name] && !isSnapshot(dataset) && !isImported(dataset) && !slices.Contains(notYetPlanned, dataset) {
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

func (j *monthRun) resellers(ctx context.Context, from pull) (all []string, err error) {
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
func (j *monthRun) bring(ctx context.Context, from pull, name string, windows []extract.Window) error {
	for try := 0; ; try++ {
		err := j.bringOnce(ctx, from, name, windows)
		damaged, is := damagedPackage(err)
		if !is || try == 3 {
			return err
		}
		if isImported(damaged.Dataset) {
			return fmt.Errorf("%w; import the file again: it is kept in %s", err, j.journal.ImportsDir())
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

func (j *monthRun) bringOnce(ctx context.Context, from pull, name string, windows []extract.Window) error {
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
			snapshot[m.Dataset+"/"+m.CustomerID+"/"+m.ResellerID] = m
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
		past := isSnapshot(w.Dataset) && w.Part != from.runID // an earlier run's: what told of then cannot be asked for now
		if !from.offline && !past && !isImported(w.Dataset) && (!have || m.RunID != from.runID) {
			fetch[w.Dataset] = append(fetch[w.Dataset], w)
			fetching[w.Name()] = true
		}
	}
	var expected []planned
	for _, w := range windows {
		m, have := newest[w.Name()]
		if !have && isSnapshot(w.Dataset) && !fetching[w.Name()] {
			if m, have = snapshot[w.Dataset+"/"+w.CustomerID+"/"+w.ResellerID]; have {
				w.Part = m.Part
			}
		}
		p := planned{Window: w}
		if isImported(w.Dataset) { // nobody has to import a file, but what was imported must be there
			imported, known := j.journal.LastImport(w.Dataset, string(w.Cycle))
			if have {
				queue.add(m)
			}
			if known && (!have || m.RunID != imported.RunID) {
				p.err = fmt.Sprintf("%s, imported on %s, is not among the packages; import it again: the file is kept in %s", imported.FileName, stamp(imported.At), j.journal.ImportsDir())
				expected = append(expected, p)
			}
			continue
		}
		switch {
		case fetching[w.Name()]:
		case have:
			queue.add(m)
		case from.offline && isOptional(w.Dataset): // what was pulled before the dataset was known
			continue
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
	d, known := datasetNamed(dataset)
	return known && d.PerRun
}

// isOptional says whether a month is whole without a dataset.
func isOptional(dataset string) bool {
	d, known := datasetNamed(dataset)
	return known && d.Optional
}

// isImported says whether a dataset comes from files that the operator imports.
func isImported(dataset string) bool {
	d, known := datasetNamed(dataset)
	return known && d.Imported
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

// fatal says whether a window's failure ends the run: the credentials are refused, the call is for the whole partner and the
// month hangs on it, the disk cannot be written, or the run is being stopped.
func fatal(ctx context.Context, err error, w extract.Window) bool {
	whole := w.CustomerID == "" && !isOptional(w.Dataset)
	var api *bss.Error
	if !errors.As(err, &api) {
		return ctx.Err() != nil || !errors.Is(err, bss.ErrMoved) || whole
	}
	return ctx.Err() != nil || api.Fatal() || whole
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
