-- title: Every customer with charges is on a list of customers
-- severity: B
-- phase: lines
-- owner: operations
-- code: association_change
-- action: find out to whom the account belongs now, then add or end its contract
-- needs: consuming_customers, consumption_records
-- Customers that only ListConsumeSubCustomers knows (they left), and customers in records or bills that neither list knows. Where a contract
-- covers the customer it is settled and this warns, else it blocks. Customers whose charges the vendor
-- invoices (referral) are no matter of ours.
with charged as (
  select
    r.customer_id,
    count(*) as records,
    sum(r.payment_amount) as payable_amount,
    max(case when p.include_referral or r.association_type is distinct from '1' then 1 else 0 end) as ours
  from source.consumption_records as r
  inner join ops.params as p on p.cycle = r.cycle
  group by r.customer_id
),
billed as (
  select
    b.customer_id,
    sum(b.amount) as amount
  from source.monthly_bills as b
  inner join ops.params as p on p.cycle = b.cycle
  group by b.customer_id
),
listed as (
  select
    c.customer_id,
    max(case when c.seen_in = 'consuming' then 0 else 1 end) as attached
  from source.customers as c
  inner join ops.params as p on p.cycle = c.cycle
  group by c.customer_id
),
known as (
  select customer_id from charged
  union
  select customer_id from billed
  union
  select customer_id from listed
),
covered as (
  select distinct c.customer_id
  from settlement.contracts as c
  inner join ops.params as p on p.cycle = c.cycle
  where c.valid_from <= p.last_day and (c.valid_to is null or c.valid_to >= p.first_day)
)
select
  case when c.customer_id is null then 'B' else 'W' end as severity,
  k.customer_id,
  'customer ' || k.customer_id as subject,
  'attached to this partner' as expected,
  case when l.customer_id is null then 'on no list of customers' else 'only on the list of customers with consumption' end as actual,
  cast(h.payable_amount as decimal(38, 8)) as difference,
  case
    when c.customer_id is null then 'nobody is billed for this customer; add a contract, or find out where it belongs'
    else 'the customer has left, or belongs to a reseller that was not asked; its contract settles the month'
  end as reason,
  cast(coalesce(h.records, 0) as varchar) || ' records, monthly bills of ' || coalesce(cast(b.amount as varchar), '0') as detail
from known as k
left join listed as l on l.customer_id = k.customer_id
left join charged as h on h.customer_id = k.customer_id
left join billed as b on b.customer_id = k.customer_id
left join covered as c on c.customer_id = k.customer_id
where coalesce(l.attached, 0) = 0 and k.customer_id is not null and coalesce(h.ours, 1) = 1
