package reports

import (
	"archive/zip"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"github.com/xuri/excelize/v2"
)

var update = flag.Bool("update", false, "rewrite the golden workbooks")

// TestLook writes the story's workbooks where a person can open them: LOOK=dir go test -run TestLook.
func TestLook(t *testing.T) {
	dir := os.Getenv("LOOK")
	if dir == "" {
		t.Skip("LOOK names no folder")
	}
	reconStory(t).write(Options{Dir: dir, Internal: true})
	f := issuedStory(t)
	f.writeIssued(Options{Dir: filepath.Join(dir, "later")}, 2)
	f.write(Options{Dir: filepath.Join(dir, "later")})
}

func open(t *testing.T, path string) *excelize.File {
	t.Helper()
	f, err := excelize.OpenFile(path, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// render writes a workbook as text: sheets, and a line a row with each cell's place, value, formula and number format.
func render(t *testing.T, path string) string {
	t.Helper()
	f := open(t, path)
	var b strings.Builder
	props, err := f.GetDocProps()
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&b, "title %s\nsubject %s\ncreator %s\ncreated %s\nidentifier %s\n", props.Title, props.Subject, props.Creator, props.Created, props.Identifier)
	for _, n := range f.GetDefinedName() {
		fmt.Fprintf(&b, "name %s %s\n", n.Name, n.RefersTo)
	}
	for _, name := range f.GetSheetList() {
		hf, err := f.GetHeaderFooter(name)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "\n== %s\nheader %s\nfooter %s\n", name, hf.OddHeader, hf.OddFooter)
		rows, err := f.GetRows(name)
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			for j, v := range row {
				cell := cellName(j+1, i+1)
				formula, err := f.GetCellFormula(name, cell)
				if err != nil {
					t.Fatal(err)
				}
				if v == "" && formula == "" {
					continue
				}
				kind, err := f.GetCellType(name, cell)
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(&b, "%s ", cell)
				if kind == excelize.CellTypeInlineString {
					fmt.Fprintf(&b, "%q", shorten(v, 80))
				} else {
					fmt.Fprintf(&b, "%s", v)
					if format := formatOf(t, f, name, cell); format != "" {
						fmt.Fprintf(&b, " {%s}", format)
					}
				}
				if formula != "" {
					fmt.Fprintf(&b, " =%s", formula)
				}
				b.WriteString("\n")
			}
		}
	}
	return b.String()
}

func formatOf(t *testing.T, f *excelize.File, sheet, cell string) string {
	t.Helper()
	id, err := f.GetCellStyle(sheet, cell)
	if err != nil {
		t.Fatal(err)
	}
	style, err := f.GetStyle(id)
	if err != nil {
		t.Fatal(err)
	}
	if style.CustomNumFmt == nil {
		return ""
	}
	return *style.CustomNumFmt
}

func TestGolden(t *testing.T) {
	f := story(t)
	dir := t.TempDir()
	for _, file := range f.write(Options{Dir: dir}).Files {
		if file.Kind == KindReconciliation {
			continue // TestReconciliationGolden has a story of its own
		}
		name := strings.TrimSuffix(filepath.Base(file.Path), ".xlsx")
		t.Run(name, func(t *testing.T) {
			golden(t, filepath.Join(dir, file.Path), name)
		})
	}
}

// golden compares a workbook with its text under testdata/workbooks.
func golden(t *testing.T, path, name string) {
	t.Helper()
	got := render(t, path)
	golden := filepath.Join("..", "testdata", "workbooks", name+".txt")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("differs from %s (-want +got); -update rewrites it:\n%s", golden, diff)
	}
}

// TestFormulas recomputes every formula of every workbook and compares it with the value that stands beside it.
func TestFormulas(t *testing.T) {
	f := story(t)
	dir := t.TempDir()
	for _, file := range f.write(Options{Dir: dir, maxRows: 40}).Files {
		checkFormulas(t, filepath.Join(dir, file.Path))
	}
}

func checkFormulas(t *testing.T, path string) {
	t.Helper()
	book := open(t, path)
	n := 0
	for _, sheet := range book.GetSheetList() {
		rows, err := book.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			for j, cached := range row {
				cell := cellName(j+1, i+1)
				formula, err := book.GetCellFormula(sheet, cell)
				if err != nil {
					t.Fatal(err)
				}
				if formula == "" {
					continue
				}
				n++
				live, err := book.CalcCellValue(sheet, cell, excelize.Options{RawCellValue: true})
				if err != nil {
					t.Fatalf("%s %s!%s =%s: %v", path, sheet, cell, formula, err)
				}
				if !number(t, live).Round(8).Equal(number(t, cached)) {
					t.Errorf("%s %s!%s =%s gives %s, the cell says %s", path, sheet, cell, formula, live, cached)
				}
			}
		}
	}
	if n == 0 {
		t.Errorf("%s has no formula", path)
	}
}

// TestSeveralRates: a statement under two tax rates and both bases names each rate and what it is on.
func TestSeveralRates(t *testing.T) {
	f := story(t)
	f.exec(`update settlement.statement_lines set tax_rate = 0.13, amounts_include_tax = true where cycle = '2026-10' and party_id = 'P-03' and line_no <= 4`)
	dir := t.TempDir()
	f.write(Options{Dir: dir, Parties: []string{"P-03"}})
	path := filepath.Join(dir, fixtureCycle, "draft/statements/NORTHSTAR-2026-10-R0.xlsx")
	checkFormulas(t, path)
	book := open(t, path)
	for rate, name := range map[string]string{"0.13": "Tax 13%", "0.06": "Tax 6%"} {
		want := number(t, f.one(`select cast(sum(tax_amount) as varchar) from settlement.statement_lines where cycle = '2026-10' and party_id = 'P-03' and tax_rate = cast(? as decimal(18, 10))`, rate))
		if got := find(t, book, "Summary", name, 4); !got.Equal(want) {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	if text := render(t, path); !strings.Contains(text, "contract prices partly include tax") {
		t.Error("Summary does not say that the bases are mixed")
	}
}

func number(t *testing.T, text string) decimal.Decimal {
	t.Helper()
	if text == "" {
		return decimal.Zero
	}
	d, err := decimal.NewFromString(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// find returns the value in the given column of the first row whose first cell begins with name.
func find(t *testing.T, f *excelize.File, sheet, name string, column int) decimal.Decimal {
	t.Helper()
	rows, err := f.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if len(row) >= column && strings.HasPrefix(row[0], name) {
			return number(t, row[column-1])
		}
	}
	t.Fatalf("sheet %s has no row %s", sheet, name)
	return decimal.Zero
}

func TestTotalsEqualDatabase(t *testing.T) {
	f := story(t)
	dir := t.TempDir()
	names := map[string][4]string{
		"P-01": {"结算汇总 Summary", "官网价合计", "结算金额", "价税合计"}, "P-02": {"结算汇总", "官网价合计", "结算金额", "价税合计"},
		"P-03": {"Summary", "List amount", "Settlement excl", "Total incl"},
	}
	for _, file := range f.write(Options{Dir: dir}).Files {
		if file.Kind != KindStatement {
			continue
		}
		book := open(t, filepath.Join(dir, file.Path))
		n := names[file.PartyID]
		for i, column := range []string{"official_amount", "amount_excl_tax", "amount_incl_tax"} {
			want := number(t, f.one(`select cast(`+column+` as varchar) from settlement.statements where cycle = ? and party_id = ?`, fixtureCycle, file.PartyID))
			if got := find(t, book, n[0], n[i+1], 4); !got.Equal(want) {
				t.Errorf("%s: %s is %s on Summary, %s in the database", file.PartyID, column, got, want)
			}
		}
		sheets := book.GetSheetList()
		detail := sheets[len(sheets)-6]
		rows, err := book.GetRows(detail)
		if err != nil {
			t.Fatal(err)
		}
		want := f.one(`select count(*)::varchar from settlement.lines where cycle = ? and party_id = ?`, fixtureCycle, file.PartyID)
		if got := fmt.Sprint(len(rows) - 2); got != want {
			t.Errorf("%s: %s holds %s lines, the database %s", file.PartyID, detail, got, want)
		}
	}
}

// parts reads every part of a workbook as text.
func parts(t *testing.T, path string) map[string]string {
	t.Helper()
	r, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	all := map[string]string{}
	for _, f := range r.File {
		p, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(p)
		if err != nil {
			t.Fatal(err)
		}
		all[f.Name] = string(text)
	}
	return all
}

func TestNothingLeaks(t *testing.T) {
	f := story(t)
	// What the vendor charges, in figures that nothing else can produce; and another party's names in each field that is printed.
	f.exec(`update settlement.lines set payable_amount = 77123.45678901, discount_amount = 66123.45678901, truncated_amount = 0.00123457`)
	f.exec(`update settlement.lines set note = 'internal: payable 77123' where kind = 'record'`)
	f.exec(`update settlement.statement_lines set note = 'internal: payable 77123', payable_amount = 77123.45678901 where kind = 'record'`)
	f.exec(`update settlement.statements set payable_amount = 77123.45678901, discount_amount = 66123.45678901, truncated_amount = 0.00123457`)
	dir := t.TempDir()
	files := f.write(Options{Dir: dir}).Files

	own := map[string][]string{
		"P-01": {"a1f0c0de", "yuntu_cloud", "云图", "YUNTU", "HT-2026-001", "RP1", "cdn-domain-img.yuntu.example", "91330106MA2ABCDE7K"},
		"P-02": {"b2f0c0de", "hx_", "华兴", "HXJT", "HT-2026-002", "HT-2026-003", "RP2", "bw-7f1c"},
		"P-03": {"c3f0c0de", "ns_tenant", "Acme Robotics", "Beacon", "NORTHSTAR", "Northstar", "HT-2026-004", "RP3", "91440300MA5FGHJK2L"},
	}
	resource := map[string]string{}
	for id := range own {
		resource[id] = f.one(`select min(resource_id) from settlement.lines where party_id = ? and resource_id like 'res-%'`, id)
		own[id] = append(own[id], resource[id])
	}
	words := []string{"payable", "应付", "margin", "毛利", "抹零", "truncat", "成本", "77123", "66123", "0.00123457", "vendor"}
	for _, file := range files {
		if file.Kind != KindStatement {
			continue
		}
		all := parts(t, filepath.Join(dir, file.Path))
		whole := strings.Builder{}
		for name, text := range all {
			whole.WriteString(text)
			lower := strings.ToLower(strings.ReplaceAll(text, "pageMargins", ""))
			for _, w := range words {
				if strings.Contains(lower, w) {
					t.Errorf("%s: part %s contains %q", file.Path, name, w)
				}
			}
			for id, marks := range own {
				if id == file.PartyID {
					continue
				}
				for _, m := range append(marks, id) {
					if strings.Contains(text, m) {
						t.Errorf("%s: part %s contains %q, which is %s's", file.Path, name, m, id)
					}
				}
			}
		}
		if !strings.Contains(whole.String(), resource[file.PartyID]) {
			t.Errorf("%s lacks its own resource %s: the search above proves nothing", file.Path, resource[file.PartyID])
		}
	}
}

// TestSameBytes: the same snapshot gives the same files, whoever reads it in whatever pieces.
func TestSameBytes(t *testing.T) {
	sums := func(f *fixture, o Options) map[string]string {
		o.Dir = t.TempDir()
		got := map[string]string{}
		for _, f := range f.write(o).Files {
			got[f.Path] = f.SHA256
		}
		text, err := os.ReadFile(filepath.Join(o.Dir, fixtureCycle, "manifest.json"))
		if err != nil {
			t.Fatal(err)
		}
		got["manifest"] = string(text)
		return got
	}
	f := story(t)
	want := sums(f, Options{Workers: 1})
	for name, o := range map[string]Options{
		"two workers": {Workers: 2}, "slices of 7": {Workers: 2, sliceRows: 7}, "one party a bundle": {sliceRows: 65},
	} {
		if diff := cmp.Diff(want, sums(f, o)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if diff := cmp.Diff(want, sums(story(t), Options{})); diff != "" {
		t.Errorf("from a snapshot built again: %s", diff)
	}
}

func TestHostileTextStaysText(t *testing.T) {
	f := story(t)
	dir := t.TempDir()
	f.write(Options{Dir: dir, Parties: []string{"P-01"}})
	path := filepath.Join(dir, fixtureCycle, "draft/statements/YUNTU-2026-10-R0.xlsx")
	book := open(t, path)
	rows, err := book.GetRows("消费明细 Detail")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for i, row := range rows[1:] {
		for j, v := range row {
			cell := cellName(j+1, i+2)
			if strings.HasPrefix(v, "=") || strings.HasPrefix(v, "-2+3@") {
				seen[v] = true
				if kind, _ := book.GetCellType("消费明细 Detail", cell); kind != excelize.CellTypeInlineString {
					t.Errorf("%s %q is not a string", cell, v)
				}
				if formula, _ := book.GetCellFormula("消费明细 Detail", cell); formula != "" {
					t.Errorf("%s is a formula %q", cell, formula)
				}
			}
			if strings.ContainsAny(v, "\x07\u202e") {
				t.Errorf("%s keeps control characters: %q", cell, v)
			}
			if strings.HasSuffix(v, cutMark) {
				seen["cut"] = true
			}
		}
	}
	if len(seen) != 3 {
		t.Errorf("hostile texts seen: %v, want a formula, a minus and a cut one", seen)
	}
	for name, text := range parts(t, path) {
		if regexp.MustCompile(`<f>[^<]*(HYPERLINK|SUM\(A1\))`).MatchString(text) {
			t.Errorf("part %s holds a foreign formula", name)
		}
	}
}

func TestDetailContinues(t *testing.T) {
	f := story(t)
	dir := t.TempDir()
	f.write(Options{Dir: dir, maxRows: 30, sliceRows: 11})
	book := open(t, filepath.Join(dir, fixtureCycle, "draft/statements/YUNTU-2026-10-R0.xlsx"))
	want := []string{"结算汇总 Summary", "分产品 By service", "消费明细 Detail", "消费明细_2 Detail", "消费明细_3 Detail", "包年包月订单 Orders",
		"退订与调账 Refunds & adjustments", "带宽95 Bandwidth", "资源包 Packages", "说明 Notes"}
	if diff := cmp.Diff(want, book.GetSheetList()); diff != "" {
		t.Fatal(diff)
	}
	var last []string
	next := 1
	for _, sheet := range want[2:5] {
		rows, err := book.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows[1:] {
			if n := row[0]; n == fmt.Sprint(next) {
				next++
			}
		}
		last = rows[len(rows)-1]
	}
	if next != 66 {
		t.Errorf("lines 1 to %d, want 65", next-1)
	}
	if last[0] != "全部合计 Grand total" {
		t.Fatalf("last row is %v", last)
	}
	total := decimal.Zero
	headers, err := book.GetRows(want[2])
	if err != nil {
		t.Fatal(err)
	}
	for i, h := range headers[0] {
		if strings.HasPrefix(h, "结算金额") {
			total = number(t, last[i])
		}
	}
	if db := number(t, f.one(`select cast(sum(charge_amount) as varchar) from settlement.lines where cycle = '2026-10' and party_id = 'P-01'`)); !total.Equal(db) {
		t.Errorf("grand total %s, the database says %s", total, db)
	}
}

// TestWideAmounts: an amount of more digits than a cell keeps is text, and no formula stands where it would be left out of a sum.
func TestWideAmounts(t *testing.T) {
	f := story(t)
	f.exec(`update settlement.lines set official_amount = 1234567890.12345678 where line_id = 'Lorder-1'`)
	dir := t.TempDir()
	_, err := Write(context.Background(), f.db, f.options(Options{Dir: dir}))
	if err != nil {
		t.Fatal(err)
	}
	book := open(t, filepath.Join(dir, fixtureCycle, "draft/statements/YUNTU-2026-10-R0.xlsx"))
	rows, err := book.GetRows("包年包月订单 Orders")
	if err != nil {
		t.Fatal(err)
	}
	if got := rows[2][13]; got != "1234567890.12345678" {
		t.Errorf("list amount is %s", got)
	}
	if got := rows[len(rows)-1][13]; got != "1234573405.62345678" {
		t.Errorf("total is %s", got)
	}
	if formula, _ := book.GetCellFormula("包年包月订单 Orders", cellName(14, len(rows))); formula != "" {
		t.Errorf("a formula %s over text", formula)
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func TestFiles(t *testing.T) {
	f := story(t)
	dir := t.TempDir()
	drafts := filepath.Join(dir, fixtureCycle, "draft", "statements")
	f.write(Options{Dir: dir})
	for _, left := range []string{"GONE-2026-10-R0.xlsx", tempPrefix + "123", "notes.txt"} {
		if err := os.WriteFile(filepath.Join(drafts, left), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := f.write(Options{Dir: dir, CustomerIDs: []string{"b2f0c0de000000000000000000000002"}})
	if len(r.Files) != 4 || r.Files[0].PartyID != "P-02" || r.Files[1].Kind != KindInvoices || r.Files[2].Kind != KindPartner || r.Files[3].Kind != KindReconciliation {
		t.Errorf("files for one customer: %+v", r.Files)
	}
	want := []string{"HXJT-2026-10-R0.xlsx", "NORTHSTAR-2026-10-R0.xlsx", "YUNTU-2026-10-R0.xlsx", "notes.txt"}
	if diff := cmp.Diff(want, names(t, drafts)); diff != "" {
		t.Error(diff)
	}
	for path, mode := range map[string]os.FileMode{drafts: 0o700, filepath.Join(drafts, want[0]): 0o600, filepath.Join(dir, fixtureCycle, "manifest.json"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: mode %v, %v, want %v", path, info.Mode(), err, mode)
		}
	}
	var doc manifest
	text, err := os.ReadFile(filepath.Join(dir, fixtureCycle, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Files) != 6 || doc.Check36.Status != "pass" || doc.RunID != "run-20261105T060000Z" || doc.MadeAt != "2026-11-05T06:00:00Z" || doc.Version != "v0-test" {
		t.Errorf("manifest: %+v", doc)
	}
	for _, m := range doc.Files {
		sum, size, err := hashFile(filepath.Join(dir, fixtureCycle, m.Path))
		if err != nil || sum != m.SHA256 || size != m.Bytes || m.Totals == 0 && !strings.HasPrefix(m.Path, "reconciliation-") {
			t.Errorf("manifest entry %+v, the file has %s, %d, %v", m, sum, size, err)
		}
	}
}

func TestProgress(t *testing.T) {
	var calls []string
	story(t).write(Options{Progress: func(done, total int) { calls = append(calls, fmt.Sprintf("%d/%d", done, total)) }})
	if got := strings.Join(calls, " "); got != "1/7 2/7 3/7 4/7 5/7 6/7 7/7" {
		t.Errorf("progress: %s", got)
	}
}

func TestRefused(t *testing.T) {
	for name, c := range map[string]struct {
		spoil, cycle, want string
	}{
		"no draft":        {`delete from ops.drafts`, "", "knows no draft run of this cycle; settle run --cycle makes one"},
		"cycle":           {``, "2026-13", `cycle "2026-13" is not YYYY-MM`},
		"short code":      {`update settlement.parties set short_code = '../x' where party_id = 'P-02'`, "", `short code "../x" is not letters`},
		"printed lines":   {`update settlement.statement_lines set tax_amount = tax_amount + 0.01 where party_id = 'P-03' and line_no = 1`, "", "the printed lines' taxes are"},
		"lines of detail": {`delete from settlement.lines where line_id = 'Lorder-2'; insert into settlement.lines by name select *, 'Lorder-1' as line_id from (select * exclude (line_id) from settlement.lines where line_id = 'Lorder-1'); insert into source.consumption_records select * from source.consumption_records where record_key = 'order-1'`, "", "settlement.cost shows"},
		"line count":      {`update settlement.statements set line_count = 3 where party_id = 'P-01'`, "", "announces 3 printed lines"},
	} {
		t.Run(name, func(t *testing.T) {
			f := story(t)
			for _, q := range strings.Split(c.spoil, ";") {
				if strings.TrimSpace(q) != "" {
					f.exec(q)
				}
			}
			dir := t.TempDir()
			_, err := Write(context.Background(), f.db, f.options(Options{Dir: dir, Cycle: c.cycle}))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
			if _, err := os.Stat(filepath.Join(dir, fixtureCycle, "manifest.json")); err == nil {
				t.Error("a manifest was written")
			}
		})
	}
}

func TestCancelled(t *testing.T) {
	f := story(t)
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	o := f.options(Options{Dir: dir, Workers: 1, sliceRows: 65})
	o.Progress = func(done, total int) { cancel() }
	if _, err := Write(ctx, f.db, o); err == nil {
		t.Fatal("no error after cancelling")
	}
	if got := names(t, filepath.Join(dir, fixtureCycle, "draft", "statements")); len(got) != 1 || strings.HasPrefix(got[0], tempPrefix) {
		t.Errorf("left behind: %v", got)
	}
	f.write(Options{Dir: dir})
}
