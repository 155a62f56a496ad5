package extract

import (
	"strings"

	"settle/extract/bss"
)

// ConsumptionRecord is a fee record: what one resource of a customer cost in one interval or order (ListSubCustomerBillDetail). Amounts are in
// yuan; each usage quantity stands in the unit whose id follows it.
type ConsumptionRecord struct {
	Lineage
	RecordKey                 string   `db:"record_key,notnull"` // the same from pull to pull; unique within cycle, customer and reseller
	BillCycle                 string   `json:"bill_cycle"`
	AssociationType           string   `json:"association_type"`
	ServiceTypeCode           string   `json:"service_type_code"`
	ServiceTypeName           string   `json:"service_type_name"`
	ResourceTypeCode          string   `json:"resource_type_code"`
	ResourceTypeName          string   `json:"resource_type_name"`
	ChargingMode              string   `json:"charging_mode"` // 1 period, 3 on demand, 10 reserved instance, 11 savings plan
	TradeTime                 Instant  `json:"trade_time"`
	TradeID                   string   `json:"trade_id"` // order id for bill types 1, 2, 3, 4, 8; else a transaction id
	ID                        string   `json:"id"`
	BillDetailType            string   `json:"bill_detail_type"`
	ResourceID                string   `json:"resource_id"`
	ResourceName              string   `json:"resource_name"`
	ResourceTag               string   `json:"resource_tag"`
	ProductSpecDesc           string   `json:"product_spec_desc"`
	RegionCode                string   `json:"region_code"`
	RegionName                string   `json:"region_name"`
	ProductID                 string   `json:"product_id"`
	ProductName               string   `json:"product_name"`
	ConsumeTime               string   `json:"consume_time"` // one instant, or two with a vertical bar between
	ConsumeFrom               Instant  `db:"consume_from"`
	ConsumeTo                 Instant  `db:"consume_to,lastday"`
	UsageType                 string   `json:"usage_type"`
	UsageAmount               Quantity `json:"usage_amount"`
	UsageMeasureID            Int      `json:"usage_measure_id"` // 0 is Day, and also what stands where there is no quantity
	UsageNormal               Quantity `db:"usage_normal"`
	UsageNormalUnit           string   `db:"usage_normal_unit"`
	FreeResourceUsage         Quantity `json:"free_resource_usage"`
	FreeResourceMeasureID     Int      `json:"free_resource_measure_id"`
	RIUsage                   Quantity `json:"ri_usage"`
	RIUsageMeasureID          Int      `json:"ri_usage_measure_id"`
	OfficialAmount            Money    `json:"official_amount"`
	OfficialDiscountAmount    Money    `json:"official_discount_amount"`
	TruncatedAmount           Money    `db:"truncated_amount"` // official - discount - payable
	PaymentAmount             Money    `json:"payment_amount"`
	CashAmount                Money    `json:"cash_amount"`
	CreditAmount              Money    `json:"credit_amount"`
	CouponAmount              Money    `json:"coupon_amount"`
	FlexipurchaseCouponAmount Money    `json:"flexipurchase_coupon_amount"`
	StoredValueCardAmount     Money    `json:"stored_value_card_amount"`
	DebtAmount                Money    `json:"debt_amount"`
	WriteoffAmount            Money    `json:"writeoff_amount"`
	PeriodType                string   `json:"period_type"`
	PeriodNum                 Quantity `json:"period_num"`
	AccountManagerID          string   `json:"account_manager_id"`
	PartnerID                 string   `json:"partner_id"`
	SubServiceTypeCode        string   `json:"sub_service_type_code"`
	SubServiceTypeName        string   `json:"sub_service_type_name"`
	SubResourceTypeCode       string   `json:"sub_resource_type_code"`
	SubResourceTypeName       string   `json:"sub_resource_type_name"`
	SubResourceID             string   `json:"sub_resource_id"`
	SubResourceName           string   `json:"sub_resource_name"`
	EnterpriseProjectID       string   `db:"enterprise_project_id"` // ListSubCustomerBillDetail does not tell it
	EnterpriseProjectName     string   `db:"enterprise_project_name"`
}

// ConsumptionRecords are the fee records of one customer and cycle (ListSubCustomerBillDetail).
var ConsumptionRecords = Dataset[ConsumptionRecord]{
	Source: Source{
		Name: "consumption_records",
		Call: bss.Call{Name: "ListSubCustomerBillDetail", Method: "GET", Path: "/v2/bills/subcustomer-bills/res-fee-records", Rows: "fee_records", Total: "total_count", Limit: 1000},
		Requests: func(w Window) []bss.Params {
			return []bss.Params{{"bill_cycle": string(w.Cycle), "customer_id": w.CustomerID, "indirect_partner_id": w.ResellerID}}
		},
	},
	Table:  "consumption_records",
	Finish: finishConsumption,
}

func finishConsumption(_ Window, r *ConsumptionRecord) error {
	if _, ok := r.PaymentAmount.Units(); !ok {
		return &FieldError{"payment_amount", errMissing} // a charge without an amount must not settle as 0
	}
	from, to, _ := strings.Cut(r.ConsumeTime, "|")
	if err := r.ConsumeFrom.SetText([]byte(from)); err != nil {
		return &FieldError{"consume_time", err}
	}
	if err := r.ConsumeTo.SetText([]byte(to)); err != nil {
		return &FieldError{"consume_time", err}
	}
	truncated, err := r.OfficialAmount.Minus(r.OfficialDiscountAmount, r.PaymentAmount)
	if err != nil {
		return &FieldError{"truncated_amount", err}
	}
	r.TruncatedAmount = truncated
	r.RecordKey = r.ID
	if r.RecordKey == "" {
		r.RecordKey = r.NaturalKey()
	}
	return nil
}

// NaturalKey joins what tells two fee records apart where their id does not.
func (r *ConsumptionRecord) NaturalKey() string {
	return strings.Join([]string{"~", r.TradeID, r.ResourceID, r.SubResourceID, r.ProductID, r.UsageType, r.BillDetailType, r.ConsumeTime}, "|")
}
