-- Cycles $4 to $1, parties $2 to $3: a cycle's statement total, newest revision.
with newest as (
  select cycle, party_id, max(revision) as revision
  from settlement.statements
  where cycle between $4 and $1 and party_id between $2 and $3
  group by cycle, party_id
)
select
  s.party_id,
  s.cycle,
  cast(s.amount_incl_tax as varchar) as amount_incl_tax
from settlement.statements as s
inner join newest as n on n.cycle = s.cycle and n.party_id = s.party_id and n.revision = s.revision
order by s.party_id, s.cycle
