-- Cycle $1, parties $2 to $3: an account (and the contract and pricing version) that the party's lines stand under.
with newest as (
  select party_id, max(revision) as revision
  from settlement.statements
  where cycle = $1 and party_id between $2 and $3
  group by party_id
),
used as (
  select l.party_id, l.customer_id, l.reseller_id, l.contract_no, l.pricing_hash
  from settlement.lines as l
  inner join newest as n on n.party_id = l.party_id and n.revision = l.revision
  where l.cycle = $1 and l.party_id between $2 and $3
  group by l.party_id, l.customer_id, l.reseller_id, l.contract_no, l.pricing_hash
)
select
  u.party_id,
  u.customer_id,
  u.contract_no,
  u.pricing_hash,
  c.account_name
from used as u
left join source.customers as c
  on c.cycle = $1 and c.customer_id = u.customer_id and c.reseller_id = coalesce(u.reseller_id, '')
order by u.party_id, u.customer_id, u.reseller_id, u.contract_no, u.pricing_hash
