-- Cycle $1, parties $2 to $3, revision $4, slice keys $5 to $6: a line of a yearly/monthly order, a reserved instance or a savings plan.
select
  party_id,
  customer_id,
  customer_account_name,
  coalesce(order_id, trade_id) as order_id,
  cast(trade_time as varchar) as trade_time,
  coalesce(service_type_name, service_type_code) as service_type_name,
  coalesce(product_name, product_id) as product_name,
  product_spec_desc,
  coalesce(region_name, region_code) as region_name,
  resource_name,
  resource_id,
  charging_mode,
  bill_detail_type,
  cast(consume_from as varchar) as consume_from,
  cast(consume_to as varchar) as consume_to,
  cast(official_amount as varchar) as official_amount,
  cast(cast(official_amount as decimal(38, 8)) - cast(charge_amount as decimal(38, 8)) as varchar) as reduction_amount,
  rule_id,
  cast(charge_amount as varchar) as charge_amount
from settlement.cost
where cycle = $1 and party_id between $2 and $3 and revision = $4
  and kind = 'record' and charging_mode in ('1', '10', '11')
  and coalesce(customer_id, '') || '|' || coalesce(reseller_id, '') || '|' || coalesce(cast(consume_date as varchar), '~')
    || '|' || coalesce(service_type_code, '') between $5 and $6
order by party_id, coalesce(customer_id, '') || '|' || coalesce(reseller_id, '') || '|' || coalesce(cast(consume_date as varchar), '~')
    || '|' || coalesce(service_type_code, ''),
  trade_time nulls last, line_id
