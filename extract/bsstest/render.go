package bsstest

import "strconv"

// appendRecord appends r as ListSubCustomerBillDetail writes it: all fields, null where there is nothing.
func (a *account) appendRecord(dst []byte, r *record, s style) []byte {
	res := r.resource
	p, c := res.product, r.change
	customerID, measure, kind, mode := a.customer.ID, r.measure, r.kind, r.mode
	if c != nil && c.customerID != "" {
		customerID = c.customerID
	}
	dst = append(append(append(dst, `{"bill_cycle":"`...), a.month.name...), '"')
	if c != nil {
		dst = append(dst, c.extra...)
	}
	dst = member(dst, "customer_id", customerID)
	dst = member(dst, "association_type", a.customer.AssociationType)
	dst = appendKind(dst, p.kind, "service_type_code", s)
	dst = memberInt(dst, "charging_mode", int64(mode))
	dst = append(dst, `,"trade_time":"`...)
	dst = appendInstant(dst, r.trade)
	dst = append(dst, `","trade_id":"`...)
	dst = r.appendTrade(dst)
	dst = append(dst, `","id":"`...)
	if r.id != 0 {
		dst = appendHex(appendHex(dst, r.id), mix(r.id))
	}
	dst = append(dst, '"')
	dst = memberInt(dst, "bill_detail_type", int64(kind))
	dst = memberRaw(dst, "resource_id", res.idJSON)
	dst = memberRaw(dst, "resource_name", res.name)
	dst = memberRaw(dst, "product_spec_desc", res.spec)
	dst = member(dst, "region_code", res.region.code)
	dst = member(dst, "region_name", s.pick(res.region.name.zh, res.region.name.en))
	dst = member(dst, "product_id", p.id)
	dst = member(dst, "product_name", s.pick(p.name.zh, p.name.en))
	dst = memberRaw(dst, "resource_tag", res.tag)
	dst = append(dst, `,"consume_time":"`...)
	dst = appendInstant(dst, r.from)
	if r.to != 0 {
		dst = appendInstant(append(dst, '|'), r.to)
	}
	dst = append(dst, '"')
	if r.usageType == "" {
		dst = append(dst, `,"usage_type":null`...)
	} else {
		dst = member(dst, "usage_type", r.usageType)
	}
	dst = quantity(dst, `,"usage_amount":`, `,"usage_measure_id":`, r.usage, r, s, measure)
	freeMeasure := r.freeMeasure
	if freeMeasure == 0 {
		freeMeasure = measure
	}
	dst = quantity(dst, `,"free_resource_usage":`, `,"free_resource_measure_id":`, r.free, r, s, freeMeasure)
	dst = quantity(dst, `,"ri_usage":`, `,"ri_usage_measure_id":`, r.ri, r, s, measure)
	if c != nil && c.officialRaw != "" {
		dst = memberRaw(dst, "official_amount", c.officialRaw)
	} else {
		dst = s.number(append(dst, `,"official_amount":`...), r.official, 8)
	}
	dst = s.number(append(dst, `,"official_discount_amount":`...), r.discount, 8)
	if c != nil && c.paymentRaw != "" {
		dst = memberRaw(dst, "payment_amount", c.paymentRaw)
	} else {
		dst = s.number(append(dst, `,"payment_amount":`...), r.payment, 8)
	}
	dst = s.number(append(dst, `,"cash_amount":`...), r.cash, 8)
	dst = s.number(append(dst, `,"credit_amount":`...), r.credit, 8)
	dst = s.number(append(dst, `,"coupon_amount":`...), r.coupon, 8)
	dst = s.number(append(dst, `,"flexipurchase_coupon_amount":`...), r.flexi, 8)
	dst = s.number(append(dst, `,"stored_value_card_amount":`...), r.card, 8)
	dst = s.number(append(dst, `,"debt_amount":`...), r.debt, 8)
	dst = s.number(append(dst, `,"writeoff_amount":`...), r.writeoff, 8)
	if r.periodType == 0 {
		dst = append(dst, `,"period_type":null,"period_num":null`...)
	} else {
		dst = memberInt(dst, "period_type", int64(r.periodType))
		dst = memberInt(dst, "period_num", r.periodNumber)
	}
	dst = append(dst, `,"account_manager_id":null`...)
	if a.reseller == "" {
		dst = append(dst, `,"partner_id":null`...)
	} else {
		dst = member(dst, "partner_id", a.reseller)
	}
	switch {
	case r.riPlan != nil:
		dst = appendKind(dst, r.riPlan.product.kind, "sub_service_type_code", s)
		dst = memberRaw(dst, "sub_resource_id", r.riPlan.idJSON)
		dst = memberRaw(dst, "sub_resource_name", r.riPlan.name)
	case res.part:
		dst = appendKind(dst, p.kind, "sub_service_type_code", s)
		dst = memberRaw(dst, "sub_resource_id", res.idJSON)
		dst = memberRaw(dst, "sub_resource_name", res.name)
	default:
		dst = append(dst, `,"sub_service_type_code":null,"sub_service_type_name":null,"sub_resource_type_code":null,"sub_resource_type_name":null,"sub_resource_id":null,"sub_resource_name":null`...)
	}
	return append(dst, '}')
}

// appendTrade appends the order id of an order, the transaction id of everything else.
func (r *record) appendTrade(dst []byte) []byte {
	if r.tradeID != "" {
		return append(dst, r.tradeID...)
	}
	return appendHex(appendHex(dst, r.tradeHash), mix(r.tradeHash^0x7d))
}

// quantity appends an amount and its unit: null and unit 0 where there is none, though 0 is also the unit Day.
func quantity(dst []byte, amount, unit string, v int64, r *record, s style, measure int) []byte {
	if v == 0 {
		return append(append(append(append(dst, amount...), "null"...), unit...), '0')
	}
	dst = s.number(append(dst, amount...), v, r.digits)
	return strconv.AppendInt(append(dst, unit...), int64(measure), 10)
}

// appendKind appends the four members that name a service and a resource type; first tells which prefix they have.
func appendKind(dst []byte, t *resourceType, first string, s style) []byte {
	if first == "service_type_code" {
		dst = member(dst, "service_type_code", t.service.code)
		dst = member(dst, "service_type_name", s.pick(t.service.name.zh, t.service.name.en))
		dst = member(dst, "resource_type_code", t.code)
		return member(dst, "resource_type_name", s.pick(t.name.zh, t.name.en))
	}
	dst = member(dst, "sub_service_type_code", t.service.code)
	dst = member(dst, "sub_service_type_name", s.pick(t.service.name.zh, t.service.name.en))
	dst = member(dst, "sub_resource_type_code", t.code)
	return member(dst, "sub_resource_type_name", s.pick(t.name.zh, t.name.en))
}
