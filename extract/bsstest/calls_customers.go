package bsstest

import (
	"net/http"
	"strings"
)

// under reads indirect_partner_id: the reseller whose customers are asked for. For a partner without resellers any
// value is refused; a distributor may name its own resellers only.
func (w *World) under(q *query) string {
	id := ""
	if q.post {
		id, _ = q.text("indirect_partner_id")
	} else {
		id, _ = q.lenient("indirect_partner_id")
	}
	if id != "" && w.reseller(id) == nil {
		q.fail(&apiError{http.StatusBadRequest, "CBC.99000037", "You do not have the permission on this cloud reseller."})
	}
	return id
}

// listSubCustomers lists the customers that are attached now.
func (w *World) listSubCustomers(q *query) *listing {
	reseller := w.under(q)
	fuzzy := map[string]string{}
	for _, name := range []string{"account_name", "customer", "label", "association_type", "customer_id"} {
		fuzzy[name], _ = q.text(name)
	}
	begin, hasBegin := q.instant("associated_on_begin")
	end, hasEnd := q.instant("associated_on_end")
	var list []*customer
	for _, c := range w.customers {
		on := c.AssociatedOn.Unix()
		switch {
		case c.Left, c.Orphan, c.ResellerID != reseller:
		case !strings.Contains(c.AccountName, fuzzy["account_name"]), !strings.Contains(c.Name, fuzzy["customer"]):
		case fuzzy["label"] != "" && !strings.Contains(customerLabel, fuzzy["label"]):
		case fuzzy["association_type"] != "" && fuzzy["association_type"] != c.AssociationType:
		case fuzzy["customer_id"] != "" && fuzzy["customer_id"] != c.ID:
		case hasBegin && on < begin, hasEnd && on > end:
		default:
			list = append(list, c)
		}
	}
	return &listing{rows: "customer_infos", total: "count", quoted: true, count: len(list), row: func(dst []byte, i int) []byte {
		return appendCustomer(dst, list[i])
	}}
}

const customerLabel = "月结客户"

func appendCustomer(dst []byte, c *customer) []byte {
	dst = append(append(append(dst, `{"customer_id":"`...), c.ID...), '"')
	dst = member(dst, "account_name", c.AccountName)
	dst = member(dst, "customer", c.Name)
	dst = memberRaw(dst, "associated_on", `"`+instant(c.AssociatedOn.Unix())+`"`)
	dst = member(dst, "association_type", c.AssociationType)
	dst = member(dst, "label", customerLabel)
	dst = member(dst, "telephone", "13800138000")
	dst = member(dst, "verified_status", "2")
	dst = member(dst, "country_code", "0086")
	dst = memberInt(dst, "customer_type", 1)
	// A string where the documents say integer: what the official example shows, and what the SDK cannot decode.
	dst = member(dst, "is_frozen", "0")
	dst = append(dst, `,"account_managers":[{"account_name":"partner_manager_01"}],"xaccount_id":null,"xaccount_type":null,"email":null`...)
	dst = member(dst, "customer_level", "V"+itoa(int64(c.seed%6)))
	return append(dst, '}')
}

// listConsumeSubCustomers lists everybody who consumed in a cycle, those that left and those of resellers included.
func (w *World) listConsumeSubCustomers(q *query) *listing {
	m := q.cycle("bill_cycle")
	var ids []string
	seen := map[string]bool{}
	for _, a := range w.accounts[m.name] {
		if a.records > 0 && !seen[a.customer.ID] {
			seen[a.customer.ID] = true
			ids = append(ids, a.customer.ID)
		}
	}
	return &listing{rows: "sub_customers", total: "total_count", count: len(ids), row: func(dst []byte, i int) []byte {
		return append(append(append(dst, `{"customer_id":"`...), ids[i]...), `"}`...)
	}}
}

// listIndirectPartners lists the tier-2 resellers of a distributor.
func (w *World) listIndirectPartners(q *query) *listing {
	if len(w.resellers) == 0 {
		q.fail(&apiError{http.StatusForbidden, "CBC.0151", "Access denied: only a general distributor has cloud resellers."})
	}
	account, _ := q.text("account_name")
	id, _ := q.text("indirect_partner_id")
	begin, hasBegin := q.instant("associated_on_begin")
	end, hasEnd := q.instant("associated_on_end")
	var list []*reseller
	for _, r := range w.resellers {
		if strings.Contains(r.account, account) && (id == "" || id == r.id) && (!hasBegin || r.on >= begin) && (!hasEnd || r.on <= end) {
			list = append(list, r)
		}
	}
	return &listing{rows: "indirect_partners", total: "count", count: len(list), row: func(dst []byte, i int) []byte {
		r := list[i]
		dst = append(append(append(dst, `{"indirect_partner_id":"`...), r.id...), '"')
		dst = append(dst, `,"mobile_phone":null,"email":null`...)
		dst = member(dst, "account_name", r.account)
		dst = member(dst, "name", r.name)
		dst = memberRaw(dst, "associated_on", `"`+instant(r.on)+`"`)
		return append(dst, `,"account_manager_id":null,"account_manager_name":null}`...)
	}}
}
