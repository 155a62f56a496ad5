package pricing

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"settle/transform/exact"
)

// TemplateCustomer is an account that a new workbook begins with.
type TemplateCustomer struct {
	ID         string
	Name       string
	ResellerID string     // tier-2 reseller; empty for a direct customer
	ValidFrom  exact.Date // first day of the contract; NULL: 2020-01-01

	// Reseller bills the account to its tier-2 reseller: all such accounts of one ResellerID share a party of that kind.
	Reseller     bool
	ResellerName string
}

// Template is a workbook to begin with: a party and a contract per account, and one price plan that passes Huawei Cloud's
// payable amounts through. Ids and short codes depend on the accounts only, not on their order.
func Template(customers []TemplateCustomer) *Book {
	t := &template{codes: map[string]bool{}, ids: map[string]bool{}, resellers: map[string]string{}, terms: Contract{PricePlan: templatePlan, TaxCode: templateTax}}
	begin := day(firstTemplateDay)
	for _, c := range inOrder(customers) {
		if !isSet(c.ValidFrom) {
			c.ValidFrom = day(firstTemplateDay)
		}
		if before(c.ValidFrom, begin) {
			begin = c.ValidFrom
		}
		t.contract(c)
	}
	t.book.TaxItems = []TaxItem{{TaxCode: templateTax, ItemName: "*信息技术服务*云服务费", ClassCode: "3040203000000000000", Rate: rateOf("0.06"), ValidFrom: begin}}
	t.book.Rules = []Rule{{ID: "R-standard", PricePlan: templatePlan, Priority: 1000, Base: "payable", Method: MethodPassThrough, Note: "按华为云应付金额原额结算 Passes the payable amount through"}}
	return &t.book
}

const (
	templatePlan     = "standard"
	templateTax      = "cloud"
	firstTemplateDay = "2020-01-01"
)

// inOrder lists each account once, whatever order they came in.
func inOrder(customers []TemplateCustomer) []TemplateCustomer {
	customers = slices.Clone(customers)
	slices.SortStableFunc(customers, func(a, b TemplateCustomer) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.ResellerID, b.ResellerID))
	})
	return slices.CompactFunc(customers, func(a, b TemplateCustomer) bool { return a.ID == b.ID && a.ResellerID == b.ResellerID })
}

type template struct {
	book      Book
	codes     map[string]bool   // short codes in use, lower case
	ids       map[string]bool   // party ids and contract numbers in use
	resellers map[string]string // party of each reseller
	terms     Contract          // what a new contract agrees to: price plan, tax basis, tax code
}

func (t *template) contract(c TemplateCustomer) {
	party := t.resellers[c.ResellerID]
	switch {
	case !c.Reseller || c.ResellerID == "":
		party = t.party(KindCustomer, c.ID, c.Name)
	case party == "":
		party = t.party(KindReseller, c.ResellerID, c.ResellerName)
		t.resellers[c.ResellerID] = party
	}
	t.book.Contracts = append(t.book.Contracts, Contract{
		Number: t.id("C-" + c.ID), PartyID: party, CustomerID: c.ID, ResellerID: c.ResellerID, PricePlan: t.terms.PricePlan,
		ValidFrom: c.ValidFrom, AmountsIncludeTax: t.terms.AmountsIncludeTax, TaxCode: t.terms.TaxCode,
	})
}

func (t *template) party(kind, id, name string) string {
	name = tidy(name)
	if name == "" {
		name = tidy(id)
	}
	p := Party{ID: t.id("P-" + id), ShortCode: t.code(name, id), Name: name, Kind: kind, Language: "both", InvoiceKind: "ordinary", BuyerTitle: name, InvoiceBy: "cycle"}
	t.book.Parties = append(t.book.Parties, p)
	return p.ID
}

// id makes an id unique: an account under a second reseller is a party and a contract of its own.
func (t *template) id(wanted string) string {
	id := tidy(wanted)
	for n := 2; t.ids[id]; n++ {
		id = fmt.Sprintf("%s-%d", tidy(wanted), n)
	}
	t.ids[id] = true
	return id
}

// code makes a short code from the name, or from the id's end where the name has too few letters that are safe in file names.
func (t *template) code(name, id string) string {
	const enough, idEnd, most = 3, 12, 28 // leaves room for a number
	code := slug(name)
	if len(code) < enough {
		code = slug(id)
		code = strings.Trim(code[max(0, len(code)-idEnd):], "-_")
	}
	if code = strings.Trim(code[:min(len(code), most)], "-_"); code == "" {
		code = "party"
	}
	unique := code
	for n := 2; t.codes[strings.ToLower(unique)]; n++ {
		tail := fmt.Sprintf("-%d", n)
		unique = code[:min(len(code), 32-len(tail))] + tail
	}
	t.codes[strings.ToLower(unique)] = true
	return unique
}

// slug keeps what is safe in a file name on any system; the rest becomes single dashes.
func slug(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	return strings.Trim(b.String(), "-_")
}

// tidy makes one short line of a text from the API.
func tidy(s string) string {
	const most = 200
	s = strings.ToValidUTF8(s, " ")
	r := []rune(strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || r == unicode.ReplacementChar || r == '\ufeff' || r == '\u200b'
	}), " "))
	return trim(string(r[:min(len(r), most)]))
}

func day(text string) (d exact.Date) {
	if err := d.SetText([]byte(text)); err != nil {
		panic(err)
	}
	return d
}

func rateOf(text string) (r exact.Rate) {
	if err := r.SetText([]byte(text)); err != nil {
		panic(err)
	}
	return r
}
