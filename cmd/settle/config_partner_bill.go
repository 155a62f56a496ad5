package main

import (
	"fmt"
	"reflect"
	"strings"

	"settle/transform/partnerbill"
)

// PartnerBillConfig says how a bill that the vendor's portal exports is read (settle import partner-bill).
type PartnerBillConfig struct {
	Encoding          string             `yaml:"encoding"`            // of a CSV: auto, utf-8 or gb18030
	Sheet             string             `yaml:"sheet"`               // of an xlsx; "": the first with the headers
	AmountsIncludeTax bool               `yaml:"amounts_include_tax"` // the tax column is taken off before anything is compared
	OwnAccounts       []string           `yaml:"own_accounts"`        // customer ids of the partner's own accounts
	Columns           PartnerBillColumns `yaml:"columns"`
}

// PartnerBillColumns are the headers of the file; "" looks for those that the portal is known to use.
type PartnerBillColumns struct {
	CustomerID       string `yaml:"customer_id"`
	CustomerName     string `yaml:"customer_name"`
	Cycle            string `yaml:"cycle"`
	BillType         string `yaml:"bill_type"`
	ChargingMode     string `yaml:"charging_mode"`
	ServiceTypeCode  string `yaml:"service_type_code"`
	ResourceTypeCode string `yaml:"resource_type_code"`
	Amount           string `yaml:"amount"`
	TaxAmount        string `yaml:"tax_amount"`
	Currency         string `yaml:"currency"`
}

// named are the columns whose headers the config gives.
func (c PartnerBillColumns) named() map[string]string {
	all := map[string]string{}
	v := reflect.ValueOf(c)
	for i := range v.NumField() {
		if header := strings.TrimSpace(v.Field(i).String()); header != "" {
			all[v.Type().Field(i).Tag.Get("yaml")] = header
		}
	}
	return all
}

// options are what reading a file of a cycle needs.
func (c PartnerBillConfig) options(cycle string) partnerbill.Options {
	o := partnerbill.Options{Cycle: cycle, Sheet: c.Sheet, Columns: c.Columns.named(), AmountsIncludeTax: c.AmountsIncludeTax, Own: c.OwnAccounts}
	if c.Encoding != "auto" {
		o.Encoding = c.Encoding
	}
	return o
}

func (c *Config) checkPartnerBill(bad func(key, what, remedy string)) {
	b := c.PartnerBill
	if b.Encoding != "auto" && b.Encoding != "utf-8" && b.Encoding != "gb18030" {
		bad("partner_bill.encoding", quoted(b.Encoding)+" is not read", "write auto, utf-8 or gb18030 (which covers GBK)")
	}
	for i, id := range b.OwnAccounts {
		if strings.TrimSpace(id) == "" {
			bad(fmt.Sprintf("partner_bill.own_accounts[%d]", i), "is empty", "write the account's id, or remove it")
		}
	}
	columns := map[string]string{}
	for _, column := range partnerbill.Names() {
		header := b.Columns.named()[column]
		if other, twice := columns[header]; twice && header != "" {
			bad("partner_bill.columns."+column, "is the header of "+other+" too", "name two columns of the file")
		}
		columns[header] = column
	}
}
