-- One region of cycle $1 with what its parties' statements settle and cost, current revisions; $2 is the cycle before. What belongs to
-- no region stands in rows by kind of line, prior-period lines too: they are printed together. The sums are those of the statements.
with names as (
  select
    r.region_code as code,
    max(r.region_name) as name
  from source.consumption_records as r
  where r.cycle in ($1, $2)
  group by r.region_code
),
settled as (
  select
    m.cycle,
    case when m.region_code is null or m.kind <> 'record' then m.kind end as kind,
    case when m.kind = 'record' then m.region_code end as code,
    sum(m.official_amount) as official_amount,
    sum(m.discount_amount) as discount_amount,
    sum(m.truncated_amount) as truncated_amount,
    sum(m.payable_amount) as payable_amount,
    sum(m.settled_excl_tax) as settled_excl_tax,
    sum(m.record_count) as record_count
  from settlement.margins as m
  inner join settlement.statements as s on s.cycle = m.cycle and s.party_id = m.party_id and s.revision = m.revision
  left join settlement.current_revisions as c on c.cycle = m.cycle and c.party_id = m.party_id
  where m.cycle in ($1, $2) and m.revision = coalesce(c.revision, 0)
  group by 1, 2, 3
),
months as (
  select
    kind,
    code,
    sum(case when cycle = $1 then official_amount else 0 end) as official_amount,
    sum(case when cycle = $1 then discount_amount else 0 end) as discount_amount,
    sum(case when cycle = $1 then truncated_amount else 0 end) as truncated_amount,
    sum(case when cycle = $1 then payable_amount else 0 end) as payable_amount,
    coalesce(sum(case when cycle = $1 then settled_excl_tax end), 0) as settled_excl_tax,
    sum(case when cycle = $2 then settled_excl_tax end) as prior_settled,
    sum(case when cycle = $1 then record_count else 0 end) as record_count
  from settled
  group by kind, code
)
select
  coalesce(m.kind, '') as kind,
  coalesce(m.code, '') as code,
  coalesce(n.name, m.code, '') as name,
  cast(m.official_amount as varchar) as official_amount,
  cast(m.discount_amount as varchar) as discount_amount,
  cast(m.truncated_amount as varchar) as truncated_amount,
  cast(m.payable_amount as varchar) as payable_amount,
  cast(m.settled_excl_tax as varchar) as settled_excl_tax,
  cast(m.prior_settled as varchar) as prior_settled,
  cast(m.record_count as varchar) as record_count
from months as m
left join names as n on n.code = m.code
order by m.kind nulls first, m.settled_excl_tax desc, m.code
