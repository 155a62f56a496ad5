package pricing

import "settle/transform/exact"

// Party gets one statement and one invoice request a cycle.
type Party struct {
	Origin       Cell   `db:"-"`
	ID           string `db:"party_id"`
	ShortCode    string `db:"short_code"` // stands in file names and document numbers
	Name         string `db:"name"`
	Kind         string `db:"kind"`         // customer, group or reseller
	Language     string `db:"language"`     // zh, en or both
	InvoiceKind  string `db:"invoice_kind"` // special, ordinary or none
	BuyerTitle   string `db:"buyer_title"`
	TaxID        string `db:"tax_id"`
	AddressPhone string `db:"address_phone"`
	BankAccount  string `db:"bank_account"`
	Email        string `db:"email"`
	InvoiceBy    string `db:"invoice_by"` // how its invoices are split: cycle, order or account
}

// The kinds of party.
const (
	KindCustomer = "customer" // one account: a customer under one reseller, or direct
	KindGroup    = "group"    // several accounts
	KindReseller = "reseller" // accounts of one tier-2 reseller
)

// Contract bills one account to one party by one price plan, for a time.
type Contract struct {
	Origin            Cell       `db:"-"`
	Number            string     `db:"contract_no"`
	PartyID           string     `db:"party_id"`
	CustomerID        string     `db:"customer_id"`
	ResellerID        string     `db:"reseller_id,notnull"` // empty: a direct customer
	PricePlan         string     `db:"price_plan"`
	ValidFrom         exact.Date `db:"valid_from"`
	ValidTo           exact.Date `db:"valid_to"` // last day; NULL: no end
	AmountsIncludeTax bool       `db:"amounts_include_tax"`
	TaxCode           string     `db:"tax_code"`
}

// Rule prices the fee records of a plan that it matches. An empty match column matches anything.
type Rule struct {
	Origin           Cell       `db:"-"`
	ID               string     `db:"rule_id"`
	PricePlan        string     `db:"price_plan"`
	Priority         int64      `db:"priority"` // the lowest wins
	ValidFrom        exact.Date `db:"valid_from"`
	ValidTo          exact.Date `db:"valid_to"` // last day
	CustomerID       string     `db:"customer_id"`
	ServiceTypeCode  string     `db:"service_type_code"`
	ResourceTypeCode string     `db:"resource_type_code"`
	RegionCode       string     `db:"region_code"`
	ChargingMode     string     `db:"charging_mode"`
	BillDetailType   string     `db:"bill_detail_type"`
	ProductID        string     `db:"product_id"`
	Base             string     `db:"base"`   // official or payable
	Method           string     `db:"method"` // see the Method constants
	Value            exact.Rate `db:"value"`  // factor or rate to 6 places, price to 10; NULL for pass_through and tiers
	Unit             string     `db:"unit"`   // of a unit price or of steps by quantity: a measure id or an abbreviation
	TaxCode          string     `db:"tax_code"`
	Note             string     `db:"note"`
}

// The methods of a rule.
const (
	MethodPassThrough = "pass_through" // the base
	MethodFactor      = "factor"       // base × value
	MethodDiscount    = "discount"     // base × (1 − value)
	MethodMarkup      = "markup"       // base × (1 + value)
	MethodUnitPrice   = "unit_price"   // quantity × value
	MethodTiers       = "tiers"        // see Tier
)

// What the steps of a rule accumulate.
const (
	BasisAmount   = "amount"   // the base, in money
	BasisQuantity = "quantity" // usage, in the rule's unit
)

// Tier is a step of a rule whose method is tiers.
type Tier struct {
	Origin Cell           `db:"-"`
	RuleID string         `db:"rule_id"`
	From   exact.Quantity `db:"tier_from"` // where the step begins, an amount or a quantity
	Value  exact.Rate     `db:"value"`     // a factor for amounts, a price for quantities
	Style  string         `db:"style"`     // progressive or reached
	Basis  string         `db:"basis"`     // amount or quantity
}

// Commitment is a minimum that a contract's charges reach in a month, or a shortfall is charged.
type Commitment struct {
	Origin         Cell        `db:"-"`
	ContractNumber string      `db:"contract_no"`
	ValidFrom      exact.Date  `db:"valid_from"`
	ValidTo        exact.Date  `db:"valid_to"` // last day
	AmountPerMonth exact.Money `db:"amount_per_month"`
	Services       string      `db:"services"` // service type codes, comma-separated; empty: all
	RefundsReduce  bool        `db:"refunds_reduce"`
}

// Adjustment is an amount outside consumption: a credit, a fixed fee.
type Adjustment struct {
	Origin         Cell        `db:"-"`
	ID             string      `db:"adjustment_id"`
	ContractNumber string      `db:"contract_no"`
	FromCycle      string      `db:"from_cycle"` // YYYY-MM
	ToCycle        string      `db:"to_cycle"`   // YYYY-MM; recurring when it differs
	Amount         exact.Money `db:"amount"`     // signed, on the contract's tax basis
	TaxCode        string      `db:"tax_code"`
	Reason         string      `db:"reason"`
	ApprovedBy     string      `db:"approved_by"`
}

// TaxItem is what an invoice says about a tax code, from a day on.
type TaxItem struct {
	Origin    Cell       `db:"-"`
	TaxCode   string     `db:"tax_code"`
	ItemName  string     `db:"item_name"`
	ClassCode string     `db:"class_code"` // 19 digits
	Rate      exact.Rate `db:"rate"`       // 0.06 for 6 %
	ValidFrom exact.Date `db:"valid_from"`
}

// Invoice is what the tax system answered to a request.
type Invoice struct {
	Origin        Cell        `db:"-"`
	RequestNumber string      `db:"request_no"`
	Number        string      `db:"invoice_no"`
	Date          exact.Date  `db:"date"`
	AmountExclTax exact.Money `db:"amount_excl_tax"`
	TaxAmount     exact.Money `db:"tax_amount"`
	AmountInclTax exact.Money `db:"amount_incl_tax"`
	Reverses      string      `db:"reverses"` // number of the invoice that this one takes back
}
