-- recon.finding_list: every difference of every cycle with its state and age: those that the newest settling found, and those that are closed because
-- it did not find them any more. The list that workbook, command line and status show.
-- build: view
-- column title: what the check asks
-- column status: open, new (open, and found for the first time by the run that the workbooks print), explained, resolved (accepted with a reason) or closed
-- column age_days: days from first_seen to the run that the workbooks print, or to closed_at
-- column age_bucket: 0-3, 4-10, 11-30 or >30 days
-- column closed_at: when a run did not find it any more, UTC; NULL while it is found
-- column closed_by_run: that run
with printed as (
  select
    d.cycle,
    max(d.made_at) as made_at
  from ops.drafts as d
  group by d.cycle
),
listed as (
  select
    f.finding_id,
    f.check_id,
    f.severity,
    f.cycle,
    f.party_id,
    f.customer_id,
    f.reseller_id,
    f.subject,
    f.expected,
    f.actual,
    f.difference,
    f.tolerance,
    f.explained,
    f.reason_code,
    f.reason,
    f.detail,
    f.owner,
    f.action,
    f.resolution,
    f.says,
    f.first_seen,
    f.run_id,
    cast(null as timestamp) as closed_at,
    cast(null as varchar) as closed_by_run
  from recon.findings as f
  union all
  select
    c.finding_id,
    c.check_id,
    c.severity,
    c.cycle,
    c.party_id,
    c.customer_id,
    cast(null as varchar) as reseller_id,
    c.subject,
    cast(null as varchar) as expected,
    cast(null as varchar) as actual,
    c.difference,
    cast(null as decimal(18, 8)) as tolerance,
    false as explained,
    'changed_month' as reason_code,
    'the newest pull ties' as reason,
    cast(null as varchar) as detail,
    'operations' as owner,
    'nothing to do: it closed by itself' as action,
    cast(null as varchar) as resolution,
    cast(null as varchar) as says,
    c.first_seen,
    c.closed_by_run as run_id,
    c.closed_at,
    c.closed_by_run
  from recon.closed_findings as c
),
aged as (
  select
    l.*,
    p.made_at,
    greatest(date_diff('day', cast(l.first_seen as date), cast(coalesce(l.closed_at, p.made_at, l.first_seen) as date)), 0) as age_days
  from listed as l
  left join printed as p on p.cycle = l.cycle
)
select
  a.finding_id,
  a.check_id,
  k.title,
  a.severity,
  a.cycle,
  a.party_id,
  a.customer_id,
  a.reseller_id,
  a.subject,
  a.expected,
  a.actual,
  a.difference,
  a.tolerance,
  a.explained,
  case
    when a.closed_at is not null then 'closed'
    when a.resolution is not null then 'resolved'
    when a.explained then 'explained'
    when a.first_seen >= a.made_at then 'new'
    else 'open'
  end as status,
  a.reason_code,
  a.reason,
  a.detail,
  a.owner,
  a.action,
  a.resolution,
  a.says,
  a.first_seen,
  a.age_days,
  case when a.age_days <= 3 then '0-3' when a.age_days <= 10 then '4-10' when a.age_days <= 30 then '11-30' else '>30' end as age_bucket,
  a.closed_at,
  a.closed_by_run,
  a.run_id
from aged as a
left join recon.checks as k on k.cycle = a.cycle and k.check_id = a.check_id
