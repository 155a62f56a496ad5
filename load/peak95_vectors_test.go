package load

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

// fullDays gives a resource n points that go down by one from n, spread over whole days: the point at rank r is n + 1 - r.
const fullDays = `insert into source.peak95_points (customer_id, service_type_code, resource_type_code, usage_type, resource_id, stat_time, stat_time_date, usage, guaranteed_band_width, measure_id)
select 'C1', 's', 't', '%[1]s', '%[2]s', timestamp '2026-09-30 16:00:00' + to_minutes(5 * i), cast(date '2026-10-01' + i // 288 as date), %[4]s, null, 51
from (select cast(unnest(range(%[3]d * 288)) as integer) as i) as x`

// Ranks where 5 % of the points is no whole number, of whole days: the tables of the algorithm.
func TestPeak95Ranks(t *testing.T) {
	tx := openTest(t)
	ctx := context.Background()
	table := []struct{ days, floor, ceil int }{{1, 15, 16}, {16, 231, 232}, {28, 404, 405}, {29, 418, 419}, {30, 433, 433}, {31, 447, 448}}
	for _, x := range table {
		n := x.days * 288
		// 7919 is prime: the points come in another order than that of their sizes.
		mustExec(t, tx, fmt.Sprintf(fullDays, "95peak_1000", fmt.Sprint("d", x.days), x.days, fmt.Sprintf("%d - (i * 7919) %% %d", n, n)))
	}
	_, err := Build(ctx, tx, "100", "106")
	must(t, err)
	got, err := texts(ctx, tx, "select resource_id || ' ' || algorithm || ' ' || points_present || ' ' || removed || ' ' || rank || ' ' || cast(value as bigint) from usage.peak95_algorithms where algorithm like 'monthly95%'")
	must(t, err)
	all := strings.Join(got, "\n")
	for _, x := range table {
		n := x.days * 288
		for name, rank := range map[string]int{"monthly95_floor": x.floor, "monthly95_ceil": x.ceil} {
			want := fmt.Sprintf("d%d %s %d %d %d %d", x.days, name, n, rank-1, rank, n+1-rank)
			if !strings.Contains(all, want) {
				t.Errorf("no %q in\n%s", want, all)
			}
		}
	}
}

// The worked numbers of the vendors' pages: V1 to V7.
func TestPeak95Vectors(t *testing.T) {
	for _, v := range []struct {
		name, cycle, first, last string
		given                    []string
		price                    string
		want                     string // algorithm|removed|rank|guarantee|billed|day factor to 8 places|fee to 4
	}{
		{name: "V1: enhanced, 300 at 120 for 16 of 30 days", cycle: "2026-11", first: "2026-11-01", last: "2026-11-30",
			given: append(daysOf("2026-11", "95peak_plus", 16, "300.9", "60"), summaryOf("2026-11", "95peak_plus", "300", "16")), price: "120", want: "enhanced95|4|5|60|300|0.53333333|19200.0000"},
		{name: "V2: sizes 100, 300, 200 in a day, 20 % of the largest", given: guaranteesOf(20, 60, 40), want: "enhanced95|4|5|60|60|0.01041667|"},
		{name: "V3: sizes 400, 300, 600 in a day, 20 % of the largest", given: guaranteesOf(80, 60, 120), want: "enhanced95|4|5|120|120|0.01041667|"},
		{name: "V4: classic, 16 valid days of 31, 100 Mbps at 14.3",
			given: []string{fmt.Sprintf(fullDays, "95peak_1000", "r", 16, "case when i <= 230 then 100.0 else 0.5 end")}, price: "14.3", want: "monthly95_floor|230|231||100|0.51612903|738.0645"},
		{name: "V5: peak 80 on 6 days, guarantee 100 on 12 of 30 days, at 108", cycle: "2026-11", first: "2026-11-01", last: "2026-11-30",
			given: append(append(daysOf("2026-11", "95peak_plus", 6, "80", "100"), daysFrom("2026-11", 7, 12, "10", "100")...), summaryOf("2026-11", "95peak_plus", "100", "12")), price: "108", want: "enhanced95|4|5|100|100|0.40000000|4320.0000"},
		{name: "V5 told apart: the larger of peak and guarantee is found before days are counted, else it were 1728", cycle: "2026-11", first: "2026-11-01", last: "2026-11-30",
			given: append(append(daysOf("2026-11", "95peak_plus", 6, "80", "30"), daysFrom("2026-11", 7, 12, "10", "30")...), summaryOf("2026-11", "95peak_plus", "80", "12")), price: "108", want: "enhanced95|4|5|30|80|0.40000000|3456.0000"},
		{name: "V6: from the sixth of 31 days", given: []string{fmt.Sprintf(fullDays, "95peak_1000", "r", 26, "7")}, want: "monthly95_floor|374|375||7|0.83870968|"},
		{name: "V7: 30 days, 8640 points, 36 hours of peak are free", cycle: "2026-11", first: "2026-11-01", last: "2026-11-30",
			given: []string{strings.ReplaceAll(strings.ReplaceAll(fmt.Sprintf(fullDays, "95peak_1000", "r", 30, "case when i < 36 * 12 then 900 else 100 end"),
				"2026-09-30 16", "2026-10-31 16"), "2026-10-01", "2026-11-01"), "update source.peak95_points set cycle = '2026-11'"}, want: "monthly95_floor|432|433||100|1.00000000|"},
	} {
		t.Run(v.name, func(t *testing.T) {
			tx := openTest(t)
			ctx := context.Background()
			if v.cycle != "" {
				mustExec(t, tx, fmt.Sprintf("update ops.params set cycle = '%s', first_day = '%s', last_day = '%s'", v.cycle, v.first, v.last))
			}
			for _, query := range v.given {
				mustExec(t, tx, query)
			}
			if v.price != "" {
				mustExec(t, tx, "insert into ops.bandwidth_rules (rule_no, price, per, basis) values (1, "+v.price+", 'month', 'official')")
			}
			_, err := Build(ctx, tx, "100", "106")
			must(t, err)
			got, err := texts(ctx, tx, `select algorithm || '|' || removed || '|' || rank || '|' || coalesce(cast(cast(guarantee as bigint) as varchar), '') || '|' || cast(billed as bigint)
  || '|' || cast(round(day_factor, 8) as decimal(18, 8)) || '|' || coalesce(cast(cast(round(fee, 4) as decimal(18, 4)) as varchar), '') from usage.peak95`)
			must(t, err)
			if len(got) != 1 || got[0] != v.want {
				t.Errorf("got %v, want %s", got, v.want)
			}
		})
	}
}

// daysOf gives the first n days of a cycle six points each of one size, with a guarantee.
func daysOf(cycle, usageType string, n int, usage, guarantee string) []string {
	return []string{fmt.Sprintf(`insert into source.peak95_points (cycle, customer_id, service_type_code, resource_type_code, usage_type, resource_id, stat_time, stat_time_date, usage, guaranteed_band_width, measure_id)
select '%[1]s', 'C1', 's', 't', '%[2]s', 'r', timestamp '%[1]s-01 02:00:00' + to_days(d) + to_minutes(5 * i), cast(date '%[1]s-01' + d as date), %[4]s, %[5]s, 51
from (select cast(unnest(range(%[3]d)) as integer) as d) as x cross join (select cast(unnest(range(6)) as integer) as i) as y`, cycle, usageType, n, usage, guarantee)}
}

// daysFrom gives the days first to last of a cycle the same under 95peak_plus.
func daysFrom(cycle string, first, last int, usage, guarantee string) []string {
	query := daysOf(cycle, "95peak_plus", last, usage, guarantee)[0]
	return []string{query + fmt.Sprintf(" where d >= %d", first-1)}
}

func summaryOf(cycle, usageType, billed, days string) string {
	return fmt.Sprintf(`insert into source.peak95_summaries (cycle, customer_id, service_type_code, resource_type_code, usage_type, resource_id, band_width, actual_days, band_width_measure_id)
values ('%s', 'C1', 's', 't', '%s', 'r', %s, %s, 51)`, cycle, usageType, billed, days)
}

// guaranteesOf is one day of three points, each with the guarantee of the size that was set then.
func guaranteesOf(all ...int) (given []string) {
	for i, g := range all {
		given = append(given, fmt.Sprintf(`insert into source.peak95_points (customer_id, service_type_code, resource_type_code, usage_type, resource_id, stat_time, stat_time_date, usage, guaranteed_band_width, measure_id)
values ('C1', 's', 't', '95peak_plus', 'r', timestamp '2026-10-02 0%d:00:00', date '2026-10-02', 1, %d, 51)`, i, g))
	}
	return append(given, `insert into source.peak95_summaries (customer_id, service_type_code, resource_type_code, usage_type, resource_id, band_width, actual_days, band_width_measure_id)
values ('C1', 's', 't', '95peak_plus', 'r', 60, 0.322916666, 51)`)
}
