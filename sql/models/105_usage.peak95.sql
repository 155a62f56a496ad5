-- usage.peak95: one resource billed by its bandwidth points, recomputed from the five-minute points of the month in
-- UTC+8 with the algorithm that bills it (usage.peak95_algorithms has all of them), beside what the vendor reports. Points that are missing
-- are not padded, unless the config says so.
-- build: cycle
-- column algorithm: the algorithm that bills the resource: monthly95_floor or monthly95_ceil, enhanced95, daily95_average, daily_peak_average, fourth_peak
-- column base: what a kilo is in its unit: 1000 or 1024; the two are never converted into each other
-- column points_expected: 288 for each day that counts: days with traffic, for enhanced95 with points
-- column points_present: points of those days that the API has
-- column points_padded: missing points that were counted as 0; 0 unless the config asks for it
-- column valid_days: days that count
-- column removed: points dropped from the top; of each day for enhanced95 and daily95_average, days for fourth_peak
-- column rank: place of the billed point from the top; within a day for enhanced95 and daily95_average, of the day peaks for fourth_peak
-- column peak: what the algorithm makes of the points, before the guarantee
-- column peak_time: when the points first reached the peak, UTC; NULL for a mean, which has no time
-- column guarantee: guaranteed bandwidth of the month: mean of the days' largest, cut to a whole unit; enhanced95 only
-- column billed: the larger of peak and guarantee
-- column reported: billed bandwidth by the vendor's summary
-- column reported_guarantee: guaranteed bandwidth of the month by the vendor's summary; enhanced95 only
-- column reported_peak: month's peak before the guarantee by the vendor's summary; enhanced95 only
-- column variance: billed less reported; NULL where their units differ
-- column actual_days: days by the vendor's summary: points / 288
-- column day_factor: share of the month that is paid for: actual_days (else counted days) / days of the month
-- column unit_price: the contract's price of one unit of bandwidth by the config; NULL: none is known
-- column price_per: what the price is for: month (a share of which is paid for) or day
-- column price_basis: which amount of the bill the price makes: official or payable
-- column fee: billed x unit_price x day_factor, or x days where the price is per day, to 8 decimals
-- column note: what to know of the row: the same resource also stands under the other code to base 1000
with computed as (
  select a.*
  from usage.peak95_algorithms as a
  inner join ops.params as p on p.cycle = a.cycle
  where a.is_billing
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
    max(s.monthly_guaranteed_band_width) as reported_guarantee,
    max(s.monthly_peak_band_width) as reported_peak,
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
    c.algorithm,
    coalesce(c.points_expected, 0) as points_expected,
    coalesce(c.points_present, 0) as points_present,
    coalesce(c.points_padded, 0) as points_padded,
    coalesce(c.valid_days, 0) as valid_days,
    c.removed,
    c.rank,
    c.value as peak,
    c.value_time as peak_time,
    c.guarantee,
    case when c.guarantee is null or c.value >= c.guarantee then c.value else c.guarantee end as billed,
    s.reported,
    s.reported_guarantee,
    s.reported_peak,
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
),
-- The first price of the config that matches.
prices as (
  select
    b.customer_id,
    b.reseller_id,
    b.service_type_code,
    b.resource_type_code,
    b.usage_type,
    b.resource_id,
    min(r.rule_no) as rule_no
  from both_sides as b
  inner join ops.bandwidth_rules as r
    on coalesce(r.service_type_code, b.service_type_code) = b.service_type_code
    and coalesce(r.resource_type_code, b.resource_type_code) = b.resource_type_code
    and coalesce(r.usage_type, b.usage_type) = b.usage_type and coalesce(r.resource_id, b.resource_id) = b.resource_id
  where r.price is not null
  group by b.customer_id, b.reseller_id, b.service_type_code, b.resource_type_code, b.usage_type, b.resource_id
),
priced as (
  select
    b.*,
    r.price,
    r.per,
    r.basis,
    -- Days in 10^-10.
    coalesce(
      case when b.actual_days between 0 and 366 then cast(round(b.actual_days, 10) * 10000000000 as hugeint) end,
      case when b.algorithm = 'enhanced95' then cast(div_round(cast(b.points_present as hugeint) * 10000000000, 288) as hugeint)
        else cast(b.valid_days as hugeint) * 10000000000 end
    ) as days_e10
  from both_sides as b
  left join prices as k
    on k.customer_id = b.customer_id and k.reseller_id = b.reseller_id and k.service_type_code = b.service_type_code
    and k.resource_type_code = b.resource_type_code and k.usage_type = b.usage_type and k.resource_id = b.resource_id
  left join ops.bandwidth_rules as r on r.rule_no = k.rule_no
)
select
  p.cycle,
  b.customer_id,
  b.reseller_id,
  b.service_type_code,
  b.resource_type_code,
  b.usage_type,
  b.resource_id,
  coalesce(b.algorithm, case when b.usage_type = '95peak_plus' then 'enhanced95' else 'monthly95_floor' end) as algorithm,
  cast(case
    when b.usage_type = '95Peak' then 1024
    when b.usage_type in ('95peak_1000', '95Peak_1000') then 1000
    when u.measure_type = '16' then 1024
    when u.measure_type = '19' then 1000
  end as integer) as base,
  b.points_expected,
  b.points_present,
  b.points_padded,
  b.valid_days,
  b.removed,
  b.rank,
  b.peak,
  b.peak_time,
  b.guarantee,
  b.billed,
  b.reported,
  b.reported_guarantee,
  b.reported_peak,
  case when b.summary_measure_id is null or b.points_measure_id = b.summary_measure_id
    then cast(b.billed - b.reported as decimal(38, 12)) end as variance,
  b.actual_days,
  cast(cast(div_round(b.days_e10, date_diff('day', p.first_day, p.last_day) + 1) as decimal(38, 0)) * 0.0000000001 as decimal(18, 10)) as day_factor,
  b.price as unit_price,
  b.per as price_per,
  b.basis as price_basis,
  -- On integers, within what they hold: billed and price in 10^-8, their product again, times days in 10^-10.
  case when abs(b.billed) < 1000000000 and b.price < 10000000
    then from_e8(div_round(
      div_round(e8(b.billed) * e8(b.price), 100000000) * b.days_e10,
      10000000000 * cast(case when b.per = 'day' then 1 else date_diff('day', p.first_day, p.last_day) + 1 end as hugeint)
    )) end as fee,
  b.measure_id,
  case when d.resource_id is not null then 'also stands under the other code to base 1000; do not add the two' end as note
from priced as b
cross join ops.params as p
left join unit_types as u on u.measure_id = b.measure_id
left join doubled as d
  on b.usage_type in ('95peak_1000', '95Peak_1000') and d.customer_id = b.customer_id and d.reseller_id = b.reseller_id
  and d.resource_id = b.resource_id
