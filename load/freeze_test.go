package load

import (
	"slices"
	"testing"

	sqlfiles "settle/sql"
)

// What a rebuild keeps of an issued month is what an issue saves and a restore brings back.
func TestFrozenTablesAreSaved(t *testing.T) {
	models, err := sqlfiles.Models()
	must(t, err)
	var kept, saved []string
	for _, m := range models {
		if m.Frozen == sqlfiles.FrozenRevision || m.Frozen == sqlfiles.FrozenRequest {
			kept = append(kept, m.Object())
		}
	}
	for _, f := range frozenTables {
		saved = append(saved, f.table)
	}
	slices.Sort(kept)
	slices.Sort(saved)
	if kept = slices.Compact(kept); !slices.Equal(kept, saved) {
		t.Errorf("models keep %v, an issue saves %v", kept, saved)
	}
}
