-- title: Every announced record is stored
-- severity: B
-- phase: lines
-- Windows that hold other than what was announced, windows of the plan that are missing, records in quarantine, and customers
-- whose own calls were skipped because no agency lets us make them. What only the customer's own credentials show, and what
-- only names things, warns; the rest blocks. A window for which an older pull stands in is missing too. What is missing of an account that no contract bills may be another account's of
-- the same customer: it concerns all parties of the customer.
with accounts as (
  select distinct
    c.customer_id,
    c.reseller_id
  from settlement.contracts as c
  inner join ops.params as p on p.cycle = c.cycle
  where c.valid_from <= p.last_day and (c.valid_to is null or c.valid_to >= p.first_day)
),
windows as (
  select w.*
  from ops.windows as w
  inner join ops.params as p on p.cycle = w.cycle
),
missing as (
  select
    e.*,
    w.run_id as older_run,
    case when e.dataset in (
      'resource_packages', 'resource_package_quotas', 'resource_package_usage', 'peak95_summaries', 'peak95_points',
      'refund_orders', 'measure_units', 'unit_conversions', 'usage_types', 'service_types', 'resource_types'
    ) then 'W' else 'B' end as weight
  from ops.expected_windows as e
  inner join ops.params as p on p.cycle = e.cycle
  left join windows as w on w."window" = e."window"
  where w."window" is null or e.error is not null
),
quarantined as (
  select
    q.customer_id,
    q.reseller_id,
    q.dataset,
    q.field,
    q.window_id,
    count(*) as records,
    min(q.reason) as reason,
    min(q.row_no) as first_row
  from source.quarantine as q
  inner join ops.params as p on p.cycle = q.cycle
  group by q.customer_id, q.reseller_id, q.dataset, q.field, q.window_id
),
-- The first record of each; all of them stand in source.quarantine.
sampled as (
  select
    q.*,
    substring(s.raw, 1, 2000) as raw
  from quarantined as q
  inner join source.quarantine as s
    on s.window_id = q.window_id and s.row_no = q.first_row and s.dataset = q.dataset and s.field = q.field
),
billed as (
  select count(*) as contracts
  from accounts as a
),
recorded as (
  select count(*) as records
  from source.consumption_records as r
  inner join ops.params as p on p.cycle = r.cycle
)
select
  'B' as severity,
  case when w.customer_id = '' then null else w.customer_id end as customer_id,
  a.reseller_id,
  'window ' || w."window" as subject,
  cast(w.announced as varchar) || ' records announced' as expected,
  cast(w.rows as varchar) || ' stored, ' || cast(w.quarantined as varchar) || ' in quarantine' as actual,
  cast(w.rows + w.quarantined - w.announced as decimal(38, 8)) as difference,
  'the window does not hold what was announced; run again' as reason,
  'dataset ' || w.dataset || ', fetched by ' || w.run_id as detail
from windows as w
left join accounts as a on a.customer_id = w.customer_id and a.reseller_id = w.reseller_id
where w.announced >= 0 and w.announced <> w.rows + w.quarantined
union all
select
  m.weight as severity,
  case when m.customer_id = '' then null else m.customer_id end as customer_id,
  a.reseller_id,
  'window ' || m."window" as subject,
  'fetched' as expected,
  case when m.older_run is null then 'missing' else 'what run ' || m.older_run || ' fetched stands in' end as actual,
  cast(null as decimal(38, 8)) as difference,
  'the window was not fetched; run again' as reason,
  coalesce(m.error, 'no attempt is recorded') as detail
from missing as m
left join accounts as a on a.customer_id = m.customer_id and a.reseller_id = m.reseller_id
union all
-- One finding per customer, not one per call.
select
  'W' as severity,
  w.customer_id,
  cast(null as varchar) as reseller_id,
  'calls with the credentials of customer ' || w.customer_id || case when w.reseller_id = '' then '' else ' under reseller ' || w.reseller_id end as subject,
  'allowed' as expected,
  cast(count(*) as varchar) || ' windows skipped' as actual,
  cast(null as decimal(38, 8)) as difference,
  'packages and bandwidth of this customer are not known; have the customer create the agency' as reason,
  min(w.skipped) as detail
from windows as w
where w.skipped <> ''
group by w.customer_id, w.reseller_id
union all
select
  'B' as severity,
  case when q.customer_id = '' then null else q.customer_id end as customer_id,
  a.reseller_id,
  'quarantine ' || q.dataset || '.' || q.field || ' of window ' || cast(q.window_id as varchar) as subject,
  'values that the column holds exactly' as expected,
  cast(q.records as varchar) || ' records: ' || q.reason as actual,
  cast(null as decimal(38, 8)) as difference,
  'the records were not loaded; ask the vendor about them, or accept the finding with a reason' as reason,
  'row ' || cast(q.first_row as varchar) || ': ' || q.raw as detail
from sampled as q
left join accounts as a on a.customer_id = q.customer_id and a.reseller_id = q.reseller_id
union all
select
  'B' as severity,
  cast(null as varchar) as customer_id,
  cast(null as varchar) as reseller_id,
  'the month' as subject,
  cast(b.contracts as varchar) || ' accounts under contract' as expected,
  'no fee record of anybody' as actual,
  cast(null as decimal(38, 8)) as difference,
  'an empty month is no month; ask the vendor why the API lists nothing, or accept the finding with a reason' as reason,
  cast(null as varchar) as detail
from billed as b
cross join recorded as r
where b.contracts > 0 and r.records = 0
