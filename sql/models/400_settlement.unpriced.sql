-- settlement.unpriced: one fee record, adjustment or shortfall of the cycle that is no line, with the reason. Each parks its party
-- (check 30): a record without contract or rule is never passed through in silence.
-- build: cycle
-- column party_id: whom the record's contract bills; NULL where there is no contract
-- column record_key: key of the fee record; "adjustment/" and its id; "commitment/", its contract and place
-- column payable_amount: what the vendor charges for the record; of an adjustment or a shortfall its amount
-- column reason: why there is no price, with what to do
-- column pricing_date: day at which contract, rule and tax item were looked up (UTC+8)
-- Lines of issued revisions are left out: their places are those of an older pull.
with computed as (
  select
    l.line_id,
    l.kind,
    l.window_id,
    l.row_no
  from settlement.lines as l
  inner join ops.params as p on p.cycle = l.cycle
  left join ops.revisions as v on v.cycle = l.cycle and v.party_id = l.party_id
  where l.revision > coalesce(v.issued_revision, -1)
),
records as (
  select
    m.cycle,
    m.party_id,
    m.contract_no,
    m.price_plan,
    m.rule_id,
    m.tax_code,
    m.tax_rate,
    m.pricing_date,
    r.customer_id,
    r.reseller_id,
    r.record_key,
    r.official_amount,
    r.payment_amount,
    r.service_type_code,
    r.resource_type_code,
    r.region_code,
    r.charging_mode,
    r.bill_detail_type,
    r.product_id,
    r.window_id,
    r.row_no
  from source.consumption_records as r
  inner join settlement.matches as m on m.window_id = r.window_id and m.row_no = r.row_no
  -- By place, not by key: two integers a row are a tenth of the memory.
  left join computed as l on l.window_id = m.window_id and l.row_no = m.row_no
  where l.window_id is null
),
booked as (
  select l.line_id
  from computed as l
  where l.kind in ('adjustment', 'commitment')
)
select
  r.cycle,
  r.party_id,
  r.customer_id,
  r.reseller_id,
  r.record_key,
  case
    when r.pricing_date is null then 
      'the record has no date, neither consume_time nor trade_time; ask the vendor, or book the charge on the sheet Adjustments and accept this with a reason'
    when r.contract_no is null
      then 'no contract bills this customer at the pricing date; add one to the sheet Contracts, or widen its dates'
    when r.rule_id is null
      then 'no rule of price plan ' || coalesce(r.price_plan, '') || ' matches; add one to the sheet Rules'
    when s.reason is not null then s.reason
    when k.multiplier is null and k.method not in ('unit_price', 'tiers') then 'rule ' || r.rule_id || ': method ' || coalesce(k.method, '') || ' cannot be priced'
    when r.tax_rate is null
      then 'tax code ' || coalesce(r.tax_code, '') || ' has no rate at the pricing date; add one to the sheet TaxItems'
    -- A refund may be priced by the rule of an earlier date, whose base this model does not know.
    when coalesce(r.official_amount, 0) = 0 and r.payment_amount <> 0 and (k.base = 'official' or r.bill_detail_type in ('4', '20', '24'))
      then 'rule ' || r.rule_id || ' prices the list price, and bill type ' || coalesce(r.bill_detail_type, '-')
        || ' has none; add a rule with base payable and this bill_detail_type to price plan ' || coalesce(r.price_plan, '')
    when r.payment_amount is null and r.official_amount <> 0
      then 'rule ' || r.rule_id || ' prices the payable amount, and the record has none; ask the vendor, or add a rule with base official for such records'
    else 'rule ' || r.rule_id || ': the charge is 10000000000 or more; correct the rule''s value, or ask the vendor about the record'
  end as reason,
  r.payment_amount as payable_amount,
  r.pricing_date,
  r.price_plan,
  r.service_type_code,
  r.resource_type_code,
  r.region_code,
  r.charging_mode,
  r.bill_detail_type,
  r.product_id,
  r.window_id,
  r.row_no
from records as r
left join settlement.ranked_rules as k on k.cycle = r.cycle and k.rule_id = r.rule_id
left join settlement.stepped_charges as s on s.window_id = r.window_id and s.row_no = r.row_no
union all
select
  a.cycle,
  c.party_id,
  c.customer_id,
  c.reseller_id,
  'adjustment/' || a.adjustment_id as record_key,
  case
    when c.contract_no is null
      then 'adjustment of contract ' || a.contract_no || ', which the sheet Contracts does not have; add it, or correct contract_no on the sheet Adjustments'
    when not c.valid_now
      then 'adjustment of contract ' || a.contract_no || ', which is not valid in this cycle; correct contract_no or the cycles on the sheet Adjustments, or the dates on the sheet Contracts'
    else 'tax code of the adjustment has no rate at the end of the month; add one to the sheet TaxItems'
  end as reason,
  a.amount as payable_amount,
  p.last_day as pricing_date,
  cast(null as varchar) as price_plan,
  cast(null as varchar) as service_type_code,
  cast(null as varchar) as resource_type_code,
  cast(null as varchar) as region_code,
  cast(null as varchar) as charging_mode,
  cast(null as varchar) as bill_detail_type,
  cast(null as varchar) as product_id,
  cast(null as bigint) as window_id,
  cast(null as bigint) as row_no
from settlement.adjustments as a
inner join ops.params as p on p.cycle = a.cycle
left join booked as l on l.line_id = 'adjustment/' || a.adjustment_id
left join (
  select
    c.cycle,
    c.contract_no,
    min(c.party_id) as party_id,
    min(c.customer_id) as customer_id,
    min(c.reseller_id) as reseller_id,
    bool_or(c.valid_from <= p.last_day and (c.valid_to is null or c.valid_to >= p.first_day)) as valid_now
  from settlement.contracts as c
  inner join ops.params as p on p.cycle = c.cycle
  group by c.cycle, c.contract_no
) as c on c.cycle = a.cycle and c.contract_no = a.contract_no
where a.from_cycle <= p.cycle and a.to_cycle >= p.cycle and l.line_id is null
union all
select
  m.cycle,
  m.party_id,
  m.customer_id,
  m.reseller_id,
  'commitment/' || m.contract_no || '/' || cast(m.place as varchar) as record_key,
  case
    when m.tax_rate is null
      then 'tax code ' || coalesce(m.tax_code, '') || ' of the commitment''s contract has no rate at the end of the month; add one to the sheet TaxItems'
    else 'the shortfall is 10000000000 or more; correct amount_per_month on the sheet Commitments'
  end as reason,
  case when m.shortfall_amount < 10000000000 then cast(m.shortfall_amount as decimal(18, 8)) end as payable_amount,
  p.last_day as pricing_date,
  cast(null as varchar) as price_plan,
  cast(null as varchar) as service_type_code,
  cast(null as varchar) as resource_type_code,
  cast(null as varchar) as region_code,
  cast(null as varchar) as charging_mode,
  cast(null as varchar) as bill_detail_type,
  cast(null as varchar) as product_id,
  cast(null as bigint) as window_id,
  cast(null as bigint) as row_no
from settlement.commitment_months as m
inner join ops.params as p on p.cycle = m.cycle
left join booked as l on l.line_id = 'commitment/' || m.contract_no || '/' || cast(m.place as varchar)
where m.shortfall_amount > 0 and l.line_id is null
