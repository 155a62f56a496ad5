-- Cycle $1, parties $2 to $3, revision $4, slice keys $5 to $6: a refund, a compensation or deduction by the vendor, an adjustment of ours, a shortfall, a change of
-- a month that was issued before.
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
)
select
  s.party_id,
  s.kind,
  s.customer_id,
  s.customer_account_name,
  s.bill_detail_type,
  coalesce(s.order_id, s.trade_id) as order_id,
  o.base_order_id || case when o.base_orders > 1 then ' (+' || cast(o.base_orders - 1 as varchar) || ')' else '' end
    as base_order_id,
  s.origin_cycle,
  s.origin_line_id,
  cast(s.trade_time as varchar) as trade_time,
  coalesce(s.service_type_name, s.service_type_code) as service_type_name,
  coalesce(s.region_name, s.region_code) as region_name,
  s.resource_name,
  s.resource_id,
  case when s.kind = 'record' then cast(s.official_amount as varchar) end as official_amount,
  case when s.kind = 'record'
    then cast(cast(s.official_amount as decimal(38, 8)) - cast(s.charge_amount as decimal(38, 8)) as varchar) end
    as reduction_amount,
  s.printed_rule_id as rule_id,
  cast(s.charge_amount as varchar) as charge_amount,
  case when s.kind in ('adjustment', 'commitment') then s.kind || '|' || s.note when s.kind = 'prior_period' then s.kind || '|' || s.origin_cycle end
    as note
from settlement.cost as s
left join originals as o
  on o.customer_id = s.customer_id and o.reseller_id = coalesce(s.reseller_id, '')
  and o.order_id = coalesce(s.order_id, s.trade_id)
where s.cycle = $1 and s.party_id between $2 and $3 and s.revision = $4
  and (s.kind <> 'record' or s.bill_detail_type in ('4', '9', '16', '20', '24'))
  and coalesce(s.customer_id, '') || '|' || coalesce(s.reseller_id, '') || '|' || coalesce(cast(s.consume_date as varchar), '~')
    || '|' || coalesce(s.service_type_code, '') between $5 and $6
order by s.party_id, coalesce(s.customer_id, '') || '|' || coalesce(s.reseller_id, '') || '|' || coalesce(cast(s.consume_date as varchar), '~')
    || '|' || coalesce(s.service_type_code, ''),
  s.trade_time nulls last, s.line_id
