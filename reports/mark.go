package reports

import (
	"github.com/shopspring/decimal"
)

// mostLinks is how many cells of a sheet lead elsewhere: excelize looks through all of them for each new one. (excelize 2.11.0)
const mostLinks = 10_000

// mark shows a cell of column i as one that leads somewhere, stands out or waits for somebody's text.
func (w *writer) mark(c *column, i int, v string, r record) error {
	fill, target := c.fill, ""
	if t := c.tint[v]; t != "" {
		fill = t
	}
	if c.link != nil && v != "" && w.links < mostLinks {
		target = c.link(r)
	}
	if fill == "" && target == "" {
		return nil
	}
	l := c.looks()[0]
	for n, id := range w.styles[i] {
		if id == w.cells[i].StyleID {
			l = c.looks()[n]
		}
	}
	l.fill, l.link = fill, target != ""
	var err error
	if w.cells[i].StyleID, err = w.book.style(l); err != nil || target == "" {
		return err
	}
	w.links++
	return w.book.file.SetCellHyperLink(w.out.sheet, cellName(i+1, w.out.rows+1), target, "Location")
}

// linked is the sheet with cells of a column that lead where at says.
func (s sheet) linked(from string, at func(record) string) sheet {
	columns := append([]column{}, s.columns...)
	for i := range columns {
		if columns[i].from == from {
			columns[i].link = at
		}
	}
	s.columns = columns
	return s
}

// target is a cell as a link names it.
func target(sheet string, column, row int) string {
	return quoteSheet(sheet) + "!" + cellName(column, row)
}

// pages knows on which sheet and row a table's row stands, over all the sheets that a long table runs over.
type pages struct {
	names []string
	most  int // rows a sheet
}

func (p pages) of(row int) string {
	return target(p.names[min(row/p.most, len(p.names)-1)], 1, row%p.most+2)
}

// isZero says whether a text of the database is no amount or a zero.
func isZero(text string) bool {
	d, err := decimal.NewFromString(text)
	return err != nil || d.IsZero()
}
