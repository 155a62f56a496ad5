package extract

import (
	"bytes"
	"fmt"

	"settle/extract/archive"
)

// Proof is one row as the service sent it, and what shows that it did.
type Proof struct {
	Manifest archive.Manifest
	File     string       // path of the package's pages
	Page     archive.Page // the page it stands on
	PageNo   int          // from 1
	PlaceNo  int64        // on the page, from 1
	Raw      []byte       // the row's JSON, byte for byte
}

// Prove reads the raw text of a row out of its package: m says which package (see archive.Find), rows names the JSON list of the
// dataset's answers, rowNo is the row's row_no. Every byte is checked on the way: the manifest against its own hash, the file and
// each page against the manifest's.
func Prove(a *archive.Archive, m archive.Manifest, rows string, rowNo int64) (*Proof, error) {
	found, file, err := a.Find(m)
	if err != nil {
		return nil, err
	}
	page, first, ok := found.PageOf(rowNo)
	if !ok {
		return nil, fmt.Errorf("package %s has %d rows, not %d", file, found.Rows, rowNo)
	}
	if err := a.Verify(found); err != nil {
		return nil, err
	}
	p := &Proof{Manifest: found, File: file, Page: found.Pages[page], PageNo: page + 1, PlaceNo: rowNo - first + 1}
	at := 0
	for raw, err := range a.Pages(found) {
		if err != nil {
			return nil, err
		}
		if at++; at <= page {
			continue
		}
		var none struct{}
		no := first
		err := NewDecoder(rows, &none).Page(raw.Body, func(row []byte, _ error) error {
			if no == rowNo {
				p.Raw = bytes.Clone(row)
			}
			no++
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("package %s page %d: %w", file, p.PageNo, err)
		}
		break
	}
	if p.Raw == nil {
		return nil, fmt.Errorf("package %s page %d has no row %d in its list %s", file, p.PageNo, p.PlaceNo, rows)
	}
	return p, nil
}
