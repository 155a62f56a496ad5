package load

import (
	"path/filepath"
	"testing"
)

// A build that a small memory_limit refuses goes through after MoreMemory, on the same connection.
func TestMoreMemory(t *testing.T) {
	w, _, err := Open(t.Context(), filepath.Join(t.TempDir(), "w.duckdb"), nil, Options{MemoryLimit: "20MB"}, nil)
	must(t, err)
	defer func() { must(t, w.Close()) }()
	const large = "create table ops.large as select list(i) as l from range(5000000) as r(i)" // one list is one block of 40 MB
	build := func() error {
		tx, err := w.Begin(t.Context())
		must(t, err)
		defer tx.Rollback()
		_, err = tx.ExecContext(t.Context(), large)
		return err
	}
	if err := build(); !IsOutOfMemory(err) {
		t.Fatalf("40 MB in 20 MB: %v", err)
	}
	must(t, w.MoreMemory(t.Context()))
	must(t, build())
}
