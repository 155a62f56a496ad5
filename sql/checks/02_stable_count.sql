-- title: Totals stand still while pages are read
-- severity: B
-- phase: lines
-- owner: operations
-- code: missing_data
-- action: run settle run --cycle {cycle} again when the vendor's data has settled
-- Windows that were given up because the announced total, or the records themselves, moved from page to page however often they were begun again;
-- and windows whose pages hold another number of records than was announced.
with pages as (
  select
    g.window_id,
    sum(g.rows) as rows
  from ops.window_pages as g
  group by g.window_id
),
accounts as (
  select distinct
    c.customer_id,
    c.reseller_id
  from settlement.contracts as c
  inner join ops.params as p on p.cycle = c.cycle
  where c.valid_from <= p.last_day and (c.valid_to is null or c.valid_to >= p.first_day)
)
select
  'W' as severity,
  case when e.customer_id = '' then null else e.customer_id end as customer_id,
  a.reseller_id,
  'window ' || e."window" as subject,
  'one total from the first page to the last' as expected,
  'it moved' as actual,
  cast(null as decimal(38, 8)) as difference,
  'the vendor was still writing these records; check 01 says what stands in for them' as reason,
  e.error as detail
from ops.expected_windows as e
inner join ops.params as p on p.cycle = e.cycle
left join accounts as a on a.customer_id = e.customer_id and a.reseller_id = e.reseller_id
where e.error like '%moved while paging%'
union all
select
  'B' as severity,
  case when w.customer_id = '' then null else w.customer_id end as customer_id,
  a.reseller_id,
  'window ' || w."window" as subject,
  cast(w.announced as varchar) || ' records announced' as expected,
  cast(g.rows as varchar) || ' on its pages' as actual,
  cast(g.rows - w.announced as decimal(38, 8)) as difference,
  'the pages do not hold what was announced; run again' as reason,
  'dataset ' || w.dataset || ', fetched by ' || w.run_id as detail
from ops.windows as w
inner join ops.params as p on p.cycle = w.cycle
inner join pages as g on g.window_id = w.window_id
left join accounts as a on a.customer_id = w.customer_id and a.reseller_id = w.reseller_id
where w.announced >= 0 and g.rows <> w.announced
