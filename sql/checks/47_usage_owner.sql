-- title: Packages and bandwidth belong to one party each
-- severity: W
-- phase: lines
-- owner: pricing
-- code: missing_data
-- action: add the contract, or move the account to one party
-- Customers with packages or bandwidth in the cycle that no contract bills: nobody's workbook shows them; and customers whose
-- contracts of several parties begin on one day, so that settlement.account_owners had to choose.
with used as (
  select
    u.customer_id,
    u.kind,
    count(*) as usage_rows
  from (
    select b.customer_id, 'bandwidth' as kind
    from usage.peak95 as b
    inner join ops.params as p on p.cycle = b.cycle
    union all
    select k.customer_id, 'packages' as kind
    from usage.package_windows as k
    inner join ops.params as p on p.cycle = k.cycle
  ) as u
  group by u.customer_id, u.kind
),
owners as (
  select o.*
  from settlement.account_owners as o
  inner join ops.params as p on p.cycle = o.cycle
)
select
  o.party_id,
  u.customer_id,
  u.kind || ' of customer ' || u.customer_id as subject,
  '1 party' as expected,
  case when o.customer_id is null then 'none' else cast(o.contenders as varchar) end as actual,
  case when o.customer_id is null then 'no contract bills the customer in the month; add one, or its usage stands in no workbook'
    else 'several parties have contracts from the same day; shown to ' || o.party_id || ': give the contracts days that do not overlap'
  end as reason,
  cast(u.usage_rows as varchar) || ' rows' as detail
from used as u
left join owners as o on o.customer_id = u.customer_id
where o.customer_id is null or o.contenders > 1
