package pricing

// guideName is the sheet that explains the others.
const guideName = "Guide"

var guideText = []string{
	"每张表第 1 行是表头，不要改名；深蓝为必填列，灰色为选填列。指向表头可看说明。",
	"Row 1 of each sheet holds the headers: keep their names. Dark blue columns are required, grey ones optional. Point at a header for its note.",
	"编号类列是文本格式，请勿改为数字：表格程序只保留 15 位有效数字。Ids are text; as numbers they would lose digits beyond the fifteenth.",
	"日期写 2026-01-31；账期写 2026-01；百分比写小数：6% 写 0.06。Dates 2026-01-31, cycles 2026-01, percentages as decimals: 0.06 for 6 %.",
	"不要合并单元格，不要在表头上方插入行。可以另加自己的工作表，本程序不读取。Do not merge cells or insert rows above the headers. Sheets of your own are ignored.",
	"填好后运行 settle pricing check 检查，所有问题会一次列出单元格和改法。Then run settle pricing check: it lists every fault with its cell and what to do.",
	"下面逐表说明各列，并附一行示例；本页内容不会被读取。The columns of each sheet follow, with the values of an example row; nothing on this page is read.",
}

// howTo is what finance asks first, and which cells answer it.
var howTo = []struct{ want, cells string }{
	{"云服务器打 95 折 5 % off one service", "Rules: priority 100, service_type_code hws.service.type.ec2, base official, method discount, value 0.05"},
	{"在应付金额上加价 5% Add 5 % to what we pay", "Rules: base payable, method markup, value 0.05"},
	{"其余按原额 All the rest as it is", "Rules: priority 1000, 匹配列全空 match columns empty, base payable, method pass_through"},
	{"某客户单独定价 One customer differs", "Rules: customer_id, 且 priority 小于通用规则 and a priority below the general rule's"},
	{"按用量单价 A price per unit", "Rules: method unit_price, value 0.12, unit GB（套餐包抵扣的用量不计 less what a package covered）"},
	{"满一万后 95 折 5 % off beyond 10,000 a month", "Rules: method tiers, value 空 empty; Tiers: (from 0, value 1) + (from 10000, value 0.95), style progressive, basis amount"},
	{"每月最低消费 A monthly minimum", "Commitments: amount_per_month 10000; 不足部分自动补差 the shortfall becomes a line of its own"},
	{"固定服务费或抵扣 A fixed fee or a credit", "Adjustments: from_cycle 2026-01, to_cycle 2026-12, amount 500（抵扣为负 credits are negative）"},
	{"合同在 15 日变更 A contract changes on the 15th", "Contracts: 两行 two rows: valid_to 2026-09-14; valid_from 2026-09-15，新 price_plan the new plan"},
	{"集团合并结算 One statement for several accounts", "Parties: 一行 one row, kind group; Contracts: 每账号一行 one row per account, 同一 the same party_id"},
	{"税率变更 A tax rate changes", "TaxItems: 同一 tax_code 加一行 another row of the code with the new rate and its valid_from"},
}

// guide fills the first sheet: what each column of each sheet is, with an example. Read ignores it.
func (w *writer) guide() {
	f := w.file
	w.do(f.SetSheetName("Sheet1", guideName))
	for column, width := range map[string]float64{"A": 22, "B": 16, "C": 90, "D": 40} {
		w.do(f.SetColWidth(guideName, column, column, width))
	}
	row := 1
	put := func(column, style int, text string) {
		at := address(column, row)
		w.do(f.SetCellStr(guideName, at, text))
		w.do(f.SetCellStyle(guideName, at, at, style))
	}
	heads := func(texts ...string) {
		for n, text := range texts {
			put(n+1, w.required, text)
		}
	}
	put(1, w.title, "价格与合同填写说明 How to fill in this workbook")
	w.do(f.SetRowHeight(guideName, 1, 28))
	for _, line := range guideText {
		row++
		put(1, w.line, line)
	}
	row += 2
	heads("常见做法 How to", "", "怎么填 What to write", "")
	for _, h := range howTo {
		row++
		put(1, w.body, h.want)
		w.do(f.MergeCell(guideName, address(1, row), address(2, row)))
		put(3, w.body, h.cells)
		w.do(f.MergeCell(guideName, address(3, row), address(4, row)))
		w.do(f.SetRowHeight(guideName, row, lineHeight*max(lines(h.want, 46), lines(h.cells, 130))))
	}
	for _, s := range sheets {
		row += 2
		put(1, w.link, s.name)
		w.do(f.SetCellHyperLink(guideName, address(1, row), s.name+"!A1", "Location"))
		put(3, w.body, s.about)
		w.do(f.SetRowHeight(guideName, row, lineHeight*lines(s.about, 90)))
		row++
		heads("列 Column", "必填 Required", "说明 What it is", "示例 Example")
		for n, c := range s.columns {
			row++
			put(1, w.label, c.header)
			if c.required {
				put(2, w.body, "是 yes")
			}
			put(3, w.body, c.note)
			put(4, w.body, s.example[n])
			w.do(f.SetRowHeight(guideName, row, lineHeight*max(lines(c.note, 90), lines(s.example[n], 38))))
		}
	}
	w.printed(guideName, 1, 0)
}

const lineHeight = 16.0

// lines estimates how many lines a text takes in a column of that many characters, as not every program measures it when it
// opens a file. Chinese characters are two columns wide.
func lines(text string, wide int) float64 {
	width := 0
	for _, r := range text {
		width++
		if r >= 0x2E80 {
			width++
		}
	}
	return float64(1 + width/wide)
}
