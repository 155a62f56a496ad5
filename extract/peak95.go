package extract

import (
	"errors"
	"strings"

	"settle/extract/bss"
	"settle/transform/exact"
)

// Peak95Summary is the vendor's 95th-percentile bandwidth of one resource and month (ListResourceUsageSummary).
type Peak95Summary struct {
	Lineage
	ServiceTypeCode            string     `db:"service_type_code"`
	ResourceTypeCode           string     `db:"resource_type_code"`
	UsageType                  string     `db:"usage_type"` // case matters: 95peak_1000 and 95Peak_1000 are two codes
	ResourceID                 string     `json:"resource_id"`
	ActualDays                 exact.Days `json:"actual_days"` // reported points / 288
	BandWidth                  Quantity   `json:"band_width"`  // billed bandwidth of the month
	MonthlyGuaranteedBandWidth Quantity   `json:"monthly_guaranteed_band_width"`
	MonthlyPeakBandWidth       Quantity   `json:"monthly_peak_band_width"`
	BandWidthMeasureID         Int        `json:"band_width_measure_id"`
}

// Peak95Point is the bandwidth of a resource in five minutes (ListResourceUsage).
type Peak95Point struct {
	Lineage
	ServiceTypeCode     string   `db:"service_type_code"`
	ResourceTypeCode    string   `db:"resource_type_code"`
	UsageType           string   `db:"usage_type"`
	ResourceID          string   `db:"resource_id"`
	StatTime            Instant  `json:"stat_time"`
	GuaranteedBandWidth Quantity `json:"guaranteed_band_width"`
	Usage               Quantity `json:"usage"`
	MeasureID           Int      `json:"measure_id"`
}

// Peak95Code is one combination of codes that the 95 calls accept.
type Peak95Code struct{ Service, Resource, Usage string }

// Part names a window of the combination.
func (c Peak95Code) Part() string { return c.Service + "+" + c.Resource + "+" + c.Usage }

// Peak95Codes are the documented combinations. Complete data to base 1000 need both spellings. Which codes object storage
// carries is not documented, so each standard code is asked.
var Peak95Codes = []Peak95Code{
	{"hws.service.type.cdn", "hws.resource.type.cdn", "95Peak"},
	{"hws.service.type.cdn", "hws.resource.type.cdn", "95peak_1000"},
	{"hws.service.type.cdn", "hws.resource.type.cdn", "95Peak_1000"},
	{"hws.service.type.obs", "hws.resource.type.obs", "95Peak"},
	{"hws.service.type.obs", "hws.resource.type.obs", "95peak_1000"},
	{"hws.service.type.obs", "hws.resource.type.obs", "95Peak_1000"},
	{"hws.service.type.vpc", "hws.resource.type.bandwidth", "bandwidth95peak"},
	{"hws.service.type.vpc", "hws.resource.type.bandwidth", "95peak_plus"},
	{"hws.service.type.iec", "hws.resource.type.edgebandwidth", "95peak_plus"},
}

// codeOf splits a window's part: the codes, and the resource of a points window.
func codeOf(part string) (c Peak95Code, resource string) {
	f := strings.SplitN(part, "+", 4)
	for len(f) < 4 {
		f = append(f, "")
	}
	return Peak95Code{f[0], f[1], f[2]}, f[3]
}

func codeParams(w Window) bss.Params {
	c, resource := codeOf(w.Part)
	return bss.Params{
		"bill_cycle": string(w.Cycle), "service_type_code": c.Service, "resource_type_code": c.Resource, "usage_type": c.Usage,
		"resource_id": resource,
	}
}

// Peak95Summaries are a customer's monthly values for one combination of codes (ListResourceUsageSummary).
var Peak95Summaries = Dataset[Peak95Summary]{
	Source: Source{
		Name:     "peak95_summaries",
		Customer: true,
		Call:     bss.Call{Name: "ListResourceUsageSummary", Method: "GET", Path: "/v2/bills/customer-bills/resources/usage/summary", Rows: "summary_usage_info_list", Total: "total_count", Limit: 1000},
		Requests: func(w Window) []bss.Params { return []bss.Params{codeParams(w)} },
	},
	Table: "peak95_summaries",
	Finish: func(w Window, r *Peak95Summary) error {
		c, _ := codeOf(w.Part)
		r.ServiceTypeCode, r.ResourceTypeCode, r.UsageType = c.Service, c.Resource, c.Usage
		return need("resource_id", r.ResourceID)
	},
}

// Peak95Points are the five-minute points of one resource (ListResourceUsage).
var Peak95Points = Dataset[Peak95Point]{
	Source: Source{
		Name:     "peak95_points",
		Customer: true,
		Call:     bss.Call{Name: "ListResourceUsage", Method: "GET", Path: "/v2/bills/customer-bills/resources/usage/details", Rows: "usage_info_list", Total: "total_count", Limit: 1000},
		Requests: func(w Window) []bss.Params { return []bss.Params{codeParams(w)} },
	},
	Table: "peak95_points",
	Finish: func(w Window, r *Peak95Point) error {
		c, resource := codeOf(w.Part)
		r.ServiceTypeCode, r.ResourceTypeCode, r.UsageType, r.ResourceID = c.Service, c.Resource, c.Usage, resource
		if _, ok := r.StatTime.UnixMicro(); !ok {
			return &FieldError{"stat_time", errors.New("is missing")}
		}
		return nil
	},
}
