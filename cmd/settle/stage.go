package main

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"golang.org/x/sync/errgroup"

	"settle/extract"
	"settle/extract/archive"
	"settle/load"
	"settle/transform"
	"settle/transform/units"
)

// The least size of an Arrow batch, which holds whole pages: DuckDB inserts batches in parallel, and a row group is 122,880 rows.
const batchRows = 6000

// A window that is unfit as a whole, because the service changed a field's type, must not fill the memory with its texts.
const (
	wholeRaw = 1000 // records of a window whose raw text is kept whole
	briefRaw = 200  // bytes of the others
)

var keySeed = maphash.MakeSeed()

// rawPage is a page on its way to a decoder.
type rawPage struct {
	window int // index in packages
	first  int64
	body   []byte
}

// stage brings packages of one dataset into its tables: pages are read and checked by one goroutine, decoded by others,
// and inserted by the database as they come. Their order does not matter, row_no carries it.
type stage[R, C any] struct {
	dataset  extract.Dataset[R]
	tables   []load.Table
	nested   func(*R, func(C))
	prepare  prepare[R]
	key      func(*R) string
	rekey    rekey
	graph    *units.Graph
	archive  *archive.Archive
	packages []archive.Manifest

	found[C]
}

// found is what the decoders of a stage have found so far.
type found[C any] struct {
	mu           *sync.Mutex
	fit          []int64 // rows per package
	unfit        []int64
	inner        []int64 // nested rows per package
	unfitRecords []extract.Unfit
	novel        map[string]*extract.Novelty
	nestedOut    []arrow.Record
	keys         []map[uint64]struct{} // per package: hashes of the keys seen
	twice        []bool                // per package: a key came again
}

func (s *stage[R, C]) run(ctx context.Context, tx *load.Tx) ([]load.WindowRow, error) {
	n := len(s.packages)
	s.mu, s.fit, s.unfit, s.inner, s.novel = new(sync.Mutex), make([]int64, n), make([]int64, n), make([]int64, n), map[string]*extract.Novelty{}
	s.keys, s.twice = make([]map[uint64]struct{}, n), make([]bool, n)
	defer func() {
		for _, r := range s.nestedOut {
			r.Release()
		}
	}()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	group, ctx := errgroup.WithContext(ctx)
	pages := make(chan []rawPage)
	batches := make(chan arrow.Record, 1)
	group.Go(func() error {
		defer close(pages)
		return s.read(ctx, pages)
	})
	var decoders sync.WaitGroup
	for range max(2, runtime.NumCPU()) {
		decoders.Add(1)
		group.Go(func() error {
			defer decoders.Done()
			return s.decode(ctx, pages, batches)
		})
	}
	go func() {
		decoders.Wait()
		close(batches)
	}()
	reader := &batchReader{schema: transform.SchemaOf[R](), batches: batches, ctx: ctx}
	_, err := tx.Insert(ctx, s.tables[0], reader)
	if err != nil {
		cancel()
	}
	for r := range batches { // what the database did not take after an error
		r.Release()
	}
	stageErr := group.Wait()
	if stageErr != nil && (err == nil || !errors.Is(stageErr, context.Canceled)) {
		return nil, stageErr
	}
	if err != nil {
		return nil, err
	}
	s.keys = nil
	if err := s.rest(tx); err != nil {
		return nil, err
	}
	var again []int64
	for i, m := range s.packages {
		if s.twice[i] {
			again = append(again, m.WindowID)
		}
	}
	if len(again) > 0 {
		if err := s.rekey(tx, context.WithoutCancel(ctx), again); err != nil {
			return nil, err
		}
	}
	return s.ledger(), nil
}

// rest inserts nested rows, quarantine and novelties: few, so they wait in memory until the records are in.
func (s *stage[R, C]) rest(tx *load.Tx) error {
	ctx := context.Background() // the group's context ended with its last goroutine
	if len(s.nestedOut) > 0 {
		r, err := array.NewRecordReader(transform.SchemaOf[C](), s.nestedOut)
		if err != nil {
			return err
		}
		defer r.Release()
		if _, err := tx.Insert(ctx, s.tables[1], r); err != nil {
			return err
		}
	}
	if err := insertRows(ctx, tx, quarantine, s.unfitRecords); err != nil {
		return err
	}
	var all []extract.Novelty
	for _, field := range slices.Sorted(maps.Keys(s.novel)) {
		all = append(all, *s.novel[field])
	}
	return insertRows(ctx, tx, novelties, all)
}

// insertRows loads a few rows.
func insertRows[R any](ctx context.Context, tx *load.Tx, table load.Table, rows []R) error {
	if len(rows) == 0 {
		return nil
	}
	row := new(R)
	b := transform.NewBuilder(row)
	defer b.Release()
	for _, *row = range rows {
		b.Append()
	}
	batch := b.Batch()
	defer batch.Release()
	r, err := array.NewRecordReader(batch.Schema(), []arrow.Record{batch})
	if err != nil {
		return err
	}
	defer r.Release()
	_, err = tx.Insert(ctx, table, r)
	return err
}

func (s *stage[R, C]) read(ctx context.Context, out chan<- []rawPage) error {
	var job []rawPage
	rows := 0
	send := func() error {
		if len(job) == 0 {
			return nil
		}
		select {
		case out <- job:
			job, rows = nil, 0
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for i, m := range s.packages {
		first := int64(1)
		for page, err := range s.archive.Pages(m) {
			if err != nil {
				return &packageError{m, err}
			}
			job = append(job, rawPage{i, first, page.Body})
			first += int64(page.Rows)
			if rows += page.Rows; rows >= batchRows {
				if err := send(); err != nil {
					return err
				}
			}
		}
	}
	return send()
}

// packageError is a package that cannot be loaded.
type packageError struct {
	manifest archive.Manifest
	err      error
}

func (e *packageError) Error() string { return fmt.Sprintf("window %s: %v", e.manifest.Window, e.err) }

func (e *packageError) Unwrap() error { return e.err }

func (s *stage[R, C]) decode(ctx context.Context, pages <-chan []rawPage, out chan<- arrow.Record) error {
	reader := extract.NewReader(s.dataset)
	b := transform.NewBuilder(reader.Record)
	defer b.Release()
	child := new(C)
	var inner *transform.Builder[C]
	if s.nested != nil {
		inner = transform.NewBuilder(child)
		defer inner.Release()
	}
	for job := range pages {
		for _, p := range job {
			if err := s.page(reader, b, inner, child, p); err != nil {
				return &packageError{s.packages[p.window], err}
			}
		}
		if b.Rows() > 0 {
			batch := b.Batch()
			select {
			case out <- batch:
			case <-ctx.Done():
				batch.Release()
				return ctx.Err()
			}
		}
	}
	if inner != nil && inner.Rows() > 0 {
		batch := inner.Batch()
		s.mu.Lock()
		s.nestedOut = append(s.nestedOut, batch)
		s.mu.Unlock()
	}
	return nil
}

func (s *stage[R, C]) page(reader *extract.Reader[R], b *transform.Builder[R], inner *transform.Builder[C], child *C, p rawPage) error {
	m := s.packages[p.window]
	var fit, nested int64
	var bad []extract.Unfit
	var keys []uint64
	err := reader.Page(m, p.body, p.first, func() error {
		if s.prepare != nil {
			s.prepare(s.graph, reader.Record)
		}
		b.Append()
		fit++
		if s.key != nil {
			keys = append(keys, maphash.String(keySeed, s.key(reader.Record)))
		}
		if inner != nil {
			s.nested(reader.Record, func(c C) {
				*child = c
				inner.Append()
				nested++
			})
		}
		return nil
	}, func(u extract.Unfit) error {
		bad = append(bad, u)
		return nil
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fit[p.window] += fit
	s.inner[p.window] += nested
	for i := range bad {
		if s.unfit[p.window]+int64(i) >= wholeRaw && len(bad[i].Raw) > briefRaw {
			bad[i].Raw = strings.ToValidUTF8(bad[i].Raw[:briefRaw], "") + "… (whole in the package)"
		}
	}
	s.unfit[p.window] += int64(len(bad))
	s.unfitRecords = append(s.unfitRecords, bad...)
	if len(keys) > 0 && s.keys[p.window] == nil {
		s.keys[p.window] = make(map[uint64]struct{}, m.Rows)
	}
	for _, k := range keys {
		if _, known := s.keys[p.window][k]; known {
			s.twice[p.window] = true // or two keys share a hash: looked at once more in vain
		}
		s.keys[p.window][k] = struct{}{}
	}
	for _, n := range reader.Novelties(m) {
		key := fmt.Sprint(n.WindowID, "/", n.Field)
		if known, ok := s.novel[key]; ok {
			known.Rows += n.Rows
			continue
		}
		s.novel[key] = &n
	}
	return err
}

func (s *stage[R, C]) ledger() []load.WindowRow {
	rows := make([]load.WindowRow, len(s.packages))
	for i, m := range s.packages {
		rows[i] = load.WindowRow{
			WindowID: m.WindowID, Window: m.Window, Dataset: m.Dataset, Cycle: m.Cycle, CustomerID: m.CustomerID, Reseller: m.ResellerID, Part: m.Part,
			RunID: m.RunID, Announced: m.Announced, Rows: s.fit[i], Pages: int64(len(m.Pages)), Quarantined: s.unfit[i],
			Content: m.Content, Body: m.Body, Skipped: m.Skipped, Finished: m.Finished, Tables: map[string]int64{s.tables[0].Name: s.fit[i]},
			Answers: answersOf(m),
		}
		if s.nested != nil {
			rows[i].Tables[s.tables[1].Name] = s.inner[i]
		}
	}
	return rows
}

// answersOf are the pages of a package for the ledger.
func answersOf(m archive.Manifest) []load.PageRow {
	all := make([]load.PageRow, len(m.Pages))
	first := int64(1)
	for i, p := range m.Pages {
		all[i] = load.PageRow{FirstRow: first, Rows: int64(p.Rows), Request: p.Request, RequestID: p.RequestID, Tries: p.Tries, Fetched: p.Time, SHA256: p.SHA256}
		first += int64(p.Rows)
	}
	return all
}

// loadPackages brings packages of one dataset into the warehouse in one transaction: what the ledger knows of their windows
// goes, their rows and ledger rows come.
func loadPackages(ctx context.Context, w *load.Warehouse, a *archive.Archive, d dataset, packages []archive.Manifest, known map[int64]string, graph *units.Graph) (rows int64, err error) {
	tx, err := w.Begin(ctx)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback()
	var stale []int64
	for _, m := range packages {
		if _, ok := known[m.WindowID]; ok {
			stale = append(stale, m.WindowID)
		}
	}
	if err := tx.Forget(ctx, stale, append([]load.Table{quarantine, novelties}, d.tables...)); err != nil {
		return 0, err
	}
	windows, err := d.load(ctx, tx, a, packages, graph)
	if err != nil {
		return 0, err
	}
	if err := tx.Account(ctx, windows); err != nil {
		return 0, err
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if err := tx.Commit(); err != nil {
		return 0, err
	}
	for _, row := range windows {
		known[row.WindowID] = row.RunID + row.Body
		rows += row.Rows
	}
	return rows, nil
}

// batchReader is what the database pulls batches from; it holds one at a time.
type batchReader struct {
	schema  *arrow.Schema
	batches <-chan arrow.Record
	ctx     context.Context
	current arrow.Record
	err     error
}

func (r *batchReader) Retain()               {}
func (r *batchReader) Release()              { r.drop() }
func (r *batchReader) Schema() *arrow.Schema { return r.schema }
func (r *batchReader) Record() arrow.Record  { return r.current }
func (r *batchReader) Err() error            { return r.err }

func (r *batchReader) drop() {
	if r.current != nil {
		r.current.Release()
		r.current = nil
	}
}

// Next is called from DuckDB's threads, on a C stack.
func (r *batchReader) Next() bool {
	r.drop()
	batch, ok := <-r.batches
	if !ok {
		// The stream must not end well when a decoder stopped early.
		if r.err = r.ctx.Err(); r.err != nil {
			if cause := context.Cause(r.ctx); cause != nil {
				r.err = cause
			}
		}
		return false
	}
	r.current = batch
	return true
}

// damagedPackage says which package of a failed load is damaged.
func damagedPackage(err error) (archive.Manifest, bool) {
	var damage *archive.DamageError
	var of *packageError
	if errors.As(err, &damage) && errors.As(err, &of) {
		return of.manifest, true
	}
	return archive.Manifest{}, false
}

// runStamp is how times stand in ledger rows and workbooks: UTC to the second.
func runStamp(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
