package archive

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// Damage is a package that cannot be used and has to be fetched again. What identifies it is empty where the manifest
// could not be read.
type Damage struct {
	Path       string // of the manifest
	Err        error
	Window     string
	WindowID   int64
	Cycle      string
	Dataset    string
	CustomerID string
	ResellerID string
	Part       string
	RunID      string
}

// DamageError is a package whose bytes are not those that were written. Page is -1 where it concerns the file.
type DamageError struct {
	Path string
	Page int
	Err  error
}

func (e *DamageError) Error() string {
	if e.Page < 0 {
		return fmt.Sprintf("damaged package %s: %v: fetch its window again", e.Path, e.Err)
	}
	return fmt.Sprintf("damaged package %s page %d: %v: fetch its window again", e.Path, e.Page, e.Err)
}

// Unwrap returns what was found.
func (e *DamageError) Unwrap() error { return e.Err }

// Raw is a page as received. Body is the taker's own.
type Raw struct {
	Page
	Body []byte
}

// List returns the packages of a cycle, or of all cycles for "", by window and run, and beside them those that are
// damaged: a manifest that fails its hash, or a file of pages that is missing or has another size. It reads no page.
func (a *Archive) List(cycle string) ([]Manifest, []Damage, error) {
	paths, err := a.manifests(cycle)
	if err != nil {
		return nil, nil, explain("list packages", err)
	}
	var found []Manifest
	var damaged []Damage
	for _, path := range paths {
		m, err := a.manifest(path)
		var damage *DamageError
		switch {
		case errors.As(err, &damage):
			damaged = append(damaged, Damage{
				Path: path, Err: damage, Window: m.Window, WindowID: m.WindowID, Cycle: m.Cycle, Dataset: m.Dataset,
				CustomerID: m.CustomerID, ResellerID: m.ResellerID, Part: m.Part, RunID: m.RunID,
			})
		case err != nil:
			return nil, nil, explain("list packages", err)
		default:
			found = append(found, m)
		}
	}
	slices.SortFunc(found, func(x, y Manifest) int {
		return cmp.Or(strings.Compare(x.Window, y.Window), strings.Compare(x.RunID, y.RunID))
	})
	return found, damaged, nil
}

// manifests finds the manifests of a cycle, or of all. A folder that cannot be read is an error: its packages would be
// missed in silence.
func (a *Archive) manifests(cycle string) ([]string, error) {
	if cycle != "" {
		if _, _, err := splitCycle(cycle); err != nil {
			return nil, err
		}
	}
	var paths []string
	err := filepath.WalkDir(filepath.Join(a.root, cycle), func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // no package of that cycle yet
		}
		if err != nil {
			return err
		}
		if d.Type().IsRegular() && strings.HasSuffix(path, manifestSuffix) {
			paths = append(paths, path)
		}
		return nil
	})
	return paths, err
}

// manifest reads and checks one manifest. With a DamageError comes what could be read.
func (a *Archive) manifest(path string) (Manifest, error) {
	file, err := os.ReadFile(path)
	if err != nil {
		return Manifest{}, err
	}
	m, err := unseal(file)
	if err != nil {
		return m, &DamageError{Path: path, Page: -1, Err: err}
	}
	base, err := a.base(m)
	if err != nil || base+manifestSuffix != path {
		return m, &DamageError{Path: path, Page: -1, Err: errors.New("the manifest belongs to another place")}
	}
	st, err := os.Stat(base + pagesSuffix)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return m, &DamageError{Path: base + pagesSuffix, Page: -1, Err: errors.New("the file is missing")}
	case err != nil:
		return m, err
	case st.Size() != m.size():
		return m, &DamageError{Path: base + pagesSuffix, Page: -1, Err: fmt.Errorf("the file has %d bytes, the manifest says %d", st.Size(), m.size())}
	}
	return m, nil
}

// Pages returns the pages of a package in order, each checked against its hash. One page is in memory at a time. An
// error is the last element; bytes that are not those written are a *DamageError.
func (a *Archive) Pages(m Manifest) iter.Seq2[Raw, error] {
	return a.pages(m, nil)
}

// Verify reads a package through and checks every hash.
func (a *Archive) Verify(m Manifest) error {
	body := sha256.New()
	for _, err := range a.pages(m, body) {
		if err != nil {
			return err
		}
	}
	return nil
}

// pages is Pages; with body it also hashes the file as it lies and checks what only the whole can tell.
func (a *Archive) pages(m Manifest, body hash.Hash) iter.Seq2[Raw, error] {
	return func(yield func(Raw, error) bool) {
		base, err := a.base(m)
		if err != nil {
			yield(Raw{}, fmt.Errorf("read package: %w", err))
			return
		}
		r := reader{path: base + pagesSuffix, body: body, dec: a.dec}
		defer r.close()
		if err := r.open(m); err != nil {
			yield(Raw{}, err)
			return
		}
		for i, p := range m.Pages {
			raw, err := r.page(i, p)
			if err != nil {
				yield(Raw{}, err)
				return
			}
			if !yield(Raw{p, raw}, nil) {
				return
			}
		}
		if err := r.end(m); err != nil {
			yield(Raw{}, err)
		}
	}
}

type reader struct {
	path  string
	body  hash.Hash // nil: not asked for
	file  *os.File
	dec   *zstd.Decoder // shared
	frame []byte        // reused
}

func (r *reader) damaged(page int, err error) error {
	return &DamageError{Path: r.path, Page: page, Err: err}
}

func (r *reader) open(m Manifest) error {
	if err := m.contiguous(); err != nil {
		return r.damaged(-1, err)
	}
	f, err := os.Open(r.path)
	if errors.Is(err, fs.ErrNotExist) {
		return r.damaged(-1, errors.New("the file is missing"))
	}
	if err != nil {
		return fmt.Errorf("read package: %w", err)
	}
	r.file = f
	st, err := f.Stat()
	if err != nil {
		return fmt.Errorf("read package: %w", err)
	}
	if st.Size() != m.size() {
		return r.damaged(-1, fmt.Errorf("the file has %d bytes, the manifest says %d", st.Size(), m.size()))
	}
	return nil
}

func (r *reader) page(i int, p Page) ([]byte, error) {
	r.frame = slices.Grow(r.frame[:0], int(p.Length))[:p.Length]
	if _, err := io.ReadFull(r.file, r.frame); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, r.damaged(i, err)
		}
		return nil, fmt.Errorf("read package: %w", err)
	}
	if r.body != nil {
		r.body.Write(r.frame)
	}
	raw, err := r.dec.DecodeAll(r.frame, make([]byte, 0, min(max(p.Bytes, 0), largestPage)))
	if err != nil {
		return nil, r.damaged(i, err)
	}
	sum := sha256.Sum256(raw)
	if want, err := hex.DecodeString(p.SHA256); err != nil || int64(len(raw)) != p.Bytes || !bytes.Equal(sum[:], want) {
		return nil, r.damaged(i, errors.New("the page does not match its hash"))
	}
	return raw, nil
}

// end checks what concerns the file as a whole.
func (r *reader) end(m Manifest) error {
	if r.body == nil {
		return nil
	}
	if hex.EncodeToString(r.body.Sum(nil)) != m.Body {
		return r.damaged(-1, errors.New("the file does not match its hash"))
	}
	content, err := m.content()
	if err != nil || content != m.Content {
		return r.damaged(-1, errors.New("the pages do not match the content hash"))
	}
	return nil
}

func (r *reader) close() {
	if r.file != nil {
		_ = r.file.Close() // read only
	}
}
