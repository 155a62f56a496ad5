-- title: Lines, printed lines and records agree with each other
-- severity: B
-- phase: documents
-- Every settled record and adjustment is a line or unpriced, once. By customer and by service, the printed lines hold the
-- charges and the number of the lines behind them. On each printed line excl. tax and tax make incl. tax.
with settled as (
  select
    m.cycle,
    count(*) as records
  from settlement.matches as m
  group by m.cycle
),
priced as (
  select
    count(*) filter (where l.kind = 'record') as records,
    count(distinct l.party_id || '|' || l.line_id) as line_ids,
    count(*) as all_lines
  from settlement.lines as l
  inner join ops.params as p on p.cycle = l.cycle
),
left_over as (
  select count(*) as records
  from settlement.unpriced as u
  inner join ops.params as p on p.cycle = u.cycle
  where u.window_id is not null
),
printable as (
  select l.*
  from settlement.lines as l
  inner join ops.params as p on p.cycle = l.cycle
  left join settlement.parked as k on k.cycle = l.cycle and k.party_id = l.party_id
  where k.party_id is null
),
printed as (
  select s.*
  from settlement.statement_lines as s
  inner join ops.params as p on p.cycle = s.cycle
  where s.kind <> 'rounding'
),
line_slices as (
  select l.party_id, l.revision, 'customer ' || l.customer_id || '/' || l.reseller_id as slice, sum(l.charge_amount) as exact_amount, count(*) as lines
  from printable as l
  group by l.party_id, l.revision, l.customer_id, l.reseller_id
  union all
  select l.party_id, l.revision, 'service ' || coalesce(l.service_type_code, '-') as slice, sum(l.charge_amount) as exact_amount, count(*) as lines
  from printable as l
  group by l.party_id, l.revision, l.service_type_code
),
printed_slices as (
  select s.party_id, s.revision, 'customer ' || s.customer_id || '/' || s.reseller_id as slice, sum(s.exact_amount) as exact_amount, sum(s.record_count) as lines
  from printed as s
  group by s.party_id, s.revision, s.customer_id, s.reseller_id
  union all
  select s.party_id, s.revision, 'service ' || coalesce(s.service_type_code, '-') as slice, sum(s.exact_amount) as exact_amount, sum(s.record_count) as lines
  from printed as s
  group by s.party_id, s.revision, s.service_type_code
)
select
  cast(null as varchar) as party_id,
  'records of the cycle' as subject,
  cast(coalesce(s.records, 0) as varchar) || ' settled records' as expected,
  cast(l.records as varchar) || ' lines and ' || cast(u.records as varchar) || ' unpriced' as actual,
  cast(l.records + u.records - coalesce(s.records, 0) as decimal(38, 8)) as difference,
  'a record is lost or stands twice; look for overlapping contracts' as reason,
  cast(l.all_lines - l.line_ids as varchar) || ' line ids stand twice' as detail
from priced as l
cross join left_over as u
cross join ops.params as p
left join settled as s on s.cycle = p.cycle
where l.records + u.records <> coalesce(s.records, 0) or l.all_lines <> l.line_ids
union all
select
  coalesce(l.party_id, s.party_id) as party_id,
  'statement of ' || coalesce(l.party_id, s.party_id) || ': ' || coalesce(l.slice, s.slice) as subject,
  coalesce(cast(l.exact_amount as varchar), '-') || ' in ' || coalesce(cast(l.lines as varchar), '0') || ' lines' as expected,
  coalesce(cast(s.exact_amount as varchar), '-') || ' in ' || coalesce(cast(s.lines as varchar), '0') || ' lines' as actual,
  cast(coalesce(s.exact_amount, 0) - coalesce(l.exact_amount, 0) as decimal(38, 8)) as difference,
  'the printed lines do not hold what stands behind them: a fault of settle' as reason,
  cast(null as varchar) as detail
from line_slices as l
full outer join printed_slices as s on s.party_id = l.party_id and s.revision = l.revision and s.slice = l.slice
where l.slice is null or s.slice is null or l.exact_amount <> s.exact_amount or l.lines <> s.lines
union all
select
  s.party_id,
  'statement of ' || s.party_id || ': line ' || cast(s.line_no as varchar) as subject,
  'incl. ' || cast(s.amount_excl_tax + s.tax_amount as varchar) as expected,
  'incl. ' || cast(s.amount_incl_tax as varchar) as actual,
  cast(s.amount_incl_tax - s.amount_excl_tax - s.tax_amount as decimal(38, 8)) as difference,
  'excl. tax and tax do not make incl. tax: a fault of settle' as reason,
  cast(null as varchar) as detail
from settlement.statement_lines as s
inner join ops.params as p on p.cycle = s.cycle
where s.amount_excl_tax + s.tax_amount <> s.amount_incl_tax
