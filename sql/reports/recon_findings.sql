-- A difference of cycle $1 with its state, age and whose it is: open, accepted, explained and closed ones, the worst first.
with customers as (
  select
    c.customer_id,
    max(coalesce(c.customer, c.account_name)) as customer_name
  from source.customers as c
  where c.cycle = $1
  group by c.customer_id
)
select
  f.finding_id,
  f.check_id,
  coalesce(f.title, k.title) as title,
  f.severity,
  f.status,
  f.cycle,
  f.party_id,
  p.name as party_name,
  f.customer_id,
  c.customer_name,
  f.reseller_id,
  f.subject,
  f.expected,
  f.actual,
  cast(f.difference as varchar) as difference,
  cast(f.tolerance as varchar) as tolerance,
  f.reason_code,
  f.reason,
  f.detail,
  f.owner,
  f.action,
  f.resolution,
  f.says,
  cast(f.first_seen as varchar) as first_seen,
  cast(f.age_days as varchar) as age_days,
  f.age_bucket,
  cast(f.closed_at as varchar) as closed_at,
  f.closed_by_run
from recon.finding_list as f
left join recon.checks as k on k.cycle = f.cycle and k.check_id = f.check_id
left join settlement.parties as p on p.cycle = f.cycle and p.party_id = f.party_id
left join customers as c on c.customer_id = f.customer_id
where f.cycle = $1
order by
  case f.severity when 'B' then 1 when 'W' then 2 else 3 end,
  f.check_id,
  f.party_id nulls last,
  f.customer_id nulls last,
  f.reseller_id nulls last,
  f.subject,
  f.finding_id
