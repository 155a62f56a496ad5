package reports

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// twins lists the internal twins below a folder of reports.
func twins(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(dir, fixtureCycle, internalFolder))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestInternalTwin(t *testing.T) {
	f := reconStory(t)
	dir := t.TempDir()
	r := f.write(Options{Dir: dir})
	path := filepath.Join(dir, fixtureCycle, internalFolder, "INTERNAL-HXJT-2026-10-R0.xlsx")
	checkFormulas(t, path)
	golden(t, path, "internal-HXJT-2026-10-R0")
	book := open(t, path)
	for _, c := range []struct{ sheet, header, query string }{
		{"分产品 By service", "应付（华为云）", `select cast(sum(payable_amount) as varchar) from settlement.lines where cycle = '2026-10' and party_id = 'P-02' and revision = 0`},
		{"分产品 By service", "结算（不含税）", `select cast(amount_excl_tax as varchar) from settlement.statements where cycle = '2026-10' and party_id = 'P-02'`},
		{"消费明细 Detail", "应付（华为云）", `select cast(sum(payable_amount) as varchar) from settlement.lines where cycle = '2026-10' and party_id = 'P-02' and revision = 0`},
		{"消费明细 Detail", "结算金额", `select cast(sum(charge_amount) as varchar) from settlement.lines where cycle = '2026-10' and party_id = 'P-02' and revision = 0`},
	} {
		if got, want := totalOf(t, book, c.sheet, c.header), number(t, f.one(c.query)); !got.Equal(want) {
			t.Errorf("%s: %s is %s, want %s", c.sheet, c.header, got, want)
		}
	}
	_, found := rowOf(t, book, "差异与处理 Findings", "异常编号", "06b2f0c0de-02")
	if found["状态"] != "已接受 Accepted" || !strings.Contains(found["接受原因"], "厂商确认系尾差") || found["操作人"] != "li" {
		t.Errorf("the accepted finding stands as %q", found)
	}
	rows, err := book.GetRows("差异与处理 Findings")
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 3 { // header, accepted, explained
		t.Errorf("%d findings of the party, want its own two", len(rows)-1)
	}
	kinds := 0
	for _, file := range r.Files {
		if file.Kind == KindInternal {
			kinds++
		}
	}
	if kinds != 2 {
		t.Errorf("the result names %d twins, want 2", kinds)
	}
}

// TestWhichTwins: a twin is where there is work or a resolution, for all where it is asked for, and goes where its reason has gone; what was
// issued keeps its own.
func TestWhichTwins(t *testing.T) {
	f := reconStory(t)
	dir := t.TempDir()
	f.write(Options{Dir: dir})
	if got, want := twins(t, dir), []string{"INTERNAL-HXJT-2026-10-R0.xlsx", "INTERNAL-YUNTU-2026-10-R0.xlsx"}; !slices.Equal(got, want) {
		t.Errorf("twins %q, want %q", got, want)
	}
	f.write(Options{Dir: dir, Internal: true})
	if got := twins(t, dir); len(got) != 3 {
		t.Errorf("with all asked for: %q", got)
	}
	f.write(Options{Dir: dir, CustomerIDs: []string{"a1f0c0de000000000000000000000001"}})
	if got := twins(t, dir); len(got) != 2 {
		t.Errorf("restricted to one customer, twins that are still wanted went: %q", got)
	}
	f.exec(`update ops.period_states set state = 'issued' where party_id = 'P-01'`)
	f.exec(`update settlement.statements set statement_no = 'ST-1' where cycle = '2026-10' and party_id = 'P-01'`)
	f.exec(`delete from recon.finding_list where party_id in ('P-01', 'P-02')`)
	f.write(Options{Dir: dir})
	if got, want := twins(t, dir), []string{"INTERNAL-YUNTU-2026-10-R0.xlsx"}; !slices.Equal(got, want) {
		t.Errorf("after the findings went: %q, want %q", got, want)
	}
}

// TestTwinOfManyLines: a twin that runs over several sheets and readings holds the same.
func TestTwinOfManyLines(t *testing.T) {
	f := reconStory(t)
	dir := t.TempDir()
	f.write(Options{Dir: dir, Internal: true, maxRows: 30, sliceRows: 20})
	book := open(t, filepath.Join(dir, fixtureCycle, internalFolder, "INTERNAL-YUNTU-2026-10-R0.xlsx"))
	sheets := slices.DeleteFunc(book.GetSheetList(), func(name string) bool { return !strings.HasPrefix(name, "消费明细") })
	rows := 0
	for _, s := range sheets {
		all, err := book.GetRows(s)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range all[1:] {
			if len(r) > 18 && r[18] != "" {
				rows++
			}
		}
	}
	want := f.one(`select cast(count(*) as varchar) from settlement.lines where cycle = '2026-10' and party_id = 'P-01' and revision = 0`)
	if len(sheets) < 3 || !number(t, want).Equal(number(t, strconv.Itoa(rows))) {
		t.Errorf("%d lines over %d sheets, want %s", rows, len(sheets), want)
	}
}

// TestNoCostOutside: what only the twin may say is in no customer's edition.
func TestNoCostOutside(t *testing.T) {
	f := reconStory(t)
	dir := t.TempDir()
	for _, file := range f.write(Options{Dir: dir}).Files {
		text := render(t, filepath.Join(dir, file.Path))
		inside := strings.Contains(text, "应付（华为云）") || strings.Contains(text, "毛利") || strings.Contains(text, "差异与处理")
		if file.Kind == KindStatement && inside {
			t.Errorf("%s speaks of cost or findings", file.Path)
		}
		if file.Kind == KindInternal && !inside {
			t.Errorf("%s does not speak of cost", file.Path)
		}
	}
}
