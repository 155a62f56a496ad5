-- settlement.margins: what a party was charged without tax, what was settled, and what it cost, by customer, service, region
-- and charging mode: current revisions, parked parties included. Internal: it never stands in a party's workbook.
-- build: cycle
-- column kind: record, adjustment, commitment or prior_period, as in settlement.lines; rounding: the cents that printed lines miss, of no customer
-- column charge_amount: sum of the charges without tax, exact to 8 places
-- column cost_excl_tax: payable_amount without tax, each line's to 8 places: the amount itself unless settlement.source_amount_tax says that the vendor's amounts include tax
-- column margin_amount: charge_amount less cost_excl_tax
-- column settled_excl_tax: what the party's statement prints, without tax, by the keys of its printed lines: prior-period lines are printed together, and rounding is no line's; NULL where no printed line has these keys
-- column settled_tax: tax of settled_excl_tax
-- column record_count: how many lines stand behind it
with kept as (
  select
    l.cycle,
    l.party_id,
    l.revision,
    l.customer_id,
    l.reseller_id,
    l.kind,
    l.service_type_code,
    l.region_code,
    l.charging_mode,
    sum(l.official_amount) as official_amount,
    sum(l.discount_amount) as discount_amount,
    sum(l.truncated_amount) as truncated_amount,
    sum(l.payable_amount) as payable_amount,
    sum(without_source_tax(l.payable_amount, l.tax_rate, p.source_amount_tax)) as cost_excl_tax,
    sum(l.charge_excl_tax) as charge_amount,
    cast(null as decimal(38, 2)) as settled_excl_tax,
    cast(null as decimal(38, 2)) as settled_tax,
    count(*) as record_count
  from settlement.lines as l
  inner join ops.params as p on p.cycle = l.cycle
  left join settlement.current_revisions as c on c.cycle = l.cycle and c.party_id = l.party_id
  where l.revision = coalesce(c.revision, 0)
  group by
    l.cycle, l.party_id, l.revision, l.customer_id, l.reseller_id, l.kind, l.service_type_code, l.region_code, l.charging_mode
),
printed as (
  select
    s.cycle,
    s.party_id,
    s.revision,
    s.customer_id,
    s.reseller_id,
    s.kind,
    s.service_type_code,
    s.region_code,
    s.charging_mode,
    cast(0 as decimal(38, 8)) as official_amount,
    cast(0 as decimal(38, 8)) as discount_amount,
    cast(0 as decimal(38, 8)) as truncated_amount,
    cast(0 as decimal(38, 8)) as payable_amount,
    cast(0 as decimal(38, 8)) as cost_excl_tax,
    cast(0 as decimal(38, 8)) as charge_amount,
    sum(s.amount_excl_tax) as settled_excl_tax,
    sum(s.tax_amount) as settled_tax,
    cast(0 as bigint) as record_count
  from settlement.statement_lines as s
  inner join ops.params as p on p.cycle = s.cycle
  left join settlement.current_revisions as c on c.cycle = s.cycle and c.party_id = s.party_id
  where s.revision = coalesce(c.revision, 0)
  group by
    s.cycle, s.party_id, s.revision, s.customer_id, s.reseller_id, s.kind, s.service_type_code, s.region_code, s.charging_mode
),
together as (
  select * from kept
  union all
  select * from printed
)
select
  t.cycle,
  t.party_id,
  t.revision,
  t.customer_id,
  t.reseller_id,
  t.kind,
  t.service_type_code,
  t.region_code,
  t.charging_mode,
  cast(coalesce(sum(t.official_amount), 0) as decimal(38, 8)) as official_amount,
  cast(coalesce(sum(t.discount_amount), 0) as decimal(38, 8)) as discount_amount,
  cast(coalesce(sum(t.truncated_amount), 0) as decimal(38, 8)) as truncated_amount,
  cast(coalesce(sum(t.payable_amount), 0) as decimal(38, 8)) as payable_amount,
  cast(coalesce(sum(t.cost_excl_tax), 0) as decimal(38, 8)) as cost_excl_tax,
  cast(sum(t.charge_amount) as decimal(38, 8)) as charge_amount,
  cast(sum(t.charge_amount) - coalesce(sum(t.cost_excl_tax), 0) as decimal(38, 8)) as margin_amount,
  cast(sum(t.settled_excl_tax) as decimal(38, 2)) as settled_excl_tax,
  cast(sum(t.settled_tax) as decimal(38, 2)) as settled_tax,
  cast(sum(t.record_count) as bigint) as record_count
from together as t
group by
  t.cycle, t.party_id, t.revision, t.customer_id, t.reseller_id, t.kind, t.service_type_code, t.region_code, t.charging_mode
