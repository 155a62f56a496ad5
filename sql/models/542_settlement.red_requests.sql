-- settlement.red_requests: a request that takes an invoice back in full, because a new revision replaces the statement that it was
-- issued for: the amounts of the original with the other sign. Each invoice of an earlier revision that nothing has taken back yet
-- has one, beside the requests of the new revision.
-- build: into settlement.invoice_requests
with standing_invoices as (
  select
    i.cycle,
    i.request_no,
    min(i.invoice_no) as invoice_no
  from settlement.issued_invoices as i
  inner join ops.params as p on p.cycle = i.cycle
  left join settlement.issued_invoices as r on r.cycle = i.cycle and r.reverses = i.invoice_no
  where i.reverses is null and r.invoice_no is null
  group by i.cycle, i.request_no
),
originals as (
  select
    q.*,
    coalesce(c.revision, 0) as current_revision,
    coalesce(y.short_code, q.party_id) as short_code,
    i.invoice_no,
    row_number() over (partition by q.cycle, q.party_id order by q.request_no) as place
  from settlement.invoice_requests as q
  inner join ops.params as p on p.cycle = q.cycle
  inner join standing_invoices as i on i.cycle = q.cycle and i.request_no = q.request_no
  left join settlement.parties as y on y.cycle = q.cycle and y.party_id = q.party_id
  left join settlement.current_revisions as c on c.cycle = q.cycle and c.party_id = q.party_id
  where q.direction = 'blue' and q.revision < coalesce(c.revision, 0)
),
blue as (
  select
    s.cycle,
    s.party_id,
    max(s.request) as requests
  from settlement.invoice_shares as s
  inner join ops.params as p on p.cycle = s.cycle
  group by s.cycle, s.party_id
)
select
  o.cycle,
  o.party_id,
  o.current_revision as revision,
  'DRAFT-' || o.short_code || '-' || o.cycle || '-' || cast(coalesce(b.requests, 0) + o.place as varchar) as request_no,
  'red' as direction,
  'red/' || o.request_no as split_key,
  o.tax_rate,
  o.invoice_kind,
  o.buyer_title,
  o.tax_id,
  o.address_phone,
  o.bank_account,
  o.email,
  -o.statement_amount_excl_tax as statement_amount_excl_tax,
  -o.statement_tax as statement_tax,
  -o.not_invoiceable_excl_tax as not_invoiceable_excl_tax,
  -o.not_invoiceable_tax as not_invoiceable_tax,
  -o.own_amount_excl_tax as own_amount_excl_tax,
  -o.own_tax as own_tax,
  -o.carried_excl_tax as carried_excl_tax,
  -o.carried_tax as carried_tax,
  -o.amount_excl_tax as amount_excl_tax,
  -o.tax_amount as tax_amount,
  -o.amount_incl_tax as amount_incl_tax,
  o.line_count,
  'draft' as status,
  cast(null as varchar) as unfit_reason,
  '红冲发票 ' || o.invoice_no || coalesce('；' || o.remark, '') as remark,
  o.request_no as reverses_request_no,
  o.invoice_no as reverses_invoice_no
from originals as o
left join blue as b on b.cycle = o.cycle and b.party_id = o.party_id
left join ops.issued_requests as f
  on f.cycle = o.cycle and f.party_id = o.party_id and f.revision = o.current_revision and f.split_key = 'red/' || o.request_no
where f.party_id is null
