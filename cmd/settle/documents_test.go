package main

import (
	"archive/zip"
	"database/sql"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/xuri/excelize/v2"

	"settle/extract/bsstest"
	"settle/load"
	"settle/transform/pricing"
)

// demoMonth is the demo's month, small.
func demoMonth(t *testing.T) *month {
	m := newMonth(t, bsstest.Options{Seed: 1, Customers: 10, Records: 1000, Resellers: 1}, nil)
	m.price(m.cfg.Pricing, func(b *pricing.Book) { *b = *demoBook(m.world.Customers()) })
	m.run(RunOptions{})
	return m
}

// TestDocuments looks at one month's database and workbooks.
func TestDocuments(t *testing.T) {
	t.Parallel()
	m := demoMonth(t)
	t.Run("no party sees another", func(t *testing.T) { noPartySeesAnother(t, m) })
	t.Run("totals read back", func(t *testing.T) { totalsReadBack(t, m) })
	t.Run("everything is explained", func(t *testing.T) { everythingIsExplained(t, m) })
}

// parts returns the raw text of every part of a workbook.
func parts(t *testing.T, path string) map[string]string {
	t.Helper()
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = z.Close() }()
	all := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all[f.Name] = string(b)
	}
	return all
}

// texts asks for a column of texts.
func texts(t *testing.T, db *sql.DB, query string, args ...any) (all []string) {
	t.Helper()
	rows, err := db.Query(query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}

func noPartySeesAnother(t *testing.T, m *month) {
	db := m.open()
	for _, party := range texts(t, db, "select party_id from settlement.statements where cycle = ?", testCycle) {
		code := m.one("select short_code from settlement.parties where cycle = ? and party_id = ?", testCycle, party)
		mine := map[string]bool{}
		for _, s := range texts(t, db, `select s from (select unnest([customer_id, customer_name, customer_account_name, resource_id, resource_name, party_name]) as s from settlement.cost
			where cycle = ? and party_id = ? union select name from settlement.parties where cycle = ? and party_id = ?) where s is not null`, testCycle, party, testCycle, party) {
			mine[s] = true
		}
		foreign := texts(t, db, `select distinct v from (
			select unnest([c.customer_id, c.customer_name, c.customer_account_name, c.resource_id, c.resource_name, c.party_name, c.party_id]) as v from settlement.cost as c where c.cycle = ? and c.party_id <> ?
			) where v is not null and length(v) > 3`, testCycle, party)
		var all strings.Builder
		for name, text := range parts(t, filepath.Join(m.cfg.Reports, testCycle, "draft", "statements", code+"-"+testCycle+"-R0.xlsx")) {
			all.WriteString(name + "\n" + text + "\n")
		}
		text := strings.ReplaceAll(all.String(), "pageMargins", "") // the print setup of every sheet
		for _, f := range foreign {
			if !mine[f] && strings.Contains(text, f) {
				t.Errorf("the workbook of %s holds %q of another party", party, f)
			}
		}
		for _, word := range []string{"应付", "抹零", "毛利", "成本", "ayable", "margin", "Margin", "runcat", "Cost"} {
			if at := strings.Index(text, word); at >= 0 {
				t.Errorf("the workbook of %s says %q: what the partner pays is not the customer's to see", party, text[max(0, at-40):at+len(word)+20])
			}
		}
		if strings.Contains(text, `state="hidden"`) || strings.Contains(text, `state="veryHidden"`) {
			t.Errorf("the workbook of %s has a hidden sheet", party)
		}
	}
}

func totalsReadBack(t *testing.T, m *month) {
	db := m.open()
	parties := texts(t, db, "select party_id from settlement.statements where cycle = ?", testCycle)
	if len(parties) == 0 {
		t.Fatal("nobody was settled")
	}
	sum := decimal.Zero
	for _, party := range parties {
		code := m.one("select short_code from settlement.parties where cycle = ? and party_id = ?", testCycle, party)
		f, err := excelize.OpenFile(filepath.Join(m.cfg.Reports, testCycle, "draft", "statements", code+"-"+testCycle+"-R0.xlsx"), excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		rows, err := f.GetRows(f.GetSheetName(0))
		if err != nil {
			t.Fatal(err)
		}
		for label, column := range map[string]string{"结算金额（不含税）|Settlement excl. tax": "amount_excl_tax", "价税合计|Total incl. tax": "amount_incl_tax"} {
			want := m.one("select cast("+column+" as varchar) from settlement.statements where cycle = ? and party_id = ?", testCycle, party)
			if got := beside(rows, label); !decimal.RequireFromString(got).Equal(decimal.RequireFromString(want)) {
				t.Errorf("%s: %s is %s in the workbook, %s in the database", code, label, got, want)
			}
			printed := m.one("select cast(sum("+column+") as varchar) from settlement.statement_lines where cycle = ? and party_id = ?", testCycle, party)
			if printed != want {
				t.Errorf("%s: the printed lines sum to %s, the statement says %s", code, printed, want)
			}
		}
		incl := m.one("select cast(amount_incl_tax as varchar) from settlement.statements where cycle = ? and party_id = ?", testCycle, party)
		sum = sum.Add(decimal.RequireFromString(incl))
		_ = f.Close()
	}
	if total := m.one("select cast(sum(amount_incl_tax) as varchar) from settlement.statements where cycle = ?", testCycle); !sum.Equal(decimal.RequireFromString(total)) {
		t.Errorf("parties sum to %s, the partner's total is %s", sum, total)
	}
}

// beside is the first number to the right of a label, which is one of those between the bars: the edition's language says which.
func beside(rows [][]string, labels string) string {
	for _, row := range rows {
		for i, cell := range row {
			if !slices.ContainsFunc(strings.Split(labels, "|"), func(l string) bool { return strings.HasPrefix(cell, l) }) {
				continue
			}
			for _, v := range row[i+1:] {
				if _, err := decimal.NewFromString(v); err == nil {
					return v
				}
			}
		}
	}
	return "0.999"
}

// Whoever opens the database finds every table and column explained.
func everythingIsExplained(t *testing.T, m *month) {
	db := m.open()
	for _, s := range texts(t, db, `select schema_name || '.' || table_name from duckdb_tables() where not internal and comment is null
		union all select schema_name || '.' || view_name from duckdb_views() where not internal and comment is null
		union all select schema_name || '.' || table_name || '.' || column_name from duckdb_columns() where not internal and comment is null order by 1`) {
		t.Errorf("%s has no comment", s)
	}
}

func TestSnapshotIsReadOnly(t *testing.T) {
	t.Parallel()
	m := newMonth(t, smallWorld, nil)
	m.run(RunOptions{})
	db := m.open()
	for _, query := range []string{"delete from settlement.lines", "copy (select 1) to '/tmp/x.csv'", "select * from read_csv('/etc/passwd')", "attach '/tmp/y.duckdb'", "install httpfs"} {
		if _, err := db.Exec(query); err == nil {
			t.Errorf("%s was carried out", query)
		}
	}
	if _, err := load.OpenSnapshot(t.Context(), filepath.Join(m.dir, "none.duckdb")); err == nil || !strings.Contains(err.Error(), "settle run") {
		t.Errorf("no snapshot: %v", err)
	}
}
