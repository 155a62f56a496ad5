-- What a customer pays in cycle $1 by the books and by the other pricing workbook, without tax and exact; both sides include
-- parked parties. What is no customer's stands under its kind of line; rows without any amount are left out. Internal.
with books as (
  select
    b.party_id,
    b.customer_id,
    case when b.customer_id is null then b.kind end as kind,
    sum(b.payable_amount) as payable_amount,
    sum(b.cost_excl_tax) as cost_excl_tax,
    sum(b.charge_amount) as charge_amount
  from what_if_margins as b
  where b.cycle = $1
  group by b.party_id, b.customer_id, case when b.customer_id is null then b.kind end
),
other as (
  select
    o.party_id,
    o.customer_id,
    case when o.customer_id is null then o.kind end as kind,
    sum(o.official_amount) as official_amount,
    sum(o.payable_amount) as payable_amount,
    sum(o.cost_excl_tax) as cost_excl_tax,
    sum(o.charge_amount) as charge_amount
  from settlement.margins as o
  where o.cycle = $1
  group by o.party_id, o.customer_id, case when o.customer_id is null then o.kind end
),
names as (
  select
    c.customer_id,
    max(coalesce(c.customer, c.account_name)) as customer_name
  from source.customers as c
  where c.cycle = $1
  group by c.customer_id
),
compared as (
  select
    coalesce(o.party_id, b.party_id) as party_id,
    coalesce(o.customer_id, b.customer_id) as customer_id,
    coalesce(o.kind, b.kind) as kind,
    coalesce(o.official_amount, 0) as official_amount,
    coalesce(o.payable_amount, b.payable_amount, 0) as payable_amount,
    coalesce(o.cost_excl_tax, b.cost_excl_tax, 0) as cost_excl_tax,
    coalesce(b.charge_amount, 0) as charge_in_books,
    coalesce(o.charge_amount, 0) as charge_what_if
  from other as o
  full outer join books as b
    on b.party_id = o.party_id and b.customer_id is not distinct from o.customer_id and b.kind is not distinct from o.kind
)
select
  d.party_id,
  y.name as party_name,
  d.customer_id,
  coalesce(n.customer_name, '(' || d.kind || ')') as customer_name,
  cast(d.official_amount as varchar) as official_amount,
  cast(d.payable_amount as varchar) as payable_amount,
  cast(d.charge_in_books as varchar) as charge_in_books,
  cast(d.charge_what_if as varchar) as charge_what_if,
  cast(d.charge_what_if - d.charge_in_books as varchar) as difference,
  cast(d.charge_in_books - d.cost_excl_tax as varchar) as margin_in_books,
  cast(d.charge_what_if - d.cost_excl_tax as varchar) as margin_what_if
from compared as d
left join what_if_parties as y on y.party_id = d.party_id
left join names as n on n.customer_id = d.customer_id
where d.official_amount <> 0 or d.payable_amount <> 0 or d.charge_in_books <> 0 or d.charge_what_if <> 0
order by d.party_id, d.customer_id nulls last, d.kind
