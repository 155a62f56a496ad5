// Package transform turns typed records into Arrow batches: in come records whose fields are exact values (package exact),
// out come columns, one per field, with the same digits. The schema derives from the record type, so a dataset is declared
// once. What expresses quantities in a common unit is in transform/units, what reads the pricing workbook in transform/pricing.
package transform

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/decimal128"

	"settle/transform/exact"
)

// Column is a column of a record type's table.
type Column struct {
	Name    string
	Type    arrow.DataType
	NotNull bool
	write   func(array.Builder)
}

// SQLType is the column's type in DuckDB.
func (c Column) SQLType() string {
	switch t := c.Type.(type) {
	case *arrow.Decimal128Type:
		return fmt.Sprintf("DECIMAL(%d,%d)", t.Precision, t.Scale)
	case *arrow.TimestampType:
		return "TIMESTAMP"
	case *arrow.Date32Type:
		return "DATE"
	case *arrow.Int32Type:
		return "INTEGER"
	case *arrow.Int64Type:
		return "BIGINT"
	case *arrow.BooleanType:
		return "BOOLEAN"
	}
	return "VARCHAR"
}

// Columns lists the columns of a record type, in the order of its fields: those with a db tag (name, then options notnull,
// lastday) or a json tag, nested lists excepted. An instant is followed by its day in UTC+8, <name>_date; with lastday, the
// last day inside an interval that ends there.
func Columns[R any]() []Column { return columnsOf(reflect.ValueOf(new(R)).Elem()) }

var (
	text      = arrow.BinaryTypes.String
	money     = &arrow.Decimal128Type{Precision: exact.MoneyPrecision, Scale: exact.MoneyScale}
	quantity  = &arrow.Decimal128Type{Precision: exact.QuantityPrecision, Scale: exact.QuantityScale}
	days      = &arrow.Decimal128Type{Precision: exact.DaysPrecision, Scale: exact.DaysScale}
	rate      = &arrow.Decimal128Type{Precision: exact.RatePrecision, Scale: exact.RateScale}
	timestamp = &arrow.TimestampType{Unit: arrow.Microsecond}
)

func columnsOf(v reflect.Value) (all []Column) {
	for i := range v.NumField() {
		t, v := v.Type().Field(i), v.Field(i)
		if t.Anonymous || t.Tag.Get("db") == ",inline" {
			all = append(all, columnsOf(v)...)
			continue
		}
		name, options := tagOf(t)
		if name == "" || name == "-" || v.Kind() == reflect.Slice {
			continue
		}
		all = append(all, columnOf(name, options, v)...)
	}
	return all
}

func tagOf(t reflect.StructField) (name, options string) {
	tag, ok := t.Tag.Lookup("db")
	if !ok {
		tag, _, _ = strings.Cut(t.Tag.Get("json"), ",")
	}
	name, options, _ = strings.Cut(tag, ",")
	return name, options
}

func columnOf(name, options string, v reflect.Value) []Column {
	one := func(t arrow.DataType, notNull bool, write func(array.Builder)) []Column {
		return []Column{{name, t, notNull, write}}
	}
	switch p := v.Addr().Interface().(type) {
	case *string:
		keep := strings.Contains(options, "notnull")
		return one(text, keep, func(b array.Builder) {
			if *p == "" && !keep {
				b.AppendNull()
				return
			}
			b.(*array.StringBuilder).Append(*p)
		})
	case *bool:
		return one(arrow.FixedWidthTypes.Boolean, true, func(b array.Builder) { b.(*array.BooleanBuilder).Append(*p) })
	case *int64:
		return one(arrow.PrimitiveTypes.Int64, true, func(b array.Builder) { b.(*array.Int64Builder).Append(*p) })
	case *exact.Int:
		return one(arrow.PrimitiveTypes.Int32, false, func(b array.Builder) {
			if n, ok := p.Int64(); ok {
				b.(*array.Int32Builder).Append(int32(n))
				return
			}
			b.AppendNull()
		})
	case *exact.Long:
		return one(arrow.PrimitiveTypes.Int64, false, func(b array.Builder) {
			if n, ok := p.Int64(); ok {
				b.(*array.Int64Builder).Append(n)
				return
			}
			b.AppendNull()
		})
	case *exact.Money:
		return one(money, false, decimal(p))
	case *exact.Quantity:
		return one(quantity, false, decimal(p))
	case *exact.Days:
		return one(days, false, decimal(p))
	case *exact.Rate:
		return one(rate, false, decimal(p))
	case *exact.Date:
		return one(arrow.FixedWidthTypes.Date32, false, func(b array.Builder) { appendDate(b, *p) })
	case *exact.Instant:
		last := strings.Contains(options, "lastday")
		return []Column{
			{name, timestamp, false, func(b array.Builder) {
				if n, ok := p.UnixMicro(); ok {
					b.(*array.TimestampBuilder).Append(arrow.Timestamp(n))
					return
				}
				b.AppendNull()
			}},
			{name + "_date", arrow.FixedWidthTypes.Date32, false, func(b array.Builder) {
				if last {
					appendDate(b, p.LastBusinessDate())
					return
				}
				appendDate(b, p.BusinessDate())
			}},
		}
	}
	panic(fmt.Sprintf("transform: column %s: no column type for %s", name, v.Type()))
}

func decimal(p exact.Decimal) func(array.Builder) {
	return func(b array.Builder) {
		if hi, lo, ok := p.Unscaled(); ok {
			b.(*array.Decimal128Builder).Append(decimal128.New(hi, lo))
			return
		}
		b.AppendNull()
	}
}

func appendDate(b array.Builder, d exact.Date) {
	if n, ok := d.Days(); ok {
		b.(*array.Date32Builder).Append(arrow.Date32(n))
		return
	}
	b.AppendNull()
}
