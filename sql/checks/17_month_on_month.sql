-- title: Usage is like the month before
-- severity: W
-- phase: lines
-- owner: account manager
-- code: usage_change
-- action: ask the customer whether the change is meant; accept the finding with the answer
-- needs: consumption_records
-- What a customer pays for on-demand use of a service against the month before, where it changed by more than
-- close.month_on_month says, in percent and in money. Orders come and go and are not compared; nor are customers that used nothing in one of
-- the two months (those that stopped are found by check 04). A month that is not over is only held against the month before where it is above it.
with months as (
  select
    d.cycle,
    d.customer_id,
    d.service_type_code,
    sum(case when d.cycle = p.cycle then d.payable_amount else 0 end) as amount,
    sum(case when d.cycle = p.prior_cycle then d.payable_amount else 0 end) as amount_before
  from recon.resource_days as d
  inner join ops.params as p on d.cycle >= p.prior_cycle and d.cycle <= p.cycle
  where d.kind <> 'other'
  group by d.cycle, d.customer_id, d.service_type_code
),
customers as (
  select m.customer_id
  from months as m
  group by m.customer_id
  having count(distinct m.cycle) = 2
),
services as (
  select
    m.customer_id,
    m.service_type_code,
    sum(m.amount) as amount,
    sum(m.amount_before) as amount_before
  from months as m
  inner join customers as c on c.customer_id = m.customer_id
  group by m.customer_id, m.service_type_code
)
select
  s.customer_id,
  'usage of ' || coalesce(s.service_type_code, 'records without service') as subject,
  'payable ' || cast(s.amount_before as varchar) || ' in ' || p.prior_cycle as expected,
  'payable ' || cast(s.amount as varchar) as actual,
  cast(s.amount - s.amount_before as decimal(38, 8)) as difference,
  cast(greatest(p.month_on_month_amount, from_e8(div_round(e8(abs(s.amount_before)) * p.month_on_month_percent, 100))) as decimal(38, 8)) as tolerance,
  case when s.amount > s.amount_before then 'usage rose' else 'usage fell' end || ' by more than ' || cast(p.month_on_month_percent as varchar) || ' percent' as reason,
  cast(null as varchar) as detail
from services as s
cross join ops.params as p
where abs(s.amount - s.amount_before) > p.month_on_month_amount
  and e8(abs(s.amount - s.amount_before)) * 100 > e8(abs(s.amount_before)) * p.month_on_month_percent
  and (s.amount > s.amount_before or cast(p.run_started as date) > p.last_day)
