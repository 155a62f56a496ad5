-- settlement.refund_lines: one refund record, priced by the terms that the line which it refunds carries: found by the original
-- orders that the refund order names and the resource, among the lines of this and earlier cycles. A unit price or steps give
-- back the same part of the charge as of the list price (of the payable amount, where there is no list price). Where no line is
-- found, or lines of different terms remain, or such a part cannot be told, the rule of the refund's own date applies and check
-- 12 says so. Contract and tax code are those of the refund's own date. What then differs from the original (party, tax basis, an
-- order that is not known) stands in the note, and check 12 reports it.
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
    coalesce(v.working_revision, 0) as revision,
    k.base,
    k.method,
    k.value,
    e.charge as stepped_charge,
    not_invoiceable(r.coupon_amount, 'BALANCE_TYPE_COUPON', p.vouchers_invoiceable)
      + not_invoiceable(r.flexipurchase_coupon_amount, 'BALANCE_TYPE_RCASH_COUPON', p.vouchers_invoiceable)
      + not_invoiceable(r.stored_value_card_amount, 'BALANCE_TYPE_STORED_VALUE_CARD', p.vouchers_invoiceable) as vouchers
  from settlement.matches as m
  inner join source.consumption_records as r on r.window_id = m.window_id and r.row_no = m.row_no
  inner join ops.params as p on p.cycle = r.cycle
  left join settlement.ranked_rules as k on k.cycle = p.cycle and k.rule_id = m.rule_id
  left join settlement.stepped_charges as e on e.window_id = m.window_id and e.row_no = m.row_no
  left join ops.revisions as v on v.cycle = p.cycle and v.party_id = m.party_id
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
  left join settlement.current_revisions as c on c.cycle = l.cycle and c.party_id = l.party_id
  where l.kind = 'record' and l.revision = coalesce(c.revision, 0) and l.bill_detail_type not in ('4', '20', '24')
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
    l.rule_method,
    l.rule_base,
    l.rule_value,
    l.official_amount,
    l.payable_amount,
    l.charge_amount,
    k.price_plan,
    l.rule_id || '|' || l.rule_method || '|' || l.rule_base || '|' || coalesce(cast(l.rule_value as varchar), '') as rule_terms
  from settlement.lines as l
  inner join base_orders as b on b.customer_id = l.customer_id and b.base_order_id = l.order_id
  inner join refunds as f
    on f.customer_id = b.customer_id and f.trade_id = b.order_id and (f.resource_id is null or f.resource_id = l.resource_id)
  left join settlement.ranked_rules as k on k.cycle = l.cycle and k.rule_id = l.rule_id
  left join settlement.current_revisions as c on c.cycle = l.cycle and c.party_id = l.party_id
  where l.kind = 'record' and l.revision = coalesce(c.revision, 0) and l.cycle <= f.cycle and l.bill_detail_type not in ('4', '20', '24')
),
stored as (
  select
    o.window_id,
    o.row_no,
    min(o.rule_terms) = max(o.rule_terms) as one_rule,
    max(o.rule_id) as rule_id,
    max(o.rule_method) as method,
    max(o.rule_base) as base,
    max(o.rule_value) as value,
    coalesce(sum(o.official_amount), 0) as official_amount,
    coalesce(sum(o.payable_amount), 0) as payable_amount,
    sum(o.charge_amount) as charge_amount,
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
-- The part of the originals that a refund gives back is part_amount of whole_amount.
parts as (
  select
    f.*,
    s.rule_id as stored_rule_id,
    s.method as stored_method,
    s.base as stored_base,
    s.value as stored_value,
    s.charge_amount as stored_charge,
    s.origin_cycle as stored_cycle,
    s.origin_line_id as stored_line_id,
    s.price_plan as stored_plan,
    s.one_rule,
    s.least_party_id,
    s.most_party_id,
    s.some_incl,
    s.all_incl,
    case
      when f.official_amount <> 0 and s.official_amount <> 0 then f.official_amount
      when f.payment_amount <> 0 and s.payable_amount <> 0 then f.payment_amount
    end as part_amount,
    case
      when f.official_amount <> 0 and s.official_amount <> 0 then s.official_amount
      when f.payment_amount <> 0 and s.payable_amount <> 0 then s.payable_amount
    end as whole_amount
  from refunds as f
  left join stored as s on s.window_id = f.window_id and s.row_no = f.row_no
),
usable as (
  select
    f.*,
    coalesce(f.one_rule and (multiplier(f.stored_method, f.stored_value) is not null or f.part_amount is not null), false) as by_stored
  from parts as f
),
ruled as (
  select
    f.*,
    case when f.by_stored then f.stored_rule_id else f.rule_id end as line_rule_id,
    case when f.by_stored then f.stored_method else f.method end as line_method,
    case when f.by_stored then f.stored_base else f.base end as line_base,
    case when f.by_stored then f.stored_value else f.value end as line_value,
    case when f.by_stored then f.stored_cycle end as origin_cycle,
    case when f.by_stored then f.stored_line_id end as origin_line_id,
    -- A customer's edition never shows a rule of another party; of a plan that is not known any more nobody can say whose it is.
    f.by_stored and (f.least_party_id <> f.party_id or f.most_party_id <> f.party_id) and f.stored_plan is distinct from f.price_plan
      as rule_withheld,
    case
      when f.one_rule is null then 'the line that this refunds is not known: priced by the rule of its own date'
      when not f.one_rule then 'the lines that this refunds were priced by different rules: priced by the rule of its own date'
      when not f.by_stored then 'no amount tells which part of the line this refunds: priced by the rule of its own date'
      else nullif(substring(
        case when c.known < c.orders
          then '; ' || cast(c.orders - c.known as varchar) || ' of the ' || cast(c.orders as varchar)
            || ' orders that this refunds is not known: all of it is priced by the rule of the others'
          else '' end
        || case when f.least_party_id <> f.party_id or f.most_party_id <> f.party_id
          then '; the line that this refunds was billed to another party' else '' end
        || case
          when f.some_incl and not f.amounts_include_tax then '; prices of the line that this refunds included tax, those of the refund do not'
          when not f.all_incl and f.amounts_include_tax then '; prices of the refund include tax, those of the line that it refunds did not'
          else '' end, 3), '')
    end as note
  from usable as f
  left join order_counts as c on c.customer_id = f.customer_id and c.order_id = f.trade_id
),
based as (
  select
    r.*,
    multiplier(r.line_method, r.line_value) as line_multiplier,
    price_base(r.line_base, r.bill_detail_type, r.official_amount, r.payment_amount) as base_amount,
    -- A product beyond the integers, or a charge beyond the column, is no charge.
    case when abs(e8(r.part_amount)) <= div_floor(most_e22(), greatest(abs(e8(r.stored_charge)), 1))
      then case when (r.part_amount < 0) = (r.whole_amount < 0) then 1 else -1 end
        * div_round(abs(e8(r.part_amount)) * e8(r.stored_charge), abs(e8(r.whole_amount))) end as part_e8
  from ruled as r
),
priced as (
  select
    r.*,
    case
      when r.line_multiplier is not null then cast(round(cast(r.base_amount as decimal(38, 8)) * r.line_multiplier, 8) as decimal(38, 8))
      when not r.by_stored then cast(r.stepped_charge as decimal(38, 8))
      when abs(r.part_e8) < 1000000000000000000 then cast(from_e8(r.part_e8) as decimal(38, 8))
    end as charge,
    voucher_funded(r.vouchers, r.payment_amount) as voucher_funded
  from based as r
  where r.tax_rate is not null
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
  r.line_rule_id as rule_id,
  r.pricing_hash,
  r.line_method as rule_method,
  r.line_base as rule_base,
  r.line_value as rule_value,
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
  excl_tax(r.charge, r.amounts_include_tax, r.tax_rate) as charge_excl_tax,
  voucher_share(r.charge, r.voucher_funded, r.payment_amount) as voucher_amount,
  r.note,
  r.rule_withheld,
  r.window_id,
  r.row_no
from priced as r
where abs(r.charge) < 10000000000
