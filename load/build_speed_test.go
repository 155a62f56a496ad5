package load

import (
	"context"
	"flag"
	"fmt"
	"testing"
	"time"
)

var benchLines = flag.Int("lines", 100_000, "fee records of BenchmarkBuild")

// fillMonth makes lines fee records of 200 customers in 10 price plans with 500 rules, half of which name a service. One plan
// prices by steps and one by unit prices: a tenth of the lines each.
func fillMonth(t testing.TB, tx Execer, lines int) {
	t.Helper()
	mustExec(t, tx, fmt.Sprintf(`insert into source.consumption_records (window_id, row_no, record_key, bill_cycle, customer_id, association_type,
  service_type_code, service_type_name, resource_type_code, resource_type_name, charging_mode, trade_time, trade_time_date, trade_id, id, bill_detail_type,
  resource_id, region_code, region_name, product_id, consume_time, consume_from, consume_from_date, consume_to, consume_to_date,
  usage_type, usage_amount, usage_measure_id, usage_normal, usage_normal_unit, official_amount, official_discount_amount, payment_amount, truncated_amount,
  cash_amount, coupon_amount)
select
  i %% 200, i, 'K' || i, '2026-10', 'C' || (i %% 200), '2',
  'svc' || (i %% 17), '服务' || (i %% 17), 'res' || (i %% 23), '资源' || (i %% 23), '3', t + interval '1' hour, cast(t as date), 'T' || (i %% 50000), 'K' || i, '5',
  'r' || (i %% 4000), 'cn-north-' || (i %% 4), '区域' || (i %% 4), 'p' || (i %% 40), '', t, cast(t as date), t + interval '1' hour, cast(t as date),
  'Duration', 3600, 6, 3600, 's', cast(rated as decimal(18, 8)) + 1, 1, cast(floor(rated * 100) * 0.01 as decimal(18, 8)),
  cast(rated - floor(rated * 100) * 0.01 as decimal(18, 8)), cast(floor(rated * 100) * 0.01 as decimal(18, 8)), 0
from (
  select i, timestamp '2026-10-01 00:00:00' + (i // 4000 %% 700) * interval '1' hour as t,
    cast((i * 7919 %% 100000007) as decimal(18, 0)) * 0.000001 as rated
  from generate_series(1, %d) as s(i)
)`, lines))
	mustExec(t, tx, `insert into source.customer_lists (window_id, row_no, customer_id, list, customer, account_name, association_type)
select 1, i, 'C' || i, 'sub_customers', '客户' || i, 'acc' || i, '2' from generate_series(0, 199) as s(i)`)
	mustExec(t, tx, `insert into settlement.parties (party_id, short_code, name, kind, invoice_kind, buyer_title, tax_id)
select 'P' || i, 'S' || i, '客户' || i, 'customer', 'special', '客户' || i, '91310000MA1FL0000X' from generate_series(0, 199) as s(i)`)
	mustExec(t, tx, `insert into settlement.contracts (contract_no, party_id, customer_id, price_plan, valid_from, amounts_include_tax, tax_code)
select 'N' || i, 'P' || i, 'C' || i, 'plan' || (i % 10), date '2026-01-01', i % 2 = 0, 'cloud' from generate_series(0, 199) as s(i)`)
	mustExec(t, tx, `insert into settlement.rules (rule_id, price_plan, priority, service_type_code, region_code, resource_type_code, base, method, value, unit)
select 'rule' || i, 'plan' || (i % 10), case when i < 10 then 999 else i end,
  case when i >= 10 and i % 20 < 10 then 'svc' || (i % 17) end, case when i >= 10 then 'cn-north-' || (i // 10 % 4) end,
  case when i >= 10 and i % 20 >= 10 then 'res' || (i // 10 % 23) end,
  case i % 2 when 0 then 'official' else 'payable' end,
  case when i % 10 = 3 then 'tiers' when i % 10 = 7 then 'unit_price' when i % 4 = 0 then 'factor' when i % 4 = 1 then 'discount' when i % 4 = 2 then 'markup' else 'pass_through' end,
  case when i % 10 <> 3 then 0.05 end, case when i % 10 = 7 then 'h' end
from generate_series(0, 499) as s(i)`)
	mustExec(t, tx, `insert into settlement.tiers (rule_id, tier_from, value, style, basis)
select rule_id, step * 1000, 1 - step * 0.1, case when rule_id like '%3' and length(rule_id) = 6 then 'reached' else 'progressive' end, 'amount'
from settlement.rules cross join generate_series(0, 3) as s(step) where method = 'tiers'`)
	mustExec(t, tx, `insert into ops.windows ("window", dataset) values ('a', 'consumption_records'), ('b', 'monthly_bills'), ('c', 'consuming_customers'), ('d', 'measure_units')`)
	mustExec(t, tx, `insert into source.monthly_bills (customer_id, charge_mode, bill_type, amount)
select customer_id, '3', '0', sum(payment_amount) from source.consumption_records group by customer_id`)
	mustExec(t, tx, "insert into source.measure_units (measure_id, measure_name, abbreviation, family_unit, family_factor) values (6, '秒', 's', 's', 1), (4, '小时', 'h', 's', 3600)")
	mustExec(t, tx, `insert into settlement.tax_items (tax_code, item_name, class_code, rate, valid_from)
values ('cloud', '*信息技术服务*云服务费', '3040203000000000000', 0.06, date '2026-01-01')`)
}

// BenchmarkBuild: all models and checks of a month. A million lines x 500 rules take 19 s of processor time, 10 s on two cores; in a
// file with memory_limit 400MB a whole run stays near 700 MB resident (BenchmarkMonth). Of the whole, matching takes a tenth, steps and
// unit prices an eighth, lines a quarter, checks a quarter.
func BenchmarkBuild(b *testing.B) {
	conn := newTestDatabase(b)
	fillMonth(b, conn, *benchLines)
	mustExec(b, conn, `insert into settlement.commitments (contract_no, valid_from, valid_to, amount_per_month, refunds_reduce)
select contract_no, date '2026-10-10', date '2026-12-31', 100000000, true from settlement.contracts where contract_no like '%5'`)
	ctx := context.Background()
	for b.Loop() {
		// As a run does: the fee records are committed, everything built is not.
		tx, err := conn.BeginTx(ctx, nil)
		if err != nil {
			b.Fatal(err)
		}
		for _, step := range []struct{ from, to, phase string }{{"000", "500", "lines"}, {"500", "999", "documents"}} {
			built, err := Build(ctx, tx, step.from, step.to)
			if err != nil {
				b.Fatal(err)
			}
			took := map[string]time.Duration{} // two models make settlement.lines
			for _, m := range built {
				took[m.Object] += m.Took
				b.ReportMetric(float64(took[m.Object].Milliseconds()), m.Object+"-ms")
			}
			start := time.Now()
			if err := Check(ctx, tx, step.phase); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(time.Since(start).Milliseconds()), "check-"+step.phase+"-ms")
		}
		if err := tx.Rollback(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(*benchLines)/b.Elapsed().Seconds()*float64(b.N), "lines/s")
}

// BenchmarkInvoicesByOrder: documents and their checks of one party with an invoice for each of a third as many orders as there are
// lines, some of either sign. 200,000 orders (-lines 600000) take 23 s of processor time.
func BenchmarkInvoicesByOrder(b *testing.B) {
	conn := newTestDatabase(b)
	mustExec(b, conn, `insert into settlement.parties (party_id, short_code, name, invoice_kind, invoice_by, buyer_title) values ('P', 'S', '客户', 'ordinary', 'order', '客户')`)
	mustExec(b, conn, `insert into settlement.tax_items (tax_code, item_name, class_code, rate, valid_from)
values ('cloud', '*信息技术服务*云服务费', '3040203000000000000', 0.06, date '2026-01-01'), ('hw', '*计算机设备*服务器', '1090511000000000000', 0.13, date '2026-01-01')`)
	mustExec(b, conn, fmt.Sprintf(`insert into settlement.lines (party_id, revision, line_id, kind, record_key, contract_no, customer_id, reseller_id, service_type_code, charging_mode,
  bill_detail_type, rule_id, tax_code, tax_rate, amounts_include_tax, official_amount, discount_amount, truncated_amount, payable_amount, charge_amount, charge_excl_tax, voucher_amount, order_id)
select 'P', 0, 'L' || i, 'record', 'L' || i, 'N', 'C', '', 'svc' || (i %% 3), '1', '1', 'R', case when i %% 10 = 0 then 'hw' else 'cloud' end,
  case when i %% 10 = 0 then 0.13 else 0.06 end, false, charge, 0, 0, charge, charge, charge, case when i %% 7 = 0 then charge else 0 end, 'O' || (i // 3)
from (select i, cast((i * 7919 %% 1000003 - 100000) * 0.0001 as decimal(18, 8)) as charge from generate_series(1, %d) as s(i))`, *benchLines))
	ctx := context.Background()
	for b.Loop() {
		tx, err := conn.BeginTx(ctx, nil)
		if err != nil {
			b.Fatal(err)
		}
		built, err := Build(ctx, tx, firstDocument, pastDocuments)
		if err != nil {
			b.Fatal(err)
		}
		took := map[string]time.Duration{}
		for _, m := range built {
			took[m.Object] += m.Took
			b.ReportMetric(float64(took[m.Object].Milliseconds()), m.Object+"-ms")
		}
		start := time.Now()
		if err := Check(ctx, tx, "documents"); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(time.Since(start).Milliseconds()), "check-documents-ms")
		if err := tx.Rollback(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(*benchLines)/b.Elapsed().Seconds()*float64(b.N), "lines/s")
}
