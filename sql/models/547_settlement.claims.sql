-- settlement.claims: what the partner may claim from the vendor as input invoices for the cycle: consumed money of one customer under
-- one reseller and order (usage together), and beside it what the partner charges for the same records. Parked and unpriced
-- customers are in it, for the vendor bills them all the same; referral customers are not, for the vendor invoices them itself.
-- build: cycle
-- column order_id: order of a purchase, or the refund's own; empty for usage and everything else without an order
-- column voucher_amount: paid by vouchers, which are not invoiceable
-- column cash_coupon_amount: paid by cash coupons, which their issuer invoices
-- column stored_card_amount: paid by stored value cards, which were invoiced at their sale
-- column claimable_amount: payable less vouchers, coupons, cards and debt; negative where refunds exceed
-- column owed_amount: what refunds take back beyond what was consumed, positive: it is offset before anything is claimed
-- column charge_excl_tax: what the partner charges for the same records without tax, exact to 8 places; NULL where none of them is priced
-- column record_count: fee records behind it
with records as (
  select
    r.cycle,
    r.customer_id,
    r.reseller_id,
    case when r.bill_detail_type in ('1', '2', '3', '8', '4', '20', '24') then coalesce(r.trade_id, '') else '' end as order_id,
    coalesce(r.payment_amount, 0) as payable,
    not_invoiceable(r.coupon_amount, 'BALANCE_TYPE_COUPON', p.vouchers_invoiceable) as vouchers,
    not_invoiceable(r.flexipurchase_coupon_amount, 'BALANCE_TYPE_RCASH_COUPON', p.vouchers_invoiceable) as coupons,
    not_invoiceable(r.stored_value_card_amount, 'BALANCE_TYPE_STORED_VALUE_CARD', p.vouchers_invoiceable) as cards,
    coalesce(r.debt_amount, 0) as debt
  from source.consumption_records as r
  inner join ops.params as p on p.cycle = r.cycle
  where coalesce(r.association_type, '') <> '1'
),
input as (
  select
    r.cycle,
    r.customer_id,
    r.reseller_id,
    r.order_id,
    sum(r.payable) as payable,
    sum(r.vouchers) as vouchers,
    sum(r.coupons) as coupons,
    sum(r.cards) as cards,
    sum(r.debt) as debt,
    count(*) as record_count
  from records as r
  group by r.cycle, r.customer_id, r.reseller_id, r.order_id
),
output as (
  select
    l.customer_id,
    l.reseller_id,
    coalesce(l.order_id, '') as order_id,
    sum(l.charge_excl_tax) as charge
  from settlement.lines as l
  inner join ops.params as p on p.cycle = l.cycle
  left join settlement.current_revisions as c on c.cycle = l.cycle and c.party_id = l.party_id
  where l.kind = 'record' and l.revision = coalesce(c.revision, 0)
  group by l.customer_id, l.reseller_id, coalesce(l.order_id, '')
)
select
  i.cycle,
  i.customer_id,
  i.reseller_id,
  i.order_id,
  cast(i.payable as decimal(38, 8)) as payable_amount,
  cast(i.vouchers as decimal(38, 8)) as voucher_amount,
  cast(i.coupons as decimal(38, 8)) as cash_coupon_amount,
  cast(i.cards as decimal(38, 8)) as stored_card_amount,
  cast(i.debt as decimal(38, 8)) as debt_amount,
  cast(i.payable - i.vouchers - i.coupons - i.cards - i.debt as decimal(38, 8)) as claimable_amount,
  cast(greatest(-(i.payable - i.vouchers - i.coupons - i.cards - i.debt), 0) as decimal(38, 8)) as owed_amount,
  cast(o.charge as decimal(38, 8)) as charge_excl_tax,
  i.record_count
from input as i
left join output as o on o.customer_id = i.customer_id and o.reseller_id = i.reseller_id and o.order_id = i.order_id
