package main

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"
)

// mostRecords bounds the records that are listed without --all.
const mostRecords = 15

// document is a statement, issued or not.
type document struct {
	number, cycle, party, name, shortCode, revision, status string
	issuedAt, issuedBy, path, sha256                        string // of an issued one
	asOf                                                    string // run that issued it
}

// statement explains a line of a statement.
func (t *tracer) statement(ctx context.Context, no, line string) error {
	d, err := t.document(ctx, no)
	if err != nil {
		return err
	}
	t.cycle = d.cycle
	t.line("statement   %s of %s (party %s), month %s, revision %s, %s", cmp.Or(d.number, d.mark()), d.name, d.party, d.cycle, d.revision, d.status)
	if d.number != "" {
		t.line("            issued on %s (UTC+8) by %s", businessTime(d.issuedAt), d.issuedBy)
		if d.path != "" {
			t.line("file        %s", filepath.Join(t.cfg.Reports, d.path))
			t.line("            SHA-256 %s", d.sha256)
		}
	}
	if n, err := strconv.Atoi(line); err == nil && len(line) < 7 {
		return t.printedLine(ctx, d, n)
	}
	return t.sourceRow(ctx, d, line)
}

// mark is what a draft shows in place of its number.
func (d *document) mark() string { return d.shortCode + "-" + d.cycle + "-R" + d.revision }

func (t *tracer) document(ctx context.Context, no string) (*document, error) {
	var found []*document
	err := textRows(ctx, t.db, func(r []string) error {
		found = append(found, &document{r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9], r[10], r[11]})
		return nil
	}, `select coalesce(s.statement_no, ''), s.cycle, s.party_id, coalesce(y.name, ''), coalesce(y.short_code, ''), cast(s.revision as varchar), s.status,
			coalesce(cast(d.issued_at as varchar), ''), coalesce(d.issued_by, ''), coalesce(d.path, ''), coalesce(d.sha256, ''), coalesce(d.run_id, '')
		from settlement.statements as s
		left join settlement.parties as y on y.cycle = s.cycle and y.party_id = s.party_id
		left join ops.documents as d on d.kind = 'statement' and d.document_no = s.statement_no
		where s.statement_no = $1 or y.short_code || '-' || s.cycle || '-R' || cast(s.revision as varchar) = $1
		order by s.cycle, s.party_id`, no)
	if err != nil {
		return nil, fmt.Errorf("look for statement %s: %w", quoted(cut(no, 60)), err)
	}
	if len(found) == 0 {
		return nil, misused(fmt.Errorf(`there is no statement %s; settle query "select statement_no, cycle, party_id, revision from settlement.statements" lists them`, quoted(cut(no, 60))))
	}
	return found[0], nil
}

// printed is a printed line.
type printedLine struct {
	no, kind, customer, reseller, service, serviceName, region, regionName, mode, billType, rule, taxCode, taxRate, includesTax string
	official, discount, truncated, payable, exact, settled, excl, tax, incl, records, note, origin                              string
}

var printedColumns = []string{
	"line_no", "kind", "customer_id", "reseller_id", "service_type_code", "service_type_name", "region_code", "region_name", "charging_mode", "bill_detail_type", "rule_id", "tax_code", "tax_rate",
	"amounts_include_tax", "official_amount", "discount_amount", "truncated_amount", "payable_amount", "exact_amount", "settled_amount", "amount_excl_tax", "tax_amount", "amount_incl_tax", "record_count",
	"note", "origin_cycle",
}

func (t *tracer) printedLine(ctx context.Context, d *document, n int) error {
	var l *printedLine
	err := textRows(ctx, t.db, func(r []string) error {
		l = &printedLine{r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9], r[10], r[11], r[12], r[13], r[14], r[15], r[16], r[17], r[18], r[19], r[20], r[21], r[22], r[23], r[24], r[25]}
		return nil
	}, "select "+asText("s.", printedColumns)+" from settlement.statement_lines as s where s.cycle = $1 and s.party_id = $2 and cast(s.revision as varchar) = $3 and s.line_no = $4", d.cycle, d.party, d.revision, n)
	if err != nil {
		return fmt.Errorf("look for line %d: %w", n, err)
	}
	if l == nil {
		last := ""
		if err := textRows(ctx, t.db, func(r []string) error { last = r[0]; return nil },
			"select cast(coalesce(max(s.line_no), 0) as varchar) from settlement.statement_lines as s where s.cycle = $1 and s.party_id = $2 and cast(s.revision as varchar) = $3", d.cycle, d.party, d.revision); err != nil {
			return err
		}
		return misused(fmt.Errorf("statement %s has no line %d; its lines are 1 to %s, as on the sheet 分产品 By service", cmp.Or(d.number, d.mark()), n, last))
	}
	t.figures(l)
	if l.kind == "rounding" {
		return t.rounding(ctx, d, l)
	}
	behind, err := t.behind(ctx, d, l)
	if err != nil {
		return err
	}
	return t.records(ctx, d, l, behind)
}

// figures are the line's own.
func (t *tracer) figures(l *printedLine) {
	t.line("line        %s: %s", l.no, strings.ReplaceAll(l.kind, "_", " "))
	t.line("            %s", listed("customer", l.customer, "", "reseller", l.reseller, "", "service", l.service, l.serviceName, "region", l.region, l.regionName))
	t.line("            %s", listed("charging mode", l.mode, "", "bill type", l.billType, "", "rule", l.rule, "", "month", l.origin, "", "tax code", l.taxCode, ""))
	if l.note != "" {
		t.line("note        %s", l.note)
	}
	t.line("vendor      official %s − discount %s − truncated %s = payable %s", plainDecimal(l.official), plainDecimal(l.discount), plainDecimal(l.truncated), plainDecimal(l.payable))
	if l.kind != "rounding" {
		t.line("settled     %s, rounded half away from zero to %s", plainDecimal(l.exact), l.settled)
	}
	basis := "the contract's prices are without tax"
	if l.includesTax == "true" {
		basis = "the contract's prices include tax"
	}
	t.line("printed     without tax %s, tax %s, with tax %s (rate %s; %s)", l.excl, l.tax, l.incl, plainDecimal(l.taxRate), basis)
	t.line("            the tax is computed on the total of its group (tax code, rate and basis); a line's is what the group's grows by with it")
}

// behindLine is a line of settlement.lines that a printed line sums up.
type behindLine struct {
	id, kind, recordKey, when, resource, official, payable, charge, rule, origin, note, workbook string
	place                                                                                        place
}

// behind reads the lines that a printed line groups, as 510_settlement.statement_lines does. An adjustment and a shortfall stand by
// themselves: the nth printed is the nth.
func (t *tracer) behind(ctx context.Context, d *document, l *printedLine) ([]behindLine, error) {
	var all []behindLine
	err := textRows(ctx, t.db, func(r []string) error {
		all = append(all, behindLine{r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9], r[10], r[11], place{number(r[12]), number(r[13]), d.asOf}})
		return nil
	}, `with grouped as (
			select l.*, case when l.kind in ('adjustment', 'commitment') then row_number() over (
				partition by l.kind order by l.customer_id nulls last, l.reseller_id nulls last, l.tax_code, l.tax_rate, l.amounts_include_tax, l.origin_cycle nulls last, l.line_id) end as nth
			from settlement.lines as l
			where l.cycle = $1 and l.party_id = $2 and cast(l.revision as varchar) = $3 and l.kind = $4
		), place as (
			select row_number() over (partition by s.kind order by s.line_no) as nth, s.*
			from settlement.statement_lines as s where s.cycle = $1 and s.party_id = $2 and cast(s.revision as varchar) = $3 and s.kind = $4
		)
		select `+asText("l.", []string{"line_id", "kind", "record_key"})+`, coalesce(cast(l.consume_date as varchar), ''), `+
		asText("l.", []string{"resource_id", "official_amount", "payable_amount", "charge_amount", "rule_id", "origin_cycle", "note", "pricing_hash", "window_id", "row_no"})+`
		from grouped as l
		inner join place as s on s.line_no = $5
			and s.customer_id is not distinct from l.customer_id and s.reseller_id is not distinct from l.reseller_id
			and s.tax_code is not distinct from l.tax_code and s.tax_rate is not distinct from l.tax_rate and s.amounts_include_tax is not distinct from l.amounts_include_tax
		where case
			when l.kind in ('adjustment', 'commitment') then l.nth = s.nth
			when l.kind = 'prior_period' then s.origin_cycle is not distinct from l.origin_cycle
			else s.service_type_code is not distinct from l.service_type_code and s.region_code is not distinct from l.region_code and s.charging_mode is not distinct from l.charging_mode
				and s.bill_detail_type is not distinct from l.bill_detail_type and s.rule_id is not distinct from case when coalesce(l.rule_withheld, false) then null else l.rule_id end
		end
		order by abs(l.charge_amount) desc, l.line_id`, d.cycle, d.party, d.revision, l.kind, number(l.no))
	if err != nil {
		return nil, fmt.Errorf("read what stands behind line %s: %w", l.no, err)
	}
	return all, nil
}

// records lists what stands behind a line, holds its sum against the line, and proves the largest.
func (t *tracer) records(ctx context.Context, d *document, l *printedLine, behind []behindLine) error {
	var sum decimal.Decimal
	for _, b := range behind {
		charge, err := decimal.NewFromString(b.charge)
		if err != nil {
			return fmt.Errorf("line %s: charge: %w", b.id, err)
		}
		sum = sum.Add(charge)
	}
	t.line("")
	t.line("behind it   %d %s, charges of %s in all", len(behind), plural(len(behind), "line", "lines"), sum)
	if exact, err := decimal.NewFromString(l.exact); err != nil || !exact.Equal(sum) || l.records != strconv.Itoa(len(behind)) {
		return fmt.Errorf("the statement says %s lines with %s for line %s; settle run --offline settles the month again, and if this stays, report it", l.records, plainDecimal(l.exact), l.no)
	}
	shown := behind
	if !t.all && len(shown) > mostRecords {
		shown = shown[:mostRecords]
	}
	list := table{head: []string{"day", "resource", "rule", "payable", "charge", "source row"}, right: []int{3, 4}}
	for _, b := range shown {
		list.add(b.when, cut(b.resource, 40), b.rule, plainDecimal(b.payable), plainDecimal(b.charge), cmp.Or(b.recordKey, b.id))
	}
	list.print(t.out, "  ")
	if more := len(behind) - len(shown); more > 0 {
		t.line("  and %d smaller %s; --all lists them", more, plural(more, "one", "ones"))
	}
	if err := t.files(ctx, behind); err != nil {
		return err
	}
	if len(behind) == 0 {
		return nil
	}
	t.line("")
	if len(behind) > 1 {
		t.line("the largest of them; settle explain %s SOURCE_ROW explains another", cmp.Or(d.number, d.mark()))
	}
	return t.one(ctx, &behind[0])
}

// files lists the packages that the lines came in, each once.
func (t *tracer) files(ctx context.Context, behind []behindLine) error {
	seen := map[int64]bool{}
	list := table{head: []string{"package", "rows", "SHA-256"}, right: []int{1}}
	for _, b := range behind {
		if b.place.windowID == 0 || seen[b.place.windowID] {
			continue
		}
		seen[b.place.windowID] = true
		o, err := t.origin(ctx, b.place)
		if err != nil {
			return err
		}
		a, err := t.packages()
		if err != nil {
			return err
		}
		m, file, err := a.Find(o.manifest)
		if err != nil {
			list.add(o.manifest.Window+", run "+o.manifest.RunID, "", err.Error())
			continue
		}
		list.add(file, strconv.FormatInt(m.Rows, 10), m.Body)
	}
	if len(seen) > 0 {
		t.line("")
		list.print(t.out, "  ")
	}
	return nil
}

// one explains a line of settlement.lines: how it is priced, and where its record came from.
func (t *tracer) one(ctx context.Context, b *behindLine) error {
	t.line("workbook    %s", filepath.Join(t.cfg.Data, "journal", "pricing", b.workbook+".xlsx"))
	if err := t.explain(ctx, b.id); err != nil {
		return err
	}
	if b.kind == "prior_period" {
		return t.prior(ctx, b)
	}
	if b.place.windowID == 0 {
		return nil // an adjustment, a shortfall: the workbook is where it came from
	}
	t.line("")
	return t.prove(ctx, b.place)
}

// prior shows what became of a line of an issued month: as it was issued, as it comes out now, and the record in both pulls.
func (t *tracer) prior(ctx context.Context, b *behindLine) error {
	var before, now place
	seen := false
	err := textRows(ctx, t.db, func(r []string) error {
		seen = true
		t.line("")
		t.line("change      line %s of %s: %s", r[0], b.origin, r[1])
		t.line("            payable %s as issued, %s now; charge %s as issued, %s now", plainDecimal(r[2]), plainDecimal(r[3]), plainDecimal(r[4]), plainDecimal(r[5]))
		before, now = place{number(r[6]), number(r[7]), r[8]}, place{windowID: number(r[9]), rowNo: number(r[10])}
		return nil
	}, "select "+asText("", []string{"x.line_id", `x."change"`, "x.issued_payable_amount", "x.new_payable_amount", "x.issued_charge_amount", "x.new_charge_amount", "i.window_id", "i.row_no", "d.run_id", "r.window_id", "r.row_no"})+`
		from settlement.lines as l
		inner join settlement.restatements as x on x.cycle = l.origin_cycle and x.party_id = l.party_id and x.line_id = l.origin_line_id
		left join settlement.lines as i on i.cycle = x.cycle and i.party_id = x.party_id and i.line_id = x.line_id and i.revision = x.revision
		left join ops.documents as d on d.kind = 'statement' and d.cycle = x.cycle and d.party_id = x.party_id and d.revision = x.revision
		left join source.consumption_records as r on r.cycle = x.cycle and x.line_id = r.customer_id || '/' || r.reseller_id || '/' || r.record_key
		where l.cycle = $1 and l.line_id = $2 limit 1`, t.cycle, b.id)
	if err != nil {
		return fmt.Errorf("change of line %s: %w", b.id, err)
	}
	if !seen {
		t.line("change      taken back, or contained in a later revision of %s by now; the line books back what an earlier one had booked", b.origin)
		return nil
	}
	t.cycle = b.origin // where its packages are
	for _, side := range []struct {
		title string
		place place
	}{{"as issued", before}, {"now", now}} {
		if side.place.windowID == 0 {
			continue // no such line then, or none any more
		}
		t.line("")
		t.line("%s", side.title)
		if err := t.prove(ctx, side.place); err != nil {
			return err
		}
	}
	return nil
}

// sourceRow explains one line of a statement by its source row.
func (t *tracer) sourceRow(ctx context.Context, d *document, key string) error {
	var found []behindLine
	err := textRows(ctx, t.db, func(r []string) error {
		found = append(found, behindLine{id: r[0], recordKey: r[1], workbook: r[2], place: place{number(r[3]), number(r[4]), d.asOf}, kind: r[5], origin: r[6]})
		return nil
	}, "select "+asText("l.", []string{"line_id", "record_key", "pricing_hash", "window_id", "row_no", "kind", "origin_cycle"})+` from settlement.lines as l
		where l.cycle = $1 and l.party_id = $2 and cast(l.revision as varchar) = $3 and (l.record_key = $4 or l.line_id = $4) order by l.line_id limit 20`, d.cycle, d.party, d.revision, key)
	if err != nil {
		return fmt.Errorf("look for source row %s: %w", quoted(cut(key, 80)), err)
	}
	switch len(found) {
	case 0:
		return misused(fmt.Errorf("statement %s has no line or source row %s; take the number of a line from the sheet 分产品 By service, or the source row from 消费明细 Detail", cmp.Or(d.number, d.mark()), quoted(cut(key, 80))))
	case 1:
		return t.one(ctx, &found[0])
	}
	var ids []string
	for _, f := range found {
		ids = append(ids, f.id)
	}
	return misused(fmt.Errorf("source row %s stands %d times on the statement; name one of %s", quoted(cut(key, 80)), len(found), strings.Join(ids, ", ")))
}

// rounding explains a rounding line by its tax group.
func (t *tracer) rounding(ctx context.Context, d *document, l *printedLine) error {
	return textRows(ctx, t.db, func(r []string) error {
		t.line("rounding    the %s lines of tax code %s at %s come to %s exactly, which is %s to the cent", r[0], l.taxCode, plainDecimal(l.taxRate), plainDecimal(r[1]), r[2])
		t.line("            printed line by line they come to %s; this line is the difference, %s", r[3], l.settled)
		return nil
	}, `select cast(count(*) as varchar), cast(sum(s.exact_amount) as varchar), cast(cast(round(sum(s.exact_amount), 2) as decimal(38, 2)) as varchar), cast(cast(sum(s.settled_amount) as decimal(38, 2)) as varchar)
		from settlement.statement_lines as s
		where s.cycle = $1 and s.party_id = $2 and cast(s.revision as varchar) = $3 and s.kind <> 'rounding'
			and s.tax_code = $4 and cast(s.tax_rate as varchar) = $5 and cast(s.amounts_include_tax as varchar) = $6`, d.cycle, d.party, d.revision, l.taxCode, l.taxRate, l.includesTax)
}
