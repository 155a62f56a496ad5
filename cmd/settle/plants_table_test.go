package main

import (
	"time"

	"settle/extract/bsstest"
	"settle/load"
	"settle/transform/pricing"
)

// cannotBePlanted are checks that no answer, workbook or table can be spoiled for here, with the test that proves each instead:
// its folder and its name. TestPlants looks whether it is there and is about the check.
var cannotBePlanted = map[string]string{
	"36": "reports TestMismatchKeepsOldFile", // it compares workbooks as they are written, after the month is settled
}

// changedAfterIssue plants on a month that was issued, and pulls it again.
func changedAfterIssue(kind, amount string) func(m *plantedMonth) {
	return func(m *plantedMonth) {
		m.now, m.keep = monthBefore, true
		m.change(load.StateIssued, "2026-09", "", "P-"+m.customer)
		m.plant(bsstest.Plant{Kind: kind, Cycle: "2026-09", Amount: amount})
		m.settle(RunOptions{Cycle: "2026-09"})
	}
}

// hours gives the customer a rule of its own for the hours of its servers.
func hours(method, value, unit string) func(b *pricing.Book, customer string) {
	return func(b *pricing.Book, customer string) {
		b.Rules = append(b.Rules, pricing.Rule{
			ID: "planted " + method + " " + value, PricePlan: b.Rules[0].PricePlan, Priority: 1, CustomerID: customer, ServiceTypeCode: "hws.service.type.ec2",
			ChargingMode: "3", BillDetailType: "5", Base: "payable", Method: method, Value: rateOf(value), Unit: unit,
		})
	}
}

const (
	// rawDifference is what the fee records of a customer are beyond its monthly bill.
	rawDifference = `select (select sum(payment_amount) from source.consumption_records where cycle = {cycle} and customer_id = {customer} and charging_mode <> '10') - (select coalesce(sum(amount), 0) from source.monthly_bills where cycle = {cycle} and customer_id = {customer})`
	// debtDifference is likewise of what is on account.
	debtDifference = `(select sum(debt_amount) from source.consumption_records where cycle = {cycle} and customer_id = {customer}) - (select coalesce(sum(debt_amount), 0) from source.monthly_bills where cycle = {cycle} and customer_id = {customer})`
	// payableOfHours is what the rules of hours price.
	payableOfHours = `select sum(payment_amount) from source.consumption_records where cycle = {cycle} and customer_id = {customer}
		and service_type_code = 'hws.service.type.ec2' and charging_mode = '3' and bill_detail_type = '5'`
)

var plantings = []planting{
	{check: "01", plant: bsstest.Plant{Kind: bsstest.WrongType}, want: []string{"01 B customer -", "06 B customer {payable}", "07 W customer {payable}"}},
	{check: "01", plant: bsstest.Plant{Kind: bsstest.GarbageAmount}, want: []string{"01 B customer -", "06 B customer {payable}", "07 W customer {payable}"}},
	{check: "01", plant: bsstest.Plant{Kind: bsstest.OtherCustomer}, want: []string{"01 B customer -", "06 B customer {payable}", "07 W customer {payable}"}},
	{check: "02", label: "a window whose pages are fewer", sql: []string{`update ops.window_pages set rows = rows - 1 where window_id = (
		select min(window_id) from ops.windows where cycle = {cycle} and customer_id = {customer} and dataset = 'consumption_records' and rows > 0)`},
		want: []string{"02 B customer -1"}},
	{check: "02", label: "a total that moved", sql: []string{`update ops.expected_windows set error = 'the announced total moved while paging'
		where cycle = {cycle} and customer_id = {customer} and dataset = 'resource_package_usage'`}, want: []string{"02 W customer -", "01 W customer -"}},
	{check: "04", label: "a customer without records", sql: []string{`delete from recon.resource_days where cycle = {cycle} and customer_id = {customer}`},
		amount: `select sum(payable_amount) from recon.resource_days where cycle = '2026-09' and customer_id = {customer} and kind <> 'other'`, want: []string{"04 W customer -{amount}"}},
	{check: "05", plant: bsstest.Plant{Kind: bsstest.OrphanRecord}, want: []string{"05 B customer {payable}", "01 W customer -"},
		follow: `select '30 B customer ' || cast(sum(payment_amount) as varchar) from source.consumption_records where cycle = {cycle} and customer_id = {customer} group by service_type_code`},
	{check: "06", plant: bsstest.Plant{Kind: bsstest.MonthlyBillOff, Amount: "0.37"}, want: []string{"06 B customer -0.37", "07 W customer -0.37"}, underRace: true},
	{check: "09", plant: bsstest.Plant{Kind: bsstest.FundingOff, Amount: "-0.50"}, want: []string{"09 B customer -0.5"}},
	{check: "15", label: "a final run too early", sql: []string{`update ops.params set calendar_final = false`}, want: []string{"15 B nobody -"}},
	{check: "15", label: "a preliminary run", do: func(m *plantedMonth) {
		m.now = func() time.Time { return testNow().AddDate(0, 0, -4) }
		m.settle(RunOptions{})
	}, want: []string{"15 I nobody - explained: not_final"}},
	{check: "16", label: "late_change after issue", cycle: "2026-09", do: changedAfterIssue(bsstest.LateChange, "7.25"), want: []string{"16 W party 7.25"}},
	{check: "20", plant: bsstest.Plant{Kind: bsstest.UnknownUnit}, want: []string{"20 W customer -"}},
	{check: "21", label: "a quantity converted otherwise", sql: []string{`update source.consumption_records set usage_normal = usage_normal + 1
		where cycle = {cycle} and customer_id = {customer} and record_key = (select min(record_key) from source.consumption_records where cycle = {cycle} and customer_id = {customer} and usage_normal > 1)`},
		want: []string{"21 B customer -"}},
	{check: "30", label: "a price per unit for what has another", book: hours("unit_price", "1", "GB"), amount: payableOfHours, want: []string{"30 B customer {amount}"}},
	{check: "31", label: "a rule below cost", book: hours("factor", "0.5", ""), amount: "select (" + payableOfHours + ") * 0.5", want: []string{"31 W customer -{amount}"}},
	{check: "32", label: "a shortfall that nobody charged", sql: []string{`insert into settlement.commitments by name
		select cycle, contract_no, date '2026-01-01' as valid_from, 1000000 as amount_per_month, true as refunds_reduce
		from settlement.contracts where cycle = {cycle} and customer_id = {customer}`},
		amount: `select 1000000 - sum(charge_amount) from settlement.lines where cycle = {cycle} and customer_id = {customer}`, want: []string{"32 B customer -{amount}"}},
	{check: "33", label: "an adjustment of a settled month that is changed", granted: true,
		book: func(b *pricing.Book, _ string) { b.Adjustments[0].Amount = moneyOf("-10") }, want: []string{"33 W party 5"}},
	{check: "34", label: "a total other than its lines", sql: []string{`update settlement.statements set amount_incl_tax = amount_incl_tax + 0.01 where cycle = {cycle} and party_id = {party}`},
		want: []string{"34 B party 0.01"}},
	{check: "35", label: "a line that lost a yuan", sql: []string{`update settlement.lines set payable_amount = payable_amount - 1
		where cycle = {cycle} and line_id = (select min(line_id) from settlement.lines where cycle = {cycle} and customer_id = {customer} and payable_amount > 1)`},
		want: []string{"35 B customer -1"}},
	{check: "37", label: "an invoice line of another price", sql: []string{`update settlement.invoice_lines set unit_price = unit_price + 1 where cycle = {cycle} and party_id = {party} and line_no = 1`},
		amount: `select quantity from settlement.invoice_lines where cycle = {cycle} and party_id = {party} and line_no = 1`, want: []string{"37 B party -{amount}"}},
	{check: "38", label: "a voucher that the requests do not know", sql: []string{`update settlement.lines set voucher_amount = voucher_amount + 1
		where cycle = {cycle} and line_id = (select min(line_id) from settlement.lines where cycle = {cycle} and customer_id = {customer} and payable_amount > 1)`},
		want: []string{"38 B party 1.06", "38 B party 1.06"}},
	{check: "39", label: "a tax id of three characters", sql: []string{`update settlement.invoice_requests set tax_id = '123' where cycle = {cycle} and party_id = {party}`},
		want: []string{"39 W party -"}},
	{check: "40", label: "an amount owed", sql: []string{`update settlement.invoiceable_ledger set owed_closing_excl_tax = 5 where cycle = {cycle} and party_id = {party}`},
		want: []string{"40 W party 5"}},
	{check: "44", label: "a number that nobody has", sql: []string{`insert into ops.documents by name
		select 2 as serial, {cycle} as cycle, {party} as party_id, 0 as revision, 1 as batch, 'statement' as kind, 'S-2' as document_no, run_id, run_started as issued_at, 'test' as issued_by from ops.params`},
		want: []string{"44 W nobody -"}},
	{check: "45", plant: bsstest.Plant{Kind: bsstest.UnknownField}, want: []string{"45 I nobody -", "45 I nobody -"}},
	{check: "45", plant: bsstest.Plant{Kind: bsstest.UnknownEnum}, want: []string{"45 I nobody -"}},
	{check: "46", label: "a rule that charges nothing", book: hours("factor", "0", ""), amount: payableOfHours,
		want: []string{"46 W customer -{amount}", "31 W customer -{amount}"}},
	{check: "06", plant: bsstest.Plant{Kind: bsstest.Truncation, Amount: "0.37"}, want: []string{"06 I customer 0.37 explained: truncation", "49 I nobody -"}},
	{check: "06", plant: bsstest.Plant{Kind: bsstest.LateUnbilled}, amount: rawDifference,
		want: []string{"06 I customer {amount} explained: late_cycle", "14 I customer {amount} explained: late_cycle"}},
	{check: "13", plant: bsstest.Plant{Kind: bsstest.WrongCycle}, amount: `select sum(payment_amount) from source.consumption_records where cycle = {cycle} and customer_id = {customer} and consume_from_date > date '2026-10-31'`,
		want: []string{"13 W customer {amount}"}},
	{check: "06", plant: bsstest.Plant{Kind: bsstest.AttachedLate}, amount: rawDifference,
		want: []string{"06 I customer {amount} explained: association_change"}},
	{check: "06", plant: bsstest.Plant{Kind: bsstest.DebtPaid},
		amount: "select " + debtDifference,
		want:   []string{"16 I customer {amount}"}},
	{check: "06", plant: bsstest.Plant{Kind: bsstest.BillLessDebt}, amount: `select sum(debt_amount) from source.consumption_records where cycle = {cycle} and customer_id = {customer}`,
		want: []string{"06 B customer {amount}"},
		follow: `select '07 W customer ' || cast(sum(debt_amount) as varchar) from source.consumption_records where cycle = {cycle} and customer_id = {customer}
			group by service_type_code, resource_type_code, charging_mode having sum(debt_amount) <> 0`},
	{check: "07", plant: bsstest.Plant{Kind: bsstest.SlicesSwapped, Amount: "0.37"}, want: []string{"07 W customer -0.37", "07 W customer 0.37"}},
	{check: "22", plant: bsstest.Plant{Kind: bsstest.PackageDeducted, Amount: "0.5"}, want: []string{"22 W customer -0.5"}},
	{check: "23", plant: bsstest.Plant{Kind: bsstest.PackageRollBroken, Amount: "0.5"}, want: []string{"23 W customer -0.5"}},
	{check: "24", plant: bsstest.Plant{Kind: bsstest.PackageUnused},
		amount: `select sum(payment_amount) from source.consumption_records where cycle = {cycle} and customer_id = {customer} and payment_amount > 0 and coalesce(free_resource_usage, 0) = 0
			and resource_id in (select resource_id from source.resource_package_usage where customer_id = {customer})`, want: []string{"24 I customer {amount}"}},
	{check: "25", plant: bsstest.Plant{Kind: bsstest.Peak95Off, Amount: "3"}, want: []string{"25 W customer 3"}},
	{check: "26", plant: bsstest.Plant{Kind: bsstest.Peak95Hidden, Amount: "3"},
		want: []string{"26 W customer -3"}},
	{check: "27", label: "peak95_charge_off 3", do: func(m *plantedMonth) { // with prices of bandwidth, 25 and 28 lead to it too
		m.cfg.Bandwidth.Prices = []BandwidthPrice{{UsageType: "95peak_1000", Price: "22", Amount: "official"}, {UsageType: "95Peak_1000", Price: "22", Amount: "official"}, {UsageType: "95peak_plus", Price: "80", Amount: "official"}}
		m.plant(bsstest.Plant{Kind: bsstest.Peak95ChargeOff, Amount: "3"})
		m.settle(RunOptions{})
	}, want: []string{"27 B customer 3"}},
	{check: "28", plant: bsstest.Plant{Kind: bsstest.Peak95BothCodes}, want: []string{"28 W customer -"}},
	{check: "29", plant: bsstest.Plant{Kind: bsstest.GuaranteeOff, Amount: "3"}, want: []string{"29 W customer 3"}},
	{check: "03", plant: bsstest.Plant{Kind: bsstest.TwiceCharged}, amount: `select payment_amount from source.consumption_records where cycle = {cycle} and customer_id = {customer} and trade_id in (select trade_id
		from source.consumption_records where cycle = {cycle} and customer_id = {customer} and bill_detail_type = '5' and charging_mode = '3' group by trade_id, resource_id having count(*) = 2) limit 1`, want: []string{"03 B customer {amount}"}},
	{check: "08", plant: bsstest.Plant{Kind: bsstest.ListOff, Amount: "0.5"}, want: []string{"08 B customer -0.5"}},
	{check: "10", plant: bsstest.Plant{Kind: bsstest.TruncationOff, Amount: "0.5"}, want: []string{"10 W customer 0.5"}},
	{check: "11", plant: bsstest.Plant{Kind: bsstest.SignOff}, amount: `select sum(payment_amount) from source.consumption_records where cycle = {cycle} and customer_id = {customer} and bill_detail_type = '5' and payment_amount < 0`,
		want: []string{"11 B customer {amount}"}},
	{check: "19", plant: bsstest.Plant{Kind: bsstest.ListPriceOff, Amount: "0.5"}, want: []string{"19 W customer 0.5"}},
	{check: "17", plant: bsstest.Plant{Kind: bsstest.UsageJump, Amount: "500"}, amount: `select sum(case when cycle = {cycle} then payment_amount else -payment_amount end) from source.consumption_records
		where customer_id = {customer} and service_type_code = 'hws.service.type.ec2' and charging_mode = '3' and bill_detail_type = '5'`, want: []string{"17 W customer {amount}"}, onlyHere: true},
	{check: "18", plant: bsstest.Plant{Kind: bsstest.GapDay}, want: []string{"18 I customer -"}},
	{check: "12", plant: bsstest.Plant{Kind: bsstest.RefundTooLarge, Amount: "0.5"}, want: []string{"12 W customer 0.5"}},
	{check: "49", plant: bsstest.Plant{Kind: bsstest.UnitChanged}, want: []string{"49 W nobody -"}, onlyHere: true},
	{check: "45", plant: bsstest.Plant{Kind: bsstest.UnlistedService}, want: []string{"45 I nobody -"}},
	{check: "48", plant: bsstest.Plant{Kind: bsstest.AllocationOff, Amount: "5"}, want: []string{"48 W customer 5"}},
	{check: "48", label: "balance_off 5", do: func(m *plantedMonth) {
		m.plant(bsstest.Plant{Kind: bsstest.BalanceOff, Amount: "5"})
		// Accounts roll from a balance of before the month to one within it.
		m.pull("2026-09", time.Date(2026, 9, 30, 2, 0, 0, 0, time.UTC))
		m.pull("2026-09", monthBefore())
		m.pull(testCycle, time.Date(2026, 10, 30, 2, 0, 0, 0, time.UTC))
		m.settle(RunOptions{})
	}, want: []string{"48 W customer 5"}},
	{check: "48", plant: bsstest.Plant{Kind: bsstest.AccountOff, Amount: "5"}, want: []string{"48 W nobody 5"}},
	{check: "41", label: "a customer whose bill is more", do: func(m *plantedMonth) {
		m.plant(bsstest.Plant{Kind: bsstest.PartnerBillOff, Amount: "0.37"})
		m.imports(m.world.PartnerBill(testCycle), "bill.csv")
		m.settle(RunOptions{})
	}, want: []string{"41 B customer -0.37", "41 I nobody -88 explained: formula"},
		follow: `select '41 I nobody ' || cast(sum(payment_amount) as varchar) || ' explained: ' || why
			from (select case when association_type = '1' then 'referral' when charging_mode = '10' then 'mode_10' end as why, payment_amount from source.consumption_records where cycle = {cycle}) as r
			where why is not null group by why`},
	{check: "47", label: "packages that nobody owns", sql: []string{`delete from settlement.account_owners where cycle = {cycle} and customer_id = {customer}`},
		want: []string{"47 W customer -", "47 W customer -"}},
}
