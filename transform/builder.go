package transform

import (
	"reflect"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"
)

// Builder collects rows from one record, which its owner fills again and again, into Arrow batches.
type Builder[R any] struct {
	columns []Column
	fields  []array.Builder
	builder *array.RecordBuilder
	rows    int
}

// NewBuilder binds a builder to the record that Append reads. Release it after use.
func NewBuilder[R any](record *R) *Builder[R] {
	columns := columnsOf(reflect.ValueOf(record).Elem())
	b := &Builder[R]{columns: columns, builder: array.NewRecordBuilder(memory.DefaultAllocator, schemaOf(columns))}
	b.fields = b.builder.Fields()
	return b
}

// SchemaOf is the Arrow schema of a record type.
func SchemaOf[R any]() *arrow.Schema { return schemaOf(Columns[R]()) }

func schemaOf(columns []Column) *arrow.Schema {
	fields := make([]arrow.Field, len(columns))
	for i, c := range columns {
		fields[i] = arrow.Field{Name: c.Name, Type: c.Type, Nullable: !c.NotNull}
	}
	return arrow.NewSchema(fields, nil)
}

// Append adds the record as it stands now.
func (b *Builder[R]) Append() {
	for i := range b.columns {
		b.columns[i].write(b.fields[i])
	}
	b.rows++
}

// Rows is the number of rows since the last batch.
func (b *Builder[R]) Rows() int { return b.rows }

// Batch returns the rows since the last batch; the caller releases it.
func (b *Builder[R]) Batch() arrow.Record {
	b.rows = 0
	return b.builder.NewRecord()
}

// Release frees what was not taken.
func (b *Builder[R]) Release() { b.builder.Release() }
