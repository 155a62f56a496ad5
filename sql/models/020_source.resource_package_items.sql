-- source.resource_package_items: one quota of a resource package as a run saw it: what ListFreeResourceInfos says, and beside it what ListFreeResourceUsages
-- says of its current reset window. The two calls may name different units for the same quantity.
-- build: cycle
-- column amount: what is left of the current reset window, in measure_id (ListFreeResourceInfos)
-- column original_amount: quota of the current reset window, in measure_id (ListFreeResourceInfos)
-- column measure_id: unit of amount and original_amount (ListFreeResourceInfos)
-- column quota_amount: what is left of the current reset window, in quota_measure_id (ListFreeResourceUsages)
-- column quota_original_amount: quota of the current reset window, in quota_measure_id (ListFreeResourceUsages)
-- column quota_measure_id: unit of quota_amount and quota_original_amount (ListFreeResourceUsages)
-- column start_time: begin of the current reset window, UTC (ListFreeResourceUsages)
-- column end_time: end of the current reset window, UTC (ListFreeResourceUsages)
with quotas as (
  select
    q.*,
    row_number() over (
      partition by q.customer_id, q.reseller_id, q.run_id, q.free_resource_id order by q.window_id, q.row_no
    ) as nth
  from source.resource_package_quotas as q
  inner join ops.params as p on p.cycle = q.cycle
)
select
  c.cycle,
  c.customer_id,
  c.reseller_id,
  c.order_instance_id,
  c.free_resource_id,
  c.usage_type_name,
  c.amount,
  c.original_amount,
  c.measure_id,
  q.free_resource_type_name,
  q.quota_reuse_cycle,
  q.quota_reuse_cycle_type,
  q.start_time,
  q.start_time_date,
  q.end_time,
  q.end_time_date,
  q.amount as quota_amount,
  q.original_amount as quota_original_amount,
  q.measure_id as quota_measure_id,
  c.run_id,
  c.window_id,
  c.row_no
from source.resource_package_contents as c
inner join ops.params as p on p.cycle = c.cycle
left join quotas as q
  on q.customer_id = c.customer_id and q.reseller_id = c.reseller_id and q.run_id = c.run_id
  and q.free_resource_id = c.free_resource_id and q.nth = 1
