package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/klauspost/compress/zstd"
)

// OpenForReading opens the archive under root for Find, List, Pages and Verify: it makes no folder and sweeps nothing, so it needs
// no lock and disturbs no run. Nothing may be written through it.
func OpenForReading(root string) (*Archive, error) {
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(largestPage))
	if err != nil {
		return nil, fmt.Errorf("open archive: %w", err)
	}
	return &Archive{root: filepath.Clean(root), dec: dec}, nil
}

// ErrNoPackage is that a window has no package of a run.
var ErrNoPackage = errors.New("no package")

// Find returns the package of a window and run, with the path of its pages. m says which: Dataset, Cycle, CustomerID, ResellerID,
// Part, Window and RunID. Where there is none the error is ErrNoPackage; one that is not as it was written is a *DamageError.
func (a *Archive) Find(m Manifest) (found Manifest, pages string, err error) {
	base, err := a.base(m)
	if err != nil {
		return Manifest{}, "", fmt.Errorf("find package: %w", err)
	}
	found, err = a.manifest(base + manifestSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return Manifest{}, "", fmt.Errorf("window %s of run %s: %w at %s", m.Window, m.RunID, ErrNoPackage, base+pagesSuffix)
	}
	return found, base + pagesSuffix, err
}

// PageOf returns the number, from 0, of the page on which a row stands, and the row_no of that page's first row. Rows count from 1
// through the whole package, which is how the loader numbers them; ok is false where the package has no such row.
func (m Manifest) PageOf(rowNo int64) (page int, first int64, ok bool) {
	first = 1
	for i, p := range m.Pages {
		if rowNo >= first && rowNo < first+int64(p.Rows) {
			return i, first, true
		}
		first += int64(p.Rows)
	}
	return 0, 0, false
}
