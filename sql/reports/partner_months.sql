-- Cycles $2 to $1: the sums of the statements of each, current revisions, and how many parties were settled and parked.
with statements as (
  select
    s.cycle,
    count(*) as parties,
    sum(s.official_amount) as official_amount,
    sum(s.discount_amount) as discount_amount,
    sum(s.truncated_amount) as truncated_amount,
    sum(s.payable_amount) as payable_amount,
    sum(s.amount_excl_tax) as settled_excl_tax,
    sum(s.tax_amount) as tax_amount,
    sum(s.amount_incl_tax) as amount_incl_tax
  from settlement.statements as s
  left join settlement.current_revisions as c on c.cycle = s.cycle and c.party_id = s.party_id
  where s.cycle between $2 and $1 and s.revision = coalesce(c.revision, 0)
  group by s.cycle
),
costs as (
  select
    m.cycle,
    sum(m.cost_excl_tax) as cost_excl_tax
  from settlement.margins as m
  inner join settlement.statements as s on s.cycle = m.cycle and s.party_id = m.party_id and s.revision = m.revision
  left join settlement.current_revisions as c on c.cycle = m.cycle and c.party_id = m.party_id
  where m.cycle between $2 and $1 and m.revision = coalesce(c.revision, 0)
  group by m.cycle
),
parked as (
  select
    k.cycle,
    count(*) as parties
  from settlement.parked as k
  where k.cycle between $2 and $1
  group by k.cycle
),
cycles as (
  select cycle from statements
  union
  select cycle from parked
)
select
  y.cycle,
  cast(coalesce(s.parties, 0) as varchar) as parties,
  cast(coalesce(k.parties, 0) as varchar) as parked,
  cast(coalesce(s.official_amount, 0) as varchar) as official_amount,
  cast(coalesce(s.discount_amount, 0) as varchar) as discount_amount,
  cast(coalesce(s.truncated_amount, 0) as varchar) as truncated_amount,
  cast(coalesce(s.payable_amount, 0) as varchar) as payable_amount,
  cast(coalesce(o.cost_excl_tax, 0) as varchar) as cost_excl_tax,
  cast(coalesce(s.settled_excl_tax, 0) as varchar) as settled_excl_tax,
  cast(coalesce(s.tax_amount, 0) as varchar) as tax_amount,
  cast(coalesce(s.amount_incl_tax, 0) as varchar) as amount_incl_tax
from cycles as y
left join statements as s on s.cycle = y.cycle
left join costs as o on o.cycle = y.cycle
left join parked as k on k.cycle = y.cycle
order by y.cycle
