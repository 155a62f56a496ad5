package reports

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/shopspring/decimal"

	sqlfiles "settle/sql"
)

// The reconciliation workbook: every source of a month against every other, with each difference explained or open. It is internal, covers all
// parties, whatever the options restrict, and is written last, for its sheet Checks says how the other workbooks came out.
//
// A click leads from a customer on Overview to its row of the tie-out, from there to the slice that differs, and from that to its finding.

// KindReconciliation is the reconciliation workbook.
const KindReconciliation = "reconciliation"

var (
	reconOverviewName = label{"概览", "Overview"}
	reconRunName      = label{"运行信息", "Run"}
)

var reconFindings = sheet{
	name:   label{"差异明细", "Findings"},
	freeze: 2,
	across: 2,
	columns: []column{
		{from: "finding_id", label: label{"异常编号", "Finding ID"}, kind: ident, width: 19},
		{from: "check", label: label{"检查项", "Check"}, kind: words, width: 28},
		{from: "severity", label: label{"级别", "Severity"}, kind: words, width: 14, codes: severities, tint: severityTints},
		{from: "customer", label: label{"客户", "Customer"}, kind: words, width: 24},
		{from: "customer_id", label: label{"客户账号ID", "Customer ID"}, kind: ident, width: 18},
		{from: "cycle", label: label{"账期", "Cycle"}, kind: text, width: 9},
		{from: "subject", label: label{"键值", "Key"}, kind: words, width: 32},
		{from: "left_source", label: label{"左侧来源", "Left source"}, kind: words, width: 17},
		{from: "left_amount", label: label{"左侧金额", "Left amount"}, kind: side, width: 16},
		{from: "right_source", label: label{"右侧来源", "Right source"}, kind: words, width: 17},
		{from: "right_amount", label: label{"右侧金额", "Right amount"}, kind: side, width: 16},
		{from: "difference", label: label{"差额", "Difference"}, kind: side, width: 14},
		{from: "tolerance", label: label{"容差", "Tolerance"}, kind: side, width: 11},
		{from: "status", label: label{"状态", "Status"}, kind: words, width: 13, codes: findingStates, tint: stateTints},
		{from: "first_seen", label: label{"首次发现 (GMT+8)", "First seen"}, kind: instant, width: 17},
		{from: "age_days", label: label{"天数", "Age, days"}, kind: count, width: 7},
		{from: "reason_code", label: label{"原因码", "Reason code"}, kind: words, width: 15, codes: reasonCodes},
		{from: "why", label: label{"原因与明细", "Why, and detail"}, kind: words, width: 52},
		{from: "action", label: label{"建议动作", "Suggested action"}, kind: words, width: 46},
		{from: "owner", label: label{"责任岗位", "Owner"}, kind: words, width: 13, codes: owners},
		{from: "resolution", label: label{"处理备注（在此填写）", "Resolution"}, kind: words, width: 36, fill: paleYellow},
		{from: "says", label: label{"内容码", "Says"}, kind: ident, width: 18},
	},
}

// reconExplained are the findings that the rounding model and its like explain: nobody has to work on them. Their differences are not added up: some are
// points or quantities, and the same money is explained to several checks.
var reconExplained = func() sheet {
	s := sheet{name: label{"已自动解释", "Explained"}, freeze: 2, across: 2}
	for _, c := range reconFindings.columns {
		switch c.from {
		case "resolution", "status", "action", "owner", "age_days":
			continue
		}
		s.columns = append(s.columns, c)
	}
	return s
}()

var reconClosed = sheet{
	name:   label{"已关闭", "Closed"},
	freeze: 2,
	columns: []column{
		{from: "finding_id", label: label{"异常编号", "Finding ID"}, kind: ident, width: 19},
		{from: "check", label: label{"检查项", "Check"}, kind: words, width: 30},
		{from: "severity", label: label{"级别", "Severity"}, kind: words, width: 14, codes: severities, tint: severityTints},
		{from: "customer", label: label{"客户", "Customer"}, kind: words, width: 26},
		{from: "customer_id", label: label{"客户账号ID", "Customer ID"}, kind: ident, width: 20},
		{from: "subject", label: label{"键值", "Key"}, kind: words, width: 36},
		{from: "difference", label: label{"当时差额", "Difference then"}, kind: side, width: 15},
		{from: "first_seen", label: label{"首次发现 (GMT+8)", "First seen"}, kind: instant, width: 18},
		{from: "closed_at", label: label{"关闭时间 (GMT+8)", "Closed at"}, kind: instant, width: 18},
		{from: "age_days", label: label{"历时天数", "Days open"}, kind: count, width: 9},
		{from: "closed_by_run", label: label{"关闭批次", "Closed by run"}, kind: ident, width: 24},
		{from: "reason", label: label{"原因", "Reason"}, kind: words, width: 30},
	},
}

var reconChecks = sheet{
	name:   label{"检查", "Checks"},
	freeze: 1,
	columns: []column{
		{from: "check", label: label{"检查项", "Check"}, kind: words, width: 46},
		{from: "own_severity", label: label{"级别", "Severity"}, kind: words, width: 14, codes: severities},
		{from: "worst", label: label{"本月最高", "Worst found"}, kind: words, width: 14, codes: severities, tint: severityTints},
		{from: "status", label: label{"结果", "Result"}, kind: words, width: 12, codes: checkStates, tint: checkTints},
		{from: "findings", label: label{"差异数", "Findings"}, kind: count, width: 10, sum: true},
		{from: "explained", label: label{"已解释", "Explained"}, kind: count, width: 10, sum: true},
		{from: "owner", label: label{"责任岗位", "Owner"}, kind: words, width: 16, codes: owners},
		{from: "reason", label: label{"说明 / 未执行原因", "Remark, or why not run"}, kind: words, width: 60},
	},
}

var reconCertificate = sheet{
	name:   label{"完整性证书", "Certificate"},
	freeze: 2,
	columns: []column{
		{from: "dataset", label: label{"数据集", "Dataset"}, kind: text, width: 24},
		{from: "customer_name", label: label{"客户", "Customer"}, kind: words, width: 24},
		{from: "customer_id", label: label{"客户账号ID", "Customer ID"}, kind: ident, width: 20},
		{from: "reseller_id", label: label{"二级经销商", "Reseller"}, kind: ident, width: 14},
		{from: "status", label: label{"状态", "Status"}, kind: words, width: 11, codes: certificateStates, tint: map[string]string{"incomplete": paleRed, "skipped": paleGrey}},
		{from: "windows", label: label{"应有窗口", "Windows"}, kind: count, width: 9, sum: true},
		{from: "windows_stored", label: label{"已取窗口", "Stored"}, kind: count, width: 9, sum: true},
		{from: "windows_skipped", label: label{"按规则略过", "Skipped"}, kind: count, width: 9, sum: true},
		{from: "pages", label: label{"页数", "Pages"}, kind: count, width: 8, sum: true},
		{from: "announced", label: label{"接口声明", "Announced"}, kind: count, width: 11, sum: true},
		{from: "stored", label: label{"入库", "Stored rows"}, kind: count, width: 11, sum: true},
		{from: "quarantined", label: label{"隔离", "Quarantined"}, kind: count, width: 10, sum: true},
		{from: "duplicates", label: label{"重复", "Duplicates"}, kind: count, width: 9, sum: true},
		{from: "amount", label: label{"金额合计", "Sum of amounts"}, kind: exact, width: 19},
		{from: "official_amount", label: label{"官网价合计", "Sum of list prices"}, kind: exact, width: 19},
		{from: "last_fetched", label: label{"取数时间 (GMT+8)", "Fetched"}, kind: instant, width: 17},
		{from: "content", label: label{"内容哈希 SHA-256", "Content hash"}, kind: ident, width: 34},
	},
}

var certificateStates = map[string]label{
	"complete":   {"完整", "Complete"},
	"incomplete": {"不完整", "Incomplete"},
	"skipped":    {"略过", "Skipped"},
}

var reconRadar = sheet{
	name:   label{"雷达", "Radar"},
	freeze: 1,
	columns: []column{
		{from: "words", label: label{"发现", "What is new"}, kind: words, width: 60},
		{from: "kind", label: label{"类别", "Kind"}, kind: words, width: 18, codes: radarKinds},
		{from: "field", label: label{"字段", "Field"}, kind: ident, width: 34},
		{from: "value", label: label{"值", "Value"}, kind: ident, width: 26},
		{from: "expected", label: label{"以往", "Expected"}, kind: words, width: 26},
		{from: "actual", label: label{"现在", "Now"}, kind: words, width: 26},
		{from: "record_count", label: label{"涉及行数", "Rows"}, kind: count, width: 11},
		{from: "known_since", label: label{"首见账期", "Known since"}, kind: text, width: 11},
		{from: "is_new", label: label{"本期新出现", "New this cycle"}, kind: words, width: 11, codes: yesNo, tint: map[string]string{"yes": paleYellow}},
	},
}

var radarKinds = map[string]label{
	"field":        {"新字段", "Field"},
	"value":        {"新枚举值", "Value"},
	"code":         {"未知编码", "Code"},
	"unit":         {"未知单位", "Unit"},
	"listed":       {"新入清单", "Listed"},
	"changed_unit": {"换算变化", "Changed unit"},
	"precision":    {"精度变化", "Precision"},
}

// reconData is what the reconciliation workbook is made of. A table is nil where the snapshot was made by a program that did not know it.
type reconData struct {
	open, explained, closed                  *table // of the findings
	customers, slices, left, right, formulas *table
	bill                                     *table // the imported partner bill against the records; no rows: none was imported
	checks, certificate, radar, run          *table
}

// missingLabel stands where a snapshot of an older program has no data.
var missingLabel = label{"此快照由较早版本生成，没有这些数据；settle run 重新生成", "This snapshot was made by an older version and does not hold these data; settle run makes a new one"}

func readRecon(ctx context.Context, db Queryer, m *month) (*reconData, error) {
	d := &reconData{}
	objects, err := objectsOf(ctx, db)
	if err != nil {
		return nil, err
	}
	var findings, all *table
	for _, q := range []struct {
		into *(*table)
		name string
		of   []string // what it reads; later programs have more
	}{
		{&findings, "recon_findings", []string{"recon.finding_list"}},
		{&d.checks, "recon_checks", []string{"recon.checks"}},
		{&d.customers, "recon_customers", []string{"recon.tie_out", "recon.finding_list"}},
		{&all, "recon_slices", []string{"recon.charge_slices", "recon.tie_out"}},
		{&d.formulas, "recon_formulas", []string{"recon.tie_out"}},
		{&d.bill, "recon_partner_bill", []string{"recon.partner_bridge"}},
		{&d.certificate, "recon_certificate", []string{"ops.certificate"}},
		{&d.radar, "recon_radar", []string{"recon.radar"}},
		{&d.run, "recon_run", []string{"ops.settled", "ops.expected_windows", "ops.windows", "recon.tie_out"}},
	} {
		if slices.ContainsFunc(q.of, func(name string) bool { return !objects[name] }) {
			continue
		}
		if *q.into, err = read(ctx, db, q.name, m.cycle); err != nil {
			return nil, err
		}
	}
	if findings != nil {
		if findings, err = withSides(findings); err != nil {
			return nil, err
		}
		state := func(r record) string { return r.get("status") }
		d.open = findings.where(func(r record) bool { s := state(r); return s != "explained" && s != "closed" })
		d.explained = findings.where(func(r record) bool { return state(r) == "explained" })
		d.closed = findings.where(func(r record) bool { return state(r) == "closed" })
	}
	if d.checks != nil {
		if d.checks, err = withSeverities(d.checks); err != nil {
			return nil, err
		}
	}
	if d.bill != nil {
		if d.bill, err = withFindingsOfBill(d.bill, d.open, d.explained); err != nil {
			return nil, err
		}
	}
	if all != nil {
		about := findingsOf(d.explained, d.open)
		if all, err = all.with([]string{"finding_id"}, func(r record) ([]string, error) { return []string{about.of(r)}, nil }); err != nil {
			return nil, err
		}
		d.slices = all.where(func(r record) bool { return !isZero(r.get("difference")) || !isZero(r.get("named_otherwise")) })
		d.left = all.where(func(r record) bool { return r.get("matched") == "detail" && !isZero(r.get("detail_amount")) })
		d.right = all.where(func(r record) bool { return r.get("matched") == "bill" && !isZero(r.get("bill_amount")) })
	}
	return d, nil
}

// withSeverities names each check, and says beside its own severity the worst that it found.
func withSeverities(checks *table) (*table, error) {
	files, err := sqlfiles.Checks()
	if err != nil {
		return nil, err
	}
	own := map[string]string{}
	for _, f := range files {
		own[f.Number] = f.Severity
	}
	return checks.with([]string{"check", "own_severity", "worst"}, func(r record) ([]string, error) {
		id, found := r.get("check_id"), r.get("severity")
		severity, worst := own[id], ""
		if severity == "" { // a check that this version does not have
			severity = found
		}
		if whole(r.get("findings")) > 0 {
			worst = found
		}
		return []string{checkName(id, r.get("title")), severity, worst}, nil
	})
}

// objectsOf are the tables and views of the schemas that this workbook reads.
func objectsOf(ctx context.Context, db Queryer) (map[string]bool, error) {
	t, err := read(ctx, db, "recon_objects")
	if err != nil {
		return nil, err
	}
	all := map[string]bool{}
	for i := range t.rows {
		all[t.cell(i, 0)] = true
	}
	return all, nil
}

// withSides says of a finding whose it is, what both sides say, why and, in both languages, what to do. Left is what was found, right what it is held against: where both are
// amounts, the difference is left less right, less what other findings explain of it.
func withSides(t *table) (*table, error) {
	return t.with([]string{"check", "customer", "left_source", "left_amount", "right_source", "right_amount", "why", "action"}, func(r record) ([]string, error) {
		leftSource, left := sideOf(r.get("actual"))
		rightSource, right := sideOf(r.get("expected"))
		customer := r.get("party_name")
		if name := r.get("customer_name"); name != "" && name != customer {
			customer = strings.TrimPrefix(customer+" / "+name, " / ")
		}
		why := r.get("reason")
		if d := r.get("detail"); d != "" {
			why = strings.TrimPrefix(why+"; "+d, "; ")
		}
		why = label{reasonTexts[r.get("reason_code")], why}.in(both)
		return []string{checkName(r.get("check_id"), r.get("title")), customer, leftSource, left, rightSource, right, why, actionOf(r)}, nil
	})
}

// sideOf parts what a check says of one side, "monthly bill 12.50", into the source and its amount. A side without a number at its end
// is all source; a bare number is all amount.
func sideOf(text string) (source, amount string) {
	i := strings.LastIndexFunc(text, unicode.IsSpace) + 1
	if _, err := decimal.NewFromString(text[i:]); err != nil || strings.ContainsAny(text[i:], "eE") {
		return text, ""
	}
	return strings.TrimSpace(text[:i]), text[i:]
}

// where keeps some rows.
func (t *table) where(keep func(record) bool) *table {
	out := &table{name: t.name, columns: t.columns}
	var text strings.Builder
	for row := range t.rows {
		if !keep(record{t, row}) {
			continue
		}
		for c := range t.columns {
			text.WriteString(t.cell(row, c))
			out.ends = append(out.ends, uint32(text.Len()))
		}
		out.rows++
	}
	out.text = text.String()
	return out
}

func writeReconciliation(ctx context.Context, db Queryer, m *month, o Options, dir folder) (File, error) {
	d, err := readRecon(ctx, db, m)
	if err != nil {
		return File{}, err
	}
	if err := d.addReadBack(dir.seen); err != nil {
		return File{}, err
	}
	want, err := wantRecon(ctx, db, m, o, d)
	if err != nil {
		return File{}, err
	}
	name := "reconciliation-" + m.cycle + ".xlsx"
	aside, err := dir.keepEdited(name)
	if err != nil {
		return File{}, err
	}
	if aside != "" {
		o.Log.Warn("the reconciliation workbook was edited since it was written and is kept beside the new one; settle findings resolve --from reads the reasons in it", "file", aside)
	}
	f, err := dir.expecting(want).write(name, func(out io.Writer) error {
		return writeReconBook(ctx, m, o, d, out)
	})
	f.Kind = KindReconciliation
	return f, err
}

// reconBook is the workbook while its sheets are written.
type reconBook struct {
	*book
	options Options
	month   *month
	data    *reconData
	tables  map[string]pages // where each table's rows stand, by the sheet's Chinese name
	links   reconLinks
}

// reconTable is a table sheet and its rows.
type reconTable struct {
	decl sheet
	rows *table
}

func (d *reconData) tables() []reconTable {
	return []reconTable{
		{reconFindings, d.open}, {reconTieOut, d.customers}, {reconSlices, d.slices}, {reconLeft, d.left}, {reconRight, d.right},
		{reconBill, d.bill}, {reconExplained, d.explained}, {reconClosed, d.closed}, {reconChecks, d.checks}, {reconCertificate, d.certificate}, {reconRadar, d.radar},
	}
}

func writeReconBook(ctx context.Context, m *month, o Options, d *reconData, out io.Writer) error {
	all := d.tables()
	names := []string{reconOverviewName.in(both)}
	r := &reconBook{options: o, month: m, data: d, tables: map[string]pages{}}
	for _, t := range all {
		rows := 0
		if t.rows != nil {
			rows = t.rows.rows
		}
		p := pages{names: t.decl.sheetNames(both, rows, o.maxRows), most: o.maxRows}
		r.tables[t.decl.name.zh] = p
		names = append(names, p.names...)
	}
	names = append(names, reconRunName.in(both))
	var err error
	r.book, err = newBook(o, both, frame{
		title:   label{"对账工作簿", "Reconciliation"}.in(both) + " " + m.cycle,
		subject: m.cycle,
		who:     o.Seller.name() + "  " + m.cycle,
		mark:    internalMark.in(both) + "  reconciliation-" + m.cycle,
		draft:   m.draft,
		author:  clean(o.Seller.name()),
	}, names)
	if err != nil {
		return err
	}
	defer r.book.close()
	r.link()
	for _, t := range all {
		if err := r.writeLinked(ctx, t); err != nil {
			return err
		}
	}
	if err := r.writeOverview(); err != nil {
		return fmt.Errorf("sheet %s: %w", reconOverviewName.en, err)
	}
	if err := r.writeNotesOn(reconRunName.in(both), reconNotes(m, o, d)); err != nil {
		return fmt.Errorf("sheet %s: %w", reconRunName.en, err)
	}
	return r.save(out, o.TmpDir)
}

// writeLinked writes a table, over several sheets where it is long, with the links of its columns.
func (r *reconBook) writeLinked(ctx context.Context, t reconTable) error {
	p := r.tables[t.decl.name.zh]
	decl := r.linksOf(t.decl)
	if t.rows == nil {
		w, err := r.openSheet(decl, p.names[0], 0)
		if err != nil {
			return fmt.Errorf("sheet %s: %w", t.decl.name.en, err)
		}
		w.empty = missingLabel
		_, err = w.finish(nil)
		return err
	}
	at, err := decl.places(t.rows)
	if err != nil {
		return err
	}
	var done []*written
	for i, name := range p.names {
		w, err := r.openSheet(decl, name, i*p.most)
		if err != nil {
			return fmt.Errorf("sheet %s: %w", t.decl.name.en, err)
		}
		if t.decl.name == reconBill.name {
			w.empty = notImported
		}
		for row := i * p.most; row < min((i+1)*p.most, t.rows.rows); row++ {
			if row%1024 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			if err := w.add(t.rows, row, at); err != nil {
				return fmt.Errorf("sheet %s: %w", t.decl.name.en, err)
			}
		}
		out, err := w.finish(done)
		if err != nil {
			return fmt.Errorf("sheet %s: %w", t.decl.name.en, err)
		}
		done = append(done, out)
	}
	return nil
}

// addReadBack says on Checks how the workbooks came out that were written before this one. What stands in manifest.json is not repeated: the
// sheet is the same, however many workbooks this command writes.
func (d *reconData) addReadBack(seen *readBack) (err error) {
	if d.checks == nil || seen == nil {
		return nil
	}
	d.checks, err = d.checks.with([]string{"status", "findings", "worst", "reason"}, func(r record) ([]string, error) {
		if r.get("check_id") != "36" {
			return []string{r.get("status"), r.get("findings"), r.get("worst"), r.get("reason")}, nil
		}
		if len(seen.failed) == 0 {
			return []string{"pass", "0", "", label{"每个工作簿写出后读回，合计与数据库一致；逐文件结果见 manifest.json", "each workbook was read back after it was written and equals the database; see manifest.json"}.in(both)}, nil
		}
		var all []string
		for _, m := range seen.failed {
			all = append(all, m.Error())
		}
		return []string{"fail", strconv.Itoa(len(all)), r.get("own_severity"), strings.Join(all, "; ")}, nil
	})
	return err
}

// whole reads a count of the database.
func whole(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}
