package reports

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"
)

// The workbook of invoice requests, for the tax clerk: one request per party, tax rate and split. It is the partner's own paper and
// covers all parties, whatever the options restrict. The one of an issued batch holds only what is frozen: its requests, their
// lines and checks. The draft has beside what is not issued yet what moves from day to day: ledger, states, claims.

var requestSheet = sheet{
	name:   label{"开票申请", "Request"},
	freeze: 1,
	across: 2,
	columns: []column{
		{from: "request_no", label: label{"申请单号", "Request no."}, kind: ident, width: 30},
		{from: "statement_no", label: label{"结算单号", "Statement no."}, kind: ident, width: 28},
		{from: "party_name", label: label{"客户", "Party"}, kind: words, width: 18},
		{from: "invoice_kind", label: label{"发票类型", "Invoice kind"}, kind: words, width: 10, codes: invoiceKinds},
		{from: "buyer_title", label: label{"购方名称", "Buyer title"}, kind: words, width: 17},
		{from: "tax_id", label: label{"购方税号", "Tax ID"}, kind: ident, width: 19},
		{from: "address_phone", label: label{"地址 电话", "Address, phone"}, kind: words, width: 17},
		{from: "bank_account", label: label{"开户行 账号", "Bank account"}, kind: ident, width: 18},
		{from: "tax_rate", label: label{"税率", "Tax rate"}, kind: rate, width: 7},
		{from: "amount_excl_tax", label: label{"不含税合计", "Total excl. tax"}, kind: money, width: 14, sum: true},
		{from: "tax_amount", label: label{"税额合计", "Tax"}, kind: money, width: 12, sum: true},
		{from: "amount_incl_tax", label: label{"价税合计", "Total incl. tax"}, kind: money, width: 14, sum: true},
		{from: "in_words", label: label{"大写金额", "In words"}, kind: words, width: 20},
		{from: "running_total", label: label{"累计价税合计", "Running total"}, kind: money, width: 14},
		{from: "line_count", label: label{"明细行数", "Lines"}, kind: count, width: 6, sum: true},
		{from: "remark", label: label{"备注", "Remark"}, kind: words, width: 32},
		{from: "email", label: label{"收票邮箱/手机", "E-mail or mobile"}, kind: words, width: 20},
		{from: "reverses", label: label{"是否红冲", "Reversal"}, kind: words, width: 7, codes: yesNo},
		{from: "reverses_invoice_no", label: label{"原发票号码", "Original invoice no."}, kind: ident, width: 13},
		{from: "status", label: label{"状态", "Status"}, kind: words, width: 9, codes: requestStates},
	},
}

var invoiceLinesSheet = sheet{
	name:   label{"发票明细", "Lines"},
	freeze: 2,
	columns: []column{
		{from: "request_no", label: label{"申请单号", "Request no."}, kind: ident, width: 30},
		{from: "line_no", label: label{"行号", "Line"}, kind: count, width: 7},
		{from: "item_name", label: label{"项目名称", "Item"}, kind: words, width: 28},
		{from: "class_code", label: label{"税收分类编码", "Tax class code"}, kind: ident, width: 23},
		{from: "spec", label: label{"规格型号", "Specification"}, kind: words, width: 12},
		{from: "unit", label: label{"单位", "Unit"}, kind: words, width: 7},
		{from: "quantity", label: label{"数量", "Quantity"}, kind: quantity, width: 9},
		{from: "unit_price", label: label{"单价（不含税）", "Unit price excl. tax"}, kind: money, width: 16},
		{from: "amount_excl_tax", label: label{"金额（不含税）", "Amount excl. tax"}, kind: money, width: 16, sum: true},
		{from: "tax_rate", label: label{"税率", "Tax rate"}, kind: rate, width: 8},
		{from: "tax_amount", label: label{"税额", "Tax"}, kind: money, width: 14, sum: true},
		{from: "amount_incl_tax", label: label{"价税合计", "Total incl. tax"}, kind: money, width: 16, sum: true},
		{from: "is_discount", label: label{"折扣行标志", "Discount line"}, kind: words, width: 10, codes: yesNo},
		{from: "service_type_name", label: label{"云服务", "Service"}, kind: words, width: 22},
	},
}

var invoiceLedgerSheet = sheet{
	name:   label{"开票余额", "Invoiceable ledger"},
	freeze: 1,
	columns: []column{
		{from: "party_name", label: label{"客户", "Party"}, kind: words, width: 26},
		{from: "party_id", label: label{"结算对象编号", "Party id"}, kind: ident, width: 14},
		{from: "tax_rate", label: label{"税率", "Tax rate"}, kind: rate, width: 8},
		{from: "opening_excl_tax", label: label{"期初可开票", "Opening"}, kind: money, width: 15, sum: true},
		{from: "settled_excl_tax", label: label{"加：本期结算", "+ Settled"}, kind: money, width: 15, sum: true},
		{from: "vouchers", label: label{"减：代金券支付", "- Paid by vouchers"}, kind: money, width: 15, sum: true},
		{from: "no_invoice", label: label{"减：不开票客户", "- No invoice wanted"}, kind: money, width: 15, sum: true},
		{from: "invoiced", label: label{"减：本期已开票", "- Invoiced"}, kind: money, width: 15, sum: true},
		{from: "owed_offset", label: label{"减：欠票冲抵", "- Owed offset"}, kind: money, width: 15, sum: true},
		{from: "closing_excl_tax", label: label{"期末可开票（不含税）", "Closing excl. tax"}, kind: money, width: 16, sum: true},
		{from: "owed_closing_excl_tax", label: label{"期末欠票", "Owed at the end"}, kind: money, width: 14, sum: true},
		{from: "carried_closing_excl_tax", label: label{"其中结转下期", "of it carried forward"}, kind: money, width: 14, sum: true},
		{from: "closing_incl_tax", label: label{"期末可开票（含税）", "Closing incl. tax"}, kind: money, width: 16, sum: true},
	},
}

var invoiceChecksSheet = sheet{
	name:   label{"校验", "Checks"},
	freeze: 2,
	across: 2,
	columns: []column{
		{from: "request_no", label: label{"申请单号", "Request no."}, kind: ident, width: 30},
		{from: "party_name", label: label{"客户", "Party"}, kind: words, width: 24},
		{from: "direction", label: label{"蓝/红", "Blue/red"}, kind: words, width: 8, codes: directions},
		{from: "title", label: label{"购方名称", "Buyer title"}, kind: words, width: 10, codes: passFail},
		{from: "tax_id", label: label{"购方税号", "Tax ID"}, kind: words, width: 10, codes: passFail},
		{from: "kind", label: label{"发票类型", "Invoice kind"}, kind: words, width: 10, codes: passFail},
		{from: "total", label: label{"合计为正", "Total above 0"}, kind: words, width: 10, codes: passFail},
		{from: "one_rate", label: label{"税率唯一", "One rate"}, kind: words, width: 10, codes: passFail},
		{from: "tax_item", label: label{"项目及编码", "Item and class code"}, kind: words, width: 11, codes: passFail},
		{from: "line_limit", label: label{"行数上限", "Line limit"}, kind: words, width: 10, codes: passFail},
		{from: "price", label: label{"单价×数量", "Price × quantity"}, kind: words, width: 11, codes: passFail},
		{from: "line_tax", label: label{"行税额", "Line tax"}, kind: words, width: 10, codes: passFail},
		{from: "tax_off", label: label{"行税额最大偏差", "Largest deviation"}, kind: factor, width: 12},
		{from: "discounts", label: label{"折扣行位置", "Discount lines"}, kind: words, width: 11, codes: passFail},
		{from: "sums", label: label{"行与合计", "Lines and totals"}, kind: words, width: 10, codes: passFail},
		{from: "settled", label: label{"结算金额（不含税）", "Settled excl. tax"}, kind: money, width: 15, sum: true},
		{from: "vouchers", label: label{"减：不可开票", "- Not invoiceable"}, kind: money, width: 14, sum: true},
		{from: "carried", label: label{"加：以前账期结转", "+ Carried forward"}, kind: money, width: 14, sum: true},
		{from: "amount_excl_tax", label: label{"申请金额（不含税）", "Requested excl. tax"}, kind: money, width: 15, sum: true},
		{from: "verdict", label: label{"结论", "Verdict"}, kind: words, width: 12, codes: verdicts},
	},
}

var notEmittedSheet = sheet{
	name:   label{"未开具", "Not emitted"},
	freeze: 1,
	columns: []column{
		{from: "request_no", label: label{"申请单号", "Request no."}, kind: ident, width: 30},
		{from: "statement_no", label: label{"结算单号", "Statement no."}, kind: ident, width: 24},
		{from: "party_name", label: label{"客户", "Party"}, kind: words, width: 26},
		{from: "unfit_reason", label: label{"不予开具原因", "Reason"}, kind: words, width: 46},
		{from: "invoice_kind", label: label{"发票类型", "Invoice kind"}, kind: words, width: 14, codes: invoiceKinds},
		{from: "buyer_title", label: label{"购方名称", "Buyer title"}, kind: words, width: 28},
		{from: "tax_id", label: label{"购方税号", "Tax ID"}, kind: ident, width: 22},
		{from: "tax_rate", label: label{"税率", "Tax rate"}, kind: rate, width: 8},
		{from: "statement_amount_excl_tax", label: label{"结算金额（不含税）", "Settled excl. tax"}, kind: money, width: 16, sum: true},
		{from: "not_invoiceable_excl_tax", label: label{"其中不可开票", "Not invoiceable"}, kind: money, width: 15, sum: true},
		{from: "carried_excl_tax", label: label{"以前账期结转", "Carried forward"}, kind: money, width: 14, sum: true},
		{from: "amount_excl_tax", label: label{"不含税合计", "Total excl. tax"}, kind: money, width: 16, sum: true},
		{from: "tax_amount", label: label{"税额合计", "Tax"}, kind: money, width: 14, sum: true},
		{from: "amount_incl_tax", label: label{"价税合计", "Total incl. tax"}, kind: money, width: 16, sum: true},
		{from: "line_count", label: label{"明细行数", "Lines"}, kind: count, width: 9, sum: true},
	},
}

var requestStatusSheet = sheet{
	name:   label{"申请状态", "Request states"},
	freeze: 2,
	columns: []column{
		{from: "cycle", label: label{"账期", "Cycle"}, kind: text, width: 10},
		{from: "request_no", label: label{"申请单号", "Request no."}, kind: ident, width: 30},
		{from: "party_name", label: label{"客户", "Party"}, kind: words, width: 26},
		{from: "direction", label: label{"蓝/红", "Blue/red"}, kind: words, width: 8, codes: directions},
		{from: "tax_rate", label: label{"税率", "Tax rate"}, kind: rate, width: 8},
		{from: "amount_incl_tax", label: label{"申请价税合计", "Requested incl. tax"}, kind: money, width: 16, sum: true},
		{from: "status", label: label{"状态", "Status"}, kind: words, width: 16, codes: requestStates},
		{from: "invoice_no", label: label{"发票号码", "Invoice no."}, kind: ident, width: 24},
		{from: "invoice_date", label: label{"开票日期", "Invoice date"}, kind: day, width: 12},
		{from: "invoiced_incl_tax", label: label{"已开价税合计", "Invoiced incl. tax"}, kind: money, width: 16, sum: true},
		{from: "reversed_incl_tax", label: label{"已红冲", "Reversed"}, kind: money, width: 16, sum: true},
	},
}

// writeInvoices writes the draft workbook of a month, or that of an issued batch.
func writeInvoices(ctx context.Context, db Queryer, m *month, o Options, dir folder) (File, error) {
	answer, err := read(ctx, db, "invoice_requests", m.cycle, m.batch)
	if err != nil {
		return File{}, err
	}
	fit, unfit, err := splitRequests(answer)
	if err != nil {
		return File{}, err
	}
	name := "invoices-" + m.cycle
	if m.batch > 0 {
		name += fmt.Sprintf("-B%d", m.batch)
	}
	want, err := wantInvoices(ctx, db, m)
	if err != nil {
		return File{}, err
	}
	f, err := dir.expecting(want).write(filepath.Join(m.place(), name+".xlsx"), func(out io.Writer) error {
		return writeInvoiceBook(ctx, db, m, o, name, fit, unfit, out)
	})
	f.Kind = KindInvoices
	return f, err
}

func writeInvoiceBook(ctx context.Context, db Queryer, m *month, o Options, name string, fit, unfit *table, out io.Writer) error {
	parts := []struct {
		decl  sheet
		query string // with the cycle, and the batch where it says so
		batch bool
	}{
		{invoiceChecksSheet, "invoice_checks", true},
		{requestStatusSheet, "request_states", false},
		{invoiceLedgerSheet, "invoice_ledger", false},
		{claimsSheet, "claims_by_cycle", false},
		{orderClaimsSheet, "claims_by_order", false},
		{bothWaysSheet, "claims_and_charges", false},
	}
	mark := draftMark.in(both) + "  " + name
	names := []string{requestSheet.name.in(both), invoiceLinesSheet.name.in(both)}
	if m.batch > 0 {
		parts, mark = parts[:1], name
	} else {
		names = append(names, notEmittedSheet.name.in(both))
	}
	for _, p := range parts {
		names = append(names, p.decl.name.in(both))
	}
	b, err := newBook(o, both, frame{
		title:   label{"开票申请", "Invoice requests"}.in(both) + " " + m.cycle,
		subject: m.cycle,
		who:     o.Seller.name() + "  " + m.cycle,
		mark:    mark,
		draft:   m.draft,
		author:  clean(o.Seller.name()),
	}, names)
	if err != nil {
		return err
	}
	defer b.close()
	if err := b.writeWhole(ctx, requestSheet, fit); err != nil {
		return err
	}
	if err := b.writeInvoiceLines(ctx, db, m, o, fit); err != nil {
		return err
	}
	if m.batch == 0 {
		if err := b.writeWhole(ctx, notEmittedSheet, unfit); err != nil {
			return err
		}
	}
	for _, p := range parts {
		args := []any{m.cycle}
		if p.batch {
			args = append(args, m.batch)
		}
		t, err := read(ctx, db, p.query, args...)
		if err != nil {
			return err
		}
		if err := b.writeWhole(ctx, p.decl, t); err != nil {
			return err
		}
	}
	return b.save(out, o.TmpDir)
}

// writeInvoiceLines writes the lines of the fit requests, some neighbouring parties at a time.
func (b *book) writeInvoiceLines(ctx context.Context, db Queryer, m *month, o Options, fit *table) error {
	w, err := b.openSheet(invoiceLinesSheet, invoiceLinesSheet.name.in(both), 0)
	if err != nil {
		return err
	}
	for from := 0; from < fit.rows; {
		first, last, lines := fit.cell(from, 0), fit.cell(from, 0), 0
		for ; from < fit.rows && (lines < o.sliceRows || fit.cell(from, 0) == last); from++ {
			last = fit.cell(from, 0)
			n, err := strconv.Atoi(record{fit, from}.get("line_count"))
			if err != nil {
				return fmt.Errorf("request %s: line_count: %w", record{fit, from}.get("request_no"), err)
			}
			lines += n
		}
		t, err := read(ctx, db, "invoice_lines", m.cycle, m.batch, first, last)
		if err != nil {
			return err
		}
		if err := w.addAll(ctx, t); err != nil {
			return err
		}
	}
	_, err = w.finish(nil)
	return err
}

// writeWhole writes all rows of an answer, every party's.
func (b *book) writeWhole(ctx context.Context, decl sheet, t *table) error {
	w, err := b.openSheet(decl, decl.name.in(b.lang), 0)
	if err != nil {
		return err
	}
	if err := w.addAll(ctx, t); err != nil {
		return err
	}
	_, err = w.finish(nil)
	return err
}

func (w *writer) addAll(ctx context.Context, t *table) error {
	at, err := w.decl.places(t)
	if err != nil {
		return err
	}
	for row := range t.rows {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := w.add(t, row, at); err != nil {
			return fmt.Errorf("sheet %s: %w", w.out.sheet, err)
		}
	}
	return nil
}

// splitRequests parts the requests to emit from those that are unfit, and adds what only a document needs: the amount in words and
// the running total, which a tax clerk holds against the quota of the day.
func splitRequests(t *table) (fit, unfit *table, err error) {
	columns := append(append([]string{}, t.columns...), "in_words", "running_total")
	fit, unfit = &table{name: t.name, columns: columns}, &table{name: t.name, columns: columns}
	var texts [2]strings.Builder
	running := decimal.Zero
	for row := range t.rows {
		r := record{t, row}
		incl, err := amount(r.get("amount_incl_tax"))
		if err != nil {
			return nil, nil, fmt.Errorf("request %s: %w", r.get("request_no"), err)
		}
		to, text := fit, &texts[0]
		if r.get("unfit") == "yes" {
			to, text = unfit, &texts[1]
		} else {
			running = running.Add(incl)
		}
		cell := func(v string) {
			text.WriteString(v)
			to.ends = append(to.ends, uint32(text.Len()))
		}
		for c := range t.columns {
			cell(t.cell(row, c))
		}
		cell(Words(incl.Shift(2).BigInt()))
		cell(running.String())
		to.rows++
	}
	fit.text, unfit.text = texts[0].String(), texts[1].String()
	return fit, unfit, nil
}
