// Package load keeps what was fetched in DuckDB: in come Arrow batches and the ledger rows of the windows they came from,
// out come the published snapshots that analysts and workbooks read. A transaction carries whole windows: their rows and
// their ledger rows are committed together or not at all. The warehouse is disposable; packages and journal are the truth.
package load

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/marcboeker/go-duckdb"

	sqlfiles "settle/sql"
)

// Column is a column of a table that the loader fills.
type Column struct {
	Name, Type string // Type in DuckDB's words
	NotNull    bool
}

// Table is a table that the loader fills; one that has a window_id belongs to the ledger's account.
type Table struct {
	Schema, Name string
	Columns      []Column
}

func (t Table) String() string { return t.Schema + "." + t.Name }

func (t Table) ddl() string {
	var b strings.Builder
	fmt.Fprintf(&b, "create table %s (", t)
	for i, c := range t.Columns {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q %s", c.Name, c.Type)
		if c.NotNull {
			b.WriteString(" not null")
		}
	}
	b.WriteString(")")
	return b.String()
}

// Options bound what the database may take of the machine.
type Options struct {
	MemoryLimit string // DuckDB's memory_limit; "" = 400MB, until MoreMemory
	Threads     int    // 0 = one per core
}

// defaultMemory settles a million lines beside the Go heap in about 700 MB resident.
const defaultMemory = "400MB"

// IsOutOfMemory says whether a statement needed more than memory_limit.
func IsOutOfMemory(err error) bool {
	return err != nil && strings.Contains(err.Error(), "Out of Memory Error")
}

// MoreMemory raises memory_limit to half of the machine's memory: what does not fit the modest limit, which keeps a common
// month small, is tried once more before it fails.
func (w *Warehouse) MoreMemory(ctx context.Context) error {
	half := uint64(4 << 30)
	var info syscall.Sysinfo_t
	if err := syscall.Sysinfo(&info); err == nil {
		half = uint64(info.Totalram) * uint64(info.Unit) / 2
	}
	if _, err := w.conn.ExecContext(ctx, fmt.Sprintf("set memory_limit = '%dMB'", half>>20)); err != nil {
		return fmt.Errorf("memory limit: %w", err)
	}
	return nil
}

// Warehouse is the writer's own database. One process has it open: data/lock is the guarantee.
type Warehouse struct {
	path   string
	db     *sql.DB
	conn   *sql.Conn
	tables []Table
	log    *slog.Logger
}

// schemas are created in every warehouse.
var schemas = []string{"source", "settlement", "usage", "recon", "ops"}

// Open opens the warehouse with its tables. One that does not open, has other tables or disagrees with its own ledger is
// deleted and made new; why says so, and then every package must be loaded again, until Rebuilt.
func Open(ctx context.Context, path string, tables []Table, o Options, log *slog.Logger) (w *Warehouse, why string, err error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		why = "there is none yet"
	} else {
		w, err := open(ctx, path, tables, o, log)
		if err == nil {
			var whole bool
			if whole, err = w.verify(ctx); err == nil {
				if !whole {
					why = "an earlier rebuild was broken off"
				}
				return w, why, nil
			}
			_ = w.Close()
		}
		if ctx.Err() != nil {
			return nil, "", ctx.Err()
		}
		why = err.Error()
		log.Warn("warehouse is rebuilt from the packages", "path", path, "reason", why)
	}
	if err := remove(path); err != nil {
		return nil, why, fmt.Errorf("warehouse %s: %w; make the folder writable", path, err)
	}
	w, err = open(ctx, path, tables, o, log)
	if err != nil {
		return nil, why, fmt.Errorf("warehouse %s: %w", path, err)
	}
	if err := w.create(ctx); err != nil {
		_ = w.Close()
		return nil, why, fmt.Errorf("warehouse %s: %w", path, err)
	}
	return w, why, nil
}

func remove(path string) error {
	for _, p := range []string{path, path + ".wal"} {
		if err := os.Remove(p); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return os.RemoveAll(path + ".tmp")
}

func open(ctx context.Context, path string, tables []Table, o Options, log *slog.Logger) (*Warehouse, error) {
	if o.MemoryLimit == "" {
		o.MemoryLimit = defaultMemory
	}
	if o.Threads == 0 {
		o.Threads = runtime.NumCPU()
	}
	connector, err := duckdb.NewConnector(path, func(c driver.ExecerContext) error {
		for _, s := range []string{
			"set preserve_insertion_order = false", // row_no carries the order; twice the insert speed
			"set autoinstall_known_extensions = false",
			"set autoload_known_extensions = false",
			"set checkpoint_threshold = '256MB'",
			fmt.Sprintf("set memory_limit = '%s'", o.MemoryLimit),
			fmt.Sprintf("set threads = %d", o.Threads),
			"set temp_directory = " + quote(path+".tmp"),
			sqlfiles.Prelude(),
		} {
			if _, err := c.ExecContext(ctx, s, nil); err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	w := &Warehouse{path: path, db: sql.OpenDB(connector), tables: tables, log: log}
	if w.conn, err = w.db.Conn(ctx); err != nil {
		_ = w.db.Close()
		return nil, err
	}
	// DuckDB makes the file with the umask's mode.
	if err := os.Chmod(path, 0o600); err != nil {
		_ = w.Close()
		return nil, err
	}
	return w, nil
}

// fingerprint changes with any table that the loader makes and with any model: a warehouse that another version filled is
// filled anew, so that all its months come from the same texts.
func (w *Warehouse) fingerprint() string {
	h := sha256.New()
	for _, t := range w.tables {
		_, _ = fmt.Fprintln(h, t.ddl())
	}
	_, _ = fmt.Fprintln(h, sqlfiles.Ledger(), sqlfiles.Recon(), sqlfiles.Prelude())
	if models, err := sqlfiles.Models(); err == nil { // an error is the builder's to report
		for _, m := range models {
			_, _ = fmt.Fprintln(h, m.Number, m.Object(), m.Build, m.Frozen, m.SQL)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (w *Warehouse) create(ctx context.Context) error {
	tx, err := w.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var all []string
	for _, s := range schemas {
		all = append(all, "create schema if not exists "+s)
	}
	for _, t := range w.tables {
		all = append(all, t.ddl())
	}
	all = append(all, sqlfiles.Ledger(), "insert into ops.schema_version values ("+quote(w.fingerprint())+", false)")
	for _, s := range all {
		if _, err := tx.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("%.80s: %w", s, err)
		}
	}
	return tx.Commit()
}

// Rebuilt records that the warehouse holds every month again. Until then each Open says that it is new: a rebuild that was
// broken off must not pass for the whole.
func (w *Warehouse) Rebuilt(ctx context.Context) error {
	if _, err := w.conn.ExecContext(ctx, "update ops.schema_version set whole = true where not whole"); err != nil {
		return fmt.Errorf("warehouse %s: %w", w.path, err)
	}
	return nil
}

// verify asks whether the tables are those of this program and hold what the ledger says, and whether Rebuilt was reached.
func (w *Warehouse) verify(ctx context.Context) (whole bool, err error) {
	var version string
	if err := w.conn.QueryRowContext(ctx, "select fingerprint, whole from ops.schema_version").Scan(&version, &whole); err != nil {
		return false, fmt.Errorf("no ledger: %w", err)
	}
	if version != w.fingerprint() {
		return false, errors.New("its tables are of another version of settle")
	}
	for _, t := range w.tables {
		if t.Schema != "source" || t.Name == "unknown_fields" || t.Name == "quarantine" {
			continue
		}
		var rows, accounted int64
		query := fmt.Sprintf(`select (select count(*) from %s), (select cast(coalesce(sum(rows), 0) as bigint) from ops.window_tables where table_name = %s)`, t, quote(t.Name))
		if err := w.conn.QueryRowContext(ctx, query).Scan(&rows, &accounted); err != nil {
			return false, fmt.Errorf("%s: %w", t, err)
		}
		if rows != accounted {
			return false, fmt.Errorf("%s has %d rows, its ledger says %d", t, rows, accounted)
		}
	}
	return whole, nil
}

// Close closes the database.
func (w *Warehouse) Close() error {
	var errs []error
	if w.conn != nil {
		errs = append(errs, w.conn.Close())
	}
	return errors.Join(append(errs, w.db.Close())...)
}

// ExecContext runs a statement on the writer's one connection.
func (w *Warehouse) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return w.conn.ExecContext(ctx, query, args...)
}

// QueryContext reads on the writer's one connection.
func (w *Warehouse) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return w.conn.QueryContext(ctx, query, args...)
}

// QueryRowContext reads one row on the writer's one connection.
func (w *Warehouse) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return w.conn.QueryRowContext(ctx, query, args...)
}

// Tx is a transaction on the writer's one connection.
type Tx struct {
	*Warehouse
	done bool
}

// Begin starts a transaction; there is one at a time.
func (w *Warehouse) Begin(ctx context.Context) (*Tx, error) {
	if _, err := w.conn.ExecContext(ctx, "begin transaction"); err != nil {
		return nil, fmt.Errorf("begin: %w", err)
	}
	return &Tx{Warehouse: w}, nil
}

// Commit keeps the transaction's work.
func (t *Tx) Commit() error {
	t.done = true
	// Not the caller's context: a commit that has begun is not to be torn.
	if _, err := t.conn.ExecContext(context.Background(), "commit"); err != nil {
		return fmt.Errorf("commit: %w", explain(err, t.path))
	}
	return nil
}

// Rollback drops the transaction's work; after Commit it does nothing.
func (t *Tx) Rollback() {
	if t.done {
		return
	}
	t.done = true
	if _, err := t.conn.ExecContext(context.Background(), "rollback"); err != nil {
		t.log.Warn("rollback", "error", err)
	}
}

// Insert streams batches into a table by column name and returns how many rows came.
func (t *Tx) Insert(ctx context.Context, table Table, rows array.RecordReader) (int64, error) {
	const view = "incoming_rows"
	var release func()
	err := t.conn.Raw(func(c any) error {
		arrow, err := duckdb.NewArrowFromConn(c.(driver.Conn))
		if err != nil {
			return err
		}
		release, err = arrow.RegisterView(rows, view)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("load %s: %w", table, err)
	}
	defer release()
	names := make([]string, len(table.Columns))
	for i, c := range table.Columns {
		names[i] = fmt.Sprintf("%q", c.Name)
	}
	list := strings.Join(names, ", ")
	result, err := t.conn.ExecContext(ctx, fmt.Sprintf("insert into %s (%s) select %s from %s", table, list, list, view))
	if _, dropErr := t.conn.ExecContext(context.Background(), "drop view if exists "+view); dropErr != nil && err == nil {
		err = dropErr
	}
	if err != nil {
		return 0, fmt.Errorf("load %s: %w", table, explain(err, t.path))
	}
	return result.RowsAffected()
}

// explain adds the remedy to what DuckDB says of a full or read-only disk.
func explain(err error, path string) error {
	text := strings.ToLower(err.Error())
	dir := filepath.Dir(path)
	switch {
	case strings.Contains(text, "no space left"), strings.Contains(text, "not enough space"):
		return fmt.Errorf("%w; free space on the disk of %s and run again: nothing is lost", err, dir)
	case strings.Contains(text, "read-only file system"), strings.Contains(text, "permission denied"):
		return fmt.Errorf("%w; make %s writable and run again", err, dir)
	}
	return err
}

// quote writes a text literal. NUL would end the statement, which is read as a C string.
func quote(s string) string {
	return "'" + strings.ReplaceAll(strings.ReplaceAll(s, "\x00", " "), "'", "''") + "'"
}
