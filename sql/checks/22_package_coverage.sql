-- title: What packages covered is the same on fee records and deductions
-- severity: W
-- phase: lines
-- owner: operations
-- code: package_delay
-- action: run the month again in a day or two, since deductions come late; if the difference stays, send both sides to the vendor with finding {finding}
-- needs: consumption_records, resource_package_usage
-- By resource and usage type: what its fee records of the month show as covered by packages, against what the packages' own
-- records deducted for it. Both count usage that began in the month; quantities are in the unit of the deductions. Customers whose
-- deductions were not asked for are left out.
with asked as (
  select distinct w.customer_id
  from ops.windows as w
  inner join ops.params as p on p.cycle = w.cycle
  where w.dataset = 'resource_package_usage' and coalesce(w.skipped, '') = ''
),
units as (
  select
    u.measure_id,
    max(coalesce(u.abbreviation, u.measure_name)) as unit
  from source.measure_units as u
  inner join ops.params as p on p.cycle = u.cycle
  group by u.measure_id
),
sides as (
  select
    c.customer_id,
    c.resource_id,
    c.usage_type,
    c.measure_id,
    sum(c.covered) as covered,
    sum(c.deducted) as deducted,
    count(*) = count(c.covered) and count(*) = count(c.deducted) as comparable,
    min(c.free_resource_id) as free_resource_id,
    sum(c.records) as records
  from usage.package_coverage as c
  inner join ops.params as p on p.cycle = c.cycle
  inner join asked as a on a.customer_id = c.customer_id
  group by c.customer_id, c.resource_id, c.usage_type, c.measure_id
)
select
  s.customer_id,
  'packages on resource ' || coalesce(s.resource_id, '-') || ', usage type ' || coalesce(s.usage_type, '-') as subject,
  'deducted ' || plain(s.deducted) || ' ' || coalesce(u.unit, '') as expected,
  'covered on fee records ' || plain(s.covered) || ' ' || coalesce(u.unit, '') as actual,
  try_cast(s.covered - s.deducted as decimal(38, 8)) as difference,
  cast(0.0001 as decimal(38, 8)) as tolerance,
  case
    when s.deducted = 0 then 'fee records show usage covered by a package, and no package has a deduction for it'
    when s.covered = 0 then 'a package was used for this resource, and its fee records show nothing covered: it may have been charged in full'
    when s.covered > s.deducted then 'fee records show more covered than the packages gave'
    else 'the packages gave more than fee records show as covered: the rest may have been charged'
  end as reason,
  'package item ' || coalesce(s.free_resource_id, 'unknown') || ', ' || cast(s.records as varchar) || ' fee records' as detail
from sides as s
left join units as u on u.measure_id = s.measure_id
where s.comparable and abs(s.covered - s.deducted) > 0.0001
