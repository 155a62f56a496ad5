package bsstest

import "slices"

// Kinds of plants in the vendor's lists. The lists have no cycle: they change for every pull after the plant.
const (
	UnlistedService = "unlisted_service" // the list of services leaves out a service that the customer uses
	UnitChanged     = "unit_changed"     // a year becomes 13 months in the conversions; no record is measured in years
)

// plantsOfPull change what is announced, listed or named rather than a record.
var plantsOfPull = map[string]planter{
	UnlistedService: func(w *World, a *account, _ Plant, _ int64) {
		var r record
		a.record(a.ordinary(), &r)
		w.lists.without = append(w.lists.without, r.resource.product.kind.service.code)
	},
	UnitChanged: func(w *World, _ *account, _ Plant, _ int64) { w.lists.longYears = true },
}

// changedLists is what plants changed in the lists.
type changedLists struct {
	without   []string // codes of services
	longYears bool
}

// services are those that the list names.
func (c *changedLists) services() []*service {
	return slices.DeleteFunc(slices.Clone(services), func(s *service) bool { return slices.Contains(c.without, s.code) })
}

// ratio is a conversion's ratio.
func (c *changedLists) ratio(x conversion) int64 {
	if c.longYears && x.id == 29 && x.ratio == 12 {
		return 13
	}
	return x.ratio
}
