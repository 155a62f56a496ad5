-- title: Every bill type has its sign
-- severity: B
-- phase: lines
-- owner: finance
-- code: vendor_error
-- action: look up the record at the vendor and accept it with what it is, or wait for the correction
-- needs: consumption_records
-- Purchases and usage are not negative, refunds not positive. Changes may go either way, rounding make-ups and savings-plan
-- deductions too. The sign of the vendor's own adjustments is not documented: an unexpected one warns.
with signed as (
  select
    r.window_id,
    r.row_no,
    r.customer_id,
    r.reseller_id,
    r.record_key,
    r.payment_amount,
    r.bill_detail_type,
    r.service_type_code,
    case
      when r.bill_detail_type in ('1', '2', '5', '8', '14', '16', '18', '103') then 1
      when r.bill_detail_type in ('4', '9', '20', '24') then -1
    end as expected_sign
  from source.consumption_records as r
  inner join ops.params as p on p.cycle = r.cycle
  where p.include_referral or r.association_type is distinct from '1'
),
off as (
  select s.*
  from signed as s
  where s.expected_sign = 1 and s.payment_amount < 0 or s.expected_sign = -1 and s.payment_amount > 0
),
-- The few are on the right: where there are none, nothing is read.
matched as (
  select
    m.window_id,
    m.row_no,
    m.party_id
  from settlement.matches as m
  inner join off as s on s.window_id = m.window_id and s.row_no = m.row_no
)
select
  case when s.bill_detail_type in ('9', '16') then 'W' else 'B' end as severity,
  m.party_id,
  s.customer_id,
  s.reseller_id,
  'record ' || s.record_key as subject,
  case s.expected_sign when 1 then 'not negative' else 'not positive' end as expected,
  cast(s.payment_amount as varchar) as actual,
  cast(s.payment_amount as decimal(38, 8)) as difference,
  cast(0 as decimal(38, 8)) as tolerance,
  'bill type ' || s.bill_detail_type || ' with an unexpected sign; ask the vendor how it is meant' as reason,
  'service ' || coalesce(s.service_type_code, '-') as detail
from off as s
left join matched as m on m.window_id = s.window_id and m.row_no = s.row_no
