-- title: Every announced record is stored
-- severity: B
-- phase: lines
-- owner: operations
-- code: missing_data
-- action: run the month again (settle run --cycle {cycle}); a window that stays short goes to the vendor contact with the request ids that settle explain {finding} shows
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
      'refund_orders', 'measure_units', 'unit_conversions', 'usage_types', 'service_types', 'resource_types',
      'partner_adjustments', 'partner_balances', 'customer_balances', 'partner_account_changes'
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
  'dataset ' || w.dataset || ', fetched by ' || w.run_id as detail,
  'missing_data' as reason_code,
  cast(null as varchar) as owner,
  cast(null as varchar) as action
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
  coalesce(m.error, 'no attempt is recorded') as detail,
  'missing_data' as reason_code,
  cast(null as varchar) as owner,
  'run the month again, and look at the error; settle status names what is missing, and a run fetches only that' as action
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
  'skipped for ' || cast(count(distinct w.dataset) as varchar) || ' datasets' as actual,
  cast(null as decimal(38, 8)) as difference,
  'packages and bandwidth of this customer are not known; have the customer create the agency' as reason,
  split_part(min(w.skipped), ' (request id', 1) as detail,
  'missing_data' as reason_code,
  'account manager' as owner,
  'have the customer create the agency that the partner portal asks for; settle doctor says whether it is there; then run the month again' as action
from windows as w
where w.skipped <> '' and w.customer_id <> ''
group by w.customer_id, w.reseller_id
union all
select
  'W' as severity,
  cast(null as varchar) as customer_id,
  cast(null as varchar) as reseller_id,
  'calls for ' || w.dataset || case when w.reseller_id = '' then '' else ' of reseller ' || w.reseller_id end as subject,
  'allowed' as expected,
  'refused' as actual,
  cast(null as decimal(38, 8)) as difference,
  'the service refuses these calls to the partner''s account; allocations and balances are not checked' as reason,
  split_part(min(w.skipped), ' (request id', 1) as detail,
  'missing_data' as reason_code,
  'operations' as owner,
  'have the permission for the call given to the account in Partner Center, then run the month again' as action
from windows as w
where w.skipped <> '' and w.customer_id = ''
group by w.dataset, w.reseller_id
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
  'row ' || cast(q.first_row as varchar) || ': ' || q.raw as detail,
  'vendor_error' as reason_code,
  'vendor contact' as owner,
  'settle explain {finding} shows the raw text, page and request id: send them to the vendor and run the month again once it is corrected; or accept the record''s absence: settle findings resolve {finding} --reason TEXT' as action
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
  cast(null as varchar) as detail,
  'missing_data' as reason_code,
  cast(null as varchar) as owner,
  'ask the vendor why the API lists nothing for {cycle}, and run the month again; accept the finding only if nobody used anything' as action
from billed as b
cross join recorded as r
where b.contracts > 0 and r.records = 0
