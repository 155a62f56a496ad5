-- settlement.restatements: one line of an issued month that comes out otherwise now, priced by the workbook by which the month was
-- issued, so that only what the vendor changed counts. The issued line stands; the difference is booked in the party's next
-- open month (345_settlement.prior_period_lines), or in a new revision where the month is reopened.
-- build: cycle
-- frozen: pricing
-- column revision: the issued revision
-- column pricing_hash: SHA-256 of the pricing workbook by which the new figures were priced
-- column issued_pricing_hash: that of the issued line
-- column change: new (no issued line), gone (no line any more), changed, or unpriced
-- column issued_official_amount: list price, as issued; 0 where there was no line
-- column new_official_amount: list price, as it comes out now; 0 where there is no line any more
-- column issued_discount_amount: vendor's discount, as issued; 0 where there was no line
-- column new_discount_amount: vendor's discount, as it comes out now; 0 where there is no line any more
-- column issued_truncated_amount: what was cut off below the cent, as issued; 0 where there was no line
-- column new_truncated_amount: what was cut off below the cent, as it comes out now; 0 where there is no line any more
-- column issued_payable_amount: what is payable to the vendor, as issued; 0 where there was no line
-- column new_payable_amount: what is payable to the vendor, as it comes out now; 0 where there is no line any more
-- column issued_charge_amount: charge, on the contract's tax basis, as issued; 0 where there was no line
-- column new_charge_amount: charge, on the contract's tax basis, as it comes out now; 0 where there is no line any more
-- column issued_charge_excl_tax: charge without tax, to 8 places, as issued; 0 where there was no line
-- column new_charge_excl_tax: charge without tax, to 8 places, as it comes out now; 0 where there is no line any more
-- column issued_voucher_amount: part of the charge that vouchers paid, as issued; 0 where there was no line
-- column new_voucher_amount: part of the charge that vouchers paid, as it comes out now; 0 where there is no line any more
-- column difference: new less issued charge
-- column rule_withheld: the rule is of another party's price plan: its id is not printed
-- column funding_only: only the funding changed (vouchers), not what is payable or charged: a finding, no restatement
-- column unpriced_reason: why the record cannot be priced by the workbook of its month; then the new charge is 0
with closed as (
  select
    v.cycle,
    v.party_id,
    v.issued_revision,
    v.working_revision
  from ops.revisions as v
  inner join ops.params as p on p.cycle = v.cycle and p.pricing_hash = v.pricing_hash
  where v.closed
),
issued as (
  select l.*
  from settlement.lines as l
  inner join closed as c on c.cycle = l.cycle and c.party_id = l.party_id and c.issued_revision = l.revision
  where l.kind <> 'prior_period'
),
-- Accounts whose records the warehouse has: of others nothing is known, and their lines stand.
pulled as (
  select distinct
    w.customer_id,
    w.reseller_id
  from ops.windows as w
  inner join ops.params as p on p.cycle = w.cycle
  where w.dataset = 'consumption_records' and coalesce(w.skipped, '') = ''
),
computed as (
  select l.*
  from settlement.lines as l
  inner join closed as c on c.cycle = l.cycle and c.party_id = l.party_id and c.working_revision = l.revision
  where l.kind <> 'prior_period'
  union all
  select i.*
  from issued as i
  left join pulled as w on w.customer_id = i.customer_id and w.reseller_id = i.reseller_id
  where i.kind = 'record' and w.customer_id is null
),
-- A record whose contract, tax code or rate is another now is taken back and booked anew.
compared as (
  select
    coalesce(n.cycle, i.cycle) as cycle,
    coalesce(n.party_id, i.party_id) as party_id,
    coalesce(n.line_id, i.line_id) as line_id,
    coalesce(n.kind, i.kind) as kind,
    coalesce(n.record_key, i.record_key) as record_key,
    coalesce(n.contract_no, i.contract_no) as contract_no,
    coalesce(n.customer_id, i.customer_id) as customer_id,
    coalesce(n.reseller_id, i.reseller_id) as reseller_id,
    coalesce(n.service_type_code, i.service_type_code) as service_type_code,
    coalesce(n.resource_type_code, i.resource_type_code) as resource_type_code,
    coalesce(n.region_code, i.region_code) as region_code,
    coalesce(n.charging_mode, i.charging_mode) as charging_mode,
    coalesce(n.bill_detail_type, i.bill_detail_type) as bill_detail_type,
    coalesce(n.resource_id, i.resource_id) as resource_id,
    coalesce(n.consume_date, i.consume_date) as consume_date,
    coalesce(n.order_id, i.order_id) as order_id,
    coalesce(n.rule_id, i.rule_id) as rule_id,
    coalesce(n.rule_withheld, i.rule_withheld) as rule_withheld,
    i.pricing_hash as issued_pricing_hash,
    coalesce(n.tax_code, i.tax_code) as tax_code,
    coalesce(n.tax_rate, i.tax_rate) as tax_rate,
    coalesce(n.amounts_include_tax, i.amounts_include_tax) as amounts_include_tax,
    case when i.line_id is null then 'new' when n.line_id is null then 'gone' else 'changed' end as change,
    coalesce(i.official_amount, 0) as issued_official_amount,
    coalesce(n.official_amount, 0) as new_official_amount,
    coalesce(i.discount_amount, 0) as issued_discount_amount,
    coalesce(n.discount_amount, 0) as new_discount_amount,
    coalesce(i.truncated_amount, 0) as issued_truncated_amount,
    coalesce(n.truncated_amount, 0) as new_truncated_amount,
    coalesce(i.payable_amount, 0) as issued_payable_amount,
    coalesce(n.payable_amount, 0) as new_payable_amount,
    coalesce(i.charge_amount, 0) as issued_charge_amount,
    coalesce(n.charge_amount, 0) as new_charge_amount,
    coalesce(i.charge_excl_tax, 0) as issued_charge_excl_tax,
    coalesce(n.charge_excl_tax, 0) as new_charge_excl_tax,
    coalesce(i.voucher_amount, 0) as issued_voucher_amount,
    coalesce(n.voucher_amount, 0) as new_voucher_amount
  from computed as n
  full outer join issued as i
    on i.party_id = n.party_id and i.line_id = n.line_id and i.tax_code = n.tax_code and i.tax_rate = n.tax_rate
    and i.amounts_include_tax = n.amounts_include_tax
),
changed as (
  select
    d.*,
    d.issued_payable_amount = d.new_payable_amount and d.issued_charge_amount = d.new_charge_amount as funding_only,
    cast(null as varchar) as unpriced_reason
  from compared as d
  left join settlement.unpriced as u
    on u.cycle = d.cycle and u.customer_id = d.customer_id and u.reseller_id = d.reseller_id and u.record_key = d.record_key
  where u.record_key is null
    and (d.issued_payable_amount <> d.new_payable_amount or d.issued_charge_amount <> d.new_charge_amount
      or d.issued_voucher_amount <> d.new_voucher_amount)
  union all
  select
    u.cycle,
    u.party_id,
    coalesce(u.record_key, '') as line_id,
    'record' as kind,
    u.record_key,
    cast(null as varchar) as contract_no,
    u.customer_id,
    u.reseller_id,
    u.service_type_code,
    u.resource_type_code,
    u.region_code,
    u.charging_mode,
    u.bill_detail_type,
    cast(null as varchar) as resource_id,
    u.pricing_date as consume_date,
    cast(null as varchar) as order_id,
    cast(null as varchar) as rule_id,
    false as rule_withheld,
    cast(null as varchar) as issued_pricing_hash,
    cast(null as varchar) as tax_code,
    cast(null as decimal(18, 10)) as tax_rate,
    cast(null as boolean) as amounts_include_tax,
    'unpriced' as change,
    0 as issued_official_amount,
    0 as new_official_amount,
    0 as issued_discount_amount,
    0 as new_discount_amount,
    0 as issued_truncated_amount,
    0 as new_truncated_amount,
    0 as issued_payable_amount,
    coalesce(u.payable_amount, 0) as new_payable_amount,
    0 as issued_charge_amount,
    0 as new_charge_amount,
    0 as issued_charge_excl_tax,
    0 as new_charge_excl_tax,
    0 as issued_voucher_amount,
    0 as new_voucher_amount,
    false as funding_only,
    u.reason as unpriced_reason
  from settlement.unpriced as u
  inner join closed as c on c.cycle = u.cycle and c.party_id = u.party_id
)
select
  d.*,
  c.issued_revision as revision,
  p.pricing_hash,
  cast(d.new_charge_amount - d.issued_charge_amount as decimal(18, 8)) as difference
from changed as d
inner join closed as c on c.party_id = d.party_id
cross join ops.params as p
