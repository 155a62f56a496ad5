-- Cycle $1, parties $2 to $3, revision $4: an account (and the contract and pricing version) that the party's lines stand under.
with used as (
  select l.party_id, l.customer_id, l.reseller_id, l.contract_no, l.pricing_hash
  from settlement.lines as l
  where l.cycle = $1 and l.party_id between $2 and $3 and l.revision = $4
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
