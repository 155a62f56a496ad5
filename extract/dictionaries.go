package extract

import "settle/extract/bss"

// MeasureUnit is a unit of the conversion API (ListMeasureUnits). Several ids share a name: match by id and type, never by name.
type MeasureUnit struct {
	Origin
	MeasureID    Int      `json:"measure_id"`
	MeasureName  string   `json:"measure_name"`
	Abbreviation string   `json:"abbreviation"`
	MeasureType  string   `json:"measure_type"`
	FamilyUnit   string   `db:"family_unit"`   // the smallest unit that this one converts to; filled in when the conversions are there
	FamilyFactor Quantity `db:"family_factor"` // how many of it one of these is, a whole number
}

// MeasureUnits are all units (ListMeasureUnits).
var MeasureUnits = Dataset[MeasureUnit]{
	Source: Source{
		Name:     "measure_units",
		Call:     bss.Call{Name: "ListMeasureUnits", Method: "GET", Path: "/v2/bases/measurements", Rows: "measure_units"},
		Requests: once,
	},
	Table: "measure_units",
	Finish: func(_ Window, r *MeasureUnit) error {
		if _, ok := r.MeasureID.Int64(); !ok {
			return &FieldError{"measure_id", errMissing}
		}
		return nil
	},
}

// UnitConversion says that one measure_id is conversion_ratio ref_measure_id (ListConversions).
type UnitConversion struct {
	Origin
	MeasureID       Int    `json:"measure_id"`
	RefMeasureID    Int    `json:"ref_measure_id"`
	ConversionRatio Long   `json:"conversion_ratio"`
	MeasureType     string `json:"measure_type"`
}

// UnitConversions are all conversions (ListConversions).
var UnitConversions = Dataset[UnitConversion]{
	Source: Source{
		Name:     "unit_conversions",
		Call:     bss.Call{Name: "ListConversions", Method: "GET", Path: "/v2/bases/conversions", Rows: "conversions"},
		Requests: once,
	},
	Table: "unit_conversions",
	Finish: func(_ Window, r *UnitConversion) error {
		for name, v := range map[string]Int{"measure_id": r.MeasureID, "ref_measure_id": r.RefMeasureID} {
			if _, ok := v.Int64(); !ok {
				return &FieldError{name, errMissing}
			}
		}
		if _, ok := r.ConversionRatio.Int64(); !ok {
			return &FieldError{"conversion_ratio", errMissing}
		}
		return nil
	},
}

// UsageType names a kind of usage (ListUsageTypes). The code alone is not unique: it belongs to a resource type.
type UsageType struct {
	Origin
	Code             string `json:"code"`
	Name             string `json:"name"`
	ResourceTypeCode string `json:"resource_type_code"`
	ResourceTypeName string `json:"resource_type_name"`
	ServiceTypeCode  string `json:"service_type_code"`
	ServiceTypeName  string `json:"service_type_name"`
}

// UsageTypes are all usage types (ListUsageTypes).
var UsageTypes = Dataset[UsageType]{
	Source: Source{
		Name:     "usage_types",
		Call:     bss.Call{Name: "ListUsageTypes", Method: "GET", Path: "/v2/products/usage-types", Rows: "usage_types", Total: "total_count", Limit: 100},
		Requests: once,
	},
	Table:  "usage_types",
	Finish: func(_ Window, r *UsageType) error { return need("code", r.Code) },
}

// ServiceType names a cloud service (ListServiceTypes).
type ServiceType struct {
	Origin
	ServiceTypeName string `json:"service_type_name"`
	ServiceTypeCode string `json:"service_type_code"`
	Abbreviation    string `json:"abbreviation"`
}

// ServiceTypes are all cloud services (ListServiceTypes).
var ServiceTypes = Dataset[ServiceType]{
	Source: Source{
		Name:     "service_types",
		Call:     bss.Call{Name: "ListServiceTypes", Method: "GET", Path: "/v2/products/service-types", Rows: "service_types", Total: "total_count", Limit: 1000},
		Requests: once,
	},
	Table:  "service_types",
	Finish: func(_ Window, r *ServiceType) error { return need("service_type_code", r.ServiceTypeCode) },
}

// ResourceType names a kind of resource (ListResourceTypes).
type ResourceType struct {
	Origin
	ResourceTypeCode string `json:"resource_type_code"`
	ResourceTypeName string `json:"resource_type_name"`
	ResourceTypeDesc string `json:"resource_type_desc"`
	ServiceTypeCode  string `json:"service_type_code"`
}

// ResourceTypes are all kinds of resources (ListResourceTypes).
var ResourceTypes = Dataset[ResourceType]{
	Source: Source{
		Name:     "resource_types",
		Call:     bss.Call{Name: "ListResourceTypes", Method: "GET", Path: "/v2/products/resource-types", Rows: "resource_types", Total: "total_count", Limit: 1000},
		Requests: once,
	},
	Table:  "resource_types",
	Finish: func(_ Window, r *ResourceType) error { return need("resource_type_code", r.ResourceTypeCode) },
}
