package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/shopspring/decimal"
	"github.com/xuri/excelize/v2"
)

// What an edited reconciliation workbook is read by. Headers are bilingual, in one cell or in two rows; what they begin with tells.
var (
	findingsSheet   = []string{"差异明细", "Findings"}
	idHeader        = []string{"异常编号", "Finding ID", "Finding id"}
	remarkHeader    = []string{"处理备注", "解决原因", "Resolution"}
	differenceHead  = []string{"差额", "Difference"}
	saysHeader      = []string{"内容码", "Says"}
	findingID       = regexp.MustCompile(`^[0-9a-f]{16}$`)
	workbookUnzips  = int64(512 << 20) // most bytes that a workbook may unzip to
	headerRows      = 30               // a header is looked for in so many rows
	mostCellFaults  = 50
	largestWorkbook = int64(100 << 20)
)

// remark is a reason as somebody wrote it into the workbook.
type remark struct {
	id, reason     string
	difference     string // as the workbook shows it
	says           string // digest of what the finding said when the workbook was written; empty where it has no such column
	idCell, reCell string // addresses
}

// resolveFile accepts the findings that an edited workbook gives reasons for. A row whose reason is the one that holds already is
// passed over; everything is looked at before anything is written.
func (a *app) resolveFile(ctx context.Context, cfg *Config, db *sql.DB, path, reason string) error {
	if reason != "" {
		return misused(errors.New("findings resolve: --reason and --from exclude each other; the reasons stand in the file"))
	}
	remarks, err := readRemarks(path)
	if err != nil {
		return misused(fmt.Errorf("findings resolve --from %s: %w", path, err))
	}
	found, err := readFindings(ctx, db, "", "")
	if err != nil {
		return err
	}
	all, unchanged, closed, faults := judge(remarks, found)
	if faults != nil {
		if n := len(faults); n > mostCellFaults {
			faults = append(faults[:mostCellFaults], fmt.Errorf("and %d more", n-mostCellFaults))
		}
		return misused(fmt.Errorf("findings resolve --from %s: nothing is accepted:\n%w", path, errors.Join(faults...)))
	}
	if closed > 0 {
		a.print("%d %s closed by %s in the meantime and %s no reason\n", closed, plural(closed, "finding has", "findings have"), plural(closed, "itself", "themselves"), plural(closed, "needs", "need"))
	}
	if len(all) == 0 {
		a.print("no new reason in %s; %d unchanged\n", filepath.Base(path), unchanged)
		return nil
	}
	return a.accept(cfg, all, unchanged)
}

// judge holds remarks against the findings.
func judge(remarks []remark, found []findingRow) (all []accepted, unchanged, closed int, faults []error) {
	byID := map[string]*findingRow{}
	for i := range found {
		byID[found[i].id] = &found[i]
	}
	first := map[string]remark{}
	fault := func(cell, format string, args ...any) {
		faults = append(faults, fmt.Errorf("cell %s: %s", cell, fmt.Sprintf(format, args...)))
	}
	for _, r := range remarks {
		f := byID[r.id]
		switch before, again := first[r.id]; {
		case r.id == "":
			fault(r.idCell, "a reason stands in %s, and no finding id here", r.reCell)
		case !findingID.MatchString(r.id):
			fault(r.idCell, "%s is no finding id; ids are 16 digits and letters a to f, as text", quoted(cut(r.id, 40)))
		case f == nil:
			fault(r.idCell, "there is no finding %s; settle findings lists them", r.id)
		case again && before.reason != r.reason:
			fault(r.reCell, "finding %s has another reason in %s; write one", r.id, before.reCell)
		case again:
		case len([]rune(r.reason)) > longestReason:
			fault(r.reCell, "the reason has %d characters; write at most %d and refer to a file for the rest", len([]rune(r.reason)), longestReason)
		case f.resolution == r.reason:
			unchanged++
		case f.status == "closed":
			closed++
		case r.says != "" && r.says != f.says:
			fault(r.reCell, "finding %s says something else now than when the workbook was written (settle findings show %s); settle report writes a new one", r.id, r.id)
		case r.says == "" && moved(r.difference, f.difference):
			fault(r.reCell, "the difference of finding %s is %s now, and was %s when the workbook was written; settle report writes a new one", r.id, f.difference, r.difference)
		default:
			all = append(all, accepted{f, r.reason})
		}
		if _, again := first[r.id]; !again {
			first[r.id] = r
		}
	}
	return all, unchanged, closed, faults
}

// moved says whether a difference is another than the one that a cell shows. A cell holds 15 digits.
func moved(shown, now string) bool {
	if strings.TrimSpace(shown) == "" {
		return false // the workbook does not say
	}
	was, err := decimal.NewFromString(strings.TrimSpace(shown))
	is, err2 := decimal.NewFromString(now)
	if err != nil || err2 != nil {
		return err == nil || err2 == nil // one of them has an amount
	}
	slack := decimal.New(1, -8)
	if scale := is.Abs().Mul(decimal.New(1, -14)); scale.GreaterThan(slack) {
		slack = scale
	}
	return was.Sub(is).Abs().GreaterThan(slack)
}

// readRemarks reads the rows of the sheet of findings that have a reason.
func readRemarks(path string) ([]remark, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, err
	case info.Size() > largestWorkbook:
		return nil, fmt.Errorf("the file has %d MB, more than a list of findings can have", info.Size()>>20)
	}
	book, err := excelize.OpenReader(io.LimitReader(file, largestWorkbook), excelize.Options{UnzipSizeLimit: workbookUnzips, RawCellValue: true})
	if err != nil {
		return nil, fmt.Errorf("this is not an .xlsx workbook (%w); open it in a spreadsheet program and save it again as .xlsx", err)
	}
	defer func() { _ = book.Close() }()
	for _, sheet := range book.GetSheetList() {
		if says(sheet, findingsSheet) {
			return remarksOf(book, sheet)
		}
	}
	return nil, errors.New("the workbook has no sheet 差异明细; take the reconciliation workbook, or a list from settle findings export FILE.xlsx")
}

func says(text string, names []string) bool {
	for _, n := range names {
		if strings.Contains(text, n) {
			return true
		}
	}
	return false
}

func remarksOf(book *excelize.File, sheet string) ([]remark, error) {
	rows, err := book.Rows(sheet)
	if err != nil {
		return nil, fmt.Errorf("sheet %s: %w", sheet, err)
	}
	defer func() { _ = rows.Close() }()
	id, re, difference, said := -1, -1, -1, -1
	var all []remark
	for n := 1; rows.Next(); n++ {
		cells, err := rows.Columns()
		if err != nil {
			return nil, fmt.Errorf("sheet %s, row %d: %w", sheet, n, err)
		}
		if id < 0 {
			if id, re, difference, said = columnOf(cells, idHeader), columnOf(cells, remarkHeader), columnOf(cells, differenceHead), columnOf(cells, saysHeader); id < 0 || re < 0 {
				id = -1
				if n == headerRows {
					break
				}
			}
			continue
		}
		reason := strings.TrimSpace(cellAt(cells, re))
		// The second row of a bilingual header, and rows that nobody wrote anything into.
		if reason == "" || says(reason, remarkHeader[2:]) && says(cellAt(cells, id), idHeader[1:]) {
			continue
		}
		all = append(all, remark{strings.TrimSpace(cellAt(cells, id)), reason, cellAt(cells, difference), strings.TrimSpace(cellAt(cells, said)), address(sheet, id, n), address(sheet, re, n)})
	}
	if err := rows.Error(); err != nil {
		return nil, fmt.Errorf("sheet %s: %w", sheet, err)
	}
	if id < 0 {
		return nil, fmt.Errorf("sheet %s has no header with the columns 异常编号 and 处理备注", sheet)
	}
	return all, nil
}

func columnOf(cells []string, names []string) int {
	for i, c := range cells {
		if says(c, names) {
			return i
		}
	}
	return -1
}

func cellAt(cells []string, i int) string {
	if i < 0 || i >= len(cells) {
		return ""
	}
	return cells[i]
}

// address is where a cell stands, from column 0 and row 1.
func address(sheet string, column, row int) string {
	name, err := excelize.CoordinatesToCellName(column+1, row)
	if err != nil {
		return fmt.Sprintf("%s row %d", sheet, row)
	}
	return sheet + "!" + name
}
