package main

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	sqlfiles "settle/sql"
)

// finding explains a finding: what it says, what its check asks, and the rows, windows or slices that it is about, down to the raw
// answer of the API.
func (t *tracer) finding(ctx context.Context, id string) error {
	f, err := oneFinding(ctx, t.db, id)
	if err != nil {
		return err
	}
	t.cycle = f.cycle
	f.print(t.out)
	check, err := checkNumbered(f.check)
	if err != nil {
		return err
	}
	if check != nil {
		t.line("")
		t.line("check       sql/checks/%s_%s.sql: %s", check.Number, check.Name, check.Comment)
	}
	if f.status == "closed" {
		return nil
	}
	for _, look := range []func(context.Context, *findingRow) (bool, error){t.ofQuarantine, t.ofWindow, t.ofStatement, t.ofSlices, t.ofRecords} {
		if done, err := look(ctx, f); done || err != nil {
			return err
		}
	}
	if check == nil {
		return nil
	}
	return t.whatWasRead(ctx, f, check)
}

func checkNumbered(number string) (*sqlfiles.File, error) {
	all, err := sqlfiles.Checks()
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].Number == number {
			return &all[i], nil
		}
	}
	return nil, nil // of another version
}

var quarantineSubject = regexp.MustCompile(`^quarantine ([a-z0-9_]+)\.(\S+) of window (\d+)$`)

// mostRaw bounds the raw texts that are shown without --all.
const mostRaw = 3

// ofQuarantine shows records that no table could take, with the place that they came from.
func (t *tracer) ofQuarantine(ctx context.Context, f *findingRow) (bool, error) {
	m := quarantineSubject.FindStringSubmatch(f.subject)
	if m == nil {
		return false, nil
	}
	var places []place
	var reasons []string
	err := textRows(ctx, t.db, func(r []string) error {
		places, reasons = append(places, place{windowID: number(r[0]), rowNo: number(r[1])}), append(reasons, r[2])
		return nil
	}, "select "+asText("q.", []string{"window_id", "row_no", "reason"})+" from source.quarantine as q where q.cycle = $1 and q.dataset = $2 and q.field = $3 and q.window_id = $4 order by q.row_no", f.cycle, m[1], m[2], number(m[3]))
	if err != nil {
		return true, fmt.Errorf("quarantine: %w", err)
	}
	t.line("")
	t.line("unreadable  %d %s of %s", len(places), plural(len(places), "record", "records"), m[1])
	for i, p := range places {
		if i == mostRaw && !t.all {
			t.line("and %d more; --all shows them", len(places)-i)
			break
		}
		t.line("")
		t.line("field       %s: %s", m[2], reasons[i])
		if err := t.prove(ctx, p); err != nil {
			return true, err
		}
	}
	t.line("")
	t.line("way out     1. If the answer was damaged on its way, run the month again: settle run --cycle %s", f.cycle)
	t.line("            2. If it comes again, send the raw text, the request id and the time above to the vendor, who corrects the record")
	t.line("            3. If it has no effect on the money, accept it: settle findings resolve %s --reason TEXT; the party settles without the record", f.id)
	return true, nil
}

// ofWindow shows how a window was announced and stored.
func (t *tracer) ofWindow(ctx context.Context, f *findingRow) (bool, error) {
	name, ok := strings.CutPrefix(f.subject, "window ")
	if !ok {
		return false, nil
	}
	t.line("")
	list := table{head: []string{"window", "announced", "stored", "quarantined", "pages", "run", "fetched (UTC+8)", "error"}, right: []int{1, 2, 3, 4}}
	err := textRows(ctx, t.db, func(r []string) error {
		list.add(r[0], r[1], r[2], r[3], r[4], r[5], businessTime(r[6]), r[7])
		return nil
	}, "select "+asText("", []string{`e."window"`, "w.announced", "w.rows", "w.quarantined", "w.pages", "w.run_id", "w.finished", "e.error"})+` from ops.expected_windows as e
		left join ops.windows as w on w."window" = e."window" where e.cycle = $1 and e."window" = $2`, f.cycle, name)
	if err != nil {
		return true, fmt.Errorf("window %s: %w", name, err)
	}
	list.print(t.out, "")
	return true, t.pages(ctx, `w."window" = $1`, name)
}

// pages lists the answers of windows.
func (t *tracer) pages(ctx context.Context, where string, args ...any) error {
	list := table{head: []string{"page", "rows", "request", "request id", "answered (UTC+8)", "SHA-256"}, right: []int{0, 1}}
	err := textRows(ctx, t.db, func(r []string) error {
		list.add(r[0], r[1], cut(r[2], 90), r[3], businessTime(r[4]), r[5])
		return nil
	}, "select "+asText("p.", []string{"page_no", "rows", "request", "request_id", "fetched_at", "sha256"})+` from ops.window_pages as p
		inner join ops.windows as w on w.window_id = p.window_id where `+where+" order by w.\"window\", p.page_no limit 200", args...)
	if err != nil {
		return fmt.Errorf("pages: %w", err)
	}
	if len(list.rows) > 0 {
		list.print(t.out, "")
	}
	return nil
}

var statementSubject = regexp.MustCompile(`^statement of (\S+): line (\d+)$`)

// ofStatement goes on with the statement's line that a finding names.
func (t *tracer) ofStatement(ctx context.Context, f *findingRow) (bool, error) {
	m := statementSubject.FindStringSubmatch(f.subject)
	if m == nil {
		return false, nil
	}
	mark := ""
	err := textRows(ctx, t.db, func(r []string) error {
		mark = r[0]
		return nil
	}, `select coalesce(s.statement_no, y.short_code || '-' || s.cycle || '-R' || cast(s.revision as varchar)) from settlement.statements as s
		inner join settlement.parties as y on y.cycle = s.cycle and y.party_id = s.party_id where s.cycle = $1 and s.party_id = $2 order by s.revision desc limit 1`, f.cycle, m[1])
	if err != nil || mark == "" {
		return mark != "", err
	}
	t.line("")
	return true, t.statement(ctx, mark, m[2])
}

// row is a row of source as a list of evidence shows it.
type row struct {
	cells []string
	place place
}

// ofSlices shows, for the checks of detail against monthly bill, the parts of the difference and the records and bill rows of the
// slices that differ.
func (t *tracer) ofSlices(ctx context.Context, f *findingRow) (bool, error) {
	if (f.check != "06" && f.check != "07") || f.customer == "" {
		return false, nil
	}
	t.line("")
	parts := table{right: []int{1}}
	err := textRows(ctx, t.db, func(r []string) error {
		for i, name := range tieOutParts {
			if d := plainDecimal(r[i]); d != "0" || name == "difference" || name == "unexplained" {
				parts.add(strings.ReplaceAll(name, "_", " "), d)
			}
		}
		return nil
	}, "select "+asText("o.", tieOutParts)+" from recon.tie_out as o where o.cycle = $1 and o.customer_id = $2 and o.reseller_id = $3", f.cycle, f.customer, f.reseller)
	if err != nil {
		return true, fmt.Errorf("tie-out: %w", err)
	}
	t.line("tie-out     of the account: records less monthly bill, and what explains it")
	parts.print(t.out, "  ")

	// A finding of an explained part is about the slices which have that part.
	part, words := "unexplained", "unexplained rest"
	if f.status == "explained" && slices.Contains(tieOutParts, f.code) {
		part, words = f.code, strings.ReplaceAll(f.code, "_", " ")
	}
	list := table{head: []string{"service", "resource type", "mode", "bill type", "records", "bill", "difference", "explained by", "unexplained"}, right: []int{4, 5, 6, 8}}
	var worst []string // the slice whose rows are shown: service, resource type, mode, bill type, unexplained rest
	err = textRows(ctx, t.db, func(r []string) error {
		list.add(r[0], r[1], r[2], r[3], plainDecimal(r[4]), plainDecimal(r[5]), plainDecimal(r[6]), r[8], plainDecimal(r[7]))
		if worst == nil {
			worst = append([]string{}, r[0], r[1], r[2], r[3], r[7])
		}
		return nil
	}, "select "+asText("s.", []string{"service_type_code", "resource_type_code", "charging_mode", "bill_type", "detail_amount", "bill_amount", "difference", "unexplained", "reason_code"})+`
		from recon.charge_slices as s where s.cycle = $1 and s.customer_id = $2 and s.reseller_id = $3 and s.difference <> 0
			and ($5 <> '07' or ends_with($4, ': names') and s.named_otherwise <> 0
				or ends_with($4, ': ' || coalesce(nullif(s.service_type_code, ''), 'no service') || ', ' || coalesce(nullif(s.resource_type_code, ''), 'no resource type')
					|| ', mode ' || coalesce(nullif(s.charging_mode, ''), '-') || ', bill type ' || s.bill_type))
		order by abs(s.`+part+`) desc, abs(s.difference) desc, s.service_type_code, s.resource_type_code, s.charging_mode, s.bill_type limit 40`, f.cycle, f.customer, f.reseller, f.subject, f.check)
	if err != nil {
		return true, fmt.Errorf("slices: %w", err)
	}
	if worst == nil {
		return false, nil
	}
	t.line("")
	t.line("slices      that differ, the largest %s first", words)
	list.print(t.out, "  ")
	records, err := t.rowsOf(ctx, "select "+asText("r.", []string{"trade_time_date", "resource_id", "bill_detail_type", "payment_amount", "record_key", "window_id", "row_no"})+` from source.consumption_records as r
		where r.cycle = $1 and r.customer_id = $2 and coalesce(r.reseller_id, '') = $3 and coalesce(r.service_type_code, '') = $4 and coalesce(r.resource_type_code, '') = $5 and coalesce(r.charging_mode, '') = $6
			and case when r.bill_detail_type in ('4', '20', '24') then '1' when r.writeoff_amount < 0 then '2' else '0' end = $7 -- as recon.slice_sums has it
		order by abs(r.payment_amount) desc, r.record_key`, f.cycle, f.customer, f.reseller, worst[0], worst[1], worst[2], worst[3])
	if err != nil {
		return true, err
	}
	if err := t.evidence(ctx, "records of the first slice", []string{"charged", "resource", "bill type", "payable", "record"}, 3, records); err != nil {
		return true, err
	}
	// Of several rows the one that is the whole difference comes first, then the largest.
	bills, err := t.rowsOf(ctx, "select "+asText("b.", []string{"cloud_service_type", "resource_type_code", "bill_type", "amount", "charge_mode", "window_id", "row_no"})+` from source.monthly_bills as b
		where b.cycle = $1 and b.customer_id = $2 and coalesce(b.reseller_id, '') = $3 and coalesce(b.cloud_service_type, '') = $4 and coalesce(b.resource_type_code, '') = $5
			and coalesce(b.charge_mode, '') = $6 and coalesce(b.bill_type, '') = $7
		order by case when b.amount = -cast($8 as decimal(38, 8)) then 0 else 1 end, abs(b.amount) desc, b.window_id, b.row_no`, f.cycle, f.customer, f.reseller, worst[0], worst[1], worst[2], worst[3], worst[4])
	if err != nil {
		return true, err
	}
	return true, t.evidence(ctx, "rows of the monthly bill of the first slice", []string{"service", "resource type", "bill type", "amount", "mode"}, 3, bills)
}

// tieOutParts are the columns of recon.tie_out that are shown where they are not 0.
var tieOutParts = []string{"detail_amount", "bill_amount", "difference", "truncation", "late_cycle", "association_change", "referral", "mode_10", "funding_change", "unexplained", "tolerance"}

// ofRecords shows the fee records that a finding names in its subject or detail.
func (t *tracer) ofRecords(ctx context.Context, f *findingRow) (bool, error) {
	// Only keys that are long enough not to stand in a text by chance.
	records, err := t.rowsOf(ctx, "select "+asText("r.", []string{"trade_time_date", "resource_id", "bill_detail_type", "payment_amount", "record_key", "window_id", "row_no"})+` from source.consumption_records as r
		where r.cycle = $1 and ($2 = '' or r.customer_id = $2) and (
			length(r.record_key) >= 6 and (position(r.record_key in $3) > 0 or position(r.record_key in $4) > 0)
			or $3 in ('record ' || r.record_key, 'refund ' || r.record_key)
			or length(coalesce(r.trade_id, '')) >= 6 and position(r.trade_id in $3) > 0 and (length(coalesce(r.resource_id, '')) < 6 or position(r.resource_id in $3) > 0))
		order by r.customer_id, r.record_key`, f.cycle, f.customer, f.subject, f.detail)
	if err != nil || len(records) == 0 {
		return false, err
	}
	return true, t.evidence(ctx, "records that it names", []string{"charged", "resource", "bill type", "payable", "record"}, 3, records)
}

// rowsOf reads rows whose last two columns are window_id and row_no.
func (t *tracer) rowsOf(ctx context.Context, query string, args ...any) (all []row, err error) {
	most := "limit 1000"
	if t.all {
		most = ""
	}
	err = textRows(ctx, t.db, func(r []string) error {
		n := len(r) - 2
		all = append(all, row{append([]string{}, r[:n]...), place{windowID: number(r[n]), rowNo: number(r[n+1])}})
		return nil
	}, query+" "+most, args...)
	if err != nil {
		return nil, fmt.Errorf("evidence: %w", err)
	}
	return all, nil
}

// evidence lists rows, the amount in a column, and proves the first of them.
func (t *tracer) evidence(ctx context.Context, title string, head []string, amount int, rows []row) error {
	t.line("")
	t.line("%s: %d", title, len(rows))
	if len(rows) == 0 {
		return nil
	}
	list := table{head: head, right: []int{amount}}
	for i, r := range rows {
		if i == mostRecords && !t.all {
			break
		}
		r.cells[amount] = plainDecimal(r.cells[amount])
		for n := range r.cells {
			if n != len(r.cells)-1 {
				r.cells[n] = cut(r.cells[n], 40)
			}
		}
		list.add(r.cells...)
	}
	list.print(t.out, "  ")
	if more := len(rows) - mostRecords; more > 0 && !t.all {
		t.line("  and %d more; --all lists them", more)
	}
	prove := rows[:1]
	if title == "records that it names" { // few: each side of the difference is worth seeing
		prove = rows[:min(len(rows), mostRaw)]
	}
	for _, r := range prove {
		t.line("")
		if err := t.prove(ctx, r.place); err != nil {
			return err
		}
	}
	return nil
}

// whatWasRead is the last resort: the packages that the check read about the finding's customer, with their hashes.
func (t *tracer) whatWasRead(ctx context.Context, f *findingRow, check *sqlfiles.File) error {
	if len(check.Needs) == 0 {
		t.line("")
		t.line("it compares tables that settle made itself; settle query shows them, and %s", explainHint(f))
		return nil
	}
	quotedNeeds := make([]string, len(check.Needs))
	for i, n := range check.Needs {
		quotedNeeds[i] = "'" + n + "'" // names of our own files
	}
	list := table{head: []string{"window", "rows", "pages", "run", "SHA-256 of the pages"}, right: []int{1, 2}}
	err := textRows(ctx, t.db, func(r []string) error {
		list.add(r[0], r[1], r[2], r[3], r[4])
		return nil
	}, "select "+asText("w.", []string{`"window"`, "rows", "pages", "run_id", "content"})+` from ops.windows as w
		where w.cycle = $1 and w.dataset in (`+strings.Join(quotedNeeds, ", ")+`) and w.customer_id in ('', $2) and ($3 = '' or w.reseller_id in ('', $3))
		order by w.dataset, w."window" limit 60`, f.cycle, f.customer, f.reseller)
	if err != nil {
		return fmt.Errorf("windows: %w", err)
	}
	t.line("")
	t.line("it was found in these windows; their packages are under %s/packages/%s", t.cfg.Data, f.cycle)
	list.print(t.out, "  ")
	return nil
}

func explainHint(f *findingRow) string {
	if f.party == "" {
		return "settle status --cycle " + f.cycle + " says how the month stands"
	}
	return "settle explain " + strconv.Quote(joinedMark(f)) + " LINE leads a line of the party's statement back to its records"
}

func joinedMark(f *findingRow) string {
	if f.shortCode == "" {
		return f.party + "-" + f.cycle + "-R0"
	}
	return f.shortCode + "-" + f.cycle + "-R0"
}
