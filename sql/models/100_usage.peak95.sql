-- usage.peak95: one resource billed on the 95th percentile of the month, recomputed from its five-minute points of the month in
-- UTC+8, beside what the vendor reports. Standard: of the points of days with traffic the highest 5 % (rounded down) are
-- dropped, the next is billed. Enhanced: fifth highest point of each day, mean of the five highest days, both cut to whole
-- units, at least the guarantee. Points that are missing are not padded.
-- build: cycle
-- column algorithm: standard95 or enhanced95
-- column base: what a kilo is in its unit: 1000 or 1024; the two are never converted into each other
-- column points_expected: 288 for each day that counts: days with traffic (standard), days with points (enhanced)
-- column points_present: points of those days that the API has
-- column points_padded: always 0: a missing point is reported, not filled
-- column removed: points dropped from the top; of each day for the enhanced algorithm
-- column rank: place of the billed point from the top; within a day for the enhanced algorithm
-- column peak: the point at that rank; enhanced: the mean of the five highest days
-- column peak_time: when the peak was first reached, UTC; NULL for the enhanced algorithm, whose mean has no time
-- column guarantee: guaranteed bandwidth of the month: mean of the days' largest, cut to a whole unit; enhanced only
-- column billed: the larger of peak and guarantee
-- column reported: billed bandwidth by the vendor's summary
-- column variance: billed less reported; NULL where their units differ
-- column actual_days: days by the vendor's summary: points / 288
-- column day_factor: share of the month that is paid for: actual_days (else counted days) / days of the month
-- column note: what to know of the row: the same resource also stands under the other code to base 1000
with points as (
  select
    s.customer_id,
    s.reseller_id,
    s.service_type_code,
    s.resource_type_code,
    s.usage_type,
    s.resource_id,
    s.stat_time,
    s.stat_time_date,
    s.usage,
    s.guaranteed_band_width,
    s.measure_id
  from source.peak95_points as s
  inner join ops.params as p on p.cycle = s.cycle
  where s.stat_time_date between p.first_day and p.last_day and s.usage is not null
),
days as (
  select
    q.customer_id,
    q.reseller_id,
    q.service_type_code,
    q.resource_type_code,
    q.usage_type,
    q.resource_id,
    q.stat_time_date,
    max(q.usage) as highest,
    max(q.usage, 5) as top,
    count(*) as points,
    max(q.guaranteed_band_width) as guarantee,
    max(q.measure_id) as measure_id
  from points as q
  group by
    q.customer_id, q.reseller_id, q.service_type_code, q.resource_type_code, q.usage_type, q.resource_id, q.stat_time_date
),
-- Ranks never exceed 447: floor(5 % of 288 x 31 points) + 1. The n largest values are seven times as fast as row_number.
standard_tops as (
  select
    q.customer_id,
    q.reseller_id,
    q.service_type_code,
    q.resource_type_code,
    q.usage_type,
    q.resource_id,
    count(*) as present,
    cast(div_floor(count(*), 20) as bigint) as removed,
    max(q.usage, 448) as top,
    max(q.measure_id) as measure_id,
    count(distinct q.stat_time_date) as days
  from points as q
  inner join days as d
    on d.customer_id = q.customer_id and d.reseller_id = q.reseller_id and d.service_type_code = q.service_type_code
    and d.resource_type_code = q.resource_type_code and d.usage_type = q.usage_type and d.resource_id = q.resource_id
    and d.stat_time_date = q.stat_time_date
  where q.usage_type <> '95peak_plus' and d.highest > 0
  group by q.customer_id, q.reseller_id, q.service_type_code, q.resource_type_code, q.usage_type, q.resource_id
),
standard as (
  select
    t.*,
    t.removed + 1 as rank,
    t.top[t.removed + 1] as peak
  from standard_tops as t
),
peak_times as (
  select
    q.customer_id,
    q.reseller_id,
    q.service_type_code,
    q.resource_type_code,
    q.usage_type,
    q.resource_id,
    min(q.stat_time) as peak_time
  from points as q
  inner join standard as s
    on s.customer_id = q.customer_id and s.reseller_id = q.reseller_id and s.service_type_code = q.service_type_code
    and s.resource_type_code = q.resource_type_code and s.usage_type = q.usage_type and s.resource_id = q.resource_id
    and s.peak = q.usage
  group by q.customer_id, q.reseller_id, q.service_type_code, q.resource_type_code, q.usage_type, q.resource_id
),
enhanced_days as (
  select
    d.customer_id,
    d.reseller_id,
    d.service_type_code,
    d.resource_type_code,
    d.usage_type,
    d.resource_id,
    d.points,
    d.measure_id,
    cast(floor(d.guarantee) as hugeint) as guarantee,
    cast(floor(d.top[least(d.points, 5)]) as hugeint) as day_peak,
    row_number() over (
      partition by d.customer_id, d.reseller_id, d.service_type_code, d.resource_type_code, d.usage_type, d.resource_id
      order by floor(d.top[least(d.points, 5)]) desc, d.stat_time_date
    ) as place
  from days as d
  where d.usage_type = '95peak_plus'
),
enhanced_sums as (
  select
    d.customer_id,
    d.reseller_id,
    d.service_type_code,
    d.resource_type_code,
    d.usage_type,
    d.resource_id,
    cast(sum(d.points) as bigint) as present,
    count(*) as days,
    sum(case when d.place <= 5 then d.day_peak else 0 end) as peaks,
    cast(sum(case when d.place <= 5 then 1 else 0 end) as bigint) as peak_days,
    sum(d.guarantee) as guarantees,
    count(d.guarantee) as guarantee_days,
    max(d.measure_id) as measure_id
  from enhanced_days as d
  group by d.customer_id, d.reseller_id, d.service_type_code, d.resource_type_code, d.usage_type, d.resource_id
),
computed as (
  select
    s.customer_id,
    s.reseller_id,
    s.service_type_code,
    s.resource_type_code,
    s.usage_type,
    s.resource_id,
    s.present,
    s.days,
    s.removed,
    s.rank,
    cast(s.peak as decimal(38, 12)) as peak,
    t.peak_time,
    cast(null as decimal(38, 12)) as guarantee,
    s.measure_id
  from standard as s
  left join peak_times as t
    on t.customer_id = s.customer_id and t.reseller_id = s.reseller_id and t.service_type_code = s.service_type_code
    and t.resource_type_code = s.resource_type_code and t.usage_type = s.usage_type and t.resource_id = s.resource_id
  union all
  select
    e.customer_id,
    e.reseller_id,
    e.service_type_code,
    e.resource_type_code,
    e.usage_type,
    e.resource_id,
    e.present,
    e.days,
    cast(4 as bigint) as removed,
    cast(5 as bigint) as rank,
    cast(div_floor(e.peaks, e.peak_days) as decimal(38, 12)) as peak,
    cast(null as timestamp) as peak_time,
    cast(case when e.guarantee_days > 0 then div_floor(e.guarantees, e.guarantee_days) end as decimal(38, 12)) as guarantee,
    e.measure_id
  from enhanced_sums as e
),
summaries as (
  select
    s.customer_id,
    s.reseller_id,
    s.service_type_code,
    s.resource_type_code,
    s.usage_type,
    s.resource_id,
    max(s.band_width) as reported,
    max(s.actual_days) as actual_days,
    max(s.band_width_measure_id) as measure_id
  from source.peak95_summaries as s
  inner join ops.params as p on p.cycle = s.cycle
  group by s.customer_id, s.reseller_id, s.service_type_code, s.resource_type_code, s.usage_type, s.resource_id
),
both_sides as (
  select
    coalesce(s.customer_id, c.customer_id) as customer_id,
    coalesce(s.reseller_id, c.reseller_id) as reseller_id,
    coalesce(s.service_type_code, c.service_type_code) as service_type_code,
    coalesce(s.resource_type_code, c.resource_type_code) as resource_type_code,
    coalesce(s.usage_type, c.usage_type) as usage_type,
    coalesce(s.resource_id, c.resource_id) as resource_id,
    coalesce(c.present, 0) as present,
    coalesce(c.days, 0) as days,
    c.removed,
    c.rank,
    c.peak,
    c.peak_time,
    c.guarantee,
    case when c.guarantee is null or c.peak >= c.guarantee then c.peak else c.guarantee end as billed,
    s.reported,
    s.actual_days,
    c.measure_id as points_measure_id,
    coalesce(c.measure_id, s.measure_id) as measure_id,
    s.measure_id as summary_measure_id
  from computed as c
  full outer join summaries as s
    on s.customer_id = c.customer_id and s.reseller_id = c.reseller_id and s.service_type_code = c.service_type_code
    and s.resource_type_code = c.resource_type_code and s.usage_type = c.usage_type and s.resource_id = c.resource_id
),
unit_types as (
  select
    u.measure_id,
    max(u.measure_type) as measure_type
  from source.measure_units as u
  inner join ops.params as p on p.cycle = u.cycle
  group by u.measure_id
),
-- Codes to base 1000 that differ by a letter's case must both be asked; one resource under both would be counted twice.
doubled as (
  select
    b.customer_id,
    b.reseller_id,
    b.resource_id
  from both_sides as b
  where b.usage_type in ('95peak_1000', '95Peak_1000')
  group by b.customer_id, b.reseller_id, b.resource_id
  having count(distinct b.usage_type) > 1
)
select
  p.cycle,
  b.customer_id,
  b.reseller_id,
  b.service_type_code,
  b.resource_type_code,
  b.usage_type,
  b.resource_id,
  case when b.usage_type = '95peak_plus' then 'enhanced95' else 'standard95' end as algorithm,
  cast(case
    when b.usage_type = '95Peak' then 1024
    when b.usage_type in ('95peak_1000', '95Peak_1000') then 1000
    when u.measure_type = '16' then 1024
    when u.measure_type = '19' then 1000
  end as integer) as base,
  288 * b.days as points_expected,
  b.present as points_present,
  cast(0 as bigint) as points_padded,
  b.removed,
  b.rank,
  b.peak,
  b.peak_time,
  b.guarantee,
  b.billed,
  b.reported,
  case when b.summary_measure_id is null or b.points_measure_id = b.summary_measure_id
    then cast(b.billed - b.reported as decimal(38, 12)) end as variance,
  b.actual_days,
  cast(cast(div_round(
    coalesce(
      case when b.actual_days between 0 and 366 then cast(round(b.actual_days, 10) * 10000000000 as hugeint) end,
      case when b.usage_type = '95peak_plus' then cast(div_round(cast(b.present as hugeint) * 10000000000, 288) as hugeint)
        else cast(b.days as hugeint) * 10000000000 end
    ),
    date_diff('day', p.first_day, p.last_day) + 1
  ) as decimal(38, 0)) * 0.0000000001 as decimal(18, 10)) as day_factor,
  b.measure_id,
  case when d.resource_id is not null then 'also stands under the other code to base 1000; do not add the two' end as note
from both_sides as b
cross join ops.params as p
left join unit_types as u on u.measure_id = b.measure_id
left join doubled as d
  on b.usage_type in ('95peak_1000', '95Peak_1000') and d.customer_id = b.customer_id and d.reseller_id = b.reseller_id
  and d.resource_id = b.resource_id
