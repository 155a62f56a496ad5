-- settlement.cost: one wide row per line with every name, dimension, quantity, cost and charge, all cycles and revisions. The
-- table to begin with; for figures of today's statements take is_current_revision.
-- build: view
-- column is_current_revision: the line belongs to the revision of its party and cycle that counts: the issued one, or the one in work
-- column charge_amount: what the party pays for it, on the contract's tax basis
-- column cost_excl_tax: payable_amount without tax, to 8 places: the amount itself unless settlement.source_amount_tax says that the vendor's amounts include tax
-- column margin_amount: charge without tax less cost_excl_tax, to 8 places
-- column printed_rule_id: rule_id as the party may see it: NULL where the rule is of another party's price plan
-- column rule_value: factor, rate or price of the rule; NULL for pass_through and tiers
-- column fetched_run_id: the run that fetched the fee record
-- column usage_unit: unit of usage_amount
with units as (
  select
    u.cycle,
    u.measure_id,
    max(coalesce(u.measure_name, u.abbreviation)) as unit
  from source.measure_units as u
  group by u.cycle, u.measure_id
),
usage_names as (
  select
    t.cycle,
    t.code,
    t.resource_type_code,
    max(t.name) as name
  from source.usage_types as t
  group by t.cycle, t.code, t.resource_type_code
),
items as (
  select
    t.cycle,
    t.tax_code,
    t.rate,
    max(t.item_name) as item_name
  from settlement.tax_items as t
  group by t.cycle, t.tax_code, t.rate
),
-- One row, whichever month was built last: the setting holds for the vendor, not for a month.
settings as (
  select max(p.source_amount_tax) as source_amount_tax from ops.params as p
)
select
  l.cycle,
  l.party_id,
  y.name as party_name,
  y.short_code as party_short_code,
  l.revision,
  l.revision = coalesce(v.revision, 0) as is_current_revision,
  l.line_id,
  l.kind,
  l.record_key,
  l.contract_no,
  l.customer_id,
  c.customer as customer_name,
  c.account_name as customer_account_name,
  l.reseller_id,
  l.service_type_code,
  r.service_type_name,
  l.resource_type_code,
  r.resource_type_name,
  l.region_code,
  r.region_name,
  l.charging_mode,
  case l.charging_mode
    when '1' then '包年/包月 Yearly/monthly'
    when '3' then '按需 Pay-per-use'
    when '10' then '预留实例 Reserved instance'
    when '11' then '节省计划 Savings plan'
    else l.charging_mode
  end as charging_mode_name,
  l.bill_detail_type,
  case l.bill_detail_type
    when '1' then '新购 Purchase'
    when '2' then '续订 Renewal'
    when '3' then '变更 Change'
    when '4' then '退订 Unsubscription'
    when '5' then '使用 Usage'
    when '8' then '自动续订 Auto-renewal'
    when '9' then '调账-补偿 Compensation'
    when '14' then '服务支持计划月末扣费 Support plan month-end fee'
    when '16' then '调账-扣费 Deduction'
    when '18' then '按月付费 Monthly payment'
    when '20' then '退订-变更 Change refund'
    when '23' then '节省计划抵扣 Savings plan deduction'
    when '24' then '退订-包年/包月转按需 Refund to pay-per-use'
    when '25' then '圆整补差 Rounding make-up'
    when '103' then '按年付费 Yearly payment'
    else l.bill_detail_type
  end as bill_detail_type_name,
  l.resource_id,
  r.resource_name,
  r.resource_tag,
  r.product_id,
  r.product_name,
  r.product_spec_desc,
  l.consume_date,
  r.consume_from,
  r.consume_to,
  r.trade_time,
  r.trade_time_date,
  r.trade_id,
  l.order_id,
  r.usage_type,
  n.name as usage_type_name,
  r.usage_amount,
  u.unit as usage_unit,
  l.usage_normal,
  l.usage_normal_unit,
  r.free_resource_usage,
  l.official_amount,
  l.discount_amount,
  l.truncated_amount,
  l.payable_amount,
  l.rule_id,
  case when not coalesce(l.rule_withheld, false) then l.rule_id end as printed_rule_id,
  l.rule_method,
  l.rule_base,
  l.rule_value,
  l.pricing_hash,
  l.charge_amount,
  l.charge_excl_tax,
  without_source_tax(l.payable_amount, l.tax_rate, p.source_amount_tax) as cost_excl_tax,
  cast(cast(l.charge_excl_tax as decimal(38, 8)) - coalesce(without_source_tax(l.payable_amount, l.tax_rate, p.source_amount_tax), 0) as decimal(38, 8))
    as margin_amount,
  l.amounts_include_tax,
  l.tax_code,
  i.item_name as tax_item_name,
  l.tax_rate,
  l.voucher_amount,
  l.origin_line_id,
  l.origin_cycle,
  l.note,
  r.window_id,
  r.row_no,
  r.run_id as fetched_run_id
from settlement.lines as l
cross join settings as p
left join settlement.current_revisions as v on v.cycle = l.cycle and v.party_id = l.party_id
left join source.consumption_records as r
  on r.cycle = l.cycle and r.customer_id = l.customer_id and r.reseller_id = l.reseller_id and r.record_key = l.record_key
left join settlement.parties as y on y.cycle = l.cycle and y.party_id = l.party_id
left join source.customers as c on c.cycle = l.cycle and c.customer_id = l.customer_id and c.reseller_id = l.reseller_id
left join items as i on i.cycle = l.cycle and i.tax_code = l.tax_code and i.rate = l.tax_rate
left join units as u on u.cycle = r.cycle and u.measure_id = r.usage_measure_id
left join usage_names as n on n.cycle = r.cycle and n.code = r.usage_type and n.resource_type_code = r.resource_type_code
