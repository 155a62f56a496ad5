package pricing

import (
	"fmt"
	"net/mail"
	"regexp"
	"strings"
	"unicode/utf8"

	"settle/transform/exact"
)

// checker looks at rows together, after every cell has been read. A field that is empty or NULL here was left empty or is
// at fault already; both are somebody else's question.
type checker struct {
	*Book
	*problems
	parties  map[string]*Party
	byNumber map[string][]*Contract // the rows of each contract
	rules    map[string]*Rule
	taxItems map[string][]*TaxItem // by code
}

func validate(b *Book, p *problems) {
	c := &checker{Book: b, problems: p, taxItems: map[string][]*TaxItem{}}
	c.parties = unique(c, b.Parties, "party_id", func(r *Party) (string, Cell) { return r.ID, r.Origin }, "give each row its own")
	c.rules = unique(c, b.Rules, "rule_id", func(r *Rule) (string, Cell) { return r.ID, r.Origin }, "give each row its own")
	unique(c, b.Adjustments, "adjustment_id", func(r *Adjustment) (string, Cell) { return r.ID, r.Origin }, "give each row its own")
	c.byNumber = map[string][]*Contract{}
	for i := range b.Contracts {
		k := &b.Contracts[i]
		if k.Number != "" {
			c.byNumber[k.Number] = append(c.byNumber[k.Number], k)
		}
	}
	for i := range b.TaxItems {
		t := &b.TaxItems[i]
		c.taxItems[t.TaxCode] = append(c.taxItems[t.TaxCode], t)
	}
	c.checkTaxItems()
	c.checkParties()
	c.checkContracts()
	c.checkAccounts()
	c.checkRules()
	c.checkTiers()
	c.checkCommitments()
	c.doubtCommitments()
	c.checkAdjustments()
	c.checkInvoices()
	c.checkPlans()
}

// unique indexes rows by id and reports ids that stand twice.
func unique[R any](c *checker, rows []R, header string, key func(*R) (string, Cell), remedy string) map[string]*R {
	byID := make(map[string]*R, len(rows))
	for i := range rows {
		id, origin := key(&rows[i])
		if id == "" {
			continue
		}
		first, again := byID[id]
		if !again {
			byID[id] = &rows[i]
			continue
		}
		_, at := key(first)
		c.fault(origin, header, fmt.Sprintf("%s %s stands in %s already", header, shown(id), at.Column(header)), remedy)
	}
	return byID
}

// refer reports an id that the other sheet does not have. An other sheet that could not be read at all has been reported.
func (c *checker) refer(origin Cell, header, id, sheet string, known bool, rows int) {
	if id != "" && !known && rows > 0 {
		c.fault(origin, header, fmt.Sprintf("%s %s is not in sheet %s", header, shown(id), sheet), "add it there or correct it here")
	}
	if id != "" && rows == 0 && !c.faulty(sheet) {
		c.fault(origin, header, fmt.Sprintf("%s %s is not in sheet %s, which has no rows", header, shown(id), sheet), "add it there")
	}
}

// faulty says whether a sheet as a whole or its headers are at fault.
func (c *checker) faulty(sheet string) bool {
	for _, p := range c.faults.all {
		if strings.EqualFold(p.Sheet, sheet) && p.row <= 1 {
			return true
		}
	}
	return false
}

// ordered reports a period that ends before it begins.
func (c *checker) ordered(origin Cell, from, to exact.Date) {
	if isSet(from) && isSet(to) && before(to, from) {
		c.fault(origin, "valid_to", fmt.Sprintf("valid_to %s is before valid_from %s", to, from), "correct one of the two dates")
	}
}

// taxed reports a tax code that is unknown or has no rate yet on the first day it is needed.
func (c *checker) taxed(origin Cell, code string, first exact.Date, firstName string) {
	c.refer(origin, "tax_code", code, "TaxItems", len(c.taxItems[code]) > 0, len(c.TaxItems))
	items := c.taxItems[code]
	if code == "" || len(items) == 0 || !isSet(first) {
		return
	}
	earliest := exact.Date{}
	for _, t := range items {
		if !isSet(t.ValidFrom) || !before(first, t.ValidFrom) {
			return
		}
		if !isSet(earliest) || before(t.ValidFrom, earliest) {
			earliest = t.ValidFrom
		}
	}
	c.fault(origin, "tax_code", fmt.Sprintf("tax_code %s begins on %s, after %s %s", shown(code), earliest, firstName, first), "add an earlier row to TaxItems")
}

var digits19 = regexp.MustCompile(`^[0-9]{19}$`)

func (c *checker) checkTaxItems() {
	seen := map[string]Cell{}
	for _, t := range c.TaxItems {
		if t.ClassCode != "" && !digits19.MatchString(t.ClassCode) {
			c.fault(t.Origin, "class_code", fmt.Sprintf("class_code %s is not 19 digits", shown(t.ClassCode)), "look it up in the tax system; fill it with zeros on the right")
		}
		if t.Rate.Valid() && (t.Rate.Decimal().IsNegative() || units(t.Rate) >= 1e10) {
			c.fault(t.Origin, "rate", fmt.Sprintf("rate %s is not between 0 and 1", t.Rate), "write 0.06 for 6 %")
		}
		c.sixPlaces(t.Origin, "rate", t.Rate)
		if t.TaxCode == "" || !isSet(t.ValidFrom) {
			continue
		}
		key := t.TaxCode + "\x00" + t.ValidFrom.String()
		if first, again := seen[key]; again {
			c.fault(t.Origin, "valid_from", fmt.Sprintf("tax_code %s begins on %s in row %d already", shown(t.TaxCode), t.ValidFrom, first.Row), "give one row per first day")
			continue
		}
		seen[key] = t.Origin
	}
}

var shortCode = regexp.MustCompile(`^[A-Za-z0-9_-]{1,32}$`)

// longestName is how many characters a name or a title on a document may have.
const longestName = 200

func (c *checker) checkParties() {
	seen := map[string]Cell{}
	for _, p := range c.Parties {
		for column, text := range map[string]string{"name": p.Name, "buyer_title": p.BuyerTitle} {
			if n := utf8.RuneCountInString(text); n > longestName {
				c.fault(p.Origin, column, fmt.Sprintf("%s has %d characters", column, n), fmt.Sprintf("keep it to %d: it stands on one line of documents", longestName))
			}
		}
		switch fold := strings.ToLower(p.ShortCode); {
		case p.ShortCode == "":
		case !shortCode.MatchString(p.ShortCode):
			c.fault(p.Origin, "short_code", fmt.Sprintf("short_code %s is not 1 to 32 of A-Z a-z 0-9 _ -", shown(p.ShortCode)), "it stands in file names: choose another")
		case seen[fold].Row > 0:
			c.fault(p.Origin, "short_code", fmt.Sprintf("short_code %s stands in %s already", p.ShortCode, seen[fold].Column("short_code")), "choose another; capitals do not make a difference")
		default:
			seen[fold] = p.Origin
		}
		c.checkTaxID(p)
		switch {
		case p.InvoiceKind == "special" && (p.BuyerTitle == "" || p.TaxID == ""):
			c.warn(p.Origin, "invoice_kind", "a special invoice needs buyer_title and tax_id: the request will be listed as unfit", "fill them in")
		case p.InvoiceKind != "" && p.InvoiceKind != "none" && p.BuyerTitle == "":
			c.warn(p.Origin, "invoice_kind", "an invoice needs buyer_title: the request will be listed as unfit", "fill it in, or write none")
		}
		if _, err := mail.ParseAddressList(strings.NewReplacer(";", ",", "，", ",", "；", ",").Replace(p.Email)); p.Email != "" && err != nil {
			c.warn(p.Origin, "email", fmt.Sprintf("email %s is not an address", shown(p.Email)), "write name@example.com")
		}
	}
}

func (c *checker) checkTaxID(p Party) {
	if p.TaxID == "" {
		return
	}
	switch taxIDKind(p.TaxID) {
	case taxIDUnified:
	case taxIDPersonal:
		c.warn(p.Origin, "tax_id", "this is a citizen's number, not a unified social credit code", "keep it only if the buyer is a person")
	case taxIDOld:
		c.warn(p.Origin, "tax_id", fmt.Sprintf("tax_id %s has %d characters, an old form", shown(p.TaxID), len(p.TaxID)), "ask the buyer for the unified social credit code of 18 characters")
	case taxIDMistyped:
		c.fault(p.Origin, "tax_id", fmt.Sprintf("tax_id %s is mistyped: its check character does not fit", shown(p.TaxID)), "compare it with the buyer's licence")
	default:
		c.fault(p.Origin, "tax_id", fmt.Sprintf("tax_id %s is not a tax id", shown(p.TaxID)), "write the unified social credit code: 18 digits and capitals without I, O, S, V, Z")
	}
}
