-- settlement.stepped_charges: one fee record that a rule by unit price or by steps (tiers) prices, with its charge. A unit price
-- is one step from 0 that nothing accumulates in. Steps accumulate per contract and rule (quantities also per family of units) in
-- the order of consumption. A refund accumulates nothing: here it is priced as if it were alone, which counts where the line that
-- it refunds is not known. All is exact: integers, and one rounding to 8 places. A working table of the pricing models: it holds
-- the cycle of the latest run only.
-- build: whole
-- column charge: what the contract's customer pays for the record, to 8 places; NULL: it has no price
-- column reason: why there is no price, with what to do; NULL also where the record has no amount to price, which settlement.unpriced explains
with stepped_rules as (
  select
    k.cycle,
    k.rule_id,
    k.method,
    k.base,
    k.value,
    k.unit
  from settlement.ranked_rules as k
  inner join ops.params as p on p.cycle = k.cycle
  where k.method in ('unit_price', 'tiers')
),
written_steps as (
  select
    k.rule_id,
    0 as from_e12,
    rate_e10(k.value) as price_e10,
    'progressive' as style,
    'quantity' as basis
  from stepped_rules as k
  where k.method = 'unit_price'
  union all
  select
    t.rule_id,
    e12(t.tier_from) as from_e12,
    rate_e10(t.value) as price_e10,
    t.style,
    t.basis
  from settlement.tiers as t
  inner join stepped_rules as k on k.cycle = t.cycle and k.rule_id = t.rule_id
  where k.method = 'tiers'
),
-- most_e12 is where the arithmetic of a rule ends: no quantity beyond it is priced.
limits as (
  select
    w.rule_id,
    min(w.style) as style,
    min(w.basis) as basis,
    greatest(max(w.price_e10), 1) as top_price_e10,
    div_floor(most_e22(), greatest(max(w.price_e10), 1)) as most_e12
  from written_steps as w
  group by w.rule_id
),
bounded_steps as (
  select
    w.rule_id,
    w.price_e10,
    least(w.from_e12, l.most_e12 + 1) as from_e12,
    l.most_e12,
    lead(least(w.from_e12, l.most_e12 + 1)) over (partition by w.rule_id order by w.from_e12) as next_e12,
    row_number() over (partition by w.rule_id order by w.from_e12) as place
  from written_steps as w
  inner join limits as l on l.rule_id = w.rule_id
),
-- below_e22 is what the steps before this one come to, all of them full.
steps as (
  select
    s.rule_id,
    s.price_e10,
    s.from_e12,
    -- No amount that is priced lies beyond the end of the last step.
    coalesce(s.next_e12, s.most_e12 + 2) as end_e12,
    coalesce(sum((s.next_e12 - s.from_e12) * s.price_e10) over (
      partition by s.rule_id
      order by s.place
      rows between unbounded preceding and 1 preceding
    ), 0) as below_e22
  from bounded_steps as s
),
units as (
  select
    u.measure_id,
    u.abbreviation,
    u.family_unit,
    whole(u.family_factor) as factor
  from source.measure_units as u
  inner join ops.params as p on p.cycle = u.cycle
  where u.family_factor >= 1
),
-- A unit of a rule is an id or an abbreviation; one that means several units of a family is as bad as none.
named_units as (
  select
    n.unit,
    n.family_unit,
    min(n.factor) as factor,
    max(n.factor) as other_factor
  from (
    select cast(u.measure_id as varchar) as unit, u.family_unit, u.factor from units as u
    union all
    select u.abbreviation as unit, u.family_unit, u.factor from units as u
  ) as n
  group by n.unit, n.family_unit
),
unit_factors as (
  select
    u.measure_id,
    min(u.family_unit) as family_unit,
    min(u.factor) as factor
  from units as u
  group by u.measure_id
),
chosen as (
  select
    m.window_id,
    m.row_no,
    m.contract_no,
    k.rule_id,
    k.method,
    k.base,
    k.unit,
    l.style,
    l.basis,
    l.top_price_e10,
    l.most_e12
  from settlement.matches as m
  inner join stepped_rules as k on k.rule_id = m.rule_id
  left join limits as l on l.rule_id = k.rule_id
),
records as (
  select
    m.*,
    r.customer_id,
    r.reseller_id,
    r.record_key,
    r.consume_from,
    r.trade_time,
    r.bill_detail_type,
    r.usage_amount,
    r.usage_measure_id,
    r.usage_normal,
    r.usage_normal_unit,
    r.free_resource_usage,
    r.free_resource_measure_id,
    r.bill_detail_type is not null and r.bill_detail_type in ('4', '20', '24') as is_refund,
    price_base(m.base, r.bill_detail_type, r.official_amount, r.payment_amount) as base_amount,
    -- A quantity that comes with negative money is given back, whatever its own sign.
    coalesce(nullif(r.payment_amount, 0), r.official_amount, 0) < 0 as negative_money
  from source.consumption_records as r
  inner join chosen as m on m.window_id = r.window_id and m.row_no = r.row_no
),
known as (
  select
    r.*,
    n.factor as unit_factor,
    n.other_factor,
    case when r.unit is null then 1 when n.factor = n.other_factor then n.factor end as quantity_factor,
    case when abs(r.usage_normal) < 100000000000000000000.0 then e12(abs(r.usage_normal)) end as used_e12,
    case
      when coalesce(r.free_resource_usage, 0) = 0 then 0
      when f.family_unit = r.usage_normal_unit and abs(r.free_resource_usage) < 100000000000000000000.0
        then case when e12(abs(r.free_resource_usage)) <= div_floor(most_e22(), f.factor) then e12(abs(r.free_resource_usage)) * f.factor end
    end as covered_e12
  from records as r
  left join named_units as n on n.unit = r.unit and n.family_unit = r.usage_normal_unit
  left join unit_factors as f on f.measure_id = r.free_resource_measure_id
),
-- What the steps count: money in 10^-12, or smallest units in 10^-12 of which factor make one of the rule's unit.
measured as (
  select
    r.*,
    case when r.basis = 'amount' then 1 else r.quantity_factor end as factor,
    case when r.basis = 'amount' then e8(abs(r.base_amount)) * 10000 when r.quantity_factor is not null then greatest(r.used_e12 - r.covered_e12, 0) end as own_e12,
    case
      when r.basis = 'amount' then case when r.base_amount < 0 then -1 else 1 end
      when r.is_refund or r.negative_money or r.usage_normal < 0 then -1
      else 1
    end as sign,
    case
      when r.basis is null then 'rule ' || r.rule_id || ' has no steps; add them to the sheet Tiers'
      when r.basis = 'amount' then null
      when r.usage_amount is null and r.usage_normal is null
        then 'rule ' || r.rule_id || ' prices a quantity, and the record has none; add a rule with another method for bill type ' || coalesce(r.bill_detail_type, '-')
      when r.usage_normal is null or r.usage_normal_unit is null
        then 'rule ' || r.rule_id || ' prices a quantity, and unit ' || coalesce(cast(r.usage_measure_id as varchar), '-')
          || ' of the record is not known; ask the vendor for the unit, or add a rule with another method'
      when r.used_e12 is null
        then 'rule ' || r.rule_id || ' prices a quantity, and that of the record is 10^20 ' || r.usage_normal_unit || ' or more; ask the vendor about the record'
      when r.unit is not null and r.unit_factor is null
        then 'rule ' || r.rule_id || ': ' || r.usage_normal_unit || ', the unit of the record, does not convert to ' || r.unit
          || '; correct the unit of the rule, or let the rule match only what is measured in it'
      when r.quantity_factor is null
        then 'rule ' || r.rule_id || ': several units of ' || r.usage_normal_unit || ' are called ' || r.unit || '; write the measure id as the unit of the rule'
      when r.covered_e12 is null
        then 'rule ' || r.rule_id || ' prices what no package covered, and unit ' || coalesce(cast(r.free_resource_measure_id as varchar), '-')
          || ' of the covered quantity does not convert to ' || r.usage_normal_unit || '; ask the vendor for the unit, or add a rule with another method'
    end as reason
  from known as r
),
-- Contract, rule and family of units accumulate together, in the order of place. What does not accumulate has place 0.
accounts as (
  select
    m.window_id,
    m.row_no,
    m.contract_no,
    m.rule_id,
    m.style,
    m.own_e12,
    m.sign,
    m.factor,
    m.top_price_e10,
    m.most_e12,
    case when m.basis = 'quantity' then m.usage_normal_unit end as family,
    m.method = 'tiers' and not m.is_refund as accumulates,
    m.consume_from,
    case when m.consume_from is null then m.trade_time end as traded,
    m.record_key,
    m.customer_id,
    m.reseller_id
  from measured as m
  where m.own_e12 is not null and m.reason is null
),
placed as (
  select
    a.*,
    row_number() over (
      partition by a.contract_no, a.rule_id, a.family
      order by a.consume_from nulls last, a.traded nulls last, a.record_key, a.customer_id, a.reseller_id
    ) as place
  from accounts as a
  where a.accumulates
),
-- reach_e12 is what chooses the step; where it is below 0, that is the first one.
accumulated as (
  select
    a.window_id,
    a.row_no,
    a.contract_no,
    a.rule_id,
    a.family,
    a.style,
    a.own_e12,
    a.sign,
    a.factor,
    a.top_price_e10,
    a.most_e12,
    a.place,
    case
      when a.style = 'reached' then sum(a.own_e12 * a.sign) over (partition by a.contract_no, a.rule_id, a.family)
      else sum(a.own_e12 * a.sign) over (
        partition by a.contract_no, a.rule_id, a.family
        order by a.place
        rows between unbounded preceding and current row
      )
    end as reach_e12
  from placed as a
  union all
  select
    a.window_id,
    a.row_no,
    a.contract_no,
    a.rule_id,
    a.family,
    a.style,
    a.own_e12,
    a.sign,
    a.factor,
    a.top_price_e10,
    a.most_e12,
    0 as place,
    a.own_e12 as reach_e12
  from accounts as a
  where not a.accumulates
),
-- Whole 10^-12 of the rule's unit, and the rest in 10^-12 of the smallest.
split as (
  select
    r.*,
    r.reach_e12 >= 0 as forward,
    div_floor(abs(r.reach_e12), r.factor) as reach_units,
    case when r.reach_e12 >= 0 then div_floor(r.reach_e12, r.factor) else 0 end as step_units,
    mod(abs(r.reach_e12), r.factor) as reach_rest,
    div_floor(r.own_e12, r.factor) as own_units,
    mod(r.own_e12, r.factor) as own_rest
  from accumulated as r
),
levels as (
  select
    r.*,
    case when r.forward then 1 else -1 end * div_round(case
      when r.reach_units > r.most_e12 or r.own_units > r.most_e12 or r.factor > div_floor(most_e22(), r.top_price_e10) then null
      when r.style = 'reached' then r.own_units * s.price_e10 + div_floor(r.own_rest * s.price_e10, r.factor)
      else s.below_e22 + (r.reach_units - s.from_e12) * s.price_e10 + div_floor(r.reach_rest * s.price_e10, r.factor)
    end, 100000000000000) as level_e8
  from split as r
  left join steps as s
    on s.rule_id = r.rule_id and s.from_e12 <= r.step_units and s.end_e12 > r.step_units
),
charged as (
  select
    l.window_id,
    l.row_no,
    l.rule_id,
    case
      when l.style = 'reached' then abs(l.level_e8) * l.sign
      when l.place = 0 then l.level_e8 * l.sign
      when l.place = 1 then l.level_e8
      else l.level_e8 - lag(l.level_e8) over (
        partition by l.contract_no, l.rule_id, l.family, case when l.place = 0 then 0 else 1 end
        order by l.place
      )
    end as charge_e8
  from levels as l
)
select
  c.window_id,
  c.row_no,
  case when abs(c.charge_e8) < 1000000000000000000 then from_e8(c.charge_e8) end as charge,
  case when c.charge_e8 is null or abs(c.charge_e8) >= 1000000000000000000
    then 'rule ' || c.rule_id || ': quantity times price is too large for a charge; correct the price or the unit of the rule, or ask the vendor about the record'
  end as reason
from charged as c
union all
select
  m.window_id,
  m.row_no,
  cast(null as decimal(18, 8)) as charge,
  m.reason
from measured as m
where m.own_e12 is null or m.reason is not null
