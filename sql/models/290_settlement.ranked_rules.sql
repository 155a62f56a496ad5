-- settlement.ranked_rules: one pricing rule of a cycle with its rank among the cycle's rules and what it multiplies its base
-- by. A method that multiplies nothing leaves multiplier NULL: unit prices and steps are settlement.stepped_charges, and records
-- that a rule of any other method matches come out in settlement.unpriced.
-- build: view
-- column rank: 1 is looked at first: lowest priority number, then most match columns set, then lowest rule_id
-- column multiplier: what the base is multiplied by: 1 for pass_through, value for factor, 1 - value for discount, 1 + value for markup; NULL for unit_price and tiers
select
  k.cycle,
  k.rule_id,
  k.price_plan,
  k.priority,
  k.valid_from,
  k.valid_to,
  k.customer_id,
  k.service_type_code,
  k.resource_type_code,
  k.region_code,
  k.charging_mode,
  k.bill_detail_type,
  k.product_id,
  k.base,
  k.method,
  k.value,
  k.unit,
  k.tax_code,
  row_number() over (
    partition by k.cycle
    order by
      k.priority,
      case when k.customer_id is null then 0 else 1 end
        + case when k.service_type_code is null then 0 else 1 end
        + case when k.resource_type_code is null then 0 else 1 end
        + case when k.region_code is null then 0 else 1 end
        + case when k.charging_mode is null then 0 else 1 end
        + case when k.bill_detail_type is null then 0 else 1 end
        + case when k.product_id is null then 0 else 1 end desc,
      k.rule_id
  ) as rank,
  multiplier(k.method, k.value) as multiplier
from settlement.rules as k
