package pricing

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// reworked changes parts of a workbook as no spreadsheet program would.
func reworked(t testing.TB, data []byte, change func(name, content string) string) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		p, err := w.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(p, change(f.Name, string(content))); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// rulesPart is where excelize puts the sheet Rules of our test file: the fourth, after its own first one.
const rulesPart = "xl/worksheets/sheet4.xml"

// rulesXML replaces a text in the sheet Rules, which must be there.
func rulesXML(t testing.TB, old, new string) []byte {
	t.Helper()
	found := false
	data := reworked(t, file(t), func(name, content string) string {
		if name == rulesPart && strings.Contains(content, old) {
			found = true
			return strings.Replace(content, old, new, 1)
		}
		return content
	})
	if !found {
		t.Fatalf("%s does not hold %s", rulesPart, old)
	}
	return data
}

func TestHostileFiles(t *testing.T) {
	good := file(t)
	bomb := reworked(t, good, func(name, content string) string {
		if name == rulesPart {
			return content + strings.Repeat(" ", 1<<20)
		}
		return content
	})
	manyCells := reworked(t, good, func(name, content string) string {
		if name == rulesPart {
			return "<worksheet><sheetData><row>" + strings.Repeat("<c/>", 1001) + "</row></sheetData></worksheet>"
		}
		return content
	})
	twice := func() []byte {
		var out bytes.Buffer
		w := zip.NewWriter(&out)
		for range 2 {
			if _, err := w.Create("xl/workbook.xml"); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}()
	without := func(part string) []byte {
		return reworked(t, good, func(name, content string) string { return strings.ReplaceAll(content, part, "nowhere.xml") })
	}
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "this is not an .xlsx workbook; open it in a spreadsheet program and save it again as .xlsx"},
		{"csv", []byte("rule_id,price_plan\n"), "this is not an .xlsx workbook"},
		{"old or with a password", []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), "save it as .xlsx without a password"},
		{"a zip of something else", reworked(t, good, func(name, content string) string {
			return strings.ReplaceAll(content, "xl/workbook.xml", "word/document.xml")
		}), "this is not an .xlsx workbook"},
		{"cut", good[:len(good)/2], "this is not an .xlsx workbook"},
		{"zip bomb", bomb, "this is too large for a pricing workbook; keep it below 1 MB and 1000 cells: delete sheets and formats that pricing does not need"},
		{"too many cells", manyCells, "this is too large for a pricing workbook"},
		{"large file", make([]byte, 1<<20+1), "this is too large for a pricing workbook"},
		{"part twice", twice, "this workbook is damaged: it has the part xl/workbook.xml twice"},
		{"part missing", without("worksheets/sheet4.xml"), "this workbook is damaged: it lacks the part xl/nowhere.xml"},
		{"sheet ends early", rulesXML(t, "</row></sheetData>", ""), "this workbook is damaged: part xl/worksheets/sheet4.xml"},
		{"cell ends early", reworked(t, good, func(name, content string) string {
			if name == rulesPart {
				return content[:strings.LastIndex(content, "</c>")]
			}
			return content
		}), "this workbook is damaged: part xl/worksheets/sheet4.xml"},
		{"rows out of order", rulesXML(t, `<row r="4"`, `<row r="2"`), "this workbook is damaged: sheet Rules has row 2 after row 3"},
		{"cell of another row", rulesXML(t, `r="A3"`, `r="A4"`), "this workbook is damaged: sheet Rules has cell A4 in the wrong place of row 3"},
		{"cells out of order", rulesXML(t, `r="A3"`, `r="XFD3"`), "in the wrong place of row 3"},
		{"string that is not there", rulesXML(t, `t="s"><v>`, `t="s"><v>99`), "this workbook is damaged: a cell names string 99"},
		{"cell type", rulesXML(t, `t="s"`, `t="x"`), "this workbook is damaged: a cell of type x"},
		{"entities", rulesXML(t, "<sheetData>", "<!DOCTYPE x [<!ENTITY a \"aaaa\">]><sheetData>&a;"), "this workbook is damaged"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := readWithin(bytes.NewReader(c.data), limits{file: 1 << 20, unzip: 1 << 20, cells: 1000})
			var f *Faults
			if !errors.As(err, &f) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
		})
	}
}

// The forms by which a small file becomes gigabytes in a parser. They are refused long before that, so little of each is enough.
func TestHostileXML(t *testing.T) {
	deep, wide := strings.Repeat("<a>", 1<<12), "<a"+strings.Repeat(" a=''", 1<<18)+">"
	sheet := func(inside string) string { return "<worksheet><sheetData><row><c>" + inside }
	for name, parts := range map[string]map[string]string{
		"deep in a sheet":          {rulesPart: "<worksheet>" + deep},
		"deep in a cell":           {rulesPart: sheet(deep)},
		"deep in a value":          {rulesPart: sheet("<v>" + deep)},
		"deep in rich text":        {rulesPart: sheet("<is>" + deep)},
		"deep in the workbook":     {"xl/workbook.xml": "<workbook>" + deep},
		"deep in the styles":       {"xl/styles.xml": "<styleSheet>" + deep},
		"deep in a shared string":  {"xl/sharedStrings.xml": "<sst><si>" + deep},
		"deep in the relations":    {"xl/_rels/workbook.xml.rels": "<Relationships>" + deep},
		"attributes in a sheet":    {rulesPart: "<worksheet>" + wide},
		"attributes in the styles": {"xl/styles.xml": "<styleSheet>" + wide},
		"many styles":              {"xl/styles.xml": "<styleSheet><cellXfs>" + strings.Repeat("<xf/>", 2<<20)},
	} {
		t.Run(name, func(t *testing.T) {
			data := reworked(t, file(t), func(part, content string) string {
				if parts[part] != "" {
					return parts[part]
				}
				return content
			})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := Read(bytes.NewReader(data))
			runtime.ReadMemStats(&after)
			if err == nil || !strings.Contains(err.Error(), "this is too large for a pricing workbook") {
				t.Errorf("got %v", err)
			}
			if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 70 { // half of which the longest tag takes
				t.Errorf("allocated %d MB", used)
			}
		})
	}
}

// What only the XML can show: error cells, dates of programs that store ISO texts or count from 1904, noise, escapes.
func TestStoredForms(t *testing.T) {
	for _, c := range []struct {
		name     string
		old, new string // in the XML of the sheet Rules
		want     func(*Book) string
		is       string
	}{
		{"formula with a stored value", `<c r="O2"><v>0.05</v>`, `<c r="O2"><f>1/20</f><v>5.0000000000000003E-2</v>`, func(b *Book) string { return b.Rules[0].Value.String() }, "0.05"},
		{"formula with an empty text", `<c r="J2"><v>3</v>`, `<c r="J2" t="str"><f>IF(1,"","x")</f><v></v>`, func(b *Book) string { return b.Rules[0].ChargingMode }, ""},
		{"bool as an id", `<c r="J2"><v>3</v>`, `<c r="J2" t="b"><v>1</v>`, func(b *Book) string { return b.Rules[0].ChargingMode }, "TRUE"},
		{"rich text with a phonetic guide", `<c r="J2"><v>3</v>`, `<c r="J2" t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r><rPh><t>x</t></rPh></is>`, func(b *Book) string { return b.Rules[0].ChargingMode }, "ab"},
		{"escaped character", `<c r="J2"><v>3</v>`, `<c r="J2" t="inlineStr"><is><t>_x0041_x_x004_</t></is>`, func(b *Book) string { return b.Rules[0].ChargingMode }, "Ax_x004_"},
		{"ISO date", `<c r="C2"><v>100</v></c>`, `<c r="C2"><v>100</v></c><c r="D2" t="d"><v>2026-02-01T00:00:00</v></c>`, func(b *Book) string { return b.Rules[0].ValidFrom.String() }, "2026-02-01"},
		{"cells without addresses", `<row r="2"><c r="A2"`, `<row><c`, func(b *Book) string { return b.Rules[0].ID }, "R1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.want(read1(t, rulesXML(t, c.old, c.new))); got != c.is {
				t.Errorf("got %q, want %q", got, c.is)
			}
		})
	}
	t.Run("error cell", func(t *testing.T) {
		faults := faultsOf(t, rulesXML(t, `<c r="O2"><v>0.05</v>`, `<c r="O2" t="e"><f>1/0</f><v>#DIV/0!</v>`))
		if want := "Rules!O2: value is the error #DIV/0!; repair the formula or type the value"; len(faults) != 1 || faults[0] != want {
			t.Errorf("got %q, want %q", faults, want)
		}
	})
	t.Run("text beyond a cell", func(t *testing.T) {
		faults := faultsOf(t, rulesXML(t, `<c r="J2"><v>3</v>`, `<c r="J2" t="inlineStr"><is><t>`+strings.Repeat("長", maxText+1)+`</t></is>`))
		if want := "Rules!J2: charging_mode is longer than 32767 characters; shorten it"; len(faults) != 1 || faults[0] != want {
			t.Errorf("got %q, want %q", faults, want)
		}
	})
	t.Run("dates from 1904", func(t *testing.T) {
		data := reworked(t, file(t), func(name, content string) string {
			if name == "xl/workbook.xml" {
				return strings.Replace(content, "<workbookPr", `<workbookPr date1904="1"`, 1)
			}
			return content
		})
		if got := read1(t, data).Contracts[4].ValidFrom.String(); got != "2030-01-02" {
			t.Errorf("got %s", got)
		}
	})
}

func TestReadFileErrors(t *testing.T) {
	dir := t.TempDir()
	if _, err := ReadFile(filepath.Join(dir, "none.xlsx")); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "settle pricing template") {
		t.Errorf("missing file: %v", err)
	}
	if _, err := ReadFile(dir); err == nil {
		t.Error("a directory was read")
	}
	path := filepath.Join(dir, "x.xlsx")
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	var f *Faults
	if _, err := ReadFile(path); !errors.As(err, &f) {
		t.Errorf("not a workbook: %v", err)
	}
}

// Faults come in the order of sheets, rows and columns, one per cell, and a bounded number of them.
func TestFaultOrder(t *testing.T) {
	faults := faultsOf(t, file(t, edit{"TaxItems!D2", "x"}, edit{"Rules!O3", "x"}, edit{"Rules!C3", "x"}, edit{"Parties!D4", "x"}, edit{"Rules!O2", nil}))
	var cells []string
	for _, f := range faults {
		cell, _, _ := strings.Cut(f, ":")
		cells = append(cells, cell)
	}
	if got, want := strings.Join(cells, " "), "Parties!D4 Rules!O2 Rules!C3 Rules!O3 TaxItems!D2"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	p := &problems{}
	for i := range maxProblems + 7 {
		p.fault(Cell{Sheet: "Rules", Row: i + 2, columns: map[string]int{"value": 1}}, "value", "m", "r")
	}
	f := &Faults{p.faults.inOrder(), p.faults.more}
	if text := f.Error(); len(f.Problems) != maxProblems || !strings.HasSuffix(text, fmt.Sprintf("and %d more faults", 7)) {
		t.Errorf("%d problems, more %d", len(f.Problems), f.More)
	}
}
