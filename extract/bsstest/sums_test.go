package bsstest

import (
	"maps"
	"math/big"
	"slices"
	"testing"

	"github.com/shopspring/decimal"
)

var units = decimal.New(1, -8)

func compare(t *testing.T, table string, want Totals, rows []row) {
	t.Helper()
	if int64(len(rows)) != want.Rows {
		t.Errorf("%s: %d rows, want %d", table, len(rows), want.Rows)
	}
	for column, v := range want.Amounts {
		sum := decimal.Zero
		for _, r := range rows {
			sum = sum.Add(r.amount(t, column))
		}
		if x := decimal.NewFromBigInt(v, 0).Mul(units); !sum.Equal(x) {
			t.Errorf("%s.%s: %s, want %s", table, column, sum, x)
		}
	}
}

// pull reads everything of one cycle over HTTP.
func pull(t *testing.T, s *Server, cycle string) map[string][]row {
	t.Helper()
	w, p := s.World(), partner(s)
	got := map[string][]row{}
	resellers := append([]string{""}, w.Resellers()...)
	known := map[string]bool{}
	resale := map[string]bool{}
	for _, reseller := range resellers {
		for _, r := range p.walk(t, s, "ListSubCustomers", "customer_infos", "count", 7, map[string]any{"indirect_partner_id": reseller}) {
			known[r["customer_id"].(string)] = true
			resale[r["customer_id"].(string)] = r["association_type"] == "2"
		}
	}
	for _, r := range p.walk(t, s, "ListConsumeSubCustomers", "sub_customers", "total_count", 9, map[string]any{"bill_cycle": cycle}) {
		known[r["customer_id"].(string)] = true
	}
	for id := range known {
		got["customers"] = append(got["customers"], row{"customer_id": id})
		for _, reseller := range resellers {
			params := map[string]any{"bill_cycle": cycle, "customer_id": id}
			if reseller != "" {
				params["indirect_partner_id"] = reseller
			}
			got["consumption_records"] = append(got["consumption_records"], p.walk(t, s, "ListSubCustomerBillDetail", "fee_records", "total_count", 300, params)...)
		}
	}
	for _, reseller := range resellers {
		for _, mode := range []int{1, 3, 11} {
			params := map[string]any{"cycle": cycle, "charge_mode": mode}
			if reseller != "" {
				params["indirect_partner_id"] = reseller
			}
			got["monthly_bills"] = append(got["monthly_bills"], p.walk(t, s, "ListSubcustomerMonthlyBills", "bill_sums", "count", 50, params)...)
		}
	}
	for _, b := range got["monthly_bills"] {
		for _, d := range b["account_details"].([]any) {
			got["monthly_bill_accounts"] = append(got["monthly_bill_accounts"], d.(map[string]any))
		}
	}
	seen := map[string]bool{}
	for _, r := range got["consumption_records"] {
		kind := r.amount(t, "bill_detail_type").IntPart()
		id := r["trade_id"].(string)
		if kind != 4 && kind != 20 && kind != 24 || seen[id] {
			continue
		}
		seen[id] = true
		params := map[string]any{"order_id": id, "customer_id": r["customer_id"]}
		if r["partner_id"] != nil {
			params["indirect_partner_id"] = r["partner_id"]
		}
		_, body := p.call(t, s, "ShowRefundOrderDetails", params)
		got["refund_orders"] = append(got["refund_orders"], rowsOf(t, decode(t, body), "refund_infos")...)
	}
	for _, id := range slices.Sorted(maps.Keys(resale)) {
		if !resale[id] {
			continue
		}
		if c, status := customerKeys(t, s, id, 900); status == 201 {
			pullCustomer(t, s, c, cycle, got)
		} else if c := w.customer(id); !c.NoAgency {
			t.Errorf("customer %s: IAM answers %d", id, status)
		}
	}
	for table, d := range map[string][4]string{
		"measure_units": {"ListMeasureUnits", "measure_units"}, "unit_conversions": {"ListConversions", "conversions"},
		"usage_types": {"ListUsageTypes", "usage_types", "total_count"}, "service_types": {"ListServiceTypes", "service_types", "total_count"},
		"resource_types": {"ListResourceTypes", "resource_types", "total_count"},
	} {
		if d[2] != "" {
			got[table] = p.walk(t, s, d[0], d[1], d[2], 100, nil)
			continue
		}
		_, body := p.call(t, s, d[0], nil)
		got[table] = rowsOf(t, decode(t, body), d[1])
	}
	return got
}

func pullCustomer(t *testing.T, s *Server, c keys, cycle string, got map[string][]row) {
	t.Helper()
	packages := c.walk(t, s, "ListFreeResourceInfos", "free_resource_packages", "total_count", 100, nil)
	got["resource_packages"] = append(got["resource_packages"], packages...)
	for _, p := range packages {
		for _, it := range rowsOf(t, p, "free_resources") {
			got["resource_package_items"] = append(got["resource_package_items"], it)
			_, body := c.call(t, s, "ListFreeResourceUsages", map[string]any{"free_resource_ids": []any{it["free_resource_id"]}})
			balance := rowsOf(t, decode(t, body), "free_resources")
			if len(balance) != 1 || !balance[0].amount(t, "amount").Equal(it.amount(t, "amount")) {
				t.Errorf("balance %v of item %v", balance, it)
			}
		}
	}
	m, err := parseMonth(cycle)
	if err != nil {
		t.Fatal(err)
	}
	got["resource_package_usage"] = append(got["resource_package_usage"], c.walk(t, s, "ListFreeResourcesUsageRecords", "free_resource_records", "total_count", 20,
		map[string]any{"deduct_time_begin": cycle + "-01", "deduct_time_end": cycle + "-" + itoa(m.days)})...)
	seen := map[string]bool{}
	for _, u := range usageTypes {
		params := map[string]any{"bill_cycle": cycle, "service_type_code": u.kind.service.code, "resource_type_code": u.kind.code, "usage_type": u.code}
		if key := u.kind.code + u.code; seen[key] || u.name.en != "95th percentile bandwidth" {
			continue
		} else {
			seen[key] = true
		}
		summaries := c.walk(t, s, "ListResourceUsageSummary", "summary_usage_info_list", "total_count", 10, params)
		got["peak95_summaries"] = append(got["peak95_summaries"], summaries...)
		for _, r := range summaries {
			params["resource_id"] = r["resource_id"]
			got["peak95_points"] = append(got["peak95_points"], c.walk(t, s, "ListResourceUsage", "usage_info_list", "total_count", 1000, params)...)
		}
	}
}

func TestSums(t *testing.T) {
	for name, o := range map[string]Options{
		"direct":      {Seed: 1, Cycle: "2026-10", Customers: 12, Records: 1500, Months: 1},
		"distributor": {Seed: 2, Cycle: "2026-02", Customers: 11, Records: 900, Resellers: 2, Hostile: true, Bandwidth: 6},
		"crowded":     {Seed: 3, Cycle: "2026-11", Customers: 30, Records: 70},
	} {
		t.Run(name, func(t *testing.T) {
			w := NewWorld(o)
			s := serve(t, w, ServerOptions{})
			for _, cycle := range w.Cycles() {
				got, want := pull(t, s, cycle), w.Sums(cycle)
				for table, totals := range want.Tables {
					compare(t, cycle+" "+table, totals, got[table])
				}
				if n := w.Records(cycle); n != len(got["consumption_records"]) {
					t.Errorf("%d records of %s, want exactly %d", len(got["consumption_records"]), cycle, n)
				}
				payable := map[string]decimal.Decimal{}
				for _, r := range got["consumption_records"] {
					id := r["customer_id"].(string)
					payable[id] = payable[id].Add(r.amount(t, "payment_amount"))
				}
				for id, v := range want.Payable {
					if x := decimal.NewFromBigInt(v, 0).Mul(units); !payable[id].Equal(x) {
						t.Errorf("customer %s owes %s, want %s", id, payable[id], x)
					}
				}
				checkRecords(t, got["consumption_records"])
				checkBills(t, got)
				checkPackages(t, got)
			}
		})
	}
}

// checkRecords asserts the amount identities and signs on every record.
func checkRecords(t *testing.T, rows []row) {
	t.Helper()
	oneCent := decimal.New(1, -2)
	kinds := map[int64]int{}
	for _, r := range rows {
		payment := r.amount(t, "payment_amount")
		truncated := r.amount(t, "official_amount").Sub(r.amount(t, "official_discount_amount")).Sub(payment)
		if truncated.IsNegative() || !truncated.LessThan(oneCent) {
			t.Errorf("truncated amount %s of %v", truncated, r["id"])
		}
		funded := decimal.Zero
		for _, term := range []string{"cash", "credit", "coupon", "flexipurchase_coupon", "stored_value_card", "debt", "writeoff"} {
			funded = funded.Add(r.amount(t, term+"_amount"))
		}
		if !funded.Equal(payment) {
			t.Errorf("record %v: funded %s of %s", r["id"], funded, payment)
		}
		if !payment.Equal(payment.Truncate(2)) {
			t.Errorf("record %v: payment %s", r["id"], payment)
		}
		kind := r.amount(t, "bill_detail_type").IntPart()
		kinds[kind]++
		if refund := kind == 4 || kind == 9 || kind == 20 || kind == 24; refund != payment.IsNegative() {
			t.Errorf("record %v of type %d: payment %s", r["id"], kind, payment)
		}
		if len(r) != 48 {
			t.Errorf("record %v has %d fields, want the model's 48", r["id"], len(r))
		}
	}
	if len(rows) > 1000 {
		for _, kind := range []int64{1, 2, 3, 4, 5, 8, 9, 20, 24, 25} {
			if kinds[kind] == 0 {
				t.Errorf("no record of type %d", kind)
			}
		}
	}
}

// checkBills asserts that monthly sums are those of the records, slice by slice, and of their balance types.
func checkBills(t *testing.T, got map[string][]row) {
	t.Helper()
	type slice struct{ customer, service, kind, billType, mode string }
	sums := map[slice]decimal.Decimal{}
	for _, r := range got["consumption_records"] {
		mode := r["charging_mode"].(interface{ String() string }).String()
		if r["association_type"] != "2" || mode == "10" {
			continue
		}
		billType := "0"
		switch r.amount(t, "bill_detail_type").IntPart() {
		case 4, 20, 24:
			billType = "1"
		case 9:
			if !r.amount(t, "writeoff_amount").IsZero() {
				billType = "2"
			}
		}
		key := slice{customer: r["customer_id"].(string), service: r["service_type_code"].(string), kind: r["resource_type_code"].(string), billType: billType, mode: mode}
		sums[key] = sums[key].Add(r.amount(t, "payment_amount"))
	}
	bills := map[slice]decimal.Decimal{}
	for _, b := range got["monthly_bills"] {
		key := slice{customer: b["customer_id"].(string), service: b["cloud_service_type"].(string), kind: b["resource_type_code"].(string), billType: b["bill_type"].(string), mode: b["charge_mode"].(string)}
		bills[key] = bills[key].Add(b.amount(t, "amount"))
		details := decimal.Zero
		for _, d := range rowsOf(t, b, "account_details") {
			details = details.Add(d.amount(t, "amount"))
		}
		details = details.Add(b.amount(t, "debt_amount")).Add(b.amount(t, "adjustment_amount"))
		if !details.Equal(b.amount(t, "amount")) {
			t.Errorf("monthly sum %v: balance types add up to %s", b, details)
		}
		if _, has := b["debt_amount"]; has != (key.billType == "0") {
			t.Errorf("monthly sum of bill type %s: debt_amount present is %v", key.billType, has)
		}
	}
	for key, v := range sums {
		if !bills[key].Equal(v) {
			t.Errorf("monthly sum %+v: %s, records %s", key, bills[key], v)
		}
	}
	for key := range bills {
		if _, ok := sums[key]; !ok {
			t.Errorf("monthly sum %+v has no records", key)
		}
	}
}

// checkPackages asserts available - used = remaining, the roll-forward of each item, and that what the records were
// covered is what the packages gave.
func checkPackages(t *testing.T, got map[string][]row) {
	t.Helper()
	covered, used := decimal.Zero, decimal.Zero
	for _, r := range got["consumption_records"] {
		covered = covered.Add(r.amount(t, "free_resource_usage"))
	}
	left := map[string]decimal.Decimal{}
	for _, d := range got["resource_package_usage"] {
		used = used.Add(d.amount(t, "used_amount"))
		available, remaining := d.amount(t, "available_amount"), d.amount(t, "remaining_amount")
		if !available.Sub(d.amount(t, "used_amount")).Equal(remaining) || remaining.IsNegative() {
			t.Errorf("deduction %v", d)
		}
		id := d["free_resource_id"].(string)
		if before, ok := left[id]; ok && !before.Equal(available) && available.LessThan(before) {
			t.Errorf("item %s: %s left, then %s available", id, before, available)
		}
		left[id] = remaining
	}
	if !covered.Equal(used) {
		t.Errorf("records were covered %s, packages gave %s", covered, used)
	}
	for _, it := range got["resource_package_items"] {
		id := it["free_resource_id"].(string)
		if it.amount(t, "amount").GreaterThan(it.amount(t, "original_amount")) {
			t.Errorf("item %s has more left than it had", id)
		}
	}
}

func TestPlants(t *testing.T) {
	w := NewWorld(Options{Seed: 5, Cycle: "2026-10", Customers: 6, Records: 600})
	before := w.Sums("2026-10")
	for _, p := range []Plant{
		{Kind: GarbageAmount}, {Kind: WrongType}, {Kind: UnknownField}, {Kind: UnknownEnum}, {Kind: UnknownUnit}, {Kind: OrphanRecord},
		{Kind: MonthlyBillOff, Amount: "0.03"}, {Kind: FundingOff, Amount: "-0.50"}, {Kind: OtherCustomer}, {Kind: LateChange, Amount: "7.25"},
	} {
		w.Plant(p)
	}
	after := w.Sums("2026-10")
	if after.Quarantined != 3 {
		t.Errorf("%d records are quarantined, want 3", after.Quarantined)
	}
	if d := after.Tables["consumption_records"].Rows - before.Tables["consumption_records"].Rows; d != 0 {
		t.Errorf("%d rows more, want 3 of the orphan less 3 in quarantine", d)
	}
	orphan := w.Plants()[5].CustomerID
	var billed big.Int
	billed.Sub(after.Tables["monthly_bills"].Amounts["amount"], before.Tables["monthly_bills"].Amounts["amount"])
	billed.Sub(&billed, after.Payable[orphan])
	if want := int64(3_000_000 + 725_000_000); !billed.IsInt64() || billed.Int64() != want {
		t.Errorf("monthly sums differ by %s, want %d", &billed, want)
	}
	s := serve(t, w, ServerOptions{})
	p := partner(s)
	var kinds = map[string]int{}
	for _, r := range p.walk(t, s, "ListSubCustomerBillDetail", "fee_records", "total_count", 1000, map[string]any{"bill_cycle": "2026-10", "customer_id": w.Plants()[0].CustomerID}) {
		if _, ok := r["payment_amount"].(map[string]any); ok {
			kinds[WrongType]++
			continue
		}
		if r.amount(t, "official_amount").Exponent() < -8 {
			kinds[GarbageAmount]++
		}
		if r["carbon_scope"] != nil {
			kinds[UnknownField]++
		}
		if r.amount(t, "bill_detail_type").IntPart() == 777 {
			kinds[UnknownEnum]++
		}
		if r.amount(t, "usage_measure_id").IntPart() == 9999 {
			kinds[UnknownUnit]++
		}
		if r["customer_id"] != w.Plants()[0].CustomerID {
			kinds[OtherCustomer]++
		}
	}
	for _, kind := range []string{WrongType, GarbageAmount, UnknownField, UnknownEnum, UnknownUnit, OtherCustomer} {
		if kinds[kind] != 1 {
			t.Errorf("%s: seen %d times, want once", kind, kinds[kind])
		}
	}
	var listed bool
	for _, r := range p.walk(t, s, "ListConsumeSubCustomers", "sub_customers", "total_count", 100, map[string]any{"bill_cycle": "2026-10"}) {
		listed = listed || r["customer_id"] == orphan
	}
	if !listed {
		t.Error("the orphan is not among the consuming customers")
	}
}
