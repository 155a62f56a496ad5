-- title: Invoice requests ask for what the statement settles
-- severity: B
-- phase: documents
-- Per party and tax rate: the statement without tax, less what vouchers paid, is the request; where vouchers paid nothing the
-- tax is the statement's as well.
with statements as (
  select
    s.party_id,
    s.revision,
    s.tax_rate,
    sum(s.amount_excl_tax) as amount_excl_tax,
    sum(s.tax_amount) as tax_amount
  from settlement.statement_lines as s
  inner join ops.params as p on p.cycle = s.cycle
  group by s.party_id, s.revision, s.tax_rate
),
requests as (
  select q.*
  from settlement.invoice_requests as q
  inner join ops.params as p on p.cycle = q.cycle
)
select
  coalesce(s.party_id, q.party_id) as party_id,
  'party ' || coalesce(s.party_id, q.party_id) || ' at ' || cast(coalesce(s.tax_rate, q.tax_rate) as varchar) as subject,
  'statement ' || coalesce(cast(s.amount_excl_tax as varchar), '-') || ' and tax ' || coalesce(cast(s.tax_amount as varchar), '-')
    || ' less not invoiceable ' || coalesce(cast(q.not_invoiceable_excl_tax as varchar), '-') as expected,
  'request ' || coalesce(cast(q.amount_excl_tax as varchar), '-') || ' and tax ' || coalesce(cast(q.tax_amount as varchar), '-') as actual,
  cast(coalesce(q.amount_excl_tax, 0) + coalesce(q.not_invoiceable_excl_tax, 0) - coalesce(s.amount_excl_tax, 0) as decimal(38, 8)) as difference,
  'the request does not lead back to the statement: a fault of settle' as reason
from statements as s
full outer join requests as q on q.party_id = s.party_id and q.revision = s.revision and q.tax_rate = s.tax_rate
where s.party_id is null or q.party_id is null
  or q.statement_amount_excl_tax <> s.amount_excl_tax
  or q.amount_excl_tax + q.not_invoiceable_excl_tax <> s.amount_excl_tax
  or q.not_invoiceable_excl_tax = 0 and q.tax_amount <> s.tax_amount
