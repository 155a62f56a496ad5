package reports

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"

	"github.com/shopspring/decimal"
)

// The internal twin of a statement: the same month of the same party with what it cost, what it brings, what the checks found about it and
// with which reason it was accepted. It goes to <cycle>/internal and to nobody outside. A party has one where somebody has to work on a
// finding of it or accepted one; all have with Options.Internal.

// KindInternal is a statement's internal twin.
const KindInternal = "internal"

const internalFolder = "internal"

var twinServices = sheet{
	name:   label{"分产品", "By service"},
	freeze: 2,
	columns: []column{
		{from: "kind", label: label{"类别", "Kind"}, kind: words, width: 14, codes: lineKinds},
		{from: "service_type_name", label: label{"云服务", "Service"}, kind: words, width: 26},
		{from: "region_name", label: label{"区域", "Region"}, kind: words, width: 17},
		{from: "charging_mode", label: label{"计费模式", "Charging mode"}, kind: words, width: 19, codes: chargingModes},
		{from: "official_amount", label: label{"官网价", "List amount"}, kind: money, width: 15, sum: true},
		{from: "discount_amount", label: label{"云平台优惠", "Vendor discount"}, kind: money, width: 14, sum: true},
		{from: "truncated_amount", label: label{"抹零", "Truncated"}, kind: money, width: 11, sum: true},
		{from: "payable_amount", label: label{"应付（华为云）", "Cloud payable"}, kind: money, width: 15, sum: true},
		{from: "cost_excl_tax", label: label{"应付（不含税）", "Payable excl. tax"}, kind: money, width: 15, sum: true},
		{from: "settled_excl_tax", label: label{"结算（不含税）", "Settled excl. tax"}, kind: money, width: 15, sum: true},
		{from: "margin_amount", label: label{"毛利", "Gross margin"}, kind: money, width: 14, sum: true},
		{from: "margin_rate", label: label{"毛利率", "Margin %"}, kind: share, width: 10, per: quotient{part: "margin_amount", whole: "settled_excl_tax"}},
		{from: "record_count", label: label{"笔数", "Lines"}, kind: count, width: 10, sum: true},
	},
}

var twinDetail = sheet{
	name:   label{"消费明细", "Detail"},
	freeze: 2,
	across: 2,
	columns: []column{
		{label: label{"序号", "No."}, kind: ordinal, width: 7},
		{from: "service_type_name", label: label{"云服务", "Service"}, kind: words, width: 18},
		{from: "kind", label: label{"类别", "Kind"}, kind: words, width: 10, codes: lineKinds},
		{from: "customer_account_name", label: label{"账号名", "Account"}, kind: words, width: 18},
		{from: "customer_id", label: label{"账号ID", "Account ID"}, kind: ident, width: 18},
		{from: "resource_type_name", label: label{"资源类型", "Resource type"}, kind: words, width: 14},
		{from: "region_name", label: label{"区域", "Region"}, kind: words, width: 13},
		{from: "resource_id", label: label{"资源ID", "Resource ID"}, kind: ident, width: 18},
		{from: "charging_mode", label: label{"计费模式", "Charging mode"}, kind: words, width: 15, codes: chargingModes},
		{from: "bill_detail_type", label: label{"账单类型", "Bill type"}, kind: words, width: 12, codes: billTypes},
		{from: "consume_from", label: label{"消费开始 (GMT+8)", "Usage from"}, kind: instant, width: 17},
		{from: "official_amount", label: label{"官网价", "List amount"}, kind: exact, width: 17, sum: true},
		{from: "discount_amount", label: label{"云平台优惠", "Vendor discount"}, kind: exact, width: 17, sum: true},
		{from: "truncated_amount", label: label{"抹零", "Truncated"}, kind: exact, width: 13, sum: true},
		{from: "payable_amount", label: label{"应付（华为云）", "Cloud payable"}, kind: exact, width: 17, sum: true},
		{from: "rule_id", label: label{"计价规则", "Rule"}, kind: ident, width: 10},
		{from: "charge_amount", label: label{"结算金额", "Settlement amount"}, kind: exact, width: 17, sum: true},
		{from: "margin_amount", label: label{"毛利", "Margin"}, kind: exact, width: 16, sum: true},
		{from: "line_id", label: label{"明细行", "Line"}, kind: ident, width: 20},
	},
}

var twinFindings = sheet{
	name:   label{"差异与处理", "Findings"},
	freeze: 2,
	across: 2,
	columns: []column{
		{from: "finding_id", label: label{"异常编号", "Finding ID"}, kind: ident, width: 19},
		{from: "check", label: label{"检查项", "Check"}, kind: words, width: 30},
		{from: "severity", label: label{"级别", "Severity"}, kind: words, width: 14, codes: severities, tint: severityTints},
		{from: "status", label: label{"状态", "Status"}, kind: words, width: 13, codes: twinStates, tint: stateTints},
		{from: "customer_id", label: label{"客户账号ID", "Customer ID"}, kind: ident, width: 18},
		{from: "subject", label: label{"键值", "Key"}, kind: words, width: 34},
		{from: "difference", label: label{"差额", "Difference"}, kind: side, width: 14},
		{from: "reason_code", label: label{"原因码", "Reason code"}, kind: words, width: 15, codes: reasonCodes},
		{from: "why", label: label{"原因与明细", "Why, and detail"}, kind: words, width: 46},
		{from: "owner", label: label{"责任岗位", "Owner"}, kind: words, width: 14, codes: owners},
		{from: "first_seen", label: label{"首次发现 (GMT+8)", "First seen"}, kind: instant, width: 17},
		{from: "resolution", label: label{"接受原因", "Resolution"}, kind: words, width: 36},
		{from: "resolved_at", label: label{"接受时间 (GMT+8)", "Accepted at"}, kind: instant, width: 17},
		{from: "resolved_by", label: label{"操作人", "Accepted by"}, kind: text, width: 14},
	},
}

// writeTwins writes the internal twins that are wanted and removes those that no longer are; the twins of issued revisions stay.
func writeTwins(ctx context.Context, db Queryer, m *month, o Options, dir folder) ([]File, error) {
	if objects, err := objectsOf(ctx, db); err != nil || !objects["recon.finding_list"] {
		return nil, err
	}
	t, err := read(ctx, db, "recon_twins", m.cycle)
	if err != nil {
		return nil, err
	}
	keepers := map[string]bool{}
	issued := map[string]int{} // revisions up to here are, by short code
	var all []party
	for i := range t.rows {
		r := record{t, i}
		p, err := readParty(r)
		if err != nil {
			return nil, err
		}
		p.lang = both // it is our own paper
		issued[p.shortCode] = p.number() - 1
		if p.issued() {
			issued[p.shortCode]++
		}
		if !o.Internal && r.get("wanted") != "yes" {
			continue
		}
		name, err := p.twinName(m.cycle)
		if err != nil {
			return nil, err
		}
		keepers[name] = true
		all = append(all, p)
	}
	if err := dir.prepareFolder(internalFolder); err != nil {
		return nil, err
	}
	if err := dir.sweepTwins(keepers, issued); err != nil {
		return nil, err
	}
	chosen, err := chooseOf(ctx, db, all, o)
	if err != nil {
		return nil, err
	}
	var files []File
	for _, b := range bundles(chosen, o.sliceRows) {
		made, err := writeTwinBundle(ctx, db, m, o, dir, b)
		files = append(files, made...)
		if err != nil {
			return files, err
		}
	}
	return files, nil
}

// twinName takes a twin's file name apart.
var twinName = regexp.MustCompile(`^INTERNAL-([A-Za-z0-9_-]{1,32})-[0-9]{4}-[0-9]{2}-R([0-9]+)\.xlsx$`)

// sweepTwins removes twins of drafts that are not wanted any more.
func (d folder) sweepTwins(keepers map[string]bool, issued map[string]int) error {
	entries, err := os.ReadDir(d.path(internalFolder))
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := twinName.FindStringSubmatch(e.Name())
		if name == nil || keepers[e.Name()] || !e.Type().IsRegular() {
			continue
		}
		revision, _ := strconv.Atoi(name[2]) // digits
		if last, known := issued[name[1]]; known && revision <= last {
			continue
		}
		if err := os.Remove(filepath.Join(d.path(internalFolder), e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// twinData is what the twins of a bundle are made of.
type twinData struct {
	services, findings, want *table
	detail                   *source
}

func writeTwinBundle(ctx context.Context, db Queryer, m *month, o Options, dir folder, b bundle) ([]File, error) {
	from, to, revision := b.parties[0].id, b.parties[len(b.parties)-1].id, b.parties[0].number()
	d := twinData{}
	var err error
	if d.services, err = read(ctx, db, "recon_twin_services", m.cycle, from, to, revision); err != nil {
		return nil, err
	}
	if d.findings, err = read(ctx, db, "recon_twin_findings", m.cycle, from, to); err != nil {
		return nil, err
	}
	if d.want, err = readCheck(ctx, db, "36", m.cycle, from, to, revision); err != nil {
		return nil, err
	}
	if d.findings, err = withSides(d.findings); err != nil {
		return nil, err
	}
	if d.services, err = d.services.with([]string{"margin_rate"}, func(r record) ([]string, error) {
		v, err := amounts(r, "margin_amount", "settled_excl_tax")
		if err != nil {
			return nil, err
		}
		return []string{ratio(v[0], v[1])}, nil
	}); err != nil {
		return nil, err
	}
	groups, err := sliceGroups(ctx, db, m, o, b)
	if err != nil {
		return nil, err
	}
	d.detail = &source{query: "recon_twin_detail", args: []any{m.cycle, from, to, revision}, db: db,
		chunks: cut(groups, chunkSlices*o.sliceRows, func(n rowCounts) int { return n.detail })}
	if groups != nil {
		d.detail.step = min(o.sliceRows, largeRows)
		if many, ok := db.(connector); ok {
			conn, err := many.Conn(ctx)
			if err != nil {
				return nil, err
			}
			defer conn.Close()
			d.detail.db = conn
		}
	}
	var files []File
	for _, p := range b.parties {
		name, err := p.twinName(m.cycle)
		if err != nil {
			return files, err
		}
		want, err := wantTwin(d.want, p, o)
		if err != nil {
			return files, fmt.Errorf("internal twin of %s: %w", p.id, err)
		}
		f, err := dir.expecting(want).write(filepath.Join(internalFolder, name), func(out io.Writer) error {
			return writeTwin(ctx, m, o, d, p, out)
		})
		if err := dir.seen.note(err); err != nil {
			return files, fmt.Errorf("internal twin of %s: %w", p.id, err)
		}
		if f.Path != "" {
			f.PartyID, f.Kind = p.id, KindInternal
			files = append(files, f)
		}
	}
	return files, nil
}

// wantTwin is what a twin must say: the sums of its lines, and the statement's.
func wantTwin(t *table, p party, o Options) ([]wanted, error) {
	for r := range t.records(p.id) {
		v, err := amounts(r, "amount_excl_tax", "amount_incl_tax", "detail_charge", "detail_payable")
		if err != nil {
			return nil, err
		}
		services, names := []string{twinServices.sheetName(both, 1)}, twinDetail.sheetNames(both, p.held.detail, o.maxRows)
		rows := whole(r.get("detail_rows"))
		return []wanted{
			{sheets: []string{summaryName.in(both)}, header: totalInclLabel.in(both), column: 4, value: v[1]},
			wantSum(twinServices, both, services, "settled_excl_tax", -1, v[0]),
			wantSum(twinServices, both, services, "payable_amount", -1, v[3]),
			wantSum(twinDetail, both, names, "charge_amount", rows, v[2]),
			wantSum(twinDetail, both, names, "payable_amount", rows, v[3]),
		}, nil
	}
	return nil, fmt.Errorf("query %s does not know the party", t.name)
}

func writeTwin(ctx context.Context, m *month, o Options, d twinData, p party, out io.Writer) error {
	names := append([]string{summaryName.in(both), twinServices.sheetName(both, 1)}, twinDetail.sheetNames(both, p.held.detail, o.maxRows)...)
	names = append(names, twinFindings.sheetName(both, 1), notesName.in(both))
	b, err := newBook(o, both, frame{
		title:   label{"客户结算单（内部）", "Settlement Statement, internal twin"}.in(both) + " " + m.cycle,
		subject: clean(p.name),
		who:     p.name + "  " + m.cycle,
		mark:    internalMark.in(both) + "  " + p.mark() + "  " + p.shortCode + "-" + m.cycle + "-R" + p.revision,
		draft:   m.draft,
		author:  clean(o.Seller.name()),
	}, names)
	if err != nil {
		return err
	}
	defer b.close()
	services, err := b.writeTable(ctx, twinServices, d.services, p.id)
	if err != nil {
		return err
	}
	if _, err := b.writeLong(ctx, twinDetail, d.detail, p.id, p.held.detail, o.maxRows, nil); err != nil {
		return err
	}
	if _, err := b.writeTable(ctx, twinFindings, d.findings, p.id); err != nil {
		return err
	}
	if err := b.writeTwinSummary(m, o, d, p, services); err != nil {
		return fmt.Errorf("sheet %s: %w", names[0], err)
	}
	if err := b.writeNoteSheet(twinNotes(m, o)); err != nil {
		return fmt.Errorf("sheet %s: %w", names[len(names)-1], err)
	}
	return b.save(out, o.TmpDir)
}

// mostResolutions is how many accepted findings stand on the first page.
const mostResolutions = 12

// writeTwinSummary is the first page: from the list amount over the cost to the margin, and what was found and accepted.
func (b *book) writeTwinSummary(m *month, o Options, d twinData, p party, services *written) error {
	g, err := b.uprightPage(summaryName.in(both), summaryWidths)
	if err != nil {
		return err
	}
	g.letterhead(label{"客户结算单（内部）", "Settlement Statement, internal twin"}, o)
	g.line(16, put{column: 1, span: 7, look: look{color: alarm, bold: true, align: "center", middle: true}, value: internalMark.in(both)})
	for _, line := range [][2]string{
		{label{"结算单号", "Statement no."}.in(both), p.mark() + "   R" + p.revision}, {label{"账期", "Period"}.in(both), m.cycle},
		{label{"结算对象", "Party"}.in(both), clean(p.name)}, {label{"状态", "Status"}.in(both), p.statusLabel().in(both)},
	} {
		g.line(16, put{column: 1, value: line[0], look: look{color: grey, middle: true}}, put{column: 2, span: 6, value: line[1], look: look{size: 10, middle: true}})
	}
	g.gap()
	g.bridgeHeader()
	show := func(name label, v decimal.Decimal, formula string, remark label, strong bool) {
		g.bridgeRow(name, v, formula, remark, strong)
	}
	of := func(from string) (decimal.Decimal, string) { return services.sums[from], services.total(from) }
	list, f := of("official_amount")
	show(label{"官网价合计", "List amount"}, list, f, label{}, false)
	discount, f := of("discount_amount")
	show(label{"减：云平台优惠", "Less: vendor discount"}, discount, f, label{}, false)
	cut, f := of("truncated_amount")
	show(label{"减：抹零", "Less: truncated"}, cut, f, label{}, false)
	payable, f := of("payable_amount")
	show(label{"应付金额（华为云）", "Cloud payable"}, payable, f, label{"官网价 − 优惠 − 抹零", "list − discount − truncated"}, true)
	cost, f := of("cost_excl_tax")
	show(label{"应付金额（不含税）", "Payable excl. tax"}, cost, f, label{}, false)
	settled, f := of("settled_excl_tax")
	show(label{"结算金额（不含税）", "Settlement excl. tax"}, settled, f, label{"= 客户版结算单", "= the customer's edition"}, true)
	show(label{"税额", "Tax"}, p.taxAmount, "", label{}, false)
	show(totalInclLabel, p.amountInclTax, "", label{}, true)
	left, f := of("margin_amount")
	rate := ""
	if text := ratio(left, settled); text != "" {
		v, _ := decimal.NewFromString(text)
		rate = plain(v.Shift(2).String()) + "%"
	}
	show(label{"毛利", "Gross margin"}, left, f, label{"毛利率 " + rate, "margin " + rate}, true)
	g.gap()
	g.twinFindings(d, p)
	return g.end()
}

// twinFindings counts what was found and prints with which reasons it was accepted.
func (g *page1) twinFindings(d twinData, p party) {
	states := map[string]int{}
	var accepted []record
	for r := range d.findings.records(p.id) {
		states[r.get("status")]++
		if r.get("resolution") != "" {
			accepted = append(accepted, r)
		}
	}
	g.section(label{"差异与处理", "Findings and resolutions"})
	g.line(18, put{column: 1, span: 7, look: look{middle: true}, value: fmt.Sprintf("%s %d   %s %d   %s %d   (%s)",
		findingStates["open"].in(both), states["open"], findingStates["resolved"].in(both), states["resolved"], findingStates["explained"].in(both), states["explained"],
		label{"见 差异与处理", "see Findings"}.in(both))})
	for i, r := range accepted {
		if i == mostResolutions {
			g.line(14, put{column: 1, span: 7, value: label{fmt.Sprintf("共 %d 项", len(accepted)), fmt.Sprintf("%d in all", len(accepted))}.in(both), look: look{color: grey, middle: true}})
			break
		}
		text := clean(r.get("resolution"))
		what := clean(checkName(r.get("check_id"), r.get("title")))
		g.line(max(16, 12.5*float64(max(linesIn(text, 72), linesIn(what, 46)))+3),
			put{column: 1, span: 2, value: what, look: look{ruled: true, middle: true, wrap: true}},
			put{column: 3, value: shorten(r.get("finding_id"), 18), look: look{ruled: true, middle: true, color: grey}},
			put{column: 4, span: 4, value: text, look: look{ruled: true, middle: true, wrap: true, indent: true}})
	}
}

func twinNotes(m *month, o Options) []note {
	at := m.draft.madeAt.Add(shanghai).Format("2006-01-02 15:04:05") + " (GMT+8)"
	same := func(text string) label { return label{text, text} }
	return []note{
		{internalMark, label{"本工作簿含成本与毛利，不得发送给客户；客户版在 draft 或 issued 目录。", "This workbook holds cost and margin and must not go to the customer; the customer's edition is in the folder draft or issued."}},
		{label{"数据截止", "Data cut-off"}, same(at)},
		{label{"批次", "Run"}, same(clean(m.draft.runID))},
		{label{"程序版本", "Version"}, same(clean(o.Version))},
		{label{"毛利", "Gross margin"}, label{"分产品：结算（不含税）− 应付（不含税），含尾差、调整与补差。消费明细的毛利为逐笔精确金额。", "By service: settled less payable, both without tax, with rounding, adjustments and shortfalls. On Detail it is exact, line by line."}},
		{label{"差异与处理", "Findings"}, label{"本结算对象的全部异常，含已自动解释的；接受原因、时间与操作人取自日志。", "Everything the checks found about this party, explained differences included; reasons, times and users come from the journal."}},
	}
}

// chooseOf keeps the parties that the options ask for.
func chooseOf(ctx context.Context, db Queryer, all []party, o Options) ([]party, error) {
	if o.Parties != nil {
		all = keep(all, func(p party) bool { return slices.Contains(o.Parties, p.id) })
	}
	if o.CustomerIDs == nil {
		return all, nil
	}
	t, err := read(ctx, db, "statement_customers", o.Cycle)
	if err != nil {
		return nil, err
	}
	wanted := map[string]bool{}
	for i := range t.rows {
		if slices.Contains(o.CustomerIDs, t.cell(i, 1)) {
			wanted[t.cell(i, 0)] = true
		}
	}
	return keep(all, func(p party) bool { return wanted[p.id] }), nil
}
