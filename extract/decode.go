package extract

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"settle/transform/exact"
)

// FieldError says why a record cannot stand in its table.
type FieldError struct {
	Field string
	Err   error
}

func (e *FieldError) Error() string { return e.Field + ": " + e.Err.Error() }

func (e *FieldError) Unwrap() error { return e.Err }

// Decoder reads the rows of pages into one record that it uses again and again: no reflection and few allocations a row.
type Decoder[R any] struct {
	rows    string
	record  *R
	fields  fields
	intern  map[string]string
	unknown map[string]string // field name → an example, of the pages so far
	counts  map[string]int64
	scratch []byte
}

// field is where a JSON member goes: a string, a scalar, or a list of structs.
type field struct {
	name   string
	text   *string
	scalar exact.Scalar
	list   reflect.Value // settable slice
	fresh  int           // texts that did not come before, less those that did: a field of ids is not worth looking up
}

type fields struct {
	all    []field
	byName map[string]int
}

// NewDecoder binds a decoder to the record that Page fills; rows names the JSON list.
func NewDecoder[R any](rows string, record *R) *Decoder[R] {
	return &Decoder[R]{
		rows: rows, record: record, fields: fieldsOf(reflect.ValueOf(record).Elem()),
		intern: map[string]string{}, unknown: map[string]string{}, counts: map[string]int64{},
	}
}

// Unknown returns the members seen so far that the record type does not name: an example of each, and how often it came.
func (d *Decoder[R]) Unknown() (examples map[string]string, counts map[string]int64) {
	return d.unknown, d.counts
}

func fieldsOf(v reflect.Value) fields {
	f := fields{byName: map[string]int{}}
	f.add(v)
	return f
}

func (f *fields) add(v reflect.Value) {
	for i := range v.NumField() {
		t, v := v.Type().Field(i), v.Field(i)
		if t.Anonymous {
			f.add(v)
			continue
		}
		name, _, _ := strings.Cut(t.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		one := field{name: name}
		switch p := v.Addr().Interface().(type) {
		case *string:
			one.text = p
		case exact.Scalar:
			one.scalar = p
		default:
			if v.Kind() != reflect.Slice {
				panic("extract: field " + t.Name + " has a type that JSON is not read into")
			}
			one.list = v
		}
		f.byName[name] = len(f.all)
		f.all = append(f.all, one)
	}
}

// lenient reads what a real service may send: names are not checked for repetition (the last one counts), bytes that are
// no UTF-8 become U+FFFD.
var lenient = []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}

// Page calls row for every element of the page's list, in order, with the record filled, the element's raw text (valid
// during the call) and what makes it unfit, nil if nothing. A page whose JSON does not parse is an error.
func (d *Decoder[R]) Page(body []byte, row func(raw []byte, err error) error) error {
	dec := jsontext.NewDecoder(bytes.NewBuffer(body), lenient...)
	if dec.PeekKind() != '{' {
		return fmt.Errorf("page is no JSON object")
	}
	if _, err := dec.ReadToken(); err != nil {
		return fmt.Errorf("page: %w", err)
	}
	for dec.PeekKind() != '}' {
		name, err := dec.ReadToken()
		if err != nil {
			return fmt.Errorf("page: %w", err)
		}
		if name.String() != d.rows || dec.PeekKind() != '[' {
			if err := dec.SkipValue(); err != nil {
				return fmt.Errorf("page: %w", err)
			}
			continue
		}
		if _, err := dec.ReadToken(); err != nil {
			return fmt.Errorf("page: %w", err)
		}
		for dec.PeekKind() != ']' {
			if err := d.element(dec, body, row); err != nil {
				return err
			}
		}
		if _, err := dec.ReadToken(); err != nil {
			return fmt.Errorf("page: %w", err)
		}
	}
	return nil
}

func (d *Decoder[R]) element(dec *jsontext.Decoder, body []byte, row func([]byte, error) error) error {
	var none R
	*d.record = none
	start := dec.InputOffset()
	unfit, err := d.object(dec, &d.fields)
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return fmt.Errorf("page: %w", err)
	}
	raw := bytes.TrimLeft(body[start:dec.InputOffset()], ", \t\r\n")
	if unfit != nil {
		return row(raw, unfit)
	}
	return row(raw, nil)
}

// object fills fields from one JSON object. What does not fit is returned as unfit, the first of it; only broken JSON is err.
func (d *Decoder[R]) object(dec *jsontext.Decoder, f *fields) (unfit *FieldError, err error) {
	if kind := dec.PeekKind(); kind != '{' {
		return &FieldError{Field: "record", Err: fmt.Errorf("is a JSON %s, not an object", kind)}, dec.SkipValue()
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	next := 0 // the service sends members in one order: the field after the last one is the first guess
	for dec.PeekKind() != '}' {
		quoted, err := dec.ReadValue()
		if err != nil {
			return nil, err
		}
		name := d.unquote(quoted)
		if next >= len(f.all) || f.all[next].name != string(name) {
			i, known := f.byName[string(name)]
			if !known {
				if err := d.note(string(name), dec); err != nil {
					return nil, err
				}
				continue
			}
			next = i
		}
		bad, err := d.value(dec, &f.all[next])
		if err != nil {
			return nil, err
		}
		if bad != nil && unfit == nil {
			unfit = &FieldError{Field: f.all[next].name, Err: bad}
		}
		next++
	}
	_, err = dec.ReadToken()
	return unfit, err
}

func (d *Decoder[R]) value(dec *jsontext.Decoder, f *field) (bad, err error) {
	kind := dec.PeekKind()
	if f.list.IsValid() {
		return d.list(dec, f, kind)
	}
	if kind == '{' || kind == '[' {
		return fmt.Errorf("is a JSON %s where a single value belongs", kind), dec.SkipValue()
	}
	v, err := dec.ReadValue()
	if err != nil {
		return nil, err
	}
	text := []byte(v)
	switch kind {
	case 'n':
		text = nil
	case '"':
		text = d.unquote(v)
	case 't', 'f':
		if f.scalar != nil {
			return fmt.Errorf("is %s where a number or time belongs", v), nil
		}
	}
	if f.scalar != nil {
		if text == nil {
			f.scalar.SetNull()
			return nil, nil
		}
		return f.scalar.SetText(text), nil
	}
	*f.text = d.str(f, text)
	return nil, nil
}

func (d *Decoder[R]) list(dec *jsontext.Decoder, f *field, kind jsontext.Kind) (bad, err error) {
	f.list.SetZero()
	switch kind {
	case 'n':
		return nil, dec.SkipValue()
	case '[':
	default:
		return fmt.Errorf("is a JSON %s where a list belongs", kind), dec.SkipValue()
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	for dec.PeekKind() != ']' {
		one := reflect.New(f.list.Type().Elem()).Elem()
		inner := fieldsOf(one)
		unfit, err := d.object(dec, &inner)
		if err != nil {
			return nil, err
		}
		if unfit != nil && bad == nil {
			bad = unfit
		}
		f.list.Set(reflect.Append(f.list, one))
	}
	_, err = dec.ReadToken()
	return bad, err
}

// note keeps a member that the record type does not name: new fields never stop a run, but somebody should hear of them.
func (d *Decoder[R]) note(name string, dec *jsontext.Decoder) error {
	const most, widest = 100, 200
	v, err := dec.ReadValue()
	if err != nil {
		return err
	}
	name = cut(name, widest)
	if _, known := d.unknown[name]; !known && len(d.unknown) < most {
		d.unknown[name] = cut(string(v), widest)
	}
	d.counts[name]++
	return nil
}

func cut(s string, most int) string {
	if len(s) <= most {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// unquote returns a JSON string's content; it shares memory with v or the decoder's scratch.
func (d *Decoder[R]) unquote(v jsontext.Value) []byte {
	inner := v[1 : len(v)-1]
	if bytes.IndexByte(inner, '\\') < 0 && isPlain(inner) {
		return inner
	}
	d.scratch, _ = jsontext.AppendUnquote(d.scratch[:0], v)
	for i := bytes.IndexByte(d.scratch, 0); i >= 0; i = bytes.IndexByte(d.scratch, 0) {
		d.scratch[i] = ' ' // \u0000 would end the text wherever C reads it
	}
	return d.scratch
}

// isPlain says whether bytes need no UTF-8 repair.
func isPlain(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return utf8.Valid(b)
		}
	}
	return true
}

// str makes a string of b; a text that came before is not allocated again.
func (d *Decoder[R]) str(f *field, b []byte) string {
	const most, longest, hopeless = 1 << 15, 96, 1000
	if len(b) == 0 {
		return ""
	}
	if f.fresh > hopeless || len(b) > longest {
		return string(b)
	}
	if s, ok := d.intern[string(b)]; ok {
		f.fresh--
		return s
	}
	f.fresh++
	s := string(b)
	if len(d.intern) < most {
		d.intern[s] = s
	}
	return s
}
