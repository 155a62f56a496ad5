-- A party that cycle $1 has parked, with what its lines cost and charge so far, what has no price yet, and why; and each customer
-- whose records no contract bills, which has no party.
with charged as (
  select
    m.party_id,
    sum(m.official_amount) as official_amount,
    sum(m.payable_amount) as payable_amount,
    sum(m.cost_excl_tax) as cost_excl_tax,
    sum(m.charge_amount) as charge_amount,
    sum(m.record_count) as record_count
  from settlement.margins as m
  left join settlement.current_revisions as c on c.cycle = m.cycle and c.party_id = m.party_id
  where m.cycle = $1 and m.revision = coalesce(c.revision, 0)
  group by m.party_id
),
unpriced as (
  select
    u.party_id,
    sum(case when u.window_id is not null then u.payable_amount else 0 end) as payable_amount,
    count(*) as record_count
  from settlement.unpriced as u
  where u.cycle = $1 and u.party_id is not null
  group by u.party_id
),
nobodys as (
  select
    u.customer_id,
    max(c.customer) as customer,
    sum(u.payable_amount) as payable_amount,
    count(*) as record_count,
    min(u.reason) as reason
  from settlement.unpriced as u
  left join (
    select
      customer_id,
      max(customer) as customer
    from source.customers
    where cycle = $1
    group by customer_id
  ) as c on c.customer_id = u.customer_id
  where u.cycle = $1 and u.party_id is null and u.window_id is not null
  group by u.customer_id
),
rows as (
  select
    1 as part,
    coalesce(k.party_id, '') as party_id,
    y.name as party_name,
    '' as customer_id,
    k.findings,
    coalesce(c.official_amount, 0) as official_amount,
    coalesce(c.payable_amount, 0) as payable_amount,
    coalesce(c.cost_excl_tax, 0) as cost_excl_tax,
    coalesce(c.charge_amount, 0) as charge_amount,
    coalesce(c.record_count, 0) as record_count,
    coalesce(u.payable_amount, 0) as unpriced_payable,
    coalesce(u.record_count, 0) as unpriced_count,
    k.reason
  from settlement.parked as k
  left join settlement.parties as y on y.cycle = k.cycle and y.party_id = k.party_id
  left join charged as c on c.party_id = k.party_id
  left join unpriced as u on u.party_id = k.party_id
  where k.cycle = $1
  union all
  select
    2 as part,
    '' as party_id,
    n.customer as party_name,
    n.customer_id,
    0 as findings,
    0 as official_amount,
    0 as payable_amount,
    0 as cost_excl_tax,
    0 as charge_amount,
    0 as record_count,
    n.payable_amount as unpriced_payable,
    n.record_count as unpriced_count,
    n.reason
  from nobodys as n
)
select
  r.party_id,
  r.party_name,
  r.customer_id,
  cast(r.findings as varchar) as findings,
  cast(r.record_count as varchar) as record_count,
  cast(r.official_amount as varchar) as official_amount,
  cast(r.payable_amount as varchar) as payable_amount,
  cast(r.charge_amount as varchar) as charge_amount,
  cast(r.cost_excl_tax as varchar) as cost_excl_tax,
  cast(r.charge_amount - r.cost_excl_tax as varchar) as margin_amount,
  cast(r.unpriced_count as varchar) as unpriced_count,
  cast(r.unpriced_payable as varchar) as unpriced_payable,
  r.reason
from rows as r
order by r.part, r.payable_amount desc, r.party_id, r.customer_id
