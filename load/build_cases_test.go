package load

import (
	"bytes"
	"context"
	"encoding/csv"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	sqlfiles "settle/sql"
)

var update = flag.Bool("update", false, "rewrite the want files of the cases in testdata")

// TestModelCases runs testdata/models/<schema.name>/<case>: given/<schema.table>.csv goes in, the model is built (with those
// that work with it, where spans says so), and its table must hold want.csv, whose header says which columns.
func TestModelCases(t *testing.T) {
	spans := map[string][2]string{
		"usage.peak95":                {"100", "106"},
		"usage.peak95_algorithms":     {"100", "104"},
		"usage.peak95_curve":          {"100", "102"},
		"usage.package_coverage":      {"020", "108"},
		"usage.package_ledger":        {"020", "113"},
		"recon.charge_slices":         {"410", "416"},
		"recon.radar":                 {"465", "471"},
		"settlement.lines":            {"290", "340"},
		"settlement.unpriced":         {"290", "401"},
		"settlement.invoice_lines":    {"510", "536"},
		"settlement.invoice_requests": {"510", "543"},
		"settlement.invoice_status":   {"510", "546"},
		"settlement.cost":             {"010", "901"},
		"settlement.margins":          {"290", "551"},
	}
	models, err := sqlfiles.Models()
	must(t, err)
	for _, m := range models {
		if _, ok := spans[m.Object()]; !ok {
			spans[m.Object()] = [2]string{m.Number, m.Number + "~"}
		}
	}
	for _, dir := range caseDirs(t, "models") {
		object := filepath.Base(filepath.Dir(dir))
		t.Run(object+"/"+filepath.Base(dir), func(t *testing.T) {
			span, ok := spans[object]
			if !ok {
				t.Fatalf("no model makes %s", object)
			}
			tx := openTest(t)
			give(t, tx, dir)
			if _, err := Build(context.Background(), tx, span[0], span[1]); err != nil {
				t.Fatal(err)
			}
			compare(t, tx, filepath.Join(dir, "want.csv"), object)
		})
	}
}

// TestCheckCases runs testdata/checks/<NN_name>/<case>: given as above, want.csv holds the findings, status.csv the check.
func TestCheckCases(t *testing.T) {
	checks, err := sqlfiles.Checks()
	must(t, err)
	seen := map[string]int{}
	for _, dir := range caseDirs(t, "checks") {
		name := filepath.Base(filepath.Dir(dir))
		i := slices.IndexFunc(checks, func(c sqlfiles.File) bool { return c.Number+"_"+c.Name == name })
		if i < 0 {
			t.Fatalf("no check is called %s", name)
		}
		seen[name]++
		t.Run(name+"/"+filepath.Base(dir), func(t *testing.T) {
			tx := openTest(t)
			give(t, tx, dir)
			must(t, runChecks(context.Background(), tx, checks[i:i+1]))
			compare(t, tx, filepath.Join(dir, "want.csv"), "recon.findings")
			compare(t, tx, filepath.Join(dir, "status.csv"), "recon.checks")
		})
	}
	for _, c := range checks {
		if name := c.Number + "_" + c.Name; seen[name] < 2 && c.Phase != sqlfiles.PhaseWorkbooks { // those run in package reports
			t.Errorf("check %s has %d cases; it wants one that passes and one that does not", name, seen[name])
		}
	}
}

func caseDirs(t *testing.T, kind string) []string {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join("..", "testdata", kind, "*", "*"))
	must(t, err)
	if len(dirs) == 0 {
		t.Fatalf("no cases in testdata/%s", kind)
	}
	return dirs
}

// neverNull are the columns in which an empty cell is the empty text; customer_id is one in the ledger.
var neverNull = map[string]bool{"reseller_id": true, "skipped": true, "split_key": true}

// give fills tables from given/*.csv. Columns that a file does not have take their defaults, an empty cell is NULL. ops.params has its row already: its file changes it.
func give(t *testing.T, tx Execer, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "given", "*.csv"))
	must(t, err)
	for _, path := range files {
		table := strings.TrimSuffix(filepath.Base(path), ".csv")
		rows := readCSV(t, path)
		header := rows[0]
		for _, row := range rows[1:] {
			values := make([]string, len(row))
			for i, cell := range row {
				values[i] = quote(cell)
				if cell == "" && !neverNull[header[i]] && !(header[i] == "customer_id" && strings.HasPrefix(table, "ops.")) {
					values[i] = "null"
				}
			}
			if table == "ops.params" {
				for i := range header {
					mustExec(t, tx, fmt.Sprintf("update ops.params set %q = %s", header[i], values[i]))
				}
				continue
			}
			mustExec(t, tx, fmt.Sprintf(`insert into %s ("%s") values (%s)`, table, strings.Join(header, `", "`), strings.Join(values, ", ")))
		}
	}
}

// compare holds the columns of a table that the header of a want file names against its rows, in any order.
func compare(t *testing.T, tx Execer, path, table string) {
	t.Helper()
	want := readCSV(t, path)
	var columns []string
	for _, name := range want[0] {
		columns = append(columns, fmt.Sprintf("coalesce(cast(%q as varchar), '')", name))
	}
	got := [][]string{want[0]}
	where := " where cycle = (select cycle from ops.params)"
	if slices.Contains(want[0], "cycle") { // it asks for all of them
		where = ""
	}
	rows, err := tx.QueryContext(context.Background(), "select "+strings.Join(columns, ", ")+" from "+table+where+" order by all")
	must(t, err)
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		row := make([]string, len(columns))
		cells := make([]any, len(columns))
		for i := range row {
			cells[i] = &row[i]
		}
		must(t, rows.Scan(cells...))
		got = append(got, row)
	}
	must(t, rows.Err())
	if *update {
		var b bytes.Buffer
		must(t, csv.NewWriter(&b).WriteAll(got))
		must(t, os.WriteFile(path, b.Bytes(), 0o644))
		return
	}
	slices.SortFunc(want[1:], slices.Compare)
	slices.SortFunc(got[1:], slices.Compare)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s of %s (-want +got):\n%s", table, path, diff)
	}
}

func readCSV(t *testing.T, path string) [][]string {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return rows
}
