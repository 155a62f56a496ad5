-- settlement.invoice_status: what became of an invoice request of the cycle, of any revision, by the journal and by what finance
-- entered on the sheet Invoices by the cycle's last run. What was entered later is in the pricing workbooks of later cycles: the request
-- states in their invoice workbooks list what was open.
-- build: cycle
-- column direction: blue for an invoice, red for taking one back in full
-- column status: draft, unfit, requested, issued, partly_reversed, reversed, withdrawn (a new revision replaced it before it became an invoice) or disputed (no invoice while the party disputes the month)
-- column invoice_no: number of the invoice that the tax system issued; the first where it issued several
-- column invoice_date: its date
-- column invoices: how many invoices the sheet Invoices has for the request; more than one is a finding
-- column invoiced_excl_tax: sum of those invoices without tax
-- column invoiced_tax: their tax
-- column invoiced_incl_tax: their sum with tax
-- column reversed_excl_tax: what red-letter invoices took back of them without tax, positive
-- column reversed_incl_tax: what they took back with tax, positive
with invoices as (
  select i.*
  from settlement.issued_invoices as i
  inner join ops.params as p on p.cycle = i.cycle
),
reversals as (
  select
    i.reverses,
    -sum(i.amount_excl_tax) as excl_tax,
    -sum(i.amount_incl_tax) as incl_tax
  from invoices as i
  where i.reverses is not null
  group by i.reverses
),
answered as (
  select
    i.request_no,
    i.reverses is not null as is_red,
    min(i.invoice_no) as invoice_no,
    min(i."date") as invoice_date,
    count(*) as invoices,
    sum(i.amount_excl_tax) as excl_tax,
    sum(i.tax_amount) as tax,
    sum(i.amount_incl_tax) as incl_tax,
    coalesce(sum(r.excl_tax), 0) as reversed_excl_tax,
    coalesce(sum(r.incl_tax), 0) as reversed_incl_tax
  from invoices as i
  left join reversals as r on r.reverses = i.invoice_no
  group by i.request_no, i.reverses is not null
),
last_transitions as (
  select
    t.cycle,
    t.party_id,
    t.state,
    row_number() over (partition by t.cycle, t.party_id order by t.seq desc) as place
  from ops.transitions as t
)
select
  q.cycle,
  q.party_id,
  q.revision,
  q.request_no,
  q.direction,
  q.tax_rate,
  case
    when a.request_no is not null and a.reversed_incl_tax <> 0 and a.reversed_incl_tax >= a.incl_tax then 'reversed'
    when a.request_no is not null and a.reversed_incl_tax <> 0 then 'partly_reversed'
    when a.request_no is not null then 'issued'
    when q.revision < coalesce(c.revision, 0) then 'withdrawn'
    when t.state = 'disputed' then 'disputed'
    when f.request_no is not null then 'requested'
    else q.status
  end as status,
  a.invoice_no,
  a.invoice_date,
  coalesce(a.invoices, 0) as invoices,
  cast(coalesce(a.excl_tax, 0) as decimal(18, 2)) as invoiced_excl_tax,
  cast(coalesce(a.tax, 0) as decimal(18, 2)) as invoiced_tax,
  cast(coalesce(a.incl_tax, 0) as decimal(18, 2)) as invoiced_incl_tax,
  cast(coalesce(a.reversed_excl_tax, 0) as decimal(18, 2)) as reversed_excl_tax,
  cast(coalesce(a.reversed_incl_tax, 0) as decimal(18, 2)) as reversed_incl_tax
from settlement.invoice_requests as q
inner join ops.params as p on p.cycle = q.cycle
left join settlement.current_revisions as c on c.cycle = q.cycle and c.party_id = q.party_id
left join ops.issued_requests as f on f.request_no = q.request_no
left join answered as a on a.request_no = q.request_no and a.is_red = (q.direction = 'red')
left join last_transitions as t on t.cycle = q.cycle and t.party_id = q.party_id and t.place = 1
