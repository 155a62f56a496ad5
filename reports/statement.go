package reports

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
)

// The sheets of a settlement statement, customer's edition: the list amount, the customer's own reduction and what is settled.
// What the vendor charges the partner has no column here, and its queries do not read it.

var byServiceSheet = sheet{
	name:   label{"分产品", "By service"},
	freeze: 1,
	columns: []column{
		{from: "line_no", label: label{"行号", "No."}, kind: count, width: 5},
		{from: "kind", label: label{"类别", "Kind"}, kind: words, width: 11, codes: lineKinds},
		{from: "account_name", label: label{"账号名", "Account"}, kind: words, width: 18, only: forMany},
		{from: "service_type_name", label: label{"云服务", "Service"}, kind: words, width: 18},
		{from: "region_name", label: label{"区域", "Region"}, kind: words, width: 12},
		{from: "charging_mode", label: label{"计费模式", "Charging mode"}, kind: words, width: 19, codes: chargingModes},
		{from: "bill_detail_type", label: label{"账单类型", "Bill type"}, kind: words, width: 18, codes: billTypes},
		{from: "official_amount", label: label{"官网价", "List amount"}, kind: money, width: 13.5, sum: true},
		{from: "reduction_amount", label: label{"优惠", "Reduction"}, kind: money, width: 12.5, sum: true},
		{from: "rule_id", label: label{"计价规则", "Rule"}, kind: ident, width: 10},
		{from: "list_factor", label: label{"官网价系数", "Factor on list"}, kind: factor, width: 9},
		{from: "settled_amount", label: label{"结算金额", "Settlement amount"}, kind: money, width: 13.5, sum: true},
		{from: "amount_excl_tax", label: label{"不含税金额", "Amount excl. tax"}, kind: money, width: 13.5, sum: true},
		{from: "tax_rate", label: label{"税率", "Tax rate"}, kind: rate, width: 7},
		{from: "tax_amount", label: label{"税额", "Tax"}, kind: money, width: 12, sum: true},
		{from: "amount_incl_tax", label: label{"价税合计", "Total incl. tax"}, kind: money, width: 13.5, sum: true},
		{from: "record_count", label: label{"笔数", "Records"}, kind: count, width: 8, sum: true},
		{from: "origin_cycle", label: label{"原账期", "Original cycle"}, kind: text, width: 10, only: forPrior},
		{from: "note", label: label{"说明", "Note"}, kind: words, width: 28, read: lineNote, only: forNotes},
	},
}

var byAccountSheet = sheet{
	name:   label{"分账号", "By account"},
	freeze: 2,
	columns: []column{
		{label: label{"序号", "No."}, kind: ordinal, width: 6},
		{from: "account_name", label: label{"账号名", "Account"}, kind: words, width: 24, codes: roundingRow},
		{from: "customer_name", label: label{"客户名称", "Customer"}, kind: words, width: 30},
		{from: "customer_id", label: label{"账号ID", "Account ID"}, kind: ident, width: 34},
		{from: "official_amount", label: label{"官网价", "List amount"}, kind: money, width: 15, sum: true},
		{from: "reduction_amount", label: label{"优惠", "Reduction"}, kind: money, width: 14, sum: true},
		{from: "settled_amount", label: label{"结算金额", "Settlement amount"}, kind: money, width: 15, sum: true},
		{from: "amount_excl_tax", label: label{"不含税金额", "Amount excl. tax"}, kind: money, width: 15, sum: true},
		{from: "tax_amount", label: label{"税额", "Tax"}, kind: money, width: 13, sum: true},
		{from: "amount_incl_tax", label: label{"价税合计", "Total incl. tax"}, kind: money, width: 15, sum: true},
		{from: "share", label: label{"占比", "Share"}, kind: share, width: 9},
		{from: "record_count", label: label{"笔数", "Records"}, kind: count, width: 9, sum: true},
	},
}

var detailSheet = sheet{
	name:   label{"消费明细", "Detail"},
	freeze: 2,
	columns: []column{
		{label: label{"序号", "No."}, kind: ordinal, width: 7},
		{from: "service_type_name", label: label{"云服务", "Service"}, kind: words, width: 15},
		{from: "cycle", label: label{"账期", "Cycle"}, kind: text, width: 8},
		{from: "customer_account_name", label: label{"账号名", "Account"}, kind: words, width: 21, only: forMany},
		{from: "customer_id", label: label{"账号ID", "Account ID"}, kind: ident, width: 16, only: forMany},
		{from: "resource_type_name", label: label{"资源类型", "Resource type"}, kind: words, width: 12},
		{from: "region_name", label: label{"区域", "Region"}, kind: words, width: 11},
		{from: "resource_name", label: label{"资源名称", "Resource name"}, kind: words, width: 17},
		{from: "resource_id", label: label{"资源ID", "Resource ID"}, kind: ident, width: 16},
		{from: "product_spec_desc", label: label{"规格", "Specification"}, kind: words, width: 16},
		{from: "charging_mode", label: label{"计费模式", "Charging mode"}, kind: words, width: 15, codes: chargingModes},
		{from: "bill_detail_type", label: label{"账单类型", "Bill type"}, kind: words, width: 11, codes: billTypes},
		{from: "consume_from", label: label{"消费开始 (GMT+8)", "Usage from"}, kind: instant, width: 17},
		{from: "consume_to", label: label{"消费结束 (GMT+8)", "Usage to"}, kind: instant, width: 17},
		{from: "trade_id", label: label{"订单/交易号", "Order/transaction no."}, kind: ident, width: 15},
		{from: "usage_type_name", label: label{"使用量类型", "Usage type"}, kind: words, width: 10},
		{from: "usage_amount", label: label{"使用量", "Usage"}, kind: quantity, width: 12},
		{from: "usage_unit", label: label{"单位", "Unit"}, kind: words, width: 8},
		{from: "usage_normal", label: label{"归一使用量", "Normalised usage"}, kind: quantity, width: 19},
		{from: "usage_normal_unit", label: label{"归一单位", "Normalised unit"}, kind: words, width: 9},
		{from: "free_resource_usage", label: label{"套餐内用量", "Covered by package"}, kind: quantity, width: 11},
		{from: "official_amount", label: label{"官网价", "List amount"}, kind: exact, width: 18, sum: true},
		{from: "reduction_amount", label: label{"优惠", "Reduction"}, kind: exact, width: 18, sum: true},
		{from: "rule_id", label: label{"计价规则", "Rule"}, kind: ident, width: 9},
		{from: "charge_amount", label: label{"结算金额", "Settlement amount"}, kind: exact, width: 18, sum: true},
		{from: "tax_rate", label: label{"税率", "Tax rate"}, kind: rate, width: 7},
		{from: "note", label: label{"备注", "Remark"}, kind: words, width: 14, read: lineNote},
		{from: "source_row", label: label{"来源行号", "Source record"}, kind: text, width: 15},
	},
}

var ordersSheet = sheet{
	name:   label{"包年包月订单", "Orders"},
	freeze: 2,
	across: 2,
	columns: []column{
		{label: label{"序号", "No."}, kind: ordinal, width: 6},
		{from: "order_id", label: label{"订单号", "Order no."}, kind: ident, width: 22},
		{from: "customer_account_name", label: label{"账号名", "Account"}, kind: words, width: 21, only: forMany},
		{from: "customer_id", label: label{"账号ID", "Account ID"}, kind: ident, width: 18, only: forMany},
		{from: "trade_time", label: label{"支付时间 (GMT+8)", "Paid at"}, kind: instant, width: 18},
		{from: "service_type_name", label: label{"云服务", "Service"}, kind: words, width: 18},
		{from: "product_name", label: label{"产品", "Product"}, kind: words, width: 22},
		{from: "product_spec_desc", label: label{"规格", "Specification"}, kind: words, width: 22},
		{from: "region_name", label: label{"区域", "Region"}, kind: words, width: 13},
		{from: "resource_name", label: label{"资源名称", "Resource name"}, kind: words, width: 20},
		{from: "resource_id", label: label{"资源ID", "Resource ID"}, kind: ident, width: 20},
		{from: "charging_mode", label: label{"计费模式", "Charging mode"}, kind: words, width: 13, codes: chargingModes},
		{from: "bill_detail_type", label: label{"账单类型", "Bill type"}, kind: words, width: 13, codes: billTypes},
		{from: "consume_from", label: label{"开始 (GMT+8)", "From"}, kind: instant, width: 18},
		{from: "consume_to", label: label{"结束 (GMT+8)", "To"}, kind: instant, width: 18},
		{from: "official_amount", label: label{"官网价", "List amount"}, kind: money, width: 14, sum: true},
		{from: "reduction_amount", label: label{"优惠", "Reduction"}, kind: money, width: 14, sum: true},
		{from: "rule_id", label: label{"计价规则", "Rule"}, kind: ident, width: 11},
		{from: "charge_amount", label: label{"结算金额", "Settlement amount"}, kind: money, width: 14, sum: true},
	},
}

var refundsSheet = sheet{
	name:   label{"退订与调账", "Refunds & adjustments"},
	freeze: 2,
	across: 2,
	columns: []column{
		{label: label{"序号", "No."}, kind: ordinal, width: 6},
		{from: "kind", label: label{"类别", "Kind"}, kind: words, width: 11, codes: lineKinds},
		{from: "customer_account_name", label: label{"账号名", "Account"}, kind: words, width: 21, only: forMany},
		{from: "customer_id", label: label{"账号ID", "Account ID"}, kind: ident, width: 18, only: forMany},
		{from: "bill_detail_type", label: label{"账单类型", "Bill type"}, kind: words, width: 16, codes: billTypes},
		{from: "order_id", label: label{"退订单号", "Refund order no."}, kind: ident, width: 22},
		{from: "base_order_id", label: label{"原订单号", "Original order no."}, kind: ident, width: 22},
		{from: "origin_cycle", label: label{"原账期", "Original cycle"}, kind: text, width: 10},
		{from: "origin_line_id", label: label{"原明细行", "Original record"}, kind: ident, width: 20},
		{from: "trade_time", label: label{"交易时间 (GMT+8)", "Transaction time"}, kind: instant, width: 18},
		{from: "service_type_name", label: label{"云服务", "Service"}, kind: words, width: 18},
		{from: "region_name", label: label{"区域", "Region"}, kind: words, width: 13},
		{from: "resource_name", label: label{"资源名称", "Resource name"}, kind: words, width: 20},
		{from: "resource_id", label: label{"资源ID", "Resource ID"}, kind: ident, width: 20},
		{from: "official_amount", label: label{"官网价", "List amount"}, kind: money, width: 14, sum: true},
		{from: "reduction_amount", label: label{"优惠", "Reduction"}, kind: money, width: 14, sum: true},
		{from: "rule_id", label: label{"计价规则", "Rule"}, kind: ident, width: 11},
		{from: "charge_amount", label: label{"结算金额", "Settlement amount"}, kind: money, width: 14, sum: true},
		{from: "note", label: label{"原因", "Reason"}, kind: words, width: 28, read: lineNote},
	},
}

var (
	summaryName = label{"结算汇总", "Summary"}
	notesName   = label{"说明", "Notes"}
)

var draftMark = label{"草稿", "DRAFT"}

// mark is what stands for the number of a statement.
func (p party) mark() string {
	if p.issued() {
		return clean(p.statementNo)
	}
	return draftMark.in(p.lang)
}

// writeStatement writes a party's workbook. The table sheets come first, since Summary and Notes speak of what they hold.
func writeStatement(ctx context.Context, m *month, o Options, data *bundleData, p party, out io.Writer) error {
	printed, err := readPrinted(data, p)
	if err != nil {
		return err
	}
	holds := printed.holds(p)
	many := holds[forMany]
	detail := detailSheet.with(holds)

	names := []string{summaryName.in(p.lang)}
	if printed.credited != nil {
		names = append(names, creditName.in(p.lang))
	}
	names = append(names, byServiceSheet.sheetName(p.lang, 1))
	if many {
		names = append(names, byAccountSheet.sheetName(p.lang, 1))
	}
	for _, long := range []struct {
		sheet sheet
		rows  int
	}{{detail, p.held.detail}, {ordersSheet, p.held.orders}, {refundsSheet, p.held.refunds}} {
		names = append(names, long.sheet.sheetNames(p.lang, long.rows, o.maxRows)...)
	}
	names = append(names, bandwidthSheet.sheetName(p.lang, 1), packagesSheet.sheetName(p.lang, 1), notesName.in(p.lang))

	b, err := newBook(o, p.lang, p.frame(m, o), names)
	if err != nil {
		return err
	}
	defer b.close()

	services, err := b.writeTable(ctx, byServiceSheet.with(holds), printed.lines, p.id)
	if err != nil {
		return err
	}
	if many {
		accounts, err := withShares(data.byAccount, p.id, p.amountInclTax)
		if err != nil {
			return err
		}
		if _, err := b.writeTable(ctx, byAccountSheet, accounts, p.id); err != nil {
			return err
		}
	}
	used := unitsUsed{}
	for _, long := range []struct {
		sheet  sheet
		source *source
		rows   int
		each   func(*table, int)
	}{
		{detail, data.detail, p.held.detail, used.see},
		{ordersSheet.with(holds), data.orders, p.held.orders, nil},
		{refundsSheet.with(holds), data.refunds, p.held.refunds, nil},
	} {
		if _, err := b.writeLong(ctx, long.sheet, long.source, p.id, long.rows, o.maxRows, long.each); err != nil {
			return err
		}
	}
	if err := b.writeBandwidth(ctx, bandwidthSheet.with(holds), data, p.id); err != nil {
		return err
	}
	if _, err := b.writeTable(ctx, packagesSheet.with(holds), data.packages, p.id); err != nil {
		return err
	}
	if err := b.writeSummary(m, o, data, p, printed, services); err != nil {
		return fmt.Errorf("sheet %s: %w", names[0], err)
	}
	if printed.credited != nil {
		if err := b.writeCredit(m, o, p, printed); err != nil {
			return fmt.Errorf("sheet %s: %w", names[1], err)
		}
	}
	if err := b.writeNotes(m, o, p, printed, used); err != nil {
		return fmt.Errorf("sheet %s: %w", names[len(names)-1], err)
	}
	return b.save(out, o.TmpDir)
}

func (p party) frame(m *month, o Options) frame {
	return frame{
		title:   label{"客户结算单", "Customer Settlement Statement"}.in(p.lang) + " " + m.cycle,
		subject: clean(p.name),
		who:     p.name + "  " + m.cycle,
		mark:    p.mark() + "  " + p.shortCode + "-" + m.cycle + "-R" + p.revision,
		draft:   m.draft,
		author:  clean(o.Seller.name()),
	}
}

func (s Seller) name() string {
	if s.Title != "" {
		return s.Title
	}
	return s.PartnerName
}

// printed is what the printed lines of a statement say together.
type printed struct {
	lines     *table // the party's lines, with the factor on list
	list      decimal.Decimal
	reduction decimal.Decimal
	contained decimal.Decimal            // tax in the settled amounts of contracts whose prices include it
	kinds     map[string]decimal.Decimal // settled amounts of what is no record, by kind
	months    []priorMonth
	vouchers  decimal.Decimal
	taxes     []taxGroup
	bases     map[string]bool // "incl", "excl"
	services  []serviceSum
	accounts  []string
	contracts []contract
	pricing   []string
	credited  *credited // of a later revision: the one before
	notes     bool      // a line has one
}

// priorMonth is an issued month that changed, with what of it is settled here.
type priorMonth struct {
	cycle   string
	settled decimal.Decimal
}

// contract is a contract's row with the days of the month on which it is valid.
type contract struct {
	no, customerID, account, from, to string
	whole                             bool // of the month
}

// holds says which of the columns that not every statement needs this one has.
func (s *printed) holds(p party) map[need]bool {
	return map[need]bool{forMany: p.manyAccounts(), forPrior: len(s.months) > 0, forNotes: s.notes}
}

// taxGroup is a tax rate with what stands under it.
type taxGroup struct {
	rate      string
	excl, tax decimal.Decimal
}

// serviceSum is a service of the statement, at the contracts' prices.
type serviceSum struct {
	key, name                      string
	official, reduction, amt, prev decimal.Decimal
}

// atPrices is what the statement settles at the contracts' prices, the tax that some include among it.
func (p *printed) atPrices() decimal.Decimal {
	sum := p.list.Sub(p.reduction)
	for _, v := range p.kinds {
		sum = sum.Add(v)
	}
	for _, m := range p.months {
		sum = sum.Add(m.settled)
	}
	return sum
}

// inclusive says whether the statement settles at prices that include tax.
func (p *printed) inclusive() bool { return p.bases["incl"] && !p.bases["excl"] }

func (p *printed) mixed() bool { return p.bases["incl"] && p.bases["excl"] }

// readPrinted sums the printed lines up and holds them against the statement: a document that contradicts itself is not written.
func readPrinted(data *bundleData, p party) (*printed, error) {
	s := &printed{bases: map[string]bool{}, kinds: map[string]decimal.Decimal{}}
	var err error
	if s.lines, err = withFactors(data.byService, p.id); err != nil {
		return nil, err
	}
	var official, settled, excl, tax, incl decimal.Decimal
	n := 0
	for r := range s.lines.records(p.id) {
		n++
		v, err := amounts(r, "official_amount", "reduction_amount", "settled_amount", "amount_excl_tax", "tax_amount", "amount_incl_tax", "list_amount", "voucher_amount")
		if err != nil {
			return nil, err
		}
		official, settled, excl, tax, incl = official.Add(v[6]), settled.Add(v[2]), excl.Add(v[3]), tax.Add(v[4]), incl.Add(v[5])
		s.list, s.reduction, s.vouchers = s.list.Add(v[0]), s.reduction.Add(v[1]), s.vouchers.Add(v[7])
		s.bases[r.get("tax_basis")] = true
		if r.get("tax_basis") == "incl" {
			s.contained = s.contained.Add(v[2].Sub(v[3]))
		}
		s.notes = s.notes || r.get("note") != ""
		switch kind := r.get("kind"); kind {
		case "record":
		case "prior_period":
			s.addMonth(r.get("origin_cycle"), v[2])
		default:
			s.kinds[kind] = s.kinds[kind].Add(v[2])
		}
		s.addTax(r.get("tax_rate"), v[3], v[4])
	}
	for _, c := range []struct {
		what      string
		have, say decimal.Decimal
	}{{"list amounts", official, p.officialAmount}, {"amounts excl. tax", excl, p.amountExclTax}, {"settlement amounts less the tax in them", settled.Sub(s.contained), p.amountExclTax}, {"taxes", tax, p.taxAmount}, {"totals", incl, p.amountInclTax}} {
		if !c.have.Equal(c.say) {
			return nil, fmt.Errorf("the printed lines' %s are %s, the statement says %s; no document is made of a contradiction, see the findings of check 34",
				c.what, c.have, c.say)
		}
	}
	if n != p.lineCount {
		return nil, fmt.Errorf("the statement announces %d printed lines, there are %d; see the findings of check 34", p.lineCount, n)
	}
	if s.services, err = serviceSums(s, data, p); err != nil {
		return nil, err
	}
	for r := range data.accounts.records(p.id) {
		s.accounts = unique(s.accounts, r.get("customer_id"))
		s.pricing = unique(s.pricing, r.get("pricing_hash"))
	}
	s.contracts = readContracts(data, p)
	if s.credited, err = readCredited(data, p); err != nil {
		return nil, err
	}
	return s, nil
}

// readContracts lists the contract rows that the statement's lines stand under, and those that are valid beside them.
func readContracts(data *bundleData, p party) []contract {
	var all []contract
	known := map[string]bool{}
	for r := range data.contracts.records(p.id) {
		known[r.get("contract_no")] = true
		all = append(all, contract{
			no: r.get("contract_no"), customerID: r.get("customer_id"), account: r.get("account_name"),
			from: r.get("from_day"), to: r.get("to_day"), whole: r.get("whole_month") == "yes",
		})
	}
	for r := range data.accounts.records(p.id) { // a refund may stand under a contract that has ended
		if no := r.get("contract_no"); no != "" && !known[no] {
			known[no] = true
			all = append(all, contract{no: no, customerID: r.get("customer_id"), account: r.get("account_name"), whole: true})
		}
	}
	return all
}

func (s *printed) addMonth(cycle string, settled decimal.Decimal) {
	for i := range s.months {
		if s.months[i].cycle == cycle {
			s.months[i].settled = s.months[i].settled.Add(settled)
			return
		}
	}
	s.months = append(s.months, priorMonth{cycle, settled})
	slices.SortFunc(s.months, func(a, b priorMonth) int { return strings.Compare(a.cycle, b.cycle) })
}

func amounts(r record, columns ...string) ([]decimal.Decimal, error) {
	all := make([]decimal.Decimal, len(columns))
	for i, c := range columns {
		d, err := amount(r.get(c))
		if err != nil {
			return nil, fmt.Errorf("query %s: %s: %w", r.t.name, c, err)
		}
		all[i] = d
	}
	return all, nil
}

func unique(have []string, v string) []string {
	if v == "" {
		return have
	}
	for _, h := range have {
		if h == v {
			return have
		}
	}
	return append(have, v)
}

func (p *printed) addTax(rate string, excl, tax decimal.Decimal) {
	rate = plain(rate)
	for i := range p.taxes {
		if p.taxes[i].rate == rate {
			p.taxes[i].excl = p.taxes[i].excl.Add(excl)
			p.taxes[i].tax = p.taxes[i].tax.Add(tax)
			return
		}
	}
	p.taxes = append(p.taxes, taxGroup{rate, excl, tax})
}

// extend copies a party's part of an answer and adds a column to it.
func extend(t *table, party, column string, value func(record) (string, error)) (*table, error) {
	from, to := t.of(party)
	out := &table{name: t.name, columns: append(append([]string{}, t.columns...), column)}
	var text strings.Builder
	for row := from; row < to; row++ {
		for c := range t.columns {
			text.WriteString(t.cell(row, c))
			out.ends = append(out.ends, uint32(text.Len()))
		}
		v, err := value(record{t, row})
		if err != nil {
			return nil, err
		}
		text.WriteString(v)
		out.ends = append(out.ends, uint32(text.Len()))
		out.rows++
	}
	out.text = text.String()
	return out, nil
}

// withFactors adds what the list amount was multiplied by, where the rule says it so.
func withFactors(t *table, party string) (*table, error) {
	one := decimal.NewFromInt(1)
	return extend(t, party, "list_factor", func(r record) (string, error) {
		v, err := amount(r.get("list_value"))
		if err != nil {
			return "", fmt.Errorf("rule %s: %w", r.get("rule_id"), err)
		}
		switch r.get("list_method") {
		case "pass_through":
			return "1", nil
		case "factor":
			return v.String(), nil
		case "discount":
			return one.Sub(v).String(), nil
		case "markup":
			return one.Add(v).String(), nil
		}
		return "", nil
	})
}

// withShares adds what part of the whole a row is.
func withShares(t *table, party string, whole decimal.Decimal) (*table, error) {
	return extend(t, party, "share", func(r record) (string, error) {
		v, err := amount(r.get("amount_incl_tax"))
		if err != nil {
			return "", err
		}
		return ratio(v, whole), nil
	})
}

// ratio is part/whole to four places, empty where there is no whole to be part of.
func ratio(part, whole decimal.Decimal) string {
	if whole.Sign() <= 0 {
		return ""
	}
	return part.DivRound(whole, 4).String()
}
