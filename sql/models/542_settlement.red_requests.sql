-- settlement.red_requests: a request that takes back what stands of an invoice, because a new revision replaces the statement that it was
-- issued for: see 534_settlement.red_originals. A whole invoice has the amounts of its request with the other sign; the rest of one
-- that was taken back in part, or one of several that answered a request, has what stands of it and nothing beside it.
-- build: into settlement.invoice_requests
with lines as (
  select
    l.cycle,
    l.party_id,
    l.request_no,
    count(*) as line_count
  from settlement.invoice_lines as l
  inner join settlement.red_originals as o on o.cycle = l.cycle and o.party_id = l.party_id and o.red_request_no = l.request_no
  group by l.cycle, l.party_id, l.request_no
),
originals as (
  select
    q.*,
    o.revision as current_revision,
    o.red_request_no,
    o.split_key as red_split,
    o.invoice_no,
    o.is_rest,
    o.standing_excl_tax,
    o.standing_tax,
    o.standing_excl_tax = q.amount_excl_tax and o.standing_tax = q.tax_amount as is_whole
  from settlement.invoice_requests as q
  inner join settlement.red_originals as o on o.cycle = q.cycle and o.party_id = q.party_id and o.request_no = q.request_no
  where q.direction = 'blue'
)
select
  o.cycle,
  o.party_id,
  o.current_revision as revision,
  o.red_request_no as request_no,
  'red' as direction,
  o.red_split as split_key,
  o.tax_rate,
  o.invoice_kind,
  o.buyer_title,
  o.tax_id,
  o.address_phone,
  o.bank_account,
  o.email,
  case when o.is_whole then -o.statement_amount_excl_tax else -o.standing_excl_tax end as statement_amount_excl_tax,
  case when o.is_whole then -o.statement_tax else -o.standing_tax end as statement_tax,
  case when o.is_whole then -o.not_invoiceable_excl_tax else 0 end as not_invoiceable_excl_tax,
  case when o.is_whole then -o.not_invoiceable_tax else 0 end as not_invoiceable_tax,
  case when o.is_whole then -o.own_amount_excl_tax else -o.standing_excl_tax end as own_amount_excl_tax,
  case when o.is_whole then -o.own_tax else -o.standing_tax end as own_tax,
  case when o.is_whole then -o.carried_excl_tax else 0 end as carried_excl_tax,
  case when o.is_whole then -o.carried_tax else 0 end as carried_tax,
  -o.standing_excl_tax as amount_excl_tax,
  -o.standing_tax as tax_amount,
  -o.standing_excl_tax - o.standing_tax as amount_incl_tax,
  coalesce(l.line_count, 0) as line_count,
  'draft' as status,
  cast(null as varchar) as unfit_reason,
  '红冲发票 ' || o.invoice_no || case when o.is_rest then ' 未红冲部分' else '' end || coalesce('；' || o.remark, '') as remark,
  o.request_no as reverses_request_no,
  o.invoice_no as reverses_invoice_no
from originals as o
left join lines as l on l.cycle = o.cycle and l.party_id = o.party_id and l.request_no = o.red_request_no
