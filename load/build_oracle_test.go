package load

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	sqlfiles "settle/sql"
)

var oracleRounds = flag.Int("oracle.rounds", 2, "random months that the oracles of pricing and statements try")

// The oracle's month: what the models read, as Go values. It prices by another way than the models do: each record looks
// through the sorted rules for itself.
type (
	oracleRecord struct {
		key, customer, service, region, mode, kind, resource string
		day                                                  int
		official, payable, voucher                           decimal.Decimal
	}
	oracleContract struct {
		number, party, customer, plan, taxCode string
		from, to                               int // days of October 2026
		incl                                   bool
	}
	oracleRule struct {
		id, plan, service, region, mode, kind, base, method, taxCode string
		priority, from, to                                           int
		value                                                        decimal.Decimal
	}
	oracleLine struct {
		party, rule, taxCode string
		rate                 decimal.Decimal
		incl                 bool
		charge, excl         decimal.Decimal
	}
)

var oracleTax = []struct {
	code string
	from int
	rate string
}{{"cloud", 1, "0.06"}, {"cloud", 16, "0.03"}, {"cloud2", 1, "0.06"}, {"hw", 1, "0.13"}, {"line", 1, "0.09"}}

func oracleDay(day int) string { return fmt.Sprintf("2026-10-%02d", day) }

func pick(r *rand.Rand, all ...string) string { return all[r.IntN(len(all))] }

// orNull is a SQL literal, NULL for the empty text.
func orNull(s string) string {
	if s == "" {
		return "null"
	}
	return quote(s)
}

type oracleMonth struct {
	records   []oracleRecord
	contracts []oracleContract
	rules     []oracleRule
}

func newOracleMonth(r *rand.Rand) oracleMonth {
	var m oracleMonth
	for i := range 5 {
		customer := "C" + strconv.Itoa(i)
		split := 1 + r.IntN(31) // the contract changes at this day
		for j, span := range [][2]int{{1, split}, {split + 1, 31}} {
			if r.IntN(6) == 0 {
				continue // a gap
			}
			m.contracts = append(m.contracts, oracleContract{
				number: fmt.Sprintf("N%d%d", i, j), party: pick(r, "PA", "PB", "PC"), customer: customer, plan: pick(r, "x", "y"),
				taxCode: pick(r, "cloud", "cloud2", "hw"), from: span[0], to: span[1], incl: r.IntN(2) == 0,
			})
		}
	}
	maybe := func(all ...string) string {
		if r.IntN(2) == 0 {
			return ""
		}
		return pick(r, all...)
	}
	for i := range 25 {
		rule := oracleRule{
			id: fmt.Sprintf("R%02d", i), plan: pick(r, "x", "y"), service: maybe("a", "b", "c"), region: maybe("n", "s"), mode: maybe("1", "3"), kind: maybe("1", "5", "9"),
			base: pick(r, "official", "payable"), method: pick(r, "pass_through", "factor", "discount", "markup"), priority: r.IntN(5), from: 1, to: 31,
			value: decimal.New(r.Int64N(1_000_001), -6),
		}
		if r.IntN(3) == 0 {
			rule.from, rule.to = 1+r.IntN(15), 16+r.IntN(16)
		}
		if r.IntN(4) == 0 {
			rule.taxCode = pick(r, "hw", "line", "none")
		}
		m.rules = append(m.rules, rule)
	}
	for i := range 500 {
		rec := oracleRecord{
			key: fmt.Sprintf("K%03d", i), customer: "C" + strconv.Itoa(r.IntN(5)), service: pick(r, "a", "b", "c", ""), region: pick(r, "n", "s", "w"), mode: pick(r, "1", "3", "10"),
			kind: pick(r, "1", "3", "5", "5", "5", "9", "23"), resource: "r" + strconv.Itoa(r.IntN(9)), day: 1 + r.IntN(31),
			official: decimal.New(r.Int64N(1_000_000_000_000), -8), // up to 10,000 with 8 decimals
		}
		rec.payable = rec.official.Mul(decimal.New(r.Int64N(100)+1, -2)).Truncate(int32(2 + 6*r.IntN(2)))
		if r.IntN(5) == 0 {
			rec.voucher = rec.payable.Mul(decimal.New(r.Int64N(5), 0)).DivRound(decimal.New(4, 0), 8)
			if r.IntN(2) == 0 {
				rec.voucher = rec.payable
			}
		}
		if rec.kind == "9" {
			rec.official, rec.payable, rec.voucher = rec.official.Neg(), rec.payable.Neg(), rec.voucher.Neg()
		}
		switch r.IntN(12) {
		case 0:
			rec.official = decimal.Zero
		case 1:
			rec.payable, rec.voucher = decimal.Zero, decimal.Zero
		case 2:
			rec.official, rec.payable, rec.voucher = decimal.Zero, decimal.Zero, decimal.Zero
		}
		m.records = append(m.records, rec)
	}
	return m
}

func (m oracleMonth) load(t *testing.T, tx Execer) {
	t.Helper()
	insert := func(table, columns string, rows []string) {
		mustExec(t, tx, fmt.Sprintf("insert into %s (%s) values %s", table, columns, strings.Join(rows, ", ")))
	}
	var rows []string
	for p, split := range map[string]string{"PA": "cycle", "PB": "account", "PC": "order"} {
		rows = append(rows, fmt.Sprintf("('%s', 'S%s', 'ordinary', '%s', 'x')", p, p, split))
	}
	insert("settlement.parties", "party_id, short_code, invoice_kind, invoice_by, buyer_title", rows)
	rows = nil
	for _, c := range m.contracts {
		if c.from <= c.to {
			rows = append(rows, fmt.Sprintf("('%s', '%s', '%s', '%s', '%s', '%s', %t, '%s')", c.number, c.party, c.customer, c.plan, oracleDay(c.from), oracleDay(c.to), c.incl, c.taxCode))
		}
	}
	insert("settlement.contracts", "contract_no, party_id, customer_id, price_plan, valid_from, valid_to, amounts_include_tax, tax_code", rows)
	rows = nil
	for _, k := range m.rules {
		rows = append(rows, fmt.Sprintf("('%s', '%s', %d, '%s', '%s', %s, %s, %s, %s, '%s', '%s', %s, %s)", k.id, k.plan, k.priority, oracleDay(k.from), oracleDay(k.to),
			orNull(k.service), orNull(k.region), orNull(k.mode), orNull(k.kind), k.base, k.method, k.value, orNull(k.taxCode)))
	}
	insert("settlement.rules", "rule_id, price_plan, priority, valid_from, valid_to, service_type_code, region_code, charging_mode, bill_detail_type, base, method, value, tax_code", rows)
	rows = nil
	for _, x := range oracleTax {
		item := "*信息技术服务*云服务费"
		if x.code == "hw" {
			item = "*计算机设备*服务器"
		}
		rows = append(rows, fmt.Sprintf("('%s', '%s', '3040203000000000000', %s, '%s')", x.code, item, x.rate, oracleDay(x.from)))
	}
	insert("settlement.tax_items", "tax_code, item_name, class_code, rate, valid_from", rows)
	rows = nil
	for _, x := range m.records {
		rows = append(rows, fmt.Sprintf("('%s', '%s', '2', %s, '%s', '%s', '%s', '%s', 'O%s', '%s', '%s', %s, %s, %s)", x.key, x.customer, orNull(x.service), x.region, x.mode, x.kind, x.resource, x.resource,
			oracleDay(x.day)+" 03:00:00", oracleDay(x.day), x.official, x.payable, x.voucher))
	}
	insert("source.consumption_records", `record_key, customer_id, association_type, service_type_code, region_code, charging_mode, bill_detail_type, resource_id, trade_id,
consume_from, consume_from_date, official_amount, payment_amount, coupon_amount`, rows)
}

// price is what the workbook's rules say in words: the contract at the day, then the first rule that matches.
func (m oracleMonth) price(x oracleRecord) (line oracleLine, ok bool) {
	var contract *oracleContract
	for i, c := range m.contracts {
		if c.customer == x.customer && c.from <= x.day && x.day <= c.to {
			contract = &m.contracts[i]
		}
	}
	if contract == nil {
		return line, false
	}
	var matching []oracleRule
	for _, k := range m.rules {
		fits := func(want, have string) bool { return want == "" || want == have }
		if k.plan == contract.plan && k.from <= x.day && x.day <= k.to && fits(k.service, x.service) && fits(k.region, x.region) && fits(k.mode, x.mode) && fits(k.kind, x.kind) {
			matching = append(matching, k)
		}
	}
	if len(matching) == 0 {
		return line, false
	}
	columns := func(k oracleRule) (n int) {
		for _, s := range []string{k.service, k.region, k.mode, k.kind} {
			if s != "" {
				n++
			}
		}
		return n
	}
	sort.Slice(matching, func(i, j int) bool {
		a, b := matching[i], matching[j]
		if a.priority != b.priority {
			return a.priority < b.priority
		}
		if columns(a) != columns(b) {
			return columns(a) > columns(b)
		}
		return a.id < b.id
	})
	k := matching[0]
	line = oracleLine{party: contract.party, rule: k.id, taxCode: contract.taxCode, incl: contract.incl}
	if k.taxCode != "" {
		line.taxCode = k.taxCode
	}
	found := false
	for _, tax := range oracleTax {
		if tax.code == line.taxCode && tax.from <= x.day {
			line.rate, found = decimal.RequireFromString(tax.rate), true
		}
	}
	if !found {
		return line, false
	}
	base := x.official
	switch {
	case k.base == "payable" || x.kind == "23": // a savings-plan deduction moves no money
		base = x.payable
	case base.IsZero() && !x.payable.IsZero(): // its list price is missing
		return line, false
	}
	one := decimal.New(1, 0)
	switch k.method {
	case "pass_through":
		line.charge = base
	case "factor":
		line.charge = base.Mul(k.value).Round(8)
	case "discount":
		line.charge = base.Mul(one.Sub(k.value)).Round(8)
	case "markup":
		line.charge = base.Mul(one.Add(k.value)).Round(8)
	}
	line.excl = line.charge
	if line.incl {
		line.excl = line.charge.DivRound(one.Add(line.rate), 8)
	}
	return line, true
}

func (l oracleLine) String() string {
	return fmt.Sprintf("%s by %s, %s at %s incl=%t: %s, excl. tax %s", l.party, l.rule, l.taxCode, l.rate.StringFixed(10), l.incl, l.charge.StringFixed(8), l.excl.StringFixed(8))
}

func TestPricingOracle(t *testing.T) {
	for seed := range *oracleRounds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			tx := openTest(t)
			m := newOracleMonth(rand.New(rand.NewPCG(uint64(seed), 1)))
			m.load(t, tx)
			_, err := Build(context.Background(), tx, "290", "401")
			must(t, err)
			got := map[string]string{}
			rows, err := texts(context.Background(), tx, `select record_key || '=' || party_id || ' by ' || rule_id || ', ' || tax_code || ' at ' || tax_rate || ' incl=' || amounts_include_tax || ': '
|| charge_amount || ', excl. tax ' || charge_excl_tax from settlement.lines union all select record_key || '=unpriced' from settlement.unpriced`)
			must(t, err)
			for _, row := range rows {
				key, line, _ := strings.Cut(row, "=")
				if got[key] != "" {
					t.Errorf("%s stands twice: %s, %s", key, got[key], line)
				}
				got[key] = line
			}
			unpriced := 0
			for _, x := range m.records {
				want := "unpriced"
				if line, ok := m.price(x); ok {
					want = line.String()
				} else {
					unpriced++
				}
				if got[x.key] != want {
					t.Errorf("record %+v:\n got %s\nwant %s", x, got[x.key], want)
				}
			}
			if unpriced > len(m.records)*3/4 {
				t.Errorf("%d of %d records unpriced: the month tests little", unpriced, len(m.records))
			}
		})
	}
}

// Printed lines, statements and invoice requests of random months: every identity that a reader could check by hand, computed
// here from the lines in whole cents, and every check of the documents.
func TestStatementProperties(t *testing.T) {
	for seed := range *oracleRounds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			tx := openTest(t)
			ctx := context.Background()
			m := newOracleMonth(rand.New(rand.NewPCG(uint64(seed), 2)))
			m.load(t, tx)
			mustExec(t, tx, `insert into settlement.adjustments (adjustment_id, contract_no, from_cycle, to_cycle, amount, reason)
select 'A' || contract_no, contract_no, '2026-10', '2026-10', case when contract_no < 'N2' then -123.456789 else 77.005 end, 'x' from settlement.contracts`)
			_, err := Build(ctx, tx, "290", "500")
			must(t, err)
			_, err = Build(ctx, tx, "500", "900")
			must(t, err)
			must(t, Check(ctx, tx, sqlfiles.PhaseDocuments))
			bad, err := texts(ctx, tx, "select subject || ': ' || expected || ' but ' || actual from recon.findings where severity = 'B'")
			must(t, err)
			for _, s := range bad {
				t.Error(s)
			}
			wantTotals(t, tx)
			wantInvoices(t, tx)
		})
	}
}

// wantTotals computes each statement's totals from its lines: per tax group the exact sum to the cent, and tax on it.
func wantTotals(t *testing.T, tx Execer) {
	t.Helper()
	rows, err := texts(context.Background(), tx, `select party_id || '|' || tax_code || '|' || tax_rate || '|' || amounts_include_tax || '|' || sum(charge_amount)
from settlement.lines group by party_id, tax_code, tax_rate, amounts_include_tax`)
	must(t, err)
	type total struct{ excl, tax, incl decimal.Decimal }
	want := map[string]*total{}
	for _, row := range rows {
		f := strings.Split(row, "|")
		rate, sum := decimal.RequireFromString(f[2]), decimal.RequireFromString(f[4]).Round(2)
		if want[f[0]] == nil {
			want[f[0]] = &total{}
		}
		w, excl, incl := want[f[0]], sum, sum
		if f[3] == "true" {
			excl = incl.DivRound(rate.Add(decimal.New(1, 0)), 2)
		} else {
			incl = excl.Add(excl.Mul(rate).Round(2))
		}
		w.excl, w.incl, w.tax = w.excl.Add(excl), w.incl.Add(incl), w.tax.Add(incl.Sub(excl))
	}
	got, err := texts(context.Background(), tx, "select party_id || '|' || amount_excl_tax || '|' || tax_amount || '|' || amount_incl_tax from settlement.statements")
	must(t, err)
	if len(got) != len(want) || len(got) == 0 {
		t.Errorf("%d statements, want %d", len(got), len(want))
	}
	for _, row := range got {
		party, amounts, _ := strings.Cut(row, "|")
		if w := want[party]; w == nil || amounts != w.excl.StringFixed(2)+"|"+w.tax.StringFixed(2)+"|"+w.incl.StringFixed(2) {
			t.Errorf("statement of %s: got %s, want %+v", party, amounts, w)
		}
	}
	off, err := texts(context.Background(), tx, `select s.party_id || ': ' || s.amount_incl_tax || ' but lines ' || sum(l.amount_incl_tax) from settlement.statements as s
inner join settlement.statement_lines as l using (party_id) group by s.party_id, s.amount_excl_tax, s.tax_amount, s.amount_incl_tax
having sum(l.amount_excl_tax) <> s.amount_excl_tax or sum(l.tax_amount) <> s.tax_amount or sum(l.amount_incl_tax) <> s.amount_incl_tax
union all
-- A line's tax is its own to within a cent (times 1.13 where prices include tax), so that no line looks wrong.
select party_id || ' line ' || line_no || ': tax ' || tax_amount || ' on ' || amount_excl_tax from settlement.statement_lines
where abs(amount_excl_tax * tax_rate - tax_amount) > 0.0114 or amount_excl_tax + tax_amount <> amount_incl_tax
union all
select party_id || ' line ' || line_no || ': settled ' || settled_amount || ' of exact ' || exact_amount from settlement.statement_lines
where kind <> 'rounding' and abs(settled_amount - exact_amount) > 0.005`)
	must(t, err)
	for _, s := range off {
		t.Error(s)
	}
}
