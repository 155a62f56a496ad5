-- title: Billed bandwidths follow from their points
-- severity: W
-- phase: lines
-- owner: vendor contact
-- code: formula
-- action: compare the algorithm of the contract with the one that fits, set bandwidth.algorithms accordingly, or send the points to the vendor
-- needs: peak95_summaries, peak95_points
-- By resource: the bandwidth that the billing algorithm makes of the five-minute points, against the vendor's summary. A summary
-- in whole units beside points with decimals may be cut: less than one unit is explained by that. The detail shows every algorithm, so that the
-- variant that the vendor used can be seen. A difference that only the guarantee makes belongs to check 29, a resource without points to check 26.
with algorithms as (
  select
    a.customer_id,
    a.reseller_id,
    a.service_type_code,
    a.resource_type_code,
    a.usage_type,
    a.resource_id,
    max(case when a.algorithm = 'monthly95_floor' then a.value end) as monthly95_floor,
    max(case when a.algorithm = 'monthly95_ceil' then a.value end) as monthly95_ceil,
    max(case when a.algorithm = 'enhanced95' then a.value end) as enhanced95,
    max(case when a.algorithm = 'daily95_average' then a.value end) as daily95_average,
    max(case when a.algorithm = 'daily_peak_average' then a.value end) as daily_peak_average,
    max(case when a.algorithm = 'fourth_peak' then a.value end) as fourth_peak
  from usage.peak95_algorithms as a
  inner join ops.params as p on p.cycle = a.cycle
  group by a.customer_id, a.reseller_id, a.service_type_code, a.resource_type_code, a.usage_type, a.resource_id
),
compared as (
  select
    b.*,
    a.monthly95_floor,
    a.monthly95_ceil,
    a.enhanced95,
    a.daily95_average,
    a.daily_peak_average,
    a.fourth_peak,
    case
      when b.reported = a.monthly95_floor then 'monthly95_floor'
      when b.reported = a.monthly95_ceil then 'monthly95_ceil'
      when b.reported = a.enhanced95 then 'enhanced95'
      when b.reported = a.daily95_average then 'daily95_average'
      when b.reported = a.daily_peak_average then 'daily_peak_average'
      when b.reported = a.fourth_peak then 'fourth_peak'
    end as fits
  from usage.peak95 as b
  inner join ops.params as p on p.cycle = b.cycle
  left join algorithms as a
    on a.customer_id = b.customer_id and a.reseller_id = b.reseller_id and a.service_type_code = b.service_type_code
    and a.resource_type_code = b.resource_type_code and a.usage_type = b.usage_type and a.resource_id = b.resource_id
  where b.points_present > 0
),
differing as (
  select
    c.*,
    c.reported = floor(c.reported) and c.billed <> floor(c.billed) and c.billed - c.reported > 0 and c.billed - c.reported < 1 as is_cut
  from compared as c
  where c.reported is not null
    and (c.variance <> 0 or c.variance is null)
    and not (c.guarantee is not null and c.billed = c.guarantee and c.reported < c.guarantee and c.reported = c.peak)
)
select
  d.customer_id,
  nullif(d.reseller_id, '') as reseller_id,
  'bandwidth of ' || coalesce(d.resource_id, '-') || ', usage type ' || coalesce(d.usage_type, '-') as subject,
  d.algorithm || ' makes ' || coalesce(plain(d.billed), 'nothing') || ' of the points' as expected,
  'the summary says ' || plain(d.reported) as actual,
  try_cast(-d.variance as decimal(38, 8)) as difference,
  cast(case when d.is_cut then 1 else 0 end as decimal(38, 8)) as tolerance,
  coalesce(d.is_cut and d.variance is not null, false) as explained,
  case when d.billed is not null and d.variance is null then 'unit' when d.is_cut then 'truncation' when d.points_present <> d.points_expected then 'missing_data' else 'formula' end as reason_code,
  case
    when d.billed is null then 'the points are too large or too many to be worked out; look at them in source.peak95_points'
    when d.variance is null then 'points and summary are in two units, which are not converted into each other'
    when d.is_cut then 'the summary cuts decimals off'
    when d.fits is not null then 'the summary is what ' || d.fits || ' makes of the points'
    when d.points_present <> d.points_expected then 'points are missing, and no algorithm makes the summary of those that are there'
    else 'no algorithm makes the summary of the points'
  end as reason,
  'rank ' || coalesce(cast(d.rank as varchar), '-') || ', ' || cast(d.points_present as varchar) || ' of ' || cast(d.points_expected as varchar)
    || ' points; monthly95_floor ' || coalesce(plain(d.monthly95_floor), '-') || ', monthly95_ceil ' || coalesce(plain(d.monthly95_ceil), '-')
    || ', enhanced95 ' || coalesce(plain(d.enhanced95), '-') || ', daily95_average ' || coalesce(plain(d.daily95_average), '-')
    || ', daily_peak_average ' || coalesce(plain(d.daily_peak_average), '-') || ', fourth_peak ' || coalesce(plain(d.fourth_peak), '-')
    || ', guarantee ' || coalesce(plain(d.guarantee), '-') as detail
from differing as d
