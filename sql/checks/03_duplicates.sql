-- title: No charge stands twice
-- severity: B
-- phase: lines
-- owner: vendor contact
-- code: vendor_error
-- action: ask the vendor which of the records is the charge; accept the finding with the answer, or wait for the correction
-- needs: consumption_records
-- Records of one customer that agree in transaction, resource, usage type, interval, bill type and product, under whatever
-- reseller: the API gives each reseller its own period, so one record under two of them would be charged to both. With equal
-- amounts it looks like one charge told twice; with other amounts it is worth a look. Nothing is dropped.
with records as (
  select
    r.window_id,
    r.row_no,
    r.customer_id,
    r.reseller_id,
    r.trade_id,
    r.resource_id,
    r.sub_resource_id,
    r.product_id,
    r.usage_type,
    r.bill_detail_type,
    r.charging_mode,
    r.consume_time,
    r.trade_time,
    r.official_amount,
    r.payment_amount,
    r.usage_amount,
    r.record_key,
    -- Grouping by one number and looking at few is ten times as fast as grouping by twelve texts.
    key_hash(
      r.customer_id, r.trade_id, r.resource_id, r.usage_type, r.consume_time,
      key_hash(r.trade_time, r.product_id, r.sub_resource_id, r.bill_detail_type, r.charging_mode, '')
    ) as key_number
  from source.consumption_records as r
  inner join ops.params as p on p.cycle = r.cycle
  where p.include_referral or r.association_type is distinct from '1'
),
suspects as (
  select r.key_number
  from records as r
  group by r.key_number
  having count(*) > 1
),
doubles as (
  select
    r.customer_id,
    r.trade_id,
    r.resource_id,
    r.bill_detail_type,
    count(*) as records,
    min(whole(r.window_id) * 1000000000000 + r.row_no) as first_place,
    max(whole(r.window_id) * 1000000000000 + r.row_no) as last_place,
    min(r.reseller_id) as first_reseller_id,
    max(r.reseller_id) as last_reseller_id,
    min(r.payment_amount) as least_amount,
    max(r.payment_amount) as most_amount,
    min(r.official_amount) is not distinct from max(r.official_amount) and min(r.payment_amount) = max(r.payment_amount)
      and min(r.usage_amount) is not distinct from max(r.usage_amount) as equal_amounts,
    min(r.record_key) as first_key,
    max(r.record_key) as last_key
  from records as r
  inner join suspects as s on s.key_number = r.key_number
  group by
    r.customer_id, r.trade_id, r.resource_id, r.sub_resource_id, r.product_id, r.usage_type, r.bill_detail_type,
    r.charging_mode, r.consume_time, r.trade_time
  having count(*) > 1
),
places as (
  select
    d.*,
    cast(div_floor(d.first_place, 1000000000000) as bigint) as first_window_id,
    cast(div_floor(d.last_place, 1000000000000) as bigint) as last_window_id
  from doubles as d
),
-- Records that agree in time differ in party only by their reseller, each of whom has a window of its own: the first and the
-- last tell. The few are on the right, so that they, not the month, are held in memory.
first_billed as (
  select
    f.party_id as first_party_id,
    d.*
  from settlement.matches as f
  right join places as d on f.window_id = d.first_window_id and f.row_no = d.first_place - whole(d.first_window_id) * 1000000000000
),
billed as (
  select
    case when l.party_id = d.first_party_id then l.party_id end as party_id,
    d.*
  from settlement.matches as l
  right join first_billed as d on l.window_id = d.last_window_id and l.row_no = d.last_place - whole(d.last_window_id) * 1000000000000
)
select
  case when d.equal_amounts then 'B' else 'W' end as severity,
  d.party_id,
  d.customer_id,
  case when d.first_reseller_id = d.last_reseller_id then d.first_reseller_id end as reseller_id,
  'records ' || d.first_key || ' and ' || d.last_key
    || case when d.first_reseller_id <> d.last_reseller_id
      then ' under ' || case when d.first_reseller_id = '' then 'the partner' else 'reseller ' || d.first_reseller_id end
        || ' and reseller ' || d.last_reseller_id
      else '' end as subject,
  '1 record' as expected,
  cast(d.records as varchar) || ' records' as actual,
  case when d.equal_amounts then cast(d.most_amount as decimal(38, 8)) * (d.records - 1) end as difference,
  case
    when d.equal_amounts and d.first_reseller_id <> d.last_reseller_id
      then 'the same charge stands under two resellers; ask the vendor whose it is, or accept it with a reason'
    when d.equal_amounts then 'the same charge seems to stand twice; ask the vendor, or accept it with a reason'
    else 'records agree in all but their amounts; look whether one corrects the other, and ask the vendor if both are charged'
  end as reason,
  'transaction ' || coalesce(d.trade_id, '-') || ', resource ' || coalesce(d.resource_id, '-') || ', bill type ' || coalesce(d.bill_detail_type, '-')
    || ', payable ' || coalesce(cast(d.least_amount as varchar), '-') || ' to ' || coalesce(cast(d.most_amount as varchar), '-') as detail
from billed as d
