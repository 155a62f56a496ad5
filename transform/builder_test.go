package transform

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"settle/transform/exact"
)

type origin struct {
	Cycle string `db:"cycle,notnull"`
}

func set(t *testing.T, s exact.Scalar, text string) {
	t.Helper()
	if err := s.SetText([]byte(text)); err != nil {
		t.Fatal(err)
	}
}

func TestColumns(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a field without a column type was passed over")
		}
	}()
	type narrow struct {
		Amount exact.Money   `json:"amount"`
		At     exact.Instant `json:"at"`
		Code   string        `db:"code,notnull"`
	}
	var got []string
	for _, c := range Columns[narrow]() {
		got = append(got, fmt.Sprint(c.Name, " ", c.SQLType(), " ", c.NotNull))
	}
	if want := "amount DECIMAL(18,8) false, at TIMESTAMP false, at_date DATE false, code VARCHAR true"; strings.Join(got, ", ") != want {
		t.Errorf("got %s\nwant %s", strings.Join(got, ", "), want)
	}
	Columns[struct {
		Price float64 `db:"price"`
	}]()
}

func TestBatchHoldsTheDigits(t *testing.T) {
	type flat struct {
		origin
		Inline values `db:",inline"`
	}
	r := &flat{}
	b := NewBuilder(r)
	defer b.Release()
	r.Cycle = "2026-10"
	e := &r.Inline
	set(t, &e.Amount, "-9999999999.99999999")
	set(t, &e.Usage, "-12345678901234567890123456.000000000001")
	set(t, &e.Days, "30.97222222222222222222")
	set(t, &e.Rate, "0.88")
	set(t, &e.Unit, "0")
	set(t, &e.At, "2026-09-30T16:00:00Z")
	set(t, &e.Until, "2026-10-31T16:00:00Z")
	e.Flag, e.Count = true, 7
	b.Append()
	*r = flat{}
	b.Append()
	if b.Rows() != 2 {
		t.Errorf("%d rows", b.Rows())
	}
	batch := b.Batch()
	defer batch.Release()
	if b.Rows() != 0 {
		t.Error("rows are counted on after a batch")
	}
	want := map[string][2]string{
		"cycle": {"2026-10", ""}, "text": {"(null)", "(null)"}, "kept": {"", ""},
		"amount": {"-9999999999.99999999", "(null)"}, "usage": {"-12345678901234567890123456.000000000001", "(null)"}, "days": {"30.97222222222222222222", "(null)"},
		"rate": {"0.8800000000", "(null)"}, "unit": {"0", "(null)"}, "flag": {"true", "false"}, "count": {"7", "0"},
		"at_date": {"2026-10-01", "(null)"}, "until_date": {"2026-10-31", "(null)"}, "at": {"2026-09-30T16:00:00Z", "(null)"},
	}
	for name, w := range want {
		i := batch.Schema().FieldIndices(name)
		if len(i) != 1 {
			t.Errorf("column %s stands %d times", name, len(i))
			continue
		}
		for row := range 2 {
			if got := cell(batch.Column(i[0]), row); got != w[row] {
				t.Errorf("%s, row %d: got %s, want %s", name, row, got, w[row])
			}
		}
	}
}

// values has a field of each type.
type values struct {
	Text   string         `json:"text,omitempty"`
	Kept   string         `db:"kept,notnull"`
	Amount exact.Money    `json:"amount"`
	Usage  exact.Quantity `json:"usage"`
	Days   exact.Days     `json:"days"`
	Rate   exact.Rate     `db:"rate"`
	Unit   exact.Int      `json:"unit"`
	At     exact.Instant  `json:"at"`
	Until  exact.Instant  `db:"until,lastday"`
	Flag   bool           `db:"flag"`
	Count  int64          `db:"count"`
}

func cell(a interface {
	IsNull(int) bool
	ValueStr(int) string
}, row int) string {
	if d, ok := a.(*array.Decimal128); ok && !a.IsNull(row) {
		return d.Value(row).ToString(d.DataType().(*arrow.Decimal128Type).Scale)
	}
	if d, ok := a.(*array.Timestamp); ok && !a.IsNull(row) {
		return time.UnixMicro(int64(d.Value(row))).UTC().Format(time.RFC3339)
	}
	return a.ValueStr(row)
}
