package pricing

import (
	"bytes"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"settle/transform/exact"
)

// FuzzRead puts any text into any kind of column, as text and as number. What is kept must be what the text says.
func FuzzRead(f *testing.F) {
	for _, s := range []string{"1.05", "1,05", "-0", "1E-8", "1e999", "0.1000000000000000055", "2026-01-31", "46023", "2026-09", "yes", "TRUE", "customer", "=1+1", "１２", "\x00", "99999999999999999999999999", strings.Repeat("9", 500), ".5", "5.", "+1", "0x10", "1_0", "NaN", "Inf", "#REF!"} {
		for k := range int(quantityCell) + 1 {
			f.Add(s, k, true)
			f.Add(s, k, false)
		}
	}
	f.Fuzz(func(t *testing.T, content string, k int, asNumber bool) {
		if k < 0 || kind(k) > quantityCell {
			return
		}
		content = trim(strings.ToValidUTF8(content, "?"))
		v := value{typ: textValue, text: content}
		if asNumber {
			v.typ = numberValue
		}
		if content == "" {
			return
		}
		c := column{header: "h", kind: kind(k), values: []string{"customer", "yes", "no"}}
		rd := &reader{file: &workbook{date0: -25569}}
		origin := Cell{Sheet: "Rules", Row: 2, columns: map[string]int{"h": 1}}
		var (
			s string
			b bool
			n int64
			d exact.Date
			r exact.Rate
			m exact.Money
			q exact.Quantity
		)
		field := map[kind]any{yesNoCell: &b, dateCell: &d, integerCell: &n, rateCell: &r, moneyCell: &m, centsCell: &m, quantityCell: &q}[c.kind]
		if field == nil {
			field = &s
		}
		rd.set(field, origin, c, v)
		if len(rd.faults.all) > 0 {
			if s != "" || b || n != 0 || d.String() != "" || r.Valid() || q.Valid() || m.String() != "" {
				t.Fatalf("%q was refused (%s) and kept", content, rd.faults.all[0])
			}
			if line := rd.faults.all[0].String(); strings.ContainsAny(line, "\n\r\x1b") || len(line) > 2000 {
				t.Fatalf("message %q", line)
			}
			return
		}
		for _, kept := range []string{r.String(), m.String(), q.String()} {
			if kept == "" {
				continue
			}
			want, err := decimal.NewFromString(content)
			if err != nil {
				t.Fatalf("%q became %s", content, kept)
			}
			if got := decimal.RequireFromString(kept); !asNumber && !got.Equal(want) || asNumber && got.Sub(want).Abs().GreaterThan(want.Abs().Shift(-14)) {
				t.Fatalf("%q became %s", content, kept)
			}
		}
		if c.kind == dateCell && !inCalendar(d) {
			t.Fatalf("%q became %s", content, d)
		}
	})
}

// FuzzUpdate puts any XML where the contracts are. Whatever it is, Update refuses it or adds its row and keeps all others.
func FuzzUpdate(f *testing.F) {
	good := partsOf(f, kept(f))["xl/worksheets/sheet3.xml"]
	begin, end := strings.Index(good, "<sheetData>"), strings.Index(good, "</sheetData>")
	rows := good[begin+len("<sheetData>") : end]
	for _, s := range []string{rows, rows + `<row r="9"/>`, rows + `<row r="7" s="3" ht="20"><c r="C7" s="2"/></row>`, strings.ReplaceAll(rows, "<row", `<row spans='1:3'`), "", "<row/>",
		rows + `</sheetData><dimension x='ref="A1' ref="A1:I4"/><sheetData>`, rows + "<!-- </sheetData> --><![CDATA[<row>]]>", `<row><c t="inlineStr"><is><t>contract_no</t></is></c></row>`} {
		f.Add(s)
	}
	whole := kept(f)
	f.Fuzz(func(t *testing.T, inside string) {
		data := reworked(t, whole, func(name, content string) string {
			if name == "xl/worksheets/sheet3.xml" {
				return good[:begin] + "<sheetData>" + inside + good[end:]
			}
			return content
		})
		var out bytes.Buffer
		added, err := Update(data, []TemplateCustomer{{ID: "new"}}, &out)
		if err != nil || len(added.Contracts) == 0 {
			if out.Len() > 0 {
				t.Fatalf("something was written: %v", err)
			}
			return
		}
		var again bytes.Buffer
		if more, err := Update(out.Bytes(), []TemplateCustomer{{ID: "new"}}, &again); err != nil || len(more.Contracts) > 0 {
			t.Fatalf("the second time: %+v, %v", more, err)
		}
	})
}
