package reports

import (
	"context"
	"fmt"
	"io"

	"github.com/shopspring/decimal"
)

// The partner summary: what the month brought and cost, by customer, service, region and charge mode, and how the cost ties out with the
// vendor's bill. It is internal and covers all parties, whatever the options restrict. Each figure is of the revision that counts now.

// KindPartner is the partner summary.
const KindPartner = "partner"

// comparison are the columns that every table of the partner summary has: amounts and margin, and the month before.
func comparison(columns ...column) []column {
	return append(columns,
		column{from: "official_amount", label: label{"官网价", "List amount"}, kind: money, width: 14.5, sum: true},
		column{from: "discount_amount", label: label{"云平台优惠", "Vendor discount"}, kind: money, width: 13.5, sum: true},
		column{from: "truncated_amount", label: label{"抹零", "Truncated"}, kind: money, width: 10.5, sum: true},
		column{from: "payable_amount", label: label{"应付（华为云）", "Cloud payable"}, kind: money, width: 14.5, sum: true},
		column{from: "cost_excl_tax", label: label{"应付（不含税）", "Payable excl. tax"}, kind: money, width: 14.5, sum: true, only: forCost},
		column{from: "settled_excl_tax", label: label{"结算（不含税）", "Settled excl. tax"}, kind: money, width: 14.5, sum: true},
		column{from: "margin_amount", label: label{"毛利", "Gross margin"}, kind: money, width: 14, sum: true},
		column{from: "margin_rate", label: label{"毛利率", "Margin %"}, kind: share, width: 9, per: quotient{part: "margin_amount", whole: "settled_excl_tax"}},
		column{from: "share", label: label{"占比", "Share"}, kind: share, width: 8},
		column{from: "prior_settled", label: label{"上月结算", "Last month"}, kind: money, width: 14.5, sum: true},
		column{from: "change_rate", label: label{"环比", "Change %"}, kind: share, width: 9, per: quotient{"settled_excl_tax", "prior_settled", true}},
	)
}

var partnerOverviewName = label{"概览", "Overview"}

var partnerCustomers = sheet{
	name:   label{"分客户", "By customer"},
	freeze: 2,
	columns: append(comparison(
		column{from: "party_name", label: label{"客户", "Customer"}, kind: words, width: 26},
		column{from: "state", label: label{"状态", "State"}, kind: words, width: 14, codes: periodStates},
	),
		column{from: "invoiced_amount", label: label{"已开票", "Invoiced"}, kind: money, width: 14.5, sum: true},
		column{from: "not_invoiceable_amount", label: label{"不可开票", "Not invoiceable"}, kind: money, width: 13.5, sum: true},
		column{from: "uninvoiced_amount", label: label{"未开票", "Uninvoiced"}, kind: money, width: 14.5, sum: true},
		column{from: "invoice_balance", label: label{"开票余额", "Invoiceable balance"}, kind: money, width: 14.5, sum: true},
		column{from: "open_findings", label: label{"未关闭差异", "Open findings"}, kind: count, width: 9, sum: true},
	),
}

func partnerCut(name, of label) sheet {
	return sheet{name: name, freeze: 1, columns: append(
		comparison(column{from: "name", label: of, kind: words, width: 36}),
		column{from: "record_count", label: label{"笔数", "Lines"}, kind: count, width: 10, sum: true},
	)}
}

var (
	partnerServices = partnerCut(label{"分产品", "By service"}, label{"云服务", "Service"})
	partnerRegions  = partnerCut(label{"分区域", "By region"}, label{"区域", "Region"})
	partnerModes    = partnerCut(label{"分计费模式", "By charge mode"}, label{"计费模式", "Charge mode"})
)

var tieOutName = label{"勾稽", "Tie-out"}

var partnerAlerts = sheet{
	name:   label{"毛利预警", "Margin alerts"},
	freeze: 2,
	columns: []column{
		{from: "party_name", label: label{"客户", "Customer"}, kind: words, width: 24},
		{from: "service_type_name", label: label{"云服务", "Service"}, kind: words, width: 24},
		{from: "account_name", label: label{"账号名", "Account"}, kind: words, width: 20},
		{from: "customer_id", label: label{"账号ID", "Account ID"}, kind: ident, width: 32},
		{from: "official_amount", label: label{"官网价", "List amount"}, kind: money, width: 15, sum: true},
		{from: "payable_amount", label: label{"应付（华为云）", "Cloud payable"}, kind: money, width: 15, sum: true},
		{from: "cost_excl_tax", label: label{"应付（不含税）", "Payable excl. tax"}, kind: money, width: 15, sum: true, only: forCost},
		{from: "charge_amount", label: label{"计费金额（不含税）", "Charge excl. tax"}, kind: money, width: 15, sum: true},
		{from: "margin_amount", label: label{"毛利", "Gross margin"}, kind: money, width: 14, sum: true},
		{from: "margin_rate", label: label{"毛利率", "Margin %"}, kind: share, width: 9, per: quotient{part: "margin_amount", whole: "charge_amount"}},
		{from: "detail", label: label{"笔数与计价规则", "Records and rules"}, kind: words, width: 28},
		{from: "resolution", label: label{"接受原因", "Accepted because"}, kind: words, width: 24},
	},
}

var partnerParked = sheet{
	name:   label{"挂起", "Parked"},
	freeze: 1,
	columns: []column{
		{from: "party_name", label: label{"客户", "Customer"}, kind: words, width: 24},
		{from: "party_id", label: label{"结算对象ID", "Party ID"}, kind: ident, width: 20},
		{from: "customer_id", label: label{"无合同账号ID", "Account without contract"}, kind: ident, width: 20},
		{from: "findings", label: label{"阻断差异", "Blocking findings"}, kind: count, width: 10, sum: true},
		{from: "record_count", label: label{"已计价笔数", "Priced lines"}, kind: count, width: 10, sum: true},
		{from: "official_amount", label: label{"官网价", "List amount"}, kind: money, width: 15, sum: true},
		{from: "payable_amount", label: label{"应付金额（华为云）", "Cloud payable"}, kind: money, width: 15, sum: true},
		{from: "cost_excl_tax", label: label{"应付（不含税）", "Payable excl. tax"}, kind: money, width: 15, sum: true, only: forCost},
		{from: "charge_amount", label: label{"至今计费（不含税）", "Charge so far excl. tax"}, kind: money, width: 15, sum: true},
		{from: "margin_amount", label: label{"至今毛利", "Margin so far"}, kind: money, width: 14, sum: true},
		{from: "unpriced_count", label: label{"未计价笔数", "Without price"}, kind: count, width: 10, sum: true},
		{from: "unpriced_payable", label: label{"未计价应付", "Payable without price"}, kind: money, width: 15, sum: true},
		{from: "reason", label: label{"原因", "Reason"}, kind: words, width: 60},
	},
}

// periodStates are the states of a party's month.
var periodStates = map[string]label{
	"open":      {"无结算单", "No statement"},
	"prelim":    {"预结", "Preliminary"},
	"final":     {"已定", "Final"},
	"parked":    {"挂起", "Parked"},
	"issued":    {"已签发", "Issued"},
	"confirmed": {"已确认", "Confirmed"},
	"disputed":  {"有争议", "Disputed"},
	"locked":    {"已锁定", "Locked"},
}

// partnerData is what the partner summary is made of.
type partnerData struct {
	parties, services, regions, modes, alerts, parked *table
	months                                            map[string]record
	bridge                                            record
	findings                                          map[string]string            // open ones by severity
	exact                                             []map[string]decimal.Decimal // sums of the tables before their cells were rounded
	places                                            int32                        // decimals of an amount in a cell
	taxed                                             bool                         // the vendor's amounts include tax
}

func writePartner(ctx context.Context, db Queryer, m *month, o Options, dir folder) (File, error) {
	d, err := readPartner(ctx, db, m)
	if err != nil {
		return File{}, err
	}
	want, err := wantPartner(ctx, db, m, d)
	if err != nil {
		return File{}, err
	}
	f, err := dir.expecting(want).write("partner-"+m.cycle+".xlsx", func(out io.Writer) error {
		return writePartnerBook(ctx, m, o, d, out)
	})
	f.Kind = KindPartner
	return f, err
}

func writePartnerBook(ctx context.Context, m *month, o Options, d *partnerData, out io.Writer) error {
	name := func(l label) string { return l.in(both) }
	b, err := newBook(o, both, frame{
		title:   label{"伙伴汇总", "Partner summary"}.in(both) + " " + m.cycle,
		subject: m.cycle,
		who:     o.Seller.name() + "  " + m.cycle,
		mark:    internalMark.in(both) + "  partner-" + m.cycle,
		draft:   m.draft,
		author:  clean(o.Seller.name()),
	}, []string{
		name(partnerOverviewName), name(partnerCustomers.name), name(partnerServices.name), name(partnerRegions.name), name(partnerModes.name),
		name(tieOutName), name(partnerAlerts.name), name(partnerParked.name), name(notesName),
	})
	if err != nil {
		return err
	}
	defer b.close()
	p := &partnerBook{book: b, options: o, month: m, data: d}
	for _, t := range d.tables() {
		w, err := b.writeRows(ctx, t.decl, *t.rows)
		if err != nil {
			return err
		}
		p.tables = append(p.tables, w)
	}
	p.customers = p.tables[0]
	unexplained, err := p.writeTieOut()
	if err != nil {
		return fmt.Errorf("sheet %s: %w", tieOutName.en, err)
	}
	if err := p.writeOverview(unexplained); err != nil {
		return fmt.Errorf("sheet %s: %w", partnerOverviewName.en, err)
	}
	if err := b.writeNoteSheet(partnerNotes(m, o, d.taxed)); err != nil {
		return fmt.Errorf("sheet %s: %w", notesName.en, err)
	}
	return b.save(out, o.TmpDir)
}

// partnerBook is the workbook while the sheets that lean on its tables are written.
type partnerBook struct {
	*book
	options   Options
	month     *month
	data      *partnerData
	tables    []*written // as partnerData has them
	customers *written   // the first of them
	restRow   int        // of the unexplained rest on the sheet that ties out
}

var internalMark = label{"内部资料，不得外传", "Internal, not for customers"}

// writeRows writes all rows of an answer, every party's.
func (b *book) writeRows(ctx context.Context, decl sheet, t *table) (*written, error) {
	w, err := b.openSheet(decl, decl.name.in(b.lang), 0)
	if err != nil {
		return nil, fmt.Errorf("sheet %s: %w", decl.name.en, err)
	}
	if err := w.addAll(ctx, t); err != nil {
		return nil, err
	}
	return w.finish(nil)
}

// quotient says of which columns' totals the total of a share is the quotient: part by whole, or how much part has grown from whole.
type quotient struct {
	part, whole string
	growth      bool
}

// quotient is the total of a share, a formula over the totals on the same row. It is empty where the divisor is not positive.
func (w *writer) quotient(q quotient, row int) (value any, formula string) {
	part, whole := w.out.sums[q.part], w.out.sums[q.whole]
	shape := `IF(%[2]s>0,ROUND(%[1]s/%[2]s,4),"")`
	if q.growth {
		part, shape = part.Sub(whole), `IF(%[2]s>0,ROUND((%[1]s-%[2]s)/%[2]s,4),"")`
	}
	text := ratio(part, whole)
	if text == "" {
		return nil, ""
	}
	value, exact := cellNumber(text)
	if w.out.lossy[q.part] || w.out.lossy[q.whole] || !exact {
		return value, ""
	}
	return value, fmt.Sprintf(shape, cellName(w.out.place[q.part], row), cellName(w.out.place[q.whole], row))
}

// margin is what a row's settlement leaves above its cost, both without tax.
func margin(settled, cost decimal.Decimal) decimal.Decimal { return settled.Sub(cost) }
