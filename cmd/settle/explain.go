package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"settle/transform/pricing"

	"github.com/shopspring/decimal"
	"github.com/spf13/cobra"
)

func (a *app) pricingExplain() *cobra.Command {
	var cycle, workbook string
	c := &cobra.Command{
		Use:   "explain --cycle YYYY-MM RECORD",
		Short: "Show what a record costs and why, contract by contract and rule by rule",
		Long: `explain takes a fee record of the published snapshot and shows how it comes to its charge: the pricing date, each contract of
the customer and why it counts or not, each rule of the price plan in the order in which they are looked at, the arithmetic, the
tax, and what the books say. RECORD is a line id (customer/reseller/key), a record key, or the id of a trade, order or resource; one
that several records share lists them. Other line ids (adjustment/..., commitment/..., prior/...) are shown as they are booked.

With --pricing FILE another workbook explains the record, to see what it would cost then; the books stay as they are.

Exit codes: 0 done, 1 failed, 2 misused (flags, config, FILE, no such record, several).`,
		Example: `  settle pricing explain --cycle 2026-10 0b1c2d3e//a1b2c3`,
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := a.loadConfig()
			if err != nil {
				return err
			}
			month, err := resolveCycle(cycle, a.now())
			if err != nil {
				return misused(err)
			}
			e := &explainer{out: a.stdout, cycle: string(month), referral: cfg.Settlement.IncludeReferral}
			if workbook != "" {
				if e.other, err = pricing.ReadFile(workbook); err != nil {
					return misused(fmt.Errorf("pricing explain --pricing %s: %w", workbook, err))
				}
				e.otherName = workbook
			}
			db, err := openCurrent(cmd.Context(), cfg)
			if err != nil {
				return err
			}
			defer db.Close()
			e.db = db
			if err := e.explain(cmd.Context(), args[0]); err != nil && !isBrokenPipe(err) {
				return fmt.Errorf("pricing explain: %w", err)
			}
			return nil
		},
	}
	c.Flags().StringVar(&cycle, "cycle", "", "billing cycle of the record: `YYYY-MM`, previous or current")
	c.Flags().StringVar(&workbook, "pricing", "", "explain with another pricing workbook, `FILE`")
	return c
}

// explainer prints how one record is priced.
type explainer struct {
	db        *sql.DB
	out       io.Writer
	cycle     string
	referral  bool
	other     *pricing.Book // nil: the workbook that priced the cycle
	otherName string
}

// line prints one line, cleaned of what could steer a terminal.
func (e *explainer) line(format string, args ...any) {
	fmt.Fprintln(e.out, clean(fmt.Sprintf(format, args...))) // a reader that went away is no failure
}

func (e *explainer) explain(ctx context.Context, name string) error {
	found, err := findRecords(ctx, e.db, e.cycle, name)
	if err != nil {
		return err
	}
	switch {
	case len(found) == 0:
		return e.otherLine(ctx, name)
	case len(found) > 1:
		return e.candidates(name, found)
	}
	return e.record(ctx, &found[0])
}

// otherLine shows a line that is no fee record.
func (e *explainer) otherLine(ctx context.Context, id string) error {
	lines, err := settledLines(ctx, e.db, e.cycle, id)
	if err != nil {
		return err
	}
	if len(lines) == 0 {
		return misused(fmt.Errorf("there is no record %s in %s; settle query \"select line_id, charge_amount from settlement.lines where cycle = '%s' limit 20\" shows some", quoted(id), e.cycle, e.cycle))
	}
	for _, l := range lines {
		e.line("line        %s: %s of contract %s, party %s", l.lineID, strings.ReplaceAll(l.kind, "_", " "), l.contract, l.party)
		e.line("why         %s", l.note)
		if l.originCycle != "" {
			e.line("origin      line %s of %s", l.origin, l.originCycle)
		}
		e.booked(&l)
	}
	return nil
}

func (e *explainer) candidates(name string, found []priced) error {
	t := table{head: []string{"line id", "service", "resource", "time", "payable"}, right: []int{4}}
	for _, p := range found[:min(len(found), mostCandidates)] {
		t.add(p.LineID, cut(cmp.Or(p.Service, p.ServiceTypeCode), 30), cut(p.Resource, 40), cmp.Or(spanOf(p.ConsumeFrom, p.ConsumeTo), businessTime(p.TradeTime)), amount(p.Payable))
	}
	t.print(e.out, "")
	more := ""
	if len(found) > mostCandidates {
		more = "more than "
	}
	return misused(fmt.Errorf("%s means %s%d records of %s; name one by its line id", quoted(name), more, min(len(found), mostCandidates), e.cycle))
}

func amount(d decimal.NullDecimal) string {
	if !d.Valid {
		return "-"
	}
	return d.Decimal.String()
}

func (e *explainer) record(ctx context.Context, p *priced) error {
	book, units, err := e.sheets(ctx)
	if err != nil {
		return err
	}
	lines, err := settledLines(ctx, e.db, e.cycle, p.LineID)
	if err != nil {
		return err
	}
	x, err := book.Price(&p.Fee, units, func(accounts []*pricing.Contract) ([]pricing.Fee, error) {
		return accountFees(ctx, e.db, e.cycle, e.referral, accounts)
	})
	if err != nil {
		return err
	}
	e.facts(p)
	e.line("")
	e.choice(x)
	e.line("")
	// A refund follows the line that it refunds, whatever the rules of its own date are.
	if len(lines) > 0 && lines[0].originCycle != "" {
		e.refund(p, &lines[0])
	} else {
		if len(lines) > 0 && lines[0].note != "" {
			e.line("note        %s", lines[0].note)
		}
		e.price(x)
	}
	return e.verdict(ctx, p, x, lines)
}

// sheets are the rows that price: those of another workbook, or those that priced the cycle.
func (e *explainer) sheets(ctx context.Context) (*pricing.Book, []pricing.Unit, error) {
	units, err := storedUnits(ctx, e.db, e.cycle)
	if err != nil || e.other != nil {
		return e.other, units, err
	}
	book, err := storedBook(ctx, e.db, e.cycle)
	return book, units, err
}

// facts is the record itself.
func (e *explainer) facts(p *priced) {
	reseller := "a direct customer"
	if p.ResellerID != "" {
		reseller = "under reseller " + p.ResellerID
	}
	e.line("record      %s of %s", p.LineID, e.cycle)
	e.line("customer    %s (%s), %s", cmp.Or(p.Customer, "no name"), p.CustomerID, reseller)
	e.line("what        %s", listed("service", p.ServiceTypeCode, p.Service, "resource type", p.ResourceTypeCode, "", "region", p.RegionCode, p.Region, "product", p.ProductID, p.Spec))
	e.line("            %s", listed("charging mode", p.ChargingMode, "", "bill type", p.BillDetailType, "", "resource", p.Resource, "", "trade", p.TradeID, ""))
	e.line("when        %s", listed("consumed", spanOf(p.ConsumeFrom, p.ConsumeTo), "", "paid", businessTime(p.TradeTime), "")+" (UTC+8)")
	usage := "none"
	if p.RawUsage != "" {
		usage = p.RawUsage
		if p.Used.Valid {
			usage += fmt.Sprintf(" = %s %s", p.Used.Decimal, p.Family)
		}
		if p.Covered.Valid && !p.Covered.Decimal.IsZero() {
			usage += fmt.Sprintf("; packages covered %s of unit %s", p.Covered.Decimal, p.CoveredUnit)
		}
	}
	e.line("usage       %s", usage)
	e.line("amounts     official %s, discount %s, truncated %s, payable %s", amount(p.Official), cmp.Or(plainDecimal(p.Discount), "-"), cmp.Or(plainDecimal(p.Truncated), "-"), amount(p.Payable))
}

// businessTime is an instant of the database, in UTC, as the clock of the business shows it.
func businessTime(utc string) string {
	t, err := time.Parse("2006-01-02 15:04:05", utc)
	if err != nil {
		return utc
	}
	return t.Add(8 * time.Hour).Format("2006-01-02 15:04:05.999999")
}

func spanOf(from, to string) string {
	if to == "" || to == from {
		return businessTime(from)
	}
	return businessTime(from) + " to " + businessTime(to)
}

// listed joins names with codes and their names in brackets; what is empty is left out.
func listed(triples ...string) string {
	var all []string
	for i := 0; i+2 < len(triples); i += 3 {
		label, code, name := triples[i], triples[i+1], triples[i+2]
		switch {
		case code == "":
		case name == "":
			all = append(all, label+" "+code)
		default:
			all = append(all, fmt.Sprintf("%s %s (%s)", label, code, name))
		}
	}
	if len(all) == 0 {
		return "-"
	}
	return strings.Join(all, ", ")
}

// choice is the pricing date, the contracts and the rules.
func (e *explainer) choice(x *pricing.Explanation) {
	if x.WhyDay != "" && x.Day.String() != "" {
		e.line("priced on   %s: %s", x.Day, x.WhyDay)
	}
	with := "as they priced the cycle"
	if e.other != nil {
		with = "of " + e.otherName
	}
	e.line("contracts   %s, of this customer", with)
	e.considered(x.Contracts)
	if x.Contract == nil {
		return
	}
	e.line("rules       of price plan %s, the first that matches counts", x.Plan)
	e.considered(x.Rules)
	if x.Unseen > 0 {
		e.line("  and %d further %s that would not match", x.Unseen, plural(x.Unseen, "rule", "rules"))
	}
}

func (e *explainer) considered(all []pricing.Considered) {
	t := table{}
	for _, c := range all {
		mark := " "
		if c.Taken {
			mark = ">"
		}
		t.add(mark, c.Name, c.Detail, c.Verdict)
	}
	if len(all) == 0 {
		t.add(" ", "none")
	}
	t.print(e.out, "  ")
}

// price is the arithmetic.
func (e *explainer) price(x *pricing.Explanation) {
	for i, s := range x.Sums {
		label := ""
		if i == 0 {
			label = "price"
		}
		e.line("%-11s %s", label, s)
	}
	if x.Tax != "" {
		e.line("tax         %s", x.Tax)
	}
	if x.Problem != "" {
		e.line("no price    %s", x.Problem)
		return
	}
	e.line("charge      %s", amount(x.Charge))
}

// refund is the charge of a refund that takes the terms of the line it refunds.
func (e *explainer) refund(p *priced, l *settledLine) {
	origin := "several lines"
	if l.origin != "" {
		origin = "line " + l.origin
	}
	terms := l.method
	if l.value != "" {
		terms += " " + plainDecimal(l.value)
	}
	e.line("refund      of %s, settled in %s: its terms count, not the rules of today", origin, l.originCycle)
	if l.method == pricing.MethodUnitPrice || l.method == pricing.MethodTiers {
		e.line("price       rule %s, %s: it gives back the same part of that charge as of its list price (or payable amount)", l.rule, terms)
	} else {
		base := amount(p.Payable)
		if l.base == "official" {
			base = amount(p.Official)
		}
		e.line("price       rule %s, %s of %s, %s", l.rule, terms, l.base, base)
	}
	if l.note != "" {
		e.line("note        %s", l.note)
	}
	e.line("charge      %s", plainDecimal(l.charge))
}

// booked is what the books say.
func (e *explainer) booked(l *settledLine) {
	e.line("books       charge %s, without tax %s, tax code %s, rule %s; party %s, revision %s, workbook %s", plainDecimal(l.charge), plainDecimal(l.exclTax), l.tax, cmp.Or(l.rule, "none"),
		l.party, l.revision, cut(l.hash, 12))
}

// verdict compares with the books. That the two disagree without another workbook is an error of this program, and said.
func (e *explainer) verdict(ctx context.Context, p *priced, x *pricing.Explanation, lines []settledLine) error {
	for i := range lines {
		l := &lines[i]
		e.booked(l)
		if l.originCycle != "" {
			continue
		}
		stored, err := decimal.NewFromString(l.charge)
		if err != nil {
			return fmt.Errorf("line %s: charge: %w", l.lineID, err)
		}
		switch difference := x.Charge.Decimal.Sub(stored); {
		case e.other != nil && x.Charge.Valid:
			e.line("difference  %s with %s", difference, e.otherName)
		case e.other != nil:
			e.line("difference  with %s it has no price and parks its party", e.otherName)
		case x.Charge.Valid && difference.IsZero() && x.Rule.ID == l.rule:
		case l.moved:
			e.line("issued      the line is frozen; what differs above came after the issue of revision %s, and the next open month books it", l.revision)
		default:
			return errors.New("the books disagree with the explanation above; the cycle was settled by other rows or another version: settle run --offline settles it again, and if this stays, report it")
		}
	}
	if len(lines) > 0 {
		return nil
	}
	reason, err := whyUnpriced(ctx, e.db, e.cycle, &p.Fee)
	if err != nil {
		return err
	}
	if reason == "" {
		reason = "it is not settled: referral customers are invoiced by the vendor"
	}
	e.line("books       no charge: %s", reason)
	return nil
}
