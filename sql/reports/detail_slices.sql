-- Cycle $1, parties $2 to $3 (one party, too large for one read), revision $4: an account, day and service in the order of the sheets, with
-- the number of lines each sheet takes from it. The slice key is the one of detail.sql, orders.sql and refunds.sql.
with keyed as (
  select
    l.party_id,
    coalesce(l.customer_id, '') || '|' || coalesce(l.reseller_id, '') || '|' || coalesce(cast(l.consume_date as varchar), '~')
      || '|' || coalesce(l.service_type_code, '') as slice_key,
    l.kind,
    l.charging_mode,
    l.bill_detail_type
  from settlement.lines as l
  where l.cycle = $1 and l.party_id between $2 and $3 and l.revision = $4
)
select
  party_id,
  slice_key,
  cast(count(*) as varchar) as detail_rows,
  cast(sum(case when kind = 'record' and charging_mode in ('1', '10', '11') then 1 else 0 end) as varchar) as order_rows,
  cast(sum(case when kind <> 'record' or bill_detail_type in ('4', '9', '16', '20', '24') then 1 else 0 end) as varchar)
    as refund_rows
from keyed
group by party_id, slice_key
order by party_id, slice_key
