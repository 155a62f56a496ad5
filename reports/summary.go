package reports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
	"github.com/xuri/excelize/v2"
)

const (
	topServices = 10
	trendMonths = 6
)

// serviceSums adds the printed lines up by service, largest first, with what the service cost the party the month before. Adjustments
// and the rounding are rows of their own, last.
func serviceSums(s *printed, data *bundleData, p party) ([]serviceSum, error) {
	column := "amount_excl_tax"
	switch { // so that list less reduction is the amount, on every row
	case s.mixed():
		column = "settled_amount"
	case s.inclusive():
		column = "amount_incl_tax"
	}
	sums := map[string]*serviceSum{}
	at := func(r record) *serviceSum {
		key := r.get("service_type_code")
		if k := r.get("kind"); k != "record" {
			key = "\x00" + k
		}
		if sums[key] == nil {
			sums[key] = &serviceSum{key: key}
		}
		return sums[key]
	}
	for r := range s.lines.records(p.id) {
		v, err := amounts(r, "official_amount", "reduction_amount", column)
		if err != nil {
			return nil, err
		}
		sum := at(r)
		sum.name = r.get("service_type_name")
		sum.official, sum.reduction, sum.amt = sum.official.Add(v[0]), sum.reduction.Add(v[1]), sum.amt.Add(v[2])
	}
	for r := range data.prior.records(p.id) {
		v, err := amounts(r, column)
		if err != nil {
			return nil, err
		}
		if key := r.get("service_type_code"); sums[key] != nil || r.get("kind") != "record" {
			sum := at(r)
			sum.prev = sum.prev.Add(v[0])
		}
	}
	var all []serviceSum
	for _, sum := range sums {
		if strings.HasPrefix(sum.key, "\x00") {
			if sum.amt.IsZero() && sum.prev.IsZero() {
				continue
			}
			kind := sum.key[1:]
			sum.name = kind
			if l, ok := lineKinds[kind]; ok {
				sum.name = l.in(p.lang)
			}
		}
		all = append(all, *sum)
	}
	slices.SortFunc(all, func(a, b serviceSum) int {
		ours := strings.HasPrefix(a.key, "\x00")
		if ours != strings.HasPrefix(b.key, "\x00") {
			if ours {
				return 1
			}
			return -1
		}
		if c := b.amt.Cmp(a.amt); c != 0 && !ours {
			return c
		}
		return strings.Compare(a.key, b.key)
	})
	return all, nil
}

// topRows keeps the largest services and gathers the rest, so that the page stays one page. charted is the number of rows before
// the gathered one.
func topRows(all []serviceSum, lang language) (rows []serviceSum, charted int) {
	services := 0
	for _, s := range all {
		if !strings.HasPrefix(s.key, "\x00") {
			services++
		}
	}
	if services <= topServices {
		return all, services
	}
	rest := serviceSum{name: label{fmt.Sprintf("其他 %d 项", services-topServices), fmt.Sprintf("%d others", services-topServices)}.in(lang)}
	for _, s := range all[topServices:services] {
		rest.official, rest.reduction = rest.official.Add(s.official), rest.reduction.Add(s.reduction)
		rest.amt, rest.prev = rest.amt.Add(s.amt), rest.prev.Add(s.prev)
	}
	rows = append(slices.Clone(all[:topServices]), rest)
	return append(rows, all[services:]...), topServices
}

// summaryWidths are the columns A to G; with the margins they fill A4 upright.
var summaryWidths = []float64{30, 17, 16, 19, 10, 17, 12}

// page1 writes a sheet that is one printed page, from top to bottom.
type page1 struct {
	*book
	sheet  string
	widths []float64 // of its columns; none means those of Summary
	stream *excelize.StreamWriter
	row    int
	err    error
}

// uprightPage begins a sheet of one upright page.
func (b *book) uprightPage(name string, widths []float64) (*page1, error) {
	g := &page1{book: b, sheet: name, widths: widths}
	fit, hide := true, false
	if err := b.file.SetSheetProps(g.sheet, &excelize.SheetPropsOptions{FitToPage: &fit}); err != nil {
		return nil, err
	}
	if err := b.file.SetSheetView(g.sheet, 0, &excelize.ViewOptions{ShowGridLines: &hide}); err != nil {
		return nil, err
	}
	var err error
	if g.stream, err = b.file.NewStreamWriter(g.sheet); err != nil {
		return nil, err
	}
	if err := b.page(g.sheet, "portrait", 1); err != nil {
		return nil, err
	}
	for i, w := range widths {
		if err := g.stream.SetColWidth(i+1, i+1, w); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// columns is how many columns the page has.
func (g *page1) columns() int {
	if g.widths == nil {
		return len(summaryWidths)
	}
	return len(g.widths)
}

// end sets the area that is printed.
func (g *page1) end() error {
	if g.err != nil {
		return g.err
	}
	if err := g.define("_xlnm.Print_Area", g.sheet, fmt.Sprintf("$A$1:$%s$%d", columnName(g.columns()), g.row)); err != nil {
		return err
	}
	return g.stream.Flush()
}

func (b *book) writeSummary(m *month, o Options, data *bundleData, p party, s *printed, lines *written) error {
	g, err := b.uprightPage(summaryName.in(b.lang), summaryWidths)
	if err != nil {
		return err
	}
	g.heading(m, o, p, s)
	g.totals(p, s, lines)
	tops, first, charted := g.services(s)
	months, err := g.trend(m, data, p)
	if err != nil {
		return err
	}
	g.charts(tops, first, charted, months)
	g.signatures(o)
	return g.end()
}

// put is a value and its look, for one of the columns; a span covers the columns to its right.
type put struct {
	column  int
	span    int
	value   any
	formula string
	look    look
}

// line writes a row. After the first error nothing more is written.
func (g *page1) line(height float64, cells ...put) {
	g.row++
	if g.err != nil {
		return
	}
	row := make([]any, g.columns())
	for _, c := range cells {
		style, err := g.style(c.look)
		if err != nil {
			g.err = err
			return
		}
		row[c.column-1] = excelize.Cell{StyleID: style, Value: c.value, Formula: c.formula}
		for i := 1; i < c.span; i++ {
			row[c.column-1+i] = excelize.Cell{StyleID: style}
		}
		if c.span > 1 {
			if g.err = g.stream.MergeCell(cellName(c.column, g.row), cellName(c.column+c.span-1, g.row)); g.err != nil {
				return
			}
		}
	}
	g.err = g.stream.SetRow(cellName(1, g.row), row, excelize.RowOpts{Height: min(height, tallest)})
}

func (g *page1) gap() { g.line(7) }

func (g *page1) heading(m *month, o Options, p party, s *printed) {
	g.letterhead(label{"客户结算单", "Customer Settlement Statement"}, o)
	name := look{color: grey, middle: true, wrap: true}
	value := look{size: 10, middle: true, wrap: true}
	pair := func(l1 label, v1 string, l2 label, v2 string) {
		v1, v2 = clean(v1), clean(v2)
		height := max(16, 13.5*float64(max(linesIn(v1, 30), linesIn(v2, 26)))+3)
		g.line(height,
			put{column: 1, value: l1.in(g.lang), look: name}, put{column: 2, span: 2, value: v1, look: value},
			put{column: 4, value: l2.in(g.lang), look: name}, put{column: 5, span: 3, value: v2, look: value})
	}
	at := m.draft.madeAt.Add(shanghai).Format("2006-01-02 15:04:05") + " (GMT+8)"
	pair(label{"结算单号", "Statement no."}, p.mark(), label{"版本", "Version"}, "R"+p.revision)
	pair(label{"账期", "Period"}, m.firstDay.Format("2006-01-02")+" ~ "+m.lastDay.Format("2006-01-02"), label{"状态", "Status"}, p.statusLabel().in(g.lang))
	pair(label{"客户名称", "Customer"}, p.name, label{"币种", "Currency"}, p.currency)
	pair(label{"客户账号ID", "Account ID"}, severalOf(s.accounts, 1, byAccountSheet.name, g.lang), label{"合同编号", "Contract no."}, contractsText(s.contracts, g.lang))
	pair(label{"数据截止时间", "Data cut-off"}, at, label{"生成时间", "Generated at"}, at)
	g.gap()
}

// letterhead is the head of a page: what it is, and who the seller is.
func (g *page1) letterhead(name label, o Options) {
	all := g.columns()
	g.line(32, put{column: 1, span: all, value: name.in(g.lang), look: look{size: 18, bold: true, color: navy, align: "center", middle: true}})
	g.line(18, put{column: 1, span: all, value: clean(o.Seller.name()), look: look{size: 11, color: grey, align: "center", middle: true, baseLine: 2}})
	g.gap()
}

// contractsText names the contracts, with their days where they hold for a part of the month; many are listed on Notes.
func contractsText(all []contract, lang language) string {
	var numbers []string
	days := map[string][]string{}
	for _, c := range all {
		numbers = unique(numbers, c.no)
		if !c.whole {
			days[c.no] = unique(days[c.no], shortDay(c.from)+"~"+shortDay(c.to))
		}
	}
	for i, no := range numbers {
		if len(days[no]) > 0 {
			numbers[i] += " (" + severalOf(days[no], 3, notesName, lang) + ")"
		}
	}
	return severalOf(numbers, 3, notesName, lang)
}

// shortDay is the month and day of a date.
func shortDay(day string) string {
	if len(day) == len("2006-01-02") {
		return day[5:]
	}
	return day
}

// statusLabel is the state that the document prints: what is not issued is a draft.
func (p party) statusLabel() label {
	switch {
	case !p.issued() && p.status == "prelim":
		return label{"草稿（账期未结）", "Draft, month not final"}
	case !p.issued():
		return label{"草稿（待签发）", "Draft, final figures"}
	}
	return label{"待确认", "Issued, to be confirmed"}
}

// severalOf prints some of many ids, and where the others stand.
func severalOf(ids []string, most int, where label, lang language) string {
	if len(ids) <= most {
		return strings.Join(ids, ", ")
	}
	text := strings.Join(ids[:most], ", ") + label{fmt.Sprintf(" 等 %d 个", len(ids)), fmt.Sprintf(" and others, %d in all", len(ids))}.in(lang)
	if where != (label{}) {
		text += "; " + label{"见", "see"}.in(lang) + " " + where.in(lang)
	}
	return text
}

var (
	shortfallLabel = label{"最低消费补差", "Commitment shortfall"}
	totalInclLabel = label{"价税合计", "Total incl. tax"}
	exclLabel      = label{"结算金额（不含税）", "Settlement excl. tax"}
)

// remarkWidth is how many narrow characters fit beside an amount.
const remarkWidth = 52

// totals is the way from the list amount to the total: every row is added to those above it, or taken off where it says so.
func (g *page1) totals(p party, s *printed, lines *written) {
	plainName := look{size: 10, middle: true, ruled: true}
	plainValue := look{size: 10, middle: true, ruled: true, align: "right", format: formatMoney}
	note := look{size: 8, color: grey, middle: true, ruled: true, wrap: true, indent: true}
	show := func(l label, remark label, v decimal.Decimal, formula string, strong bool, top int) {
		n, val, r := plainName, plainValue, note
		if strong {
			n.bold, val.bold, n.size, val.size = true, true, 11, 11
		}
		n.topLine, val.topLine, r.topLine = top, top, top
		cell, ok := cellNumber(v.String())
		if !ok {
			formula, val.format = "", formatText
		}
		text := remark.in(g.lang)
		g.line(max(18, 11.5*float64(linesIn(text, remarkWidth))+3),
			put{column: 1, span: 3, value: l.in(g.lang), look: n},
			put{column: 4, value: cell, formula: formula, look: val},
			put{column: 5, span: 3, value: text, look: r})
	}
	sum := func(from string) string {
		if lines.lossy[from] {
			return ""
		}
		return "SUM(" + lines.cells(from) + ")"
	}
	ofKind := func(kind string) string {
		if lines.lossy["settled_amount"] {
			return ""
		}
		return fmt.Sprintf("SUMIF(%s,%q,%s)", lines.cells("kind"), lineKinds[kind].in(g.lang), lines.cells("settled_amount"))
	}
	basis := label{"合同价格不含税", "contract prices exclude tax"}
	switch {
	case s.mixed():
		basis = label{"合同价格部分含税，价内税已减", "contract prices partly include tax, which is taken off"}
	case s.inclusive():
		basis = label{"合同价格含税，价内税已减", "contract prices include tax, which is taken off"}
	}
	show(label{"官网价合计", "List amount"}, label{}, s.list, sum("official_amount"), false, 1)
	show(label{"减：优惠", "Less: reductions"}, label{"官网价 − 结算金额", "list amount − settlement amount"}, s.reduction, sum("reduction_amount"), false, 0)
	seeRefunds := label{"见 " + refundsSheet.name.zh, "see " + refundsSheet.name.en}
	show(label{"加：调整", "Plus: adjustments"}, seeRefunds, s.kinds["adjustment"], ofKind("adjustment"), false, 0)
	show(label{"加：" + shortfallLabel.zh, "Plus: commitment shortfall"}, label{"合同最低消费与实际之差", "contract minimum less what was reached"}, s.kinds["commitment"], ofKind("commitment"), false, 0)
	for _, month := range s.months {
		formula := ofKind("prior_period")
		if formula != "" && len(s.months) > 1 {
			formula = fmt.Sprintf("SUMIF(%s,%q,%s)", lines.cells("origin_cycle"), month.cycle, lines.cells("settled_amount"))
		}
		show(label{"加：以前期间调整 " + month.cycle, "Plus: prior-period " + month.cycle}, seeRefunds, month.settled, formula, false, 0)
	}
	show(label{"加：尾差", "Plus: rounding"}, label{"打印行四舍五入到分之差", "printed lines are rounded to the cent"}, s.kinds["rounding"], ofKind("rounding"), false, 0)
	if s.bases["incl"] {
		show(label{"小计：按合同价格", "Subtotal at contract prices"}, label{"结算金额，含价内税", "settlement amounts, with the tax in prices"}, s.atPrices(), sum("settled_amount"), false, 1)
		contained := ""
		if all, excl := sum("settled_amount"), sum("amount_excl_tax"); all != "" && excl != "" {
			contained = fmt.Sprintf("ROUND(%s-%s,2)", all, excl)
		}
		show(label{"减：价内税", "Less: tax included in prices"}, label{"计入下方税额", "stands in the tax below"}, s.contained, contained, false, 0)
	}
	show(exclLabel, basis, p.amountExclTax, sum("amount_excl_tax"), true, 1)
	for _, t := range s.taxes {
		rate := percent(t.rate)
		if len(s.taxes) == 1 {
			show(label{"税额", "Tax"}, label{"税率 " + rate, "tax rate " + rate}, p.taxAmount, sum("tax_amount"), false, 0)
			break
		}
		show(label{"税额 " + rate, "Tax " + rate}, label{"计税金额 " + grouped(t.excl), "on " + grouped(t.excl)}, t.tax,
			fmt.Sprintf("SUMIF(%s,%s,%s)", lines.cells("tax_rate"), t.rate, lines.cells("tax_amount")), false, 0)
	}
	show(totalInclLabel, label{}, p.amountInclTax, sum("amount_incl_tax"), true, 6)
	if g.lang != english {
		inWords := look{size: 10, middle: true, baseLine: 1, wrap: true}
		g.line(20,
			put{column: 1, value: label{"大写", "In words"}.in(g.lang), look: inWords},
			put{column: 2, span: 6, value: p.currencyWords() + Words(p.amountInclTax.Shift(2).BigInt()), look: inWords})
	}
	if !s.vouchers.IsZero() {
		show(label{"其中抵用", "Of which vouchers"}, label{"供参考，不可开票", "for information, not invoiceable"}, s.vouchers.Round(2), "", false, 0)
	}
	g.gap()
}

func (p party) currencyWords() string {
	if p.currency == "" || p.currency == "CNY" {
		return "人民币"
	}
	return p.currency + " "
}

// percent writes a tax rate as people read it: 0.06 is 6%.
func percent(rate string) string {
	d, err := amount(rate)
	if err != nil {
		return rate
	}
	return plain(d.Shift(2).String()) + "%"
}

// grouped writes an amount to the cent with its thousands apart.
func grouped(d decimal.Decimal) string {
	text := d.Abs().StringFixed(2)
	point := len(text) - 3
	for i := point - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	if d.Sign() < 0 {
		return "-" + text
	}
	return text
}

// services writes the table by service and returns its place: all rows, and those that the chart shows.
func (g *page1) services(s *printed) (rows []serviceSum, first, charted int) {
	amountLabel := label{"不含税金额", "Amount excl. tax"}
	switch {
	case s.mixed():
		amountLabel = label{"结算金额", "Settlement amount"}
	case s.inclusive():
		amountLabel = label{"含税金额", "Amount incl. tax"}
	}
	g.headers(label{"云服务", "Service"}, label{"官网价", "List amount"}, label{"优惠", "Reduction"}, amountLabel,
		label{"占比", "Share"}, label{"上月", "Last month"}, label{"环比", "Change"})
	rows, charted = topRows(s.services, g.lang)
	first = g.row + 1
	var total serviceSum
	for _, r := range rows {
		total.amt, total.prev = total.amt.Add(r.amt), total.prev.Add(r.prev)
		total.official, total.reduction = total.official.Add(r.official), total.reduction.Add(r.reduction)
	}
	for _, r := range rows {
		g.line(14.5, g.serviceCells(r, total.amt, "", look{ruled: true, middle: true})...)
	}
	last := g.row
	total.name = totalLabel.in(g.lang)
	if len(rows) > 0 {
		g.line(16, g.serviceCells(total, total.amt, fmt.Sprintf("SUM(%%[1]s%d:%%[1]s%d)", first, last), look{bold: true, fill: paleBlue, topLine: 1, middle: true})...)
	}
	g.gap()
	return rows, first, charted
}

func (g *page1) headers(labels ...label) {
	cells := make([]put, len(labels))
	for i, l := range labels {
		cells[i] = put{column: i + 1, value: l.header(g.lang), look: headerLook}
	}
	height := 32.0
	if g.lang != both {
		height = 18
	}
	g.line(height, cells...)
}

// serviceCells is a row of the table by service; sum is the formula of a total with a place for the column.
func (g *page1) serviceCells(r serviceSum, whole decimal.Decimal, sum string, base look) []put {
	name, number, part := base, base, base
	number.align, number.format = "right", formatMoney
	part.align, part.format = "right", formatShare
	cells := []put{{column: 1, value: clean(shorten(r.name, 40)), look: name}}
	add := func(column int, text string, l look, formula bool) {
		c := put{column: column, look: l}
		if text != "" {
			v, ok := cellNumber(text)
			c.value = v
			if formula && sum != "" && ok {
				c.formula = fmt.Sprintf(sum, columnName(column))
			}
		}
		cells = append(cells, c)
	}
	ours := strings.HasPrefix(r.key, "\x00") // it has no list amount, and no course to compare
	if ours {
		add(2, "", number, false)
		add(3, "", number, false)
	} else {
		add(2, r.official.String(), number, true)
		add(3, r.reduction.String(), number, true)
	}
	add(4, r.amt.String(), number, true)
	add(5, ratio(r.amt, whole), part, false)
	add(6, r.prev.String(), number, true)
	change := ""
	if r.prev.Sign() > 0 && !ours {
		change = ratio(r.amt.Sub(r.prev), r.prev)
	}
	add(7, change, part, false)
	return cells
}

// trend writes the totals of the last months and returns the rows it stands in.
func (g *page1) trend(m *month, data *bundleData, p party) (first int, err error) {
	g.headers(label{"账期", "Cycle"}, totalInclLabel, label{"环比", "Change"})
	totals := map[string]decimal.Decimal{}
	for r := range data.trend.records(p.id) {
		if totals[r.get("cycle")], err = amount(r.get("amount_incl_tax")); err != nil {
			return 0, err
		}
	}
	first = g.row + 1
	base := look{ruled: true, middle: true}
	number, part := base, base
	number.align, number.format = "right", formatMoney
	part.align, part.format = "right", formatShare
	for i := trendMonths - 1; i >= 0; i-- {
		cycle := m.before(i)
		v, change := put{column: 2, look: number}, put{column: 3, look: part}
		if t, ok := totals[cycle]; ok {
			v.value, _ = cellNumber(t.String())
			if before := totals[m.before(i+1)]; before.Sign() > 0 && i < trendMonths-1 {
				change.value, _ = cellNumber(ratio(t.Sub(before), before))
			}
		}
		g.line(14.5, put{column: 1, value: cycle, look: base}, v, change)
	}
	g.gap()
	return first, nil
}

const (
	chartRows   = 16
	chartHeight = 22 // points a row
)

// charts stand on the two tables above, side by side.
func (g *page1) charts(rows []serviceSum, first, charted, months int) {
	at := g.row + 1
	for range chartRows {
		g.line(chartHeight)
	}
	if g.err != nil {
		return
	}
	// The charts hang on cells and end where cells end, so that they fit whatever a program makes of the widths. excelize finds the
	// end by its own count of pixels, and does not see the heights of streamed rows. (excelize 2.11.0)
	width := func(from, to int) uint {
		px := uint(0)
		for _, w := range summaryWidths[from-1 : to] {
			px += uint(w*8 + 0.5)
		}
		return px
	}
	if charted > 0 {
		g.err = g.file.AddChart(g.sheet, cellName(1, at), g.chart(excelize.Bar,
			label{fmt.Sprintf("费用最高的 %d 项云服务", charted), fmt.Sprintf("Top %d services", charted)}.in(g.lang),
			"A", "D", first, first+charted-1, width(1, 3), room(rows[0].amt)))
	}
	if g.err == nil {
		g.err = g.file.AddChart(g.sheet, cellName(4, at), g.chart(excelize.Col,
			label{"近六个月价税合计", "Last 6 months incl. tax"}.in(g.lang),
			"A", "B", months, months+trendMonths-1, width(4, 7), nil))
	}
}

// room is how long the axis of the bars is, so that the label of the longest stays inside. Nothing is computed from it.
func room(longest decimal.Decimal) *float64 {
	if longest.Sign() <= 0 {
		return nil
	}
	f := longest.Mul(decimal.New(12, -1)).InexactFloat64()
	return &f
}

func (g *page1) chart(kind excelize.ChartType, title, names, values string, first, last int, width uint, top *float64) *excelize.Chart {
	area := func(column string) string {
		return fmt.Sprintf("%s!$%s$%d:$%s$%d", quoteSheet(g.sheet), column, first, column, last)
	}
	narrow := uint(60)
	font := excelize.Font{Family: fontFamily, Size: 8, Color: "404040"}
	c := &excelize.Chart{
		Type: kind,
		Series: []excelize.ChartSeries{{
			Name: title, Categories: area(names), Values: area(values),
			Fill:      excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"2F5597"}},
			DataLabel: excelize.ChartDataLabel{Font: font},
		}},
		Title:     excelize.ChartTitle{Paragraph: []excelize.RichTextRun{{Text: title, Font: &excelize.Font{Family: fontFamily, Size: 10, Bold: true, Color: navy}}}},
		Legend:    excelize.ChartLegend{Position: "none"},
		Dimension: excelize.ChartDimension{Width: width, Height: chartRows * 18},
		GapWidth:  &narrow,
		PlotArea:  excelize.ChartPlotArea{ShowVal: true, NumFmt: excelize.ChartNumFmt{CustomNumFmt: "#,##0"}},
		// Names stand at the edge: beside the axis a negative bar would run through its own.
		XAxis: excelize.ChartAxis{Font: font, ReverseOrder: kind == excelize.Bar, TickLabelPosition: excelize.ChartTickLabelLow},
		YAxis: excelize.ChartAxis{Font: font, None: true, Maximum: top},
	}
	return c
}

func (g *page1) signatures(o Options) {
	g.gap()
	name := look{size: 10, middle: true, baseLine: 1}
	g.line(24,
		put{column: 1, value: label{"制表：", "Prepared by:"}.in(g.lang), look: name},
		put{column: 2, span: 2, value: label{"复核：", "Reviewed by:"}.in(g.lang), look: name},
		put{column: 4, span: 4, value: label{"客户确认（签章）：", "Confirmed by customer:"}.in(g.lang), look: name})
	small := look{size: 8, color: grey, middle: true, wrap: true}
	if text := o.Seller.lines(g.lang); text != "" {
		g.line(13.5*float64(linesIn(text, 120)), put{column: 1, span: 7, value: text, look: small})
	}
}

// lines names the seller: who it is, where it is reached, where money goes.
func (s Seller) lines(lang language) string {
	var parts []string
	for _, f := range []struct {
		name  label
		value string
	}{
		{label{"销售方", "Seller"}, s.name()}, {label{"税号", "Tax ID"}, s.TaxID},
		{label{"地址电话", "Address, phone"}, s.AddressPhone}, {label{"开户行账号", "Bank account"}, s.BankAccount},
	} {
		if f.value != "" {
			parts = append(parts, f.name.in(lang)+": "+clean(f.value))
		}
	}
	return strings.Join(parts, "   ")
}
