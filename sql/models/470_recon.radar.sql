-- recon.radar: one line for each thing of the vendor's answers that is new: a JSON field or a value that no documentation lists, a code or
-- unit on a record that the vendor's own lists do not name, a code or unit that came into those lists since the month before, a
-- unit that converts otherwise now, an amount with other precision. Checks 45 and 49 make findings of what concerns the month's figures.
-- build: cycle
-- column kind: field, value, code, unit, listed (came into the vendor's lists), changed_unit or precision
-- column field: dataset and field that it is about
-- column value: the value, code or unit; empty where the field itself is the news
-- column expected: what was known
-- column actual: what is said now
-- column record_count: rows that have it
-- column known_since: first cycle in this database that has it
-- column is_new: no earlier cycle has it; NULL where no earlier cycle is there to compare with
-- column words: the line, as a person reads it
with months as (
  select
    max(f.cycle) as prior_cycle
  from recon.vendor_profile as f
  inner join ops.params as p on p.cycle > f.cycle
),
profile as (
  select f.*
  from recon.vendor_profile as f
  inner join ops.params as p on p.cycle = f.cycle
),
since as (
  select
    f.kind,
    f.field,
    f.value,
    min(f.cycle) as known_since
  from recon.vendor_profile as f
  inner join ops.params as p on p.cycle >= f.cycle
  group by f.kind, f.field, f.value
),
-- What the month before said; of precision the range of all months before, since a small month need not use every place.
before as (
  select
    f.kind,
    f.field,
    f.value,
    f.states
  from recon.vendor_profile as f
  inner join months as m on m.prior_cycle = f.cycle
),
range_before as (
  select
    f.field,
    min(f.places) as least,
    max(f.places) as most
  from recon.vendor_profile as f
  inner join ops.params as p on p.cycle > f.cycle
  where f.kind = 'precision' and f.record_count >= 100
  group by f.field
),
lists as (
  select
    f.field,
    count(*) as listed
  from profile as f
  where f.kind = 'listed'
  group by f.field
),
lists_before as (
  select
    b.field,
    count(*) as listed
  from before as b
  where b.kind in ('listed', 'unit')
  group by b.field
),
news as (
  select
    f.kind, f.field, f.value, 'a documented field' as expected, 'for example ' || coalesce(f.states, '-') as actual, f.record_count,
    'field ' || f.field || ' is not documented' as words
  from profile as f
  where f.kind = 'field'
  union all
  -- The documented values are those of the vendor's SDK 0.1.207.
  select
    f.kind, f.field, f.value, 'a documented value' as expected, f.value as actual, f.record_count,
    'value ' || f.value || ' of ' || f.field || ' is not documented' as words
  from profile as f
  where f.kind = 'value'
    and f.field || '=' || f.value not in (
      'consumption_records.bill_detail_type=1', 'consumption_records.bill_detail_type=2', 'consumption_records.bill_detail_type=3',
      'consumption_records.bill_detail_type=4', 'consumption_records.bill_detail_type=5', 'consumption_records.bill_detail_type=8',
      'consumption_records.bill_detail_type=9', 'consumption_records.bill_detail_type=14', 'consumption_records.bill_detail_type=16',
      'consumption_records.bill_detail_type=18', 'consumption_records.bill_detail_type=20', 'consumption_records.bill_detail_type=23',
      'consumption_records.bill_detail_type=24', 'consumption_records.bill_detail_type=25', 'consumption_records.bill_detail_type=103',
      'consumption_records.bill_detail_type=none',
      'consumption_records.charging_mode=1', 'consumption_records.charging_mode=3', 'consumption_records.charging_mode=10',
      'consumption_records.charging_mode=11', 'consumption_records.charging_mode=none',
      'consumption_records.association_type=1', 'consumption_records.association_type=2',
      'monthly_bills.bill_type=0', 'monthly_bills.bill_type=1', 'monthly_bills.bill_type=2', 'monthly_bills.bill_type=none',
      'monthly_bill_accounts.balance_type=BALANCE_TYPE_DEBIT', 'monthly_bill_accounts.balance_type=BALANCE_TYPE_CREDIT',
      'monthly_bill_accounts.balance_type=BALANCE_TYPE_BONUS', 'monthly_bill_accounts.balance_type=BALANCE_TYPE_COUPON',
      'monthly_bill_accounts.balance_type=BALANCE_TYPE_RCASH_COUPON', 'monthly_bill_accounts.balance_type=BALANCE_TYPE_STORED_VALUE_CARD',
      'monthly_bill_accounts.balance_type=none'
    )
  union all
  select
    f.kind, f.field, f.value, 'a code in the vendor''s list' as expected, 'no name' as actual, f.record_count,
    'code ' || f.value || ' of ' || f.field || ' is in no list of the vendor' as words
  from profile as f
  inner join lists as t on t.field = f.field
  left join profile as k on k.kind = 'listed' and k.field = f.field and k.value = f.value
  where f.kind = 'code' and k.value is null
  union all
  select
    'unit' as kind, f.field, f.value, 'a unit of the conversion API' as expected, 'not known' as actual, f.record_count,
    'unit ' || f.value || ' of usage is not in the conversion API' as words
  from profile as f
  left join profile as k on k.kind = 'unit' and k.value = f.value
  where f.kind = 'used_unit' and k.value is null
  union all
  select
    'listed' as kind, f.field, f.value, 'not in the list of the month before' as expected, coalesce(f.states, '') as actual, f.record_count,
    case when f.kind = 'unit' then 'unit ' else 'code ' end || f.value || ' of ' || f.field || ' is new: ' || coalesce(f.states, '') as words
  from profile as f
  inner join lists_before as t on t.field = f.field
  left join before as b on b.kind = f.kind and b.field = f.field and b.value = f.value
  where f.kind in ('listed', 'unit') and b.value is null
  union all
  select
    'changed_unit' as kind, f.field, f.value, b.states as expected, f.states as actual, f.record_count,
    'unit ' || f.value || ' was ' || b.states || ' and is ' || f.states as words
  from profile as f
  inner join before as b on b.kind = f.kind and b.field = f.field and b.value = f.value
  where f.kind = 'unit' and b.states <> f.states
  union all
  select
    f.kind, f.field, f.value,
    case when f.places > b.most then 'at most ' || cast(b.most as varchar) else 'at least ' || cast(b.least as varchar) end
      || ' decimal places' as expected,
    cast(f.places as varchar) || ' decimal places' as actual, f.record_count,
    f.field || ' has up to ' || cast(f.places as varchar) || ' decimal places, before '
      || cast(case when f.places > b.most then b.most else b.least end as varchar) as words
  from profile as f
  inner join range_before as b on b.field = f.field
  where f.kind = 'precision' and f.record_count >= 100 and (f.places > b.most or f.places < b.least)
)
select
  p.cycle,
  n.kind,
  n.field,
  n.value,
  n.expected,
  n.actual,
  n.record_count,
  coalesce(s.known_since, p.cycle) as known_since,
  case when m.prior_cycle is not null then n.kind in ('changed_unit', 'precision') or coalesce(s.known_since, p.cycle) = p.cycle end as is_new,
  n.words
from news as n
cross join ops.params as p
cross join months as m
left join since as s on s.kind = case n.kind when 'unit' then 'used_unit' else n.kind end and s.field = n.field and s.value = n.value
