package reports

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/xuri/excelize/v2"
)

// partner writes the partner summary of the fixture after these changes to its tables, which it takes back.
func (f *fixture) partner(t *testing.T, changes ...string) *excelize.File {
	t.Helper()
	f.exec("begin") // the database has one connection
	t.Cleanup(func() { f.exec("rollback") })
	for _, c := range changes {
		f.exec(c)
	}
	o := f.options(Options{}).withDefaults()
	m, err := readMonth(context.Background(), f.db, o)
	if err != nil {
		t.Fatal(err)
	}
	dir := folder{root: o.Dir, cycle: o.Cycle}
	if err := dir.prepare(m); err != nil {
		t.Fatal(err)
	}
	file, err := writePartner(context.Background(), f.db, m, o, dir)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(o.Dir, file.Path)
	checkFormulas(t, path)
	return open(t, path)
}

// totalOf is the total of the column whose header begins so.
func totalOf(t *testing.T, book *excelize.File, sheet, header string) decimal.Decimal {
	t.Helper()
	rows, err := book.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	for i, h := range rows[0] {
		if strings.HasPrefix(h, header) {
			return number(t, rows[len(rows)-1][i])
		}
	}
	t.Fatalf("sheet %s has no column %s", sheet, header)
	return decimal.Zero
}

var partnerCuts = []string{"分客户 By customer", "分产品 By service", "分区域 By region", "分计费模式 By charge mode"}

// equalsStatements holds the totals of every table against the statements of the month.
func equalsStatements(t *testing.T, f *fixture, book *excelize.File, current string) {
	t.Helper()
	for header, column := range map[string]string{
		"官网价": "official_amount", "云平台优惠": "discount_amount", "抹零": "truncated_amount", "应付": "payable_amount", "结算": "amount_excl_tax",
		"毛利\n": "amount_excl_tax - payable_amount",
	} {
		want := number(t, f.one(`select cast(sum(`+column+`) as varchar) from settlement.statements where cycle = '2026-10' and `+current))
		for _, sheet := range partnerCuts {
			if got := totalOf(t, book, sheet, header); !got.Equal(want) {
				t.Errorf("%s: %s is %s, the statements say %s", sheet, header, got, want)
			}
		}
	}
}

func TestPartnerEqualsDatabase(t *testing.T) {
	f := story(t)
	book := f.partner(t)
	equalsStatements(t, f, book, "true")
	for name, query := range map[string]string{
		"结算金额（不含税）": `select cast(sum(amount_excl_tax) as varchar) from settlement.statements where cycle = '2026-10'`,
		"价税合计":      `select cast(sum(amount_incl_tax) as varchar) from settlement.statements where cycle = '2026-10'`,
		"毛利":        `select cast(sum(amount_excl_tax) - sum(payable_amount) as varchar) from settlement.statements where cycle = '2026-10'`,
		"已开票":       `select cast(sum(amount_excl_tax) as varchar) from settlement.issued_invoices where cycle = '2026-10'`,
		"挂起客户":      `select '1'`,
		"未关闭差异":     `select cast(count(*) as varchar) from recon.findings where not explained and severity <> 'I'`,
	} {
		if got, want := find(t, book, "概览 Overview", name, 2), number(t, f.one(query)); !got.Equal(want) {
			t.Errorf("Overview: %s is %s, want %s", name, got, want)
		}
	}
	for _, parked := range []struct{ header, want string }{{"应付", "812.5"}, {"至今计费", "800"}, {"至今毛利", "-12.5"}, {"未计价应付", "117.25"}} {
		if got := totalOf(t, book, "挂起 Parked", parked.header); !got.Equal(number(t, parked.want)) {
			t.Errorf("Parked: %s is %s, want %s", parked.header, got, parked.want)
		}
	}
}

// TestPartnerTiesOut: what the story plants between statements and bill is explained; what nothing explains is told, to the cent and in red.
func TestPartnerTiesOut(t *testing.T) {
	f := story(t)
	for _, c := range []struct {
		name, want string
		changes    []string
	}{
		{"all is explained", "0", nil},
		{"the bill is higher", "5.01", []string{`insert into source.monthly_bills values ('2026-10', 'x', '', '3', 5.01)`}},
		{"the bill's charge mode 10 does not count", "0", []string{`insert into source.monthly_bills values ('2026-10', 'x', '', '10', 5)`}},
		{"a record that stands nowhere", "3.5", []string{
			`insert into source.consumption_records (cycle, customer_id, reseller_id, record_key, charging_mode, association_type, payment_amount) values ('2026-10', 'x', '', 'lost', '3', '2', 3.5)`,
			`insert into source.monthly_bills values ('2026-10', 'x', '', '3', 3.5)`}},
		{"debt, where the bill leaves it out", "0", []string{
			`update ops.params set summary_amount = 'payable_less_debt'`, `update source.consumption_records set debt_amount = 7 where record_key = '2026-10-1-0-2'`,
			`update source.monthly_bills set amount = amount - 7 where cycle = '2026-10' and customer_id like 'a1%' and charge_mode = '3'`,
			`update recon.tie_out set detail_amount = detail_amount - 7 where cycle = '2026-10' and customer_id like 'a1%'`}},
		{"each part of the tie-out is a step", "0", []string{
			`insert into source.monthly_bills values ('2026-10', 'x', '', '3', 12.5)`,
			`insert into recon.tie_out (cycle, customer_id, reseller_id, payable_amount, detail_amount, truncation, late_cycle, association_change, referral, mode_10, funding_change)
			values ('2026-10', 'x', '', 0, 0, -0.5, -1, -2, -3, -4, -2)`}},
		{"an accepted difference", "0", []string{
			`insert into source.monthly_bills values ('2026-10', 'x', '', '3', -8)`,
			`insert into recon.findings values ('g06', '06', 'B', '2026-10', null, 'x', '', 'customer x', 8, false, 'asked', null, 'credited by the vendor in November')`}},
		{"a prior-period line", "0", []string{
			`insert into settlement.margins (cycle, party_id, revision, customer_id, reseller_id, kind, payable_amount, cost_excl_tax, charge_amount, margin_amount, settled_excl_tax, record_count)
			values ('2026-10', 'P-01', 0, 'a', '', 'prior_period', 30, 30, 33, 3, 33, 1)`,
			`update settlement.statements set payable_amount = payable_amount + 30, amount_excl_tax = amount_excl_tax + 33, amount_incl_tax = amount_incl_tax + 33 where cycle = '2026-10' and party_id = 'P-01'`}},
		{"the vendor changed an issued month", "0", []string{
			`insert into ops.revisions values ('2026-10', 'P-01', 0, 1, true, 'h')`,
			`update source.consumption_records set payment_amount = payment_amount + 4 where record_key = '2026-10-1-0-2'`,
			`update source.monthly_bills set amount = amount + 4 where cycle = '2026-10' and customer_id like 'a1%' and charge_mode = '3'`,
			`insert into settlement.restatements values ('2026-10', 'P-01', 0, 'x', 'changed', 10, 14)`}},
		{"an issued record that lost its price", "0", []string{
			`insert into ops.revisions values ('2026-10', 'P-01', 0, 1, true, 'h')`,
			`insert into settlement.unpriced (cycle, party_id, customer_id, reseller_id, record_key, payable_amount, window_id)
			select cycle, 'P-01', customer_id, reseller_id, record_key, payment_amount, 1 from source.consumption_records where record_key = '2026-10-1-0-2'`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			book := f.partner(t, c.changes...)
			want := number(t, c.want)
			if got := find(t, book, "勾稽 Tie-out", "未解释差额", 4); !got.Equal(want) {
				t.Errorf("unexplained %s, want %s", got, want)
			}
			raw := find(t, book, "勾稽 Tie-out", "原始差额", 4)
			for _, s := range append(slices.Clone(stepsToRecords), stepsToBill...) {
				raw = raw.Sub(find(t, book, "勾稽 Tie-out", s.name.in(both), 4))
			}
			if !raw.Equal(want) {
				t.Errorf("the raw difference less all steps is %s, want the rest %s", raw, want)
			}
			if got := find(t, book, "概览 Overview", "与云平台账单未解释差额", 2); !got.Equal(want) {
				t.Errorf("Overview says %s, want %s", got, want)
			}
			if got := fillBeside(t, book, "勾稽 Tie-out", "未解释差额"); (got == alarm) != !want.IsZero() {
				t.Errorf("the rest %s is shown on %s", want, got)
			}
		})
	}
}

// fillBeside is the colour of the row whose first cell begins so.
func fillBeside(t *testing.T, book *excelize.File, sheet, name string) string {
	t.Helper()
	rows, err := book.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		if len(row) == 0 || !strings.HasPrefix(row[0], name) {
			continue
		}
		id, err := book.GetCellStyle(sheet, cellName(4, i+1))
		if err != nil {
			t.Fatal(err)
		}
		style, err := book.GetStyle(id)
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimPrefix(style.Fill.Color[0], "FF")
	}
	t.Fatalf("sheet %s has no row %s", sheet, name)
	return ""
}

// TestPartnerTakesCurrentRevisions: a reopened month counts with the revision in work, a closed one with the issued one.
func TestPartnerTakesCurrentRevisions(t *testing.T) {
	f := story(t)
	later := []string{
		`insert into settlement.statements by name select * replace (1 as revision, payable_amount + 10 as payable_amount, amount_excl_tax + 20 as amount_excl_tax, amount_incl_tax + 20 as amount_incl_tax)
		from settlement.statements where cycle = '2026-10' and party_id = 'P-01'`,
		`insert into settlement.margins by name select * replace (1 as revision) from settlement.margins where cycle = '2026-10' and party_id = 'P-01'`,
		`insert into settlement.margins (cycle, party_id, revision, customer_id, reseller_id, kind, service_type_code, region_code, charging_mode,
			payable_amount, cost_excl_tax, charge_amount, margin_amount, settled_excl_tax, record_count)
		values ('2026-10', 'P-01', 1, 'a1', '', 'record', 'hws.service.type.obs', 'cn-north-4', '3', 10, 10, 20, 10, 20, 1)`,
	}
	for _, c := range []struct {
		name, revisions, current string
	}{
		{"reopened", `insert into ops.revisions values ('2026-10', 'P-01', 0, 1, false, 'h')`, "(party_id <> 'P-01' or revision = 1)"},
		{"closed", `insert into ops.revisions values ('2026-10', 'P-01', 0, 1, true, 'h')`, "revision = 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			book := f.partner(t, append(slices.Clone(later), c.revisions)...)
			equalsStatements(t, f, book, c.current)
		})
	}
}

// TestPartnerTakesSourceTaxOff: where the vendor's amounts include tax, margins are of the cost without it; the tie-out is not.
func TestPartnerTakesSourceTaxOff(t *testing.T) {
	f := story(t)
	book := f.partner(t, `update ops.params set source_amount_tax = 'included'`,
		`update settlement.margins set cost_excl_tax = cast(payable_amount * 0.9 as decimal(38, 8))`,
		`update settlement.margins set margin_amount = charge_amount - cost_excl_tax`)
	stated := ` from settlement.margins inner join settlement.statements as s using (cycle, party_id, revision) where cycle = '2026-10'`
	cost := number(t, f.one(`select cast(sum(cost_excl_tax) as varchar)`+stated))
	payable := number(t, f.one(`select cast(sum(payable_amount) as varchar) from settlement.statements where cycle = '2026-10'`))
	settled := number(t, f.one(`select cast(sum(amount_excl_tax) as varchar) from settlement.statements where cycle = '2026-10'`))
	if cost.Equal(payable) {
		t.Fatal("the cost is the payable: nothing is tested")
	}
	for _, sheet := range partnerCuts {
		for header, want := range map[string]decimal.Decimal{"应付（华为云）": payable, "应付（不含税）": cost, "毛利\n": settled.Sub(cost)} {
			if got := totalOf(t, book, sheet, header); !got.Equal(want) {
				t.Errorf("%s: %q is %s, want %s", sheet, header, got, want)
			}
		}
	}
	for name, want := range map[string]decimal.Decimal{"应付金额（华为云）": payable, "应付金额（不含税）": cost, "毛利": settled.Sub(cost)} {
		if got := find(t, book, "概览 Overview", name, 2); !got.Equal(want) {
			t.Errorf("Overview: %s is %s, want %s", name, got, want)
		}
	}
	if got := find(t, book, "勾稽 Tie-out", "未解释差额", 4); !got.IsZero() {
		t.Errorf("unexplained %s: the tie-out does not stay on the payable", got)
	}
	if got, want := totalOf(t, book, "挂起 Parked", "至今毛利"), number(t, "68.75"); !got.Equal(want) { // 800 - 812.5 * 0.9
		t.Errorf("Parked: margin is %s, want %s", got, want)
	}
}

// TestPartnerOfAMonthWithoutStatements: all parties may be parked, and the month before may be missing.
func TestPartnerOfAMonthWithoutStatements(t *testing.T) {
	book := story(t).partner(t, `delete from settlement.statements`, `delete from settlement.statement_lines`, `update settlement.margins set settled_excl_tax = null`)
	if got := find(t, book, "概览 Overview", "结算单数", 2); !got.IsZero() {
		t.Errorf("%s statements", got)
	}
	// Nothing is stated; all that was pulled stands between the statements and the bill.
	if got := find(t, book, "勾稽 Tie-out", "未解释差额", 4); !got.IsZero() {
		t.Errorf("unexplained %s", got)
	}
}

func TestPartnerAlerts(t *testing.T) {
	f := story(t)
	book := f.partner(t, `update recon.findings set resolution = 'agreed for the quarter' where finding_id = 'f31'`)
	rows, err := book.GetRows("毛利预警 Margin alerts")
	if err != nil {
		t.Fatal(err)
	}
	want := f.one(`select count(*)::varchar from (select party_id, customer_id, reseller_id, service_type_code from settlement.margins
		where cycle = '2026-10' and kind = 'record' group by all having sum(payable_amount) > 0 and round(sum(margin_amount), 2) < 0)`)
	if got := len(rows) - 2; number(t, want).IntPart() != int64(got) || got == 0 {
		t.Errorf("%d alerts, the margins say %s", got, want)
	}
	accepted := 0
	for _, row := range rows {
		if strings.HasPrefix(row[0], "已离开有限公司") && row[len(row)-1] == "agreed for the quarter" {
			accepted++
		}
	}
	if accepted != 1 {
		t.Errorf("%d alerts say why they were accepted, want 1", accepted)
	}
}

// TestPartnerOfALargeMonth: sums of more digits than a cell keeps stay numbers with formulas, and the tie-out is still exact.
func TestPartnerOfALargeMonth(t *testing.T) {
	const more = "12345678.12345678"
	f := story(t)
	book := f.partner(t,
		`update settlement.margins set payable_amount = payable_amount + `+more+`, cost_excl_tax = cost_excl_tax + `+more+`, official_amount = official_amount + `+more+`, settled_excl_tax = settled_excl_tax + 20000000
		where cycle = '2026-10' and party_id = 'P-01' and service_type_code = 'hws.service.type.dli'`,
		`update settlement.statements set payable_amount = payable_amount + `+more+`, official_amount = official_amount + `+more+`, amount_excl_tax = amount_excl_tax + 20000000, amount_incl_tax = amount_incl_tax + 20000000
		where cycle = '2026-10' and party_id = 'P-01'`,
		`insert into source.consumption_records (cycle, customer_id, reseller_id, record_key, charging_mode, association_type, payment_amount) values ('2026-10', 'x', '', 'large', '3', '2', `+more+`)`,
		`insert into source.monthly_bills values ('2026-10', 'x', '', '3', `+more+` + 0.01)`)
	want := number(t, f.one(`select cast(sum(payable_amount) as varchar) from settlement.statements where cycle = '2026-10'`)).Round(6)
	for _, sheet := range partnerCuts {
		if got := totalOf(t, book, sheet, "应付"); !got.Equal(want) {
			t.Errorf("%s: payable is %s, want %s", sheet, got, want)
		}
	}
	if got := find(t, book, "勾稽 Tie-out", "未解释差额", 4); !got.Equal(number(t, "0.01")) {
		t.Errorf("unexplained %s, want 0.01", got)
	}
	if text := render(t, book.Path); strings.Count(text, hasDifference.in(both)) != 1 {
		t.Errorf("%d rows differ, want the rest alone", strings.Count(text, hasDifference.in(both)))
	}
}
