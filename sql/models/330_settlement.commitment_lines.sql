-- settlement.commitment_lines: one commitment that the month did not reach, with the shortfall as its charge, on the account and
-- tax code of the contract's newest row in the month. One without a tax rate comes out in settlement.unpriced.
-- build: into settlement.lines
select
  m.cycle,
  m.party_id,
  coalesce(v.working_revision, 0) as revision,
  'commitment/' || m.contract_no || '/' || cast(m.place as varchar) as line_id,
  'commitment' as kind,
  cast(null as varchar) as record_key,
  m.contract_no,
  m.customer_id,
  m.reseller_id,
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
  m.tax_code,
  cast(0 as decimal(18, 8)) as official_amount,
  cast(0 as decimal(18, 8)) as discount_amount,
  cast(0 as decimal(18, 8)) as truncated_amount,
  cast(0 as decimal(18, 8)) as payable_amount,
  cast(m.shortfall_amount as decimal(18, 8)) as charge_amount,
  cast(null as varchar) as order_id,
  cast(null as varchar) as origin_line_id,
  cast(null as varchar) as origin_cycle,
  m.tax_rate,
  m.amounts_include_tax,
  excl_tax(m.shortfall_amount, m.amounts_include_tax, m.tax_rate) as charge_excl_tax,
  cast(0 as decimal(18, 8)) as voucher_amount,
  '最低消费补差 Minimum commitment shortfall: ' || cast(round2(m.minimum_amount) as varchar) || ' − ' || cast(cast(round(m.reached_amount, 2) as decimal(38, 2)) as varchar)
    || case when m.days < m.month_days then ' (' || cast(m.days as varchar) || '/' || cast(m.month_days as varchar) || ' 天 days)' else '' end as note,
  false as rule_withheld,
  cast(null as bigint) as window_id,
  cast(null as bigint) as row_no
from settlement.commitment_months as m
inner join ops.params as p on p.cycle = m.cycle
left join ops.revisions as v on v.cycle = m.cycle and v.party_id = m.party_id
where m.shortfall_amount > 0 and m.shortfall_amount < 10000000000 and m.tax_rate is not null
