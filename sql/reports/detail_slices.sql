-- Cycle $1, parties $2 to $3 (one party, too large for one read), revision $4: an account, day and service in the order of the sheets, with
-- the number of lines each sheet takes from it. The slice key is the one of detail.sql, orders.sql and refunds.sql; what refunds.sql puts
-- into one row counts with its first key.
with keyed as (
  select
    l.party_id,
    coalesce(l.customer_id, '') || '|' || coalesce(l.reseller_id, '') || '|' || coalesce(cast(l.consume_date as varchar), '~')
      || '|' || coalesce(l.service_type_code, '') as slice_key,
    l.kind,
    l.charging_mode,
    l.bill_detail_type,
    l.kind = 'prior_period' and l.official_amount = 0 and l.payable_amount = 0 as follows,
    l.origin_cycle,
    l.customer_id,
    l.reseller_id,
    l.service_type_code,
    case when not coalesce(l.rule_withheld, false) then l.rule_id end as rule_id
  from settlement.lines as l
  where l.cycle = $1 and l.party_id between $2 and $3 and l.revision = $4
),
followed as (
  select
    party_id,
    min(slice_key) as slice_key
  from keyed
  where follows
  group by party_id, origin_cycle, customer_id, reseller_id, service_type_code, rule_id
),
counted as (
  select
    party_id,
    slice_key,
    1 as detail_rows,
    case when kind = 'record' and charging_mode in ('1', '10', '11') then 1 else 0 end as order_rows,
    case when not follows and (kind <> 'record' or bill_detail_type in ('4', '9', '16', '20', '24')) then 1 else 0 end as refund_rows
  from keyed
  union all
  select
    party_id,
    slice_key,
    0 as detail_rows,
    0 as order_rows,
    1 as refund_rows
  from followed
)
select
  party_id,
  slice_key,
  cast(sum(detail_rows) as varchar) as detail_rows,
  cast(sum(order_rows) as varchar) as order_rows,
  cast(sum(refund_rows) as varchar) as refund_rows
from counted
group by party_id, slice_key
order by party_id, slice_key
