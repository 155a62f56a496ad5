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

// months of a random half year: what is settled, issued, invoiced, reopened and reversed, as finance would do it, with the amounts
// that follow from it kept beside the database.
type months struct {
	t       *testing.T
	tx      Execer
	r       *rand.Rand
	cycles  []string
	parties int
	rows    int
	// The sheet Invoices, as values of a row.
	invoices []invoice
	numbers  int
	revision map[string]int // by cycle and party
}

type invoice struct {
	request, number, date, reverses string
	excl, tax                       decimal.Decimal
	party, rate                     string
}

// TestInvoicesOverMonths: over six months of random events requests, what is carried forward and the ledger account for every cent that
// was settled, and running a month again changes nothing.
func TestInvoicesOverMonths(t *testing.T) {
	seen := map[string]bool{}
	for seed := range (*oracleRounds + 1) / 2 {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			m := &months{t: t, tx: openTest(t), r: rand.New(rand.NewPCG(uint64(seed), 13)), parties: 12, revision: map[string]int{}}
			for month := 5; month <= 10; month++ {
				m.cycles = append(m.cycles, fmt.Sprintf("2026-%02d", month))
			}
			for i, cycle := range m.cycles {
				m.settle(cycle)
				m.run(cycle, 1)
				m.issue(cycle)
				m.answer(nextMonth(cycle), 3)
				if i > 0 && m.r.IntN(2) == 0 {
					m.restate(m.cycles[m.r.IntN(i)], nextMonth(cycle))
				}
			}
			for _, cycle := range m.cycles { // a change of an earlier month reaches the later ones when those run again
				m.run(cycle, 2)
			}
			m.rolls()
			for what, query := range wanted {
				seen[what] = seen[what] || len(m.texts("%s limit 1", query)) > 0
			}
			m.complete()
		})
	}
	for what := range wanted {
		if !seen[what] {
			t.Errorf("never seen: %s", what)
		}
	}
}

func nextMonth(cycle string) string {
	var year, month int
	fmt.Sscanf(cycle, "%d-%d", &year, &month)
	return fmt.Sprintf("%d-%02d", year+month/12, month%12+1)
}

func (m *months) exec(format string, args ...any) { mustExec(m.t, m.tx, fmt.Sprintf(format, args...)) }

func (m *months) texts(format string, args ...any) []string {
	m.t.Helper()
	all, err := texts(context.Background(), m.tx, fmt.Sprintf(format, args...))
	must(m.t, err)
	return all
}

// settle gives a cycle its parties, tax items and lines.
func (m *months) settle(cycle string) {
	for p := range m.parties {
		kind := []string{"ordinary", "special", "none"}[min(p/5, 2)]
		m.exec(`insert into settlement.parties (cycle, party_id, short_code, invoice_kind, invoice_by, buyer_title, tax_id, email) values ('%s', 'P%02d', 'S%02d', '%s', '%s', 'x', '91310000MA1FL0000X', 'x@y')`,
			cycle, p, p, kind, []string{"cycle", "order", "account"}[p%3])
		m.lines(cycle, p, 0)
	}
	m.exec(`insert into settlement.tax_items (cycle, tax_code, item_name, class_code, rate, valid_from) values ('%[1]s', 'cloud', '云', '3040203000000000000', 0.06, date '2020-01-01'),
('%[1]s', 'soft', '软', '3040203000000000000', 0.06, date '2020-01-01'), ('%[1]s', 'line', '线', '3040203000000000000', 0.09, date '2026-08-01')`, cycle)
}

// lines inserts random lines of a party's revision: some months nothing, some negative as a whole.
func (m *months) lines(cycle string, party, revision int) {
	mood := m.r.IntN(6)
	if mood == 0 && revision == 0 {
		return
	}
	code, rate := "cloud", "0.06"
	if cycle >= "2026-08" && party%2 == 0 { // the rate changes
		code, rate = "line", "0.09"
	}
	var rows []string
	for i := range 1 + m.r.IntN(6) {
		charge := decimal.New(m.r.Int64N(1_000_000), -4)
		if mood <= 2 && m.r.IntN(4) > 0 || m.r.IntN(5) == 0 {
			charge = charge.Neg()
		}
		voucher := charge.Mul(decimal.New(int64([]int{0, 0, 0, 2, 10}[m.r.IntN(5)]), -1)).Round(8)
		if m.r.IntN(12) == 0 && rate == "0.06" {
			code = "soft"
		}
		m.rows++
		rows = append(rows, fmt.Sprintf(`('%s', 'P%02d', %d, 'L%d', 'record', 'K%d', 'N1', 'C%d', '', 'svc%d', '3', '5', 'R', '%s', %s, %t, 1, 0, 0, 1, %s, %s, %s, %s)`,
			cycle, party, revision, m.rows, m.rows, i%3, m.r.IntN(4), code, rate, party%4 == 1, charge, charge, voucher, []string{"null", "'O1'", "'O2'", "'O3'"}[m.r.IntN(4)]))
	}
	m.exec(`insert into settlement.lines (cycle, party_id, revision, line_id, kind, record_key, contract_no, customer_id, reseller_id, service_type_code, charging_mode, bill_detail_type, rule_id,
tax_code, tax_rate, amounts_include_tax, official_amount, discount_amount, truncated_amount, payable_amount, charge_amount, charge_excl_tax, voucher_amount, order_id) values %s`, strings.Join(rows, ", "))
}

// run builds the documents of a cycle, once or more often, and holds them against the lines.
func (m *months) run(cycle string, times int) {
	m.t.Helper()
	m.enter(cycle)
	ctx := context.Background()
	var before string
	for range times {
		_, err := Build(ctx, m.tx, "500", "547")
		must(m.t, err)
		var sums []string
		for _, table := range []string{"invoiceable", "invoice_shares", "invoice_lines", "invoice_requests", "invoice_status", "invoiceable_ledger"} {
			sums = append(sums, m.texts("select count(*) || ' ' || coalesce(sum(hash(t)), 0) from settlement.%s as t where cycle = '%s'", table, cycle)...)
		}
		if got := strings.Join(sums, ", "); before != "" && before != got {
			m.t.Errorf("%s: running again changes %s to %s", cycle, before, got)
		} else {
			before = got
		}
	}
	checks, err := sqlfiles.Checks()
	must(m.t, err)
	for _, c := range checks {
		if slices.Contains([]string{"34", "37", "38", "39", "40"}, c.Number) {
			must(m.t, runChecks(ctx, m.tx, []sqlfiles.File{c}))
		}
	}
	for _, s := range m.texts("select check_id || ' ' || subject || ': ' || expected || ' but ' || actual from recon.findings where cycle = '%s' and severity = 'B'", cycle) {
		m.t.Errorf("%s: %s", cycle, s)
	}
	m.bridges(cycle)
}

func (m *months) enter(cycle string) {
	prior := "2026-04"
	for i, c := range m.cycles {
		if c == cycle && i > 0 {
			prior = m.cycles[i-1]
		}
	}
	m.exec("update ops.params set cycle = '%[1]s', prior_cycle = '%[2]s', first_day = date '%[1]s-01', last_day = last_day(date '%[1]s-01')", cycle, prior)
	m.exec("delete from settlement.issued_invoices where cycle = '%s'", cycle)
	for _, i := range m.invoices {
		reverses := "null"
		if i.reverses != "" {
			reverses = quote(i.reverses)
		}
		m.exec("insert into settlement.issued_invoices (cycle, request_no, invoice_no, date, amount_excl_tax, tax_amount, amount_incl_tax, reverses) values ('%s', '%s', '%s', date '%s', %s, %s, %s, %s)",
			cycle, i.request, i.number, i.date, i.excl, i.tax, i.excl.Add(i.tax), reverses)
	}
}

// bridges: requests and what is not invoiceable are the statement, and what is carried is what earlier months could not invoice.
func (m *months) bridges(cycle string) {
	m.t.Helper()
	for _, row := range m.texts(`with current_requests as (
  select q.*, q.cycle = '%[1]s' as is_now from settlement.invoice_requests as q
  left join settlement.current_revisions as c on c.cycle = q.cycle and c.party_id = q.party_id
  where q.direction = 'blue' and q.revision = coalesce(c.revision, 0) and q.cycle <= '%[1]s'
), statement as (
  select s.party_id, s.tax_rate, sum(s.amount_excl_tax) as excl, sum(s.tax_amount) as tax from settlement.statement_lines as s
  left join settlement.current_revisions as c on c.cycle = s.cycle and c.party_id = s.party_id
  where s.cycle = '%[1]s' and s.revision = coalesce(c.revision, 0) group by all
), requests as (
  select party_id, tax_rate, max(invoice_kind) as invoice_kind,
    sum(case when is_now then own_amount_excl_tax + not_invoiceable_excl_tax else 0 end) as excl,
    sum(case when is_now then own_tax + not_invoiceable_tax else 0 end) as tax,
    sum(case when is_now then carried_excl_tax else 0 end) as carried_excl,
    sum(case when is_now then carried_tax else 0 end) as carried_tax,
    sum(case when is_now then 0 when amount_excl_tax < 0 or amount_incl_tax < 0 then own_amount_excl_tax else own_amount_excl_tax - amount_excl_tax end) as left_excl,
    sum(case when is_now then 0 when amount_excl_tax < 0 or amount_incl_tax < 0 then own_tax else own_tax - tax_amount end) as left_tax
  from current_requests group by all
)
select 'statement of ' || coalesce(r.party_id, s.party_id) || ': requests ' || r.excl || '/' || r.tax || ', statement ' || s.excl || '/' || s.tax
from requests as r full outer join statement as s using (party_id, tax_rate)
where coalesce(r.excl, 0) <> coalesce(s.excl, 0) or coalesce(r.tax, 0) <> coalesce(s.tax, 0)
union all
select 'carried to ' || party_id || ': ' || carried_excl || '/' || carried_tax || ', left ' || left_excl || '/' || left_tax
from requests as r
where invoice_kind <> 'none' and (carried_excl <> left_excl or carried_tax <> left_tax)
  and not exists (select 1 from ops.issued_requests as f where f.cycle = '%[1]s' and f.party_id = r.party_id and f.tax_rate = r.tax_rate)
union all
select 'request ' || q.request_no || ' is not the sum of its lines'
from settlement.invoice_requests as q
left join (select cycle, request_no, sum(amount_excl_tax) as excl, sum(tax_amount) as tax, sum(amount_incl_tax) as incl from settlement.invoice_lines group by all) as l using (cycle, request_no)
where q.cycle = '%[1]s' and (q.amount_excl_tax <> coalesce(l.excl, 0) or q.tax_amount <> coalesce(l.tax, 0) or q.amount_incl_tax <> coalesce(l.incl, 0) or q.amount_excl_tax + q.tax_amount <> q.amount_incl_tax)`, cycle) {
		m.t.Errorf("%s: %s", cycle, row)
	}
}

// issue gives the fit requests of a cycle their numbers and closes every party's month.
func (m *months) issue(cycle string) {
	m.exec("delete from ops.revisions where cycle = '%s'", cycle)
	for p := range m.parties {
		r := m.revision[fmt.Sprint(cycle, p)]
		m.exec("insert into ops.revisions values ('%s', 'P%02d', %d, %d, true, 'abc123')", cycle, p, r, r+1)
	}
	for _, draft := range m.texts("select request_no from settlement.invoice_requests where cycle = '%s' and status = 'draft' and request_no like 'DRAFT%%' order by 1", cycle) {
		m.numbers++
		no := fmt.Sprintf("IR-%s-%d", cycle, m.numbers)
		m.exec(`insert into ops.issued_requests select '%s', cycle, party_id, revision, tax_rate, split_key, 1 from settlement.invoice_requests where cycle = '%s' and request_no = '%s'`, no, cycle, draft)
		for _, table := range []string{"invoice_requests", "invoice_lines"} {
			m.exec("update settlement.%s set request_no = '%s' where cycle = '%s' and request_no = '%s'", table, no, cycle, draft)
		}
	}
}

// answer enters what the tax system made of the requests that wait, but of one in some, dated in a month: sometimes two invoices. It
// says how many it answered.
func (m *months) answer(month string, but int) int {
	before := len(m.invoices)
	for _, row := range m.texts(`select q.request_no || '|' || q.party_id || '|' || q.tax_rate || '|' || q.amount_excl_tax || '|' || q.tax_amount || '|' || coalesce(q.reverses_invoice_no, '')
from settlement.invoice_requests as q inner join ops.issued_requests as f on f.request_no = q.request_no
left join settlement.current_revisions as c on c.cycle = q.cycle and c.party_id = q.party_id where q.revision = c.revision order by 1`) {
		f := strings.Split(row, "|")
		if m.answered(f[0]) || but > 0 && m.r.IntN(but) == 0 {
			continue
		}
		i := invoice{request: f[0], date: fmt.Sprintf("%s-%02d", month, 1+m.r.IntN(28)), reverses: f[5], excl: decimal.RequireFromString(f[3]), tax: decimal.RequireFromString(f[4]), party: f[1], rate: f[2]}
		if part := m.part(i); m.r.IntN(3) == 0 && i.reverses == "" && part.excl.IsPositive() {
			m.enterInvoice(part)
			i.excl, i.tax = i.excl.Sub(part.excl), i.tax.Sub(part.tax)
		}
		m.enterInvoice(i)
	}
	return len(m.invoices) - before
}

func (m *months) enterInvoice(i invoice) {
	m.numbers++
	i.number = fmt.Sprintf("2611%016d", m.numbers)
	m.invoices = append(m.invoices, i)
}

// part is a random part of an invoice.
func (m *months) part(i invoice) invoice {
	share := decimal.New(1+m.r.Int64N(98), -2)
	i.excl, i.tax = i.excl.Mul(share).Truncate(2), i.tax.Mul(share).Truncate(2)
	return i
}

// takeBackParts enters red-letter invoices of a part of some invoices of a party's cycle.
func (m *months) takeBackParts(cycle, party, month string) {
	taken := map[string]bool{}
	for _, i := range m.invoices {
		taken[i.reverses] = true
	}
	for _, i := range m.invoices {
		part := m.part(i)
		if i.party != party || !strings.HasPrefix(i.request, "IR-"+cycle) || i.reverses != "" || taken[i.number] || !part.excl.IsPositive() || m.r.IntN(2) == 0 {
			continue
		}
		part.excl, part.tax, part.reverses, part.date = part.excl.Neg(), part.tax.Neg(), i.number, month+"-28"
		m.enterInvoice(part)
	}
}

// complete issues and answers everything that still waits; then what stands invoiced of each cycle is what can be invoiced of it.
func (m *months) complete() {
	m.t.Helper()
	last := m.cycles[len(m.cycles)-1]
	for {
		answered := 0
		for _, cycle := range m.cycles {
			m.issue(cycle)
			answered += m.answer(nextMonth(last), 0)
		}
		if answered == 0 {
			break
		}
		for _, cycle := range m.cycles {
			m.run(cycle, 1)
		}
	}
	for _, row := range m.texts(`with invoices as (
  select q.cycle, q.party_id, q.tax_rate, sum(i.amount_excl_tax) as excl, sum(i.amount_incl_tax) as incl
  from settlement.issued_invoices as i inner join settlement.invoice_requests as q on q.request_no = i.request_no where i.cycle = '%s' group by all
), invoiceable as (
  select q.cycle, q.party_id, q.tax_rate, sum(q.amount_excl_tax) as excl, sum(q.amount_incl_tax) as incl
  from settlement.invoice_requests as q inner join settlement.current_revisions as c on c.cycle = q.cycle and c.party_id = q.party_id and c.revision = q.revision
  where q.direction = 'blue' and q.amount_excl_tax > 0 and q.amount_incl_tax > 0 and q.invoice_kind <> 'none' and coalesce(q.unfit_reason, '') not like '%%negative as a whole%%' group by all
)
select cycle || ' ' || party_id || ' at ' || tax_rate || ': invoices ' || coalesce(i.excl, 0) || '/' || coalesce(i.incl, 0) || ', invoiceable ' || coalesce(w.excl, 0) || '/' || coalesce(w.incl, 0)
from invoices as i full outer join invoiceable as w using (cycle, party_id, tax_rate)
where coalesce(i.excl, 0) <> coalesce(w.excl, 0) or coalesce(i.incl, 0) <> coalesce(w.incl, 0)
union all
select 'invoice ' || coalesce(reverses, invoice_no) || ': ' || sum(amount_excl_tax) || ' stands' from settlement.issued_invoices where cycle = '%[1]s' group by coalesce(reverses, invoice_no) having sum(amount_excl_tax) < 0
union all
select check_id || ' ' || subject || ': ' || actual || ' but ' || expected from recon.findings where check_id = '40' and cycle = '%[1]s' and (subject like 'invoices of %%' or subject like 'request %%' and actual like '%%draft')`, last) {
		m.t.Errorf("when all is answered: %s", row)
	}
}

func (m *months) answered(request string) bool {
	for _, i := range m.invoices {
		if i.request == request {
			return true
		}
	}
	return false
}

// restate reopens some parties' month, settles it anew and issues the new revision with what takes the old invoices back. Parts of
// them were taken back before.
func (m *months) restate(cycle, month string) {
	for p := range m.parties {
		if m.r.IntN(3) > 0 || len(m.texts("select 1 from settlement.statement_lines where cycle = '%s' and party_id = 'P%02d' limit 1", cycle, p)) == 0 {
			continue
		}
		key := fmt.Sprint(cycle, p)
		m.revision[key]++
		m.exec("update ops.revisions set working_revision = %d, closed = false where cycle = '%s' and party_id = 'P%02d'", m.revision[key], cycle, p)
		m.lines(cycle, p, m.revision[key])
		m.takeBackParts(cycle, fmt.Sprintf("P%02d", p), month)
	}
	m.run(cycle, 1)
	m.issue(cycle)
}

// rolls holds the ledgers against each other and against settlements and invoices added up here.
func (m *months) rolls() {
	m.t.Helper()
	before := map[string]decimal.Decimal{}
	for _, cycle := range m.cycles {
		now := map[string]decimal.Decimal{}
		for _, row := range m.texts(`select s.party_id || '|' || s.tax_rate || '|' || sum(s.amount_incl_tax) || '|' || sum(case when q.invoice_kind = 'none' then s.amount_incl_tax else q.none end)
from (select party_id, tax_rate, sum(s.amount_incl_tax) as amount_incl_tax from settlement.statement_lines as s
  left join settlement.current_revisions as c using (cycle, party_id) where cycle = '%[1]s' and s.revision = coalesce(c.revision, 0) group by all) as s
inner join (select party_id, tax_rate, max(invoice_kind) as invoice_kind, sum(not_invoiceable_excl_tax + not_invoiceable_tax) as none from settlement.invoice_requests as q
  left join settlement.current_revisions as c using (cycle, party_id) where cycle = '%[1]s' and direction = 'blue' and q.revision = coalesce(c.revision, 0) group by all) as q using (party_id, tax_rate)
group by s.party_id, s.tax_rate`, cycle) {
			f := strings.Split(row, "|")
			now[f[0]+"|"+f[1]] = decimal.RequireFromString(f[2]).Sub(decimal.RequireFromString(f[3]))
		}
		for _, i := range m.invoices {
			if strings.HasPrefix(i.date, cycle) {
				now[i.party+"|"+i.rate] = now[i.party+"|"+i.rate].Sub(i.excl).Sub(i.tax)
			}
		}
		got := map[string][]decimal.Decimal{}
		for _, row := range m.texts(`select party_id || '|' || tax_rate || '|' || opening_incl_tax || '|' || settled_incl_tax || '|' || not_invoiceable_vouchers_incl_tax || '|' || not_invoiceable_none_incl_tax
|| '|' || invoiced_incl_tax || '|' || owed_offset_incl_tax || '|' || closing_incl_tax || '|' || owed_opening_incl_tax || '|' || owed_closing_incl_tax
from settlement.invoiceable_ledger where cycle = '%s'`, cycle) {
			f := strings.Split(row, "|")
			for _, v := range f[2:] {
				got[f[0]+"|"+f[1]] = append(got[f[0]+"|"+f[1]], decimal.RequireFromString(v))
			}
			a := got[f[0]+"|"+f[1]]
			if sum := a[0].Add(a[1]).Sub(a[2]).Sub(a[3]).Sub(a[4]).Sub(a[5]); !sum.Equal(a[6]) {
				m.t.Errorf("%s: ledger %s does not add up to its closing: %s", cycle, row, sum)
			}
			if !a[0].Sub(a[7]).Equal(before[f[0]+"|"+f[1]]) {
				m.t.Errorf("%s: ledger %s opens with %s, the month before closed with %s", cycle, row, a[0].Sub(a[7]), before[f[0]+"|"+f[1]])
			}
		}
		for key, v := range now {
			before[key] = before[key].Add(v)
		}
		for key, want := range before {
			closing := decimal.Zero
			if a := got[key]; a != nil {
				closing = a[6].Sub(a[8])
			}
			if !closing.Equal(want) {
				m.t.Errorf("%s: ledger of %s closes with %s, want %s", cycle, key, closing, want)
			}
		}
	}
}

// wanted is what the half years must have had, for the test to be about it.
var wanted = map[string]string{
	"a carried amount that was taken off": "select 1 from settlement.invoice_requests where carried_excl_tax < 0 and amount_excl_tax > 0 and status = 'draft'",
	"a negative month carried on":         "select 1 from settlement.invoice_requests where carried_excl_tax < 0 and amount_excl_tax < 0",
	"too much taken off, and given back":  "select 1 from settlement.invoice_requests where carried_excl_tax > 0",
	"the rest of an invoice taken back":   "select 1 from settlement.invoice_requests where direction = 'red' and remark like '%未红冲部分%'",
	"several reversals of a request":      "select 1 from settlement.invoice_requests where direction = 'red' group by cycle, revision, reverses_request_no having count(*) > 1",
	"a reversal":                          "select 1 from settlement.invoice_requests where direction = 'red'",
	"a request by order":                  "select 1 from settlement.invoice_requests where split_key like 'O%'",
	"a request by account":                "select 1 from settlement.invoice_requests where split_key like 'C%'",
	"an amount owed":                      "select 1 from settlement.invoiceable_ledger where owed_closing_excl_tax > 0",
	"a reversed invoice":                  "select 1 from settlement.invoice_status where status = 'reversed'",
	"a request withdrawn":                 "select 1 from settlement.invoice_status where status = 'withdrawn'",
}
