-- recon.unit_prices: the list price of a product as its own fee records imply it: one row per service, resource type, product,
-- specification, region, usage type and unit of on-demand use that has one. The service tells no prices; check 19 holds each record
-- against the price of its product. Products that are priced by steps have no row.
-- build: cycle
-- column product_key: number of the seven codes, by which a record finds its price
-- column records: fee records with a quantity and a list price, no part of which a package covered
-- column price: list price of one unit, to 16 places: implied by a large record, and by most of the others
-- column price_error: how far from price the records' own rounding to 8 places may be
-- column most_usage: quantity that costs a thousand million at that price; what is beyond has no list price
with charged as (
  select
    r.cycle,
    r.service_type_code,
    r.resource_type_code,
    r.product_id,
    r.product_spec_desc,
    r.region_code,
    r.usage_type,
    r.usage_measure_id,
    (r.window_id + r.row_no) % 17 as heap,
    r.official_amount,
    r.usage_amount,
    -- Large, and the same for the same amounts only: a tie would let chance choose.
    r.usage_amount + r.official_amount as size
  from source.consumption_records as r
  inner join ops.params as p on p.cycle = r.cycle
  where (p.include_referral or r.association_type is distinct from '1')
    and plainly_priced(r.charging_mode, r.bill_detail_type, r.usage_amount, r.official_amount, r.free_resource_usage, r.ri_usage)
),
-- Seventeen large records of each product, strewn over the month, have a say; counting what every record says would take memory for each of them.
heaps as (
  select
    c.cycle,
    c.service_type_code,
    c.resource_type_code,
    c.product_id,
    c.product_spec_desc,
    c.region_code,
    c.usage_type,
    c.usage_measure_id,
    c.heap,
    count(*) as records,
    max_by(c.official_amount, c.size) as amount,
    max_by(c.usage_amount, c.size) as quantity
  from charged as c
  group by
    c.cycle, c.service_type_code, c.resource_type_code, c.product_id, c.product_spec_desc, c.region_code, c.usage_type,
    c.usage_measure_id, c.heap
),
candidates as (
  select
    h.*,
    product_key(h.service_type_code, h.resource_type_code, h.product_id, h.product_spec_desc, h.region_code, h.usage_type, h.usage_measure_id) as product_key,
    price_e16(h.amount, h.quantity) as price_e16,
    1 + price_e16(0.00000002, h.quantity) as error_e16
  from heaps as h
),
-- The middle price is the one that most have, where most have one.
ordered as (
  select
    c.*,
    row_number() over (partition by c.product_key order by c.price_e16, c.heap) as nth,
    count(*) over (partition by c.product_key) as voters,
    sum(c.records) over (partition by c.product_key) as all_records
  from candidates as c
),
middles as (
  select
    o.*,
    max(case when o.nth = div_floor(o.voters + 1, 2) then o.price_e16 end) over (partition by o.product_key) as middle_e16,
    max(case when o.nth = div_floor(o.voters + 1, 2) then o.error_e16 end) over (partition by o.product_key) as middle_error_e16
  from ordered as o
),
agreed as (
  select
    m.*,
    case when abs(m.price_e16 - m.middle_e16) <= m.error_e16 + m.middle_error_e16 then 1 else 0 end as agrees
  from middles as m
),
ranked as (
  select
    a.*,
    sum(a.agrees) over (partition by a.product_key) as agreeing,
    row_number() over (partition by a.product_key order by a.agrees desc, a.quantity desc, a.heap) as place
  from agreed as a
)
select
  k.cycle,
  k.product_key,
  k.service_type_code,
  k.resource_type_code,
  k.product_id,
  k.product_spec_desc,
  k.region_code,
  k.usage_type,
  k.usage_measure_id,
  cast(k.all_records as bigint) as records,
  from_e16(k.price_e16) as price,
  from_e16(k.error_e16) as price_error,
  cast(div_floor(whole(10000000000000000) * 1000000000, k.price_e16 + k.error_e16) as decimal(38, 12)) as most_usage
from ranked as k
where k.place = 1 and k.voters >= 3 and k.agreeing * 3 >= k.voters * 2
