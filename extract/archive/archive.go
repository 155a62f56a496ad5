package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/klauspost/compress/zstd"
)

// largestPage bounds what a damaged frame can make us allocate; the client takes no larger answer.
const largestPage = 256 << 20

// Archive is the folder of all packages. It is safe for many goroutines.
type Archive struct {
	// Now stamps manifests; nil means time.Now. Set it before the first use.
	Now func() time.Time

	root string
	enc  *zstd.Encoder // EncodeAll and DecodeAll only: many goroutines may call them
	dec  *zstd.Decoder
	mu   sync.Mutex
	made map[string]bool // folders known to exist
}

// Open opens the archive under root, making the folder (0700) if there is none, and removes what a killed run left
// half written (*.tmp). Whoever opens it for writing holds the run lock: another run's half-written files would go too.
func Open(root string) (*Archive, error) {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest)) // half the time of the default, for a tenth more space
	if err != nil {
		return nil, fmt.Errorf("open archive: %w", err)
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(largestPage))
	if err != nil {
		return nil, fmt.Errorf("open archive: %w", err)
	}
	a := &Archive{root: filepath.Clean(root), enc: enc, dec: dec, made: make(map[string]bool)}
	if err := os.MkdirAll(root, 0o700); err != nil {
		return nil, explain("open archive", err)
	}
	if err := a.sweep(); err != nil {
		return nil, explain("sweep archive", err)
	}
	return a, nil
}

// sweep removes the temporary files of this package's own names, and no others.
func (a *Archive) sweep() error {
	return filepath.WalkDir(a.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, temp := strings.CutSuffix(d.Name(), tempSuffix)
		if temp && d.Type().IsRegular() && (strings.HasSuffix(name, pagesSuffix) || strings.HasSuffix(name, manifestSuffix)) {
			return os.Remove(path)
		}
		return nil
	})
}

func (a *Archive) now() time.Time {
	if a.Now != nil {
		return a.Now().UTC()
	}
	return time.Now().UTC()
}

// folder makes the folder of a dataset once, and makes its name last.
func (a *Archive) folder(dir string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.made[dir] {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, parent := range []string{filepath.Dir(dir), a.root} {
		if err := syncDir(parent); err != nil {
			return err
		}
	}
	a.made[dir] = true
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Remove deletes a package.
func (a *Archive) Remove(m Manifest) error {
	base, err := a.base(m)
	if err != nil {
		return fmt.Errorf("remove package: %w", err)
	}
	return a.remove(base)
}

// Discard deletes a damaged package that List reported, whatever is left of it, once its window has been fetched again.
func (a *Archive) Discard(d Damage) error {
	base, ok := strings.CutSuffix(d.Path, manifestSuffix)
	if rel, err := filepath.Rel(a.root, base); !ok || err != nil || !filepath.IsLocal(rel) {
		return fmt.Errorf("discard package %s: not a manifest of this archive", d.Path)
	}
	return a.remove(base)
}

// remove deletes the manifest first: a half-removed package is none.
func (a *Archive) remove(base string) error {
	for _, suffix := range []string{manifestSuffix, pagesSuffix} {
		if err := os.Remove(base + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return explain("remove package", err)
		}
	}
	if err := syncDir(filepath.Dir(base)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return explain("remove package", err)
	}
	return nil
}

// explain adds the remedy to what an operator can mend. The path is in err already.
func explain(op string, err error) error {
	remedy := ""
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		remedy = ": free space on the disk of the data folder and run again"
	case errors.Is(err, syscall.EROFS):
		remedy = ": the disk of the data folder is read-only: mount it for writing or set another data folder"
	case errors.Is(err, fs.ErrPermission):
		remedy = ": give this user the right to write there, or set another data folder"
	}
	return fmt.Errorf("%s: %w%s", op, err, remedy)
}
