-- One party with a statement in cycle $1, current revision, or in $2, the cycle before, for comparison. Internal: cost and margin. invoiced
-- is what the tax system answered for this month's requests, less what was taken back, whenever; invoice_balance is the invoiceable
-- ledger's at the month's end, earlier months included. open_findings are neither explained nor accepted.
with statements as (
  select
    s.cycle,
    s.party_id,
    s.revision,
    s.status,
    s.official_amount,
    s.discount_amount,
    s.truncated_amount,
    s.payable_amount,
    s.amount_excl_tax,
    s.tax_amount,
    s.amount_incl_tax
  from settlement.statements as s
  left join settlement.current_revisions as c on c.cycle = s.cycle and c.party_id = s.party_id
  where s.cycle in ($1, $2) and s.revision = coalesce(c.revision, 0)
),
costs as (
  select
    m.cycle,
    m.party_id,
    m.revision,
    sum(m.cost_excl_tax) as cost_excl_tax
  from settlement.margins as m
  where m.cycle in ($1, $2)
  group by m.cycle, m.party_id, m.revision
),
requests as (
  select
    q.request_no,
    max(q.party_id) as party_id
  from settlement.invoice_requests as q
  where q.cycle = $1
  group by q.request_no
),
-- A red-letter invoice belongs to the request that it names, else to that of the invoice which it takes back.
invoiced as (
  select
    coalesce(q.party_id, o.party_id) as party_id,
    sum(i.amount_excl_tax) as amount_excl_tax
  from settlement.issued_invoices as i
  left join settlement.issued_invoices as b on b.cycle = i.cycle and b.invoice_no = i.reverses
  left join requests as q on q.request_no = i.request_no
  left join requests as o on o.request_no = b.request_no
  where i.cycle = $1
  group by coalesce(q.party_id, o.party_id)
),
balances as (
  select
    l.party_id,
    sum(l.not_invoiceable_vouchers_excl_tax + l.not_invoiceable_none_excl_tax) as not_invoiceable,
    sum(l.closing_excl_tax - l.owed_closing_excl_tax) as closing
  from settlement.invoiceable_ledger as l
  where l.cycle = $1
  group by l.party_id
),
found as (
  select
    f.party_id,
    count(*) as findings
  from recon.findings as f
  where f.cycle = $1 and f.severity in ('B', 'W') and not f.explained and f.resolution is null
  group by f.party_id
),
this_month as (
  select *
  from statements
  where cycle = $1
),
month_before as (
  select *
  from statements
  where cycle = $2
),
parties as (
  select party_id from this_month
  union
  select party_id from month_before
)
select
  w.party_id,
  y.name as party_name,
  coalesce(e.state, s.status, 'open') as state,
  cast(coalesce(s.official_amount, 0) as varchar) as official_amount,
  cast(coalesce(s.discount_amount, 0) as varchar) as discount_amount,
  cast(coalesce(s.truncated_amount, 0) as varchar) as truncated_amount,
  cast(coalesce(s.payable_amount, 0) as varchar) as payable_amount,
  cast(coalesce(k.cost_excl_tax, 0) as varchar) as cost_excl_tax,
  cast(coalesce(s.amount_excl_tax, 0) as varchar) as settled_excl_tax,
  cast(coalesce(s.tax_amount, 0) as varchar) as tax_amount,
  cast(coalesce(s.amount_incl_tax, 0) as varchar) as amount_incl_tax,
  cast(coalesce(i.amount_excl_tax, 0) as varchar) as invoiced_amount,
  cast(coalesce(v.not_invoiceable, 0) as varchar) as not_invoiceable_amount,
  cast(coalesce(s.amount_excl_tax, 0) - coalesce(v.not_invoiceable, 0) - coalesce(i.amount_excl_tax, 0) as varchar) as uninvoiced_amount,
  cast(coalesce(v.closing, 0) as varchar) as invoice_balance,
  cast(coalesce(f.findings, 0) as varchar) as open_findings,
  cast(b.amount_excl_tax as varchar) as prior_settled
from parties as w
left join this_month as s on s.party_id = w.party_id
left join costs as k on k.cycle = s.cycle and k.party_id = s.party_id and k.revision = s.revision
left join month_before as b on b.party_id = w.party_id
left join settlement.parties as y on y.cycle = coalesce(s.cycle, b.cycle) and y.party_id = w.party_id
left join ops.period_states as e on e.cycle = $1 and e.party_id = w.party_id
left join invoiced as i on i.party_id = w.party_id
left join balances as v on v.party_id = w.party_id
left join found as f on f.party_id = w.party_id
order by coalesce(s.amount_excl_tax, 0) desc, w.party_id
