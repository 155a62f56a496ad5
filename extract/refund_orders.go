package extract

import "settle/extract/bss"

// RefundOrder is one amount of a refund and the order that it gives back (SDK: ShowRefundOrderDetails).
type RefundOrder struct {
	Lineage
	OrderID          string `db:"order_id"` // the refund order that was asked for
	ID               string `json:"id"`
	Amount           Money  `json:"amount"` // negative: refunded; positive: consumed, or a fee
	MeasureID        string `json:"measure_id"`
	ResourceTypeCode string `json:"resource_type_code"`
	ResourceTypeName string `json:"resource_type_name"`
	ServiceTypeCode  string `json:"service_type_code"`
	ServiceTypeName  string `json:"service_type_name"`
	RegionCode       string `json:"region_code"`
	BaseOrderID      string `json:"base_order_id"`
}

// RefundOrders are the details of one refund order; the window's part is the order's id.
var RefundOrders = Dataset[RefundOrder]{
	Source: Source{
		Name: "refund_orders",
		Call: bss.Call{Name: "ShowRefundOrderDetails", Method: "GET", Path: "/v2/orders/customer-orders/refund-orders", Rows: "refund_infos"},
		Requests: func(w Window) []bss.Params {
			return []bss.Params{{"order_id": w.Part, "customer_id": w.CustomerID, "indirect_partner_id": w.ResellerID}}
		},
	},
	Table: "refund_orders",
	Finish: func(w Window, r *RefundOrder) error {
		r.OrderID = w.Part
		return nil
	},
}
