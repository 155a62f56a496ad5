-- usage.peak95_days: one day (UTC+8) of a resource that is billed by its bandwidth points: what the daily figures of every algorithm
-- are made of.
-- build: cycle
-- column stat_time_date: the day, UTC+8
-- column points: points of the day; 288 where none is missing
-- column highest: the day's highest point; a day on which it is not above 0 had no traffic and counts for the enhanced algorithm only
-- column fifth: the fifth highest point; of a day with fewer than five the lowest. The day's peak of the enhanced algorithm is its whole part
-- column daily95: the highest point after the top 5 % of the day's points (rounded down) are dropped
-- column guarantee: largest guaranteed bandwidth of the day; NULL: none
-- column first_time: the day's first point, UTC
-- column last_time: the day's last point, UTC
with days as (
  select
    s.cycle,
    s.customer_id,
    s.reseller_id,
    s.service_type_code,
    s.resource_type_code,
    s.usage_type,
    s.resource_id,
    s.stat_time_date,
    count(*) as points,
    max(s.usage) as highest,
    max(s.usage, 5) as top5,
    max(s.usage, 32) as top32,
    max(s.guaranteed_band_width) as guarantee,
    min(s.stat_time) as first_time,
    max(s.stat_time) as last_time,
    max(s.measure_id) as measure_id
  from source.peak95_points as s
  inner join ops.params as p on p.cycle = s.cycle
  where s.stat_time_date between p.first_day and p.last_day and s.usage is not null
  group by
    s.cycle, s.customer_id, s.reseller_id, s.service_type_code, s.resource_type_code, s.usage_type, s.resource_id, s.stat_time_date
)
select
  d.cycle,
  d.customer_id,
  d.reseller_id,
  d.service_type_code,
  d.resource_type_code,
  d.usage_type,
  d.resource_id,
  d.stat_time_date,
  d.points,
  d.highest,
  d.top5[least(d.points, 5)] as fifth,
  -- 14 of 288 are dropped; a day with 640 points or more has none of its own.
  d.top32[cast(div_floor(d.points, 20) as bigint) + 1] as daily95,
  d.guarantee,
  d.first_time,
  d.last_time,
  d.measure_id
from days as d
