package load

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	sqlfiles "settle/sql"
)

// Execer is what models and checks run on: a transaction of the writer, whose connection knows sqlfiles.Prelude.
type Execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Built says what one model made.
type Built struct {
	Object string
	Rows   int64 // of the cycle; 0 for a view
	Took   time.Duration
}

// Build runs the models whose number is at least from and below to, in the order of their numbers, for the cycle in ops.params.
// What a model makes, and how, is in its header; a table that does not exist yet takes its columns from the SELECT. What was
// built before an error is returned with it; the caller's transaction decides whether it stays.
func Build(ctx context.Context, tx Execer, from, to string) ([]Built, error) {
	models, err := sqlfiles.Models()
	if err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	if err := EnsureTables(ctx, tx); err != nil {
		return nil, err
	}
	restore, err := joinAsWritten(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	defer restore()
	var all []Built
	for _, m := range models {
		if m.Number < from || m.Number >= to {
			continue
		}
		start := time.Now()
		rows, err := build(ctx, tx, m)
		if err != nil {
			return all, fmt.Errorf("build %s: %w", m.Object(), err)
		}
		all = append(all, Built{Object: m.Object(), Rows: rows, Took: time.Since(start)})
	}
	return all, nil
}

// unfrozen restricts what rebuilding a cycle deletes of a table.
var unfrozen = map[string]string{
	sqlfiles.FrozenRevision: ` and not exists (select 1 from ops.revisions as v where v.cycle = t.cycle and v.party_id = t.party_id and t.revision <= v.issued_revision)`,
	sqlfiles.FrozenRequest:  ` and request_no not in (select request_no from ops.issued_requests)`,
	sqlfiles.FrozenPricing:  ` and pricing_hash = (select pricing_hash from ops.params)`,
}

// EnsureTables makes the tables and views of the models that are not there yet, empty: models read tables of later ones, which the
// build of an earlier cycle has filled.
func EnsureTables(ctx context.Context, tx Execer) error {
	models, err := sqlfiles.Models()
	if err != nil {
		return fmt.Errorf("build: %w", err)
	}
	if _, err := tx.ExecContext(ctx, sqlfiles.Recon()); err != nil {
		return fmt.Errorf("build: schema recon: %w", err)
	}
	there, err := texts(ctx, tx, "select schema_name || '.' || table_name from duckdb_tables() union all select schema_name || '.' || view_name from duckdb_views()")
	if err != nil {
		return fmt.Errorf("build: %w", err)
	}
	for _, m := range models {
		if m.Build == sqlfiles.BuildInto || slices.Contains(there, m.Object()) {
			continue
		}
		if _, err := tx.ExecContext(ctx, "create schema if not exists "+m.Schema); err != nil {
			return fmt.Errorf("build %s: %w", m.Object(), err)
		}
		// The SELECT stands on lines of its own: a comment may end it.
		query := "create table " + m.Object() + " as select * from (\n" + m.SQL + "\n) as model limit 0"
		if m.Build == sqlfiles.BuildView {
			query = "create or replace view " + m.Object() + " as\n" + m.SQL
		}
		if _, err := tx.ExecContext(ctx, query); err != nil {
			return fmt.Errorf("build %s: %w", m.Object(), err)
		}
	}
	return nil
}

func build(ctx context.Context, tx Execer, m sqlfiles.File) (rows int64, err error) {
	run := func(query string) {
		if err != nil {
			return
		}
		var result sql.Result
		if result, err = tx.ExecContext(ctx, query); err == nil {
			rows, err = result.RowsAffected()
		}
	}
	switch m.Build {
	case sqlfiles.BuildView:
		run("create or replace view " + m.Object() + " as\n" + m.SQL)
		return 0, err
	case sqlfiles.BuildWhole:
		run("create or replace table " + m.Object() + " as\n" + m.SQL)
		return rows, err
	case sqlfiles.BuildCycle:
		run("delete from " + m.Object() + " as t where cycle = (select cycle from ops.params)" + unfrozen[m.Frozen])
	}
	run("insert into " + m.Object() + " by name\n" + m.SQL)
	return rows, err
}

// joinAsWritten makes joins run in the order of their texts, which name the large table first and what is looked up in it
// after. DuckDB 1.1 guesses the order from statistics, and a table filled in the same transaction has none: it then probes
// a million rows hashed by one value, or multiplies tables out (measured: 15 times as slow, or the disk full).
func joinAsWritten(ctx context.Context, tx Execer) (restore func(), err error) {
	if _, err := tx.ExecContext(ctx, "set disabled_optimizers = 'join_order,build_side_probe_side'"); err != nil {
		return nil, err
	}
	return func() {
		// An aborted transaction refuses it; the setting then stays with the connection, where it only costs speed.
		_, _ = tx.ExecContext(context.WithoutCancel(ctx), "reset disabled_optimizers")
	}, nil
}

// texts returns the one column of a query.
func texts(ctx context.Context, tx Execer, query string, args ...any) ([]string, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var all []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, rows.Err()
}
