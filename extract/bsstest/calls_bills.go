package bsstest

import (
	"net/http"
	"slices"
)

var currency = func(dst []byte) []byte { return append(dst, `,"currency":"CNY"`...) }

// listSubCustomerBillDetail answers the fee records of one customer under one reseller (none: under the caller).
func (w *World) listSubCustomerBillDetail(q *query) *listing {
	m := q.cycle("bill_cycle")
	id := q.required("customer_id")
	reseller := w.under(q)
	match := recordFilter(q, m)
	if q.err != nil {
		return nil
	}
	if w.customer(id) == nil {
		q.fail(&apiError{http.StatusBadRequest, "CBC.99000035", "The customer is not your customer."})
		return nil
	}
	empty := &listing{rows: "fee_records", total: "total_count", head: currency}
	at := slices.IndexFunc(w.accounts[m.name], func(a *account) bool { return a.customer.ID == id && a.reseller == reseller })
	if at < 0 {
		return empty
	}
	a := w.accounts[m.name][at]
	var r record
	l := &listing{rows: "fee_records", total: "total_count", count: a.records, head: currency, row: func(dst []byte, i int) []byte {
		a.record(a.locate(i), &r)
		return a.appendRecord(dst, &r, q.style)
	}}
	if match == nil {
		return l
	}
	var kept []int
	for i := range a.records {
		k := a.locate(i)
		a.record(k, &r)
		if match(a, &r) {
			kept = append(kept, k)
		}
	}
	l.count = len(kept)
	l.row = func(dst []byte, i int) []byte {
		a.record(kept[i], &r)
		return a.appendRecord(dst, &r, q.style)
	}
	return l
}

// recordFilter makes one predicate of the optional parameters, nil where there are none.
func recordFilter(q *query, m month) func(a *account, r *record) bool {
	var tests []func(a *account, r *record) bool
	text := func(v string, ok bool, of func(a *account, r *record) string) {
		if ok {
			tests = append(tests, func(a *account, r *record) bool { return of(a, r) == v })
		}
	}
	v, ok := q.lenient("service_type_code")
	text(v, ok, func(_ *account, r *record) string { return r.resource.product.kind.service.code })
	v, ok = q.lenient("region_code")
	text(v, ok, func(_ *account, r *record) string { return r.resource.region.code })
	v, ok = q.text("resource_id")
	text(v, ok, func(_ *account, r *record) string { return r.resource.id })
	v, ok = q.text("resource_name")
	text(quote(v), ok, func(_ *account, r *record) string { return r.resource.name })
	v, ok = q.text("trade_id")
	text(v, ok, func(_ *account, r *record) string { return string(r.appendTrade(nil)) })
	v, ok = q.text("association_type")
	text(v, ok, func(a *account, _ *record) string { return a.customer.AssociationType })
	v, ok = q.text("account_manager_id")
	text(v, ok, func(*account, *record) string { return "" })
	if mode := q.number("charging_mode", 0, 1, 99); mode != 0 {
		tests = append(tests, func(_ *account, r *record) bool { return r.mode == mode })
	}
	if kind := q.number("bill_detail_type", 0, 1, 9999); kind != 0 {
		tests = append(tests, func(_ *account, r *record) bool { return r.kind == kind })
	}
	begin, hasBegin := q.date("bill_date_begin")
	end, hasEnd := q.date("bill_date_end")
	if hasBegin && hasEnd { // one alone is ignored
		if begin > end || !m.contains(begin) || !m.contains(end) {
			q.fail(badParameter("bill_date_begin and bill_date_end must be within bill_cycle and in order"))
		}
		tests = append(tests, func(_ *account, r *record) bool { return begin <= r.from && r.from < end+day })
	}
	if len(tests) == 0 {
		return nil
	}
	return func(a *account, r *record) bool {
		for _, test := range tests {
			if !test(a, r) {
				return false
			}
		}
		return true
	}
}

// balanceTypes are all account kinds; a row of the monthly sums lists every one, zeros included.
var balanceTypes = [...]string{
	"BALANCE_TYPE_DEBIT", "BALANCE_TYPE_CREDIT", "BALANCE_TYPE_BONUS", "BALANCE_TYPE_COUPON", "BALANCE_TYPE_RCASH_COUPON", "BALANCE_TYPE_STORED_VALUE_CARD",
}

// listSubcustomerMonthlyBills answers the monthly sums of resale customers for one charge mode.
func (w *World) listSubcustomerMonthlyBills(q *query) *listing {
	m := q.cycle("cycle")
	mode := map[string]int{"1": 1, "3": 3, "11": 11}[q.required("charge_mode")]
	if mode == 0 {
		q.fail(badParameter("charge_mode must be 1, 3 or 11"))
	}
	reseller := w.under(q)
	billType, hasType := q.lenient("bill_type")
	customerID, hasCustomer := q.lenient("customer_id")
	service, hasService := q.lenient("cloud_service_type")
	if q.err != nil {
		return nil
	}
	var list []*billRow
	bills := w.ledger(m.name).bills
	for i := range bills {
		b := &bills[i]
		if b.key.mode == mode && b.key.reseller == reseller && (!hasType || billType == itoa(int64(b.key.billType))) &&
			(!hasCustomer || customerID == b.key.customer) && (!hasService || service == resourceTypes[b.key.kind].service.code) {
			list = append(list, b)
		}
	}
	return &listing{rows: "bill_sums", total: "count", count: len(list), head: currency, row: func(dst []byte, i int) []byte {
		return appendBill(dst, list[i], q.style)
	}}
}

func appendBill(dst []byte, b *billRow, s style) []byte {
	t := resourceTypes[b.key.kind]
	billType := itoa(int64(b.key.billType))
	dst = append(append(append(dst, `{"customer_id":"`...), b.key.customer...), '"')
	dst = member(dst, "cloud_service_type", t.service.code)
	dst = member(dst, "cloud_service_type_name", s.pick(t.service.name.zh, t.service.name.en))
	dst = member(dst, "resource_type_code", t.code)
	dst = member(dst, "resource_type_name", s.pick(t.name.zh, t.name.en))
	dst = member(dst, "bill_type", billType)
	dst = member(dst, "charge_mode", itoa(int64(b.key.mode)))
	dst = s.number(append(dst, `,"amount":`...), b.amount, 8)
	cash := b.cash
	if b.key.billType == 0 {
		dst = s.number(append(dst, `,"debt_amount":`...), b.debt, 8)
		dst = s.number(append(dst, `,"adjustment_amount":`...), b.writeoff, 8)
		dst = s.number(append(dst, `,"discount_amount":`...), b.discount, 8)
	} else {
		cash += b.debt + b.writeoff // these rows have no debt, adjustment and discount members
	}
	dst = append(dst, `,"measure_id":1,"account_details":[`...)
	for i, amount := range [...]int64{cash, b.credit, 0, b.coupon, b.flexi, b.card} {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(append(append(dst, `{"balance_type":"`...), balanceTypes[i]...), `","amount":`...)
		dst = s.number(dst, amount, 8)
		dst = append(append(append(dst, `,"bill_type":"`...), billType...), `"}`...)
	}
	return append(dst, `]}`...)
}

// showRefundOrderDetails answers which orders a refund order gave money back for. A reseller's order is seen only
// with the reseller's id.
func (w *World) showRefundOrderDetails(q *query) *listing {
	id := q.required("order_id")
	reseller := w.under(q)
	customerID, hasCustomer := q.lenient("customer_id")
	l := &listing{rows: "refund_infos", total: "total_count"}
	if q.err != nil {
		return nil
	}
	f := w.refunds[id]
	if f == nil || f.reseller != reseller || hasCustomer && customerID != f.customer.ID {
		return l
	}
	l.count = len(f.rows)
	l.row = func(dst []byte, i int) []byte {
		r := &f.rows[i]
		t := r.resource.product.kind
		dst = append(append(append(dst, `{"id":"`...), r.id...), `","amount":`...)
		dst = q.style.number(dst, r.amount, 8)
		dst = append(dst, `,"measure_id":"1"`...)
		dst = member(dst, "customer_id", f.customer.ID)
		dst = appendKind(dst, t, "service_type_code", q.style)
		dst = member(dst, "region_code", r.resource.region.code)
		dst = member(dst, "base_order_id", r.base)
		return append(dst, '}')
	}
	return l
}
