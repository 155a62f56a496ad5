-- source.customers: one row per cycle, customer and reseller that either list of customers names: those attached now (ListSubCustomers)
-- and those with consumption in the cycle (ListConsumeSubCustomers, which knows no resellers and nothing but the id).
-- build: cycle
-- column seen_in: which lists hold the customer: both, listed (ListSubCustomers only), consuming (ListConsumeSubCustomers only: it has left)
-- column window_id: window of the call-1 row, else of the call-2 row; key of ops.windows
with listed as (
  select
    l.*,
    row_number() over (partition by l.customer_id, l.reseller_id order by l.window_id, l.row_no) as nth
  from source.customer_lists as l
  inner join ops.params as p on p.cycle = l.cycle
  where l.list = 'sub_customers'
),
consuming as (
  select
    l.*,
    row_number() over (partition by l.customer_id, l.reseller_id order by l.window_id, l.row_no) as nth
  from source.customer_lists as l
  inner join ops.params as p on p.cycle = l.cycle
  where l.list = 'consuming_customers'
),
listed_anywhere as (
  select
    a.*,
    row_number() over (partition by a.customer_id order by a.reseller_id) as place
  from listed as a
  where a.nth = 1
),
consuming_anywhere as (
  select distinct c.customer_id
  from consuming as c
),
-- Call 2 names a reseller's customer without the reseller. Such a row stands for a period of direct attachment only where
-- fee records of that period exist, or where nobody else lists the customer.
consuming_apart as (
  select
    c.*,
    e.customer_id is not null as listed_elsewhere
  from consuming as c
  left join listed as l on l.customer_id = c.customer_id and l.reseller_id = c.reseller_id and l.nth = 1
  left join listed_anywhere as e on e.customer_id = c.customer_id and e.place = 1
  left join (
    select distinct
      r.customer_id,
      r.reseller_id
    from source.consumption_records as r
    inner join ops.params as p on p.cycle = r.cycle
  ) as r on r.customer_id = c.customer_id and r.reseller_id = c.reseller_id
  where c.nth = 1 and l.customer_id is null and (e.customer_id is null or r.customer_id is not null)
)
select
  l.cycle,
  l.customer_id,
  l.reseller_id,
  case when c.customer_id is null then 'listed' else 'both' end as seen_in,
  l.account_name,
  l.customer,
  l.associated_on,
  l.associated_on_date,
  l.association_type,
  l.label,
  l.country_code,
  l.verified_status,
  l.customer_type,
  l.is_frozen,
  l.customer_level,
  l.xaccount_id,
  l.xaccount_type,
  l.account_manager_name,
  l.telephone,
  l.email,
  l.run_id,
  l.window_id,
  l.row_no
from listed as l
left join consuming_anywhere as c on c.customer_id = l.customer_id
where l.nth = 1
union all
-- A customer is the same person under any reseller, so its names are taken from where it is listed.
select
  c.cycle,
  c.customer_id,
  c.reseller_id,
  case when c.listed_elsewhere then 'both' else 'consuming' end as seen_in,
  e.account_name,
  e.customer,
  cast(null as timestamp) as associated_on,
  cast(null as date) as associated_on_date,
  cast(null as varchar) as association_type,
  e.label,
  e.country_code,
  e.verified_status,
  e.customer_type,
  e.is_frozen,
  e.customer_level,
  e.xaccount_id,
  e.xaccount_type,
  e.account_manager_name,
  e.telephone,
  e.email,
  c.run_id,
  c.window_id,
  c.row_no
from consuming_apart as c
left join listed_anywhere as e on e.customer_id = c.customer_id and e.place = 1
