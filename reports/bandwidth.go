package reports

import (
	"context"
	"fmt"
	"strconv"

	"github.com/xuri/excelize/v2"
)

// bandwidthSheet has one row per resource that is billed by its bandwidth points, with all that its billed value follows from.
var bandwidthSheet = sheet{
	name:   label{"带宽95", "Bandwidth"},
	freeze: 2,
	across: 2,
	columns: []column{
		{label: label{"序号", "No."}, kind: ordinal, width: 8},
		{from: "resource_id", label: label{"资源ID", "Resource ID"}, kind: ident, width: 22},
		{from: "account_name", label: label{"账号名", "Account"}, kind: words, width: 21, only: forMany},
		{from: "service_type_name", label: label{"云服务", "Service"}, kind: words, width: 18},
		{from: "usage_type", label: label{"使用量类型", "Usage type"}, kind: ident, width: 14},
		{from: "algorithm", label: label{"算法", "Algorithm"}, kind: words, width: 14, codes: algorithms},
		{from: "base", label: label{"进制", "Base"}, kind: text, width: 7},
		{from: "actual_days", label: label{"有效天数", "Valid days"}, kind: quantity, width: 9},
		{from: "points_expected", label: label{"应有点数", "Points expected"}, kind: count, width: 10},
		{from: "points_present", label: label{"实有点数", "Points present"}, kind: count, width: 10},
		{from: "points_padded", label: label{"补零点数", "Points padded"}, kind: count, width: 10},
		{from: "removed", label: label{"去除点数", "Removed"}, kind: count, width: 10},
		{from: "rank", label: label{"计费名次", "Rank"}, kind: count, width: 9},
		{from: "peak", label: label{"峰值", "Peak"}, kind: quantity, width: 13},
		{from: "peak_time", label: label{"峰值时间 (GMT+8)", "Peak time"}, kind: instant, width: 18},
		{from: "guarantee", label: label{"保底带宽", "Guaranteed"}, kind: quantity, width: 12},
		{from: "billed", label: label{"计费带宽", "Billed"}, kind: quantity, width: 13},
		{from: "unit", label: label{"单位", "Unit"}, kind: words, width: 8},
		{from: "unit_price", label: label{"官网单价", "List price"}, kind: factor, width: 10},
		{from: "day_factor", label: label{"天数系数", "Day factor"}, kind: factor, width: 10},
		{from: "fee", label: label{"官网费用", "List fee"}, kind: money, width: 12},
		{from: "reported", label: label{"云平台值", "Reported"}, kind: quantity, width: 13},
		{from: "variance", label: label{"差异", "Variance"}, kind: quantity, width: 12},
	},
}

// curve is the columns of the small table that a resource's charts stand on: its highest points by size, and its days beside them.
var curve = []column{
	{from: "rank", label: label{"名次", "Rank"}, kind: count},
	{from: "dropped", label: label{"去除的点", "Dropped"}, kind: quantity},
	{from: "billed_point", label: label{"计费点", "Billed point"}, kind: quantity},
	{from: "kept", label: label{"其后的点", "Below"}, kind: quantity},
	{from: "day", label: label{"日期", "Day"}, kind: day},
	{from: "highest", label: label{"日峰值", "Daily peak"}, kind: quantity},
	{from: "figure", label: label{"日计费值", "Day's figure"}, kind: quantity},
	{from: "billed", label: label{"计费带宽", "Billed"}, kind: quantity},
}

// Colours of the charts.
const (
	droppedColor = "BFBFBF"
	billedColor  = "ED7D31"
	keptColor    = "2F5597"
)

// writeBandwidth writes the table of a party's resources and below it, for the largest of them, the points that their billed values come from,
// each with its charts: what was dropped, the point that decides, and the days.
func (b *book) writeBandwidth(ctx context.Context, decl sheet, data *bundleData, party string) error {
	name := decl.sheetName(b.lang, 1)
	w, err := b.openSheet(decl, name, 0)
	if err != nil {
		return fmt.Errorf("sheet %s: %w", name, err)
	}
	if err := w.addParty(ctx, data.bandwidth, party, nil); err != nil {
		return err
	}
	at, err := sheet{columns: curve}.places(data.curves)
	if err != nil {
		return err
	}
	place, err := data.curves.at("place")
	if err != nil {
		return err
	}
	row := w.out.rows + 4
	from, to := data.curves.of(party)
	for first := from; first < to; {
		last := first
		for last+1 < to && data.curves.cell(last+1, place) == data.curves.cell(first, place) {
			last++
		}
		if row, err = w.curve(data.curves, first, last, at, row); err != nil {
			return fmt.Errorf("sheet %s: %w", name, err)
		}
		first = last + 1
	}
	_, err = w.finish(nil)
	return err
}

// curveRows is the least height of a resource's block: that of its charts.
const curveRows = 34

// curve writes one resource's table and charts from a row on, and returns the row after it.
func (w *writer) curve(t *table, first, last int, at []int, row int) (int, error) {
	b := w.book
	head, err := b.style(look{bold: true, color: navy, size: 10})
	if err != nil {
		return 0, err
	}
	r := record{t, first}
	algorithm := r.get("algorithm")
	if l, ok := algorithms[algorithm]; ok {
		algorithm = l.in(b.lang)
	}
	title := clean(r.get("resource_id")) + "  " + clean(r.get("usage_type")) + "  " + algorithm + "  " + clean(r.get("unit"))
	if err := w.stream.SetRow(cellName(1, row), []any{excelize.Cell{StyleID: head, Value: title}}); err != nil {
		return 0, err
	}
	cells := make([]any, len(curve))
	style, err := b.style(headerLook)
	if err != nil {
		return 0, err
	}
	for i, c := range curve {
		cells[i] = excelize.Cell{StyleID: style, Value: c.label.header(b.lang)}
	}
	if err := w.stream.SetRow(cellName(1, row+1), cells, excelize.RowOpts{Height: 33}); err != nil {
		return 0, err
	}
	var styles [][3]int
	for _, c := range curve {
		var all [3]int
		for n, l := range c.looks() {
			if all[n], err = b.style(l); err != nil {
				return 0, err
			}
		}
		styles = append(styles, all)
	}
	points, days := 0, 0
	for i := first; i <= last; i++ {
		for n := range curve {
			cells[n] = w.value(&curve[n], styles[n], t.cell(i, at[n]))
		}
		if t.cell(i, at[0]) != "" {
			points++
		}
		if t.cell(i, at[4]) != "" {
			days++
		}
		if err := w.stream.SetRow(cellName(1, row+2+i-first), cells); err != nil {
			return 0, err
		}
	}
	place := len(curve) + 1 // beside the table, narrow enough to stay on the page with it
	if points > 0 {
		if err := b.file.AddChart(w.out.sheet, cellName(place, row+1), b.pointsChart(w.out.sheet, row+1, points)); err != nil {
			return 0, err
		}
	}
	if days > 0 {
		below := row + 1
		if points > 0 {
			below += curveRows / 2
		}
		columns, line := b.daysChart(w.out.sheet, row+1, days)
		if err := b.file.AddChart(w.out.sheet, cellName(place, below), columns, line); err != nil {
			return 0, err
		}
	}
	return row + 2 + max(last-first+1, curveRows) + 1, nil
}

// bars are series over the rows below a header.
func bars(name string, header, rows int, categories string, columns ...string) (all []excelize.ChartSeries) {
	colors := map[string]string{"B": droppedColor, "C": billedColor, "D": keptColor, "F": droppedColor, "G": keptColor, "H": billedColor}
	area := func(column string, from, to int) string {
		if from == to {
			return fmt.Sprintf("%s!$%s$%d", quoteSheet(name), column, from)
		}
		return fmt.Sprintf("%s!$%s$%d:$%s$%d", quoteSheet(name), column, from, column, to)
	}
	for _, c := range columns {
		all = append(all, excelize.ChartSeries{
			Name: area(c, header, header), Categories: area(categories, header+1, header+rows), Values: area(c, header+1, header+rows),
			Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{colors[c]}},
		})
	}
	return all
}

// pointsChart shows the highest tenth of the month's points by size: those that are dropped, the one that is billed, and those below.
func (b *book) pointsChart(name string, header, points int) *excelize.Chart {
	c := b.bandwidthChart(label{"当月最高的点：去除 5%，其后为计费点", "Highest points of the month: 5 % dropped, the next is billed"}.in(b.lang))
	gap, overlap := uint(0), 100
	c.Type, c.GapWidth, c.Overlap = excelize.Col, &gap, &overlap
	c.Series = bars(name, header, points, "A", "B", "C", "D")
	c.XAxis.TickLabelSkip = max(1, points/10)
	return c
}

// daysChart shows the days' peaks and figures, and across them what is billed.
func (b *book) daysChart(name string, header, days int) (columns, line *excelize.Chart) {
	columns = b.bandwidthChart(label{"每日峰值与计费带宽", "Daily peaks and billed bandwidth"}.in(b.lang))
	gap := uint(30)
	columns.Type, columns.GapWidth = excelize.Col, &gap
	columns.Series = bars(name, header, days, "E", "F", "G")
	columns.XAxis.TickLabelSkip = 5
	columns.XAxis.NumFmt = excelize.ChartNumFmt{CustomNumFmt: "mm-dd"}
	line = &excelize.Chart{Type: excelize.Line, Series: bars(name, header, days, "E", "H")}
	for i := range line.Series {
		line.Series[i].Marker = excelize.ChartMarker{Symbol: "none"}
		line.Series[i].Line = excelize.LineOptions{Width: 1.5, Fill: line.Series[i].Fill}
	}
	return columns, line
}

func (b *book) bandwidthChart(title string) *excelize.Chart {
	font := excelize.Font{Family: fontFamily, Size: 8, Color: "404040"}
	return &excelize.Chart{
		Title:     excelize.ChartTitle{Paragraph: []excelize.RichTextRun{{Text: title, Font: &excelize.Font{Family: fontFamily, Size: 10, Bold: true, Color: navy}}}},
		Legend:    excelize.ChartLegend{Position: "bottom", Font: &font},
		Dimension: excelize.ChartDimension{Width: 330, Height: curveRows / 2 * 19},
		XAxis:     excelize.ChartAxis{Font: font},
		YAxis:     excelize.ChartAxis{Font: font, MajorGridLines: true},
	}
}

// curveResources is how many resources of a party have their points shown: the largest.
var curveResources = strconv.Itoa(6)
