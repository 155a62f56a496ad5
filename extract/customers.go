package extract

import "settle/extract/bss"

// Customer is a row of one of the two lists of customers: those attached now (ListSubCustomers), and those with consumption in the
// cycle, whether attached or gone (ListConsumeSubCustomers, which names nothing but the id).
type Customer struct {
	Lineage
	List               string  `db:"list"` // sub_customers | consuming_customers
	AccountName        string  `json:"account_name"`
	Customer           string  `json:"customer"` // real-name authentication name
	AssociatedOn       Instant `json:"associated_on"`
	AssociationType    string  `json:"association_type"` // 1 referral, 2 resale
	Label              string  `json:"label"`
	CountryCode        string  `json:"country_code"`
	VerifiedStatus     string  `json:"verified_status"`
	CustomerType       string  `json:"customer_type"`
	IsFrozen           string  `json:"is_frozen"` // documented as a number, sent as a text
	CustomerLevel      string  `json:"customer_level"`
	XaccountID         string  `json:"xaccount_id"`
	XaccountType       string  `json:"xaccount_type"`
	Telephone          string  `json:"telephone"`
	Email              string  `json:"email"`
	AccountManagerName string  `db:"account_manager_name"`

	AccountManagers []AccountManager `json:"account_managers"`
}

// AccountManager is the nested entry of a customer; the API documents at most one.
type AccountManager struct {
	AccountName string `json:"account_name"`
}

func (c *Customer) finish(w Window, list string) error {
	c.List = list
	if len(c.AccountManagers) > 0 {
		c.AccountManagerName = c.AccountManagers[0].AccountName
	}
	return need("customer_id", c.CustomerID)
}

// SubCustomers are the customers attached now (ListSubCustomers); a window for the partner's own and one per tier-2 reseller.
var SubCustomers = Dataset[Customer]{
	Source: Source{
		Name: "sub_customers",
		Call: bss.Call{Name: "ListSubCustomers", Method: "POST", Path: "/v2/partners/sub-customers/query", Rows: "customer_infos", Total: "count", Limit: 100},
		Requests: func(w Window) []bss.Params {
			return []bss.Params{{"indirect_partner_id": w.ResellerID}}
		},
	},
	Table:  "customer_lists",
	Finish: func(w Window, c *Customer) error { return c.finish(w, "sub_customers") },
}

// ConsumingCustomers are the customers with consumption in the cycle (ListConsumeSubCustomers), those that left included.
var ConsumingCustomers = Dataset[Customer]{
	Source: Source{
		Name: "consuming_customers",
		Call: bss.Call{Name: "ListConsumeSubCustomers", Method: "POST", Path: "/v2/bills/subcustomer-bills/res-fee-records/sub-customers/query", Rows: "sub_customers", Total: "total_count", Limit: 100},
		Requests: func(w Window) []bss.Params {
			return []bss.Params{{"bill_cycle": string(w.Cycle)}}
		},
	},
	Table:  "customer_lists",
	Finish: func(w Window, c *Customer) error { return c.finish(w, "consuming_customers") },
}

// IndirectPartner is a tier-2 reseller of a general distributor (ListIndirectPartners).
type IndirectPartner struct {
	Origin
	IndirectPartnerID  string  `json:"indirect_partner_id"`
	AccountName        string  `json:"account_name"`
	Name               string  `json:"name"`
	MobilePhone        string  `json:"mobile_phone"`
	Email              string  `json:"email"`
	AssociatedOn       Instant `json:"associated_on"`
	AccountManagerID   string  `json:"account_manager_id"`
	AccountManagerName string  `json:"account_manager_name"`
}

// IndirectPartners are the tier-2 resellers (ListIndirectPartners).
var IndirectPartners = Dataset[IndirectPartner]{
	Source: Source{
		Name:     "indirect_partners",
		Call:     bss.Call{Name: "ListIndirectPartners", Method: "POST", Path: "/v2/partners/indirect-partners/query", Rows: "indirect_partners", Total: "count", Limit: 100},
		Requests: once,
	},
	Table:  "indirect_partners",
	Finish: func(_ Window, r *IndirectPartner) error { return need("indirect_partner_id", r.IndirectPartnerID) },
}
