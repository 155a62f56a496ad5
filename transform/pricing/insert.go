package pricing

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Rows are added to a sheet by editing its XML and not by excelize, which writes a sheet anew and drops what it does not know:
// every byte outside the added rows stays as it is.

// newRow is a row to add: cells by column.
type newRow map[int]newCell

// newCell is a text, which may be a day.
type newCell struct {
	text  string
	isDay bool
	days  int // of a day, from 1970-01-01
}

// sheetXML is what must be known about a sheet's XML to add rows.
type sheetXML struct {
	data      []byte
	prefix    string // of element names, "x:" in some programs' files
	end       int    // where rows end: the begin of </sheetData>
	rows      []rowXML
	columns   map[int]string // style of a column's empty cells
	dimension [2]int         // of the value of dimension's ref
	protected bool
}

type rowXML struct {
	number     int
	begin, end int
	openEnd    int    // end of the start tag
	format     string // attributes that another row may copy
	cells      []cellXML
}

type cellXML struct {
	column     int
	begin, end int
	style      string
}

func scanSheet(data []byte) (*sheetXML, error) {
	s := &sheetXML{data: data, columns: map[int]string{}, end: -1}
	d := xml.NewDecoder(bytes.NewReader(data))
	number, column := 0, 0
	var row *rowXML
	for depth := 0; ; {
		begin := int(d.InputOffset())
		t, err := d.RawToken()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		end := int(d.InputOffset())
		switch e := t.(type) {
		case xml.StartElement:
			depth++
			switch name := e.Name.Local; {
			case name == "sheetData" && depth == 2:
				s.prefix = ""
				if e.Name.Space != "" {
					s.prefix = e.Name.Space + ":"
				}
			case name == "sheetProtection":
				s.protected = attr(e, "sheet") == "1" || attr(e, "sheet") == "true"
			case name == "dimension":
				if i := bytes.Index(data[begin:end], []byte(`ref="`)); i >= 0 {
					from := begin + i + len(`ref="`)
					s.dimension = [2]int{from, from + max(0, bytes.IndexByte(data[from:end], '"'))}
				}
			case name == "col":
				from, _ := strconv.Atoi(attr(e, "min"))
				to, _ := strconv.Atoi(attr(e, "max"))
				for n := from; n <= min(to, 100) && attr(e, "style") != ""; n++ {
					s.columns[n] = attr(e, "style")
				}
			case name == "row" && depth == 3:
				number, column = number+1, 0
				if r := attr(e, "r"); r != "" {
					number, _ = strconv.Atoi(r)
				}
				s.rows = append(s.rows, rowXML{number: number, begin: begin, openEnd: end})
				row = &s.rows[len(s.rows)-1]
				for _, a := range e.Attr {
					switch a.Name.Local {
					case "s", "customFormat", "ht", "customHeight":
						row.format += fmt.Sprintf(` %s="%s"`, a.Name.Local, escapeXML(a.Value))
					}
				}
			case name == "c" && depth == 4 && row != nil:
				column++
				if r := attr(e, "r"); r != "" {
					column, _ = cellColumn(r, number)
				}
				row.cells = append(row.cells, cellXML{column: column, begin: begin, style: attr(e, "s")})
			}
		case xml.EndElement:
			switch {
			case depth == 4 && row != nil && len(row.cells) > 0 && e.Name.Local == "c":
				row.cells[len(row.cells)-1].end = end
			case depth == 3 && row != nil:
				row.end = end
				row = nil
			case depth == 2 && e.Name.Local == "sheetData":
				s.end = begin
			}
			depth--
		}
	}
	if s.end <= 0 || len(s.rows) == 0 || !s.closed() {
		return nil, errDamaged
	}
	return s, nil
}

// closed says that every row and cell has its end.
func (s *sheetXML) closed() bool {
	for _, r := range s.rows {
		if r.end == 0 || slices.ContainsFunc(r.cells, func(c cellXML) bool { return c.end == 0 }) {
			return false
		}
	}
	return true
}

func escapeXML(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder takes everything
	return b.String()
}

// insert gives the sheet with rows added below its last used row. Cells look like those of the last row; a day is written as
// its serial number where they show a date, as text elsewhere.
func (s *sheetXML) insert(last int, added []newRow, shows dates) []byte {
	type edit struct {
		begin, end int
		text       string
	}
	var edits []edit
	if ref, ok := s.grown(last + len(added)); ok {
		edits = append(edits, edit{s.dimension[0], s.dimension[1], ref})
	}
	var like *rowXML
	var below []rowXML // rows that hold formats only
	for i := range s.rows {
		switch r := &s.rows[i]; {
		case r.number == last && last > 1: // row 1 is the headers, which no other row should look like
			like = r
		case r.number > last:
			below = append(below, *r)
		}
	}
	for i, r := range added {
		number := last + 1 + i
		switch {
		case len(below) > 0 && below[0].number == number:
			edits = append(edits, edit{below[0].begin, below[0].end, s.rowText(number, &below[0], like, r, shows)})
			below = below[1:]
		case len(below) > 0:
			edits = append(edits, edit{below[0].begin, below[0].begin, s.rowText(number, nil, like, r, shows)})
		default:
			edits = append(edits, edit{s.end, s.end, s.rowText(number, nil, like, r, shows)})
		}
	}
	var out bytes.Buffer
	from := 0
	slices.SortStableFunc(edits, func(a, b edit) int { return cmp.Compare(a.begin, b.begin) }) // the dimension may stand anywhere
	for _, e := range edits {
		out.Write(s.data[from:e.begin])
		out.WriteString(e.text)
		from = e.end
	}
	out.Write(s.data[from:])
	return out.Bytes()
}

// dates says which styles show a date, and where serial numbers begin.
type dates struct {
	styles []bool
	date0  int
}

func (d dates) of(style string) bool {
	n, err := strconv.Atoi(style)
	return err == nil && n >= 0 && n < len(d.styles) && d.styles[n]
}

var spans = regexp.MustCompile(` spans=("[^"]*"|'[^']*')`)

// rowText writes a row: what it held already, which is formats, and the new cells.
func (s *sheetXML) rowText(number int, old, like *rowXML, cells newRow, shows dates) string {
	var b strings.Builder
	styles, texts := map[int]string{}, map[int]string{}
	switch {
	case old != nil:
		start := spans.ReplaceAllString(string(s.data[old.begin:old.openEnd]), "")
		if strings.HasSuffix(start, "/>") {
			start = strings.TrimSuffix(start, "/>") + ">"
		}
		b.WriteString(start)
	case like != nil:
		fmt.Fprintf(&b, `<%srow r="%d"%s>`, s.prefix, number, like.format)
	default:
		fmt.Fprintf(&b, `<%srow r="%d">`, s.prefix, number)
	}
	if like != nil {
		for _, c := range like.cells {
			styles[c.column] = c.style
		}
	}
	if old != nil {
		for _, c := range old.cells {
			texts[c.column] = string(s.data[c.begin:c.end])
			if c.style != "" {
				styles[c.column] = c.style
			}
		}
	}
	for column, c := range cells {
		style, ok := styles[column]
		if !ok {
			style = s.columns[column]
		}
		texts[column] = s.cellText(address(column, number), style, c, shows)
	}
	for _, column := range slices.Sorted(maps.Keys(texts)) {
		b.WriteString(texts[column])
	}
	fmt.Fprintf(&b, `</%srow>`, s.prefix)
	return b.String()
}

func (s *sheetXML) cellText(at, style string, c newCell, shows dates) string {
	isDate := shows.of(style)
	if style != "" {
		style = fmt.Sprintf(` s="%s"`, escapeXML(style))
	}
	p := s.prefix
	if c.isDay && isDate {
		return fmt.Sprintf(`<%[1]sc r="%[2]s"%[3]s><%[1]sv>%[4]d</%[1]sv></%[1]sc>`, p, at, style, c.days-shows.date0)
	}
	return fmt.Sprintf(`<%[1]sc r="%[2]s"%[3]s t="inlineStr"><%[1]sis><%[1]st xml:space="preserve">%[4]s</%[1]st></%[1]sis></%[1]sc>`, p, at, style, escapeXML(escape(c.text)))
}

var wholeRange = regexp.MustCompile(`^([A-Z]+[0-9]+:[A-Z]+)([0-9]+)$`)

// grown is the range of the sheet's cells with rows down to a last one.
func (s *sheetXML) grown(last int) (string, bool) {
	m := wholeRange.FindSubmatch(s.data[s.dimension[0]:s.dimension[1]])
	if m == nil {
		return "", false
	}
	if n, err := strconv.Atoi(string(m[2])); err != nil || n >= last {
		return "", false
	}
	return fmt.Sprintf("%s%d", m[1], last), true
}
