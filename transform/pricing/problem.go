package pricing

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Problem is what is wrong, or odd, in one cell, and what the editor of the workbook does about it.
type Problem struct {
	Sheet   string // as the file spells it; empty for the file as a whole
	Cell    string // "K7"; empty for the sheet as a whole
	Message string
	Remedy  string

	row, column int // for the order; 0 for the sheet as a whole
}

// String is one line: Rules!K7: value 1,05 is not a decimal number; write 1.05
func (p Problem) String() string {
	var b strings.Builder
	switch {
	case p.Sheet != "" && p.Cell != "":
		fmt.Fprintf(&b, "%s!%s: ", p.Sheet, p.Cell)
	case p.Sheet != "":
		fmt.Fprintf(&b, "%s: ", p.Sheet)
	}
	b.WriteString(p.Message)
	if p.Remedy != "" {
		b.WriteString("; ")
		b.WriteString(p.Remedy)
	}
	return b.String()
}

// Faults is everything that is wrong with a workbook, in the order of its sheets, rows and columns.
type Faults struct {
	Problems []Problem
	More     int // faults beyond those kept
}

// maxProblems bounds what a file that is wrong everywhere costs.
const maxProblems = 5000

func (f *Faults) Error() string {
	lines := make([]string, 0, len(f.Problems)+1)
	for _, p := range f.Problems {
		lines = append(lines, p.String())
	}
	if f.More > 0 {
		lines = append(lines, fmt.Sprintf("and %d more faults", f.More))
	}
	return strings.Join(lines, "\n")
}

// Cell is where a row stands in the workbook.
type Cell struct {
	Sheet   string // as the file spells it
	Row     int    // from 1; 0 for a row that was never in a file
	columns map[string]int
}

// Column is the address of the row's cell under a header, "K7"; empty for a row that was never in a file.
func (c Cell) Column(header string) string {
	if c.Row == 0 {
		return ""
	}
	return address(max(c.columns[header], 1), c.Row)
}

// address names a cell as spreadsheets do; columns count from 1.
func address(column, row int) string {
	var letters []byte
	for n := column; n > 0; n = (n - 1) / 26 {
		letters = append(letters, byte('A'+(n-1)%26))
	}
	slices.Reverse(letters)
	return fmt.Sprintf("%s%d", letters, row)
}

// problems gathers faults and warnings; of several about one cell the first is kept, for the others mostly follow from it.
type problems struct {
	faults   list
	warnings list
}

type list struct {
	all  []Problem
	seen map[string]bool
	more int
}

func (l *list) add(p Problem) {
	if p.Cell != "" {
		key := p.Sheet + "!" + p.Cell
		if l.seen[key] {
			return
		}
		if l.seen == nil {
			l.seen = map[string]bool{}
		}
		l.seen[key] = true
	}
	if len(l.all) == maxProblems {
		l.more++
		return
	}
	l.all = append(l.all, p)
}

// at makes the problem of the cell under a header.
func at(c Cell, header, message, remedy string) Problem {
	return Problem{Sheet: c.Sheet, Cell: c.Column(header), Message: message, Remedy: remedy, row: c.Row, column: c.columns[header]}
}

func (p *problems) fault(c Cell, header, message, remedy string) {
	p.faults.add(at(c, header, message, remedy))
}

// warn is silent about a cell that has a fault already.
func (p *problems) warn(c Cell, header, message, remedy string) {
	w := at(c, header, message, remedy)
	if !p.faults.seen[w.Sheet+"!"+w.Cell] {
		p.warnings.add(w)
	}
}

// inOrder sorts by sheet (in the order of sheets), row and column.
func (l *list) inOrder() []Problem {
	slices.SortStableFunc(l.all, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(sheetOrder(a.Sheet), sheetOrder(b.Sheet)), cmp.Compare(a.row, b.row), cmp.Compare(a.column, b.column))
	})
	return l.all
}

// shown prints a cell's text inside a message: short, and without what could play with a terminal.
func shown(text string) string {
	const most = 60
	r := []rune(text)
	cut := ""
	if len(r) > most {
		r, cut = r[:most], fmt.Sprintf("… (%d characters)", len(r))
	}
	for _, c := range r {
		if !unicode.IsPrint(c) || c == '"' || c == ';' {
			return fmt.Sprintf("%q%s", string(r), cut)
		}
	}
	if len(r) == 0 {
		return `""`
	}
	return string(r) + cut
}
