-- recon.vendor_profile: what the vendor's answers of a cycle look like: each value of an enumeration, each code, unit and JSON field that
-- is not known, and how precise amounts are. Small, and kept for every cycle: recon.radar holds one cycle's against those before it.
-- build: cycle
-- column kind: field (JSON field that no column has), value (of an enumeration), code (of service, resource or usage type, on records), listed (the same in the vendor's lists), unit (of the conversion API), used_unit (on records) or precision (of an amount)
-- column field: dataset and field that it is about
-- column value: the value, code or unit; of a field or a precision empty
-- column states: what is said of it: of a unit its name, family and factor, of a precision the decimal places
-- column places: decimal places, of a precision
-- column record_count: rows that have it
with shapes as (
  select s.*
  from recon.record_shapes as s
  inner join ops.params as p on p.cycle = s.cycle
),
seen as (
  select
    'field' as kind,
    f.dataset || '.' || f.field as field,
    '' as value,
    min(f.example) as states,
    cast(null as integer) as places,
    cast(sum(f.rows) as bigint) as record_count
  from source.unknown_fields as f
  inner join ops.params as p on p.cycle = f.cycle
  group by f.dataset, f.field
  union all
  select
    'value' as kind, 'consumption_records.bill_detail_type' as field, coalesce(s.bill_detail_type, 'none') as value,
    cast(null as varchar) as states, cast(null as integer) as places, cast(sum(s.record_count) as bigint) as record_count
  from shapes as s
  group by s.bill_detail_type
  union all
  select
    'value' as kind, 'consumption_records.charging_mode' as field, coalesce(s.charging_mode, 'none') as value,
    cast(null as varchar) as states, cast(null as integer) as places, cast(sum(s.record_count) as bigint) as record_count
  from shapes as s
  group by s.charging_mode
  union all
  select
    'value' as kind, 'consumption_records.association_type' as field, coalesce(s.association_type, 'none') as value,
    cast(null as varchar) as states, cast(null as integer) as places, cast(sum(s.record_count) as bigint) as record_count
  from shapes as s
  group by s.association_type
  union all
  select
    'value' as kind, 'monthly_bills.bill_type' as field, coalesce(b.bill_type, 'none') as value,
    cast(null as varchar) as states, cast(null as integer) as places, count(*) as record_count
  from source.monthly_bills as b
  inner join ops.params as p on p.cycle = b.cycle
  group by b.bill_type
  union all
  select
    'value' as kind, 'monthly_bill_accounts.balance_type' as field, coalesce(a.balance_type, 'none') as value,
    cast(null as varchar) as states, cast(null as integer) as places, count(*) as record_count
  from source.monthly_bill_accounts as a
  inner join ops.params as p on p.cycle = a.cycle
  group by a.balance_type
  union all
  select
    'code' as kind, 'service_type_code' as field, s.service_type_code as value,
    cast(null as varchar) as states, cast(null as integer) as places, cast(sum(s.record_count) as bigint) as record_count
  from shapes as s
  where s.service_type_code <> ''
  group by s.service_type_code
  union all
  select
    'code' as kind, 'resource_type_code' as field, s.resource_type_code as value,
    cast(null as varchar) as states, cast(null as integer) as places, cast(sum(s.record_count) as bigint) as record_count
  from shapes as s
  where s.resource_type_code <> ''
  group by s.resource_type_code
  union all
  select
    'code' as kind, 'usage_type' as field, s.usage_type as value,
    cast(null as varchar) as states, cast(null as integer) as places, cast(sum(s.record_count) as bigint) as record_count
  from shapes as s
  where s.usage_type <> ''
  group by s.usage_type
  union all
  select
    'used_unit' as kind, 'usage_measure_id' as field, cast(s.usage_measure_id as varchar) as value,
    cast(null as varchar) as states, cast(null as integer) as places, cast(sum(s.with_usage) as bigint) as record_count
  from shapes as s
  where s.usage_measure_id is not null and s.with_usage > 0
  group by s.usage_measure_id
  union all
  select
    'listed' as kind, 'service_type_code' as field, t.service_type_code as value,
    max(t.service_type_name) as states, cast(null as integer) as places, count(*) as record_count
  from source.service_types as t
  inner join ops.params as p on p.cycle = t.cycle
  where t.service_type_code <> ''
  group by t.service_type_code
  union all
  select
    'listed' as kind, 'resource_type_code' as field, t.resource_type_code as value,
    max(t.resource_type_name) as states, cast(null as integer) as places, count(*) as record_count
  from source.resource_types as t
  inner join ops.params as p on p.cycle = t.cycle
  where t.resource_type_code <> ''
  group by t.resource_type_code
  union all
  select
    'listed' as kind, 'usage_type' as field, t.code as value,
    max(t.name) as states, cast(null as integer) as places, count(*) as record_count
  from source.usage_types as t
  inner join ops.params as p on p.cycle = t.cycle
  where t.code <> ''
  group by t.code
  union all
  select
    'unit' as kind, 'measure_id' as field, cast(u.measure_id as varchar) as value,
    coalesce(max(u.measure_name), '') || ' (' || coalesce(max(u.abbreviation), '') || '), type ' || coalesce(max(u.measure_type), '-')
      || case when max(u.family_factor) is null then '' else ', ' || cast(cast(max(u.family_factor) as decimal(38, 0)) as varchar)
        || ' ' || coalesce(max(u.family_unit), '') end as states,
    cast(null as integer) as places, count(*) as record_count
  from source.measure_units as u
  inner join ops.params as p on p.cycle = u.cycle
  group by u.measure_id
  union all
  select
    'precision' as kind, 'consumption_records.official_amount' as field, '' as value,
    cast(max(s.official_places) as varchar) as states, max(s.official_places) as places, cast(sum(s.record_count) as bigint) as record_count
  from shapes as s
  having sum(s.record_count) > 0
  union all
  select
    'precision' as kind, 'consumption_records.payment_amount' as field, '' as value,
    cast(max(s.payment_places) as varchar) as states, max(s.payment_places) as places, cast(sum(s.record_count) as bigint) as record_count
  from shapes as s
  having sum(s.record_count) > 0
  union all
  select
    'precision' as kind, 'monthly_bills.amount' as field, '' as value,
    cast(max(places8(b.amount)) as varchar) as states, max(places8(b.amount)) as places, count(*) as record_count
  from source.monthly_bills as b
  inner join ops.params as p on p.cycle = b.cycle
  having count(*) > 0
)
select
  p.cycle,
  s.kind,
  s.field,
  s.value,
  s.states,
  s.places,
  s.record_count
from seen as s
cross join ops.params as p
