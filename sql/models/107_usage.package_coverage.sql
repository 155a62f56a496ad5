-- usage.package_coverage: what resource packages covered of a resource's usage on one day (UTC+8), from both sides: the fee records, which show what was covered and
-- what was paid beyond it, and the deductions from the packages. Resources that no package covered in the month are left out.
-- build: cycle
-- column consume_date: day on which the usage began, UTC+8
-- column free_resource_id: package item that covered the resource; of several the last that did in the month; NULL: no deduction names one
-- column records: fee records of the day
-- column covered: covered by packages according to the fee records, in measure_id; NULL: a unit is not known
-- column deducted: deducted from packages for usage of the day, in measure_id; NULL: a unit is not known
-- column overage: usage beyond what was covered, in measure_id; NULL: a unit is not known
-- column overage_official_amount: list price of the fee records: of what no package covered
-- column overage_payable_amount: payable amount of the fee records
-- column measure_id: unit of covered, deducted and overage: that of the deductions, else that of the covered usage
with units as (
  select
    u.measure_id,
    max(u.family_unit) as family_unit,
    max(cast(u.family_factor as hugeint)) as factor
  from source.measure_units as u
  inner join ops.params as p on p.cycle = u.cycle
  where u.family_factor >= 1
  group by u.measure_id
),
-- In smallest units of the family times 10^12. What does not stay below 10^32 is no quantity of a month.
deductions as (
  select
    u.customer_id,
    u.resource_id,
    u.usage_type_code as usage_type,
    coalesce(u.effective_time_date, u.deduct_time_date) as consume_date,
    u.free_resource_id,
    u.deduct_time,
    u.measure_id,
    f.family_unit,
    case when abs(u.used_amount) < 100000000000000000000.0 and e12(abs(u.used_amount)) <= div_floor(div_floor(most_e22(), 10000), f.factor)
      then e12(u.used_amount) * f.factor end as used_e12
  from source.resource_package_usage as u
  inner join ops.params as p on p.cycle = u.cycle
  left join units as f on f.measure_id = u.measure_id
  where coalesce(u.effective_time_date, u.deduct_time_date) between p.first_day and p.last_day
),
last_items as (
  select
    d.customer_id,
    d.resource_id,
    d.usage_type,
    d.free_resource_id,
    row_number() over (
      partition by d.customer_id, d.resource_id, d.usage_type order by max(d.deduct_time) desc, d.free_resource_id
    ) as place
  from deductions as d
  group by d.customer_id, d.resource_id, d.usage_type, d.free_resource_id
),
covered_resources as (
  select distinct
    d.customer_id,
    d.resource_id,
    d.usage_type
  from deductions as d
),
records as (
  select
    r.customer_id,
    r.resource_id,
    r.usage_type,
    r.consume_from_date as consume_date,
    r.official_amount,
    r.payment_amount,
    r.usage_normal,
    r.usage_normal_unit,
    coalesce(r.free_resource_usage, 0) as free_resource_usage,
    case when coalesce(r.free_resource_usage, 0) <> 0 then r.free_resource_measure_id end as measure_id
  from source.consumption_records as r
  inner join ops.params as p on p.cycle = r.cycle
  left join covered_resources as c
    on c.resource_id = r.resource_id and c.customer_id = r.customer_id and c.usage_type = r.usage_type
  where r.consume_from_date between p.first_day and p.last_day and r.charging_mode = '3' and r.bill_detail_type = '5'
    and (r.free_resource_usage <> 0 or c.resource_id is not null)
),
measured as (
  select
    r.*,
    coalesce(f.family_unit, r.usage_normal_unit) as family_unit,
    case
      when r.free_resource_usage = 0 then 0
      when abs(r.free_resource_usage) < 100000000000000000000.0
        and e12(abs(r.free_resource_usage)) <= div_floor(div_floor(most_e22(), 10000), f.factor) then e12(r.free_resource_usage) * f.factor
    end as covered_e12,
    case when abs(r.usage_normal) < 100000000000000000000.0 then e12(r.usage_normal) end as used_e12
  from records as r
  left join units as f on f.measure_id = r.measure_id
),
sides as (
  select
    m.customer_id,
    m.resource_id,
    m.usage_type,
    m.consume_date,
    1 as records,
    m.official_amount,
    m.payment_amount,
    m.measure_id as record_measure_id,
    cast(null as bigint) as measure_id,
    m.family_unit,
    m.covered_e12,
    cast(0 as hugeint) as deducted_e12,
    case when m.family_unit = m.usage_normal_unit then m.used_e12 - m.covered_e12 end as overage_e12,
    case when m.covered_e12 is null then 1 else 0 end as covered_unknown,
    0 as deducted_unknown,
    case when m.family_unit = m.usage_normal_unit and m.used_e12 - m.covered_e12 is not null then 0 else 1 end as overage_unknown
  from measured as m
  union all
  select
    d.customer_id,
    d.resource_id,
    d.usage_type,
    d.consume_date,
    0 as records,
    cast(0 as decimal(18, 8)) as official_amount,
    cast(0 as decimal(18, 8)) as payment_amount,
    cast(null as bigint) as record_measure_id,
    d.measure_id,
    d.family_unit,
    cast(0 as hugeint) as covered_e12,
    d.used_e12 as deducted_e12,
    cast(0 as hugeint) as overage_e12,
    0 as covered_unknown,
    case when d.used_e12 is null then 1 else 0 end as deducted_unknown,
    0 as overage_unknown
  from deductions as d
),
summed as (
  select
    s.customer_id,
    s.resource_id,
    s.usage_type,
    s.consume_date,
    cast(sum(s.records) as bigint) as records,
    sum(s.official_amount) as official_amount,
    sum(s.payment_amount) as payable_amount,
    coalesce(min(s.measure_id), min(s.record_measure_id)) as measure_id,
    sum(s.covered_e12) as covered_e12,
    sum(s.deducted_e12) as deducted_e12,
    sum(s.overage_e12) as overage_e12,
    sum(s.covered_unknown) as covered_unknown,
    sum(s.deducted_unknown) as deducted_unknown,
    sum(s.overage_unknown) as overage_unknown,
    -- Quantities of two families are never set against each other.
    min(s.family_unit) = max(s.family_unit) as one_family
  from sides as s
  group by s.customer_id, s.resource_id, s.usage_type, s.consume_date
),
-- A resource is shown in one unit all month.
resource_units as (
  select
    s.customer_id,
    s.resource_id,
    s.usage_type,
    min(s.measure_id) as measure_id
  from summed as s
  group by s.customer_id, s.resource_id, s.usage_type
)
select
  p.cycle,
  s.customer_id,
  '' as reseller_id,
  s.resource_id,
  s.usage_type,
  s.consume_date,
  i.free_resource_id,
  s.records,
  case when s.one_family and s.covered_unknown = 0
    then cast(cast(div_round(s.covered_e12, f.factor) as decimal(38, 0)) * 0.000000000001 as decimal(38, 12)) end as covered,
  case when s.one_family and s.deducted_unknown = 0
    then cast(cast(div_round(s.deducted_e12, f.factor) as decimal(38, 0)) * 0.000000000001 as decimal(38, 12)) end as deducted,
  case when s.one_family and s.overage_unknown = 0
    then cast(cast(div_round(s.overage_e12, f.factor) as decimal(38, 0)) * 0.000000000001 as decimal(38, 12)) end as overage,
  cast(s.official_amount as decimal(38, 8)) as overage_official_amount,
  cast(s.payable_amount as decimal(38, 8)) as overage_payable_amount,
  u.measure_id
from summed as s
cross join ops.params as p
left join resource_units as u
  on u.customer_id = s.customer_id and u.resource_id = s.resource_id and u.usage_type = s.usage_type
left join units as f on f.measure_id = u.measure_id
left join last_items as i
  on i.customer_id = s.customer_id and i.resource_id = s.resource_id and i.usage_type = s.usage_type and i.place = 1
