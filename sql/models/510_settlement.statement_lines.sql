-- settlement.statement_lines: one printed line of a party's statement: lines of one customer, service, region, charging mode,
-- bill type, rule and tax code together, each adjustment and each commitment shortfall by itself, the prior-period changes of an
-- account and month together, and a rounding line for each tax group (tax code, rate and basis) whose exact total rounds
-- differently from the sum of its lines. The statement is the sum of its printed lines. Those of issued revisions are frozen.
-- build: cycle
-- frozen: revision
-- column line_no: place on the statement: records, prior-period changes, commitment shortfalls, adjustments, rounding
-- column kind: record, prior_period, commitment, adjustment or rounding
-- column exact_amount: sum of the charges, exact to 8 places, on the contract's tax basis; 0 for a rounding line
-- column settled_amount: exact_amount to 2 places, half away from zero; for a rounding line what the others miss
-- column record_count: how many lines stand behind it
-- column note: adjustment: its reason; commitment: how the shortfall came about
-- column origin_cycle: prior_period: the month that changed after it was issued
-- column rule_id: pricing rule; NULL for adjustments, and for refunds priced by a rule of another party's price plan
-- column voucher_amount: part of exact_amount that stands for payment by vouchers, which are not invoiceable
with printable as (
  select l.*
  from settlement.lines as l
  inner join ops.params as p on p.cycle = l.cycle
  left join settlement.parked as k on k.cycle = l.cycle and k.party_id = l.party_id
  left join ops.revisions as v on v.cycle = l.cycle and v.party_id = l.party_id
  where k.party_id is null and l.revision > coalesce(v.issued_revision, -1)
),
-- What of a line tells its printed line: of a prior-period change its account and month, of a line by itself its id.
placed as (
  select
    l.cycle,
    l.party_id,
    l.revision,
    l.kind,
    l.customer_id,
    l.reseller_id,
    case when l.kind <> 'prior_period' then l.service_type_code end as service_type_code,
    case when l.kind <> 'prior_period' then l.region_code end as region_code,
    case when l.kind <> 'prior_period' then l.charging_mode end as charging_mode,
    case when l.kind <> 'prior_period' then l.bill_detail_type end as bill_detail_type,
    case when l.kind <> 'prior_period' and not coalesce(l.rule_withheld, false) then l.rule_id end as rule_id,
    l.tax_code,
    l.tax_rate,
    l.amounts_include_tax,
    case when l.kind in ('adjustment', 'commitment') then l.line_id end as own_line,
    case when l.kind in ('adjustment', 'commitment', 'prior_period') then l.note end as note,
    case when l.kind = 'prior_period' then l.origin_cycle end as origin_cycle,
    l.official_amount,
    l.discount_amount,
    l.truncated_amount,
    l.payable_amount,
    l.charge_amount,
    l.voucher_amount
  from printable as l
),
grouped as (
  select
    l.cycle,
    l.party_id,
    l.revision,
    l.kind,
    l.customer_id,
    l.reseller_id,
    l.service_type_code,
    l.region_code,
    l.charging_mode,
    l.bill_detail_type,
    l.rule_id,
    l.tax_code,
    l.tax_rate,
    l.amounts_include_tax,
    l.own_line,
    l.note,
    l.origin_cycle,
    cast(sum(l.official_amount) as decimal(38, 8)) as official_amount,
    cast(sum(l.discount_amount) as decimal(38, 8)) as discount_amount,
    cast(sum(l.truncated_amount) as decimal(38, 8)) as truncated_amount,
    cast(sum(l.payable_amount) as decimal(38, 8)) as payable_amount,
    cast(sum(l.charge_amount) as decimal(38, 8)) as exact_amount,
    cast(sum(l.voucher_amount) as decimal(38, 8)) as voucher_amount,
    count(*) as record_count
  from placed as l
  group by
    l.cycle, l.party_id, l.revision, l.kind, l.customer_id, l.reseller_id, l.service_type_code, l.region_code,
    l.charging_mode, l.bill_detail_type, l.rule_id, l.tax_code, l.tax_rate, l.amounts_include_tax, l.own_line, l.note, l.origin_cycle
),
settled as (
  select
    g.*,
    round2(g.exact_amount) as settled_amount
  from grouped as g
),
-- Rounding and tax are per group of tax code, rate and basis.
tax_groups as (
  select
    s.cycle,
    s.party_id,
    s.revision,
    s.tax_code,
    s.tax_rate,
    s.amounts_include_tax,
    cast(round2(sum(s.exact_amount)) - sum(s.settled_amount) as decimal(18, 2)) as missing
  from settled as s
  group by s.cycle, s.party_id, s.revision, s.tax_code, s.tax_rate, s.amounts_include_tax
),
printed as (
  select
    s.*,
    case s.kind when 'record' then 1 when 'prior_period' then 2 when 'commitment' then 3 else 4 end as part
  from settled as s
  union all
  select
    t.cycle,
    t.party_id,
    t.revision,
    'rounding' as kind,
    cast(null as varchar) as customer_id,
    cast(null as varchar) as reseller_id,
    cast(null as varchar) as service_type_code,
    cast(null as varchar) as region_code,
    cast(null as varchar) as charging_mode,
    cast(null as varchar) as bill_detail_type,
    cast(null as varchar) as rule_id,
    t.tax_code,
    t.tax_rate,
    t.amounts_include_tax,
    cast(null as varchar) as own_line,
    cast(null as varchar) as note,
    cast(null as varchar) as origin_cycle,
    cast(0 as decimal(38, 8)) as official_amount,
    cast(0 as decimal(38, 8)) as discount_amount,
    cast(0 as decimal(38, 8)) as truncated_amount,
    cast(0 as decimal(38, 8)) as payable_amount,
    cast(0 as decimal(38, 8)) as exact_amount,
    cast(0 as decimal(38, 8)) as voucher_amount,
    cast(0 as bigint) as record_count,
    t.missing as settled_amount,
    5 as part
  from tax_groups as t
  where t.missing <> 0
),
numbered as (
  select
    s.*,
    cast(row_number() over (
      partition by s.cycle, s.party_id, s.revision
      order by
        s.part, s.customer_id nulls last, s.reseller_id nulls last, s.service_type_code nulls last, s.region_code nulls last,
        s.charging_mode nulls last, s.bill_detail_type nulls last, s.rule_id nulls last, s.tax_code, s.tax_rate,
        s.amounts_include_tax, s.origin_cycle nulls last, s.own_line nulls last
    ) as integer) as line_no,
    cents(s.settled_amount) as settled_cents
  from printed as s
),
running as (
  select
    n.*,
    cast(sum(n.settled_cents) over (
      partition by n.cycle, n.party_id, n.revision, n.tax_code, n.tax_rate, n.amounts_include_tax
      order by n.line_no rows between unbounded preceding and current row
    ) as hugeint) as running_cents
  from numbered as n
),
-- What a line bears of its group's tax is what the group's rounded tax grows by with the line: so the lines' tax adds up to
-- the group's, to the cent, whatever their signs.
taxed as (
  select
    r.*,
    whole_tax(r.running_cents, r.amounts_include_tax, r.tax_rate)
      - whole_tax(r.running_cents - r.settled_cents, r.amounts_include_tax, r.tax_rate) as tax_cents
  from running as r
),
service_names as (
  select
    r.service_type_code,
    max(r.service_type_name) as service_type_name
  from source.consumption_records as r
  inner join ops.params as p on p.cycle = r.cycle
  group by r.service_type_code
),
region_names as (
  select
    r.region_code,
    max(r.region_name) as region_name
  from source.consumption_records as r
  inner join ops.params as p on p.cycle = r.cycle
  group by r.region_code
)
select
  t.cycle,
  t.party_id,
  t.revision,
  t.line_no,
  t.kind,
  t.customer_id,
  t.reseller_id,
  t.service_type_code,
  s.service_type_name,
  t.region_code,
  g.region_name,
  t.charging_mode,
  t.bill_detail_type,
  t.rule_id,
  t.tax_code,
  t.tax_rate,
  t.amounts_include_tax,
  t.official_amount,
  t.discount_amount,
  t.truncated_amount,
  t.payable_amount,
  t.exact_amount,
  t.settled_amount,
  from_cents(case when t.amounts_include_tax then t.settled_cents - t.tax_cents else t.settled_cents end) as amount_excl_tax,
  from_cents(t.tax_cents) as tax_amount,
  from_cents(case when t.amounts_include_tax then t.settled_cents else t.settled_cents + t.tax_cents end) as amount_incl_tax,
  t.voucher_amount,
  t.record_count,
  t.note,
  t.origin_cycle
from taxed as t
left join service_names as s on s.service_type_code = t.service_type_code
left join region_names as g on g.region_code = t.region_code
