-- title: Every customer has consumption, or is known to have none
-- severity: W
-- phase: lines
-- owner: account manager
-- code: missing_data
-- action: confirm with the customer that it used nothing, or find out whether it left the partner in the month
-- needs: sub_customers, consuming_customers, consumption_records
-- Attached resale customers without a fee record of the cycle. That the list of customers with consumption names one, or that it
-- paid for on-demand use the month before, warns: its records may be missing, or it left. The others that a contract bills are named for information.
with listed as (
  select
    c.customer_id,
    min(c.customer) as customer,
    max(case when c.seen_in = 'both' then 1 else 0 end) as consuming
  from source.customers as c
  inner join ops.params as p on p.cycle = c.cycle
  where c.seen_in <> 'consuming' and (p.include_referral or c.association_type is distinct from '1')
  group by c.customer_id
),
charged as (
  select
    d.customer_id,
    sum(case when d.cycle = p.cycle then d.records else 0 end) as records,
    sum(case when d.cycle < p.cycle and d.kind <> 'other' then d.payable_amount else 0 end) as amount_before
  from recon.resource_days as d
  inner join ops.params as p on d.cycle >= p.prior_cycle and d.cycle <= p.cycle
  group by d.customer_id
),
-- Records that no column holds are told by check 01, not by their absence.
unread as (
  select distinct q.customer_id
  from source.quarantine as q
  inner join ops.params as p on p.cycle = q.cycle
  where q.dataset = 'consumption_records'
),
covered as (
  select distinct c.customer_id
  from settlement.contracts as c
  inner join ops.params as p on p.cycle = c.cycle
  where c.valid_from <= p.last_day and (c.valid_to is null or c.valid_to >= p.first_day)
),
silent as (
  select
    l.customer_id,
    l.consuming,
    coalesce(h.amount_before, 0) as amount_before,
    c.customer_id is not null as covered
  from listed as l
  left join charged as h on h.customer_id = l.customer_id
  left join unread as q on q.customer_id = l.customer_id
  left join covered as c on c.customer_id = l.customer_id
  where coalesce(h.records, 0) = 0 and q.customer_id is null
)
select
  case when s.consuming = 1 or s.amount_before <> 0 then 'W' else 'I' end as severity,
  s.customer_id,
  'customer ' || s.customer_id as subject,
  case
    when s.consuming = 1 then 'fee records: the list of customers with consumption names it'
    when s.amount_before <> 0 then 'fee records, as in ' || p.prior_cycle
    else 'fee records' end as expected,
  'none' as actual,
  case when s.amount_before <> 0 then cast(-s.amount_before as decimal(38, 8)) end as difference,
  case when s.consuming = 0 and s.amount_before <> 0 then 'usage_change' end as reason_code,
  case
    when s.consuming = 1 then 'the customer consumed, and no fee record tells what'
    when s.amount_before <> 0 then 'the customer used services the month before and none now'
    else 'the customer used nothing'
  end as reason,
  cast(null as varchar) as detail
from silent as s
cross join ops.params as p
where s.consuming = 1 or s.amount_before <> 0 or s.covered
