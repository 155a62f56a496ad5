package reports

// The sheets that hold fee records against the monthly bill: a row a customer, a row a slice, and what only one side has.

var verdictNames = map[string]label{
	"ties":      {"一致", "Ties"},
	"explained": {"差额已解释", "Explained"},
	"differs":   {"有未解释差额", "Differs"},
}

var verdictTints = map[string]string{"ties": paleGreen, "explained": paleGreen, "differs": paleRed}

// cause is one of the reasons that explain a difference between records and bill.
type cause struct {
	from string
	name label
}

// causes are those reasons, in the order in which they are shown; truncation first, for it is in every month.
var causes = []cause{
	{"truncation", label{"抹零截断", "Truncation"}},
	{"late_cycle", label{"迟到入账", "Late cycle"}},
	{"association_change", label{"关联变更", "Association change"}},
	{"referral", label{"顾问销售", "Referral"}},
	{"mode_10", label{"预留实例", "Mode 10"}},
	{"funding_change", label{"支付方式变化", "Funding change"}},
}

func partColumns(before []column, after ...column) []column {
	for _, p := range causes {
		before = append(before, column{from: p.from, label: p.name, kind: side, width: 14, sum: true})
	}
	return append(before, after...)
}

var reconTieOut = sheet{
	name:   label{"勾稽", "Tie-out"},
	freeze: 1,
	across: 2,
	columns: append(partColumns([]column{
		{from: "customer_name", label: label{"客户", "Customer"}, kind: words, width: 26},
		{from: "party_name", label: label{"结算对象", "Party"}, kind: words, width: 22},
		{from: "customer_id", label: label{"客户账号ID", "Customer ID"}, kind: ident, width: 18},
		{from: "reseller_id", label: label{"二级经销商", "Reseller"}, kind: ident, width: 12},
		{from: "verdict", label: label{"结论", "Verdict"}, kind: words, width: 13, codes: verdictNames, tint: verdictTints},
		{from: "slices", label: label{"分项（点击查看）", "Slices"}, kind: count, width: 9},
		{from: "slices_off", label: label{"未勾稽分项", "Slices off"}, kind: count, width: 9, sum: true},
		{from: "open_findings", label: label{"未决异常", "Open findings"}, kind: count, width: 9},
		{from: "records", label: label{"消费记录数", "Fee records"}, kind: count, width: 11, sum: true},
		{from: "detail_amount", label: label{"消费记录金额", "Fee records"}, kind: side, width: 15, sum: true},
		{from: "bill_amount", label: label{"月账单金额", "Monthly bill"}, kind: side, width: 15, sum: true},
		{from: "difference", label: label{"原始差额", "Raw difference"}, kind: side, width: 14, sum: true},
	},
		column{from: "unexplained", label: label{"未解释", "Unexplained"}, kind: side, width: 14, sum: true},
		column{from: "tolerance", label: label{"截断容差", "Tolerance of truncation"}, kind: side, width: 12},
		column{from: "reason_code", label: label{"主要原因", "Main reason"}, kind: words, width: 14, codes: reasonCodes},
	), formulaColumns()...),
}

// formulas are the candidates for what the monthly amount is.
var formulas = []string{"payable", "payable_less_debt", "payable_less_vouchers", "payable_less_debt_and_vouchers", "cash_and_credit"}

func formulaColumns() []column {
	all := []column{{from: "is_telling", label: label{"口径可辨", "Formulas differ"}, kind: words, width: 10, codes: yesNo}}
	for _, f := range formulas {
		name := reasonCodes[f]
		all = append(all,
			column{from: "difference_" + f, label: label{"差额：" + name.zh, "Left by " + name.en}, kind: side, width: 14},
			column{from: "ties_" + f, label: label{"勾稽", "Ties"}, kind: words, width: 7, codes: yesNo, tint: map[string]string{"yes": paleGreen}})
	}
	return all
}

func sliceColumns(tail ...column) []column {
	return append([]column{
		{from: "customer_name", label: label{"客户", "Customer"}, kind: words, width: 26},
		{from: "customer_id", label: label{"客户账号ID", "Customer ID"}, kind: ident, width: 18},
		{from: "reseller_id", label: label{"二级经销商", "Reseller"}, kind: ident, width: 12},
		{from: "service_type_name", label: label{"云服务", "Service"}, kind: words, width: 20},
		{from: "resource_type_code", label: label{"资源类型", "Resource type"}, kind: ident, width: 24},
		{from: "charging_mode", label: label{"计费模式", "Charging mode"}, kind: words, width: 14, codes: chargingModes},
		{from: "bill_type", label: label{"账单类型", "Bill type"}, kind: words, width: 13, codes: billSides},
		{from: "records", label: label{"消费记录数", "Fee records"}, kind: count, width: 10, sum: true},
		{from: "bill_rows", label: label{"月账单行数", "Bill rows"}, kind: count, width: 9, sum: true},
		{from: "detail_amount", label: label{"消费记录金额", "Fee records"}, kind: side, width: 15, sum: true},
		{from: "bill_amount", label: label{"月账单金额", "Monthly bill"}, kind: side, width: 15, sum: true},
		{from: "difference", label: label{"原始差额", "Raw difference"}, kind: side, width: 14, sum: true},
	}, tail...)
}

// billSides are the kinds of the monthly bill's rows.
var billSides = map[string]label{
	"0": {"消费", "Consumption"},
	"1": {"退订", "Unsubscription"},
	"2": {"核销", "Write-off"},
}

var reconSlices = sheet{
	name:   label{"分项", "Slices"},
	freeze: 1,
	across: 2,
	columns: partColumns(sliceColumns(),
		column{from: "named_otherwise", label: label{"名称不同", "Under other names"}, kind: side, width: 14, sum: true},
		column{from: "unexplained", label: label{"未解释", "Unexplained"}, kind: side, width: 14, sum: true},
		column{from: "tolerance", label: label{"截断容差", "Tolerance of truncation"}, kind: side, width: 12},
		column{from: "reason_code", label: label{"原因码", "Reason code"}, kind: words, width: 14, codes: reasonCodes, tint: map[string]string{"unexplained": paleRed}},
		column{from: "finding_id", label: label{"异常编号（点击查看）", "Finding"}, kind: ident, width: 19},
	),
}

var (
	reconLeft  = sheet{name: label{"未匹配左", "Only in records"}, freeze: 1, columns: unmatchedColumns()}
	reconRight = sheet{name: label{"未匹配右", "Only in bill"}, freeze: 1, columns: unmatchedColumns()}
)

func unmatchedColumns() []column {
	return sliceColumns(
		column{from: "unexplained", label: label{"未解释", "Unexplained"}, kind: side, width: 14, sum: true},
		column{from: "reason_code", label: label{"原因码", "Reason code"}, kind: words, width: 14, codes: reasonCodes, tint: map[string]string{"unexplained": paleRed}},
		column{from: "finding_id", label: label{"异常编号（点击查看）", "Finding"}, kind: ident, width: 19})
}
