-- Cycle $1, parties $2 to $3: the points that the billed bandwidths of a party's largest $4 resources come from, by rank and by day side by side: every
-- eighteenth of the highest 900 points and the one that is billed, and the days with their peaks. A rank and a day in one row have nothing to do with each other.
with units as (
  select measure_id, min(coalesce(abbreviation, measure_name)) as unit
  from source.measure_units
  where cycle = $1
  group by measure_id
),
resources as (
  select
    o.party_id,
    p.*,
    row_number() over (
      partition by o.party_id order by p.billed desc nulls last, p.customer_id, p.reseller_id, p.resource_id, p.usage_type
    ) as place
  from usage.peak95 as p
  inner join settlement.account_owners as o on o.cycle = p.cycle and o.customer_id = p.customer_id
  where p.cycle = $1 and o.party_id between $2 and $3 and p.points_present > 0
),
largest as (
  select * from resources where place <= cast($4 as integer)
),
points as (
  select
    r.party_id,
    r.place,
    c.rank,
    case when c.rank < r.rank then c.value end as dropped,
    case when c.rank = r.rank then c.value end as billed_point,
    case when c.rank > r.rank then c.value end as kept,
    row_number() over (partition by r.party_id, r.place order by c.rank) as line
  from largest as r
  inner join usage.peak95_curve as c
    on c.cycle = r.cycle and c.customer_id = r.customer_id and c.reseller_id = r.reseller_id and c.service_type_code = r.service_type_code
    and c.resource_type_code = r.resource_type_code and c.usage_type = r.usage_type and c.resource_id = r.resource_id
  where r.algorithm in ('monthly95_floor', 'monthly95_ceil') and (mod(c.rank, 18) = 1 or c.rank = r.rank)
),
days as (
  select
    r.party_id,
    r.place,
    d.stat_time_date as day,
    d.highest,
    case r.algorithm when 'enhanced95' then floor(d.fifth) when 'daily95_average' then d.daily95 end as figure,
    r.billed,
    row_number() over (partition by r.party_id, r.place order by d.stat_time_date) as line
  from largest as r
  inner join usage.peak95_days as d
    on d.cycle = r.cycle and d.customer_id = r.customer_id and d.reseller_id = r.reseller_id and d.service_type_code = r.service_type_code
    and d.resource_type_code = r.resource_type_code and d.usage_type = r.usage_type and d.resource_id = r.resource_id
),
lines as (
  select
    coalesce(p.party_id, d.party_id) as party_id,
    coalesce(p.place, d.place) as place,
    coalesce(p.line, d.line) as line,
    p.rank,
    p.dropped,
    p.billed_point,
    p.kept,
    d.day,
    d.highest,
    d.figure,
    d.billed
  from points as p
  full outer join days as d on d.party_id = p.party_id and d.place = p.place and d.line = p.line
)
select
  l.party_id,
  cast(l.place as varchar) as place,
  r.resource_id,
  r.usage_type,
  r.algorithm,
  coalesce(u.unit, cast(r.measure_id as varchar)) as unit,
  cast(l.rank as varchar) as rank,
  cast(l.dropped as varchar) as dropped,
  cast(l.billed_point as varchar) as billed_point,
  cast(l.kept as varchar) as kept,
  cast(l.day as varchar) as day,
  cast(l.highest as varchar) as highest,
  cast(l.figure as varchar) as figure,
  cast(l.billed as varchar) as billed
from lines as l
inner join largest as r on r.party_id = l.party_id and r.place = l.place
left join units as u on u.measure_id = r.measure_id
order by l.party_id, l.place, l.line
