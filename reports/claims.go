package reports

// The other direction: what the partner may claim from the vendor for the same month, so that input and output invoices can be laid
// side by side. The amounts are the vendor's; whether they include tax is for the partner's tax adviser to say.

var customerColumns = []column{
	{from: "customer_name", label: label{"客户", "Customer"}, kind: words, width: 24},
	{from: "customer_id", label: label{"客户账号ID", "Account id"}, kind: ident, width: 35},
	{from: "reseller_id", label: label{"二级经销商ID", "Reseller id"}, kind: ident, width: 35},
}

var claimColumns = []column{
	{from: "payable_amount", label: label{"应付金额", "Payable"}, kind: money, width: 15, sum: true},
	{from: "voucher_amount", label: label{"减：代金券", "Less vouchers"}, kind: money, width: 13, sum: true},
	{from: "cash_coupon_amount", label: label{"减：现金券", "Less cash coupons"}, kind: money, width: 13, sum: true},
	{from: "stored_card_amount", label: label{"减：储值卡", "Less stored cards"}, kind: money, width: 13, sum: true},
	{from: "debt_amount", label: label{"减：欠费", "Less arrears"}, kind: money, width: 13, sum: true},
	{from: "claimable_amount", label: label{"可索票金额", "Claimable"}, kind: money, width: 15, sum: true},
	{from: "owed_amount", label: label{"欠票金额", "Owed"}, kind: money, width: 13, sum: true},
}

func columnsOf(groups ...[]column) []column {
	var all []column
	for _, g := range groups {
		all = append(all, g...)
	}
	return all
}

var claimsSheet = sheet{
	name:   label{"索票-账期", "Claims by cycle"},
	freeze: 1,
	columns: columnsOf(customerColumns, claimColumns, []column{
		{from: "record_count", label: label{"费用笔数", "Records"}, kind: count, width: 10, sum: true},
	}),
}

var orderClaimsSheet = sheet{
	name:   label{"索票-订单", "Claims by order"},
	freeze: 1,
	columns: columnsOf(customerColumns, []column{
		{from: "order_id", label: label{"订单号", "Order"}, kind: ident, width: 22},
	}, claimColumns, []column{
		{from: "charge_excl_tax", label: label{"本方结算（不含税）", "Our charge excl. tax"}, kind: money, width: 16, sum: true},
	}),
}

var bothWaysSheet = sheet{
	name:   label{"进销对照", "Input and output"},
	freeze: 1,
	columns: columnsOf(customerColumns, []column{
		{from: "party_name", label: label{"结算对象", "Party"}, kind: words, width: 24},
		{from: "payable_amount", label: label{"应付金额", "Payable"}, kind: money, width: 15, sum: true},
		{from: "claimable_amount", label: label{"进项：可索票", "Input: claimable"}, kind: money, width: 15, sum: true},
		{from: "record_charge", label: label{"销项：同笔消费", "Output: same records"}, kind: money, width: 16, sum: true},
		{from: "other_charge", label: label{"销项：其他", "Output: other"}, kind: money, width: 14, sum: true},
		{from: "vouchers", label: label{"减：代金券支付", "Less vouchers"}, kind: money, width: 14, sum: true},
		{from: "charge", label: label{"销项：可开票（不含税）", "Output: invoiceable excl. tax"}, kind: money, width: 16, sum: true},
		{from: "difference", label: label{"销项减进项", "Output less input"}, kind: money, width: 15, sum: true},
	}),
}
