package load

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
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

// ErrReshaped says that a table of the warehouse has other columns than its model: another version of settle made it. It
// keeps the rows of other cycles, so it is not replaced in silence; the warehouse is to be rebuilt from the packages.
var ErrReshaped = errors.New("the warehouse was built by another version of settle; delete warehouse.duckdb, the next run rebuilds it from the packages")

// Build runs the models whose number is at least from and below to, in the order of their numbers, for the cycle in ops.params.
// What a model makes, and how, is in its header; a table that does not exist yet takes its columns from the SELECT. What was
// built before an error is returned with it; the caller's transaction decides whether it stays.
func Build(ctx context.Context, tx Execer, from, to string) ([]Built, error) {
	models, err := sqlfiles.Models()
	if err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	if _, err := tx.ExecContext(ctx, sqlfiles.Recon()); err != nil { // models read the findings of checks
		return nil, fmt.Errorf("build: schema recon: %w", err)
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
	// The SELECT stands on lines of its own: a comment may end it.
	like := " table " + m.Object() + " as select * from (\n" + m.SQL + "\n) as model limit 0"
	run("create schema if not exists " + m.Schema)
	switch m.Build {
	case sqlfiles.BuildView:
		run("create or replace view " + m.Object() + " as\n" + m.SQL)
		return 0, err
	case sqlfiles.BuildWhole:
		run("create or replace" + like)
	case sqlfiles.BuildCycle:
		var there bool
		if err == nil {
			there, err = exists(ctx, tx, m)
		}
		if !there {
			run("create" + like)
			break
		}
		if err == nil {
			err = sameShape(ctx, tx, m)
		}
		run("delete from " + m.Object() + " where cycle = (select cycle from ops.params)")
	case sqlfiles.BuildInto:
		if err == nil {
			err = sameShape(ctx, tx, m)
		}
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

func exists(ctx context.Context, tx Execer, m sqlfiles.File) (bool, error) {
	var tables int64
	err := tx.QueryRowContext(ctx, "select count(*) from duckdb_tables() where schema_name = ? and table_name = ?", m.Schema, m.Name).Scan(&tables)
	return tables > 0, err
}

// sameShape compares the columns of a model with those of its table.
func sameShape(ctx context.Context, tx Execer, m sqlfiles.File) error {
	have, err := columnsOf(ctx, tx, "describe "+m.Object())
	if err != nil {
		return err
	}
	want, err := columnsOf(ctx, tx, "describe "+m.SQL)
	if err != nil {
		return err
	}
	if strings.Join(have, ", ") != strings.Join(want, ", ") {
		return fmt.Errorf("%w: the table has (%s), the model gives (%s)", ErrReshaped, strings.Join(have, ", "), strings.Join(want, ", "))
	}
	return nil
}

func columnsOf(ctx context.Context, tx Execer, describe string) ([]string, error) {
	return texts(ctx, tx, "select column_name || ' ' || column_type from (\n"+describe+"\n)")
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
