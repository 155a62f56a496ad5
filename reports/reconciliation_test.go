package reports

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	sqlfiles "settle/sql"
)

// reconStory is the story with what the checks and the tie-out make of it.
func reconStory(t testing.TB) *fixture {
	t.Helper()
	f := story(t)
	f.runFile("recon.sql")
	return f
}

// reconciliation writes the workbook after these changes.
func (f *fixture) reconciliation(t *testing.T, changes ...string) *excelize.File {
	t.Helper()
	for _, c := range changes {
		f.exec(c)
	}
	return open(t, f.reconFile(t, f.options(Options{})))
}

func (f *fixture) reconFile(t *testing.T, o Options) string {
	t.Helper()
	o = o.withDefaults()
	m, err := readMonth(context.Background(), f.db, o)
	if err != nil {
		t.Fatal(err)
	}
	dir := folder{root: o.Dir, cycle: o.Cycle, seen: &readBack{}}
	if err := dir.prepare(m); err != nil {
		t.Fatal(err)
	}
	file, err := writeReconciliation(context.Background(), f.db, m, o, dir)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(o.Dir, file.Path)
	checkFormulas(t, path)
	return path
}

func TestReconciliationGolden(t *testing.T) {
	f := reconStory(t)
	golden(t, f.reconFile(t, f.options(Options{})), "reconciliation-2026-10")
}

// rowOf is the row of a sheet in which a column, by its header's beginning, says this.
func rowOf(t *testing.T, book *excelize.File, sheet, header, says string) (row int, cells map[string]string) {
	t.Helper()
	rows, err := book.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range rows {
		cells := map[string]string{}
		for c, v := range r {
			name, _, _ := strings.Cut(rows[0][c], "\n")
			cells[name] = v
		}
		if i > 0 && cells[header] == says {
			return i + 1, cells
		}
	}
	t.Fatalf("sheet %s: no %s is %s", sheet, header, says)
	return 0, nil
}

// follow clicks on a cell and returns where that leads.
func follow(t *testing.T, book *excelize.File, sheet string, column, row int) (string, int) {
	t.Helper()
	ok, to, err := book.GetCellHyperLink(sheet, cellName(column, row))
	if err != nil || !ok {
		t.Fatalf("%s!%s leads nowhere: %v", sheet, cellName(column, row), err)
	}
	name, cell, _ := strings.Cut(to, "!")
	_, at, err := excelize.CellNameToCoordinates(cell)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Trim(name, "'"), at
}

// columnAt is the number of a column by the beginning of its header.
func columnAt(t *testing.T, book *excelize.File, sheet, header string) int {
	t.Helper()
	rows, err := book.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	for i, h := range rows[0] {
		if strings.HasPrefix(h, header) {
			return i + 1
		}
	}
	t.Fatalf("sheet %s has no column %s", sheet, header)
	return 0
}

// TestThreeClicks goes the way of a finance lead: why does this customer's total differ from the vendor's bill by 0.37?
func TestThreeClicks(t *testing.T) {
	book := reconStory(t).reconciliation(t)
	rows, err := book.GetRows("概览 Overview")
	if err != nil {
		t.Fatal(err)
	}
	start := 0
	for i, r := range rows {
		if len(r) > 5 && r[0] == "杭州云图信息技术有限公司" {
			start = i + 1
			if !number(t, r[5]).Equal(number(t, "0.37")) {
				t.Fatalf("Overview says %s, want 0.37", r[5])
			}
		}
	}
	if start == 0 {
		t.Fatal("Overview does not list the customer")
	}
	at := func(sheet string, row int, header, want string) {
		t.Helper()
		v, err := book.GetCellValue(sheet, cellName(columnAt(t, book, sheet, header), row), excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		if v != want {
			t.Errorf("%s, row %d, %s: %q, want %q", sheet, row, header, v, want)
		}
	}
	sheet, row := follow(t, book, "概览 Overview", 1, start) // first click
	if sheet != "勾稽 Tie-out" {
		t.Fatalf("the customer leads to %s", sheet)
	}
	at(sheet, row, "客户账号ID", "a1f0c0de000000000000000000000001")
	at(sheet, row, "原始差额", "0.37")
	at(sheet, row, "抹零截断", "0.02")
	at(sheet, row, "未解释", "0.35")
	sheet, row = follow(t, book, sheet, columnAt(t, book, sheet, "分项"), row) // second click
	if sheet != "分项 Slices" {
		t.Fatalf("the row of the tie-out leads to %s", sheet)
	}
	at(sheet, row, "云服务", "对象存储服务")
	at(sheet, row, "未解释", "0.35")
	sheet, row = follow(t, book, sheet, columnAt(t, book, sheet, "异常编号"), row) // third click
	if sheet != "差异明细 Findings" {
		t.Fatalf("the slice leads to %s", sheet)
	}
	at(sheet, row, "异常编号", "07a1f0c0de-37")
	at(sheet, row, "责任岗位", "财务 Finance")
	at(sheet, row, "建议动作", "将该服务与资源类型的记录与云平台控制台核对，余下的询问云平台 compare the records of this service and resource type with the vendor's console, and ask the vendor about the rest")
}

// TestLinksLeadHome: every link of the workbook leads to a cell that holds something.
func TestLinksLeadHome(t *testing.T) {
	f := reconStory(t)
	o := f.options(Options{})
	o.maxRows = 3 // so that tables run over several sheets
	book := open(t, f.reconFile(t, o))
	n := 0
	for _, sheet := range book.GetSheetList() {
		rows, err := book.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for r, row := range rows {
			for c := range row {
				if ok, _, _ := book.GetCellHyperLink(sheet, cellName(c+1, r+1)); !ok {
					continue
				}
				n++
				to, at := follow(t, book, sheet, c+1, r+1)
				if v, err := book.GetCellValue(to, cellName(1, at)); err != nil || v == "" {
					t.Errorf("%s!%s leads to %s!A%d, where nothing is: %v", sheet, cellName(c+1, r+1), to, at, err)
				}
			}
		}
	}
	if n < 20 {
		t.Errorf("%d links in the workbook", n)
	}
}

// TestReconciliationEqualsDatabase: the first page counts what the other sheets hold, and they hold what the database does.
func TestReconciliationEqualsDatabase(t *testing.T) {
	f := reconStory(t)
	book := f.reconciliation(t)
	for _, s := range []struct{ sheet, header, query string }{
		{"勾稽 Tie-out", "原始差额", `select cast(sum(difference) as varchar) from recon.tie_out where cycle = '2026-10'`},
		{"分项 Slices", "未解释", `select cast(sum(unexplained) as varchar) from recon.charge_slices where cycle = '2026-10'`},
		{"未匹配左 Only in records", "消费记录金额", `select cast(sum(detail_amount) as varchar) from recon.charge_slices where cycle = '2026-10' and matched = 'detail'`},
		{"未匹配右 Only in bill", "月账单金额", `select cast(sum(bill_amount) as varchar) from recon.charge_slices where cycle = '2026-10' and matched = 'bill'`},
		{"完整性证书 Certificate", "隔离", `select cast(sum(quarantined) as varchar) from ops.certificate`},
	} {
		if got, want := totalOf(t, book, s.sheet, s.header), number(t, f.one(s.query)); !got.Equal(want) {
			t.Errorf("%s: %s adds up to %s, want %s", s.sheet, s.header, got, want)
		}
	}
	for name, want := range map[string]string{"B 阻断": "2", "W 警告": "2", "I 提示": "1"} {
		if got := find(t, book, "概览 Overview", name, 7); !got.Equal(number(t, want)) {
			t.Errorf("Overview: open of %s is %s, want %s", name, got, want)
		}
	}
	if got := find(t, book, "概览 Overview", "未解释", 3); !got.Equal(number(t, "0.33")) {
		t.Errorf("Overview: unexplained is %s, want 0.33", got)
	}
	for bucket, column := range map[string]int{"4-10": 2, ">30": 3, "11-30": 4} {
		if got := find(t, book, "概览 Overview", bucket, column); !got.Equal(number(t, "1")) {
			t.Errorf("Overview: %s findings of %s days", got, bucket)
		}
	}
	if _, r := rowOf(t, book, "检查 Checks", "检查项", "36 工作簿与数据库 Workbooks say what the database says"); r["结果"] != "通过 Pass" {
		t.Errorf("check 36 says %q", r["结果"])
	}
	if _, r := rowOf(t, book, "检查 Checks", "检查项", "41 伙伴账单勾稽 The customers add up to the partner's own bill"); r["结果"] != "未执行 Not run" || !strings.Contains(r["说明 / 未执行原因"], "import") {
		t.Errorf("a check that did not run says %q, %q", r["结果"], r["说明 / 未执行原因"])
	}
}

// TestPartnerBill: an imported bill has its sheet, Overview says how it compares, and the findings of check 41 lead there and back.
func TestPartnerBill(t *testing.T) {
	f := reconStory(t)
	book := f.reconciliation(t)
	if text := render(t, book.Path); strings.Count(text, "未导入；settle import") != 2 { // Overview and the sheet
		t.Errorf("%d places say that no bill was imported", strings.Count(text, "未导入；settle import"))
	}
	const customer = "a1f0c0de000000000000000000000001"
	book = f.reconciliation(t,
		`insert into recon.partner_bridge values
		('2026-10', '`+customer+`', 'customer', 69, 3, 94350.95, 94350.58, null, 0.37, 0, 0, 0, 0, 0, 0.37, 0.05),
		('2026-10', 'b2f0c0de000000000000000000000002', 'customer', 5, 1, 1200.413, 1200.40, 72.02, 0.013, 0, 0, 0, 0.013, 0, 0, 0.05),
		('2026-10', '', 'own', 0, 1, 0, 88, null, -88, 0, 0, 0, 0, -88, 0, 0)`,
		`insert into recon.finding_list by name select * replace ('41x' as finding_id, '41' as check_id, 'the vendor''s bill to the partner, customer `+customer+`' as subject, 0.37 as difference)
		from recon.finding_list where finding_id = '06a1f0c0de-37'`,
		`insert into recon.finding_list by name select * replace ('41t' as finding_id, '41' as check_id, 'the vendor''s bill to the partner: truncation' as subject, null as customer_id, 0.013 as difference)
		from recon.finding_list where finding_id = '06explained-tr'`)
	const sheet, findings = "伙伴账单 Partner bill", "差异明细 Findings"
	for header, want := range map[string]string{"消费记录金额": "95551.363", "账单金额": "95638.98", "原始差额": "-87.617", "抹零截断": "0.013", "伙伴自用": "-88", "未解释": "0.37"} {
		if got := totalOf(t, book, sheet, header); !got.Equal(number(t, want)) {
			t.Errorf("%s adds up to %s, want %s", header, got, want)
		}
	}
	for id, want := range map[string]string{customer: "41x", "b2f0c0de000000000000000000000002": "41t"} {
		if _, r := rowOf(t, book, sheet, "客户账号ID", id); r["异常编号（点击查看）"] != want {
			t.Errorf("customer %s: finding %q, want %s", id, r["异常编号（点击查看）"], want)
		}
	}
	row, _ := rowOf(t, book, findings, "异常编号", "41x")
	for _, header := range []string{"键值", "客户账号ID"} {
		if to, at := follow(t, book, findings, columnAt(t, book, findings, header), row); to != sheet || at != 2 {
			t.Errorf("the finding's %s leads to %s, row %d", header, to, at)
		}
	}
	row, _ = rowOf(t, book, "已自动解释 Explained", "异常编号", "41t")
	if to, at := follow(t, book, "已自动解释 Explained", columnAt(t, book, "已自动解释 Explained", "键值"), row); to != sheet || at != 4 {
		t.Errorf("what truncation explains leads to %s, row %d", to, at)
	}
	rows, err := book.GetRows("概览 Overview")
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range rows {
		if len(r) > 7 && strings.HasPrefix(r[0], "结论（点击查看）") {
			if got := strings.Join(rows[i+1], " "); got != "有未解释差额 Differs 2 5 95551.363 95638.98 -87.617 -87.987 0.37" {
				t.Errorf("Overview says %q", got)
			}
			if to, at := follow(t, book, "概览 Overview", 1, i+2); to != sheet || at != 2 {
				t.Errorf("Overview leads to %s, row %d", to, at)
			}
			return
		}
	}
	t.Error("Overview does not show the bill")
}

// TestOpenAmountsAreMoney: points, quantities and what belongs to nobody do not add to the yuan of Overview, and Explained adds nothing up.
func TestOpenAmountsAreMoney(t *testing.T) {
	f := reconStory(t)
	before := f.reconciliation(t)
	like := `insert into recon.finding_list by name select * replace (`
	from := `) from recon.finding_list where finding_id = '06a1f0c0de-37'`
	after := f.reconciliation(t,
		like+`'26x' as finding_id, '26' as check_id, 4 as difference`+from,
		like+`'01x' as finding_id, '01' as check_id, -1000 as difference`+from,
		like+`'16x' as finding_id, '16' as check_id, 77 as difference, null as party_id, null as customer_id`+from,
		like+`'08x' as finding_id, '08' as check_id, -1.5 as difference`+from)
	const overview = "概览 Overview"
	if got := find(t, after, overview, "B 阻断", 7).Sub(find(t, before, overview, "B 阻断", 7)); !got.Equal(number(t, "4")) {
		t.Errorf("%s more findings, want 4", got)
	}
	if got := find(t, after, overview, "B 阻断", 8).Sub(find(t, before, overview, "B 阻断", 8)); !got.Equal(number(t, "1.5")) {
		t.Errorf("%s yuan more, want 1.5", got)
	}
	rows, err := after.GetRows("已自动解释 Explained")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if strings.HasPrefix(r[0], totalLabel.zh) {
			t.Errorf("Explained adds up: %q", r)
		}
	}
}

// TestEveryCheckSpeaksChinese: each check has its name and what to do in Chinese, each action of a row and each reason code too; the severity on Checks is its
// own, whatever the month found.
func TestEveryCheckSpeaksChinese(t *testing.T) {
	checks, err := sqlfiles.Checks()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, c := range checks {
		known[c.Number] = true
		if checkNames[c.Number] == "" || checkActions[c.Number] == "" {
			t.Errorf("check %s: name %q, action %q", c.Number, checkNames[c.Number], checkActions[c.Number])
		}
		own := 0
		for _, a := range rowActions[c.Number] {
			if n := strings.Count(c.SQL, "'"+a.en); n != 1 {
				t.Errorf("check %s has %d actions that begin with %q", c.Number, n, a.en)
			}
			own++
		}
		if n := strings.Count(c.SQL, "' as action"); n != own {
			t.Errorf("check %s has %d actions of rows, %d of them in Chinese", c.Number, n, own)
		}
	}
	for id := range moneyChecks {
		if !known[id] {
			t.Errorf("check %s adds up and does not exist", id)
		}
	}
	for _, code := range sqlfiles.ReasonCodes {
		if reasonTexts[code] == "" || reasonCodes[code].zh == "" {
			t.Errorf("reason code %s has no Chinese", code)
		}
	}
	f := reconStory(t)
	book := f.reconciliation(t, `update recon.checks set severity = 'I' where check_id in ('01', '07')`)
	for name, want := range map[string][2]string{"01 分页完整性 Every announced record is stored": {"B 阻断 blocks", ""}, "07 明细与月账单（分项） Each slice of the monthly bill is what its fee records add up to": {"W 警告 warns", "I 提示 informs"}} {
		if _, r := rowOf(t, book, "检查 Checks", "检查项", name); r["级别"] != want[0] || r["本月最高"] != want[1] {
			t.Errorf("%s: severity %q, worst %q, want %q", name, r["级别"], r["本月最高"], want)
		}
	}
}

// TestActionOf: an action of a row has its own Chinese, and both name the finding and the cycle.
func TestActionOf(t *testing.T) {
	rows := &table{columns: []string{"check_id", "finding_id", "cycle", "action"}, rows: 2}
	for _, v := range []string{"01", "f1", "2026-10", "settle explain f1 shows the raw text", "02", "f2", "2026-10", "run settle run --cycle 2026-10 again"} {
		rows.text += v
		rows.ends = append(rows.ends, uint32(len(rows.text)))
	}
	for i, want := range []string{"settle explain f1 显示原始报文", "待云平台数据稳定后重新执行 settle run --cycle 2026-10 run settle run --cycle 2026-10 again"} {
		if got := actionOf(record{rows, i}); !strings.HasPrefix(got, want) {
			t.Errorf("%q, want it to begin with %q", got, want)
		}
	}
}

// TestOlderSnapshotSaysSo: what an older program's snapshot does not hold is told with the remedy.
func TestOlderSnapshotSaysSo(t *testing.T) {
	f := reconStory(t)
	f.exec(`drop table if exists ops.window_pages`)
	if _, err := WriteCertificate(context.Background(), f.db, f.options(Options{})); err == nil || !strings.Contains(err.Error(), "settle run makes a new one") || strings.Contains(err.Error(), "\n") {
		t.Errorf("the certificate of an older snapshot: %v", err)
	}
}

// TestOlderSnapshot: a snapshot of a program that knew less is told to be one, and nothing is invented.
func TestOlderSnapshot(t *testing.T) {
	book := story(t).reconciliation(t, `drop table recon.tie_out`)
	for _, sheet := range []string{"差异明细 Findings", "勾稽 Tie-out", "检查 Checks", "完整性证书 Certificate"} {
		if v, _ := book.GetCellValue(sheet, "A2"); v != missingLabel.in(both) {
			t.Errorf("%s says %q", sheet, v)
		}
	}
}

// TestReadBack spoils workbooks in every way that check 36 must see.
func TestReadBack(t *testing.T) {
	f := newFixture(t)
	dir := t.TempDir()
	decl := sheet{name: label{"表", "Table"}, columns: []column{
		{from: "name", label: label{"名称", "Name"}, kind: words, width: 10},
		{from: "amount", label: label{"金额", "Amount"}, kind: exact, width: 10, sum: true},
	}}
	rows := &table{columns: []string{"name", "amount"}}
	for _, v := range []string{"a & <b>", "12345678.12345678", "合计 Total", "0.10000001", "=1+1", "-3", "", ""} {
		rows.text += v
		rows.ends = append(rows.ends, uint32(len(rows.text)))
	}
	rows.rows = 4
	o := f.options(Options{}).withDefaults()
	make := func(change func(*excelize.File)) string {
		path := filepath.Join(dir, "x.xlsx")
		b, err := newBook(o, both, frame{}, []string{decl.name.in(both)})
		if err != nil {
			t.Fatal(err)
		}
		defer b.close()
		if _, err := b.writeRows(context.Background(), decl, rows); err != nil {
			t.Fatal(err)
		}
		out, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		if err := b.save(out, o.TmpDir); err != nil {
			t.Fatal(err)
		}
		if change != nil {
			book := open(t, path)
			change(book)
			if err := book.SaveAs(path); err != nil {
				t.Fatal(err)
			}
		}
		return path
	}
	sum := number(t, "12345675.22345679")
	good := wantSum(decl, both, []string{"表 Table"}, "amount", 4, sum)
	if n, err := verify(make(nil), "x", []wanted{good}); n != 1 || err != nil {
		t.Fatalf("a good workbook: %d figures, %v", n, err)
	}
	fewer, other, lost := good, good, good
	fewer.rows = 3
	other.value = sum.Add(number(t, "0.00000001"))
	lost.sheets = []string{"else"}
	for name, c := range map[string]struct {
		want wanted
		says string
	}{
		"a row more":               {fewer, "the number of rows is 4, the database says 3"},
		"another sum":              {other, "金额 Amount is 12345675.22345679, the database says 12345675.2234568"},
		"a missing sheet":          {lost, "the sheet is missing"},
		"no such column":           {wanted{sheets: good.sheets, header: "x", rows: -1}, "x is missing"},
		"a cell that is not there": {wanted{sheets: good.sheets, header: "nobody", column: 2}, "nobody is missing"},
		"another cell":             {wanted{sheets: good.sheets, header: "=1+1", column: 2, value: sum}, "=1+1 is -3, the database says"},
	} {
		_, err := verify(make(nil), "x", []wanted{c.want})
		var m *MismatchError
		if !errors.As(err, &m) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}

// TestMismatchKeepsOldFile: a workbook that contradicts the database does not take the place of the old one; the others are written, Checks and
// the manifest tell, and the command fails.
func TestMismatchKeepsOldFile(t *testing.T) {
	f := reconStory(t)
	dir := t.TempDir()
	f.write(Options{Dir: dir})
	statement := filepath.Join(dir, fixtureCycle, "draft/statements/YUNTU-2026-10-R0.xlsx")
	before, err := os.ReadFile(statement)
	if err != nil {
		t.Fatal(err)
	}
	// The wide view, which the sheets are read from, shows another price than the lines.
	view := f.one(`select sql from duckdb_views() where schema_name = 'settlement' and view_name = 'cost'`)
	f.exec(`drop view settlement.cost`)
	f.exec(strings.Replace(view, "l.*", "l.* replace (case when l.line_id like '%order-1' then l.charge_amount + 1 else l.charge_amount end as charge_amount)", 1))
	_, err = Write(context.Background(), f.db, f.options(Options{Dir: dir}))
	var m *MismatchError
	if !errors.As(err, &m) || !strings.Contains(err.Error(), "YUNTU") {
		t.Fatalf("the run ends with %v", err)
	}
	after, err := os.ReadFile(statement)
	if err != nil || string(after) != string(before) {
		t.Errorf("the old statement is gone: %v", err)
	}
	text, err := os.ReadFile(filepath.Join(dir, fixtureCycle, "manifest.json"))
	if err != nil || !strings.Contains(string(text), `"status": "fail"`) || !strings.Contains(string(text), "YUNTU-2026-10-R0.xlsx, sheet") {
		t.Errorf("the manifest does not tell: %v\n%s", err, text)
	}
	book := open(t, filepath.Join(dir, fixtureCycle, "reconciliation-2026-10.xlsx"))
	if _, r := rowOf(t, book, "检查 Checks", "检查项", "36 工作簿与数据库 Workbooks say what the database says"); r["结果"] != "有差异 Differs" || r["本月最高"] != "B 阻断 blocks" || !strings.Contains(r["说明 / 未执行原因"], "YUNTU") {
		t.Errorf("Checks says %q: %q", r["结果"], r["说明 / 未执行原因"])
	}
}

// What somebody wrote into the workbook is kept when a run writes a new one; one that nobody touched is replaced.
func TestEditedWorkbookIsKept(t *testing.T) {
	f := reconStory(t)
	o := f.options(Options{})
	path := filepath.Join(o.Dir, fixtureCycle, "reconciliation-2026-10.xlsx")
	kept := func() []string {
		all, err := filepath.Glob(filepath.Join(o.Dir, fixtureCycle, "reconciliation-2026-10-edited-*.xlsx"))
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	write := func() {
		t.Helper()
		if _, err := Write(context.Background(), f.db, o); err != nil {
			t.Fatal(err)
		}
	}
	write()
	write()
	if all := kept(); all != nil {
		t.Errorf("untouched, and put aside: %v", all)
	}
	for n := 1; n <= 2; n++ {
		if err := os.WriteFile(path, []byte("edited"), 0o600); err != nil {
			t.Fatal(err)
		}
		write()
		if all := kept(); len(all) != n {
			t.Errorf("edited %d times, kept %v", n, all)
		}
	}
	if text, err := os.ReadFile(kept()[0]); err != nil || string(text) != "edited" {
		t.Errorf("kept %q, %v", text, err)
	}
}

func TestSideOf(t *testing.T) {
	for _, c := range []struct{ text, source, amount string }{
		{"monthly bill -12.50", "monthly bill", "-12.50"},
		{"12", "", "12"},
		{"a rule", "a rule", ""},
		{"", "", ""},
		{"used 1e5", "used 1e5", ""},
		{"31 records announced", "31 records announced", ""},
	} {
		if source, amount := sideOf(c.text); source != c.source || amount != c.amount {
			t.Errorf("sideOf(%q) = %q, %q", c.text, source, amount)
		}
	}
}
