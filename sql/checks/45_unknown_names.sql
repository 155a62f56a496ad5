-- title: New fields and codes of the service
-- severity: I
-- phase: lines
-- JSON fields that no column has, and values of enumerations that the documentation does not list. They never stop a run; one
-- finding names each. The lists are those of the vendor's SDK 0.1.207.
with fields as (
  select
    'field ' || f.dataset || '.' || f.field as subject,
    sum(f.rows) as records,
    min(f.example) as detail
  from source.unknown_fields as f
  inner join ops.params as p on p.cycle = f.cycle
  group by f.dataset, f.field
),
codes as (
  select 'consumption_records.bill_detail_type' as field, r.bill_detail_type as code, count(*) as records
  from source.consumption_records as r
  inner join ops.params as p on p.cycle = r.cycle
  where r.bill_detail_type not in ('1', '2', '3', '4', '5', '8', '9', '14', '16', '18', '20', '23', '24', '25', '103')
  group by r.bill_detail_type
  union all
  select 'consumption_records.charging_mode' as field, r.charging_mode as code, count(*) as records
  from source.consumption_records as r
  inner join ops.params as p on p.cycle = r.cycle
  where r.charging_mode not in ('1', '3', '10', '11')
  group by r.charging_mode
  union all
  select 'consumption_records.association_type' as field, coalesce(r.association_type, 'none') as code, count(*) as records
  from source.consumption_records as r
  inner join ops.params as p on p.cycle = r.cycle
  where coalesce(r.association_type, 'none') not in ('1', '2')
  group by r.association_type
  union all
  select 'monthly_bills.bill_type' as field, b.bill_type as code, count(*) as records
  from source.monthly_bills as b
  inner join ops.params as p on p.cycle = b.cycle
  where b.bill_type not in ('0', '1', '2')
  group by b.bill_type
  union all
  select 'monthly_bill_accounts.balance_type' as field, a.balance_type as code, count(*) as records
  from source.monthly_bill_accounts as a
  inner join ops.params as p on p.cycle = a.cycle
  where a.balance_type not in (
    'BALANCE_TYPE_DEBIT', 'BALANCE_TYPE_CREDIT', 'BALANCE_TYPE_BONUS', 'BALANCE_TYPE_COUPON', 'BALANCE_TYPE_RCASH_COUPON',
    'BALANCE_TYPE_STORED_VALUE_CARD'
  )
  group by a.balance_type
)
select
  f.subject,
  'a documented field' as expected,
  'not documented' as actual,
  'the field is kept in the packages only' as reason,
  cast(f.records as varchar) || ' rows, for example ' || coalesce(f.detail, '') as detail
from fields as f
union all
select
  'value ' || c.code || ' of ' || c.field as subject,
  'a documented value' as expected,
  'not documented' as actual,
  'the value is kept as it is; find out what it means' as reason,
  cast(c.records as varchar) || ' rows' as detail
from codes as c
