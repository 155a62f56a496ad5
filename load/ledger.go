package load

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/marcboeker/go-duckdb"
)

// WindowRow is a window's row in the ledger: what of it is in the tables, and from which package.
type WindowRow struct {
	WindowID                                     int64
	Window, Dataset, Cycle, CustomerID, Reseller string
	Part, RunID                                  string
	Announced, Rows, Pages, Quarantined          int64
	Content                                      string // SHA-256 over the package's pages
	Body                                         string // SHA-256 of the package's file
	Skipped                                      string
	Finished                                     time.Time
	Tables                                       map[string]int64 // rows of the window in each source table
	Answers                                      []PageRow        // one a page
}

// PageRow is a page's row in the ledger: which rows it brought, and what proves it.
type PageRow struct {
	FirstRow, Rows     int64 // row_no of its first row; how many
	Request, RequestID string
	Tries              int
	Fetched            time.Time
	SHA256             string // of the page's bytes
}

// Loaded returns which package of every window the ledger knows: its run and the hash of its file.
func (w *Warehouse) Loaded(ctx context.Context) (map[int64]string, error) {
	rows, err := w.conn.QueryContext(ctx, "select window_id, run_id || body from ops.windows")
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	defer func() { _ = rows.Close() }()
	known := map[int64]string{}
	for rows.Next() {
		var id int64
		var body string
		if err := rows.Scan(&id, &body); err != nil {
			return nil, fmt.Errorf("ledger: %w", err)
		}
		known[id] = body
	}
	return known, rows.Err()
}

// Forget deletes the rows of windows from the tables and the ledger.
func (t *Tx) Forget(ctx context.Context, ids []int64, tables []Table) error {
	for _, part := range chunks(ids, 500) {
		list := join(part)
		for _, table := range tables {
			if _, err := t.conn.ExecContext(ctx, fmt.Sprintf("delete from %s where window_id in (%s)", table, list)); err != nil {
				return fmt.Errorf("replace windows in %s: %w", table, err)
			}
		}
		for _, table := range []string{"ops.windows", "ops.window_tables", "ops.window_pages"} {
			if _, err := t.conn.ExecContext(ctx, fmt.Sprintf("delete from %s where window_id in (%s)", table, list)); err != nil {
				return fmt.Errorf("replace windows in %s: %w", table, err)
			}
		}
	}
	return nil
}

// Account writes the ledger rows of windows whose rows are in the same transaction. A window whose rows are not as many as
// its package announced is refused.
func (t *Tx) Account(ctx context.Context, windows []WindowRow) error {
	for _, w := range windows {
		if w.Announced >= 0 && w.Rows+w.Quarantined != w.Announced {
			return fmt.Errorf("ledger: window %s holds %d rows and %d in quarantine, but %d were announced; delete its package under packages/%s/%s and run again", w.Window, w.Rows, w.Quarantined, w.Announced, w.Cycle, w.Dataset)
		}
	}
	for _, part := range chunks(windows, 200) {
		var rows, tables []string
		for _, w := range part {
			rows = append(rows, fmt.Sprintf("(%d, %s, %s, %s, %s, %s, %s, %s, %d, %d, %d, %d, %s, %s, %s, %s)",
				w.WindowID, quote(w.Window), quote(w.Dataset), quote(w.Cycle), quote(w.CustomerID), quote(w.Reseller), quote(w.Part), quote(w.RunID),
				w.Announced, w.Rows, w.Pages, w.Quarantined, quote(w.Content), quote(w.Body), quote(w.Skipped), stamp(w.Finished)))
			for name, n := range w.Tables {
				tables = append(tables, fmt.Sprintf("(%d, %s, %d)", w.WindowID, quote(name), n))
			}
		}
		if _, err := t.conn.ExecContext(ctx, "insert into ops.windows values "+strings.Join(rows, ", ")); err != nil {
			return fmt.Errorf("ledger: %w", err)
		}
		if len(tables) > 0 {
			if _, err := t.conn.ExecContext(ctx, "insert into ops.window_tables values "+strings.Join(tables, ", ")); err != nil {
				return fmt.Errorf("ledger: %w", err)
			}
		}
	}
	if err := t.accountPages(windows); err != nil {
		return fmt.Errorf("ledger: pages: %w", err)
	}
	return nil
}

// accountPages appends the windows' pages. They are many, so they come by the appender, which writes in the transaction of
// its connection and parses no text.
func (t *Tx) accountPages(windows []WindowRow) error {
	return t.conn.Raw(func(c any) error {
		rows, err := duckdb.NewAppenderFromConn(c.(driver.Conn), "ops", "window_pages")
		if err != nil {
			return err
		}
		for _, w := range windows {
			for i, p := range w.Answers {
				err := rows.AppendRow(w.WindowID, int32(i+1), p.FirstRow, p.Rows, text(p.Request), text(p.RequestID), int32(p.Tries), p.Fetched.UTC(), p.SHA256)
				if err != nil {
					return errors.Join(err, rows.Close())
				}
			}
		}
		return rows.Close()
	})
}

// text is what DuckDB takes as a text: valid UTF-8 without NUL. Request ids come from the service.
func text(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// Replace fills a small table anew: all its rows, or those of one cycle where the table has that column. Values are
// text literals, nil is NULL.
func (t *Tx) Replace(ctx context.Context, table, cycle string, rows [][]any) error {
	query := "delete from " + table
	if cycle != "" {
		query += " where cycle = " + quote(cycle)
	}
	if _, err := t.conn.ExecContext(ctx, query); err != nil {
		return fmt.Errorf("%s: %w", table, err)
	}
	for _, part := range chunks(rows, 500) {
		var all []string
		for _, row := range part {
			var values []string
			for _, v := range row {
				values = append(values, literal(v))
			}
			all = append(all, "("+strings.Join(values, ", ")+")")
		}
		if _, err := t.conn.ExecContext(ctx, "insert into "+table+" values "+strings.Join(all, ", ")); err != nil {
			return fmt.Errorf("%s: %w", table, err)
		}
	}
	return nil
}

func literal(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return quote(v)
	case *string:
		if v == nil {
			return "null"
		}
		return quote(*v)
	case time.Time:
		return stamp(v)
	case bool, int, int64:
		return fmt.Sprint(v)
	}
	return quote(fmt.Sprint(v))
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return "null"
	}
	return "timestamp '" + t.UTC().Format("2006-01-02 15:04:05.000") + "'"
}

func join(ids []int64) string {
	all := make([]string, len(ids))
	for i, id := range ids {
		all[i] = fmt.Sprint(id)
	}
	return strings.Join(all, ",")
}

func chunks[T any](all []T, n int) (out [][]T) {
	for len(all) > 0 {
		k := min(n, len(all))
		out = append(out, all[:k])
		all = all[k:]
	}
	return out
}
