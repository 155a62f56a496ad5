package main

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"settle/extract"
	"settle/load"
)

// planned is a window that a cycle must have, with why it could not be fetched in this run.
type planned struct {
	extract.Window
	err string
}

// firstWindows are what a run begins with: dictionaries, the lists that say which customers there are, and the vendor's
// monthly sums, which alone tell under which reseller a customer was that has changed since.
func firstWindows(cycle extract.Cycle, resellers []string) (all []extract.Window) {
	for _, name := range []string{
		extract.MeasureUnits.Name, extract.UnitConversions.Name, extract.UsageTypes.Name, extract.ServiceTypes.Name, extract.ResourceTypes.Name,
		extract.ConsumingCustomers.Name,
	} {
		all = append(all, extract.Window{Dataset: name, Cycle: cycle})
	}
	for _, reseller := range append([]string{""}, resellers...) {
		all = append(all, extract.Window{Dataset: extract.SubCustomers.Name, Cycle: cycle, ResellerID: reseller})
		for _, mode := range extract.ChargeModes {
			all = append(all, extract.Window{Dataset: extract.MonthlyBills.Name, Cycle: cycle, ResellerID: reseller, Part: mode})
		}
	}
	return all
}

// account is a customer as attached to the partner ("") or to a reseller of his.
type account struct {
	customer, reseller string
	resale             bool
	listed             bool // by that reseller's list, or with a monthly sum under it
}

// accounts lists whom to ask about in a cycle. Calls without a reseller return only the period attached to the caller
// itself, so a distributor asks about a customer under each reseller whose list or monthly sums name it, and about every
// customer without a reseller. One that no list names any more may have been under any reseller, so each is asked.
func accounts(ctx context.Context, db reader, cycle extract.Cycle, resellers []string) ([]account, error) {
	rows, err := db.QueryContext(ctx, `
		select customer_id, reseller_id, list, coalesce(association_type, '') from source.customer_lists where cycle = $1
		union
		select customer_id, reseller_id, 'monthly_bills', '' from source.monthly_bills where cycle = $1
		order by 1, 2, 3`, string(cycle))
	if err != nil {
		return nil, fmt.Errorf("plan %s: %w", cycle, err)
	}
	defer func() { _ = rows.Close() }()
	type known struct {
		under    map[string]bool // resellers whose list or sums name the customer
		referral bool
		gone     bool // no list names it
	}
	customers := map[string]*known{}
	var order []string
	for rows.Next() {
		var customer, reseller, list, association string
		if err := rows.Scan(&customer, &reseller, &list, &association); err != nil {
			return nil, fmt.Errorf("plan %s: %w", cycle, err)
		}
		k := customers[customer]
		if k == nil {
			k = &known{under: map[string]bool{}, gone: true}
			customers[customer] = k
			order = append(order, customer)
		}
		switch list {
		case extract.SubCustomers.Name:
			k.under[reseller], k.gone = true, false
			k.referral = k.referral || association == referral
		case extract.MonthlyBills.Name:
			k.under[reseller] = true
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("plan %s: %w", cycle, err)
	}
	var all []account
	for _, customer := range order {
		k := customers[customer]
		for _, reseller := range append([]string{""}, resellers...) {
			if k.under[reseller] || k.gone || reseller == "" {
				all = append(all, account{customer, reseller, !k.referral, k.under[reseller]})
			}
		}
	}
	return all, nil
}

// referral is the association type of customers whom the vendor invoices itself.
const referral = "1"

// reader is what planning and summing up need of the warehouse or a snapshot.
type reader interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// usageWindows are the windows of every customer. Customer-side calls are made for resale customers, for referral ones
// only where they are settled too, and once a customer, whatever reseller it is attached to.
func usageWindows(cycle extract.Cycle, accounts []account, runID string, includeReferral bool) (all []extract.Window) {
	asked := map[string]bool{}
	for _, a := range accounts {
		all = append(all, extract.Window{Dataset: extract.ConsumptionRecords.Name, Cycle: cycle, CustomerID: a.customer, ResellerID: a.reseller, Probe: !a.listed})
		if asked[a.customer] || !a.resale && !includeReferral {
			continue
		}
		asked[a.customer] = true
		all = append(all,
			extract.Window{Dataset: extract.ResourcePackages.Name, Cycle: cycle, CustomerID: a.customer, Part: runID},
			extract.Window{Dataset: extract.ResourcePackageUsage.Name, Cycle: cycle, CustomerID: a.customer})
		for _, code := range extract.Peak95Codes {
			all = append(all, extract.Window{Dataset: extract.Peak95Summaries.Name, Cycle: cycle, CustomerID: a.customer, Part: code.Part()})
		}
	}
	return all
}

// accountWindows are the accounts of the partner and of each reseller, what was allocated from them, and the accounts of the resale
// customers that they list: few calls, whatever the number of customers.
func accountWindows(cycle extract.Cycle, resellers []string, accounts []account, runID string) (all []extract.Window) {
	customers := map[string][]string{}
	for _, a := range accounts {
		if a.listed && a.resale {
			customers[a.reseller] = append(customers[a.reseller], a.customer)
		}
	}
	for _, reseller := range append([]string{""}, resellers...) {
		all = append(all,
			extract.Window{Dataset: extract.PartnerAdjustments.Name, Cycle: cycle, ResellerID: reseller},
			extract.Window{Dataset: extract.PartnerBalances.Name, Cycle: cycle, ResellerID: reseller, Part: runID})
		for _, balance := range extract.BalanceTypes {
			all = append(all, extract.Window{Dataset: extract.PartnerAccountChanges.Name, Cycle: cycle, ResellerID: reseller, Part: balance})
		}
		if customers[reseller] != nil {
			all = append(all, extract.Window{Dataset: extract.CustomerBalances.Name, Cycle: cycle, ResellerID: reseller, Part: runID, Items: customers[reseller]})
		}
	}
	return all
}

// importedWindows are what the operator may have imported for a cycle; there need be none.
func importedWindows(cycle extract.Cycle) []extract.Window {
	return []extract.Window{{Dataset: extract.PartnerBills.Name, Cycle: cycle}}
}

// detailWindows are what the loaded rows call for: the points of each 95 resource, the quotas of each package item, the
// order of each refund.
func detailWindows(ctx context.Context, db reader, cycle extract.Cycle) (all []extract.Window, err error) {
	each := func(query string, args []any, add func(a, b, c string)) error {
		rows, err := db.QueryContext(ctx, query, args...)
		if err != nil {
			return fmt.Errorf("plan %s: %w", cycle, err)
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var a, b, c string
			if err := rows.Scan(&a, &b, &c); err != nil {
				return fmt.Errorf("plan %s: %w", cycle, err)
			}
			add(a, b, c)
		}
		return rows.Err()
	}
	err = each(`select distinct customer_id, service_type_code || '+' || resource_type_code || '+' || usage_type || '+' || resource_id, ''
		from source.peak95_summaries where cycle = ? order by 1, 2`, []any{string(cycle)}, func(customer, part, _ string) {
		all = append(all, extract.Window{Dataset: extract.Peak95Points.Name, Cycle: cycle, CustomerID: customer, Part: part})
	})
	if err != nil {
		return nil, err
	}
	err = each(`select distinct customer_id, reseller_id, trade_id
		from source.consumption_records where cycle = ? and bill_detail_type in ('4', '20', '24') and trade_id is not null order by 1, 2, 3`, []any{string(cycle)}, func(customer, reseller, order string) {
		all = append(all, extract.Window{Dataset: extract.RefundOrders.Name, Cycle: cycle, CustomerID: customer, ResellerID: reseller, Part: order})
	})
	if err != nil {
		return nil, err
	}
	err = each(`select distinct c.customer_id, c.free_resource_id, c.run_id
		from source.resource_package_contents as c
		where c.cycle = ? and c.free_resource_id is not null
			and c.run_id = (select max(l.run_id) from source.resource_package_contents as l where l.cycle = c.cycle and l.customer_id = c.customer_id)
		order by 1, 2`, []any{string(cycle)}, func(customer, item, runID string) {
		if n := len(all) - 1; n >= 0 && all[n].Dataset == extract.ResourcePackageQuotas.Name && all[n].CustomerID == customer {
			all[n].Items = append(all[n].Items, item)
			return
		}
		all = append(all, extract.Window{Dataset: extract.ResourcePackageQuotas.Name, Cycle: cycle, CustomerID: customer, Part: runID, Items: []string{item}})
	})
	return all, err
}

// only keeps the windows of the customers named, and those of no customer.
func only(windows []extract.Window, customers []string) []extract.Window {
	if len(customers) == 0 {
		return windows
	}
	return slices.DeleteFunc(slices.Clone(windows), func(w extract.Window) bool {
		return w.CustomerID != "" && !slices.Contains(customers, w.CustomerID)
	})
}

// resumable says whether a run carries on an unfinished one: of the same mode, customers and source, from the last half day,
// and not from before the month was final where the new run is to close it.
func resumable(last, fresh load.RunRecord, finalAt time.Time) bool {
	return last.Mode == fresh.Mode && last.Source == fresh.Source && slices.Equal(last.Customers, fresh.Customers) &&
		fresh.Started.Sub(last.Started) < 12*time.Hour && (fresh.Mode != modeFinal || !last.Started.Before(finalAt))
}
