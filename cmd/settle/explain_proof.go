package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"

	"settle/extract"
	"settle/extract/archive"
)

// tracer leads figures back to raw answers. It reads the published snapshot and the packages, and takes no lock.
type tracer struct {
	explainer
	cfg     *Config
	all     bool
	archive *archive.Archive // opened when it is first needed
}

func newTracer(a *app, cfg *Config, db *sql.DB) *tracer {
	return &tracer{explainer: explainer{db: db, out: a.stdout, referral: cfg.Settlement.IncludeReferral}, cfg: cfg}
}

// place is where a row came from.
type place struct {
	windowID, rowNo int64
	asOf            string // newest run whose package may count: that of an issued document; empty: the loaded one
}

// origin is a window as it was loaded, or as an issue found it.
type origin struct {
	manifest archive.Manifest // what identifies the package; Body and Content as the ledger has them, empty where it is an older one
	older    bool             // the tables hold a newer pull of the window
}

// origin finds the package of a place.
func (t *tracer) origin(ctx context.Context, p place) (*origin, error) {
	var o *origin
	err := textRows(ctx, t.db, func(r []string) error {
		o = &origin{manifest: archive.Manifest{Window: r[0], Dataset: r[1], Cycle: r[2], CustomerID: r[3], ResellerID: r[4], Part: r[5], RunID: r[6], Body: r[7], Content: r[8], WindowID: p.windowID}}
		return nil
	}, "select "+asText("w.", []string{`"window"`, "dataset", "cycle", "customer_id", "reseller_id", "part", "run_id", "body", "content"})+" from ops.windows as w where w.window_id = $1", p.windowID)
	if err != nil {
		return nil, fmt.Errorf("window %d: %w", p.windowID, err)
	}
	if o != nil && (p.asOf == "" || o.manifest.RunID <= p.asOf) {
		return o, nil
	}
	// The document was issued from an older pull, which stays on the disk.
	if t.cycle == "" {
		return nil, fmt.Errorf("window %d is not in the ledger any more", p.windowID)
	}
	a, err := t.packages()
	if err != nil {
		return nil, err
	}
	found, _, err := a.List(t.cycle)
	if err != nil {
		return nil, err
	}
	var newest *archive.Manifest
	for i, m := range found { // by window, then run
		if m.WindowID == p.windowID && (p.asOf == "" || m.RunID <= p.asOf) {
			newest = &found[i]
		}
	}
	if newest == nil {
		return nil, fmt.Errorf("no package of window %d up to run %s is in %s; restore it from your backup", p.windowID, p.asOf, filepath.Join(t.cfg.Data, "packages"))
	}
	return &origin{manifest: *newest, older: true}, nil
}

func (t *tracer) packages() (_ *archive.Archive, err error) {
	if t.archive == nil {
		t.archive, err = archive.OpenForReading(filepath.Join(t.cfg.Data, "packages"))
	}
	return t.archive, err
}

// prove prints where a row came from and its raw text, with every hash checked.
func (t *tracer) prove(ctx context.Context, p place) error {
	o, err := t.origin(ctx, p)
	if err != nil {
		return err
	}
	a, err := t.packages()
	if err != nil {
		return err
	}
	d, ok := datasetNamed(o.manifest.Dataset)
	if !ok {
		return fmt.Errorf("dataset %s is of another version of settle", o.manifest.Dataset)
	}
	proof, err := extract.Prove(a, o.manifest, d.Call.Rows, p.rowNo)
	switch {
	case errors.Is(err, archive.ErrNoPackage):
		t.line("package     %v: restore it from your backup; the tables were loaded from it", err)
		return nil
	case err != nil:
		return err
	}
	m := proof.Manifest
	if !o.older && m.Body != o.manifest.Body {
		return fmt.Errorf("package %s has SHA-256 %s, and the tables were loaded from one with %s; settle run --offline loads it again", proof.File, m.Body, o.manifest.Body)
	}
	t.line("window      %s, fetched by run %s at %s (UTC+8)", m.Window, m.RunID, businessTime(m.Finished.UTC().Format("2006-01-02 15:04:05")))
	if o.older {
		t.line("            the tables hold a newer pull of this window; this is the one from which the document was issued")
	}
	t.line("package     %s", proof.File)
	t.line("            SHA-256 %s, of its pages together %s", m.Body, m.Content)
	t.line("page        %d of %d: %s, answered at %s (UTC+8), request id %s", proof.PageNo, len(m.Pages), proof.Page.Request, businessTime(proof.Page.Time.UTC().Format("2006-01-02 15:04:05")), quotedOr(proof.Page.RequestID, "none"))
	t.line("            SHA-256 %s, row %d of %d on it", proof.Page.SHA256, proof.PlaceNo, proof.Page.Rows)
	t.line("checked     manifest, file, page and ledger agree with these hashes")
	t.line("raw         %s", string(proof.Raw))
	return nil
}

func quotedOr(s, none string) string {
	if s == "" {
		return none
	}
	return s
}

func number(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64) // the database wrote it
	return n
}
