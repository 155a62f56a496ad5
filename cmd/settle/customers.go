package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"settle/extract"
	"settle/extract/bss"
)

// attached is a customer that the API lists now.
type attached struct {
	ID              string `json:"customer_id"`
	AccountName     string `json:"account_name"`
	Name            string `json:"customer"` // of the real-name authentication
	AssociationType string `json:"association_type"`
	ResellerID      string `json:"-"`
	ResellerName    string `json:"-"`
}

const resale = "2" // association_type of a customer whose consumption the partner resells

// reseller is a tier-2 reseller of a general distributor.
type reseller struct {
	ID          string `json:"indirect_partner_id"`
	Name        string `json:"name"`
	AccountName string `json:"account_name"`
}

// listCustomers asks for the customers attached now: the partner's own and, for a general distributor, those of every
// tier-2 reseller.
func listCustomers(ctx context.Context, client *bss.Client, distributor bool) ([]attached, error) {
	all, err := readAll[attached](ctx, client, extract.SubCustomers.Call, nil)
	if err != nil {
		return nil, fmt.Errorf("list customers: %w", err)
	}
	if !distributor {
		return all, nil
	}
	resellers, err := readAll[reseller](ctx, client, extract.IndirectPartners.Call, nil)
	if err != nil {
		return nil, fmt.Errorf("list tier-2 resellers: %w", err)
	}
	for _, r := range resellers {
		theirs, err := readAll[attached](ctx, client, extract.SubCustomers.Call, bss.Params{"indirect_partner_id": r.ID})
		if err != nil {
			return nil, fmt.Errorf("list customers of reseller %s: %w", r.ID, err)
		}
		for i := range theirs {
			theirs[i].ResellerID, theirs[i].ResellerName = r.ID, cmp.Or(r.Name, r.AccountName)
		}
		all = append(all, theirs...)
	}
	return all, nil
}

const listTries = 4

// readAll reads every record of a call. A list that moves while it is read is read again, a few times.
func readAll[R any](ctx context.Context, client *bss.Client, call bss.Call, p bss.Params) ([]R, error) {
	for try := 1; ; try++ {
		all, err := readOnce[R](ctx, client, call, p)
		if err == nil || try == listTries || !errors.Is(err, bss.ErrMoved) {
			return all, err
		}
	}
}

func readOnce[R any](ctx context.Context, client *bss.Client, call bss.Call, p bss.Params) ([]R, error) {
	var all []R
	for page, err := range client.Pages(ctx, call, p) {
		if err != nil {
			return nil, err
		}
		for i, row := range page.Rows {
			var r R
			if err := json.Unmarshal(page.Body[row.Start:row.End], &r); err != nil {
				return nil, fmt.Errorf("%s: record %d: %w", call.Name, page.Offset+i, err)
			}
			all = append(all, r)
		}
	}
	return all, nil
}
