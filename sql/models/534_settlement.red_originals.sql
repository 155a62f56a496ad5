-- settlement.red_originals: an invoice of the cycle that a new revision replaces and that still stands, in whole or in part: it needs a
-- request that takes back what stands of it. One row an invoice, also where several answered one request. An invoice whose red-letter
-- request of this revision has its number is in it no more.
-- build: view
-- column revision: the revision that replaces the invoice's; the red-letter request belongs to it
-- column request_no: the request that the invoice answered
-- column invoice_no: the invoice
-- column red_request_no: draft number of the request that takes it back, after those of the new revision's invoices
-- column split_key: tells the red-letter requests of a revision apart
-- column is_rest: part of the invoice was taken back before
-- column standing_excl_tax: what stands of the invoice without tax
-- column standing_tax: what stands of its tax
with invoices as (
  select
    i.cycle,
    i.request_no,
    i.invoice_no,
    i.amount_excl_tax,
    i.tax_amount,
    row_number() over (partition by i.cycle, i.invoice_no order by i.request_no, i.amount_excl_tax, i.tax_amount) as turn
  from settlement.issued_invoices as i
  inner join ops.params as p on p.cycle = i.cycle
  where i.reverses is null
),
taken_back as (
  select
    i.cycle,
    i.reverses as invoice_no,
    sum(i.amount_excl_tax) as amount_excl_tax,
    sum(i.tax_amount) as tax_amount
  from settlement.issued_invoices as i
  inner join ops.params as p on p.cycle = i.cycle
  where i.reverses is not null
  group by i.cycle, i.reverses
),
standing as (
  select
    i.cycle,
    i.request_no,
    i.invoice_no,
    t.invoice_no is not null as is_rest,
    i.amount_excl_tax + coalesce(t.amount_excl_tax, 0) as standing_excl_tax,
    i.tax_amount + coalesce(t.tax_amount, 0) as standing_tax
  from invoices as i
  left join taken_back as t on t.cycle = i.cycle and t.invoice_no = i.invoice_no
  where i.turn = 1
),
replaced as (
  select
    f.cycle,
    f.party_id,
    c.revision,
    s.request_no,
    s.invoice_no,
    s.is_rest,
    s.standing_excl_tax,
    s.standing_tax,
    'red/' || s.request_no || '/' || s.invoice_no as split_key,
    row_number() over (partition by f.cycle, f.party_id order by s.request_no, s.invoice_no) as place
  from standing as s
  inner join ops.issued_requests as f on f.cycle = s.cycle and f.request_no = s.request_no
  inner join settlement.current_revisions as c on c.cycle = f.cycle and c.party_id = f.party_id
  where f.revision < c.revision and s.standing_excl_tax > 0
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
  r.cycle,
  r.party_id,
  r.revision,
  r.request_no,
  r.invoice_no,
  'DRAFT-' || coalesce(y.short_code, r.party_id) || '-' || r.cycle || '-' || cast(coalesce(b.requests, 0) + r.place as varchar) as red_request_no,
  r.split_key,
  r.is_rest,
  cast(r.standing_excl_tax as decimal(18, 2)) as standing_excl_tax,
  cast(r.standing_tax as decimal(18, 2)) as standing_tax
from replaced as r
left join blue as b on b.cycle = r.cycle and b.party_id = r.party_id
left join settlement.parties as y on y.cycle = r.cycle and y.party_id = r.party_id
left join ops.issued_requests as f
  on f.cycle = r.cycle and f.party_id = r.party_id and f.revision = r.revision and f.split_key = r.split_key
where f.party_id is null
