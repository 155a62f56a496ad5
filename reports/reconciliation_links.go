package reports

// reconLinks are the places between which the workbook's clicks lead.
type reconLinks struct {
	findings map[string]string    // where a finding stands, by its id
	ofCheck  map[string]string    // where the first finding of a check stands
	customer map[[2]string]string // where a customer stands on the tie-out
	slices   map[[2]string]string // where the first of its slices stands
	bill     map[[2]string]string // where a customer, or own use, stands on the partner bill, by side and customer; a part of the bridge by "part" and its name
}

// link finds out where everything will stand: rows have their places before they are written.
func (r *reconBook) link() {
	r.links = reconLinks{findings: map[string]string{}, ofCheck: map[string]string{}, customer: map[[2]string]string{}, slices: map[[2]string]string{}, bill: map[[2]string]string{}}
	for _, t := range r.data.tables() {
		if t.rows == nil {
			continue
		}
		p := r.tables[t.decl.name.zh]
		for i := range t.rows.rows {
			row := record{t.rows, i}
			switch t.decl.name.zh {
			case reconFindings.name.zh, reconExplained.name.zh, reconClosed.name.zh:
				r.links.findings[row.get("finding_id")] = p.of(i)
				if check := row.get("check_id"); r.links.ofCheck[check] == "" {
					r.links.ofCheck[check] = p.of(i)
				}
			case reconTieOut.name.zh:
				r.links.customer[accountKey(row)] = p.of(i)
			case reconBill.name.zh:
				r.links.bill[[2]string{row.get("side"), row.get("customer_id")}] = p.of(i)
				for _, part := range billParts {
					if key := [2]string{"part", part.from}; r.links.bill[key] == "" && !isZero(row.get(part.from)) {
						r.links.bill[key] = p.of(i)
					}
				}
			case reconSlices.name.zh:
				if key := accountKey(row); r.links.slices[key] == "" {
					r.links.slices[key] = p.of(i)
				}
			}
		}
	}
}

func accountKey(r record) [2]string { return [2]string{r.get("customer_id"), r.get("reseller_id")} }

// linksOf is the sheet with the links of its columns.
func (r *reconBook) linksOf(s sheet) sheet {
	finding := func(row record) string { return r.links.findings[row.get("finding_id")] }
	account := func(row record) string { return r.links.customer[accountKey(row)] }
	bill := func(row record) string { return r.links.ofBill(row) }
	switch s.name.zh {
	case reconTieOut.name.zh:
		slices := func(row record) string { return r.links.slices[accountKey(row)] }
		return s.linked("customer_name", slices).linked("slices", slices).linked("verdict", slices)
	case reconSlices.name.zh, reconLeft.name.zh, reconRight.name.zh:
		return s.linked("finding_id", finding).linked("customer_name", account)
	case reconFindings.name.zh, reconExplained.name.zh:
		return s.linked("subject", bill).linked("customer_id", func(row record) string {
			if where := bill(row); where != "" {
				return where
			}
			return account(row)
		})
	case reconBill.name.zh:
		return s.linked("finding_id", finding)
	case reconChecks.name.zh:
		return s.linked("check", func(row record) string { return r.links.ofCheck[row.get("check_id")] })
	}
	return s
}

// ofBill is where the partner bill shows what a finding of check 41 speaks of; empty for findings of others.
func (l reconLinks) ofBill(finding record) string {
	if finding.get("check_id") != partnerBillCheck {
		return ""
	}
	if part := partOfBill(finding); part != "" {
		return l.bill[[2]string{"part", part}]
	}
	return l.bill[[2]string{"customer", finding.get("customer_id")}]
}

// findingsOfSlices finds for each slice the finding that speaks of it: that of check 07 which names the slice, else the customer's of check 06
// for the same reason, else any of its of that check; be they open, explained or accepted.
type findingsOfSlices struct {
	slices   map[string]string
	reasons  map[[3]string]string
	accounts map[[2]string]string
}

func findingsOf(all ...*table) *findingsOfSlices {
	f := &findingsOfSlices{slices: map[string]string{}, reasons: map[[3]string]string{}, accounts: map[[2]string]string{}}
	for _, t := range all {
		if t == nil {
			continue
		}
		for i := range t.rows {
			r := record{t, i}
			id, key := r.get("finding_id"), accountKey(r)
			switch r.get("check_id") {
			case "07":
				f.slices[r.get("subject")] = id
			case "06":
				f.reasons[[3]string{key[0], key[1], r.get("reason_code")}] = id
				if f.accounts[key] == "" {
					f.accounts[key] = id
				}
			}
		}
	}
	return f
}

// of is the id of the slice's finding; empty where nothing was found about the customer.
func (f *findingsOfSlices) of(slice record) string {
	if id := f.slices[sliceSubject(slice)]; id != "" {
		return id
	}
	key := accountKey(slice)
	if id := f.reasons[[3]string{key[0], key[1], slice.get("reason_code")}]; id != "" {
		return id
	}
	return f.accounts[key]
}

// sliceSubject is how check 07 names a slice.
func sliceSubject(r record) string {
	or := func(column, none string) string {
		if v := r.get(column); v != "" {
			return v
		}
		return none
	}
	customer := "customer " + r.get("customer_id")
	if reseller := r.get("reseller_id"); reseller != "" {
		customer += " under reseller " + reseller
	}
	return customer + ": " + or("service_type_code", "no service") + ", " + or("resource_type_code", "no resource type") +
		", mode " + or("charging_mode", "-") + ", bill type " + r.get("bill_type")
}
