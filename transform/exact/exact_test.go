package exact

import (
	"errors"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
)

func TestMoneyText(t *testing.T) {
	for _, c := range []struct {
		text, want string
		err        error
	}{
		{"0", "0", nil}, {"-0.00", "0", nil}, {"1.5", "1.5", nil}, {"0E-8", "0", nil}, {"1E-8", "0.00000001", nil}, {"1.2E+3", "1200", nil},
		{"-1234567890.12345678", "-1234567890.12345678", nil}, {"9999999999.99999999", "9999999999.99999999", nil},
		{"0.123456780000000000000000000000", "0.12345678", nil}, {"00012.50", "12.5", nil},
		{"10000000000", "", ErrRange}, {"-10000000000.00000000", "", ErrRange}, {"40000000000", "", ErrRange}, {"1e30", "", ErrRange}, {"1e999999999", "", ErrRange},
		{"0.000000001", "", ErrPrecision}, {"1E-9", "", ErrPrecision}, {"1e-999999999", "", ErrPrecision}, {"1.2345678901234567890123", "", ErrPrecision},
		{".5", "", ErrSyntax}, {"5.", "", ErrSyntax}, {"-", "", ErrSyntax}, {"+1", "", ErrSyntax}, {"1,000", "", ErrSyntax}, {"NaN", "", ErrSyntax}, {"1e", "", ErrSyntax}, {"1 ", "", ErrSyntax}, {"0x1", "", ErrSyntax}, {"1.2.3", "", ErrSyntax},
	} {
		var m Money
		err := m.SetText([]byte(c.text))
		if !errors.Is(err, c.err) || m.String() != c.want {
			t.Errorf("%q: got %q, %v; want %q, %v", c.text, m, err, c.want, c.err)
		}
	}
}

func TestEmptyIsNull(t *testing.T) {
	for _, s := range []Scalar{&Money{}, &Quantity{}, &Days{}, &Rate{}, &Int{}, &Long{}, &Instant{}, &Date{}} {
		if err := s.SetText(nil); err != nil {
			t.Errorf("%T: empty text: %v", s, err)
		}
	}
	m := MoneyUnits(7)
	m.SetNull()
	if _, ok := m.Units(); ok {
		t.Error("SetNull left an amount")
	}
}

// oracle reads the text with another library and says what the column should hold.
func oracle(text string, precision, scale int) (*big.Int, error) {
	d, err := decimal.NewFromString(text)
	if err != nil {
		return nil, ErrSyntax
	}
	n := d.Shift(int32(scale))
	if !n.IsInteger() {
		return nil, ErrPrecision
	}
	b := n.BigInt()
	if b.CmpAbs(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(precision)), nil)) >= 0 {
		return nil, ErrRange
	}
	return b, nil
}

func TestDecimalsAgainstOracle(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200_000 {
		var b strings.Builder
		if r.IntN(2) == 0 {
			b.WriteByte('-')
		}
		for range 1 + r.IntN(r.IntN(32)+1) {
			b.WriteByte(byte('0' + r.IntN(10)))
		}
		if r.IntN(3) > 0 {
			b.WriteByte('.')
			for range 1 + r.IntN(r.IntN(16)+1) {
				b.WriteByte(byte('0' + r.IntN(10)*r.IntN(2)))
			}
		}
		if r.IntN(4) == 0 {
			b.WriteString([]string{"e", "E", "e+", "E-", "e-"}[r.IntN(5)])
			b.WriteByte(byte('0' + r.IntN(10)))
		}
		agree(t, b.String())
	}
}

func agree(t *testing.T, text string) {
	t.Helper()
	var m Money
	var q Quantity
	var rate Rate
	var days Days
	for _, c := range []struct {
		s         Scalar
		precision int
		scale     int
	}{{&m, MoneyPrecision, MoneyScale}, {&q, QuantityPrecision, QuantityScale}, {&rate, RatePrecision, RateScale}, {&days, DaysPrecision, DaysScale}} {
		want, wantErr := oracle(text, c.precision, c.scale)
		err := c.s.SetText([]byte(text))
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("%T %q: got %v, want %v", c.s, text, err, wantErr)
		}
		if err != nil {
			if !errors.Is(err, wantErr) {
				t.Fatalf("%T %q: got %v, want %v", c.s, text, err, wantErr)
			}
			continue
		}
		hi, lo, ok := c.s.(Decimal).Unscaled()
		if got := bigOf(hi, lo); !ok || got.Cmp(want) != 0 {
			t.Fatalf("%T %q: got %s, want %s", c.s, text, got, want)
		}
	}
}

func FuzzDecimal(f *testing.F) {
	for _, s := range []string{"0", "-1.5", "1E-8", "99999999999999999999999999.999999999999", "1e38", "0.0000000000001", "１", "1_0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var q Quantity
		if err := q.SetText([]byte(text)); err != nil || !q.Valid() {
			return
		}
		if len(text) > 300 {
			return // shopspring grows with the exponent's text
		}
		want, err := oracle(text, QuantityPrecision, QuantityScale)
		hi, lo, _ := q.Unscaled()
		if err != nil || bigOf(hi, lo).Cmp(want) != 0 {
			t.Fatalf("%q: kept %s, oracle says %v, %v", text, q, want, err)
		}
	})
}

func TestTimes(t *testing.T) {
	var q Quantity
	if err := q.SetText([]byte("-1.000000000001")); err != nil {
		t.Fatal(err)
	}
	got, ok := q.Times(big.NewInt(1 << 30))
	if want := "-1073741824.001073741824"; !ok || got.String() != want {
		t.Errorf("got %s, %v; want %s", got, ok, want)
	}
	if _, ok := q.Times(new(big.Int).Exp(big.NewInt(10), big.NewInt(26), nil)); ok {
		t.Error("a product beyond the column was kept")
	}
}

func TestBusinessDates(t *testing.T) {
	for _, c := range []struct{ text, date, last string }{
		{"2026-09-30T15:59:59Z", "2026-09-30", "2026-09-30"},
		{"2026-09-30T16:00:00Z", "2026-10-01", "2026-09-30"},
		{"1970-01-01T00:00:00Z", "1970-01-01", "1970-01-01"},
		{"2026-10-31T16:00:00.5Z", "2026-11-01", "2026-11-01"},
		{"2026-11-01T00:00:00+08:00", "2026-11-01", "2026-10-31"},
	} {
		var i Instant
		if err := i.SetText([]byte(c.text)); err != nil {
			t.Fatal(err)
		}
		if i.BusinessDate().String() != c.date || i.LastBusinessDate().String() != c.last {
			t.Errorf("%s: got %s, last %s; want %s, %s", c.text, i.BusinessDate(), i.LastBusinessDate(), c.date, c.last)
		}
	}
	for _, bad := range []string{"2026-13-01T00:00:00Z", "yesterday", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"} {
		var i Instant
		if err := i.SetText([]byte(bad)); err == nil {
			t.Errorf("%q was taken as %s", bad, i.Time().Format(time.RFC3339))
		}
	}
}

func TestIntegers(t *testing.T) {
	for text, ok := range map[string]bool{"0": true, "-1": true, "4.0": true, "2147483647": true, "-2147483648": true, "2147483648": false, "-2147483649": false, "4.5": false, "x": false} {
		var i Int
		if err := i.SetText([]byte(text)); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestMinus(t *testing.T) {
	got, err := MoneyUnits(100_000_000).Minus(MoneyUnits(1), Money{}, MoneyUnits(-5))
	if n, ok := got.Units(); err != nil || !ok || n != 100_000_004 {
		t.Errorf("got %s, %v", got, err)
	}
	big := MoneyUnits(999_999_999_999_999_999)
	if _, err := big.Minus(MoneyUnits(-999_999_999_999_999_999)); !errors.Is(err, ErrRange) {
		t.Errorf("difference beyond the column: %v", err)
	}
}
