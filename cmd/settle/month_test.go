package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"settle/extract"
	"settle/extract/bsstest"
	"settle/load"
	"settle/transform/pricing"

	"github.com/xuri/excelize/v2"
)

// month is a partner's month under test: a world, a server of it, and a config with its folder.
type month struct {
	t      testing.TB
	world  *bsstest.World
	server *bsstest.Server
	cfg    *Config
	dir    string
	// resellers says whether the partner is a distributor.
	resellers bool
	now       func() time.Time
}

// plainOnly leaves a test to the run without the race detector: where one goroutine works after the other it learns nothing new, and each run
// of a month takes several times as long.
func plainOnly(t *testing.T) {
	t.Helper()
	if raceEnabled {
		t.Skip("the plain run of the suite does it")
	}
}

const testCycle = "2026-10"

// testNow is when the tests' runs take place: the month is final.
func testNow() time.Time { return time.Date(2026, 11, 6, 2, 0, 0, 0, time.UTC) }

func newMonth(t testing.TB, o bsstest.Options, faults *bsstest.FaultPlan) *month {
	t.Helper()
	o.Cycle = testCycle
	m := &month{t: t, world: bsstest.NewWorld(o), resellers: o.Resellers > 0, now: testNow}
	m.serve(faults)
	m.dir = t.TempDir()
	m.cfg = m.config(m.dir)
	m.price(m.cfg.Pricing, nil)
	return m
}

func (m *month) serve(faults *bsstest.FaultPlan) {
	m.server = bsstest.NewServer(m.world, bsstest.ServerOptions{Now: func() time.Time { return m.now() }, Faults: faults})
	m.t.Cleanup(m.server.Close)
}

// config is a month's settle.yaml with its folders in dir.
func (m *month) config(dir string) *Config {
	m.t.Helper()
	text := fmt.Sprintf(`
partner: {name: 示例云服务有限公司, endpoint: "%[1]s", iam_endpoint: "%[1]s", platform_id: "%[2]s", indirect_partners: %[3]t}
seller: {title: 示例云服务有限公司, tax_id: 91110108MA01ABCD2X}
extract: {requests_per_second: 1000}
partner_bill: {own_accounts: [%[4]s]}
`, m.server.URL(), m.server.PlatformID(), m.resellers, m.world.OwnAccount())
	file := filepath.Join(dir, "settle.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		m.t.Fatal(err)
	}
	cfg, err := LoadConfig(file, m.environment)
	if err != nil {
		m.t.Fatal(err)
	}
	cfg.firstRetry = 5 * time.Millisecond
	if _, measured := m.t.(*testing.B); !measured {
		cfg.threads = 1 // months run side by side: a second thread costs each of them a fifth
	}
	return cfg
}

func (m *month) environment(name string) (string, bool) {
	switch name {
	case "HUAWEICLOUD_SDK_AK":
		return m.server.AK(), true
	case "HUAWEICLOUD_SDK_SK":
		return m.server.SK(), true
	}
	return "", false
}

// price writes the pricing workbook: what the template fills in, changed by edit.
func (m *month) price(path string, edit func(*pricing.Book)) {
	m.t.Helper()
	var all []pricing.TemplateCustomer
	for _, c := range m.world.Customers() {
		if c.AssociationType == "1" {
			continue
		}
		all = append(all, pricing.TemplateCustomer{ID: c.ID, Name: c.Name, ResellerID: c.ResellerID, Reseller: c.ResellerID != ""})
		if c.Moved {
			all = append(all, pricing.TemplateCustomer{ID: c.ID, Name: c.Name, ResellerID: c.FormerResellerID, Reseller: c.FormerResellerID != ""})
		}
	}
	book := pricing.Template(all)
	if edit != nil {
		edit(book)
	}
	var b bytes.Buffer
	if err := pricing.Write(book, &b); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		m.t.Fatal(err)
	}
}

// run does the month and returns its summary.
func (m *month) run(o RunOptions) *Summary {
	m.t.Helper()
	s, err := m.try(o)
	if err != nil {
		m.t.Fatal(err)
	}
	return s
}

func (m *month) try(o RunOptions) (*Summary, error) {
	if o.Cycle == "" {
		o.Cycle = extract.Cycle(testCycle)
	}
	o.Now = m.now
	return runMonth(context.Background(), m.cfg, o)
}

// copy is the same month in a folder of its own.
func (m *month) copy() *month {
	m.t.Helper()
	other := *m
	other.dir = m.t.TempDir()
	if err := os.CopyFS(other.dir, os.DirFS(m.dir)); err != nil {
		m.t.Fatal(err)
	}
	link := filepath.Join(other.dir, "data", "published", load.Current) // CopyFS follows no links
	_ = os.Remove(link)
	if err := os.Symlink(filepath.Base(must(os.Readlink(filepath.Join(m.dir, "data", "published", load.Current)))), link); err != nil {
		m.t.Fatal(err)
	}
	other.cfg = m.config(other.dir)
	return &other
}

// open opens the newest snapshot.
func (m *month) open() *sql.DB {
	m.t.Helper()
	db, err := load.OpenSnapshot(context.Background(), filepath.Join(m.cfg.Data, "published", load.Current))
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { _ = db.Close() })
	return db
}

// content names what the tables of schemas source and settlement hold, whatever order, run or time they were filled in.
func (m *month) content() map[string]string {
	m.t.Helper()
	db := m.open()
	columns := map[string][]string{}
	rows, err := db.Query(`select c.table_schema || '.' || c.table_name, c.column_name from information_schema.columns as c
		inner join information_schema.tables as t using (table_schema, table_name)
		where c.table_schema in ('source', 'settlement', 'usage') and t.table_type = 'BASE TABLE' order by 1, c.ordinal_position`)
	if err != nil {
		m.t.Fatal(err)
	}
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			m.t.Fatal(err)
		}
		snapshot := snapshots(table)
		if column != "run_id" && (column != "window_id" || !snapshot) {
			columns[table] = append(columns[table], fmt.Sprintf("%q", column))
		}
	}
	found := map[string]string{}
	for table, names := range columns {
		var n int64
		var sum sql.NullString
		query := fmt.Sprintf("select count(*), cast(sum(cast(hash(%s) as hugeint)) as varchar) from %s", strings.Join(names, ", "), table)
		if snapshots(table) && table != "source.resource_package_usage" {
			query += " as t where run_id = (select max(l.run_id) from " + table + " as l where l.cycle = t.cycle and l.customer_id is not distinct from t.customer_id)" // earlier runs' snapshots stay
		}
		if err := db.QueryRow(query).Scan(&n, &sum); err != nil {
			m.t.Fatalf("%s: %v", table, err)
		}
		found[table] = fmt.Sprintf("%d rows, hash %s", n, sum.String)
	}
	_ = db.Close()
	return found
}

// snapshots says whether a table keeps what each run found.
func snapshots(table string) bool {
	return strings.HasPrefix(table, "source.resource_package") || table == "source.partner_balances" || table == "source.customer_balances"
}

func sameContent(t testing.TB, what string, got, want map[string]string) {
	t.Helper()
	for table, w := range want {
		if got[table] != w {
			t.Errorf("%s: %s holds %s; want %s", what, table, got[table], w)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d tables, want %d", what, len(got), len(want))
	}
}

// files returns the bytes of every workbook.
func (m *month) files() map[string][]byte {
	m.t.Helper()
	all := map[string][]byte{}
	err := filepath.WalkDir(m.cfg.Reports, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".xlsx" {
			return err
		}
		b, err := os.ReadFile(path)
		name, _ := filepath.Rel(m.cfg.Reports, path)
		all[name] = b
		return err
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return all
}

func sameFiles(t testing.TB, what string, got, want map[string][]byte) {
	t.Helper()
	if len(want) == 0 {
		t.Errorf("%s: there are no workbooks to compare", what)
	}
	for name, w := range want {
		if !bytes.Equal(got[name], w) {
			t.Errorf("%s: %s has other bytes (%d, want %d): %s", what, name, len(got[name]), len(w), otherCell(got[name], w))
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d workbooks, want %d", what, len(got), len(want))
	}
}

// workbooks is how many a run writes: the statements and their internal twins, the invoice requests, the partner's summary and the
// reconciliation.
func workbooks(s *Summary) int {
	n := s.Parties + 3
	for _, f := range s.Files {
		if filepath.Base(filepath.Dir(f)) == "internal" {
			n++
		}
	}
	return n
}

// otherCell names the first cell in which two workbooks differ.
func otherCell(got, want []byte) string {
	a, err := excelize.OpenReader(bytes.NewReader(got))
	if err != nil {
		return err.Error()
	}
	b, err := excelize.OpenReader(bytes.NewReader(want))
	if err != nil {
		return err.Error()
	}
	for _, sheet := range b.GetSheetList() {
		rows, _ := b.GetRows(sheet)
		now, _ := a.GetRows(sheet)
		for i, row := range rows {
			if i >= len(now) || !slices.Equal(row, now[i]) {
				return fmt.Sprintf("%s, row %d: %q, want %q", sheet, i+1, now[min(i, len(now)-1)], row)
			}
		}
	}
	return "no cell differs"
}

func TestMonth(t *testing.T) {
	t.Parallel()
	m := newMonth(t, bsstest.Options{Seed: 1, Customers: 6, Records: 600, Resellers: 1}, nil)
	s := m.run(RunOptions{})
	if s.Parties == 0 || len(s.Files) != workbooks(s) {
		t.Errorf("settled %d parties, wrote %d files", s.Parties, len(s.Files))
	}
	first, files := m.content(), m.files()

	t.Run("source holds what the world sums to", func(t *testing.T) { sourceSums(t, m) })
	t.Run("record keys are unique, also where ids are not", func(t *testing.T) {
		if n := m.one("select cast(count(*) - count(distinct id) as varchar) from source.consumption_records"); n == "0" {
			t.Error("every id is there and unique: the test shows nothing")
		}
		if n := m.one("select cast(count(*) - count(distinct (customer_id, reseller_id, record_key)) as varchar) from source.consumption_records"); n != "0" {
			t.Errorf("%s fee records share a key", n)
		}
	})
	t.Run("again, nothing changes", func(t *testing.T) {
		m.run(RunOptions{})
		sameContent(t, "second run", m.content(), first)
		sameFiles(t, "second run", m.files(), files)
	})
	t.Run("offline, without warehouse and server", func(t *testing.T) {
		m.server.Close()
		if err := os.Remove(filepath.Join(m.cfg.Data, "warehouse.duckdb")); err != nil {
			t.Fatal(err)
		}
		m.run(RunOptions{Offline: true})
		sameContent(t, "replay", m.content(), first)
		sameFiles(t, "replay", m.files(), files)
	})
}

// sourceSums compares each dataset with what the world says it holds, to the last decimal.
func sourceSums(t *testing.T, m *month) {
	db := m.open()
	for dataset, want := range m.world.Sums(testCycle).Tables {
		t.Run(dataset, func(t *testing.T) {
			var rows int64
			count := "count(*)"
			if dataset == "customers" {
				count = "count(distinct customer_id)" // one that changed reseller stands under both
			}
			if err := db.QueryRow(fmt.Sprintf("select %s from source.%s where cycle = ?", count, dataset), testCycle).Scan(&rows); err != nil {
				t.Fatal(err)
			}
			if rows != want.Rows {
				t.Errorf("%d rows, want %d", rows, want.Rows)
			}
			for column, sum := range want.Amounts {
				var got string
				query := fmt.Sprintf("select cast(cast(coalesce(sum(%s), 0) * 100000000 as hugeint) as varchar) from source.%s where cycle = ?", column, dataset)
				if err := db.QueryRow(query, testCycle).Scan(&got); err != nil {
					t.Fatal(err)
				}
				if got != sum.String() {
					t.Errorf("%s sums to %s e-8, want %s", column, got, sum)
				}
			}
		})
	}
}

func TestFaultsChangeNothing(t *testing.T) {
	t.Parallel()
	o := bsstest.Options{Seed: 2, Customers: 4, Records: 400}
	calm := newMonth(t, o, nil)
	calm.run(RunOptions{})
	rough := newMonth(t, o, bsstest.DefaultFaults(3))
	rough.run(RunOptions{})
	sameContent(t, "with faults", rough.content(), calm.content())
}

// From packages and journal alone come the same tables and workbooks of every month, whichever is run: a refund takes the
// rule that priced the line it refunds, although the pricing workbook has changed since.
func TestReplayOfSeveralMonths(t *testing.T) {
	t.Parallel()
	if raceEnabled {
		t.Skip("nothing runs at the same time here that other tests do not run")
	}
	m := newMonth(t, bsstest.Options{Seed: 3, Customers: 6, Records: 600, Months: 1, Resellers: 1, Bandwidth: -1}, nil)
	m.edit("1.1")
	m.run(RunOptions{Cycle: "2026-09"})
	m.edit("1.3")
	m.run(RunOptions{})
	content, files := m.content(), m.files()
	if n := m.one("select cast(count(*) as varchar) from settlement.lines where cycle = '2026-10' and origin_cycle = '2026-09'"); n == "0" {
		t.Fatal("no refund of an earlier month's order: the test shows nothing")
	}
	for _, cycle := range []extract.Cycle{"2026-09", "2026-10"} {
		if err := os.Remove(filepath.Join(m.cfg.Data, "warehouse.duckdb")); err != nil {
			t.Fatal(err)
		}
		if cycle == "2026-09" {
			m.edit("1.1")
		} else {
			m.edit("1.3")
		}
		m.run(RunOptions{Cycle: cycle, Offline: true})
		sameContent(t, "replay of "+string(cycle), m.content(), content)
		sameFiles(t, "replay of "+string(cycle), m.files(), files)
	}
}

func TestOnlySomeCustomers(t *testing.T) {
	t.Parallel()
	m := newMonth(t, smallWorld, nil)
	customer := m.resale()
	s := m.run(RunOptions{Customers: []string{customer}})
	if s.Parties != 1 || len(s.Files) != workbooks(s) {
		t.Errorf("settled %d parties into %d files; want the one, the invoices, the summary and the reconciliation", s.Parties, len(s.Files))
	}
	if got := m.one("select string_agg(distinct customer_id, ',') from source.consumption_records"); got != customer {
		t.Errorf("fetched records of %s", got)
	}
	if _, err := m.try(RunOptions{Customers: []string{"nobody"}}); err == nil || exitCode(err, false) != exitMisused {
		t.Errorf("an unknown customer: %v", err)
	}
	m.run(RunOptions{})
	whole := newMonth(t, smallWorld, nil)
	whole.run(RunOptions{})
	sameContent(t, "the rest fetched after", m.content(), whole.content())
}
