package bsstest

import (
	"fmt"
	"math/big"
	"slices"
)

// Plant is a known difference in a cycle. Amounts are decimal texts in yuan.
type Plant struct {
	Kind       string
	Cycle      string // "" is the world's newest; orphan_record and monthly_bill_off know only that
	CustomerID string // "" picks the first resale customer; orphan_record makes a new one
	Amount     string // where the kind has one; "" is 1.00
}

// Kinds of plants.
const (
	GarbageAmount  = "garbage_amount"   // an amount with 9 decimals in one fee record
	WrongType      = "wrong_type"       // an object where a number belongs
	UnknownField   = "unknown_field"    // a JSON field that no document knows
	UnknownEnum    = "unknown_enum"     // bill_detail_type 777
	UnknownUnit    = "unknown_unit"     // usage_measure_id 9999
	OrphanRecord   = "orphan_record"    // a customer that only ListConsumeSubCustomers knows, with three records
	MonthlyBillOff = "monthly_bill_off" // a monthly sum differs by Amount from its records
	FundingOff     = "funding_off"      // cash differs by Amount from what the payment needs
	OtherCustomer  = "other_customer"   // a record of another customer in a customer's answer
	LateChange     = "late_change"      // list price, payable and cash of a record grow by Amount, the monthly sum with them
)

// change is what a plant does to one record.
type change struct {
	kind                           string
	customerID                     string
	officialRaw, paymentRaw, extra string // JSON
	billType, measure              int
	cash, payment                  int64
}

// bad says that the record cannot be kept as a row.
func (c *change) bad() bool { return c.officialRaw != "" || c.paymentRaw != "" }

func (c *change) apply(r *record) {
	r.change = c
	r.cash += c.cash + c.payment
	r.payment += c.payment
	r.official += c.payment
	if c.billType != 0 {
		r.kind = c.billType
	}
	if c.measure != 0 {
		r.measure = c.measure
	}
}

// Plants lists what has been planted, with the customers that were picked.
func (w *World) Plants() []Plant {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return slices.Clone(w.plants)
}

// Plant adds a difference. It panics on an unknown kind, an amount that is none, or a customer without records: those
// are errors of the test.
func (w *World) Plant(p Plant) {
	w.mu.Lock()
	defer w.mu.Unlock()
	amount := one
	if p.Amount != "" {
		x, ok := new(big.Rat).SetString(p.Amount)
		if ok {
			x.Mul(x, big.NewRat(one, 1))
			ok = x.IsInt() && x.Num().IsInt64()
		}
		if !ok {
			panic(fmt.Sprintf("bsstest: plant %s: amount %q", p.Kind, p.Amount))
		}
		amount = x.Num().Int64()
	}
	if p.Cycle == "" {
		p.Cycle = w.month.name
	}
	if p.Kind == OrphanRecord {
		p.CustomerID = w.plantOrphan(p.CustomerID)
	} else {
		a := w.plantAccount(&p)
		w.plantIn(a, p, amount)
	}
	w.plants = append(w.plants, p)
	w.ledgerMu.Lock()
	delete(w.ledgers, p.Cycle)
	w.ledgerMu.Unlock()
}

func (w *World) plantAccount(p *Plant) *account {
	for _, a := range w.accounts[p.Cycle] {
		if a.records > len(a.special) && (a.customer.ID == p.CustomerID || p.CustomerID == "" && a.customer.resale()) {
			p.CustomerID = a.customer.ID
			return a
		}
	}
	panic(fmt.Sprintf("bsstest: plant %s: customer %q has no records in %s", p.Kind, p.CustomerID, p.Cycle))
}

func (w *World) plantIn(a *account, p Plant, amount int64) {
	c := &change{kind: p.Kind}
	switch p.Kind {
	case GarbageAmount:
		c.officialRaw = "12.345678901"
	case WrongType:
		c.paymentRaw = `{"value":12.34}`
	case UnknownField:
		c.extra = `,"carbon_emission":"0.12","carbon_scope":{"tier":[1,2]}`
	case UnknownEnum:
		c.billType = 777
	case UnknownUnit:
		c.measure = 9999
	case FundingOff:
		c.cash = amount
	case LateChange:
		c.payment = amount
	case OtherCustomer:
		for _, other := range w.customers {
			if other != a.customer && other.resale() {
				c.customerID = other.ID
			}
		}
	case MonthlyBillOff:
		l := w.ledger(w.month.name)
		for _, b := range l.bills {
			if b.key.customer == a.customer.ID && b.key.reseller == a.reseller && b.key.mode == 3 && b.key.billType == 0 {
				w.billsOff[b.key] += amount
				return
			}
		}
		panic("bsstest: plant monthly_bill_off: customer " + a.customer.ID + " has no monthly sum")
	default:
		panic(fmt.Sprintf("bsstest: plant of unknown kind %q", p.Kind))
	}
	if a.changed == nil {
		a.changed = map[int]*change{}
	}
	a.changed[a.ordinary()] = c
}

// ordinary finds a record of on-demand usage that costs something and has no plant yet; failing that, any without one.
func (a *account) ordinary() int {
	var r record
	for k := len(a.special); k < a.records; k++ {
		a.record(k, &r)
		if r.change == nil && r.id != 0 && r.payment > 0 && r.cash == r.payment {
			return k
		}
	}
	for k := range a.records {
		if a.changed[k] == nil {
			return k
		}
	}
	panic("bsstest: more plants than records")
}

// plantOrphan adds a customer with three records that no list of customers holds.
func (w *World) plantOrphan(id string) string {
	h := hash(w.seed, 0x0fa, uint64(len(w.customers)))
	c := &customer{seed: h}
	c.ID = id
	if id == "" {
		c.ID = hex32(h)
	}
	c.Name = companyName(w.seed, len(w.customers)+9_000)
	c.AccountName = fmt.Sprintf("hwc_%s_%05d", short(h), len(w.customers)+1)
	c.AssociationType, c.Orphan = "2", true
	c.AssociatedOn = w.customers[0].AssociatedOn
	w.customers = append(w.customers, c)
	a := &account{customer: c, month: w.month, to: w.month.days * 24, seed: hash(h, 1), records: 3}
	w.plan(a)
	w.accounts[w.month.name] = append(w.accounts[w.month.name], a)
	return c.ID
}

// HasRecords says whether a customer has ordinary records in a cycle, which a plant could change.
func (w *World) HasRecords(cycle, customerID string) bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	for _, a := range w.accounts[cycle] {
		if a.customer.ID == customerID && a.records > len(a.special) {
			return true
		}
	}
	return false
}
