package pricing

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"settle/transform/exact"
)

// period is the days on which something is valid; either end may be open (NULL).
type period struct{ from, to exact.Date }

func (k *Contract) period() period   { return period{k.ValidFrom, k.ValidTo} }
func (r *Rule) period() period       { return period{r.ValidFrom, r.ValidTo} }
func (m *Commitment) period() period { return period{m.ValidFrom, m.ValidTo} }

// covers says whether it holds every day of another.
func (p period) covers(o period) bool {
	begins := !isSet(p.from) || isSet(o.from) && !before(o.from, p.from)
	ends := !isSet(p.to) || isSet(o.to) && !before(p.to, o.to)
	return begins && ends
}

// meets says whether the two have a day in common, and which is the first.
func (p period) meets(o period) (exact.Date, bool) {
	first := p.from
	if isSet(o.from) && (!isSet(first) || before(first, o.from)) {
		first = o.from
	}
	for _, end := range []exact.Date{p.to, o.to} {
		if isSet(end) && isSet(first) && before(end, first) {
			return exact.Date{}, false
		}
	}
	return first, true
}

func (p period) String() string {
	switch {
	case isSet(p.from) && isSet(p.to):
		return fmt.Sprintf("%s to %s", p.from, p.to)
	case isSet(p.from):
		return fmt.Sprintf("%s on", p.from)
	case isSet(p.to):
		return fmt.Sprintf("any day to %s", p.to)
	}
	return "any day"
}

func dayAfter(d exact.Date, days int) exact.Date {
	return exact.NewDate(d.Time().Add(time.Duration(days) * 24 * time.Hour))
}

// doubtGaps warns of days between two contracts of an account on which neither holds: what is consumed then has no price.
func (c *checker) doubtGaps(a account, earlier, later *Contract) {
	if !isSet(earlier.ValidTo) || !before(dayAfter(earlier.ValidTo, 1), later.ValidFrom) {
		return
	}
	c.warn(later.Origin, "valid_from", fmt.Sprintf("account %s has no contract from %s to %s, between %s (row %d) and %s: what it consumes then cannot be priced", a,
		dayAfter(earlier.ValidTo, 1), dayAfter(later.ValidFrom, -1), shown(earlier.Number), earlier.Origin.Row, shown(later.Number)), "close the gap, unless the account was not yours then")
}

// doubtRules warns of rules that are well formed and never apply, or apply by an accident of their ids.
func (c *checker) doubtRules() {
	if !c.faulty("Contracts") {
		c.doubtUse()
	}
	byMatch := map[match][]*Rule{}
	for i := range c.Rules {
		if r := &c.Rules[i]; r.PricePlan != "" {
			byMatch[matchOf(r)] = append(byMatch[matchOf(r)], r)
		}
	}
	for _, same := range byMatch {
		slices.SortFunc(same, (*Rule).order)
	}
	for _, same := range byMatch {
		for i, r := range same {
			if o := hiding(byMatch, r); o != nil {
				c.warn(r.Origin, "rule_id", fmt.Sprintf("rule %s never applies: rule %s (row %d) matches %s and comes first", shown(r.ID), shown(o.ID), o.Origin.Row, sameOrMore(o, r)),
					"change its priority or its dates, or remove it")
				continue
			}
			for _, o := range same[max(0, i-maxLookBack):i] {
				if on, both := o.period().meets(r.period()); both && o.Priority == r.Priority {
					when := "on " + on.String()
					if !isSet(on) {
						when = "on the same days"
					}
					c.warn(r.Origin, "priority", fmt.Sprintf("rules %s and %s (row %d) match the same %s with the same priority: %s wins by its id alone", shown(r.ID), shown(o.ID), o.Origin.Row, when, shown(o.ID)),
						"give them different priorities, or end one before the other begins")
					break
				}
			}
		}
	}
}

func sameOrMore(o, r *Rule) string {
	if matchOf(o) == matchOf(r) {
		return "the same"
	}
	return "all of that and more"
}

// doubtUse warns of rules that no contract can lead to.
func (c *checker) doubtUse() {
	type use struct{ plan, customer string }
	plans := map[use][]*Contract{}
	for i := range c.Contracts {
		k := &c.Contracts[i]
		plans[use{plan: k.PricePlan}] = append(plans[use{plan: k.PricePlan}], k)
		plans[use{k.PricePlan, k.CustomerID}] = append(plans[use{k.PricePlan, k.CustomerID}], k)
	}
	for i := range c.Rules {
		r := &c.Rules[i]
		users := plans[use{r.PricePlan, r.CustomerID}]
		switch {
		case r.PricePlan == "":
		case len(plans[use{plan: r.PricePlan}]) == 0:
			c.warn(r.Origin, "price_plan", fmt.Sprintf("rule %s never applies: no contract has price plan %s", shown(r.ID), shown(r.PricePlan)), "correct the name or remove the rule")
		case len(users) == 0:
			c.warn(r.Origin, "customer_id", fmt.Sprintf("rule %s never applies: no contract of customer %s has price plan %s", shown(r.ID), shown(r.CustomerID), shown(r.PricePlan)), "correct the customer or remove the rule")
		case !slices.ContainsFunc(users, func(k *Contract) bool { _, both := k.period().meets(r.period()); return both }):
			c.warn(r.Origin, "valid_from", fmt.Sprintf("rule %s never applies: it is valid %s, and no contract with price plan %s is valid then", shown(r.ID), r.period(), shown(r.PricePlan)), "correct its dates or remove it")
		}
	}
}

// match is what a rule asks of a record, without its dates: the plan, then the match columns.
type match [8]string

func matchOf(r *Rule) match {
	return match{r.PricePlan, r.CustomerID, r.ServiceTypeCode, r.ResourceTypeCode, r.RegionCode, r.ChargingMode, r.BillDetailType, r.ProductID}
}

// columnsSet is how many match columns a rule has set.
func (m match) columnsSet() int {
	n := 0
	for _, v := range m[1:] {
		if v != "" {
			n++
		}
	}
	return n
}

// hiding finds a rule that comes before another, matches whatever the other matches, and is valid whenever the other is. What
// it asks is a part of what the other asks: there are at most 128 such parts.
func hiding(byMatch map[match][]*Rule, r *Rule) *Rule {
	whole := matchOf(r)
	for mask := range 1 << 7 {
		part := whole
		proper := true
		for column := range 7 {
			if mask&(1<<column) != 0 {
				proper = proper && part[column+1] != ""
				part[column+1] = ""
			}
		}
		if !proper { // the same part under another mask
			continue
		}
		same := byMatch[part]
		for _, o := range same[:min(len(same), maxLookBack)] {
			if o.order(r) >= 0 {
				break
			}
			if o.period().covers(r.period()) {
				return o
			}
		}
	}
	return nil
}

// maxLookBack bounds the search among rules of equal match columns and commitments of one contract: more than a few are rare.
const maxLookBack = 100

// order is that in which rules are looked at: priority, then more match columns set, then id.
func (r *Rule) order(o *Rule) int {
	return cmp.Or(cmp.Compare(r.Priority, o.Priority), cmp.Compare(matchOf(o).columnsSet(), matchOf(r).columnsSet()), cmp.Compare(r.ID, o.ID))
}

// doubtCommitments warns of minimums that never count, and of two that both charge for the same months and services.
func (c *checker) doubtCommitments() {
	ofContract := map[string][]*Commitment{}
	for i := range c.Commitments {
		m := &c.Commitments[i]
		rows := c.byNumber[m.ContractNumber]
		if !isSet(m.ValidFrom) || !isSet(m.ValidTo) || len(rows) == 0 {
			continue
		}
		if !slices.ContainsFunc(rows, func(k *Contract) bool { _, both := k.period().meets(m.period()); return both }) {
			c.warn(m.Origin, "valid_from", fmt.Sprintf("the commitment never counts: it is valid %s, and contract %s is not valid then", m.period(), shown(m.ContractNumber)), "correct the dates or the contract number")
		}
		others := ofContract[m.ContractNumber]
		ofContract[m.ContractNumber] = append(others, m)
		for _, o := range others[max(0, len(others)-maxLookBack):] {
			on, both := o.period().meets(m.period())
			if services := commonServices(o.Services, m.Services); both && services != "" {
				c.warn(m.Origin, "services", fmt.Sprintf("contract %s has another commitment (row %d) for %s on %s: each is measured alone, so one charge counts for both", shown(m.ContractNumber), o.Origin.Row, services, on),
					"keep it if that is agreed; otherwise separate their services or dates")
				break
			}
		}
	}
}

// commonServices names what two lists of services share; an empty list is all services.
func commonServices(a, b string) string {
	if a == "" && b == "" {
		return "all services"
	}
	if a == "" || b == "" {
		return shown(a + b)
	}
	var common []string
	others := strings.Split(b, ",")
	for _, s := range strings.Split(a, ",") {
		if slices.Contains(others, s) {
			common = append(common, s)
		}
	}
	if len(common) == 0 {
		return ""
	}
	return shown(strings.Join(common, ","))
}
