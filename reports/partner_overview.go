package reports

import (
	"fmt"
	"strconv"

	"github.com/shopspring/decimal"
)

const topCustomers = 10

// monthSums are the sums of one month's statements; a month that is not there is all zeros.
type monthSums struct {
	r     record
	there bool
}

func (p *partnerBook) monthOf(cycle string) monthSums {
	r, ok := p.data.months[cycle]
	return monthSums{r, ok}
}

func (p *partnerBook) thisMonth() monthSums { return p.monthOf(p.month.cycle) }

func (s monthSums) amount(column string) (decimal.Decimal, error) {
	if !s.there {
		return decimal.Zero, nil
	}
	v, err := amount(s.r.get(column))
	if err != nil {
		return v, fmt.Errorf("query %s: %s: %w", s.r.t.name, column, err)
	}
	return v, nil
}

func (s monthSums) count(column string) int {
	if !s.there {
		return 0
	}
	n, _ := strconv.Atoi(s.r.get(column)) // the database's count, as text
	return n
}

// writeOverview writes the first page: the figures of the month against the month before, the largest customers, six months, two charts.
func (p *partnerBook) writeOverview(unexplained decimal.Decimal) error {
	g, err := p.openPage(partnerOverviewName.in(p.lang), summaryWidths)
	if err != nil {
		return err
	}
	g.title(label{"伙伴月度汇总", "Partner monthly summary"}, p.options, p.month)
	if err := p.figures(g, unexplained); err != nil {
		return err
	}
	g.gap()
	first, shown, longest, err := p.largest(g)
	if err != nil {
		return err
	}
	g.gap()
	months, err := p.trend(g)
	if err != nil {
		return err
	}
	g.gap()
	p.charts(g, first, shown, longest, months)
	return g.finish()
}

// figures is the table of key figures.
func (p *partnerBook) figures(g *page1, unexplained decimal.Decimal) error {
	head := func(column, span int, l label) put {
		return put{column: column, span: span, value: l.header(g.lang), look: headerLook}
	}
	g.line(32, head(1, 1, label{"指标", "Figure"}), head(2, 1, label{"本月", "This month"}), head(3, 1, label{"上月", "Last month"}),
		head(4, 1, label{"增减", "Change"}), head(5, 1, label{"环比", "Change %"}), head(6, 2, label{"说明", "Remark"}))
	now, before := p.thisMonth(), p.monthOf(p.month.before(1))
	for _, f := range []struct {
		name   label
		from   string
		strong bool
		top    int
		remark label
	}{
		{name: label{"官网价", "List amount"}, from: "official_amount", top: 1},
		{name: label{"云平台优惠", "Vendor discount"}, from: "discount_amount"},
		{name: label{"应付金额（华为云）", "Cloud payable"}, from: "payable_amount", strong: true, remark: label{"见 勾稽", "see Tie-out"}},
		{name: label{"应付金额（不含税）", "Payable excl. tax"}, from: "cost_excl_tax", remark: label{"应付 ÷（1 + 税率）", "payable ÷ (1 + tax rate)"}},
		{name: label{"结算金额（不含税）", "Settlement excl. tax"}, from: "settled_excl_tax", strong: true, top: 1, remark: label{"结算单之和", "sum of statements"}},
		{name: label{"税额", "Tax"}, from: "tax_amount"},
		{name: label{"价税合计", "Settlement incl. tax"}, from: "amount_incl_tax"},
	} {
		if f.from == "cost_excl_tax" && !p.data.taxed {
			continue
		}
		a, err := now.amount(f.from)
		if err != nil {
			return err
		}
		b, err := before.amount(f.from)
		if err != nil {
			return err
		}
		formula := ""
		switch f.from {
		case "tax_amount": // By customer has no column of it
		case "amount_incl_tax":
			formula = fmt.Sprintf("ROUND(B%d+B%d,2)", g.row-1, g.row)
		default: // what the cells add up to, which are rounded where they would not fit
			formula, a = p.customers.total(f.from), p.customers.sums[f.from]
		}
		p.figure(g, f.name, f.remark, a, b.Round(p.data.places), before.there, formula, f.strong, f.top)
	}
	if err := p.marginFigures(g, now, before); err != nil {
		return err
	}
	for _, f := range []struct {
		name label
		from string
	}{
		{label{"已开票（不含税）", "Invoiced excl. tax"}, "invoiced_amount"},
		{label{"未开票（不含税）", "Uninvoiced excl. tax"}, "uninvoiced_amount"},
	} {
		p.figure(g, f.name, label{"本月结算单", "of this month's statements"}, p.customers.sums[f.from], decimal.Zero, false, p.customers.total(f.from), false, 0)
	}
	g.tally(label{"结算单数", "Statements"}, now.count("parties"), before, "parties", label{}, false)
	g.tally(label{"挂起客户", "Parked parties"}, now.count("parked"), before, "parked", label{"见 挂起", "see Parked"}, now.count("parked") > 0)
	open := 0
	for _, s := range []string{"B", "W"} {
		n, _ := strconv.Atoi(p.data.findings[s])
		open += n
	}
	blocking, _ := strconv.Atoi(p.data.findings["B"])
	g.tally(label{"未关闭差异", "Open findings"}, open, monthSums{}, "", label{"其中阻断", fmt.Sprintf("Blocking: %d", blocking)}, blocking > 0)
	rest := g.money(2, unexplained, quoteSheet(tieOutName.in(p.lang))+"!D"+strconv.Itoa(p.restRow), false)
	n := look{size: 10, middle: true, ruled: true}
	rest.look.size = 10
	if !unexplained.IsZero() {
		rest.look.bold, rest.look.color, rest.look.fill = true, white, alarm
	}
	g.line(17, put{column: 1, value: label{"与云平台账单未解释差额", "Unexplained vs. bill"}.in(g.lang), look: n}, rest,
		put{column: 6, span: 2, value: label{"见 勾稽", "see Tie-out"}.in(g.lang), look: remarkLook})
	return g.err
}

var remarkLook = look{size: 8, color: grey, middle: true, ruled: true, wrap: true, indent: true}

func (p *partnerBook) marginFigures(g *page1, now, before monthSums) error {
	var left, settled [2]decimal.Decimal
	for i, m := range []monthSums{now, before} {
		s, err := m.amount("settled_excl_tax")
		if err != nil {
			return err
		}
		cost, err := m.amount("cost_excl_tax")
		if err != nil {
			return err
		}
		left[i], settled[i] = margin(s, cost), s
	}
	p.figure(g, label{"毛利", "Gross margin"}, label{"结算 − 应付", "settlement − payable"}, p.customers.sums["margin_amount"],
		left[1].Round(p.data.places), before.there,
		p.customers.total("margin_amount"), true, 6)
	at := g.row
	n := look{size: 10, middle: true, ruled: true}
	part := n
	part.align, part.format = "right", formatShare
	cell := func(column int, part, whole decimal.Decimal, l look, formula string) put {
		text := ratio(part, whole)
		if text == "" {
			return put{column: column, look: l}
		}
		v, _ := cellNumber(text)
		return put{column: column, value: v, formula: formula, look: l}
	}
	g.line(17, put{column: 1, value: label{"毛利率", "Margin %"}.in(g.lang), look: n},
		cell(2, left[0], settled[0], part, fmt.Sprintf(`ROUND(B%d/B%d,4)`, at, at-3)),
		cell(3, left[1], settled[1], part, ""),
		put{column: 6, span: 2, value: label{"毛利 ÷ 结算", "margin ÷ settlement"}.in(g.lang), look: remarkLook})
	return g.err
}

// figure is a row of the key figures: an amount, that of the month before, and what changed.
func (p *partnerBook) figure(g *page1, name, remark label, now, before decimal.Decimal, compared bool, formula string, strong bool, top int) {
	n := look{size: 10, middle: true, ruled: true, topLine: top, bold: strong}
	number := func(column int, v decimal.Decimal, formula string) put {
		c := g.money(column, v, formula, false)
		c.look.size, c.look.topLine, c.look.bold = 10, top, strong
		return c
	}
	cells := []put{{column: 1, value: name.in(g.lang), look: n}, number(2, now, formula)}
	blank := n
	part := n
	part.align, part.format, part.bold = "right", formatShare, false
	change := put{column: 5, look: part}
	if compared {
		cells = append(cells, number(3, before, ""), number(4, now.Sub(before), fmt.Sprintf("ROUND(B%d-C%d,%d)", g.row+1, g.row+1, p.data.places)))
		if text := ratio(now.Sub(before), before); text != "" {
			change.value, _ = cellNumber(text)
		}
	} else {
		cells = append(cells, put{column: 3, look: blank}, put{column: 4, look: blank})
	}
	r := remarkLook
	r.topLine = top
	cells = append(cells, change, put{column: 6, span: 2, value: remark.in(g.lang), look: r})
	g.line(17, cells...)
}

// tally is a row of the key figures with a count.
func (g *page1) tally(name label, now int, before monthSums, from string, remark label, alarming bool) {
	n := look{size: 10, middle: true, ruled: true}
	number := n
	number.align, number.format = "right", formatCount
	value := number
	if alarming {
		value.bold, value.color = true, alarm
	}
	cells := []put{{column: 1, value: name.in(g.lang), look: n}, {column: 2, value: now, look: value}, {column: 3, look: n}, {column: 4, look: n}, {column: 5, look: n}}
	if before.there {
		cells[2].value, cells[2].look = before.count(from), number
		cells[3].value, cells[3].look = now-before.count(from), number
	}
	g.line(17, append(cells, put{column: 6, span: 2, value: remark.in(g.lang), look: remarkLook})...)
}

// largest lists the customers with the largest settlements, and the rest together. It returns where the customers stand, and the longest
// bar.
func (p *partnerBook) largest(g *page1) (first, shown int, longest decimal.Decimal, err error) {
	g.section(label{"结算金额最高的客户", "Largest customers"})
	g.headers(label{"客户", "Customer"}, label{"应付（华为云）", "Cloud payable"}, label{"上月结算", "Last month"}, label{"结算金额（不含税）", "Settlement excl. tax"},
		label{"占比", "Share"}, label{"毛利", "Gross margin"}, label{"毛利率", "Margin %"})
	whole := p.customers.sums["settled_excl_tax"]
	var rest, total [4]decimal.Decimal
	others := 0
	first = g.row + 1
	for i := range p.data.parties.rows {
		r := record{p.data.parties, i}
		v, err := amounts(r, "payable_amount", "prior_settled", "settled_excl_tax", "cost_excl_tax")
		if err != nil {
			return 0, 0, longest, err
		}
		for k := range v {
			total[k] = total[k].Add(v[k])
		}
		if shown == topCustomers {
			others++
			for k := range v {
				rest[k] = rest[k].Add(v[k])
			}
			continue
		}
		shown++
		longest = decimal.Max(longest, v[2], margin(v[2], v[3]))
		g.customerRow(clean(shorten(r.get("party_name"), 40)), v, whole, "", look{ruled: true, middle: true})
	}
	if others > 0 {
		name := label{fmt.Sprintf("其他 %d 个", others), fmt.Sprintf("%d others", others)}
		g.customerRow(name.in(g.lang), rest[:], whole, "", look{ruled: true, middle: true, color: grey})
	}
	if shown > 0 {
		g.customerRow(totalLabel.in(g.lang), total[:], whole, fmt.Sprintf("SUM(%%[1]s%d:%%[1]s%d)", first, g.row), look{bold: true, fill: paleBlue, topLine: 1, middle: true})
	}
	return first, shown, longest, nil
}

// customerRow is a row of the largest customers; v is payable, last month's settlement, settlement, cost without tax; sum is the formula of
// a total with a place for the column.
func (g *page1) customerRow(name string, v []decimal.Decimal, whole decimal.Decimal, sum string, base look) {
	number, part := base, base
	number.align, number.format = "right", formatMoney
	part.align, part.format = "right", formatShare
	cells := []put{{column: 1, value: name, look: base}}
	add := func(column int, text string, l look, formula string) {
		c := put{column: column, look: l}
		if text != "" {
			value, ok := cellNumber(text)
			c.value = value
			if ok && formula != "" {
				c.formula = fmt.Sprintf(formula, columnName(column))
			}
		}
		cells = append(cells, c)
	}
	left := margin(v[2], v[3])
	add(2, v[0].String(), number, sum)
	add(3, v[1].String(), number, sum)
	add(4, v[2].String(), number, sum)
	add(5, ratio(v[2], whole), part, "")
	add(6, left.String(), number, sum)
	add(7, ratio(left, v[2]), part, "")
	g.line(14.5, cells...)
}

// trend lists six months; a month that was not settled has an empty row, so that the chart's months stay evenly apart.
func (p *partnerBook) trend(g *page1) (first int, err error) {
	g.section(label{"近六个月", "Last six months"})
	g.headers(label{"账期", "Cycle"}, label{"应付（华为云）", "Cloud payable"}, label{"价税合计", "Settlement incl. tax"}, label{"结算金额（不含税）", "Settlement excl. tax"},
		label{"环比", "Change %"}, label{"毛利", "Gross margin"}, label{"毛利率", "Margin %"})
	first = g.row + 1
	base := look{ruled: true, middle: true}
	number, part := base, base
	number.align, number.format = "right", formatMoney
	part.align, part.format = "right", formatShare
	var before decimal.Decimal
	for i := trendMonths - 1; i >= 0; i-- {
		s := p.monthOf(p.month.before(i))
		cells := []put{{column: 1, value: p.month.before(i), look: base}, {column: 2, look: number}, {column: 3, look: number}, {column: 4, look: number},
			{column: 5, look: part}, {column: 6, look: number}, {column: 7, look: part}}
		if !s.there {
			before = decimal.Zero
			g.line(14.5, cells...)
			continue
		}
		var v [4]decimal.Decimal
		for k, from := range []string{"payable_amount", "amount_incl_tax", "settled_excl_tax", "cost_excl_tax"} {
			if v[k], err = s.amount(from); err != nil {
				return 0, err
			}
			v[k] = v[k].Round(p.data.places)
			if k < 3 { // the cost is seen in the margin
				cells[1+k].value, _ = cellNumber(v[k].String())
			}
		}
		left := margin(v[2], v[3])
		cells[5].value, _ = cellNumber(left.String())
		set := func(c *put, text string) {
			if text != "" {
				c.value, _ = cellNumber(text)
			}
		}
		set(&cells[4], ratio(v[2].Sub(before), before))
		set(&cells[6], ratio(left, v[2]))
		before = v[2]
		g.line(14.5, cells...)
	}
	return first, g.err
}
