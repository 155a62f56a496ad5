package reports

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// spreadsheetDigits is what a cell keeps of a number; the rest would silently become zeros.
const spreadsheetDigits = 15

// amount reads a decimal of the database; the empty text is zero.
func amount(text string) (decimal.Decimal, error) {
	if text == "" {
		return decimal.Zero, nil
	}
	return decimal.NewFromString(text)
}

// plain drops the zeros that a column's scale adds: "12.50000000" is "12.5".
func plain(text string) string {
	if !strings.Contains(text, ".") {
		return text
	}
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

// digits counts the significant digits of a decimal text.
func digits(text string) int {
	n, zeros := 0, 0
	for _, c := range plain(text) {
		switch {
		case c == '-' || c == '+' || c == '.':
		case c == '0' && n == 0:
		case c == '0':
			zeros++
		case c >= '1' && c <= '9':
			n += zeros + 1
			zeros = 0
		default:
			return spreadsheetDigits + 1
		}
	}
	return n
}

// cellNumber is the value of a number's cell: a float where the cell keeps every digit, else the exact text. This is the one place
// where an amount becomes a float, and up to 15 digits its shortest text is the amount again.
func cellNumber(text string) (value any, exact bool) {
	text = plain(text)
	if digits(text) > spreadsheetDigits {
		return text, false
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return text, false
	}
	if f == 0 {
		f = 0 // no minus zero
	}
	return f, true
}

// integral says whether a decimal text has no fraction.
func integral(text string) bool { return !strings.Contains(plain(text), ".") }

const shanghai = 8 * time.Hour

// parseInstant reads a TIMESTAMP of the database, which is UTC.
func parseInstant(text string) (time.Time, error) {
	t, err := time.Parse("2006-01-02 15:04:05.999999", text)
	if err != nil {
		return t, fmt.Errorf("%q is not a timestamp", text)
	}
	return t, nil
}

// epoch is day 0 of a spreadsheet; days before March 1900 are counted differently there and are left as text.
var (
	epoch    = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	firstDay = time.Date(1900, 3, 1, 0, 0, 0, 0, time.UTC)
	lastDay  = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
)

// cellTime is the serial day of a date ("2006-01-02") or of an instant, shown in UTC+8 and cut to the second.
func cellTime(text string) (value any, ok bool) {
	var t time.Time
	if len(text) == len("2006-01-02") {
		d, err := time.Parse("2006-01-02", text)
		if err != nil {
			return text, false
		}
		t = d
	} else {
		i, err := parseInstant(text)
		if err != nil {
			return text, false
		}
		t = i.Add(shanghai).Truncate(time.Second)
	}
	if t.Before(firstDay) || t.After(lastDay) {
		return text, false
	}
	seconds := int64(t.Sub(epoch) / time.Second)
	return float64(seconds) / 86400, true
}
