-- title: List prices are quantity times unit price
-- severity: W
-- phase: lines
-- owner: pricing
-- code: price_rule
-- action: compare one of the records with the vendor's price list; ask the vendor contact where the list does not have the price
-- needs: consumption_records
-- On-demand records whose list price is not their quantity times the price of their product (recon.unit_prices: the one that
-- most records of the product imply), by customer and product. Records partly covered by packages or reserved instances are not
-- meant. A product more than a quarter of whose records differ has several prices (steps, accumulation): nothing is said of it.
-- Each side may be rounded to 8 places; beyond that 0.000001 is tolerated.
with compared as (
  select
    r.customer_id,
    r.reseller_id,
    r.record_key,
    r.official_amount,
    r.usage_amount,
    k.product_key,
    k.records as product_records,
    k.price,
    k.price_error,
    case when r.usage_amount <= k.most_usage then k.price * r.usage_amount end as rated
  from source.consumption_records as r
  inner join ops.params as p on p.cycle = r.cycle
  inner join recon.unit_prices as k
    on k.product_key = product_key(r.service_type_code, r.resource_type_code, r.product_id, r.product_spec_desc, r.region_code, r.usage_type, r.usage_measure_id)
    and k.cycle = p.cycle
  where (p.include_referral or r.association_type is distinct from '1')
    and plainly_priced(r.charging_mode, r.bill_detail_type, r.usage_amount, r.official_amount, r.free_resource_usage, r.ri_usage)
),
-- Few are left when the second product is worked out.
suspects as (
  select
    c.*,
    case when c.rated is not null then c.price_error * c.usage_amount + 0.000001 else 0 end as tolerance
  from compared as c
  where c.rated is null or abs(c.official_amount - c.rated) > 0.000001
),
off as (
  select
    c.product_key,
    c.customer_id,
    c.reseller_id,
    any_value(c.price) as price,
    any_value(c.product_records) as product_records,
    count(*) as records,
    sum(c.official_amount) as amount,
    sum(cast(round(c.rated, 8) as decimal(38, 8))) as rated,
    max(c.tolerance) as tolerance,
    max(case when c.rated is null then 1 else 0 end) as beyond,
    min(c.record_key) as example
  from suspects as c
  where c.rated is null or abs(c.official_amount - c.rated) > c.tolerance
  group by c.product_key, c.customer_id, c.reseller_id
),
products as (
  select
    o.product_key,
    sum(o.records) as records
  from off as o
  group by o.product_key
)
select
  o.customer_id,
  o.reseller_id,
  coalesce(k.service_type_code, '-') || ' ' || coalesce(k.resource_type_code, '-') || ', product ' || coalesce(k.product_id, '-') || ', ' || coalesce(k.product_spec_desc, '-')
    || ', ' || coalesce(k.region_code, '-') || ', ' || coalesce(k.usage_type, '-') || case when o.reseller_id = '' then '' else ' under reseller ' || o.reseller_id end as subject,
  'list price ' || coalesce(cast(o.rated as varchar), '-') || ' at ' || cast(o.price as varchar) || ' a unit' as expected,
  'list price ' || cast(o.amount as varchar) || ' of ' || cast(o.records as varchar) || ' records' as actual,
  case when o.beyond = 0 then cast(o.amount - o.rated as decimal(38, 8)) end as difference,
  cast(round(o.tolerance, 8) as decimal(38, 8)) as tolerance,
  'the records cost another price than ' || cast(k.records - s.records as varchar) || ' of the ' || cast(k.records as varchar) || ' records of the product' as reason,
  'for example record ' || o.example as detail
from off as o
inner join products as s on s.product_key = o.product_key
inner join recon.unit_prices as k on k.product_key = o.product_key
inner join ops.params as p on p.cycle = k.cycle
where s.records * 4 <= k.records
