-- Cycle $1: what the partner may claim from the vendor for the month, by customer and reseller. What refunds take back is offset first.
with sums as (
  select
    c.customer_id,
    c.reseller_id,
    sum(c.payable_amount) as payable,
    sum(c.voucher_amount) as vouchers,
    sum(c.cash_coupon_amount) as coupons,
    sum(c.stored_card_amount) as cards,
    sum(c.debt_amount) as debt,
    sum(c.claimable_amount) as claimable,
    sum(c.record_count) as record_count
  from settlement.claims as c
  where c.cycle = $1
  group by c.customer_id, c.reseller_id
)
select
  coalesce(n.customer, n.account_name, s.customer_id) as customer_name,
  s.customer_id,
  s.reseller_id,
  cast(s.payable as varchar) as payable_amount,
  cast(-s.vouchers as varchar) as voucher_amount,
  cast(-s.coupons as varchar) as cash_coupon_amount,
  cast(-s.cards as varchar) as stored_card_amount,
  cast(-s.debt as varchar) as debt_amount,
  cast(greatest(s.claimable, 0) as varchar) as claimable_amount,
  cast(greatest(-s.claimable, 0) as varchar) as owed_amount,
  cast(s.record_count as varchar) as record_count
from sums as s
left join source.customers as n on n.cycle = $1 and n.customer_id = s.customer_id and n.reseller_id = s.reseller_id
order by s.customer_id, s.reseller_id
