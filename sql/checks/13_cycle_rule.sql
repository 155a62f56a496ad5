-- title: Each record stands in the cycle to which its use and its charge put it
-- severity: W
-- phase: lines
-- owner: operations
-- code: late_cycle
-- action: look at the records in the console, and run the other cycle again; tell the customer if a charge stays in this month
-- needs: consumption_records
-- The vendor's rule since June 2024, in UTC+8: what is used in a month and charged until the end of the first day of the next belongs to the month
-- of use, what is charged later to the month of the charge. So the cycle is the later of the month of use and the month of the day before the charge.
-- Of an interval over a month's edge either side may count. A record that itself names another cycle than the one asked for is meant too.
with off as (
  select
    r.*,
    case
      when r.bill_cycle <> r.cycle then 'names cycle ' || r.bill_cycle
      when r.consume_from_date > p.last_day then 'used after the cycle'
      when r.trade_time_date > p.last_day then 'charged after the cycle was cut off'
      else 'used and charged before the cycle'
    end as words
  from source.consumption_records as r
  inner join ops.params as p on p.cycle = r.cycle
  where (p.include_referral or r.association_type is distinct from '1')
    and (
      r.bill_cycle <> r.cycle
      or r.consume_from_date > p.last_day
      or r.trade_time_date > p.last_day + interval '1' day
      or coalesce(r.consume_to_date, r.consume_from_date) < p.first_day and r.trade_time_date <= p.first_day
    )
)
select
  o.customer_id,
  o.reseller_id,
  'customer ' || o.customer_id || case when o.reseller_id = '' then '' else ' under reseller ' || o.reseller_id end || ': ' || o.words as subject,
  'cycle ' || o.cycle as expected,
  cast(count(*) as varchar) || ' records, ' || o.words as actual,
  cast(sum(o.payment_amount) as decimal(38, 8)) as difference,
  cast(0 as decimal(38, 8)) as tolerance,
  case when o.words = 'charged after the cycle was cut off' then 'late_cycle' else 'vendor_error' end as reason_code,
  case
    when o.words = 'charged after the cycle was cut off' then 'by the rule of the cycle these records belong to the next one'
    when o.words = 'used and charged before the cycle' then 'by the rule of the cycle these records belong to an earlier one'
    when o.words = 'used after the cycle' then 'they are for use that had not begun when the cycle ended'
    else 'the records say another cycle than the one that was asked for'
  end as reason,
  'for example record ' || min(o.record_key) || ', use from ' || coalesce(cast(min(o.consume_from_date) as varchar), '-') || ', charged by '
    || coalesce(cast(max(o.trade_time_date) as varchar), '-') as detail
from off as o
group by o.cycle, o.customer_id, o.reseller_id, o.words
