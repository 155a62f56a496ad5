package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite golden files")

// TestSchemas holds the tables that the record types give against testdata/schemas: a changed column is a changed contract.
func TestSchemas(t *testing.T) {
	for _, table := range warehouseTables() {
		t.Run(table.String(), func(t *testing.T) {
			var b strings.Builder
			for _, c := range table.Columns {
				null := ""
				if c.NotNull {
					null = " not null"
				}
				fmt.Fprintf(&b, "%s %s%s\n", c.Name, c.Type, null)
			}
			path := filepath.Join("..", "..", "testdata", "schemas", table.Schema+"."+table.Name+".txt")
			if *update {
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatalf("%v (run with -update where the table is new)", err)
			}
			if diff := cmp.Diff(string(want), b.String()); diff != "" {
				t.Errorf("columns changed (-want +got):\n%s", diff)
			}
		})
	}
}
