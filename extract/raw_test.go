package extract

import (
	"errors"
	"os"
	"strings"
	"testing"

	"settle/extract/archive"
)

// A row comes out of its package byte for byte; a package that was touched proves nothing.
func TestProve(t *testing.T) {
	root := t.TempDir()
	a, err := archive.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	m := archive.Manifest{Dataset: "consumption_records", Cycle: "2026-10", CustomerID: "c1", Window: "consumption_records/2026-10/c1//", RunID: "run1"}
	w, err := a.Create(m)
	if err != nil {
		t.Fatal(err)
	}
	for i, body := range []string{
		`{"total_count":3,"fee_records":[{"id":"a"},{"id":"b", "amount":1E-8}]}`,
		`{"fee_records" : [ {"id":"c","nested":{"fee_records":[1,2]},"名":"\u0041"} ],"total_count":3}`,
	} {
		if err := w.Append(archive.Page{Offset: 2 * i, Rows: 2 - i, Announced: 3, RequestID: "q"}, []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	read, err := archive.OpenForReading(root)
	if err != nil {
		t.Fatal(err)
	}
	for row, want := range map[int64]string{1: `{"id":"a"}`, 2: `{"id":"b", "amount":1E-8}`, 3: `{"id":"c","nested":{"fee_records":[1,2]},"名":"\u0041"}`} {
		p, err := Prove(read, m, "fee_records", row)
		if err != nil {
			t.Fatal(err)
		}
		if string(p.Raw) != want || p.PageNo != int(row+1)/2 || p.PlaceNo != map[int64]int64{1: 1, 2: 2, 3: 1}[row] {
			t.Errorf("row %d: page %d, place %d, %s", row, p.PageNo, p.PlaceNo, p.Raw)
		}
	}
	if _, err := Prove(read, m, "fee_records", 4); err == nil || !strings.Contains(err.Error(), "has 3 rows, not 4") {
		t.Errorf("row 4: %v", err)
	}
	other := m
	other.RunID = "run2"
	if _, err := Prove(read, other, "fee_records", 1); !errors.Is(err, archive.ErrNoPackage) {
		t.Errorf("another run: %v", err)
	}
	_, file, err := read.Find(m)
	if err != nil {
		t.Fatal(err)
	}
	bytes, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	bytes[len(bytes)-1] ^= 1 // of the second page; the row asked for stands on the first
	if err := os.WriteFile(file, bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	var damage *archive.DamageError
	if _, err := Prove(read, m, "fee_records", 1); !errors.As(err, &damage) {
		t.Errorf("a touched package: %v", err)
	}
}
