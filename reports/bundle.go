package reports

import (
	"context"
	"fmt"
	"strconv"
)

// bundle is some neighbouring parties that are read together. A query a party would scan the month once for each of a thousand
// parties; a query over everything would hold the month in memory, since the driver keeps an answer whole.
type bundle struct {
	first   int // place of the first party among all that are written
	parties []party
}

const bundleParties = 100

// bundles cuts the parties, in order, so that a bundle holds at most rows lines or is one large party.
func bundles(parties []party, rows int) []bundle {
	var all []bundle
	lines := 0
	for i, p := range parties {
		last := len(all) - 1
		if last < 0 || lines+p.held.detail > rows || len(all[last].parties) == bundleParties {
			all = append(all, bundle{first: i})
			last++
			lines = 0
		}
		all[last].parties = append(all[last].parties, p)
		lines += p.held.detail
	}
	return all
}

// slice is a range of keys that one reading of the wide view covers.
type slice struct{ from, to string }

// everything sorts around any key: keys begin with a customer id, and no text sorts after the last code point.
var everything = slice{"", "\U0010FFFF"}

// bundleData is what the sheets of a bundle's statements are made of.
type bundleData struct {
	accounts, byService, byAccount, prior, trend, bandwidth, packages *table
	detail, orders, refunds                                           *source
}

// source reads one of the queries over the wide view, a slice at a time; the first slice of a small bundle is all there is.
type source struct {
	query  string
	slices []slice
	read   func(ctx context.Context, query string, s slice) (*table, error)
	held   *table // the last one read
	at     int    // its place
}

// open gives the i-th slice.
func (s *source) open(ctx context.Context, i int) (*table, error) {
	if s.held != nil && s.at == i {
		return s.held, nil
	}
	s.held = nil // let the old one go before the new one comes
	t, err := s.read(ctx, s.query, s.slices[i])
	if err != nil {
		return nil, err
	}
	s.held, s.at = t, i
	return t, nil
}

func (s *source) release() { s.held = nil }

func readBundle(ctx context.Context, db Queryer, m *month, o Options, b bundle) (*bundleData, error) {
	from, to := b.parties[0].id, b.parties[len(b.parties)-1].id
	d := &bundleData{}
	for _, q := range []struct {
		into *(*table)
		name string
		args []any
	}{
		{&d.accounts, "accounts", []any{m.cycle, from, to}},
		{&d.byService, "by_service", []any{m.cycle, from, to}},
		{&d.byAccount, "by_account", []any{m.cycle, from, to}},
		{&d.prior, "prior_services", []any{m.before(1), from, to}},
		{&d.trend, "trend", []any{m.cycle, from, to, m.before(trendMonths - 1)}},
		{&d.bandwidth, "bandwidth", []any{m.cycle, from, to}},
		{&d.packages, "packages", []any{m.cycle, from, to}},
	} {
		t, err := read(ctx, db, q.name, q.args...)
		if err != nil {
			return nil, err
		}
		*q.into = t
	}

	groups, err := sliceGroups(ctx, db, m, o, b)
	if err != nil {
		return nil, err
	}
	readSlice := func(ctx context.Context, query string, s slice) (*table, error) {
		return read(ctx, db, query, m.cycle, from, to, s.from, s.to)
	}
	d.detail = &source{query: "detail", read: readSlice, slices: cut(groups, o.sliceRows, func(n rowCounts) int { return n.detail })}
	d.orders = &source{query: "orders", read: readSlice, slices: cut(groups, o.sliceRows, func(n rowCounts) int { return n.orders })}
	d.refunds = &source{query: "refunds", read: readSlice, slices: cut(groups, o.sliceRows, func(n rowCounts) int { return n.refunds })}
	return d, nil
}

// keyed is a group of lines that are never cut apart.
type keyed struct {
	slice
	rows rowCounts
}

// sliceGroups is one group for a bundle of small parties, and the accounts × days × services of a large one.
func sliceGroups(ctx context.Context, db Queryer, m *month, o Options, b bundle) ([]keyed, error) {
	var sum rowCounts
	for _, p := range b.parties {
		sum.detail += p.held.detail
		sum.orders += p.held.orders
		sum.refunds += p.held.refunds
	}
	if sum.detail <= o.sliceRows {
		return []keyed{{everything, sum}}, nil
	}
	t, err := read(ctx, db, "detail_slices", m.cycle, b.parties[0].id, b.parties[0].id)
	if err != nil {
		return nil, err
	}
	groups := make([]keyed, t.rows)
	for i := range groups {
		r := record{t, i}
		key := r.get("slice_key")
		groups[i].slice = slice{key, key}
		for column, into := range map[string]*int{
			"detail_rows": &groups[i].rows.detail, "order_rows": &groups[i].rows.orders, "refund_rows": &groups[i].rows.refunds,
		} {
			if *into, err = strconv.Atoi(r.get(column)); err != nil {
				return nil, fmt.Errorf("query detail_slices: %s: %w", column, err)
			}
		}
	}
	return groups, nil
}

// cut joins neighbouring groups into slices of at most rows rows (or one group); groups without a row need no reading.
func cut(groups []keyed, rows int, count func(rowCounts) int) []slice {
	var all []slice
	n := 0
	for _, g := range groups {
		c := count(g.rows)
		if c == 0 {
			continue
		}
		if len(all) == 0 || n+c > rows {
			all = append(all, g.slice)
			n = c
			continue
		}
		all[len(all)-1].to = g.to
		n += c
	}
	return all
}
