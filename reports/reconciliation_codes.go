package reports

import (
	"strings"

	"github.com/shopspring/decimal"
)

// What the reconciliation workbook's codes mean.

// checkNames are the checks in Chinese, by number; the English name is the check's own title.
var checkNames = map[string]string{
	"01": "分页完整性", "02": "总数稳定", "03": "重复记录", "04": "客户覆盖", "05": "孤立客户", "06": "明细与月账单（合计）", "07": "明细与月账单（分项）",
	"08": "官网价恒等式", "09": "支付恒等式", "10": "抹零范围", "11": "正负号", "12": "退订关联", "13": "账期归属", "14": "迟到记录", "15": "账期已定",
	"16": "重拉变动", "17": "环比异常", "18": "用量断档", "19": "重新计价", "20": "单位合法性", "21": "换算往返", "22": "套餐抵扣覆盖", "23": "套餐滚存",
	"24": "套餐漏用", "25": "95 值重算", "26": "95 点数", "27": "95 金额", "28": "95 编码齐全", "29": "保底带宽", "30": "计价覆盖", "31": "毛利下限",
	"32": "最低消费", "33": "抵用台账", "34": "结算单加总", "35": "结算单交叉加总", "36": "工作簿与数据库", "37": "发票算术", "38": "发票与结算单",
	"39": "购方资料", "40": "欠票", "41": "伙伴账单勾稽", "44": "编号连续", "45": "未知名称", "46": "有收费无成本", "47": "用量归属", "48": "账户滚存", "49": "厂商雷达",
}

// moneyChecks are the checks whose difference is an amount in yuan of this month. Those of the others count records, points or quantities, or have none; that
// of 04 is what was paid the month before, and 35 asks for numbers of lines too.
var moneyChecks = map[string]bool{
	"03": true, "05": true, "06": true, "07": true, "08": true, "09": true, "10": true, "11": true, "12": true, "13": true, "14": true, "16": true,
	"17": true, "19": true, "24": true, "27": true, "30": true, "31": true, "32": true, "33": true, "34": true, "37": true, "38": true, "40": true,
	"41": true, "46": true, "48": true,
}

// openAmount is what a finding adds to the sums of open amounts: its absolute difference where that is money, and of a party or customer; others do
// not count.
func openAmount(r record) (amount decimal.Decimal, counts bool) {
	if !moneyChecks[r.get("check_id")] || r.get("party_id")+r.get("customer_id") == "" {
		return decimal.Zero, false
	}
	size, _ := decimal.NewFromString(r.get("difference")) // none counts as nothing
	return size.Abs(), true
}

// checkActions say in Chinese what to do about a finding, by check, as the check's own action does in English.
var checkActions = map[string]string{
	"01": "重新执行 settle run --cycle {cycle}；仍不足的窗口，连同 settle explain {finding} 显示的请求编号提交厂商对接人",
	"02": "待云平台数据稳定后重新执行 settle run --cycle {cycle}",
	"03": "向云平台确认哪一条是实际收费；凭答复接受此异常，或等待更正",
	"04": "向客户确认确未使用，或查明其是否在本月离开本伙伴",
	"05": "查明该账号现归属何方，然后新增或终止其合同",
	"06": "在对账工作簿“勾稽”中打开该客户，追到有差异的分项",
	"07": "将该服务与资源类型的记录与云平台控制台核对，余下的询问云平台",
	"08": "将该记录提交云平台；确认应付金额后接受此异常",
	"09": "将该记录提交云平台；确认支付方式后接受此异常",
	"10": "与云平台核对站点与精度；记录中看不出的优惠，写明原因后接受",
	"11": "向云平台查询该记录，写明其性质后接受，或等待更正",
	"12": "查找原订单；差额记入“Adjustments”表，或接受现行规则",
	"13": "在控制台核对这些记录，并重跑另一账期；若费用留在本月，告知客户",
	"14": "无需更正；客户询问为何上月用量在本结算单时，说明此金额",
	"15": "过了云平台出账日后重新执行 settle run --cycle {cycle}",
	"16": "在以前期间调整（自动记入）与 settle reopen --cycle {cycle} 之间选择",
	"17": "向客户确认变化是否属实；凭答复接受此异常",
	"18": "与客户核对这些天资源是否停用；若在运行，向厂商对接人索取缺失记录",
	"19": "取一条记录与云平台价目表核对；价目表没有的，询问厂商对接人",
	"20": "除非计价需要该单位，否则无需处理；需要时向云平台询问",
	"21": "重新执行 settle run --cycle {cycle}，按现行换算装载；仍存在则告知 settle 的维护人员",
	"22": "抵扣数据会迟到，一两天后重跑本月；差异仍在则将两侧数据连同异常 {finding} 提交云平台",
	"23": "查找该套餐项缺失的抵扣；下次取数仍没有，向云平台索取其 {cycle} 的记录",
	"24": "告知客户套餐为何未匹配，或询问云平台为何未使用套餐",
	"25": "将合同算法与相符的算法比较，相应设置 bandwidth.algorithms，或将采样点提交云平台",
	"26": "在结算单上注明；若影响计费，向云平台索取 {cycle} 的采样点",
	"27": "将 bandwidth.prices 的价格与合同核对、计费带宽与检查 25 核对，再询问云平台",
	"28": "重跑本月，使两个编码都被查询；再比较两者下的资源",
	"29": "查看该带宽规格的变更历史，询问云平台以哪个保底为准",
	"30": "在计价文件中补上缺少的合同或规则，重跑本月",
	"31": "核对规则及其计价基础，或写明原因接受亏损",
	"32": "连同此异常上报；修复前该结算对象不出任何单据",
	"33": "将“Adjustments”表与各月已记金额比较；少记或多记的，作为未结账月份的调整记入",
	"34": "连同此异常上报；修复前该结算对象不出任何单据",
	"35": "连同此异常上报；修复前该结算对象不出任何单据",
	"36": "上报；不一致的文件没有替换原文件",
	"37": "连同此异常上报；修复前该结算对象不出开票申请",
	"38": "连同此异常上报；修复前该结算对象不出开票申请",
	"39": "在“Parties”表补全购方资料，或更正“Invoices”表该行",
	"40": "开具红字申请，或留待以后月份结算",
	"41": "将该客户在账单上的行与其消费记录按服务比较（“伙伴账单”“分项”），余下的询问厂商对接人；新账单用 settle import partner-bill 导入",
	"44": "查明缺号原因，写明后接受此异常",
	"45": "查明其含义（云平台接口变更说明，或厂商对接人）；settle 原样保留",
	"46": "核对规则的计价基础，或写明原因接受",
	"47": "新增合同，或将该账号归到一个结算对象",
	"48": "将云平台门户的账户流水与两次余额之间的拨款及消费记录核对，余下的询问厂商对接人",
	"49": "询问云平台变化是否属实；属实则接受此异常，并检查按该单位计价的规则",
}

// rowActions say it of findings with an action of their own, by check and what the English one begins with.
var rowActions = map[string][]label{
	"01": {
		{"重跑本月并查看错误；settle status 列出缺少的部分，再次执行只取缺少的", "run the month again, and look at the error"},
		{"请客户按伙伴门户的要求创建委托（settle doctor 可查是否已有），然后重跑本月", "have the customer create the agency"},
		{"在伙伴中心为该账号开通此接口权限，然后重跑本月", "have the permission for the call"},
		{"settle explain {finding} 显示原始报文、页与请求编号：提交云平台，更正后重跑本月；或接受该记录缺失：settle findings resolve {finding} --reason 原因", "settle explain"},
		{"询问云平台接口为何没有 {cycle} 的数据，并重跑本月；确无用量时才接受此异常", "ask the vendor why the API lists nothing"},
	},
	"16": {{"无需更正：应付金额不变；客户欠伙伴的款项见伙伴自己的账", "nothing to correct"}},
}

// actionOf is what to do about a finding, in both languages.
func actionOf(r record) string {
	english := r.get("action")
	chinese := checkActions[r.get("check_id")]
	for _, own := range rowActions[r.get("check_id")] {
		if strings.HasPrefix(english, own.en) {
			chinese = own.zh
		}
	}
	chinese = strings.NewReplacer("{cycle}", r.get("cycle"), "{finding}", r.get("finding_id")).Replace(chinese)
	return label{chinese, english}.in(both)
}

// reasonTexts say in Chinese what a reason code means; the sentence of the finding is English.
var reasonTexts = map[string]string{
	"truncation":          "逐笔费用截断至分，明细合计与账单因此有尾差。",
	"late_cycle":          "使用与计费不在同一账期，账单记入另一账期。",
	"association_change":  "客户与伙伴或经销商的关联发生变化。",
	"referral":            "顾问销售客户由云平台直接开票，账单不含。",
	"mode_10":             "预留实例不在账单中。",
	"funding_change":      "出账后的还款或用券改变了支付构成，应付金额不变。",
	"formula":             "两侧口径或算法不同。",
	"not_final":           "账期尚未出账，数据还会变化。",
	"price_rule":          "计价规则缺失、不符或低于成本。",
	"unit":                "单位未知或换算不一致。",
	"package_delay":       "套餐抵扣数据迟到，或套餐未匹配。",
	"metering_gap":        "计量记录有中断的日期。",
	"vendor_error":        "云平台的数据自相矛盾或有误。",
	"missing_data":        "应有的数据缺失。",
	"changed_month":       "已处理账期的数据发生变化。",
	"refund_prior_period": "退订涉及以前账期的订单。",
	"usage_change":        "用量较上月变化较大。",
	"new_value":           "出现以前没有的字段、编码或取值。",
	"software_defect":     "settle 自身计算不一致，属软件缺陷。",
	"unexplained":         "尚未查明原因。",
}

// checkName is a check's number and name in both languages.
func checkName(id, title string) string {
	return id + " " + label{checkNames[id], title}.in(both)
}

var severities = map[string]label{
	"B": {"B 阻断", "blocks"},
	"W": {"W 警告", "warns"},
	"I": {"I 提示", "informs"},
}

var findingStates = map[string]label{
	"new":       {"新增", "New"},
	"open":      {"处理中", "Open"},
	"resolved":  {"已接受", "Accepted"},
	"explained": {"已解释", "Explained"},
	"closed":    {"已关闭", "Closed"},
}

// twinStates are the states on an internal twin, where what is new and what is in work are one.
var twinStates = map[string]label{
	"open":      {"未决", "Open"},
	"resolved":  {"已接受", "Accepted"},
	"explained": {"已解释", "Explained"},
}

var reasonCodes = map[string]label{
	"truncation":                     {"抹零截断", "Truncation"},
	"late_cycle":                     {"迟到入账", "Late cycle"},
	"association_change":             {"关联变更", "Association change"},
	"referral":                       {"顾问销售客户", "Referral"},
	"mode_10":                        {"预留实例不在月账单", "Mode 10"},
	"funding_change":                 {"支付方式变化", "Funding change"},
	"formula":                        {"月账单口径", "Formula"},
	"not_final":                      {"账期未定", "Not final"},
	"price_rule":                     {"计价规则", "Price rule"},
	"unit":                           {"单位", "Unit"},
	"package_delay":                  {"套餐数据延迟", "Package delay"},
	"metering_gap":                   {"计量断档", "Metering gap"},
	"vendor_error":                   {"云平台错误", "Vendor error"},
	"missing_data":                   {"数据缺失", "Missing data"},
	"changed_month":                  {"账期数据变化", "Changed month"},
	"refund_prior_period":            {"退订以前账期", "Refund of a prior period"},
	"usage_change":                   {"用量变化", "Usage change"},
	"new_value":                      {"新出现的值", "New value"},
	"software_defect":                {"软件缺陷", "Software defect"},
	"unexplained":                    {"未解释", "Unexplained"},
	"payable":                        {"应付", "payable"},
	"cash_and_credit":                {"现金 + 信用额度", "cash + credit"},
	"payable_less_debt":              {"应付 − 欠费", "payable − debt"},
	"payable_less_vouchers":          {"应付 − 代金券类", "payable − vouchers"},
	"payable_less_debt_and_vouchers": {"应付 − 欠费 − 代金券类", "payable − debt − vouchers"},
}

var owners = map[string]label{
	"finance":         {"财务", "Finance"},
	"operations":      {"运维", "Operations"},
	"pricing":         {"定价", "Pricing"},
	"account manager": {"客户经理", "Account manager"},
	"vendor contact":  {"厂商对接人", "Vendor contact"},
}

var checkStates = map[string]label{
	"pass":    {"通过", "Pass"},
	"fail":    {"有差异", "Differs"},
	"not_run": {"未执行", "Not run"},
}

// Fills that tell at a glance what is urgent.
const (
	paleRed    = "F8CBAD"
	paleYellow = "FFF2CC"
	paleGreen  = "E2EFDA"
	paleGrey   = "EDEDED"
)

var (
	severityTints = map[string]string{"B": paleRed, "W": paleYellow}
	stateTints    = map[string]string{"new": paleRed, "open": paleYellow, "resolved": paleGreen, "explained": paleGreen, "closed": paleGrey}
	checkTints    = map[string]string{"pass": paleGreen, "fail": paleRed, "not_run": paleGrey}
)
