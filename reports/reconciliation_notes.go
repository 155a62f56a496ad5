package reports

// reconNotes are the rows of the sheet Run: what the figures were made of and with, and how the workbook is worked with.
func reconNotes(m *month, o Options, d *reconData) []note {
	same := func(text string) label { return label{text, text} }
	at := m.draft.madeAt.Add(shanghai).Format("2006-01-02 15:04:05") + " (GMT+8)"
	all := []note{
		{label{"账期", "Cycle"}, same(m.cycle)},
		{label{"批次", "Run"}, same(clean(m.draft.runID))},
		{label{"数据截止", "Data cut-off"}, same(at)},
		{label{"程序版本", "Version"}, same(clean(o.Version))},
	}
	if d.run != nil && d.run.rows > 0 {
		r := record{d.run, 0}
		for _, f := range []struct {
			name   label
			column string
		}{
			{label{"模式", "Mode"}, "mode"},
			{label{"计价文件哈希", "Pricing workbook, SHA-256"}, "pricing_hash"},
			{label{"月账单金额口径", "settlement.summary_amount"}, "summary_amount"},
			{label{"取数窗口", "Windows"}, "windows"},
			{label{"原始页数", "Raw pages"}, "pages"},
		} {
			if text := r.get(f.column); text != "" {
				all = append(all, note{f.name, same(clean(text))})
			}
		}
	}
	return append(all,
		note{label{"三次点击", "Three clicks"}, label{
			"概览中点击客户 → 勾稽中该客户一行，点击“分项” → 分项中点击异常编号 → 差异明细（或已自动解释）中看到原因、建议动作与责任岗位。继续追到原始报文：settle explain 异常编号。",
			"Overview: click the customer → its row on Tie-out: click Slices → the slice: click the finding → why it differs, what to do and who does it. From there to the raw text: settle explain FINDING_ID."}},
		note{label{"处理备注", "Resolution"}, label{
			"在“差异明细”的黄色列“处理备注”填写接受原因并保存，然后执行 settle findings resolve --from 本文件；原因、时间与操作人记入日志，下次 settle run 生效。不要改异常编号。",
			"Write why a difference is accepted into the yellow column Resolution of Findings, save, and run settle findings resolve --from this file. The reason, the time and the user go into the journal; it takes effect with the next settle run. Leave the finding ids as they are."}},
		note{label{"级别", "Severity"}, label{
			"B 阻断：未处理前该结算对象挂起，不出结算单。W 警告：可以结账。I 提示：仅供了解。已自动解释的差异从不阻断。",
			"B blocks: the party is parked until it is dealt with. W warns: the month can close. I informs. What is explained never blocks."}},
		note{label{"状态", "Status"}, label{
			"新增：最近一次取数首次发现。处理中：此前已发现。已接受：有接受原因。已解释：舍入模型等可解释。已关闭：最近一次取数后不再存在，自动关闭；重新出现则恢复，首次发现时间不变。",
			"New: found for the first time with the newest pull. Open: found before. Accepted: with a recorded reason. Explained: by the rounding model and its like. Closed: the newest pull no longer shows it; it reopens if it comes back, with the day on which it was first seen."}},
		note{label{"左侧与右侧", "Left and right"}, label{
			"左侧为查到的，右侧为应与之相符的；差额 = 左侧 − 右侧，其中另有异常解释的部分已减去。",
			"Left is what was found, right what it is held against; difference = left − right, less what other findings explain of it."}},
		note{label{"原始差额", "Raw difference"}, label{
			"消费记录金额 − 月账单金额。抹零截断：按量消费逐笔截到分；迟到入账：月账单记在其他账期；关联变更：客户更换伙伴或经销商；顾问销售与预留实例：月账单不含；支付方式变化：账单出具后欠费已付。各部分与未解释之和等于原始差额。",
			"Fee records less monthly bill. Truncation: each charge is cut to the cent; late cycle: the bill has it in another cycle; association change: the customer changed partner or reseller; referral and mode 10: the bill leaves them out; funding change: paid since the bill was made. The parts and the unexplained rest add up to the raw difference."}},
		note{label{"伙伴账单", "Partner bill"}, label{
			"settle import partner-bill 导入的月账单与消费记录逐客户对照。原始差额 = 消费记录 − 账单，等于各解释部分与未解释之和；未解释由检查 41 报告。",
			"The bill that settle import partner-bill brought, against the fee records, by customer. Raw difference = fee records less bill = the explained parts and the unexplained rest, which check 41 reports."}},
		note{label{"差额合计", "Amounts of findings"}, label{
			"概览中未决差额为绝对值之和，只计差额为金额的检查，且属于某结算对象或客户；数量、点数、行数等不计。同一笔钱可能被多项检查发现（如 06 合计与 07 分项），不要再相加。",
			"Open amounts on Overview are sums of absolute differences, of checks whose difference is money and of findings that belong to a party or customer; quantities, points and rows do not count. The same money may be found by several checks (06 the total, 07 its slices): do not add them up."}},
		note{label{"完整性证书", "Certificate"}, label{
			"接口声明与入库逐数据集、逐客户对照；空白表示该接口不声明总数。接口请求编号见 certificate-账期.json。",
			"What the API announced against what is stored, by dataset and customer; empty where the call announces no total. The API's request ids are in certificate-<cycle>.json."}},
		note{label{"检查 36", "Check 36"}, label{
			"每个工作簿写出后逐表读回，合计与数据库比较；不一致的文件不会替换原文件。逐文件结果见 manifest.json。",
			"Each workbook is read back after it was written and its totals are held against the database; a file that differs does not take the place of the old one. The results stand in manifest.json."}},
	)
}
