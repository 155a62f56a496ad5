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

func checksOf(phase string) ([]sqlfiles.File, error) {
	checks, err := sqlfiles.Checks()
	return slices.DeleteFunc(checks, func(c sqlfiles.File) bool { return c.Phase != phase }), err
}

func runChecks(ctx context.Context, tx Execer, checks []sqlfiles.File) error {
	if err := forget(ctx, tx, checks); err != nil {
		return err
	}
	loaded, err := texts(ctx, tx, `select distinct w.dataset from ops.windows as w inner join ops.params as p on p.cycle = w.cycle where coalesce(w.skipped, '') = ''`)
	if err != nil {
		return fmt.Errorf("check: %w", err)
	}
	var ran []string
	for _, c := range checks {
		query := ""
		if missing := missingInputs(c, loaded); missing != "" {
			query = fmt.Sprintf(notRun, quote(c.Number), quote(c.Title), quote(c.Severity), quote(missing))
		} else {
			query = fmt.Sprintf(findings, quote(c.Number), quote(c.Severity), c.SQL)
			ran = append(ran, fmt.Sprintf("(%s, %s, %s)", quote(c.Number), quote(c.Title), quote(c.Severity)))
		}
		if _, err := tx.ExecContext(ctx, query); err != nil {
			return fmt.Errorf("check %s %s: %w", c.Number, c.Name, err)
		}
	}
	if ran == nil {
		return nil
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf(verdicts, strings.Join(ran, ", "))); err != nil {
		return fmt.Errorf("check: verdicts: %w", err)
	}
	return nil
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

// missingInputs says which datasets of a check have no window in the cycle.
func missingInputs(c sqlfiles.File, loaded []string) string {
	var missing []string
	for _, need := range c.Needs {
		if !slices.Contains(loaded, need) {
			missing = append(missing, need)
		}
	}
	if missing == nil {
		return ""
	}
	return "no data of the cycle: " + strings.Join(missing, ", ")
}

const notRun = `insert into recon.checks
select p.cycle, %s, %s, %s, 'not_run', %s, 0, 0 from ops.params as p`

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
  count(f.finding_id) filter (where f.explained)
from (values %s) as c (check_id, title, severity)
cross join ops.params as p
left join recon.findings as f on f.cycle = p.cycle and f.check_id = c.check_id
group by p.cycle, c.check_id, c.title, c.severity`

// findings wraps a check's SELECT. The empty row types the columns and stands for those that a check does not have; a
// difference too large for its column is NULL, its two sides stand beside it as text.
//
// A finding that names only a customer belongs to the party that the customer's contracts of the cycle name (those under the
// finding's reseller, where it has one), if they name one party; where they name several, the model of parked parties looks at
// the contracts itself.
const findings = `insert into recon.findings
with differences as (
  select
    cast(null as varchar) as severity, cast(null as varchar) as party_id, cast(null as varchar) as customer_id, cast(null as varchar) as reseller_id,
    cast(null as varchar) as subject, cast(null as varchar) as expected, cast(null as varchar) as actual,
    cast(null as decimal(38, 8)) as difference, cast(null as decimal(38, 8)) as tolerance,
    cast(null as boolean) as explained, cast(null as varchar) as reason, cast(null as varchar) as detail
  where false
  union all by name
  select * from (
%[3]s
  )
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
    coalesce(d.severity, %[2]s) as severity,
    coalesce(d.party_id, o.party_id) as party_id,
    d.customer_id, d.reseller_id, coalesce(d.subject, '') as subject, d.expected, d.actual,
    try_cast(d.difference as decimal(18, 8)) as difference, try_cast(d.tolerance as decimal(18, 8)) as tolerance,
    coalesce(d.explained, false) as explained, d.reason, d.detail
  from differences as d
  left join owners as o on d.party_id is null and o.customer_id = d.customer_id and o.reseller_id is not distinct from d.reseller_id
),
numbered as (
  select
    x.*,
    row_number() over (
      partition by x.party_id, x.customer_id, x.subject order by x.detail nulls last, x.expected nulls last, x.actual nulls last
    ) as nth
  from placed as x
),
named as (
  select
    digest(%[1]s || '|' || p.cycle || '|' || coalesce(n.party_id, '') || '|' || coalesce(n.customer_id, '') || '|' || n.subject
      || case when n.nth > 1 then '|' || cast(n.nth as varchar) else '' end) as finding_id,
    n.*, p.cycle, p.run_id, p.run_started
  from numbered as n
  cross join ops.params as p
),
resolved as (
  select r.finding_id, r.resolution, row_number() over (partition by r.finding_id order by r.at desc) as place
  from ops.resolutions as r
)
select
  n.finding_id, %[1]s, n.severity, n.cycle, n.party_id, n.customer_id, n.subject, n.expected, n.actual, n.difference,
  n.tolerance, n.explained, n.reason, n.detail, r.resolution, coalesce(s.first_seen, n.run_started), n.run_id, n.reseller_id
from named as n
left join resolved as r on r.finding_id = n.finding_id and r.place = 1
left join (
  select f.finding_id, min(f.first_seen) as first_seen from ops.first_seen as f group by f.finding_id
) as s on s.finding_id = n.finding_id`
