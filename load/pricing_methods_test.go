package load

import (
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestPricingMethods holds the models to the oracle: at least ten thousand fee records for each method, among rules of the other
// methods, with refunds, commitments and contracts that change in the month.
func TestPricingMethods(t *testing.T) {
	wanted := 10_000
	if raceEnabled {
		wanted = 1500
	}
	openTest(t).Rollback()
	r := rand.New(rand.NewPCG(11, 11))
	var worlds []methodWorld
	priced := map[string]int{}
	for {
		rarest := slices.MinFunc(methods, func(a, b string) int { return cmp.Compare(priced[a], priced[b]) })
		if priced[rarest] >= wanted {
			break
		}
		w := newMethodWorld(r, rarest)
		charges, _ := w.price()
		for _, c := range charges {
			if _, terms, ok := strings.Cut(c, " by "); ok {
				priced[strings.Fields(terms)[1]]++
			}
		}
		worlds = append(worlds, w)
	}
	for batch := range slices.Chunk(worlds, 1500) {
		differences := comparePricing(t, batch)
		for i, w := range batch {
			if d := differences[i]; d != "" {
				w, d = shrink(t, w, d)
				t.Fatalf("%d of %d worlds differ; the first, shrunk:\n%s\n%s", len(differences), len(batch), w, d)
			}
		}
	}
	t.Logf("%d worlds, priced by method: %v", len(worlds), priced)
}

// shrink drops whatever a world can lose and still differ.
func shrink(t *testing.T, w methodWorld, difference string) (methodWorld, string) {
	for smaller := true; smaller; {
		smaller = false
		for _, c := range w.without() {
			if d := comparePricing(t, []methodWorld{c})[0]; d != "" {
				w, difference, smaller = c, d, true
				break
			}
		}
	}
	return w, difference
}

// without are the worlds with one thing less.
func (w methodWorld) without() (all []methodWorld) {
	for i := range w.commitments {
		c := w
		c.commitments = slices.Delete(slices.Clone(w.commitments), i, i+1)
		all = append(all, c)
	}
	for i := range w.records {
		c := w
		c.records = slices.Delete(slices.Clone(w.records), i, i+1)
		all = append(all, c)
	}
	for i := range w.priors {
		c := w
		c.priors = slices.Delete(slices.Clone(w.priors), i, i+1)
		all = append(all, c)
	}
	for i := range w.tiers {
		if strings.Trim(w.tiers[i].from, "0.") != "" {
			c := w
			c.tiers = slices.Delete(slices.Clone(w.tiers), i, i+1)
			all = append(all, c)
		}
	}
	for i, k := range w.rules {
		c := w
		c.rules = slices.Delete(slices.Clone(w.rules), i, i+1)
		c.tiers = slices.DeleteFunc(slices.Clone(w.tiers), func(t methodTier) bool { return t.rule == k.id })
		all = append(all, c)
	}
	if len(w.contracts) > 1 {
		c := w
		c.contracts = []methodContract{{w.contracts[0].plan, 1, 31}}
		all = append(all, c)
	}
	for i, x := range w.records {
		if x.free != "" {
			c := w
			c.records = slices.Clone(w.records)
			c.records[i].free, c.records[i].freeMeasure = "", ""
			all = append(all, c)
		}
	}
	return all
}

func (w methodWorld) String() string {
	var b strings.Builder
	part := func(name string, n int, row func(int) any) {
		for i := range n {
			fmt.Fprintf(&b, "%s %+v\n", name, row(i))
		}
	}
	part("contract", len(w.contracts), func(i int) any { return w.contracts[i] })
	part("rule", len(w.rules), func(i int) any { return w.rules[i] })
	part("tier", len(w.tiers), func(i int) any { return w.tiers[i] })
	part("record", len(w.records), func(i int) any { return w.records[i] })
	part("september", len(w.priors), func(i int) any { return w.priors[i] })
	part("commitment", len(w.commitments), func(i int) any { return w.commitments[i] })
	return b.String()
}

// comparePricing builds the worlds side by side, each with a customer, contract and plans of its own, and says by world what
// the models and the oracle see differently.
func comparePricing(t *testing.T, worlds []methodWorld) map[int]string {
	t.Helper()
	ctx := context.Background()
	tx, err := shared.conn.BeginTx(ctx, nil)
	must(t, err)
	defer tx.Rollback()
	loadWorlds(t, tx, worlds)
	_, err = Build(ctx, tx, "290", "401")
	must(t, err)
	got := make([]map[string]string, len(worlds))
	shortfalls := make([][]string, len(worlds))
	for i := range worlds {
		got[i] = map[string]string{}
	}
	rows, err := texts(ctx, tx, `select customer_id || '|' || coalesce(record_key, kind) || '|' || charge_amount || coalesce(' by ' || split_part(rule_id, '_', 1) || ' ' || rule_method || ' ' || rule_base, '')
from settlement.lines where cycle = '2026-10' union all select customer_id || '|' || record_key || '|unpriced' from settlement.unpriced`)
	must(t, err)
	for _, row := range rows {
		parts := strings.SplitN(row, "|", 3)
		i, err := strconv.Atoi(parts[0])
		must(t, err)
		if parts[1] == "commitment" {
			shortfalls[i] = append(shortfalls[i], parts[2])
			continue
		}
		if got[i][parts[1]] != "" {
			t.Errorf("record %s stands twice", row)
		}
		got[i][parts[1]] = parts[2]
	}
	differences := map[int]string{}
	for i, w := range worlds {
		charges, due := w.price()
		due = slices.DeleteFunc(due, func(s string) bool { return s == "" })
		slices.Sort(due)
		slices.Sort(shortfalls[i])
		var d []string
		for _, x := range w.records {
			if got[i][x.key] != charges[x.key] {
				d = append(d, fmt.Sprintf("record %s: the models say %q, the oracle %q", x.key, got[i][x.key], charges[x.key]))
			}
		}
		if !slices.Equal(due, shortfalls[i]) {
			d = append(d, fmt.Sprintf("shortfalls: the models say %q, the oracle %q", shortfalls[i], due))
		}
		if len(d) > 0 {
			differences[i] = strings.Join(d, "\n")
		}
	}
	return differences
}

func loadWorlds(t *testing.T, tx Execer, worlds []methodWorld) {
	t.Helper()
	tables := map[string][][]string{}
	add := func(table string, row ...string) { tables[table] = append(tables[table], row) }
	date := func(day int) string {
		return time.Date(2026, 10, day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
	}
	add("settlement.tax_items tax_code, item_name, rate, valid_from", "cloud", "云", "0.06", "2020-01-01")
	for _, u := range methodUnits {
		add("source.measure_units measure_id, abbreviation, family_unit, family_factor", u.id, u.name, u.family, strconv.FormatInt(u.factor, 10))
	}
	for i, w := range worlds {
		id := strconv.Itoa(i)
		for _, c := range w.contracts {
			add("settlement.contracts contract_no, party_id, customer_id, price_plan, valid_from, valid_to, amounts_include_tax, tax_code", "N"+id, "P"+id, id, c.plan+id, date(c.from), date(c.to), "false", "cloud")
		}
		for _, k := range w.rules {
			add("settlement.rules rule_id, price_plan, priority, service_type_code, base, method, value, unit", k.id+"_"+id, k.plan+id, strconv.Itoa(k.priority), k.service, k.base, k.method, k.value, k.unit)
		}
		for _, s := range w.tiers {
			add("settlement.tiers rule_id, tier_from, value, style, basis", s.rule+"_"+id, s.from, s.value, s.style, s.basis)
		}
		for _, c := range w.commitments {
			add("settlement.commitments contract_no, valid_from, valid_to, amount_per_month, services, refunds_reduce", "N"+id, date(c.from), date(c.to), c.amount, c.services, strconv.FormatBool(c.refundsReduce))
		}
		for j, p := range w.priors {
			add(`settlement.lines cycle, party_id, revision, line_id, kind, record_key, contract_no, customer_id, reseller_id, bill_detail_type, rule_id, rule_method, rule_base, rule_value, tax_code, tax_rate, amounts_include_tax,
official_amount, payable_amount, charge_amount, order_id`, "2026-09", "P"+id, "0", "prior"+strconv.Itoa(j), "record", "prior"+strconv.Itoa(j), "N"+id, id, "", "1", p.rule+"_"+id, p.method, p.base, p.value, "cloud", "0.06", "false",
				p.official, p.payable, p.charge, p.order)
		}
		for _, x := range w.records {
			from, traded := "", date(31)+fmt.Sprintf(" %02d:00:00", x.hour)
			if x.day > 0 {
				from = date(x.day) + fmt.Sprintf(" %02d:00:00", x.hour)
			}
			add(`source.consumption_records record_key, customer_id, association_type, service_type_code, bill_detail_type, trade_id, consume_from, consume_from_date, trade_time, trade_time_date, official_amount, payment_amount,
usage_amount, usage_measure_id, usage_normal, usage_normal_unit, free_resource_usage, free_resource_measure_id`, x.key, id, "2", x.service, x.kind, x.order, from, strings.Split(from, " ")[0], traded, date(31), x.official, x.payable,
				x.usage, x.measure, normal(x), x.family, x.free, x.freeMeasure)
			if x.refunds != "" {
				add("source.refund_orders customer_id, order_id, base_order_id", id, x.order, x.refunds)
			}
		}
	}
	dir := t.TempDir()
	for target, rows := range tables {
		table, columns, _ := strings.Cut(target, " ")
		path := filepath.Join(dir, table+".csv")
		f, err := os.Create(path)
		must(t, err)
		must(t, csv.NewWriter(f).WriteAll(rows))
		must(t, f.Close())
		var cells []string
		for i, c := range strings.Split(strings.ReplaceAll(columns, "\n", " "), ", ") {
			cell := fmt.Sprintf("nullif(column%0*d, '')", len(strconv.Itoa(len(rows[0])-1)), i)
			if strings.TrimSpace(c) == "reseller_id" {
				cell = "''"
			}
			cells = append(cells, cell)
		}
		mustExec(t, tx, fmt.Sprintf("insert into %s (%s) select %s from read_csv(%s, header = false, all_varchar = true, delim = ',', quote = '\"')", table, columns, strings.Join(cells, ", "), quote(path)))
	}
}

// normal is the quantity in the smallest unit, where its unit is known.
func normal(x methodRecord) string {
	if x.family == "" {
		return ""
	}
	return x.usage
}

// Lines of steps that take each slice at its own value add up to what the whole month comes to, whatever the order and
// however the lines are cut, to the last place.
func TestStepsTelescope(t *testing.T) {
	tx := openTest(t)
	r := rand.New(rand.NewPCG(3, 3))
	var worlds []methodWorld
	var want []string
	for range 50 {
		w := methodWorld{contracts: []methodContract{{"x", 1, 31}}, rules: []methodRule{{id: "R0", plan: "x", base: "payable", method: "tiers"}}}
		from := int64(0)
		for range 4 {
			w.tiers = append(w.tiers, methodTier{"R0", fixed(from, 3), fixed(r.Int64N(2_000_000), 6), "progressive", "amount"})
			from += 1 + r.Int64N(20_000_000)
		}
		total := new(big.Rat)
		for i := range 40 {
			x := methodRecord{key: "K" + strconv.Itoa(i), kind: pick(r, "5", "5", "9"), official: "1", payable: fixed(r.Int64N(1_000_000_000_000), 8), day: 1 + r.IntN(31)}
			if x.kind == "9" {
				x.payable = "-" + x.payable
			}
			w.records = append(w.records, x)
			total.Add(total, rat(x.payable))
		}
		worlds = append(worlds, w)
		want = append(want, "40 lines: "+w.steps("R0", total).FloatString(8))
	}
	loadWorlds(t, tx, worlds)
	_, err := Build(context.Background(), tx, "290", "401")
	must(t, err)
	got, err := texts(context.Background(), tx, "select count(*) || ' lines: ' || sum(charge_amount) from settlement.lines group by customer_id order by cast(customer_id as integer)")
	must(t, err)
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}
