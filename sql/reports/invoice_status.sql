-- Cycle $1: what became of each invoice request that was issued, of any revision.
select
  t.party_id,
  t.request_no,
  coalesce(p.name, t.party_id) as party_name,
  t.direction,
  cast(t.tax_rate as varchar) as tax_rate,
  cast(q.amount_incl_tax as varchar) as amount_incl_tax,
  t.status,
  t.invoice_no,
  cast(t.invoice_date as varchar) as invoice_date,
  cast(t.invoiced_incl_tax as varchar) as invoiced_incl_tax,
  cast(-t.reversed_incl_tax as varchar) as reversed_incl_tax
from settlement.invoice_status as t
inner join settlement.invoice_requests as q
  on q.cycle = t.cycle and q.party_id = t.party_id and q.revision = t.revision and q.request_no = t.request_no
left join settlement.parties as p on p.cycle = t.cycle and p.party_id = t.party_id
where t.cycle = $1 and t.status not in ('draft', 'unfit')
order by t.party_id, t.revision, t.request_no
