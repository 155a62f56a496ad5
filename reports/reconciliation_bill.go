package reports

import (
	"strings"

	"github.com/shopspring/decimal"
)

// The sheet that holds the vendor's bill to the partner, as the operator imported it, against the fee records: a row a customer, and the
// partner's own use.

// partnerBillCheck is the check of the partner bill.
const partnerBillCheck = "41"

// notImported stands where no bill was imported for the month.
var notImported = label{"未导入；settle import partner-bill 文件 导入后重新执行 settle run", "Not imported; import it with settle import partner-bill FILE and run settle run again"}

// billParts are what explains a difference between the records and the bill, in the order in which they are shown.
var billParts = []cause{
	{"referral", label{"顾问销售", "Referral"}},
	{"mode_10", label{"预留实例", "Mode 10"}},
	{"late_cycle", label{"迟到入账", "Late cycle"}},
	{"truncation", label{"抹零截断", "Truncation"}},
	{"own_use", label{"伙伴自用", "Own use"}},
}

var reconBill = sheet{
	name:   label{"伙伴账单", "Partner bill"},
	freeze: 1,
	columns: func() []column {
		all := []column{
			{from: "customer_name", label: label{"客户", "Customer"}, kind: words, width: 26},
			{from: "customer_id", label: label{"客户账号ID", "Customer ID"}, kind: ident, width: 18},
			{from: "verdict", label: label{"结论", "Verdict"}, kind: words, width: 13, codes: verdictNames, tint: verdictTints},
			{from: "records", label: label{"消费记录数", "Fee records"}, kind: count, width: 11, sum: true},
			{from: "bill_lines", label: label{"账单行数", "Bill lines"}, kind: count, width: 9, sum: true},
			{from: "detail_amount", label: label{"消费记录金额", "Fee records"}, kind: side, width: 15, sum: true},
			{from: "bill_amount", label: label{"账单金额（不含税）", "Bill, excl. tax"}, kind: side, width: 15, sum: true},
			{from: "bill_tax", label: label{"账单税额", "Tax on the bill"}, kind: side, width: 13, sum: true},
			{from: "difference", label: label{"原始差额", "Raw difference"}, kind: side, width: 14, sum: true},
		}
		for _, p := range billParts {
			all = append(all, column{from: p.from, label: p.name, kind: side, width: 14, sum: true})
		}
		return append(all,
			column{from: "unexplained", label: label{"未解释", "Unexplained"}, kind: side, width: 14, sum: true},
			column{from: "tolerance", label: label{"截断上限", "Truncation at most"}, kind: side, width: 12},
			column{from: "finding_id", label: label{"异常编号（点击查看）", "Finding"}, kind: ident, width: 19})
	}(),
}

// partOfBill is the part of the bridge that a finding of check 41 explains; empty for what stays open.
func partOfBill(finding record) string {
	subject := finding.get("subject")
	for _, p := range billParts {
		if strings.HasSuffix(subject, ": "+p.from) {
			return p.from
		}
	}
	return ""
}

// withFindingsOfBill names the customers of the bridge, and the finding of each: its own, else the one that explains the largest part of its difference.
func withFindingsOfBill(bill *table, findings ...*table) (*table, error) {
	ofCustomer, ofPart := map[string]string{}, map[string]string{}
	for _, t := range findings {
		if t == nil {
			continue
		}
		for i := range t.rows {
			r := record{t, i}
			if r.get("check_id") != partnerBillCheck {
				continue
			}
			if part := partOfBill(r); part != "" {
				ofPart[part] = r.get("finding_id")
			} else if id := r.get("customer_id"); ofCustomer[id] == "" {
				ofCustomer[id] = r.get("finding_id")
			}
		}
	}
	return bill.with([]string{"customer_name", "finding_id"}, func(r record) ([]string, error) {
		name := r.get("customer_name")
		switch {
		case r.get("side") == "own":
			name = strings.TrimSuffix(label{"伙伴自用", "Own use"}.in(both)+" / "+name, " / ")
		case r.get("customer_id") == "":
			name = label{"全部客户（账单不分客户）", "All customers: the bill names none"}.in(both)
		}
		if !isZero(r.get("unexplained")) {
			return []string{name, ofCustomer[r.get("customer_id")]}, nil
		}
		finding, largest := "", decimal.Zero
		for _, p := range billParts {
			v, err := amounts(r, p.from)
			if err != nil {
				return nil, err
			}
			if size := v[0].Abs(); size.GreaterThan(largest) {
				finding, largest = ofPart[p.from], size
			}
		}
		return []string{name, finding}, nil
	})
}

// partnerBill says on the first page whether a bill was imported, and how it compares; a click leads to its sheet.
func (r *reconBook) partnerBill(g *page1, v picture) {
	l := look{size: 11, bold: true, color: navy, middle: true}
	g.line(20, put{column: 1, span: 8, value: label{"伙伴账单（检查 41）", "The vendor's bill to the partner (check 41)"}.in(g.lang), look: l})
	if t := r.data.bill; t == nil || t.rows == 0 {
		says := notImported
		if t == nil {
			says = missingLabel
		}
		g.line(overviewRowTall, put{column: 1, span: 8, value: says.in(g.lang), look: look{color: grey, middle: true}})
		return
	}
	g.heads(overviewHeadTall, map[int]label{1: {"结论（点击查看）", "Verdict"}, 2: {"客户数", "Customers"}, 3: {"账单行数", "Bill lines"}, 4: {"消费记录", "Fee records"},
		5: {"账单（不含税）", "Bill, excl. tax"}, 6: {"原始差额", "Raw difference"}, 7: {"已解释", "Explained"}, 8: {"未解释", "Unexplained"}})
	n := look{ruled: true, middle: true, indent: true}
	name, number := n, n
	name.link, name.fill = true, verdictTints[v.bill.verdict]
	number.align, number.format = "right", formatCount
	cells := []put{{column: 1, value: verdictNames[v.bill.verdict].in(g.lang), look: name}, {column: 2, value: v.bill.customers, look: number}, {column: 3, value: v.bill.lines, look: number}}
	for i, amount := range []decimal.Decimal{v.bill.detail, v.bill.billed, v.bill.difference, v.bill.difference.Sub(v.bill.unexplained), v.bill.unexplained} {
		value, form := moneyCell(amount)
		a := n
		a.align, a.format = "right", form
		if i == 4 && v.bill.verdict == "differs" {
			a.bold, a.color = true, alarm
		}
		cells = append(cells, put{column: 4 + i, value: value, look: a})
	}
	g.line(overviewRowTall, cells...)
	g.jump(1, r.tables[reconBill.name.zh].of(0))
}

// billSum is the partner bill in one row: one customer that differs makes it differ, though another may make up for it.
type billSum struct {
	verdict                                 string
	customers, lines                        int
	detail, billed, difference, unexplained decimal.Decimal
}

func (v *picture) partnerBill(d *reconData) {
	if d.bill == nil {
		return
	}
	v.bill.verdict = "ties"
	for i := range d.bill.rows {
		r := record{d.bill, i}
		if verdict := r.get("verdict"); verdict == "differs" || verdict == "explained" && v.bill.verdict == "ties" {
			v.bill.verdict = verdict
		}
		if r.get("side") == "customer" && r.get("customer_id") != "" {
			v.bill.customers++
		}
		v.bill.lines += whole(r.get("bill_lines"))
		for _, a := range []struct {
			from string
			into *decimal.Decimal
		}{{"detail_amount", &v.bill.detail}, {"bill_amount", &v.bill.billed}, {"difference", &v.bill.difference}, {"unexplained", &v.bill.unexplained}} {
			amount, _ := decimal.NewFromString(r.get(a.from)) // the database's decimal
			*a.into = a.into.Add(amount)
		}
	}
}
