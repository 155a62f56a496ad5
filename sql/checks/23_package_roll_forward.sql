-- title: Package balances roll forward
-- severity: W
-- phase: lines
-- owner: operations
-- code: package_delay
-- action: look for deductions of the item that are missing; if the next run brings none, ask the vendor for the item's records of {cycle}
-- needs: resource_packages, resource_package_usage
-- By package item and reset window, where the balances are known: the month must open with what the month before left, and after the
-- month's last deduction must be left what opening + granted - used says. A deduction that is missing shows in either.
with ledger as (
  select l.*
  from usage.package_ledger as l
  inner join ops.params as p on p.cycle = l.cycle
  where l.balance_known
),
breaks as (
  select
    l.*,
    'opens with what the month before left' as what,
    l.carried as should,
    l.opening as is_now
  from ledger as l
  where l.opening <> l.carried
  union all
  select
    l.*,
    'has left what opening, grant and use say' as what,
    l.opening + l.granted - l.used as should,
    l.remaining_reported as is_now
  from ledger as l
  where l.opening + l.granted - l.used <> l.remaining_reported
)
select
  b.customer_id,
  nullif(b.reseller_id, '') as reseller_id,
  'package item ' || b.free_resource_id || ' of ' || coalesce(b.product_name, '-') || ', window from ' || cast(b.window_from as varchar) || ', ' || b.what as subject,
  plain(b.should) || ' ' || coalesce(b.unit, '') as expected,
  plain(b.is_now) || ' ' || coalesce(b.unit, '') as actual,
  try_cast(b.is_now - b.should as decimal(38, 8)) as difference,
  cast(0 as decimal(38, 8)) as tolerance,
  case when b.is_now < b.should then 'more was taken from the item than its deductions say: some are missing'
    else 'less was taken from the item than its deductions say: quota was added, or deductions were taken back' end as reason,
  'opening ' || plain(b.opening) || ' + granted ' || plain(b.granted) || ' - used ' || plain(b.used)
    || ', last deduction leaves ' || coalesce(plain(b.remaining_reported), '-') || ', order ' || coalesce(b.order_id, '-') as detail
from breaks as b
