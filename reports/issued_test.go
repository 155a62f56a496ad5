package reports

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// issuedStory is the story after two issues: batch 1 issued all three parties, P-01 was reopened, its lines changed, and batch 2 issued
// its revision 1, with every kind of line. P-02 is reopened and has a draft of revision 1; P-03 stays issued.
func issuedStory(t testing.TB) *fixture {
	t.Helper()
	f := story(t)
	f.runFile("issued.sql")
	f.resettle()
	return f
}

// resettle makes the printed lines and statements again, of all revisions.
func (f *fixture) resettle() {
	f.t.Helper()
	f.exec(`delete from settlement.statement_lines`)
	f.exec(`delete from settlement.statements`)
	f.exec(`drop table settlement.margins`)
	for _, file := range []struct {
		name string
		of   []string
	}{
		{"settle.sql", []string{"insert into settlement.statement_lines", "insert into settlement.statements"}},
		{"partner.sql", []string{"create table if not exists settlement.margins", "insert into settlement.margins"}},
	} {
		text, err := os.ReadFile(filepath.Join("..", "testdata", "workbooks", file.name))
		if err != nil {
			f.t.Fatal(err)
		}
		for _, statement := range strings.Split(string(text), ";\n") {
			if slices.ContainsFunc(file.of, func(begin string) bool { return strings.HasPrefix(statement, begin) }) {
				f.exec(statement)
			}
		}
	}
}

func (f *fixture) writeIssued(o Options, batch int) Result {
	f.t.Helper()
	r, err := WriteIssued(context.Background(), f.db, f.options(o), batch)
	if err != nil {
		f.t.Fatal(err)
	}
	return r
}

func TestIssuedGolden(t *testing.T) {
	f := issuedStory(t)
	dir := t.TempDir()
	for _, r := range []Result{f.writeIssued(Options{Dir: dir}, 2), f.write(Options{Dir: dir})} {
		for _, file := range r.Files {
			if file.Kind != KindStatement {
				continue
			}
			name := strings.TrimSuffix(filepath.Base(file.Path), ".xlsx")
			t.Run(name, func(t *testing.T) { golden(t, filepath.Join(dir, file.Path), name) })
		}
	}
	checkFormulas(t, filepath.Join(dir, fixtureCycle, "issued/statements/YUNTU-2026-10-R1.xlsx"))
}

// TestIssuedFiles: what is issued goes to its own folder, its draft goes away, and nothing is ever overwritten with other bytes.
func TestIssuedFiles(t *testing.T) {
	f := issuedStory(t)
	dir := t.TempDir()
	issued := filepath.Join(dir, fixtureCycle, "issued", "statements")
	drafts := filepath.Join(dir, fixtureCycle, "draft", "statements")
	f.exec(`create table kept as select * from ops.revisions`)
	f.exec(`delete from ops.revisions`)
	f.write(Options{Dir: dir}) // drafts of everybody, as before the issue
	if got := names(t, drafts); len(got) != 3 {
		t.Fatalf("drafts: %v", got)
	}
	f.exec(`insert into ops.revisions select * from kept`)

	first := f.writeIssued(Options{Dir: dir}, 1)
	if diff := cmp.Diff([]string{"HXJT-2026-10-R0.xlsx", "NORTHSTAR-2026-10-R0.xlsx", "YUNTU-2026-10-R0.xlsx"}, names(t, issued)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{}, names(t, drafts), cmp.Transformer("some", func(s []string) int { return len(s) })); diff != "" {
		t.Errorf("drafts of issued parties: %v", names(t, drafts))
	}
	f.writeIssued(Options{Dir: dir}, 2)
	f.write(Options{Dir: dir})
	if diff := cmp.Diff([]string{"HXJT-2026-10-R1.xlsx"}, names(t, drafts)); diff != "" {
		t.Errorf("only the reopened party has a draft: %s", diff)
	}

	again := f.writeIssued(Options{Dir: dir}, 1)
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("the same batch again: %s", diff)
	}
	target := filepath.Join(issued, "YUNTU-2026-10-R0.xlsx")
	if err := os.WriteFile(target, []byte("edited"), 0o600); err != nil {
		t.Fatal(err)
	}
	refuse := func(want string) {
		t.Helper()
		_, err := WriteIssued(context.Background(), f.db, f.options(Options{Dir: dir}), 1)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
		if text, err := os.ReadFile(target); err == nil && string(text) != "edited" {
			t.Error("the issued file was overwritten")
		}
		for _, name := range names(t, issued) {
			if strings.HasPrefix(name, tempPrefix) {
				t.Errorf("left behind: %s", name)
			}
		}
	}
	refuse("an issued file is never overwritten")

	// Where the journal knows the hash, a changed file is named, and one that is missing must come out the same.
	f.exec(`update ops.documents set sha256 = ? where document_no = 'ST-YUNTU-202610-CNY-R0'`, first.Files[0].SHA256)
	refuse("was changed after it was issued")
	if err := os.Remove(target); err != nil {
		t.Fatal(err)
	}
	f.writeIssued(Options{Dir: dir}, 1)
	if sum, _, err := hashFile(target); err != nil || sum != first.Files[0].SHA256 {
		t.Errorf("written again as %s, %v, want %s", sum, err, first.Files[0].SHA256)
	}
	if err := os.Remove(target); err != nil {
		t.Fatal(err)
	}
	f.exec(`update ops.documents set sha256 = 'other' where document_no = 'ST-YUNTU-202610-CNY-R0'`)
	refuse("is not the file that was issued")
}

func TestIssuedRefused(t *testing.T) {
	f := issuedStory(t)
	for batch, want := range map[int]string{0: "counted from 1", 3: "knows no issued batch 3"} {
		if _, err := WriteIssued(context.Background(), f.db, f.options(Options{}), batch); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("batch %d: error %v, want one with %q", batch, err, want)
		}
	}
}

// TestCreditNote: the note takes the revision before back to the cent, and its difference is that of the two statements.
func TestCreditNote(t *testing.T) {
	f := issuedStory(t)
	dir := t.TempDir()
	f.writeIssued(Options{Dir: dir}, 2)
	path := filepath.Join(dir, fixtureCycle, "issued/statements/YUNTU-2026-10-R1.xlsx")
	book := open(t, path)
	total := func(revision int) string {
		return f.one(`select cast(amount_incl_tax as varchar) from settlement.statements where cycle = '2026-10' and party_id = 'P-01' and revision = ?`, revision)
	}
	before, after := number(t, total(0)), number(t, total(1))
	if before.Equal(after) {
		t.Fatal("the revisions do not differ: this test proves nothing")
	}
	sheet := "贷项通知 Credit note"
	if got := find(t, book, sheet, "贷项合计 Credit", 5); !got.Equal(before.Neg()) {
		t.Errorf("credited %s, want %s", got, before.Neg())
	}
	if got := find(t, book, sheet, "差额", 5); !got.Equal(after.Sub(before)) {
		t.Errorf("difference %s, want %s", got, after.Sub(before))
	}
	text := render(t, path)
	for _, want := range []string{"CN-YUNTU-202610-CNY-R1", "ST-YUNTU-202610-CNY-R0", "ST-YUNTU-202610-CNY-R1", "云平台更正了十月数据"} {
		if !strings.Contains(text, want) {
			t.Errorf("the workbook does not say %s", want)
		}
	}
}

func TestHalves(t *testing.T) {
	for text, want := range map[string]label{
		"最低消费 100.00，本月 80.00 元。Minimum 100.00, reached 80.00": {"最低消费 100.00，本月 80.00 元。", "Minimum 100.00, reached 80.00"},
		"only English": {"only English", "only English"},
		"只有中文":         {"只有中文", "只有中文"},
	} {
		if got := halves(text); got != want {
			t.Errorf("halves(%q) = %q", text, got)
		}
	}
}

func TestContractsText(t *testing.T) {
	whole := func(no string) contract { return contract{no: no, from: "2026-10-01", to: "2026-10-31", whole: true} }
	part := func(no, from, to string) contract {
		return contract{no: no, from: "2026-10-" + from, to: "2026-10-" + to}
	}
	for want, all := range map[string][]contract{
		"":                                       nil,
		"HT-1":                                   {whole("HT-1"), whole("HT-1")},
		"HT-1 (10-01~10-14, 10-15~10-31)":        {part("HT-1", "01", "14"), part("HT-1", "15", "31")},
		"HT-1 (10-01~10-14), HT-2 (10-15~10-31)": {part("HT-1", "01", "14"), part("HT-2", "15", "31")},
		"HT-1, HT-2, HT-3 and others, 4 in all; see Notes": {whole("HT-1"), whole("HT-2"), whole("HT-3"), whole("HT-4")},
	} {
		if got := contractsText(all, english); got != want {
			t.Errorf("contracts %q, want %q", got, want)
		}
	}
}

// TestFollowedRecordsStandTogether: records that follow a changed one along a rule's steps are one row with their exact sum, under the
// names that every other row has; the changed record keeps a row of its own. A party read in slices prints the same.
func TestFollowedRecordsStandTogether(t *testing.T) {
	for name, o := range map[string]Options{"at once": {}, "in slices": {sliceRows: 7, maxRows: 50}} {
		t.Run(name, func(t *testing.T) {
			f := issuedStory(t)
			f.exec(`insert into settlement.lines by name
				select cycle, party_id, revision, 'prior/2026-09/follow-' || i as line_id, kind, contract_no, customer_id, reseller_id, pricing_hash, tax_code,
					'hws.service.type.ec2' as service_type_code, 'cn-north-4' as region_code, '5' as bill_detail_type, 'RP1' as rule_id,
					date '2026-09-01' + cast(i as integer) as consume_date, 'res-' || i as resource_id,
					0 as official_amount, 0 as discount_amount, 0 as truncated_amount, 0 as payable_amount, -0.06900001 as charge_amount, tax_rate,
					amounts_include_tax, note, origin_cycle, 'follow-' || i as origin_line_id
				from settlement.lines, range(23) as r (i)
				where cycle = '2026-10' and revision = 1 and line_id = 'prior/2026-09/rec-2'`)
			f.exec(`update settlement.lines set service_type_code = 'hws.service.type.ec2', region_code = 'cn-north-4', rule_id = 'RP1' where revision = 1 and line_id = 'prior/2026-09/rec-2'`)
			f.resettle()
			o.Dir = t.TempDir()
			f.writeIssued(o, 2)
			path := filepath.Join(o.Dir, fixtureCycle, "issued/statements/YUNTU-2026-10-R1.xlsx")
			checkFormulas(t, path)
			book := open(t, path)
			rows, err := book.GetRows("退订与调账 Refunds & adjustments")
			if err != nil {
				t.Fatal(err)
			}
			var together, changed int
			for _, row := range rows {
				text := strings.Join(row, " | ")
				switch {
				case strings.Contains(text, "其他 23 笔"):
					together++
					if !strings.Contains(text, " -1.58700023 ") { // 23 × -0.06900001
						t.Errorf("the sum is not exact: %s", text)
					}
				case strings.Contains(text, "-0.069"):
					t.Errorf("a row of its own: %s", text)
				case strings.Contains(text, "rec-2"):
					changed++
				default:
					continue
				}
				for _, want := range []string{"2026-09", "弹性云服务器", "华北-北京四", "RP1"} {
					if !strings.Contains(text, want) {
						t.Errorf("the row does not say %s: %s", want, text)
					}
				}
			}
			if together != 1 || changed != 1 {
				t.Errorf("%d rows of followed records and %d of the changed one, want one each", together, changed)
			}
			if text := render(t, path); strings.Count(text, `"prior/2026-09/follow-`) != 23 {
				t.Error("Detail does not hold each record")
			}
		})
	}
}
