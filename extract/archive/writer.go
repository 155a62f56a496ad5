package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
)

// Writer writes one package. One goroutine uses it; it ends with Commit or Abort (both may be called: the first counts).
type Writer struct {
	archive *Archive
	m       Manifest
	base    string
	file    *os.File
	body    hash.Hash
	at      int64  // end of the last frame
	frame   []byte // reused
	err     error  // of the first thing that went wrong; nothing is committed after it
	done    bool
}

// Create begins a package. m carries what identifies it (Dataset, Cycle, CustomerID, ResellerID, Part, Window, RunID,
// and Skipped and Started where they apply); the rest is filled in. A package of the same window and run is replaced
// when the new one is committed.
func (a *Archive) Create(m Manifest) (*Writer, error) {
	base, err := a.base(m)
	if err != nil {
		return nil, fmt.Errorf("create package: %w", err)
	}
	if err := a.folder(filepath.Dir(base)); err != nil {
		return nil, explain("create package of "+m.Window, err)
	}
	m.Format, m.Pages, m.Restarts = formatVersion, []Page{}, 0
	if m.WindowID == 0 {
		m.WindowID = WindowID(m.Cycle, m.Window)
	}
	if m.Started.IsZero() {
		m.Started = a.now()
	}
	m.Started = m.Started.UTC()
	file, err := os.OpenFile(base+pagesSuffix+tempSuffix, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, explain("create package of "+m.Window, err)
	}
	return &Writer{archive: a, m: m, base: base, file: file, body: sha256.New()}, nil
}

// Append adds a page. p says what was asked and announced; its place, size and hash are filled in here.
func (w *Writer) Append(p Page, raw []byte) error {
	if err := w.usable(); err != nil {
		return err
	}
	w.frame = w.archive.enc.EncodeAll(raw, w.frame[:0])
	if _, err := w.file.Write(w.frame); err != nil {
		return w.fail("write package of "+w.m.Window, err)
	}
	w.body.Write(w.frame)
	sum := sha256.Sum256(raw)
	p.Start, p.Length, p.Bytes = w.at, int64(len(w.frame)), int64(len(raw))
	p.SHA256, p.Time = hex.EncodeToString(sum[:]), p.Time.UTC()
	w.at += p.Length
	w.m.Pages = append(w.m.Pages, p)
	return nil
}

// Restart drops the pages so far, because the window is asked again from its beginning, and counts it.
func (w *Writer) Restart() error {
	if err := w.usable(); err != nil {
		return err
	}
	if err := w.file.Truncate(0); err != nil {
		return w.fail("restart package of "+w.m.Window, err)
	}
	if _, err := w.file.Seek(0, io.SeekStart); err != nil {
		return w.fail("restart package of "+w.m.Window, err)
	}
	w.body.Reset()
	w.at, w.m.Pages = 0, []Page{}
	w.m.Restarts++
	return nil
}

// Commit proves the window complete and puts the package in its place, durably. A package whose Commit returned an error
// is not to be counted on.
func (w *Writer) Commit() (Manifest, error) {
	if err := w.usable(); err != nil {
		return Manifest{}, err
	}
	defer w.Abort()
	op := "commit package of " + w.m.Window
	if err := w.m.complete(); err != nil {
		return Manifest{}, w.fail(op, err)
	}
	content, err := w.m.content()
	if err != nil {
		return Manifest{}, w.fail(op, err)
	}
	w.m.Content, w.m.Body = content, hex.EncodeToString(w.body.Sum(nil))
	w.m.Finished = w.archive.now()
	manifest, err := w.m.seal()
	if err != nil {
		return Manifest{}, w.fail(op, err)
	}
	pages := w.base + pagesSuffix
	if err := errors.Join(w.file.Sync(), w.file.Close()); err != nil {
		return Manifest{}, w.fail(op, err)
	}
	if err := os.Rename(pages+tempSuffix, pages); err != nil {
		return Manifest{}, w.fail(op, err)
	}
	if err := replace(w.base+manifestSuffix, manifest); err != nil {
		// Pages without a manifest are no package, and nothing would ever remove them.
		return Manifest{}, w.fail(op, errors.Join(err, os.Remove(pages)))
	}
	w.done = true
	if err := syncDir(filepath.Dir(w.base)); err != nil {
		return Manifest{}, w.fail(op, err)
	}
	return w.m, nil
}

// replace writes a file under a temporary name, syncs it and renames it.
func replace(path string, content []byte) error {
	f, err := os.OpenFile(path+tempSuffix, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path+tempSuffix))
	}
	return os.Rename(path+tempSuffix, path)
}

// Abort drops the package. After Commit it does nothing.
func (w *Writer) Abort() {
	if w.done {
		return
	}
	w.done = true
	// Nothing to report: whatever stays is swept at the next Open.
	_ = w.file.Close()
	_ = os.Remove(w.base + pagesSuffix + tempSuffix)
}

func (w *Writer) usable() error {
	if w.err == nil && w.done {
		return fmt.Errorf("package of %s: already committed or aborted", w.m.Window)
	}
	return w.err
}

func (w *Writer) fail(op string, err error) error {
	w.err = explain(op, err)
	return w.err
}
