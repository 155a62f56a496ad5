package bsstest

import "strings"

func (w *World) listMeasureUnits(q *query) *listing {
	return &listing{rows: "measure_units", count: len(measureUnits), row: func(dst []byte, i int) []byte {
		u := measureUnits[i]
		dst = append(append(dst, `{"measure_id":`...), itoa(int64(u.id))...)
		dst = member(dst, "measure_name", q.style.pick(u.zh, u.en))
		dst = member(dst, "abbreviation", u.abbr)
		return append(memberInt(dst, "measure_type", int64(u.kind)), '}')
	}}
}

func (w *World) listConversions(q *query) *listing {
	kind := q.number("measure_type", 0, 1, 10_000)
	var list []conversion
	for _, c := range conversions {
		if kind == 0 || kind == c.kind {
			list = append(list, c)
		}
	}
	return &listing{rows: "conversions", count: len(list), row: func(dst []byte, i int) []byte {
		c := list[i]
		dst = append(append(dst, `{"measure_id":`...), itoa(int64(c.id))...)
		dst = memberInt(dst, "ref_measure_id", int64(c.ref))
		dst = memberInt(dst, "conversion_ratio", w.lists.ratio(c))
		return append(memberInt(dst, "measure_type", int64(c.kind)), '}')
	}}
}

func (w *World) listUsageTypes(q *query) *listing {
	kind, filtered := q.values.Get("resource_type_code"), q.values.Has("resource_type_code")
	var list []usageType
	for _, u := range usageTypes {
		if !filtered || u.kind.code == kind {
			list = append(list, u)
		}
	}
	return &listing{rows: "usage_types", total: "total_count", count: len(list), row: func(dst []byte, i int) []byte {
		u := list[i]
		dst = append(append(append(dst, `{"code":"`...), u.code...), '"')
		dst = member(dst, "name", q.style.pick(u.name.zh, u.name.en))
		return append(appendKind(dst, u.kind, "service_type_code", q.style), '}')
	}}
}

func (w *World) listServiceTypes(q *query) *listing {
	part, _ := q.text("service_type_name")
	var list []*service
	for _, s := range w.lists.services() {
		if strings.Contains(q.style.pick(s.name.zh, s.name.en), part) {
			list = append(list, s)
		}
	}
	return &listing{rows: "service_types", total: "total_count", count: len(list), row: func(dst []byte, i int) []byte {
		s := list[i]
		dst = append(append(append(dst, `{"service_type_code":"`...), s.code...), '"')
		dst = member(dst, "service_type_name", q.style.pick(s.name.zh, s.name.en))
		return append(member(dst, "abbreviation", s.abbr), '}')
	}}
}

func (w *World) listResourceTypes(q *query) *listing {
	return &listing{rows: "resource_types", total: "total_count", count: len(resourceTypes), row: func(dst []byte, i int) []byte {
		t := resourceTypes[i]
		text := q.style.pick(t.name.zh, t.name.en)
		dst = append(append(append(dst, `{"resource_type_code":"`...), t.code...), '"')
		dst = member(dst, "resource_type_name", text)
		dst = member(dst, "resource_type_desc", text)
		return append(member(dst, "service_type_code", t.service.code), '}')
	}}
}

func (w *World) listServiceResources(q *query) *listing {
	code := q.required("service_type_code")
	var list []*resourceType
	for _, t := range resourceTypes {
		if t.service.code == code {
			list = append(list, t)
		}
	}
	return &listing{rows: "infos", total: "total_count", count: len(list), row: func(dst []byte, i int) []byte {
		t := list[i]
		text := q.style.pick(t.name.zh, t.name.en)
		dst = append(append(append(dst, `{"basic_info":{"resource_type_code":"`...), t.code...), '"')
		dst = member(dst, "product_owner_service", t.service.code)
		dst = member(dst, "name", text)
		return append(member(dst, "description", text), `}}`...)
	}}
}
