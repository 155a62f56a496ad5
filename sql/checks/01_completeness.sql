-- title: Every announced record is stored
-- severity: B
-- phase: lines
-- Windows that hold other than what was announced, windows of the plan that are missing, records in quarantine, and customers
-- whose own calls were skipped because no agency lets us make them. What only the customer's own credentials show, and what
-- only names things, warns; the rest blocks.
with windows as (
  select w.*
  from ops.windows as w
  inner join ops.params as p on p.cycle = w.cycle
),
missing as (
  select
    e.*,
    case when e.dataset in (
      'resource_packages', 'resource_package_quotas', 'resource_package_usage', 'peak95_summaries', 'peak95_points',
      'refund_orders', 'measure_units', 'unit_conversions', 'usage_types', 'service_types', 'resource_types'
    ) then 'W' else 'B' end as weight
  from ops.expected_windows as e
  inner join ops.params as p on p.cycle = e.cycle
  left join windows as w on w."window" = e."window"
  where w."window" is null
),
quarantined as (
  select q.*
  from source.quarantine as q
  inner join ops.params as p on p.cycle = q.cycle
)
select
  'B' as severity,
  case when w.customer_id = '' then null else w.customer_id end as customer_id,
  'window ' || w."window" as subject,
  cast(w.announced as varchar) || ' records announced' as expected,
  cast(w.rows as varchar) || ' stored, ' || cast(w.quarantined as varchar) || ' in quarantine' as actual,
  cast(w.rows + w.quarantined - w.announced as decimal(38, 8)) as difference,
  'the window does not hold what was announced; run again' as reason,
  'dataset ' || w.dataset || ', fetched by ' || w.run_id as detail
from windows as w
where w.announced >= 0 and w.announced <> w.rows + w.quarantined
union all
select
  m.weight as severity,
  case when m.customer_id = '' then null else m.customer_id end as customer_id,
  'window ' || m."window" as subject,
  'fetched' as expected,
  'missing' as actual,
  cast(null as decimal(38, 8)) as difference,
  'the window was not fetched; run again' as reason,
  coalesce(m.error, 'no attempt is recorded') as detail
from missing as m
union all
-- One finding per customer, not one per call.
select
  'W' as severity,
  w.customer_id,
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
  'quarantine ' || q.dataset || '.' || q.field || ', row ' || cast(q.row_no as varchar) || ' of window ' || cast(q.window_id as varchar) as subject,
  'a value that the column holds exactly' as expected,
  q.reason as actual,
  cast(null as decimal(38, 8)) as difference,
  'the record was not loaded; ask the vendor about it, or accept it with a reason' as reason,
  q.raw as detail
from quarantined as q
