package main

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"settle/extract"
	"settle/extract/bsstest"
	"settle/load"
	sqlfiles "settle/sql"
	"settle/transform/pricing"
)

// plantWorld is the world that plantings spoil: two months of a distributor, with packages, bandwidth, refunds and all else
// that the service can answer.
var plantWorld = bsstest.Options{Seed: 11, Customers: 20, Records: 1000, Resellers: 1, Months: 1}

// finding is a row of recon.findings.
type finding struct {
	id, check, severity, cycle, party, customer, subject, expected, actual, difference, code, detail string
	explained                                                                                        bool
}

// theWorldsOwn is everything that is found in the clean world, by check, severity and why it is explained, and how often: the surprises
// that the world is made with (a customer without agency, one who left, refunds of orders from before the first month, earlier months
// that are a quarter as large) and what its services explain themselves. Random worlds may have other numbers of them.
var theWorldsOwn = map[string]int{
	"01 W": 1, "05 W": 1, "06 I mode_10": 2, "06 I referral": 2, "12 W": 18, "14 I late_cycle": 6, "17 W": 1, "24 I": 9, "26 W changed_month": 1,
}

// kind is what theWorldsOwn counts findings by.
func (f finding) kind() string {
	if f.explained {
		return f.check + " " + f.severity + " " + f.code
	}
	return f.check + " " + f.severity
}

// quiet says whether a finding of the clean world is one that nobody need work on.
func (f finding) quiet() bool { return f.explained || f.severity == "I" }

// seen is a finding as the table of plantings writes it: check, severity, on whom, difference, and whether it is explained.
// On whom is said from the planted customer: customer (with its party), party (no customer named), nobody, else the ids.
func (f finding) seen(customer, party string) string {
	who := "nobody"
	switch {
	case f.customer == customer && f.party == party:
		who = "customer"
	case f.customer == "" && f.party == party:
		who = "party"
	case f.customer != "" || f.party != "":
		who = fmt.Sprintf("customer %.6s of %s", f.customer, f.party)
	}
	return f.onWhom(who)
}

func (f finding) onWhom(who string) string {
	words := []string{f.check, f.severity, who, trimmed(f.difference)}
	if f.explained {
		words = append(words, "explained:", f.code)
	}
	return strings.Join(words, " ")
}

// trimmed is a decimal text without the zeros that its column adds; "" for none.
func trimmed(decimal string) string {
	if decimal == "" {
		return "-"
	}
	if strings.Contains(decimal, ".") {
		decimal = strings.TrimRight(strings.TrimRight(decimal, "0"), ".")
	}
	return decimal
}

// findings reads what the checks found in a cycle, in the order of their ids.
func findings(t testing.TB, db load.Execer, cycle string) (all []finding) {
	t.Helper()
	rows, err := db.QueryContext(context.Background(), `
		select finding_id, check_id, severity, cycle, coalesce(party_id, ''), coalesce(customer_id, ''), subject, coalesce(expected, ''), coalesce(actual, ''),
			coalesce(cast(difference as varchar), ''), coalesce(detail, ''), explained, reason_code
		from recon.findings where cycle = ? order by check_id, finding_id`, cycle)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var f finding
		if err := rows.Scan(&f.id, &f.check, &f.severity, &f.cycle, &f.party, &f.customer, &f.subject, &f.expected, &f.actual, &f.difference, &f.detail, &f.explained, &f.code); err != nil {
			t.Fatal(err)
		}
		all = append(all, f)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// came returns the findings that clean does not have as they are. Of one that clean has with another amount it is the amount that came.
func came(got, clean []finding) (all []finding) {
	known := map[string]finding{}
	for _, f := range clean {
		known[f.id] = f
	}
	for _, f := range got {
		k, ok := known[f.id]
		switch {
		case !ok || k.severity != f.severity || k.explained != f.explained:
		case k.difference == f.difference:
			continue
		default:
			f.difference = f.amount().Sub(k.amount()).String()
		}
		all = append(all, f)
	}
	return all
}

// amount is the difference, 0 where there is none.
func (f finding) amount() decimal.Decimal {
	d, err := decimal.NewFromString(f.difference)
	if err != nil {
		return decimal.Zero
	}
	return d
}

// plantedMonth is a month settled up to its findings. Snapshot and workbooks are left out: they hold the same rows.
type plantedMonth struct {
	*month
	customer, party string // whom plantings without a customer of their own are about
	j               *monthRun
	keep            bool   // the warehouse is for others to go on with
	granted         string // the customer whose contract has an adjustment in both months; "" for none
}

// base is the month before, settled: every planting begins with a copy of it.
type base struct {
	dir   string
	quiet []finding
}

func newBase(t testing.TB) *base {
	t.Helper()
	m := &plantedMonth{month: &month{t: t, world: bsstest.NewWorld(plantOptions()), resellers: true, now: monthBefore, dir: t.TempDir()}}
	m.serve(nil)
	m.cfg = m.config(m.dir)
	m.granted = m.lastCandidate()
	m.price(m.cfg.Pricing, nil)
	m.keep = true
	m.settle(RunOptions{Cycle: "2026-09"})
	defer m.close()
	return &base{m.dir, findings(t, m.j.warehouse, "2026-09")}
}

// monthBefore is when the base is settled.
func monthBefore() time.Time { return testNow().AddDate(0, -1, 0) }

func plantOptions() bsstest.Options {
	o := plantWorld
	o.Cycle = testCycle
	return o
}

// month is a month on its copy of the base, not settled yet.
func (b *base) month(t testing.TB, plants ...bsstest.Plant) *plantedMonth {
	t.Helper()
	m := &plantedMonth{month: &month{t: t, world: bsstest.NewWorld(plantOptions()), resellers: true, now: testNow, dir: t.TempDir()}}
	m.customer, m.granted = m.candidates()[0], m.lastCandidate()
	for _, p := range plants {
		m.plant(p)
	}
	m.serve(nil)
	if err := os.CopyFS(m.dir, os.DirFS(b.dir)); err != nil {
		t.Fatal(err)
	}
	m.cfg = m.config(m.dir)
	return m
}

func (m *plantedMonth) lastCandidate() string {
	all := m.candidates()
	return all[len(all)-1]
}

// plant plants on the first customer that has what the plant changes, where it does not name one or make another.
func (m *plantedMonth) plant(p bsstest.Plant) {
	m.t.Helper()
	if p.CustomerID == "" && p.Kind != bsstest.OrphanRecord {
		fit := slices.DeleteFunc(m.candidates(), func(c string) bool { return !fits(plantOptions(), p, c) })
		if len(fit) == 0 {
			m.t.Fatalf("no customer of the world has what %s changes", p.Kind)
		}
		p.CustomerID = fit[0]
	}
	m.world.Plant(p)
	all := m.world.Plants()
	m.customer = all[len(all)-1].CustomerID
}

// fits says whether a customer has what a plant changes, by planting it in another world like this one.
func fits(o bsstest.Options, p bsstest.Plant, customer string) (ok bool) {
	defer func() { ok = recover() == nil }()
	p.CustomerID = customer
	bsstest.NewWorld(o).Plant(p)
	return
}

// candidates are the customers that a plant can be on: ours, with records and calls of their own, in one account; direct ones first.
func (m *month) candidates() []string {
	var direct, others []string
	for _, c := range m.world.Customers() {
		switch ours := c.AssociationType == "2" && !c.Left && !c.NoAgency && !c.Moved && m.world.HasRecords(testCycle, c.ID); {
		case ours && c.ResellerID == "":
			direct = append(direct, c.ID)
		case ours:
			others = append(others, c.ID)
		}
	}
	return append(direct, others...)
}

// withoutParty drops the customers who share the party of one of them.
func (m *month) withoutParty(candidates []string, customer string) []string {
	reseller := map[string]string{}
	for _, c := range m.world.Customers() {
		reseller[c.ID] = c.ResellerID
	}
	return slices.DeleteFunc(candidates, func(c string) bool {
		return c == customer || reseller[c] != "" && reseller[c] == reseller[customer]
	})
}

// price writes the pricing workbook of the plantings: the template, with what invoices need, changed by edit.
func (m *plantedMonth) price(path string, edit func(*pricing.Book)) {
	m.month.price(path, func(b *pricing.Book) {
		for i := range b.Parties {
			b.Parties[i].Email = "finance@example.com"
		}
		if i := slices.IndexFunc(b.Contracts, func(c pricing.Contract) bool { return c.CustomerID == m.granted }); i >= 0 {
			b.Adjustments = append(b.Adjustments, pricing.Adjustment{
				ID: "granted", ContractNumber: b.Contracts[i].Number, FromCycle: "2026-09", ToCycle: testCycle, Amount: moneyOf("-15"), Reason: "granted", ApprovedBy: "test",
			})
		}
		if edit != nil {
			edit(b)
		}
	})
}

// settle runs the month up to its findings and leaves the warehouse open.
func (m *plantedMonth) settle(o RunOptions) { m.runTo(o, true) }

// pull runs the month up to its sources, for what a later run compares with.
func (m *plantedMonth) pull(cycle extract.Cycle, at time.Time) {
	now, keep := m.now, m.keep
	m.now, m.keep = func() time.Time { return at }, true
	m.runTo(RunOptions{Cycle: cycle}, false)
	m.now, m.keep = now, keep
}

func (m *plantedMonth) runTo(o RunOptions, settled bool) {
	m.t.Helper()
	m.close()
	ctx := context.Background()
	if o.Cycle == "" {
		o.Cycle = testCycle
	}
	o.Now = m.now
	j := newMonthRun(m.cfg, o)
	m.j = j
	book, file, err := readPricing(m.cfg.Pricing)
	if err != nil {
		m.t.Fatal(err)
	}
	for _, step := range []func() error{
		func() error { return j.open(ctx) },
		func() error {
			tune := "set threads = 1"
			if !m.keep {
				tune += "; pragma disable_checkpoint_on_shutdown; set wal_autocheckpoint = '1GB'"
			}
			_, err := j.warehouse.ExecContext(ctx, tune)
			return err
		},
		j.begin,
		func() error { return j.journal.ArchivePricing(book.Hash, file) },
		func() error { return j.catchUp(ctx, o.Cycle) },
		func() error {
			return j.extract(ctx, pull{cycle: o.Cycle, runID: j.run.RunID, offline: o.Offline, customers: o.Customers})
		},
		func() error {
			if !settled {
				return nil
			}
			return j.settleFrom(ctx, book)
		},
		func() error { return j.finish(nil) },
	} {
		if err := step(); err != nil {
			m.t.Fatal(err)
		}
	}
	if settled {
		m.whose()
	}
}

// whose looks up the party of the month's customer.
func (m *plantedMonth) whose() {
	if m.customer != "" {
		m.party = m.ask(m.t, "select min(party_id) from settlement.contracts where cycle = {cycle} and customer_id = {customer}")
	}
}

func (m *plantedMonth) close() {
	if m.j != nil {
		m.j.close()
		m.j = nil
	}
}

// spoiled runs both phases of checks on settled tables that statements have changed, and takes all of it back.
func (m *plantedMonth) spoiled(t *testing.T, statements ...string) []finding {
	t.Helper()
	ctx := context.Background()
	tx, err := m.j.warehouse.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	for _, s := range statements {
		s = m.about(s)
		result, err := tx.ExecContext(ctx, s)
		if err != nil {
			t.Fatalf("%s: %v", s, err)
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			t.Fatalf("%s: changes nothing (%v)", s, err)
		}
	}
	for _, phase := range []string{sqlfiles.PhaseLines, sqlfiles.PhaseDocuments} {
		if err := load.Check(ctx, tx, phase); err != nil {
			t.Fatal(err)
		}
	}
	return findings(t, tx, testCycle)
}

// about puts the planted ones into a statement.
func (m *plantedMonth) about(statement string) string {
	return strings.NewReplacer("{customer}", "'"+m.customer+"'", "{party}", "'"+m.party+"'", "{cycle}", "'"+string(m.j.o.Cycle)+"'").Replace(statement)
}

// amounts are the findings that a planting wants, with what its amounts are in this month.
func (m *plantedMonth) amounts(t testing.TB, p planting, clean *plantedMonth) []string {
	t.Helper()
	var pairs []string
	add := func(name string, v decimal.Decimal) {
		pairs = append(pairs, "-{"+name+"}", trimmed(v.Neg().String()), "{"+name+"}", trimmed(v.String()))
	}
	if p.amount != "" {
		v, err := decimal.NewFromString(m.ask(t, p.amount))
		if err != nil {
			t.Errorf("%s: %s: %v", p.name(), p.amount, err)
		}
		add("amount", v)
	}
	if before, after := clean.world.Sums(testCycle).Payable[m.customer], m.world.Sums(testCycle).Payable[m.customer]; after != nil {
		v := decimal.NewFromBigInt(after, -8)
		if before != nil {
			v = v.Sub(decimal.NewFromBigInt(before, -8))
		}
		add("payable", v)
	}
	r := strings.NewReplacer(pairs...)
	var want []string
	for _, w := range p.want {
		want = append(want, r.Replace(w))
	}
	if p.follow == "" {
		return want
	}
	for line := range strings.Lines(m.ask(t, "select string_agg(f, chr(10)) from ("+p.follow+") as x (f)")) {
		words := strings.Fields(line)
		words[3] = trimmed(words[3])
		want = append(want, strings.Join(words, " "))
	}
	return want
}

// ask answers a query of one value with its text, "" for NULL.
func (m *plantedMonth) ask(t testing.TB, query string) string {
	t.Helper()
	var s sql.NullString
	if err := m.j.warehouse.QueryRowContext(context.Background(), "select cast(("+m.about(query)+") as varchar)").Scan(&s); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return s.String
}

var alone = flag.Bool("alone", false, "TestPlants plants each difference in a world of its own; without it several share one, each on a party of its own")

// TestPlants is the proof of the checks: the clean world has no finding, and with a known difference planted exactly the findings
// that this difference must lead to, on whom it is and with its amount. A check without a planting fails it.
func TestPlants(t *testing.T) {
	t.Parallel()
	from := newBase(t)
	clean := from.month(t)
	clean.settle(RunOptions{})
	defer clean.close()
	quiet := findings(t, clean.j.warehouse, testCycle)
	counts := map[string]int{}
	for _, f := range quiet {
		if counts[f.kind()]++; theWorldsOwn[f.kind()] == 0 {
			t.Errorf("the clean world: %s: %s: %s, want %s; %s", f.seen("-", "-"), f.subject, f.actual, f.expected, f.detail)
		}
	}
	if !maps.Equal(counts, theWorldsOwn) {
		t.Errorf("the clean world has findings %v, want %v", counts, theWorldsOwn)
	}
	again := clean.spoiled(t)
	for _, f := range append(came(again, quiet), came(quiet, again)...) {
		t.Errorf("checked once more, nothing changed: %s: %s", f.seen("-", "-"), f.subject)
	}
	proof := &proof{base: from, clean: clean, quiet: quiet}
	var shared []planting
	for _, p := range plantings {
		switch {
		case raceEnabled && !p.underRace: // the plain run of the suite does all
		case p.sql != nil || p.do != nil:
			t.Run(p.name(), func(t *testing.T) { proof.single(t, p) })
		default:
			shared = append(shared, p)
		}
	}
	for len(shared) > 0 {
		shared = proof.group(t, shared)
	}
	proof.print(t)
	if !raceEnabled {
		everyCheckIsPlanted(t)
	}
}

func everyCheckIsPlanted(t *testing.T) {
	t.Helper()
	checks, err := sqlfiles.Checks()
	if err != nil {
		t.Fatal(err)
	}
	planted, exists := map[string]bool{}, map[string]bool{}
	for _, p := range plantings {
		for _, w := range p.want { // one difference can be planted for several checks
			planted[w[:2]] = true
		}
	}
	for _, c := range checks {
		exists[c.Number] = true
		if why := cannotBePlanted[c.Number]; why == "" && !planted[c.Number] {
			t.Errorf("check %s %q has no planting: add one to plantings, or say in cannotBePlanted where it is proved", c.Number, c.Title)
		} else if why != "" && slices.ContainsFunc(plantings, func(p planting) bool { return p.check == c.Number }) {
			t.Errorf("check %s is planted and said not to be plantable: %s", c.Number, why)
		} else if why != "" && !provedBy(t, c.Number, why) {
			t.Errorf("check %s: there is no such test, or it does not name the check: %s", c.Number, why)
		}
	}
	for _, p := range plantings {
		if !exists[p.check] {
			t.Errorf("%s is planted and there is no such check", p.check)
		}
	}
	for number := range cannotBePlanted {
		if !exists[number] {
			t.Errorf("check %s is said not to be plantable and does not exist", number)
		}
	}
}

// provedBy says whether a test, named by its package's folder and its name, exists and names a check.
func provedBy(t *testing.T, check, test string) bool {
	t.Helper()
	folder, name, _ := strings.Cut(test, " ")
	for _, file := range must(filepath.Glob(filepath.Join("..", "..", folder, "*_test.go"))) {
		_, body, ok := strings.Cut(string(must(os.ReadFile(file))), "\nfunc "+name+"(t *testing.T) {\n")
		if body, _, _ = strings.Cut(body, "\n}\n"); ok && strings.Contains(body, `"`+check+" ") {
			return true
		}
	}
	return false
}

// planting is one known difference and what must be found of it.
type planting struct {
	check string

	// One of these says what is spoiled.
	plant bsstest.Plant                          // the vendor's answers
	book  func(b *pricing.Book, customer string) // the pricing workbook
	sql   []string                               // settled tables, for what only a fault of settle or of an operator can do
	do    func(m *plantedMonth)                  // whatever else; it settles the month
	label string                                 // says what is spoiled where plant does not

	// want are the findings, as finding.seen writes them: the check's own first, then those that follow from it. {amount} is the
	// answer to amount, {payable} what the fee records of the customer add up to beyond those of the clean world, by the world itself;
	// a minus before them turns the sign.
	want   []string
	amount string // a query on the planted month's warehouse; in queries {customer}, {party} and {cycle} stand for the planted ones
	follow string // a query likewise, for further findings: a row is one of them
	cycle  string // "" is the newest; else the one before, which the base has

	underRace bool // also where the race detector watches
	onlyHere  bool // needs this world: not for random ones
	granted   bool // is of the customer who has an adjustment
}

func (p planting) name() string {
	if p.label != "" {
		return p.check + " " + p.label
	}
	return strings.TrimSpace(p.check + " " + p.plant.Kind + " " + p.plant.Amount)
}

// proof is what plantings are held against, and what came of them.
type proof struct {
	base  *base
	clean *plantedMonth
	quiet []finding
	rows  [][3]string // planting, what was found, whether it is what was planted
}

// single proves a planting that cannot share a month.
func (x *proof) single(t *testing.T, p planting) {
	m, quiet, got := x.clean, x.quiet, []finding(nil)
	if p.sql != nil {
		got = m.spoiled(t, p.sql...)
	} else {
		m = x.base.month(t)
		p.do(m)
		defer m.close()
		if p.cycle != "" {
			quiet = x.base.quiet
		}
		got = findings(t, m.j.warehouse, string(m.j.o.Cycle))
	}
	nothingGone(t, got, quiet)
	x.compare(t, m, p, came(got, quiet))
}

// group plants as many of plantings as find a party of their own in one month, proves them, and returns the others.
func (x *proof) group(t *testing.T, plantings []planting) (rest []planting) {
	m := x.base.month(t)
	// Where a party owes something of the month before, parking it shows that too.
	candidates := slices.DeleteFunc(m.candidates(), func(c string) bool {
		return slices.ContainsFunc(x.base.quiet, func(f finding) bool { return f.check == "40" && strings.HasSuffix(f.party, c) })
	})
	most := len(plantings)
	if *alone {
		most = 1
	}
	type placed struct {
		planting
		customer string
	}
	var all []placed
	var books []placed
	orphans := false
	for _, p := range plantings {
		if len(all) == most {
			rest = append(rest, p)
			continue
		}
		switch {
		case p.plant.Kind == bsstest.OrphanRecord && books != nil || p.book != nil && orphans:
			rest = append(rest, p) // a workbook made anew would have a contract for the orphan
		case p.plant.Kind == bsstest.OrphanRecord:
			orphans = true
			m.plant(p.plant)
			all = append(all, placed{p, m.customer})
		default:
			i := slices.IndexFunc(candidates, func(c string) bool {
				return p.granted == (c == m.granted) && (p.book != nil || fits(plantOptions(), p.plant, c))
			})
			if i < 0 {
				rest = append(rest, p)
				continue
			}
			m.customer = candidates[i]
			candidates = m.withoutParty(candidates, m.customer)
			all = append(all, placed{p, m.customer})
			if p.book != nil {
				books = append(books, all[len(all)-1])
				continue
			}
			p.plant.CustomerID = m.customer
			m.plant(p.plant)
		}
	}
	if len(all) == 0 {
		t.Fatalf("no customer of the world has what %s changes", plantings[0].name())
	}
	if books != nil {
		m.price(m.cfg.Pricing, func(b *pricing.Book) {
			for _, p := range books {
				p.book(b, p.customer)
			}
		})
	}
	m.settle(RunOptions{})
	defer m.close()
	got := findings(t, m.j.warehouse, testCycle)
	nothingGone(t, got, x.quiet)
	left := came(got, x.quiet)
	for _, p := range all {
		m.customer = p.customer
		m.whose()
		// What names the planting's customer or party is its own; what names nobody is whoever's wants it.
		var own []finding
		nobodys := m.amounts(t, p.planting, x.clean)
		left = slices.DeleteFunc(left, func(f finding) bool {
			mine := f.customer == m.customer || f.customer == "" && f.party != "" && f.party == m.party
			if f.customer == "" && f.party == "" {
				if i := slices.Index(nobodys, f.seen(m.customer, m.party)); i >= 0 {
					nobodys, mine = slices.Delete(nobodys, i, i+1), true
				}
			}
			if mine {
				own = append(own, f)
			}
			return mine
		})
		t.Run(p.name(), func(t *testing.T) { x.compare(t, m, p.planting, own) })
	}
	for _, f := range left {
		t.Errorf("found beside what was planted: %s: %s: %s, want %s; %s", f.seen("-", "-"), f.subject, f.actual, f.expected, f.detail)
	}
	return rest
}

// compare holds what was found of a planting against what it wants.
func (x *proof) compare(t *testing.T, m *plantedMonth, p planting, found []finding) {
	t.Helper()
	want := m.amounts(t, p, x.clean)
	var seen []string
	for _, f := range found {
		seen = append(seen, f.seen(m.customer, m.party))
	}
	slices.Sort(seen)
	slices.Sort(want)
	verdict := "as planted"
	if !slices.Equal(seen, want) {
		verdict = "OTHER THAN PLANTED"
		t.Errorf("found\n\t%s\nwant\n\t%s", strings.Join(firstOf(seen), "\n\t"), strings.Join(firstOf(want), "\n\t"))
		for _, f := range found[:min(len(found), most)] {
			t.Logf("%s: %s: %s, want %s; %s", f.seen(m.customer, m.party), f.subject, f.actual, f.expected, f.detail)
		}
	}
	x.rows = append(x.rows, [3]string{p.name(), strings.Join(firstOf(seen), ", "), verdict})
}

// nothingGone fails where a finding of the clean world that somebody works on is not there any more.
func nothingGone(t *testing.T, got, quiet []finding) {
	t.Helper()
	for _, f := range came(quiet, got) {
		if !f.quiet() && !slices.ContainsFunc(got, func(g finding) bool { return g.id == f.id }) {
			t.Errorf("the clean world's %s is gone: %s", f.seen("-", "-"), f.subject)
		}
	}
}

const most = 12 // of what is printed of one planting

func firstOf(lines []string) []string {
	if len(lines) <= most {
		return lines
	}
	return append(slices.Clone(lines[:most]), fmt.Sprintf("and %d more", len(lines)-most))
}

// print shows the matrix: check and planting, what was found.
func (x *proof) print(t *testing.T) {
	var b strings.Builder
	slices.SortStableFunc(x.rows, func(a, b [3]string) int { return strings.Compare(a[0], b[0]) })
	widest := 0
	for _, r := range x.rows {
		widest = max(widest, len(r[0]))
	}
	for _, r := range x.rows {
		fmt.Fprintf(&b, "\n%-*s  %-18s  %s", widest, r[0], r[2], r[1])
	}
	for _, number := range slices.Sorted(maps.Keys(cannotBePlanted)) {
		fmt.Fprintf(&b, "\n%-*s  %-18s  %s", widest, number, "not here", cannotBePlanted[number])
	}
	t.Logf("check x planted x found, %d plantings%s", len(x.rows), b.String())
}
