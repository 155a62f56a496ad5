package main

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"settle/load"

	"github.com/spf13/cobra"
)

func (a *app) queryCommand() *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   `query "SQL"`,
		Short: "Ask the published snapshot; read-only",
		Long: `query runs one SELECT (or WITH, FROM, VALUES, DESCRIBE, SHOW, SUMMARIZE, EXPLAIN) on data/published/current.duckdb. The SQL can
neither write nor reach a file or the network. Start with:

  settle query "select * from settlement.cost limit 10"
  settle query "select schema_name, table_name, comment from duckdb_tables() union all
                select schema_name, view_name, comment from duckdb_views() where not internal order by 1, 2"

Decimals come out exact, never as floating point. table shows NULL as NULL. csv leaves a NULL empty and writes an empty text as
"", with every value exactly as stored: a text may begin with =, so import the file as text before opening it in a
spreadsheet program. json is one array, a row a line; decimals and integers beyond 2^53 are JSON texts there.

Exit codes: 0 done, 1 failed, 2 misused (flags, config, no SELECT), 130 interrupted.`,
		Example: `  settle query --format csv "select party_id, amount_incl_tax from settlement.statements" > statements.csv`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			newSink, ok := sinks[format]
			if !ok {
				return misused(fmt.Errorf("query: --format %s is no format; write table, csv or json", quoted(format)))
			}
			cfg, err := a.loadConfig()
			if err != nil {
				return err
			}
			db, err := openCurrent(cmd.Context(), cfg)
			if err != nil {
				return err
			}
			defer db.Close()
			out := bufio.NewWriterSize(a.stdout, 1<<16)
			err = query(cmd.Context(), db, args[0], newSink(out))
			if err == nil {
				err = out.Flush()
			}
			if isBrokenPipe(err) {
				return nil
			}
			return err
		},
	}
	c.Flags().StringVar(&format, "format", "table", "`table|csv|json`")
	return c
}

// openCurrent opens the newest snapshot, or says how to make one.
func openCurrent(ctx context.Context, cfg *Config) (*sql.DB, error) {
	path := filepath.Join(cfg.Data, "published", load.Current)
	db, err := load.OpenSnapshot(ctx, path)
	if errors.Is(err, load.ErrNoSnapshot) {
		return nil, fmt.Errorf("open snapshot %s: none was published yet; settle run --cycle previous makes one", path)
	}
	return db, err
}

// reads are the words a statement that only reads begins with. The snapshot is opened read-only and cut off from files
// and network in any case; this list is for a message that says what to write instead.
var reads = []string{"select", "with", "from", "values", "table", "describe", "desc", "show", "summarize", "explain", "pivot", "unpivot"}

// checkQuery refuses what is no single reading statement by its first word.
func checkQuery(text string) error {
	word, rest := firstWord(text)
	if word == "" && !strings.HasPrefix(rest, "(") {
		return misused(errors.New(`query: there is no statement; write one in quotes, for example "select * from settlement.statements"`))
	}
	if strings.HasPrefix(rest, "(") && word == "" {
		return nil
	}
	for _, ok := range reads {
		if word == ok {
			return nil
		}
	}
	return misused(fmt.Errorf("query: %s is refused: the snapshot is read-only; write a SELECT, or copy data/published/current.duckdb and work on the copy", strings.ToUpper(cut(word, 20))))
}

// firstWord skips blanks and comments.
func firstWord(text string) (word, rest string) {
	for {
		text = strings.TrimLeft(text, " \t\r\n\f\v;")
		switch {
		case strings.HasPrefix(text, "--"):
			_, text, _ = strings.Cut(text, "\n")
			continue
		case strings.HasPrefix(text, "/*"):
			_, text, _ = strings.Cut(text[2:], "*/")
			continue
		}
		end := strings.IndexFunc(text, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '_' })
		if end < 0 {
			end = len(text)
		}
		return strings.ToLower(text[:end]), text[end:]
	}
}

// sink writes a result, a row at a time.
type sink interface {
	head(columns []column) error
	row(values []any) error
	end(rows int64) error
}

type column struct{ name, kind string }

var sinks = map[string]func(io.Writer) sink{
	"table": func(w io.Writer) sink { return &tableSink{out: w} },
	"csv":   func(w io.Writer) sink { return &csvSink{out: w} },
	"json":  func(w io.Writer) sink { return &jsonSink{out: w} },
}

// query runs one statement and hands its rows on as they are read. Preparing it refuses several statements in one text.
func query(ctx context.Context, db *sql.DB, text string, to sink) error {
	if err := checkQuery(text); err != nil {
		return err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("query: %w", err)
	}
	defer conn.Close()
	stmt, err := conn.PrepareContext(ctx, text)
	if err != nil {
		return queryError(ctx, err)
	}
	defer stmt.Close()
	rows, err := stmt.QueryContext(ctx)
	if err != nil {
		return queryError(ctx, err)
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return queryError(ctx, err)
	}
	columns := make([]column, len(types))
	values := make([]any, len(types))
	into := make([]any, len(types))
	for i, t := range types {
		columns[i] = column{t.Name(), t.DatabaseTypeName()}
		into[i] = &values[i]
	}
	if err := to.head(columns); err != nil {
		return err
	}
	var n int64
	for ; rows.Next(); n++ {
		if err := rows.Scan(into...); err != nil {
			return queryError(ctx, err)
		}
		if err := to.row(values); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return queryError(ctx, err)
	}
	return to.end(n)
}

func numeric(kind string) bool {
	kind, _, _ = strings.Cut(kind, "(")
	switch kind {
	case "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT", "DECIMAL", "FLOAT", "DOUBLE":
		return true
	}
	return false
}

// queryError says what the database's messages mean here.
func queryError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("query: %w", ctx.Err())
	}
	text := err.Error()
	switch {
	case strings.Contains(text, "multiple statements"):
		return misused(errors.New("query: several statements in one text are refused; write one, or call settle query once for each"))
	case strings.Contains(text, "Permission Error"), strings.Contains(text, "disabled through configuration"), strings.Contains(text, "disabled by configuration"):
		return misused(fmt.Errorf("query: files, other databases and the network are out of reach of SQL here; for a file use --format csv or json (%w)", err))
	case strings.Contains(text, "read-only mode"):
		return misused(fmt.Errorf("query: the snapshot is read-only; write a SELECT, or copy data/published/current.duckdb and work on the copy (%w)", err))
	case strings.Contains(text, "configuration has been locked"):
		return misused(fmt.Errorf("query: settings cannot be changed here (%w)", err))
	}
	return fmt.Errorf("query: %w", err)
}
