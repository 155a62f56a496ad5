-- A customer, reseller, service, resource type, charging mode and bill type of cycle $1 on which fee records and monthly bill differ, or
-- which only one of them names, in the order of the customers on the tie-out and within one the worst first.
with customers as (
  select
    c.customer_id,
    max(coalesce(c.customer, c.account_name)) as customer_name
  from source.customers as c
  where c.cycle = $1
  group by c.customer_id
),
services as (
  select
    n.service_type_code,
    max(n.service_type_name) as service_type_name
  from source.service_types as n
  where n.cycle = $1
  group by n.service_type_code
)
select
  s.customer_id,
  s.reseller_id,
  coalesce(c.customer_name, s.customer_id) as customer_name,
  s.service_type_code,
  coalesce(n.service_type_name, s.service_type_code) as service_type_name,
  s.resource_type_code,
  s.charging_mode,
  s.bill_type,
  s.matched,
  cast(s.records as varchar) as records,
  cast(s.bill_rows as varchar) as bill_rows,
  cast(s.longer_charges + s.longer_refunds as varchar) as longer_charges,
  cast(s.detail_amount as varchar) as detail_amount,
  cast(s.bill_amount as varchar) as bill_amount,
  cast(s.difference as varchar) as difference,
  cast(s.truncation as varchar) as truncation,
  cast(s.late_cycle as varchar) as late_cycle,
  cast(s.association_change as varchar) as association_change,
  cast(s.referral as varchar) as referral,
  cast(s.mode_10 as varchar) as mode_10,
  cast(s.funding_change as varchar) as funding_change,
  cast(s.named_otherwise as varchar) as named_otherwise,
  cast(s.unexplained as varchar) as unexplained,
  cast(s.tolerance as varchar) as tolerance,
  s.reason_code
from recon.charge_slices as s
left join recon.tie_out as t on t.cycle = s.cycle and t.customer_id = s.customer_id and t.reseller_id = s.reseller_id
left join customers as c on c.customer_id = s.customer_id
left join services as n on n.service_type_code = s.service_type_code
where s.cycle = $1 and (s.difference <> 0 or s.unexplained <> 0 or s.named_otherwise <> 0 or s.matched <> 'both')
order by
  abs(coalesce(t.unexplained, 0)) desc,
  abs(coalesce(t.difference, 0)) desc,
  s.customer_id,
  s.reseller_id,
  abs(s.unexplained) desc,
  abs(s.difference) desc,
  s.service_type_code,
  s.resource_type_code,
  s.charging_mode,
  s.bill_type
