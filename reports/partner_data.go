package reports

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
)

// readPartner reads the sums of the month and works out what no query divides: shares, margins in per cent, changes.
func readPartner(ctx context.Context, db Queryer, m *month) (*partnerData, error) {
	d := &partnerData{months: map[string]record{}, findings: map[string]string{}}
	var months, bridge, findings *table
	for _, q := range []struct {
		into *(*table)
		name string
		args []any
	}{
		{&d.parties, "partner_parties", []any{m.cycle, m.before(1)}},
		{&d.services, "partner_cut", []any{m.cycle, m.before(1), "service"}},
		{&d.regions, "partner_cut", []any{m.cycle, m.before(1), "region"}},
		{&d.modes, "partner_cut", []any{m.cycle, m.before(1), "mode"}},
		{&d.alerts, "partner_alerts", []any{m.cycle}},
		{&d.parked, "partner_parked", []any{m.cycle}},
		{&months, "partner_months", []any{m.cycle, m.before(trendMonths - 1)}},
		{&bridge, "partner_bridge", []any{m.cycle}},
		{&findings, "partner_findings", []any{m.cycle}},
	} {
		var err error
		if *q.into, err = read(ctx, db, q.name, q.args...); err != nil {
			return nil, err
		}
	}
	for i := range months.rows {
		r := record{months, i}
		d.months[r.get("cycle")] = r
	}
	for i := range findings.rows {
		r := record{findings, i}
		d.findings[r.get("severity")] = r.get("findings")
	}
	if bridge.rows != 1 {
		return nil, fmt.Errorf("query %s gives %d rows, not 1; the snapshot is not whole, settle run makes a new one", bridge.name, bridge.rows)
	}
	d.bridge = record{bridge, 0}
	d.taxed = d.bridge.get("source_amount_tax") == "included"

	for _, t := range []*(*table){&d.parties, &d.services, &d.regions, &d.modes} {
		derived, err := compare(*t)
		if err != nil {
			return nil, err
		}
		*t = derived
	}
	for _, t := range []*(*table){&d.services, &d.regions, &d.modes} {
		derived, err := (*t).with([]string{"name"}, func(r record) ([]string, error) { return []string{cutName(r)}, nil })
		if err != nil {
			return nil, err
		}
		*t = derived
	}
	var err error
	d.alerts, err = d.alerts.with([]string{"margin_rate"}, func(r record) ([]string, error) {
		v, err := amounts(r, "margin_amount", "charge_amount")
		if err != nil {
			return nil, err
		}
		return []string{ratio(v[0], v[1])}, nil
	})
	if err != nil {
		return nil, err
	}
	return d, d.fit()
}

// fit settles to how many decimals the workbook holds amounts, keeps the exact sums of the tables, and rounds their cells. A cell keeps 15
// digits, and a total that is no number would be of no use here: below ten million that is every amount exactly, beyond it six decimals,
// from a thousand million on four.
func (d *partnerData) fit() error {
	largest := decimal.Zero
	for _, t := range d.tables() {
		sums, err := sumsOf(*t.rows, t.decl)
		if err != nil {
			return err
		}
		d.exact = append(d.exact, sums)
		for _, s := range sums {
			largest = decimal.Max(largest, s.Abs())
		}
	}
	switch {
	case largest.LessThan(decimal.New(1, 7)):
		d.places = 8
		return nil
	case largest.LessThan(decimal.New(1, 9)):
		d.places = 6
	default:
		d.places = 4
	}
	for _, t := range d.tables() {
		var columns []string
		for _, c := range t.decl.columns {
			if c.kind == money {
				columns = append(columns, c.from)
			}
		}
		rounded, err := (*t.rows).with(columns, func(r record) ([]string, error) {
			all := make([]string, len(columns))
			for i, c := range columns {
				if text := r.get(c); text != "" {
					v, err := amount(text)
					if err != nil {
						return nil, err
					}
					all[i] = v.Round(d.places).String()
				}
			}
			return all, nil
		})
		if err != nil {
			return err
		}
		*t.rows = rounded
	}
	return nil
}

// partnerTable is a table sheet and its rows.
type partnerTable struct {
	decl sheet
	rows *(*table)
}

// tables are the table sheets in their order; the first four cut the same statements.
func (d *partnerData) tables() []partnerTable {
	all := []partnerTable{
		{partnerCustomers, &d.parties}, {partnerServices, &d.services}, {partnerRegions, &d.regions}, {partnerModes, &d.modes},
		{partnerAlerts, &d.alerts}, {partnerParked, &d.parked},
	}
	for i := range all {
		all[i].decl = all[i].decl.with(map[need]bool{forCost: d.taxed})
	}
	return all
}

// sumsOf adds up the amounts of a table.
func sumsOf(t *table, decl sheet) (map[string]decimal.Decimal, error) {
	sums := map[string]decimal.Decimal{}
	for i := range t.rows {
		for _, c := range decl.columns {
			if c.kind != money {
				continue
			}
			v, err := amounts(record{t, i}, c.from)
			if err != nil {
				return nil, err
			}
			sums[c.from] = sums[c.from].Add(v[0])
		}
	}
	return sums, nil
}

// compare adds margin, shares and the change against the month before.
func compare(t *table) (*table, error) {
	whole := decimal.Zero
	for i := range t.rows {
		v, err := amounts(record{t, i}, "settled_excl_tax")
		if err != nil {
			return nil, err
		}
		whole = whole.Add(v[0])
	}
	columns := []string{"margin_amount", "margin_rate", "share", "change_rate"}
	return t.with(columns, func(r record) ([]string, error) {
		v, err := amounts(r, "settled_excl_tax", "cost_excl_tax", "prior_settled")
		if err != nil {
			return nil, err
		}
		settled, cost, prior := v[0], v[1], v[2]
		left := margin(settled, cost)
		return []string{left.String(), ratio(left, settled), ratio(settled, whole), ratio(settled.Sub(prior), prior)}, nil
	})
}

// cutName names a row of a cut. What belongs to no service, region or mode stands under its kind of line.
func cutName(r record) string {
	kind, code := r.get("kind"), r.get("code")
	switch l, ok := lineKinds[kind]; {
	case kind == "record":
		return label{"未注明", "Not stated"}.in(both)
	case kind != "" && ok:
		return l.in(both)
	case kind != "":
		return kind
	}
	if l, ok := chargingModes[code]; ok {
		return l.in(both)
	}
	return r.get("name")
}

// with is the table with further columns, made row by row; a column that it has already is replaced.
func (t *table) with(columns []string, make func(record) ([]string, error)) (*table, error) {
	out := &table{name: t.name, rows: t.rows}
	var keep []int
	for i, c := range t.columns {
		if !slices.Contains(columns, c) {
			keep, out.columns = append(keep, i), append(out.columns, c)
		}
	}
	out.columns = append(out.columns, columns...)
	var text strings.Builder
	cell := func(v string) {
		text.WriteString(v)
		out.ends = append(out.ends, uint32(text.Len()))
	}
	for row := range t.rows {
		more, err := make(record{t, row})
		if err != nil {
			return nil, fmt.Errorf("query %s, row %d: %w", t.name, row+1, err)
		}
		for _, c := range keep {
			cell(t.cell(row, c))
		}
		for _, v := range more {
			cell(v)
		}
	}
	out.text = text.String()
	return out, nil
}
