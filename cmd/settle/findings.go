package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
	"github.com/spf13/cobra"

	"settle/extract"
	sqlfiles "settle/sql"
)

func (a *app) findingsCommand() *cobra.Command {
	var which findingFilter
	var cycle, reason, file string
	c := &cobra.Command{
		Use:   "findings [list | show ID | explain ID | resolve ID... --reason TEXT | resolve --from FILE | export FILE]",
		Short: "List, explain and export what the checks found; accept findings with a recorded reason",
		Long: `findings lists the differences that the checks found, of the newest snapshot, blocking ones first; those that closed by themselves
only with --status closed. The flags narrow it, and each takes several values: --check 06,07 --status new,open.

show prints one whole, with what to do about it. explain goes on to what it rests on: records, package, page and raw text, with the
hashes that prove them (the same as settle explain ID). export writes the list to FILE.csv, FILE.json or FILE.xlsx.

resolve accepts findings: the reason, the time and the user go into the journal, and from the next run on (--offline included) such a
finding does not park its party any more, as long as it says the same. With --from FILE the reasons come out of the column 处理备注
of the sheet 差异明细 of a reconciliation workbook, or of an exported list, that you have filled in. Nothing is accepted unless every row is right.

Exit codes: 0 done, 1 failed, 2 misused (flags, config, FILE, an id that does not exist).`,
		Example: `  settle findings --cycle 2026-10 --severity B --status new,open
  settle findings resolve 0f3a9c1e2b4d5a67 8c1e2b4d5a670f3a --reason "vendor confirmed on 5 November"
  settle findings resolve --from reports/2026-10/reconciliation-2026-10.xlsx`,
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := a.loadConfig()
			if err != nil {
				return err
			}
			if which.cycle = ""; cycle != "" {
				month, err := resolveCycle(cycle, a.now())
				if err != nil {
					return misused(err)
				}
				which.cycle = string(month)
			}
			if err := which.check(); err != nil {
				return err
			}
			db, err := openCurrent(cmd.Context(), cfg)
			if err != nil {
				return err
			}
			defer func() { _ = db.Close() }()
			ctx := cmd.Context()
			if err := which.known(ctx, db); err != nil {
				return err
			}
			switch verb, rest := verbOf(args); {
			case verb == "list" && len(rest) == 0:
				return a.listFindings(ctx, db, which)
			case verb == "show" && len(rest) == 1:
				return a.showFinding(ctx, db, rest[0])
			case verb == "explain" && len(rest) == 1:
				return newTracer(a, cfg, db).finding(ctx, rest[0])
			case verb == "export" && len(rest) == 1:
				return a.exportFindings(ctx, db, which, rest[0])
			case verb == "resolve" && file != "" && len(rest) == 0:
				return a.resolveFile(ctx, cfg, db, file, reason)
			case verb == "resolve" && file == "" && len(rest) > 0:
				return a.resolveFindings(ctx, cfg, db, rest, reason)
			}
			return misused(fmt.Errorf("findings %s: write list, show ID, explain ID, resolve ID... --reason TEXT, resolve --from FILE, or export FILE", quoted(cut(strings.Join(args, " "), 60))))
		},
	}
	f := c.Flags()
	f.StringVar(&cycle, "cycle", "", "only this billing cycle: `YYYY-MM`, previous or current")
	f.StringSliceVar(&which.checks, "check", nil, "only these checks, by `NUMBER`")
	f.StringSliceVar(&which.parties, "party", nil, "only these parties, by party_id or short_code `ID`")
	f.StringSliceVar(&which.customers, "customer", nil, "only these customers, by `ID`")
	f.StringSliceVar(&which.severities, "severity", nil, "only these: `B` blocks, W warns, I informs")
	f.StringSliceVar(&which.statuses, "status", nil, "only these `STATES`: new, open, explained, resolved, closed")
	f.StringSliceVar(&which.codes, "code", nil, "only these reason `CODES`, for example truncation")
	f.StringVar(&reason, "reason", "", "resolve: why the findings are accepted; `TEXT` for the journal and the auditor")
	f.StringVar(&file, "from", "", "resolve: the edited workbook `FILE` with the reasons")
	return c
}

func verbOf(args []string) (verb string, rest []string) {
	if len(args) == 0 {
		return "list", nil
	}
	return args[0], args[1:]
}

// findingFilter narrows the list; nil or empty takes all.
type findingFilter struct {
	cycle                                                   string
	checks, parties, customers, severities, statuses, codes []string
}

var (
	findingSeverities = []string{"B", "W", "I"}
	findingStates     = []string{"new", "open", "explained", "resolved", "closed"}
)

// check refuses values that no finding can have: an empty list must not look like good news.
func (f *findingFilter) check() error {
	for i := range f.severities {
		if f.severities[i] = strings.ToUpper(f.severities[i]); !slices.Contains(findingSeverities, f.severities[i]) {
			return misused(fmt.Errorf("--severity %s is none; write %s", quoted(cut(f.severities[i], 20)), strings.Join(findingSeverities, ", ")))
		}
	}
	for _, s := range f.statuses {
		if !slices.Contains(findingStates, s) {
			return misused(fmt.Errorf("--status %s is none; write %s", quoted(cut(s, 20)), strings.Join(findingStates, ", ")))
		}
	}
	for i, n := range f.checks {
		if len(n) == 1 {
			f.checks[i] = "0" + n
		}
		if check, err := checkNumbered(f.checks[i]); err != nil {
			return err
		} else if check == nil {
			return misused(fmt.Errorf("--check %s is none; write %s", quoted(cut(n, 20)), checkNumbers()))
		}
	}
	for _, c := range f.codes {
		if !slices.Contains(sqlfiles.ReasonCodes, c) {
			return misused(fmt.Errorf("--code %s is none; write %s", quoted(cut(c, 30)), strings.Join(sqlfiles.ReasonCodes, ", ")))
		}
	}
	if f.cycle != "" {
		if _, err := extract.ParseCycle(f.cycle); err != nil {
			return misused(err)
		}
	}
	return nil
}

// checkNumbers lists the numbers of the checks that there are.
func checkNumbers() string {
	all, err := sqlfiles.Checks()
	if err != nil {
		return "the number of a check" // embedded files: the tests read them
	}
	numbers := make([]string, len(all))
	for i, c := range all {
		numbers[i] = c.Number
	}
	return strings.Join(numbers, ", ")
}

// known refuses parties and customers that the snapshot has never heard of, for the same reason.
func (f *findingFilter) known(ctx context.Context, db *sql.DB) error {
	for _, look := range []struct {
		flag, what string
		asked      []string
		query      string
	}{
		{"--party", "party", f.parties, `select coalesce(y.short_code, ''), y.party_id from settlement.parties as y union select '', x.party_id from recon.finding_list as x where x.party_id is not null order by 1, 2`},
		{"--customer", "customer", f.customers, `select '', c.customer_id from source.customers as c where c.customer_id is not null union select '', x.customer_id from recon.finding_list as x where x.customer_id is not null order by 2`},
	} {
		if len(look.asked) == 0 {
			continue
		}
		known, names := map[string]bool{}, []string{}
		err := textRows(ctx, db, func(r []string) error {
			name := r[0]
			if name == "" {
				name = r[1]
			}
			if !known[r[1]] && !known[name] {
				names = append(names, name)
			}
			known[r[0]], known[r[1]] = true, true
			return nil
		}, look.query)
		if err != nil {
			return fmt.Errorf("findings: %w", err)
		}
		for _, name := range look.asked {
			if name == "" || !known[name] {
				return misused(fmt.Errorf("%s %s: the snapshot has no such %s; write %s", look.flag, quoted(cut(name, 40)), look.what, someOf(names)))
			}
		}
	}
	return nil
}

// someOf lists names as long as a reader looks at them.
func someOf(names []string) string {
	const most = 20
	switch {
	case len(names) == 0:
		return "none: it has no one yet"
	case len(names) > most:
		return fmt.Sprintf("one of %s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return "one of " + strings.Join(names, ", ")
}

// keeps says whether a finding is one of those asked for. Closed ones must be asked for.
func (f *findingFilter) keeps(x *findingRow) bool {
	in := func(all []string, values ...string) bool {
		return len(all) == 0 || slices.ContainsFunc(values, func(v string) bool { return v != "" && slices.Contains(all, v) })
	}
	return (f.cycle == "" || x.cycle == f.cycle) && in(f.checks, x.check) && in(f.parties, x.party, x.shortCode) && in(f.customers, x.customer) &&
		in(f.severities, x.severity) && in(f.codes, x.code) && in(f.statuses, x.status) && (len(f.statuses) > 0 || x.status != "closed")
}

// findingRow is a row of recon.finding_list; what is NULL is empty.
type findingRow struct {
	id, check, title, severity, cycle, party, shortCode, customer, reseller, subject, expected, actual, difference, tolerance, status string
	code, reason, detail, owner, action, resolution, firstSeen, ageDays, ageBucket, closedAt, closedBy, run                           string
	says                                                                                                                              string // what a resolution is of
}

// fields are the texts of a finding in the order of findingColumns.
func (f *findingRow) fields() []*string {
	return []*string{
		&f.id, &f.check, &f.title, &f.severity, &f.cycle, &f.party, &f.shortCode, &f.customer, &f.reseller, &f.subject, &f.expected, &f.actual, &f.difference, &f.tolerance,
		&f.status, &f.code, &f.reason, &f.detail, &f.owner, &f.action, &f.resolution, &f.firstSeen, &f.ageDays, &f.ageBucket, &f.closedAt, &f.closedBy, &f.run, &f.says,
	}
}

const findingSelect = `f.finding_id, f.check_id, f.title, f.severity, f.cycle, f.party_id, y.short_code, f.customer_id, f.reseller_id, f.subject, f.expected, f.actual, f.difference, f.tolerance,
	f.status, f.reason_code, f.reason, f.detail, f.owner, f.action, f.resolution, f.first_seen, f.age_days, f.age_bucket, f.closed_at, f.closed_by_run, f.run_id, f.says`

// readFindings reads the findings of a cycle ("" = all), or the one of an id, as recon.finding_list has them.
func readFindings(ctx context.Context, db *sql.DB, cycle, id string) ([]findingRow, error) {
	var all []findingRow
	columns := strings.Split(findingSelect, ",")
	for i, c := range columns {
		columns[i] = "coalesce(cast(" + strings.TrimSpace(c) + " as varchar), '')"
	}
	err := textRows(ctx, db, func(t []string) error {
		var f findingRow
		for i, to := range f.fields() {
			*to = t[i]
		}
		f.difference, f.tolerance = plainDecimal(f.difference), plainDecimal(f.tolerance)
		all = append(all, f)
		return nil
	}, "select "+strings.Join(columns, ", ")+` from recon.finding_list as f
		left join settlement.parties as y on y.cycle = f.cycle and y.party_id = f.party_id
		where ($1 = '' or f.cycle = $1) and ($2 = '' or f.finding_id = $2)
		order by f.cycle desc, case f.status when 'new' then 1 when 'open' then 1 when 'explained' then 3 when 'resolved' then 2 else 4 end,
			case f.severity when 'B' then 1 when 'W' then 2 else 3 end, f.check_id, coalesce(f.party_id, f.customer_id, ''), f.subject, f.finding_id`, cycle, id)
	if err != nil {
		return nil, fmt.Errorf("findings: %w; where the snapshot was made by an older version, settle run --offline makes a new one", err)
	}
	return all, nil
}

// oneFinding reads a finding by its id.
func oneFinding(ctx context.Context, db *sql.DB, id string) (*findingRow, error) {
	if id == "" {
		return nil, misused(errors.New("a finding id is needed; settle findings lists them"))
	}
	all, err := readFindings(ctx, db, "", id)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, misused(fmt.Errorf("finding %s: there is none of that id; settle findings lists them", quoted(cut(id, 40))))
	}
	return &all[0], nil
}

func (a *app) listFindings(ctx context.Context, db *sql.DB, which findingFilter) error {
	all, err := readFindings(ctx, db, which.cycle, "")
	if err != nil {
		return err
	}
	t := table{head: []string{"id", "cycle", "", "check", "of", "what", "found", "difference", "state", "days"}, right: []int{7, 9}}
	count := map[string]int{}
	total := map[string]decimal.Decimal{}
	n := 0
	for i := range all {
		f := &all[i]
		if !which.keeps(f) {
			continue
		}
		n++
		of := f.shortCode
		for _, other := range []string{f.party, f.customer, "-"} {
			if of == "" {
				of = other
			}
		}
		t.add(f.id, f.cycle, f.severity, f.check, cut(of, 20), cut(f.subject, 70), cut(f.actual, 50), f.difference, f.status, f.ageDays)
		if f.status == "new" || f.status == "open" {
			count[f.severity]++
			if d, err := decimal.NewFromString(f.difference); err == nil {
				total[f.severity] = total[f.severity].Add(d.Abs())
			}
		}
	}
	t.print(a.stdout, "")
	a.print("%s\n", listedFindings(n, count, total))
	return nil
}

func listedFindings(n int, count map[string]int, total map[string]decimal.Decimal) string {
	var parts []string
	for _, s := range []struct{ severity, words string }{{"B", "blocking"}, {"W", "warning"}, {"I", "for information"}} {
		if c := count[s.severity]; c > 0 {
			part := fmt.Sprintf("%d open %s", c, s.words)
			if sum := total[s.severity]; !sum.IsZero() {
				part += fmt.Sprintf(" (differences of %s in all)", sum)
			}
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		parts = []string{"none open"}
	}
	return fmt.Sprintf("%d %s: %s", n, plural(n, "finding", "findings"), strings.Join(parts, ", "))
}

func (a *app) showFinding(ctx context.Context, db *sql.DB, id string) error {
	f, err := oneFinding(ctx, db, id)
	if err != nil {
		return err
	}
	f.print(a.stdout)
	return nil
}

// print writes every field that says something.
func (f *findingRow) print(out io.Writer) {
	t := table{}
	for _, r := range [][2]string{
		{"finding", f.id}, {"check", f.check + " " + f.title}, {"state", f.severity + ", " + f.status + ", " + f.ageDays + " days"}, {"cycle", f.cycle},
		{"party", joined(f.shortCode, f.party)}, {"customer", f.customer}, {"reseller", f.reseller}, {"what", f.subject}, {"expected", f.expected}, {"found", f.actual},
		{"difference", f.difference}, {"tolerance", f.tolerance}, {"why", f.why()}, {"detail", f.detail}, {"who", f.owner}, {"what to do", f.action},
		{"accepted", f.resolution}, {"first seen", businessTime(f.firstSeen) + " (UTC+8)"}, {"closed", f.closing()}, {"found by run", f.run},
	} {
		if r[1] != "" {
			t.add(r[0], r[1])
		}
	}
	t.print(out, "")
}

// why is the reason after its code; a reason that opens with the code does not say it twice.
func (f *findingRow) why() string {
	for _, code := range []string{f.code, strings.ReplaceAll(f.code, "_", " ")} {
		if rest, ok := strings.CutPrefix(f.reason, code+": "); ok && code != "" {
			return joined(f.code, rest)
		}
	}
	return joined(f.code, f.reason)
}

func (f *findingRow) closing() string {
	if f.closedAt == "" {
		return ""
	}
	return businessTime(f.closedAt) + " (UTC+8) by run " + f.closedBy + ", which did not find it any more"
}

// joined writes "a: b", or the one that is there.
func joined(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + ": " + b
}
