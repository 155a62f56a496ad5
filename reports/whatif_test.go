package reports

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestWhatIfRows: both sides of what is no customer's or no service's stand in one named row, rows without any amount are left out, and
// the sums are those of the margins.
func TestWhatIfRows(t *testing.T) {
	f := story(t)
	f.exec(`create temp table what_if_statements as select * from settlement.statements where cycle = '2026-10'`)
	f.exec(`create temp table what_if_parties as select party_id, name from settlement.parties where cycle = '2026-10'`)
	const own = `insert into settlement.margins (cycle, party_id, revision, customer_id, reseller_id, kind, official_amount, payable_amount, cost_excl_tax, charge_amount)
		values ('2026-10', 'P-01', 0, null, null, '%', 0, 0, 0, $)`
	add := func(kind, charge string) { f.exec(strings.NewReplacer("%", kind, "$", charge).Replace(own)) }
	add("commitment", "700")
	add("rounding", "0")
	f.exec(`create temp table what_if_margins as select * from settlement.margins where cycle = '2026-10'`)
	f.exec(`update settlement.margins set charge_amount = charge_amount + 1.5 where cycle = '2026-10' and party_id = 'P-01'`)
	f.exec(`delete from settlement.margins where kind = 'rounding' and party_id = 'P-01'`)
	add("rounding", "0")
	add("adjustment", "-20")

	o := f.options(Options{})
	file, err := WriteWhatIf(context.Background(), f.db, o, WhatIf{Pricing: "new.xlsx", Hash: "0123456789", RunID: "run", MadeAt: time.Date(2026, 11, 5, 6, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(o.Dir, file.Path)
	checkFormulas(t, path)
	book := open(t, path)
	for _, sheet := range []string{"分客户 By customer", "分产品 By service"} {
		rows, err := book.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]int{}
		for i, row := range rows[1 : len(rows)-1] {
			if strings.Join(row[:4], "") == "" {
				t.Errorf("%s: row %d is nobody's: %v", sheet, i+2, row)
			}
			for _, name := range []string{"最低消费补差 Commitment shortfall", "尾差 Rounding", "调整 Adjustment"} {
				for _, cell := range row {
					if cell == name {
						seen[name]++
					}
				}
			}
		}
		if seen["最低消费补差 Commitment shortfall"] != 1 || seen["调整 Adjustment"] != 1 || seen["尾差 Rounding"] != 0 {
			t.Errorf("%s: rows of no customer: %v, want one of commitments, one of adjustments, none of rounding", sheet, seen)
		}
		for header, query := range map[string]string{
			"账面结算": `select cast(sum(charge_amount) as varchar) from what_if_margins`,
			"试算结算": `select cast(sum(charge_amount) as varchar) from settlement.margins where cycle = '2026-10'`,
		} {
			if got, want := totalOf(t, book, sheet, header), number(t, f.one(query)); !got.Equal(want) {
				t.Errorf("%s: %s is %s, want %s", sheet, header, got, want)
			}
		}
	}
}
