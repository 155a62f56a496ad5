package reports

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// reversalStory: of P-01 revision 0 went out and became an invoice; batch 2 issued its revision 1, with a request that takes the
// invoice back. P-03's request is not issued yet.
func reversalStory(t *testing.T) *fixture {
	f := issuedStory(t)
	f.exec(`insert into settlement.invoice_requests by name
select * exclude (revision, request_no, direction, split_key, reverses_request_no, reverses_invoice_no, amount_excl_tax, tax_amount, amount_incl_tax),
  1 as revision, 'IR-YUNTU-202610-R1-2' as request_no, 'red' as direction, 'red/IR-YUNTU-202610-R0-1' as split_key, 'IR-YUNTU-202610-R0-1' as reverses_request_no,
  '26110000000000000001' as reverses_invoice_no, -amount_excl_tax as amount_excl_tax, -tax_amount as tax_amount, -amount_incl_tax as amount_incl_tax
from settlement.invoice_requests where cycle = '2026-10' and party_id = 'P-01'`)
	f.exec(`insert into settlement.invoice_lines by name
select * replace (1 as revision, 'IR-YUNTU-202610-R1-2' as request_no, -unit_price as unit_price, -amount_excl_tax as amount_excl_tax, -tax_amount as tax_amount, -amount_incl_tax as amount_incl_tax)
from settlement.invoice_lines where cycle = '2026-10' and party_id = 'P-01'`)
	f.exec(`update settlement.invoice_requests set request_no = 'IR-YUNTU-202610-R0-1' where cycle = '2026-10' and party_id = 'P-01' and direction = 'blue'`)
	f.exec(`update settlement.invoice_lines set request_no = 'IR-YUNTU-202610-R0-1' where cycle = '2026-10' and party_id = 'P-01' and revision = 0`)
	f.exec(`insert into ops.issued_requests values ('IR-YUNTU-202610-R0-1', '2026-10', 'P-01', 0, 0.06, '', 1), ('IR-YUNTU-202610-R1-2', '2026-10', 'P-01', 1, 0.06, 'red/IR-YUNTU-202610-R0-1', 2)`)
	f.exec(`delete from settlement.issued_invoices`)
	f.exec(`insert into settlement.issued_invoices
select '2026-10', request_no, '26110000000000000001', date '2026-11-07', amount_excl_tax, tax_amount, amount_incl_tax, null from settlement.invoice_requests where request_no = 'IR-YUNTU-202610-R0-1'`)
	f.exec(`insert into ops.documents (serial, cycle, batch, kind, document_no, run_id, issued_at, issued_by)
values (6, '2026-10', 2, 'invoices', 'IN-202610-B2', 'run-20261112T060000Z', timestamp '2026-11-12 08:30:00', 'li')`)
	// Of the month before one request is open, one was answered in this month, and one is done.
	for i, date := range []string{"", "2026-10-08", "2026-09-30"} {
		no := fmt.Sprintf("IR-YUNTU-202609-R0-%d", i+1)
		f.exec(`insert into settlement.invoice_requests by name
select * exclude (cycle, request_no, revision), '2026-09' as cycle, 0 as revision, ? as request_no from settlement.invoice_requests where request_no = 'IR-YUNTU-202610-R0-1'`, no)
		f.exec(`insert into ops.issued_requests values (?, '2026-09', 'P-01', 0, 0.06, ?, 1)`, no, no)
		if date != "" {
			f.exec(`insert into settlement.issued_invoices
select '2026-10', request_no, ?, cast(? as date), amount_excl_tax, tax_amount, amount_incl_tax, null from settlement.invoice_requests where request_no = ?`, fmt.Sprintf("2609%016d", i), date, no)
		}
	}
	return f
}

// The workbook of a batch holds its requests only, and nothing that changes from day to day.
func TestInvoicesOfABatch(t *testing.T) {
	f := reversalStory(t)
	dir := t.TempDir()
	f.writeIssued(Options{Dir: dir}, 2)
	path := filepath.Join(dir, fixtureCycle, "issued/invoices-2026-10-B2.xlsx")
	golden(t, path, "invoices-2026-10-B2")
	book := open(t, path)
	if diff := cmp.Diff([]string{"开票申请 Request", "发票明细 Lines", "校验 Checks"}, book.GetSheetList()); diff != "" {
		t.Errorf("sheets (-want +got):\n%s", diff)
	}
	rows, err := book.GetRows("开票申请 Request")
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 3 || rows[1][0] != "IR-YUNTU-202610-R1-2" {
		t.Fatalf("got %v", rows)
	}
	for column, want := range map[string]string{
		"是否红冲\nReversal": "是 Yes", "原发票号码\nOriginal invoice no.": "26110000000000000001", "状态\nStatus": "已申请 Requested",
		"大写金额\nIn words": "负肆万贰仟壹佰柒拾玖元捌角壹分",
	} {
		if got := rows[1][slices.Index(rows[0], column)]; got != want {
			t.Errorf("%q: got %q, want %q", column, got, want)
		}
	}
	// Written again it is the same file; the draft has the others, and what became of these.
	f.writeIssued(Options{Dir: dir}, 2)
	f.write(Options{Dir: dir})
	draft := open(t, filepath.Join(dir, fixtureCycle, "draft/invoices-2026-10.xlsx"))
	for sheet, want := range map[string][]string{
		"开票申请 Request":        {"DRAFT-NORTHSTAR-2026-10-1"},
		"申请状态 Request states": {"2026-10 IR-YUNTU-202610-R0-1 已开具 Issued", "2026-10 IR-YUNTU-202610-R1-2 已申请 Requested", "2026-09 IR-YUNTU-202609-R0-1 已申请 Requested", "2026-09 IR-YUNTU-202609-R0-2 已开具 Issued"},
	} {
		rows, err := draft.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, row := range rows[1 : len(rows)-1] {
			if len(row) > 6 && rows[0][0] == "账期\nCycle" {
				row[0] += " " + row[1] + " " + row[6]
			}
			got = append(got, row[0])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("draft, sheet %s (-want +got):\n%s", sheet, diff)
		}
	}
}

// What the sheets of amounts add up to is what the database holds.
func TestInvoiceTotalsEqualDatabase(t *testing.T) {
	f := story(t)
	dir := t.TempDir()
	f.write(Options{Dir: dir})
	path := filepath.Join(dir, fixtureCycle, "draft/invoices-2026-10.xlsx")
	checkFormulas(t, path)
	book := open(t, path)
	for _, c := range []struct{ sheet, column, query string }{
		{"开票申请 Request", "价税合计\nTotal incl. tax", "select sum(amount_incl_tax) from settlement.invoice_requests where cycle = '2026-10' and status = 'draft'"},
		{"发票明细 Lines", "价税合计\nTotal incl. tax", "select sum(amount_incl_tax) from settlement.invoice_requests where cycle = '2026-10' and status = 'draft'"},
		{"未开具 Not emitted", "价税合计\nTotal incl. tax", "select sum(amount_incl_tax) from settlement.invoice_requests where cycle = '2026-10' and status = 'unfit'"},
		{"开票余额 Invoiceable ledger", "期末可开票（不含税）\nClosing excl. tax", "select sum(closing_excl_tax) from settlement.invoiceable_ledger where cycle = '2026-10'"},
		{"索票-账期 Claims by cycle", "应付金额\nPayable", "select sum(payable_amount) from settlement.claims where cycle = '2026-10'"},
		{"索票-订单 Claims by order", "应付金额\nPayable", "select sum(payable_amount) from settlement.claims where cycle = '2026-10'"},
		{"进销对照 Input and output", "销项：可开票（不含税）\nOutput: invoiceable excl. tax", "select sum(charge_excl_tax - voucher_amount) from settlement.lines where cycle = '2026-10'"},
	} {
		rows, err := book.GetRows(c.sheet)
		if err != nil {
			t.Fatal(err)
		}
		at := slices.Index(rows[0], c.column)
		if at < 0 {
			t.Fatalf("sheet %s has no column %q: %q", c.sheet, c.column, rows[0])
		}
		if got, want := number(t, rows[len(rows)-1][at]), number(t, f.one("select cast(cast(("+c.query+") as decimal(38, 8)) as varchar)")); !got.Equal(want) {
			t.Errorf("sheet %s, %q: %s, the database has %s", c.sheet, c.column, got, want)
		}
	}
}

// A request for nothing is no failure: it needs no invoice.
func TestNothingToInvoiceIsNoFailure(t *testing.T) {
	f := story(t)
	f.exec(`update settlement.invoice_requests set amount_excl_tax = 0, tax_amount = 0, amount_incl_tax = 0, buyer_title = null, line_count = 0, status = 'unfit',
  unfit_reason = '合计为零，无需开票。 The total is 0: nothing to invoice' where cycle = '2026-10' and party_id = 'P-03'`)
	f.exec(`delete from settlement.invoice_lines where cycle = '2026-10' and party_id = 'P-03'`)
	dir := t.TempDir()
	f.write(Options{Dir: dir})
	rows, err := open(t, filepath.Join(dir, fixtureCycle, "draft/invoices-2026-10.xlsx")).GetRows("校验 Checks")
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(rows, func(row []string) bool { return row[0] == "DRAFT-NORTHSTAR-2026-10-1" })
	if at < 0 {
		t.Fatalf("the request is not listed: %q", rows)
	}
	if slices.Contains(rows[at], "不通过 Fail") || rows[at][3] != "—" || rows[at][len(rows[0])-1] != "无需开具 Not needed" {
		t.Errorf("got %q", rows[at])
	}
}
