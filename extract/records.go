package extract

import (
	"errors"
	"fmt"
	"strings"

	"settle/extract/archive"
)

// Unfit is a record that cannot stand in its table: what the quarantine keeps of it.
type Unfit struct {
	Lineage
	Dataset string `db:"dataset"`
	Field   string `db:"field"`
	Reason  string `db:"reason"`
	Raw     string `db:"raw"` // as received
}

// Novelty is a JSON member that no record type of ours names.
type Novelty struct {
	Origin
	Dataset string `db:"dataset"`
	Field   string `db:"field"`
	Example string `db:"example"`
	Rows    int64  `db:"rows"`
}

// Reader turns a dataset's pages into records, one after another in the same place.
type Reader[R any] struct {
	Record  *R
	dataset Dataset[R]
	decoder *Decoder[R]
}

// maxRaw bounds the text of one record in the quarantine; the package has it whole.
const maxRaw = 1 << 16

// storable is a text that the database takes: valid UTF-8 without NUL, which ends a text in C.
func storable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// placed is what Origin and Lineage give a record.
type placed interface {
	place(m *archive.Manifest, rowNo int64)
}

// NewReader makes a reader; it is for one goroutine.
func NewReader[R any](d Dataset[R]) *Reader[R] {
	r := new(R)
	if _, ok := any(r).(placed); !ok {
		panic(fmt.Sprintf("extract: %T has no lineage", r))
	}
	return &Reader[R]{Record: r, dataset: d, decoder: NewDecoder(d.Call.Rows, r)}
}

// Page reads the rows of one page of a package; first is the place of its first row. For each row either fit is called,
// with the record in r.Record, or unfit. A page that does not parse is an error.
func (r *Reader[R]) Page(m archive.Manifest, body []byte, first int64, fit func() error, unfit func(Unfit) error) error {
	w, no := WindowOf(m), first
	return r.decoder.Page(body, func(raw []byte, err error) error {
		any(r.Record).(placed).place(&m, no)
		no++
		if err == nil {
			err = sameCustomer(w, r.Record)
		}
		if err == nil && r.dataset.Finish != nil {
			err = r.dataset.Finish(w, r.Record)
		}
		if err == nil {
			return fit()
		}
		bad := Unfit{Dataset: r.dataset.Name, Field: "record", Reason: storable(err.Error()), Raw: cut(storable(string(raw)), maxRaw)}
		bad.place(&m, no-1)
		var field *FieldError
		if errors.As(err, &field) {
			bad.Field, bad.Reason = field.Field, storable(field.Err.Error())
		}
		return unfit(bad)
	})
}

// Novelties are the members seen since the last call that the record type does not name.
func (r *Reader[R]) Novelties(m archive.Manifest) (all []Novelty) {
	examples, counts := r.decoder.Unknown()
	for field, example := range examples {
		n := Novelty{Dataset: r.dataset.Name, Field: field, Example: example, Rows: counts[field]}
		n.place(&m, 0)
		all = append(all, n)
	}
	clear(examples)
	clear(counts)
	return all
}

// sameCustomer refuses a record of another customer in an answer about one: nobody may see what is not his.
func sameCustomer(w Window, record any) error {
	owned, ok := record.(interface{ customer() string })
	if !ok || w.CustomerID == "" || owned.customer() == w.CustomerID {
		return nil
	}
	return &FieldError{"customer_id", fmt.Errorf("names customer %q in an answer about %q", owned.customer(), w.CustomerID)}
}

func (l *Lineage) customer() string { return l.CustomerID }
