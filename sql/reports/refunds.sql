-- Cycle $1, parties $2 to $3, revision $4, slice keys $5 to $6: a refund, a compensation or deduction by the vendor, an adjustment of ours, a shortfall, a change of
-- a month that was issued before. Where a changed record moves others along a rule's steps, these are one row for each customer, service and rule.
-- The original order is what the refund order names as its base; where it names several, the first, followed by their number.
with originals as (
  select
    customer_id,
    coalesce(reseller_id, '') as reseller_id,
    order_id,
    min(base_order_id) as base_order_id,
    count(distinct base_order_id) as base_orders
  from source.refund_orders
  where cycle = $1
  group by customer_id, coalesce(reseller_id, ''), order_id
),
-- What a prior-period line has no record to name it by.
services as (
  select
    s.party_id,
    s.service_type_code,
    max(s.service_type_name) as service_type_name
  from settlement.statement_lines as s
  where s.party_id between $2 and $3 and s.cycle <= $1
  group by s.party_id, s.service_type_code
),
regions as (
  select
    s.party_id,
    s.region_code,
    max(s.region_name) as region_name
  from settlement.statement_lines as s
  where s.party_id between $2 and $3 and s.cycle <= $1
  group by s.party_id, s.region_code
),
known_services as (
  select
    t.service_type_code,
    max(t.service_type_name) as service_type_name
  from source.service_types as t
  where t.cycle = $1
  group by t.service_type_code
),
-- Neither the list price nor the cost of such a record changed: only its charge, with the order in which steps are reached. The key is
-- that of the first, as in detail_slices.sql.
followed as (
  select
    l.party_id,
    l.origin_cycle,
    l.customer_id,
    l.reseller_id,
    l.service_type_code,
    case when not coalesce(l.rule_withheld, false) then l.rule_id end as rule_id,
    min(coalesce(l.customer_id, '') || '|' || coalesce(l.reseller_id, '') || '|' || coalesce(cast(l.consume_date as varchar), '~')
      || '|' || coalesce(l.service_type_code, '')) as slice_key,
    min(l.line_id) as line_id,
    case when min(l.region_code) = max(l.region_code) then min(l.region_code) end as region_code,
    case when min(l.bill_detail_type) = max(l.bill_detail_type) then min(l.bill_detail_type) end as bill_detail_type,
    case when count(*) = 1 then min(l.resource_id) end as resource_id,
    case when count(*) = 1 then min(l.origin_line_id) end as origin_line_id,
    sum(cast(l.charge_amount as decimal(38, 8))) as charge_amount,
    count(*) as line_count
  from settlement.lines as l
  where l.cycle = $1 and l.party_id between $2 and $3 and l.revision = $4
    and l.kind = 'prior_period' and l.official_amount = 0 and l.payable_amount = 0
  group by
    l.party_id, l.origin_cycle, l.customer_id, l.reseller_id, l.service_type_code,
    case when not coalesce(l.rule_withheld, false) then l.rule_id end
),
each_by_itself as (
  select
    s.*,
    coalesce(s.customer_id, '') || '|' || coalesce(s.reseller_id, '') || '|' || coalesce(cast(s.consume_date as varchar), '~')
      || '|' || coalesce(s.service_type_code, '') as slice_key
  from settlement.cost as s
  where s.cycle = $1 and s.party_id between $2 and $3 and s.revision = $4
    and (s.kind <> 'record' or s.bill_detail_type in ('4', '9', '16', '20', '24'))
    and not (s.kind = 'prior_period' and s.official_amount = 0 and s.payable_amount = 0)
),
together as (
  select
    s.party_id,
    s.slice_key,
    s.line_id,
    s.kind,
    s.customer_id,
    s.customer_account_name,
    s.bill_detail_type,
    coalesce(s.order_id, s.trade_id) as order_id,
    o.base_order_id || case when o.base_orders > 1 then ' (+' || cast(o.base_orders - 1 as varchar) || ')' else '' end
      as base_order_id,
    s.origin_cycle,
    s.origin_line_id,
    s.trade_time,
    s.service_type_code,
    s.service_type_name,
    s.region_code,
    s.region_name,
    s.resource_name,
    s.resource_id,
    case when s.kind = 'record' then s.official_amount end as official_amount,
    s.printed_rule_id as rule_id,
    cast(s.charge_amount as decimal(38, 8)) as charge_amount,
    case when s.kind in ('adjustment', 'commitment') then s.kind || '|' || s.note when s.kind = 'prior_period' then s.kind || '|' || s.origin_cycle end
      as note
  from each_by_itself as s
  left join originals as o
    on o.customer_id = s.customer_id and o.reseller_id = coalesce(s.reseller_id, '')
    and o.order_id = coalesce(s.order_id, s.trade_id)
  where s.slice_key between $5 and $6
  union all
  select
    f.party_id,
    f.slice_key,
    f.line_id,
    'prior_period' as kind,
    f.customer_id,
    c.account_name as customer_account_name,
    f.bill_detail_type,
    cast(null as varchar) as order_id,
    cast(null as varchar) as base_order_id,
    f.origin_cycle,
    f.origin_line_id,
    cast(null as timestamp) as trade_time,
    f.service_type_code,
    cast(null as varchar) as service_type_name,
    f.region_code,
    cast(null as varchar) as region_name,
    cast(null as varchar) as resource_name,
    f.resource_id,
    cast(null as decimal(18, 8)) as official_amount,
    f.rule_id,
    f.charge_amount,
    'followed|' || f.origin_cycle || '|' || cast(f.line_count as varchar) as note
  from followed as f
  left join source.customers as c on c.cycle = $1 and c.customer_id = f.customer_id and c.reseller_id = coalesce(f.reseller_id, '')
  where f.slice_key between $5 and $6
)
select
  t.party_id,
  t.kind,
  t.customer_id,
  t.customer_account_name,
  t.bill_detail_type,
  t.order_id,
  t.base_order_id,
  t.origin_cycle,
  t.origin_line_id,
  cast(t.trade_time as varchar) as trade_time,
  coalesce(t.service_type_name, s.service_type_name, k.service_type_name, t.service_type_code) as service_type_name,
  coalesce(t.region_name, g.region_name, t.region_code) as region_name,
  t.resource_name,
  t.resource_id,
  cast(t.official_amount as varchar) as official_amount,
  cast(cast(t.official_amount as decimal(38, 8)) - t.charge_amount as varchar) as reduction_amount,
  t.rule_id,
  cast(t.charge_amount as varchar) as charge_amount,
  t.note
from together as t
left join services as s on s.party_id = t.party_id and s.service_type_code = t.service_type_code
left join regions as g on g.party_id = t.party_id and g.region_code = t.region_code
left join known_services as k on k.service_type_code = t.service_type_code
order by t.party_id, t.slice_key, t.trade_time nulls last, t.line_id
