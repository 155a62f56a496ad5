-- Cycle $1: a request for one invoice (one party, one tax rate, one split), or for taking one back. With batch $2 = 0 those of the
-- current revisions that were not issued yet, fit or not; else those that were issued with that batch.
select
  q.party_id,
  q.request_no,
  coalesce(s.statement_no, p.short_code || '-' || q.cycle || '-R' || cast(q.revision as varchar)) as statement_no,
  coalesce(p.name, q.party_id) as party_name,
  q.invoice_kind,
  q.buyer_title,
  q.tax_id,
  q.address_phone,
  q.bank_account,
  q.email,
  cast(q.tax_rate as varchar) as tax_rate,
  cast(q.statement_amount_excl_tax as varchar) as statement_amount_excl_tax,
  cast(q.not_invoiceable_excl_tax as varchar) as not_invoiceable_excl_tax,
  cast(q.carried_excl_tax as varchar) as carried_excl_tax,
  cast(q.amount_excl_tax as varchar) as amount_excl_tax,
  cast(q.tax_amount as varchar) as tax_amount,
  cast(q.amount_incl_tax as varchar) as amount_incl_tax,
  cast(q.line_count as varchar) as line_count,
  case when f.batch is null then q.status else 'requested' end as status,
  case when q.status = 'unfit' then 'yes' else 'no' end as unfit,
  q.unfit_reason,
  q.remark,
  case when q.direction = 'red' then 'yes' else 'no' end as reverses,
  q.reverses_invoice_no
from settlement.invoice_requests as q
left join settlement.current_revisions as c on c.cycle = q.cycle and c.party_id = q.party_id
left join ops.issued_requests as f on f.request_no = q.request_no
left join settlement.statements as s on s.cycle = q.cycle and s.party_id = q.party_id and s.revision = q.revision
left join settlement.parties as p on p.cycle = q.cycle and p.party_id = q.party_id
where q.cycle = $1 and ($2 = 0 and f.batch is null and q.revision = coalesce(c.revision, 0) or f.batch = $2)
order by q.party_id, q.tax_rate desc, q.direction desc, q.split_key, q.request_no
