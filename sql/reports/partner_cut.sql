-- One service, region or charge mode ($3: service, region or mode) of cycle $1 with what its parties' statements settle and cost, current
-- revisions; $2 is the cycle before. What belongs to none stands in rows by kind of line, prior-period lines too: they are printed
-- together. The sums are those of the statements.
with records as (
  select
    case $3 when 'service' then r.service_type_code when 'region' then r.region_code end as code,
    case $3 when 'service' then r.service_type_name when 'region' then r.region_name end as name
  from source.consumption_records as r
  where r.cycle in ($1, $2) and $3 <> 'mode'
),
names as (
  select
    code,
    max(name) as name
  from records
  group by code
),
current as (
  select
    m.cycle,
    m.kind,
    case $3 when 'service' then m.service_type_code when 'region' then m.region_code else m.charging_mode end as code,
    m.official_amount,
    m.discount_amount,
    m.truncated_amount,
    m.payable_amount,
    m.cost_excl_tax,
    m.settled_excl_tax,
    m.record_count
  from settlement.margins as m
  inner join settlement.statements as s on s.cycle = m.cycle and s.party_id = m.party_id and s.revision = m.revision
  left join settlement.current_revisions as c on c.cycle = m.cycle and c.party_id = m.party_id
  where m.cycle in ($1, $2) and m.revision = coalesce(c.revision, 0)
),
months as (
  select
    case when code is null or kind <> 'record' then kind end as kind,
    case when kind = 'record' then code end as code,
    sum(case when cycle = $1 then official_amount else 0 end) as official_amount,
    sum(case when cycle = $1 then discount_amount else 0 end) as discount_amount,
    sum(case when cycle = $1 then truncated_amount else 0 end) as truncated_amount,
    sum(case when cycle = $1 then payable_amount else 0 end) as payable_amount,
    sum(case when cycle = $1 then cost_excl_tax else 0 end) as cost_excl_tax,
    coalesce(sum(case when cycle = $1 then settled_excl_tax end), 0) as settled_excl_tax,
    sum(case when cycle = $2 then settled_excl_tax end) as prior_settled,
    sum(case when cycle = $1 then record_count else 0 end) as record_count
  from current
  group by 1, 2
)
select
  coalesce(m.kind, '') as kind,
  coalesce(m.code, '') as code,
  coalesce(n.name, m.code, '') as name,
  cast(m.official_amount as varchar) as official_amount,
  cast(m.discount_amount as varchar) as discount_amount,
  cast(m.truncated_amount as varchar) as truncated_amount,
  cast(m.payable_amount as varchar) as payable_amount,
  cast(m.cost_excl_tax as varchar) as cost_excl_tax,
  cast(m.settled_excl_tax as varchar) as settled_excl_tax,
  cast(m.prior_settled as varchar) as prior_settled,
  cast(m.record_count as varchar) as record_count
from months as m
left join names as n on n.code = m.code
order by m.kind nulls first, m.settled_excl_tax desc, m.code
