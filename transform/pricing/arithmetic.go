package pricing

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"

	"github.com/shopspring/decimal"

	"settle/transform/exact"
)

// arithmetic works out what a rule makes of a record, exactly, and writes down how. The models in SQL are what settles; this
// says the same in words, and whoever prints it compares the two.
type arithmetic struct {
	book     *Book
	fee      *Fee
	rule     *Rule
	contract *Contract
	units    []Unit
	records  func([]*Contract) ([]Fee, error)

	sums    []string
	charge  decimal.NullDecimal
	problem string
}

func (a *arithmetic) say(format string, args ...any) {
	a.sums = append(a.sums, fmt.Sprintf(format, args...))
}

func (a *arithmetic) is(charge decimal.Decimal) { a.charge = decimal.NewNullDecimal(charge) }

func (a *arithmetic) work() error {
	switch a.rule.Method {
	case MethodUnitPrice:
		a.unitPrice()
	case MethodTiers:
		return a.tiers()
	default:
		a.multiply()
	}
	return nil
}

// multiply is for the methods that multiply the base.
func (a *arithmetic) multiply() {
	base, name, ok := a.rule.base(a.fee)
	if !ok {
		a.problem = name
		return
	}
	v := a.rule.Value.Decimal()
	one := decimal.New(1, 0)
	factor, shown := one, ""
	switch a.rule.Method {
	case MethodFactor:
		factor, shown = v, v.String()
	case MethodDiscount:
		factor, shown = one.Sub(v), fmt.Sprintf("(1 − %s)", v)
	case MethodMarkup:
		factor, shown = one.Add(v), fmt.Sprintf("(1 + %s)", v)
	}
	a.is(base.Mul(factor).Round(exact.MoneyScale))
	if shown == "" {
		a.say("%s %s passes through", name, base)
		return
	}
	a.say("%s %s × %s = %s%s", name, base, shown, a.charge.Decimal, rounded(base.Mul(factor)))
}

func rounded(x decimal.Decimal) string {
	if x.Equal(x.Round(exact.MoneyScale)) {
		return ""
	}
	return fmt.Sprintf(", rounded from %s", x)
}

// base is the amount that the rule is applied to and its name, or why there is none.
func (r *Rule) base(f *Fee) (decimal.Decimal, string, bool) {
	zero := f.Official.Decimal.IsZero() && f.Payable.Decimal.IsZero()
	switch {
	case zero:
		return decimal.Decimal{}, "base", true
	case r.Base == "payable" && f.Payable.Valid:
		return f.Payable.Decimal, "payable", true
	case f.BillDetailType == "23" && f.Payable.Valid: // a savings plan's deduction moves no money but what is payable
		return f.Payable.Decimal, "payable (a savings plan's deduction has no list price of its own)", true
	case f.BillDetailType != "23" && r.Base == "official" && !f.Official.Decimal.IsZero():
		return f.Official.Decimal, "official", true
	case r.Base == "official" && f.BillDetailType != "23":
		return decimal.Decimal{}, fmt.Sprintf("rule %s prices the list price, and the record has none beside its payable amount", r.ID), false
	}
	return decimal.Decimal{}, fmt.Sprintf("rule %s prices the payable amount, and the record has none", r.ID), false
}

// counted is a record's quantity in the smallest unit of its family, less what packages covered; negative where it is given back.
type counted struct {
	quantity decimal.Decimal
	factor   decimal.Decimal // smallest units in one of the rule's
	unit     string          // the rule's unit, by name
	how      string
}

func (r *Rule) count(f *Fee, units []Unit) (counted, string) {
	fail := func(format string, args ...any) (counted, string) { return counted{}, fmt.Sprintf(format, args...) }
	switch {
	case !f.Used.Valid && !f.HasRawAmount:
		return fail("rule %s prices a quantity, and the record has none", r.ID)
	case !f.Used.Valid || f.Family == "":
		return fail("rule %s prices a quantity, and the unit of the record's is not known", r.ID)
	}
	c := counted{factor: decimal.New(1, 0), unit: f.Family}
	if r.Unit != "" {
		var found []decimal.Decimal
		for _, u := range units {
			if u.Family == f.Family && (u.ID == r.Unit || u.Abbreviation == r.Unit) && !slices.ContainsFunc(found, u.Factor.Equal) {
				found = append(found, u.Factor)
				c.unit = u.Abbreviation
			}
		}
		switch len(found) {
		case 0:
			return fail("rule %s: %s, the unit of the record, does not convert to %s", r.ID, f.Family, r.Unit)
		case 1:
			c.factor = found[0]
		default:
			return fail("rule %s: several units of %s are called %s", r.ID, f.Family, r.Unit)
		}
	}
	used, covered := f.Used.Decimal.Abs(), decimal.Decimal{}
	c.how = fmt.Sprintf("used %s %s", used, f.Family)
	if f.Covered.Valid && !f.Covered.Decimal.IsZero() {
		i := slices.IndexFunc(units, func(u Unit) bool { return u.ID == f.CoveredUnit && u.Family == f.Family })
		if i < 0 {
			return fail("rule %s prices what no package covered, and unit %s of the covered quantity does not convert to %s", r.ID, cmp.Or(f.CoveredUnit, "-"), f.Family)
		}
		covered = f.Covered.Decimal.Abs().Mul(units[i].Factor)
		c.how += fmt.Sprintf(", of which packages covered %s", covered)
	}
	c.quantity = decimal.Max(used.Sub(covered), decimal.Decimal{})
	c.how += fmt.Sprintf("; to pay for: %s", c.quantity)
	money := f.Payable.Decimal
	if money.IsZero() {
		money = f.Official.Decimal
	}
	if f.isRefund() || money.IsNegative() || f.Used.Decimal.IsNegative() {
		c.quantity = c.quantity.Neg()
		c.how += ", given back"
	}
	return c, ""
}

func (a *arithmetic) unitPrice() {
	c, problem := a.rule.count(a.fee, a.units)
	if problem != "" {
		a.problem = problem
		return
	}
	a.say("%s", c.how)
	price := a.rule.Value.Decimal()
	total := ratio(c.quantity, c.factor)
	charge := round8(total.Mul(total, price.Rat()))
	if c.factor.Equal(decimal.New(1, 0)) {
		a.say("%s × %s = %s", c.quantity, price, charge)
	} else {
		a.say("%s ÷ %s × %s = %s (the price is per %s, which is %s %s)", c.quantity, c.factor, price, charge, c.unit, c.factor, a.fee.Family)
	}
	a.is(charge)
}

func ratio(n, d decimal.Decimal) *big.Rat { return new(big.Rat).Quo(n.Rat(), d.Rat()) }

// round8 rounds to 8 places, half away from zero.
func round8(x *big.Rat) decimal.Decimal {
	return decimal.NewFromBigInt(x.Num(), 0).DivRound(decimal.NewFromBigInt(x.Denom(), 0), exact.MoneyScale)
}

// scale is a rule's steps, in order.
type scale []Tier

// at is what the steps make of a total from 0 on; below 0, the first step goes on.
func (s scale) at(x *big.Rat) *big.Rat {
	sum := new(big.Rat)
	for i, t := range s {
		from, end := t.from(), x
		if i > 0 && x.Cmp(from) <= 0 {
			break
		}
		if i+1 < len(s) && x.Cmp(s[i+1].from()) > 0 {
			end = s[i+1].from()
		}
		slice := new(big.Rat).Sub(end, from)
		sum.Add(sum, slice.Mul(slice, t.Value.Decimal().Rat()))
	}
	return sum
}

// reached is the step in which a total lies.
func (s scale) reached(x *big.Rat) Tier {
	step := s[0]
	for _, t := range s {
		if t.from().Cmp(x) <= 0 {
			step = t
		}
	}
	return step
}

func (t Tier) from() *big.Rat {
	r, _ := new(big.Rat).SetString(t.From.String())
	return r
}

func (b *Book) scaleOf(rule string) scale {
	var s scale
	for _, t := range b.Tiers {
		if t.RuleID == rule {
			s = append(s, t)
		}
	}
	slices.SortFunc(s, func(x, y Tier) int { return x.from().Cmp(y.from()) })
	return s
}

// own is what one record adds to the total that the steps look at, in money or in the rule's unit.
func (a *arithmetic) own(f *Fee, basis string) (*big.Rat, string) {
	if basis == BasisAmount {
		base, name, ok := a.rule.base(f)
		if !ok {
			return nil, name
		}
		return base.Rat(), ""
	}
	c, problem := a.rule.count(f, a.units)
	if problem != "" {
		return nil, problem
	}
	return ratio(c.quantity, c.factor), ""
}

func (a *arithmetic) tiers() error {
	steps := a.book.scaleOf(a.rule.ID)
	if len(steps) == 0 {
		a.problem = fmt.Sprintf("rule %s has no steps", a.rule.ID)
		return nil
	}
	basis := steps[0].Basis
	own, problem := a.own(a.fee, basis)
	if problem != "" {
		a.problem = problem
		return nil
	}
	unit := "of " + a.rule.Base
	if basis == BasisQuantity {
		c, _ := a.rule.count(a.fee, a.units)
		a.say("%s", c.how)
		unit = c.unit
	}
	start, total := new(big.Rat), new(big.Rat).Set(own)
	if a.fee.isRefund() { // it accumulates nothing: it is priced as if it were alone
		a.say("a refund whose original is not known counts alone")
	} else {
		var err error
		if start, total, err = a.accumulated(basis, own, unit); err != nil {
			return err
		}
	}
	if steps[0].Style == "reached" {
		step := steps.reached(new(big.Rat).Abs(total))
		if total.Sign() < 0 && !a.fee.isRefund() {
			step = steps[0]
		}
		charge := round8(new(big.Rat).Mul(own, step.Value.Decimal().Rat()))
		a.say("the total of %s reaches the step from %s, value %s: all of it at that value", written12(total), step.From, step.Value)
		a.say("%s × %s = %s", written12(own), step.Value, charge)
		a.is(charge)
		return nil
	}
	if a.fee.isRefund() {
		charge := round8(steps.at(new(big.Rat).Abs(own)))
		if own.Sign() < 0 {
			charge = charge.Neg()
		}
		a.say("steps up to %s come to %s", written12(new(big.Rat).Abs(own)), charge)
		a.is(charge)
		return nil
	}
	after := new(big.Rat).Add(start, own)
	for i, t := range steps {
		lo, hi := t.from(), after
		if lo.Cmp(start) < 0 {
			lo = start
		}
		if i+1 < len(steps) && hi.Cmp(steps[i+1].from()) > 0 {
			hi = steps[i+1].from()
		}
		if slice := new(big.Rat).Sub(hi, lo); slice.Sign() > 0 && start.Sign() >= 0 {
			a.say("step from %s: from %s to %s it is %s × %s = %s", t.From, written12(lo), written12(hi), written12(slice), t.Value, round8(new(big.Rat).Mul(slice, t.Value.Decimal().Rat())))
		}
	}
	x, y := round8(steps.at(start)), round8(steps.at(after))
	a.say("all steps up to %s come to %s, up to %s to %s: the record is charged the difference, %s", written12(after), y, written12(start), x, y.Sub(x))
	a.is(y.Sub(x))
	return nil
}

// accumulated adds up what the contract's records under the rule come to before this one, and in the whole month.
func (a *arithmetic) accumulated(basis string, own *big.Rat, unit string) (start, total *big.Rat, err error) {
	var rows []*Contract
	for i := range a.book.Contracts {
		if a.book.Contracts[i].Number == a.contract.Number {
			rows = append(rows, &a.book.Contracts[i])
		}
	}
	all, err := a.records(rows)
	if err != nil {
		return nil, nil, err
	}
	plans := map[string][]*Rule{}
	start, total = new(big.Rat), new(big.Rat)
	earlier, count := 0, 0
	for i := range all {
		f := &all[i]
		if f.isRefund() || basis == BasisQuantity && f.Family != a.fee.Family || !a.sameRule(f, rows, plans) {
			continue
		}
		x, problem := a.own(f, basis)
		if problem != "" {
			continue
		}
		count++
		total.Add(total, x)
		if f.order(a.fee) < 0 {
			earlier++
			start.Add(start, x)
		}
	}
	a.say("rule %s of contract %s: %d earlier records of the month come to %s %s, this one is %s, after it %s; all %d come to %s", a.rule.ID, a.contract.Number,
		earlier, written12(start), unit, written12(own), written12(new(big.Rat).Add(start, own)), count, written12(total))
	return start, total, nil
}

// sameRule says whether another record of the contract is priced by the rule.
func (a *arithmetic) sameRule(f *Fee, rows []*Contract, plans map[string][]*Rule) bool {
	on, _ := f.PricingDay()
	if !isSet(on) {
		return false
	}
	for _, k := range rows {
		if k.CustomerID != f.CustomerID || k.ResellerID != f.ResellerID || before(on, k.ValidFrom) || isSet(k.ValidTo) && before(k.ValidTo, on) {
			continue
		}
		if plans[k.PricePlan] == nil {
			plans[k.PricePlan] = a.book.rulesOf(k.PricePlan)
		}
		for _, r := range plans[k.PricePlan] {
			if r.misses(f, on) == "" {
				return r.ID == a.rule.ID
			}
		}
	}
	return false
}

// order is that in which records accumulate.
func (f *Fee) order(o *Fee) int {
	last := func(a, b string) int { // no instant comes last
		if a == "" || b == "" {
			return cmp.Compare(b, a)
		}
		return cmp.Compare(a, b)
	}
	trade := 0
	if f.ConsumeFrom == "" && o.ConsumeFrom == "" {
		trade = last(f.TradeTime, o.TradeTime)
	}
	return cmp.Or(last(f.ConsumeFrom, o.ConsumeFrom), trade, cmp.Compare(f.RecordKey, o.RecordKey), cmp.Compare(f.CustomerID, o.CustomerID), cmp.Compare(f.ResellerID, o.ResellerID))
}

// written12 prints a ratio as a decimal, to 12 places.
func written12(x *big.Rat) string {
	return decimal.NewFromBigInt(x.Num(), 0).DivRound(decimal.NewFromBigInt(x.Denom(), 0), exact.QuantityScale).String()
}
