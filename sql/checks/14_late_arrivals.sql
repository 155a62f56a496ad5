-- title: What was used before the cycle and charged in it
-- severity: I
-- phase: lines
-- owner: finance
-- code: late_cycle
-- action: nothing to correct; name the amount where the customer asks why use of an earlier month stands on this statement
-- needs: consumption_records
-- Use that the vendor charged after the cut-off of its own month (the end of the first day of the next) belongs to the cycle of the
-- charge. Shown per customer, always explained; records that do not belong here at all are check 13's.
select
  r.customer_id,
  r.reseller_id,
  'customer ' || r.customer_id || case when r.reseller_id = '' then '' else ' under reseller ' || r.reseller_id end || ': late arrivals' as subject,
  'use within the cycle' as expected,
  cast(count(*) as varchar) || ' records of use before it' as actual,
  cast(sum(r.payment_amount) as decimal(38, 8)) as difference,
  cast(0 as decimal(38, 8)) as tolerance,
  true as explained,
  'late cycle: used before the month began, and charged after that month was cut off' as reason,
  'use from ' || cast(min(r.consume_from_date) as varchar) || ' to ' || cast(max(coalesce(r.consume_to_date, r.consume_from_date)) as varchar)
    || ', for example record ' || min(r.record_key) as detail
from source.consumption_records as r
inner join ops.params as p on p.cycle = r.cycle
where (p.include_referral or r.association_type is distinct from '1')
  and coalesce(r.consume_to_date, r.consume_from_date) < p.first_day
  and r.trade_time_date > p.first_day
group by r.customer_id, r.reseller_id
