package pricing

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"github.com/shopspring/decimal"

	"settle/transform/exact"
)

// mistake is what one cell gets wrong.
type mistake struct{ message, remedy string }

func (m *mistake) Error() string { return m.message + "; " + m.remedy }

func wrong(remedy, format string, args ...any) error {
	return &mistake{fmt.Sprintf(format, args...), remedy}
}

// maxText is what a cell holds in a spreadsheet program, in UTF-16 units.
const maxText = 32_767

// set stores a cell in a field, or reports why not.
func (rd *reader) set(field any, origin Cell, c column, v value) {
	err := rd.check(origin, c, v)
	if err == nil && v.typ != blankValue {
		err = read(field, c, v, rd.file.date0)
	}
	if m := (*mistake)(nil); errors.As(err, &m) {
		rd.fault(origin, c.header, m.message, m.remedy)
	}
	if s, ok := field.(*string); ok && v.typ == blankValue {
		*s = c.absent
	}
}

// check is what holds for every kind of column.
func (rd *reader) check(origin Cell, c column, v value) error {
	switch {
	case v.typ == blankValue && c.required:
		return wrong(remedyFor(c), "%s is empty", c.header)
	case v.typ == errorValue:
		return wrong("repair the formula or type the value", "%s is the error %s", c.header, shown(v.text))
	case v.typ == uncomputedValue:
		return wrong("open the workbook in a spreadsheet program and save it, or type the value", "%s is a formula whose value the file does not hold", c.header)
	case v.date && c.kind != dateCell && c.kind != cycleCell:
		return wrong("format the cell as text and type the value again", "%s was turned into a date by the spreadsheet program", c.header)
	case v.typ == textValue && len(v.text) > maxText && len(utf16.Encode([]rune(v.text))) > maxText:
		return wrong("shorten it", "%s is longer than %d characters", c.header, maxText)
	case v.typ == numberValue && c.kind == idCell && len(expand(v.text)) > 15:
		rd.warn(origin, c.header, fmt.Sprintf("%s %s is a number of more than 15 digits: the spreadsheet program may have lost the last ones", c.header, shown(expand(v.text))), "format the cell as text and type the value again")
	}
	return nil
}

func remedyFor(c column) string {
	switch {
	case c.kind == enumCell || c.kind == yesNoCell:
		return "choose one of " + strings.Join(c.values, ", ")
	case c.kind == dateCell:
		return "write a date, yyyy-mm-dd"
	case c.kind == cycleCell:
		return "write a month, yyyy-mm"
	}
	return "fill it in"
}

// read stores a value that is there. day0 is the file's serial 0, in days from 1970-01-01.
func read(field any, c column, v value, day0 int) error {
	switch c.kind {
	case textCell, longTextCell, idCell:
		return readText(field.(*string), c, v)
	case enumCell:
		s := strings.ToLower(v.text)
		if v.typ != textValue || !slices.Contains(c.values, s) {
			return wrong(remedyFor(c), "%s %s is not known", c.header, shown(v.text))
		}
		*field.(*string) = s
		return nil
	case yesNoCell:
		return readYesNo(field.(*bool), c, v)
	case dateCell:
		return readDate(field.(*exact.Date), c, v, day0)
	case cycleCell:
		return readCycle(field.(*string), c, v, day0)
	case integerCell:
		return readInteger(field.(*int64), c, v)
	}
	return readDecimal(field.(exact.Scalar), c, v)
}

func readText(s *string, c column, v value) error {
	text := v.text
	switch v.typ {
	case numberValue:
		text = expand(text)
	case boolValue:
		text = strings.ToUpper(strconv.FormatBool(isTrue(text)))
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	for _, r := range text {
		if (unicode.IsControl(r) || r == unicode.ReplacementChar) && !(c.kind == longTextCell && (r == '\n' || r == '\t')) {
			return wrong("keep it on one line, without control characters", "%s %s has a line break or control character", c.header, shown(text))
		}
	}
	*s = text
	return nil
}

func isTrue(text string) bool { return text == "1" || strings.EqualFold(text, "true") }

func readYesNo(b *bool, c column, v value) error {
	switch s := strings.ToLower(v.text); {
	case v.typ == boolValue:
		*b = isTrue(s)
	case v.typ == textValue && slices.Contains(c.values, s):
		*b = s == "yes"
	default:
		return wrong(remedyFor(c), "%s %s is neither yes nor no", c.header, shown(v.text))
	}
	return nil
}

// day reads a date cell: whole days since the file's day 0.
func (v value) day(day0 int) (exact.Date, bool) {
	n, err := strconv.Atoi(plain(v.text))
	if err != nil || n < 0 || n > 1<<22 {
		return exact.Date{}, false
	}
	d := exact.NewDate(time.Unix(int64(n+day0)*86400, 0).UTC())
	return d, inCalendar(d)
}

// inCalendar refuses what cannot be meant: 2025 or 20250131 typed as a number, a day in 1905. It also keeps away from 1900,
// about whose days spreadsheet programs disagree.
func inCalendar(d exact.Date) bool {
	y := d.Time().Year()
	return y >= 2000 && y <= 9999
}

func readDate(d *exact.Date, c column, v value, day0 int) error {
	if v.typ == numberValue {
		day, ok := v.day(day0)
		if ok {
			*d = day
			return nil
		}
		return wrong(dateRemedy(v.text), "%s %s is not a date", c.header, shown(v.text))
	}
	var day exact.Date
	if v.typ != textValue || day.SetText([]byte(v.text)) != nil || !inCalendar(day) {
		return wrong(dateRemedy(v.text), "%s %s is not a date", c.header, shown(v.text))
	}
	*d = day
	return nil
}

// dateRemedy writes the date that was probably meant.
func dateRemedy(text string) string {
	for _, layout := range []string{"2006/1/2", "2006-1-2", "2006.1.2", "20060102", "2006年1月2日", "2006-01-02 15:04:05", "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, text); err == nil && inCalendar(exact.NewDate(t)) {
			return "write " + t.Format(time.DateOnly)
		}
	}
	return "write a day from 2000-01-01 on as yyyy-mm-dd"
}

func readCycle(s *string, c column, v value, day0 int) error {
	if v.typ == numberValue && v.date { // 2025-01 typed into a cell that is not text
		if d, ok := v.day(day0); ok && d.Time().Day() == 1 {
			*s = d.Time().Format("2006-01")
			return nil
		}
	}
	t, err := time.Parse("2006-01", v.text)
	if v.typ != textValue || err != nil || t.Year() < 2000 {
		return wrong("write a month as text, yyyy-mm", "%s %s is not a billing cycle", c.header, shown(v.text))
	}
	*s = v.text
	return nil
}

func readInteger(n *int64, c column, v value) error {
	text := v.text
	if v.typ == numberValue {
		text = plain(text)
	}
	i, err := strconv.ParseInt(text, 10, 32)
	if v.typ == boolValue || err != nil {
		return wrong("write a whole number such as 100", "%s %s is not a whole number", c.header, shown(v.text))
	}
	*n = i
	return nil
}

func readDecimal(d exact.Scalar, c column, v value) error {
	text := v.text
	if v.typ == numberValue {
		text = plain(text)
	}
	if v.typ == boolValue || !decimalText.MatchString(text) {
		return wrong(decimalRemedy(v.text), "%s %s is not a decimal number", c.header, shown(v.text))
	}
	places := map[kind]int{rateCell: exact.RateScale, moneyCell: exact.MoneyScale, centsCell: 2, quantityCell: exact.QuantityScale}[c.kind]
	err := d.SetText([]byte(text))
	if _, fraction, _ := strings.Cut(text, "."); errors.Is(err, exact.ErrPrecision) || err == nil && len(strings.TrimRight(fraction, "0")) > places {
		d.SetNull()
		return wrong(fmt.Sprintf("round it to %d", places), "%s %s has more than %d decimal places", c.header, shown(text), places)
	}
	if err != nil {
		return wrong("write a smaller number", "%s %s is too large", c.header, shown(text))
	}
	return nil
}

var (
	decimalText = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)
	thousands   = regexp.MustCompile(`^-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?$`)
	stored      = regexp.MustCompile(`^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,3})?$`)
)

// decimalRemedy writes the number that was probably meant: decimal comma, thousands separators, percent, full-width digits.
func decimalRemedy(text string) string {
	s := strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		case r == '．' || r == '。':
			return '.'
		case r == '，':
			return ','
		case r == '％':
			return '%'
		case r == '－' || r == '−':
			return '-'
		case r == ' ' || r == '\u00a0' || r == '\u3000' || r == '¥' || r == '￥' || r == '+' || r == '元':
			return -1
		}
		return r
	}, text)
	percent := strings.HasSuffix(s, "%")
	s = strings.TrimSuffix(s, "%")
	switch {
	case thousands.MatchString(s) && strings.Count(s, ",") == 1 && !strings.Contains(s, ".") && !percent:
		return fmt.Sprintf("write %s, or %s if the comma is a decimal comma", strings.Replace(s, ",", "", 1), strings.Replace(s, ",", ".", 1))
	case thousands.MatchString(s):
		s = strings.ReplaceAll(s, ",", "")
	case strings.Count(s, ",") == 1 && !strings.Contains(s, "."):
		s = strings.Replace(s, ",", ".", 1)
	}
	if strings.HasPrefix(s, ".") {
		s = "0" + s
	}
	if len(s) > 40 || !decimalText.MatchString(s) {
		return "write a number such as 1.05"
	}
	if percent {
		s = decimal.RequireFromString(s).Shift(-2).String()
	}
	return "write " + s
}

// plain writes a number cell without an exponent, to 15 significant digits. A text that is no number stays as it is.
func plain(text string) string {
	d, ok := decimalOf(text)
	if !ok {
		return text
	}
	if extra := d.NumDigits() - 15; extra > 0 {
		d = d.Round(-d.Exponent() - int32(extra))
	}
	return d.String()
}

// expand writes a number cell without an exponent and with every digit that the file holds: an id is no measurement.
func expand(text string) string {
	if d, ok := decimalOf(text); ok {
		return d.String()
	}
	return text
}

func decimalOf(text string) (decimal.Decimal, bool) {
	if len(text) > 400 || !stored.MatchString(text) {
		return decimal.Decimal{}, false
	}
	d, err := decimal.NewFromString(text)
	return d, err == nil
}
