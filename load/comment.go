package load

import (
	"context"
	"fmt"

	sqlfiles "settle/sql"
)

// Comment writes what every table, view and column means into the database: from the models' headers, from sql/tables.txt
// for the tables that the loader makes and, for columns, from sql/columns.txt where neither says it. Creating a table anew
// drops its comments, so this comes after each build; what is there already is not written again. Schemas have none: DuckDB
// 1.1 answers COMMENT ON SCHEMA with "not implemented".
func Comment(ctx context.Context, tx Execer) error {
	objects, err := sqlfiles.Tables()
	if err != nil {
		return fmt.Errorf("comment: %w", err)
	}
	models, err := sqlfiles.Models()
	if err != nil {
		return fmt.Errorf("comment: %w", err)
	}
	for _, m := range models {
		if m.Build != sqlfiles.BuildInto { // the model that makes the table has said it
			objects = append(objects, m)
		}
	}
	meaning, err := sqlfiles.Columns()
	if err != nil {
		return fmt.Errorf("comment: %w", err)
	}
	there, err := comments(ctx, tx)
	if err != nil {
		return fmt.Errorf("comment: %w", err)
	}
	for _, o := range objects {
		if err := comment(ctx, tx, o, meaning, there[o.Object()]); err != nil {
			return fmt.Errorf("comment on %s: %w", o.Object(), err)
		}
	}
	return nil
}

// commented is what the database says of a table or view; the column "" is the object itself.
type commented struct {
	columns []string
	texts   map[string]string
}

func comments(ctx context.Context, tx Execer) (map[string]*commented, error) {
	rows, err := tx.QueryContext(ctx, `
		select schema_name || '.' || table_name, '', -1 as place, coalesce(comment, '') from duckdb_tables() where not internal
		union all select schema_name || '.' || view_name, '', -1, coalesce(comment, '') from duckdb_views() where not internal
		union all select schema_name || '.' || table_name, column_name, column_index, coalesce(comment, '') from duckdb_columns() where not internal
		order by 1, 3`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	all := map[string]*commented{}
	for rows.Next() {
		var object, column, text string
		var place int
		if err := rows.Scan(&object, &column, &place, &text); err != nil {
			return nil, err
		}
		c := all[object]
		if c == nil {
			c = &commented{texts: map[string]string{}}
			all[object] = c
		}
		if column != "" {
			c.columns = append(c.columns, column)
		}
		c.texts[column] = text
	}
	return all, rows.Err()
}

func comment(ctx context.Context, tx Execer, o sqlfiles.File, meaning map[string]string, there *commented) error {
	if there == nil { // not built yet
		return nil
	}
	kind := "table"
	if o.Build == sqlfiles.BuildView {
		kind = "view"
	}
	if there.texts[""] != o.Comment {
		if _, err := tx.ExecContext(ctx, fmt.Sprintf("comment on %s %s is %s", kind, o.Object(), quote(o.Comment))); err != nil {
			return err
		}
	}
	for _, column := range there.columns {
		text, ok := o.Columns[column]
		if !ok {
			text, ok = meaning[column]
		}
		if !ok || there.texts[column] == text { // a test sees to it that none is missing
			continue
		}
		if _, err := tx.ExecContext(ctx, fmt.Sprintf("comment on column %s.%q is %s", o.Object(), column, quote(text))); err != nil {
			return err
		}
	}
	return nil
}
