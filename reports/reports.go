// Package reports turns a published snapshot into workbooks. In comes a read-only database and a cycle; out come one settlement
// statement per party and one workbook of invoice requests, written under reports/<cycle>/draft, with a manifest of hashes.
//
// The sheets are declared (statement.go, invoices.go) and fed by the texts of sql/reports; one writer streams them (sheet.go).
// Nothing here knows the clock, the network or the cost side of a line: a customer's edition cannot print what is never read.
package reports

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Queryer is what the reports need of a database: a *sql.DB on a published snapshot, or a transaction in a test. Workers use it
// at the same time, and none holds rows open while it asks again, so one connection is enough.
type Queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Seller is the partner as the documents name it: who settles, who invoices, whom to ask. Empty fields are left out.
type Seller struct {
	Title, TaxID, AddressPhone, BankAccount string
	PartnerName                             string
}

// Options says what to write and where.
type Options struct {
	Dir         string   // root of the reports; the files go to Dir/<Cycle>
	Cycle       string   // billing cycle, YYYY-MM
	Parties     []string // only these parties' statements; nil means all
	CustomerIDs []string // only statements that settle one of these accounts; nil means all
	Seller      Seller
	Workers     int    // statements written at the same time; 0 means 2, never more than there are processors
	Shared      bool   // the group may read the files; else only their owner
	TmpDir      string // for sheets that outgrow memory; empty means the system's
	Version     string // of this program, for manifest and Notes
	Log         *slog.Logger
	Issued      map[string]string     // SHA-256 of issued files by path below Dir, as the journal has them; nil: none
	Internal    bool                  // every statement gets its internal twin, not only those with findings or resolutions
	Progress    func(done, total int) // called after each workbook, never at the same time

	// Wide opens the snapshot once more, after the statements, for the workbooks that aggregate the whole month: so the statements can
	// be read within a small memory. nil means that all are read from one database.
	Wide func(context.Context) (*sql.DB, error)

	batch     int // of the issued documents to write; 0 means drafts
	maxRows   int // data rows a sheet holds before it continues on another; tests lower it
	sliceRows int // lines read at a time; tests lower it
}

// Kinds of files.
const (
	KindStatement = "statement"
	KindInvoices  = "invoices"
)

// File is one workbook that Write made.
type File struct {
	Path    string // relative to Options.Dir, with slashes
	PartyID string // empty where the file is nobody's own
	Kind    string
	SHA256  string
	Bytes   int64
}

// Result lists what was written, statements in the order of their parties, then the invoice workbook, the partner summary, the reconciliation
// and the statements' internal twins.
type Result struct{ Files []File }

const (
	maxSheetRows = 1_000_000 // of Excel's 1,048,576
	readRows     = 8_000     // lines that are read at a time: what a small memory of the database (load.ReportLimits) can join and sort
	largeRows    = 5_000     // of a party that has more than that
)

var cycleText = regexp.MustCompile(`^[0-9]{4}-(0[1-9]|1[0-2])$`)

// Write makes the workbooks of a cycle from the snapshot behind db: a statement for each party that has one, the invoice requests
// of all, and <cycle>/manifest.json. Drafts of parties without a statement are removed. Each file appears whole or not at all. The
// same snapshot gives the same bytes, whatever the number of workers.
//
// On an error the files that were finished stay, and the manifest still describes the run before.
func Write(ctx context.Context, db Queryer, o Options) (Result, error) {
	if !cycleText.MatchString(o.Cycle) {
		return Result{}, fmt.Errorf("reports: cycle %q is not YYYY-MM", o.Cycle)
	}
	o = o.withDefaults()
	wrap := func(err error) (Result, error) {
		return Result{}, fmt.Errorf("reports %s: %w", o.Cycle, err)
	}
	started := time.Now()
	m, err := readMonth(ctx, db, o)
	if err != nil {
		return wrap(err)
	}
	chosen, err := choose(ctx, db, m, o)
	if err != nil {
		return wrap(err)
	}
	seen := &readBack{}
	dir := folder{root: o.Dir, cycle: o.Cycle, shared: o.Shared, seen: seen}
	if err := dir.prepare(m); err != nil {
		return wrap(err)
	}

	defer tight()()
	count := &progress{total: len(chosen) + 4, report: o.Progress}
	result := Result{}
	result.Files, err = writeStatements(ctx, db, m, o, dir, chosen, count)
	if err != nil {
		return result, fmt.Errorf("reports %s: %w", o.Cycle, err)
	}
	db, done, err := o.wide(ctx, db)
	if err != nil {
		return wrap(err)
	}
	defer done()
	for _, b := range []struct {
		name  string
		write func(context.Context, Queryer, *month, Options, folder) (File, error)
	}{{"invoices", writeInvoices}, {"partner summary", writePartner}, {"reconciliation", writeReconciliation}} {
		f, err := b.write(ctx, db, m, o, dir)
		if err := seen.note(err); err != nil {
			return result, fmt.Errorf("reports %s: %s: %w", o.Cycle, b.name, err)
		}
		if f.Path != "" {
			result.Files = append(result.Files, f)
		}
		count.one()
	}

	twins, err := writeTwins(ctx, db, m, o, dir)
	result.Files = append(result.Files, twins...)
	if err != nil {
		return result, fmt.Errorf("reports %s: %w", o.Cycle, err)
	}
	count.one()

	if err := dir.sweep(m.names()); err != nil {
		return result, fmt.Errorf("reports %s: %w", o.Cycle, err)
	}
	if err := dir.manifest(m, o, result.Files); err != nil {
		return result, fmt.Errorf("reports %s: manifest: %w", o.Cycle, err)
	}
	if err := seen.err(); err != nil {
		return result, fmt.Errorf("reports %s: %w", o.Cycle, err)
	}
	o.Log.Info("workbooks written", "run", m.draft.runID, "cycle", o.Cycle, "files", len(result.Files), "took", time.Since(started))
	return result, nil
}

// wide is the database of the workbooks over the whole month.
func (o Options) wide(ctx context.Context, db Queryer) (q Queryer, done func(), err error) {
	if o.Wide == nil {
		return db, func() {}, nil
	}
	w, err := o.Wide(ctx)
	if err != nil {
		return nil, nil, err
	}
	return w, func() { w.Close() }, nil
}

// tight keeps the heap near what is in use while workbooks are written, and returns how to end that: the pieces that are read and
// the rows that are written are garbage at once.
func tight() (end func()) {
	before := debug.SetGCPercent(25)
	return func() { debug.SetGCPercent(before) }
}

// writeStatements writes the statements of these parties, bundle by bundle. With an error come the files that were finished.
func writeStatements(ctx context.Context, db Queryer, m *month, o Options, dir folder, chosen []party, count *progress) ([]File, error) {
	made := make([]File, len(chosen))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(o.Workers)
	for _, b := range bundles(chosen, o.sliceRows) {
		g.Go(func() error {
			return writeBundle(ctx, db, m, o, dir, b, func(i int, f File) {
				made[i] = f
				count.one()
			})
		})
	}
	err := g.Wait()
	return slices.DeleteFunc(made, func(f File) bool { return f.Path == "" }), err
}

func (o Options) withDefaults() Options {
	if o.Workers <= 0 {
		o.Workers = 2
	}
	o.Workers = min(o.Workers, runtime.GOMAXPROCS(0)) // more would only hold more memory
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.TmpDir == "" {
		o.TmpDir = os.TempDir()
	}
	if o.maxRows <= 0 {
		o.maxRows = maxSheetRows
	}
	if o.sliceRows <= 0 {
		o.sliceRows = readRows
	}
	return o
}

// progress counts finished workbooks for the caller, one call at a time.
type progress struct {
	mu          sync.Mutex
	done, total int
	report      func(done, total int)
}

func (p *progress) one() {
	if p.report == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	p.report(p.done, p.total)
}

// writeBundle writes the statements of some neighbouring parties out of one reading of each query.
func writeBundle(ctx context.Context, db Queryer, m *month, o Options, dir folder, b bundle, done func(int, File)) error {
	// Before the bundle, which may hold the only connection.
	want, err := readCheck(ctx, db, "36", o.Cycle, b.parties[0].id, b.parties[len(b.parties)-1].id, b.parties[0].number())
	if err != nil {
		return err
	}
	data, err := readBundle(ctx, db, m, o, b)
	if err != nil {
		return err
	}
	defer data.close()
	for i, p := range b.parties {
		name, err := p.fileName(o.Cycle)
		if err != nil {
			return err
		}
		expected, err := wantOf(want, p, o)
		if err != nil {
			return fmt.Errorf("statement of %s: %w", p.id, err)
		}
		f, err := dir.expecting(expected).writeStatement(m, name, p.sha256, func(out io.Writer) error {
			return writeStatement(ctx, m, o, data, p, out)
		})
		if err := dir.seen.note(err); err != nil {
			return fmt.Errorf("statement of %s: %w", p.id, err)
		}
		if f.Path == "" {
			continue // it came out other than the database; the old one stays
		}
		f.PartyID, f.Kind = p.id, KindStatement
		done(b.first+i, f)
	}
	return nil
}

var errNoDraft = errors.New("the snapshot knows no draft run of this cycle; settle run --cycle makes one")
