package pricing

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"settle/transform/exact"
)

// Fee is what pricing looks at in a fee record. Amounts and quantities that the record lacks are not valid.
type Fee struct {
	RecordKey        string
	CustomerID       string
	ResellerID       string // empty: a direct customer
	ServiceTypeCode  string
	ResourceTypeCode string
	RegionCode       string
	ChargingMode     string
	BillDetailType   string
	ProductID        string

	ConsumeFrom string // instants in UTC as yyyy-mm-dd hh:mm:ss, empty where there is none
	ConsumeTo   string
	TradeTime   string
	ConsumeDay  exact.Date // day of ConsumeFrom and TradeTime in UTC+8
	TradeDay    exact.Date

	Official     decimal.NullDecimal
	Payable      decimal.NullDecimal
	Used         decimal.NullDecimal // in the smallest unit of its family
	Family       string              // that unit
	Covered      decimal.NullDecimal // by packages, in CoveredUnit
	CoveredUnit  string              // a measure id
	HasRawAmount bool                // the record has a quantity, whatever its unit
}

// Unit is a unit of the conversion API: Factor of the family's smallest unit make one.
type Unit struct {
	ID           string
	Abbreviation string
	Family       string
	Factor       decimal.Decimal
}

// Considered is a contract or a rule that was looked at for a record.
type Considered struct {
	Name    string
	Detail  string // what it says
	Taken   bool
	Verdict string // why it was taken, or not
}

// Explanation is how a record comes to its charge.
type Explanation struct {
	Day       exact.Date // at which contract, rule and tax item are looked up
	WhyDay    string
	Contracts []Considered
	Plan      string // price plan of the contract
	Rules     []Considered
	Unseen    int // rules after the one taken that do not match, and are not among Rules

	Contract *Contract // nil: none
	Rule     *Rule     // nil: none
	Sums     []string  // the arithmetic, line by line
	Charge   decimal.NullDecimal
	Problem  string // why there is no charge
	Tax      string // the tax code, its rate and what it makes of the charge
}

// refundTypes are the bill types that give back what an earlier record charged.
func (f *Fee) isRefund() bool {
	return f.BillDetailType == "4" || f.BillDetailType == "20" || f.BillDetailType == "24"
}

// PricingDay is the day at which contract, rule and tax item are looked up, and why that one.
func (f *Fee) PricingDay() (exact.Date, string) {
	first := func(a, b exact.Date, whyA, whyB string) (exact.Date, string) {
		if isSet(a) {
			return a, whyA
		}
		if isSet(b) {
			return b, whyB
		}
		return exact.Date{}, "the record has neither a time of consumption nor one of payment"
	}
	order := f.ChargingMode == "1" || slices.Contains([]string{"1", "2", "3", "4", "8", "20", "24"}, f.BillDetailType)
	switch {
	case f.ConsumeTo == "" || f.ConsumeTo == f.ConsumeFrom:
		return first(f.ConsumeDay, f.TradeDay, "the record names a single instant, the time of payment", "the record has no time of consumption, so its payment counts")
	case order:
		return first(f.TradeDay, f.ConsumeDay, "an order is priced on the day of its payment", "the order has no time of payment, so the begin of its period counts")
	}
	return first(f.ConsumeDay, f.TradeDay, "usage is priced on the day on which it began", "the record has no time of consumption, so its payment counts")
}

// Price explains what a record costs by the book. Records are those of the cycle that the contract's accounts have, for steps,
// which accumulate; they are asked for only then.
func (b *Book) Price(f *Fee, units []Unit, records func(accounts []*Contract) ([]Fee, error)) (*Explanation, error) {
	x := &Explanation{}
	x.Day, x.WhyDay = f.PricingDay()
	if !isSet(x.Day) {
		x.Problem = x.WhyDay
		return x, nil
	}
	x.chooseContract(b, f)
	if x.Contract == nil {
		x.Problem = fmt.Sprintf("no contract bills this account on %s", x.Day)
		return x, nil
	}
	x.Plan = x.Contract.PricePlan
	x.chooseRule(b.rulesOf(x.Plan), f)
	if x.Rule == nil {
		x.Problem = fmt.Sprintf("no rule of price plan %s matches", x.Plan)
		return x, nil
	}
	a := &arithmetic{book: b, fee: f, rule: x.Rule, contract: x.Contract, units: units, records: records}
	if err := a.work(); err != nil {
		return nil, err
	}
	x.Sums, x.Charge, x.Problem = a.sums, a.charge, a.problem
	if x.Charge.Valid {
		x.tax(b)
	}
	return x, nil
}

// chooseContract looks at every contract of the customer.
func (x *Explanation) chooseContract(b *Book, f *Fee) {
	for i := range b.Contracts {
		k := &b.Contracts[i]
		if k.CustomerID != f.CustomerID {
			continue
		}
		c := Considered{Name: k.Number, Detail: fmt.Sprintf("party %s, price plan %s, valid %s", k.PartyID, k.PricePlan, k.period())}
		switch {
		case k.ResellerID != f.ResellerID:
			c.Verdict = "no: it bills the customer " + under(k.ResellerID) + ", the record is of the customer " + under(f.ResellerID)
		case before(x.Day, k.ValidFrom):
			c.Verdict = fmt.Sprintf("no: it begins on %s", k.ValidFrom)
		case isSet(k.ValidTo) && before(k.ValidTo, x.Day):
			c.Verdict = fmt.Sprintf("no: it ended on %s", k.ValidTo)
		default:
			c.Taken, c.Verdict = true, fmt.Sprintf("yes: it is valid on %s", x.Day)
			x.Contract = k
		}
		x.Contracts = append(x.Contracts, c)
	}
}

func under(reseller string) string {
	if reseller == "" {
		return "as a direct one"
	}
	return "under reseller " + reseller
}

// rulesOf lists a plan's rules in the order in which they are looked at.
func (b *Book) rulesOf(plan string) []*Rule {
	var rules []*Rule
	for i := range b.Rules {
		if b.Rules[i].PricePlan == plan {
			rules = append(rules, &b.Rules[i])
		}
	}
	slices.SortFunc(rules, (*Rule).order)
	return rules
}

func (x *Explanation) chooseRule(rules []*Rule, f *Fee) {
	for _, r := range rules {
		c := Considered{Name: r.ID, Detail: r.terms(), Verdict: r.misses(f, x.Day)}
		switch {
		case c.Verdict != "" && x.Rule != nil:
			x.Unseen++
			continue
		case c.Verdict != "":
			c.Verdict = "no: " + c.Verdict
		case x.Rule != nil:
			c.Verdict = "no: it matches too, but " + x.Rule.ID + " comes first"
		default:
			c.Taken, c.Verdict = true, "yes: it matches"
			x.Rule = r
		}
		x.Rules = append(x.Rules, c)
	}
}

// misses says why a rule does not match a record on a day; empty: it does.
func (r *Rule) misses(f *Fee, on exact.Date) string {
	if isSet(r.ValidFrom) && before(on, r.ValidFrom) {
		return fmt.Sprintf("it begins on %s", r.ValidFrom)
	}
	if isSet(r.ValidTo) && before(r.ValidTo, on) {
		return fmt.Sprintf("it ended on %s", r.ValidTo)
	}
	for _, c := range []struct{ column, wants, has string }{
		{"customer_id", r.CustomerID, f.CustomerID},
		{"service_type_code", r.ServiceTypeCode, f.ServiceTypeCode},
		{"resource_type_code", r.ResourceTypeCode, f.ResourceTypeCode},
		{"region_code", r.RegionCode, f.RegionCode},
		{"charging_mode", r.ChargingMode, f.ChargingMode},
		{"bill_detail_type", r.BillDetailType, f.BillDetailType},
		{"product_id", r.ProductID, f.ProductID},
	} {
		if c.wants != "" && c.wants != c.has {
			return fmt.Sprintf("%s wants %s and the record has %s", c.column, c.wants, cmp.Or(c.has, "none"))
		}
	}
	return ""
}

// terms says what a rule does, in the words of the workbook.
func (r *Rule) terms() string {
	s := fmt.Sprintf("priority %d, %s", r.Priority, r.Method)
	if r.Value.Valid() {
		s += " " + r.Value.String()
	}
	if r.Method != MethodUnitPrice {
		s += " of " + r.Base
	}
	if r.Unit != "" {
		s += " per " + r.Unit
	}
	return s
}

// tax finds the rate of the charge and what it makes of it.
func (x *Explanation) tax(b *Book) {
	code, whose := x.Contract.TaxCode, "the contract's"
	if x.Rule.TaxCode != "" {
		code, whose = x.Rule.TaxCode, "the rule's"
	}
	var item *TaxItem
	for i := range b.TaxItems {
		t := &b.TaxItems[i]
		if t.TaxCode == code && isSet(t.ValidFrom) && !before(x.Day, t.ValidFrom) && (item == nil || before(item.ValidFrom, t.ValidFrom)) {
			item = t
		}
	}
	if item == nil {
		x.Charge, x.Problem = decimal.NullDecimal{}, fmt.Sprintf("tax code %s has no rate on %s", code, x.Day)
		return
	}
	rate := item.Rate.Decimal()
	x.Tax = fmt.Sprintf("tax code %s (%s): %s %% since %s; ", code, whose, rate.Shift(2), item.ValidFrom)
	if !x.Contract.AmountsIncludeTax {
		x.Tax += "the contract's prices are without tax, so " + x.Charge.Decimal.String() + " is the amount without tax"
		return
	}
	whole := decimal.New(1, 0).Add(rate)
	x.Tax += fmt.Sprintf("the contract's prices include tax, so %s ÷ %s = %s is the amount without tax", x.Charge.Decimal, whole, x.Charge.Decimal.DivRound(whole, exact.MoneyScale))
}
