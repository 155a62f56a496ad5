-- title: Every quantity has a known unit
-- severity: W
-- phase: lines
-- owner: vendor contact
-- code: unit
-- action: nothing to do unless a price needs the unit; then ask the vendor for it
-- needs: consumption_records, measure_units
-- Quantities whose unit the conversion API does not know: they stay out of sums of quantities, their money does not. A rule
-- that prices by quantity needs the unit: such records are unpriced and block by check 30.
with units as (
  select distinct u.measure_id
  from source.measure_units as u
  inner join ops.params as p on p.cycle = u.cycle
),
quantities as (
  select r.customer_id, r.reseller_id, 'usage' as kind, r.usage_measure_id as measure_id, r.record_key
  from source.consumption_records as r
  inner join ops.params as p on p.cycle = r.cycle
  where r.usage_amount is not null and r.usage_normal is null
  union all
  select r.customer_id, r.reseller_id, 'package-covered usage' as kind, r.free_resource_measure_id as measure_id, r.record_key
  from source.consumption_records as r
  inner join ops.params as p on p.cycle = r.cycle
  left join units as u on u.measure_id = r.free_resource_measure_id
  where r.free_resource_usage is not null and u.measure_id is null
  union all
  select r.customer_id, r.reseller_id, 'reserved-instance usage' as kind, r.ri_usage_measure_id as measure_id, r.record_key
  from source.consumption_records as r
  inner join ops.params as p on p.cycle = r.cycle
  left join units as u on u.measure_id = r.ri_usage_measure_id
  where r.ri_usage is not null and u.measure_id is null
)
select
  q.customer_id,
  q.reseller_id,
  'unit ' || coalesce(cast(q.measure_id as varchar), 'none') || ' of ' || q.kind
    || case when q.reseller_id = '' then '' else ' under reseller ' || q.reseller_id end as subject,
  'a unit of the conversion API' as expected,
  cast(count(*) as varchar) || ' records' as actual,
  cast(null as decimal(38, 8)) as difference,
  'the quantity is kept as it came and left out of sums of quantities; its money is settled: nothing to do, unless a price per unit is wanted: then ask the vendor for the unit' as reason,
  'for example record ' || min(q.record_key) as detail
from quantities as q
group by q.customer_id, q.reseller_id, q.kind, q.measure_id
