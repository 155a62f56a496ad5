package reports

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/shopspring/decimal"
)

// The workbook of invoice requests, for the tax clerk: one request per party and tax rate. It is the partner's own paper and
// covers all parties, whatever the options restrict.

var requestSheet = sheet{
	name:   label{"开票申请", "Request"},
	freeze: 1,
	columns: []column{
		{from: "request_no", label: label{"申请单号", "Request no."}, kind: ident, width: 24},
		{from: "statement_no", label: label{"结算单号", "Statement no."}, kind: ident, width: 16},
		{from: "party_name", label: label{"客户", "Party"}, kind: words, width: 18},
		{from: "invoice_kind", label: label{"发票类型", "Invoice kind"}, kind: words, width: 11, codes: invoiceKinds},
		{from: "buyer_title", label: label{"购方名称", "Buyer title"}, kind: words, width: 18},
		{from: "tax_id", label: label{"购方税号", "Tax ID"}, kind: ident, width: 19},
		{from: "address_phone", label: label{"地址 电话", "Address, phone"}, kind: words, width: 20},
		{from: "bank_account", label: label{"开户行 账号", "Bank account"}, kind: ident, width: 20},
		{from: "tax_rate", label: label{"税率", "Tax rate"}, kind: rate, width: 7},
		{from: "statement_amount_excl_tax", label: label{"结算金额（不含税）", "Settled excl. tax"}, kind: money, width: 15, sum: true},
		{from: "not_invoiceable_excl_tax", label: label{"其中不可开票", "Not invoiceable"}, kind: money, width: 14, sum: true},
		{from: "amount_excl_tax", label: label{"不含税合计", "Total excl. tax"}, kind: money, width: 15, sum: true},
		{from: "tax_amount", label: label{"税额合计", "Tax"}, kind: money, width: 13, sum: true},
		{from: "amount_incl_tax", label: label{"价税合计", "Total incl. tax"}, kind: money, width: 15, sum: true},
		{from: "in_words", label: label{"大写金额", "In words"}, kind: words, width: 22},
		{from: "running_total", label: label{"累计价税合计", "Running total"}, kind: money, width: 15},
		{from: "line_count", label: label{"明细行数", "Lines"}, kind: count, width: 7, sum: true},
		{from: "remark", label: label{"备注", "Remark"}, kind: words, width: 16},
		{from: "email", label: label{"收票邮箱/手机", "E-mail or mobile"}, kind: words, width: 17},
		{from: "reverses", label: label{"是否红冲", "Reversal"}, kind: words, width: 7, codes: yesNo},
		{from: "reversed_invoice_no", label: label{"原发票号码", "Original invoice no."}, kind: ident, width: 13},
		{from: "status", label: label{"状态", "Status"}, kind: words, width: 9, codes: requestStates},
	},
}

var invoiceLinesSheet = sheet{
	name:   label{"发票明细", "Lines"},
	freeze: 2,
	columns: []column{
		{from: "request_no", label: label{"申请单号", "Request no."}, kind: ident, width: 26},
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

var notEmittedSheet = sheet{
	name:   label{"未开具", "Not emitted"},
	freeze: 1,
	columns: []column{
		{from: "request_no", label: label{"申请单号", "Request no."}, kind: ident, width: 26},
		{from: "statement_no", label: label{"结算单号", "Statement no."}, kind: ident, width: 22},
		{from: "party_name", label: label{"客户", "Party"}, kind: words, width: 26},
		{from: "unfit_reason", label: label{"不予开具原因", "Reason"}, kind: words, width: 46},
		{from: "invoice_kind", label: label{"发票类型", "Invoice kind"}, kind: words, width: 14, codes: invoiceKinds},
		{from: "buyer_title", label: label{"购方名称", "Buyer title"}, kind: words, width: 28},
		{from: "tax_id", label: label{"购方税号", "Tax ID"}, kind: ident, width: 22},
		{from: "tax_rate", label: label{"税率", "Tax rate"}, kind: rate, width: 8},
		{from: "statement_amount_excl_tax", label: label{"结算金额（不含税）", "Settled excl. tax"}, kind: money, width: 16, sum: true},
		{from: "not_invoiceable_excl_tax", label: label{"其中不可开票", "Not invoiceable"}, kind: money, width: 15, sum: true},
		{from: "amount_excl_tax", label: label{"不含税合计", "Total excl. tax"}, kind: money, width: 16, sum: true},
		{from: "tax_amount", label: label{"税额合计", "Tax"}, kind: money, width: 14, sum: true},
		{from: "amount_incl_tax", label: label{"价税合计", "Total incl. tax"}, kind: money, width: 16, sum: true},
		{from: "line_count", label: label{"明细行数", "Lines"}, kind: count, width: 9, sum: true},
	},
}

func writeInvoices(ctx context.Context, db Queryer, m *month, o Options, dir folder) (File, error) {
	answer, err := read(ctx, db, "invoice_requests", m.cycle)
	if err != nil {
		return File{}, err
	}
	fit, unfit, err := splitRequests(answer)
	if err != nil {
		return File{}, err
	}
	f, err := dir.write(filepath.Join("draft", "invoices-"+m.cycle+".xlsx"), func(out io.Writer) error {
		return writeInvoiceBook(ctx, db, m, o, fit, unfit, out)
	})
	f.Kind = KindInvoices
	return f, err
}

func writeInvoiceBook(ctx context.Context, db Queryer, m *month, o Options, fit, unfit *table, out io.Writer) error {
	b, err := newBook(o, both, frame{
		title:   label{"开票申请", "Invoice requests"}.in(both) + " " + m.cycle,
		subject: m.cycle,
		who:     o.Seller.name() + "  " + m.cycle,
		mark:    draftMark.in(both) + "  invoices-" + m.cycle,
		draft:   m.draft,
		author:  clean(o.Seller.name()),
	}, []string{requestSheet.name.in(both), invoiceLinesSheet.name.in(both), notEmittedSheet.name.in(both)})
	if err != nil {
		return err
	}
	defer b.close()
	if err := b.writeWhole(ctx, requestSheet, fit); err != nil {
		return err
	}
	w, err := b.openSheet(invoiceLinesSheet, invoiceLinesSheet.name.in(both), 0)
	if err != nil {
		return err
	}
	for _, part := range bundles(m.parties, o.sliceRows) {
		lines, err := read(ctx, db, "invoice_lines", m.cycle, part.parties[0].id, part.parties[len(part.parties)-1].id)
		if err != nil {
			return err
		}
		if err := w.addAll(ctx, lines); err != nil {
			return err
		}
	}
	if _, err := w.finish(nil); err != nil {
		return err
	}
	if err := b.writeWhole(ctx, notEmittedSheet, unfit); err != nil {
		return err
	}
	return b.save(out, o.TmpDir)
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
	columns := append(append([]string{}, t.columns...), "in_words", "running_total", "reverses", "reversed_invoice_no")
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
		if r.get("status") == "unfit" {
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
		cell("no") // reversals come with the issued invoices
		cell("")
		to.rows++
	}
	fit.text, unfit.text = texts[0].String(), texts[1].String()
	return fit, unfit, nil
}
