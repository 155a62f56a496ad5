-- Gives fee records of the windows (%[1]s) whose record_key is shared their natural key and an occurrence number.
update source.consumption_records
set record_key = keyed.record_key
from (
  select
    same.row_id,
    same.natural_key || '#' || cast(row_number() over (
      partition by same.window_id, same.natural_key
      order by same.official_amount nulls last, same.payment_amount, same.usage_amount nulls last, same.cash_amount nulls last, same.coupon_amount nulls last,
        same.trade_time nulls last, same.id nulls last, same.row_no
    ) as varchar) as record_key
  from (
    select
      r.rowid as row_id,
      r.*,
      '~|' || coalesce(r.trade_id, '') || '|' || coalesce(r.resource_id, '') || '|' || coalesce(r.sub_resource_id, '') || '|' || coalesce(r.product_id, '')
        || '|' || coalesce(r.usage_type, '') || '|' || coalesce(r.bill_detail_type, '') || '|' || coalesce(r.consume_time, '') as natural_key
    from source.consumption_records as r
    inner join (
      select window_id, record_key
      from source.consumption_records
      where window_id in (%[1]s)
      group by window_id, record_key
      having count(*) > 1
    ) as shared on shared.window_id = r.window_id and shared.record_key = r.record_key
  ) as same
) as keyed
where source.consumption_records.rowid = keyed.row_id;
