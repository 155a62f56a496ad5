package load

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	sqlfiles "settle/sql"
)

// Invoices of random parties: services of either sign, vouchers of either sign and of all sizes, prices with and without tax,
// tax codes that share a rate and an item; one invoice a cycle, an order or an account.
func TestInvoiceProperties(t *testing.T) {
	for seed := range *oracleRounds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			tx := openTest(t)
			r := rand.New(rand.NewPCG(uint64(seed), 3))
			var parties, lines []string
			for p := range 60 {
				party := fmt.Sprintf("P%02d", p)
				parties = append(parties, fmt.Sprintf("('%s', '%s', 'ordinary', '%s', 'x')", party, party, []string{"cycle", "order", "account"}[p/2%3]))
				bases := []bool{p%2 == 0}
				if p%5 == 0 {
					bases = []bool{true, false}
				}
				places := int32(2 + 6*r.IntN(2))
				for i := range 1 + r.IntN(12) {
					charge := decimal.New(r.Int64N(10_000_000)-3_000_000*int64(p%3), -4).Round(places)
					if r.IntN(4) == 0 {
						charge = decimal.New(r.Int64N(200)-100, -4) // below a cent
					}
					voucher := charge.Mul(decimal.New(int64([]int{0, 0, 0, 1, 3, 10}[r.IntN(6)]), -1)).Round(8)
					code := []struct{ code, rate string }{{"cloud", "0.06"}, {"cloud2", "0.06"}, {"soft", "0.06"}, {"hw", "0.13"}}[r.IntN(4)]
					lines = append(lines, fmt.Sprintf("('%s', 0, '%d', 'record', '%s-%d', 'N1', 'C%d', '', 'svc%d', '3', '5', 'R', '%s', %s, %t, 1, 0, 0, 1, %s, %s, %s, %s)",
						party, i, party, i, r.IntN(3), r.IntN(6), code.code, code.rate, bases[r.IntN(len(bases))], charge, charge, voucher, []string{"null", "'O1'", "'O2'", "'O3'"}[r.IntN(4)]))
				}
			}
			mustExec(t, tx, "insert into settlement.parties (party_id, short_code, invoice_kind, invoice_by, buyer_title) values "+strings.Join(parties, ", "))
			mustExec(t, tx, `insert into settlement.tax_items (tax_code, item_name, rate, valid_from) values ('cloud', '*信息技术服务*云服务费', 0.06, date '2020-01-01'),
('cloud2', '*信息技术服务*云服务费', 0.06, date '2020-01-01'), ('soft', '*信息技术服务*软件服务费', 0.06, date '2020-01-01'), ('hw', '*计算机设备*服务器', 0.13, date '2020-01-01')`)
			mustExec(t, tx, `insert into settlement.lines (party_id, revision, line_id, kind, record_key, contract_no, customer_id, reseller_id, service_type_code, charging_mode, bill_detail_type, rule_id,
tax_code, tax_rate, amounts_include_tax, official_amount, discount_amount, truncated_amount, payable_amount, charge_amount, charge_excl_tax, voucher_amount, order_id) values `+strings.Join(lines, ", "))
			ctx := context.Background()
			_, err := Build(ctx, tx, "500", "549")
			must(t, err)
			checks, err := sqlfiles.Checks()
			must(t, err)
			for _, c := range checks {
				if slices.Contains([]string{"34", "37", "38"}, c.Number) {
					must(t, runChecks(ctx, tx, []sqlfiles.File{c}))
				}
			}
			bad, err := texts(ctx, tx, "select check_id || ' ' || subject || ': ' || expected || ' but ' || actual from recon.findings")
			must(t, err)
			for _, s := range bad {
				t.Error(s)
			}
			wantInvoices(t, tx)
			kinds, err := texts(ctx, tx, "select status || ' ' || count(*) from settlement.invoice_requests group by status union all select 'discounts ' || count(*) from settlement.invoice_lines where is_discount order by 1")
			must(t, err)
			if len(kinds) != 3 {
				t.Errorf("the month tests little: %v", kinds)
			}
		})
	}
}

// wantInvoices holds requests and their lines against the lines that were settled: what vouchers did not pay, per tax code, rate
// and basis to two decimals, with tax where prices include it; and asks of every line what the tax system asks.
func wantInvoices(t *testing.T, tx Execer) {
	t.Helper()
	ctx := context.Background()
	type sums struct{ excl, tax decimal.Decimal }
	requests, items := map[string]sums{}, map[string]sums{}
	add := func(m map[string]sums, key string, excl, tax decimal.Decimal) {
		m[key] = sums{m[key].excl.Add(excl), m[key].tax.Add(tax)}
	}
	groups, err := texts(ctx, tx, `select party_id || '|' || tax_rate || '|' || tax_code || '|' || amounts_include_tax || '|' || sum(charge_amount) || '|' || sum(voucher_amount)
from settlement.lines group by party_id, tax_code, tax_rate, amounts_include_tax`)
	must(t, err)
	vouchers := false
	for _, g := range groups {
		f := strings.Split(g, "|")
		rate, voucher := decimal.RequireFromString(f[1]), decimal.RequireFromString(f[5])
		vouchers = vouchers || !voucher.IsZero()
		rest := decimal.RequireFromString(f[4]).Sub(voucher).Round(2)
		excl, tax := rest, rest.Mul(rate).Round(2)
		if f[3] == "true" {
			excl = rest.DivRound(rate.Add(decimal.New(1, 0)), 2)
			tax = rest.Sub(excl)
		}
		add(requests, f[0]+"|"+f[1], excl, tax)
		add(items, f[0]+"|"+f[1]+"|"+f[2], excl, tax)
	}
	if !vouchers {
		t.Error("no voucher was ever subtracted")
	}
	got, err := texts(ctx, tx, `select q.party_id || '|' || q.tax_rate || '|' || q.excl || '|' || q.tax || '|' || q.incl || '|' || q.vouchers || '|' || s.excl || '|' || q.statement_tax || '|' || s.tax
from (select party_id, tax_rate, sum(amount_excl_tax) as excl, sum(tax_amount) as tax, sum(amount_incl_tax) as incl, sum(not_invoiceable_excl_tax) as vouchers, sum(statement_tax) as statement_tax
  from settlement.invoice_requests group by all) as q
inner join (select party_id, tax_rate, sum(amount_excl_tax) as excl, sum(tax_amount) as tax from settlement.statement_lines group by all) as s using (party_id, tax_rate)`)
	must(t, err)
	if len(got) != len(requests) {
		t.Errorf("requests of %d parties and rates, want %d", len(got), len(requests))
	}
	for _, row := range got {
		f := strings.Split(row, "|")
		w := requests[f[0]+"|"+f[1]]
		statement := decimal.RequireFromString(f[6])
		want := strings.Join([]string{f[0], f[1], w.excl.StringFixed(2), w.tax.StringFixed(2), w.excl.Add(w.tax).StringFixed(2), statement.Sub(w.excl).StringFixed(2), statement.StringFixed(2), f[8], f[8]}, "|")
		if row != want {
			t.Errorf("requests %s, want %s", row, want)
		}
	}
	wantSplits(t, tx)
	lines, err := texts(ctx, tx, `select l.request_no || '|' || l.party_id || '|' || l.tax_rate || '|' || l.tax_code || '|' || l.amount_excl_tax || '|' || l.tax_amount || '|' || l.amount_incl_tax || '|' || q.status || '|' || l.item_name
|| '|' || (select count(distinct s.amounts_include_tax) from settlement.statement_lines as s where s.party_id = l.party_id and s.tax_code = l.tax_code and s.tax_rate = l.tax_rate)
from settlement.invoice_lines as l inner join settlement.invoice_requests as q using (request_no) order by l.request_no, l.line_no`)
	must(t, err)
	var before []string
	for _, row := range lines {
		f := strings.Split(row, "|")
		rate, excl, tax, incl := decimal.RequireFromString(f[2]), decimal.RequireFromString(f[4]), decimal.RequireFromString(f[5]), decimal.RequireFromString(f[6])
		add(items, f[1]+"|"+f[2]+"|"+f[3], excl.Neg(), tax.Neg())
		allowed := decimal.New(1, -2)
		if f[9] == "2" { // both bases in one tax code
			allowed = decimal.New(2, -2)
		}
		if excl.IsZero() || !excl.Add(tax).Equal(incl) || excl.Mul(rate).Sub(tax).Abs().GreaterThan(allowed) {
			t.Errorf("line %s: wrong in itself", row)
		}
		if excl.IsNegative() && f[7] != "unfit" {
			if before == nil || before[0] != f[0] || before[3] != f[3] || before[8] != f[8] || decimal.RequireFromString(before[4]).Add(excl).Sign() <= 0 {
				t.Errorf("line %s: nothing to take it off in %v", row, before)
			}
		}
		before = f
	}
	for item, left := range items {
		if !left.excl.IsZero() || !left.tax.IsZero() {
			t.Errorf("lines of %s miss %s and tax %s", item, left.excl, left.tax)
		}
	}
}

// wantSplits: what a request asks of an item is taxed right to a cent, and no request is negative beside one that is not.
func wantSplits(t *testing.T, tx Execer) {
	t.Helper()
	bad, err := texts(context.Background(), tx, `select request_no || ' ' || tax_code || ': tax ' || tax || ' of ' || excl from (
  select l.request_no, l.party_id, l.tax_code, l.tax_rate, sum(l.amount_excl_tax) as excl, sum(l.tax_amount) as tax from settlement.invoice_lines as l group by all
) as x inner join (
  select party_id, tax_code, tax_rate, count(distinct amounts_include_tax) as bases from settlement.statement_lines group by all
) as b using (party_id, tax_code, tax_rate)
where abs(cast(x.excl * x.tax_rate as decimal(38, 8)) - x.tax) > 0.01 * b.bases
union all
select party_id || ' at ' || tax_rate || ': ' || min(amount_excl_tax) || ' beside ' || max(amount_excl_tax) from settlement.invoice_requests as q
where not exists (select 1 from settlement.invoice_shares as s where s.party_id = q.party_id and s.tax_rate = q.tax_rate group by s.tax_code having sum(s.own_amount) < 0)
group by party_id, tax_rate having min(amount_incl_tax) < 0 and count(*) > 1
union all
select request_no || ': ' || count(*) || ' requests' from settlement.invoice_requests group by request_no having count(*) > 1`)
	must(t, err)
	for _, s := range bad {
		t.Error(s)
	}
	splits, err := texts(context.Background(), tx, "select distinct split_key from settlement.invoice_requests")
	must(t, err)
	if len(splits) < 6 {
		t.Errorf("the month tests few splits: %v", splits)
	}
}
