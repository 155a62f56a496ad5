package load

import (
	"context"
	"fmt"
	"slices"
	"strings"

	sqlfiles "settle/sql"
)

// Check runs the checks of a phase for the cycle in ops.params: it replaces their rows in recon.checks and recon.findings. A
// check whose inputs are absent is not_run with the reason, never pass. A finding keeps its id from run to run; it takes its
// resolution from ops.resolutions and the time it was first seen from ops.first_seen, else from the run.
func Check(ctx context.Context, tx Execer, phase string) error {
	checks, err := checksOf(phase)
	if err != nil {
		return fmt.Errorf("check: %w", err)
	}
	if _, err := tx.ExecContext(ctx, sqlfiles.Recon()); err != nil {
		return fmt.Errorf("check: schema recon: %w", err)
	}
	restore, err := joinAsWritten(ctx, tx)
	if err != nil {
		return fmt.Errorf("check: %w", err)
	}
	defer restore()
	return runChecks(ctx, tx, checks)
}

// checksOf are the checks of a phase; those of the workbooks, which run elsewhere, are named with those of the documents.
func checksOf(phase string) ([]sqlfiles.File, error) {
	checks, err := sqlfiles.Checks()
	return slices.DeleteFunc(checks, func(c sqlfiles.File) bool {
		return c.Phase != phase && (phase != sqlfiles.PhaseDocuments || c.Phase != sqlfiles.PhaseWorkbooks)
	}), err
}

// runChecks lets each check put its differences into one temporary table, from which a single statement then makes the findings:
// placing, naming and numbering them costs as much for one check as for all.
func runChecks(ctx context.Context, tx Execer, checks []sqlfiles.File) error {
	if err := forget(ctx, tx, checks); err != nil {
		return err
	}
	loaded, err := texts(ctx, tx, `select distinct w.dataset from ops.windows as w inner join ops.params as p on p.cycle = w.cycle where coalesce(w.skipped, '') = ''
		union select 'bandwidth_prices' from ops.bandwidth_rules where price is not null`)
	if err != nil {
		return fmt.Errorf("check: %w", err)
	}
	if _, err := tx.ExecContext(ctx, differences); err != nil {
		return fmt.Errorf("check: %w", err)
	}
	var ran, absent []string
	for _, c := range checks {
		if missing := missingInputs(c, loaded); missing != "" {
			absent = append(absent, values(c.Number, c.Title, c.Severity, c.Owner, missing))
			continue
		}
		if _, err := tx.ExecContext(ctx, "insert into check_differences by name select "+quote(c.Number)+" as check_id, found.* from (\n"+c.SQL+"\n) as found"); err != nil {
			return fmt.Errorf("check %s %s: %w", c.Number, c.Name, err)
		}
		ran = append(ran, values(c.Number, c.Title, c.Severity, c.Owner, c.Code, c.Action))
	}
	if absent != nil {
		if _, err := tx.ExecContext(ctx, fmt.Sprintf(notRun, strings.Join(absent, ", "))); err != nil {
			return fmt.Errorf("check: without input: %w", err)
		}
	}
	if ran == nil {
		return nil
	}
	for _, query := range []string{findings, verdicts} {
		if _, err := tx.ExecContext(ctx, fmt.Sprintf(query, strings.Join(ran, ", "))); err != nil {
			return fmt.Errorf("check: findings: %w", err)
		}
	}
	return nil
}

// values is a row of texts in SQL.
func values(all ...string) string {
	quoted := make([]string, len(all))
	for i, s := range all {
		quoted[i] = quote(s)
	}
	return "(" + strings.Join(quoted, ", ") + ")"
}

// forget drops what checks found in the cycle.
func forget(ctx context.Context, tx Execer, checks []sqlfiles.File) error {
	for _, table := range []string{"recon.findings", "recon.checks"} {
		if _, err := tx.ExecContext(ctx, "delete from "+table+" where check_id in ("+numbersOf(checks)+") and cycle = (select cycle from ops.params)"); err != nil {
			return fmt.Errorf("check: %w", err)
		}
	}
	return nil
}

// numbersOf lists checks as SQL texts.
func numbersOf(checks []sqlfiles.File) string {
	numbers := "''"
	for _, c := range checks {
		numbers += ", " + quote(c.Number)
	}
	return numbers
}

// missingInputs says what a check lacks, and the way to what only the user can give: datasets without a window in the cycle, or the workbooks that are not written yet.
func missingInputs(c sqlfiles.File, loaded []string) string {
	if c.Phase == sqlfiles.PhaseWorkbooks {
		return "it reads the workbooks when they are written; its result is in manifest.json beside them"
	}
	var missing []string
	for _, need := range c.Needs {
		if !slices.Contains(loaded, need) {
			missing = append(missing, need)
		}
	}
	if missing == nil {
		return ""
	}
	for i, need := range missing {
		switch need { // what no run brings of itself
		case "partner_bills":
			missing[i] += " (settle import partner-bill FILE --cycle YYYY-MM brings them in)"
		case "bandwidth_prices":
			missing[i] += " (set bandwidth.prices in the config)"
		}
	}
	return "no data of the cycle: " + strings.Join(missing, ", ")
}

// differences is what the checks of a phase find, before it is known whose it is. A column that a check does not have is NULL.
const differences = `create or replace temporary table check_differences (
  check_id varchar, severity varchar, party_id varchar, customer_id varchar, reseller_id varchar, subject varchar, expected varchar, actual varchar,
  difference decimal(38, 8), tolerance decimal(38, 8), explained boolean, reason_code varchar, reason varchar, detail varchar, owner varchar, action varchar)`

const notRun = `insert into recon.checks
select p.cycle, c.check_id, c.title, c.severity, 'not_run', c.reason, 0, 0, c.owner
from (values %s) as c (check_id, title, severity, owner, reason)
cross join ops.params as p`

// verdicts sums up the checks that ran. Each takes the severity of the worst difference that is open, so that a check that only warns does not look like one that
// blocks; where none is open, of the worst that was accepted, else that of the header.
const verdicts = `insert into recon.checks
select
  p.cycle, c.check_id, c.title,
  case coalesce(
    min(case f.severity when 'B' then 1 when 'W' then 2 else 3 end) filter (where not f.explained and f.resolution is null),
    min(case f.severity when 'B' then 1 when 'W' then 2 else 3 end) filter (where not f.explained)
  ) when 1 then 'B' when 2 then 'W' when 3 then 'I' else c.severity end,
  case when count(f.finding_id) filter (where not f.explained) = 0 then 'pass' else 'fail' end,
  null,
  count(f.finding_id) filter (where not f.explained),
  count(f.finding_id) filter (where f.explained),
  c.owner
from (values %s) as c (check_id, title, severity, owner, reason_code, action)
cross join ops.params as p
left join recon.findings as f on f.cycle = p.cycle and f.check_id = c.check_id
group by p.cycle, c.check_id, c.title, c.severity, c.owner`

// findings makes findings of what the checks found. A difference too large for its column is NULL, its two sides stand beside it as text.
//
// A finding that names only a customer belongs to the party that the customer's contracts of the cycle name (those under the
// finding's reseller, where it has one), if they name one party; where they name several, the model of parked parties looks at
// the contracts itself.
//
// A resolution is of what somebody saw: it holds as long as the finding says the same, to the last word. A warning of a preliminary month that
// becomes a blocking finding of the final one is open again.
const findings = `insert into recon.findings
with checks as (
  select c.* from (values %s) as c (check_id, title, severity, owner, reason_code, action)
),
contracts as (
  select c.customer_id, c.reseller_id, c.party_id
  from settlement.contracts as c
  inner join ops.params as p on p.cycle = c.cycle
  where c.valid_from <= p.last_day and (c.valid_to is null or c.valid_to >= p.first_day)
),
owners as (
  select c.customer_id, c.reseller_id, min(c.party_id) as party_id
  from contracts as c
  group by c.customer_id, c.reseller_id
  having min(c.party_id) = max(c.party_id)
  union all
  select c.customer_id, null, min(c.party_id)
  from contracts as c
  group by c.customer_id
  having min(c.party_id) = max(c.party_id)
),
placed as (
  select
    d.check_id,
    coalesce(d.severity, c.severity) as severity,
    coalesce(d.party_id, o.party_id) as party_id,
    d.customer_id, d.reseller_id, coalesce(d.subject, '') as subject, d.expected, d.actual,
    try_cast(d.difference as decimal(18, 8)) as difference, try_cast(d.tolerance as decimal(18, 8)) as tolerance,
    coalesce(d.explained, false) as explained, d.reason, d.detail,
    coalesce(d.reason_code, c.reason_code) as reason_code, coalesce(d.owner, c.owner) as owner, coalesce(d.action, c.action) as action
  from check_differences as d
  inner join checks as c on c.check_id = d.check_id
  left join owners as o on d.party_id is null and o.customer_id = d.customer_id and o.reseller_id is not distinct from d.reseller_id
),
numbered as (
  select
    x.*,
    row_number() over (
      partition by x.check_id, x.party_id, x.customer_id, x.subject order by x.detail nulls last, x.expected nulls last, x.actual nulls last
    ) as nth
  from placed as x
),
named as (
  select
    digest(n.check_id || '|' || p.cycle || '|' || coalesce(n.party_id, '') || '|' || coalesce(n.customer_id, '') || '|' || n.subject
      || case when n.nth > 1 then '|' || cast(n.nth as varchar) else '' end) as finding_id,
    n.*, p.cycle, p.run_id, p.run_started,
    digest(n.severity || '|' || n.reason_code || '|' || coalesce(n.expected, '') || '|' || coalesce(n.actual, '') || '|'
      || coalesce(cast(n.difference as varchar), '') || '|' || coalesce(n.detail, '')) as says
  from numbered as n
  cross join ops.params as p
),
resolved as (
  select
    n.finding_id, r.resolution, row_number() over (partition by n.finding_id order by r.at desc) as place
  from named as n
  inner join ops.resolutions as r on r.finding_id = n.finding_id
  where coalesce(r.says, n.says) = n.says
)
select
  n.finding_id, n.check_id, n.severity, n.cycle, n.party_id, n.customer_id, n.subject, n.expected, n.actual, n.difference,
  n.tolerance, n.explained, n.reason, n.detail, r.resolution, coalesce(s.first_seen, n.run_started), n.run_id, n.reseller_id,
  n.reason_code, n.owner, replace(replace(n.action, '{cycle}', n.cycle), '{finding}', n.finding_id), n.says
from named as n
left join resolved as r on r.finding_id = n.finding_id and r.place = 1
left join (
  select f.finding_id, min(f.first_seen) as first_seen from ops.first_seen as f group by f.finding_id
) as s on s.finding_id = n.finding_id`
