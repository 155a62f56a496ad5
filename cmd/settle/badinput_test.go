package main

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"settle/extract"
	"settle/extract/bsstest"
	"settle/load"
	"settle/transform/exact"
	"settle/transform/pricing"
)

var smallWorld = bsstest.Options{Seed: 7, Customers: 4, Records: 200, Bandwidth: -1}

// resale picks the world's first settled customer.
func (m *month) resale() string {
	for _, c := range m.world.Customers() {
		if c.AssociationType == "2" && !c.Left && !c.NoAgency {
			return c.ID
		}
	}
	m.t.Fatal("no resale customer")
	return ""
}

// one asks the newest snapshot for one text.
func (m *month) one(query string, args ...any) string {
	m.t.Helper()
	db := m.open()
	defer func() { _ = db.Close() }()
	var s string
	if err := db.QueryRow(query, args...).Scan(&s); err != nil {
		m.t.Fatalf("%s: %v", query, err)
	}
	return s
}

// few leaves one case where the race detector watches: each run takes seconds then, and the plain run of the suite does all.
func few[T any](cases map[string]T) map[string]T {
	if raceEnabled {
		for name, c := range cases {
			return map[string]T{name: c}
		}
	}
	return cases
}

// failing lets every call about a customer's records fail.
func failing(customer string, f bsstest.Fault) func(*http.Request) *bsstest.Fault {
	return func(r *http.Request) *bsstest.Fault {
		if r.URL.Path == extract.ConsumptionRecords.Call.Path && r.URL.Query().Get("customer_id") == customer {
			return &f
		}
		return nil
	}
}

func TestOneFailingCustomerParksItsParty(t *testing.T) {
	t.Parallel()
	undisturbed := newMonth(t, smallWorld, nil)
	undisturbed.run(RunOptions{})
	content := undisturbed.content()
	for name, f := range few(map[string]bsstest.Fault{
		"cut body":             {Cut: 300},
		"an error in HTTP 200": {ErrorIn200: "CBC.5002"},
	}) {
		t.Run(name, func(t *testing.T) {
			m := newMonth(t, smallWorld, nil)
			customer := m.resale()
			m.server.SetFault(failing(customer, f))
			s := m.run(RunOptions{})
			if s.Parked != 1 || s.Parties == 0 || s.missing() != 1 {
				t.Errorf("parked %d, settled %d, missing %d; want 1, the others, 1", s.Parked, s.Parties, s.missing())
			}
			var known *exitError
			if err := s.outcome(); !errors.As(err, &known) || known.code != exitFindings {
				t.Errorf("outcome %v, want exit 3", err)
			}
			if got := m.one("select customer_id || ' ' || severity from recon.findings where check_id = '01' and party_id is not null and severity = 'B'"); got != customer+" B" {
				t.Errorf("finding on %s, want the customer", got)
			}
			if files := m.files(); len(files) != workbooks(s) {
				t.Errorf("%d workbooks for %d parties", len(files), s.Parties)
			}

			m.server.SetFault(nil)
			again := m.run(RunOptions{})
			if again.RunID != s.RunID || again.Parked != 0 || again.missing() != 0 || again.outcome() != nil {
				t.Errorf("the next run: %s parked %d, missing %d, %v; want run %s carried on to its end", again.RunID, again.Parked, again.missing(), again.outcome(), s.RunID)
			}
			if n := m.server.Requests()[extract.MeasureUnits.Call.Path]; n != 1 {
				t.Errorf("the dictionary was asked for %d times: what the killed run had is fetched again", n)
			}
			sameContent(t, "resumed", m.content(), content)
		})
	}
}

func TestAPartnerWideCallThatFailsEndsTheRun(t *testing.T) {
	t.Parallel()
	m := newMonth(t, smallWorld, nil)
	m.server.SetFault(func(r *http.Request) *bsstest.Fault {
		if r.URL.Path == extract.MonthlyBills.Call.Path {
			return &bsstest.Fault{ErrorIn200: "CBC.5002"}
		}
		return nil
	})
	_, err := m.try(RunOptions{})
	if err == nil || !strings.Contains(err.Error(), "CBC.5002") || exitCode(err, false) != exitFailed {
		t.Errorf("got %v, want the service's code and exit 1", err)
	}
	if _, err := os.Stat(filepath.Join(m.cfg.Data, "published", load.Current)); err == nil {
		t.Error("an incomplete month was published")
	}
}

func TestAnEmptyAnswerIsNoEmptyMonth(t *testing.T) {
	t.Parallel()
	m := newMonth(t, smallWorld, nil)
	customer := m.resale()
	m.server.SetFault(failing(customer, bsstest.Fault{Status: 200}))
	s := m.run(RunOptions{})
	if s.missing() != 1 || s.Parked != 1 {
		t.Errorf("missing %d, parked %d: an answer without list and total was taken for a month", s.missing(), s.Parked)
	}
}

func TestQuarantineParksTheParty(t *testing.T) {
	t.Parallel()
	for kind, reason := range few(map[string]string{
		bsstest.GarbageAmount: "more decimal places",
		bsstest.WrongType:     "is a JSON {",
		bsstest.OtherCustomer: "names customer",
	}) {
		t.Run(kind, func(t *testing.T) {
			m := newMonth(t, smallWorld, nil)
			customer := m.resale()
			m.world.Plant(bsstest.Plant{Kind: kind, CustomerID: customer})
			s := m.run(RunOptions{})
			if s.Parked != 1 || s.Parties == 0 {
				t.Errorf("parked %d, settled %d", s.Parked, s.Parties)
			}
			if got := m.one("select reason from source.quarantine"); !strings.Contains(got, reason) {
				t.Errorf("reason %q, want %q", got, reason)
			}
			if raw := m.one("select raw from source.quarantine"); !strings.HasPrefix(raw, "{") || !strings.Contains(raw, "payment_amount") {
				t.Errorf("the raw text is not kept: %.80q", raw)
			}
			if got := m.one("select c.customer_id from settlement.parked as p inner join settlement.contracts as c using (cycle, party_id)"); got != customer {
				t.Errorf("parked %s, want %s", got, customer)
			}
		})
	}
}

func TestNewNamesAreFindingsOnly(t *testing.T) {
	t.Parallel()
	for kind, name := range few(map[string]string{bsstest.UnknownField: "consumption_records", bsstest.UnknownEnum: "777"}) {
		t.Run(kind, func(t *testing.T) {
			m := newMonth(t, smallWorld, nil)
			m.world.Plant(bsstest.Plant{Kind: kind, CustomerID: m.resale()})
			s := m.run(RunOptions{})
			if s.Parked != 0 {
				t.Errorf("parked %d", s.Parked)
			}
			if got := m.one("select subject || ' ' || coalesce(detail, '') from recon.findings where check_id = '45'"); !strings.Contains(got, name) {
				t.Errorf("finding %q does not name %s", got, name)
			}
		})
	}
}

func TestBrokenPricingFetchesNothing(t *testing.T) {
	t.Parallel()
	for name, break_ := range map[string]func(m *month){
		"no file":       func(m *month) { _ = os.Remove(m.cfg.Pricing) },
		"no workbook":   func(m *month) { _ = os.WriteFile(m.cfg.Pricing, []byte("PK no"), 0o600) },
		"unknown party": func(m *month) { m.price(m.cfg.Pricing, func(b *pricing.Book) { b.Contracts[0].PartyID = "nobody" }) },
		"a unit price without a unit": func(m *month) {
			m.price(m.cfg.Pricing, func(b *pricing.Book) {
				var value exact.Rate
				if err := value.SetText([]byte("0.1")); err != nil {
					t.Fatal(err)
				}
				b.Rules = append(b.Rules, pricing.Rule{ID: "U1", PricePlan: b.Rules[0].PricePlan, Priority: 1, Base: "payable", Method: "unit_price", Value: value})
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMonth(t, smallWorld, nil)
			break_(m)
			_, err := m.try(RunOptions{})
			if err == nil || exitCode(err, false) != exitMisused || !strings.Contains(err.Error(), "pricing") {
				t.Errorf("got %v, exit %d; want the file's name and exit 2", err, exitCode(err, false))
			}
			if n := len(m.server.Requests()); n != 0 {
				t.Errorf("%d paths were asked", n)
			}
		})
	}
}

func TestWrongKeyAndClockStopAtOnce(t *testing.T) {
	t.Parallel()
	t.Run("clock", func(t *testing.T) {
		m := newMonth(t, smallWorld, nil)
		fast := *m
		fast.now = func() time.Time { return testNow().AddDate(0, 0, 1) }
		_, err := fast.try(RunOptions{})
		if err == nil || !strings.Contains(err.Error(), "APIGW.0303") || !strings.Contains(err.Error(), "clock") {
			t.Errorf("got %v, want the clock named", err)
		}
		if n := len(m.server.Requests()); n != 0 {
			t.Errorf("%d paths answered", n)
		}
	})
}

func TestDamagedPackage(t *testing.T) {
	t.Parallel()
	m := newMonth(t, smallWorld, nil)
	m.run(RunOptions{})
	content := m.content()
	// The next run would fetch anew; damage what a killed run left instead.
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	pages, err := filepath.Glob(filepath.Join(m.cfg.Data, "packages", testCycle, "consumption_records", "*.pages.zst"))
	must(err)
	for _, path := range pages {
		b, err := os.ReadFile(path)
		must(err)
		b[len(b)/2] ^= 1
		must(os.WriteFile(path, b, 0o600))
	}
	must(os.Remove(filepath.Join(m.cfg.Data, "warehouse.duckdb")))
	_, err = m.try(RunOptions{Offline: true})
	if err == nil || !strings.Contains(err.Error(), "without --offline") || !strings.Contains(err.Error(), ".pages.zst") {
		t.Errorf("offline: got %v, want the file and the way out", err)
	}
	m.run(RunOptions{})
	sameContent(t, "after a damaged package", m.content(), content)
}

func TestDamagedWarehouseIsRebuilt(t *testing.T) {
	t.Parallel()
	m := newMonth(t, smallWorld, nil)
	m.run(RunOptions{})
	content, files := m.content(), m.files()
	path := filepath.Join(m.cfg.Data, "warehouse.duckdb")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, damaged := range few(map[string][]byte{
		"half": whole[:len(whole)/2], "no database": []byte(strings.Repeat("no database ", 4096)), "header": append(make([]byte, 4096), whole[4096:]...),
	}) {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(path, damaged, 0o600); err != nil {
				t.Fatal(err)
			}
			m.run(RunOptions{Offline: true})
			sameContent(t, name, m.content(), content)
			sameFiles(t, name, m.files(), files)
		})
	}
	t.Run("rows without ledger", func(t *testing.T) {
		w, why, err := load.Open(t.Context(), path, warehouseTables(), load.Options{}, nil)
		if err != nil || why != "" {
			t.Fatal(why, err)
		}
		if _, err := w.ExecContext(t.Context(), "delete from source.consumption_records where row_no = 1"); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		m.run(RunOptions{Offline: true})
		sameContent(t, "rebuilt", m.content(), content)
	})
}

func TestSecondRunAtTheSameTime(t *testing.T) {
	t.Parallel()
	m := newMonth(t, smallWorld, nil)
	lock, err := load.TakeLock(m.cfg.Data)
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.try(RunOptions{})
	if !errors.Is(err, load.ErrLocked) || exitCode(err, false) != exitLocked {
		t.Errorf("got %v, exit %d", err, exitCode(err, false))
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	m.run(RunOptions{})
}

func TestHostileNames(t *testing.T) {
	t.Parallel()
	o := smallWorld
	o.Hostile = true
	m := newMonth(t, o, nil)
	s := m.run(RunOptions{})
	if s.Parties == 0 {
		t.Error("nobody was settled")
	}
	err := filepath.WalkDir(m.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if strings.ContainsAny(name, "=;|\\ \n\t") || strings.Contains(name, "..") || len(name) > 200 {
			t.Errorf("file name made of a hostile text: %q", name)
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 && path != m.dir && info.Mode()&os.ModeSymlink == 0 {
			t.Errorf("%s has mode %v: others can read it", path, info.Mode().Perm())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
