package load

import (
	"database/sql"
	"path/filepath"
	"testing"
)

// TestSnapshotLimits: what a reader may take is what it asked for, and it can make temporary tables though the snapshot is read-only: the
// statements of large parties go through them.
func TestSnapshotLimits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "snapshot.duckdb")
	made, err := sql.Open("duckdb", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := made.Exec("create table t as select 1 as x"); err != nil {
		t.Fatal(err)
	}
	if err := made.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := OpenSnapshotWithin(t.Context(), path, ReportLimits)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var memory string
	var threads int
	if err := db.QueryRow("select current_setting('memory_limit'), current_setting('threads')").Scan(&memory, &threads); err != nil {
		t.Fatal(err)
	}
	if memory != "95.3 MiB" || threads != ReportLimits.Threads {
		t.Errorf("memory %s, threads %d", memory, threads)
	}
	if _, err := db.Exec("create table u as select 2 as x"); err == nil {
		t.Error("a table was made in a snapshot")
	}
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.ExecContext(t.Context(), "create or replace temp table u as select x from t"); err != nil {
		t.Errorf("a temporary table: %v", err)
	}
}
