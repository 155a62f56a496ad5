-- Cycle $1, batch $2 (0: not issued yet), parties $3 to $4: a line of an invoice request that is fit to be emitted.
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
  case when i.is_carried then '以前账期结转 Carried forward' else coalesce(i.service_type_name, i.service_type_code, '调整 Adjustment') end as service_type_name
from settlement.invoice_lines as i
inner join settlement.invoice_requests as q
  on q.cycle = i.cycle and q.party_id = i.party_id and q.revision = i.revision and q.request_no = i.request_no
left join settlement.current_revisions as c on c.cycle = q.cycle and c.party_id = q.party_id
left join ops.issued_requests as f on f.request_no = q.request_no
where i.cycle = $1 and i.party_id between $3 and $4 and q.status <> 'unfit'
  and ($2 = 0 and f.batch is null and q.revision = coalesce(c.revision, 0) or f.batch = $2)
order by i.party_id, q.tax_rate desc, q.direction desc, q.split_key, i.request_no, i.line_no
