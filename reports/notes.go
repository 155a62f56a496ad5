package reports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// unitsUsed collects the pairs of units under which a statement's usage stands.
type unitsUsed map[[2]string]bool

func (u unitsUsed) see(t *table, row int) {
	r := record{t, row}
	if unit := r.get("usage_unit"); unit != "" {
		u[[2]string{unit, r.get("usage_normal_unit")}] = true
	}
}

// note is one row of the Notes sheet.
type note struct {
	name label
	text label
}

func (b *book) writeNotes(m *month, o Options, p party, s *printed, used unitsUsed) error {
	return b.writeNoteSheet(notes(m, o, p, s, used))
}

func (b *book) writeNoteSheet(all []note) error { return b.writeNotesOn(notesName.in(b.lang), all) }

// writeNotesOn writes notes on a sheet of another name.
func (b *book) writeNotesOn(sheet string, all []note) error {
	fit := true
	if err := b.file.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: &fit}); err != nil {
		return err
	}
	stream, err := b.file.NewStreamWriter(sheet)
	if err != nil {
		return err
	}
	if err := b.page(sheet, "landscape", 0); err != nil {
		return err
	}
	widths := []float64{26, 110}
	if b.lang == both {
		widths = []float64{26, 60, 70}
	}
	for i, w := range widths {
		if err := stream.SetColWidth(i+1, i+1, w); err != nil {
			return err
		}
	}
	if err := stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	header, err := b.style(headerLook)
	if err != nil {
		return err
	}
	name, err := b.style(look{bold: true, ruled: true, wrap: true})
	if err != nil {
		return err
	}
	body, err := b.style(look{ruled: true, wrap: true})
	if err != nil {
		return err
	}
	write := func(row, styleName, styleBody int, n note, height float64) error {
		cells := []any{excelize.Cell{StyleID: styleName, Value: n.name.in(b.lang)}}
		texts := []string{n.text.in(b.lang)}
		if b.lang == both {
			texts = []string{n.text.zh, n.text.en}
		}
		lines := linesIn(n.name.in(b.lang), widths[0])
		for i, t := range texts {
			cells = append(cells, excelize.Cell{StyleID: styleBody, Value: t})
			lines = max(lines, linesIn(t, widths[i+1]*bodyWiden-2))
		}
		return stream.SetRow(cellName(1, row), cells, excelize.RowOpts{Height: min(max(height, float64(lines)*13.5+3), tallest)})
	}
	if err := write(1, header, header, note{label{"项目", "Item"}, label{"说明", "Explanation"}}, 20); err != nil {
		return err
	}
	for i, n := range all {
		if err := write(i+2, name, body, n, 0); err != nil {
			return err
		}
	}
	if err := b.define("_xlnm.Print_Titles", sheet, "$1:$1"); err != nil {
		return err
	}
	return stream.Flush()
}

func notes(m *month, o Options, p party, s *printed, used unitsUsed) []note {
	basis := label{"合同价格不含税：各税率组的不含税金额取整到分，税额 = 不含税金额 × 税率，四舍五入到分。",
		"Contract prices exclude tax: the amount of each tax rate is rounded to the cent, tax = amount × rate rounded to the cent."}
	if s.inclusive() {
		basis = label{"合同价格含税：各税率组的含税金额取整到分，不含税金额 = 含税金额 ÷（1 + 税率）四舍五入到分，税额为两者之差。",
			"Contract prices include tax: the gross amount of each tax rate is rounded to the cent, amount excl. tax = gross ÷ (1 + rate) rounded to the cent, tax is the difference."}
	}
	if s.mixed() {
		basis = label{"部分合同价格含税，部分不含税：结算金额与优惠按各合同口径列示，不含税金额、税额与价税合计按税率组分别计算。",
			"Some contract prices include tax and some do not: settlement amounts and reductions are on each contract's basis; amounts excl. tax, tax and totals are computed per tax rate and basis."}
	}
	at := m.draft.madeAt.Add(shanghai).Format("2006-01-02 15:04:05")
	all := []note{
		{label{"官网价", "List amount"}, label{"该用量或订单在云平台官网的标价金额。金额显示到分，单元格保留精确值。",
			"The price of the usage or order as published on the cloud site. Shown to the cent; the cell holds the exact value."}},
		{label{"优惠", "Reduction"}, label{"官网价减结算金额，即贵司按合同享受的优惠；负数表示结算金额高于官网价。",
			"List amount minus settlement amount: what the contract takes off. Negative where the settlement amount is above the list amount."}},
		{label{"结算金额", "Settlement amount"}, label{"按合同计价规则计算、应由贵司支付的金额。",
			"What the contract's pricing rules make of the usage: the amount to be paid."}},
		{label{"计税口径", "Tax basis"}, basis},
		{label{"取整规则", "Rounding rule"}, label{"每笔消费按 8 位小数计价，不取整；“分产品”每一行四舍五入到分（负数对称处理）；本结算单总额等于打印行之和，与精确合计之间的差额单独列为“尾差”行。",
			"Each record is priced to 8 decimals and not rounded. Each line of By service is rounded to the cent, half away from zero. The statement total is the sum of its printed lines; any difference to the exact total is a Rounding line of its own."}},
		{label{"消费明细合计", "Total of Detail"}, label{"消费明细为 8 位小数的精确金额，其合计与结算金额的差别只在分以下。",
			"Detail holds exact amounts of 8 decimals; its total differs from the settlement amount below the cent only."}},
		{label{"账期归属", "Billing cycle"}, label{"按云平台规则归属账期（北京时间）：当月使用、次月 1 日 23:59:59 前扣费的计入当月，之后扣费的计入次月。",
			"Cycles follow the cloud platform, in GMT+8: usage of a month that is charged by 23:59:59 on the 1st of the next belongs to the month; what is charged later belongs to the next cycle."}},
		{label{"数据截止时间", "Data cut-off"}, label{at + "（北京时间）。" + cutoffNote(p).zh, at + " (GMT+8). " + cutoffNote(p).en}},
		{label{"退订与调账", "Refunds & adjustments"}, label{"退订金额为负数，按原订单所用的计价规则计算；原订单号与原账期列在“退订与调账”。调整由双方约定，附原因。",
			"Refunds are negative and priced by the rule of the order they refund; the original order and cycle stand on Refunds & adjustments. Adjustments are agreed and carry their reason."}},
		{label{"包年包月订单", "Orders"}, label{"“包年包月订单”与“退订与调账”是“消费明细”的摘录，不重复计费。",
			"Orders and Refunds & adjustments are extracts of Detail; nothing is charged twice."}},
		{label{"打印", "Printing"}, label{"列多的表每行横跨几页打印，每页重复前两列：包年包月订单、退订与调账、带宽95、资源包两页。其余各表一页宽。",
			"Sheets of many columns print several pages wide, the first two columns on each: Orders, Refunds & adjustments, Bandwidth and Packages two pages. The others are one page wide."}},
		{label{"带宽95", "Bandwidth"}, label{"每 5 分钟一个点。月95：有效天数内的点按大小排序，去掉最高的 5%（小数舍去或进位，见算法），其后第一个点为计费值。增强95：每日第 5 高的点中最高 5 日的平均值（取整），与保底带宽取大。日95月平均：每日去掉最高的 5%，其后第一个点的平均值。日峰值月平均：每日最高点的平均值。第四峰：每日最高点中第 4 高的。缺失的点除注明补零外不补，列出应有与实有点数。1000 与 1024 进制不换算。表下为最大资源的最高点、每日峰值及图表。",
			"One point each 5 minutes. Monthly 95: the points of valid days in order of size, the highest 5 % removed (rounded as the algorithm says), the next one is billed. Enhanced 95: the mean of the five highest days' fifth points, whole numbers, or the guarantee if larger. Mean of daily 95: of each day the highest 5 % removed, the mean of the next ones. Mean of daily peaks: of the days' highest points. Fourth peak: the fourth of the days' highest points. Missing points are not padded unless Points padded says so; expected and present points are shown. Bases 1000 and 1024 are not converted. Below the table stand the highest points and daily peaks of the largest resources, with charts."}},
		{label{"资源包", "Packages"}, label{"每个重置窗口：期初 + 新增 − 使用 − 清零 = 期末。“余量可知”为否时，期初余量无法取得。超出套餐用量为套餐所覆盖资源未被抵扣、按需计费的用量。资源包购买时计费，抵扣不计费。",
			"For each reset window: opening + granted − used − cleared = closing. Where Balance known says No, the opening could not be obtained. Overage is the usage of the covered resources beyond the package, which is charged by use. A package is charged when bought; deductions are not."}},
	}
	if len(s.months) > 0 {
		all = append(all, note{label{"以前期间调整", "Prior-period adjustment"}, label{
			"已签发账期的数据此后发生变化的差额，按原计价规则计算，列在“退订与调账”，附原账期与原明细行。",
			"What a month that was issued differs by since the cloud platform changed its data, at the prices of that month; listed on Refunds & adjustments with the month and the original record."}})
	}
	if _, ok := s.kinds["commitment"]; ok {
		all = append(all, note{shortfallLabel, label{
			"合同约定的最低消费减去当月计入的消费；按合同与承诺均有效的天数折算。",
			"The contract's minimum less the month's eligible charges; prorated by the days on which contract and commitment are both valid."}})
	}
	if !s.vouchers.IsZero() {
		all = append(all, note{label{"抵用", "Vouchers"}, label{
			"以代金券支付的部分不可开票；列出供参考，结算金额不因此减少。",
			"What was paid by vouchers is not invoiceable; it is shown for information and does not lessen the settlement amount."}})
	}
	all = append(all, contractNotes(s)...)
	all = append(all, unitNotes(m, used)...)
	var versions []string
	for _, h := range s.pricing {
		versions = append(versions, h[:min(12, len(h))])
	}
	if len(versions) > 0 {
		v := strings.Join(versions, ", ")
		all = append(all, note{label{"计价规则版本", "Pricing version"}, label{v, v}})
	}
	run := strings.TrimSpace(m.draft.runID + "  settle " + o.Version)
	all = append(all, note{label{"运行编号", "Run"}, label{run, run}})
	if o.Seller != (Seller{}) {
		all = append(all, note{label{"联系方式", "Contact"}, label{o.Seller.lines(chinese), o.Seller.lines(english)}})
	}
	return all
}

// contractNotes lists the contracts with their accounts and days, where there are several or one holds for a part of the month only.
func contractNotes(s *printed) []note {
	if len(s.contracts) == 1 && s.contracts[0].whole {
		return nil
	}
	var all []note
	for _, c := range s.contracts {
		who := c.account
		if who == "" {
			who = c.customerID
		}
		text := label{"账号 " + who, "account " + who}
		if c.from != "" {
			text = label{text.zh + "，" + c.from + " 至 " + c.to, text.en + ", " + c.from + " to " + c.to}
		}
		all = append(all, note{label{"合同 " + clean(c.no), "Contract " + clean(c.no)}, label{clean(text.zh), clean(text.en)}})
	}
	return all
}

func cutoffNote(p party) label {
	if p.status == "prelim" {
		return label{"账期尚未结束，数据可能变化，仅供参考。", "The month is not final yet; figures may change."}
	}
	return label{"账期数据已定。", "The month's figures are final."}
}

// unitNotes is the unit table: one row for each unit of the statement's usage.
func unitNotes(m *month, used unitsUsed) []note {
	pairs := make([][2]string, 0, len(used))
	for p := range used {
		pairs = append(pairs, p)
	}
	slices.SortFunc(pairs, func(a, b [2]string) int { return strings.Compare(a[0]+"\x00"+a[1], b[0]+"\x00"+b[1]) })
	var all []note
	for _, p := range pairs {
		n := note{name: label{"单位 " + clean(p[0]), "Unit " + clean(p[0])}}
		factors := m.units[p]
		switch {
		case p[1] == "":
			n.text = label{"未归一（换算关系未知）", "not normalised (no conversion known)"}
		case len(factors) == 1: // with several, the name alone does not tell the family: 1000 or 1024
			text := fmt.Sprintf("1 %s = %s %s", clean(p[0]), plain(factors[0]), clean(p[1]))
			n.text = label{text, text}
		default:
			text := clean(p[0]) + " → " + clean(p[1])
			n.text = label{text, text}
		}
		all = append(all, n)
	}
	return all
}
