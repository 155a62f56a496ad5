package pricing

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// kept is a workbook that somebody works with: own columns, sheets, formulas, notes, formats, rows that are only formatted.
func kept(t testing.TB) []byte {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(written(t, Template([]TemplateCustomer{
		{ID: "c1", Name: "Acme Ltd."}, {ID: "c2", Name: "客户二"}, {ID: "c3", ResellerID: "r1", Reseller: true, ResellerName: "Channel"},
	}))))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	yellow, err := f.NewStyle(&excelize.Style{Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"FFFF00"}}})
	must(err)
	must(f.SetCellStr("Parties", "M1", "内部备注"))
	must(f.SetCellStr("Parties", "M2", "ask Li first"))
	must(f.SetCellStyle("Parties", "C4", "C4", yellow))
	must(f.SetCellStyle("Contracts", "A6", "J7", yellow)) // the second and third row below the contracts
	must(f.AddComment("Contracts", excelize.Comment{Cell: "G2", Author: "Li", Text: "ends next year?"}))
	_, err = f.NewSheet("测算")
	must(err)
	must(f.SetCellFormula("测算", "A1", "COUNTA(Parties!A:A)-1"))
	must(f.SetCellStyle("测算", "A1", "B3", yellow))
	var out bytes.Buffer
	must(f.Write(&out))
	return out.Bytes()
}

func updated(t testing.TB, data []byte, customers ...TemplateCustomer) ([]byte, Added) {
	t.Helper()
	var out bytes.Buffer
	added, err := Update(data, customers, &out)
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), added
}

func partsOf(t testing.TB, data []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		parts[f.Name] = string(content)
	}
	return parts
}

var newCustomers = []TemplateCustomer{
	{ID: "c1", Name: "Acme Ltd."}, // there already
	{ID: "c9", Name: "ACME ltd"},  // a short code in use
	{ID: "c8", Name: "=cmd|' /C calc'!A0 <b>&_x0041_"},
	{ID: "c7", ResellerID: "r1"}, // of a reseller that the workbook bills as one
	{ID: "c1", ResellerID: "r2"}, // an account of its own
}

func TestUpdate(t *testing.T) {
	before := kept(t)
	after, added := updated(t, before, newCustomers...)
	if len(added.Parties) != 3 || len(added.Contracts) != 4 {
		t.Fatalf("added %d parties, %d contracts", len(added.Parties), len(added.Contracts))
	}
	old, now := partsOf(t, before), partsOf(t, after)
	if len(old) != len(now) {
		t.Errorf("%d parts, were %d", len(now), len(old))
	}
	changed := 0
	for name := range old {
		if old[name] == now[name] {
			continue
		}
		changed++
		// What is left without the new rows is what was there, but for the formats in rows that were empty.
		rows := regexp.MustCompile(`<row r="[5-9]".*?</row>`)
		dimension := regexp.MustCompile(`<dimension ref="[^"]*">`)
		x, y := rows.ReplaceAllString(old[name], ""), rows.ReplaceAllString(now[name], "")
		if dimension.ReplaceAllString(x, "") != dimension.ReplaceAllString(y, "") {
			t.Errorf("%s changed outside the new rows", name)
		}
	}
	if changed != 2 {
		t.Errorf("%d parts changed, want the two sheets", changed)
	}
	sameOutside(t, before, after)

	f, err := excelize.OpenReader(bytes.NewReader(after))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for cell, want := range map[string]string{
		"Parties!A5": "P-c1-2", "Parties!A6": "P-c8", "Parties!C6": "=cmd|' /C calc'!A0 <b>&_x0041_", "Parties!B7": "ACME-ltd-2", "Parties!M7": "",
		"Contracts!A5": "C-c1-2", "Contracts!D5": "r2", "Contracts!F6": "2020-01-01", "Contracts!B6": "P-r1", "Contracts!C8": "c9", "Contracts!H8": "no", "Contracts!I8": "cloud",
	} {
		sheet, at, _ := strings.Cut(cell, "!")
		if got, err := f.GetCellValue(sheet, at); err != nil || got != want {
			t.Errorf("%s is %q, want %q, %v", cell, got, want, err)
		}
	}
	for at, like := range map[string]string{"Contracts!F5": "Contracts!F4", "Contracts!F6": "Contracts!J7", "Contracts!A8": "Contracts!A4"} {
		if a, b := styleOf(t, f, at), styleOf(t, f, like); a != b {
			t.Errorf("%s has style %d, %s has %d", at, a, like, b)
		}
	}
	again, more := updated(t, after, newCustomers...)
	if len(again) > 0 || len(more.Parties)+len(more.Contracts) > 0 {
		t.Errorf("the second time added %+v", more)
	}
}

func styleOf(t testing.TB, f *excelize.File, cell string) int {
	t.Helper()
	sheet, at, _ := strings.Cut(cell, "!")
	style, err := f.GetCellStyle(sheet, at)
	if err != nil {
		t.Fatal(err)
	}
	return style
}

// sameOutside compares what another program sees, outside the new rows.
func sameOutside(t testing.TB, before, after []byte) {
	t.Helper()
	see := func(data []byte) map[string]string {
		f, err := excelize.OpenReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		seen := map[string]string{}
		for _, sheet := range f.GetSheetList() {
			last := 40
			if sheet == "Parties" || sheet == "Contracts" {
				last = 4
			}
			for row := 1; row <= last; row++ {
				for column := 1; column <= 20; column++ {
					at := address(column, row)
					v, err1 := f.GetCellValue(sheet, at, excelize.Options{RawCellValue: true})
					formula, err2 := f.GetCellFormula(sheet, at)
					if err := errors.Join(err1, err2); err != nil {
						t.Fatal(err)
					}
					seen[sheet+"!"+at] = fmt.Sprint(v, "|", formula, "|", styleOf(t, f, sheet+"!"+at))
				}
			}
			notes, err1 := f.GetComments(sheet)
			formats, err2 := f.GetConditionalFormats(sheet)
			checks, err3 := f.GetDataValidations(sheet)
			if err := errors.Join(err1, err2, err3); err != nil {
				t.Fatal(err)
			}
			seen[sheet] = fmt.Sprint(len(notes), len(formats), len(checks))
		}
		return seen
	}
	was, is := see(before), see(after)
	for at := range was {
		if was[at] != is[at] {
			t.Errorf("%s was %s, is %s", at, was[at], is[at])
		}
	}
}

// Files of other programs: element names with a prefix, rows and cells without addresses, rows that say how wide they are.
func TestUpdateOtherForms(t *testing.T) {
	head := `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
	cells := func(values ...string) string {
		var b strings.Builder
		for _, v := range values {
			fmt.Fprintf(&b, `<x:c t="inlineStr"><x:is><x:t>%s</x:t></x:is></x:c>`, v)
		}
		return b.String()
	}
	sheet := func(headers string, row ...string) string {
		return head + `<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData><x:row spans="1:20">` +
			cells(strings.Split(headers, ", ")...) + `</x:row><x:row>` + cells(row...) + `</x:row><x:row r="3" spans="1:2" x:y="z"/></x:sheetData></x:worksheet>`
	}
	data := reworked(t, kept(t), func(name, content string) string {
		switch name {
		case "xl/worksheets/sheet2.xml":
			return sheet(partiesSheet.headers(), "P1", "one", "One", "customer")
		case "xl/worksheets/sheet3.xml":
			return sheet(contractsSheet.headers(), "K1", "P1", "c1", "", "gold", "2026-01-01", "", "yes", "soft")
		}
		return content
	})
	after, added := updated(t, data, newCustomers...)
	if len(added.Contracts) != 4 {
		t.Fatalf("added %+v", added)
	}
	for _, k := range added.Contracts {
		if k.PricePlan != "gold" || k.TaxCode != "soft" || !k.AmountsIncludeTax {
			t.Errorf("contract %s has other terms than the workbook's: %+v", k.Number, k)
		}
	}
	part := partsOf(t, after)["xl/worksheets/sheet3.xml"]
	for _, want := range []string{`<x:row r="3" x:y="z"><x:c r="A3"`, `<x:row r="4"><x:c r="A4"`, `<x:row r="6">`, `</x:row></x:sheetData>`} {
		if !strings.Contains(part, want) {
			t.Errorf("no %s in\n%s", want, part)
		}
	}
}

func TestUpdateRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		data func() []byte
		want string
	}{
		"a password":  {func() []byte { return []byte{0xD0, 0xCF, 0x11, 0xE0} }, "save it as .xlsx without a password"},
		"no workbook": {func() []byte { return []byte("text") }, "this is not an .xlsx workbook; open it in a spreadsheet program and save it again as .xlsx"},
		"macros":      {func() []byte { return withPart(t, kept(t), "xl/vbaProject.bin") }, "this workbook has macros; save it as .xlsx, which has none"},
		"a signature": {func() []byte { return withPart(t, kept(t), "_xmlsignatures/sig1.xml") }, "this workbook is signed"},
		"a protected sheet": {func() []byte {
			return reworked(t, kept(t), func(name, content string) string {
				if name == "xl/worksheets/sheet3.xml" {
					return strings.Replace(content, "</sheetData>", `</sheetData><sheetProtection sheet="1"/>`, 1)
				}
				return content
			})
		}, "Contracts: the sheet is protected; unprotect it"},
		"a missing sheet": {func() []byte { return file(t, edit{"Parties", nil}) }, "Parties: the sheet is missing"},
		"merged cells":    {func() []byte { return file(t, edit{"Contracts!A2", merged("A3")}) }, "Contracts: cells are merged: A2:A3"},
		"a header":        {func() []byte { return file(t, edit{"Contracts!C1", nil}) }, "Contracts: column customer_id is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			_, err := Update(c.data(), newCustomers, &out)
			var faults *Faults
			if !errors.As(err, &faults) || !strings.Contains(err.Error(), c.want) || out.Len() > 0 {
				t.Errorf("got %v and %d bytes, want %s", err, out.Len(), c.want)
			}
		})
	}
}

func withPart(t testing.TB, data []byte, name string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for part, content := range partsOf(t, data) {
		p, err := w.Create(part)
		if err == nil {
			_, err = io.WriteString(p, content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Create(name); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
