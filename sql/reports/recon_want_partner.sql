-- What the partner summary of cycle $1 must say: By customer the sums of the statements that count, the other cuts those of their margins.
-- Whether both agree is check 35's question, not that of the workbook. One row.
with stated as (
  select s.*
  from settlement.statements as s
  left join settlement.current_revisions as c on c.cycle = s.cycle and c.party_id = s.party_id
  where s.cycle = $1 and s.revision = coalesce(c.revision, 0)
),
statements as (
  select
    sum(s.official_amount) as official_amount,
    sum(s.discount_amount) as discount_amount,
    sum(s.truncated_amount) as truncated_amount,
    sum(s.payable_amount) as payable_amount,
    sum(s.amount_excl_tax) as settled_excl_tax
  from stated as s
),
margins as (
  select
    sum(m.official_amount) as official_amount,
    sum(m.discount_amount) as discount_amount,
    sum(m.truncated_amount) as truncated_amount,
    sum(m.payable_amount) as payable_amount,
    sum(m.settled_excl_tax) as settled_excl_tax
  from settlement.margins as m
  inner join stated as s on s.cycle = m.cycle and s.party_id = m.party_id and s.revision = m.revision
)
select
  cast(coalesce(s.official_amount, 0) as varchar) as official_amount,
  cast(coalesce(s.discount_amount, 0) as varchar) as discount_amount,
  cast(coalesce(s.truncated_amount, 0) as varchar) as truncated_amount,
  cast(coalesce(s.payable_amount, 0) as varchar) as payable_amount,
  cast(coalesce(s.settled_excl_tax, 0) as varchar) as settled_excl_tax,
  cast(coalesce(m.official_amount, 0) as varchar) as cut_official_amount,
  cast(coalesce(m.discount_amount, 0) as varchar) as cut_discount_amount,
  cast(coalesce(m.truncated_amount, 0) as varchar) as cut_truncated_amount,
  cast(coalesce(m.payable_amount, 0) as varchar) as cut_payable_amount,
  cast(coalesce(m.settled_excl_tax, 0) as varchar) as cut_settled_excl_tax
from statements as s
cross join margins as m
