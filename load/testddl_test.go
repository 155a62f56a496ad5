package load

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/marcboeker/go-duckdb"

	"settle/extract"
	sqlfiles "settle/sql"
	"settle/transform"
	"settle/transform/pricing"
)

// testTables are the tables that models read, from the record types that fill them. Columns that every row needs have
// defaults, so that a test names only what it is about.
func testTables() map[string][]transform.Column {
	return map[string][]transform.Column{
		"source.consumption_records":       transform.Columns[extract.ConsumptionRecord](),
		"source.customer_lists":            transform.Columns[extract.Customer](),
		"source.indirect_partners":         transform.Columns[extract.IndirectPartner](),
		"source.monthly_bills":             transform.Columns[extract.MonthlyBill](),
		"source.monthly_bill_accounts":     transform.Columns[extract.MonthlyBillAccount](),
		"source.resource_packages":         transform.Columns[extract.ResourcePackage](),
		"source.resource_package_contents": transform.Columns[extract.ResourcePackageContent](),
		"source.resource_package_quotas":   transform.Columns[extract.ResourcePackageQuota](),
		"source.resource_package_usage":    transform.Columns[extract.ResourcePackageDeduction](),
		"source.peak95_summaries":          transform.Columns[extract.Peak95Summary](),
		"source.peak95_points":             transform.Columns[extract.Peak95Point](),
		"source.measure_units":             transform.Columns[extract.MeasureUnit](),
		"source.unit_conversions":          transform.Columns[extract.UnitConversion](),
		"source.usage_types":               transform.Columns[extract.UsageType](),
		"source.service_types":             transform.Columns[extract.ServiceType](),
		"source.resource_types":            transform.Columns[extract.ResourceType](),
		"source.refund_orders":             transform.Columns[extract.RefundOrder](),
		"source.partner_adjustments":       transform.Columns[extract.PartnerAdjustment](),
		"source.partner_balances":          transform.Columns[extract.PartnerBalance](),
		"source.customer_balances":         transform.Columns[extract.CustomerBalance](),
		"source.partner_account_changes":   transform.Columns[extract.PartnerAccountChange](),
		"source.partner_bills":             transform.Columns[extract.PartnerBillLine](),
		"source.quarantine":                transform.Columns[extract.Unfit](),
		"source.unknown_fields":            transform.Columns[extract.Novelty](),
		"settlement.parties":               transform.Columns[pricing.Party](),
		"settlement.contracts":             transform.Columns[pricing.Contract](),
		"settlement.rules":                 transform.Columns[pricing.Rule](),
		"settlement.tiers":                 transform.Columns[pricing.Tier](),
		"settlement.commitments":           transform.Columns[pricing.Commitment](),
		"settlement.adjustments":           transform.Columns[pricing.Adjustment](),
		"settlement.tax_items":             transform.Columns[pricing.TaxItem](),
		"settlement.issued_invoices":       transform.Columns[pricing.Invoice](),
	}
}

// testDefaults are what a row has where a test does not say it.
var testDefaults = map[string]string{
	"cycle": "'2026-10'", "reseller_id": "''", "run_id": "'R1'", "window_id": "1", "row_no": "nextval('row_numbers')",
}

// testParams is October 2026, final.
const testParams = `insert into ops.params (cycle, prior_cycle, first_day, last_day, run_id, run_started, mode, calendar_final, pricing_hash,
  include_referral, tolerance_per_charge, invoice_line_limit, vouchers_invoiceable, partner_name, currency, summary_amount, source_amount_tax, month_on_month_percent, month_on_month_amount)
values ('2026-10', '2026-09', date '2026-10-01', date '2026-10-31', 'R1', timestamp '2026-11-05 06:30:00', 'final', true, 'abc123',
  false, 0.01, 2000, '', '示例云服务有限公司', 'CNY', 'payable', 'excluded', 50, 100)`

// shared is one database for all tests: making its tables takes longer than most tests.
var shared struct {
	once sync.Once
	conn *sql.Conn
}

// openTest begins a transaction, which leaves nothing behind, on a database in memory with every table that models and
// checks read, all empty, and the models' own.
func openTest(t testing.TB) *sql.Tx {
	t.Helper()
	shared.once.Do(func() { shared.conn = newTestDatabase(t) })
	if shared.conn == nil {
		t.Fatal("the database of the tests could not be made")
	}
	tx, err := shared.conn.BeginTx(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback() })
	return tx
}

func newTestDatabase(t testing.TB) *sql.Conn {
	t.Helper()
	return newTestDatabaseAt(t, "", "set temp_directory = ''", "set memory_limit = '4GB'")
}

// newTestDatabaseAt makes the database in a file, or in memory where path is empty.
func newTestDatabaseAt(t testing.TB, path string, settings ...string) *sql.Conn {
	t.Helper()
	ctx := context.Background()
	connector, err := duckdb.NewConnector(path, func(c driver.ExecerContext) error {
		for _, s := range append(settings, "set preserve_insertion_order = false", sqlfiles.Prelude()) {
			if _, err := c.ExecContext(ctx, s, nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := sql.OpenDB(connector).Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"source", "settlement", "ops", "usage"} {
		mustExec(t, conn, "create schema "+s)
	}
	mustExec(t, conn, "create sequence row_numbers")
	mustExec(t, conn, sqlfiles.Ledger())
	for _, change := range []string{
		"window_id set default 1", "part set default ''", "customer_id set default ''", "reseller_id set default ''", "run_id set default 'R1'",
		"cycle set default '2026-10'", "announced set default 0", "rows set default 0", "pages set default 1", "quarantined set default 0",
		"content set default ''", "body set default ''", "skipped set default ''",
	} {
		mustExec(t, conn, "alter table ops.windows alter column "+change)
	}
	for _, change := range []string{"part set default ''", "customer_id set default ''", "reseller_id set default ''", "cycle set default '2026-10'"} {
		mustExec(t, conn, "alter table ops.expected_windows alter column "+change)
	}
	mustExec(t, conn, testParams)
	for name, columns := range testTables() {
		var all []string
		if strings.HasPrefix(name, "settlement.") {
			all = append(all, "cycle varchar default '2026-10'")
		}
		for _, c := range columns {
			text := fmt.Sprintf("%q %s", c.Name, c.SQLType())
			if d, ok := testDefaults[c.Name]; ok {
				text += " default " + d
			}
			all = append(all, text)
		}
		mustExec(t, conn, fmt.Sprintf("create table %s (%s)", name, strings.Join(all, ", ")))
	}
	if err := EnsureTables(ctx, conn); err != nil {
		t.Fatal(err)
	}
	if _, err := Build(ctx, conn, "000", "999"); err != nil {
		t.Fatal(err)
	}
	made, err := texts(ctx, conn, "select schema_name || '.' || table_name || ' alter column ' || column_name from duckdb_columns() where column_name = 'cycle' and column_default is null and schema_name in ('source', 'settlement', 'usage', 'recon') and table_name not in (select view_name from duckdb_views())")
	if err != nil {
		t.Fatal(err)
	}
	for _, column := range made {
		mustExec(t, conn, "alter table "+column+" set default '2026-10'")
	}
	return conn
}

func mustExec(t testing.TB, tx Execer, query string) {
	t.Helper()
	if _, err := tx.ExecContext(context.Background(), query); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}
