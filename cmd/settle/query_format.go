package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/marcboeker/go-duckdb"
)

// text writes a value of the database exactly; kind is the type of its column, "" within a nested value. null tells SQL's
// NULL from an empty text.
func text(v any, kind string) (s string, null bool) {
	switch v := v.(type) {
	case nil:
		return "", true
	case string:
		return v, false
	case bool:
		return strconv.FormatBool(v), false
	case duckdb.Decimal:
		return decimalText(v.Value, int(v.Scale)), false
	case *big.Int:
		return v.String(), false
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), false
	case float32:
		return strconv.FormatFloat(float64(v), 'g', -1, 32), false
	case time.Time:
		return timeText(v, kind), false
	case []byte:
		return hex.EncodeToString(v), false
	case duckdb.Interval:
		return fmt.Sprintf("%d months %d days %d us", v.Months, v.Days, v.Micros), false
	case []any, map[string]any, duckdb.Map:
		b, err := json.Marshal(plain(v, kind))
		if err != nil {
			return fmt.Sprint(v), false
		}
		return string(b), false
	}
	return fmt.Sprint(v), false // the integers
}

// decimalText writes unscaled · 10^-scale with every place of the column's type.
func decimalText(unscaled *big.Int, scale int) string {
	if unscaled == nil {
		return ""
	}
	digits := unscaled.String()
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	if scale == 0 {
		return sign + digits
	}
	if len(digits) <= scale {
		digits = strings.Repeat("0", scale-len(digits)+1) + digits
	}
	return sign + digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
}

// timeText writes a date, a time of day, or a timestamp (UTC) with as many places as it has.
func timeText(t time.Time, kind string) string {
	switch kind {
	case "DATE":
		return t.UTC().Format("2006-01-02")
	case "TIME":
		return t.UTC().Format("15:04:05.999999")
	}
	return t.UTC().Format("2006-01-02 15:04:05.999999")
}

// plain makes nested values fit for JSON.
func plain(v any, kind string) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = plain(e, "")
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = plain(e, "")
		}
		return out
	case duckdb.Map:
		out := make(map[string]any, len(v))
		for k, e := range v {
			key, _ := text(k, "")
			out[key] = plain(e, "")
		}
		return out
	case nil, bool, string:
		return v
	case int64:
		return safeInteger(v)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return strconv.FormatFloat(v, 'g', -1, 64) // JSON has no word for it
		}
		return v
	case int8, int16, int32, uint8, uint16, uint32:
		return v
	}
	s, _ := text(v, kind)
	return s
}

// safeInteger is a number where every JSON reader keeps it, and a text beyond 2^53.
func safeInteger(n int64) any {
	if n > 1<<53 || n < -(1<<53) {
		return strconv.FormatInt(n, 10)
	}
	return n
}

const (
	tableLook = 200 // rows whose widths decide the columns' widths; later ones may stick out
	tableCell = 80  // columns of the terminal that one cell may take
)

// tableSink lines columns up by the first rows and streams the others after them.
type tableSink struct {
	out    io.Writer
	kinds  []string
	t      table
	widths []int
}

func (s *tableSink) head(columns []column) error {
	for i, c := range columns {
		s.kinds = append(s.kinds, c.kind)
		s.t.head = append(s.t.head, c.name)
		if numeric(c.kind) {
			s.t.right = append(s.t.right, i)
		}
	}
	return nil
}

func (s *tableSink) row(values []any) error {
	cells := make([]string, len(values))
	for i, v := range values {
		cell, null := text(v, s.kinds[i])
		if null {
			cell = "NULL"
		}
		cells[i] = cut(cell, tableCell)
	}
	if s.widths != nil {
		return s.t.line(s.out, "", cells, s.widths)
	}
	s.t.add(cells...)
	if len(s.t.rows) == tableLook {
		return s.begin()
	}
	return nil
}

// begin prints the head and what was held back.
func (s *tableSink) begin() error {
	s.widths = s.t.widths()
	rows := s.t.rows
	s.t.rows = nil
	rules := make([]string, len(s.widths))
	for i, w := range s.widths {
		rules[i] = strings.Repeat("-", w)
	}
	for _, row := range append([][]string{s.t.head, rules}, rows...) {
		if err := s.t.line(s.out, "", row, s.widths); err != nil {
			return err
		}
	}
	return nil
}

func (s *tableSink) end(rows int64) error {
	if s.widths == nil {
		if err := s.begin(); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(s.out, "(%s %s)\n", thousands(rows), plural(int(min(rows, 2)), "row", "rows"))
	return err
}

// csvSink follows RFC 4180 with \n, and PostgreSQL in telling NULL (nothing) from an empty text ("").
type csvSink struct {
	out   io.Writer
	kinds []string
	line  []byte
}

func (s *csvSink) head(columns []column) error {
	s.line = s.line[:0]
	for i, c := range columns {
		s.kinds = append(s.kinds, c.kind)
		s.field(i, c.name, false)
	}
	return s.write()
}

func (s *csvSink) row(values []any) error {
	s.line = s.line[:0]
	for i, v := range values {
		cell, null := text(v, s.kinds[i])
		s.field(i, cell, null)
	}
	return s.write()
}

func (s *csvSink) field(i int, cell string, null bool) {
	if i > 0 {
		s.line = append(s.line, ',')
	}
	switch {
	case null:
	case cell == "" || strings.ContainsAny(cell, ",\"\r\n") || strings.HasPrefix(cell, " ") || strings.HasSuffix(cell, " "):
		s.line = append(s.line, '"')
		s.line = append(s.line, strings.ReplaceAll(cell, `"`, `""`)...)
		s.line = append(s.line, '"')
	default:
		s.line = append(s.line, cell...)
	}
}

func (s *csvSink) write() error {
	_, err := s.out.Write(append(s.line, '\n'))
	return err
}

func (s *csvSink) end(int64) error { return nil }

// jsonSink writes one array of objects, a row a line, so that it streams and line tools can read it too.
type jsonSink struct {
	out   io.Writer
	kinds []string
	keys  [][]byte
	line  []byte
	more  bool
}

func (s *jsonSink) head(columns []column) error {
	var seen []string
	for _, c := range columns {
		s.kinds = append(s.kinds, c.kind)
		name := c.name
		for n := 2; slices.Contains(seen, name); n++ { // an object has each key once
			name = c.name + "_" + strconv.Itoa(n)
		}
		seen = append(seen, name)
		key, err := json.Marshal(name)
		if err != nil {
			return err
		}
		s.keys = append(s.keys, append(key, ':'))
	}
	_, err := io.WriteString(s.out, "[")
	return err
}

func (s *jsonSink) row(values []any) error {
	s.line = append(s.line[:0], "\n{"...)
	if s.more {
		s.line = append(s.line[:0], ",\n{"...)
	}
	s.more = true
	for i, v := range values {
		if i > 0 {
			s.line = append(s.line, ',')
		}
		b, err := json.Marshal(plain(v, s.kinds[i]))
		if err != nil {
			return fmt.Errorf("query: column %s: %w", s.keys[i], err)
		}
		s.line = append(append(s.line, s.keys[i]...), b...)
	}
	_, err := s.out.Write(append(s.line, '}'))
	return err
}

func (s *jsonSink) end(int64) error {
	_, err := io.WriteString(s.out, "\n]\n")
	return err
}
