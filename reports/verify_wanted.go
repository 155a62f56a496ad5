package reports

import (
	"context"
	"fmt"

	"github.com/shopspring/decimal"
)

// wantStatement is what a party's statement must say. r is its row of check 36, o cuts long tables into sheets.
func wantStatement(r record, p party, o Options, detail, orders, refunds sheet) ([]wanted, error) {
	v, err := amounts(r, "amount_excl_tax", "tax_amount", "amount_incl_tax", "detail_official", "detail_charge", "order_charge", "refund_charge")
	if err != nil {
		return nil, err
	}
	services := []string{byServiceSheet.sheetName(p.lang, 1)}
	lines := whole(r.get("line_count"))
	want := []wanted{
		{sheets: []string{summaryName.in(p.lang)}, header: totalInclLabel.in(p.lang), column: 4, value: v[2]},
		wantSum(byServiceSheet, p.lang, services, "amount_excl_tax", lines, v[0]),
		wantSum(byServiceSheet, p.lang, services, "tax_amount", lines, v[1]),
		wantSum(byServiceSheet, p.lang, services, "amount_incl_tax", lines, v[2]),
	}
	if p.manyAccounts() {
		want = append(want, wantSum(byAccountSheet, p.lang, []string{byAccountSheet.sheetName(p.lang, 1)}, "amount_incl_tax", -1, v[2]))
	}
	rows := whole(r.get("detail_rows"))
	names := detail.sheetNames(p.lang, p.held.detail, o.maxRows)
	return append(want,
		wantSum(detail, p.lang, names, "official_amount", rows, v[3]),
		wantSum(detail, p.lang, names, "charge_amount", rows, v[4]),
		wantSum(orders, p.lang, orders.sheetNames(p.lang, p.held.orders, o.maxRows), "charge_amount", p.held.orders, v[5]),
		wantSum(refunds, p.lang, refunds.sheetNames(p.lang, p.held.refunds, o.maxRows), "charge_amount", p.held.refunds, v[6]),
	), nil
}

// wantOf finds what a statement must say among those of its bundle.
func wantOf(t *table, p party, o Options) ([]wanted, error) {
	for r := range t.records(p.id) {
		holds := map[need]bool{forMany: p.manyAccounts()}
		return wantStatement(r, p, o, detailSheet.with(holds), ordersSheet.with(holds), refundsSheet.with(holds))
	}
	return nil, fmt.Errorf("query %s does not know the party; the snapshot is not whole, settle run makes a new one", t.name)
}

// one reads a query that answers with one row.
func one(ctx context.Context, db Queryer, name string, args ...any) (record, error) {
	t, err := read(ctx, db, name, args...)
	if err != nil {
		return record{}, err
	}
	if t.rows != 1 {
		return record{}, fmt.Errorf("query %s gives %d rows, not 1; the snapshot is not whole, settle run makes a new one", name, t.rows)
	}
	return record{t, 0}, nil
}

// wantTable is what columns of a sheet of our own paper must add up to; the row of the query has them by name.
func wantTable(decl sheet, rows int, r record, columns map[string]string) ([]wanted, error) {
	var want []wanted
	for _, c := range decl.columns {
		from, ok := columns[c.from]
		if !ok {
			continue
		}
		v, err := amounts(r, from)
		if err != nil {
			return nil, err
		}
		want = append(want, wantSum(decl, both, []string{decl.sheetName(both, 1)}, c.from, rows, v[0]))
	}
	return want, nil
}

// wantInvoices is what the workbook of invoice requests must say.
func wantInvoices(ctx context.Context, db Queryer, m *month) ([]wanted, error) {
	r, err := one(ctx, db, "recon_want_invoices", m.cycle, m.batch)
	if err != nil {
		return nil, err
	}
	requests, err := wantTable(requestSheet, whole(r.get("request_rows")), r,
		map[string]string{"amount_excl_tax": "amount_excl_tax", "tax_amount": "tax_amount", "amount_incl_tax": "amount_incl_tax"})
	if err != nil {
		return nil, err
	}
	lines, err := wantTable(invoiceLinesSheet, whole(r.get("line_rows")), r,
		map[string]string{"amount_excl_tax": "line_excl_tax", "tax_amount": "line_tax", "amount_incl_tax": "line_incl_tax"})
	return append(requests, lines...), err
}

// wantPartner is what the partner summary must say: By customer adds up to the statements, the other cuts to their margins. Where amounts are rounded to fit their cells,
// a cut may be off by as much a row.
func wantPartner(ctx context.Context, db Queryer, m *month, d *partnerData) ([]wanted, error) {
	r, err := one(ctx, db, "recon_want_partner", m.cycle)
	if err != nil {
		return nil, err
	}
	var want []wanted
	for i, t := range d.tables()[:4] {
		columns, prefix := map[string]string{}, ""
		if i > 0 { // the cuts are made of the margins
			prefix = "cut_"
		}
		for _, c := range []string{"official_amount", "discount_amount", "truncated_amount", "payable_amount", "settled_excl_tax"} {
			columns[c] = prefix + c
		}
		more, err := wantTable(t.decl, -1, r, columns)
		if err != nil {
			return nil, err
		}
		if d.places < 8 {
			for i := range more {
				more[i].off = decimal.New(int64((*t.rows).rows+1), -d.places)
			}
		}
		want = append(want, more...)
	}
	return want, nil
}

// wantRecon is what the reconciliation workbook must say.
func wantRecon(ctx context.Context, db Queryer, m *month, o Options, d *reconData) ([]wanted, error) {
	var want []wanted
	add := func(decl sheet, t *table, r record, rows string, columns map[string]string) error {
		for from, value := range columns {
			v, err := amounts(r, value)
			if err != nil {
				return err
			}
			want = append(want, wantSum(decl, both, decl.sheetNames(both, t.rows, o.maxRows), from, whole(r.get(rows)), v[0]))
		}
		return nil
	}
	if d.open != nil {
		r, err := one(ctx, db, "recon_want_findings", m.cycle)
		if err != nil {
			return nil, err
		}
		for _, s := range []struct {
			decl sheet
			t    *table
			name string
		}{{reconFindings, d.open, "open"}, {reconExplained, d.explained, "explained"}, {reconClosed, d.closed, "closed"}} {
			if err := add(s.decl, s.t, r, s.name+"_rows", map[string]string{"difference": s.name + "_difference"}); err != nil {
				return nil, err
			}
		}
	}
	if d.bill != nil {
		r, err := one(ctx, db, "recon_want_partner_bill", m.cycle)
		if err != nil {
			return nil, err
		}
		if err := add(reconBill, d.bill, r, "bill_rows", map[string]string{"detail_amount": "detail_amount", "bill_amount": "bill_amount",
			"difference": "difference", "unexplained": "unexplained"}); err != nil {
			return nil, err
		}
	}
	if d.customers == nil || d.slices == nil {
		return want, nil
	}
	r, err := one(ctx, db, "recon_want_tie_out", m.cycle)
	if err != nil {
		return nil, err
	}
	if err := add(reconTieOut, d.customers, r, "accounts", map[string]string{"records": "records", "bill_amount": "bill_amount", "difference": "difference",
		"unexplained": "unexplained", "truncation": "truncation"}); err != nil {
		return nil, err
	}
	return want, add(reconSlices, d.slices, r, "slice_rows", map[string]string{"difference": "difference", "unexplained": "unexplained"})
}
