package load

import (
	"cmp"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
)

// A world of the method oracle: one contract with all that prices its records. Numbers are decimal texts, empty is NULL. The
// oracle below prices it with rationals, record by record, and knows nothing of the models' integers and windows.
type (
	methodWorld struct {
		contracts   []methodContract
		rules       []methodRule
		tiers       []methodTier
		records     []methodRecord
		priors      []methodPrior
		commitments []methodCommitment
	}
	methodContract struct { // a row of the world's one contract
		plan     string
		from, to int // days of October 2026
	}
	methodRule struct {
		id, plan, service, base, method, value, unit string
		priority                                     int
	}
	methodTier struct{ rule, from, value, style, basis string }
	// methodRecord is a fee record; refunds names the order or prior line that a refund gives back.
	methodRecord struct {
		key, service, kind, official, payable, usage, family, measure, free, freeMeasure, order, refunds string
		day                                                                                              int // 1 to 31: its time of consumption; 0: it has only one of trade
		hour                                                                                             int
	}
	// methodPrior is a line of September.
	methodPrior struct{ order, rule, method, base, value, official, payable, charge string }
	// methodCommitment is valid on the days from to to; services separated by commas.
	methodCommitment struct {
		amount, services string
		from, to         int
		refundsReduce    bool
	}
)

// methodUnits are the units of all worlds; "x" means two of them.
var methodUnits = []struct {
	id, name, family string
	factor           int64
}{
	{"6", "s", "s", 1}, {"7", "min", "s", 60}, {"4", "h", "s", 3600}, {"30", "x", "s", 5}, {"31", "x", "s", 7},
	{"10", "B", "B", 1}, {"12", "GB", "B", 1 << 30}, {"20", "pc", "pc", 1}, {"21", "h", "pc", 10},
}

var methods = []string{"pass_through", "factor", "discount", "markup", "unit_price", "tiers"}

// methodMoney is an amount with 2 to 8 places.
func methodMoney(r *rand.Rand) string {
	switch r.IntN(8) {
	case 0:
		return fixed(r.Int64N(9), 8)
	case 1, 2:
		return fixed(r.Int64N(1_000_000_000_000), 8)
	default:
		return fixed(r.Int64N(100_000), 2)
	}
}

// fixed writes n units of 10^-places.
func fixed(n int64, places int) string {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil)
	return new(big.Rat).SetFrac(big.NewInt(n), scale).FloatString(places)
}

func newMethodWorld(r *rand.Rand, method string) methodWorld {
	w := methodWorld{contracts: []methodContract{{"x", 1, 31}}}
	if r.IntN(4) == 0 { // the plan changes in the month
		day := 2 + r.IntN(29)
		w.contracts = []methodContract{{"x", 1, day - 1}, {"y", day, 31}}
		if day > 2 && r.IntN(4) == 0 {
			w.contracts[0].to-- // and a day is left out
		}
	}
	for i := range 1 + r.IntN(4) {
		m := method
		if i > 0 {
			m = pick(r, methods...)
		}
		rule := methodRule{id: "R" + fmt.Sprint(i), plan: "x", base: pick(r, "official", "payable"), method: m, priority: r.IntN(3)}
		if i > 0 {
			rule.plan, rule.service = pick(r, "x", "y"), pick(r, "", "a", "b")
		}
		switch m {
		case "unit_price":
			rule.value, rule.unit = fixed(r.Int64N(1_000_000_000_000), 10), pick(r, "h", "4", "min", "s", "h", "4", "min", "s", "GB", "12", "GB", "x")
			if r.IntN(20) == 0 {
				rule.value = fixed(r.Int64N(100_000_000), 0)
			}
		case "tiers":
			style, basis := pick(r, "progressive", "reached"), pick(r, "amount", "quantity")
			if basis == "quantity" {
				rule.unit = pick(r, "", "h", "min", "7", "GB")
			}
			from := int64(0)
			for range 1 + r.IntN(4) {
				t := methodTier{rule.id, fixed(from, 3), fixed(r.Int64N(2_000_000), 6), style, basis}
				if basis == "quantity" {
					t.value = fixed(r.Int64N(100_000_000_000), 10)
				}
				w.tiers = append(w.tiers, t)
				from += 1 + r.Int64N(pick64(r, 100, 10_000, 100_000_000))
			}
			r.Shuffle(len(w.tiers), func(i, j int) { w.tiers[i], w.tiers[j] = w.tiers[j], w.tiers[i] })
		case "pass_through":
		default:
			rule.value = fixed(r.Int64N(1_000_001), 6)
		}
		w.rules = append(w.rules, rule)
	}
	for i := range r.IntN(3) {
		m := pick(r, methods...)
		p := methodPrior{order: "P" + fmt.Sprint(r.IntN(2)), rule: pick(r, "R0", "Q"+fmt.Sprint(i)), method: m, base: pick(r, "official", "payable"), official: methodMoney(r), payable: methodMoney(r), charge: methodMoney(r)}
		if m != "tiers" && m != "pass_through" {
			p.value = fixed(r.Int64N(1_000_001), 6)
		}
		w.priors = append(w.priors, p)
	}
	for i := range 2 + r.IntN(9) {
		w.records = append(w.records, newMethodRecord(r, i))
	}
	for range max(0, r.IntN(4)-1) {
		from := r.IntN(28)
		c := methodCommitment{amount: methodMoney(r), services: pick(r, "", "a", "a,b", " a , c"), from: from, to: from + 1 + r.IntN(40), refundsReduce: r.IntN(2) == 0}
		w.commitments = append(w.commitments, c)
	}
	return w
}

func pick64(r *rand.Rand, all ...int64) int64 { return all[r.IntN(len(all))] }

func newMethodRecord(r *rand.Rand, i int) methodRecord {
	x := methodRecord{key: fmt.Sprintf("K%d-%d", r.IntN(10), i), service: pick(r, "a", "b", "c", ""), kind: pick(r, "5", "5", "5", "5", "1", "3", "9", "4", "20", "24"),
		official: methodMoney(r), payable: methodMoney(r), day: r.IntN(32), hour: r.IntN(3), order: fmt.Sprint("O", r.IntN(3))}
	switch r.IntN(20) {
	case 0:
		x.official = "0"
	case 1:
		x.official = ""
	case 2:
		x.payable = "0"
	}
	switch r.IntN(12) {
	case 0: // no quantity
	case 1: // its unit is not known
		x.usage, x.measure = fixed(r.Int64N(1000), 0), "99"
	case 2:
		x.usage, x.family, x.measure = "-"+fixed(1+r.Int64N(10_000), 0), "s", "6"
	case 3:
		x.usage, x.family, x.measure = "12345678901234567890123456.000000000001", "s", "6"
	case 4, 5, 6:
		x.usage, x.family, x.measure = fixed(r.Int64N(1<<50), r.IntN(3)), "B", "10"
	default:
		x.usage, x.family, x.measure = fixed(r.Int64N(1_000_000_000_000), r.IntN(13)), "s", "6"
	}
	switch r.IntN(8) {
	case 0:
		x.free, x.freeMeasure = fixed(r.Int64N(1_000_000), r.IntN(4)), pick(r, "6", "7", "4", "10", "12", "99")
	case 1:
		x.free, x.freeMeasure = "0", "99"
	}
	refund := slices.Contains([]string{"4", "20", "24"}, x.kind)
	if refund || x.kind == "9" || x.kind == "3" && r.IntN(2) == 0 {
		for _, amount := range []*string{&x.official, &x.payable} {
			if *amount != "" && *amount != "0" {
				*amount = "-" + *amount
			}
		}
	}
	if refund {
		x.refunds = pick(r, "", "O0", "O1", "P0", "P0", "P1", "P1")
		x.order = "RF" + x.key
	}
	return x
}

func rat(s string) *big.Rat {
	if s == "" {
		return nil
	}
	x, ok := new(big.Rat).SetString(s)
	if !ok {
		panic(s)
	}
	return x
}

// round8Rat rounds half away from zero; FloatString does.
func round8Rat(x *big.Rat) *big.Rat { return rat(x.FloatString(8)) }

// The bounds of what has a price: a charge, a record's quantity in the smallest unit, and a quantity times the rule's highest price.
var ratZero, ratLimit, ratQuantityLimit, ratProductLimit = new(big.Rat), rat("10000000000"), rat("100000000000000000000"), rat("100000000000000")

func isRefundKind(kind string) bool { return kind == "4" || kind == "20" || kind == "24" }

// priced is what the oracle says of a record.
type methodLine struct {
	rule            methodRule
	base, amount    *big.Rat // what it counts: money, or units of the rule
	charge          *big.Rat // nil: it has no price
	official, payed *big.Rat
	family          string
	order           string
}

// terms are the line's as stored, for a refund of it.
func (l methodLine) terms() string {
	return l.rule.id + l.rule.method + l.rule.base + ratText(rat(l.rule.value))
}

func ratText(x *big.Rat) string {
	if x == nil {
		return "-"
	}
	return x.FloatString(12)
}

// price prices all records of the world: charges by record key, and the shortfall of each commitment in order.
func (w methodWorld) price() (charges map[string]string, shortfalls []string) {
	lines := map[string]*methodLine{}
	var order []methodRecord
	for _, x := range w.records {
		lines[x.key] = w.own(x)
		order = append(order, x)
	}
	slices.SortFunc(order, func(a, b methodRecord) int {
		return cmp.Or(cmp.Compare(cmp.Or(a.day, 99), cmp.Or(b.day, 99)), cmp.Compare(a.hour, b.hour), cmp.Compare(a.key, b.key))
	})
	// Steps: what came before, by rule and family.
	type account struct{ rule, family string }
	before, total := map[account]*big.Rat{}, map[account]*big.Rat{}
	for _, x := range order {
		if l := lines[x.key]; l != nil && l.rule.method == "tiers" && l.amount != nil && !isRefundKind(x.kind) {
			a := account{l.rule.id, l.family}
			if total[a] == nil {
				total[a], before[a] = new(big.Rat), new(big.Rat)
			}
			total[a] = new(big.Rat).Add(total[a], l.amount)
		}
	}
	for _, x := range order {
		l := lines[x.key]
		if l == nil || l.rule.method != "tiers" || l.amount == nil {
			continue
		}
		a := account{l.rule.id, l.family}
		reached := w.stepsOf(l.rule.id)[0].style == "reached"
		if l.charge = nil; w.beyond(l.rule.id, l.amount) {
			if !isRefundKind(x.kind) {
				before[a] = new(big.Rat).Add(before[a], l.amount)
			}
			continue
		}
		switch {
		case isRefundKind(x.kind):
			size, sign := new(big.Rat).Abs(l.amount), big.NewRat(int64(l.amount.Sign()), 1)
			if reached {
				l.charge = round8Rat(new(big.Rat).Mul(l.amount, w.valueAt(l.rule.id, size)))
			} else {
				l.charge = round8Rat(new(big.Rat).Mul(sign, w.steps(l.rule.id, size)))
			}
		case reached:
			if !w.beyond(l.rule.id, total[a]) {
				l.charge = round8Rat(new(big.Rat).Mul(l.amount, w.valueAt(l.rule.id, total[a])))
			}
		default:
			after := new(big.Rat).Add(before[a], l.amount)
			if !w.beyond(l.rule.id, after) && !w.beyond(l.rule.id, before[a]) {
				l.charge = new(big.Rat).Sub(round8Rat(w.steps(l.rule.id, after)), round8Rat(w.steps(l.rule.id, before[a])))
			}
			before[a] = after
		}
	}
	charges = map[string]string{}
	eligible := map[string]*big.Rat{}
	for _, x := range w.records {
		l := lines[x.key]
		if isRefundKind(x.kind) && x.refunds != "" && slices.ContainsFunc(w.contracts, x.under) {
			l = w.refund(x, l, lines)
		}
		if l == nil || l.charge == nil || new(big.Rat).Abs(l.charge).Cmp(ratLimit) >= 0 {
			charges[x.key] = "unpriced"
			continue
		}
		charges[x.key] = fmt.Sprintf("%s by %s %s %s", l.charge.FloatString(8), l.rule.id, l.rule.method, l.rule.base)
		eligible[x.key] = l.charge
	}
	for _, c := range w.commitments {
		shortfalls = append(shortfalls, w.shortfall(c, eligible))
	}
	return charges, shortfalls
}

// priced on the day of consumption; a record without one was traded on the last day.
func (x methodRecord) pricingDay() int { return cmp.Or(x.day, 31) }

func (x methodRecord) under(c methodContract) bool {
	return c.from <= x.pricingDay() && x.pricingDay() <= c.to
}

// own is the record by the rule of its own date; nil where there is none.
func (w methodWorld) own(x methodRecord) *methodLine {
	var best *methodRule
	for _, c := range w.contracts {
		if !x.under(c) {
			continue
		}
		for i, k := range w.rules {
			if k.plan != c.plan || k.service != "" && k.service != x.service {
				continue
			}
			columns := func(k methodRule) int { return min(len(k.service), 1) }
			if best == nil || cmp.Or(cmp.Compare(k.priority, best.priority), cmp.Compare(columns(*best), columns(k)), cmp.Compare(k.id, best.id)) < 0 {
				best = &w.rules[i]
			}
		}
	}
	if best == nil {
		return nil
	}
	l := &methodLine{rule: *best, base: methodBase(best.base, rat(x.official), rat(x.payable)), official: rat(x.official), payed: rat(x.payable), order: x.order}
	switch l.rule.method {
	case "unit_price":
		if l.amount = w.quantity(x, l.rule.unit); l.amount != nil {
			l.charge = round8Rat(new(big.Rat).Mul(l.amount, rat(l.rule.value)))
		}
	case "tiers":
		if steps := w.stepsOf(l.rule.id); len(steps) == 0 {
			return l
		} else if steps[0].basis == "amount" {
			l.amount = l.base
		} else {
			l.amount, l.family = w.quantity(x, l.rule.unit), x.family
		}
	default:
		l.charge = multiplied(l.rule.method, l.rule.value, l.base)
	}
	return l
}

func methodBase(base string, official, payable *big.Rat) *big.Rat {
	switch {
	case base == "payable":
		return payable
	case official != nil && official.Sign() != 0:
		return official
	case payable.Sign() == 0:
		return ratZero
	}
	return nil
}

func multiplied(method, value string, base *big.Rat) *big.Rat {
	if base == nil {
		return nil
	}
	by := big.NewRat(1, 1)
	switch method {
	case "factor":
		by = rat(value)
	case "discount":
		by.Sub(by, rat(value))
	case "markup":
		by.Add(by, rat(value))
	}
	return round8Rat(by.Mul(by, base))
}

// quantity is what no package covered, in the rule's unit, with the sign of the money; nil: it cannot be told.
func (w methodWorld) quantity(x methodRecord, unit string) *big.Rat {
	usage := rat(x.usage)
	if usage == nil || x.family == "" || new(big.Rat).Abs(usage).Cmp(ratQuantityLimit) >= 0 {
		return nil
	}
	factors := map[int64]bool{}
	covered := new(big.Rat)
	known := rat(x.free) == nil || rat(x.free).Sign() == 0
	for _, u := range methodUnits {
		if u.family != x.family {
			continue
		}
		if unit == u.id || unit == u.name {
			factors[u.factor] = true
		}
		if !known && u.id == x.freeMeasure {
			known = true
			covered.Mul(rat(x.free), big.NewRat(u.factor, 1))
		}
	}
	if unit == "" {
		factors[1] = true
	}
	if len(factors) != 1 || !known {
		return nil
	}
	q := new(big.Rat).Sub(new(big.Rat).Abs(usage), covered)
	if q.Sign() < 0 {
		q = new(big.Rat)
	}
	for f := range factors {
		q.Quo(q, big.NewRat(f, 1))
	}
	money := rat(x.payable)
	if money.Sign() == 0 && x.official != "" {
		money = rat(x.official)
	}
	if isRefundKind(x.kind) || money.Sign() < 0 || usage.Sign() < 0 {
		q.Neg(q)
	}
	return q
}

func (w methodWorld) stepsOf(rule string) (steps []methodTier) {
	for _, t := range w.tiers {
		if t.rule == rule {
			steps = append(steps, t)
		}
	}
	slices.SortFunc(steps, func(a, b methodTier) int { return rat(a.from).Cmp(rat(b.from)) })
	return steps
}

// steps is what amount comes to when each slice has its own value.
func (w methodWorld) steps(rule string, amount *big.Rat) *big.Rat {
	sum := new(big.Rat)
	steps := w.stepsOf(rule)
	if amount.Sign() < 0 {
		return sum.Mul(amount, rat(steps[0].value))
	}
	for i, t := range steps {
		end := amount
		if i+1 < len(steps) && rat(steps[i+1].from).Cmp(amount) < 0 {
			end = rat(steps[i+1].from)
		}
		if slice := new(big.Rat).Sub(end, rat(t.from)); slice.Sign() > 0 {
			sum.Add(sum, slice.Mul(slice, rat(t.value)))
		}
	}
	return sum
}

// beyond says whether an amount is absurd for a rule's steps.
func (w methodWorld) beyond(rule string, amount *big.Rat) bool {
	top := new(big.Rat)
	for _, t := range w.stepsOf(rule) {
		if v := rat(t.value); v.Cmp(top) > 0 {
			top = v
		}
	}
	return top.Mul(top, new(big.Rat).Abs(amount)).Cmp(ratProductLimit) > 0
}

// valueAt is the value of the step that amount reaches.
func (w methodWorld) valueAt(rule string, amount *big.Rat) *big.Rat {
	steps := w.stepsOf(rule)
	value := steps[0].value
	for _, t := range steps {
		if rat(t.from).Cmp(amount) <= 0 {
			value = t.value
		}
	}
	return rat(value)
}

// refund is the line of a refund whose original order is told, by the terms of the original where they are one.
func (w methodWorld) refund(x methodRecord, own *methodLine, lines map[string]*methodLine) *methodLine {
	var originals []*methodLine
	for _, o := range w.records {
		l := lines[o.key]
		if o.order == x.refunds && !isRefundKind(o.kind) && o.kind != "5" && o.kind != "9" && l != nil && l.charge != nil && new(big.Rat).Abs(l.charge).Cmp(ratLimit) < 0 {
			originals = append(originals, l)
		}
	}
	for _, p := range w.priors {
		if p.order == x.refunds {
			originals = append(originals, &methodLine{rule: methodRule{id: p.rule, method: p.method, base: p.base, value: p.value}, official: rat(p.official), payed: rat(p.payable), charge: rat(p.charge)})
		}
	}
	if len(originals) == 0 || slices.ContainsFunc(originals, func(l *methodLine) bool { return l.terms() != originals[0].terms() }) {
		return own
	}
	line := &methodLine{rule: originals[0].rule}
	if line.rule.method != "unit_price" && line.rule.method != "tiers" {
		line.charge = multiplied(line.rule.method, line.rule.value, methodBase(line.rule.base, rat(x.official), rat(x.payable)))
		return line
	}
	official, payed, charge := new(big.Rat), new(big.Rat), new(big.Rat)
	for _, l := range originals {
		if l.official != nil {
			official.Add(official, l.official)
		}
		payed.Add(payed, l.payed)
		charge.Add(charge, l.charge)
	}
	part, whole := rat(x.official), official
	if part == nil || part.Sign() == 0 || whole.Sign() == 0 {
		part, whole = rat(x.payable), payed
	}
	if part.Sign() == 0 || whole.Sign() == 0 {
		return own
	}
	line.charge = round8Rat(charge.Mul(charge, new(big.Rat).Quo(part, whole)))
	return line
}

// shortfall is what a commitment charges; empty: nothing.
func (w methodWorld) shortfall(c methodCommitment, charges map[string]*big.Rat) string {
	days := int64(0)
	for day := 1; day <= 31; day++ {
		if day >= c.from && day <= c.to && slices.ContainsFunc(w.contracts, func(k methodContract) bool { return k.from <= day && day <= k.to }) {
			days++
		}
	}
	minimum := round8Rat(new(big.Rat).Mul(rat(c.amount), big.NewRat(days, 31)))
	for _, x := range w.records {
		charge := charges[x.key]
		wanted := strings.TrimSpace(c.services) == ""
		for s := range strings.SplitSeq(c.services, ",") {
			wanted = wanted || x.service != "" && strings.TrimSpace(s) == x.service
		}
		if charge != nil && wanted && (charge.Sign() >= 0 || c.refundsReduce) {
			minimum.Sub(minimum, charge)
		}
	}
	if days == 0 || minimum.Sign() <= 0 {
		return ""
	}
	return minimum.FloatString(8)
}
