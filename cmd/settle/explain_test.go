package main

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"testing"

	"settle/extract/bsstest"
	"settle/load"
	"settle/transform/exact"
	"settle/transform/pricing"
)

func ruleValue(t testing.TB, text string) (r exact.Rate) {
	t.Helper()
	if err := r.SetText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return r
}

// everyMethod replaces a book's rules by one of each method, and steps of both styles on both bases.
func everyMethod(t testing.TB, b *pricing.Book) {
	rule := func(id string, priority int64, service, method, base, value, unit string) {
		r := pricing.Rule{ID: id, PricePlan: b.Rules[0].PricePlan, Priority: priority, ServiceTypeCode: service, Base: base, Method: method, Unit: unit}
		if value != "" {
			r.Value = ruleValue(t, value)
		}
		b.Rules = append(b.Rules, r)
	}
	steps := func(id, style, basis string, fromValue ...string) {
		for i := 0; i < len(fromValue); i += 2 {
			step := pricing.Tier{RuleID: id, Value: ruleValue(t, fromValue[i+1]), Style: style, Basis: basis}
			if err := step.From.SetText([]byte(fromValue[i])); err != nil {
				t.Fatal(err)
			}
			b.Tiers = append(b.Tiers, step)
		}
	}
	rule("disc", 10, "hws.service.type.dcs", pricing.MethodDiscount, "official", "0.05", "")
	rule("unit", 20, "hws.service.type.ebs", pricing.MethodUnitPrice, "payable", "0.0012345678", "34")
	rule("prog", 30, "hws.service.type.ec2", pricing.MethodTiers, "payable", "", "")
	rule("reach", 40, "hws.service.type.vpc", pricing.MethodTiers, "official", "", "")
	rule("qty", 50, "hws.service.type.obs", pricing.MethodTiers, "payable", "", "")
	rule("per", 55, "hws.service.type.elb", pricing.MethodTiers, "payable", "", "h")
	rule("mark", 60, "hws.service.type.natgateway", pricing.MethodMarkup, "payable", "0.123456", "")
	steps("prog", "progressive", "amount", "0", "1", "10", "0.95", "100", "0.9")
	steps("reach", "reached", "amount", "0", "1.1", "20", "1.05", "200", "0.8")
	steps("per", "reached", "quantity", "0", "0.5", "100", "0.333")
	steps("qty", "progressive", "quantity", "0", "0.0000001", "1000", "0.00000005")
}

// Every record of a month priced by every method is explained, and each explanation comes to the charge in the books.
func TestExplainAgreesWithTheBooks(t *testing.T) {
	records := 700
	if raceEnabled {
		records = 250
	}
	m := newMonth(t, bsstest.Options{Seed: 7, Customers: 6, Records: records, Months: 1, Resellers: 1}, nil)
	m.price(m.cfg.Pricing, func(b *pricing.Book) { everyMethod(t, b) })
	m.run(RunOptions{})
	db := m.open()
	ctx := context.Background()

	rules := map[string]int{}
	var ids []string
	err := textRows(ctx, db, func(r []string) error {
		ids = append(ids, r[0])
		rules[r[1]]++
		return nil
	}, `select line_id, coalesce(rule_id, '') from settlement.lines where cycle = $1 and kind = 'record'
		union all select customer_id || '/' || reseller_id || '/' || record_key, 'unpriced' from settlement.unpriced where cycle = $1 order by 1`, testCycle)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d records, by rule %v", len(ids), rules)
	for _, rule := range []string{"disc", "unit", "prog", "reach", "qty", "per", "mark", "R-standard"} {
		if rules[rule] == 0 {
			t.Errorf("no record is priced by rule %s", rule)
		}
	}
	book, err := storedBook(ctx, db, testCycle)
	if err != nil {
		t.Fatal(err)
	}
	units, err := storedUnits(ctx, db, testCycle)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string][]pricing.Fee{}
	for i, id := range ids {
		var out bytes.Buffer
		e := &explainer{db: db, out: &out, cycle: testCycle}
		found, err := findRecords(ctx, db, testCycle, id)
		if err != nil || len(found) != 1 {
			t.Fatalf("%s: %d records, %v", id, len(found), err)
		}
		x, err := book.Price(&found[0].Fee, units, func(accounts []*pricing.Contract) ([]pricing.Fee, error) {
			key := accounts[0].Number
			if known[key] == nil {
				if known[key], err = accountFees(ctx, db, testCycle, false, accounts); err != nil {
					return nil, err
				}
			}
			return known[key], nil
		})
		if err != nil {
			t.Fatal(err)
		}
		lines, err := settledLines(ctx, db, testCycle, id)
		if err != nil {
			t.Fatal(err)
		}
		if err := e.verdict(ctx, &found[0], x, lines); err != nil {
			e.choice(x)
			e.price(x)
			t.Fatalf("%s: %v\n%s", id, err, out.String())
		}
		if i%50 == 0 { // the whole text too
			if err := e.explain(ctx, id); err != nil {
				t.Fatalf("%s: %v\n%s", id, err, out.String())
			}
		}
	}
}

// What is said of a record, of a refund, of an id that several records have, and of another workbook.
func TestExplainText(t *testing.T) {
	m := newMonth(t, bsstest.Options{Seed: 3, Customers: 3, Records: 200, Months: 1}, nil)
	m.run(RunOptions{Cycle: "2026-09"})
	if !raceEnabled { // one goroutine reads and writes there: the race detector learns nothing more
		explainsIssued(t, m)
	}
	m.price(m.cfg.Pricing, func(b *pricing.Book) {
		everyMethod(t, b)
		fee := pricing.Adjustment{ID: "fee", ContractNumber: b.Contracts[0].Number, FromCycle: "2026-01", ToCycle: "2026-12", Reason: "monthly fee", ApprovedBy: "finance"}
		if err := fee.Amount.SetText([]byte("12.5")); err != nil {
			t.Fatal(err)
		}
		b.Adjustments = append(b.Adjustments, fee)
	})
	m.run(RunOptions{})
	other := m.dir + "/other.xlsx"
	m.price(other, func(b *pricing.Book) {
		b.Rules[0].Method, b.Rules[0].Value = pricing.MethodFactor, ruleValue(t, "2")
	})
	t.Setenv("HUAWEICLOUD_SDK_AK", m.server.AK())
	t.Setenv("HUAWEICLOUD_SDK_SK", m.server.SK())
	settle := func(want int, args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		args = append([]string{"--config", m.dir + "/settle.yaml", "pricing", "explain", "--cycle", testCycle}, args...)
		if code := run(context.Background(), args, &out, &errs); code != want {
			t.Fatalf("exit %d, want %d\n%s%s", code, want, out.String(), errs.String())
		}
		return out.String() + errs.String()
	}
	expect := func(text string, patterns ...string) {
		t.Helper()
		for _, p := range patterns {
			if !regexp.MustCompile("(?m)" + p).MatchString(text) {
				t.Errorf("no %s in\n%s", p, text)
			}
		}
	}
	id := func(where string) string {
		t.Helper()
		return m.one("select min(line_id) from settlement.lines where cycle = '" + testCycle + "' and kind = 'record' and " + where)
	}

	discounted := id("rule_id = 'disc' and charge_amount > 0 and bill_detail_type = '5'")
	text := settle(0, discounted)
	expect(text, `^record      .* of 2026-10$`, `^customer    .*, a direct customer$`, `^when        consumed 2026-\d\d-\d\d \d\d:00:00 to .*, paid 2026-.* \(UTC\+8\)$`, `^what        service hws\.service\.type\.dcs \(.*\)`, `^priced on   2026-10-\d\d: `,
		`^  >  C-\w+ +party P-\w+, price plan standard, valid 2020-01-01 on +yes: it is valid on 2026-10-`,
		`^  >  disc +priority 10, discount 0\.05 of official +yes: it matches$`, `^     R-standard +priority 1000, pass_through of payable +no: it matches too, but disc comes first$`,
		`^price       official [\d.]+ × \(1 − 0\.05\) = [\d.]+`, `^tax         tax code cloud \(the contract's\): 6 % since 2020-01-01; the contract's prices are without tax`,
		`^charge      \d`, `^books       charge [\d.]+, without tax [\d.]+, tax code cloud, rule disc; `)
	expect(settle(0, "--pricing", other, discounted), `^contracts   of .*other\.xlsx, of this customer`, `^price       payable [\d.]+ × 2 = `, `^difference  -?[\d.]+ with .*other\.xlsx$`)
	expect(settle(0, id("rule_id = 'prog' and bill_detail_type = '5'")), `rule prog of contract \S+: \d+ earlier records of the month come to [\d.]+ of payable, this one is`, `the record is charged the difference, `)
	expect(settle(0, id("rule_id = 'reach'")), `reaches the step from \d+, value `)
	expect(settle(0, id("rule_id = 'unit'")), `^price       used \d+ GBs; to pay for: \d+$`, `\d+ ÷ 3600 × 0\.0012345678 = [\d.]+ \(the price is per GBh, which is 3600 GBs\)$`)
	expect(settle(0, id("origin_cycle is not null")), `^refund      of .*, settled in 2026-(09|10): its terms count, not the rules of today$`)

	expect(settle(0, "adjustment/fee"), `^line        adjustment/fee: adjustment of contract C-\w+, party P-\w+$`, `^why         monthly fee$`, `^books       charge 12\.5, `)

	customer, _, _ := strings.Cut(discounted, "/")
	resource := m.one("select resource_id from source.consumption_records where cycle = ? and customer_id = ? group by 1 having count(*) > 1 order by 1 limit 1", testCycle, customer)
	expect(settle(2, resource), `^line id +service +resource +time +payable$`, `means (more than )?\d+ records of 2026-10; name one by its line id`)
	expect(settle(2, "no\x1b[2Jthing"), `there is no record .*thing.* in 2026-10; settle query`)
	if strings.ContainsRune(settle(2, "no\x1b[2Jthing"), '\x1b') {
		t.Error("an escape sequence came through")
	}
	expect(settle(2, "--pricing", m.dir+"/settle.yaml", discounted), `--pricing .*: this is not an \.xlsx workbook; open it in`)
}

// A statement that was issued is explained from the pull that it was issued from, although the tables hold a newer one; what
// the newer one changed is booked in 2026-10, in a line that both pulls prove.
func explainsIssued(t *testing.T, m *month) {
	t.Helper()
	const issued = "2026-09"
	customer := m.one("select min(customer_id) from settlement.lines where cycle = ? and kind = 'record' and reseller_id = ''", issued)
	party := m.one("select party_id from settlement.account_owners where cycle = ? and customer_id = ? limit 1", issued, customer)
	m.change(load.StateIssued, issued, "", party)
	no := m.one("select statement_no from settlement.statements where cycle = ? and party_id = ?", issued, party)
	before := m.wants(t, 0, []string{"explain", no, "1"}, `^statement +`+regexp.QuoteMeta(no)+` of `, `issued on 20`, `^raw +\{`)
	m.world.Plant(bsstest.Plant{Kind: bsstest.LateChange, CustomerID: customer, Cycle: issued, Amount: "9.99"})
	m.run(RunOptions{Cycle: issued, Customers: []string{customer}})
	after := m.wants(t, 0, []string{"explain", no, "1"}, `the tables hold a newer pull of this window`)
	raw := regexp.MustCompile(`(?m)^raw .*$`)
	if raw.FindString(before) != raw.FindString(after) {
		t.Errorf("the issued line is proved by another text:\n%s\n%s", raw.FindString(before), raw.FindString(after))
	}
	m.run(RunOptions{})
	mark := m.one(`select y.short_code || '-' || s.cycle || '-R' || s.revision || ' ' || s.line_no from settlement.statement_lines as s
		inner join settlement.parties as y on y.cycle = s.cycle and y.party_id = s.party_id where s.cycle = '2026-10' and s.kind = 'prior_period' and s.party_id = ? limit 1`, party)
	name, line, _ := strings.Cut(mark, " ")
	text := m.wants(t, 0, []string{"explain", name, line}, `^change +line .* of 2026-09: changed$`, `^as issued$`, `^now$`)
	if raws := regexp.MustCompile(`(?m)^raw .*$`).FindAllString(text, -1); len(raws) != 2 || raws[0] == raws[1] {
		t.Errorf("the change is proved by %d texts:\n%s", len(raws), strings.Join(raws, "\n"))
	}
}
