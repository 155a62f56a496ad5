// Package partnerbill reads the vendor's bill to the partner, as its portal exports it: in come the bytes of a CSV (UTF-8 or GB 18030) or xlsx
// file and what its columns are called, out come the bill's lines with exact amounts, or everything that is wrong with
// the file at once, each fault with its cell.
package partnerbill

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
)

// The columns of a bill, by the names that the config uses.
const (
	CustomerID       = "customer_id"
	CustomerName     = "customer_name"
	Cycle            = "cycle"
	BillType         = "bill_type"
	ChargingMode     = "charging_mode"
	ServiceTypeCode  = "service_type_code"
	ResourceTypeCode = "resource_type_code"
	Amount           = "amount"
	TaxAmount        = "tax_amount"
	Currency         = "currency"
)

// known are the headers under which a column is found where the options name none.
var known = []struct {
	column  string
	headers []string
}{
	{CustomerID, []string{"客户ID", "客户账号ID", "子客户ID", "Customer ID", "customer_id"}},
	{CustomerName, []string{"客户名称", "客户账号名", "Customer Name", "Account Name"}},
	{Cycle, []string{"账期", "消费账期", "Billing Cycle", "bill_cycle"}},
	{BillType, []string{"账单类型", "Bill Type"}},
	{ChargingMode, []string{"计费模式", "Billing Mode"}},
	{ServiceTypeCode, []string{"产品类型编码", "云服务类型编码", "Product Type Code", "Service Type Code"}},
	{ResourceTypeCode, []string{"资源类型编码", "Resource Type Code"}},
	{Amount, []string{"应付金额", "应付金额(元)", "应付金额（元）", "结算金额", "消费金额", "Amount", "Settlement Amount"}},
	{TaxAmount, []string{"税额", "税额(元)", "税额（元）", "Tax", "Tax Amount"}},
	{Currency, []string{"币种", "Currency"}},
}

// Names lists the columns.
func Names() (all []string) {
	for _, k := range known {
		all = append(all, k.column)
	}
	return all
}

// Options say how a file is read; the zero value reads what the portal is known to call its columns.
type Options struct {
	Cycle             string            // YYYY-MM: lines of other cycles are left out
	Encoding          string            // of a CSV: utf-8, gb18030, or "" for what the bytes look like
	Sheet             string            // of an xlsx; "": the first that has the headers
	Columns           map[string]string // column → header in the file
	AmountsIncludeTax bool              // amounts are with tax: the tax column is taken off
	Own               []string          // customer ids of the partner's own accounts
}

// Line is one line of a bill.
type Line struct {
	FileLine                                                  int // from 1
	CustomerID, CustomerName                                  string
	Own                                                       bool // the partner's own use
	BillType, ChargingMode, ServiceTypeCode, ResourceTypeCode string
	Amount                                                    decimal.Decimal // without tax
	TaxAmount                                                 decimal.NullDecimal
	Currency                                                  string
}

// Bill is what a file says.
type Bill struct {
	Lines   []Line
	Columns map[string]string // column → header, of those that were found
	Sheet   string            // of an xlsx
	Others  int               // lines of other cycles, which were left out
	Amount  decimal.Decimal   // of Lines, without tax
}

// A Fault is one thing wrong with a file.
type Fault struct{ Cell, What, Remedy string }

// Error is everything wrong with a file.
type Error []Fault

// Error prints one fault a line.
func (e Error) Error() string {
	lines := make([]string, 0, len(e))
	for i, f := range e {
		if i == mostFaults {
			lines = append(lines, fmt.Sprintf("and %d more", len(e)-i))
			break
		}
		text := f.What
		if f.Cell != "" {
			text = f.Cell + ": " + text
		}
		if f.Remedy != "" {
			text += "; " + f.Remedy
		}
		lines = append(lines, text)
	}
	return strings.Join(lines, "\n")
}

const (
	mostFaults  = 50        // that are printed
	mostRows    = 2_000_000 // of a file
	headerRows  = 30        // how far down the headers may stand
	mostText    = 1000      // characters of a text that is kept
	mostBytes   = 512 << 20 // of an xlsx, unpacked
	totalMarker = "合计"
)

var errTooLong = fmt.Errorf("the file has more than %d rows; export one month of one partner", mostRows)

// Read reads a bill. Its error is an Error where the content is at fault.
func Read(content []byte, o Options) (*Bill, error) {
	if len(content) == 0 {
		return nil, Error{{What: "the file is empty", Remedy: "export it again"}}
	}
	r := &reader{o: o}
	var err error
	if bytes.HasPrefix(content, []byte("PK")) {
		err = r.xlsx(content)
	} else {
		err = r.csv(content)
	}
	if err != nil {
		return nil, err
	}
	return r.bill()
}

// reader takes rows one by one: headers first, then lines.
type reader struct {
	o       Options
	sheet   string
	place   map[string]int // column → index, once the headers are found
	headers map[string]string
	seen    [][]string // rows before the headers
	lines   []Line
	others  int
	total   *decimal.Decimal // what the file says it sums up to
	totalAt string
	sum     decimal.Decimal // of all lines, as the total counts them
	net     decimal.Decimal
	faults  Error
}

// row takes a row; cell names a cell of it by its index. cells are trimmed by it.
func (r *reader) row(line int, cells []string, cell func(int) string) error {
	if line > mostRows {
		return errTooLong
	}
	empty := true
	for i := range cells {
		cells[i] = clean(cells[i])
		empty = empty && cells[i] == ""
	}
	if empty {
		return nil
	}
	if r.place == nil {
		if len(r.seen) < headerRows && !r.header(cells) {
			r.seen = append(r.seen, slices.Clone(cells))
		}
		return nil
	}
	r.line(line, cells, cell)
	return nil
}

// header says whether cells are the headers, and notes where each column stands.
func (r *reader) header(cells []string) bool {
	place, headers := map[string]int{}, map[string]string{}
	for _, k := range known {
		names := k.headers
		if own := r.o.Columns[k.column]; own != "" {
			names = []string{own}
		}
		for _, name := range names {
			if i := slices.IndexFunc(cells, func(c string) bool { return strings.EqualFold(c, clean(name)) }); i >= 0 {
				place[k.column], headers[k.column] = i, cells[i]
				break
			}
		}
	}
	if _, ok := place[Amount]; !ok {
		return false
	}
	for column, name := range r.o.Columns { // what the config names must be there
		if _, ok := place[column]; !ok && name != "" {
			return false
		}
	}
	r.place, r.headers = place, headers
	return true
}

// yuan are the names of the currency that settle works in.
var yuan = []string{"CNY", "RMB", "人民币", "人民币元", "元"}

// line takes a row below the headers.
func (r *reader) line(line int, cells []string, cell func(int) string) {
	text := func(column string) string {
		if i, ok := r.place[column]; ok && i < len(cells) {
			return cells[i]
		}
		return ""
	}
	number := func(column string) (decimal.Decimal, bool) {
		i := r.place[column]
		n, err := amount(text(column), r.sheet != "")
		if err != nil {
			r.fault(cell(i), err.Error(), "write yuan with up to 8 decimals")
		}
		return n, err == nil
	}
	if isTotal(cells) {
		if text(Amount) == "" {
			return
		}
		if n, ok := number(Amount); ok {
			if r.total != nil {
				r.fault(cell(r.place[Amount]), "is a second total", "export the bill without subtotals")
			}
			r.total, r.totalAt = &n, cell(r.place[Amount])
		}
		return
	}
	n, ok := number(Amount)
	r.sum = r.sum.Add(n)
	cycle := text(Cycle)
	if _, has := r.place[Cycle]; has {
		month, good := cycleOf(cycle)
		if !good {
			r.fault(cell(r.place[Cycle]), fmt.Sprintf("%q is no billing cycle", shown(cycle)), "write YYYY-MM")
			return
		}
		if month != r.o.Cycle {
			r.others++
			return
		}
	}
	l := Line{
		FileLine: line, CustomerID: text(CustomerID), CustomerName: text(CustomerName), BillType: text(BillType), ChargingMode: text(ChargingMode),
		ServiceTypeCode: text(ServiceTypeCode), ResourceTypeCode: text(ResourceTypeCode), Currency: text(Currency), Amount: n,
	}
	// A line that names nobody is not taken for own use: that would explain away whatever has no customer.
	l.Own = l.CustomerID != "" && slices.Contains(r.o.Own, l.CustomerID)
	if l.Currency != "" && !slices.Contains(yuan, strings.ToUpper(l.Currency)) {
		r.fault(cell(r.place[Currency]), fmt.Sprintf("%q is another currency", shown(l.Currency)), "export the bill in CNY")
		return
	}
	if _, has := r.place[TaxAmount]; has && text(TaxAmount) != "" {
		tax, good := number(TaxAmount)
		l.TaxAmount, ok = decimal.NewNullDecimal(tax), ok && good
		if r.o.AmountsIncludeTax {
			l.Amount = l.Amount.Sub(tax)
		}
	}
	if !ok {
		return
	}
	r.net = r.net.Add(l.Amount)
	r.lines = append(r.lines, l)
}

// bill is what was read, or what is wrong with it.
func (r *reader) bill() (*Bill, error) {
	if r.place == nil {
		return nil, r.noHeader()
	}
	if _, has := r.place[TaxAmount]; r.o.AmountsIncludeTax && !has {
		r.fault("", "amounts include tax, and there is no column of tax to take off", "name it under partner_bill.columns.tax_amount, or export amounts without tax")
	}
	if r.total != nil && len(r.faults) == 0 && !r.total.Equal(r.sum) {
		r.fault(r.totalAt, fmt.Sprintf("the file says %s in all, its lines sum up to %s", r.total, r.sum), "the export is cut off, or was edited: export it again")
	}
	if len(r.lines) == 0 && len(r.faults) == 0 {
		what := "there is no line below the headers"
		if r.others > 0 {
			what = fmt.Sprintf("all %d lines are of other billing cycles than %s", r.others, r.o.Cycle)
		}
		r.fault("", what, "export the bill of "+r.o.Cycle)
	}
	if len(r.faults) > 0 {
		return nil, r.faults
	}
	return &Bill{Lines: r.lines, Columns: r.headers, Sheet: r.sheet, Others: r.others, Amount: r.net}, nil
}

// noHeader says which column was not found, and what the file has instead.
func (r *reader) noHeader() error {
	want := r.o.Columns[Amount]
	if want == "" {
		want = "the amount (" + strings.Join(headersOf(Amount), ", ") + ")"
	}
	for _, column := range Names() {
		if name := r.o.Columns[column]; name != "" && !slices.ContainsFunc(r.seen, func(row []string) bool { return slices.Contains(row, clean(name)) }) {
			want = name
			break
		}
	}
	widest := []string{}
	for _, row := range r.seen {
		if len(row) > len(widest) {
			widest = row
		}
	}
	return Error{{What: "no row of headers: a column " + want + " is not there", Remedy: "set partner_bill.columns in the config to the headers of the file; its fullest row at the top is: " + shown(strings.Join(widest, ", "))}}
}

func headersOf(column string) []string {
	for _, k := range known {
		if k.column == column {
			return k.headers
		}
	}
	return nil
}

func (r *reader) fault(cell, what, remedy string) {
	r.faults = append(r.faults, Fault{cell, what, remedy})
}

// isTotal says whether a row sums up: its first text says so.
func isTotal(cells []string) bool {
	for _, c := range cells {
		if c != "" {
			return slices.Contains([]string{totalMarker, "总计", "总额", "total", "grand total"}, strings.ToLower(strings.TrimRight(c, ":：")))
		}
	}
	return false
}

// cycleOf reads a month as the portal and spreadsheets write it: 2026-10, 202610, 2026/10, 2026年10月.
func cycleOf(s string) (string, bool) {
	digits := strings.NewReplacer("-", "", "/", "", "年", "", "月", "").Replace(s)
	if parts := strings.FieldsFunc(s, func(c rune) bool { return c < '0' || c > '9' }); len(parts) >= 2 && len(parts[0]) == 4 && len(parts[1]) == 1 {
		digits = parts[0] + "0" + parts[1]
	}
	if len(digits) < 6 || strings.Trim(digits[:6], "0123456789") != "" || digits[4:6] < "01" || digits[4:6] > "12" {
		return "", false
	}
	return digits[:4] + "-" + digits[4:6], true
}

var errDecimals = errors.New("has more than 8 decimals")

// amount reads an amount exactly. A number cell of a spreadsheet holds a binary fraction, sometimes written with 17 digits: where those are
// more than 8 decimals, the amount is what the spreadsheet shows of it, 15 digits.
func amount(text string, spreadsheet bool) (decimal.Decimal, error) {
	s := text
	for _, mark := range []string{"¥", "￥", "CNY", "元", " ", "\u00a0"} {
		s = strings.ReplaceAll(s, mark, "")
	}
	if whole, _, _ := strings.Cut(s, "."); strings.Contains(whole, ",") {
		groups := strings.Split(strings.TrimLeft(whole, "+-"), ",")
		for i, g := range groups {
			if len(g) > 3 || len(g) < 3 && i > 0 || g == "" {
				return decimal.Zero, fmt.Errorf("%q is no amount", shown(text))
			}
		}
		s = strings.ReplaceAll(whole, ",", "") + s[len(whole):]
	}
	if s == "" || s == "-" || len(s) > 40 || strings.Trim(s, "0123456789.+-eE") != "" {
		return decimal.Zero, fmt.Errorf("%q is no amount", shown(text))
	}
	n, err := decimal.NewFromString(s)
	if err != nil || n.Exponent() > 20 || n.Exponent() < -40 {
		return decimal.Zero, fmt.Errorf("%q is no amount", shown(text))
	}
	if over := n.NumDigits() - 15; spreadsheet && over > 0 && n.Exponent() < -8 {
		n = n.Round(-n.Exponent() - int32(over))
	}
	if !n.Equal(n.Truncate(8)) {
		return decimal.Zero, fmt.Errorf("%q %w", shown(text), errDecimals)
	}
	if n.Abs().Cmp(decimal.New(1, 10)) >= 0 {
		return decimal.Zero, fmt.Errorf("%q is too large", shown(text))
	}
	return n, nil
}

// clean drops what surrounds a text: blanks, the apostrophe or tab that keep an id from being read as a number, control characters.
func clean(s string) string {
	s = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || c == 0xfeff {
			return -1
		}
		return c
	}, s)
	s = strings.TrimSpace(s)
	if inner, ok := strings.CutPrefix(s, "'"); ok {
		s = strings.TrimSpace(inner)
	}
	if runes := []rune(s); len(runes) > mostText {
		s = string(runes[:mostText])
	}
	return s
}

// shown is a text from a file for a message.
func shown(s string) string {
	if runes := []rune(s); len(runes) > 200 {
		return string(runes[:200]) + "…"
	}
	return s
}
