package load

import (
	"context"
	"strconv"
	"strings"
	"testing"

	sqlfiles "settle/sql"
)

const twoOff = `insert into source.consumption_records (record_key, customer_id, association_type, charging_mode, bill_detail_type, payment_amount, cash_amount, truncated_amount)
values ('K1', 'C1', '2', '3', '5', 1, 2, 0), ('K2', 'C2', '2', '3', '5', 1, 2, 0), ('K2', 'C2', '2', '3', '5', 1, 3, 0)`

const dataThere = `insert into ops.windows ("window", dataset, customer_id) values ('a', 'consumption_records', 'C1'), ('b', 'monthly_bills', ''), ('c', 'consuming_customers', ''), ('d', 'measure_units', '')`

func findingsOf(t *testing.T, tx Execer, columns string) []string {
	t.Helper()
	all, err := texts(context.Background(), tx, "select "+columns+" from recon.findings where check_id = '09' order by subject, actual")
	must(t, err)
	return all
}

func TestFindingsKeepTheirIDs(t *testing.T) {
	tx := openTest(t)
	ctx := context.Background()
	mustExec(t, tx, dataThere)
	mustExec(t, tx, twoOff)
	must(t, Check(ctx, tx, sqlfiles.PhaseLines))
	first := findingsOf(t, tx, "finding_id")
	if len(first) != 3 || first[0] == first[1] || first[1] == first[2] {
		t.Fatalf("want three findings with ids of their own, got %v", first)
	}
	if len(first[0]) != 16 || strings.Trim(first[0], "0123456789abcdef") != "" {
		t.Errorf("an id is 16 hexadecimal digits, got %q", first[0])
	}
	mustExec(t, tx, "update ops.params set run_id = 'R2', run_started = timestamp '2026-11-06 00:00:00'")
	mustExec(t, tx, "delete from source.consumption_records where record_key = 'K1'")
	must(t, Check(ctx, tx, sqlfiles.PhaseLines))
	second := findingsOf(t, tx, "finding_id")
	if len(second) != 2 || second[0] != first[1] || second[1] != first[2] {
		t.Errorf("ids moved: %v, then %v", first, second)
	}
	if got := findingsOf(t, tx, "run_id"); got[0] != "R2" {
		t.Errorf("findings are of run %v", got)
	}
}

func TestFindingsKeepWhatTheJournalKnows(t *testing.T) {
	tx := openTest(t)
	ctx := context.Background()
	mustExec(t, tx, dataThere)
	mustExec(t, tx, twoOff)
	mustExec(t, tx, "insert into settlement.contracts (contract_no, party_id, customer_id, valid_from) values ('N1', 'PA', 'C1', date '2026-01-01'), ('N2', 'PB', 'C2', date '2026-01-01')")
	must(t, Check(ctx, tx, sqlfiles.PhaseLines))
	id := findingsOf(t, tx, "finding_id")[0]
	mustExec(t, tx, "insert into ops.resolutions values ("+quote(id)+", 'wrong', timestamp '2026-11-05 08:00:00', 'a', null), ("+quote(id)+", 'known to the vendor', timestamp '2026-11-05 09:00:00', 'b', null)")
	mustExec(t, tx, "insert into ops.first_seen values ("+quote(id)+", timestamp '2026-10-20 01:02:03')")
	must(t, Check(ctx, tx, sqlfiles.PhaseLines))
	got := findingsOf(t, tx, "party_id || '|' || coalesce(resolution, '-') || '|' || first_seen")
	want := []string{"PA|known to the vendor|2026-10-20 01:02:03", "PB|-|2026-11-05 06:30:00", "PB|-|2026-11-05 06:30:00"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %v, want %v", got, want)
	}
	// The resolved finding no longer parks its party.
	mustExec(t, tx, "delete from recon.findings where check_id <> '09'")
	_, err := Build(ctx, tx, "500", "501")
	must(t, err)
	parked, err := texts(ctx, tx, "select party_id || ' ' || findings from settlement.parked")
	must(t, err)
	if len(parked) != 1 || parked[0] != "PB 2" {
		t.Errorf("parked: %v", parked)
	}
}

// Who accepts a difference accepts that difference: when it grows, it is open again.
func TestResolutionIsOfWhatWasSeen(t *testing.T) {
	tx := openTest(t)
	ctx := context.Background()
	mustExec(t, tx, dataThere)
	mustExec(t, tx, `insert into source.consumption_records (record_key, customer_id, association_type, charging_mode, bill_detail_type, payment_amount, cash_amount, truncated_amount)
values ('K1', 'C1', '2', '3', '5', 1, 2, 0)`)
	must(t, Check(ctx, tx, sqlfiles.PhaseLines))
	mustExec(t, tx, `insert into ops.resolutions select finding_id, 'agreed', timestamp '2026-11-05 08:00:00', 'a', says
from recon.findings where check_id = '09'`)
	for _, cash := range []string{"2", "5", "2"} {
		mustExec(t, tx, "update source.consumption_records set cash_amount = "+cash)
		must(t, Check(ctx, tx, sqlfiles.PhaseLines))
		want := map[string]string{"2": "agreed", "5": "-"}[cash]
		if got := findingsOf(t, tx, "coalesce(resolution, '-')"); len(got) != 1 || got[0] != want {
			t.Errorf("cash %s: resolution %v, want %s", cash, got, want)
		}
	}
}

// A check without input says so; it does not pass, and its old findings go.
func TestCheckWithoutInputIsNotRun(t *testing.T) {
	tx := openTest(t)
	ctx := context.Background()
	mustExec(t, tx, dataThere)
	mustExec(t, tx, twoOff)
	must(t, Check(ctx, tx, sqlfiles.PhaseLines))
	mustExec(t, tx, "delete from ops.windows")
	must(t, Check(ctx, tx, sqlfiles.PhaseLines))
	got, err := texts(ctx, tx, "select status || ': ' || reason from recon.checks where check_id = '09'")
	must(t, err)
	if len(got) != 1 || got[0] != "not_run: no data of the cycle: consumption_records" {
		t.Errorf("got %v", got)
	}
	if left := findingsOf(t, tx, "finding_id"); len(left) != 0 {
		t.Errorf("findings left: %v", left)
	}
}

// A phase leaves the checks of the other alone, and a cycle those of other cycles.
func TestCheckKeepsToItsPhaseAndCycle(t *testing.T) {
	tx := openTest(t)
	ctx := context.Background()
	must(t, Check(ctx, tx, sqlfiles.PhaseLines))
	must(t, Check(ctx, tx, sqlfiles.PhaseDocuments))
	mustExec(t, tx, "update ops.params set cycle = '2026-11', prior_cycle = '2026-10'")
	must(t, Check(ctx, tx, sqlfiles.PhaseLines))
	got, err := texts(ctx, tx, "select cycle || ' ' || count(*) from recon.checks group by cycle order by cycle")
	must(t, err)
	all, err := sqlfiles.Checks()
	must(t, err)
	lines := 0
	for _, c := range all {
		if c.Phase == sqlfiles.PhaseLines {
			lines++
		}
	}
	if len(got) != 2 || got[0] != "2026-10 "+strconv.Itoa(len(all)) || got[1] != "2026-11 "+strconv.Itoa(lines) {
		t.Errorf("got %v, want %d and %d", got, len(all), lines)
	}
}

// A hostile amount beyond the column of a finding must not stop the month.
func TestFindingTooLargeForItsColumn(t *testing.T) {
	tx := openTest(t)
	mustExec(t, tx, dataThere)
	for range 2 {
		mustExec(t, tx, `insert into source.monthly_bills (customer_id, amount, charge_mode) values ('C''1', 9999999999.99, '3')`)
	}
	buildTieOut(t, tx)
	must(t, Check(context.Background(), tx, sqlfiles.PhaseLines))
	got, err := texts(context.Background(), tx, "select coalesce(cast(difference as varchar), 'null') || ' ' || expected from recon.findings where check_id = '06'")
	must(t, err)
	if len(got) != 1 || got[0] != "null monthly bill 19999999999.98000000" {
		t.Errorf("got %v", got)
	}
}
