package bss

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// scanned is what the wire needs to know of an answer's JSON.
type scanned struct {
	rows  []Span
	total int64 // -1: the call announces none
}

// scan finds the records and the announced total of an answer, and the error that HTTP 200 can carry. It checks that
// the whole body is JSON, but not what the records hold: a record with doubled names or broken characters is
// a matter for whoever reads it. Its errors are *Error without Op; they quote nothing but the service's own message.
func scan(body []byte, call Call) (scanned, error) {
	s := scanner{call: call, found: scanned{total: -1}, dec: jsontext.NewDecoder(bytes.NewBuffer(body),
		jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))}
	err := s.object()
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return scanned{}, &Error{Code: CodeCut, Message: fmt.Sprintf("the answer's JSON ends early, after %d bytes", len(body)), class: retryMany}
	case err != nil:
		return scanned{}, &Error{Code: CodeJSON, Message: s.describe(err), class: retryOnce}
	case s.code != "" && s.code != codeSuccess:
		return scanned{}, &Error{Code: clean(s.code, 64), Message: s.message, class: retryOnce}
	case s.found.rows == nil && (call.Total == "" || s.found.total < 0):
		return scanned{}, &Error{Code: CodeEmpty, Message: fmt.Sprintf("the answer holds neither list nor total (%s)", call.Rows), class: retryOnce}
	case call.Total != "" && s.found.total < 0:
		return scanned{}, &Error{Code: CodeEmpty, Message: fmt.Sprintf("the answer announces no total (%s)", call.Total), class: retryOnce}
	}
	return s.found, nil
}

type scanner struct {
	call          Call
	dec           *jsontext.Decoder
	found         scanned
	code, message string
	seenRows      bool
	seenTotal     bool
}

// shapeError is JSON, but not what this API answers.
type shapeError string

func (e shapeError) Error() string { return string(e) }

// describe keeps the text of the answer out of the message: the decoder's own errors quote it.
func (s *scanner) describe(err error) string {
	var shape shapeError
	if errors.As(err, &shape) {
		return string(shape)
	}
	return fmt.Sprintf("the answer's JSON is broken after byte %d", s.dec.InputOffset())
}

// object walks the members of the top level.
func (s *scanner) object() error {
	if s.dec.PeekKind() != '{' {
		if _, err := s.dec.ReadToken(); err != nil {
			return err
		}
		return shapeError("the answer is no JSON object")
	}
	if _, err := s.dec.ReadToken(); err != nil {
		return err
	}
	for s.dec.PeekKind() != '}' {
		name, err := s.dec.ReadToken()
		if err != nil {
			return err
		}
		if err := s.member(name.String()); err != nil {
			return err
		}
	}
	if _, err := s.dec.ReadToken(); err != nil {
		return err
	}
	if _, err := s.dec.ReadToken(); err != io.EOF {
		return shapeError("the answer goes on after its JSON object")
	}
	return nil
}

func (s *scanner) member(name string) error {
	switch name {
	case s.call.Rows:
		return s.rows()
	case s.call.Total:
		return s.total()
	case "error_code":
		return s.text(&s.code)
	case "error_msg":
		return s.text(&s.message)
	}
	return s.dec.SkipValue()
}

func (s *scanner) rows() error {
	if s.seenRows {
		return shapeError("the answer holds two lists " + s.call.Rows)
	}
	s.seenRows = true
	switch s.dec.PeekKind() {
	case 'n':
		return s.dec.SkipValue()
	case '[':
	default:
		if err := s.dec.SkipValue(); err != nil {
			return err
		}
		return shapeError(s.call.Rows + " is no list")
	}
	if _, err := s.dec.ReadToken(); err != nil {
		return err
	}
	s.found.rows = make([]Span, 0, max(s.call.Limit, 16))
	for s.dec.PeekKind() != ']' {
		v, err := s.dec.ReadValue()
		if err != nil {
			return err
		}
		end := int(s.dec.InputOffset())
		s.found.rows = append(s.found.rows, Span{end - len(v), end})
	}
	_, err := s.dec.ReadToken()
	return err
}

// total reads the announced total, a number or, as some answers have it, a number in quotes.
func (s *scanner) total() error {
	if s.seenTotal {
		return shapeError("the answer holds two totals " + s.call.Total)
	}
	s.seenTotal = true
	var text string
	if err := s.text(&text); err != nil {
		return err
	}
	if text == "" {
		return nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return shapeError(s.call.Total + " is no count")
	}
	s.found.total = n
	return nil
}

// text reads a string or a number as text; null and the rest are "".
func (s *scanner) text(to *string) error {
	kind := s.dec.PeekKind()
	if kind != '"' && kind != '0' {
		return s.dec.SkipValue()
	}
	token, err := s.dec.ReadToken()
	if err != nil {
		return err
	}
	*to = token.String()
	return nil
}
