-- Cycle $1, parties $2 to $3: what the checks found about a party, explained differences included, and how it was accepted, when and by whom.
-- What is new and what is in work are one state here: the twin of an unchanged month does not change with the day.
with accepted as (
  select
    r.finding_id,
    max(r.at) as at
  from ops.resolutions as r
  group by r.finding_id
),
accepted_by as (
  select
    a.finding_id,
    a.at,
    max(r.by_whom) as by_whom
  from accepted as a
  inner join ops.resolutions as r on r.finding_id = a.finding_id and r.at = a.at
  group by a.finding_id, a.at
)
select
  f.party_id,
  f.finding_id,
  f.check_id,
  coalesce(f.title, k.title) as title,
  f.severity,
  f.cycle,
  case when f.status = 'new' then 'open' else f.status end as status,
  f.customer_id,
  cast(null as varchar) as party_name,
  cast(null as varchar) as customer_name,
  f.subject,
  f.expected,
  f.actual,
  cast(f.difference as varchar) as difference,
  f.reason_code,
  f.reason,
  f.detail,
  f.action,
  f.owner,
  f.resolution,
  case when f.resolution is not null then cast(a.at as varchar) end as resolved_at,
  case when f.resolution is not null then a.by_whom end as resolved_by,
  cast(f.first_seen as varchar) as first_seen
from recon.finding_list as f
left join recon.checks as k on k.cycle = f.cycle and k.check_id = f.check_id
left join accepted_by as a on a.finding_id = f.finding_id
where f.cycle = $1 and f.party_id between $2 and $3 and f.status <> 'closed'
order by
  f.party_id,
  case f.status when 'explained' then 3 when 'resolved' then 2 else 1 end,
  case f.severity when 'B' then 1 when 'W' then 2 else 3 end,
  f.check_id,
  f.customer_id nulls last,
  f.subject,
  f.finding_id
