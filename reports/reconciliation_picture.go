package reports

import (
	"cmp"
	"slices"

	"github.com/shopspring/decimal"
)

// picture is what Overview shows, counted from the rows of the other sheets.
type picture struct {
	certified, tied                       bool // the snapshot has the data
	windows, present, announced, stored   int
	customers, incomplete, accounts, ties int
	checks, notRun, passed                int
	parts                                 map[string]partSum
	byState, ages                         map[[2]string]int // by severity, and state or age
	open                                  map[string]int    // by severity: new ones and those in work
	amounts                               map[string]decimal.Decimal
	categories                            []category
	bill                                  billSum
}

// partSum is one part of the differences over all customers.
type partSum struct {
	amount   decimal.Decimal
	size     decimal.Decimal // sum of the absolute amounts
	accounts int             // customers, by reseller, that have it
}

// category is a check with what it found.
type category struct {
	id, title, severity, owner string
	open, explained            int
	counted                    bool // amount is of some of them
	amount                     decimal.Decimal
}

func (d *reconData) picture() picture {
	v := picture{parts: map[string]partSum{}, byState: map[[2]string]int{}, ages: map[[2]string]int{}, open: map[string]int{}, amounts: map[string]decimal.Decimal{}}
	v.findings(d)
	v.completeness(d)
	v.tieOut(d)
	v.partnerBill(d)
	return v
}

func (v *picture) findings(d *reconData) {
	found := map[string]*category{}
	for _, t := range []*table{d.open, d.explained, d.closed} {
		if t == nil {
			continue
		}
		for i := range t.rows {
			r := record{t, i}
			severity, state := r.get("severity"), r.get("status")
			v.byState[[2]string{severity, state}]++
			if state == "closed" || state == "resolved" {
				continue
			}
			id := r.get("check_id")
			c := found[id]
			if c == nil {
				c = &category{id: id, title: r.get("title"), severity: severity, owner: r.get("owner")}
				found[id] = c
			}
			if state == "explained" {
				c.explained++
				continue
			}
			size, counts := openAmount(r)
			if c.open == 0 || severityRank(severity) < severityRank(c.severity) {
				c.severity, c.owner = severity, r.get("owner")
			}
			c.open++
			c.counted = c.counted || counts
			c.amount = c.amount.Add(size)
			v.open[severity]++
			v.ages[[2]string{severity, r.get("age_bucket")}]++
			v.amounts[severity] = v.amounts[severity].Add(size)
		}
	}
	for _, c := range found {
		v.categories = append(v.categories, *c)
	}
	slices.SortFunc(v.categories, func(a, b category) int {
		if (a.open == 0) != (b.open == 0) {
			return cmp.Compare(b.open, a.open)
		}
		if a.open == 0 {
			return cmp.Compare(a.id, b.id)
		}
		return cmp.Or(cmp.Compare(severityRank(a.severity), severityRank(b.severity)), cmp.Compare(b.open, a.open), cmp.Compare(a.id, b.id))
	})
	if d.checks == nil {
		return
	}
	for i := range d.checks.rows {
		v.checks++
		switch (record{d.checks, i}).get("status") {
		case "not_run":
			v.notRun++
		case "pass":
			v.passed++
		}
	}
}

func severityRank(s string) int {
	switch s {
	case "B":
		return 1
	case "W":
		return 2
	}
	return 3
}

func (v *picture) completeness(d *reconData) {
	if d.certificate == nil {
		return
	}
	v.certified = true
	customers, incomplete := map[string]bool{}, map[string]bool{}
	for i := range d.certificate.rows {
		r := record{d.certificate, i}
		v.windows += whole(r.get("windows"))
		v.present += whole(r.get("windows_stored"))
		if announced := r.get("announced"); announced != "" {
			v.announced += whole(announced)
			v.stored += whole(r.get("stored"))
		}
		if id := r.get("customer_id"); id != "" {
			customers[id] = true
			incomplete[id] = incomplete[id] || r.get("status") == "incomplete"
		}
	}
	v.customers = len(customers)
	for _, bad := range incomplete {
		if bad {
			v.incomplete++
		}
	}
}

func (v *picture) tieOut(d *reconData) {
	if d.customers == nil {
		return
	}
	v.tied = true
	for i := range d.customers.rows {
		r := record{d.customers, i}
		v.accounts++
		if r.get("verdict") != "differs" {
			v.ties++
		}
		add := func(from string) {
			a, err := decimal.NewFromString(r.get(from))
			if err != nil || a.IsZero() {
				return
			}
			p := v.parts[from]
			p.amount, p.size, p.accounts = p.amount.Add(a), p.size.Add(a.Abs()), p.accounts+1
			v.parts[from] = p
		}
		for _, from := range []string{"detail_amount", "bill_amount", "difference", "unexplained"} {
			add(from)
		}
		for _, p := range causes {
			add(p.from)
		}
	}
}
