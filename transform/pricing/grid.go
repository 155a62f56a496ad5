package pricing

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
)

// cellType is what a cell holds, whatever its format shows.
type cellType int

const (
	blankValue cellType = iota
	textValue
	numberValue
	boolValue
	errorValue
	uncomputedValue // a formula whose result the file does not hold
)

// value is a cell that is not blank. Texts are trimmed; a number is the text that the file holds, which for fractions often
// has binary noise beyond the fifteenth digit.
type value struct {
	column int // from 1
	typ    cellType
	text   string
	date   bool // a number that the format shows as a date
}

type gridRow struct {
	number int // from 1
	values []value
}

func (r gridRow) at(column int) value {
	for _, v := range r.values {
		if v.column == column {
			return v
		}
	}
	return value{column: column}
}

// maxMerged is how many merged ranges are kept: one is a fault already.
const maxMerged = 100

// grid is a sheet: the rows that hold anything, and its merged ranges.
type grid struct {
	rows   []gridRow
	merged []string
}

func (w *workbook) grid(s sheetPart) (*grid, error) {
	g := &grid{}
	row, column := 0, 0
	err := w.each(s.path, func(d *xml.Decoder, e xml.StartElement) error {
		switch e.Name.Local {
		case "row":
			last := row
			row++
			column = 0
			if r := attr(e, "r"); r != "" {
				row, _ = strconv.Atoi(r)
			}
			if row <= last || row > 1<<20 {
				return fmt.Errorf("%w: sheet %s has row %d after row %d", errDamaged, shown(s.name), row, last)
			}
		case "c":
			column++
			if r := attr(e, "r"); r != "" {
				at, ok := cellColumn(r, row)
				if !ok || at < column {
					return fmt.Errorf("%w: sheet %s has cell %s in the wrong place of row %d", errDamaged, shown(s.name), shown(r), row)
				}
				column = at
			}
			if w.cells++; w.cells > w.most.cells {
				return errTooLarge
			}
			v, err := w.value(d, e)
			if err != nil {
				return err
			}
			if v.typ == blankValue {
				return nil
			}
			v.column = column
			if n := len(g.rows); n == 0 || g.rows[n-1].number != row {
				g.rows = append(g.rows, gridRow{number: row})
			}
			last := &g.rows[len(g.rows)-1]
			last.values = append(last.values, v)
		case "mergeCell":
			if len(g.merged) < maxMerged {
				g.merged = append(g.merged, attr(e, "ref"))
			}
		}
		return nil
	})
	return g, err
}

// value reads a c element to its end.
func (w *workbook) value(d *xml.Decoder, c xml.StartElement) (value, error) {
	var raw, inline string
	formula, stored := false, false
	for open := true; open; {
		t, err := d.Token()
		if err != nil {
			return value{}, endsEarly(err)
		}
		switch e := t.(type) {
		case xml.EndElement:
			open = false
		case xml.StartElement:
			switch e.Name.Local {
			case "v":
				stored = true
				err = d.DecodeElement(&raw, &e)
			case "is":
				inline, err = richText(d)
			case "f":
				formula = true
				err = d.Skip()
			default:
				err = d.Skip()
			}
			if err != nil {
				return value{}, endsEarly(err)
			}
		}
	}
	v := value{typ: textValue}
	style, _ := strconv.Atoi(attr(c, "s"))
	switch t := attr(c, "t"); t {
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(raw))
		if raw == "" {
			break
		}
		if err != nil || i < 0 || i >= len(w.strings) {
			return value{}, fmt.Errorf("%w: a cell names string %s of %d", errDamaged, shown(raw), len(w.strings))
		}
		v.text = w.strings[i]
	case "inlineStr":
		v.text = inline
	case "str":
		v.text = unescape(raw)
	case "d": // ISO 8601: a date cell of some programs
		v.text = strings.TrimSuffix(strings.TrimSuffix(raw, "Z"), "T00:00:00")
	case "b":
		v.typ, v.text = boolValue, raw
	case "e":
		v.typ, v.text = errorValue, raw
	case "", "n":
		v.typ, v.text = numberValue, raw
		v.date = style > 0 && style < len(w.dates) && w.dates[style]
		stored = stored && strings.TrimSpace(raw) != "" // a text may be empty, a number not
	default:
		return value{}, fmt.Errorf("%w: a cell of type %s", errDamaged, shown(t))
	}
	if formula && !stored {
		return value{typ: uncomputedValue}, nil
	}
	if v.text = trim(v.text); v.text == "" {
		return value{}, nil
	}
	return v, nil
}

// endsEarly: inside an element the end of the part is never the end of the document.
func endsEarly(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// cellColumn reads "AB12" in row 12 as column 28.
func cellColumn(name string, row int) (int, bool) {
	n, i := 0, 0
	for ; i < len(name) && i < 4 && name[i] >= 'A' && name[i] <= 'Z'; i++ {
		n = n*26 + int(name[i]-'A') + 1
	}
	return n, n > 0 && n <= 1<<14 && name[i:] == strconv.Itoa(row)
}

// trim cuts white space (full-width and unbreakable spaces too), byte order marks and zero-width spaces off both ends: what
// copying from a web page brings along.
func trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' || r == '\u200b' })
}
