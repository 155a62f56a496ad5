package reports

import (
	"fmt"

	"github.com/shopspring/decimal"
	"github.com/xuri/excelize/v2"
)

// The first sheet is the month on one printed page: is everything here, does it tie, what are the differences made of, who has to work on what,
// and since when. Its figures are counted from the other sheets' rows.

// reconWidths are the columns A to H.
var reconWidths = []float64{25, 14, 15, 14, 25, 14, 14, 15}

const (
	reconCustomers   = 16 // on the page; the others stand on the tie-out
	reconCategories  = 8
	ageingBuckets    = 4
	overviewRowTall  = 15
	overviewHeadTall = 30
)

var buckets = [ageingBuckets]string{"0-3", "4-10", "11-30", ">30"}

func (r *reconBook) writeOverview() error {
	g, err := r.uprightPage(reconOverviewName.in(r.lang), reconWidths)
	if err != nil {
		return err
	}
	v := r.data.picture()
	all := g.columns()
	g.line(30, put{column: 1, span: all, value: label{"对账概览", "Reconciliation overview"}.in(g.lang), look: look{size: 16, bold: true, color: navy, middle: true}})
	at := r.month.draft.madeAt.Add(shanghai).Format("2006-01-02 15:04:05")
	g.line(16, put{column: 1, span: all, look: look{color: grey, middle: true, baseLine: 2},
		value: fmt.Sprintf("%s   %s   %s %s (GMT+8)   %s", clean(r.options.Seller.name()), r.month.cycle, label{"数据截止", "Data cut-off"}.in(g.lang), at, internalMark.in(g.lang))})
	g.gap()
	r.tiles(g, v)
	g.gap()
	r.coverage(g, v)
	g.gap()
	r.differences(g, v)
	g.gap()
	r.partnerBill(g, v)
	g.gap()
	r.states(g, v)
	g.gap()
	r.categories(g, v)
	g.gap()
	r.customers(g)
	return g.end()
}

// tiles are the four figures that say whether the month is fine.
func (r *reconBook) tiles(g *page1, v picture) {
	type tile struct {
		name  label
		value any
		form  string
		fine  bool
		known bool
	}
	cell, form := moneyCell(v.parts["unexplained"].amount)
	all := []tile{
		{label{"数据覆盖率", "Coverage"}, shareCell(v.stored, v.announced), formatShare, v.windows == v.present && v.stored == v.announced, v.certified},
		{label{"勾稽账户", "Accounts that tie"}, fmt.Sprintf("%d / %d", v.ties, v.accounts), "", v.ties == v.accounts, v.tied},
		{label{"未解释差额", "Unexplained"}, cell, form, v.parts["unexplained"].accounts == 0, v.tied},
		{label{"未决阻断异常", "Open, blocking"}, v.open["B"], formatCount, v.open["B"] == 0, true},
	}
	var names, values []put
	for i, t := range all {
		fill := paleGreen
		switch {
		case !t.known:
			fill, t.value, t.form = paleGrey, "—", ""
		case !t.fine:
			fill = paleRed
		}
		names = append(names, put{column: 2*i + 1, span: 2, value: t.name.in(g.lang), look: look{color: "404040", fill: fill, align: "center", middle: true}})
		values = append(values, put{column: 2*i + 1, span: 2, value: t.value, look: look{size: 16, bold: true, color: navy, fill: fill, align: "center", middle: true, format: t.form}})
	}
	g.line(16, names...)
	g.line(30, values...)
}

// pairOfHeads writes the titles of two tables that stand side by side, A to D and E to H.
func (g *page1) pairOfHeads(left, right label) {
	l := look{size: 11, bold: true, color: navy, middle: true}
	g.line(20, put{column: 1, span: 4, value: left.in(g.lang), look: l}, put{column: 5, span: 4, value: right.in(g.lang), look: l})
}

func (g *page1) heads(height float64, labels map[int]label) {
	var cells []put
	for c := 1; c <= g.columns(); c++ {
		if l, ok := labels[c]; ok {
			cells = append(cells, put{column: c, value: l.header(g.lang), look: headerLook})
		}
	}
	g.line(height, cells...)
}

// coverage holds what was announced against what is there, beside what the monthly amount may be made of.
func (r *reconBook) coverage(g *page1, v picture) {
	g.pairOfHeads(label{"覆盖", "Coverage"}, label{"月账单金额口径（不自动选定）", "What the bill's amount is"})
	g.heads(overviewHeadTall, map[int]label{
		1: {"项目", "Item"}, 2: {"应有", "Expected"}, 3: {"实有", "Present"}, 4: {"覆盖率", "Share"},
		5: {"候选口径", "Formula"}, 6: {"勾稽账户", "Accounts that tie"}, 7: {"可辨账户中", "Of the telling"}, 8: {"差额合计", "Left"},
	})
	n := look{ruled: true, middle: true, indent: true}
	number, part := n, n
	number.align, number.format = "right", formatCount
	part.align, part.format = "right", formatShare
	left := []struct {
		name       label
		want, have int
		known      bool
	}{
		{label{"取数窗口", "Windows"}, v.windows, v.present, v.certified},
		{label{"声明的记录", "Rows announced"}, v.announced, v.stored, v.certified},
		{label{"有数据的客户", "Customers with data"}, v.customers, v.customers - v.incomplete, v.certified},
		{label{"检查", "Checks run"}, v.checks, v.checks - v.notRun, true},
		{label{"其中通过", "of them passed"}, v.checks - v.notRun, v.passed, true},
	}
	var right []record
	if t := r.data.formulas; t != nil {
		for i := range t.rows {
			right = append(right, record{t, i})
		}
	}
	for i := range max(len(left), len(right)) {
		var cells []put
		if i < len(left) {
			l := left[i]
			cells = append(cells, put{column: 1, value: l.name.in(g.lang), look: n})
			if l.known {
				high := part
				if l.have != l.want {
					high.bold, high.color = true, alarm
				}
				cells = append(cells, put{column: 2, value: l.want, look: number}, put{column: 3, value: l.have, look: number},
					put{column: 4, value: shareCell(l.have, l.want), look: high})
			}
		}
		if i < len(right) {
			f := right[i]
			name := n
			text := reasonCodes[f.get("formula")].in(g.lang)
			if f.get("chosen") == "yes" {
				name.bold, text = true, text+" ★"
			}
			value, form := moneyText(f.get("difference"))
			amount := n
			amount.align, amount.format = "right", form
			ties := n
			ties.align = "right"
			cells = append(cells, put{column: 5, value: text, look: name},
				put{column: 6, value: f.get("ties") + " / " + f.get("customers"), look: ties},
				put{column: 7, value: f.get("telling_ties") + " / " + f.get("telling"), look: ties},
				put{column: 8, value: value, look: amount})
		}
		g.line(overviewRowTall, cells...)
	}
	g.line(12, put{column: 5, span: 4, value: label{"★ 配置所用口径 settlement.summary_amount", "★ the one that the config uses"}.in(g.lang), look: look{size: 7, color: grey, middle: true}})
}

// differences says what the raw difference between records and bill is made of, as a table and a chart.
func (r *reconBook) differences(g *page1, v picture) {
	g.pairOfHeads(label{"差额构成", "Records less bill, by reason"}, label{})
	g.heads(overviewHeadTall, map[int]label{1: {"项目", "Item"}, 2: {"账户数", "Accounts"}, 3: {"金额", "Amount"}, 4: {"占原始差额绝对值", "Share"}})
	n := look{ruled: true, middle: true, indent: true}
	row := func(name label, p partSum, whole decimal.Decimal, strong bool, fill string) {
		a, c, s := n, n, n
		a.align, c.align, c.format, s.align, s.format = "right", "right", formatCount, "right", formatShare
		value, form := moneyCell(p.amount)
		a.format = form
		first := n
		for _, l := range []*look{&first, &a, &c, &s} {
			l.bold, l.fill = strong, fill
		}
		share := put{column: 4, look: s}
		if text := ratio(p.size, whole); text != "" {
			share.value, _ = cellNumber(text)
		}
		g.line(overviewRowTall, put{column: 1, value: name.in(g.lang), look: first}, put{column: 2, value: p.accounts, look: c}, put{column: 3, value: value, look: a}, share)
	}
	top := g.row
	row(label{"消费记录", "Fee records"}, v.parts["detail_amount"], decimal.Zero, false, "")
	row(label{"月账单", "Monthly bill"}, v.parts["bill_amount"], decimal.Zero, false, "")
	row(label{"原始差额", "Raw difference"}, v.parts["difference"], decimal.Zero, true, paleBlue)
	first := g.row + 1
	whole := decimal.Zero
	for _, p := range causes {
		whole = whole.Add(v.parts[p.from].size)
	}
	whole = whole.Add(v.parts["unexplained"].size)
	for _, p := range causes {
		row(p.name, v.parts[p.from], whole, false, "")
	}
	fill := paleGreen
	if v.parts["unexplained"].accounts > 0 {
		fill = paleRed
	}
	row(label{"未解释", "Unexplained"}, v.parts["unexplained"], whole, true, fill)
	last := g.row
	if g.err != nil || !v.tied {
		return
	}
	g.err = g.file.AddChart(g.sheet, cellName(5, top), g.reconChart(excelize.Bar, label{"差额按原因", "Differences by reason"}.in(g.lang),
		[]chartSeries{{"C", settlementColor}}, first, last, last-top+1, `#,##0.00;-#,##0.00;0`))
}

type chartSeries struct{ column, color string }

// reconChart draws columns of a table's rows, first to last, over the right half of the page.
func (g *page1) reconChart(kind excelize.ChartType, title string, columns []chartSeries, first, last, rows int, format string) *excelize.Chart {
	font := excelize.Font{Family: fontFamily, Size: 8, Color: "404040"}
	area := func(column string) string {
		return fmt.Sprintf("%s!$%s$%d:$%s$%d", quoteSheet(g.sheet), column, first, column, last)
	}
	width := uint(0)
	for _, w := range reconWidths[4:] {
		width += uint(w*8 + 0.5)
	}
	gap := uint(40)
	c := &excelize.Chart{
		Type:      kind,
		Title:     excelize.ChartTitle{Paragraph: []excelize.RichTextRun{{Text: title, Font: &excelize.Font{Family: fontFamily, Size: 10, Bold: true, Color: navy}}}},
		Legend:    excelize.ChartLegend{Position: "none"},
		Dimension: excelize.ChartDimension{Width: width, Height: uint(rows * 18)},
		GapWidth:  &gap,
		PlotArea:  excelize.ChartPlotArea{ShowVal: true, NumFmt: excelize.ChartNumFmt{CustomNumFmt: format}},
		XAxis:     excelize.ChartAxis{Font: font, ReverseOrder: kind == excelize.Bar, TickLabelPosition: excelize.ChartTickLabelLow},
		YAxis:     excelize.ChartAxis{Font: font, None: true},
	}
	if len(columns) > 1 {
		c.Legend = excelize.ChartLegend{Position: "bottom", Font: &font}
	}
	for _, s := range columns {
		c.Series = append(c.Series, excelize.ChartSeries{
			Name: fmt.Sprintf("%s!$%s$%d", quoteSheet(g.sheet), s.column, first-1), Categories: area("A"), Values: area(s.column),
			Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{s.color}}, DataLabel: excelize.ChartDataLabel{Font: font},
		})
	}
	return c
}

// states are the findings by severity and state, and the open ones by age.
func (r *reconBook) states(g *page1, v picture) {
	l := look{size: 11, bold: true, color: navy, middle: true}
	g.line(20, put{column: 1, span: 8, value: label{"异常：级别与状态（同一笔钱可能被多项检查发现）", "Findings by severity and state (several checks may find the same money)"}.in(g.lang), look: l})
	g.heads(overviewHeadTall, map[int]label{1: {"级别", "Severity"}, 2: findingStates["new"], 3: findingStates["open"], 4: findingStates["resolved"],
		5: {"已自动解释", "Explained"}, 6: findingStates["closed"], 7: {"未决合计", "Open in all"}, 8: {"未决差额（元）", "Open, yuan"}})
	n := look{ruled: true, middle: true, indent: true}
	number := n
	number.align, number.format = "right", formatCount
	first := g.row + 1
	for _, s := range []string{"B", "W", "I"} {
		name := n
		name.fill = severityTints[s]
		value, ok := cellNumber(v.amounts[s].String())
		amount := n
		amount.align, amount.format = "right", formatMoney
		if !ok {
			amount.format = formatText
		}
		cells := []put{{column: 1, value: severities[s].in(g.lang), look: name}}
		for i, state := range []string{"new", "open", "resolved", "explained", "closed"} {
			cells = append(cells, put{column: 2 + i, value: v.byState[[2]string{s, state}], look: number})
		}
		g.line(overviewRowTall, append(cells, put{column: 7, value: v.open[s], formula: fmt.Sprintf("B%d+C%d", g.row+1, g.row+1), look: number}, put{column: 8, value: value, look: amount})...)
	}
	var sums []any
	for _, state := range []string{"new", "open", "resolved", "explained", "closed"} {
		n := 0
		for _, s := range []string{"B", "W", "I"} {
			n += v.byState[[2]string{s, state}]
		}
		sums = append(sums, n)
	}
	r.total(g, first, append(sums, v.open["B"]+v.open["W"]+v.open["I"], v.amounts["B"].Add(v.amounts["W"]).Add(v.amounts["I"]))...)

	g.gap()
	g.pairOfHeads(label{"未决异常账龄", "Open findings by age"}, label{})
	g.heads(overviewHeadTall, map[int]label{1: {"天数", "Days"}, 2: severities["B"], 3: severities["W"], 4: severities["I"]})
	top := g.row
	first = g.row + 1
	for _, b := range buckets {
		cells := []put{{column: 1, value: b, look: n}}
		for i, s := range []string{"B", "W", "I"} {
			cells = append(cells, put{column: 2 + i, value: v.ages[[2]string{s, b}], look: number})
		}
		g.line(overviewRowTall+4, cells...)
	}
	last := g.row
	r.total(g, first, v.open["B"], v.open["W"], v.open["I"])
	if g.err != nil {
		return
	}
	stacked := g.reconChart(excelize.ColStacked, label{"未决异常账龄", "Open findings by age"}.in(g.lang),
		[]chartSeries{{"B", alarm}, {"C", "FFC000"}, {"D", "9DC3E6"}}, first, last, ageingBuckets+2, `0;;`)
	overlap := 100
	stacked.Overlap = &overlap
	g.err = g.file.AddChart(g.sheet, cellName(5, top-1), stacked)
}

// total adds up the columns from B on of the rows from first on; values are what they add up to.
func (r *reconBook) total(g *page1, first int, values ...any) {
	base := look{bold: true, fill: paleBlue, topLine: 1, middle: true}
	cells := []put{{column: 1, value: totalLabel.in(g.lang), look: base}}
	for i, v := range values {
		l := base
		l.align, l.format = "right", formatCount
		formula := fmt.Sprintf("SUM(%[1]s%[2]d:%[1]s%[3]d)", columnName(i+2), first, g.row)
		if d, ok := v.(decimal.Decimal); ok {
			var exact bool
			l.format = formatMoney
			if v, exact = cellNumber(d.String()); !exact {
				formula, l.format = "", formatText
			}
		}
		cells = append(cells, put{column: i + 2, value: v, formula: formula, look: l})
	}
	g.line(overviewRowTall+1, cells...)
}

// categories are the checks with the most to do; a click leads to the first finding of one.
func (r *reconBook) categories(g *page1, v picture) {
	l := look{size: 11, bold: true, color: navy, middle: true}
	g.line(20, put{column: 1, span: 8, value: label{"异常：按检查（同一笔钱可能被多项检查发现）", "Findings by check (several checks may find the same money)"}.in(g.lang), look: l})
	head := func(c, span int, l label) put {
		return put{column: c, span: span, value: l.header(g.lang), look: headerLook}
	}
	g.line(overviewHeadTall, head(1, 3, label{"检查项（点击查看）", "Check"}), head(4, 1, label{"级别", "Severity"}), head(5, 1, label{"责任岗位", "Owner"}),
		head(6, 1, label{"未决", "Open"}), head(7, 1, label{"已解释", "Explained"}), head(8, 1, label{"未决差额（元）", "Open, yuan"}))
	n := look{ruled: true, middle: true, indent: true}
	for i, c := range v.categories {
		if i == reconCategories {
			break
		}
		name, number, amount, severity := n, n, n, n
		name.link = r.links.ofCheck[c.id] != ""
		severity.fill = severityTints[c.severity]
		number.align, number.format = "right", formatCount
		value, ok := cellNumber(c.amount.String())
		amount.align, amount.format = "right", formatMoney
		if !ok {
			amount.format = formatText
		}
		if c.open > 0 && !c.counted {
			value, amount.format = "—", ""
		}
		g.line(overviewRowTall, put{column: 1, span: 3, value: clean(checkName(c.id, c.title)), look: name}, put{column: 4, value: severities[c.severity].in(g.lang), look: severity},
			put{column: 5, value: owners[c.owner].in(g.lang), look: n}, put{column: 6, value: c.open, look: number}, put{column: 7, value: c.explained, look: number},
			put{column: 8, value: value, look: amount})
		g.jump(1, r.links.ofCheck[c.id])
	}
	if len(v.categories) > reconCategories {
		g.more(r.tables[reconChecks.name.zh].of(0), label{fmt.Sprintf("全部 %d 项检查见 检查", v.checks), fmt.Sprintf("all %d checks: sheet Checks", v.checks)})
	}
	if len(v.categories) == 0 {
		g.line(overviewRowTall, put{column: 1, span: 8, value: label{"没有异常", "Nothing was found"}.in(g.lang), look: look{color: grey, middle: true}})
	}
}

// customers are those whose records and bill differ most; a click leads to the customer's row of the tie-out.
func (r *reconBook) customers(g *page1) {
	l := look{size: 11, bold: true, color: navy, middle: true}
	g.line(20, put{column: 1, span: 8, value: label{"账户勾稽（客户 × 经销商；点击查看原因）", "Tie-out by account, customer by reseller: click one to see why it differs"}.in(g.lang), look: l})
	head := func(c, span int, l label) put {
		return put{column: c, span: span, value: l.header(g.lang), look: headerLook}
	}
	g.line(overviewHeadTall, head(1, 2, label{"客户", "Customer"}), head(3, 1, label{"消费记录", "Fee records"}), head(4, 1, label{"月账单", "Monthly bill"}),
		head(5, 1, label{"结论", "Verdict"}), head(6, 1, label{"原始差额", "Raw difference"}), head(7, 1, label{"已解释", "Explained"}), head(8, 1, label{"未解释", "Unexplained"}))
	t := r.data.customers
	if t == nil {
		g.line(overviewRowTall, put{column: 1, span: 8, value: missingLabel.in(g.lang), look: look{color: grey, middle: true}})
		return
	}
	n := look{ruled: true, middle: true, indent: true}
	for i := range min(t.rows, reconCustomers) {
		row := record{t, i}
		v, err := amounts(row, "detail_amount", "bill_amount", "difference", "unexplained")
		if err != nil {
			g.err = err
			return
		}
		name, verdict := n, n
		name.link = true
		verdict.fill = verdictTints[row.get("verdict")]
		cells := []put{{column: 1, span: 2, value: clean(shorten(row.get("customer_name"), 34)), look: name}, {column: 5, value: verdictNames[row.get("verdict")].in(g.lang), look: verdict}}
		for _, c := range []struct {
			column int
			amount decimal.Decimal
		}{{3, v[0]}, {4, v[1]}, {6, v[2]}, {7, v[2].Sub(v[3])}, {8, v[3]}} {
			value, form := moneyCell(c.amount)
			a := n
			a.align, a.format = "right", form
			if c.column == 8 && !c.amount.IsZero() {
				a.bold, a.color = true, alarm
			}
			cells = append(cells, put{column: c.column, value: value, look: a})
		}
		g.line(overviewRowTall, cells...)
		g.jump(1, r.links.customer[accountKey(row)])
	}
	g.more(r.tables[reconTieOut.name.zh].of(0), label{fmt.Sprintf("全部 %d 个账户见 勾稽", t.rows), fmt.Sprintf("all %d accounts: sheet Tie-out", t.rows)})
}

// jump lets a cell of the last row lead somewhere.
func (g *page1) jump(column int, where string) {
	if g.err == nil && where != "" {
		g.err = g.file.SetCellHyperLink(g.sheet, cellName(column, g.row), where, "Location")
	}
}

// more is a row that leads to a sheet with the rest.
func (g *page1) more(where string, what label) {
	g.line(14, put{column: 1, span: g.columns(), value: what.in(g.lang), look: look{size: 8, link: true, middle: true}})
	g.jump(1, where)
}

// moneyCell is an amount with the format that shows all of it: to the cent, and beyond where there is something.
func moneyCell(v decimal.Decimal) (value any, format string) { return moneyText(v.String()) }

func moneyText(text string) (value any, format string) {
	value, ok := cellNumber(text)
	if !ok {
		return value, formatText
	}
	return value, formatSide
}

// shareCell is what part of a whole count is there; all of nothing is all.
func shareCell(part, whole int) any {
	if whole <= 0 {
		return 1.0
	}
	v, _ := cellNumber(decimal.NewFromInt(int64(part)).DivRound(decimal.NewFromInt(int64(whole)), 4).String())
	return v
}
