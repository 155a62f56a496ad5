-- usage.peak95_curve: one of the 900 highest points (UTC+8 month, days with traffic) of a resource that is billed by its bandwidth points, by size: what
-- the 95th percentile of a month drops, and what it bills. 900 are a tenth of a month; no rank of an algorithm lies beyond 448.
-- build: cycle
-- column rank: place from the top; equal points have places of their own
-- column value: the point at that rank
with points as (
  select
    s.customer_id,
    s.reseller_id,
    s.service_type_code,
    s.resource_type_code,
    s.usage_type,
    s.resource_id,
    s.stat_time_date,
    s.usage
  from source.peak95_points as s
  inner join ops.params as p on p.cycle = s.cycle
  where s.stat_time_date between p.first_day and p.last_day and s.usage is not null
),
-- The n largest values are seven times as fast as a row_number over all points.
tops as (
  select
    q.customer_id,
    q.reseller_id,
    q.service_type_code,
    q.resource_type_code,
    q.usage_type,
    q.resource_id,
    max(q.usage, 900) as top
  from points as q
  inner join usage.peak95_days as d
    on d.customer_id = q.customer_id and d.reseller_id = q.reseller_id and d.service_type_code = q.service_type_code
    and d.resource_type_code = q.resource_type_code and d.usage_type = q.usage_type and d.resource_id = q.resource_id
    and d.stat_time_date = q.stat_time_date
  inner join ops.params as p on p.cycle = d.cycle
  where d.highest > 0
  group by q.customer_id, q.reseller_id, q.service_type_code, q.resource_type_code, q.usage_type, q.resource_id
)
select
  p.cycle,
  t.customer_id,
  t.reseller_id,
  t.service_type_code,
  t.resource_type_code,
  t.usage_type,
  t.resource_id,
  row_number() over (
    partition by t.customer_id, t.reseller_id, t.service_type_code, t.resource_type_code, t.usage_type, t.resource_id
    order by u.value desc
  ) as rank,
  u.value
from tops as t
cross join unnest(t.top) as u (value)
cross join ops.params as p
