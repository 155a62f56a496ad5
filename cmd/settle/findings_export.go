package main

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/shopspring/decimal"
	"github.com/xuri/excelize/v2"
)

// findingColumns are the columns of an exported list: the name in CSV and JSON, the header in a workbook (as in the reconciliation
// workbook, so that settle findings resolve --from reads either), and the field.
var findingColumns = []struct {
	name, header string
	width        float64
	number       bool
	of           func(*findingRow) string
}{
	{"finding_id", "异常编号 Finding ID", 19, false, func(f *findingRow) string { return f.id }},
	{"check_id", "检查号 Check", 8, false, func(f *findingRow) string { return f.check }},
	{"title", "检查项 Title", 34, false, func(f *findingRow) string { return f.title }},
	{"severity", "级别 Severity", 9, false, func(f *findingRow) string { return f.severity }},
	{"status", "状态 Status", 10, false, func(f *findingRow) string { return f.status }},
	{"cycle", "账期 Cycle", 10, false, func(f *findingRow) string { return f.cycle }},
	{"party_id", "结算方 Party", 16, false, func(f *findingRow) string { return f.party }},
	{"short_code", "简称 Short code", 14, false, func(f *findingRow) string { return f.shortCode }},
	{"customer_id", "客户 Customer", 20, false, func(f *findingRow) string { return f.customer }},
	{"reseller_id", "经销商 Reseller", 16, false, func(f *findingRow) string { return f.reseller }},
	{"subject", "键值 Subject", 40, false, func(f *findingRow) string { return f.subject }},
	{"expected", "左侧 Expected", 28, false, func(f *findingRow) string { return f.expected }},
	{"actual", "右侧 Actual", 28, false, func(f *findingRow) string { return f.actual }},
	{"difference", "差额 Difference", 14, true, func(f *findingRow) string { return f.difference }},
	{"tolerance", "容差 Tolerance", 11, true, func(f *findingRow) string { return f.tolerance }},
	{"reason_code", "原因码 Reason code", 18, false, func(f *findingRow) string { return f.code }},
	{"reason", "原因 Reason", 44, false, func(f *findingRow) string { return f.reason }},
	{"detail", "线索 Detail", 44, false, func(f *findingRow) string { return f.detail }},
	{"owner", "责任岗位 Owner", 16, false, func(f *findingRow) string { return f.owner }},
	{"action", "建议动作 Action", 44, false, func(f *findingRow) string { return f.action }},
	{"first_seen", "首次发现 First seen (UTC)", 20, false, func(f *findingRow) string { return f.firstSeen }},
	{"age_days", "天数 Days", 7, true, func(f *findingRow) string { return f.ageDays }},
	{"age_bucket", "账龄 Age", 8, false, func(f *findingRow) string { return f.ageBucket }},
	{"closed_at", "关闭时间 Closed (UTC)", 20, false, func(f *findingRow) string { return f.closedAt }},
	{"run_id", "运行 Run", 24, false, func(f *findingRow) string { return f.run }},
	{"resolution", "处理备注 Resolution", 44, false, func(f *findingRow) string { return f.resolution }},
	{"says", "内容码 Says", 18, false, func(f *findingRow) string { return f.says }},
}

// exportFindings writes the list to a file whose name says the format, under a temporary name first.
func (a *app) exportFindings(ctx context.Context, db *sql.DB, which findingFilter, path string) error {
	writers := map[string]func(io.Writer, []findingRow) error{".csv": findingsCSV, ".json": findingsJSON, ".xlsx": findingsXLSX}
	write, ok := writers[strings.ToLower(filepath.Ext(path))]
	if !ok {
		return misused(fmt.Errorf("findings export %s: the name says no format; write FILE.csv, FILE.json or FILE.xlsx", path))
	}
	all, err := readFindings(ctx, db, which.cycle, "")
	if err != nil {
		return err
	}
	kept := all[:0]
	for i := range all {
		if which.keeps(&all[i]) {
			kept = append(kept, all[i])
		}
	}
	if err := writeOwn(path, func(out io.Writer) error { return write(out, kept) }); err != nil {
		return fmt.Errorf("findings export: %w", err)
	}
	a.print("%d %s in %s\n", len(kept), plural(len(kept), "finding", "findings"), path)
	return nil
}

// writeOwn writes a file that only its owner may read: under a temporary name, synced, renamed.
func writeOwn(path string, write func(io.Writer) error) error {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.tmp")
	if err != nil {
		return fmt.Errorf("%w; name a folder that is there and writable", err)
	}
	defer func() { _ = os.Remove(file.Name()) }() // gone once it is renamed
	out := bufio.NewWriter(file)
	err = write(out)
	if err == nil {
		err = out.Flush()
	}
	if err == nil {
		err = file.Sync()
	}
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Rename(file.Name(), path)
}

// findingsCSV writes UTF-8 with the mark that spreadsheet programs know it by. A text that a spreadsheet program would take for a
// formula gets an apostrophe before it.
func findingsCSV(out io.Writer, all []findingRow) error {
	if _, err := io.WriteString(out, "\ufeff"); err != nil {
		return err
	}
	w := csv.NewWriter(out)
	w.UseCRLF = true
	row := make([]string, len(findingColumns))
	for i, c := range findingColumns {
		row[i] = c.name
	}
	if err := w.Write(row); err != nil {
		return err
	}
	for i := range all {
		for n, c := range findingColumns {
			row[n] = c.of(&all[i])
			if !c.number && row[n] != "" && strings.ContainsRune("=+-@\t\r", rune(row[n][0])) {
				row[n] = "'" + row[n]
			}
		}
		if err := w.Write(row); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

// findingsJSON writes one array, a finding a line; decimals are texts.
func findingsJSON(out io.Writer, all []findingRow) error {
	if _, err := io.WriteString(out, "["); err != nil {
		return err
	}
	for i := range all {
		separator := ",\n "
		if i == 0 {
			separator = "\n "
		}
		if _, err := io.WriteString(out, separator); err != nil {
			return err
		}
		for n, c := range findingColumns {
			value, err := json.Marshal(c.of(&all[i]))
			if err != nil {
				return err
			}
			if c.of(&all[i]) == "" {
				value = []byte("null")
			}
			open := ", "
			if n == 0 {
				open = "{"
			}
			if _, err := fmt.Fprintf(out, "%s%q: %s", open, c.name, value); err != nil {
				return err
			}
		}
		if _, err := io.WriteString(out, "}"); err != nil {
			return err
		}
	}
	_, err := io.WriteString(out, "\n]\n")
	return err
}

// findingsXLSX writes one sheet in which the column 处理备注 is to be filled in. Every text is a text cell, whatever it begins with.
func findingsXLSX(out io.Writer, all []findingRow) error {
	book := excelize.NewFile()
	defer func() { _ = book.Close() }()
	sheet := findingsSheet[0]
	var failed error
	do := func(err error) { failed = errors.Join(failed, err) }
	do(book.SetSheetName("Sheet1", sheet))
	style := func(s *excelize.Style) int {
		id, err := book.NewStyle(s)
		do(err)
		return id
	}
	const size, ink = 10, "1F2328"
	head := style(&excelize.Style{Font: &excelize.Font{Bold: true, Size: size, Color: ink}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8EDF3"}}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	plain := style(&excelize.Style{Font: &excelize.Font{Size: size, Color: ink}, NumFmt: 49, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	edited := style(&excelize.Style{Font: &excelize.Font{Size: size, Color: ink}, NumFmt: 49, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"FFF8DC"}}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	amounts := "#,##0.00######;[Red]-#,##0.00######"
	figure := style(&excelize.Style{Font: &excelize.Font{Size: size, Color: ink}, CustomNumFmt: &amounts, Alignment: &excelize.Alignment{Vertical: "top"}})
	whole := style(&excelize.Style{Font: &excelize.Font{Size: size, Color: ink}, NumFmt: 1, Alignment: &excelize.Alignment{Vertical: "top"}})
	w, err := book.NewStreamWriter(sheet)
	if err != nil {
		return err
	}
	row := make([]any, len(findingColumns))
	for i, c := range findingColumns {
		do(w.SetColWidth(i+1, i+1, c.width))
		row[i] = excelize.Cell{StyleID: head, Value: c.header}
	}
	do(w.SetPanes(&excelize.Panes{Freeze: true, XSplit: 1, YSplit: 1, TopLeftCell: "B2", ActivePane: "bottomRight"}))
	do(w.SetRow("A1", row))
	for i := range all {
		for n, c := range findingColumns {
			text := c.of(&all[i])
			cell := excelize.Cell{StyleID: plain, Value: cut(clean(text), 32000)}
			switch {
			case c.name == "resolution":
				cell.StyleID = edited
			case c.name == "age_days":
				cell.StyleID = whole
			case c.number:
				cell.StyleID = figure
			}
			if d, err := decimal.NewFromString(text); err == nil && c.number {
				cell.Value = d.InexactFloat64() // only the cell may become a float
			} else if text == "" {
				cell.Value = nil
			}
			row[n] = cell
		}
		do(w.SetRow(fmt.Sprintf("A%d", i+2), row))
	}
	if len(all) > 0 { // a table brings the filter buttons
		last, err := excelize.CoordinatesToCellName(len(findingColumns), len(all)+1)
		do(err)
		do(w.AddTable(&excelize.Table{Range: "A1:" + last, Name: "findings"}))
	}
	do(w.Flush())
	if failed != nil {
		return failed
	}
	return book.Write(out)
}
