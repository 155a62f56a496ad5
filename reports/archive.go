package reports

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"io/fs"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/klauspost/compress/flate"
)

// archive is the zip writer of a workbook. excelize hands the parts over in the order of a map and lists content types in the
// order of another, so that no two files would be equal; the archive keeps the compressed parts until it has all, and writes them
// in the order of their names. Large ones wait in a temporary file. (excelize 2.11.0)
type archive struct {
	out    io.Writer
	spool  *spool
	parts  []*part
	open   *part
	deflat *flate.Writer
}

// part is one file inside the workbook.
type part struct {
	name       string
	start, end int64 // of its compressed bytes in the spool
	size       uint64
	crc        hash.Hash32
	whole      *bytes.Buffer // of the part that must be rewritten
}

const contentTypes = "[Content_Types].xml"

func newArchive(out io.Writer, tmpDir string) *archive {
	return &archive{out: out, spool: &spool{dir: tmpDir}}
}

// Create begins the next part; the one before it is complete.
func (a *archive) Create(name string) (io.Writer, error) {
	if err := a.finish(); err != nil {
		return nil, err
	}
	p := &part{name: name, start: a.spool.size, crc: crc32.NewIEEE()}
	if name == contentTypes {
		p.whole = &bytes.Buffer{}
	}
	if a.deflat == nil {
		w, err := flate.NewWriter(a.spool, 5)
		if err != nil {
			return nil, err
		}
		a.deflat = w
	} else {
		a.deflat.Reset(a.spool)
	}
	a.open = p
	a.parts = append(a.parts, p)
	return partWriter{a, p}, nil
}

// AddFS is part of excelize's interface; nothing here calls it.
func (a *archive) AddFS(fs.FS) error { return errors.ErrUnsupported }

type partWriter struct {
	a *archive
	p *part
}

func (w partWriter) Write(b []byte) (int, error) {
	if w.p.whole != nil {
		return w.p.whole.Write(b)
	}
	return w.a.compress(w.p, b)
}

func (a *archive) compress(p *part, b []byte) (int, error) {
	p.size += uint64(len(b))
	p.crc.Write(b)
	return a.deflat.Write(b)
}

func (a *archive) finish() error {
	p := a.open
	if p == nil {
		return nil
	}
	a.open = nil
	if p.whole != nil {
		if _, err := a.compress(p, sortDefaults(p.whole.Bytes())); err != nil {
			return err
		}
		p.whole = nil
	}
	if err := a.deflat.Close(); err != nil {
		return err
	}
	p.end = a.spool.size
	if p.size > math.MaxUint32 {
		return fmt.Errorf("sheet %s holds more than 4 GB of text, which spreadsheet programs refuse", p.name)
	}
	return nil
}

// Close writes the file.
func (a *archive) Close() error {
	defer a.spool.close()
	if err := a.finish(); err != nil {
		return err
	}
	slices.SortFunc(a.parts, func(p, q *part) int { return strings.Compare(p.name, q.name) })
	zw := zip.NewWriter(a.out)
	for _, p := range a.parts {
		w, err := zw.CreateRaw(&zip.FileHeader{
			Name:               p.name,
			Method:             zip.Deflate,
			CRC32:              p.crc.Sum32(),
			CompressedSize64:   uint64(p.end - p.start),
			UncompressedSize64: p.size,
		})
		if err != nil {
			return err
		}
		if err := a.spool.copy(w, p.start, p.end); err != nil {
			return err
		}
	}
	return zw.Close()
}

var defaultType = regexp.MustCompile(`<Default [^>]*>(</Default>)?`)

// sortDefaults orders the Default entries of the content types, which come one after another.
func sortDefaults(xml []byte) []byte {
	entries := defaultType.FindAllString(string(xml), -1)
	slices.Sort(entries)
	i := 0
	return defaultType.ReplaceAllFunc(xml, func([]byte) []byte {
		i++
		return []byte(entries[i-1])
	})
}

// spool holds bytes in memory up to a bound, then in a temporary file.
type spool struct {
	dir    string
	memory bytes.Buffer
	file   *os.File
	size   int64
}

const spoolMemory = 4 << 20

func (s *spool) Write(b []byte) (int, error) {
	if s.file == nil && s.memory.Len()+len(b) > spoolMemory {
		f, err := os.CreateTemp(s.dir, "settle-workbook-*")
		if err != nil {
			return 0, err
		}
		s.file = f
		if _, err := f.Write(s.memory.Bytes()); err != nil {
			return 0, err
		}
		s.memory = bytes.Buffer{}
	}
	s.size += int64(len(b))
	if s.file != nil {
		return s.file.Write(b)
	}
	return s.memory.Write(b)
}

func (s *spool) copy(w io.Writer, start, end int64) error {
	if s.file == nil {
		_, err := w.Write(s.memory.Bytes()[start:end])
		return err
	}
	_, err := io.Copy(w, io.NewSectionReader(s.file, start, end-start))
	return err
}

func (s *spool) close() {
	if s.file != nil {
		s.file.Close()
		os.Remove(s.file.Name())
		s.file = nil
	}
}
