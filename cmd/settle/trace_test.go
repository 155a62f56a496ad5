package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/xuri/excelize/v2"

	"settle/extract"
	"settle/extract/bsstest"
	"settle/load"
)

// settle runs one command line on a month and returns its exit code and what it printed.
func (m *month) settle(args ...string) (int, string) {
	var out, errs bytes.Buffer
	code := run(context.Background(), append([]string{"--config", filepath.Join(m.dir, "settle.yaml")}, args...), &out, &errs)
	return code, out.String() + errs.String()
}

// wants runs a command line that must end with a code and print what the patterns say.
func (m *month) wants(t *testing.T, code int, args []string, patterns ...string) string {
	t.Helper()
	got, text := m.settle(args...)
	if got != code {
		t.Fatalf("settle %v: exit %d, want %d\n%s", args, got, code, text)
	}
	for _, p := range patterns {
		if !regexp.MustCompile("(?m)" + p).MatchString(text) {
			t.Errorf("settle %v: no %s in\n%s", args, p, text)
		}
	}
	return text
}

// A month with a bad record, a wrong slice and a new field: every printed figure and every finding lead back to raw answers, findings
// are accepted out of an edited list, and the certificate proves what was fetched.
func TestFromFigureToAnswer(t *testing.T) {
	t.Parallel()
	m := newMonth(t, bsstest.Options{Seed: 7, Customers: 6, Records: 160, Bandwidth: -1}, nil)
	var resale []string
	for _, c := range m.world.Customers() {
		if c.AssociationType == "2" && !c.Moved && !c.Left && c.ResellerID == "" {
			resale = append(resale, c.ID)
		}
	}
	if len(resale) < 2 {
		t.Fatalf("the world has %d plain customers", len(resale))
	}
	m.world.Plant(bsstest.Plant{Kind: bsstest.GarbageAmount, CustomerID: resale[0]})
	m.world.Plant(bsstest.Plant{Kind: bsstest.MonthlyBillOff, CustomerID: resale[1], Amount: "0.37"})
	m.world.Plant(bsstest.Plant{Kind: bsstest.UnknownField, CustomerID: resale[1]})
	m.world.Plant(bsstest.Plant{Kind: bsstest.UnlistedService, CustomerID: resale[1]})
	m.run(RunOptions{})

	t.Run("printed lines", func(t *testing.T) { explainsLines(t, m) })
	t.Run("findings", func(t *testing.T) { explainsFindings(t, m, resale[0], resale[1]) })
	t.Run("lists", func(t *testing.T) { listsFindings(t, m, resale[1]) })
	t.Run("certificate", func(t *testing.T) { certifies(t, m) })
	t.Run("a touched package", func(t *testing.T) { refusesTouched(t, m.copy()) })
	if raceEnabled {
		return // one goroutine reads and writes there: the race detector learns nothing more
	}
	t.Run("resolve from a workbook", func(t *testing.T) { resolvesFromFile(t, m.copy()) })
}

// Every printed line of every statement is explained down to the raw text of its largest record, whose amount stands in it.
func explainsLines(t *testing.T, m *month) {
	db := m.open()
	lines := m.all(`select y.short_code || '-' || s.cycle || '-R' || s.revision || '|' || s.line_no || '|' || s.kind
		from settlement.statement_lines as s inner join settlement.parties as y on y.cycle = s.cycle and y.party_id = s.party_id order by 1`)
	proved := 0
	for i, l := range lines {
		if raceEnabled && i%4 != 0 {
			continue
		}
		f := strings.Split(l, "|")
		var out bytes.Buffer
		x := newTracer(&app{stdout: &out}, m.cfg, db)
		if err := x.statement(context.Background(), f[0], f[1]); err != nil {
			t.Fatalf("%s line %s: %v\n%s", f[0], f[1], err, out.String())
		}
		if f[2] != "record" {
			continue
		}
		proved++
		text := out.String()
		key := regexp.MustCompile(`(?m)^record +[^/]*/[^/]*/(\S+) of `).FindStringSubmatch(text)
		payable := regexp.MustCompile(`(?m)^amounts .* payable (\S+)$`).FindStringSubmatch(text)
		raw := regexp.MustCompile(`(?m)^raw +(\{.*\})$`).FindStringSubmatch(text)
		if key == nil || payable == nil || raw == nil || !strings.Contains(text, "checked     manifest, file, page and ledger agree") {
			t.Fatalf("%s line %s: record, amount, raw text or verdict is missing in\n%s", f[0], f[1], text)
		}
		var sent struct {
			ID     string      `json:"id"`
			Amount json.Number `json:"payment_amount"`
		}
		if err := json.Unmarshal([]byte(raw[1]), &sent); err != nil {
			t.Fatalf("raw text of %s: %v", key[1], err)
		}
		if !strings.HasPrefix(key[1], "~") && sent.ID != key[1] {
			t.Errorf("%s line %s: record %s is proved by %s", f[0], f[1], key[1], raw[1])
		}
		was, err := decimal.NewFromString(sent.Amount.String())
		if err != nil {
			t.Fatalf("record %s: payment_amount of %s: %v", key[1], raw[1], err)
		}
		if now, err := decimal.NewFromString(payable[1]); err != nil || !was.Equal(now) {
			t.Errorf("record %s: %s in the answer, %s in the table, %v", key[1], was, payable[1], err)
		}
	}
	if proved == 0 {
		t.Error("no line of records: the test shows nothing")
	}
	mark := strings.Split(lines[0], "|")[0]
	m.wants(t, 2, []string{"explain", mark, "999"}, `has no line 999; its lines are 1 to \d+`)
	m.wants(t, 2, []string{"explain", mark, "no-such-row"}, `no line or source row "no-such-row"`)
	m.wants(t, 2, []string{"explain", "S-1", "1"}, `there is no statement "S-1"`)
	key := m.one("select max(l.record_key) from settlement.lines as l inner join settlement.statements as s on s.cycle = l.cycle and s.party_id = l.party_id where l.kind = 'record' and l.record_key not like '~%'")
	mark = m.one("select y.short_code || '-' || l.cycle || '-R' || l.revision from settlement.lines as l inner join settlement.parties as y on y.cycle = l.cycle and y.party_id = l.party_id where l.record_key = ?", key)
	m.wants(t, 0, []string{"explain", mark, key}, `^record .*/`+key+` of 2026-10$`, `^raw +\{.*`+key, `^page +\d+ of \d+: GET /v2/bills/.*request id [0-9a-f]+$`)
}

// Every finding is explained; the bad record shows its raw text and the way out, the wrong slice its records and its bill.
func explainsFindings(t *testing.T, m *month, bad, off string) {
	for _, id := range m.all("select distinct finding_id from recon.findings order by 1") {
		m.wants(t, 0, []string{"explain", id}, `^finding +`+id, `^what to do +\S`, `^check +sql/checks/`)
	}
	id := m.one("select finding_id from recon.findings where check_id = '01' and customer_id = ?", bad)
	m.wants(t, 0, []string{"explain", id}, `^unreadable +1 record of consumption_records$`, `^field +official_amount: `, `^raw +\{.*"official_amount": ?"?12\.345678901`, `^way out +1\. `, `findings resolve `+id)
	m.wants(t, 2, []string{"explain", "0000000000000000"}, `there is none of that id`)
	provesSlice(t, m, off)
}

// The wrong slice of an account is proved by its own row of the monthly bill and by one of its own records, for the account's finding
// as for the slice's, although the account has a larger row of the same service and resource type.
func provesSlice(t *testing.T, m *month, customer string) {
	slice := strings.Split(m.one(`select concat_ws('|', service_type_code, resource_type_code, charging_mode, bill_type, bill_amount, records) from recon.charge_slices
		where customer_id = ? and abs(unexplained) = 0.37`, customer), "|")
	if larger := m.one(`select cast(count(*) as varchar) from source.monthly_bills where customer_id = ? and cloud_service_type = ? and resource_type_code = ? and abs(amount) > abs(cast(? as decimal(18, 8)))
		and (charge_mode <> ? or bill_type <> ?)`, customer, slice[0], slice[1], slice[4], slice[2], slice[3]); larger == "0" {
		t.Fatalf("customer %s has no larger row of %s, %s: the test shows nothing", customer, slice[0], slice[1])
	}
	for _, check := range []string{"06", "07"} {
		id := m.one("select coalesce(min(finding_id), '') from recon.findings where check_id = ? and not explained and customer_id = ? and abs(difference) = 0.37", check, customer)
		if id == "" {
			t.Fatalf("check %s has no finding of 0.37", check)
		}
		text := m.wants(t, 0, []string{"findings", "explain", id}, `^why +unexplained: `, `^  unexplained +-0\.37$`, `^slices +that differ, the largest unexplained rest first$`,
			`^records of the first slice: `+slice[5]+`$`, `^rows of the monthly bill of the first slice: 1$`)
		raws := regexp.MustCompile(`(?m)^raw +(\{.*\})$`).FindAllStringSubmatch(text, -1)
		if len(raws) != 2 {
			t.Fatalf("check %s: %d raw texts, want a record and a bill row\n%s", check, len(raws), text)
		}
		var record, bill struct {
			Customer     string      `json:"customer_id"`
			Service      string      `json:"service_type_code"`
			CloudService string      `json:"cloud_service_type"`
			ResourceType string      `json:"resource_type_code"`
			ChargingMode json.Number `json:"charging_mode"`
			ChargeMode   string      `json:"charge_mode"`
			BillType     string      `json:"bill_type"`
			Amount       json.Number `json:"amount"`
		}
		for i, into := range []any{&record, &bill} {
			if err := json.Unmarshal([]byte(raws[i][1]), into); err != nil {
				t.Fatalf("check %s: %v in %s", check, err, raws[i][1])
			}
		}
		if got := []string{record.Customer, record.Service, record.ResourceType, record.ChargingMode.String()}; !slices.Equal(got, append([]string{customer}, slice[:3]...)) {
			t.Errorf("check %s: the record is of %v, the slice is %v", check, got, slice)
		}
		if got := []string{bill.Customer, bill.CloudService, bill.ResourceType, bill.ChargeMode, bill.BillType}; !slices.Equal(got, append([]string{customer}, slice[:4]...)) {
			t.Errorf("check %s: the bill row is of %v, the slice is %v", check, got, slice)
		}
		sent, err := decimal.NewFromString(bill.Amount.String())
		if err != nil {
			t.Fatalf("check %s: amount of %s: %v", check, raws[1][1], err)
		}
		if want, err := decimal.NewFromString(slice[4]); err != nil || !sent.Equal(want) {
			t.Errorf("check %s: the bill row says %s, the slice %s, %v", check, sent, slice[4], err)
		}
	}
}

// The filters narrow the list, exports hold it whole, and nothing in them can act as a formula.
func listsFindings(t *testing.T, m *month, off string) {
	m.wants(t, 0, []string{"findings", "--severity", "i", "--check", "45"}, `^[0-9a-f]{16}  2026-10  I  45 .* new `, `  code hws\.service\.type\.\S+ of service_type_code `, `^3 findings: 3 open for information$`)
	m.wants(t, 0, []string{"findings", "--status", "closed"}, `^0 findings: none open$`)
	m.wants(t, 2, []string{"findings", "--status", "done"}, `--status "done" is none; write new, open, explained, resolved, closed`)
	m.wants(t, 2, []string{"findings", "--severity", "X"}, `--severity "X" is none`)
	m.wants(t, 2, []string{"findings", "--check", "99"}, `--check "99" is none; write 01, 02, .* 49$`)
	m.wants(t, 2, []string{"findings", "--code", "truncatoin"}, `--code "truncatoin" is none; write truncation, late_cycle, `)
	m.wants(t, 2, []string{"findings", "--party", "nobody"}, `--party "nobody": the snapshot has no such party; write one of \S+`)
	m.wants(t, 2, []string{"findings", "--customer", off + ",nobody"}, `--customer "nobody": the snapshot has no such customer; write one of \S+`)
	m.wants(t, 2, []string{"findings", "export", filepath.Join(m.dir, "none.csv"), "--party", "nobody"}, `has no such party`)
	party := strings.Split(m.one("select coalesce(short_code, '') || '|' || party_id from settlement.parties where party_id in (select party_id from recon.findings where customer_id = ?) limit 1", off), "|")
	for _, name := range party {
		if name != "" {
			m.wants(t, 0, []string{"findings", "--party", name, "--check", "6"}, `^\d+ findings?: 1 open `)
		}
	}
	m.wants(t, 2, []string{"findings", "export", filepath.Join(m.dir, "list.doc")}, `the name says no format`)
	total := len(m.all("select finding_id from recon.findings where customer_id = '" + off + "'"))
	for _, name := range []string{"list.csv", "list.json", "list.xlsx"} {
		m.wants(t, 0, []string{"findings", "export", filepath.Join(m.dir, name), "--customer", off}, fmt.Sprintf(`^%d findings? in `, total))
		if info, err := os.Stat(filepath.Join(m.dir, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	text := must(os.ReadFile(filepath.Join(m.dir, "list.csv")))
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff")))).ReadAll()
	if err != nil || len(rows) != total+1 || len(rows[0]) != len(findingColumns) {
		t.Errorf("csv: %d rows, %v", len(rows), err)
	}
	var list []map[string]any
	if err := json.Unmarshal(must(os.ReadFile(filepath.Join(m.dir, "list.json"))), &list); err != nil || len(list) != total {
		t.Errorf("json: %d findings, %v", len(list), err)
	}
	var out bytes.Buffer
	hostile := []findingRow{{id: "0123456789abcdef", subject: "=cmd|' /C calc'!A0", actual: "@x", difference: "-0.37"}}
	if err := findingsCSV(&out, hostile); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); !strings.Contains(text, "'=cmd") || !strings.Contains(text, "'@x") || !strings.Contains(text, ",-0.37,") {
		t.Errorf("csv: %s", text)
	}
	out.Reset()
	if err := findingsXLSX(&out, hostile); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	formula, err := book.GetCellFormula(findingsSheet[0], "K2")
	if value := must(book.GetCellValue(findingsSheet[0], "K2")); err != nil || formula != "" || value != hostile[0].subject {
		t.Errorf("the cell says %q, formula %q, %v", value, formula, err)
	}
}

// The certificate's sums are the world's, its pages are the packages', and the vendor's request ids stand beside them.
func certifies(t *testing.T, m *month) {
	var c struct {
		Cycle, Status string
		Windows       int
		Incomplete    int `json:"windows_incomplete"`
		Accounts      []struct {
			Dataset, Status, Stored, Amount, Content, Quarantined string
			Announced                                             *string
			Windows                                               []struct {
				Window, Content, Body string
				Error                 *string
				Answers               []struct {
					RequestID string `json:"request_id"`
					SHA256    string
					Rows      string
				}
			} `json:"windows_held"`
		}
	}
	if err := json.Unmarshal(must(os.ReadFile(filepath.Join(m.cfg.Reports, testCycle, "certificate-"+testCycle+".json"))), &c); err != nil {
		t.Fatal(err)
	}
	if c.Cycle != testCycle || c.Status != "complete" || c.Incomplete != 0 || c.Windows != len(m.all("select \"window\" from ops.expected_windows")) {
		t.Errorf("%s is %s with %d windows, %d incomplete", c.Cycle, c.Status, c.Windows, c.Incomplete)
	}
	packages := map[string]string{} // SHA-256 of the page by its window
	a := must(newTracer(&app{}, m.cfg, nil).packages())
	found, _, err := a.List(testCycle)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range found {
		for _, page := range p.Pages {
			packages[p.Window+page.SHA256] = page.RequestID
		}
	}
	pages, paid := 0, decimal.Zero
	for _, account := range c.Accounts {
		if account.Dataset == "consumption_records" && account.Amount != "" {
			paid = paid.Add(decimal.RequireFromString(account.Amount))
		}
		for _, w := range account.Windows {
			for _, p := range w.Answers {
				pages++
				if id, ok := packages[w.Window+p.SHA256]; !ok || id != p.RequestID || id == "" {
					t.Fatalf("window %s: page %s with request id %q; the package says %q", w.Window, p.SHA256, p.RequestID, id)
				}
			}
		}
	}
	if pages != len(packages) {
		t.Errorf("%d pages in the certificate, %d in the packages", pages, len(packages))
	}
	if want := m.one("select cast(sum(payment_amount) as varchar) from source.consumption_records"); !paid.Equal(decimal.RequireFromString(want)) || paid.IsZero() {
		t.Errorf("records of %s in the certificate, %s in the table", paid, want)
	}
}

// An edited list accepts findings; what is wrong with it accepts none, and says in which cells.
func resolvesFromFile(t *testing.T, m *month) {
	path := filepath.Join(m.dir, "edited.xlsx")
	m.wants(t, 0, []string{"findings", "export", path})
	edit := func(change func(set func(cell, value string), rows int)) {
		t.Helper()
		book, err := excelize.OpenFile(path)
		if err != nil {
			t.Fatal(err)
		}
		change(func(cell, value string) {
			if err := book.SetCellStr(findingsSheet[0], cell, value); err != nil {
				t.Fatal(err)
			}
		}, len(must(book.GetRows(findingsSheet[0]))))
		if err := book.Save(); err != nil {
			t.Fatal(err)
		}
	}
	resolve := []string{"findings", "resolve", "--from", path}
	resolutions := func() int { return len(must(load.ReadJournal(m.cfg.Data)).Resolved) }
	m.wants(t, 0, resolve, `^no new reason`)
	var rows int
	edit(func(set func(string, string), n int) {
		rows = n
		set("Z2", "供应商已确认 vendor confirmed\nby mail")
		set("Z3", "known")
		set(fmt.Sprintf("Z%d", n+1), "for whom?")
		set(fmt.Sprintf("A%d", n+2), "=cmd")
		set(fmt.Sprintf("Z%d", n+2), "x")
		set(fmt.Sprintf("A%d", n+3), "00000000000000ff")
		set(fmt.Sprintf("Z%d", n+3), strings.Repeat("长", longestReason+1))
	})
	m.wants(t, 2, resolve, `nothing is accepted`, fmt.Sprintf(`cell 差异明细!A%d: a reason stands in 差异明细!Z%d, and no finding id here`, rows+1, rows+1),
		fmt.Sprintf(`cell 差异明细!A%d: "=cmd" is no finding id`, rows+2), fmt.Sprintf(`cell 差异明细!A%d: there is no finding 00000000000000ff`, rows+3))
	if n := resolutions(); n != 0 {
		t.Fatalf("%d findings were accepted out of a file with faults", n)
	}
	edit(func(set func(string, string), _ int) {
		for i := 1; i <= 3; i++ {
			set(fmt.Sprintf("A%d", rows+i), "")
			set(fmt.Sprintf("Z%d", rows+i), "")
		}
	})
	m.wants(t, 0, resolve, `^accepted: `, `--cycle 2026-10 --offline$`)
	if n := resolutions(); n != 2 {
		t.Fatalf("%d findings are accepted, want 2", n)
	}
	m.wants(t, 0, resolve, `^2 resolutions are unchanged$`)
	if n := resolutions(); n != 2 {
		t.Fatalf("the same file again made %d resolutions of 2", n)
	}
	m.run(RunOptions{Offline: true})
	m.wants(t, 0, []string{"findings", "--status", "resolved"}, `^2 findings: none open$`)
	m.wants(t, 0, resolve, `^no new reason in edited\.xlsx; 2 unchanged$`)

	// Several ids at once; one that is wrong accepts none.
	ids := m.all("select finding_id from recon.finding_list where status = 'new' order by finding_id limit 2")
	m.wants(t, 2, []string{"findings", "resolve", ids[0], "zz", "--reason", "x"}, `finding "zz": there is none`)
	m.wants(t, 2, []string{"findings", "resolve", ids[0]}, `a reason is needed`)
	m.wants(t, 2, []string{"findings", "resolve", "--from", path, "--reason", "x"}, `exclude each other`)
	m.wants(t, 2, []string{"findings", "resolve", "--from", filepath.Join(m.dir, "settle.yaml")}, `this is not an \.xlsx workbook`)
	if n := resolutions(); n != 2 {
		t.Fatalf("wrong commands made resolutions: %d", n)
	}
	m.wants(t, 0, []string{"findings", "resolve", ids[0], ids[1], ids[0], "--reason", "both"})
	if n := resolutions(); n != 4 {
		t.Errorf("%d resolutions, want 4", n)
	}
}

// A package that was touched proves nothing: the explanation ends with an error that names it.
func refusesTouched(t *testing.T, m *month) {
	mark := m.one("select y.short_code || '-' || s.cycle || '-R' || s.revision from settlement.statements as s inner join settlement.parties as y on y.cycle = s.cycle and y.party_id = s.party_id order by 1 limit 1")
	files, err := filepath.Glob(filepath.Join(m.cfg.Data, "packages", testCycle, extract.ConsumptionRecords.Name, "*.zst"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		bytes := must(os.ReadFile(file))
		bytes[len(bytes)/2] ^= 1
		if err := os.WriteFile(file, bytes, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	m.wants(t, 1, []string{"explain", mark, "1"}, `damaged package .*\.zst`)
}
