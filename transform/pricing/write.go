package pricing

import (
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strings"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"settle/transform/exact"
)

// Write writes a workbook that Read reads back to the same rows, ready for people: headers that explain themselves,
// drop-downs, number and date formats, and a guide with examples, which Read ignores. The same book gives the same bytes.
func Write(b *Book, out io.Writer) error {
	f := excelize.NewFile()
	defer f.Close()
	w := &writer{file: f}
	w.styles()
	w.guide()
	writeSheet(w, partiesSheet, b.Parties)
	writeSheet(w, contractsSheet, b.Contracts)
	writeSheet(w, rulesSheet, b.Rules)
	writeSheet(w, tiersSheet, b.Tiers)
	writeSheet(w, commitmentsSheet, b.Commitments)
	writeSheet(w, adjustmentsSheet, b.Adjustments)
	writeSheet(w, taxItemsSheet, b.TaxItems)
	writeSheet(w, invoicesSheet, b.Invoices)
	// excelize writes constant times where none are set, and parts of a workbook without streams in the order of names.
	w.do(f.SetDocProps(&excelize.DocProperties{Creator: "settle", LastModifiedBy: "settle", Title: "价格与合同 Pricing workbook",
		Created: "2026-01-01T00:00:00Z", Modified: "2026-01-01T00:00:00Z"}))
	if w.err == nil {
		w.err = f.Write(out)
	}
	if w.err != nil {
		return fmt.Errorf("write pricing workbook: %w", w.err)
	}
	return nil
}

// writer keeps the first error, as a workbook is a long list of calls.
type writer struct {
	file *excelize.File
	err  error

	required, optional int // styles of headers
	title, label       int
	body, line         int
	column             map[kind]int
}

func (w *writer) do(err error) {
	if w.err == nil {
		w.err = err
	}
}

func (w *writer) style(s *excelize.Style) int {
	n, err := w.file.NewStyle(s)
	w.do(err)
	return n
}

func (w *writer) styles() {
	header := func(fill string) int {
		return w.style(&excelize.Style{
			Font:      &excelize.Font{Bold: true, Color: "FFFFFF"},
			Fill:      excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{fill}},
			Alignment: &excelize.Alignment{Vertical: "center", WrapText: true},
		})
	}
	w.required, w.optional = header("1F3864"), header("5B6B84")
	w.title = w.style(&excelize.Style{Font: &excelize.Font{Bold: true, Size: 16, Color: "1F3864"}})
	w.label = w.style(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{Vertical: "top"}})
	w.body = w.style(&excelize.Style{NumFmt: 49, Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}})
	w.line = w.style(&excelize.Style{})
	asText := w.style(&excelize.Style{NumFmt: 49, Alignment: &excelize.Alignment{Vertical: "top"}})
	custom := func(format string) int {
		return w.style(&excelize.Style{CustomNumFmt: &format, Alignment: &excelize.Alignment{Vertical: "top"}})
	}
	general := w.style(&excelize.Style{Alignment: &excelize.Alignment{Vertical: "top"}})
	w.column = map[kind]int{
		textCell: asText, longTextCell: asText, idCell: asText, enumCell: asText, yesNoCell: asText, cycleCell: asText,
		dateCell: custom("yyyy-mm-dd"), integerCell: general, rateCell: general, quantityCell: general,
		moneyCell: custom("#,##0.00######"), centsCell: custom("#,##0.00"),
	}
}

// spare is how many rows below the filled ones have drop-downs.
const spare = 2000

func writeSheet[R any](w *writer, s *sheet, rows []R) {
	if w.err != nil {
		return
	}
	w.add(s)
	fields := fieldsOf(s, reflect.TypeFor[R]())
	for i := range rows {
		row := reflect.ValueOf(&rows[i]).Elem()
		for n, c := range s.columns {
			w.cell(s.name, address(n+1, i+2), c, row.Field(fields[n]).Addr().Interface())
		}
	}
	last := address(len(s.columns), max(len(rows), 1)+1)
	w.do(w.file.AutoFilter(s.name, "A1:"+last, nil))
	w.printed(s.name) // after AutoFilter, which in excelize 2.11.0 resets what it sets
	for n, c := range s.columns {
		w.validation(s.name, fmt.Sprintf("%s:%s", address(n+1, 2), address(n+1, len(rows)+spare)), c)
	}
}

// add makes the sheet with its headers.
func (w *writer) add(s *sheet) {
	f := w.file
	_, err := f.NewSheet(s.name)
	w.do(err)
	for n, c := range s.columns {
		name := columnName(n + 1)
		w.do(f.SetColWidth(s.name, name, name, c.width))
		w.do(f.SetColStyle(s.name, name, w.column[c.kind]))
		style := w.optional
		if c.required {
			style = w.required
		}
		at := address(n+1, 1)
		w.do(f.SetCellStr(s.name, at, c.header))
		w.do(f.SetCellStyle(s.name, at, at, style))
		w.do(f.AddComment(s.name, excelize.Comment{Author: "settle", Cell: at, Width: 320, Height: 130, Paragraph: []excelize.RichTextRun{{Text: c.explained()}}}))
	}
	w.do(f.SetRowHeight(s.name, 1, 24))
	w.do(f.SetPanes(s.name, &excelize.Panes{Freeze: true, XSplit: 1, YSplit: 1, TopLeftCell: "B2", ActivePane: "bottomRight"}))
}

// printed sets A4 landscape, one page wide.
func (w *writer) printed(sheetName string) {
	landscape, a4, wide, tall, fit := "landscape", 9, 1, 0, true
	w.do(w.file.SetPageLayout(sheetName, &excelize.PageLayoutOptions{Orientation: &landscape, Size: &a4, FitToWidth: &wide, FitToHeight: &tall}))
	w.do(w.file.SetSheetProps(sheetName, &excelize.SheetPropsOptions{FitToPage: &fit}))
}

// explained is the note on a header.
func (c column) explained() string {
	var b strings.Builder
	b.WriteString(c.header)
	if c.required {
		b.WriteString("（必填 required）")
	}
	b.WriteString("\n" + c.note)
	if len(c.values) > 0 {
		b.WriteString("\n" + strings.Join(c.values, " | "))
	}
	return b.String()
}

func columnName(n int) string { return strings.TrimSuffix(address(n, 1), "1") }

// validation gives drop-downs and plausible ranges. Only the lists of fixed values are binding: an amount of more than 15
// digits must be typed as text, and a contract may be written before its party.
func (w *writer) validation(sheetName, cells string, c column) {
	v := excelize.NewDataValidation(true)
	v.SetSqref(cells)
	v.SetError(excelize.DataValidationErrorStyleWarning, c.header, c.explained())
	switch {
	case len(c.values) > 0:
		v.SetError(excelize.DataValidationErrorStyleStop, c.header, strings.Join(c.values, " | "))
		w.do(v.SetDropList(c.values))
	case c.refers != "":
		target, header, _ := strings.Cut(c.refers, ".")
		n := columnOf(target, header)
		v.SetSqrefDropList(fmt.Sprintf("%s!$%s$2:$%s$%d", target, n, n, 10_000))
	case c.kind == dateCell:
		w.do(v.SetRange(dayOne2000, lastSerial, excelize.DataValidationTypeDate, excelize.DataValidationOperatorBetween))
	case c.kind == integerCell:
		w.do(v.SetRange(-1<<31, 1<<31-1, excelize.DataValidationTypeWhole, excelize.DataValidationOperatorBetween))
	case c.kind == rateCell || c.kind == quantityCell:
		w.do(v.SetRange(0, 99_999_999, excelize.DataValidationTypeDecimal, excelize.DataValidationOperatorBetween))
	case c.kind == moneyCell || c.kind == centsCell:
		w.do(v.SetRange(-9_999_999_999, 9_999_999_999, excelize.DataValidationTypeDecimal, excelize.DataValidationOperatorBetween))
	case c.header == "class_code":
		w.do(v.SetRange(19, 19, excelize.DataValidationTypeTextLength, excelize.DataValidationOperatorBetween))
	case c.header == "short_code":
		w.do(v.SetRange(1, 32, excelize.DataValidationTypeTextLength, excelize.DataValidationOperatorBetween))
	default:
		return
	}
	w.do(w.file.AddDataValidation(sheetName, v))
}

func columnOf(sheetName, header string) string {
	for _, s := range sheets {
		for n, c := range s.columns {
			if s.name == sheetName && c.header == header {
				return columnName(n + 1)
			}
		}
	}
	panic("pricing: no column " + sheetName + "." + header)
}

// Serial numbers of date cells: days since 1899-12-30.
const (
	serialEpoch = 25_569 // 1970-01-01
	dayOne2000  = 36_526
	lastSerial  = 2_958_465 // 9999-12-31
)

func (w *writer) cell(sheetName, at string, c column, field any) {
	f := w.file
	switch v := field.(type) {
	case *string:
		if len(utf16.Encode([]rune(*v))) > maxText {
			w.do(fmt.Errorf("%s!%s: %s is longer than %d characters", sheetName, at, c.header, maxText))
		}
		if *v != "" {
			w.do(f.SetCellStr(sheetName, at, escape(*v)))
		}
	case *bool:
		w.do(f.SetCellStr(sheetName, at, map[bool]string{true: "yes", false: "no"}[*v]))
	case *int64:
		w.do(f.SetCellInt(sheetName, at, *v))
	case *exact.Date:
		if days, ok := v.Days(); ok {
			w.do(f.SetCellInt(sheetName, at, int64(days)+serialEpoch))
		}
	case fmt.Stringer: // the decimals
		w.decimal(sheetName, at, v.String())
	default:
		panic(fmt.Sprintf("pricing: no cell for %T", field))
	}
}

// escape protects what a reader of workbooks would take for an escaped character; excelize 2.11.0 leaves it as it is.
func escape(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		if escaped.MatchString(s[i:min(len(s), i+7)]) {
			b.WriteString("_x005F")
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

var escaped = regexp.MustCompile(`^_x[0-9A-Fa-f]{4}_$`)

// decimal writes a number, or text where a spreadsheet would not keep all digits.
func (w *writer) decimal(sheetName, at, text string) {
	switch digits := strings.TrimLeft(strings.NewReplacer("-", "", ".", "").Replace(text), "0"); {
	case text == "":
	case len(digits) > 15:
		w.do(w.file.SetCellStr(sheetName, at, text))
	default:
		w.do(w.file.SetCellDefault(sheetName, at, text))
	}
}
