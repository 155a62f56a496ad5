package load

import (
	"context"
	"strings"
	"testing"
)

// A model replaces the rows of its cycle and leaves those of others, however often it runs.
func TestBuildReplacesTheCycleOnly(t *testing.T) {
	tx := openTest(t)
	ctx := context.Background()
	mustExec(t, tx, "insert into settlement.margins (cycle, party_id) values ('2026-09', 'OLD'), ('2026-10', 'STALE')")
	fillMonth(t, tx, 50)
	for range 2 {
		built, err := Build(ctx, tx, "000", "999")
		must(t, err)
		for _, b := range built {
			if b.Object == "settlement.lines" && b.Rows != 50 && b.Rows != 0 { // 0: the model of refunds adds none
				t.Errorf("%s: %d rows", b.Object, b.Rows)
			}
		}
	}
	got, err := texts(ctx, tx, "select cycle || ' ' || count(*) from settlement.lines group by cycle union all select cycle || ' ' || party_id from settlement.margins where party_id in ('OLD', 'STALE') order by 1")
	must(t, err)
	if want := "2026-09 OLD, 2026-10 50"; strings.Join(got, ", ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestBuildNamesTheModelThatFails(t *testing.T) {
	tx := openTest(t)
	mustExec(t, tx, "drop table settlement.tax_items cascade")
	built, err := Build(context.Background(), tx, "000", "999")
	if err == nil || !strings.HasPrefix(err.Error(), "build settlement.matches: ") {
		t.Errorf("got %v", err)
	}
	if len(built) == 0 {
		t.Error("what was built before the error is not returned")
	}
}

// What the newest pull or workbook no longer has leaves the cycle.
func TestBuildForgetsWhatIsGone(t *testing.T) {
	tx := openTest(t)
	ctx := context.Background()
	fillMonth(t, tx, 400)
	_, err := Build(ctx, tx, "000", "999")
	must(t, err)
	mustExec(t, tx, "delete from source.consumption_records where customer_id <> 'C1'")
	_, err = Build(ctx, tx, "000", "999")
	must(t, err)
	got, err := texts(ctx, tx, "select distinct party_id from settlement.statements union select distinct party_id from settlement.lines union select distinct party_id from settlement.invoice_lines")
	must(t, err)
	if len(got) != 1 || got[0] != "P1" {
		t.Errorf("parties left: %v", got)
	}
}
