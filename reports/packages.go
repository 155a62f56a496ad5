package reports

import "strings"

// packagesSheet has one row per quota of a resource package and reset window: opening + granted - used - cleared = closing.
var packagesSheet = sheet{
	name:   label{"资源包", "Packages"},
	freeze: 2,
	across: 2,
	columns: []column{
		{label: label{"序号", "No."}, kind: ordinal, width: 6},
		{from: "product_name", label: label{"资源包", "Package"}, kind: words, width: 24},
		{from: "account_name", label: label{"账号名", "Account"}, kind: words, width: 21, only: forMany},
		{from: "order_id", label: label{"订单号", "Order no."}, kind: ident, width: 20},
		{from: "service_type_name", label: label{"云服务", "Service"}, kind: words, width: 18},
		{from: "region_code", label: label{"区域", "Region"}, kind: ident, width: 13},
		{from: "enterprise_project_id", label: label{"企业项目", "Project"}, kind: ident, width: 12},
		{from: "usage_type_name", label: label{"使用量类型", "Item"}, kind: words, width: 14},
		{from: "unit", label: label{"单位", "Unit"}, kind: words, width: 8},
		{from: "effective_time", label: label{"生效 (GMT+8)", "Effective"}, kind: instant, width: 18},
		{from: "expire_time", label: label{"失效 (GMT+8)", "Expires"}, kind: instant, width: 18},
		{from: "reuse_mode", label: label{"重置方式", "Reset"}, kind: words, width: 13, codes: reuseModes},
		{from: "window_from", label: label{"窗口起", "Window from"}, kind: day, width: 11},
		{from: "window_to", label: label{"窗口止", "Window to"}, kind: day, width: 11},
		{from: "opening", label: label{"期初余量", "Opening"}, kind: quantity, width: 13},
		{from: "granted", label: label{"本期新增", "Granted"}, kind: quantity, width: 13},
		{from: "used", label: label{"本期使用", "Used"}, kind: quantity, width: 13},
		{from: "cleared", label: label{"到期清零", "Cleared"}, kind: quantity, width: 13},
		{from: "closing", label: label{"期末余量", "Closing"}, kind: quantity, width: 13},
		{from: "utilisation", label: label{"使用率", "Utilisation"}, kind: share, width: 10},
		{from: "overage_quantity", label: label{"超出套餐用量", "Overage"}, kind: quantity, width: 13},
		{from: "overage_official_amount", label: label{"超出部分官网价", "Overage, list amount"}, kind: money, width: 13},
		{from: "days_to_expiry", label: label{"距到期天数", "Days to expiry"}, kind: count, width: 10},
		{from: "alert", label: label{"提醒", "Alert"}, kind: words, width: 16, read: packageAlert},
		{from: "balance_known", label: label{"余量可知", "Balance known"}, kind: words, width: 9, codes: yesNo},
	},
}

// packageAlerts are what the ledger says to act on.
var packageAlerts = map[string]label{
	"nearly_used": {"已用超 90%", "more than 90 % used"},
	"hardly_used": {"窗口过 75% 而用量不足 20%", "less than 20 % used at 75 % of the window"},
	"expiring":    {"30 天内到期", "expires within 30 days"},
}

func packageAlert(text string, lang language) string {
	var all []string
	for code := range strings.SplitSeq(text, ",") {
		if l, ok := packageAlerts[code]; ok {
			code = l.in(lang)
		}
		all = append(all, code)
	}
	return strings.Join(all, "\n")
}
