-- Cycle $1, parties $2 to $3, revision $4: a service, region and charging mode of a statement with what it cost and what it brings. Internal.
with names as (
  select
    n.service_type_code,
    max(n.service_type_name) as service_type_name
  from settlement.statement_lines as n
  where n.cycle = $1 and n.party_id between $2 and $3 and n.revision = $4
  group by n.service_type_code
),
regions as (
  select
    n.region_code,
    max(n.region_name) as region_name
  from settlement.statement_lines as n
  where n.cycle = $1 and n.party_id between $2 and $3 and n.revision = $4
  group by n.region_code
)
select
  m.party_id,
  m.kind,
  coalesce(max(n.service_type_name), m.service_type_code) as service_type_name,
  coalesce(max(r.region_name), m.region_code) as region_name,
  m.charging_mode,
  cast(sum(m.official_amount) as varchar) as official_amount,
  cast(sum(m.discount_amount) as varchar) as discount_amount,
  cast(sum(m.truncated_amount) as varchar) as truncated_amount,
  cast(sum(m.payable_amount) as varchar) as payable_amount,
  cast(sum(m.cost_excl_tax) as varchar) as cost_excl_tax,
  cast(sum(coalesce(m.settled_excl_tax, 0)) as varchar) as settled_excl_tax,
  cast(sum(coalesce(m.settled_excl_tax, 0)) - sum(m.cost_excl_tax) as varchar) as margin_amount,
  cast(sum(m.record_count) as varchar) as record_count
from settlement.margins as m
left join names as n on n.service_type_code = m.service_type_code
left join regions as r on r.region_code = m.region_code
where m.cycle = $1 and m.party_id between $2 and $3 and m.revision = $4
group by m.party_id, m.kind, m.service_type_code, m.region_code, m.charging_mode
order by m.party_id, sum(coalesce(m.settled_excl_tax, 0)) desc, m.kind, m.service_type_code, m.region_code, m.charging_mode
