package bsstest

import (
	"math"
	"net/http"
)

// Who may make a call.
const (
	byPartner = 1 << iota
	byCustomer
)

// call is one API method.
type call struct {
	name, method, path string
	by                 int
	maxOffset          int
	maxLimit           int // 0: the call does not page
	answer             func(w *World, q *query) *listing
}

const anyOffset = math.MaxInt32

// calls are in the order of the vendor's documents; the refund orders stand last.
var calls = []call{
	{"ListSubCustomers", http.MethodPost, "/v2/partners/sub-customers/query", byPartner, 40_000_000, 100, (*World).listSubCustomers},
	{"ListConsumeSubCustomers", http.MethodPost, "/v2/bills/subcustomer-bills/res-fee-records/sub-customers/query", byPartner, 2147483646, 100, (*World).listConsumeSubCustomers},
	{"ListIndirectPartners", http.MethodPost, "/v2/partners/indirect-partners/query", byPartner, anyOffset, 100, (*World).listIndirectPartners},
	{"ListSubCustomerBillDetail", http.MethodGet, "/v2/bills/subcustomer-bills/res-fee-records", byPartner, anyOffset, 1000, (*World).listSubCustomerBillDetail},
	{"ListSubcustomerMonthlyBills", http.MethodGet, "/v2/bills/partner-bills/subcustomer-bills/monthly-sum", byPartner, anyOffset, 100, (*World).listSubcustomerMonthlyBills},
	{"ListFreeResourceInfos", http.MethodPost, "/v3/payments/free-resources/query", byCustomer, 999_999, 1000, (*World).listFreeResourceInfos},
	{"ListFreeResourceUsages", http.MethodPost, "/v2/payments/free-resources/usages/details/query", byCustomer, 0, 0, (*World).listFreeResourceUsages},
	{"ListFreeResourcesUsageRecords", http.MethodGet, "/v2/bills/customer-bills/free-resources-usage-records", byCustomer, anyOffset, 1000, (*World).listFreeResourcesUsageRecords},
	{"ListResourceUsageSummary", http.MethodGet, "/v2/bills/customer-bills/resources/usage/summary", byCustomer, anyOffset, 1000, (*World).listResourceUsageSummary},
	{"ListResourceUsage", http.MethodGet, "/v2/bills/customer-bills/resources/usage/details", byCustomer, anyOffset, 1000, (*World).listResourceUsage},
	{"ListMeasureUnits", http.MethodGet, "/v2/bases/measurements", byPartner | byCustomer, 0, 0, (*World).listMeasureUnits},
	{"ListConversions", http.MethodGet, "/v2/bases/conversions", byPartner | byCustomer, 0, 0, (*World).listConversions},
	{"ListUsageTypes", http.MethodGet, "/v2/products/usage-types", byPartner | byCustomer, anyOffset, 100, (*World).listUsageTypes},
	{"ListServiceTypes", http.MethodGet, "/v2/products/service-types", byPartner | byCustomer, anyOffset, 1000, (*World).listServiceTypes},
	{"ListResourceTypes", http.MethodGet, "/v2/products/resource-types", byPartner | byCustomer, anyOffset, 1000, (*World).listResourceTypes},
	{"ListServiceResources", http.MethodGet, "/v2/products/service-resources", byPartner | byCustomer, anyOffset, 100, (*World).listServiceResources},
	{"ListPartnerAdjustRecords", http.MethodGet, "/v3/accounts/partner-accounts/adjust-records", byPartner, anyOffset, 100, (*World).listPartnerAdjustRecords},
	{"ListPartnerBalances", http.MethodGet, "/v2/accounts/partner-accounts/balances", byPartner, 0, 0, (*World).listPartnerBalances},
	{"ListCustomersBalancesDetail", http.MethodPost, "/v2/accounts/customer-accounts/balances/batch-query", byPartner, 0, 0, (*World).listCustomersBalancesDetail},
	{"ListPartnerAccountChangeRecords", http.MethodGet, "/v2/accounts/partner-accounts/account-change-records", byPartner, anyOffset, 100, (*World).listPartnerAccountChangeRecords},
	{"ShowRefundOrderDetails", http.MethodGet, "/v2/orders/customer-orders/refund-orders", byPartner, 0, 0, (*World).showRefundOrderDetails},
}

func callOf(method, path string) *call {
	for i := range calls {
		if calls[i].method == method && calls[i].path == path {
			return &calls[i]
		}
	}
	return nil
}
