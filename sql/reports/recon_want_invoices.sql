-- What the workbook of invoice requests of cycle $1 must say, with batch $2 as its sheets have it: the sums of the requests that are emitted,
-- and of their lines. One row.
with requests as (
  select
    q.party_id,
    q.revision,
    q.request_no,
    q.amount_excl_tax,
    q.tax_amount,
    q.amount_incl_tax
  from settlement.invoice_requests as q
  left join settlement.current_revisions as c on c.cycle = q.cycle and c.party_id = q.party_id
  left join ops.issued_requests as f on f.request_no = q.request_no
  where q.cycle = $1 and q.status <> 'unfit' and ($2 = 0 and f.batch is null and q.revision = coalesce(c.revision, 0) or f.batch = $2)
),
lines as (
  select
    count(*) as line_rows,
    sum(i.amount_excl_tax) as amount_excl_tax,
    sum(i.tax_amount) as tax_amount,
    sum(i.amount_incl_tax) as amount_incl_tax
  from settlement.invoice_lines as i
  inner join requests as q on q.party_id = i.party_id and q.revision = i.revision and q.request_no = i.request_no
  where i.cycle = $1
)
select
  cast(count(q.request_no) as varchar) as request_rows,
  cast(coalesce(sum(q.amount_excl_tax), 0) as varchar) as amount_excl_tax,
  cast(coalesce(sum(q.tax_amount), 0) as varchar) as tax_amount,
  cast(coalesce(sum(q.amount_incl_tax), 0) as varchar) as amount_incl_tax,
  cast(max(l.line_rows) as varchar) as line_rows,
  cast(coalesce(max(l.amount_excl_tax), 0) as varchar) as line_excl_tax,
  cast(coalesce(max(l.tax_amount), 0) as varchar) as line_tax,
  cast(coalesce(max(l.amount_incl_tax), 0) as varchar) as line_incl_tax
from lines as l
left join requests as q on true
