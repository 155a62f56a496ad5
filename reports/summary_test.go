package reports

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/xuri/excelize/v2"
)

// TestSummaryAddsUp adds the rows of every statement's Summary up, as a reader would: list amount to settlement excl. tax to total, and
// list amount less reduction to amount on each row of the services.
func TestSummaryAddsUp(t *testing.T) {
	for _, c := range []struct {
		name    string
		changes []string
		taxed   string // the statement whose prices include tax
		own     int    // rows of adjustments, shortfalls, earlier months and rounding that are not zero
	}{
		{name: "one basis", taxed: "HXJT"},
		{name: "both bases", taxed: "HXJT", changes: []string{
			`update settlement.statement_lines set amounts_include_tax = false, amount_excl_tax = settled_amount, amount_incl_tax = settled_amount + tax_amount
			where cycle = '2026-10' and party_id = 'P-02' and line_no % 3 = 0`}},
		{name: "adjustments and earlier months", taxed: "HXJT", own: 12, changes: []string{
			`insert into settlement.statement_lines by name
			select cycle, party_id, revision, 1000 + k.i as line_no, k.kind, tax_code, tax_rate, amounts_include_tax, 0 as official_amount, 0 as discount_amount,
				0 as truncated_amount, 0 as payable_amount, k.v as exact_amount, k.v as settled_amount,
				case when amounts_include_tax then round(k.v / 1.06, 2) else k.v end as amount_excl_tax,
				case when amounts_include_tax then k.v - round(k.v / 1.06, 2) else round(k.v * 0.06, 2) end as tax_amount, 0 as amount_incl_tax,
				1 as record_count, 'agreed' as note, k.origin as origin_cycle, 0 as voucher_amount
			from (select * from settlement.statement_lines where cycle = '2026-10' qualify row_number() over (partition by party_id order by line_no) = 1) as l,
			(values (1, 'adjustment', -120.5, null), (2, 'commitment', 800.01, null), (3, 'prior_period', 13.37, '2026-08'), (4, 'prior_period', -7.7, '2026-09')) as k (i, kind, v, origin)`,
			`update settlement.statement_lines set amount_incl_tax = amount_excl_tax + tax_amount where line_no > 1000`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := story(t)
			for _, change := range c.changes {
				f.exec(change)
			}
			f.exec(`delete from settlement.statements`)
			f.exec(`insert into settlement.statements
				select cycle, party_id, revision, null, 'CNY', sum(official_amount), sum(discount_amount), 0, sum(payable_amount),
				sum(amount_excl_tax), sum(tax_amount), sum(amount_incl_tax), count(*), 'final' from settlement.statement_lines group by all`)
			dir := t.TempDir()
			own, taxed := 0, ""
			for _, file := range f.write(Options{Dir: dir}).Files {
				if file.Kind != KindStatement {
					continue
				}
				path := filepath.Join(dir, file.Path)
				checkFormulas(t, path)
				n, contained := addsUp(t, open(t, path), filepath.Base(path))
				own += n
				if contained {
					taxed += strings.Split(filepath.Base(path), "-")[0]
				}
			}
			if taxed != c.taxed {
				t.Errorf("tax is taken off on %q, want %q", taxed, c.taxed)
			}
			if own < c.own {
				t.Errorf("%d rows beside list and reductions, want %d", own, c.own)
			}
		})
	}
}

// addsUp reads a Summary from the top. It returns how many rows beside list amount and reductions have an amount, and whether tax is
// taken off.
func addsUp(t *testing.T, book *excelize.File, name string) (own int, contained bool) {
	t.Helper()
	rows, err := book.GetRows(book.GetSheetList()[0])
	if err != nil {
		t.Fatal(err)
	}
	cents := func(text string) decimal.Decimal { return number(t, text).Round(2) } // as it is shown
	var sum, subtotal decimal.Decimal
	const none, block, services = 0, 1, 2
	at := none
	for _, row := range rows {
		row = append(row, make([]string, 7)...)
		begins := func(texts ...string) bool {
			for _, s := range texts {
				if strings.HasPrefix(row[0], s) {
					return true
				}
			}
			return false
		}
		switch {
		case begins("官网价合计", "List amount"):
			sum, at = cents(row[3]), block
		case begins("云服务", "Service"):
			at = services
		case at == block && begins("减：", "Less: "):
			sum = sum.Sub(cents(row[3]))
			contained = contained || begins("减：价内税", "Less: tax")
		case at == block && begins("加：", "Plus: "):
			sum = sum.Add(cents(row[3]))
			if !number(t, row[3]).IsZero() {
				own++
			}
		case at == block && begins("小计", "Subtotal"):
			subtotal = cents(row[3])
			if !sum.Equal(subtotal) {
				t.Errorf("%s: the rows above the subtotal add up to %s, it says %s", name, sum, subtotal)
			}
		case at == block && begins("结算金额", "Settlement excl", "价税合计", "Total incl"):
			if !sum.Equal(cents(row[3])) {
				t.Errorf("%s: the rows above %s add up to %s, it says %s", name, row[0], sum, row[3])
			}
		case at == block && begins("税额", "Tax"):
			sum = sum.Add(cents(row[3]))
		case at == services && row[0] == "":
			at = none
		case at == services && row[1] != "" && !begins("合计", "Total"):
			if !cents(row[1]).Sub(cents(row[2])).Equal(cents(row[3])) {
				t.Errorf("%s: %s: %s less %s is not %s", name, row[0], row[1], row[2], row[3])
			}
		case at == services && begins("合计", "Total"):
			if contained && !cents(row[3]).Equal(subtotal) {
				t.Errorf("%s: the services add up to %s, the subtotal is %s", name, row[3], subtotal)
			}
		}
	}
	if at != none || sum.IsZero() {
		t.Errorf("%s: Summary was not read to its end", name)
	}
	return own, contained
}
