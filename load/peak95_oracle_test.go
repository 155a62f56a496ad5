package load

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
)

// octoberBegin is the first moment of October 2026 in UTC+8.
var octoberBegin = time.Date(2026, 9, 30, 16, 0, 0, 0, time.UTC)

// peakSeries are the points of one resource under test.
type peakSeries struct {
	resource, usageType string
	days                map[int][]peakPoint // by day of the month, from 0
}

type peakPoint struct {
	slot      int
	usage     decimal.Decimal
	guarantee decimal.Decimal
}

func (s *peakSeries) rows() (all []string) {
	for day, points := range s.days {
		for _, p := range points {
			at := octoberBegin.Add(time.Duration(day*288+p.slot) * 5 * time.Minute)
			guarantee := "null"
			if s.usageType == "95peak_plus" {
				guarantee = p.guarantee.String()
			}
			all = append(all, fmt.Sprintf("('C1', 's', 't', '%s', '%s', '%s', '%s', %s, %s, 51)", s.usageType, s.resource,
				at.Format(time.DateTime), at.Add(8*time.Hour).Format(time.DateOnly), p.usage, guarantee))
		}
	}
	return all
}

const peakPoints = "insert into source.peak95_points (customer_id, service_type_code, resource_type_code, usage_type, resource_id, stat_time, stat_time_date, usage, guaranteed_band_width, measure_id) values "

// descending sorts values from the top.
func descending(values []decimal.Decimal) []decimal.Decimal {
	values = slices.Clone(values)
	sort.Slice(values, func(a, b int) bool { return values[a].GreaterThan(values[b]) })
	return values
}

// figure is what an algorithm makes of a series: "days|present|padded|removed|rank|value".
func figure(days, present, padded, removed, rank int, value decimal.Decimal) string {
	return fmt.Sprintf("%d|%d|%d|%d|%d|%s", days, present, padded, removed, rank, value.StringFixed(12))
}

// figures works out every algorithm from the words of the rules, by sorting in Go. pad counts missing points as 0.
func (s *peakSeries) figures(pad bool) map[string]string {
	var all, highest, fifth, daily95, guarantees []decimal.Decimal
	days, points, mostRemoved := 0, 0, 0
	for _, day := range s.days {
		var values []decimal.Decimal
		top := decimal.Zero
		for _, p := range day {
			values = append(values, p.usage)
			top = decimal.Max(top, p.guarantee)
		}
		if len(values) == 0 {
			continue
		}
		days++
		points += len(values)
		values = descending(values)
		fifth = append(fifth, values[min(4, len(values)-1)].Floor())
		guarantees = append(guarantees, top.Floor())
		if values[0].IsPositive() {
			removed := len(values) * 5 / 100
			mostRemoved = max(mostRemoved, removed)
			highest, daily95 = append(highest, values[0]), append(daily95, values[removed])
			all = append(all, values...)
		}
	}
	want := map[string]string{}
	if days > 0 {
		mean := func(values []decimal.Decimal, places int32) decimal.Decimal {
			return decimal.Sum(decimal.Zero, values...).DivRound(decimal.NewFromInt(int64(len(values))), places)
		}
		top := descending(fifth)
		// Means of whole numbers are cut, so one digit too many is worked out first.
		want["enhanced95"] = figure(days, points, 0, 4, 5, mean(top[:min(5, len(top))], 6).Floor())
		if s.usageType == "95peak_plus" {
			want["guarantee"] = mean(guarantees, 6).Floor().StringFixed(12)
		}
		if n := len(highest); n > 0 {
			want["daily95_average"] = figure(n, len(all), 0, mostRemoved, mostRemoved+1, mean(daily95, 12))
			want["daily_peak_average"] = figure(n, len(all), 0, 0, 1, mean(highest, 12))
			peaks := descending(highest)
			want["fourth_peak"] = figure(n, len(all), 0, min(4, n)-1, min(4, n), peaks[min(4, n)-1])
			padded := 0
			if pad {
				padded = n*288 - len(all)
			}
			sorted := descending(append(slices.Clone(all), slices.Repeat([]decimal.Decimal{decimal.Zero}, padded)...))
			down := len(sorted) / 20
			up := min((len(sorted)+19)/20, len(sorted)-1)
			want["monthly95_floor"] = figure(n, len(all), padded, down, down+1, sorted[down])
			want["monthly95_ceil"] = figure(n, len(all), padded, up, up+1, sorted[up])
		}
	}
	return want
}

// Every algorithm of bandwidth billing against a sort in Go: random series with gaps, idle days, days with few points, part months,
// and points outside the month, in both bases, with missing points left out and counted as 0.
func TestPeak95Oracle(t *testing.T) {
	for _, pad := range []bool{false, true} {
		t.Run(fmt.Sprintf("padded %t", pad), func(t *testing.T) {
			r := rand.New(rand.NewPCG(7, 7))
			tx := openTest(t)
			if pad {
				mustExec(t, tx, "insert into ops.bandwidth_rules (rule_no, missing) values (1, 'zero')")
			}
			var rows []string
			wants := map[string]string{}
			for i, usageType := range []string{"95peak_1000", "95Peak", "95peak_plus", "bandwidth95peak", "95Peak_1000", "95peak_plus", "95peak_1000", "95peak_plus"} {
				s := randomSeries(r, fmt.Sprint("res", i), usageType, []int{1, 3, 2, 16, 31, 8, 5, 12}[i])
				rows = append(rows, s.rows()...)
				for _, at := range []time.Time{octoberBegin.Add(-5 * time.Minute), octoberBegin.AddDate(0, 0, 31)} {
					rows = append(rows, fmt.Sprintf("('C1', 's', 't', '%s', '%s', '%s', '%s', 99999999, 99999999, 51)", usageType, s.resource, at.Format(time.DateTime), at.Add(8*time.Hour).Format(time.DateOnly)))
				}
				for name, want := range s.figures(pad) {
					wants[s.resource+" "+name] = want
				}
			}
			mustExec(t, tx, peakPoints+strings.Join(rows, ", "))
			_, err := Build(context.Background(), tx, "100", "106")
			must(t, err)
			got, err := texts(context.Background(), tx, `select resource_id || ' ' || algorithm || '=' || valid_days || '|' || points_present || '|' || points_padded || '|' || removed || '|' || rank || '|' || value
from usage.peak95_algorithms
union all select resource_id || ' guarantee=' || guarantee from usage.peak95_algorithms where guarantee is not null order by 1`)
			must(t, err)
			if len(got) != len(wants) || len(got) < 40 {
				t.Errorf("%d figures, want %d", len(got), len(wants))
			}
			for _, row := range got {
				name, figures, _ := strings.Cut(row, "=")
				if figures != wants[name] {
					t.Errorf("%s: got %s, want %s", name, figures, wants[name])
				}
				t.Logf("%s: days|present|padded|removed|rank|value = %s", name, figures)
			}
			// What bills a resource is one of them, and the points say when it was reached.
			off, err := texts(context.Background(), tx, `select p.resource_id || ' ' || p.algorithm from usage.peak95 as p
left join usage.peak95_algorithms as a on a.resource_id = p.resource_id and a.algorithm = p.algorithm and a.is_billing
left join source.peak95_points as q on q.resource_id = p.resource_id and q.stat_time = p.peak_time
where a.value is null or p.peak <> a.value or p.billed <> greatest(a.value, coalesce(a.guarantee, a.value))
  or (p.algorithm = 'enhanced95') <> (p.usage_type = '95peak_plus')
  or (p.algorithm = 'monthly95_floor' and q.usage is distinct from p.peak and p.points_padded = 0)`)
			must(t, err)
			for _, row := range off {
				t.Errorf("billed otherwise than by its algorithm: %s", row)
			}
		})
	}
}

func randomSeries(r *rand.Rand, resource, usageType string, days int) *peakSeries {
	s := &peakSeries{resource, usageType, map[int][]peakPoint{}}
	for day := range days {
		kind := r.IntN(8) // 0: idle, 1: few points, 2: no points
		for slot := range 288 {
			switch {
			case r.IntN(40) == 0, kind == 1 && slot%97 != 0, kind == 2 && day > 0:
				continue
			}
			p := peakPoint{slot: slot, usage: decimal.New(1+r.Int64N(1_000_000), -int32(r.IntN(4))), guarantee: decimal.New(r.Int64N(1000)*int64(1+day), -1)}
			if kind == 0 && day > 0 {
				p.usage = decimal.Zero
			}
			s.days[day] = append(s.days[day], p)
		}
	}
	return s
}

// The config names the algorithm that bills: the first rule that matches and says something decides.
func TestPeak95AlgorithmIsConfigured(t *testing.T) {
	tx := openTest(t)
	var rows []string
	r := rand.New(rand.NewPCG(1, 1))
	for _, name := range []string{"a", "b", "c", "d"} {
		rows = append(rows, randomSeries(r, name, map[string]string{"d": "95peak_plus"}[name]+map[bool]string{true: "", false: "95peak_1000"}[name == "d"], 6).rows()...)
	}
	mustExec(t, tx, peakPoints+strings.Join(rows, ", "))
	mustExec(t, tx, `insert into ops.bandwidth_rules (rule_no, resource_id, usage_type, algorithm, rank) values
(1, 'a', null, 'fourth_peak', null), (2, 'b', null, 'monthly95', 'floor'), (3, null, '95peak_plus', 'daily95_average', null), (4, 'a', null, 'daily_peak_average', null),
(5, null, '95PEAK_1000', 'daily_peak_average', null), (6, null, null, null, 'ceil')`)
	_, err := Build(context.Background(), tx, "100", "106")
	must(t, err)
	got, err := texts(context.Background(), tx, "select resource_id || ' ' || algorithm from usage.peak95 order by 1")
	must(t, err)
	if want := "a fourth_peak, b monthly95_floor, c monthly95_ceil, d daily95_average"; strings.Join(got, ", ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

// A hostile point is no reason to stop the month: figures that integers cannot hold are NULL.
func TestPeak95HostilePoints(t *testing.T) {
	tx := openTest(t)
	s := &peakSeries{"huge", "95peak_1000", map[int][]peakPoint{}}
	for day := range 31 {
		s.days[day] = []peakPoint{{slot: 1, usage: decimal.RequireFromString("99999999999999999999999999")}, {slot: 2, usage: decimal.RequireFromString("-99999999999999999999999999")}}
	}
	mustExec(t, tx, peakPoints+strings.Join(s.rows(), ", "))
	mustExec(t, tx, "insert into ops.bandwidth_rules (rule_no, price, per, basis) values (1, 9999999.99999999, 'month', 'payable')")
	_, err := Build(context.Background(), tx, "100", "106")
	must(t, err)
	got, err := texts(context.Background(), tx, "select algorithm || coalesce(cast(value as varchar), ' none') from usage.peak95_algorithms where algorithm like 'daily%' order by 1")
	must(t, err)
	if strings.Join(got, ", ") != "daily95_average none, daily_peak_average none" {
		t.Errorf("got %v", got)
	}
}
