-- Cycles $5 to $1, parties $2 to $3: a cycle's statement total; of cycle $1 revision $4, of the others the revision that stands today.
select
  s.party_id,
  s.cycle,
  cast(s.amount_incl_tax as varchar) as amount_incl_tax
from settlement.statements as s
left join settlement.current_revisions as c on c.cycle = s.cycle and c.party_id = s.party_id
where s.cycle between $5 and $1 and s.party_id between $2 and $3
  and s.revision = case when s.cycle = $1 then $4 else coalesce(c.revision, 0) end
order by s.party_id, s.cycle
