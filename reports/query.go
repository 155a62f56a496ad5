package reports

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"sort"
	"strings"

	sqlfiles "settle/sql"
)

// table is the answer of one query, held as one text and the ends of its cells: a million small strings would cost four times as
// much. NULL and the empty text are the same to a cell.
type table struct {
	name    string
	columns []string
	text    string
	ends    []uint32
	rows    int
}

// read runs sql/reports/<name>.sql and keeps its answer.
func read(ctx context.Context, db Queryer, name string, args ...any) (*table, error) {
	query, err := sqlfiles.Reports.ReadFile("reports/" + name + ".sql")
	if err != nil {
		return nil, fmt.Errorf("query %s: %w", name, err)
	}
	return readText(ctx, db, name, string(query), args...)
}

// readCheck runs the text of a check of the workbooks and keeps its answer.
func readCheck(ctx context.Context, db Queryer, number string, args ...any) (*table, error) {
	checks, err := sqlfiles.Checks()
	if err != nil {
		return nil, fmt.Errorf("check %s: %w", number, err)
	}
	i := slices.IndexFunc(checks, func(c sqlfiles.File) bool { return c.Number == number })
	if i < 0 {
		return nil, fmt.Errorf("check %s: there is none", number)
	}
	return readText(ctx, db, checks[i].Number+"_"+checks[i].Name, checks[i].SQL, args...)
}

func readText(ctx context.Context, db Queryer, name, query string, args ...any) (*table, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		// Which tables and columns there are, the version decides that made the snapshot.
		if text, _, _ := strings.Cut(err.Error(), "\n"); strings.HasPrefix(text, "Catalog Error") || strings.HasPrefix(text, "Binder Error") {
			return nil, fmt.Errorf("query %s: the snapshot was made by another version of settle; settle run makes a new one (%s)", name, text)
		}
		return nil, fmt.Errorf("query %s: %w", name, err)
	}
	defer rows.Close()
	t, err := collect(rows)
	if err != nil {
		return nil, fmt.Errorf("query %s: %w", name, err)
	}
	t.name = name
	return t, nil
}

func collect(rows *sql.Rows) (*table, error) {
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	t := &table{columns: columns}
	var text strings.Builder
	cells := make([]sql.NullString, len(columns))
	dest := make([]any, len(columns))
	for i := range cells {
		dest[i] = &cells[i]
	}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		for _, c := range cells {
			text.WriteString(c.String)
			t.ends = append(t.ends, uint32(text.Len()))
		}
		t.rows++
		if text.Len() > 1<<31 {
			return nil, fmt.Errorf("more than 2 GB of text in %d rows", t.rows)
		}
	}
	t.text = text.String()
	return t, rows.Err()
}

// cell is the text of a row's column, both counted from 0.
func (t *table) cell(row, column int) string {
	i := row*len(t.columns) + column
	start := uint32(0)
	if i > 0 {
		start = t.ends[i-1]
	}
	return t.text[start:t.ends[i]]
}

// at is the position of a named column. The names are ours on both sides; one that is missing is a broken query text.
func (t *table) at(column string) (int, error) {
	for i, c := range t.columns {
		if c == column {
			return i, nil
		}
	}
	return 0, fmt.Errorf("query %s has no column %s", t.name, column)
}

// record gives access to a row by column name, for the small answers that are read by hand.
type record struct {
	t   *table
	row int
}

func (r record) get(column string) string {
	i, err := r.t.at(column)
	if err != nil {
		panic(err)
	}
	return r.t.cell(r.row, i)
}

// of is the part of the answer that belongs to one party: rows are ordered by their first column, the party id, and a workbook
// gets its rows by no other door.
func (t *table) of(party string) (from, to int) {
	from = sort.Search(t.rows, func(i int) bool { return t.cell(i, 0) >= party })
	to = from
	for to < t.rows && t.cell(to, 0) == party {
		to++
	}
	return from, to
}

// records walks the rows of one party.
func (t *table) records(party string) func(yield func(record) bool) {
	return func(yield func(record) bool) {
		from, to := t.of(party)
		for i := from; i < to; i++ {
			if !yield(record{t, i}) {
				return
			}
		}
	}
}
