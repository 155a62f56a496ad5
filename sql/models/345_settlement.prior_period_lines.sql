-- settlement.prior_period_lines: one line of an issued month that the vendor changed afterwards, as the difference that the
-- party owes or gets back, booked in its next month that is still open. While a blocking finding on the changed month is open
-- nothing of the party's is booked: what the vendor says contradicts itself. What earlier issued months booked of it is taken off, so
-- that a change is booked once, and one that is taken back, or that a new revision of its month contains by now, is booked back.
-- build: into settlement.lines
-- Every month that was settled; one that is open for the party takes the differences of those before it.
with settled as (
  select distinct d.cycle
  from ops.drafts as d
),
doubted as (
  select distinct
    f.cycle,
    f.party_id,
    f.customer_id
  from recon.findings as f
  inner join ops.params as p on f.cycle < p.cycle
  where f.severity = 'B' and not f.explained and f.resolution is null
),
differences as (
  select
    r.party_id,
    r.cycle as origin_cycle,
    r.line_id as origin_line_id,
    r.contract_no,
    r.customer_id,
    r.reseller_id,
    r.service_type_code,
    r.resource_type_code,
    r.region_code,
    r.charging_mode,
    r.bill_detail_type,
    r.resource_id,
    r.consume_date,
    r.order_id,
    r.rule_id,
    r.rule_withheld,
    r.issued_pricing_hash,
    r.tax_code,
    r.tax_rate,
    r.amounts_include_tax,
    r.new_official_amount - r.issued_official_amount as official_amount,
    r.new_discount_amount - r.issued_discount_amount as discount_amount,
    r.new_truncated_amount - r.issued_truncated_amount as truncated_amount,
    r.new_payable_amount - r.issued_payable_amount as payable_amount,
    r.new_charge_amount - r.issued_charge_amount as charge_amount,
    r.new_charge_excl_tax - r.issued_charge_excl_tax as charge_excl_tax,
    r.new_voucher_amount - r.issued_voucher_amount as voucher_amount
  from settlement.restatements as r
  inner join ops.params as p on r.cycle < p.cycle
  left join (select distinct d.cycle, d.party_id from doubted as d) as d on d.cycle = r.cycle and d.party_id = r.party_id
  left join (select distinct d.cycle, d.customer_id from doubted as d where d.party_id is null) as o
    on o.cycle = r.cycle and o.customer_id = r.customer_id
  where not r.funding_only and r.unpriced_reason is null and d.cycle is null and o.cycle is null
  union all
  select
    l.party_id,
    l.origin_cycle,
    l.origin_line_id,
    l.contract_no,
    l.customer_id,
    l.reseller_id,
    l.service_type_code,
    l.resource_type_code,
    l.region_code,
    l.charging_mode,
    l.bill_detail_type,
    l.resource_id,
    l.consume_date,
    l.order_id,
    l.rule_id,
    l.rule_withheld,
    l.pricing_hash as issued_pricing_hash,
    l.tax_code,
    l.tax_rate,
    l.amounts_include_tax,
    -l.official_amount as official_amount,
    -l.discount_amount as discount_amount,
    -l.truncated_amount as truncated_amount,
    -l.payable_amount as payable_amount,
    -l.charge_amount as charge_amount,
    -l.charge_excl_tax as charge_excl_tax,
    -l.voucher_amount as voucher_amount
  from settlement.lines as l
  inner join ops.params as p on l.cycle <> p.cycle
  inner join settlement.current_revisions as c on c.cycle = l.cycle and c.party_id = l.party_id and c.revision = l.revision and c.closed
  where l.kind = 'prior_period' and l.origin_cycle < p.cycle
),
open_differences as (
  select
    d.party_id,
    d.origin_cycle,
    d.origin_line_id,
    d.tax_code,
    d.tax_rate,
    d.amounts_include_tax,
    max(d.contract_no) as contract_no,
    max(d.customer_id) as customer_id,
    max(d.reseller_id) as reseller_id,
    max(d.service_type_code) as service_type_code,
    max(d.resource_type_code) as resource_type_code,
    max(d.region_code) as region_code,
    max(d.charging_mode) as charging_mode,
    max(d.bill_detail_type) as bill_detail_type,
    max(d.resource_id) as resource_id,
    max(d.consume_date) as consume_date,
    max(d.order_id) as order_id,
    max(d.rule_id) as rule_id,
    bool_or(d.rule_withheld) as rule_withheld,
    max(d.issued_pricing_hash) as pricing_hash,
    sum(d.official_amount) as official_amount,
    sum(d.discount_amount) as discount_amount,
    sum(d.truncated_amount) as truncated_amount,
    sum(d.payable_amount) as payable_amount,
    sum(d.charge_amount) as charge_amount,
    sum(d.charge_excl_tax) as charge_excl_tax,
    sum(d.voucher_amount) as voucher_amount
  from differences as d
  -- While the origin's month is reopened its next revision takes the change.
  inner join settlement.current_revisions as c on c.cycle = d.origin_cycle and c.party_id = d.party_id and c.closed
  group by d.party_id, d.origin_cycle, d.origin_line_id, d.tax_code, d.tax_rate, d.amounts_include_tax
),
-- An earlier month that is open for the party books it instead.
earlier_open as (
  select distinct
    o.party_id,
    o.origin_cycle
  from open_differences as o
  inner join settled as s on s.cycle > o.origin_cycle
  inner join ops.params as p on s.cycle < p.cycle
  left join settlement.current_revisions as c on c.cycle = s.cycle and c.party_id = o.party_id
  where not coalesce(c.closed, false)
)
select
  p.cycle,
  o.party_id,
  coalesce(v.working_revision, 0) as revision,
  'prior/' || o.origin_cycle || '/' || o.origin_line_id || case when o.place > 1 then '/' || cast(o.place as varchar) else '' end as line_id,
  'prior_period' as kind,
  cast(null as varchar) as record_key,
  o.contract_no,
  o.customer_id,
  o.reseller_id,
  o.service_type_code,
  o.resource_type_code,
  o.region_code,
  o.charging_mode,
  o.bill_detail_type,
  o.resource_id,
  o.consume_date,
  cast(null as decimal(38, 12)) as usage_normal,
  cast(null as varchar) as usage_normal_unit,
  o.rule_id,
  o.pricing_hash,
  cast(null as varchar) as rule_method,
  cast(null as varchar) as rule_base,
  cast(null as decimal(18, 10)) as rule_value,
  o.tax_code,
  cast(o.official_amount as decimal(18, 8)) as official_amount,
  cast(o.discount_amount as decimal(18, 8)) as discount_amount,
  cast(o.truncated_amount as decimal(18, 8)) as truncated_amount,
  cast(o.payable_amount as decimal(18, 8)) as payable_amount,
  cast(o.charge_amount as decimal(18, 8)) as charge_amount,
  o.order_id,
  o.origin_line_id,
  o.origin_cycle,
  o.tax_rate,
  o.amounts_include_tax,
  cast(o.charge_excl_tax as decimal(18, 8)) as charge_excl_tax,
  cast(o.voucher_amount as decimal(18, 8)) as voucher_amount,
  '以前期间调整 ' || o.origin_cycle || ' Prior-period adjustment: the vendor changed the record after the month was issued' as note,
  o.rule_withheld,
  cast(null as bigint) as window_id,
  cast(null as bigint) as row_no
from (
  select
    d.*,
    row_number() over (partition by d.party_id, d.origin_cycle, d.origin_line_id order by d.tax_code, d.tax_rate, d.amounts_include_tax) as place
  from open_differences as d
  where d.charge_amount <> 0 or d.payable_amount <> 0
) as o
cross join ops.params as p
left join earlier_open as e on e.party_id = o.party_id and e.origin_cycle = o.origin_cycle
left join ops.revisions as v on v.cycle = p.cycle and v.party_id = o.party_id
where e.party_id is null
