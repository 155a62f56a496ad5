-- Cycle $1: what the partner may claim from the vendor, by order; a customer's usage stands together, as does what has no order.
select
  coalesce(n.customer, n.account_name, c.customer_id) as customer_name,
  c.customer_id,
  c.reseller_id,
  case when c.order_id = '' then '使用 Usage' else c.order_id end as order_id,
  cast(c.payable_amount as varchar) as payable_amount,
  cast(-c.voucher_amount as varchar) as voucher_amount,
  cast(-c.cash_coupon_amount as varchar) as cash_coupon_amount,
  cast(-c.stored_card_amount as varchar) as stored_card_amount,
  cast(-c.debt_amount as varchar) as debt_amount,
  cast(greatest(c.claimable_amount, 0) as varchar) as claimable_amount,
  cast(c.owed_amount as varchar) as owed_amount,
  cast(c.charge_excl_tax as varchar) as charge_excl_tax
from settlement.claims as c
left join source.customers as n on n.cycle = $1 and n.customer_id = c.customer_id and n.reseller_id = c.reseller_id
where c.cycle = $1
order by c.customer_id, c.reseller_id, c.order_id
