package reports

import (
	"fmt"

	"github.com/shopspring/decimal"
)

// The credit note of a later revision: it takes the statement of the revision before back in full, under each tax rate, and says what
// stands in its place.

var creditName = label{"贷项通知", "Credit note"}

// credited is the revision that a credit note takes back.
type credited struct {
	statementNo, revision string
	taxes                 []taxGroup
}

// readCredited is nil where there is no earlier revision.
func readCredited(data *bundleData, p party) (*credited, error) {
	var c *credited
	for r := range data.credited.records(p.id) {
		v, err := amounts(r, "amount_excl_tax", "tax_amount")
		if err != nil {
			return nil, err
		}
		if c == nil {
			c = &credited{statementNo: r.get("statement_no"), revision: r.get("revision")}
		}
		c.taxes = append(c.taxes, taxGroup{plain(r.get("tax_rate")), v[0], v[1]})
	}
	return c, nil
}

// total sums tax groups up.
func total(groups []taxGroup) (sum taxGroup) {
	for _, g := range groups {
		sum.excl, sum.tax = sum.excl.Add(g.excl), sum.tax.Add(g.tax)
	}
	return sum
}

func (g taxGroup) incl() decimal.Decimal { return g.excl.Add(g.tax) }

func (g taxGroup) neg() taxGroup { return taxGroup{g.rate, g.excl.Neg(), g.tax.Neg()} }

var creditWidths = []float64{33, 14, 24, 24, 26}

func (b *book) writeCredit(m *month, o Options, p party, s *printed) error {
	g, err := b.uprightPage(creditName.in(b.lang), creditWidths)
	if err != nil {
		return err
	}
	g.letterhead(creditName, o)

	name := look{color: grey, middle: true, wrap: true}
	value := look{size: 10, middle: true, wrap: true}
	row := func(l label, v string) {
		v = clean(v)
		g.line(max(17, 13.5*float64(linesIn(v, 86))+4),
			put{column: 1, value: l.in(g.lang), look: name}, put{column: 2, span: 4, value: v, look: value})
	}
	number := p.creditNo
	if number == "" {
		number = draftMark.in(g.lang)
	}
	row(label{"贷项通知编号", "Credit note no."}, number)
	row(label{"冲减的结算单", "Statement credited"}, s.credited.number())
	replaced := p.mark()
	if !p.issued() {
		replaced += "  R" + p.revision
	}
	row(label{"替代的结算单", "Replaced by"}, replaced)
	row(label{"账期", "Period"}, m.firstDay.Format("2006-01-02")+" ~ "+m.lastDay.Format("2006-01-02"))
	row(label{"客户名称", "Customer"}, p.name)
	row(label{"币种", "Currency"}, p.currency)
	row(label{"开具时间 (GMT+8)", "Made at"}, m.draft.madeAt.Add(shanghai).Format("2006-01-02 15:04:05"))
	row(label{"原因", "Reason"}, p.reason)
	g.gap()

	g.headers(label{"项目", "Item"}, label{"税率", "Tax rate"}, exclLabel, label{"税额", "Tax"}, totalInclLabel)
	var taken []taxGroup
	for _, t := range s.credited.taxes {
		taken = append(taken, t.neg())
	}
	credit := g.taxBlock(label{"冲减 R" + s.credited.revision, "Credited R" + s.credited.revision}, label{"贷项合计", "Credit note total"}, taken)
	fresh := g.taxBlock(label{"重开 R" + p.revision, "Settled anew R" + p.revision}, label{"新结算单合计", "New statement total"}, s.taxes)
	taken, sum := []taxGroup{total(taken)}, total(s.taxes)
	change := total(append(taken, sum))
	strong := look{size: 11, bold: true, middle: true, topLine: 6, baseLine: 1}
	g.line(22, g.taxCells(label{"差额", "Difference"}, change, strong, fmt.Sprintf("%%[1]s%d+%%[1]s%d", credit, fresh))...)
	if g.lang != english {
		inWords := look{size: 10, middle: true, wrap: true}
		g.line(20,
			put{column: 1, value: label{"贷项合计大写", "Credit note total in words"}.in(g.lang), look: inWords},
			put{column: 2, span: 4, value: p.currencyWords() + Words(taken[0].incl().Shift(2).BigInt()), look: inWords})
	}
	g.gap()
	small := look{size: 8, color: grey, middle: true, wrap: true}
	g.line(26, put{column: 1, span: 5, look: small, value: label{
		"本贷项通知全额冲减上列结算单；由新结算单取代。已开具的发票按红字发票规定处理。",
		"This credit note takes the statement above back in full; the new statement takes its place. Invoices already issued are reversed by red-letter invoices.",
	}.in(g.lang)})
	if text := o.Seller.lines(g.lang); text != "" {
		g.line(13.5*float64(linesIn(text, 120)), put{column: 1, span: 5, value: text, look: small})
	}
	return g.end()
}

// number names the credited statement.
func (c *credited) number() string {
	if c.statementNo == "" {
		return "R" + c.revision
	}
	return c.statementNo
}

// taxBlock writes a row for each tax rate and their sum, and returns the row of the sum.
func (g *page1) taxBlock(name, sum label, groups []taxGroup) int {
	first := g.row + 1
	for _, t := range groups {
		g.line(17, g.taxCells(name, t, look{size: 10, middle: true, ruled: true}, "")...)
	}
	g.line(18, g.taxCells(sum, total(groups), look{size: 10, bold: true, middle: true, fill: paleBlue, topLine: 1},
		fmt.Sprintf("SUM(%%[1]s%d:%%[1]s%d)", first, g.row))...)
	return g.row
}

// taxCells is a row of the credit note; formula has a place for the column, and is empty for a plain amount.
func (g *page1) taxCells(name label, t taxGroup, base look, formula string) []put {
	rate := base
	rate.align = "right"
	cells := []put{{column: 1, value: name.in(g.lang), look: base}, {column: 2, look: rate}}
	if t.rate != "" {
		cells[1].value = percent(t.rate)
	}
	for i, v := range []decimal.Decimal{t.excl, t.tax, t.incl()} {
		c := put{column: 3 + i, look: base}
		c.look.align, c.look.format = "right", formatMoney
		var exact bool
		if c.value, exact = cellNumber(v.String()); !exact {
			c.look.format = formatText
		} else if formula != "" {
			c.formula = fmt.Sprintf(formula, columnName(c.column))
		}
		cells = append(cells, c)
	}
	return cells
}
