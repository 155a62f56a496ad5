package bsstest

import (
	"slices"
	"time"
)

// at reads a UTC instant of the query string.
func (q *query) at(name string) (int64, bool) {
	v, ok := q.text(name)
	if !ok {
		return 0, false
	}
	t, err := time.Parse("2006-01-02T15:04:05Z", v)
	if err != nil {
		q.fail(badParameter("%s must be an instant like 2019-05-06T08:05:01Z", name))
	}
	return t.Unix(), true
}

// listPartnerAdjustRecords answers what was allocated to customers and taken back. Of customers that are not the caller's to fund, and of
// customers of a reseller that was not named, it answers an empty list, not an error.
func (w *World) listPartnerAdjustRecords(q *query) *listing {
	holder := w.under(q)
	customerID, hasCustomer := q.text("customer_id")
	kind, hasKind := q.text("operation_type")
	id, hasID := q.text("trans_id")
	begin, hasBegin := q.at("operation_time_begin")
	end, hasEnd := q.at("operation_time_end")
	if hasKind && !slices.Contains([]string{allocated, retrieved, unbound}, kind) {
		q.fail(badParameter("operation_type"))
	}
	var list []move
	for _, m := range w.movesOf(holder) {
		switch {
		case m.kind == recharged, m.at > q.now, hasCustomer && m.customer.ID != customerID, hasKind && m.kind != kind, hasID && m.id != id:
		case hasBegin && m.at < begin, hasEnd && m.at > end:
		default:
			list = append(list, m)
		}
	}
	return &listing{rows: "records", total: "total_count", count: len(list), row: func(dst []byte, i int) []byte {
		m := &list[i]
		amount := m.amount
		if m.kind == allocated && w.month.contains(m.at) {
			amount += w.funds.allocationOff[purse{m.customer.ID, holder}]
		}
		dst = append(append(append(dst, `{"customer_id":"`...), m.customer.ID...), '"')
		dst = member(dst, "customer_name", m.customer.Name)
		dst = member(dst, "operation_type", m.kind)
		dst = memberDecimal(dst, "amount", amount, 8)
		dst = append(dst, `,"currency":"CNY","apply_scene":null`...)
		dst = memberRaw(dst, "operation_time", `"`+instant(m.at)+`"`)
		dst = memberInt(dst, "measure_id", 1)
		dst = member(dst, "trans_id", m.id)
		return append(dst, `,"memo":null}`...)
	}}
}

// listPartnerBalances answers the accounts of the partner, or of a reseller, as they stand.
func (w *World) listPartnerBalances(q *query) *listing {
	holder := w.under(q)
	cash := holderOpening
	for _, m := range w.movesOf(holder) {
		if m.at <= q.now {
			cash = m.after
		}
	}
	kinds := []struct{ kind, amount, credit int64 }{{1, cash, 0}, {2, 0, 200_000 * one}, {8, cash, 0}}
	id := hash(w.seed, 0xacc7, hashText(holder))
	return &listing{rows: "account_balances", count: len(kinds), row: func(dst []byte, i int) []byte {
		k := kinds[i]
		dst = append(append(append(dst, `{"account_id":"`...), hex32(hash(id, uint64(i)))...), '"')
		dst = memberInt(dst, "account_type", k.kind)
		dst = q.style.number(append(dst, `,"amount":`...), k.amount, 8)
		dst = append(dst, `,"currency":"CNY","designated_amount":0,"credit_amount":`...)
		if k.kind == 2 {
			dst = q.style.number(dst, k.credit, 8)
		} else {
			dst = append(dst, `null`...)
		}
		return append(dst, `,"measure_id":1,"memo":null}`...)
	}}
}

// listCustomersBalancesDetail answers the accounts of up to 100 resale customers. Ids of others are dropped without a word.
func (w *World) listCustomersBalancesDetail(q *query) *listing {
	holder := w.under(q)
	infos, _ := q.body["customer_infos"].([]any)
	if len(infos) < 1 || len(infos) > 100 {
		q.fail(badParameter("customer_infos must be a list of 1 to 100 customers"))
	}
	var list []*customer
	for _, info := range infos {
		fields, _ := info.(map[string]any)
		id, _ := fields["customer_id"].(string)
		if id == "" {
			q.fail(badParameter("customer_infos.customer_id is required"))
		}
		if c := w.customer(id); c != nil && c.resale() && !c.Left && !c.Orphan && c.ResellerID == holder {
			list = append(list, c)
		}
	}
	if q.err != nil {
		return nil
	}
	type state struct{ amount, debt int64 }
	states := make([]state, len(list))
	for i, c := range list {
		states[i].amount, states[i].debt = w.balance(c, holder, q.now)
	}
	return &listing{rows: "customer_balances", count: len(list), row: func(dst []byte, i int) []byte {
		dst = append(append(append(dst, `{"customer_id":"`...), list[i].ID...), '"')
		dst = q.style.number(append(dst, `,"debt_amount":`...), states[i].debt, 8)
		dst = q.style.number(append(dst, `,"amount":`...), states[i].amount, 8)
		return append(dst, `,"currency":"CNY","measure_id":1}`...)
	}}
}

// tradeTypes are the values of trade_type for the moves that there are.
var tradeTypes = map[string]string{"RECHARGE": recharged, "BEADJUST": allocated, "BERETRIEVE": retrieved, "BEUNBIND": unbound}

// listPartnerAccountChangeRecords answers the changes of the partner's, or a reseller's, account. Its days are in UTC+8, a year at most.
func (w *World) listPartnerAccountChangeRecords(q *query) *listing {
	holder := w.under(q)
	balance := q.required("balance_type")
	if q.err == nil && balance != "BALANCE_TYPE_DEBIT" && balance != "BALANCE_TYPE_CREDIT" {
		q.fail(badParameter("balance_type"))
	}
	trade, hasTrade := q.lenient("trade_type")
	begin, hasBegin := q.date("trade_time_begin")
	end, hasEnd := q.date("trade_time_end")
	if !hasEnd {
		end = q.now
	}
	if !hasBegin {
		begin = end - 365*day
	}
	if end-begin > 366*day {
		q.fail(&apiError{400, "CBC.80021021", "The time span exceeds one year."})
	}
	var list []move
	for _, m := range w.movesOf(holder) {
		if balance == "BALANCE_TYPE_DEBIT" && m.at <= q.now && m.at >= begin && m.at < end+day && (!hasTrade || m.kind == tradeTypes[trade]) {
			list = append(list, m)
		}
	}
	return &listing{rows: "records", total: "total_count", count: len(list), head: currency, row: func(dst []byte, i int) []byte {
		m := &list[i]
		kind, after := "2", m.after
		if m.income() {
			kind = "1"
		}
		if i == len(list)/2 && w.month.contains(m.at) {
			after += w.funds.chainOff[holder]
		}
		dst = append(append(append(dst, `{"account_change_id":"`...), m.id...), '"')
		dst = member(dst, "trade_detail_type", m.kind)
		dst = memberRaw(dst, "trade_time", `"`+instant(m.at)+`"`)
		dst = member(dst, "trade_id", m.id)
		dst = memberDecimal(dst, "change_amount", m.amount, 8)
		dst = memberDecimal(dst, "balance_after_change", after, 8)
		dst = member(dst, "type", kind)
		if m.customer == nil {
			return append(dst, `,"customer_id":null,"account_name":null}`...)
		}
		dst = member(dst, "customer_id", m.customer.ID)
		dst = member(dst, "account_name", m.customer.AccountName)
		return append(dst, '}')
	}}
}
