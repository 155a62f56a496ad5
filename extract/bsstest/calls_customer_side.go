package bsstest

import "slices"

// listFreeResourceInfos answers the caller's packages; their amounts are strings.
func (w *World) listFreeResourceInfos(q *query) *listing {
	region, hasRegion := q.text("region_code")
	orderID, hasOrder := q.text("order_id")
	productID, hasProduct := q.text("product_id")
	status := q.number("status", -1, 0, 4)
	var services []any
	switch v := q.body["service_type_code_list"].(type) {
	case nil:
	case []any:
		services = v
	default:
		q.fail(badParameter("service_type_code_list must be a list"))
	}
	if len(services) > 10 {
		q.fail(badParameter("service_type_code_list has more than 10 entries"))
	}
	var list []*pkg
	for _, p := range q.caller.packages {
		if (!hasRegion || region == p.region.code) && (!hasOrder || orderID == p.orderID) && (!hasProduct || productID == p.product.id) &&
			(status < 0 || status == p.status) && (len(services) == 0 || slices.Contains(services, any(p.serviceType.code))) {
			list = append(list, p)
		}
	}
	return &listing{rows: "free_resource_packages", total: "total_count", count: len(list), row: func(dst []byte, i int) []byte {
		return list[i].append(dst, q.style)
	}}
}

func (p *pkg) append(dst []byte, s style) []byte {
	dst = append(append(append(dst, `{"order_instance_id":"`...), p.instance...), '"')
	source := int64(0)
	if p.gift {
		source = 1
		dst = member(dst, "order_id", "")
	} else {
		dst = member(dst, "order_id", p.orderID)
	}
	dst = member(dst, "product_id", p.product.id)
	dst = member(dst, "product_name", s.pick(p.product.name.zh, p.product.name.en))
	dst = append(dst, `,"enterprise_project_id":null,"enterprise_project_scope":0`...)
	dst = memberRaw(dst, "effective_time", `"`+instant(p.effective)+`"`)
	dst = memberRaw(dst, "expire_time", `"`+instant(p.expire)+`"`)
	dst = memberInt(dst, "status", int64(p.status))
	dst = member(dst, "service_type_code", p.serviceType.code)
	dst = member(dst, "service_type_name", s.pick(p.serviceType.name.zh, p.serviceType.name.en))
	dst = member(dst, "region_code", p.region.code)
	dst = memberInt(dst, "source_type", source)
	dst = member(dst, "bundle_type", p.bundle)
	dst = memberInt(dst, "quota_reuse_mode", int64(p.reuse))
	dst = append(dst, `,"free_resources":[`...)
	for i, it := range p.items {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(append(append(dst, `{"free_resource_id":"`...), it.id...), '"')
		dst = member(dst, "usage_type_name", s.pick(it.usage.zh, it.usage.en))
		dst = memberDecimal(dst, "amount", it.left, packageDigits)
		dst = memberDecimal(dst, "original_amount", it.original, packageDigits)
		dst = memberInt(dst, "measure_id", int64(it.listMeasure))
		dst = append(dst, '}')
	}
	return append(dst, `]}`...)
}

// listFreeResourceUsages answers the balances of up to 100 items; the same amounts, as numbers. It neither pages nor
// announces a total.
func (w *World) listFreeResourceUsages(q *query) *listing {
	ids, _ := q.body["free_resource_ids"].([]any)
	if len(ids) < 1 || len(ids) > 100 {
		q.fail(badParameter("free_resource_ids must be a list of 1 to 100 ids"))
	}
	type owned struct {
		p  *pkg
		it *pkgItem
	}
	var list []owned
	for _, p := range q.caller.packages {
		for _, it := range p.items {
			if slices.Contains(ids, any(it.id)) {
				list = append(list, owned{p, it})
			}
		}
	}
	return &listing{rows: "free_resources", count: len(list), row: func(dst []byte, i int) []byte {
		p, it := list[i].p, list[i].it
		dst = append(append(append(dst, `{"free_resource_id":"`...), it.id...), '"')
		dst = member(dst, "free_resource_type_name", q.style.pick(it.typeName.zh, it.typeName.en))
		if p.reuse == 1 {
			dst = memberInt(dst, "quota_reuse_cycle", 4)
			dst = memberInt(dst, "quota_reuse_cycle_type", int64(it.basis))
		} else {
			dst = append(dst, `,"quota_reuse_cycle":null,"quota_reuse_cycle_type":null`...)
		}
		dst = member(dst, "usage_type_name", q.style.pick(it.usage.zh, it.usage.en))
		dst = memberRaw(dst, "start_time", `"`+instant(it.start)+`"`)
		dst = memberRaw(dst, "end_time", `"`+instant(it.end)+`"`)
		dst = q.style.number(append(dst, `,"amount":`...), it.left, packageDigits)
		dst = q.style.number(append(dst, `,"original_amount":`...), it.original, packageDigits)
		dst = memberInt(dst, "measure_id", int64(it.balanceMeasure))
		return append(dst, '}')
	}}
}

// listFreeResourcesUsageRecords answers what was deducted in a range of dates (UTC+8, both included, at most 90 days).
func (w *World) listFreeResourcesUsageRecords(q *query) *listing {
	q.required("deduct_time_begin")
	q.required("deduct_time_end")
	begin, _ := q.date("deduct_time_begin")
	end, _ := q.date("deduct_time_end")
	if end < begin || end-begin > 90*day {
		q.fail(badParameter("deduct_time_end must be 0 to 90 days after deduct_time_begin"))
	}
	itemID, hasItem := q.text("free_resource_id")
	productID, hasProduct := q.text("product_id")
	kind, hasKind := q.text("resource_type_code")
	type row struct {
		p *pkg
		d *deduction
	}
	var list []row
	for _, p := range q.caller.packages {
		for _, it := range p.items {
			for i := range it.deductions {
				d := &it.deductions[i]
				if begin <= d.at && d.at < end+day && (!hasItem || itemID == it.id) && (!hasProduct || productID == p.product.id) &&
					(!hasKind || kind == it.covers.product.kind.code) {
					list = append(list, row{p, d})
				}
			}
		}
	}
	return &listing{rows: "free_resource_records", total: "total_count", count: len(list), row: func(dst []byte, i int) []byte {
		p, d := list[i].p, list[i].d
		res := d.item.covers
		t := res.product.kind
		dst = append(appendInstant(append(dst, `{"deduct_time":"`...), d.at), '"')
		dst = member(dst, "free_resource_id", d.item.id)
		dst = memberRaw(dst, "resource_id", res.idJSON)
		dst = member(dst, "resource_type_code", t.code)
		dst = member(dst, "resource_type_name", q.style.pick(t.name.zh, t.name.en))
		dst = append(dst, `,"resource_tag":"--"`...)
		dst = member(dst, "product_id", p.product.id)
		dst = member(dst, "product_name", q.style.pick(p.product.name.zh, p.product.name.en))
		dst = member(dst, "usage_type_code", res.product.usageType)
		dst = memberDecimal(dst, "available_amount", d.available, packageDigits)
		dst = memberDecimal(dst, "remaining_amount", d.remaining, packageDigits)
		dst = memberDecimal(dst, "used_amount", d.used, packageDigits)
		dst = memberInt(dst, "measure_id", int64(d.item.listMeasure))
		dst = memberRaw(dst, "effective_time", `"`+instant(d.from)+`"`)
		dst = memberRaw(dst, "expire_time", `"`+instant(d.to)+`"`)
		return append(dst, '}')
	}}
}

// peaksOf finds the caller's 95 resources of the three codes that both usage calls require. The usage type is
// compared letter by letter: two codes differ by case only.
func (w *World) peaksOf(q *query) (month, []*peak) {
	m := q.cycle("bill_cycle")
	service, kind, usage := q.required("service_type_code"), q.required("resource_type_code"), q.required("usage_type")
	if !slices.ContainsFunc(w.months, func(x month) bool { return x.index == m.index }) {
		return m, nil
	}
	var list []*peak
	for _, p := range q.caller.peaks {
		t := p.resource.product.kind
		if t.service.code == service && t.code == kind && p.usageType == usage {
			list = append(list, p)
		}
	}
	return m, list
}

// listResourceUsageSummary answers the 95 resources of a month; bandwidths are strings.
func (w *World) listResourceUsageSummary(q *query) *listing {
	m, list := w.peaksOf(q)
	return &listing{rows: "summary_usage_info_list", total: "total_count", count: len(list), row: func(dst []byte, i int) []byte {
		p := list[i]
		dst = append(append(append(dst, `{"resource_id":`...), p.resource.idJSON...), ',')
		return append(appendSummary(dst, p, w.peakIn(p, m)), '}')
	}}
}

func appendSummary(dst []byte, p *peak, pm peakMonth) []byte {
	dst = append(append(append(dst, `"actual_days":"`...), actualDays(pm.count)...), '"')
	dst = memberDecimal(dst, "band_width", pm.billed, peakDigits)
	if p.enhanced {
		dst = memberDecimal(dst, "monthly_guaranteed_band_width", pm.guaranteed, peakDigits)
		dst = memberDecimal(dst, "monthly_peak_band_width", pm.average, peakDigits)
	} else {
		dst = append(dst, `,"monthly_guaranteed_band_width":null,"monthly_peak_band_width":null`...)
	}
	return memberInt(dst, "band_width_measure_id", int64(p.measure))
}

// listResourceUsage answers the 5-minute points of one resource, with its summary beside the list.
func (w *World) listResourceUsage(q *query) *listing {
	m, list := w.peaksOf(q)
	id := q.required("resource_id")
	l := &listing{rows: "usage_info_list", total: "total_count"}
	at := slices.IndexFunc(list, func(p *peak) bool { return p.resource.id == id })
	if at < 0 || q.err != nil {
		return l
	}
	p := list[at]
	pm := w.peakIn(p, m)
	l.count = len(pm.points)
	l.head = func(dst []byte) []byte { return appendSummary(append(dst, ','), p, pm) }
	l.row = func(dst []byte, i int) []byte {
		dst = append(appendInstant(append(dst, `{"stat_time":"`...), pm.points[i].at), '"')
		if p.enhanced {
			dst = memberDecimal(dst, "guaranteed_band_width", p.size*20, peakDigits)
		} else {
			dst = append(dst, `,"guaranteed_band_width":null`...)
		}
		dst = memberDecimal(dst, "usage", pm.points[i].usage, peakDigits)
		dst = memberInt(dst, "measure_id", int64(p.measure))
		return append(dst, '}')
	}
	return l
}
