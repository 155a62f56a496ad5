package load

import (
	"context"
	"path/filepath"
	"testing"
	"time"
)

// Pages come and go with their windows, and what the service puts into a request id cannot break the ledger.
func TestLedgerOfPages(t *testing.T) {
	ctx := context.Background()
	w, _, err := Open(ctx, filepath.Join(t.TempDir(), "w.duckdb"), nil, Options{MemoryLimit: "200MB", Threads: 1}, nil)
	must(t, err)
	defer func() { must(t, w.Close()) }()
	account := func(windows ...WindowRow) {
		t.Helper()
		tx, err := w.Begin(ctx)
		must(t, err)
		defer tx.Rollback()
		must(t, tx.Account(ctx, windows))
		must(t, tx.Commit())
	}
	at := time.Date(2026, 11, 5, 6, 30, 0, 0, time.FixedZone("", 8*3600))
	page := func(first, rows int64, id string) PageRow {
		return PageRow{FirstRow: first, Rows: rows, Request: "GET /x", RequestID: id, Tries: 2, Fetched: at, SHA256: "ab"}
	}
	account(
		WindowRow{WindowID: 1, Window: "a", Dataset: "d", Cycle: "2026-10", RunID: "R1", Announced: 5, Rows: 5, Pages: 2, Answers: []PageRow{page(1, 3, "q'1"), page(4, 2, "q\x002\xff")}},
		WindowRow{WindowID: 2, Window: "b", Dataset: "d", Cycle: "2026-10", RunID: "R1", Announced: -1, Skipped: "no agency"},
	)
	rows := func() []string {
		t.Helper()
		got, err := texts(ctx, w, "select window_id || ' ' || page_no || ': ' || first_row || '+' || rows || ' ' || request_id || ' ' || fetched_at from ops.window_pages order by window_id, page_no")
		must(t, err)
		return got
	}
	got := rows()
	if len(got) != 2 || got[0] != "1 1: 1+3 q'1 2026-11-04 22:30:00" || got[1] != "1 2: 4+2 q\uFFFD2\uFFFD 2026-11-04 22:30:00" {
		t.Errorf("got %q", got)
	}
	tx, err := w.Begin(ctx)
	must(t, err)
	must(t, tx.Forget(ctx, []int64{1}, nil))
	tx.Rollback()
	if got := rows(); len(got) != 2 {
		t.Errorf("after a rollback: %q", got)
	}
	tx, err = w.Begin(ctx)
	must(t, err)
	must(t, tx.Forget(ctx, []int64{1}, nil))
	must(t, tx.Commit())
	if got := rows(); len(got) != 0 {
		t.Errorf("after the window is forgotten: %q", got)
	}
}
