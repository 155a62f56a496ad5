-- A party's statement of cycle $1 by the books and by the other pricing workbook, with tax; a party without statement (parked, or
-- without lines) has none on that side. Internal.
with books as (
  select
    b.party_id,
    b.amount_excl_tax,
    b.amount_incl_tax
  from what_if_statements as b
  where b.cycle = $1
),
other as (
  select
    s.party_id,
    s.amount_excl_tax,
    s.amount_incl_tax
  from settlement.statements as s
  where s.cycle = $1
),
parties as (
  select y.party_id from settlement.parties as y where y.cycle = $1
  union
  select b.party_id from books as b
),
unpriced as (
  select
    u.party_id,
    count(*) as records
  from settlement.unpriced as u
  where u.cycle = $1
  group by u.party_id
)
select
  y.party_id,
  coalesce(n.name, y.party_id) as party_name,
  cast(b.amount_excl_tax as varchar) as excl_tax_in_books,
  cast(o.amount_excl_tax as varchar) as excl_tax_what_if,
  cast(b.amount_incl_tax as varchar) as incl_tax_in_books,
  cast(o.amount_incl_tax as varchar) as incl_tax_what_if,
  cast(coalesce(o.amount_incl_tax, 0) - coalesce(b.amount_incl_tax, 0) as varchar) as difference,
  cast(coalesce(u.records, 0) as varchar) as unpriced_records,
  k.reason as parked_reason
from parties as y
left join what_if_parties as n on n.party_id = y.party_id
left join books as b on b.party_id = y.party_id
left join other as o on o.party_id = y.party_id
left join unpriced as u on u.party_id = y.party_id
left join settlement.parked as k on k.cycle = $1 and k.party_id = y.party_id
where b.party_id is not null or o.party_id is not null or k.party_id is not null
order by y.party_id
