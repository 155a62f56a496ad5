-- title: Every refund is priced by the rule of what it refunds
-- severity: W
-- phase: lines
-- needs: consumption_records
-- Refunds whose original line is not known, or whose original lines were priced by different rules: their own date's rule
-- applies (decision 2).
select
  l.party_id,
  l.customer_id,
  'refund ' || l.record_key as subject,
  'the rule of the original line' as expected,
  'rule ' || coalesce(l.rule_id, '-') as actual,
  cast(l.charge_amount as decimal(38, 8)) as difference,
  l.note as reason,
  'refund order ' || coalesce(l.order_id, '-') || ', resource ' || coalesce(l.resource_id, '-') as detail
from settlement.lines as l
inner join ops.params as p on p.cycle = l.cycle
where l.kind = 'record' and l.bill_detail_type in ('4', '20', '24') and l.origin_cycle is null
