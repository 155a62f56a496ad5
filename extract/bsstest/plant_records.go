package bsstest

// plantsOfRecords change single fee records, or the sums of them.
var plantsOfRecords = map[string]planter{
	GarbageAmount: changing(func(c *change, _ *World, _ *account, _ int64) { c.officialRaw = "12.345678901" }),
	WrongType:     changing(func(c *change, _ *World, _ *account, _ int64) { c.paymentRaw = `{"value":12.34}` }),
	UnknownField: changing(func(c *change, _ *World, _ *account, _ int64) {
		c.extra = `,"carbon_emission":"0.12","carbon_scope":{"tier":[1,2]}`
	}),
	UnknownEnum:    changing(func(c *change, _ *World, _ *account, _ int64) { c.billType = 777 }),
	UnknownUnit:    changing(func(c *change, _ *World, _ *account, _ int64) { c.measure = 9999 }),
	FundingOff:     changing(func(c *change, _ *World, _ *account, amount int64) { c.cash = amount }),
	LateChange:     changing(func(c *change, _ *World, _ *account, amount int64) { c.payment = amount }),
	ListOff:        changing(plantAListOff),
	TruncationOff:  changing(plantATruncationOff),
	SignOff:        changing(plantASignOff),
	ListPriceOff:   changing(plantAListPriceOff),
	UsageJump:      changing(plantAUsageJump),
	TwiceCharged:   plantATwiceCharged,
	GapDay:         plantAGapDay,
	RefundTooLarge: plantARefundTooLarge,
	OtherCustomer: changing(func(c *change, w *World, a *account, _ int64) {
		for _, other := range w.customers {
			if other != a.customer && other.resale() {
				c.customerID = other.ID
			}
		}
	}),
	MonthlyBillOff: func(w *World, a *account, _ Plant, amount int64) {
		for _, b := range w.ledger(w.month.name).bills {
			if b.key.customer == a.customer.ID && b.key.reseller == a.reseller && b.key.mode == 3 && b.key.billType == 0 {
				w.billsOff[b.key] += amount
				return
			}
		}
		panic("bsstest: plant monthly_bill_off: customer " + a.customer.ID + " has no monthly sum")
	},
	Truncation:      plantCTruncation,
	LateUnbilled:    plantCLateUnbilled,
	WrongCycle:      plantCWrongCycle,
	AttachedLate:    plantCAttachedLate,
	DebtPaid:        plantCDebtPaid,
	BillLessDebt:    plantCBillLessDebt,
	SlicesSwapped:   plantCSlicesSwapped,
	BilledElsewhere: plantCBilledElsewhere,
}
