package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"

	"settle/extract"
	"settle/extract/bsstest"
	"settle/load"
)

// found lists the findings of checks of the newest snapshot, one text each.
func (m *month) found(checks ...string) (all []string) {
	m.t.Helper()
	db := m.open()
	defer func() { _ = db.Close() }()
	rows, err := db.Query("select check_id || ' ' || severity || ' ' || coalesce(customer_id, '-') || ' ' || coalesce(cast(difference as varchar), '-') || ' ' || reason_code from recon.findings where cycle = ? and check_id in ('"+strings.Join(checks, "', '")+"') and not explained order by 1", testCycle)
	if err != nil {
		m.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			m.t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}

// The vendor's bill of the built-in world bridges to the cent; what is planted in it is found, on the customer and with its amount;
// the import survives the warehouse, and so do the accounts.
func TestPartnerBillAndAccounts(t *testing.T) {
	t.Parallel()
	m := newMonth(t, bsstest.Options{Seed: 5, Customers: 7, Records: 400, Resellers: 1, Bandwidth: -1}, nil)
	customer := ""
	for _, c := range m.world.Customers() {
		if c.AssociationType == "2" && c.ResellerID == "" && !c.Moved && !c.Left && m.world.HasRecords(testCycle, c.ID) {
			customer = c.ID
		}
	}
	m.run(RunOptions{})
	if got := m.one("select status || ': ' || reason from recon.checks where check_id = '41'"); !strings.HasPrefix(got, "not_run: no data of the cycle: partner_bills") {
		t.Errorf("nothing imported: %s", got)
	}
	for table, least := range map[string]int{"partner_adjustments": 4, "partner_balances": 6, "customer_balances": 4, "partner_account_changes": 6} {
		if n := m.one("select case when count(*) >= " + strconv.Itoa(least) + " then 'enough' else cast(count(*) as varchar) end from source." + table); n != "enough" {
			t.Errorf("%s: %s rows", table, n)
		}
	}
	if got := m.found("48"); got != nil {
		t.Errorf("clean accounts: %v", got)
	}
	// Five calls for the partner, and for the reseller as many: whatever the number of customers.
	for path, most := range map[string]int{"/v3/accounts/partner-accounts/adjust-records": 2, "/v2/accounts/customer-accounts/balances/batch-query": 2, "/v2/accounts/partner-accounts/account-change-records": 4, "/v2/accounts/partner-accounts/balances": 2} {
		if n := m.server.Requests()[path]; n != most {
			t.Errorf("%s: %d requests, want %d", path, n, most)
		}
	}

	m.imports(m.world.PartnerBill(testCycle), "伙伴账单.csv")
	m.run(RunOptions{Offline: true})
	if got := m.one("select status || ' ' || cast(explained > 0 as varchar) from recon.checks where check_id = '41'"); got != "pass true" {
		t.Errorf("clean bill: %s, findings %v", got, m.found("41"))
	}
	if got := m.one("select cast(sum(difference - referral - mode_10 - late_cycle - truncation - own_use - unexplained) as varchar) from recon.partner_bridge"); strings.Trim(got, "0.") != "" {
		t.Errorf("the bridge leaves %s", got)
	}
	if done := m.imports(m.world.PartnerBill(testCycle), "伙伴账单.csv"); !done.Same {
		t.Error("the same bill again is another import")
	}

	for _, kind := range []string{bsstest.PartnerBillOff, bsstest.AllocationOff} {
		m.world.Plant(bsstest.Plant{Kind: kind, CustomerID: customer, Amount: "0.37"})
	}
	m.world.Plant(bsstest.Plant{Kind: bsstest.AccountOff, CustomerID: customer, Amount: "0.37"})
	gb, err := simplifiedchinese.GB18030.NewEncoder().Bytes(bytes.TrimPrefix(m.world.PartnerBill(testCycle), []byte("\ufeff")))
	if err != nil {
		t.Fatal(err)
	}
	m.imports(gb, "again.csv")
	m.run(RunOptions{})
	want := []string{"41 B " + customer + " -0.37000000 unexplained", "48 W - 0.37000000 vendor_error", "48 W " + customer + " 0.37000000 vendor_error"}
	if diff := cmp.Diff(want, m.found("41", "48")); diff != "" {
		t.Errorf("planted differences (-want +got):\n%s", diff)
	}
	first := m.content()
	if err := os.Remove(filepath.Join(m.cfg.Data, "warehouse.duckdb")); err != nil {
		t.Fatal(err)
	}
	m.server.Close()
	m.run(RunOptions{Offline: true})
	sameContent(t, "replay", m.content(), first)
	if diff := cmp.Diff(want, m.found("41", "48")); diff != "" {
		t.Errorf("after a replay (-want +got):\n%s", diff)
	}

	// What the journal knows to have been imported must be among the packages: without it nothing of the month is final.
	lost, err := filepath.Glob(filepath.Join(m.cfg.Data, "packages", testCycle, "partner_bills*"))
	if err != nil || len(lost) == 0 {
		t.Fatal(lost, err)
	}
	for _, path := range append(lost, filepath.Join(m.cfg.Data, "warehouse.duckdb")) {
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
	}
	s := m.run(RunOptions{Offline: true})
	if n := m.one("select cast(count(*) as varchar) from ops.period_states where state = 'final'"); n != "0" || s.missing() != 1 {
		t.Errorf("without the imported bill %s parties are final and %d windows missing; want 0 and 1", n, s.missing())
	}
	if n := m.one("select cast(count(*) as varchar) from recon.closed_findings where check_id = '41'"); n != "0" {
		t.Errorf("%s findings of check 41 are closed by a run that did not look", n)
	}
}

// imports imports a bill for the test's cycle.
func (m *month) imports(content []byte, name string) *imported {
	m.t.Helper()
	path := filepath.Join(m.t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		m.t.Fatal(err)
	}
	done, err := importPartnerBill(context.Background(), m.cfg, extract.Cycle(testCycle), path, m.now)
	if err != nil {
		m.t.Fatal(err)
	}
	return done
}

// A file that does not fit is misuse, says why, and leaves nothing behind.
func TestImportRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cfg := defaultConfig()
	cfg.Data = filepath.Join(dir, "data")
	bad := filepath.Join(dir, "bad.csv")
	if err := os.WriteFile(bad, []byte("客户ID,应付金额\nC1,x\nC2,y\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		bad:                            "line 2, column 2: \"x\" is no amount; write yuan with up to 8 decimals\nline 3, column 2: \"y\" is no amount",
		filepath.Join(dir, "none.csv"): "no such file",
		dir:                            "is no regular file",
	} {
		_, err := importPartnerBill(context.Background(), cfg, testCycle, path, testNow)
		var code *exitError
		if err == nil || !strings.Contains(err.Error(), want) || !errors.As(err, &code) || code.code != exitMisused {
			t.Errorf("%s: got %v", path, err)
		}
	}
	if _, err := os.Stat(cfg.Data); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a refused import left %v", err)
	}
}

// The command says what it brought in, and what it left out; the file lies beside the journal, which knows its hash.
func TestImportCommand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	config := write("settle.yaml", "partner: {name: x}\npartner_bill:\n  own_accounts: [P1]\n  columns: {customer_id: Konto, amount: Netto}\n")
	bill := write("bill.CSV", "Konto,Netto\nC1,\"1,000.50\"\nP1,2\n")
	settle := func(args ...string) (code int, out, errs string) {
		var stdout, stderr bytes.Buffer
		code = run(context.Background(), append([]string{"--config", config}, args...), &stdout, &stderr)
		return code, stdout.String(), stderr.String()
	}
	code, out, errs := settle("import", "partner-bill", bill, "--cycle", "previous")
	if code != exitDone || !strings.Contains(out, "Imported 2 lines of ") || !strings.Contains(out, ", 1002.50 yuan without tax, 1 of them the partner's own use.\n") || !strings.Contains(out, "settle run --cycle ") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	if code, out, _ = settle("import", "partner-bill", bill, "--cycle", "previous"); code != exitDone || !strings.Contains(out, "nothing was changed") {
		t.Errorf("again: exit %d: %s", code, out)
	}
	journal, err := load.ReadJournal(filepath.Join(dir, "data"))
	if err != nil || len(journal.Imports) != 1 || len(journal.Runs) != 1 || journal.Runs[0].Outcome != "done" {
		t.Fatalf("journal: %+v, %v", journal.Imports, err)
	}
	pages, err := filepath.Glob(filepath.Join(dir, "data", "packages", "*", "partner_bills", "*.zst"))
	if err != nil || len(pages) != 1 {
		t.Fatalf("packages %v, %v", pages, err)
	}
	if err := os.WriteFile(pages[0], []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, _ = settle("import", "partner-bill", bill, "--cycle", "previous"); code != exitDone || !strings.Contains(out, "Imported 2 lines") {
		t.Errorf("over a damaged package: exit %d: %s", code, out)
	}
	kept, err := os.ReadFile(filepath.Join(journal.ImportsDir(), journal.Imports[0].Hash+".csv"))
	if err != nil || string(kept) != "Konto,Netto\nC1,\"1,000.50\"\nP1,2\n" {
		t.Errorf("kept %q, %v", kept, err)
	}
	if diff := cmp.Diff(map[string]string{"customer_id": "Konto", "amount": "Netto"}, journal.Imports[0].Columns); diff != "" {
		t.Error(diff)
	}
	for _, args := range [][]string{{"import", "partner-bill", bill}, {"import", "partner-bill", "--cycle", "previous"}, {"import", "partner-bill", bill, "--cycle", "2026-13"}} {
		if code, _, errs := settle(args...); code != exitMisused || errs == "" {
			t.Errorf("%v: exit %d: %s", args, code, errs)
		}
	}
}

// Accounts are asked for in few calls: those of the partner, of each reseller, and of the resale customers that they list.
func TestAccountWindows(t *testing.T) {
	all := []account{{"C1", "", true, true}, {"C2", "", false, true}, {"C3", "R1", true, true}, {"C3", "", true, false}, {"C4", "R1", true, true}}
	items := map[string]string{}
	for _, w := range accountWindows("2026-10", []string{"R1"}, all, "RUN") {
		items[w.Name()] = strings.Join(w.Items, " ")
	}
	want := map[string]string{
		"partner_adjustments/2026-10///": "", "partner_balances/2026-10///RUN": "", "customer_balances/2026-10///RUN": "C1",
		"partner_account_changes/2026-10///BALANCE_TYPE_DEBIT": "", "partner_account_changes/2026-10///BALANCE_TYPE_CREDIT": "",
		"partner_adjustments/2026-10//R1/": "", "partner_balances/2026-10//R1/RUN": "", "customer_balances/2026-10//R1/RUN": "C3 C4",
		"partner_account_changes/2026-10//R1/BALANCE_TYPE_DEBIT": "", "partner_account_changes/2026-10//R1/BALANCE_TYPE_CREDIT": "",
	}
	if diff := cmp.Diff(want, items); diff != "" {
		t.Error(diff)
	}
}
