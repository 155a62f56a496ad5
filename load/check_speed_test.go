package load

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"testing"
	"time"

	sqlfiles "settle/sql"
)

// checkModels are the models that stand for checks alone: what several of them read, and what they report.
var checkModels = [][2]string{{"120", "199"}, {"350", "351"}, {"410", "450"}, {"460", "500"}}

// BenchmarkChecks: every check, with the models that stand for checks alone, over a month of -lines fee records and over one of a tenth
// of it, in files with the memory that a run has. Fee records, priced lines and documents are there when it begins. It states records a
// second, the processor time, the most memory that the process takes, milliseconds of every check, and how the time grows: 10 is linear.
func BenchmarkChecks(b *testing.B) {
	var took [2]time.Duration
	for i, lines := range []int{*benchLines / 10, *benchLines} {
		b.Run(strconv.Itoa(lines), func(b *testing.B) {
			conn := newTestDatabaseAt(b, filepath.Join(b.TempDir(), "checks.duckdb"), "set memory_limit = '1GB'", "set threads = 2", "set checkpoint_threshold = '256MB'")
			fillChecked(b, conn, lines)
			mustExec(b, conn, "checkpoint")
			peak := peakMemory(b)
			b.ResetTimer()
			for b.Loop() {
				began := processorTime(b)
				took[i] = checkAll(b, conn)
				b.ReportMetric((processorTime(b) - began).Seconds(), "processor-s")
			}
			b.ReportMetric(float64(lines)/took[i].Seconds(), "records/s")
			b.ReportMetric(peak(), "peak-MB")
			if i == 1 && took[0] > 0 {
				b.ReportMetric(float64(took[1])/float64(took[0]), "growth")
			}
		})
	}
}

// checkAll builds what checks read, and runs each of them, in a transaction that it rolls back.
func checkAll(b *testing.B, conn *sql.Conn) time.Duration {
	ctx := context.Background()
	tx, err := conn.BeginTx(ctx, nil)
	must(b, err)
	defer func() { must(b, tx.Rollback()) }()
	start := time.Now()
	for _, span := range checkModels {
		built, err := Build(ctx, tx, span[0], span[1])
		must(b, err)
		for _, m := range built {
			report(b, m.Took, m.Object)
		}
	}
	restore, err := joinAsWritten(ctx, tx)
	must(b, err)
	defer restore()
	checks, err := sqlfiles.Checks()
	must(b, err)
	for _, c := range checks {
		began := time.Now()
		must(b, runChecks(ctx, tx, []sqlfiles.File{c}))
		report(b, time.Since(began), "check-"+c.Number)
	}
	took := time.Since(start)
	silent, err := texts(ctx, tx, "select check_id || ' ' || reason from recon.checks where status = 'not_run' and check_id not in ('36', '41', '27')")
	must(b, err)
	if len(silent) > 0 {
		b.Errorf("not run: %v", silent)
	}
	return took
}

// report notes what takes more than a hundredth of a second.
func report(b *testing.B, took time.Duration, name string) {
	if took > 10*time.Millisecond {
		b.ReportMetric(float64(took.Milliseconds()), name+"-ms")
	}
}

// fillChecked makes a settled month: lines fee records of 200 customers and 4000 resources, charged hour by hour at the list price of their
// product less a tenth, cut to the cent; the monthly sums, priced lines and documents that belong to them; the month before, as far as checks remember it.
func fillChecked(b *testing.B, conn *sql.Conn, lines int) {
	b.Helper()
	fillMonth(b, conn, 400) // customers, parties, contracts, rules, tax items
	for _, s := range []string{
		"delete from source.consumption_records", "delete from source.monthly_bills",
		"update settlement.contracts set amounts_include_tax = false",
		fmt.Sprintf(`insert into source.consumption_records (window_id, row_no, record_key, bill_cycle, customer_id, association_type,
  service_type_code, service_type_name, resource_type_code, resource_type_name, charging_mode, trade_time, trade_time_date, trade_id, id, bill_detail_type,
  resource_id, region_code, region_name, product_id, product_name, product_spec_desc, consume_time, consume_from, consume_from_date, consume_to, consume_to_date,
  usage_type, usage_amount, usage_measure_id, usage_normal, usage_normal_unit, official_amount, official_discount_amount, payment_amount, truncated_amount,
  cash_amount, coupon_amount)
select
  customer, i, 'K' || i, '2026-10', 'C' || customer, '2',
  'svc' || (product %% 17), '服务' || (product %% 17), 'res' || (product %% 23), '资源' || (product %% 23), '3', t + interval '1' hour, cast(t as date), 'T' || i, 'K' || i, '5',
  'r' || (i %% 4000), 'cn-north-' || (product %% 4), '区域' || (product %% 4), 'p' || (product %% 40), '产品' || (product %% 40), 's6.large.2|2核|4GB', t || '|' || (t + interval '1' hour),
  t, cast(t as date), t + interval '1' hour, cast(t as date),
  'Duration', seconds, 6, seconds, 's', official, discount, cut, official - discount - cut, cut, 0
from (
  select *, cast(floor((official - discount) * 100) * 0.01 as decimal(18, 8)) as cut
  from (
    select i, i %% 200 as customer, i %% 400 as product, timestamp '2026-10-01 00:00:00' + (i // 4000 %% 740) * interval '1' hour as t,
      600 + i * 7919 %% 3001 as seconds,
      cast((600 + i * 7919 %% 3001) * (1 + i %% 400) as decimal(18, 0)) * 0.0001 as official,
      cast((600 + i * 7919 %% 3001) * (1 + i %% 400) as decimal(18, 0)) * 0.00001 as discount
    from generate_series(1, %d) as s(i)
  )
)`, lines),
		`insert into source.monthly_bills (customer_id, cloud_service_type, resource_type_code, charge_mode, bill_type, amount)
select customer_id, service_type_code, resource_type_code, '3', '0', sum(payment_amount) from source.consumption_records group by customer_id, service_type_code, resource_type_code`,
		"insert into source.customer_lists (customer_id, list) select customer_id, 'consuming_customers' from source.customer_lists",
		"insert into ops.windows (\"window\", dataset) select 'bench/' || d, d from (values ('sub_customers'), ('peak95_summaries'), ('peak95_points'), ('resource_packages'), ('resource_package_usage'), ('resource_package_quotas'), ('partner_account_changes'), ('customer_balances'), ('partner_adjustments'), ('partner_balances')) as v(d)",
		`insert into recon.resource_days (cycle, customer_id, reseller_id, service_type_code, resource_id, day, kind, records, payable_amount)
select '2026-09', customer_id, '', service_type_code, resource_id, consume_from_date - 30, 'time', count(*), sum(payment_amount)
from source.consumption_records group by customer_id, service_type_code, resource_id, consume_from_date`,
	} {
		mustExec(b, conn, s)
	}
	fillPriced(b, conn)
}

// fillPriced writes what the pricing models would make of the records, each charged its payable amount, and builds the documents of it.
func fillPriced(b *testing.B, conn *sql.Conn) {
	b.Helper()
	ctx := context.Background()
	for _, span := range [][2]string{{"000", "120"}, {"210", "300"}} {
		_, err := Build(ctx, conn, span[0], span[1])
		must(b, err)
	}
	for _, s := range []string{
		`delete from settlement.matches`,
		`insert into settlement.matches by name
select r.cycle, r.window_id, r.row_no, r.consume_from_date as pricing_date, 'P' || substring(r.customer_id, 2) as party_id, 'N' || substring(r.customer_id, 2) as contract_no,
  'plan1' as price_plan, 'rule1' as rule_id, 'cloud' as tax_code, 0.06 as tax_rate, false as amounts_include_tax
from source.consumption_records as r`,
		`delete from settlement.lines`,
		`insert into settlement.lines by name
select r.cycle, m.party_id, 0 as revision, r.customer_id || '//' || r.record_key as line_id, 'record' as kind, r.record_key, m.contract_no, r.customer_id, r.reseller_id,
  r.service_type_code, r.resource_type_code, r.region_code, r.charging_mode, r.bill_detail_type, r.resource_id, r.consume_from_date as consume_date, r.usage_normal, r.usage_normal_unit,
  m.rule_id, 'abc123' as pricing_hash, 'pass_through' as rule_method, 'payable' as rule_base, m.tax_code, r.official_amount, r.official_discount_amount as discount_amount,
  r.truncated_amount, r.payment_amount as payable_amount, r.payment_amount as charge_amount, m.tax_rate, m.amounts_include_tax, r.payment_amount as charge_excl_tax,
  0 as voucher_amount, false as rule_withheld, r.window_id, r.row_no
from source.consumption_records as r inner join settlement.matches as m on m.window_id = r.window_id and m.row_no = r.row_no`,
	} {
		mustExec(b, conn, s)
	}
	for _, span := range [][2]string{{"400", "410"}, {"450", "460"}, {"500", "900"}} {
		_, err := Build(ctx, conn, span[0], span[1])
		must(b, err)
	}
}

// processorTime is what the process has had of all processors; on a machine that others use too it says more than the clock.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	must(b, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

var residentPeak = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// peakMemory begins to watch how much memory the process has; the function that it returns says the most since then, in MB.
func peakMemory(b *testing.B) func() float64 {
	b.Helper()
	must(b, os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)) // the peak counts from here
	return func() float64 {
		text, err := os.ReadFile("/proc/self/status")
		must(b, err)
		found := residentPeak.FindSubmatch(text)
		if found == nil {
			b.Fatal("the kernel tells no peak of memory")
		}
		kilobytes, err := strconv.ParseFloat(string(found[1]), 64)
		must(b, err)
		return kilobytes / 1024
	}
}
