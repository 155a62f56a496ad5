-- title: What paid a charge adds up to the payable amount
-- severity: B
-- phase: lines
-- owner: vendor contact
-- code: vendor_error
-- action: send the record to the vendor; accept the finding once the vendor confirms how it was paid
-- needs: consumption_records
-- Cash, credit, vouchers, cash coupons, stored value cards, debt and arrears written off. The retired bonus instrument has no
-- field in this call; a record that it paid shows here.
with funded as (
  select
    r.window_id,
    r.row_no,
    r.customer_id,
    r.reseller_id,
    r.record_key,
    r.payment_amount,
    r.cash_amount,
    r.credit_amount,
    r.coupon_amount,
    r.flexipurchase_coupon_amount,
    r.stored_value_card_amount,
    r.debt_amount,
    r.writeoff_amount,
    cast(coalesce(r.cash_amount, 0) as decimal(38, 8)) + coalesce(r.credit_amount, 0) + coalesce(r.coupon_amount, 0)
      + coalesce(r.flexipurchase_coupon_amount, 0) + coalesce(r.stored_value_card_amount, 0) + coalesce(r.debt_amount, 0)
      + coalesce(r.writeoff_amount, 0) as funding
  from source.consumption_records as r
  inner join ops.params as p on p.cycle = r.cycle
  where (p.include_referral or r.association_type is distinct from '1')
    -- What one source paid alone, as most charges are, needs no adding up.
    and (r.cash_amount is null or r.payment_amount <> r.cash_amount or r.credit_amount <> 0 or r.coupon_amount <> 0
      or r.flexipurchase_coupon_amount <> 0 or r.stored_value_card_amount <> 0 or r.debt_amount <> 0 or r.writeoff_amount <> 0)
),
off as (
  select f.*
  from funded as f
  where abs(f.funding - f.payment_amount) > 0.00000001
),
-- The few are on the right: where there are none, nothing is read.
matched as (
  select
    m.window_id,
    m.row_no,
    m.party_id
  from settlement.matches as m
  inner join off as f on f.window_id = m.window_id and f.row_no = m.row_no
)
select
  m.party_id,
  f.customer_id,
  f.reseller_id,
  'record ' || f.record_key as subject,
  'payable ' || cast(f.payment_amount as varchar) as expected,
  'funding ' || cast(f.funding as varchar) as actual,
  cast(f.funding - f.payment_amount as decimal(38, 8)) as difference,
  cast(0.00000001 as decimal(38, 8)) as tolerance,
  'the record was paid with more or less than it cost; ask the vendor' as reason,
  'cash ' || coalesce(cast(f.cash_amount as varchar), '-') || ', credit ' || coalesce(cast(f.credit_amount as varchar), '-')
    || ', voucher ' || coalesce(cast(f.coupon_amount as varchar), '-') || ', cash coupon ' || coalesce(cast(f.flexipurchase_coupon_amount as varchar), '-')
    || ', stored card ' || coalesce(cast(f.stored_value_card_amount as varchar), '-') || ', debt ' || coalesce(cast(f.debt_amount as varchar), '-')
    || ', written off ' || coalesce(cast(f.writeoff_amount as varchar), '-') as detail
from off as f
left join matched as m on m.window_id = f.window_id and m.row_no = f.row_no
