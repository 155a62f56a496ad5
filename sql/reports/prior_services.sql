-- Cycle $1 (here the month before), parties $2 to $3: a service with what the party was charged for it.
with newest as (
  select party_id, max(revision) as revision
  from settlement.statements
  where cycle = $1 and party_id between $2 and $3
  group by party_id
)
select
  s.party_id,
  s.kind,
  s.service_type_code,
  cast(sum(s.amount_excl_tax) as varchar) as amount_excl_tax,
  cast(sum(s.amount_incl_tax) as varchar) as amount_incl_tax
from settlement.statement_lines as s
inner join newest as n on n.party_id = s.party_id and n.revision = s.revision
where s.cycle = $1 and s.party_id between $2 and $3
group by s.party_id, s.kind, s.service_type_code
order by s.party_id, s.kind, s.service_type_code
