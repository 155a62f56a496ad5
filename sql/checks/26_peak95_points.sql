-- title: Bandwidth points are complete
-- severity: W
-- phase: lines
-- owner: vendor contact
-- code: missing_data
-- action: note it on the statement; ask the vendor for the points of {cycle} where they would change what is billed
-- needs: peak95_summaries, peak95_points
-- By resource: the points of the days that count, against 288 a day. Points before the first of a resource's life and after its last are
-- missing by right, where the vendor does not count them either.
with edges as (
  select
    d.customer_id,
    d.reseller_id,
    d.service_type_code,
    d.resource_type_code,
    d.usage_type,
    d.resource_id,
    min(d.first_time) as first_time,
    max(d.last_time) as last_time,
    min(d.stat_time_date) as first_date,
    max(d.stat_time_date) as last_date,
    max(d.points) as most_points
  from usage.peak95_days as d
  inner join ops.params as p on p.cycle = d.cycle
  group by d.customer_id, d.reseller_id, d.service_type_code, d.resource_type_code, d.usage_type, d.resource_id
),
-- Five-minute slots of the first day before the first point, and of the last day after the last one.
counted as (
  select
    b.*,
    e.most_points,
    e.first_time,
    e.last_time,
    cast(div_floor(date_diff('minute', cast(e.first_date as timestamp), e.first_time + interval '8' hour), 5) as bigint)
      + 287 - cast(div_floor(date_diff('minute', cast(e.last_date as timestamp), e.last_time + interval '8' hour), 5) as bigint) as outside,
    case when b.actual_days between 0 and 366 then cast(round(b.actual_days * 288, 0) as bigint) end as counted_by_vendor
  from usage.peak95 as b
  inner join ops.params as p on p.cycle = b.cycle
  left join edges as e
    on e.customer_id = b.customer_id and e.reseller_id = b.reseller_id and e.service_type_code = b.service_type_code
    and e.resource_type_code = b.resource_type_code and e.usage_type = b.usage_type and e.resource_id = b.resource_id
  where b.points_present <> b.points_expected or (b.points_present = 0 and b.reported is not null)
    or e.most_points > 288
),
-- A part of a day counts as such where the vendor does not count more.
parted as (
  select
    c.*,
    case when c.outside > 0 and coalesce(c.counted_by_vendor, 0) <= c.points_expected - c.outside and c.points_expected >= c.points_present + c.outside
      then c.outside else 0 end as by_right
  from counted as c
)
select
  t.customer_id,
  nullif(t.reseller_id, '') as reseller_id,
  'bandwidth points of ' || coalesce(t.resource_id, '-') || ', usage type ' || coalesce(t.usage_type, '-') as subject,
  cast(t.points_expected - t.by_right as varchar) || ' points of ' || cast(t.valid_days as varchar) || ' days' as expected,
  cast(t.points_present as varchar) || ' points' as actual,
  cast(t.points_present - t.points_expected + t.by_right as decimal(38, 8)) as difference,
  cast(0 as decimal(38, 8)) as tolerance,
  false as explained,
  'missing_data' as reason_code,
  case
    when t.points_present = 0 then 'the summary names a bandwidth and there is no point to prove it'
    when t.most_points > 288 or t.points_present > t.points_expected then 'a day has more than 288 points: some came twice'
    when t.counted_by_vendor = t.points_present then 'points are missing, for the vendor too: a point that is missing moves the rank and the days that are paid for'
    else 'points are missing: a point that is missing moves the rank'
  end as reason,
  'first ' || coalesce(cast(t.first_time as varchar), '-') || ', last ' || coalesce(cast(t.last_time as varchar), '-') || ' UTC; the vendor counts '
    || coalesce(cast(t.counted_by_vendor as varchar), '-') || '; ' || cast(t.points_padded as varchar) || ' counted as 0' as detail
from parted as t
where t.points_present = 0 or t.points_present <> t.points_expected - t.by_right or t.most_points > 288
union all
select
  t.customer_id,
  nullif(t.reseller_id, '') as reseller_id,
  'first or last day of bandwidth ' || coalesce(t.resource_id, '-') || ', usage type ' || coalesce(t.usage_type, '-') as subject,
  cast(t.points_expected as varchar) || ' points of ' || cast(t.valid_days as varchar) || ' whole days' as expected,
  cast(t.points_expected - t.by_right as varchar) || ' points of its life' as actual,
  cast(-t.by_right as decimal(38, 8)) as difference,
  cast(0 as decimal(38, 8)) as tolerance,
  true as explained,
  'changed_month' as reason_code,
  'the resource began or ended within a day' as reason,
  'first ' || cast(t.first_time as varchar) || ', last ' || cast(t.last_time as varchar) || ' UTC' as detail
from parted as t
where t.by_right > 0
