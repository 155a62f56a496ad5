-- Cycle $1, parties $2 to $3: a resource billed by its 95th percentile. The customer's calls know no reseller: whose it is says
-- settlement.account_owners.
with services as (
  select service_type_code, min(service_type_name) as service_type_name
  from source.service_types
  where cycle = $1
  group by service_type_code
),
units as (
  select measure_id, min(coalesce(abbreviation, measure_name)) as unit
  from source.measure_units
  where cycle = $1
  group by measure_id
)
select
  o.party_id,
  p.customer_id,
  c.account_name,
  coalesce(s.service_type_name, p.service_type_code) as service_type_name,
  p.resource_id,
  p.usage_type,
  p.algorithm,
  cast(p.base as varchar) as base,
  cast(round(coalesce(p.actual_days, p.valid_days), 6) as varchar) as actual_days,
  cast(p.points_expected as varchar) as points_expected,
  cast(p.points_present as varchar) as points_present,
  cast(p.points_padded as varchar) as points_padded,
  cast(p.removed as varchar) as removed,
  cast(p.rank as varchar) as rank,
  cast(p.peak as varchar) as peak,
  cast(p.peak_time as varchar) as peak_time,
  cast(p.guarantee as varchar) as guarantee,
  cast(p.billed as varchar) as billed,
  coalesce(u.unit, cast(p.measure_id as varchar)) as unit,
  -- A contract price that the vendor's payable amounts follow is the partner's cost: only a list price is printed.
  cast(case when p.price_basis = 'official' then p.unit_price end as varchar) as unit_price,
  cast(p.day_factor as varchar) as day_factor,
  cast(case when p.price_basis = 'official' then p.fee end as varchar) as fee,
  cast(p.reported as varchar) as reported,
  cast(p.variance as varchar) as variance
from usage.peak95 as p
inner join settlement.account_owners as o on o.cycle = p.cycle and o.customer_id = p.customer_id
left join source.customers as c on c.cycle = p.cycle and c.customer_id = p.customer_id and c.reseller_id = o.reseller_id
left join services as s on s.service_type_code = p.service_type_code
left join units as u on u.measure_id = p.measure_id
where p.cycle = $1 and o.party_id between $2 and $3
order by o.party_id, p.customer_id, p.reseller_id, p.service_type_code, p.resource_type_code, p.resource_id, p.usage_type
