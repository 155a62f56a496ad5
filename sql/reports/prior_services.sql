-- Cycle $1 (here the month before), parties $2 to $3: a service with what the party was charged for it,
-- by the revision that stands today.
select
  s.party_id,
  s.kind,
  s.service_type_code,
  cast(sum(s.settled_amount) as varchar) as settled_amount,
  cast(sum(s.amount_excl_tax) as varchar) as amount_excl_tax,
  cast(sum(s.amount_incl_tax) as varchar) as amount_incl_tax
from settlement.statement_lines as s
left join settlement.current_revisions as c on c.cycle = s.cycle and c.party_id = s.party_id
where s.cycle = $1 and s.party_id between $2 and $3 and s.revision = coalesce(c.revision, 0)
group by s.party_id, s.kind, s.service_type_code
order by s.party_id, s.kind, s.service_type_code
