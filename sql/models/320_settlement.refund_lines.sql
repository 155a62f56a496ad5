-- settlement.refund_lines: one refund record, priced by the stored rule of the line that it refunds: found by the original
-- orders that the refund order names and the resource, among the lines of this and earlier cycles. Where none is found, or
-- lines of different rules remain, the rule of the refund's own date applies and check 12 says so. Contract and tax code are
-- those of the refund's own date. What then differs from the original (party, tax basis, an order that is not
-- known) stands in the note, and check 12 reports it.
-- build: into settlement.lines
with refunds as (
  select
    r.*,
    m.party_id,
    m.contract_no,
    m.price_plan,
    m.rule_id,
    m.tax_code,
    m.tax_rate,
    m.amounts_include_tax,
    p.pricing_hash,
    k.base,
    k.multiplier,
    case when p.vouchers_invoiceable like '%BALANCE_TYPE_COUPON%' then 0 else coalesce(r.coupon_amount, 0) end
      + case when p.vouchers_invoiceable like '%BALANCE_TYPE_RCASH_COUPON%' then 0 else coalesce(r.flexipurchase_coupon_amount, 0) end
      + case when p.vouchers_invoiceable like '%BALANCE_TYPE_STORED_VALUE_CARD%' then 0 else coalesce(r.stored_value_card_amount, 0) end
      as vouchers
  from settlement.matches as m
  inner join source.consumption_records as r on r.window_id = m.window_id and r.row_no = m.row_no
  inner join ops.params as p on p.cycle = r.cycle
  left join settlement.ranked_rules as k on k.cycle = p.cycle and k.rule_id = m.rule_id
  where r.bill_detail_type in ('4', '20', '24')
),
-- The orders that a refund gives back, each once.
base_orders as (
  select distinct
    o.customer_id,
    o.order_id,
    o.base_order_id
  from source.refund_orders as o
  inner join ops.params as p on p.cycle = o.cycle
),
-- Which of them have lines at all; a resource that a known order does not hold is another matter.
known_orders as (
  select distinct
    l.customer_id,
    l.order_id
  from settlement.lines as l
  inner join (select distinct b.customer_id, b.base_order_id from base_orders as b) as b
    on b.customer_id = l.customer_id and b.base_order_id = l.order_id
  inner join ops.params as p on l.cycle <= p.cycle
  where l.kind = 'record' and l.bill_detail_type not in ('4', '20', '24')
),
order_counts as (
  select
    b.customer_id,
    b.order_id,
    count(*) as orders,
    count(k.order_id) as known
  from base_orders as b
  left join known_orders as k on k.customer_id = b.customer_id and k.order_id = b.base_order_id
  group by b.customer_id, b.order_id
),
originals as (
  select
    f.window_id,
    f.row_no,
    l.cycle,
    l.line_id,
    l.party_id,
    l.amounts_include_tax,
    l.rule_id,
    k.price_plan,
    k.base,
    k.multiplier,
    l.rule_id || '|' || k.base || '|' || cast(k.multiplier as varchar) as rule_terms
  from settlement.lines as l
  inner join base_orders as b on b.customer_id = l.customer_id and b.base_order_id = l.order_id
  inner join refunds as f
    on f.customer_id = b.customer_id and f.trade_id = b.order_id and (f.resource_id is null or f.resource_id = l.resource_id)
  inner join settlement.ranked_rules as k on k.cycle = l.cycle and k.rule_id = l.rule_id
  where l.kind = 'record' and l.cycle <= f.cycle and l.bill_detail_type not in ('4', '20', '24')
),
stored as (
  select
    o.window_id,
    o.row_no,
    min(o.rule_terms) = max(o.rule_terms) as one_rule,
    max(o.rule_id) as rule_id,
    max(o.base) as base,
    max(o.multiplier) as multiplier,
    max(o.cycle) as origin_cycle,
    max(o.price_plan) as price_plan,
    min(o.party_id) as least_party_id,
    max(o.party_id) as most_party_id,
    bool_or(o.amounts_include_tax) as some_incl,
    bool_and(o.amounts_include_tax) as all_incl,
    case when min(o.line_id) = max(o.line_id) then max(o.line_id) end as origin_line_id
  from originals as o
  group by o.window_id, o.row_no
),
ruled as (
  select
    f.*,
    case when s.one_rule then s.rule_id else f.rule_id end as line_rule_id,
    case when s.one_rule then s.base else f.base end as line_base,
    case when s.one_rule then s.multiplier else f.multiplier end as line_multiplier,
    case when s.one_rule then s.origin_cycle end as origin_cycle,
    case when s.one_rule then s.origin_line_id end as origin_line_id,
    -- A customer's edition never shows a rule of another party.
    coalesce(s.one_rule, false) and (s.least_party_id <> f.party_id or s.most_party_id <> f.party_id) and s.price_plan <> f.price_plan
      as rule_withheld,
    case
      when s.one_rule is null then 'the line that this refunds is not known: priced by the rule of its own date'
      when not s.one_rule then 'the lines that this refunds were priced by different rules: priced by the rule of its own date'
      else nullif(substring(
        case when c.known < c.orders
          then '; ' || cast(c.orders - c.known as varchar) || ' of the ' || cast(c.orders as varchar)
            || ' orders that this refunds is not known: all of it is priced by the rule of the others'
          else '' end
        || case when s.least_party_id <> f.party_id or s.most_party_id <> f.party_id
          then '; the line that this refunds was billed to another party' else '' end
        || case
          when s.some_incl and not f.amounts_include_tax then '; prices of the line that this refunds included tax, those of the refund do not'
          when not s.all_incl and f.amounts_include_tax then '; prices of the refund include tax, those of the line that it refunds did not'
          else '' end, 3), '')
    end as note
  from refunds as f
  left join stored as s on s.window_id = f.window_id and s.row_no = f.row_no
  left join order_counts as c on c.customer_id = f.customer_id and c.order_id = f.trade_id
),
based as (
  select
    r.*,
    price_base(r.line_base, r.bill_detail_type, r.official_amount, r.payment_amount) as base_amount
  from ruled as r
),
priced as (
  select
    r.*,
    cast(round(cast(r.base_amount as decimal(38, 8)) * r.line_multiplier, 8) as decimal(38, 8)) as charge,
    -- Never more than the payable amount, whatever the funding terms say.
    case
      when r.vouchers > 0 and r.payment_amount > 0 then least(r.vouchers, r.payment_amount)
      when r.vouchers < 0 and r.payment_amount < 0 then greatest(r.vouchers, r.payment_amount)
    end as voucher_funded
  from based as r
  where r.tax_rate is not null
)
select
  r.cycle,
  r.party_id,
  cast(0 as integer) as revision,
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
  r.line_rule_id as rule_id,
  r.pricing_hash,
  r.tax_code,
  r.official_amount,
  r.official_discount_amount as discount_amount,
  r.truncated_amount,
  r.payment_amount as payable_amount,
  cast(r.charge as decimal(18, 8)) as charge_amount,
  r.trade_id as order_id,
  r.origin_line_id,
  r.origin_cycle,
  r.tax_rate,
  r.amounts_include_tax,
  case when r.amounts_include_tax then from_e8(div_round(e8(r.charge) * 10000000000, 10000000000 + rate_e10(r.tax_rate)))
    else cast(r.charge as decimal(18, 8)) end as charge_excl_tax,
  case when r.voucher_funded is null then cast(0 as decimal(18, 8))
    else from_e8(div_round(e8(r.charge) * abs(e8(r.voucher_funded)), abs(e8(r.payment_amount)))) end as voucher_amount,
  r.note,
  r.rule_withheld,
  r.window_id,
  r.row_no
from priced as r
where abs(r.charge) < 10000000000
