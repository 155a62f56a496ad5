-- settlement.customer_charges: what the partner charges for one customer under one reseller and bills to one party, without tax: the output
-- side that is held against what is claimed from the vendor (settlement.claims). The current revisions only.
-- build: cycle
-- column record_charge: for fee records of the cycle, exact to 8 places
-- column other_charge: adjustments, shortfalls and changes of earlier months, exact to 8 places
-- column voucher_charge: part of both that vouchers paid, which is not invoiceable, exact to 8 places
-- column invoiceable_charge: both less what vouchers paid
with lines as (
  select
    l.cycle,
    l.customer_id,
    l.reseller_id,
    l.party_id,
    l.kind,
    l.charge_excl_tax,
    excl_tax(coalesce(l.voucher_amount, 0), l.amounts_include_tax, l.tax_rate) as voucher_excl_tax
  from settlement.lines as l
  inner join ops.params as p on p.cycle = l.cycle
  left join settlement.current_revisions as c on c.cycle = l.cycle and c.party_id = l.party_id
  where l.revision = coalesce(c.revision, 0)
)
select
  l.cycle,
  l.customer_id,
  l.reseller_id,
  l.party_id,
  cast(sum(case when l.kind = 'record' then l.charge_excl_tax else 0 end) as decimal(38, 8)) as record_charge,
  cast(sum(case when l.kind = 'record' then 0 else l.charge_excl_tax end) as decimal(38, 8)) as other_charge,
  cast(sum(l.voucher_excl_tax) as decimal(38, 8)) as voucher_charge,
  cast(sum(l.charge_excl_tax - l.voucher_excl_tax) as decimal(38, 8)) as invoiceable_charge
from lines as l
group by l.cycle, l.customer_id, l.reseller_id, l.party_id
