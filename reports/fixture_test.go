package reports

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/marcboeker/go-duckdb"
)

// fixture is a small published month: the tables that the reports read, as the loader and the models make them.
type fixture struct {
	t  testing.TB
	db *sql.DB
}

const fixtureCycle = "2026-10"

// newFixture is an in-memory DuckDB with empty tables and one draft run.
func newFixture(t testing.TB) *fixture {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1) // an in-memory database is one connection's; it also proves that nothing holds rows open
	t.Cleanup(func() { db.Close() })
	f := &fixture{t, db}
	f.runFile("tables.sql")
	f.exec(`insert into ops.drafts values (?, 'state', 'run-20261105T060000Z', timestamp '2026-11-05 06:00:00')`, fixtureCycle)
	return f
}

func (f *fixture) runFile(name string) {
	f.t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "testdata", "workbooks", name))
	if err != nil {
		f.t.Fatal(err)
	}
	for _, statement := range strings.Split(string(text), ";\n") {
		if strings.TrimSpace(statement) != "" {
			f.exec(statement)
		}
	}
}

func (f *fixture) exec(query string, args ...any) {
	f.t.Helper()
	if _, err := f.db.Exec(query, args...); err != nil {
		f.t.Fatalf("%v\n%s", err, query)
	}
}

// one reads a single value as text.
func (f *fixture) one(query string, args ...any) string {
	f.t.Helper()
	var v sql.NullString
	if err := f.db.QueryRow(query, args...).Scan(&v); err != nil {
		f.t.Fatalf("%v\n%s", err, query)
	}
	return v.String
}

// story is the month of the golden workbooks: a customer with hostile names, a group whose contracts include tax, a reseller that
// reads English.
func story(t testing.TB) *fixture {
	t.Helper()
	f := newFixture(t)
	f.runFile("story.sql")
	f.settle()
	return f
}

// settle makes lines, statements and invoices of the records, in a plain way of the fixture's own.
func (f *fixture) settle() {
	f.t.Helper()
	f.runFile("settle.sql")
	f.runFile("partner.sql")
}

func (f *fixture) write(o Options) Result {
	f.t.Helper()
	r, err := Write(context.Background(), f.db, f.options(o))
	if err != nil {
		f.t.Fatal(err)
	}
	return r
}

func (f *fixture) options(o Options) Options {
	if o.Dir == "" {
		o.Dir = f.t.TempDir()
	}
	if o.Cycle == "" {
		o.Cycle = fixtureCycle
	}
	o.TmpDir = f.t.TempDir()
	o.Version = "v0-test"
	o.Seller = Seller{
		Title: "示例云服务有限公司", TaxID: "91110108MA01ABCD4X", AddressPhone: "北京市海淀区示例路 1 号 010-88886666",
		BankAccount: "招商银行北京示例支行 110900000000000", PartnerName: "示例云服务",
	}
	return o
}
