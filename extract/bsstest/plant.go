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
	alter                          func(r *record)      // what else is different about the record
	asBilled                       func(r *record) bool // makes of it what the monthly sums know; false: they do not have it
}

// bad says that the record cannot be kept as a row: a value that no column holds, or another customer's record.
func (c *change) bad() bool { return c.officialRaw != "" || c.paymentRaw != "" || c.customerID != "" }

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
	if c.alter != nil {
		c.alter(r)
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

// TryPlant is Plant for commands, whose worlds are of any size: false where no record of the customer fits. The world is consistent then too.
func (w *World) TryPlant(p Plant) (planted bool) {
	defer func() {
		if recover() != nil {
			w.ledgerMu.Lock()
			clear(w.ledgers)
			w.ledgerMu.Unlock()
		}
	}()
	w.Plant(p)
	return true
}

func (w *World) plantAccount(p *Plant) *account {
	for _, a := range w.accounts[p.Cycle] {
		if a.records > len(a.special) && (a.customer.ID == p.CustomerID || p.CustomerID == "" && a.customer.resale() && a.fits(p.Kind)) {
			p.CustomerID = a.customer.ID
			return a
		}
	}
	panic(fmt.Sprintf("bsstest: plant %s: customer %q has no records in %s", p.Kind, p.CustomerID, p.Cycle))
}

func (w *World) plantIn(a *account, p Plant, amount int64) {
	for _, topic := range []map[string]planter{plantsOfRecords, plantsOfPull, plantsOfUsage, plantsOfAccounts} {
		if plant, ok := topic[p.Kind]; ok {
			plant(w, a, p, amount)
			return
		}
	}
	panic(fmt.Sprintf("bsstest: plant of unknown kind %q", p.Kind))
}

// planter spoils an account of the world; amount is the plant's, in 1e-8 yuan. The world is locked.
type planter func(w *World, a *account, p Plant, amount int64)

// changing is the planter of what changes one ordinary record.
func changing(spoil func(c *change, w *World, a *account, amount int64)) planter {
	return func(w *World, a *account, p Plant, amount int64) {
		c := &change{kind: p.Kind}
		spoil(c, w, a, amount)
		if a.changed == nil {
			a.changed = map[int]*change{}
		}
		a.changed[a.ordinary()] = c
	}
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

// HasMonthlySum says whether a customer has a monthly sum of on-demand usage in the world's newest cycle, which monthly_bill_off could change.
func (w *World) HasMonthlySum(customerID string) bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return slices.ContainsFunc(w.ledger(w.month.name).bills, func(b billRow) bool {
		return b.key.customer == customerID && b.key.mode == 3 && b.key.billType == 0
	})
}
