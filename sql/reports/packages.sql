-- Cycle $1, parties $2 to $3: an item of a resource package in one reset window that touches the month, opening + granted -
-- used - cleared = closing. Whose it is says settlement.account_owners.
with services as (
  select service_type_code, min(service_type_name) as service_type_name
  from source.service_types
  where cycle = $1
  group by service_type_code
)
select
  o.party_id,
  p.customer_id,
  c.account_name,
  p.product_name,
  p.order_id,
  coalesce(s.service_type_name, p.service_type_code) as service_type_name,
  p.region_code,
  p.enterprise_project_id,
  p.usage_type_name,
  coalesce(p.unit, cast(p.measure_id as varchar)) as unit,
  cast(p.effective_time as varchar) as effective_time,
  cast(p.expire_time as varchar) as expire_time,
  p.reuse_mode,
  cast(p.window_from as varchar) as window_from,
  cast(p.window_to as varchar) as window_to,
  cast(p.opening as varchar) as opening,
  cast(p.granted as varchar) as granted,
  cast(p.used as varchar) as used,
  cast(p.cleared as varchar) as cleared,
  cast(p.closing as varchar) as closing,
  cast(p.utilisation as varchar) as utilisation,
  cast(p.overage_quantity as varchar) as overage_quantity,
  cast(p.overage_official_amount as varchar) as overage_official_amount,
  cast(p.days_to_expiry as varchar) as days_to_expiry,
  p.alert,
  case when p.balance_known then 'yes' else 'no' end as balance_known
from usage.package_ledger as p
inner join settlement.account_owners as o on o.cycle = p.cycle and o.customer_id = p.customer_id
left join source.customers as c on c.cycle = p.cycle and c.customer_id = p.customer_id and c.reseller_id = o.reseller_id
left join services as s on s.service_type_code = p.service_type_code
where p.cycle = $1 and o.party_id between $2 and $3
order by o.party_id, p.customer_id, p.reseller_id, p.product_name, p.order_instance_id, p.free_resource_id, p.window_from
