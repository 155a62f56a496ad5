-- title: Every settled record has a price
-- severity: B
-- phase: lines
-- owner: pricing
-- code: price_rule
-- action: add the contract or rule that is missing to the pricing workbook and run the month again
-- Records, adjustments and shortfalls of commitments that became no line, by customer, service and reason.
select
  u.party_id,
  u.customer_id,
  u.reseller_id,
  'unpriced '
    || case
      when u.window_id is null and u.record_key like 'adjustment/%' then 'adjustment'
      when u.window_id is null and u.record_key like 'commitment/%' then 'commitment'
      else coalesce(u.service_type_code, 'record without service')
    end || case when u.reseller_id = '' then '' else ' under reseller ' || u.reseller_id end
    || ': ' || u.reason as subject,
  '0 records' as expected,
  cast(count(*) as varchar) || ' records' as actual,
  cast(sum(u.payable_amount) as decimal(38, 8)) as difference,
  u.reason,
  'for example ' || min(u.record_key) || case when min(u.pricing_date) is null then '' else ', priced at ' || cast(min(u.pricing_date) as varchar) end as detail
from settlement.unpriced as u
inner join ops.params as p on p.cycle = u.cycle
group by
  u.party_id, u.customer_id, u.reseller_id,
  case
    when u.window_id is null and u.record_key like 'adjustment/%' then 'adjustment'
    when u.window_id is null and u.record_key like 'commitment/%' then 'commitment'
    else coalesce(u.service_type_code, 'record without service')
  end, u.reason
