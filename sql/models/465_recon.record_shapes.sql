-- recon.record_shapes: the codes that stand together on fee records of a cycle, how many records have them, and how precise their amounts are.
-- One pass over the records for whoever asks what codes, units and precision the vendor uses: recon.radar does, for this cycle and
-- those before it.
-- build: cycle
-- column record_count: fee records with these codes
-- column official_places: most decimal places of a list price, to the next even number
-- column payment_places: most decimal places of a payable amount, to the next even number
-- column with_usage: of them, those with a quantity
with shapes as (
  select
    r.service_type_code,
    r.resource_type_code,
    r.usage_type,
    r.usage_measure_id,
    r.charging_mode,
    r.bill_detail_type,
    r.association_type,
    count(*) as record_count,
    max(places8(r.official_amount)) as official_places,
    max(places8(r.payment_amount)) as payment_places,
    count(r.usage_amount) as with_usage
  from source.consumption_records as r
  inner join ops.params as p on p.cycle = r.cycle
  group by
    r.service_type_code, r.resource_type_code, r.usage_type, r.usage_measure_id, r.charging_mode, r.bill_detail_type, r.association_type
)
select
  p.cycle,
  s.service_type_code,
  s.resource_type_code,
  s.usage_type,
  s.usage_measure_id,
  s.charging_mode,
  s.bill_detail_type,
  s.association_type,
  s.record_count,
  s.official_places,
  s.payment_places,
  s.with_usage
from shapes as s
cross join ops.params as p
