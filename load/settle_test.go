package load

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// state is every row that settling makes, as text.
func state(t *testing.T, tx Execer) []string {
	t.Helper()
	var all []string
	for _, table := range []string{
		"settlement.lines", "settlement.unpriced", "settlement.parked", "settlement.statement_lines", "settlement.statements", "settlement.invoice_lines",
		"settlement.invoice_requests", "settlement.margins", "recon.findings", "recon.checks",
	} {
		rows, err := texts(context.Background(), tx, "select '"+table+" ' || cast(x as varchar) from "+table+" as x order by 1")
		must(t, err)
		all = append(all, rows...)
	}
	return all
}

const threeParties = `insert into settlement.parties (party_id, short_code, name, kind, invoice_kind, buyer_title) values
  ('PA', 'A', 'a', 'customer', 'ordinary', 'a'), ('PB', 'B', 'b', 'customer', 'ordinary', 'b'), ('PC', 'C', 'c', 'customer', 'ordinary', 'c')`

// Two contracts that cover one account on one day are refused by the pricing workbook; here they stand for a fault of a model:
// one record becomes two lines, which only the checks of the documents see.
const doubledRecord = `insert into settlement.contracts (contract_no, party_id, customer_id, reseller_id, price_plan, valid_from, amounts_include_tax, tax_code) values
  ('N1', 'PA', 'C1', '', 'std', date '2026-01-01', false, 'cloud'), ('N2', 'PB', 'C1', '', 'std', date '2026-01-01', false, 'cloud'),
  ('N3', 'PC', 'C2', '', 'std', date '2026-01-01', false, 'cloud')`

func settleThree(t *testing.T) Execer {
	t.Helper()
	tx := openTest(t)
	mustExec(t, tx, threeParties)
	mustExec(t, tx, doubledRecord)
	mustExec(t, tx, "insert into settlement.rules (rule_id, price_plan, priority, base, method) values ('R', 'std', 1, 'payable', 'pass_through')")
	mustExec(t, tx, "insert into settlement.tax_items (tax_code, item_name, class_code, rate, valid_from) values ('cloud', '云', '3040203000000000000', 0.06, date '2020-01-01')")
	mustExec(t, tx, `insert into source.consumption_records (record_key, customer_id, association_type, charging_mode, bill_detail_type, trade_time_date, consume_from_date, official_amount, payment_amount, cash_amount)
values ('K1', 'C1', '2', '3', '5', date '2026-10-05', date '2026-10-05', 10, 10, 10), ('K2', 'C2', '2', '3', '5', date '2026-10-05', date '2026-10-05', 10, 10, 10)`)
	return tx
}

func statementsOf(t *testing.T, tx Execer) string {
	t.Helper()
	all, err := texts(context.Background(), tx, "select party_id || ' ' || amount_incl_tax from settlement.statements order by 1")
	must(t, err)
	return strings.Join(all, ", ")
}

// A document that fails its check is withdrawn in the same run, the reason stays, and the next run of the same data comes out
// the same.
func TestSettleWithdrawsDocumentsThatFail(t *testing.T) {
	tx := settleThree(t)
	ctx := context.Background()
	must(t, Settle(ctx, tx, nil))
	if got, want := statementsOf(t, tx), "PC 10.60"; got != want {
		t.Errorf("statements %s, want %s", got, want)
	}
	parked, err := texts(ctx, tx, "select party_id || ': ' || reason from settlement.parked order by 1")
	must(t, err)
	const why = "35 records of customer C1: a record is lost or stands twice: a fault of settle"
	if strings.Join(parked, "\n") != "PA: "+why+"\nPB: "+why {
		t.Errorf("parked: %v", parked)
	}
	if left, err := texts(ctx, tx, "select party_id from settlement.invoice_requests union select party_id from settlement.invoice_lines union select party_id from settlement.statement_lines"); err != nil || strings.Join(left, ",") != "PC" {
		t.Errorf("documents of %v %v", left, err)
	}
	first := state(t, tx)
	for range 2 {
		must(t, Settle(ctx, tx, nil))
		if diff := cmp.Diff(first, state(t, tx)); diff != "" {
			t.Errorf("settled again (-first +again):\n%s", diff)
		}
	}
}

// What was wrong with the documents of an earlier run parks nobody once it is mended.
func TestSettleForgetsWhatWasWrongWithDocuments(t *testing.T) {
	tx := settleThree(t)
	ctx := context.Background()
	must(t, Settle(ctx, tx, nil))
	mustExec(t, tx, "delete from settlement.contracts where contract_no = 'N2'")
	must(t, Settle(ctx, tx, nil))
	if got, want := statementsOf(t, tx), "PA 10.60, PC 10.60"; got != want {
		t.Errorf("statements %s, want %s", got, want)
	}
	if got, err := texts(ctx, tx, "select subject from recon.findings where check_id = '35'"); err != nil || len(got) > 0 {
		t.Errorf("findings left: %v %v", got, err)
	}
}

// A fault that finance accepts is not withdrawn.
func TestSettleKeepsDocumentsOfAcceptedFaults(t *testing.T) {
	tx := settleThree(t)
	ctx := context.Background()
	must(t, Settle(ctx, tx, nil))
	mustExec(t, tx, "insert into ops.resolutions select finding_id, 'known', timestamp '2026-11-05 08:00:00', 'a', null from recon.findings where check_id = '35'")
	var built []string
	must(t, Settle(ctx, tx, func(b Built) { built = append(built, b.Object) }))
	if got, want := statementsOf(t, tx), "PA 10.60, PB 10.60, PC 10.60"; got != want {
		t.Errorf("statements %s, want %s", got, want)
	}
	if last := built[len(built)-1]; last != "recon.finding_list" {
		t.Errorf("the last model built is %s of %v", last, built)
	}
}

// The severity of a check is that of its worst open finding.
func TestCheckSeverityIsThatOfItsFindings(t *testing.T) {
	tx := openTest(t)
	ctx := context.Background()
	mustExec(t, tx, dataThere)
	severity := func() string {
		t.Helper()
		must(t, Check(ctx, tx, "lines"))
		got, err := texts(ctx, tx, "select severity || ' ' || status from recon.checks where check_id = '11'")
		must(t, err)
		return strings.Join(got, ",")
	}
	if got := severity(); got != "B pass" {
		t.Errorf("without findings: %s", got)
	}
	record := "insert into source.consumption_records (record_key, customer_id, association_type, bill_detail_type, payment_amount) values "
	mustExec(t, tx, record+"('K1', 'C1', '2', '9', 1)")
	if got := severity(); got != "W fail" {
		t.Errorf("with one that warns: %s", got)
	}
	mustExec(t, tx, record+"('K2', 'C1', '2', '5', -1)")
	if got := severity(); got != "B fail" {
		t.Errorf("with one that blocks: %s", got)
	}
	mustExec(t, tx, "insert into ops.resolutions select finding_id, 'known', timestamp '2026-11-05 08:00:00', 'a', null from recon.findings where check_id = '11' and severity = 'B'")
	if got := severity(); got != "W fail" {
		t.Errorf("with the blocking one accepted: %s", got)
	}
}
