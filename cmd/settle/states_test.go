package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"settle/extract"
	"settle/extract/bsstest"
	"settle/load"
	"settle/transform/exact"
	"settle/transform/pricing"
)

// change brings parties of a cycle to a state; no names means all that can.
func (m *month) change(state, cycle, reason string, names ...string) *stateChanged {
	m.t.Helper()
	done, err := m.tryChange(state, cycle, reason, names...)
	if err != nil {
		m.t.Fatal(err)
	}
	return done
}

func (m *month) tryChange(state, cycle, reason string, names ...string) (*stateChanged, error) {
	var parties []namedParty
	for _, n := range names {
		parties = append(parties, namedParty{Name: n})
	}
	return changeState(context.Background(), m.cfg, stateChange{State: state, Cycle: extract.Cycle(cycle), Parties: parties, Reason: reason, Now: m.now}, nil, nil)
}

// all returns the rows of a query, their columns joined by blanks.
func (m *month) all(query string) (rows []string) {
	m.t.Helper()
	db := m.open()
	defer func() { _ = db.Close() }()
	r, err := db.Query(query)
	if err != nil {
		m.t.Fatalf("%s: %v", query, err)
	}
	defer func() { _ = r.Close() }()
	columns := must(r.Columns())
	for r.Next() {
		values := make([]any, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		mustNot(r.Scan(into...))
		words := make([]string, len(columns))
		for i, v := range values {
			words[i] = fmt.Sprint(v)
		}
		rows = append(rows, strings.Join(words, " "))
	}
	return rows
}

// issued are the files of issued documents, with their bytes.
func (m *month) issued() map[string][]byte {
	all := m.files()
	maps.DeleteFunc(all, func(name string, _ []byte) bool { return !strings.Contains(name, "/issued/") })
	return all
}

func (m *month) withoutWarehouse() {
	m.t.Helper()
	for _, name := range []string{"warehouse.duckdb", "warehouse.duckdb.wal"} {
		if err := os.RemoveAll(filepath.Join(m.cfg.Data, name)); err != nil {
			m.t.Fatal(err)
		}
	}
}

// mixedMonth is two months of a distributor, with plans of several methods.
func mixedMonth(t testing.TB, seed uint64) *month {
	m := newMonth(t, bsstest.Options{Seed: seed, Customers: 5, Records: 500, Months: 1, Resellers: 1, Bandwidth: -1}, nil)
	m.price(m.cfg.Pricing, mixed)
	return m
}

// mixed gives the book tiers, a unit price for what has a quantity, and a commitment beside its pass-through plan.
func mixed(b *pricing.Book) {
	b.Rules = append(b.Rules,
		pricing.Rule{ID: "T1", PricePlan: b.Rules[0].PricePlan, Priority: 1, ServiceTypeCode: "hws.service.type.ec2", ChargingMode: "3", Base: "official", Method: "tiers"},
		pricing.Rule{ID: "M1", PricePlan: b.Rules[0].PricePlan, Priority: 2, ServiceTypeCode: "hws.service.type.obs", Base: "payable", Method: "markup", Value: rateOf("0.1")})
	b.Tiers = append(b.Tiers, tier("T1", "0", "0.95"), tier("T1", "100", "0.9"), tier("T1", "1000", "0.8"))
	c := b.Contracts[0]
	b.Commitments = append(b.Commitments, pricing.Commitment{ContractNumber: c.Number, ValidFrom: dayOf("2026-01-01"), ValidTo: dayOf("2026-12-31"), AmountPerMonth: moneyOf("1000000"), RefundsReduce: true})
}

func tier(rule, from, value string) pricing.Tier {
	t := pricing.Tier{RuleID: rule, Value: rateOf(value), Style: "progressive", Basis: "amount"}
	mustNot(t.From.SetText([]byte(from)))
	return t
}

func rateOf(text string) (r exact.Rate)   { mustNot(r.SetText([]byte(text))); return r }
func moneyOf(text string) (m exact.Money) { mustNot(m.SetText([]byte(text))); return m }
func dayOf(text string) (d exact.Date)    { mustNot(d.SetText([]byte(text))); return d }

// What is issued never changes: not by another run, not by another pricing workbook, not by a rebuilt warehouse.
func TestIssuedStays(t *testing.T) {
	t.Parallel()
	if raceEnabled {
		t.Skip("nothing runs at the same time here that other tests do not run")
	}
	m := mixedMonth(t, 11)
	m.run(RunOptions{Cycle: "2026-09"})
	drafts := m.all("select party_id, cast(amount_incl_tax as varchar) from settlement.statements where cycle = '2026-09' order by 1")
	done := m.change(load.StateIssued, "2026-09", "")
	if done.Issue == nil || len(done.Issue.Statements) != len(drafts) {
		t.Fatalf("issued %+v; there were %d drafts", done.Issue, len(drafts))
	}
	if got := m.all("select party_id, cast(amount_incl_tax as varchar) from settlement.statements where cycle = '2026-09' and status = 'issued' and statement_no is not null order by 1"); !slices.Equal(got, drafts) {
		t.Errorf("issued %q; the drafts were %q", got, drafts)
	}
	for i, s := range m.all("select serial from ops.documents order by 1") {
		if s != fmt.Sprint(i+1) {
			t.Errorf("document %d has serial %s", i+1, s)
		}
	}
	issued := m.issued()
	if len(issued) != len(drafts)+1 {
		t.Errorf("%d issued files: %v", len(issued), slices.Collect(maps.Keys(issued)))
	}
	for name := range m.files() {
		if strings.Contains(name, "2026-09/draft/statements") {
			t.Errorf("%s is left of the drafts", name)
		}
	}
	frozen := m.all("select * from settlement.lines where cycle = '2026-09' order by line_id")

	t.Run("issued again", func(t *testing.T) {
		if again := m.change(load.StateIssued, "2026-09", ""); again.Issue != nil {
			t.Errorf("issued twice: %+v", again.Issue)
		}
	})
	m.price(m.cfg.Pricing, func(b *pricing.Book) { b.Rules[0].Method, b.Rules[0].Value = "markup", rateOf("0.5") })
	m.run(RunOptions{Cycle: "2026-09"})
	if got := m.all("select * from settlement.lines where cycle = '2026-09' order by line_id"); !slices.Equal(got, frozen) {
		t.Error("another pricing workbook changed issued lines")
	}
	if got := m.all("select count(*) from settlement.restatements"); got[0] != "0" {
		t.Errorf("a changed pricing workbook is no change of the vendor's: %s restatements", got)
	}
	m.run(RunOptions{})
	content, files := m.content(), m.files()
	sameFiles(t, "issued files after more runs", m.issued(), issued)

	t.Run("restored from packages, journal and issued files", func(t *testing.T) {
		m.withoutWarehouse()
		m.server.Close()
		m.run(RunOptions{Offline: true})
		sameContent(t, "restored", m.content(), content)
		sameFiles(t, "restored", m.files(), files)
	})
	if raceEnabled {
		return
	}
	t.Run("a state command restores as well", func(t *testing.T) {
		m.withoutWarehouse()
		m.change(load.StateConfirmed, "2026-09", "", strings.Fields(drafts[0])[0])
		sameContent(t, "restored", m.content(), content)
		sameFiles(t, "restored", m.issued(), issued)
	})
	t.Run("a damaged frozen file is found", func(t *testing.T) {
		m.withoutWarehouse()
		file := filepath.Join(m.cfg.Data, "journal", filepath.FromSlash(done.Issue.Frozen[0].Path))
		mustNot(os.WriteFile(file, []byte("x"), 0o600))
		_, err := m.try(RunOptions{Offline: true})
		if err == nil || !strings.Contains(err.Error(), "restore the file from your backup") {
			t.Errorf("a damaged frozen file: %v", err)
		}
	})
}

// sumsOf adds up what a month and the later changes of it charge, by party: exact, without tax.
func (m *month) sumsOf(cycle string) map[string]string {
	sums := map[string]string{}
	for _, row := range m.all(fmt.Sprintf(`select l.party_id, cast(sum(l.charge_excl_tax) as varchar) || '/' || cast(sum(l.payable_amount) as varchar)
		from settlement.lines as l left join settlement.current_revisions as c on c.cycle = l.cycle and c.party_id = l.party_id
		where l.revision = coalesce(c.revision, 0) and (l.cycle = '%[1]s' and l.kind <> 'prior_period' or l.kind = 'prior_period' and l.origin_cycle = '%[1]s')
		group by 1`, cycle)) {
		party, sum, _ := strings.Cut(row, " ")
		sums[party] = sum
	}
	return sums
}

// A month that changes after it was issued is booked in the next open one, and both together are what a fresh settlement of
// the changed month charges. Reopened, it becomes a new revision, and the booking goes away.
func TestRestatement(t *testing.T) {
	t.Parallel()
	if raceEnabled {
		t.Skip("nothing runs at the same time here that other tests do not run")
	}
	m := mixedMonth(t, 12)
	m.run(RunOptions{Cycle: "2026-09"})
	m.change(load.StateIssued, "2026-09", "")
	m.run(RunOptions{})
	before := m.all("select * from settlement.statements where cycle = '2026-09' order by party_id")
	m.world.Plant(bsstest.Plant{Kind: bsstest.LateChange, Cycle: "2026-09", Amount: "33.33"})
	customer := m.world.Plants()[0].CustomerID
	m.price(m.cfg.Pricing, func(b *pricing.Book) { // of no concern to the issued month
		mixed(b)
		b.Rules[0].Method, b.Rules[0].Value = "markup", rateOf("0.25")
	})
	m.run(RunOptions{Cycle: "2026-09"})
	if got := m.all("select * from settlement.statements where cycle = '2026-09' order by party_id"); !slices.Equal(got, before) {
		t.Errorf("the issued statements changed: %q, were %q", got, before)
	}
	if got := m.one("select cast(sum(payable_amount) as varchar) from settlement.lines where cycle = '2026-10' and kind = 'prior_period' and customer_id = '" + customer + "'"); got != "33.33000000" {
		t.Errorf("booked %s payable in the next month", got)
	}
	fresh := mixedMonth(t, 12)
	fresh.world.Plant(bsstest.Plant{Kind: bsstest.LateChange, Cycle: "2026-09", Amount: "33.33", CustomerID: customer})
	fresh.run(RunOptions{Cycle: "2026-09"})
	want := fresh.sumsOf("2026-09")
	if got := m.sumsOf("2026-09"); !maps.Equal(got, want) {
		t.Errorf("issued and booked: %v\na fresh settlement of the changed month: %v", got, want)
	}
	if got := m.one("select cast(count(*) as varchar) from recon.findings where cycle = '2026-09' and check_id = '16' and severity = 'W'"); got == "0" {
		t.Error("no finding on the issued month")
	}
	if raceEnabled {
		return // the rest is more of the same SQL; the plain run of the suite does all
	}
	booked := m.content()
	m.run(RunOptions{Cycle: "2026-09"})
	sameContent(t, "again", m.content(), booked)

	t.Run("with a party that has left since", func(t *testing.T) {
		leave := func(b *pricing.Book) {
			mixed(b)
			b.Contracts = slices.DeleteFunc(b.Contracts, func(c pricing.Contract) bool { return c.CustomerID == customer })
			b.Parties = keepParties(b)
			b.Commitments = nil
		}
		m.price(m.cfg.Pricing, leave)
		m.run(RunOptions{Offline: true})
		if got := m.one("select cast(sum(l.payable_amount) as varchar) from settlement.lines as l inner join settlement.parties as y using (cycle, party_id) where l.cycle = '2026-10' and l.kind = 'prior_period'"); got != "33.33000000" {
			t.Errorf("booked %s payable with the party that left", got)
		}
		m.price(m.cfg.Pricing, mixed) // by which it was settled first
		m.run(RunOptions{Offline: true})
		sameContent(t, "with the workbook of before", m.content(), booked)
	})

	t.Run("booked once", func(t *testing.T) {
		m.change(load.StateIssued, "2026-10", "")
		m.run(RunOptions{Cycle: "2026-09"})
		if got := m.sumsOf("2026-09"); !maps.Equal(got, want) {
			t.Errorf("after the next month was issued too: %v, want %v", got, want)
		}
	})
	t.Run("a new revision takes it back", func(t *testing.T) {
		party := m.one("select party_id from settlement.restatements limit 1")
		old := m.one("select cast(amount_incl_tax as varchar) from settlement.statements where cycle = '2026-09' and revision = 0 and party_id = '" + party + "'")
		m.change(load.StateReopened, "2026-09", "the party wants a new document", party)
		m.run(RunOptions{Cycle: "2026-09"})
		done := m.change(load.StateIssued, "2026-09", "")
		if n := len(done.Issue.Statements); n != 1 || done.Issue.Statements[0].Revision != 1 || done.Issue.Statements[0].CreditNote == nil {
			t.Fatalf("issued %+v", done.Issue.Statements)
		}
		if got := m.one("select cast(-amount_incl_tax as varchar) from ops.documents where kind = 'credit_note' and party_id = '" + party + "'"); got != old {
			t.Errorf("the credit note takes back %s, the statement was %s", got, old)
		}
		// 2026-10 is issued with the booking in it: it is booked back in the month after.
		m.now = later
		m.run(RunOptions{Cycle: "2026-11"})
		if got := m.one("select cast(sum(payable_amount) as varchar) from settlement.lines where cycle = '2026-11' and kind = 'prior_period' and customer_id = '" + customer + "'"); got != "-33.33000000" {
			t.Errorf("booked back %s", got)
		}
	})
}

func TestStatesInOrder(t *testing.T) {
	t.Parallel()
	m := newMonth(t, bsstest.Options{Seed: 13, Customers: 4, Records: 200, Bandwidth: -1}, nil)
	m.run(RunOptions{})
	parties := m.all("select party_id from settlement.statements order by 1")
	if len(parties) < 3 {
		t.Fatalf("%d parties", len(parties))
	}
	refused := func(state string, names ...string) string {
		t.Helper()
		before := len(must(load.ReadJournal(m.cfg.Data)).Moves)
		_, err := m.tryChange(state, testCycle, "r", names...)
		if err == nil || exitCode(err, false) != exitMisused {
			t.Fatalf("%s %v: %v", state, names, err)
		}
		if len(must(load.ReadJournal(m.cfg.Data)).Moves) != before {
			t.Errorf("%s %v was refused, and recorded", state, names)
		}
		return err.Error()
	}
	if words := refused(load.StateConfirmed, parties[0], parties[1], "nobody"); strings.Count(words, "\n") != 3 {
		t.Errorf("not every fault is said: %s", words)
	}
	m.change(load.StateIssued, testCycle, "", parties[0], parties[1])
	refused(load.StateLocked, parties[0])
	refused(load.StateIssued, parties[2], "nobody")
	m.change(load.StateDisputed, testCycle, "wrong discount", parties[0])
	m.change(load.StateConfirmed, testCycle, "", parties[0], parties[1])
	m.change(load.StateLocked, testCycle, "")
	refused(load.StateDisputed, parties[0])
	m.change(load.StateReopened, testCycle, "vendor's credit", parties[0])
	states := m.all("select state, revision from ops.period_states order by party_id")
	if want := []string{"final 1", "locked 0", "final 0"}; !slices.Equal(states[:3], want) {
		t.Errorf("states %q, want %q; parked for %q", states, want, m.all("select reason from settlement.parked"))
	}
	moves := m.all("select state, by_whom is not null, reason from ops.transitions order by seq")
	if len(moves) != 8 {
		t.Errorf("transitions: %q", moves)
	}
	status := must(readStatus(context.Background(), m.cfg, testCycle, m.now()))
	text := string(must(json.Marshal(status.Months[0].Next)))
	if !strings.Contains(text, "settle issue --cycle 2026-10") {
		t.Errorf("status says next: %s", text)
	}
}

func later() time.Time { return testNow().AddDate(0, 1, 0) }

// A command that is killed right after its record is in the journal is finished by the next one.
func TestIssueCutOff(t *testing.T) {
	t.Parallel()
	plainOnly(t)
	o := bsstest.Options{Seed: 14, Customers: 4, Records: 200, Bandwidth: -1}
	calm := newMonth(t, o, nil)
	calm.run(RunOptions{})
	stages := []string{"documents 2026-10", "publish", "workbooks"}
	if raceEnabled {
		stages = stages[:1]
	}
	var cut []*month
	for range stages {
		cut = append(cut, calm.copy())
	}
	calm.change(load.StateIssued, testCycle, "")
	for i, stage := range stages {
		m := cut[i]
		ctx, cancel := context.WithCancel(context.Background())
		_, err := changeState(ctx, m.cfg, stateChange{State: load.StateIssued, Cycle: testCycle, Now: m.now}, nil, &cutAt{stage: stage, cut: cancel})
		if err == nil {
			t.Fatalf("cut at %s, and nothing was missed", stage)
		}
		m.run(RunOptions{Offline: true})
		sameContent(t, "cut at "+stage, m.content(), calm.content())
		if got, want := len(m.issued()), len(calm.issued()); got != want || want == 0 {
			t.Errorf("cut at %s: %d issued files, want %d", stage, got, want)
		}
	}
}

// A reopening that is killed before its month is settled again is finished by the next command, whatever it is.
func TestReopenCutOff(t *testing.T) {
	t.Parallel()
	plainOnly(t)
	o := bsstest.Options{Seed: 15, Customers: 3, Records: 150, Bandwidth: -1}
	calm := newMonth(t, o, nil)
	calm.run(RunOptions{})
	calm.change(load.StateIssued, testCycle, "")
	party := calm.one("select min(party_id) from settlement.statements")
	m := calm.copy()
	calm.change(load.StateReopened, testCycle, "r", party)
	ctx, cancel := context.WithCancel(context.Background())
	_, err := changeState(ctx, m.cfg, stateChange{State: load.StateReopened, Cycle: testCycle, Parties: []namedParty{{Name: party}}, Reason: "r", Now: m.now}, nil, &cutAt{stage: "settle 2026-10", cut: cancel})
	if err == nil {
		t.Fatal("cut, and nothing was missed")
	}
	if got := must(readStatus(context.Background(), m.cfg, testCycle, m.now())).Months[0].inState("open"); got != 1 {
		t.Errorf("status shows %d open parties before the month is settled again", got)
	}
	m.change(load.StateConfirmed, testCycle, "", m.one("select max(party_id) from settlement.statements"))
	calm.change(load.StateConfirmed, testCycle, "", calm.one("select max(party_id) from settlement.statements"))
	sameContent(t, "after the next command", m.content(), calm.content())
}

// A workbook that a failed run only read has priced nothing: what is issued names the one by which it was priced.
func TestFailedRunPricesNothing(t *testing.T) {
	t.Parallel()
	if raceEnabled {
		t.Skip("nothing runs at the same time here that other tests do not run")
	}
	m := newMonth(t, bsstest.Options{Seed: 16, Customers: 3, Records: 150, Months: 1, Bandwidth: -1}, nil)
	m.run(RunOptions{Cycle: "2026-09"})
	m.run(RunOptions{})
	before := m.all("select party_id, cast(amount_incl_tax as varchar), cycle from settlement.statements order by 3, 1")
	m.price(m.cfg.Pricing, func(b *pricing.Book) { b.Rules[0].Method, b.Rules[0].Value = "markup", rateOf("0.5") })
	m.server.Close()
	if _, err := m.try(RunOptions{}); err == nil {
		t.Fatal("the run did not fail")
	}
	m.change(load.StateIssued, testCycle, "")
	if got := m.one("select cast(count(*) as varchar) from settlement.lines as l inner join ops.documents as d using (cycle, party_id, revision) where l.pricing_hash <> d.pricing_hash"); got != "0" {
		t.Errorf("%s lines were priced by another workbook than their document says", got)
	}
	m.run(RunOptions{Offline: true})
	if got := m.one("select cast(count(*) as varchar) from settlement.restatements"); got != "0" {
		t.Errorf("%s restatements, and the vendor changed nothing", got)
	}
	m.price(m.cfg.Pricing, nil)
	m.run(RunOptions{Cycle: "2026-09", Offline: true})
	if got := m.all("select party_id, cast(amount_incl_tax as varchar), cycle from settlement.statements order by 3, 1"); !slices.Equal(got, before) {
		t.Errorf("statements %q, were %q", got, before)
	}
}

// cutAt cancels when a stage begins.
type cutAt struct {
	silent
	stage string
	cut   context.CancelFunc
}

func (c *cutAt) Stage(name string, _ int64) {
	if name == c.stage {
		c.cut()
	}
}

// The next command makes what one that was killed after its record in the journal has left undone, also where it has nothing to
// change itself; numbers are never given twice, whatever happens to short codes and backups.
func TestIssueAgain(t *testing.T) {
	t.Parallel()
	m := newMonth(t, bsstest.Options{Seed: 17, Customers: 4, Records: 150, Bandwidth: -1}, nil)
	m.run(RunOptions{})
	older := must(os.ReadFile(filepath.Join(m.cfg.Data, "journal", "journal.ndjson")))
	parties := m.all("select y.party_id, y.short_code from settlement.statements inner join settlement.parties as y using (cycle, party_id) order by 1")
	first, second := strings.Fields(parties[0]), strings.Fields(parties[1])

	ctx, cancel := context.WithCancel(context.Background())
	_, err := changeState(ctx, m.cfg, stateChange{State: load.StateIssued, Cycle: testCycle, Parties: []namedParty{{Name: first[0]}}, Now: m.now}, nil, &cutAt{stage: "publish", cut: cancel})
	if err == nil {
		t.Fatal("cut, and nothing was missed")
	}
	again := m.change(load.StateIssued, testCycle, "", first[0])
	if !again.Completed || again.Issue != nil || len(m.issued()) == 0 {
		t.Errorf("the second issue: %+v, %d issued files", again, len(m.issued()))
	}
	if wrong, files := wrongFiles(m.cfg, must(load.ReadJournal(m.cfg.Data)), ""); len(wrong) > 0 || files < 6 {
		t.Errorf("%d files, wrong are %v", files, wrong)
	}

	if raceEnabled {
		return
	}
	t.Run("a short code that another party had", func(t *testing.T) {
		m.price(m.cfg.Pricing, func(b *pricing.Book) {
			for i := range b.Parties {
				switch p := &b.Parties[i]; p.ID {
				case first[0]:
					p.ShortCode = "moved"
				case second[0]:
					p.ShortCode = first[1]
				}
			}
		})
		m.run(RunOptions{Offline: true})
		_, err := m.tryChange(load.StateIssued, testCycle, "", second[0])
		if err == nil || !strings.Contains(err.Error(), "was given to party "+first[0]+" already; give "+second[0]+" another short_code") {
			t.Errorf("issued under another party's number: %v", err)
		}
		m.price(m.cfg.Pricing, nil)
	})
	t.Run("changed and missing files", func(t *testing.T) {
		file := filepath.Join(m.cfg.Reports, testCycle, "issued", "statements", first[1]+"-"+testCycle+"-R0.xlsx")
		content := must(os.ReadFile(file))
		mustNot(os.WriteFile(file, append(content, 0), 0o600))
		next := strings.Join(must(readStatus(context.Background(), m.cfg, testCycle, m.now())).Months[0].Next, "\n")
		if !strings.Contains(next, "1 issued file is missing or changed since") {
			t.Errorf("status says: %s", next)
		}
		if strings.Contains(string(must(os.ReadFile(filepath.Join(m.cfg.Reports, testCycle, "manifest.json")))), must(load.HashFile(file))) {
			t.Error("the manifest certifies the changed file")
		}
		mustNot(os.WriteFile(file, content, 0o600))
	})
	t.Run("an older journal", func(t *testing.T) {
		file := filepath.Join(m.cfg.Data, "journal", "journal.ndjson")
		mustNot(os.WriteFile(file, older, 0o600))
		if _, err := m.try(RunOptions{Offline: true}); err == nil || !strings.Contains(err.Error(), "the journal is older than the tables; restore the newest journal") {
			t.Errorf("a run with an older journal: %v", err)
		}
		m.withoutWarehouse()
		m.run(RunOptions{Offline: true})
		if _, err := m.tryChange(load.StateIssued, testCycle, "", first[0]); err == nil || !strings.Contains(err.Error(), "the journal does not know it") {
			t.Errorf("an issue with an older journal: %v", err)
		}
	})
}

func TestReadParties(t *testing.T) {
	got, err := readParties(strings.NewReader("\ufeffshort_code,reason\r\n# a remark\r\n\r\nacme, agreed by mail \r\n\"P-1\",\"so, they said\"\r\n"))
	if want := []namedParty{{"acme", "agreed by mail"}, {"P-1", "so, they said"}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("read %q, %v; want %q", got, err, want)
	}
	for _, text := range []string{"a,\"unclosed", "a," + strings.Repeat("x", mostReason+1)} {
		if _, err := readParties(strings.NewReader(text)); err == nil {
			t.Errorf("%.20q was read", text)
		}
	}
}
