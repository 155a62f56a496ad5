-- usage.peak95_algorithms: what one of the algorithms of bandwidth billing makes of a resource's five-minute points of the month in UTC+8. All
-- algorithms are worked out for every resource; is_billing marks the one that bills it: by config, else the enhanced one for
-- usage type 95peak_plus and the monthly 95th percentile for the others.
-- build: cycle
-- column algorithm: monthly95_floor, monthly95_ceil, enhanced95, daily95_average, daily_peak_average or fourth_peak
-- column base: what a kilo is in its unit: 1000 or 1024; the two are never converted into each other
-- column points_expected: 288 for each day that counts
-- column points_present: points of those days that the API has
-- column points_padded: missing points that were counted as 0, which only the config can ask for (monthly95 only); else they are left out of the count
-- column valid_days: days that count: with traffic, for enhanced95 with points
-- column removed: points dropped from the top: of the month (monthly95), of each day (enhanced95, daily95_average); days dropped for fourth_peak
-- column rank: place from the top of what is billed: of the month's points (monthly95), of a day's (enhanced95, daily95_average, daily_peak_average), of the day peaks (fourth_peak)
-- column value: what the algorithm makes of the points, before any guarantee
-- column value_time: when the points first reached the value, UTC; NULL for a mean, which has no time
-- column guarantee: guaranteed bandwidth of the month: mean of the days' largest, cut to a whole unit; enhanced95 only
-- column is_billing: whether this algorithm bills the resource
with days as (
  select d.*
  from usage.peak95_days as d
  inner join ops.params as p on p.cycle = d.cycle
),
resources as (
  select
    d.customer_id,
    d.reseller_id,
    d.service_type_code,
    d.resource_type_code,
    d.usage_type,
    d.resource_id,
    max(d.measure_id) as measure_id,
    count(*) as days,
    cast(sum(d.points) as bigint) as points,
    sum(case when d.highest > 0 then 1 else 0 end) as valid_days,
    cast(sum(case when d.highest > 0 then d.points else 0 end) as bigint) as valid_points,
    max(case when d.highest > 0 then div_floor(d.points, 20) else 0 end) as daily_removed,
    -- Means are worked out on integers of the twelfth decimal, which hold points below 10^20.
    sum(case when d.highest > 0 and d.highest < 100000000000000000000.0 then e12(d.highest) end) as highest_e12,
    sum(case when d.highest > 0 and d.daily95 < 100000000000000000000.0 then e12(d.daily95) end) as daily95_e12,
    max(d.highest) as highest,
    sum(cast(floor(d.guarantee) as hugeint)) as guarantees,
    count(d.guarantee) as guarantee_days
  from days as d
  group by d.customer_id, d.reseller_id, d.service_type_code, d.resource_type_code, d.usage_type, d.resource_id
),
-- The first rule of the config that matches and says something decides that something.
matching as (
  select
    r.customer_id,
    r.reseller_id,
    r.service_type_code,
    r.resource_type_code,
    r.usage_type,
    r.resource_id,
    min(case when b.algorithm is not null then b.rule_no end) as algorithm_rule,
    min(case when b.rank is not null then b.rule_no end) as rank_rule,
    min(case when b.missing is not null then b.rule_no end) as missing_rule
  from resources as r
  inner join ops.bandwidth_rules as b
    on coalesce(b.service_type_code, r.service_type_code) = r.service_type_code
    and coalesce(b.resource_type_code, r.resource_type_code) = r.resource_type_code
    and coalesce(b.usage_type, r.usage_type) = r.usage_type and coalesce(b.resource_id, r.resource_id) = r.resource_id
  group by r.customer_id, r.reseller_id, r.service_type_code, r.resource_type_code, r.usage_type, r.resource_id
),
chosen as (
  select
    r.*,
    coalesce(a.algorithm, case when r.usage_type = '95peak_plus' then 'enhanced95' else 'monthly95' end) as algorithm,
    coalesce(k.rank, 'floor') as rounding,
    case when coalesce(n.missing, 'skip') = 'zero' then greatest(288 * r.valid_days - r.valid_points, 0) else 0 end as padded
  from resources as r
  left join matching as m
    on m.customer_id = r.customer_id and m.reseller_id = r.reseller_id and m.service_type_code = r.service_type_code
    and m.resource_type_code = r.resource_type_code and m.usage_type = r.usage_type and m.resource_id = r.resource_id
  left join ops.bandwidth_rules as a on a.rule_no = m.algorithm_rule
  left join ops.bandwidth_rules as k on k.rule_no = m.rank_rule
  left join ops.bandwidth_rules as n on n.rule_no = m.missing_rule
),
monthly as (
  select
    c.*,
    'monthly95_floor' as name,
    cast(div_floor(c.valid_points + c.padded, 20) as bigint) as drop_count
  from chosen as c
  union all
  select
    c.*,
    'monthly95_ceil' as name,
    -- One point is left to bill.
    cast(least(-div_floor(-(c.valid_points + c.padded), 20), greatest(c.valid_points + c.padded - 1, 0)) as bigint) as drop_count
  from chosen as c
),
monthly_values as (
  select
    m.*,
    -- The points that were counted as 0 stand at the end.
    case when m.drop_count >= m.valid_points and m.padded > 0 then 0 else v.value end as value
  from monthly as m
  left join (
    select v.*
    from usage.peak95_curve as v
    inner join ops.params as p on p.cycle = v.cycle
  ) as v
    on v.customer_id = m.customer_id and v.reseller_id = m.reseller_id and v.service_type_code = m.service_type_code
    and v.resource_type_code = m.resource_type_code and v.usage_type = m.usage_type and v.resource_id = m.resource_id
    and v.rank = m.drop_count + 1
  where m.valid_days > 0
),
ranked_days as (
  select
    d.*,
    cast(floor(d.fifth) as hugeint) as day_peak,
    row_number() over (
      partition by d.customer_id, d.reseller_id, d.service_type_code, d.resource_type_code, d.usage_type, d.resource_id
      order by floor(d.fifth) desc, d.stat_time_date
    ) as peak_place,
    row_number() over (
      partition by d.customer_id, d.reseller_id, d.service_type_code, d.resource_type_code, d.usage_type, d.resource_id
      order by d.highest desc, d.stat_time_date
    ) as highest_place
  from days as d
),
day_sums as (
  select
    d.customer_id,
    d.reseller_id,
    d.service_type_code,
    d.resource_type_code,
    d.usage_type,
    d.resource_id,
    sum(case when d.peak_place <= 5 then d.day_peak else 0 end) as peaks,
    cast(sum(case when d.peak_place <= 5 then 1 else 0 end) as bigint) as peak_days,
    -- Days without traffic stand at the end and are no days.
    min(case when d.highest_place <= 4 and d.highest > 0 then d.highest end) as fourth
  from ranked_days as d
  group by d.customer_id, d.reseller_id, d.service_type_code, d.resource_type_code, d.usage_type, d.resource_id
),
daily as (
  select
    c.*,
    s.peaks,
    s.peak_days,
    s.fourth
  from chosen as c
  inner join day_sums as s
    on s.customer_id = c.customer_id and s.reseller_id = c.reseller_id and s.service_type_code = c.service_type_code
    and s.resource_type_code = c.resource_type_code and s.usage_type = c.usage_type and s.resource_id = c.resource_id
),
computed as (
  select
    m.customer_id, m.reseller_id, m.service_type_code, m.resource_type_code, m.usage_type, m.resource_id, m.measure_id,
    m.name,
    m.valid_days,
    m.valid_points as points_present,
    m.padded,
    m.drop_count as removed,
    m.drop_count + 1 as rank,
    cast(m.value as decimal(38, 12)) as value,
    cast(null as decimal(38, 12)) as guarantee,
    m.algorithm || '_' || m.rounding = m.name as is_billing
  from monthly_values as m
  union all
  select
    d.customer_id, d.reseller_id, d.service_type_code, d.resource_type_code, d.usage_type, d.resource_id, d.measure_id,
    'enhanced95' as name,
    d.days as valid_days,
    d.points as points_present,
    0 as padded,
    4 as removed,
    5 as rank,
    cast(div_floor(d.peaks, d.peak_days) as decimal(38, 12)) as value,
    cast(case when d.guarantee_days > 0 then div_floor(d.guarantees, d.guarantee_days) end as decimal(38, 12)) as guarantee,
    d.algorithm = 'enhanced95' as is_billing
  from daily as d
  union all
  select
    d.customer_id, d.reseller_id, d.service_type_code, d.resource_type_code, d.usage_type, d.resource_id, d.measure_id,
    'daily95_average' as name,
    d.valid_days,
    d.valid_points as points_present,
    0 as padded,
    d.daily_removed as removed,
    d.daily_removed + 1 as rank,
    case when d.highest < 100000000000000000000.0
      then cast(cast(div_round(d.daily95_e12, d.valid_days) as decimal(38, 0)) * 0.000000000001 as decimal(38, 12)) end as value,
    cast(null as decimal(38, 12)) as guarantee,
    d.algorithm = 'daily95_average' as is_billing
  from daily as d
  where d.valid_days > 0
  union all
  select
    d.customer_id, d.reseller_id, d.service_type_code, d.resource_type_code, d.usage_type, d.resource_id, d.measure_id,
    'daily_peak_average' as name,
    d.valid_days,
    d.valid_points as points_present,
    0 as padded,
    0 as removed,
    1 as rank,
    case when d.highest < 100000000000000000000.0
      then cast(cast(div_round(d.highest_e12, d.valid_days) as decimal(38, 0)) * 0.000000000001 as decimal(38, 12)) end as value,
    cast(null as decimal(38, 12)) as guarantee,
    d.algorithm = 'daily_peak_average' as is_billing
  from daily as d
  where d.valid_days > 0
  union all
  select
    d.customer_id, d.reseller_id, d.service_type_code, d.resource_type_code, d.usage_type, d.resource_id, d.measure_id,
    'fourth_peak' as name,
    d.valid_days,
    d.valid_points as points_present,
    0 as padded,
    least(d.valid_days, 4) - 1 as removed,
    least(d.valid_days, 4) as rank,
    cast(d.fourth as decimal(38, 12)) as value,
    cast(null as decimal(38, 12)) as guarantee,
    d.algorithm = 'fourth_peak' as is_billing
  from daily as d
  where d.valid_days > 0
),
times as (
  select
    q.customer_id,
    q.reseller_id,
    q.service_type_code,
    q.resource_type_code,
    q.usage_type,
    q.resource_id,
    q.usage,
    min(q.stat_time) as value_time
  from source.peak95_points as q
  inner join ops.params as p on p.cycle = q.cycle
  inner join (
    select distinct
      c.customer_id,
      c.reseller_id,
      c.service_type_code,
      c.resource_type_code,
      c.usage_type,
      c.resource_id,
      c.value
    from computed as c
    where c.name in ('monthly95_floor', 'monthly95_ceil', 'fourth_peak')
  ) as c
    on c.customer_id = q.customer_id and c.reseller_id = q.reseller_id and c.service_type_code = q.service_type_code
    and c.resource_type_code = q.resource_type_code and c.usage_type = q.usage_type and c.resource_id = q.resource_id
    and c.value = q.usage
  where q.stat_time_date between p.first_day and p.last_day
  group by q.customer_id, q.reseller_id, q.service_type_code, q.resource_type_code, q.usage_type, q.resource_id, q.usage
),
unit_types as (
  select
    u.measure_id,
    max(u.measure_type) as measure_type
  from source.measure_units as u
  inner join ops.params as p on p.cycle = u.cycle
  group by u.measure_id
)
select
  p.cycle,
  c.customer_id,
  c.reseller_id,
  c.service_type_code,
  c.resource_type_code,
  c.usage_type,
  c.resource_id,
  c.name as algorithm,
  cast(case
    when c.usage_type = '95Peak' then 1024
    when c.usage_type in ('95peak_1000', '95Peak_1000') then 1000
    when u.measure_type = '16' then 1024
    when u.measure_type = '19' then 1000
  end as integer) as base,
  cast(288 * c.valid_days as bigint) as points_expected,
  c.points_present,
  cast(c.padded as bigint) as points_padded,
  cast(c.valid_days as bigint) as valid_days,
  cast(c.removed as bigint) as removed,
  cast(c.rank as bigint) as rank,
  c.value,
  case when c.name in ('monthly95_floor', 'monthly95_ceil', 'fourth_peak') then t.value_time end as value_time,
  c.guarantee,
  c.measure_id,
  c.is_billing
from computed as c
cross join ops.params as p
left join times as t
  on t.customer_id = c.customer_id and t.reseller_id = c.reseller_id and t.service_type_code = c.service_type_code
  and t.resource_type_code = c.resource_type_code and t.usage_type = c.usage_type and t.resource_id = c.resource_id
  and t.usage = c.value
left join unit_types as u on u.measure_id = c.measure_id
