package reports

import (
	"strings"
	"unicode/utf8"
)

// What the service's codes mean. The lists are open: a code that is not here is printed as it came.

var lineKinds = map[string]label{
	"record":       {"费用", "Charge"},
	"adjustment":   {"调整", "Adjustment"},
	"commitment":   {"最低消费补差", "Commitment shortfall"},
	"prior_period": {"以前期间调整", "Prior-period adjustment"},
	"rounding":     {"尾差", "Rounding"},
}

// lineNote says what a line's note says, which the query writes as kind|note: the user's own of an adjustment as it is, those of ours
// in the document's language.
func lineNote(text string, lang language) string {
	kind, note, _ := strings.Cut(text, "|")
	switch kind {
	case "commitment":
		return halves(note).in(lang)
	case "followed": // the cycle, and how many records
		cycle, records, _ := strings.Cut(note, "|")
		return label{cycle + " 账期签发后云平台数据变化，其他 " + records + " 笔随阶梯重新计价",
			"cycle " + cycle + " changed at the cloud platform after it was issued; records priced anew along the rule's steps: " + records}.in(lang)
	case "prior_period":
		return label{note + " 账期签发后云平台数据变化", "cycle " + note + " changed at the cloud platform after it was issued"}.in(lang)
	}
	return note
}

// halves parts a text of the models, Chinese first and then English, at its last Chinese character or mark.
func halves(text string) label {
	last := strings.LastIndexFunc(text, func(r rune) bool { return r >= 0x2E80 })
	if last < 0 {
		return label{text, text}
	}
	_, size := utf8.DecodeRuneInString(text[last:])
	zh, en := strings.TrimSpace(text[:last+size]), strings.TrimSpace(text[last+size:])
	if en == "" {
		return label{zh, zh}
	}
	return label{zh, en}
}

var chargingModes = map[string]label{
	"1":  {"包年/包月", "Yearly/monthly"},
	"3":  {"按需", "Pay-per-use"},
	"10": {"预留实例", "Reserved instance"},
	"11": {"节省计划", "Savings plan"},
}

var billTypes = map[string]label{
	"1":   {"新购", "Purchase"},
	"2":   {"续订", "Renewal"},
	"3":   {"变更", "Change"},
	"4":   {"退订", "Unsubscription refund"},
	"5":   {"使用", "Usage"},
	"8":   {"自动续订", "Auto-renewal"},
	"9":   {"调账-补偿", "Compensation"},
	"14":  {"服务支持计划月末扣费", "Support plan month-end fee"},
	"16":  {"调账-扣费", "Deduction"},
	"18":  {"按月付费", "Monthly payment"},
	"20":  {"退订-变更", "Change refund"},
	"23":  {"节省计划抵扣", "Savings plan deduction"},
	"24":  {"包年/包月转按需退款", "Refund on switch to pay-per-use"},
	"25":  {"取整补扣", "Rounding make-up"},
	"103": {"按年付费", "Yearly payment"},
}

var algorithms = map[string]label{
	"monthly95_floor":    {"月95（小数舍去）", "Monthly 95, rounded down"},
	"monthly95_ceil":     {"月95（小数进位）", "Monthly 95, rounded up"},
	"enhanced95":         {"增强95", "Enhanced 95"},
	"daily95_average":    {"日95月平均", "Mean of daily 95"},
	"daily_peak_average": {"日峰值月平均", "Mean of daily peaks"},
	"fourth_peak":        {"第四峰", "Fourth peak"},
}

// roundingRow is what the query by account calls the row of no account.
var roundingRow = map[string]label{"(rounding)": {"尾差", "Rounding"}}

// kindRows are what a query by customer calls the rows of no customer.
var kindRows = func() map[string]label {
	rows := map[string]label{}
	for kind, name := range lineKinds {
		rows["("+kind+")"] = name
	}
	return rows
}()

var yesNo = map[string]label{
	"yes": {"是", "Yes"},
	"no":  {"否", "No"},
}

var reuseModes = map[string]label{
	"one-off":        {"不可重置", "One-off"},
	"hour/calendar":  {"每小时重置", "Hourly"},
	"day/calendar":   {"每日重置", "Daily"},
	"week/calendar":  {"每周重置", "Weekly"},
	"month/calendar": {"每月1日重置", "Monthly, on the 1st"},
	"month/order":    {"每月订购日重置", "Monthly, on the order's day"},
	"year/calendar":  {"每年1月1日重置", "Yearly, on 1 January"},
	"year/order":     {"每年订购日重置", "Yearly, on the order's day"},
}

var invoiceKinds = map[string]label{
	"special":  {"数电专票", "Special e-invoice"},
	"ordinary": {"数电普票", "Ordinary e-invoice"},
	"none":     {"不开票", "No invoice"},
}

var requestStates = map[string]label{
	"draft":           {"草稿", "Draft"},
	"unfit":           {"不予开具", "Not emitted"},
	"requested":       {"已申请", "Requested"},
	"issued":          {"已开具", "Issued"},
	"partly_reversed": {"部分红冲", "Partly reversed"},
	"reversed":        {"已红冲", "Reversed"},
	"withdrawn":       {"已撤回", "Withdrawn"},
	"disputed":        {"有争议", "Disputed"},
}

var directions = map[string]label{
	"blue": {"蓝字", "Blue"},
	"red":  {"红字", "Red"},
}

var passFail = map[string]label{
	"pass": {"通过", "Pass"},
	"fail": {"不通过", "Fail"},
	"none": {"—", "—"},
}

var verdicts = map[string]label{
	"fit":   {"可开具", "Fit"},
	"unfit": {"不予开具", "Not emitted"},
	"none":  {"无需开具", "Not needed"},
}
