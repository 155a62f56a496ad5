-- Cycle $1, parties $2 to $3, revision $4, slice keys $5 to $6: every line of the statement, exact to 8 places.
select
  party_id,
  cycle,
  kind,
  customer_id,
  customer_account_name,
  coalesce(service_type_name, service_type_code) as service_type_name,
  coalesce(resource_type_name, resource_type_code) as resource_type_name,
  coalesce(region_name, region_code) as region_name,
  resource_name,
  resource_id,
  product_spec_desc,
  charging_mode,
  bill_detail_type,
  cast(coalesce(consume_from, trade_time) as varchar) as consume_from,
  cast(consume_to as varchar) as consume_to,
  coalesce(order_id, trade_id) as trade_id,
  coalesce(usage_type_name, usage_type) as usage_type_name,
  cast(usage_amount as varchar) as usage_amount,
  usage_unit,
  cast(usage_normal as varchar) as usage_normal,
  usage_normal_unit,
  cast(free_resource_usage as varchar) as free_resource_usage,
  case when kind = 'record' then cast(official_amount as varchar) end as official_amount,
  case when kind = 'record'
    then cast(cast(official_amount as decimal(38, 8)) - cast(charge_amount as decimal(38, 8)) as varchar) end as reduction_amount,
  printed_rule_id as rule_id,
  cast(charge_amount as varchar) as charge_amount,
  cast(tax_rate as varchar) as tax_rate,
  case when kind in ('adjustment', 'commitment') then kind || '|' || note when kind = 'prior_period' then kind || '|' || origin_cycle end as note,
  coalesce(record_key, line_id) as source_row
from settlement.cost
where cycle = $1 and party_id between $2 and $3 and revision = $4
  and coalesce(customer_id, '') || '|' || coalesce(reseller_id, '') || '|' || coalesce(cast(consume_date as varchar), '~')
    || '|' || coalesce(service_type_code, '') between $5 and $6
order by party_id, coalesce(customer_id, '') || '|' || coalesce(reseller_id, '') || '|' || coalesce(cast(consume_date as varchar), '~')
    || '|' || coalesce(service_type_code, ''),
  consume_from nulls last, line_id
