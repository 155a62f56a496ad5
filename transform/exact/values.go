package exact

import (
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// Scalar is a value that reads itself from the text of one JSON token (a string's content, a number's digits).
type Scalar interface {
	SetText(text []byte) error
	SetNull()
}

// Decimal is a value that an Arrow decimal128 column stores.
type Decimal interface {
	Unscaled() (hi int64, lo uint64, valid bool)
}

// Money is an amount in the currency's major unit, DECIMAL(18,8): absolute value below 10^10.
type Money struct {
	n     int64
	valid bool
}

// The digits of the decimal columns.
const (
	MoneyPrecision, MoneyScale       = 18, 8
	QuantityPrecision, QuantityScale = 38, 12
	DaysPrecision, DaysScale         = 38, 20
	RatePrecision, RateScale         = 18, 10
)

// MoneyUnits makes an amount of n units of 10^-8.
func MoneyUnits(n int64) Money { return Money{n, true} }

// SetText reads a decimal text; more than 8 places or an absolute value of 10^10 and above is an error.
func (m *Money) SetText(text []byte) error {
	if len(text) == 0 {
		m.SetNull()
		return nil
	}
	_, lo, err := parse(text, MoneyPrecision, MoneyScale)
	*m = Money{int64(lo), err == nil}
	return err
}

// SetNull makes the amount NULL.
func (m *Money) SetNull() { *m = Money{} }

// Units returns the amount in 10^-8 of the major unit; false when it is NULL.
func (m Money) Units() (int64, bool) { return m.n, m.valid }

// Unscaled implements Decimal.
func (m Money) Unscaled() (int64, uint64, bool) { return m.n >> 63, uint64(m.n), m.valid }

func (m Money) String() string { return format(m.n>>63, uint64(m.n), MoneyScale, m.valid) }

// Minus subtracts amounts exactly; NULL where m is NULL, others count as 0 (the API leaves out what is nothing). An
// amount beyond the column is an error.
func (m Money) Minus(others ...Money) (Money, error) {
	if !m.valid {
		return Money{}, nil
	}
	n := m.n
	for _, o := range others {
		n -= o.n // below 10^18 each: two subtractions stay far inside 64 bits
		if n >= int64(pow10[18]) || n <= -int64(pow10[18]) {
			return Money{}, fmt.Errorf("%w: difference", ErrRange)
		}
	}
	return Money{n, true}, nil
}

// Quantity is a usage quantity in whatever unit stands beside it, DECIMAL(38,12).
type Quantity struct {
	hi    int64
	lo    uint64
	valid bool
}

// SetText reads a decimal text; more than 12 places or 27 integer digits is an error.
func (q *Quantity) SetText(text []byte) error {
	if len(text) == 0 {
		q.SetNull()
		return nil
	}
	hi, lo, err := parse(text, QuantityPrecision, QuantityScale)
	*q = Quantity{hi, lo, err == nil}
	return err
}

// SetNull makes the quantity NULL.
func (q *Quantity) SetNull() { *q = Quantity{} }

// Unscaled implements Decimal.
func (q Quantity) Unscaled() (int64, uint64, bool) { return q.hi, q.lo, q.valid }

// Valid says whether the quantity is not NULL.
func (q Quantity) Valid() bool { return q.valid }

func (q Quantity) String() string { return format(q.hi, q.lo, QuantityScale, q.valid) }

// Times multiplies by an exact integer factor (a unit's size in its family's smallest unit). The result is NULL, with
// false, where the column cannot hold it.
func (q Quantity) Times(factor *big.Int) (Quantity, bool) {
	if !q.valid {
		return Quantity{}, true
	}
	n := bigOf(q.hi, q.lo)
	n.Mul(n, factor)
	bound := new(big.Int).Exp(big.NewInt(10), big.NewInt(QuantityPrecision), nil)
	if n.CmpAbs(bound) >= 0 {
		return Quantity{}, false
	}
	low := new(big.Int).And(n, new(big.Int).SetUint64(^uint64(0))).Uint64()
	high := new(big.Int).Rsh(n, 64).Int64()
	return Quantity{high, low, true}, true
}

// Days is a number of days as the 95 calls send it, to 20 places (points / 288), DECIMAL(38,20).
type Days struct {
	hi    int64
	lo    uint64
	valid bool
}

// SetText reads a decimal text; more than 20 places or 19 integer digits is an error.
func (d *Days) SetText(text []byte) error {
	if len(text) == 0 {
		d.SetNull()
		return nil
	}
	hi, lo, err := parse(text, DaysPrecision, DaysScale)
	*d = Days{hi, lo, err == nil}
	return err
}

// SetNull makes the number NULL.
func (d *Days) SetNull() { *d = Days{} }

// Unscaled implements Decimal.
func (d Days) Unscaled() (int64, uint64, bool) { return d.hi, d.lo, d.valid }

func (d Days) String() string { return format(d.hi, d.lo, DaysScale, d.valid) }

// Rate is a factor, a tax rate or a unit price, DECIMAL(18,10).
type Rate struct {
	n     int64
	valid bool
}

// SetText reads a decimal text; more than 10 places or an absolute value of 10^8 and above is an error.
func (r *Rate) SetText(text []byte) error {
	if len(text) == 0 {
		r.SetNull()
		return nil
	}
	_, lo, err := parse(text, RatePrecision, RateScale)
	*r = Rate{int64(lo), err == nil}
	return err
}

// SetNull makes the rate NULL.
func (r *Rate) SetNull() { *r = Rate{} }

// Unscaled implements Decimal.
func (r Rate) Unscaled() (int64, uint64, bool) { return r.n >> 63, uint64(r.n), r.valid }

// Valid says whether the rate is not NULL.
func (r Rate) Valid() bool { return r.valid }

// Decimal returns the rate for arithmetic in Go; 0 when it is NULL.
func (r Rate) Decimal() decimal.Decimal { return decimal.New(r.n, -RateScale) }

func (r Rate) String() string { return format(r.n>>63, uint64(r.n), RateScale, r.valid) }

// Int is a nullable integer that the API documents as one but may send quoted.
type Int struct {
	n     int64
	valid bool
}

// NewInt makes a value that is not NULL.
func NewInt(n int64) Int { return Int{n, true} }

// SetText reads an integer ("4", "4.0", "0"); what does not fit 32 bits, the size the API documents, is an error.
func (i *Int) SetText(text []byte) error {
	if len(text) == 0 {
		i.SetNull()
		return nil
	}
	hi, lo, err := parse(text, 18, 0)
	if err == nil && (int64(lo)>>31 != hi) {
		err = fmt.Errorf("%w (32 bits): %s", ErrRange, quote(text))
	}
	*i = Int{int64(lo), err == nil}
	return err
}

// SetNull makes the integer NULL.
func (i *Int) SetNull() { *i = Int{} }

// Int64 returns the value; false when it is NULL.
func (i Int) Int64() (int64, bool) { return i.n, i.valid }

// Long is a nullable 64-bit integer (conversion ratios).
type Long struct {
	n     int64
	valid bool
}

// SetText reads an integer below 10^18.
func (l *Long) SetText(text []byte) error {
	if len(text) == 0 {
		l.SetNull()
		return nil
	}
	_, lo, err := parse(text, 18, 0)
	*l = Long{int64(lo), err == nil}
	return err
}

// SetNull makes the integer NULL.
func (l *Long) SetNull() { *l = Long{} }

// Int64 returns the value; false when it is NULL.
func (l Long) Int64() (int64, bool) { return l.n, l.valid }

// Beijing is the zone of every billing rule of the site: UTC+8 without daylight saving.
var Beijing = time.FixedZone("UTC+8", 8*60*60)

// Instant is a point in time in UTC to the microsecond.
type Instant struct {
	micros int64
	valid  bool
}

// NewInstant makes a value that is not NULL.
func NewInstant(t time.Time) Instant { return Instant{t.UnixMicro(), true} }

// SetText reads an RFC 3339 text (the API sends 2020-11-17T06:43:38Z). Years outside 1970 to 9998 are an error.
func (t *Instant) SetText(text []byte) error {
	if len(text) == 0 {
		t.SetNull()
		return nil
	}
	v, err := time.Parse(time.RFC3339Nano, string(text))
	if err != nil {
		*t = Instant{}
		return fmt.Errorf("not a UTC time: %s", quote(text))
	}
	if y := v.Year(); y < 1970 || y > 9998 {
		*t = Instant{}
		return fmt.Errorf("%w (years 1970 to 9998): %s", ErrRange, quote(text))
	}
	*t = NewInstant(v)
	return nil
}

// SetNull makes the instant NULL.
func (t *Instant) SetNull() { *t = Instant{} }

// UnixMicro returns microseconds since 1970 in UTC; false when it is NULL.
func (t Instant) UnixMicro() (int64, bool) { return t.micros, t.valid }

// Time returns the instant; the zero time when it is NULL.
func (t Instant) Time() time.Time {
	if !t.valid {
		return time.Time{}
	}
	return time.UnixMicro(t.micros).UTC()
}

// BusinessDate is the day in UTC+8 in which the instant lies.
func (t Instant) BusinessDate() Date { return t.dateOf(t.micros) }

// LastBusinessDate is the last day in UTC+8 inside an interval that ends at the instant.
func (t Instant) LastBusinessDate() Date { return t.dateOf(t.micros - 1) }

func (t Instant) dateOf(micros int64) Date {
	if !t.valid {
		return Date{}
	}
	const hour = int64(time.Hour / time.Microsecond)
	local := micros + 8*hour
	days := local / (24 * hour)
	if local%(24*hour) < 0 {
		days--
	}
	return Date{int32(days), true}
}

// Date is a calendar day.
type Date struct {
	days  int32
	valid bool
}

// NewDate makes the day on which t falls in t's own zone.
func NewDate(t time.Time) Date {
	y, m, d := t.Date()
	return Date{int32(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400), true}
}

// SetText reads yyyy-mm-dd.
func (d *Date) SetText(text []byte) error {
	if len(text) == 0 {
		d.SetNull()
		return nil
	}
	v, err := time.Parse(time.DateOnly, string(text))
	if err != nil {
		*d = Date{}
		return fmt.Errorf("not a date (yyyy-mm-dd): %s", quote(text))
	}
	*d = NewDate(v)
	return nil
}

// SetNull makes the day NULL.
func (d *Date) SetNull() { *d = Date{} }

// Days returns days since 1970-01-01; false when it is NULL.
func (d Date) Days() (int32, bool) { return d.days, d.valid }

// Time returns midnight UTC of the day; the zero time when it is NULL.
func (d Date) Time() time.Time {
	if !d.valid {
		return time.Time{}
	}
	return time.Unix(int64(d.days)*86400, 0).UTC()
}

func (d Date) String() string {
	if !d.valid {
		return ""
	}
	return d.Time().Format(time.DateOnly)
}

func bigOf(hi int64, lo uint64) *big.Int {
	n := big.NewInt(hi)
	n.Lsh(n, 64)
	return n.Add(n, new(big.Int).SetUint64(lo))
}

// format prints the shortest decimal text; empty when NULL.
func format(hi int64, lo uint64, scale int, valid bool) string {
	if !valid {
		return ""
	}
	s := decimal.NewFromBigInt(bigOf(hi, lo), -int32(scale)).String()
	return strings.TrimPrefix(s, "+")
}
