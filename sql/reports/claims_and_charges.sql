-- Cycle $1: per customer and reseller what is claimed from the vendor beside what can be invoiced to the party, both without what
-- vouchers paid, ours without tax: for the same records, and outside them (adjustments, shortfalls, changes of earlier months).
with input as (
  select
    c.customer_id,
    c.reseller_id,
    sum(c.payable_amount) as payable,
    sum(c.claimable_amount) as claimable
  from settlement.claims as c
  where c.cycle = $1
  group by c.customer_id, c.reseller_id
),
output as (
  select
    o.customer_id,
    o.reseller_id,
    sum(o.record_charge) as records,
    sum(o.other_charge) as others,
    sum(o.voucher_charge) as vouchers,
    sum(o.invoiceable_charge) as charge,
    min(o.party_id) as party_id,
    count(*) as parties
  from settlement.customer_charges as o
  where o.cycle = $1
  group by o.customer_id, o.reseller_id
),
beside as (
  select
    coalesce(i.customer_id, o.customer_id) as customer_id,
    coalesce(i.reseller_id, o.reseller_id) as reseller_id,
    o.party_id,
    coalesce(o.parties, 0) as parties,
    coalesce(i.payable, 0) as payable,
    coalesce(i.claimable, 0) as claimable,
    coalesce(o.records, 0) as records,
    coalesce(o.others, 0) as others,
    coalesce(o.vouchers, 0) as vouchers,
    coalesce(o.charge, 0) as charge
  from input as i
  full outer join output as o on o.customer_id = i.customer_id and o.reseller_id = i.reseller_id
)
select
  coalesce(n.customer, n.account_name, b.customer_id) as customer_name,
  b.customer_id,
  b.reseller_id,
  coalesce(p.name, b.party_id, '未计价 Not priced') || case when b.parties > 1 then ' +' || cast(b.parties - 1 as varchar) else '' end as party_name,
  cast(b.payable as varchar) as payable_amount,
  cast(b.claimable as varchar) as claimable_amount,
  cast(b.records as varchar) as record_charge,
  cast(b.others as varchar) as other_charge,
  cast(-b.vouchers as varchar) as vouchers,
  cast(b.charge as varchar) as charge,
  cast(b.charge - b.claimable as varchar) as difference
from beside as b
left join source.customers as n on n.cycle = $1 and n.customer_id = b.customer_id and n.reseller_id = b.reseller_id
left join settlement.parties as p on p.cycle = $1 and p.party_id = b.party_id
order by b.customer_id, b.reseller_id
