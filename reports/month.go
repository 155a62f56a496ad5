package reports

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/shopspring/decimal"
)

// month is what all workbooks of a cycle share.
type month struct {
	cycle    string
	batch    int // of issued documents; 0 is a month of drafts
	firstDay time.Time
	lastDay  time.Time
	draft    draft
	units    map[[2]string][]string // unit and its family's smallest unit to the factors between them
	parties  []party
}

// draft is the run and the moment that the workbooks print: of the drafts, or of the issue of their batch.
type draft struct {
	runID  string
	madeAt time.Time // UTC
}

// party is a receiver of a statement. Amounts are as the database holds them.
type party struct {
	id, shortCode, name, kind                               string
	lang                                                    language
	revision, statementNo, currency, status                 string
	creditNo, reason                                        string // of a later revision: the credit note for the one before, and why
	sha256                                                  string // of the issued file, where the journal knows it already
	officialAmount, amountExclTax, taxAmount, amountInclTax decimal.Decimal
	lineCount                                               int
	held                                                    rowCounts
	through                                                 int // lines of the month up to here, in the order of parties and revisions
}

// rowCounts says how many rows the three sheets over the wide view will hold.
type rowCounts struct{ detail, orders, refunds int }

func (p party) manyAccounts() bool { return p.kind == "group" || p.kind == "reseller" }

var shortCode = regexp.MustCompile(`^[A-Za-z0-9_-]{1,32}$`)

// twinName is the file of the party's internal twin: no name that a customer's statement could have, so that nobody attaches it for one.
func (p party) twinName(cycle string) (string, error) {
	name, err := p.fileName(cycle)
	return "INTERNAL-" + name, err
}

// fileName is made of the short code only, never of a text from the API.
func (p party) fileName(cycle string) (string, error) {
	if !shortCode.MatchString(p.shortCode) {
		return "", fmt.Errorf("party %q: short code %q is not letters, digits, - and _ (1 to 32); correct it on the sheet Parties", p.id, p.shortCode)
	}
	return p.shortCode + "-" + cycle + "-R" + p.revision + ".xlsx", nil
}

func readMonth(ctx context.Context, db Queryer, o Options) (*month, error) {
	first, err := time.Parse("2006-01", o.Cycle)
	if err != nil {
		return nil, err
	}
	m := &month{cycle: o.Cycle, batch: o.batch, firstDay: first, lastDay: first.AddDate(0, 1, -1), units: map[[2]string][]string{}}
	if m.draft, err = readDraft(ctx, db, o); err != nil {
		return nil, err
	}

	t, err := read(ctx, db, "measure_units", o.Cycle)
	if err != nil {
		return nil, err
	}
	for i := range t.rows {
		r := record{t, i}
		key := [2]string{r.get("unit"), r.get("family_unit")}
		m.units[key] = unique(m.units[key], r.get("family_factor"))
	}

	if t, err = read(ctx, db, "statements", o.Cycle, o.batch); err != nil {
		return nil, err
	}
	for i := range t.rows {
		p, err := readParty(record{t, i})
		if err != nil {
			return nil, err
		}
		m.parties = append(m.parties, p)
	}
	return m, nil
}

// readDraft finds the run and the moment: of the drafts, or of the batch.
func readDraft(ctx context.Context, db Queryer, o Options) (d draft, err error) {
	query, args, missing := "draft", []any{o.Cycle}, errNoDraft
	if o.batch > 0 {
		query, args = "issued_batch", []any{o.Cycle, o.batch}
		missing = fmt.Errorf("the snapshot knows no issued batch %d of this cycle; settle issue makes one", o.batch)
	}
	t, err := read(ctx, db, query, args...)
	if err != nil {
		return d, err
	}
	if t.rows == 0 {
		return d, missing
	}
	d.runID = record{t, 0}.get("run_id")
	if d.madeAt, err = parseInstant(record{t, 0}.get("made_at")); err != nil {
		return d, fmt.Errorf("%s %s: %w", query, d.runID, err)
	}
	return d, nil
}

func readParty(r record) (party, error) {
	p := party{
		id: r.get("party_id"), shortCode: r.get("short_code"), name: r.get("name"), kind: r.get("kind"),
		lang:     languageOf(r.get("language")),
		revision: r.get("revision"), statementNo: r.get("statement_no"), currency: r.get("currency"), status: r.get("status"),
		creditNo: r.get("credit_note_no"), reason: r.get("reason"), sha256: r.get("sha256"),
	}
	for _, a := range []struct {
		column string
		into   *decimal.Decimal
	}{
		{"official_amount", &p.officialAmount}, {"amount_excl_tax", &p.amountExclTax},
		{"tax_amount", &p.taxAmount}, {"amount_incl_tax", &p.amountInclTax},
	} {
		d, err := amount(r.get(a.column))
		if err != nil {
			return p, fmt.Errorf("statement of %s: %s: %w", p.id, a.column, err)
		}
		*a.into = d
	}
	for _, n := range []struct {
		column string
		into   *int
	}{
		{"line_count", &p.lineCount}, {"detail_rows", &p.held.detail}, {"order_rows", &p.held.orders}, {"refund_rows", &p.held.refunds},
		{"rows_through", &p.through},
	} {
		i, err := strconv.Atoi(r.get(n.column))
		if err != nil {
			return p, fmt.Errorf("statement of %s: %s: %w", p.id, n.column, err)
		}
		*n.into = i
	}
	_, err := p.fileName("")
	return p, err
}

// issued says that the document has its number.
func (p party) issued() bool { return p.statementNo != "" }

// number is the revision as the queries take it.
func (p party) number() int {
	n, _ := strconv.Atoi(p.revision) // the database's integer, as text
	return n
}

// names are the files that the statements of this month have.
func (m *month) names() map[string]bool {
	names := map[string]bool{}
	for _, p := range m.parties {
		if name, err := p.fileName(m.cycle); err == nil {
			names[name] = true
		}
	}
	return names
}

// before is the cycle n months earlier.
func (m *month) before(n int) string { return m.firstDay.AddDate(0, -n, 0).Format("2006-01") }

// choose keeps the parties that the options ask for, in the order of their ids.
func choose(ctx context.Context, db Queryer, m *month, o Options) ([]party, error) {
	return chooseOf(ctx, db, m.parties, o)
}

func keep(parties []party, wanted func(party) bool) []party {
	var kept []party
	for _, p := range parties {
		if wanted(p) {
			kept = append(kept, p)
		}
	}
	return kept
}
