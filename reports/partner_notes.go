package reports

import "strings"

// partnerNotes say what the figures of the partner summary mean and where they come from.
func partnerNotes(m *month, o Options, taxed bool) []note {
	cost := label{"应付金额按云平台口径为不含税，不另扣税（settlement.source_amount_tax: excluded）。",
		"The vendor's amounts are taken as free of tax, and no tax is taken off (settlement.source_amount_tax: excluded)."}
	if taxed {
		cost = label{"云平台金额含税（settlement.source_amount_tax: included）：应付（不含税）= 应付 ÷（1 + 该行税率），逐行取 8 位小数；与云平台账单的勾稽仍按含税应付。",
			"The vendor's amounts include tax (settlement.source_amount_tax: included): payable excl. tax = payable ÷ (1 + the line's tax rate), each line to 8 decimals. The tie-out with the vendor's bill stays on the payable itself."}
	}
	at := m.draft.madeAt.Add(shanghai).Format("2006-01-02 15:04:05")
	run := strings.TrimSpace(m.draft.runID + "  settle " + o.Version)
	return []note{
		{label{"用途", "Use"}, label{"内部资料：含成本与毛利，不得发给客户。", "Internal: it holds cost and margin and is not for customers."}},
		{label{"范围", "Scope"}, label{"本月每个客户现行版本的结算单；挂起的客户没有结算单，单列于“挂起”，不计入合计。重开或更正的月份只计现行版本。",
			"The current revision of every party's statement of the month. Parked parties have none: they stand on Parked and are in no total. A restated month counts with its current revision only."}},
		{label{"应付金额（华为云）", "Cloud payable"}, label{"官网价 − 云平台优惠 − 抹零，含代金券支付部分。金额显示到分；单元格最多 15 位数字，合计达千万时保留 6 位小数，达十亿时 4 位，之下为精确值。",
			"List amount − vendor discount − truncation, vouchers included. Shown to the cent. A cell holds 15 digits: amounts stand exactly while totals are below ten million, to 6 decimals beyond, to 4 from a thousand million on."}},
		{label{"结算金额", "Settlement"}, label{"结算单打印行的不含税金额之和，与结算单一致到分；尾差单列。",
			"The statements' printed lines without tax, to the cent as on the statements; rounding stands in a row of its own."}},
		{label{"毛利", "Gross margin"}, label{"结算金额（不含税）− 应付（不含税）。调整、最低消费补差与尾差没有成本；以前期间调整带其成本差额。" + cost.zh,
			"Settlement excl. tax − cloud payable excl. tax. Adjustments, commitment shortfalls and rounding have no cost; prior-period lines carry their difference in cost. " + cost.en}},
		{label{"环比", "Change"}, label{"与上月现行结算单相比；上月为零或为负时不计算百分比。",
			"Against the current statements of the month before; no percentage where that is zero or negative."}},
		{label{"已开票、未开票", "Invoiced, uninvoiced"}, label{"已开票：税控系统就本月申请开具的发票（红字为负），来自定价表的 Invoices。未开票 = 结算金额 − 不可开票（代金券支付，或不要发票的客户）− 已开票，均不含税。开票余额是开票台账的月末余额，含以前月份；多开为负。",
			"Invoiced: what the tax system issued for this month's requests, red ones negative, from the sheet Invoices of the pricing workbook. Uninvoiced = settlement − not invoiceable (paid by vouchers, or parties that want no invoice) − invoiced, all without tax. The invoiceable balance is the ledger's at the month's end, earlier months included; negative where more was invoiced than settled."}},
		{label{"未关闭差异", "Open findings"}, label{"未解释、未接受的阻断与警告类差异；不属于任何客户的只计入概览。",
			"Blocking and warning findings neither explained nor accepted; those of no customer count on Overview only."}},
		{label{"毛利预警", "Margin alerts"}, label{"客户 × 云服务：本月计费（精确、不含税）低于应付。常见原因：合同价格含税却按不含税定价，或规则的基数不对。更正规则，或用 settle findings resolve 写明原因接受。退订净额不预警。",
			"Customer × service whose charges (exact, without tax) are below the payable. Usual causes: prices that include tax set as if they did not, or a rule on the wrong base. Correct the rule, or accept it with settle findings resolve and a reason. Net refunds are not meant."}},
		{label{"勾稽", "Tie-out"}, label{"从结算单的应付金额逐项推到云平台月账单；每一项单独求和，不倒轧。红色的“未解释”即各项之外的差额，见对账工作簿的检查 06。",
			"From the payable of the statements step by step to the vendor's monthly bill. Every step is summed by itself, none is a plug: what is red is explained by none of them; see check 06 in the reconciliation workbook."}},
		{label{"数据截止时间", "Data cut-off"}, label{at + "（北京时间）", at + " (GMT+8)"}},
		{label{"运行编号", "Run"}, label{run, run}},
	}
}
