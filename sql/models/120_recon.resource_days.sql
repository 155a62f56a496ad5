-- recon.resource_days: one resource of a customer and service on one day: how many fee records, and what they cost. What several
-- checks compare over time, added up once: cycles stay, so that a month can be held against the one before.
-- build: cycle
-- column day: first day of the records' consumption (UTC+8), else the day of the transaction
-- column kind: time (on-demand use that is charged by how long a resource exists), usage (other on-demand use) or other (orders, adjustments)
-- column records: fee records
-- column payable_amount: what they cost, vouchers and debt included
with records as (
  select
    r.cycle,
    r.customer_id,
    r.reseller_id,
    r.service_type_code,
    r.resource_id,
    coalesce(r.consume_from_date, r.trade_time_date) as day,
    case
      when r.charging_mode = '3' and r.bill_detail_type = '5' and r.consume_to > r.consume_from
        then case when r.usage_type = 'Duration' then 'time' else 'usage' end
      else 'other'
    end as kind,
    r.payment_amount
  from source.consumption_records as r
  inner join ops.params as p on p.cycle = r.cycle
  where p.include_referral or r.association_type is distinct from '1'
)
select
  r.cycle,
  r.customer_id,
  r.reseller_id,
  r.service_type_code,
  r.resource_id,
  r.day,
  r.kind,
  count(*) as records,
  cast(sum(r.payment_amount) as decimal(38, 8)) as payable_amount
from records as r
group by r.cycle, r.customer_id, r.reseller_id, r.service_type_code, r.resource_id, r.day, r.kind
