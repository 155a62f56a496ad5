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
	w.do(f.SetDefaultFont(fontFamily))
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
	title, label, link int
	body, line         int
	missing            int // conditional: a required cell of a row in use is empty
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

// fontFamily has both scripts; where it is missing, any sans-serif takes its place.
const fontFamily = "Microsoft YaHei"

const navy, grey = "1F3864", "5B6B84" // of required and optional columns

func (w *writer) styles() {
	style := func(font excelize.Font, s excelize.Style) int {
		font.Family = fontFamily
		if font.Size == 0 {
			font.Size = 10
		}
		s.Font = &font
		return w.style(&s)
	}
	header := func(fill string) int {
		return style(excelize.Font{Bold: true, Color: "FFFFFF"}, excelize.Style{
			Fill:      excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{fill}},
			Alignment: &excelize.Alignment{Vertical: "center"},
			Border:    []excelize.Border{{Type: "right", Color: "FFFFFF", Style: 1}},
		})
	}
	top, wrapped := &excelize.Alignment{Vertical: "top"}, &excelize.Alignment{Vertical: "top", WrapText: true}
	w.required, w.optional = header(navy), header(grey)
	w.title = style(excelize.Font{Bold: true, Size: 16, Color: navy}, excelize.Style{Alignment: &excelize.Alignment{Vertical: "center"}})
	w.label = style(excelize.Font{Bold: true}, excelize.Style{Alignment: top})
	w.link = style(excelize.Font{Bold: true, Size: 12, Color: "0563C1", Underline: "single"}, excelize.Style{Alignment: top})
	w.body = style(excelize.Font{}, excelize.Style{NumFmt: 49, Alignment: wrapped})
	w.line = style(excelize.Font{}, excelize.Style{})
	asText := style(excelize.Font{}, excelize.Style{NumFmt: 49, Alignment: top})
	custom := func(format string) int {
		return style(excelize.Font{}, excelize.Style{CustomNumFmt: &format, Alignment: top})
	}
	general := style(excelize.Font{}, excelize.Style{Alignment: top})
	w.column = map[kind]int{
		textCell: asText, longTextCell: asText, idCell: asText, enumCell: asText, yesNoCell: asText, cycleCell: asText,
		dateCell: custom("yyyy-mm-dd"), integerCell: general, rateCell: general, quantityCell: general,
		moneyCell: custom("#,##0.00######"), centsCell: custom("#,##0.00"),
	}
	var err error
	w.missing, err = w.file.NewConditionalStyle(&excelize.Style{Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"F8CBAD"}}})
	w.do(err)
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
	w.printed(s.name, s.pages(), 1) // after AutoFilter, which in excelize 2.11.0 resets what it sets
	for n, c := range s.columns {
		below := fmt.Sprintf("%s:%s", address(n+1, 2), address(n+1, len(rows)+spare))
		w.validation(s, below, n)
		if c.required {
			w.do(w.file.SetConditionalFormat(s.name, below, []excelize.ConditionalFormatOptions{{Type: "formula", Format: &w.missing,
				Criteria: fmt.Sprintf("AND(COUNTA($A2:$%s2)>0,LEN(TRIM(%s))=0)", columnName(len(s.columns)), address(n+1, 2))}}))
		}
	}
}

// pages is how many pages wide a sheet is printed: on one, more than about two hundred characters are too small to read.
func (s *sheet) pages() int {
	width := 0.0
	for _, c := range s.columns {
		width += c.width
	}
	return 1 + int(width)/230
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
	tab := grey
	if s.needed {
		tab = navy
	}
	w.do(f.SetSheetProps(s.name, &excelize.SheetPropsOptions{TabColorRGB: &tab}))
	w.do(f.SetRowHeight(s.name, 1, 24))
	w.do(f.SetPanes(s.name, &excelize.Panes{Freeze: true, XSplit: 1, YSplit: 1, TopLeftCell: "B2", ActivePane: "bottomRight"}))
}

// printed sets A4 landscape, so many pages wide, with the page number below; the headers and the ids repeat on each.
func (w *writer) printed(sheetName string, wide, headers int) {
	landscape, a4, tall, fit := "landscape", 9, 0, true
	w.do(w.file.SetPageLayout(sheetName, &excelize.PageLayoutOptions{Orientation: &landscape, Size: &a4, FitToWidth: &wide, FitToHeight: &tall}))
	w.do(w.file.SetSheetProps(sheetName, &excelize.SheetPropsOptions{FitToPage: &fit}))
	side, end := 0.4, 0.6
	w.do(w.file.SetPageMargins(sheetName, &excelize.PageLayoutMarginsOptions{Left: &side, Right: &side, Top: &end, Bottom: &end}))
	w.do(w.file.SetHeaderFooter(sheetName, &excelize.HeaderFooterOptions{OddFooter: "&L&A&R&P / &N"}))
	if headers > 0 {
		w.do(w.file.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", Scope: sheetName,
			RefersTo: fmt.Sprintf("%[1]s!$A:$A,%[1]s!$1:$%[2]d", sheetName, headers)}))
	}
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

// What a validation may say (ECMA-376 part 1, 18.3.1.32), in UTF-16 units: a spreadsheet program repairs a file that says more.
const maxPrompt, maxPromptTitle = 255, 32

// within cuts a text, with a sign that it was cut.
func within(text string, most int) string {
	if len(utf16.Encode([]rune(text))) <= most {
		return text
	}
	r := []rune(text)
	for len(utf16.Encode(r)) > most-1 {
		r = r[:len(r)-1]
	}
	return string(r) + "…"
}

// prompt is what a cell says when it is chosen: so an empty sheet tells how to fill it in.
func (s *sheet) prompt(n int) string {
	c, example := s.columns[n], ""
	if s.example[n] != "" {
		example = "\n例 e.g. " + s.example[n]
	}
	return within(c.note, maxPrompt-len(utf16.Encode([]rune(example)))) + example
}

// validation gives drop-downs, plausible ranges and, on every cell, what it is for. Only the lists of fixed values are binding:
// an amount of more than 15 digits must be typed as text, and a contract may be written before its party.
func (w *writer) validation(s *sheet, cells string, n int) {
	c := s.columns[n]
	first, _, _ := strings.Cut(cells, ":")
	v := excelize.NewDataValidation(true)
	v.SetSqref(cells)
	v.SetInput(within(c.header, maxPromptTitle), s.prompt(n))
	warn := func(remedy string) {
		v.SetError(excelize.DataValidationErrorStyleWarning, within(c.header, maxPromptTitle), within(remedy, maxPrompt))
	}
	between := func(from, to int, t excelize.DataValidationType) {
		w.do(v.SetRange(from, to, t, excelize.DataValidationOperatorBetween))
	}
	switch {
	case len(c.values) > 0:
		v.SetError(excelize.DataValidationErrorStyleStop, within(c.header, maxPromptTitle), within("请选择其一 Choose one of: "+strings.Join(c.values, ", "), maxPrompt))
		w.do(v.SetDropList(c.values))
	case c.refers != "":
		target, header, _ := strings.Cut(c.refers, ".")
		at := columnOf(target, header)
		v.SetSqrefDropList(fmt.Sprintf("%s!$%s$2:$%s$%d", target, at, at, 10_000))
		warn(fmt.Sprintf("表 %[1]s 的 %[2]s 中没有此值：请先在那里添加，或从列表选择。Sheet %[1]s has no such %[2]s: add it there, or choose from the list.", target, header))
	case c.kind == dateCell:
		between(dayOne2000, lastSerial, excelize.DataValidationTypeDate)
		warn("请输入日期，如 2026-01-31。Write a date such as 2026-01-31.")
	case c.kind == cycleCell:
		v.Type = "custom"
		v.Formula1 = fmt.Sprintf(`AND(LEN(%[1]s)=7,MID(%[1]s,5,1)="-",ISNUMBER(VALUE(LEFT(%[1]s,4))),ISNUMBER(VALUE(RIGHT(%[1]s,2))))`, first)
		warn("请输入账期，如 2026-01（文本）。Write a month such as 2026-01, as text.")
	case c.kind == integerCell:
		between(-1<<31, 1<<31-1, excelize.DataValidationTypeWhole)
		warn("请输入整数，如 100。Write a whole number such as 100.")
	case c.header == "rate":
		between(0, 1, excelize.DataValidationTypeDecimal)
		warn("税率写小数，如 0.06。Write a rate such as 0.06 for 6 %.")
	case c.kind == rateCell || c.kind == quantityCell:
		between(0, 99_999_999, excelize.DataValidationTypeDecimal)
		warn("请输入不小于 0 的数字，如 0.95。Write a number from 0 on, such as 0.95.")
	case c.kind == moneyCell || c.kind == centsCell:
		between(-9_999_999_999, 9_999_999_999, excelize.DataValidationTypeDecimal)
		warn("请输入金额，如 1234.56。Write an amount such as 1234.56.")
	case c.header == "class_code":
		between(19, 19, excelize.DataValidationTypeTextLength)
		warn("税收分类编码为 19 位数字（文本）。A tax class code has 19 digits, as text.")
	case c.header == "tax_id":
		between(15, 20, excelize.DataValidationTypeTextLength)
		warn("税号为 18 位统一社会信用代码。A tax id is the unified social credit code, 18 characters.")
	case c.header == "short_code":
		between(1, 32, excelize.DataValidationTypeTextLength)
		warn("1-32 个字母、数字、_ 或 -。1 to 32 of A-Z a-z 0-9 _ -.")
	}
	w.do(w.file.AddDataValidation(s.name, v))
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
