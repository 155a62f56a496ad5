package pricing

import (
	"fmt"
	"reflect"
	"strings"
)

// reader turns sheets into rows and gathers what is wrong with them.
type reader struct {
	problems
	file *workbook
	err  error // the file itself cannot be read on
}

// rowsOf reads one sheet. Rows with faults come back too, without the faulty fields, so that other sheets can refer to them.
func rowsOf[R any](rd *reader, decl *sheet) []R {
	name, g := rd.find(decl)
	if g == nil {
		return nil
	}
	columns, ok := rd.headers(decl, name, g)
	if !ok {
		return nil
	}
	fields := fieldsOf(decl, reflect.TypeFor[R]())
	var rows []R
	for _, from := range g.rows[1:] {
		rows = append(rows, *new(R))
		to := reflect.ValueOf(&rows[len(rows)-1]).Elem()
		origin := Cell{Sheet: name, Row: from.number, columns: columns}
		to.FieldByName("Origin").Set(reflect.ValueOf(origin))
		rd.strays(origin, columns, from)
		for i, c := range decl.columns {
			rd.set(to.Field(fields[i]).Addr().Interface(), origin, c, from.at(columns[c.header]))
		}
	}
	return rows
}

// find returns the sheet's name as the file spells it, and its cells; nil where it cannot be read at all.
func (rd *reader) find(decl *sheet) (string, *grid) {
	if rd.err != nil {
		return "", nil
	}
	for _, s := range rd.file.sheets {
		if !strings.EqualFold(trim(s.name), decl.name) {
			continue
		}
		g, err := rd.file.grid(s)
		if err != nil {
			rd.err = err
			return "", nil
		}
		if len(g.merged) > 0 {
			rd.faults.add(Problem{Sheet: s.name, Message: "cells are merged: " + shown(strings.Join(g.merged, ", ")), Remedy: "unmerge them and repeat the value in every row"})
			return "", nil
		}
		return s.name, g
	}
	rd.faults.add(Problem{Sheet: decl.name, Message: "the sheet is missing", Remedy: "add it, with these headers in row 1: " + decl.headers()})
	return "", nil
}

// headers finds the columns. Names count without case and without the star that marks required ones in the documentation.
func (rd *reader) headers(decl *sheet, name string, g *grid) (map[string]int, bool) {
	place := func(column int, message, remedy string) {
		rd.faults.add(Problem{Sheet: name, Cell: address(column, 1), Message: message, Remedy: remedy, row: 1, column: column})
	}
	if len(g.rows) == 0 || g.rows[0].number != 1 {
		place(1, "row 1 is empty", "write the headers there: "+decl.headers())
		return nil, false
	}
	columns := map[string]int{}
	for _, v := range g.rows[0].values {
		header := strings.ToLower(trim(strings.TrimSuffix(v.text, "*")))
		switch known := decl.column(header); {
		case known == nil:
			place(v.column, fmt.Sprintf("unknown header %s", shown(v.text)), "remove the column or use one of: "+decl.headers())
		case columns[header] > 0:
			place(v.column, fmt.Sprintf("header %s stands in %s already", header, address(columns[header], 1)), "remove one of the two columns")
		default:
			columns[header] = v.column
		}
	}
	complete := true
	for _, c := range decl.columns {
		if c.required && columns[c.header] == 0 {
			complete = false
			rd.faults.add(Problem{Sheet: name, Message: "column " + c.header + " is missing", Remedy: "add this header to row 1", row: 1})
		}
	}
	return columns, complete
}

func (s *sheet) column(header string) *column {
	for i := range s.columns {
		if s.columns[i].header == header {
			return &s.columns[i]
		}
	}
	return nil
}

// strays reports values under no header: they would be lost. A column whose header is unknown is reported there.
func (rd *reader) strays(origin Cell, columns map[string]int, row gridRow) {
	known := map[int]bool{}
	for _, at := range columns {
		known[at] = true
	}
	for _, v := range row.values {
		if !known[v.column] && !rd.faults.seen[origin.Sheet+"!"+address(v.column, 1)] {
			rd.faults.add(Problem{Sheet: origin.Sheet, Cell: address(v.column, origin.Row), Message: shown(v.text) + " stands in a column without a header",
				Remedy: "remove it or move it into a column with a header", row: origin.Row, column: v.column})
			return // one a row is enough
		}
	}
}
