package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"

	"settle/extract"
	"settle/load"
	"settle/transform/exact"
	"settle/transform/pricing"
)

// publishedDoubts compares a workbook with the newest published month; where none was published yet there is nothing to compare.
func (a *app) publishedDoubts(ctx context.Context, book *pricing.Book) ([]pricing.Problem, error) {
	cfg, err := a.loadConfig()
	if err != nil {
		return nil, err
	}
	db, err := load.OpenSnapshot(ctx, filepath.Join(cfg.Data, "published", load.Current))
	if errors.Is(err, load.ErrNoSnapshot) {
		a.print("note: no month was published yet, so customers without a contract cannot be told\n")
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer db.Close()
	known, err := newestKnown(ctx, db, cfg.Settlement.IncludeReferral)
	if err != nil || known.Cycle == "" {
		return nil, err
	}
	return book.Doubts(known), nil
}

// newestKnown reads what the newest month of a snapshot knows. A code that a fee record names is known, whatever the lists say.
func newestKnown(ctx context.Context, db *sql.DB, referral bool) (pricing.Known, error) {
	var k pricing.Known
	err := textRows(ctx, db, func(t []string) error {
		k.Cycle = t[0]
		return nil
	}, "select coalesce(max(cycle), '') from source.customers")
	if err != nil || k.Cycle == "" {
		return k, err
	}
	month := extract.Cycle(k.Cycle)
	k.First, k.Last = exact.NewDate(month.First()), exact.NewDate(month.LastDay())
	set := func(to *map[string]bool, query string) {
		if err != nil {
			return
		}
		*to = map[string]bool{}
		err = textRows(ctx, db, func(t []string) error {
			(*to)[t[0]] = true
			return nil
		}, query, k.Cycle)
	}
	set(&k.Services, `select service_type_code from source.service_types where cycle = $1 and service_type_code is not null
		union select service_type_code from source.consumption_records where cycle = $1 and service_type_code is not null`)
	set(&k.ResourceTypes, `select resource_type_code from source.resource_types where cycle = $1 and resource_type_code is not null
		union select resource_type_code from source.consumption_records where cycle = $1 and resource_type_code is not null`)
	set(&k.Units, `select cast(measure_id as varchar) from source.measure_units where cycle = $1 and measure_id is not null
		union select abbreviation from source.measure_units where cycle = $1 and abbreviation is not null`)
	if err == nil {
		err = textRows(ctx, db, func(t []string) error {
			k.Customers = append(k.Customers, pricing.KnownCustomer{ID: t[0], ResellerID: t[1], Name: t[2]})
			return nil
		}, `select customer_id, reseller_id, coalesce(customer, account_name, '') from source.customers
			where cycle = $1 and ($2 or association_type is distinct from '1') order by customer_id, reseller_id`, k.Cycle, referral)
	}
	if err != nil {
		return k, fmt.Errorf("read the published month %s: %w", k.Cycle, err)
	}
	return k, nil
}
