package load

import (
	"context"
	"fmt"

	sqlfiles "settle/sql"
)

// Comment writes what every table, view and column of the models and of schema recon means into the database, from the
// models' headers and, for columns, from sql/columns.txt where the header does not say it. Creating a table anew drops its
// comments, so this comes after each build. Schemas have none: DuckDB 1.1 answers COMMENT ON SCHEMA with "not implemented".
func Comment(ctx context.Context, tx Execer) error {
	models, err := sqlfiles.Models()
	if err != nil {
		return fmt.Errorf("comment: %w", err)
	}
	meaning, err := sqlfiles.Columns()
	if err != nil {
		return fmt.Errorf("comment: %w", err)
	}
	objects := append([]sqlfiles.File{
		{Schema: "recon", Name: "checks", Comment: "one check of a cycle and how it ended"},
		{Schema: "recon", Name: "findings", Comment: "one difference that a check found in a cycle, explained or not"},
	}, models...)
	for _, m := range objects {
		kind := "table"
		switch m.Build {
		case sqlfiles.BuildView:
			kind = "view"
		case sqlfiles.BuildInto:
			continue // the model that makes the table has said it
		}
		if err := comment(ctx, tx, kind, m, meaning); err != nil {
			return fmt.Errorf("comment on %s: %w", m.Object(), err)
		}
	}
	return nil
}

func comment(ctx context.Context, tx Execer, kind string, m sqlfiles.File, meaning map[string]string) error {
	columns, err := texts(ctx, tx, "select column_name from duckdb_columns() where schema_name = ? and table_name = ? order by column_index", m.Schema, m.Name)
	if err != nil || len(columns) == 0 { // not built yet
		return err
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("comment on %s %s is %s", kind, m.Object(), quote(m.Comment))); err != nil {
		return err
	}
	for _, column := range columns {
		text, ok := m.Columns[column]
		if !ok {
			text, ok = meaning[column]
		}
		if !ok { // a test sees to it that there are none
			continue
		}
		if _, err := tx.ExecContext(ctx, fmt.Sprintf("comment on column %s.%q is %s", m.Object(), column, quote(text))); err != nil {
			return err
		}
	}
	return nil
}
