-- title: A statement is the sum of its printed lines
-- severity: B
-- phase: documents
-- owner: operations
-- code: software_defect
-- action: report it with this finding; nothing of the party leaves until it is mended
-- Each total against its lines, and each tax group (tax code, rate, basis) against the exact charges of its lines: amount to
-- two decimals, tax on the group, both computed here anew from settlement.lines.
with printed as (
  select
    s.party_id,
    s.revision,
    sum(s.amount_excl_tax) as amount_excl_tax,
    sum(s.tax_amount) as tax_amount,
    sum(s.amount_incl_tax) as amount_incl_tax,
    sum(s.payable_amount) as payable_amount,
    count(*) as line_count
  from settlement.statement_lines as s
  inner join ops.params as p on p.cycle = s.cycle
  group by s.party_id, s.revision
),
exact_groups as (
  select
    l.party_id,
    l.revision,
    l.tax_code,
    l.tax_rate,
    l.amounts_include_tax,
    cents(round2(sum(l.charge_amount))) as total_cents
  from settlement.lines as l
  inner join ops.params as p on p.cycle = l.cycle
  group by l.party_id, l.revision, l.tax_code, l.tax_rate, l.amounts_include_tax
),
printed_groups as (
  select
    s.party_id,
    s.revision,
    s.tax_code,
    s.tax_rate,
    s.amounts_include_tax,
    sum(cents(s.settled_amount)) as settled_cents,
    sum(cents(s.amount_excl_tax)) as excl_cents,
    sum(cents(s.tax_amount)) as tax_cents
  from settlement.statement_lines as s
  inner join ops.params as p on p.cycle = s.cycle
  group by s.party_id, s.revision, s.tax_code, s.tax_rate, s.amounts_include_tax
),
groups as (
  select
    e.*,
    g.settled_cents,
    g.excl_cents,
    g.tax_cents,
    case when e.amounts_include_tax
      then e.total_cents - div_round(e.total_cents * 10000000000, 10000000000 + rate_e10(e.tax_rate))
      else div_round(e.total_cents * rate_e10(e.tax_rate), 10000000000) end as wanted_tax_cents
  from exact_groups as e
  inner join printed_groups as g
    on g.party_id = e.party_id and g.revision = e.revision and g.tax_code = e.tax_code and g.tax_rate = e.tax_rate
    and g.amounts_include_tax = e.amounts_include_tax
)
select
  t.party_id,
  'statement of ' || t.party_id || ': total' as subject,
  'excl. ' || coalesce(cast(d.amount_excl_tax as varchar), '-') || ', tax ' || coalesce(cast(d.tax_amount as varchar), '-')
    || ', incl. ' || coalesce(cast(d.amount_incl_tax as varchar), '-') as expected,
  'excl. ' || cast(t.amount_excl_tax as varchar) || ', tax ' || cast(t.tax_amount as varchar) || ', incl. ' || cast(t.amount_incl_tax as varchar) as actual,
  cast(t.amount_incl_tax - coalesce(d.amount_incl_tax, 0) as decimal(38, 8)) as difference,
  'the total is not the sum of the printed lines: a fault of settle' as reason
from settlement.statements as t
inner join ops.params as p on p.cycle = t.cycle
left join printed as d on d.party_id = t.party_id and d.revision = t.revision
where d.party_id is null or t.amount_excl_tax <> d.amount_excl_tax or t.tax_amount <> d.tax_amount or t.amount_incl_tax <> d.amount_incl_tax
  or t.amount_excl_tax + t.tax_amount <> t.amount_incl_tax or t.line_count <> d.line_count or t.payable_amount is distinct from d.payable_amount
union all
select
  g.party_id,
  'statement of ' || g.party_id || ': tax code ' || g.tax_code || ' at ' || cast(g.tax_rate as varchar)
    || case when g.amounts_include_tax then ', prices incl. tax' else ', prices excl. tax' end as subject,
  'total ' || cast(from_cents(g.total_cents) as varchar) || ', tax ' || cast(from_cents(g.wanted_tax_cents) as varchar) as expected,
  'total ' || cast(from_cents(g.settled_cents) as varchar) || ', tax ' || cast(from_cents(g.tax_cents) as varchar) as actual,
  cast(from_cents(g.settled_cents - g.total_cents) as decimal(38, 8)) as difference,
  'the printed group is not the exact total to two decimals with its tax: a fault of settle' as reason
from groups as g
where g.settled_cents <> g.total_cents or g.tax_cents <> g.wanted_tax_cents
  or case when g.amounts_include_tax then g.excl_cents + g.tax_cents else g.excl_cents end <> g.total_cents
