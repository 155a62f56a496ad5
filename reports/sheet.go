package reports

import (
	"context"
	"fmt"
	"strings"

	"github.com/shopspring/decimal"
	"github.com/xuri/excelize/v2"
)

// kind says what a column holds and so how its cells look.
type kind int

const (
	words    kind = iota // text that wraps
	text                 // text on one line
	ident                // an id: text, never a number, since a cell keeps 15 digits
	ordinal              // the number of the row, made here
	count                // a whole number
	money                // shown to the cent, held exactly
	exact                // money shown to 8 places
	quantity             // as many decimals as it has, up to 6 shown
	factor               // a price or a coefficient
	rate                 // a tax rate
	share                // a percentage of a whole
	day                  // a date
	instant              // a moment, shown in UTC+8
	side                 // what one source says: a number to 8 places where it is one, else text that wraps
)

// column declares one column of a sheet.
type column struct {
	from  string // column of the query; empty for ordinal
	label label
	kind  kind
	width float64
	sum   bool                                    // has a total
	codes map[string]label                        // what the codes of this column mean; others stay as they are
	per   quotient                                // a share: what its total is made of
	only  need                                    // left out where the document has no need of it
	read  func(text string, lang language) string // what the cell says of the database's text; nil: the text
	link  func(r record) string                   // where in the workbook a click on the cell leads; empty: nowhere
	tint  map[string]string                       // fill by the database's text
	fill  string                                  // of every cell: where somebody is to write
}

// need is what a document must hold for a column to stand in it.
type need int

const (
	always   need = iota
	forMany       // a statement of many accounts
	forPrior      // changes of earlier months
	forNotes      // lines with a note
	forCost       // the vendor's amounts include tax, which margins take off
)

// sheet declares a table sheet.
type sheet struct {
	name    label
	columns []column
	freeze  int // key columns that stay in sight
	across  int // pages side by side in print, each with the key columns; 0: one
}

// with leaves out the columns that a document does not need.
func (s sheet) with(holds map[need]bool) sheet {
	var columns []column
	for _, c := range s.columns {
		if c.only == always || holds[c.only] {
			columns = append(columns, c)
		}
	}
	s.columns = columns
	return s
}

// sheetName is the name of the i-th sheet (from 1) over which a long table runs.
func (s sheet) sheetName(lang language, i int) string {
	if i == 1 {
		return s.name.in(lang)
	}
	n := fmt.Sprintf("_%d", i)
	if lang == english {
		return s.name.en + n
	}
	return label{s.name.zh + n, s.name.en}.in(lang)
}

// sheetNames are the names for a number of rows.
func (s sheet) sheetNames(lang language, rows, maxRows int) []string {
	names := []string{s.sheetName(lang, 1)}
	for i := 2; (i-1)*maxRows < rows; i++ {
		names = append(names, s.sheetName(lang, i))
	}
	return names
}

var (
	totalLabel = label{"合计", "Total"}
	grandLabel = label{"全部合计", "Grand total"}
	emptyLabel = label{"本期无记录", "No records in this period"}
)

// written is what a finished table sheet says of itself, for formulas elsewhere.
type written struct {
	sheet string
	rows  int
	sums  map[string]decimal.Decimal // by query column
	lossy map[string]bool            // columns with an amount that no number cell can hold
	place map[string]int             // column number by query column
}

// cells is the range of a column's data rows, as a formula names it.
func (w *written) cells(from string) string {
	c := columnName(w.place[from])
	return fmt.Sprintf("%s!$%s$2:$%s$%d", quoteSheet(w.sheet), c, c, w.rows+1)
}

// writer streams one table sheet.
type writer struct {
	book    *book
	decl    sheet
	stream  *excelize.StreamWriter
	styles  [][3]int // per column, as looks has them
	cells   []excelize.Cell
	row     []any
	ordinal int
	links   int   // cells that lead elsewhere
	empty   label // what stands where there is no row
	out     written
}

func (b *book) openSheet(decl sheet, name string, ordinal int) (*writer, error) {
	w := &writer{book: b, decl: decl, ordinal: ordinal, empty: emptyLabel}
	w.out = written{sheet: name, sums: map[string]decimal.Decimal{}, lossy: map[string]bool{}, place: map[string]int{}}
	fit := true
	if err := b.file.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &fit}); err != nil {
		return nil, err
	}
	var err error
	if w.stream, err = b.file.NewStreamWriter(name); err != nil {
		return nil, err
	}
	if err := b.page(name, "landscape", 0); err != nil {
		return nil, err
	}
	if decl.across > 1 {
		if err := b.file.SetPageLayout(name, &excelize.PageLayoutOptions{FitToWidth: &decl.across}); err != nil {
			return nil, err
		}
	}
	w.cells = make([]excelize.Cell, len(decl.columns))
	w.row = make([]any, len(decl.columns))
	w.styles = make([][3]int, len(decl.columns))
	for i, c := range decl.columns {
		w.row[i] = &w.cells[i]
		w.out.place[c.from] = i + 1
		if c.sum {
			w.out.sums[c.from] = decimal.Zero
		}
		if err := w.stream.SetColWidth(i+1, i+1, c.width); err != nil {
			return nil, err
		}
		for n, l := range c.looks() {
			if w.styles[i][n], err = b.style(l); err != nil {
				return nil, err
			}
		}
	}
	if err := w.stream.SetPanes(&excelize.Panes{
		Freeze: true, XSplit: decl.freeze, YSplit: 1, TopLeftCell: cellName(decl.freeze+1, 2), ActivePane: "bottomRight",
	}); err != nil {
		return nil, err
	}
	return w, w.header()
}

func (w *writer) header() error {
	style, err := w.book.style(headerLook)
	if err != nil {
		return err
	}
	lines := 1
	for i, c := range w.decl.columns {
		h := c.label.header(w.book.lang)
		w.cells[i] = excelize.Cell{StyleID: style, Value: h}
		lines = max(lines, linesIn(h, c.width))
	}
	return w.stream.SetRow("A1", w.row, excelize.RowOpts{Height: min(float64(lines)*13.5+6, tallest)})
}

// linesIn estimates the lines that a text takes in a column. A Chinese character is two digits wide and may stand at any line's end;
// other words stay whole where they fit.
func linesIn(text string, width float64) int {
	lines, room := 0, max(2, int(width)-1)
	for line := range strings.Lines(text) {
		lines++
		at, word := 0, 0 // taken on this line; length of the word so far, counted in at
		for _, r := range strings.TrimSuffix(line, "\n") {
			w := 1
			switch {
			case r >= 0x2E80:
				w, word = 2, 0
			case r == ' ':
				word = 0
			default:
				word++
			}
			if at += w; at > room && r != ' ' {
				lines++
				if at = w; word > 1 && word <= room {
					at = word
				}
			}
		}
	}
	return max(1, lines)
}

// add writes one row of the query's answer; at gives the place of each column in it.
func (w *writer) add(t *table, row int, at []int) error {
	w.ordinal++
	w.out.rows++
	lines := 1
	for i := range w.decl.columns {
		c := &w.decl.columns[i]
		if c.kind == ordinal {
			w.cells[i] = excelize.Cell{StyleID: w.styles[i][1], Value: w.ordinal}
			continue
		}
		v := t.cell(row, at[i])
		if c.sum && v != "" {
			if err := w.addUp(c.from, v); err != nil {
				return err
			}
		}
		w.cells[i] = w.value(c, w.styles[i], v)
		if c.link != nil || c.tint != nil || c.fill != "" {
			if err := w.mark(c, i, v, record{t, row}); err != nil {
				return err
			}
		}
		if shown, ok := w.cells[i].Value.(string); ok && (c.kind == words || c.kind == ident || c.kind == side) && float64(len(shown)) > c.width {
			n := linesIn(shown, c.width*bodyWiden-1)
			if n > maxLines {
				w.cells[i].StyleID = w.styles[i][2]
			}
			lines = max(lines, n)
		}
	}
	if lines == 1 {
		return w.stream.SetRow(cellName(1, w.out.rows+1), w.row)
	}
	// The height is written out: not every program measures wrapped text when it opens a file.
	height := float64(min(lines, maxLines))*lineHeight + 2
	return w.stream.SetRow(cellName(1, w.out.rows+1), w.row, excelize.RowOpts{Height: min(height, tallest)})
}

const (
	maxLines   = 6    // a row shows no more, however long its texts
	lineHeight = 12.5 // points, of the body's 9-point type
	bodyWiden  = 1.15 // widths count digits of the 11-point default type; the body is smaller
)

func (w *writer) addUp(from, v string) error {
	d, err := decimal.NewFromString(v)
	if err != nil {
		return fmt.Errorf("sheet %s: %s: %q is not a number", w.out.sheet, from, v)
	}
	w.out.sums[from] = w.out.sums[from].Add(d)
	if digits(v) > spreadsheetDigits {
		w.out.lossy[from] = true
	}
	return nil
}

// value makes the cell of a text of the database.
func (w *writer) value(c *column, styles [3]int, v string) excelize.Cell {
	if v == "" {
		return excelize.Cell{StyleID: styles[0]}
	}
	switch c.kind {
	case words, text, ident, ordinal:
		if l, ok := c.codes[v]; ok {
			v = l.in(w.book.lang)
		}
		if c.read != nil {
			v = c.read(v, w.book.lang)
		}
		return excelize.Cell{StyleID: styles[0], Value: clean(v)}
	case day, instant:
		if n, ok := cellTime(v); ok {
			return excelize.Cell{StyleID: styles[0], Value: n}
		}
	default:
		if n, ok := cellNumber(v); ok {
			style := styles[0]
			if wholeFormat(c.kind, v) {
				style = styles[1]
			}
			return excelize.Cell{StyleID: style, Value: n}
		}
	}
	return excelize.Cell{StyleID: styles[2], Value: clean(plain(v))}
}

// wholeFormat says whether a number takes the second of its column's formats, the one for whole numbers.
func wholeFormat(k kind, v string) bool {
	switch k {
	case quantity, side:
		return integral(v)
	case rate: // 0.06 is 6 %, a whole percentage
		v = plain(v)
		point := strings.IndexByte(v, '.')
		return point < 0 || len(v)-point-1 <= 2
	}
	return false
}

// looks are the three ways in which cells of a column are shown: normal; a whole number; a text where a number does not fit, or one
// too long for its row, which begins at the top.
func (c column) looks() [3]look {
	base := look{ruled: true, middle: true}
	number := func(format, whole string) [3]look {
		n, i, t := base, base, base
		n.align, n.format = "right", format
		i.align, i.format = "right", whole
		t.align, t.format = "right", formatText
		return [3]look{n, i, t}
	}
	switch c.kind {
	case words, text, ident:
		base.wrap, base.indent = c.kind != text, true
		if c.kind == ident {
			base.format = formatText
		}
		long := base
		long.middle = false
		return [3]look{base, base, long}
	case ordinal:
		base.color = grey
		return number(formatCount, formatCount)
	case count:
		return number(formatCount, formatCount)
	case money:
		return number(formatMoney, formatMoney)
	case exact:
		base.color = grey
		return number(formatExact, formatExact)
	case quantity:
		return number(formatQuantity, formatCount)
	case side:
		all := number(formatSide, formatCount)
		base.wrap, base.indent = true, true
		all[2] = base
		return all
	case factor:
		return number(formatFactor, formatFactor)
	case rate:
		return number(formatRate, formatPercent)
	case share:
		return number(formatShare, formatShare)
	case day:
		base.align, base.format = "center", formatDay
	case instant:
		base.align, base.format = "center", formatInstant
	}
	return [3]look{base, base, base}
}

// finish writes totals, filter and print titles. before are the sheets over which the table ran until here, for a grand total.
func (w *writer) finish(before []*written) (*written, error) {
	b, last := w.book, w.out.rows+1
	if w.out.rows == 0 {
		style, err := b.style(look{color: grey})
		if err != nil {
			return nil, err
		}
		if err := w.stream.SetRow("A2", []any{excelize.Cell{StyleID: style, Value: w.empty.in(b.lang)}}); err != nil {
			return nil, err
		}
		one := 1 // nothing needs a second page
		if err := b.file.SetPageLayout(w.out.sheet, &excelize.PageLayoutOptions{FitToWidth: &one}); err != nil {
			return nil, err
		}
	} else {
		if len(w.out.sums) > 0 {
			if err := w.totals(last+1, totalLabel, nil); err != nil {
				return nil, err
			}
		}
		if len(before) > 0 && len(w.out.sums) > 0 {
			if err := w.totals(last+2, grandLabel, before); err != nil {
				return nil, err
			}
		}
		area := "A1:" + cellName(len(w.decl.columns), last)
		if err := b.file.AutoFilter(w.out.sheet, area, nil); err != nil {
			return nil, err
		}
	}
	titles := "$1:$1"
	if w.decl.across > 1 {
		titles = "$A:$" + columnName(max(1, w.decl.freeze)) + "," + quoteSheet(w.out.sheet) + "!" + titles
	}
	if err := b.define("_xlnm.Print_Titles", w.out.sheet, titles); err != nil {
		return nil, err
	}
	out := w.out // the writer goes on to the next sheet
	return &out, w.stream.Flush()
}

// totals writes a row of live sums with their exact values beside them. It stands below the filter's range.
func (w *writer) totals(row int, name label, before []*written) error {
	for i, c := range w.decl.columns {
		l := c.looks()[0]
		l.bold, l.fill, l.color, l.ruled, l.topLine = true, paleBlue, "", false, 1
		if before != nil {
			l.topLine = 0
		}
		v := excelize.Cell{}
		if i == 0 {
			l.format, l.align, l.wrap, l.indent = "", "left", false, false
			v.Value = name.in(w.book.lang)
		}
		if c.sum {
			total, lossy := w.out.sums[c.from], w.out.lossy[c.from]
			own := fmt.Sprintf("%s$2:%s$%d", columnName(i+1), columnName(i+1), w.out.rows+1)
			formula := "SUBTOTAL(109," + own + ")"
			if before != nil {
				formula = "SUM(" + own
				for _, s := range before {
					total = total.Add(s.sums[c.from])
					lossy = lossy || s.lossy[c.from]
					formula += "," + s.cells(c.from)
				}
				formula += ")"
			}
			n, ok := cellNumber(total.String())
			if ok && !lossy {
				v.Formula = formula // a sum that meets text would leave it out
			}
			if !ok {
				l.format = formatText
			}
			v.Value = n
		}
		if c.per != (quotient{}) && before == nil {
			v.Value, v.Formula = w.quotient(c.per, row)
		}
		style, err := w.book.style(l)
		if err != nil {
			return err
		}
		v.StyleID = style
		w.cells[i] = v
	}
	return w.stream.SetRow(cellName(1, row), w.row)
}

// places finds the columns of a declaration in an answer.
func (s sheet) places(t *table) ([]int, error) {
	at := make([]int, len(s.columns))
	for i, c := range s.columns {
		if c.kind == ordinal {
			continue
		}
		p, err := t.at(c.from)
		if err != nil {
			return nil, err
		}
		at[i] = p
	}
	return at, nil
}

// writeTable writes a party's rows of an answer that is in memory; extra sees each row.
func (b *book) writeTable(ctx context.Context, decl sheet, t *table, party string) (*written, error) {
	name := decl.sheetName(b.lang, 1)
	w, err := b.openSheet(decl, name, 0)
	if err != nil {
		return nil, fmt.Errorf("sheet %s: %w", name, err)
	}
	if err := w.addParty(ctx, t, party, nil); err != nil {
		return nil, err
	}
	return w.finish(nil)
}

// addParty adds the rows of one party, until full says that another sheet must take over.
func (w *writer) addParty(ctx context.Context, t *table, party string, each func(row int) error) error {
	at, err := w.decl.places(t)
	if err != nil {
		return err
	}
	from, to := t.of(party)
	for row := from; row < to; row++ {
		if row%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if each != nil {
			if err := each(row); err != nil {
				return err
			}
		}
		if err := w.add(t, row, at); err != nil {
			return err
		}
	}
	return nil
}

// writeLong writes a party's rows of a source, slice by slice, over as many sheets as they need. rows is their announced number:
// one more or less means that the wide view does not agree with the lines it is made of, and no document comes of it.
func (b *book) writeLong(ctx context.Context, decl sheet, s *source, party string, rows, maxRows int, each func(*table, int)) ([]*written, error) {
	names := decl.sheetNames(b.lang, rows, maxRows)
	w, err := b.openSheet(decl, names[0], 0)
	if err != nil {
		return nil, fmt.Errorf("sheet %s: %w", names[0], err)
	}
	var done []*written
	seen := 0
	err = s.each(ctx, func(t *table) error {
		return w.addParty(ctx, t, party, func(row int) error {
			seen++
			if each != nil {
				each(t, row)
			}
			if w.out.rows < maxRows || len(done)+1 >= len(names) {
				return nil
			}
			out, err := w.finish(nil)
			if err != nil {
				return err
			}
			done = append(done, out)
			next, err := b.openSheet(decl, names[len(done)], w.ordinal)
			if err == nil {
				*w = *next
			}
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	if seen != rows {
		return nil, fmt.Errorf("sheet %s: settlement.cost shows %d lines where settlement.lines holds %d; the snapshot contradicts itself, settle run makes a new one",
			names[0], seen, rows)
	}
	out, err := w.finish(done)
	if err != nil {
		return nil, err
	}
	return append(done, out), nil
}
