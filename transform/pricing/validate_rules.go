package pricing

import (
	"fmt"

	"settle/transform/exact"
)

func (c *checker) checkRules() {
	firstUse := c.firstUses()
	for i := range c.Rules {
		r := &c.Rules[i]
		c.ordered(r.Origin, r.ValidFrom, r.ValidTo)
		c.checkValue(r)
		if r.Unit != "" && r.Method != "" && r.Method != MethodUnitPrice && r.Method != MethodTiers {
			c.fault(r.Origin, "unit", fmt.Sprintf("method %s takes no unit", r.Method), "empty the cell, or use method unit_price")
		}
		if r.Unit == "" && r.Method == MethodUnitPrice {
			c.fault(r.Origin, "unit", "unit is empty: a unit price needs one", "write a measure id or an abbreviation")
		}
		first := r.ValidFrom
		name := "valid_from"
		if !isSet(first) {
			first, name = firstUse[r.PricePlan], "the plan's first contract,"
		}
		c.taxed(r.Origin, r.TaxCode, first, name)
	}
}

// checkValue holds a rule's value to its method.
func (c *checker) checkValue(r *Rule) {
	v := r.Value.Decimal()
	fault := func(message, remedy string) { c.fault(r.Origin, "value", message, remedy) }
	switch {
	case r.Method == MethodPassThrough || r.Method == MethodTiers:
		if r.Value.Valid() {
			fault(fmt.Sprintf("method %s takes no value", r.Method), "empty the cell, or choose another method")
		}
	case r.Method == "":
	case !r.Value.Valid():
		fault(fmt.Sprintf("value is empty: method %s needs one", r.Method), "fill it in")
	case r.Method == MethodDiscount && (v.IsNegative() || units(r.Value) > 1e10):
		fault(fmt.Sprintf("discount %s is not between 0 and 1", r.Value), "write 0.05 for 5 % off")
	case r.Method == MethodMarkup && v.IsNegative():
		fault(fmt.Sprintf("markup %s is negative", r.Value), "use method discount for a reduction")
	case v.IsNegative():
		fault(fmt.Sprintf("%s %s is negative", r.Method, r.Value), "write a value from 0 on; amounts to give back go into sheet Adjustments")
	case r.Method != MethodUnitPrice:
		c.sixPlaces(r.Origin, "value", r.Value)
		c.doubtValue(r)
	}
}

// doubtValue warns of values that are allowed and look like another way of writing: a percentage where a part is meant, or what
// is paid where what is taken off is meant.
func (c *checker) doubtValue(r *Rule) {
	switch n := units(r.Value); {
	case r.Method == MethodFactor && n > 2e10:
		c.warn(r.Origin, "value", fmt.Sprintf("factor %s charges more than twice the base", r.Value), "write 1.05 for 5 % more, 0.95 for 5 % off")
	case r.Method == MethodFactor && n == 0:
		c.warn(r.Origin, "value", "factor 0 charges nothing", "write 0.95 for 5 % off")
	case r.Method == MethodMarkup && n >= 1e10:
		c.warn(r.Origin, "value", fmt.Sprintf("markup %s at least doubles the base", r.Value), "write 0.05 for 5 % more")
	case r.Method == MethodDiscount && n >= 5e9:
		c.warn(r.Origin, "value", fmt.Sprintf("discount %s takes half of the base or more", r.Value), "write 0.05 for 5 % off (95 折)")
	}
}

// sixPlaces: factors and rates have 6 places, so that a product with an amount stays inside 38 digits; prices have 10.
func (c *checker) sixPlaces(origin Cell, header string, r exact.Rate) {
	if r.Valid() && units(r)%10_000 != 0 {
		c.fault(origin, header, fmt.Sprintf("%s %s has more than 6 decimal places", header, r), "round it to 6; only prices have up to 10")
	}
}

// firstUses is the first day on which contracts use each plan.
func (c *checker) firstUses() map[string]exact.Date {
	first := map[string]exact.Date{}
	for _, k := range c.Contracts {
		if d := first[k.PricePlan]; isSet(k.ValidFrom) && (!isSet(d) || before(k.ValidFrom, d)) {
			first[k.PricePlan] = k.ValidFrom
		}
	}
	return first
}

func (c *checker) checkTiers() {
	type step struct{ rule, from string }
	first := map[string]*Tier{}
	zero := map[string]bool{}
	seen := map[step]Cell{}
	noTiers := c.faulty("Tiers")
	for i := range c.Tiers {
		t := &c.Tiers[i]
		r := c.rules[t.RuleID]
		c.refer(t.Origin, "rule_id", t.RuleID, "Rules", r != nil, len(c.Rules))
		if r != nil && r.Method != "" && r.Method != MethodTiers {
			c.fault(t.Origin, "rule_id", fmt.Sprintf("rule %s has method %s, not tiers", shown(t.RuleID), r.Method), "set its method to tiers, or remove this row")
		}
		if t.Value.Valid() && t.Value.Decimal().IsNegative() {
			c.fault(t.Origin, "value", fmt.Sprintf("value %s is negative", t.Value), "write a value from 0 on")
		}
		if t.Basis == BasisAmount {
			c.sixPlaces(t.Origin, "value", t.Value)
		}
		hi, lo, ok := t.From.Unscaled()
		if ok && hi < 0 {
			c.fault(t.Origin, "from", fmt.Sprintf("from %s is negative", t.From), "the first step begins at 0")
		}
		if !ok || t.RuleID == "" {
			continue
		}
		zero[t.RuleID] = zero[t.RuleID] || hi == 0 && lo == 0
		key := step{t.RuleID, t.From.String()}
		if at, again := seen[key]; again {
			c.fault(t.Origin, "from", fmt.Sprintf("rule %s has a step from %s in row %d already", shown(t.RuleID), t.From, at.Row), "give each step its own beginning")
		}
		seen[key] = t.Origin
		f := first[t.RuleID]
		if f == nil {
			first[t.RuleID] = t
			continue
		}
		if t.Style != "" && f.Style != "" && t.Style != f.Style {
			c.fault(t.Origin, "style", fmt.Sprintf("rule %s has style %s in row %d and %s here", shown(t.RuleID), f.Style, f.Origin.Row, t.Style), "give all steps of a rule one style")
		}
		if t.Basis != "" && f.Basis != "" && t.Basis != f.Basis {
			c.fault(t.Origin, "basis", fmt.Sprintf("rule %s has basis %s in row %d and %s here", shown(t.RuleID), f.Basis, f.Origin.Row, t.Basis), "give all steps of a rule one basis")
		}
	}
	for i := range c.Rules {
		r := &c.Rules[i]
		switch {
		case r.Method != MethodTiers || r.ID == "" || noTiers:
		case first[r.ID] == nil:
			c.fault(r.Origin, "method", fmt.Sprintf("rule %s has no steps", shown(r.ID)), "add them to sheet Tiers")
		case !zero[r.ID]:
			c.fault(first[r.ID].Origin, "from", fmt.Sprintf("rule %s has no step from 0", shown(r.ID)), "let the first step begin at 0")
		}
		if t := first[r.ID]; t != nil && r.Method == MethodTiers {
			c.checkTierUnit(r, t.Basis)
		}
	}
}

// checkTierUnit: steps by quantity are counted and priced in the rule's unit, steps by amount have none.
func (c *checker) checkTierUnit(r *Rule, basis string) {
	switch {
	case basis == BasisAmount && r.Unit != "":
		c.fault(r.Origin, "unit", fmt.Sprintf("rule %s has steps by amount, which take no unit", shown(r.ID)), "empty the cell, or set basis quantity in sheet Tiers")
	case basis == BasisQuantity && r.Unit == "":
		c.warn(r.Origin, "unit", fmt.Sprintf("rule %s has steps by quantity and no unit: they count and price the smallest unit that the usage converts to", shown(r.ID)), "write a measure id or an abbreviation, such as GB")
	}
}

// checkPlans warns of price plans that price nothing.
func (c *checker) checkPlans() {
	c.doubtRules()
	priced := map[string]bool{}
	for _, r := range c.Rules {
		priced[r.PricePlan] = true
	}
	warned, noRules := map[string]bool{}, c.faulty("Rules")
	for i := range c.Contracts {
		k := &c.Contracts[i]
		if k.PricePlan == "" || priced[k.PricePlan] || warned[k.PricePlan] || noRules {
			continue
		}
		warned[k.PricePlan] = true
		c.warn(k.Origin, "price_plan", fmt.Sprintf("price plan %s has no rules: nothing of its contracts can be priced", shown(k.PricePlan)), "add rules, or correct the name")
	}
}
