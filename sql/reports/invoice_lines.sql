-- Cycle $1, parties $2 to $3: a line of an invoice whose request is fit to be emitted.
with newest as (
  select party_id, max(revision) as revision
  from settlement.statements
  where cycle = $1
  group by party_id
)
select
  i.party_id,
  i.request_no,
  cast(i.line_no as varchar) as line_no,
  i.item_name,
  i.class_code,
  cast(null as varchar) as spec,
  i.unit,
  cast(i.quantity as varchar) as quantity,
  cast(i.unit_price as varchar) as unit_price,
  cast(i.amount_excl_tax as varchar) as amount_excl_tax,
  cast(i.tax_rate as varchar) as tax_rate,
  cast(i.tax_amount as varchar) as tax_amount,
  cast(i.amount_incl_tax as varchar) as amount_incl_tax,
  case when i.is_discount then 'yes' else 'no' end as is_discount,
  coalesce(i.service_type_name, i.service_type_code) as service_type_name
from settlement.invoice_lines as i
inner join newest as n on n.party_id = i.party_id and n.revision = i.revision
inner join settlement.invoice_requests as q
  on q.cycle = i.cycle and q.party_id = i.party_id and q.revision = i.revision and q.request_no = i.request_no
where i.cycle = $1 and i.party_id between $2 and $3 and q.status <> 'unfit'
order by i.party_id, i.request_no, i.line_no
