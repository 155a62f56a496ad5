package reports

import (
	"context"
	"fmt"
	"io"
	"time"
)

// WhatIf says of which comparison a workbook is.
type WhatIf struct {
	Pricing string // file name of the other pricing workbook
	Hash    string // its SHA-256
	RunID   string // the run whose books it is compared with
	MadeAt  time.Time
}

// KindWhatIf is the workbook of a comparison.
const KindWhatIf = "what-if"

var whatIfParties = sheet{
	name:   label{"分结算对象", "By party"},
	freeze: 2,
	columns: []column{
		{from: "party_id", label: label{"结算对象编号", "Party"}, kind: ident, width: 26},
		{from: "party_name", label: label{"名称", "Name"}, kind: words, width: 28},
		{from: "excl_tax_in_books", label: label{"账面（不含税）", "Books excl. tax"}, kind: money, width: 17, sum: true},
		{from: "excl_tax_what_if", label: label{"试算（不含税）", "What-if excl. tax"}, kind: money, width: 17, sum: true},
		{from: "incl_tax_in_books", label: label{"账面（价税合计）", "Books incl. tax"}, kind: money, width: 17, sum: true},
		{from: "incl_tax_what_if", label: label{"试算（价税合计）", "What-if incl. tax"}, kind: money, width: 17, sum: true},
		{from: "difference", label: label{"差额（价税合计）", "Difference incl. tax"}, kind: money, width: 17, sum: true},
		{from: "unpriced_records", label: label{"无价记录", "Records without price"}, kind: count, width: 12, sum: true},
		{from: "parked_reason", label: label{"试算中挂起原因", "Why parked in the what-if"}, kind: words, width: 50},
	},
}

var whatIfCustomers = sheet{
	name:   label{"分客户", "By customer"},
	freeze: 4,
	columns: []column{
		{from: "party_id", label: label{"结算对象编号", "Party"}, kind: ident, width: 22},
		{from: "party_name", label: label{"结算对象", "Party name"}, kind: words, width: 24},
		{from: "customer_id", label: label{"客户账号 ID", "Customer ID"}, kind: ident, width: 35},
		{from: "customer_name", label: label{"客户", "Customer"}, kind: words, width: 24, codes: kindRows},
		{from: "official_amount", label: label{"官网价", "List amount"}, kind: money, width: 16, sum: true},
		{from: "payable_amount", label: label{"云厂商应付", "Cloud payable"}, kind: money, width: 16, sum: true},
		{from: "charge_in_books", label: label{"账面结算（不含税）", "Charge in books excl. tax"}, kind: money, width: 17, sum: true},
		{from: "charge_what_if", label: label{"试算结算（不含税）", "Charge what-if excl. tax"}, kind: money, width: 17, sum: true},
		{from: "difference", label: label{"差额", "Difference"}, kind: money, width: 16, sum: true},
		{from: "margin_in_books", label: label{"账面毛利", "Margin in books"}, kind: money, width: 16, sum: true},
		{from: "margin_what_if", label: label{"试算毛利", "Margin what-if"}, kind: money, width: 16, sum: true},
	},
}

var whatIfServices = sheet{
	name:   label{"分产品", "By service"},
	freeze: 3,
	columns: []column{
		{from: "kind", label: label{"行类型", "Kind"}, kind: words, width: 14, codes: lineKinds},
		{from: "service_type_code", label: label{"云服务类型编码", "Service type code"}, kind: ident, width: 30},
		{from: "service_type_name", label: label{"云服务", "Service"}, kind: words, width: 26},
		{from: "payable_amount", label: label{"云厂商应付", "Cloud payable"}, kind: money, width: 16, sum: true},
		{from: "charge_in_books", label: label{"账面结算（不含税）", "Charge in books excl. tax"}, kind: money, width: 17, sum: true},
		{from: "charge_what_if", label: label{"试算结算（不含税）", "Charge what-if excl. tax"}, kind: money, width: 17, sum: true},
		{from: "difference", label: label{"差额", "Difference"}, kind: money, width: 16, sum: true},
	},
}

// WriteWhatIf writes what another pricing workbook would make of a month, beside the books: <cycle>/what-if-<hash>.xlsx. db holds the
// month priced by the other workbook, and what the books say in the temporary tables what_if_statements, what_if_margins and
// what_if_parties.
func WriteWhatIf(ctx context.Context, db Queryer, o Options, w WhatIf) (File, error) {
	if !cycleText.MatchString(o.Cycle) {
		return File{}, fmt.Errorf("what-if: cycle %q is not YYYY-MM", o.Cycle)
	}
	o = o.withDefaults()
	dir := folder{root: o.Dir, cycle: o.Cycle, shared: o.Shared}
	if err := dir.prepare(&month{}); err != nil {
		return File{}, fmt.Errorf("what-if %s: %w", o.Cycle, err)
	}
	f, err := dir.write("what-if-"+w.Hash[:min(8, len(w.Hash))]+".xlsx", func(out io.Writer) error {
		return writeWhatIf(ctx, db, o, w, out)
	})
	f.Kind = KindWhatIf
	if err != nil {
		return f, fmt.Errorf("what-if %s: %w", o.Cycle, err)
	}
	return f, nil
}

func writeWhatIf(ctx context.Context, db Queryer, o Options, w WhatIf, out io.Writer) error {
	sheets := []struct {
		decl  sheet
		query string
	}{{whatIfParties, "what_if_parties"}, {whatIfCustomers, "what_if_customers"}, {whatIfServices, "what_if_services"}}
	var names []string
	for _, s := range sheets {
		names = append(names, s.decl.name.in(both))
	}
	b, err := newBook(o, both, frame{
		title:   label{"试算对比", "What-if"}.in(both) + " " + o.Cycle,
		subject: o.Cycle,
		who:     o.Seller.name() + "  " + o.Cycle + "  " + clean(w.Pricing),
		mark:    label{"试算，不入账", "What-if, not in the books"}.in(both) + "  " + w.Hash[:min(8, len(w.Hash))],
		draft:   draft{runID: w.RunID, madeAt: w.MadeAt},
		author:  clean(o.Seller.name()),
	}, names)
	if err != nil {
		return err
	}
	defer b.close()
	for _, s := range sheets {
		t, err := read(ctx, db, s.query, o.Cycle)
		if err != nil {
			return err
		}
		if err := b.writeWhole(ctx, s.decl, t); err != nil {
			return err
		}
	}
	return b.save(out, o.TmpDir)
}
