-- settlement.lines: one fee record, adjustment, shortfall of a commitment or change of an earlier month, priced, exact to 8 places,
-- never rounded to cents. Refunds come from 320_settlement.refund_lines, shortfalls from 330_settlement.commitment_lines, changes of
-- issued months from 345_settlement.prior_period_lines. What cannot be priced stands in settlement.unpriced: between them nothing
-- is lost.
-- build: cycle
-- frozen: revision
-- column line_id: the record's customer, reseller and key; "adjustment" and its id; "commitment", its contract and place; "prior", origin_cycle and origin_line_id. Unique within cycle, party and revision
-- column kind: record, adjustment, commitment (a shortfall) or prior_period
-- column revision: 0 for the first issue of the party's month, then counted up; those that were issued are frozen copies
-- column rule_method: method of the rule by which the line was priced, kept with it: a later refund is priced by these terms, whatever the workbook says then; NULL where no rule priced it
-- column rule_base: what the method was applied to: official or payable
-- column rule_value: factor, rate or price of the rule; NULL for pass_through and tiers
-- column charge_amount: what the party pays for it, on the contract's tax basis
-- column charge_excl_tax: charge_amount without tax, to 8 places
-- column voucher_amount: part of charge_amount that stands for payment by vouchers, which are not invoiceable; the same share of it as of the payable amount
-- column note: adjustment: its reason; commitment: how the shortfall comes about; prior_period: which month changed; refund: where its rule comes from, and what else differs from the line it refunds
-- column rule_withheld: the rule is of another party's price plan (a refund of what that party was billed): its id is not printed
with records as (
  select
    r.*,
    m.party_id,
    m.contract_no,
    m.rule_id,
    m.tax_code,
    m.tax_rate,
    m.amounts_include_tax,
    p.pricing_hash,
    coalesce(v.working_revision, 0) as revision,
    k.base,
    k.method,
    k.value,
    k.multiplier,
    s.charge as stepped_charge,
    price_base(k.base, r.bill_detail_type, r.official_amount, r.payment_amount) as base_amount,
    not_invoiceable(r.coupon_amount, 'BALANCE_TYPE_COUPON', p.vouchers_invoiceable)
      + not_invoiceable(r.flexipurchase_coupon_amount, 'BALANCE_TYPE_RCASH_COUPON', p.vouchers_invoiceable)
      + not_invoiceable(r.stored_value_card_amount, 'BALANCE_TYPE_STORED_VALUE_CARD', p.vouchers_invoiceable) as vouchers
  from source.consumption_records as r
  inner join ops.params as p on p.cycle = r.cycle
  inner join settlement.matches as m on m.window_id = r.window_id and m.row_no = r.row_no
  inner join settlement.ranked_rules as k on k.cycle = p.cycle and k.rule_id = m.rule_id
  left join settlement.stepped_charges as s on s.window_id = r.window_id and s.row_no = r.row_no
  left join ops.revisions as v on v.cycle = p.cycle and v.party_id = m.party_id
  where r.bill_detail_type is null or r.bill_detail_type not in ('4', '20', '24')
),
priced as (
  select
    r.*,
    case when r.multiplier is null then cast(r.stepped_charge as decimal(38, 8))
      else cast(round(cast(r.base_amount as decimal(38, 8)) * r.multiplier, 8) as decimal(38, 8)) end as charge,
    voucher_funded(r.vouchers, r.payment_amount) as voucher_funded
  from records as r
  where r.tax_rate is not null
),
-- Adjustments of the month, on a contract that is valid in it; where the contract has several rows, on the newest.
accounts as (
  select
    c.*,
    row_number() over (
      partition by c.contract_no
      order by c.valid_from desc, c.customer_id, c.reseller_id
    ) as place
  from settlement.contracts as c
  inner join ops.params as p on p.cycle = c.cycle
  where c.valid_from <= p.last_day and (c.valid_to is null or c.valid_to >= p.first_day)
),
rates as (
  select
    t.tax_code,
    t.rate,
    row_number() over (partition by t.tax_code order by t.valid_from desc) as place
  from settlement.tax_items as t
  inner join ops.params as p on p.cycle = t.cycle
  where t.valid_from <= p.last_day
)
select
  r.cycle,
  r.party_id,
  r.revision,
  r.customer_id || '/' || r.reseller_id || '/' || r.record_key as line_id,
  'record' as kind,
  r.record_key,
  r.contract_no,
  r.customer_id,
  r.reseller_id,
  r.service_type_code,
  r.resource_type_code,
  r.region_code,
  r.charging_mode,
  r.bill_detail_type,
  r.resource_id,
  coalesce(r.consume_from_date, r.trade_time_date) as consume_date,
  r.usage_normal,
  r.usage_normal_unit,
  r.rule_id,
  r.pricing_hash,
  r.method as rule_method,
  r.base as rule_base,
  r.value as rule_value,
  r.tax_code,
  r.official_amount,
  r.official_discount_amount as discount_amount,
  r.truncated_amount,
  r.payment_amount as payable_amount,
  cast(r.charge as decimal(18, 8)) as charge_amount,
  -- The API names orders in trade_id for these bill types only.
  case when r.bill_detail_type in ('1', '2', '3', '8') then r.trade_id end as order_id,
  cast(null as varchar) as origin_line_id,
  cast(null as varchar) as origin_cycle,
  r.tax_rate,
  r.amounts_include_tax,
  excl_tax(r.charge, r.amounts_include_tax, r.tax_rate) as charge_excl_tax,
  voucher_share(r.charge, r.voucher_funded, r.payment_amount) as voucher_amount,
  cast(null as varchar) as note,
  false as rule_withheld,
  r.window_id,
  r.row_no
from priced as r
where abs(r.charge) < 10000000000
union all
select
  a.cycle,
  c.party_id,
  coalesce(v.working_revision, 0) as revision,
  'adjustment/' || a.adjustment_id as line_id,
  'adjustment' as kind,
  cast(null as varchar) as record_key,
  a.contract_no,
  c.customer_id,
  c.reseller_id,
  cast(null as varchar) as service_type_code,
  cast(null as varchar) as resource_type_code,
  cast(null as varchar) as region_code,
  cast(null as varchar) as charging_mode,
  cast(null as varchar) as bill_detail_type,
  cast(null as varchar) as resource_id,
  p.last_day as consume_date,
  cast(null as decimal(38, 12)) as usage_normal,
  cast(null as varchar) as usage_normal_unit,
  cast(null as varchar) as rule_id,
  p.pricing_hash,
  cast(null as varchar) as rule_method,
  cast(null as varchar) as rule_base,
  cast(null as decimal(18, 10)) as rule_value,
  coalesce(a.tax_code, c.tax_code) as tax_code,
  cast(0 as decimal(18, 8)) as official_amount,
  cast(0 as decimal(18, 8)) as discount_amount,
  cast(0 as decimal(18, 8)) as truncated_amount,
  cast(0 as decimal(18, 8)) as payable_amount,
  a.amount as charge_amount,
  cast(null as varchar) as order_id,
  cast(null as varchar) as origin_line_id,
  cast(null as varchar) as origin_cycle,
  t.rate as tax_rate,
  c.amounts_include_tax,
  excl_tax(a.amount, c.amounts_include_tax, t.rate) as charge_excl_tax,
  cast(0 as decimal(18, 8)) as voucher_amount,
  a.reason as note,
  false as rule_withheld,
  cast(null as bigint) as window_id,
  cast(null as bigint) as row_no
from settlement.adjustments as a
inner join ops.params as p on p.cycle = a.cycle
inner join accounts as c on c.contract_no = a.contract_no and c.place = 1
inner join rates as t on t.tax_code = coalesce(a.tax_code, c.tax_code) and t.place = 1
left join ops.revisions as v on v.cycle = p.cycle and v.party_id = c.party_id
where a.from_cycle <= p.cycle and a.to_cycle >= p.cycle
