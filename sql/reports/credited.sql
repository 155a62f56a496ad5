-- Cycle $1, parties $2 to $3, new revision $4: what the revision before it stood at under one tax rate. A credit note takes it back in full.
with before as (
  select party_id, max(revision) as revision
  from settlement.statements
  where cycle = $1 and party_id between $2 and $3 and revision < $4
  group by party_id
),
numbers as (
  select party_id, revision, max(document_no) as document_no
  from ops.documents
  where cycle = $1 and kind = 'statement'
  group by party_id, revision
)
select
  s.party_id,
  cast(s.revision as varchar) as revision,
  n.document_no as statement_no,
  cast(s.tax_rate as varchar) as tax_rate,
  cast(sum(s.amount_excl_tax) as varchar) as amount_excl_tax,
  cast(sum(s.tax_amount) as varchar) as tax_amount,
  cast(sum(s.amount_incl_tax) as varchar) as amount_incl_tax
from settlement.statement_lines as s
inner join before as b on b.party_id = s.party_id and b.revision = s.revision
left join numbers as n on n.party_id = s.party_id and n.revision = s.revision
where s.cycle = $1 and s.party_id between $2 and $3
group by s.party_id, s.revision, n.document_no, s.tax_rate
order by s.party_id, s.tax_rate
