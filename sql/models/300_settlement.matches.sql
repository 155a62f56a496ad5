-- settlement.matches: one fee record that this cycle settles, with the contract, rule and tax rate that apply at its pricing
-- date. A working table of the pricing models: it holds the cycle of the latest run only.
-- build: whole
-- column pricing_date: day at which contract, rule and tax item are looked up (UTC+8): of usage the begin of consumption, of an order its payment
-- column rule_id: the rule that matches at pricing_date; NULL: none does
with settled as (
  -- Referral customers are invoiced by the vendor. A type that is neither referral nor resale is settled, not dropped: where
  -- no contract covers it, it is found.
  select
    r.cycle,
    r.window_id,
    r.row_no,
    r.customer_id,
    r.reseller_id,
    r.service_type_code,
    r.resource_type_code,
    r.region_code,
    r.charging_mode,
    r.bill_detail_type,
    r.product_id,
    -- An interval is usage, unless it is the period that an order paid for; a single instant is the time of payment.
    case
      when r.consume_to is null or r.consume_to = r.consume_from then coalesce(r.consume_from_date, r.trade_time_date)
      when r.charging_mode = '1' or r.bill_detail_type in ('1', '2', '3', '4', '8', '20', '24')
        then coalesce(r.trade_time_date, r.consume_from_date)
      else coalesce(r.consume_from_date, r.trade_time_date)
    end as pricing_date
  from source.consumption_records as r
  inner join ops.params as p on p.cycle = r.cycle
  where p.include_referral or r.association_type is distinct from '1'
),
-- The days are compared without "or": a left join whose condition is more than comparisons pairs every record with every contract.
contracts as (
  select
    c.*,
    coalesce(c.valid_to, date '9999-12-31') as valid_to_or_ever
  from settlement.contracts as c
  inner join ops.params as p on p.cycle = c.cycle
),
contracted as (
  select
    s.*,
    c.contract_no,
    c.party_id,
    c.price_plan,
    c.amounts_include_tax,
    c.tax_code
  from settled as s
  left join contracts as c
    on c.customer_id = s.customer_id and c.reseller_id = s.reseller_id
    and c.valid_from <= s.pricing_date and c.valid_to_or_ever >= s.pricing_date
),
rules as (
  select
    k.*,
    coalesce(k.valid_from, date '0001-01-01') as valid_from_or_ever,
    coalesce(k.valid_to, date '9999-12-31') as valid_to_or_ever
  from settlement.ranked_rules as k
  inner join ops.params as p on p.cycle = k.cycle
),
-- Two branches, because rules that name a service are joined on it: with many rules in one plan that is four times as fast.
candidates as (
  select
    c.window_id,
    c.row_no,
    k.rank
  from contracted as c
  inner join rules as k on k.price_plan = c.price_plan and k.service_type_code = c.service_type_code
  where k.valid_from_or_ever <= c.pricing_date and k.valid_to_or_ever >= c.pricing_date
    and (k.customer_id is null or k.customer_id = c.customer_id)
    and (k.resource_type_code is null or k.resource_type_code = c.resource_type_code)
    and (k.region_code is null or k.region_code = c.region_code)
    and (k.charging_mode is null or k.charging_mode = c.charging_mode)
    and (k.bill_detail_type is null or k.bill_detail_type = c.bill_detail_type)
    and (k.product_id is null or k.product_id = c.product_id)
  union all
  select
    c.window_id,
    c.row_no,
    k.rank
  from contracted as c
  inner join rules as k on k.price_plan = c.price_plan
  where k.service_type_code is null
    and k.valid_from_or_ever <= c.pricing_date and k.valid_to_or_ever >= c.pricing_date
    and (k.customer_id is null or k.customer_id = c.customer_id)
    and (k.resource_type_code is null or k.resource_type_code = c.resource_type_code)
    and (k.region_code is null or k.region_code = c.region_code)
    and (k.charging_mode is null or k.charging_mode = c.charging_mode)
    and (k.bill_detail_type is null or k.bill_detail_type = c.bill_detail_type)
    and (k.product_id is null or k.product_id = c.product_id)
),
best as (
  select
    d.window_id,
    d.row_no,
    min(d.rank) as rank
  from candidates as d
  group by d.window_id, d.row_no
),
ruled as (
  select
    c.*,
    k.rule_id,
    coalesce(k.tax_code, c.tax_code) as line_tax_code
  from contracted as c
  left join best as b on b.window_id = c.window_id and b.row_no = c.row_no
  left join rules as k on k.rank = b.rank
),
-- A rate holds from its day until the next one's.
rates as (
  select
    t.tax_code,
    t.rate,
    t.valid_from,
    lead(t.valid_from, 1, date '9999-12-31') over (partition by t.tax_code order by t.valid_from) as next_from
  from settlement.tax_items as t
  inner join ops.params as p on p.cycle = t.cycle
)
select
  r.cycle,
  r.window_id,
  r.row_no,
  r.pricing_date,
  r.party_id,
  r.contract_no,
  r.price_plan,
  r.rule_id,
  r.line_tax_code as tax_code,
  t.rate as tax_rate,
  r.amounts_include_tax
from ruled as r
left join rates as t
  on t.tax_code = r.line_tax_code and t.valid_from <= r.pricing_date and t.next_from > r.pricing_date
