package reports

import (
	"fmt"
	"strings"

	"github.com/shopspring/decimal"
	"github.com/xuri/excelize/v2"
)

// openPage begins a sheet of one upright page, columns A to G, that is laid out by hand.
func (b *book) openPage(sheet string, widths []float64) (*page1, error) {
	g := &page1{book: b, sheet: sheet}
	fit, hide := true, false
	if err := b.file.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: &fit}); err != nil {
		return nil, err
	}
	if err := b.file.SetSheetView(sheet, 0, &excelize.ViewOptions{ShowGridLines: &hide}); err != nil {
		return nil, err
	}
	var err error
	if g.stream, err = b.file.NewStreamWriter(sheet); err != nil {
		return nil, err
	}
	if err := b.page(sheet, "portrait", 1); err != nil {
		return nil, err
	}
	for i, w := range widths {
		if err := g.stream.SetColWidth(i+1, i+1, w); err != nil {
			return nil, err
		}
	}
	return g, nil
}

func (g *page1) finish() error {
	if g.err != nil {
		return g.err
	}
	if err := g.define("_xlnm.Print_Area", g.sheet, fmt.Sprintf("$A$1:$G$%d", g.row)); err != nil {
		return err
	}
	return g.stream.Flush()
}

// title is the head of a page: what it is, whose, of which month, and in which state the figures are.
func (g *page1) title(what label, o Options, m *month) {
	g.line(30, put{column: 1, span: 7, value: what.in(g.lang), look: look{size: 16, bold: true, color: navy, middle: true}})
	at := m.draft.madeAt.Add(shanghai).Format("2006-01-02 15:04:05")
	sub := fmt.Sprintf("%s   %s   %s %s (GMT+8)   %s", clean(o.Seller.name()), m.cycle,
		label{"数据截止", "Data cut-off"}.in(g.lang), at, internalMark.in(g.lang))
	g.line(16, put{column: 1, span: 7, value: strings.TrimSpace(sub), look: look{color: grey, middle: true, baseLine: 2}})
	g.gap()
}

func (g *page1) section(l label) {
	g.line(20, put{column: 1, span: 7, value: l.in(g.lang), look: look{size: 11, bold: true, color: navy, middle: true}})
}

const alarm = "C00000"

var (
	noDifference  = label{"一致", "ties"}
	hasDifference = label{"不一致", "differs"}
)

// writeTieOut writes the sheet that holds the sums against each other and the cost against the vendor's bill; unexplained is what no step
// of the way explains.
func (p *partnerBook) writeTieOut() (unexplained decimal.Decimal, err error) {
	g, err := p.openPage(tieOutName.in(p.lang), []float64{34, 17, 17, 17, 17, 17, 12})
	if err != nil {
		return unexplained, err
	}
	g.title(label{"勾稽", "Tie-out"}, p.options, p.month)
	if err := p.crossFoot(g); err != nil {
		return unexplained, err
	}
	g.gap()
	if unexplained, err = p.bridge(g); err != nil {
		return unexplained, err
	}
	return unexplained, g.finish()
}

// crossFoot holds the partner total of the statements against the sums of the four tables.
func (p *partnerBook) crossFoot(g *page1) error {
	g.section(label{"各表合计 = 伙伴合计（结算单之和）", "Sum of each table = partner total (sum of statements)"})
	g.headers(label{"项目", "Measure"}, label{"伙伴合计", "Partner total"}, partnerCustomers.name, partnerServices.name, partnerRegions.name,
		partnerModes.name, label{"勾稽", "Check"})
	now := p.thisMonth()
	for _, line := range []struct {
		name label
		from string
	}{
		{label{"官网价", "List amount"}, "official_amount"},
		{label{"云平台优惠", "Vendor discount"}, "discount_amount"},
		{label{"抹零", "Truncated"}, "truncated_amount"},
		{label{"应付金额（华为云）", "Cloud payable"}, "payable_amount"},
		{label{"应付金额（不含税）", "Payable excl. tax"}, "cost_excl_tax"},
		{label{"结算金额（不含税）", "Settlement excl. tax"}, "settled_excl_tax"},
	} {
		if line.from == "cost_excl_tax" && !p.data.taxed {
			continue
		}
		total, err := now.amount(line.from)
		if err != nil {
			return err
		}
		cells := []put{{column: 1, value: line.name.in(g.lang), look: look{ruled: true, middle: true}}, g.money(2, total.Round(p.data.places), "", false)}
		ties := true
		for i, w := range p.tables[:4] {
			ties = ties && p.data.exact[i][line.from].Equal(total)
			cells = append(cells, g.money(3+i, w.sums[line.from], w.total(line.from), false))
		}
		cells = append(cells, g.verdict(7, ties))
		g.line(17, cells...)
	}
	return g.err
}

func (g *page1) verdict(column int, ties bool) put {
	if ties {
		return put{column: column, value: noDifference.in(g.lang), look: look{ruled: true, middle: true, align: "center", color: "548235"}}
	}
	return put{column: column, value: hasDifference.in(g.lang), look: look{ruled: true, middle: true, align: "center", bold: true, color: white, fill: alarm}}
}

// money is a cell with an amount; a total stands out.
func (g *page1) money(column int, v decimal.Decimal, formula string, total bool) put {
	l := look{ruled: true, middle: true, align: "right", format: formatMoney}
	if total {
		l.bold, l.topLine = true, 1
	}
	cell, ok := cellNumber(v.String())
	if !ok {
		formula, l.format = "", formatText
	}
	return put{column: column, value: cell, formula: formula, look: l}
}

// total is the formula of a column's sum, for another sheet; empty where no number cell can hold an amount.
func (w *written) total(from string) string {
	if w.rows == 0 || w.lossy[from] {
		return ""
	}
	return "SUM(" + w.cells(from) + ")"
}

// step is one step of the way from the statements' cost to the vendor's bill.
type step struct {
	name   label
	from   string // column of the query
	remark label
}

var stepsToRecords = []step{
	{label{"加：挂起客户的应付", "+ parked parties"}, "parked", label{"见 挂起；无结算单", "see Parked; no statement"}},
	{label{"加：未计价记录的应付", "+ records without a price"}, "unpriced", label{"见 挂起；无合同或无规则", "see Parked; no contract or no rule"}},
	{label{"减：以前期间调整中的应付", "− prior-period lines"}, "prior_period", label{"属以前账期", "they belong to earlier months"}},
	{label{"减：调整、最低消费补差、尾差", "− adjustments, commitments, rounding"}, "costless", label{"无对应成本，应为 0", "they have no cost: 0"}},
	{label{"加：签发后云平台数据变化", "+ what the vendor changed after issue"}, "restated", label{"记入以后账期", "booked in a later month"}},
	{label{"加：不结算的推荐客户", "+ referral customers, not settled"}, "not_settled", label{"由云平台直接开票", "invoiced by the vendor"}},
}

var stepsToBill = []step{
	{label{"减：推荐客户", "− referral customers"}, "referral", label{"月账单只含代售客户", "the monthly bill holds resale customers only"}},
	{label{"减：预留实例", "− reserved instances"}, "reserved", label{"月账单不含计费模式 10", "the monthly bill has no charge mode 10"}},
	{label{"减：月账单口径不计的部分", "− what the monthly amount does not count"}, "not_counted", label{"欠费、代金券，按 settlement.summary_amount", "debt or vouchers, by settlement.summary_amount"}},
	{label{"减：抹零至分", "− truncation to the cent"}, "truncation", label{"每笔费用截断至分，见对账工作簿 勾稽", "each charge is cut to the cent; reconciliation workbook, Tie-out"}},
	{label{"减：跨账期迟到", "− late cycle"}, "late_cycle", label{"上月使用、本月计费，月账单计入其他账期", "used before the month; the bill has it in another one"}},
	{label{"减：关联关系变更", "− association change"}, "association_change", label{"关联前的消费，或计入另一经销商", "from before the customer was attached, or billed under another reseller"}},
	{label{"减：支付方式变化", "− funding change"}, "funding_change", label{"月账单出具后的还款或用券", "paid since the bill was made"}},
	{label{"减：已接受的差异", "− accepted differences"}, "accepted", label{"检查 06，有接受原因", "check 06, with a reason"}},
}

// bridge leads from the cost of the statements over the fee records to the vendor's monthly bill, each step a row, the subtotals
// formulas. A rest is what is there less what was derived: the steps and the rest add up to the raw difference.
func (p *partnerBook) bridge(g *page1) (unexplained decimal.Decimal, err error) {
	g.section(label{"应付金额与云平台月账单", "Cloud payable and the vendor's monthly bill"})
	g.bridgeHeader()
	read := func(column string) decimal.Decimal {
		v, e := decimal.NewFromString(p.data.bridge.get(column))
		if e != nil && err == nil {
			err = fmt.Errorf("%s: %w", column, e)
		}
		return v
	}
	places := p.data.places
	amount := func(name label, v decimal.Decimal, formula string, remark label, strong bool) {
		g.bridgeRow(name, v.Round(places), formula, remark, strong)
	}
	// Where amounts are rounded to fit their cells, a difference of them is one to the cent.
	digits := int32(8)
	if places < digits {
		digits = 2
	}
	difference := func(name label, v decimal.Decimal, minuend, subtrahend int) {
		g.differenceRow(name, v.Round(digits), fmt.Sprintf("ROUND(D%d-D%d,%d)", minuend, subtrahend, digits))
	}
	stated := read("stated")
	sum := stated
	steps := func(all []step) {
		for _, s := range all {
			v := read(s.from)
			sum = sum.Add(v)
			amount(s.name, v, "", s.remark, false)
		}
	}
	whole := ""
	if places == 8 { // rounded cells need not add up to the last place
		whole = p.customers.total("payable_amount")
	}
	amount(label{"结算单的应付金额", "Cloud payable of the statements"}, stated, whole, label{"= 分客户合计", "= total of By customer"}, true)
	first := g.row
	steps(stepsToRecords)
	amount(label{"= 消费记录应付（推算）", "= fee records, derived"}, sum, g.sum(places, first, g.row), label{}, true)
	derived := g.row
	amount(label{"消费记录应付（实际）", "Fee records, as pulled"}, read("records"), "", label{"全部消费记录之和", "sum of all fee records of the month"}, false)
	difference(label{"未解释", "Unexplained"}, read("records").Sub(sum), g.row, derived)
	second := g.row + 1
	steps(stepsToBill)
	amount(label{"= 月账单（推算）", "= monthly bill, derived"}, sum, fmt.Sprintf("ROUND(D%d+SUM(D%d:D%d),%d)", derived, second, g.row, places), label{}, true)
	expected := g.row
	bill := read("bill")
	amount(label{"云平台月账单（实际）", "The vendor's monthly bill"}, bill, "", label{"行数", "Rows: " + p.data.bridge.get("bill_rows")}, false)
	actual := g.row
	amount(label{"原始差额：月账单 − 结算单应付", "Raw difference: bill − statements"}, bill.Sub(stated), fmt.Sprintf("ROUND(D%d-D%d,%d)", actual, first, places), label{}, false)
	difference(label{"未解释差额", "Unexplained rest"}, bill.Sub(sum), actual, expected)
	p.restRow = g.row
	if gap := stated.Sub(read("margins_payable")); !gap.IsZero() {
		g.differenceRow(label{"结算单与毛利表不一致", "Statements and margins differ"}, gap.Round(digits), "")
	}
	return bill.Sub(sum).Round(digits), err
}

// sum is the formula of a subtotal in column D.
func (g *page1) sum(places int32, first, last int) string {
	return fmt.Sprintf("ROUND(SUM(D%d:D%d),%d)", first, last, places)
}

func (g *page1) bridgeHeader() {
	g.line(32,
		put{column: 1, span: 3, value: label{"项目", "Item"}.header(g.lang), look: headerLook},
		put{column: 4, value: label{"金额", "Amount"}.header(g.lang), look: headerLook},
		put{column: 5, span: 3, value: label{"说明", "Remark"}.header(g.lang), look: headerLook})
}

func (g *page1) bridgeRow(name label, v decimal.Decimal, formula string, remark label, strong bool) {
	n := look{middle: true, ruled: true}
	r := look{size: 8, color: grey, middle: true, ruled: true, wrap: true, indent: true}
	value := g.money(4, v, formula, strong)
	if strong {
		n.bold, n.topLine, r.topLine = true, 1, 1
	}
	text := remark.in(g.lang)
	g.line(max(16, 11.5*float64(linesIn(text, 66))+3),
		put{column: 1, span: 3, value: name.in(g.lang), look: n}, value, put{column: 5, span: 3, value: text, look: r})
}

// differenceRow is green where there is nothing to explain and red where there is.
func (g *page1) differenceRow(name label, v decimal.Decimal, formula string) {
	n := look{bold: true, middle: true, topLine: 1, fill: "E2EFDA", color: "375623"}
	verdict := noDifference
	if !v.IsZero() {
		n.fill, n.color, verdict = alarm, white, hasDifference
	}
	number := n
	number.align, number.format = "right", `#,##0.00######;-#,##0.00######`
	r := n
	r.indent = true
	cell, ok := cellNumber(v.String())
	if !ok {
		formula, number.format = "", formatText
	}
	g.line(18, put{column: 1, span: 3, value: name.in(g.lang), look: n}, put{column: 4, value: cell, formula: formula, look: number},
		put{column: 5, span: 3, value: verdict.in(g.lang), look: r})
}
