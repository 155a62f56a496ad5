package reports

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/xuri/excelize/v2"
)

// TestRecalculated converts every workbook of a small month with LibreOffice, which computes all formulas anew, and compares each result
// with the value that was cached beside the formula, and the statements' totals with the database.
func TestRecalculated(t *testing.T) {
	office, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("LibreOffice (soffice) is not installed; TestFormulas recomputes the same formulas without it")
	}
	if testing.Short() {
		t.Skip("starting LibreOffice takes seconds")
	}
	f := issuedStory(t)
	dir := t.TempDir()
	files := append(f.writeIssued(Options{Dir: dir, maxRows: 40}, 2).Files, f.write(Options{Dir: dir, maxRows: 40}).Files...)
	out := t.TempDir()
	control := filepath.Join(dir, "control.xlsx")
	writeControl(t, control)
	args := []string{"-env:UserInstallation=file://" + recalculatingProfile(t), "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", out}
	args = append(args, control)
	for _, file := range files {
		args = append(args, filepath.Join(dir, file.Path))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	if text, err := exec.CommandContext(ctx, office, args...).CombinedOutput(); err != nil {
		t.Fatalf("soffice: %v\n%s", err, text)
	}
	if got, err := open(t, filepath.Join(out, "control.xlsx")).GetCellValue("Sheet1", "A3"); err != nil || got != "3" {
		t.Fatalf("LibreOffice leaves cached values as they are (%s, %v): this test would prove nothing", got, err)
	}
	for _, file := range files {
		path := filepath.Join(dir, file.Path)
		compareRecalculated(t, path, filepath.Join(out, filepath.Base(file.Path)))
		if file.Kind != KindStatement {
			continue
		}
		revision := "0"
		if strings.HasSuffix(file.Path, "-R1.xlsx") {
			revision = "1"
		}
		book := open(t, filepath.Join(out, filepath.Base(file.Path)))
		sheet := book.GetSheetList()[0]
		want := number(t, f.one(`select cast(amount_incl_tax as varchar) from settlement.statements where cycle = '2026-10' and party_id = ? and revision = cast(? as integer)`,
			file.PartyID, revision))
		name := map[string]string{"P-01": "价税合计", "P-02": "价税合计", "P-03": "Total incl. tax"}[file.PartyID]
		if got := find(t, book, sheet, name, 4); !got.Equal(want) {
			t.Errorf("%s: LibreOffice computes a total of %s, the database says %s", file.Path, got, want)
		}
	}
}

// writeControl writes a workbook whose cached value is wrong.
func writeControl(t *testing.T, path string) {
	t.Helper()
	b := excelize.NewFile()
	defer b.Close()
	w, err := b.NewStreamWriter("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range []any{1, 2, excelize.Cell{Formula: "SUM(A1:A2)", Value: 99}} {
		if err := w.SetRow(cellName(1, i+1), []any{v}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := b.SaveAs(path); err != nil {
		t.Fatal(err)
	}
}

// recalculatingProfile is a fresh profile in which LibreOffice computes every formula when it opens a file; by itself it trusts the
// cached values.
func recalculatingProfile(t *testing.T) string {
	t.Helper()
	profile := t.TempDir()
	if err := os.Mkdir(filepath.Join(profile, "user"), 0o700); err != nil {
		t.Fatal(err)
	}
	settings := `<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
`
	if err := os.WriteFile(filepath.Join(profile, "user", "registrymodifications.xcu"), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	return profile
}

// compareRecalculated holds the cells that were formulas against what another program made of them.
func compareRecalculated(t *testing.T, path, recalculated string) {
	t.Helper()
	ours, theirs := open(t, path), open(t, recalculated)
	if !slices.Equal(ours.GetSheetList(), theirs.GetSheetList()) {
		t.Fatalf("%s: sheets %v became %v", path, ours.GetSheetList(), theirs.GetSheetList())
	}
	for _, sheet := range ours.GetSheetList() {
		rows, err := ours.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			for j, cached := range row {
				cell := cellName(j+1, i+1)
				formula, err := ours.GetCellFormula(sheet, cell)
				if err != nil {
					t.Fatal(err)
				}
				if formula == "" {
					continue
				}
				live, err := theirs.GetCellValue(sheet, cell)
				if err != nil {
					t.Fatal(err)
				}
				d, err := decimal.NewFromString(live)
				if err != nil {
					if live != cached {
						t.Errorf("%s %s!%s =%s gives %q, the cell says %s", path, sheet, cell, formula, live, cached)
					}
					continue
				}
				if !d.Round(8).Equal(number(t, cached).Round(8)) {
					t.Errorf("%s %s!%s =%s gives %s, the cell says %s", path, sheet, cell, formula, live, cached)
				}
			}
		}
	}
}
