-- title: Invoice requests ask for what the statement settles
-- severity: B
-- phase: documents
-- owner: operations
-- code: software_defect
-- action: report it with this finding; no request of the party leaves until it is mended
-- Computed here anew from settlement.lines: per tax code, rate and basis the charges, and the charges less what vouchers paid,
-- each to two decimals with its tax. Per party and rate they are the statement, what its requests have of their own and what is
-- not invoiceable between them, however the requests are split; per tax code they are the invoice lines with their tax, where
-- nothing of earlier months is carried into them.
with groups as (
  select
    l.party_id,
    l.revision,
    l.tax_code,
    l.tax_rate,
    l.amounts_include_tax,
    cents(round2(sum(l.charge_amount))) as charge_cents,
    cents(round2(sum(l.charge_amount - l.voucher_amount))) as rest_cents
  from settlement.lines as l
  inner join ops.params as p on p.cycle = l.cycle
  left join settlement.parked as k on k.cycle = l.cycle and k.party_id = l.party_id
  left join settlement.current_revisions as v on v.cycle = l.cycle and v.party_id = l.party_id
  where l.revision = coalesce(v.revision, 0) and (k.party_id is null or coalesce(v.closed, false))
  group by l.party_id, l.revision, l.tax_code, l.tax_rate, l.amounts_include_tax
),
without_tax as (
  select
    g.*,
    case when g.amounts_include_tax then div_round(g.charge_cents * 10000000000, 10000000000 + rate_e10(g.tax_rate))
      else g.charge_cents end as statement_cents,
    case when g.amounts_include_tax then div_round(g.rest_cents * 10000000000, 10000000000 + rate_e10(g.tax_rate))
      else g.rest_cents end as excl_cents
  from groups as g
),
codes as (
  select
    w.party_id,
    w.revision,
    w.tax_code,
    w.tax_rate,
    sum(w.statement_cents) as statement_cents,
    sum(w.excl_cents) as excl_cents,
    sum(case when w.amounts_include_tax then w.rest_cents - w.excl_cents
      else div_round(w.excl_cents * rate_e10(w.tax_rate), 10000000000) end) as tax_cents
  from without_tax as w
  group by w.party_id, w.revision, w.tax_code, w.tax_rate
),
rates as (
  select
    c.party_id,
    c.revision,
    c.tax_rate,
    from_cents(sum(c.statement_cents)) as statement_amount,
    from_cents(sum(c.statement_cents) - sum(c.excl_cents)) as not_invoiceable,
    from_cents(sum(c.excl_cents)) as amount_excl_tax,
    from_cents(sum(c.tax_cents)) as tax_amount
  from codes as c
  group by c.party_id, c.revision, c.tax_rate
),
requests as (
  select
    q.party_id,
    q.revision,
    q.tax_rate,
    sum(q.statement_amount_excl_tax) as statement_amount_excl_tax,
    sum(q.not_invoiceable_excl_tax) as not_invoiceable_excl_tax,
    sum(q.own_amount_excl_tax) as own_amount_excl_tax,
    sum(q.own_tax) as own_tax,
    bool_or(q.carried_excl_tax <> 0 or q.carried_tax <> 0) as is_carried
  from settlement.invoice_requests as q
  inner join ops.params as p on p.cycle = q.cycle
  left join settlement.current_revisions as v on v.cycle = q.cycle and v.party_id = q.party_id
  where q.direction = 'blue' and q.revision = coalesce(v.revision, 0)
  group by q.party_id, q.revision, q.tax_rate
),
printed as (
  select
    l.party_id,
    l.revision,
    l.tax_code,
    l.tax_rate,
    sum(l.amount_excl_tax) as amount_excl_tax,
    sum(l.tax_amount) as tax_amount
  from settlement.invoice_lines as l
  inner join ops.params as p on p.cycle = l.cycle
  left join settlement.current_revisions as v on v.cycle = l.cycle and v.party_id = l.party_id
  left join settlement.invoice_requests as q
    on q.cycle = l.cycle and q.party_id = l.party_id and q.request_no = l.request_no and q.direction = 'red'
  where q.request_no is null and l.revision = coalesce(v.revision, 0)
  group by l.party_id, l.revision, l.tax_code, l.tax_rate
)
select
  coalesce(s.party_id, q.party_id) as party_id,
  'party ' || coalesce(s.party_id, q.party_id) || ' at ' || cast(coalesce(s.tax_rate, q.tax_rate) as varchar) as subject,
  'statement ' || coalesce(cast(s.statement_amount as varchar), '-') || ' less not invoiceable ' || coalesce(cast(s.not_invoiceable as varchar), '-')
    || ': ' || coalesce(cast(s.amount_excl_tax as varchar), '-') || ' and tax ' || coalesce(cast(s.tax_amount as varchar), '-') as expected,
  'statement ' || coalesce(cast(q.statement_amount_excl_tax as varchar), '-') || ' less not invoiceable '
    || coalesce(cast(q.not_invoiceable_excl_tax as varchar), '-') || ': ' || coalesce(cast(q.own_amount_excl_tax as varchar), '-') || ' and tax '
    || coalesce(cast(q.own_tax as varchar), '-') as actual,
  cast(coalesce(q.own_amount_excl_tax, 0) + coalesce(q.own_tax, 0) - coalesce(s.amount_excl_tax, 0) - coalesce(s.tax_amount, 0) as decimal(38, 8)) as difference,
  'the requests are not what the lines make without vouchers; if invoice_by was changed after some were issued, set it back on the sheet Parties, else it is a fault of settle' as reason
from rates as s
full outer join requests as q on q.party_id = s.party_id and q.revision = s.revision and q.tax_rate = s.tax_rate
where s.party_id is null and (q.statement_amount_excl_tax <> 0 or q.own_amount_excl_tax <> 0 or q.own_tax <> 0)
  or q.party_id is null
  or q.statement_amount_excl_tax <> s.statement_amount
  or q.not_invoiceable_excl_tax <> s.not_invoiceable
  or q.own_amount_excl_tax <> s.amount_excl_tax
  or q.own_tax <> s.tax_amount
union all
select
  coalesce(c.party_id, l.party_id) as party_id,
  'invoice lines of ' || coalesce(c.party_id, l.party_id) || ': tax code ' || coalesce(c.tax_code, l.tax_code, '-') || ' at '
    || cast(coalesce(c.tax_rate, l.tax_rate) as varchar) as subject,
  'excl. ' || cast(from_cents(coalesce(c.excl_cents, 0)) as varchar) || ', tax ' || cast(from_cents(coalesce(c.tax_cents, 0)) as varchar) as expected,
  'excl. ' || coalesce(cast(l.amount_excl_tax as varchar), '0.00') || ', tax ' || coalesce(cast(l.tax_amount as varchar), '0.00') as actual,
  cast(coalesce(l.amount_excl_tax, 0) + coalesce(l.tax_amount, 0) - from_cents(coalesce(c.excl_cents, 0) + coalesce(c.tax_cents, 0)) as decimal(38, 8)) as difference,
  'the invoice lines of the tax code do not add up to its amount and tax: a fault of settle' as reason
from codes as c
full outer join printed as l
  on l.party_id = c.party_id and l.revision = c.revision and l.tax_code is not distinct from c.tax_code and l.tax_rate = c.tax_rate
left join requests as q on q.party_id = coalesce(c.party_id, l.party_id) and q.revision = coalesce(c.revision, l.revision) and q.tax_rate = coalesce(c.tax_rate, l.tax_rate)
where not coalesce(q.is_carried, false) and (coalesce(cents(l.amount_excl_tax), 0) <> coalesce(c.excl_cents, 0) or coalesce(cents(l.tax_amount), 0) <> coalesce(c.tax_cents, 0))
