-- settlement.margins: what a party was charged without tax and what it cost, by customer, service and region, parked parties
-- included. Internal: it never stands in a party's workbook.
-- build: cycle
-- column charge_amount: sum of the charges without tax, exact to 8 places
-- column margin_amount: charge_amount less payable_amount
-- column record_count: how many lines stand behind it
select
  l.cycle,
  l.party_id,
  l.customer_id,
  l.reseller_id,
  l.service_type_code,
  l.region_code,
  cast(coalesce(sum(l.payable_amount), 0) as decimal(38, 8)) as payable_amount,
  cast(sum(l.charge_excl_tax) as decimal(38, 8)) as charge_amount,
  cast(sum(l.charge_excl_tax) - coalesce(sum(l.payable_amount), 0) as decimal(38, 8)) as margin_amount,
  count(*) as record_count
from settlement.lines as l
inner join ops.params as p on p.cycle = l.cycle
group by l.cycle, l.party_id, l.customer_id, l.reseller_id, l.service_type_code, l.region_code
