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

// guide fills the first sheet: what each column of each sheet is, with an example. Read ignores it.
func (w *writer) guide() {
	f := w.file
	w.do(f.SetSheetName("Sheet1", guideName))
	for column, width := range map[string]float64{"A": 22, "B": 16, "C": 90, "D": 36} {
		w.do(f.SetColWidth(guideName, column, column, width))
	}
	row := 1
	put := func(column, style int, text string) {
		at := address(column, row)
		w.do(f.SetCellStr(guideName, at, text))
		w.do(f.SetCellStyle(guideName, at, at, style))
	}
	put(1, w.title, "价格与合同填写说明 How to fill in this workbook")
	for _, line := range guideText {
		row++
		put(1, w.line, line)
	}
	for _, s := range sheets {
		row += 2
		put(1, w.label, s.name)
		put(3, w.body, s.about)
		w.do(f.SetRowHeight(guideName, row, lineHeight*lines(s.about)))
		row++
		for n, title := range []string{"列 Column", "必填 Required", "说明 What it is", "示例 Example"} {
			put(n+1, w.required, title)
		}
		for n, c := range s.columns {
			row++
			put(1, w.label, c.header)
			if c.required {
				put(2, w.body, "是 yes")
			}
			put(3, w.body, c.note)
			w.do(f.SetRowHeight(guideName, row, lineHeight*lines(c.note)))
			put(4, w.body, s.example[n])
		}
	}
	w.printed(guideName)
}

const lineHeight = 15.0

// lines estimates how many lines a text takes in the guide's wide column, as not every program measures it when it opens
// a file. Chinese characters are two columns wide.
func lines(text string) float64 {
	width := 0
	for _, r := range text {
		width++
		if r >= 0x2E80 {
			width++
		}
	}
	return float64(1 + width/92)
}
