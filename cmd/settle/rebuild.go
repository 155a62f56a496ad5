package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"settle/extract"
	"settle/extract/archive"
	"settle/transform/pricing"
)

// rebuildOthers fills a new warehouse with the other cycles that were settled before: from packages and journal alone come
// the same tables. The cycles before this run's are settled at once, those after it by settleFrom.
func (j *monthRun) rebuildOthers(ctx context.Context) error {
	for _, c := range j.journal.Cycles() {
		cycle := extract.Cycle(c)
		run, _ := j.journal.LastRun(c)
		if cycle == j.o.Cycle || run.RunID == "" {
			continue
		}
		if err := j.extract(ctx, pull{cycle: cycle, runID: run.RunID, offline: true}); err != nil {
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
// line of an earlier month, and what changed in an issued month is booked in a later one.
func (j *monthRun) settleFrom(ctx context.Context, book *pricing.Book) error {
	if err := j.settle(ctx, j.o.Cycle, book, j.run); err != nil {
		return err
	}
	return j.settleLater(ctx)
}

// settleLater settles each cycle after the run's that was settled before.
func (j *monthRun) settleLater(ctx context.Context) error {
	for _, c := range j.journal.Cycles() {
		if cycle := extract.Cycle(c); cycle > j.o.Cycle {
			if err := j.settleAgain(ctx, cycle); err != nil {
				return fmt.Errorf("settle %s again: %w", cycle, err)
			}
		}
	}
	return nil
}

// settleAgain settles a cycle, if it ever was, with the pricing workbook that settled it last.
func (j *monthRun) settleAgain(ctx context.Context, cycle extract.Cycle) error {
	if _, begun := j.journal.LastRun(string(cycle)); !begun || !j.journal.Settled(string(cycle)) {
		return nil // begun, never settled
	}
	book, run, err := j.settledBook(ctx, cycle)
	if err != nil {
		return err
	}
	return j.settle(ctx, cycle, book, run)
}

// archivedPricing reads the pricing workbook of a hash from the journal.
func (j *monthRun) archivedPricing(hash string) (*pricing.Book, error) {
	book, err := pricing.ReadFile(j.journal.PricingPath(hash))
	if err == nil && book.Hash != hash {
		err = errors.New("its content is not what its name says")
	}
	if err != nil {
		return nil, fmt.Errorf("archived pricing workbook %s: %w; restore the file from your backup", j.journal.PricingPath(hash), err)
	}
	return book, nil
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
