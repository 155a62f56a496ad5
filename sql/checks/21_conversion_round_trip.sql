-- title: Normalised quantities lead back to the quantities of the service
-- severity: B
-- phase: lines
-- owner: operations
-- code: unit
-- action: run settle run --cycle {cycle} again, which loads the quantities with the conversions of today; if it stays, tell whoever looks after settle
-- needs: consumption_records, measure_units
-- The normalised quantity of a fee record is its quantity times the whole number by which its unit is larger than the smallest of
-- its family, exactly; and the family's unit is its unit. By customer and unit. Units that nothing converts are check 20's.
with units as (
  select
    u.measure_id,
    min(u.family_unit) as family_unit,
    cast(min(u.family_factor) as decimal(38, 0)) as factor,
    -- What is beyond has no normalised quantity: its column could not hold it.
    cast(div_floor(whole(100000000000000000000000000) - 1, whole(min(u.family_factor))) as decimal(38, 12)) as most_usage
  from source.measure_units as u
  inner join ops.params as p on p.cycle = u.cycle
  where u.family_factor >= 1
  group by u.measure_id
),
quantities as (
  select
    r.customer_id,
    r.reseller_id,
    r.usage_measure_id,
    r.usage_amount,
    r.usage_normal,
    r.record_key,
    u.factor,
    u.family_unit,
    r.usage_normal_unit,
    case when abs(r.usage_amount) <= u.most_usage then r.usage_amount * u.factor end as wanted
  from source.consumption_records as r
  inner join ops.params as p on p.cycle = r.cycle
  left join units as u on u.measure_id = r.usage_measure_id
  where r.usage_normal is not null
)
select
  q.customer_id,
  q.reseller_id,
  'quantities in unit ' || coalesce(cast(q.usage_measure_id as varchar), 'none') || case when q.reseller_id = '' then '' else ' under reseller ' || q.reseller_id end as subject,
  'quantity x ' || coalesce(cast(min(q.factor) as varchar), 'no factor') || ' ' || coalesce(min(q.family_unit), '') as expected,
  cast(count(*) as varchar) || ' records are otherwise' as actual,
  cast(null as decimal(38, 8)) as difference,
  cast(0 as decimal(38, 8)) as tolerance,
  'a normalised quantity does not lead back to the quantity that the service told' as reason,
  'for example record ' || min(q.record_key) || ': ' || coalesce(cast(min(q.usage_amount) as varchar), '-') || ' became ' || coalesce(cast(min(q.usage_normal) as varchar), '-')
    || ' ' || coalesce(min(q.usage_normal_unit), '') as detail
from quantities as q
where q.wanted is null or q.wanted <> q.usage_normal or q.usage_normal_unit is distinct from q.family_unit
group by q.customer_id, q.reseller_id, q.usage_measure_id
