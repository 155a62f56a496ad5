package reports

import (
	"fmt"

	"github.com/shopspring/decimal"
	"github.com/xuri/excelize/v2"
)

// The colours of settlement and margin, the same each month and in both charts.
const (
	settlementColor = "2F5597"
	marginColor     = "ED7D31"
)

// charts stand on the tables of the largest customers and of the six months, side by side.
func (p *partnerBook) charts(g *page1, first, shown int, longest decimal.Decimal, months int) {
	at := g.row + 1
	for range chartRows {
		g.line(chartHeight)
	}
	if g.err != nil {
		return
	}
	// excelize finds the end of a chart by its own count of pixels. (excelize 2.11.0)
	width := func(from, to int) uint {
		px := uint(0)
		for _, w := range summaryWidths[from-1 : to] {
			px += uint(w*8 + 0.5)
		}
		return px
	}
	labels := chartNumbers(longest)
	if shown > 0 {
		g.err = p.file.AddChart(g.sheet, cellName(1, at), g.pairChart(excelize.Bar,
			label{fmt.Sprintf("前 %d 名客户：结算与毛利", shown), fmt.Sprintf("Top %d customers", shown)}.in(p.lang),
			first, first+shown-1, width(1, 3), labels, room(longest)))
	}
	if g.err == nil {
		g.err = p.file.AddChart(g.sheet, cellName(4, at), g.pairChart(excelize.Col,
			label{"近六个月：结算与毛利", "Last 6 months"}.in(p.lang), months, months+trendMonths-1, width(4, 7), labels, nil))
	}
}

// chartNumber is how the figures beside bars are written.
type chartNumber struct {
	format string
	unit   label
}

// chartNumbers keeps the figures short enough to stand beside their bars: in thousands from a million on.
func chartNumbers(longest decimal.Decimal) chartNumber {
	if longest.GreaterThanOrEqual(decimal.New(1, 6)) {
		return chartNumber{`#,##0,`, label{"（千元）", "(thousands)"}}
	}
	return chartNumber{format: `#,##0`}
}

// pairChart draws settlement (column D) and margin (column F) of a table's rows.
func (g *page1) pairChart(kind excelize.ChartType, title string, first, last int, width uint, labels chartNumber, top *float64) *excelize.Chart {
	area := func(column string) string {
		return fmt.Sprintf("%s!$%s$%d:$%s$%d", quoteSheet(g.sheet), column, first, column, last)
	}
	gap, overlap := uint(45), 0
	if kind == excelize.Col {
		gap = 20 // wide bars, so that their figures do not run into one another
	}
	font := excelize.Font{Family: fontFamily, Size: 8, Color: "404040"}
	// A series is named by its column's header: a name written out is taken for a reference.
	series := func(column, color string) excelize.ChartSeries {
		return excelize.ChartSeries{
			Name: fmt.Sprintf("%s!$%s$%d", quoteSheet(g.sheet), column, first-1), Categories: area("A"), Values: area(column),
			Fill:      excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{color}},
			DataLabel: excelize.ChartDataLabel{Font: font},
		}
	}
	title += labels.unit.in(g.lang)
	return &excelize.Chart{
		Type: kind,
		Series: []excelize.ChartSeries{
			series("D", settlementColor),
			series("F", marginColor),
		},
		Title:     excelize.ChartTitle{Paragraph: []excelize.RichTextRun{{Text: title, Font: &excelize.Font{Family: fontFamily, Size: 10, Bold: true, Color: navy}}}},
		Legend:    excelize.ChartLegend{Position: "bottom", Font: &font},
		Dimension: excelize.ChartDimension{Width: width, Height: chartRows * 18},
		GapWidth:  &gap,
		Overlap:   &overlap,
		PlotArea:  excelize.ChartPlotArea{ShowVal: true, NumFmt: excelize.ChartNumFmt{CustomNumFmt: labels.format}},
		// Names stand at the low end: a negative margin would otherwise be written over them.
		XAxis: excelize.ChartAxis{Font: font, ReverseOrder: kind == excelize.Bar, TickLabelPosition: excelize.ChartTickLabelLow},
		YAxis: excelize.ChartAxis{Font: font, None: true, Maximum: top},
	}
}
