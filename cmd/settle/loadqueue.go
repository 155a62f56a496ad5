package main

import (
	"context"
	"sync"
	"time"

	"settle/extract/archive"
)

// A transaction carries many windows: below a row group DuckDB compresses nothing in parallel.
const rowsPerTransaction = 500_000

// loadQueue collects complete packages, from many fetching goroutines, and loads them with one, many windows to a transaction.
type loadQueue struct {
	job  *monthRun
	rows int64
	took time.Duration

	mu      sync.Mutex
	waiting map[string][]archive.Manifest // by dataset
	pending map[string]int64              // rows
	closed  bool
	wake    chan struct{}
}

func newLoadQueue(j *monthRun) *loadQueue {
	return &loadQueue{job: j, waiting: map[string][]archive.Manifest{}, pending: map[string]int64{}, wake: make(chan struct{}, 1)}
}

// add puts a package in the queue, unless the warehouse holds it.
func (q *loadQueue) add(m archive.Manifest) {
	q.mu.Lock()
	q.waiting[m.Dataset] = append(q.waiting[m.Dataset], m)
	q.pending[m.Dataset] += m.Rows
	q.mu.Unlock()
	q.signal()
}

// close says that no more packages come.
func (q *loadQueue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.signal()
}

func (q *loadQueue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// run loads until the queue is closed and empty.
func (q *loadQueue) run(ctx context.Context) error {
	for {
		packages, closed := q.take()
		if len(packages) > 0 {
			if err := q.loadNow(ctx, packages); err != nil {
				return err
			}
			continue
		}
		if closed {
			return nil
		}
		select {
		case <-q.wake:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// take returns the packages of one dataset that are worth a transaction: enough rows, or the last of them.
func (q *loadQueue) take() (packages []archive.Manifest, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, d := range datasets {
		if waiting := q.waiting[d.Name]; len(waiting) > 0 && (q.closed || q.pending[d.Name] >= rowsPerTransaction) {
			delete(q.waiting, d.Name)
			delete(q.pending, d.Name)
			return waiting, q.closed
		}
	}
	return nil, q.closed
}

// loadNow loads packages at once, those left out that the warehouse holds.
func (q *loadQueue) loadNow(ctx context.Context, packages []archive.Manifest) error {
	j, began := q.job, time.Now()
	byDataset := map[string][]archive.Manifest{}
	once := map[int64]bool{}
	for _, m := range packages {
		if j.known[m.WindowID] != m.RunID+m.Body && !once[m.WindowID] {
			once[m.WindowID] = true
			byDataset[m.Dataset] = append(byDataset[m.Dataset], m)
		}
	}
	for _, d := range datasets {
		if len(byDataset[d.Name]) == 0 {
			continue
		}
		rows, err := loadPackages(ctx, j.warehouse, j.archive, d, byDataset[d.Name], j.known, j.units)
		if err != nil {
			return err
		}
		q.rows += rows
		j.log.Info("loaded", "run", j.run.RunID, "dataset", d.Name, "windows", len(byDataset[d.Name]), "rows", rows, "took", time.Since(began))
	}
	q.took += time.Since(began)
	return nil
}
