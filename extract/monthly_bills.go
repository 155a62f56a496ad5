package extract

import "settle/extract/bss"

// MonthlyBill is the vendor's own sum of a month for a customer, service, resource type, bill type and charge mode, in
// yuan to two places (ListSubcustomerMonthlyBills). Resale customers only.
type MonthlyBill struct {
	Lineage
	CloudServiceType     string `json:"cloud_service_type"`
	CloudServiceTypeName string `json:"cloud_service_type_name"`
	ResourceTypeCode     string `json:"resource_type_code"`
	ResourceTypeName     string `json:"resource_type_name"`
	BillType             string `json:"bill_type"`   // 0 consumption, 1 unsubscription, 2 write-off
	ChargeMode           string `json:"charge_mode"` // 1, 3, 11
	Amount               Money  `json:"amount"`      // negative for bill types 1 and 2
	DebtAmount           Money  `json:"debt_amount"`
	AdjustmentAmount     Money  `json:"adjustment_amount"`
	DiscountAmount       Money  `json:"discount_amount"`
	MeasureID            Int    `json:"measure_id"`

	AccountDetails []MonthlyBillDetail `json:"account_details"`
}

// MonthlyBillDetail is the nested entry of a monthly bill: what one balance type paid.
type MonthlyBillDetail struct {
	BalanceType string `json:"balance_type"`
	Amount      Money  `json:"amount"`
	BillType    string `json:"bill_type"`
}

// MonthlyBillAccount is MonthlyBillDetail as a row, beside the key of its bill.
type MonthlyBillAccount struct {
	Lineage                 // row_no is the bill's
	CloudServiceType string `db:"cloud_service_type"`
	ResourceTypeCode string `db:"resource_type_code"`
	BillType         string `db:"bill_type"`
	ChargeMode       string `db:"charge_mode"`
	BalanceType      string `db:"balance_type"`
	Amount           Money  `db:"amount"`
	AccountBillType  string `db:"account_bill_type"`
}

// ChargeModes are what ListSubcustomerMonthlyBills can be asked for, one call each; there is no "all", and reserved instances (10) are not offered.
var ChargeModes = []string{"1", "3", "11"}

// MonthlyBills are the monthly sums of all resale customers (ListSubcustomerMonthlyBills); the window's part is the charge mode.
var MonthlyBills = Dataset[MonthlyBill]{
	Source: Source{
		Name: "monthly_bills",
		Call: bss.Call{Name: "ListSubcustomerMonthlyBills", Method: "GET", Path: "/v2/bills/partner-bills/subcustomer-bills/monthly-sum", Rows: "bill_sums", Total: "count", Limit: 100},
		Requests: func(w Window) []bss.Params {
			return []bss.Params{{"cycle": string(w.Cycle), "charge_mode": w.Part, "indirect_partner_id": w.ResellerID}}
		},
	},
	Table: "monthly_bills",
	Finish: func(_ Window, r *MonthlyBill) error {
		if _, ok := r.Amount.Units(); !ok {
			return &FieldError{"amount", errMissing}
		}
		return need("customer_id", r.CustomerID)
	},
}

// Accounts are a monthly bill's nested entries as rows of source.monthly_bill_accounts.
func (r *MonthlyBill) Accounts(yield func(MonthlyBillAccount)) {
	for _, d := range r.AccountDetails {
		yield(MonthlyBillAccount{
			Lineage: r.Lineage, CloudServiceType: r.CloudServiceType, ResourceTypeCode: r.ResourceTypeCode, BillType: r.BillType, ChargeMode: r.ChargeMode,
			BalanceType: d.BalanceType, Amount: d.Amount, AccountBillType: d.BillType,
		})
	}
}
