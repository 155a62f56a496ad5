package pricing

import (
	"bytes"
	"encoding/xml"
	"io"
)

// What the XML of a workbook never has, and what costs a parser memory without end: deep nesting, of which it keeps every open
// element, and a single tag of millions of attributes, which it gathers before anybody can stop it.
const (
	maxDepth = 100
	maxTag   = 1 << 20 // bytes from one < to the next; a cell holds 32,767 characters
)

// newDecoder reads XML that is as flat as that of a workbook; anything else is errTooLarge.
func newDecoder(r io.Reader) *xml.Decoder {
	return xml.NewTokenDecoder(&flat{raw: xml.NewDecoder(&tags{from: r})})
}

// flat hands on tokens and counts how deep they nest.
type flat struct {
	raw   *xml.Decoder
	depth int
}

func (f *flat) Token() (xml.Token, error) {
	t, err := f.raw.RawToken()
	switch t.(type) {
	case xml.StartElement:
		if f.depth++; f.depth > maxDepth {
			return nil, errTooLarge
		}
	case xml.EndElement:
		f.depth--
	}
	return t, err
}

// tags hands on bytes and measures from one < to the next.
type tags struct {
	from io.Reader
	run  int
}

func (t *tags) Read(p []byte) (int, error) {
	n, err := t.from.Read(p)
	first := bytes.IndexByte(p[:n], '<')
	switch {
	case first < 0:
		t.run += n
	case t.run+first > maxTag:
		return 0, errTooLarge
	default:
		t.run = n - bytes.LastIndexByte(p[:n], '<')
	}
	if t.run > maxTag {
		return 0, errTooLarge
	}
	return n, err
}
