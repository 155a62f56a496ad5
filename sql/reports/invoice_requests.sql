-- Cycle $1: a request for one invoice (one party, one tax rate), newest revision; unfit ones stand on a sheet of their own.
with newest as (
  select party_id, max(revision) as revision
  from settlement.statements
  where cycle = $1
  group by party_id
)
select
  q.party_id,
  q.request_no,
  coalesce(s.statement_no, p.short_code || '-' || q.cycle || '-R' || cast(q.revision as varchar)) as statement_no,
  p.name as party_name,
  q.invoice_kind,
  q.buyer_title,
  q.tax_id,
  q.address_phone,
  q.bank_account,
  q.email,
  cast(q.tax_rate as varchar) as tax_rate,
  cast(q.statement_amount_excl_tax as varchar) as statement_amount_excl_tax,
  cast(q.not_invoiceable_excl_tax as varchar) as not_invoiceable_excl_tax,
  cast(q.amount_excl_tax as varchar) as amount_excl_tax,
  cast(q.tax_amount as varchar) as tax_amount,
  cast(q.amount_incl_tax as varchar) as amount_incl_tax,
  cast(q.line_count as varchar) as line_count,
  q.status,
  q.unfit_reason,
  q.remark
from settlement.invoice_requests as q
inner join newest as n on n.party_id = q.party_id and n.revision = q.revision
left join settlement.statements as s on s.cycle = q.cycle and s.party_id = q.party_id and s.revision = q.revision
left join settlement.parties as p on p.cycle = q.cycle and p.party_id = q.party_id
where q.cycle = $1
order by q.party_id, q.request_no
