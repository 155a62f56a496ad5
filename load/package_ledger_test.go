package load

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

// Three months of packages, each settled with the packages as they stood at its end: every month opens with what the month before
// left, resets by calendar and by the order's day clear and grant, and where a month alone cannot tell its opening, the months before do.
func TestPackageLedgerOverMonths(t *testing.T) {
	tx := openTest(t)
	ctx := context.Background()
	mustExec(t, tx, `insert into source.measure_units (measure_id, measure_name, abbreviation, measure_type, family_unit, family_factor)
select 10, 'GB', 'GB', '3', 'KB', 1048576 union all select 12, 'KB', 'KB', '3', 'KB', 1`)
	mustExec(t, tx, `insert into source.measure_units (cycle, measure_id, measure_name, abbreviation, measure_type, family_unit, family_factor)
select c.cycle, u.measure_id, u.measure_name, u.abbreviation, u.measure_type, u.family_unit, u.family_factor
from source.measure_units as u cross join (values ('2026-08'), ('2026-09')) as c (cycle) where u.cycle = '2026-10'`)
	months := []struct{ cycle, prior, first, last string }{
		{"2026-08", "2026-07", "2026-08-01", "2026-08-31"}, {"2026-09", "2026-08", "2026-09-01", "2026-09-30"}, {"2026-10", "2026-09", "2026-10-01", "2026-10-31"},
	}
	// item: cycle -> deductions "day:available:used"
	deductions := map[string]map[string][]string{
		"year":     {"2026-08": {"10:500:100", "20:400:60"}, "2026-10": {"5:340:300"}},
		"calendar": {"2026-08": {"3:40:10"}, "2026-09": {"4:40:25", "9:15:12"}, "2026-10": {"7:40:40"}},
		"order":    {"2026-08": {"20:40:10"}, "2026-09": {"3:30:5", "18:40:7"}, "2026-10": {"2:33:3", "20:40:1"}},
		"quiet":    {"2026-08": {"12:90:20"}}, // 90 at its purchase in August; then no deductions, and the snapshot lags behind
	}
	quota := map[string]int{"year": 500, "calendar": 40, "order": 40, "quiet": 90}
	snapshot := map[string]map[string]int{
		"2026-08": {"year": 340, "calendar": 30, "order": 30, "quiet": 71}, "2026-09": {"year": 333, "calendar": 3, "order": 33, "quiet": 69}, "2026-10": {"year": 40, "calendar": 0, "order": 39, "quiet": 68},
	}
	for i, m := range months {
		mustExec(t, tx, fmt.Sprintf("update ops.params set cycle = '%s', prior_cycle = '%s', first_day = '%s', last_day = '%s', run_id = 'R%d'", m.cycle, m.prior, m.first, m.last, i))
		mustExec(t, tx, fmt.Sprintf("insert into ops.runs (run_id, cycle, started) values ('R%d', '%s', timestamp '%s 04:00:00' + interval 4 day)", i, m.cycle, m.last))
		for item, all := range quota {
			mode, reset := "1", map[string]string{"calendar": "1", "order": "2"}[item]
			if reset == "" {
				mode = "2"
			}
			mustExec(t, tx, fmt.Sprintf(`insert into source.resource_packages (cycle, run_id, customer_id, order_instance_id, order_id, product_name, effective_time, effective_time_date, expire_time, status, quota_reuse_mode)
values ('%s', 'R%d', 'C1', 'I-%[3]s', 'O', '%[3]s', timestamp '2026-08-%[4]s 00:00:00', date '2026-08-%[4]s', timestamp '2027-07-31 16:00:00', '1', '%[5]s')`,
				m.cycle, i, item, map[string]string{"order": "15"}[item]+map[bool]string{true: "", false: "01"}[item == "order"], mode))
			mustExec(t, tx, fmt.Sprintf(`insert into source.resource_package_contents (cycle, run_id, customer_id, order_instance_id, free_resource_id, amount, original_amount, measure_id)
values ('%s', 'R%d', 'C1', 'I-%[3]s', '%[3]s', %d, %d, 10)`, m.cycle, i, item, snapshot[m.cycle][item], all))
			mustExec(t, tx, fmt.Sprintf(`insert into source.resource_package_quotas (cycle, run_id, customer_id, free_resource_id, quota_reuse_cycle, quota_reuse_cycle_type, measure_id)
values ('%s', 'R%d', 'C1', '%s', '4', %s, 10)`, m.cycle, i, item, orNull(reset)))
			for _, d := range deductions[item][m.cycle] {
				var day, available, used int
				_, err := fmt.Sscanf(d, "%d:%d:%d", &day, &available, &used)
				must(t, err)
				date := fmt.Sprintf("%s-%02d", m.cycle, day)
				mustExec(t, tx, fmt.Sprintf(`insert into source.resource_package_usage (cycle, customer_id, free_resource_id, resource_id, resource_type_code, usage_type_code, deduct_time, deduct_time_date, effective_time_date, available_amount, used_amount, remaining_amount, measure_id)
values ('%s', 'C1', '%[2]s', 'on-%[2]s', 'cdn', 'flow', timestamp '%[3]s 02:00:00', date '%[3]s', date '%[3]s', %d, %d, %d, 10)`, m.cycle, item, date, available, used, available-used))
				// The fee record: twice as much was used as was covered, in KB.
				mustExec(t, tx, fmt.Sprintf(`insert into source.consumption_records (cycle, record_key, customer_id, resource_id, usage_type, charging_mode, bill_detail_type, consume_from_date, usage_normal, usage_normal_unit, free_resource_usage, free_resource_measure_id, official_amount, payment_amount)
values ('%s', '%s', 'C1', 'on-%s', 'flow', '3', '5', date '%s', %d, 'KB', %d, 10, 2.5, 2)`, m.cycle, item+date, item, date, 2*used*1048576, used))
			}
		}
		_, err := Build(ctx, tx, "020", "113")
		must(t, err)
	}
	got, err := texts(ctx, tx, `select free_resource_id || ' ' || cycle || ' ' || window_from || ': ' || coalesce(plain(opening), '?') || ' + ' || coalesce(plain(granted), '?') || ' - ' || plain(used)
  || ' - ' || coalesce(plain(cleared), '?') || ' = ' || coalesce(plain(closing), '?') || ', carried ' || coalesce(plain(carried), '-') || case when is_carried then ' only' else '' end
  || ', beyond ' || coalesce(plain(overage_quantity) || ' at ' || plain(overage_official_amount), '-') || coalesce(', ' || alert, '')
from usage.package_ledger order by 1`)
	must(t, err)
	want := strings.TrimSpace(`
calendar 2026-08 2026-08-01: 0 + 40 - 10 - 30 = 0, carried -, beyond 10 at 2.5
calendar 2026-09 2026-09-01: 0 + 40 - 37 - 3 = 0, carried -, beyond 37 at 5, nearly_used
calendar 2026-10 2026-10-01: 0 + 40 - 40 - 0 = 0, carried -, beyond 40 at 2.5, nearly_used
order 2026-08 2026-08-15: 0 + 40 - 10 - 0 = 30, carried -, beyond 10 at 2.5
order 2026-09 2026-08-15: 30 + 0 - 5 - 25 = 0, carried 30, beyond 5 at 2.5
order 2026-09 2026-09-15: 0 + 40 - 7 - 0 = 33, carried -, beyond 7 at 2.5
order 2026-10 2026-09-15: 33 + 0 - 3 - 30 = 0, carried 33, beyond 3 at 2.5
order 2026-10 2026-10-15: 0 + 40 - 1 - 0 = 39, carried -, beyond 1 at 2.5
quiet 2026-08 2026-08-01: 0 + 90 - 20 - 0 = 70, carried -, beyond 20 at 2.5
quiet 2026-09 2026-08-01: 70 + 0 - 0 - 0 = 70, carried 70 only, beyond -
quiet 2026-10 2026-08-01: 70 + 0 - 0 - 0 = 70, carried 70 only, beyond -
year 2026-08 2026-08-01: 0 + 500 - 160 - 0 = 340, carried -, beyond 160 at 5
year 2026-09 2026-08-01: 340 + 0 - 0 - 0 = 340, carried 340 only, beyond -
year 2026-10 2026-08-01: 340 + 0 - 300 - 0 = 40, carried 340, beyond 300 at 2.5, nearly_used`)
	if all := strings.Join(got, "\n"); all != want {
		t.Errorf("got\n%s\nwant\n%s", all, want)
	}
	off, err := texts(ctx, tx, `select free_resource_id || ' ' || cycle from usage.package_ledger
where opening + granted - used - cleared <> closing or opening <> carried or utilisation <> cast(used as double) / cast(opening + granted as double) and abs(utilisation - cast(used as double) / cast(opening + granted as double)) > 1e-9`)
	must(t, err)
	if len(off) > 0 {
		t.Errorf("does not roll: %v", off)
	}
}
