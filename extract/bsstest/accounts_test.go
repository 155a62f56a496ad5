package bsstest

import (
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
)

// balancesAt pulls the accounts of all customers listed under a holder.
func balancesAt(t *testing.T, s *Server, holder string) map[string]row {
	t.Helper()
	var infos []map[string]string
	for _, c := range s.World().Customers() {
		infos = append(infos, map[string]string{"customer_id": c.ID})
	}
	params := map[string]any{"customer_infos": infos}
	if holder != "" {
		params["indirect_partner_id"] = holder
	}
	status, body := partner(s).call(t, s, "ListCustomersBalancesDetail", params)
	if status != 200 {
		t.Fatalf("%d %s", status, body)
	}
	all := map[string]row{}
	for _, r := range rowsOf(t, decode(t, body), "customer_balances") {
		all[r["customer_id"].(string)] = r
	}
	return all
}

// From one instant to another an account loses what the fee records took in between and gains what was allocated, to the last
// decimal; and what was allocated left the holder's account.
func TestAccountsRoll(t *testing.T) {
	now := time.Date(2026, 9, 20, 2, 0, 0, 0, time.UTC)
	opened := now
	w := NewWorld(Options{Seed: 11, Cycle: "2026-10", Customers: 8, Records: 600, Months: 1, Resellers: 2})
	s := serve(t, w, ServerOptions{Now: func() time.Time { return now }})
	p := partner(s)
	for _, holder := range append([]string{""}, w.Resellers()...) {
		now = opened
		before := balancesAt(t, s, holder)
		now = time.Date(2026, 10, 20, 2, 0, 0, 0, time.UTC)
		after := balancesAt(t, s, holder)
		under := map[string]any{}
		if holder != "" {
			under["indirect_partner_id"] = holder
		}
		with := func(more map[string]any) map[string]any {
			for k, v := range under {
				more[k] = v
			}
			return more
		}
		expected, given := map[string]decimal.Decimal{}, map[string]decimal.Decimal{}
		for _, r := range p.walk(t, s, "ListPartnerAdjustRecords", "records", "total_count", 5, with(map[string]any{})) {
			id, amount := r["customer_id"].(string), r.amount(t, "amount")
			if r["operation_type"] != allocated {
				amount = amount.Neg()
			}
			given[id] = given[id].Add(amount)
			if at, _ := time.Parse(time.RFC3339, r["operation_time"].(string)); at.After(opened) && !at.After(now) {
				expected[id] = expected[id].Add(amount)
			}
		}
		moved := 0
		for id := range before {
			for _, cycle := range w.Cycles() {
				for _, r := range p.walk(t, s, "ListSubCustomerBillDetail", "fee_records", "total_count", 300, with(map[string]any{"bill_cycle": cycle, "customer_id": id})) {
					if at, _ := time.Parse(time.RFC3339, r["trade_time"].(string)); at.After(opened) && !at.After(now) {
						expected[id] = expected[id].Sub(r.amount(t, "cash_amount")).Sub(r.amount(t, "credit_amount")).Sub(r.amount(t, "debt_amount"))
						moved++
					}
				}
			}
			got := after[id].amount(t, "amount").Sub(after[id].amount(t, "debt_amount")).Sub(before[id].amount(t, "amount")).Add(before[id].amount(t, "debt_amount"))
			if !got.Equal(expected[id]) {
				t.Errorf("customer %s under %q: the account changed by %s, its movements are %s", id, holder, got, expected[id])
			}
		}
		if len(before) == 0 || moved == 0 || len(before) != len(after) {
			t.Errorf("under %q: %d accounts, then %d, %d records: the test shows nothing", holder, len(before), len(after), moved)
		}
		last, out := decimal.NewFromInt(holderOpening/one), map[string]decimal.Decimal{}
		for _, r := range p.walk(t, s, "ListPartnerAccountChangeRecords", "records", "total_count", 3, with(map[string]any{"balance_type": "BALANCE_TYPE_DEBIT"})) {
			amount := r.amount(t, "change_amount")
			if r["type"] == "2" {
				amount = amount.Neg()
			}
			if last = last.Add(amount); !last.Equal(r.amount(t, "balance_after_change")) {
				t.Errorf("under %q: %s after a change, want %s", holder, r["balance_after_change"], last)
			}
			if id, of := r["customer_id"].(string); of {
				out[id] = out[id].Sub(amount)
			}
		}
		for id := range given {
			if !given[id].Equal(out[id]) {
				t.Errorf("under %q: customer %s was given %s, and %s left the account", holder, id, given[id], out[id])
			}
		}
		_, body := p.call(t, s, "ListPartnerBalances", under)
		for _, r := range rowsOf(t, decode(t, body), "account_balances") {
			if r.amount(t, "account_type").IntPart() == 1 && !r.amount(t, "amount").Equal(last) {
				t.Errorf("under %q: balance %s, want %s", holder, r["amount"], last)
			}
		}
	}
}

func TestAccountPlants(t *testing.T) {
	now := time.Date(2026, 11, 6, 2, 0, 0, 0, time.UTC)
	w := NewWorld(Options{Seed: 11, Cycle: "2026-10", Customers: 8, Records: 300})
	s := serve(t, w, ServerOptions{Now: func() time.Time { return now }})
	p, customer := partner(s), w.Customers()[0].ID
	sum := func(name, rows, field string, params map[string]any) (total decimal.Decimal) {
		for _, r := range p.walk(t, s, name, rows, "total_count", 100, params) {
			total = total.Add(r.amount(t, field))
		}
		return total
	}
	allocations := func() decimal.Decimal { return sum("ListPartnerAdjustRecords", "records", "amount", nil) }
	chain := func() decimal.Decimal {
		return sum("ListPartnerAccountChangeRecords", "records", "balance_after_change", map[string]any{"balance_type": "BALANCE_TYPE_DEBIT"})
	}
	balance := func() decimal.Decimal { return balancesAt(t, s, "")[customer].amount(t, "amount") }
	bill := func() (total decimal.Decimal) {
		lines, err := csv.NewReader(strings.NewReader(string(w.PartnerBill("2026-10")))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		sum := decimal.Zero
		for _, l := range lines[1:] {
			n := decimal.RequireFromString(l[7])
			if l[0] == customer {
				total = total.Add(n)
			}
			if l[0] == "合计" {
				n = n.Neg()
			}
			sum = sum.Add(n)
		}
		if !sum.IsZero() {
			t.Errorf("the bill's total is off by %s", sum)
		}
		return total
	}
	for kind, read := range map[string]func() decimal.Decimal{AllocationOff: allocations, BalanceOff: balance, AccountOff: chain, PartnerBillOff: bill} {
		before := read()
		w.Plant(Plant{Kind: kind, CustomerID: customer, Amount: "0.37"})
		if off := read().Sub(before); off.String() != "0.37" {
			t.Errorf("%s: off by %s", kind, off)
		}
	}
}

func TestAccountCallsRefuse(t *testing.T) {
	s := small(t, ServerOptions{})
	for name, c := range map[string]struct {
		call   string
		params map[string]any
		code   string
	}{
		"no balance type":  {"ListPartnerAccountChangeRecords", nil, "CBC.0100"},
		"more than a year": {"ListPartnerAccountChangeRecords", map[string]any{"balance_type": "BALANCE_TYPE_DEBIT", "trade_time_begin": "2025-01-01", "trade_time_end": "2026-10-31"}, "CBC.80021021"},
		"101 rows":         {"ListPartnerAdjustRecords", map[string]any{"limit": 101}, "CBC.0100"},
		"no customer":      {"ListCustomersBalancesDetail", map[string]any{"customer_infos": []any{}}, "CBC.0100"},
		"foreign reseller": {"ListPartnerBalances", map[string]any{"indirect_partner_id": "x"}, "CBC.99000037"},
	} {
		if status, body := partner(s).call(t, s, c.call, c.params); status != 400 || code(t, body) != c.code {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
}
