package pricing

import (
	"reflect"
	"strings"
)

// kind says how a cell becomes a field.
type kind int

const (
	textCell     kind = iota // one line
	longTextCell             // may have line breaks
	idCell                   // text that a spreadsheet may have taken for a number
	enumCell                 // one of a column's values
	yesNoCell
	dateCell     // a date cell or yyyy-mm-dd
	cycleCell    // yyyy-mm
	integerCell  // a whole number
	rateCell     // a factor, a rate or a price
	moneyCell    // an amount, 8 places
	centsCell    // an amount, 2 places
	quantityCell // 12 places
)

// column is one header of a sheet: how it is read, and what a new workbook tells about it.
type column struct {
	header   string
	kind     kind
	required bool
	values   []string // of an enum
	absent   string   // what an empty enum means
	refers   string   // "Parties.party_id": the column whose values are valid here
	width    float64
	note     string
}

// db is the database column; one differs from its header because "from" is a reserved word.
func (c column) db() string {
	if c.header == "from" {
		return "tier_from"
	}
	return c.header
}

// sheet declares a sheet of the workbook.
type sheet struct {
	name    string
	about   string
	needed  bool // nothing can be settled without rows in it
	columns []column
	example []string // a row for the guide, in the order of columns
}

func (s *sheet) headers() string {
	var names []string
	for _, c := range s.columns {
		names = append(names, c.header)
	}
	return strings.Join(names, ", ")
}

var yesNoValues = []string{"yes", "no"}

// sheets is the workbook, in the order of its sheets.
var sheets = []*sheet{partiesSheet, contractsSheet, rulesSheet, tiersSheet, commitmentsSheet, adjustmentsSheet, taxItemsSheet, invoicesSheet}

func sheetOrder(name string) int {
	for i, s := range sheets {
		if strings.EqualFold(s.name, strings.TrimSpace(name)) {
			return i + 1
		}
	}
	return 0
}

var partiesSheet = &sheet{
	name:   "Parties",
	needed: true,
	about:  "结算对象：谁收到结算单和开票申请。Who gets the statement and the invoice request.",
	columns: []column{
		{header: "party_id", kind: idCell, required: true, width: 38, note: "结算对象编号，唯一，长期不变。Id of the party: unique, never reused."},
		{header: "short_code", kind: idCell, required: true, width: 24, note: "短代码，用于文件名和单据号：1-32 个字母、数字、_ 或 -，不分大小写唯一。Stands in file names and document numbers: 1 to 32 of A-Z a-z 0-9 _ -, unique whatever the case."},
		{header: "name", kind: textCell, required: true, width: 32, note: "名称，印在结算单上。Name as printed on the statement."},
		{header: "kind", kind: enumCell, required: true, values: []string{KindCustomer, KindGroup, KindReseller}, width: 12, note: "customer：一个账号；group：多个账号；reseller：同一二级经销商的账号。customer: one account; group: several; reseller: accounts of one tier-2 reseller."},
		{header: "language", kind: enumCell, values: []string{"zh", "en", "both"}, absent: "both", width: 11, note: "结算单语言，空为 both。Language of the statement; empty means both."},
		{header: "invoice_kind", kind: enumCell, values: []string{"special", "ordinary", "none"}, absent: "ordinary", width: 14, note: "专票 special、普票 ordinary、不开票 none，空为 ordinary。Special or ordinary VAT invoice, or none; empty means ordinary."},
		{header: "buyer_title", kind: textCell, width: 32, note: "购方名称（发票抬头）。Buyer title on the invoice."},
		{header: "tax_id", kind: idCell, width: 22, note: "购方税号：18 位统一社会信用代码（含校验位）；专票必填。Buyer's tax id, 18 characters with a check character; a special invoice needs it."},
		{header: "address_phone", kind: textCell, width: 32, note: "地址、电话。Address and phone."},
		{header: "bank_account", kind: textCell, width: 32, note: "开户行及账号。Bank and account."},
		{header: "email", kind: textCell, width: 26, note: "收票邮箱。Where the invoice is sent."},
		{header: "invoice_by", kind: enumCell, values: []string{"cycle", "order", "account"}, absent: "cycle", width: 12, note: "开票拆分方式：cycle 按账期合并，order 按订单，account 按账号；空为 cycle。How the party's invoices are split: one a cycle, one an order, or one an account; empty means cycle."},
	},
	example: []string{"P-1001", "acme", "示例科技有限公司", "customer", "both", "special", "示例科技有限公司", "91350100M000100Y43", "某市某路 1 号 000-0000000", "某银行某支行 0000 0000 0000", "finance@example.com", "cycle"},
}

var contractsSheet = &sheet{
	name:   "Contracts",
	needed: true,
	about:  "合同：哪个账号、在什么期间、按哪个价格方案、结算给谁。Which account is billed to whom, by which plan, when.",
	columns: []column{
		{header: "contract_no", kind: idCell, required: true, width: 38, note: "合同编号；一份合同含多个账号、期间或价格方案时用多行同一编号，结算对象与是否含税须一致。A contract with several accounts, periods or plans has several rows of one number, all for one party and one tax basis."},
		{header: "party_id", kind: idCell, required: true, refers: "Parties.party_id", width: 38, note: "Parties 中的编号。A party of sheet Parties."},
		{header: "customer_id", kind: idCell, required: true, width: 36, note: "客户账号 ID（文本）。Customer's account id, as text."},
		{header: "reseller_id", kind: idCell, width: 36, note: "二级经销商 ID；直接客户留空。Tier-2 reseller's id; empty for a direct customer."},
		{header: "price_plan", kind: idCell, required: true, width: 16, note: "价格方案名，对应 Rules。Name of the plan whose rules apply."},
		{header: "valid_from", kind: dateCell, required: true, width: 13, note: "生效日（含）。First day."},
		{header: "valid_to", kind: dateCell, width: 13, note: "终止日（含），空为长期。Last day; empty means no end."},
		{header: "amounts_include_tax", kind: yesNoCell, required: true, values: yesNoValues, width: 22, note: "yes：合同价含税；no：不含税。Whether the contract's prices include tax."},
		{header: "tax_code", kind: idCell, required: true, refers: "TaxItems.tax_code", width: 12, note: "TaxItems 中的代码。A code of sheet TaxItems."},
	},
	example: []string{"C-2026-001", "P-1001", "0b1c2d3e4f5a60000000000000000001", "", "standard", "2026-01-01", "", "yes", "cloud"},
}

var rulesSheet = &sheet{
	name:   "Rules",
	needed: true,
	about:  "计价规则：priority 小者优先；并列时匹配列多者优先，再按 rule_id。The lowest priority number wins; ties go to the rule with more match columns set, then the lower rule_id. Empty match columns match anything.",
	columns: []column{
		{header: "rule_id", kind: idCell, required: true, width: 16, note: "规则编号，唯一，印在结算明细上。Unique; printed beside each line."},
		{header: "price_plan", kind: idCell, required: true, width: 16, note: "所属价格方案。Plan that the rule belongs to."},
		{header: "priority", kind: integerCell, required: true, width: 11, note: "整数，小者优先。Whole number; the lowest wins."},
		{header: "valid_from", kind: dateCell, width: 13, note: "生效日（含），空为不限。First day; empty means always."},
		{header: "valid_to", kind: dateCell, width: 13, note: "终止日（含），空为不限。Last day; empty means no end."},
		{header: "customer_id", kind: idCell, width: 36, note: "只适用于该客户；空为全部。Only this customer; empty means any."},
		{header: "service_type_code", kind: idCell, width: 32, note: "云服务类型编码，如 hws.service.type.ec2；空为全部。Service type code; empty means any."},
		{header: "resource_type_code", kind: idCell, width: 32, note: "资源类型编码；空为全部。Resource type code; empty means any."},
		{header: "region_code", kind: idCell, width: 16, note: "区域编码，如 cn-north-4；空为全部。Region code; empty means any."},
		{header: "charging_mode", kind: idCell, width: 16, note: "计费模式：1 包年包月、3 按需、10 预留实例、11 节省计划；空为全部。1 yearly/monthly, 3 pay per use, 10 reserved instance, 11 savings plan; empty means any."},
		{header: "bill_detail_type", kind: idCell, width: 17, note: "账单类型编码，如 1 新购、2 续订、5 消费；空为全部。Bill type code (1 purchase, 2 renewal, 5 usage); empty means any."},
		{header: "product_id", kind: idCell, width: 24, note: "产品 ID；空为全部。Product id; empty means any."},
		{header: "base", kind: enumCell, required: true, values: []string{"official", "payable"}, width: 11, note: "计价基数：official 官网价，payable 应付金额。What the method is applied to: list amount or payable amount."},
		{header: "method", kind: enumCell, required: true, values: []string{MethodPassThrough, MethodFactor, MethodDiscount, MethodMarkup, MethodUnitPrice, MethodTiers}, width: 14, note: "pass_through 原额 as it is；factor ×value；discount ×(1−value)；markup ×(1+value)；unit_price 数量×单价 quantity × value；tiers 阶梯，见 Tiers 表 steps, see sheet Tiers。"},
		{header: "value", kind: rateCell, width: 14, note: "系数或比例（至多 6 位小数），或单价（至多 10 位）；pass_through 和 tiers 留空。Factor or rate to 6 places, price to 10; empty for pass_through and tiers."},
		{header: "unit", kind: idCell, width: 11, note: "unit_price 必填：单价所按的单位编号或缩写（如 GB）；按用量的 tiers 可填，空为该用量的最小单位。The unit that a price is for: measure id or abbreviation (GB). unit_price needs it; tiers by quantity may have it, empty means the usage's smallest unit."},
		{header: "tax_code", kind: idCell, refers: "TaxItems.tax_code", width: 12, note: "覆盖合同的 tax_code；一般留空。Overrides the contract's; usually empty."},
		{header: "note", kind: longTextCell, width: 32, note: "备注。Free text."},
	},
	example: []string{"R-100", "standard", "100", "2026-01-01", "", "", "hws.service.type.ec2", "", "", "3", "", "", "official", "discount", "0.05", "", "", "云服务器按需官网价 95 折"},
}

var tiersSheet = &sheet{
	name:  "Tiers",
	about: "阶梯：用于 method = tiers 的规则，按合同和账期累计。Steps of a rule whose method is tiers, accumulated per contract and cycle.",
	columns: []column{
		{header: "rule_id", kind: idCell, required: true, refers: "Rules.rule_id", width: 16, note: "Rules 中 method = tiers 的规则。A rule whose method is tiers."},
		{header: "from", kind: quantityCell, required: true, width: 16, note: "该档起点（含）；第一档为 0。Where the step begins; the first at 0."},
		{header: "value", kind: rateCell, required: true, width: 14, note: "amount：系数（至多 6 位小数）；quantity：单价（至多 10 位）。A factor for amounts, a price for quantities."},
		{header: "style", kind: enumCell, required: true, values: []string{"progressive", "reached"}, width: 14, note: "progressive 分段累进；reached 全额按所达档。Each slice at its own value, or all at the value reached."},
		{header: "basis", kind: enumCell, required: true, values: []string{BasisAmount, BasisQuantity}, width: 12, note: "按金额或按用量累计。Accumulate amounts or quantities."},
	},
	example: []string{"R-200", "0", "0.95", "progressive", "amount"},
}

var commitmentsSheet = &sheet{
	name:  "Commitments",
	about: "最低消费：当月合同结算额不足时补差。A monthly minimum; the shortfall is charged.",
	columns: []column{
		{header: "contract_no", kind: idCell, required: true, refers: "Contracts.contract_no", width: 38, note: "Contracts 中的合同。A contract of sheet Contracts."},
		{header: "valid_from", kind: dateCell, required: true, width: 13, note: "生效日（含）。First day."},
		{header: "valid_to", kind: dateCell, required: true, width: 13, note: "终止日（含）。Last day."},
		{header: "amount_per_month", kind: moneyCell, required: true, width: 20, note: "每月最低金额，按合同计税口径。Minimum a month, on the contract's tax basis."},
		{header: "services", kind: textCell, width: 40, note: "计入的云服务类型编码，逗号分隔；空为全部。Service type codes that count, comma-separated; empty means all."},
		{header: "refunds_reduce", kind: yesNoCell, values: yesNoValues, width: 17, note: "退款是否冲减已达金额，空为 no。Whether refunds reduce what is reached; empty means no."},
	},
	example: []string{"C-2026-001", "2026-01-01", "2026-12-31", "10000", "", "yes"},
}

var adjustmentsSheet = &sheet{
	name:  "Adjustments",
	about: "调整：消费之外的金额，如抵扣、固定服务费。Amounts outside consumption: credits, fixed fees.",
	columns: []column{
		{header: "adjustment_id", kind: idCell, required: true, width: 18, note: "调整编号，唯一。Unique."},
		{header: "contract_no", kind: idCell, required: true, refers: "Contracts.contract_no", width: 38, note: "Contracts 中的合同。A contract of sheet Contracts."},
		{header: "from_cycle", kind: cycleCell, required: true, width: 13, note: "起始账期 YYYY-MM（文本）。First cycle, YYYY-MM."},
		{header: "to_cycle", kind: cycleCell, required: true, width: 13, note: "终止账期 YYYY-MM；一次性调整与起始相同。Last cycle; the same as the first for a one-off."},
		{header: "amount", kind: moneyCell, required: true, width: 16, note: "金额，抵扣为负，按合同计税口径。Signed: credits are negative; on the contract's tax basis."},
		{header: "tax_code", kind: idCell, refers: "TaxItems.tax_code", width: 12, note: "覆盖合同的 tax_code；一般留空。Overrides the contract's; usually empty."},
		{header: "reason", kind: longTextCell, required: true, width: 40, note: "原因，印在结算单上。Why; printed on the statement."},
		{header: "approved_by", kind: textCell, required: true, width: 18, note: "批准人。Who approved it."},
	},
	example: []string{"A-2026-001", "C-2026-001", "2026-09", "2026-09", "-200", "", "服务中断补偿", "财务主管"},
}

var taxItemsSheet = &sheet{
	name:   "TaxItems",
	needed: true,
	about:  "税目：税收分类编码与税率，按生效日。What an invoice says about a tax code, from a day on.",
	columns: []column{
		{header: "tax_code", kind: idCell, required: true, width: 12, note: "自定代码，供 Contracts、Rules、Adjustments 引用；同一代码可有多个生效日。Own code that other sheets use; one row per first day."},
		{header: "item_name", kind: textCell, required: true, width: 32, note: "发票项目名称，如 *信息技术服务*云服务费。Item name on the invoice."},
		{header: "class_code", kind: idCell, required: true, width: 22, note: "税收分类编码，19 位数字（文本）。Tax class code: 19 digits, as text."},
		{header: "rate", kind: rateCell, required: true, width: 10, note: "税率，6% 写 0.06。Tax rate: 0.06 for 6 %."},
		{header: "valid_from", kind: dateCell, required: true, width: 13, note: "生效日（含）。First day."},
	},
	example: []string{"cloud", "*信息技术服务*云服务费", "3040203000000000000", "0.06", "2020-01-01"},
}

var invoicesSheet = &sheet{
	name:  "Invoices",
	about: "已开发票：税务系统返回的结果。What the tax system answered to the requests.",
	columns: []column{
		{header: "request_no", kind: idCell, required: true, width: 28, note: "开票申请单号。Number of the invoice request."},
		{header: "invoice_no", kind: idCell, required: true, width: 24, note: "发票号码，20 位（文本）。Invoice number, 20 digits, as text."},
		{header: "date", kind: dateCell, required: true, width: 12, note: "开票日期。Date of the invoice."},
		{header: "amount_excl_tax", kind: centsCell, required: true, width: 18, note: "不含税金额，红字为负。Amount without tax; negative on a red-letter invoice."},
		{header: "tax_amount", kind: centsCell, required: true, width: 16, note: "税额。Tax."},
		{header: "amount_incl_tax", kind: centsCell, required: true, width: 18, note: "价税合计 = 不含税金额 + 税额。Amount with tax: the sum of the two."},
		{header: "reverses", kind: idCell, width: 24, note: "红字发票所冲的原发票号码。For a red-letter invoice: the number of the invoice it takes back."},
	},
	example: []string{"IR-202609-0001", "26110000000000000001", "2026-10-08", "12000.00", "720.00", "12720.00", ""},
}

// fieldsOf maps a sheet's columns to the fields of its row type.
func fieldsOf(s *sheet, row reflect.Type) []int {
	byName := map[string]int{}
	for i := range row.NumField() {
		name, _, _ := strings.Cut(row.Field(i).Tag.Get("db"), ",")
		byName[name] = i
	}
	fields := make([]int, len(s.columns))
	for i, c := range s.columns {
		f, ok := byName[c.db()]
		if !ok {
			panic("pricing: " + row.Name() + " has no field for " + c.header)
		}
		fields[i] = f
	}
	return fields
}
