-- Cycle $1, parties $2 to $3, revision $4, slice keys $5 to $6 (as in detail.sql): every line of a statement with what it cost. Internal.
select
  party_id,
  kind,
  customer_id,
  customer_account_name,
  coalesce(service_type_name, service_type_code) as service_type_name,
  coalesce(resource_type_name, resource_type_code) as resource_type_name,
  coalesce(region_name, region_code) as region_name,
  resource_id,
  charging_mode,
  bill_detail_type,
  cast(coalesce(consume_from, trade_time) as varchar) as consume_from,
  cast(official_amount as varchar) as official_amount,
  cast(discount_amount as varchar) as discount_amount,
  cast(truncated_amount as varchar) as truncated_amount,
  cast(payable_amount as varchar) as payable_amount,
  rule_id,
  cast(charge_amount as varchar) as charge_amount,
  cast(margin_amount as varchar) as margin_amount,
  line_id,
  pricing_hash
from settlement.cost
where cycle = $1 and party_id between $2 and $3 and revision = $4
  and coalesce(customer_id, '') || '|' || coalesce(reseller_id, '') || '|' || coalesce(cast(consume_date as varchar), '~')
    || '|' || coalesce(service_type_code, '') between $5 and $6
order by party_id, coalesce(customer_id, '') || '|' || coalesce(reseller_id, '') || '|' || coalesce(cast(consume_date as varchar), '~')
    || '|' || coalesce(service_type_code, ''),
  consume_from nulls last, line_id
