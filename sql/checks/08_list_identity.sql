-- title: List price less discount and truncation is the payable amount
-- severity: B
-- phase: lines
-- owner: vendor contact
-- code: vendor_error
-- action: send the record to the vendor; accept the finding once the vendor confirms the payable amount
-- needs: consumption_records
-- The API has no truncated amount: it is what is left of list price less discount less payable, so it must have the sign of a
-- cut toward zero. A record that charges more than list price less discount, or gives back more, fails. Rounding make-ups
-- (bill type 25) and adjustments without a list price have nothing to compare.
with off as (
  select r.*
  from source.consumption_records as r
  inner join ops.params as p on p.cycle = r.cycle
  where (p.include_referral or r.association_type is distinct from '1')
    and (r.payment_amount > 0 and r.truncated_amount < 0 or r.payment_amount < 0 and r.truncated_amount > 0)
    and r.bill_detail_type is distinct from '25'
    and not (r.bill_detail_type in ('9', '16') and coalesce(r.official_amount, 0) = 0)
),
-- The few are on the right: where there are none, nothing is read.
matched as (
  select
    m.window_id,
    m.row_no,
    m.party_id
  from settlement.matches as m
  inner join off as r on r.window_id = m.window_id and r.row_no = m.row_no
)
select
  m.party_id,
  r.customer_id,
  r.reseller_id,
  'record ' || r.record_key as subject,
  'payable ' || cast(coalesce(r.official_amount, 0) - coalesce(r.official_discount_amount, 0) as varchar) || ' or nearer to 0' as expected,
  'payable ' || cast(r.payment_amount as varchar) as actual,
  cast(r.truncated_amount as decimal(38, 8)) as difference,
  cast(0 as decimal(38, 8)) as tolerance,
  'the amounts of the record contradict each other; ask the vendor' as reason,
  'list ' || coalesce(cast(r.official_amount as varchar), '-') || ', discount ' || coalesce(cast(r.official_discount_amount as varchar), '-')
    || ', bill type ' || coalesce(r.bill_detail_type, '-') || ', service ' || coalesce(r.service_type_code, '-') as detail
from off as r
left join matched as m on m.window_id = r.window_id and m.row_no = r.row_no
