-- Cycle $1: per customer and reseller what is claimed from the vendor beside what the partner charges without tax: for the same
-- records, and outside them (adjustments, shortfalls, changes of earlier months).
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
    l.customer_id,
    l.reseller_id,
    sum(case when l.kind = 'record' then l.charge_excl_tax else 0 end) as records,
    sum(case when l.kind <> 'record' then l.charge_excl_tax else 0 end) as others,
    min(l.party_id) as party_id
  from settlement.lines as l
  left join settlement.current_revisions as v on v.cycle = l.cycle and v.party_id = l.party_id
  where l.cycle = $1 and l.revision = coalesce(v.revision, 0)
  group by l.customer_id, l.reseller_id
),
beside as (
  select
    coalesce(i.customer_id, o.customer_id) as customer_id,
    coalesce(i.reseller_id, o.reseller_id) as reseller_id,
    o.party_id,
    coalesce(i.payable, 0) as payable,
    coalesce(i.claimable, 0) as claimable,
    o.records,
    o.others
  from input as i
  full outer join output as o on o.customer_id = i.customer_id and o.reseller_id = i.reseller_id
)
select
  coalesce(n.customer, n.account_name, b.customer_id) as customer_name,
  b.customer_id,
  b.reseller_id,
  coalesce(p.name, b.party_id, '未计价 Not priced') as party_name,
  cast(b.payable as varchar) as payable_amount,
  cast(b.claimable as varchar) as claimable_amount,
  cast(coalesce(b.records, 0) as varchar) as record_charge,
  cast(coalesce(b.others, 0) as varchar) as other_charge,
  cast(coalesce(b.records, 0) + coalesce(b.others, 0) as varchar) as charge,
  cast(coalesce(b.records, 0) + coalesce(b.others, 0) - b.claimable as varchar) as difference
from beside as b
left join source.customers as n on n.cycle = $1 and n.customer_id = b.customer_id and n.reseller_id = b.reseller_id
left join settlement.parties as p on p.cycle = $1 and p.party_id = b.party_id
order by b.customer_id, b.reseller_id
