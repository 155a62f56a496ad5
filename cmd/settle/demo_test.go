package main

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"
	"time"

	"settle/extract/bsstest"
	"settle/load"
)

// The demo shows what settle does: each of these has something in it.
func TestDemoHoldsEverything(t *testing.T) {
	t.Parallel()
	if raceEnabled {
		t.Skip("the plain run of the suite does it")
	}
	d := &demo{app: &app{stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}, quiet: true}, out: t.TempDir(), began: time.Now(), at: demoStart.AddDate(0, -1, 0),
		options: bsstest.Options{Cycle: string(demoCycle), Months: 1, Resellers: 1, Seed: 1, Customers: 20, Records: 4000}}
	sum, err := d.play(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if sum.Parked != 1 || sum.Findings["B"] != 1 || sum.missing() != 0 {
		t.Errorf("the demo parks %d parties with %d blocking findings, %d windows are missing; want the one difference that it makes", sum.Parked, sum.Findings["B"], sum.missing())
	}
	db := must(load.OpenSnapshot(context.Background(), filepath.Join(d.cfg.Data, "published", load.Current)))
	defer func() { _ = db.Close() }()
	for what, query := range map[string]string{
		"every method":                     `select count(distinct rule_method) = 6 from settlement.lines where cycle = '2026-10' and kind = 'record'`,
		"both styles of tiers":             `select count(distinct style) = 2 from settlement.tiers as t inner join settlement.lines as l using (cycle, rule_id) where l.cycle = '2026-10'`,
		"what a package covered":           `select count(*) > 0 from settlement.cost where cycle = '2026-10' and rule_method = 'unit_price' and free_resource_usage > 0`,
		"a commitment shortfall":           `select count(*) > 0 from settlement.lines where cycle = '2026-10' and kind = 'commitment'`,
		"a recurring adjustment":           `select count(*) > 0 from settlement.lines as l inner join settlement.adjustments as a on a.cycle = l.cycle and l.line_id = 'adjustment/' || a.adjustment_id where l.cycle = '2026-10' and a.from_cycle < a.to_cycle`,
		"a refund of an earlier month":     `select count(*) > 0 from settlement.lines where cycle = '2026-10' and kind = 'record' and origin_cycle = '2026-09'`,
		"a group":                          `select count(*) > 0 from settlement.statements inner join settlement.parties using (cycle, party_id) where cycle = '2026-10' and kind = 'group'`,
		"a reseller":                       `select count(*) > 0 from settlement.statements inner join settlement.parties using (cycle, party_id) where cycle = '2026-10' and kind = 'reseller'`,
		"a customer that moved":            `select count(*) > 0 from (select customer_id from settlement.lines where cycle = '2026-10' and kind = 'record' group by 1 having count(distinct reseller_id) > 1)`,
		"a contract changed on the 15th":   `select count(*) > 0 from settlement.contracts as c inner join settlement.lines as l on l.cycle = c.cycle and l.contract_no = c.contract_no where c.cycle = '2026-10' and c.valid_from = date '2026-10-15'`,
		"a restatement that counts":        `select coalesce(sum(charge_amount), 0) <> 0 from settlement.lines where cycle = '2026-10' and kind = 'prior_period'`,
		"issued statements":                `select count(*) > 0 from settlement.statements where cycle = '2026-09' and status = 'issued'`,
		"invoices that the tax bureau has": `select count(*) > 0 from settlement.invoice_status where cycle = '2026-09' and status = 'issued'`,
		"invoices by order and by account": `select count(distinct case when split_key = '' then 'all' when length(split_key) = 32 then 'account' else 'order' end) >= 2 from settlement.invoice_requests where cycle = '2026-10'`,
		"every language":                   `select count(distinct language) = 3 from settlement.statements inner join settlement.parties using (cycle, party_id) where cycle = '2026-10'`,
		"prices with tax and without":      `select count(distinct amounts_include_tax) = 2 from settlement.lines where cycle = '2026-10'`,
	} {
		var ok bool
		if err := db.QueryRow(query).Scan(&ok); err != nil {
			t.Errorf("%s: %v", what, err)
		} else if !ok {
			t.Errorf("the demo lacks: %s", what)
		}
	}
}
