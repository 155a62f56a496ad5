package reports

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/shopspring/decimal"
)

// Check 36: what stands in a workbook is what the database says. Before a file takes its place it is read back, sheet by sheet, and its sums
// are held against sums that SQL computed by itself. Nothing of the writer's own arithmetic is asked.

// wanted is what a finished workbook must say: the sum of a column over the sheets that a table runs over, with the number of its rows, or
// the cell beside a name on a sheet that is laid out by hand.
type wanted struct {
	sheets []string
	header string // of the column; of a cell the name that its row begins with
	column int    // of a cell; 0 for the sum of a column
	rows   int    // of the table; -1: not known
	value  decimal.Decimal
	off    decimal.Decimal // by how much the cells may be off where they are rounded to fit
}

// wantSum is what a column of a table must add up to.
func wantSum(decl sheet, lang language, sheets []string, from string, rows int, value decimal.Decimal) wanted {
	for _, c := range decl.columns {
		if c.from == from {
			return wanted{sheets: sheets, header: c.label.header(lang), rows: rows, value: value}
		}
	}
	panic("sheet " + decl.name.en + " has no column " + from) // ours, never the data's
}

// MismatchError says that a workbook came out other than the database: the file that stood there before was kept.
type MismatchError struct {
	File, Sheet, What string
	Have, Want        string
}

func (e *MismatchError) Error() string {
	return fmt.Sprintf("check 36: %s, sheet %s: %s is %s, the database says %s; the file was not replaced, report this as a defect of settle", e.File, e.Sheet, e.What, e.Have, e.Want)
}

// readBack collects how the workbooks of a run came out.
type readBack struct {
	mu     sync.Mutex
	totals map[string]int // that were compared, by path below the cycle's folder
	failed []*MismatchError
}

// note keeps a mismatch and lets the others go on; any other error comes back.
func (b *readBack) note(err error) error {
	var m *MismatchError
	if !errors.As(err, &m) || b == nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failed = append(b.failed, m)
	return nil
}

func (b *readBack) done(rel string, totals int) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.totals == nil {
		b.totals = map[string]int{}
	}
	b.totals[rel] = totals
}

// err joins the mismatches, in the order of the files.
func (b *readBack) err() error {
	slices.SortFunc(b.failed, func(a, c *MismatchError) int { return strings.Compare(a.File+a.Sheet+a.What, c.File+c.Sheet+c.What) })
	var all []error
	for _, m := range b.failed {
		all = append(all, m)
	}
	return errors.Join(all...)
}

// verify reads a workbook back and holds it against what it must say; it returns how many figures were compared.
func verify(file, name string, want []wanted) (int, error) {
	archive, err := zip.OpenReader(file)
	if err != nil {
		return 0, fmt.Errorf("read back %s: %w", name, err)
	}
	defer archive.Close()
	sheets, err := sheetParts(&archive.Reader)
	if err != nil {
		return 0, fmt.Errorf("read back %s: %w", name, err)
	}
	v := verifier{name: name, have: make([]tally, len(want)), want: want}
	for i := range v.have {
		v.have[i].sum = decimal.Zero
	}
	seen := map[string]bool{}
	for _, w := range want {
		for _, sheet := range w.sheets {
			if seen[sheet] {
				continue
			}
			seen[sheet] = true
			part := sheets[sheet]
			if part == nil {
				return 0, &MismatchError{name, sheet, "the sheet", "missing", "there"}
			}
			if err := v.sheet(sheet, part); err != nil {
				return 0, err
			}
		}
	}
	for i, w := range want {
		h, where, what := v.have[i], strings.Join(w.sheets, ", "), strings.ReplaceAll(w.header, "\n", " ")
		switch {
		case h.found == 0:
			return 0, &MismatchError{name, where, what, "missing", w.value.String()}
		case w.column == 0 && w.rows >= 0 && h.rows != w.rows:
			return 0, &MismatchError{name, where, "the number of rows", fmt.Sprint(h.rows), fmt.Sprint(w.rows)}
		case h.sum.Sub(w.value).Abs().GreaterThan(w.off):
			return 0, &MismatchError{name, where, what, h.sum.String(), w.value.String()}
		}
	}
	return len(want), nil
}

// tally is what was read of one wanted figure.
type tally struct {
	sum   decimal.Decimal
	rows  int
	found int // sheets that have it
}

type verifier struct {
	name string
	want []wanted
	have []tally
}

// row is a row of a sheet, with the columns that somebody wants.
type sheetRow struct {
	n     int
	first string         // text of column A
	cells map[int]string // by column, from 1
}

// sheet reads one sheet. A table's rows end where its filter ends, which is told after them: totals stand below, at most two.
func (v *verifier) sheet(sheet string, part *zip.File) error {
	in, err := part.Open()
	if err != nil {
		return fmt.Errorf("read back %s, sheet %s: %w", v.name, sheet, err)
	}
	defer in.Close()
	columns := map[int][]int{} // of the sheet to the wanted figures
	var named []int            // wanted cells beside a name
	for i, w := range v.want {
		if w.column > 0 && slices.Contains(w.sheets, sheet) {
			named = append(named, i)
		}
	}
	own := make([]decimal.Decimal, len(v.want)) // sums of this sheet
	add := func(r sheetRow) error {
		for c, figures := range columns {
			if r.cells[c] == "" {
				continue
			}
			d, err := decimal.NewFromString(r.cells[c])
			if err != nil {
				return &MismatchError{v.name, sheet, fmt.Sprintf("cell %s", cellName(c, r.n)), r.cells[c], "a number"}
			}
			for _, i := range figures {
				own[i] = own[i].Add(d)
			}
		}
		return nil
	}
	var last []sheetRow
	s := sheetScanner{keep: func(c int) bool { return columns[c] != nil || len(named) > 0 }}
	filter, err := s.scan(in, func(r sheetRow) error {
		if r.n == 1 {
			for i, w := range v.want {
				if w.column > 0 || !slices.Contains(w.sheets, sheet) {
					continue
				}
				for c, text := range r.cells {
					if text == w.header {
						columns[c] = append(columns[c], i)
						v.have[i].found++
					}
				}
			}
		}
		for _, i := range named {
			if w := v.want[i]; r.first == w.header && r.cells[w.column] != "" {
				d, err := decimal.NewFromString(r.cells[w.column])
				if err != nil {
					return &MismatchError{v.name, sheet, w.header, r.cells[w.column], w.value.String()}
				}
				v.have[i].sum, v.have[i].found = d, v.have[i].found+1
			}
		}
		if r.n == 1 || len(columns) == 0 {
			return nil
		}
		if last = append(last, r); len(last) > 2 {
			first := last[0]
			last = append(last[:0], last[1:]...)
			return add(first)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read back %s, sheet %s: %w", v.name, sheet, err)
	}
	var totals []sheetRow
	for _, r := range last {
		if r.n > filter {
			totals = append(totals, r)
			continue
		}
		if err := add(r); err != nil {
			return err
		}
	}
	for c, figures := range columns {
		for _, i := range figures {
			h := &v.have[i]
			h.sum = h.sum.Add(own[i])
			h.rows += max(0, filter-1)
			for k, r := range totals { // that of the sheet, then that of all sheets so far
				if r.cells[c] == "" || filter == 0 {
					continue
				}
				want := own[i]
				if k > 0 {
					want = h.sum
				}
				if d, err := decimal.NewFromString(r.cells[c]); err != nil || !d.Equal(want) {
					return &MismatchError{v.name, sheet, "the total of " + strings.ReplaceAll(v.want[i].header, "\n", " "), r.cells[c], want.String()}
				}
			}
		}
	}
	return nil
}

// sheetParts are the files of a workbook's sheets, by the sheets' names.
func sheetParts(archive *zip.Reader) (map[string]*zip.File, error) {
	files := map[string]*zip.File{}
	for _, f := range archive.File {
		files[f.Name] = f
	}
	var book struct {
		Sheets []struct {
			Name string `xml:"name,attr"`
			ID   string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
		} `xml:"sheets>sheet"`
	}
	var relations struct {
		All []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	for name, into := range map[string]any{"xl/workbook.xml": &book, "xl/_rels/workbook.xml.rels": &relations} {
		if err := decode(files[name], into); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	targets := map[string]string{}
	for _, r := range relations.All {
		targets[r.ID] = strings.TrimPrefix(path.Join("xl", r.Target), "xl/xl/")
		if strings.HasPrefix(r.Target, "/") {
			targets[r.ID] = strings.TrimPrefix(r.Target, "/")
		}
	}
	all := map[string]*zip.File{}
	for _, s := range book.Sheets {
		all[s.Name] = files[targets[s.ID]]
	}
	return all, nil
}

func decode(f *zip.File, into any) error {
	if f == nil {
		return errors.New("missing")
	}
	in, err := f.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	text, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	return xml.Unmarshal(text, into)
}
