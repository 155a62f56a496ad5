-- settlement.red_lines: one line of a request that takes an invoice back in full: a line of the request that it was issued for, with
-- the other sign. See 542_settlement.red_requests.
-- build: into settlement.invoice_lines
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
    q.cycle,
    q.party_id,
    q.request_no,
    q.tax_rate,
    coalesce(c.revision, 0) as revision,
    q.short_code,
    row_number() over (partition by q.cycle, q.party_id order by q.request_no) as place
  from (
    select
      q.*,
      coalesce(y.short_code, q.party_id) as short_code
    from settlement.invoice_requests as q
    inner join ops.params as p on p.cycle = q.cycle
    left join settlement.parties as y on y.cycle = q.cycle and y.party_id = q.party_id
  ) as q
  inner join standing_invoices as i on i.cycle = q.cycle and i.request_no = q.request_no
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
  l.cycle,
  l.party_id,
  o.revision,
  'DRAFT-' || o.short_code || '-' || o.cycle || '-' || cast(coalesce(b.requests, 0) + o.place as varchar) as request_no,
  l.line_no,
  l.item_name,
  l.class_code,
  l.unit,
  l.quantity,
  -l.unit_price as unit_price,
  -l.amount_excl_tax as amount_excl_tax,
  l.tax_rate,
  -l.tax_amount as tax_amount,
  -l.amount_incl_tax as amount_incl_tax,
  l.is_discount,
  l.is_carried,
  l.service_type_code,
  l.service_type_name,
  l.tax_code
from settlement.invoice_lines as l
inner join originals as o on o.cycle = l.cycle and o.party_id = l.party_id and o.request_no = l.request_no
left join blue as b on b.cycle = o.cycle and b.party_id = o.party_id
left join ops.issued_requests as f
  on f.cycle = o.cycle and f.party_id = o.party_id and f.revision = o.revision and f.split_key = 'red/' || o.request_no
where f.party_id is null
