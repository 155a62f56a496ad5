package extract

import (
	"time"

	"settle/extract/bss"
)

// ResourcePackage is a prepaid quota that a customer bought, as it stands when asked (ListFreeResourceInfos): past months cannot be asked
// for, so each run's snapshot is kept.
type ResourcePackage struct {
	Lineage
	OrderInstanceID        string  `json:"order_instance_id"`
	OrderID                string  `json:"order_id"`
	ProductID              string  `json:"product_id"`
	ProductName            string  `json:"product_name"`
	EnterpriseProjectID    string  `json:"enterprise_project_id"`
	EnterpriseProjectScope string  `json:"enterprise_project_scope"`
	EffectiveTime          Instant `json:"effective_time"`
	ExpireTime             Instant `json:"expire_time"`
	Status                 string  `json:"status"` // 0 not yet, 1 active, 2 used up, 3 expired, 4 unsubscribed
	ServiceTypeCode        string  `json:"service_type_code"`
	ServiceTypeName        string  `json:"service_type_name"`
	RegionCode             string  `json:"region_code"`
	SourceType             string  `json:"source_type"`
	BundleType             string  `json:"bundle_type"`
	QuotaReuseMode         string  `json:"quota_reuse_mode"` // 1 resettable, 2 not

	FreeResources []FreeResource `json:"free_resources"`
}

// FreeResource is the nested entry of a package: the quota for one usage type.
type FreeResource struct {
	FreeResourceID string   `json:"free_resource_id"`
	UsageTypeName  string   `json:"usage_type_name"`
	Amount         Quantity `json:"amount"` // what is left of the current window
	OriginalAmount Quantity `json:"original_amount"`
	MeasureID      Int      `json:"measure_id"`
}

// ResourcePackageContent is FreeResource as a row, beside its package's key.
type ResourcePackageContent struct {
	Lineage
	OrderInstanceID string   `db:"order_instance_id"`
	FreeResourceID  string   `db:"free_resource_id"`
	UsageTypeName   string   `db:"usage_type_name"`
	Amount          Quantity `db:"amount"`
	OriginalAmount  Quantity `db:"original_amount"`
	MeasureID       Int      `db:"measure_id"`
}

// ResourcePackages are a customer's packages (ListFreeResourceInfos). The window's part is the run: snapshots do not replace each other.
var ResourcePackages = Dataset[ResourcePackage]{
	Source: Source{
		Name:     "resource_packages",
		Customer: true,
		PerRun:   true,
		Call:     bss.Call{Name: "ListFreeResourceInfos", Method: "POST", Path: "/v3/payments/free-resources/query", Rows: "free_resource_packages", Total: "total_count", Limit: 1000},
		Requests: once,
	},
	Table:  "resource_packages",
	Finish: func(_ Window, r *ResourcePackage) error { return need("order_instance_id", r.OrderInstanceID) },
}

// Contents are a package's nested entries as rows of source.resource_package_contents.
func (r *ResourcePackage) Contents(yield func(ResourcePackageContent)) {
	for _, f := range r.FreeResources {
		yield(ResourcePackageContent{
			Lineage: r.Lineage, OrderInstanceID: r.OrderInstanceID,
			FreeResourceID: f.FreeResourceID, UsageTypeName: f.UsageTypeName, Amount: f.Amount, OriginalAmount: f.OriginalAmount, MeasureID: f.MeasureID,
		})
	}
}

// ResourcePackageQuota is the current window of a package's item (ListFreeResourceUsages): the same quantity as in ListFreeResourceInfos, with its reset rule.
type ResourcePackageQuota struct {
	Lineage
	FreeResourceID       string   `json:"free_resource_id"`
	FreeResourceTypeName string   `json:"free_resource_type_name"`
	QuotaReuseCycle      string   `json:"quota_reuse_cycle"`      // 1 hour, 2 day, 3 week, 4 month, 5 year
	QuotaReuseCycleType  string   `json:"quota_reuse_cycle_type"` // 1 calendar, 2 day of the order
	UsageTypeName        string   `json:"usage_type_name"`
	StartTime            Instant  `json:"start_time"`
	EndTime              Instant  `json:"end_time"`
	Amount               Quantity `json:"amount"`
	OriginalAmount       Quantity `json:"original_amount"`
	MeasureID            Int      `json:"measure_id"`
}

// ResourcePackageQuotas are the current windows of a customer's package items (ListFreeResourceUsages), asked for in batches of 100 ids.
var ResourcePackageQuotas = Dataset[ResourcePackageQuota]{
	Source: Source{
		Name:     "resource_package_quotas",
		Customer: true,
		PerRun:   true,
		Call:     bss.Call{Name: "ListFreeResourceUsages", Method: "POST", Path: "/v2/payments/free-resources/usages/details/query", Rows: "free_resources"},
		Requests: func(w Window) (all []bss.Params) {
			for _, ids := range batches(w.Items, 100) {
				all = append(all, bss.Params{"free_resource_ids": ids})
			}
			return all
		},
	},
	Table:  "resource_package_quotas",
	Finish: func(_ Window, r *ResourcePackageQuota) error { return need("free_resource_id", r.FreeResourceID) },
}

// ResourcePackageDeduction is one use of a package (ListFreeResourcesUsageRecords): available - used = remaining.
type ResourcePackageDeduction struct {
	Lineage
	DeductTime       Instant  `json:"deduct_time"`
	FreeResourceID   string   `json:"free_resource_id"`
	ResourceID       string   `json:"resource_id"`
	ResourceTypeCode string   `json:"resource_type_code"`
	ResourceTypeName string   `json:"resource_type_name"`
	ResourceTag      string   `json:"resource_tag"`
	ProductID        string   `json:"product_id"`
	ProductName      string   `json:"product_name"`
	UsageTypeCode    string   `json:"usage_type_code"`
	AvailableAmount  Quantity `json:"available_amount"`
	RemainingAmount  Quantity `json:"remaining_amount"`
	UsedAmount       Quantity `json:"used_amount"`
	MeasureID        Int      `json:"measure_id"`
	EffectiveTime    Instant  `json:"effective_time"`
	ExpireTime       Instant  `json:"expire_time"`
}

// ResourcePackageUsage are a customer's deductions in a cycle (ListFreeResourcesUsageRecords). Whether the end day is part of the answer is not
// documented, so the first day of the next cycle is asked for; the models look at deduct_time_date.
var ResourcePackageUsage = Dataset[ResourcePackageDeduction]{
	Source: Source{
		Name:     "resource_package_usage",
		Customer: true,
		Call:     bss.Call{Name: "ListFreeResourcesUsageRecords", Method: "GET", Path: "/v2/bills/customer-bills/free-resources-usage-records", Rows: "free_resource_records", Total: "total_count", Limit: 1000},
		Requests: func(w Window) []bss.Params {
			return []bss.Params{{"deduct_time_begin": w.Cycle.First().Format(time.DateOnly), "deduct_time_end": w.Cycle.End().Format(time.DateOnly)}}
		},
	},
	Table:  "resource_package_usage",
	Finish: func(_ Window, r *ResourcePackageDeduction) error { return need("free_resource_id", r.FreeResourceID) },
}
