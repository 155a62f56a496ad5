package pricing

import (
	"fmt"
	"slices"
	"strings"

	"settle/transform/exact"
)

// Known is what a published month knows beside the workbook. An empty set of codes means that it is not known.
type Known struct {
	Cycle         string
	First, Last   exact.Date // its days
	Customers     []KnownCustomer
	Services      map[string]bool // service type codes
	ResourceTypes map[string]bool // resource type codes
	Units         map[string]bool // measure ids and abbreviations
}

// KnownCustomer is an account that the vendor's lists name.
type KnownCustomer struct {
	ID         string
	ResellerID string // tier-2 reseller; empty for a direct customer
	Name       string
}

// Doubts warns of what the workbook alone cannot show: customers of the month without a contract, and codes and units that the
// vendor does not know, which are mostly mistyped.
func (b *Book) Doubts(known Known) []Problem {
	var all problems
	month := period{known.First, known.Last}
	covered := map[account]bool{}
	for i := range b.Contracts {
		k := &b.Contracts[i]
		if _, both := k.period().meets(month); both {
			covered[account{k.CustomerID, k.ResellerID}] = true
		}
	}
	contracts := Cell{Sheet: contractsSheet.name}
	if len(b.Contracts) > 0 {
		contracts.Sheet = b.Contracts[0].Origin.Sheet
	}
	for _, c := range known.Customers {
		if a := (account{c.ID, c.ResellerID}); !covered[a] {
			all.warn(contracts, "", fmt.Sprintf("customer %s (%s) is listed in %s, and no contract bills it then", shown(c.Name), a, known.Cycle), "add one; settle pricing template FILE --update adds those that the API lists now")
		}
	}
	strange := func(codes map[string]bool, origin Cell, header, what, code string) {
		if code != "" && len(codes) > 0 && !codes[code] {
			all.warn(origin, header, fmt.Sprintf("%s %s is not known to the vendor in %s", what, shown(code), known.Cycle), "correct it, or keep it if it is new")
		}
	}
	for _, r := range b.Rules {
		strange(known.Services, r.Origin, "service_type_code", "service type", r.ServiceTypeCode)
		strange(known.ResourceTypes, r.Origin, "resource_type_code", "resource type", r.ResourceTypeCode)
		strange(known.Units, r.Origin, "unit", "unit", r.Unit)
	}
	for _, m := range b.Commitments {
		services := strings.Split(m.Services, ",")
		if i := slices.IndexFunc(services, func(s string) bool { return !known.Services[s] }); i >= 0 {
			strange(known.Services, m.Origin, "services", "service type", services[i])
		}
	}
	return all.warnings.inOrder()
}
