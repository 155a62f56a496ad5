-- settlement.statements: one settlement statement: the sum of a party's printed lines. A parked party and a party without
-- lines have none. An issued revision is frozen.
-- build: cycle
-- frozen: revision
-- column statement_no: number of the issued document; NULL while it is a draft
-- column line_count: printed lines, rounding lines included
-- column status: prelim or final, the mode of the run that made it, prelim too while a blocking finding concerns the whole month; issued
-- A blocking finding that is about no party and no customer is about all of them: nothing of the month is final before it is dealt with.
with held as (
  select distinct f.cycle
  from recon.findings as f
  inner join ops.params as p on p.cycle = f.cycle
  where f.severity = 'B' and not f.explained and f.resolution is null and f.party_id is null and f.customer_id is null
)
select
  s.cycle,
  s.party_id,
  s.revision,
  cast(null as varchar) as statement_no,
  max(p.currency) as currency,
  cast(sum(s.official_amount) as decimal(38, 8)) as official_amount,
  cast(sum(s.discount_amount) as decimal(38, 8)) as discount_amount,
  cast(sum(s.truncated_amount) as decimal(38, 8)) as truncated_amount,
  cast(sum(s.payable_amount) as decimal(38, 8)) as payable_amount,
  cast(sum(s.amount_excl_tax) as decimal(18, 2)) as amount_excl_tax,
  cast(sum(s.tax_amount) as decimal(18, 2)) as tax_amount,
  cast(sum(s.amount_incl_tax) as decimal(18, 2)) as amount_incl_tax,
  count(*) as line_count,
  case when max(h.cycle) is not null then 'prelim' else max(p.mode) end as status
from settlement.statement_lines as s
inner join ops.params as p on p.cycle = s.cycle
left join ops.revisions as v on v.cycle = s.cycle and v.party_id = s.party_id
left join held as h on h.cycle = s.cycle
where s.revision > coalesce(v.issued_revision, -1)
group by s.cycle, s.party_id, s.revision
