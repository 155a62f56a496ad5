// Package extract fetches the datasets of the billing API window by window into packages (raw pages on disk, see
// extract/archive) and reads packages back as typed records. One file declares one dataset: its call, its requests and the
// record type from which the Arrow schema and the table derive. In come a signed client and a window; out come a package,
// and from a package records with exact decimals.
package extract

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"settle/extract/archive"
	"settle/extract/bss"
)

// Origin leads a row of partner-wide data back to its place in a package.
type Origin struct {
	Cycle    string `db:"cycle,notnull"`
	RunID    string `db:"run_id,notnull"` // the run that fetched it
	WindowID int64  `db:"window_id"`      // key of ops.windows
	RowNo    int64  `db:"row_no"`         // place in the package, from 1
}

// Lineage leads a row of a customer's data back to its place in a package. ResellerID is the tier-2 reseller under which the
// customer was attached, empty for direct customers.
type Lineage struct {
	Cycle      string `db:"cycle,notnull"`
	CustomerID string `json:"customer_id" db:"customer_id"`
	ResellerID string `db:"reseller_id,notnull"`
	RunID      string `db:"run_id,notnull"`
	WindowID   int64  `db:"window_id"`
	RowNo      int64  `db:"row_no"`
}

func (o *Origin) place(m *archive.Manifest, rowNo int64) {
	*o = Origin{Cycle: m.Cycle, RunID: m.RunID, WindowID: m.WindowID, RowNo: rowNo}
}

func (l *Lineage) place(m *archive.Manifest, rowNo int64) {
	customer := l.CustomerID
	if customer == "" {
		customer = m.CustomerID
	}
	*l = Lineage{Cycle: m.Cycle, CustomerID: customer, ResellerID: m.ResellerID, RunID: m.RunID, WindowID: m.WindowID, RowNo: rowNo}
}

// Window is the unit of fetching, accounting and resuming: one dataset × cycle (× customer × reseller × part).
type Window struct {
	Dataset    string
	Cycle      Cycle
	CustomerID string
	ResellerID string
	Part       string   // charge mode, code combination, resource or run, where a dataset is cut finer
	Probe      bool     // asked on suspicion: that the customer is none of the reseller's is an answer, not a failure
	Items      []string // what a window of single look-ups asks for (ids, order numbers); no part of its name
}

// Name is the window's full name; its parts are escaped, so that no id can imitate another window.
func (w Window) Name() string {
	parts := []string{w.Dataset, string(w.Cycle), w.CustomerID, w.ResellerID, w.Part}
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	return strings.Join(parts, "/")
}

// ID is the window's key in ops.windows, the same in every run.
func (w Window) ID() int64 { return archive.WindowID(string(w.Cycle), w.Name()) }

// Source is what fetching needs to know of a dataset.
type Source struct {
	Name     string
	Call     bss.Call
	Customer bool // made with the customer's own credentials
	PerRun   bool // tells only of now: each run's windows stay beside those of others, and their part is the run
	Optional bool // not every account may make the call: that it is refused is an answer, and its failure does not end the run
	Imported bool // no call answers it: its packages are made of files that the operator imports
	// Requests lists the parameters of the window's calls: one, paged, or one per batch of Items.
	Requests func(Window) []bss.Params
}

// Dataset is a source and the records that its pages hold.
type Dataset[R any] struct {
	Source
	Table string // source.<Table>
	// Finish completes a decoded record: derived columns, and what makes it unfit for its table.
	Finish func(w Window, r *R) error
}

// maxRestarts bounds how often a window whose pages moved is begun again.
const maxRestarts = 5

// Fetch brings one window into the archive and returns its manifest. A window whose customer has no agency is a package
// without pages that says so. A window that fails leaves nothing behind.
func Fetch(ctx context.Context, c *bss.Client, a *archive.Archive, s Source, w Window, runID string, log *slog.Logger) (archive.Manifest, error) {
	m := archive.Manifest{
		Dataset: w.Dataset, Cycle: string(w.Cycle), CustomerID: w.CustomerID, ResellerID: w.ResellerID, Part: w.Part,
		Window: w.Name(), WindowID: w.ID(), RunID: runID, Announced: -1,
	}
	if s.Customer {
		own, err := c.AsCustomer(ctx, w.CustomerID)
		if errors.Is(err, bss.ErrNoAgency) {
			return skip(a, m, err)
		}
		if err != nil {
			return m, fmt.Errorf("fetch %s: %w", m.Window, err)
		}
		c = own
	}
	out, err := a.Create(m)
	if err != nil {
		return m, fmt.Errorf("fetch %s: %w", m.Window, err)
	}
	defer out.Abort()
	for try := 0; ; try++ {
		err := fetchPages(ctx, c, out, s, w)
		if err == nil {
			break
		}
		if w.Probe && notAttached(err) || s.Optional && notAllowed(err) {
			out.Abort() // its temporary file has the name of the package to come
			return skip(a, m, err)
		}
		if !errors.Is(err, bss.ErrMoved) || try == maxRestarts {
			return m, fmt.Errorf("fetch %s: %w", m.Window, err)
		}
		log.Info("window begun again", "window", m.Window, "try", try+1, "reason", err)
		if err := out.Restart(); err != nil {
			return m, fmt.Errorf("fetch %s: %w", m.Window, err)
		}
	}
	return out.Commit()
}

// notAttached says whether the service refuses because the customer is not, or the reseller not ours.
func notAttached(err error) bool {
	var api *bss.Error
	return errors.As(err, &api) && (api.Code == "CBC.99000035" || api.Code == "CBC.99000037")
}

// notAllowed says whether the service refuses because the caller may not make the call at all.
func notAllowed(err error) bool {
	var api *bss.Error
	return errors.As(err, &api) && !api.Fatal() && api.Status == http.StatusForbidden
}

// skip writes the package of a window that has no pages by rule.
func skip(a *archive.Archive, m archive.Manifest, why error) (archive.Manifest, error) {
	m.Skipped = why.Error()
	out, err := a.Create(m)
	if err != nil {
		return m, fmt.Errorf("fetch %s: %w", m.Window, err)
	}
	defer out.Abort()
	return out.Commit()
}

func fetchPages(ctx context.Context, c *bss.Client, out *archive.Writer, s Source, w Window) error {
	for _, params := range s.Requests(w) {
		for page, err := range c.Pages(ctx, s.Call, params) {
			if err != nil {
				return err
			}
			p := archive.Page{
				Offset: page.Offset, Rows: len(page.Rows), Announced: page.Total, Request: page.Request,
				RequestID: page.RequestID, Time: page.Time.UTC().Truncate(time.Millisecond), Tries: page.Tries,
			}
			if err := out.Append(p, page.Body); err != nil {
				return err
			}
		}
	}
	return nil
}

// WindowOf rebuilds the window of a package.
func WindowOf(m archive.Manifest) Window {
	return Window{Dataset: m.Dataset, Cycle: Cycle(m.Cycle), CustomerID: m.CustomerID, ResellerID: m.ResellerID, Part: m.Part}
}

// batches cuts items into requests of at most n.
func batches(items []string, n int) (out [][]string) {
	for len(items) > 0 {
		k := min(n, len(items))
		out = append(out, items[:k])
		items = items[k:]
	}
	return out
}
