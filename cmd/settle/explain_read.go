package main

import (
	"context"
	"database/sql"
	"fmt"
	"reflect"
	"strings"

	"settle/transform/exact"
	"settle/transform/pricing"

	"github.com/shopspring/decimal"
)

// priced is a fee record with what a person recognises it by, and what became of it.
type priced struct {
	pricing.Fee
	LineID    string
	Customer  string
	Service   string
	Resource  string
	Region    string
	Spec      string
	TradeID   string
	RawUsage  string
	Discount  string
	Truncated string
}

// feeColumns are read as text: a decimal stays a decimal.
var feeColumns = []string{
	"record_key", "customer_id", "reseller_id", "service_type_code", "resource_type_code", "region_code", "charging_mode", "bill_detail_type", "product_id",
	"consume_from", "consume_to", "trade_time", "consume_from_date", "trade_time_date",
	"official_amount", "payment_amount", "usage_normal", "usage_normal_unit", "free_resource_usage", "free_resource_measure_id", "usage_amount",
}

// recordColumns are what is printed beside them.
var recordColumns = []string{"service_type_name", "resource_name", "resource_id", "region_name", "product_spec_desc", "trade_id", "usage_measure_id", "official_discount_amount", "truncated_amount"}

func asText(prefix string, columns []string) string {
	var b strings.Builder
	for i, c := range columns {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "coalesce(cast(%s%s as varchar), '')", prefix, c)
	}
	return b.String()
}

// fee makes what pricing looks at of the texts of feeColumns.
func fee(t []string) (pricing.Fee, error) {
	f := pricing.Fee{
		RecordKey: t[0], CustomerID: t[1], ResellerID: t[2], ServiceTypeCode: t[3], ResourceTypeCode: t[4], RegionCode: t[5], ChargingMode: t[6],
		BillDetailType: t[7], ProductID: t[8], ConsumeFrom: t[9], ConsumeTo: t[10], TradeTime: t[11], Family: t[17], CoveredUnit: t[19], HasRawAmount: t[20] != "",
	}
	for i, to := range map[int]*exact.Date{12: &f.ConsumeDay, 13: &f.TradeDay} {
		if t[i] == "" {
			continue
		}
		if err := to.SetText([]byte(t[i])); err != nil {
			return f, fmt.Errorf("record %s: %s: %w", t[0], feeColumns[i], err)
		}
	}
	for i, to := range map[int]*decimal.NullDecimal{14: &f.Official, 15: &f.Payable, 16: &f.Used, 18: &f.Covered} {
		if t[i] == "" {
			continue
		}
		d, err := decimal.NewFromString(t[i])
		if err != nil {
			return f, fmt.Errorf("record %s: %s: %w", t[0], feeColumns[i], err)
		}
		*to = decimal.NewNullDecimal(d)
	}
	return f, nil
}

// textRows runs a query whose columns are all text, a function a row.
func textRows(ctx context.Context, db *sql.DB, each func([]string) error, query string, args ...any) error {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	values := make([]string, len(columns))
	into := make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if err := each(values); err != nil {
			return err
		}
	}
	return rows.Err()
}

// mostCandidates bounds how many records are listed where a name means several.
const mostCandidates = 30

// findRecords looks for fee records of a cycle by line id, record key, or the id of a trade, order or resource.
func findRecords(ctx context.Context, db *sql.DB, cycle, name string) ([]priced, error) {
	var found []priced
	err := textRows(ctx, db, func(t []string) error {
		f, err := fee(t)
		if err != nil {
			return err
		}
		n := t[len(feeColumns):]
		p := priced{Fee: f, LineID: f.CustomerID + "/" + f.ResellerID + "/" + f.RecordKey, Service: n[0], Resource: n[1], Region: n[3], Spec: n[4], TradeID: n[5],
			Discount: n[7], Truncated: n[8], Customer: n[9]}
		if p.Resource == "" {
			p.Resource = n[2]
		}
		if t[20] != "" {
			p.RawUsage = fmt.Sprintf("%s of unit %s", plainDecimal(t[20]), n[6])
		}
		found = append(found, p)
		return nil
	}, "select "+asText("r.", feeColumns)+", "+asText("r.", recordColumns)+`, coalesce(c.customer, c.account_name, '')
		from source.consumption_records as r
		left join source.customers as c on c.cycle = r.cycle and c.customer_id = r.customer_id and c.reseller_id = r.reseller_id
		where r.cycle = $1 and (r.record_key = $2 or r.id = $2 or r.trade_id = $2 or r.resource_id = $2
			or r.customer_id || '/' || r.reseller_id || '/' || r.record_key = $2)
		order by r.customer_id, r.reseller_id, r.record_key
		limit $3`, cycle, name, mostCandidates+1)
	if err != nil {
		return nil, fmt.Errorf("look for record %s: %w", name, err)
	}
	return found, nil
}

// accountFees reads every fee record of the cycle that some contracts' accounts have.
func accountFees(ctx context.Context, db *sql.DB, cycle string, referral bool, accounts []*pricing.Contract) ([]pricing.Fee, error) {
	var all []pricing.Fee
	seen := map[[2]string]bool{}
	for _, k := range accounts {
		account := [2]string{k.CustomerID, k.ResellerID}
		if seen[account] {
			continue
		}
		seen[account] = true
		err := textRows(ctx, db, func(t []string) error {
			f, err := fee(t)
			all = append(all, f)
			return err
		}, "select "+asText("r.", feeColumns)+` from source.consumption_records as r
			where r.cycle = $1 and r.customer_id = $2 and r.reseller_id = $3 and ($4 or r.association_type is distinct from '1')`, cycle, k.CustomerID, k.ResellerID, referral)
		if err != nil {
			return nil, fmt.Errorf("read the records of customer %s: %w", k.CustomerID, err)
		}
	}
	return all, nil
}

// storedBook is the pricing workbook as it priced the cycle.
func storedBook(ctx context.Context, db *sql.DB, cycle string) (*pricing.Book, error) {
	var b pricing.Book
	var err error
	read := func(table string, into any) {
		if err == nil {
			if err = storedRows(ctx, db, cycle, table, into); err != nil {
				err = fmt.Errorf("read %s: %w", table, err)
			}
		}
	}
	read("settlement.contracts", &b.Contracts)
	read("settlement.rules", &b.Rules)
	read("settlement.tiers", &b.Tiers)
	read("settlement.tax_items", &b.TaxItems)
	return &b, err
}

// storedRows fills a slice of the workbook's row types from the table that holds them.
func storedRows(ctx context.Context, db *sql.DB, cycle, table string, into any) error {
	slice := reflect.ValueOf(into).Elem()
	row := slice.Type().Elem()
	var columns []string
	var fields []int
	for i := range row.NumField() {
		if name, _, _ := strings.Cut(row.Field(i).Tag.Get("db"), ","); name != "-" {
			columns, fields = append(columns, name), append(fields, i)
		}
	}
	return textRows(ctx, db, func(t []string) error {
		one := reflect.New(row).Elem()
		for i, text := range t {
			var err error
			switch field := one.Field(fields[i]).Addr().Interface().(type) {
			case *string:
				*field = text
			case *bool:
				*field = text == "true"
			case *int64:
				_, err = fmt.Sscan(text, field)
			case interface{ SetText([]byte) error }: // decimals and dates
				if text != "" {
					err = field.SetText([]byte(text))
				}
			}
			if err != nil {
				return fmt.Errorf("%s: %w", columns[i], err)
			}
		}
		slice.Set(reflect.Append(slice, one))
		return nil
	}, "select "+asText("", columns)+" from "+table+" where cycle = $1", cycle)
}

// storedUnits reads the units of the cycle that convert to a smallest one.
func storedUnits(ctx context.Context, db *sql.DB, cycle string) ([]pricing.Unit, error) {
	var all []pricing.Unit
	err := textRows(ctx, db, func(t []string) error {
		factor, err := decimal.NewFromString(t[3])
		all = append(all, pricing.Unit{ID: t[0], Abbreviation: t[1], Family: t[2], Factor: factor})
		return err
	}, "select "+asText("", []string{"measure_id", "abbreviation", "family_unit", "family_factor"})+" from source.measure_units where cycle = $1 and family_factor >= 1", cycle)
	if err != nil {
		return nil, fmt.Errorf("read units: %w", err)
	}
	return all, nil
}

// settledLine is what a record, or another line, came to in the books.
type settledLine struct {
	lineID, kind, revision, party, contract, rule, method, base, value string
	official, payable, charge, tax, exclTax, note, origin, originCycle string
	hash                                                               string
	moved                                                              bool // issued, and the record or the month's pricing workbook is another since
}

// settledLines reads the current line of an id; none where it is not settled.
func settledLines(ctx context.Context, db *sql.DB, cycle, lineID string) ([]settledLine, error) {
	var all []settledLine
	err := textRows(ctx, db, func(t []string) error {
		all = append(all, settledLine{lineID: t[0], kind: t[1], revision: t[2], party: t[3], contract: t[4], rule: t[5], method: t[6], base: t[7], value: t[8],
			official: t[9], payable: t[10], charge: t[11], tax: t[12], exclTax: t[13], note: t[14], origin: t[15], originCycle: t[16], hash: t[17], moved: t[18] == "true"})
		return nil
	}, "select "+asText("l.", []string{"line_id", "kind", "revision", "party_id", "contract_no", "rule_id", "rule_method", "rule_base", "rule_value", "official_amount", "payable_amount",
		"charge_amount", "tax_code", "charge_excl_tax", "note", "origin_line_id", "origin_cycle", "pricing_hash"})+`, cast(coalesce(c.closed, false) and (l.pricing_hash <> s.pricing_hash or exists (
			select 1 from settlement.restatements as r where r.cycle = l.cycle and r.party_id = l.party_id and r.line_id = l.line_id)) as varchar)
		from settlement.lines as l
		left join settlement.current_revisions as c on c.cycle = l.cycle and c.party_id = l.party_id
		left join ops.settled as s on s.cycle = l.cycle
		where l.cycle = $1 and l.line_id = $2 and l.revision = coalesce(c.revision, 0)`, cycle, lineID)
	if err != nil {
		return nil, fmt.Errorf("look for line %s: %w; where the snapshot was made by an older version, settle run --offline makes a new one", lineID, err)
	}
	return all, nil
}

// whyUnpriced is why a record is no line; empty where it is one.
func whyUnpriced(ctx context.Context, db *sql.DB, cycle string, f *pricing.Fee) (string, error) {
	reason := ""
	err := textRows(ctx, db, func(t []string) error {
		reason = t[0]
		return nil
	}, `select coalesce(u.reason, '') from settlement.unpriced as u where u.cycle = $1 and u.customer_id = $2 and u.reseller_id = $3 and u.record_key = $4`,
		cycle, f.CustomerID, f.ResellerID, f.RecordKey)
	if err != nil {
		return "", fmt.Errorf("look for record %s: %w", f.RecordKey, err)
	}
	return reason, nil
}

// plainDecimal drops the zeros with which a column fills its places.
func plainDecimal(text string) string {
	d, err := decimal.NewFromString(text)
	if err != nil {
		return text
	}
	return d.String()
}
