package reports

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"

	sqlfiles "settle/sql"
)

// bundle is some neighbouring parties that are read together. A query a party would scan the month once for each of a thousand
// parties; a query over everything would hold the month in memory, since the driver keeps an answer whole.
type bundle struct {
	first   int // place of the first party among all that are written
	parties []party
}

const bundleParties = 100

// chunkSlices is how many times sliceRows a chunk of a large party has. Each chunk is a pass over the month's lines and records, which
// takes longer than all else; a larger one needs more memory to be joined and sorted in.
const chunkSlices = 3

// bundles cuts the parties, in order, so that a bundle spans at most rows lines of the month or is one large party. What lies
// between two chosen parties counts too, since the range is read as a whole. Parties of a bundle stand at the same revision.
func bundles(parties []party, rows int) []bundle {
	var all []bundle
	start := 0 // lines of the month before the bundle
	for i, p := range parties {
		last := len(all) - 1
		if last < 0 || p.through-start > rows || p.revision != all[last].parties[0].revision || len(all[last].parties) == bundleParties {
			all = append(all, bundle{first: i})
			last++
			start = p.through - p.held.detail
		}
		all[last].parties = append(all[last].parties, p)
	}
	return all
}

// slice is a range of keys that one reading of the wide view covers.
type slice struct{ from, to string }

// everything sorts around any key: keys begin with a customer id, and no text sorts after the last code point.
var everything = slice{"", "\U0010FFFF"}

// bundleData is what the sheets of a bundle's statements are made of.
type bundleData struct {
	accounts, contracts, byService, byAccount, prior, trend, bandwidth, curves, packages, credited *table
	detail, orders, refunds                                                                        *source
	conn                                                                                           *sql.Conn // of a large party
}

// source reads one of the queries over the wide view. For a bundle of small parties it is read once. For a large party it comes chunk by
// chunk, and each chunk goes through a temporary table from which it is read in small pieces: the driver keeps an answer whole, and
// small pieces of the view itself would cost a pass over the month each.
type source struct {
	query  string
	args   []any
	db     Queryer // of a large source a connection of its own, which the temporary table belongs to
	chunks []slice
	step   int    // rows a piece; 0 means all at once
	held   *table // what was read at once, for the next party
}

// each hands the source over, piece by piece.
func (s *source) each(ctx context.Context, do func(*table) error) error {
	if s.step == 0 {
		if s.held == nil {
			var err error
			if s.held, err = read(ctx, s.db, s.query, append(s.args, everything.from, everything.to)...); err != nil {
				return err
			}
		}
		return do(s.held)
	}
	text, err := sqlfiles.Reports.ReadFile("reports/" + s.query + ".sql")
	if err != nil {
		return fmt.Errorf("query %s: %w", s.query, err)
	}
	for _, c := range s.chunks {
		if _, err := s.ask(ctx, "create or replace temp table report_chunk as\n"+string(text), append(s.args, c.from, c.to)...); err != nil {
			return err
		}
		for from := 0; ; from += s.step {
			t, err := s.ask(ctx, "select * from report_chunk where rowid between $1 and $2 order by rowid", from, from+s.step-1)
			if err != nil {
				return err
			}
			if t.rows == 0 {
				break
			}
			if err := do(t); err != nil {
				return err
			}
		}
	}
	_, err = s.ask(ctx, "drop table if exists report_chunk")
	return err
}

func (s *source) ask(ctx context.Context, query string, args ...any) (*table, error) {
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("query %s: %w", s.query, err)
	}
	defer rows.Close()
	t, err := collect(rows)
	if err != nil {
		return nil, fmt.Errorf("query %s: %w", s.query, err)
	}
	t.name = s.query
	return t, nil
}

// connector is a Queryer of many connections. One that is a single connection, such as a transaction, needs no other.
type connector interface {
	Conn(ctx context.Context) (*sql.Conn, error)
}

func readBundle(ctx context.Context, db Queryer, m *month, o Options, b bundle) (*bundleData, error) {
	from, to, revision := b.parties[0].id, b.parties[len(b.parties)-1].id, b.parties[0].number()
	d := &bundleData{}
	for _, q := range []struct {
		into *(*table)
		name string
		args []any
	}{
		{&d.accounts, "accounts", []any{m.cycle, from, to, revision}},
		{&d.contracts, "contracts", []any{m.cycle, from, to}},
		{&d.byService, "by_service", []any{m.cycle, from, to, revision}},
		{&d.byAccount, "by_account", []any{m.cycle, from, to, revision}},
		{&d.credited, "credited", []any{m.cycle, from, to, revision}},
		{&d.prior, "prior_services", []any{m.before(1), from, to}},
		{&d.trend, "trend", []any{m.cycle, from, to, revision, m.before(trendMonths - 1)}},
		{&d.bandwidth, "bandwidth", []any{m.cycle, from, to}},
		{&d.curves, "bandwidth_curves", []any{m.cycle, from, to, curveResources}},
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
	step := 0
	if groups != nil {
		step = min(o.sliceRows, largeRows)
		if many, ok := db.(connector); ok {
			if d.conn, err = many.Conn(ctx); err != nil {
				return nil, err
			}
			db = d.conn
		}
	}
	for _, s := range []struct {
		into  **source
		query string
		rows  func(rowCounts) int
	}{
		{&d.detail, "detail", func(n rowCounts) int { return n.detail }},
		{&d.orders, "orders", func(n rowCounts) int { return n.orders }},
		{&d.refunds, "refunds", func(n rowCounts) int { return n.refunds }},
	} {
		*s.into = &source{query: s.query, args: []any{m.cycle, from, to, revision}, db: db, chunks: cut(groups, chunkSlices*o.sliceRows, s.rows), step: step}
	}
	return d, nil
}

// close gives the connection back.
func (d *bundleData) close() {
	if d.conn != nil {
		d.conn.Close()
	}
}

// keyed is a group of lines that are never cut apart.
type keyed struct {
	slice
	rows rowCounts
}

// sliceGroups is nothing for a bundle of small parties, and the accounts × days × services of a large one.
func sliceGroups(ctx context.Context, db Queryer, m *month, o Options, b bundle) ([]keyed, error) {
	var sum rowCounts
	for _, p := range b.parties {
		sum.detail += p.held.detail
		sum.orders += p.held.orders
		sum.refunds += p.held.refunds
	}
	if sum.detail <= o.sliceRows {
		return nil, nil
	}
	t, err := read(ctx, db, "detail_slices", m.cycle, b.parties[0].id, b.parties[0].id, b.parties[0].number())
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
