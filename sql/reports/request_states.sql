-- Cycle $1: what became of the invoice requests that were issued, by what the sheet Invoices of this cycle says: all of the cycle's, of
-- any revision, and of earlier cycles those that are open (a draft that waits for settle issue too), or that an invoice of this
-- cycle or later answered.
with invoices as (
  select i.*
  from settlement.issued_invoices as i
  where i.cycle = $1
),
reversals as (
  select
    i.reverses,
    -sum(i.amount_excl_tax) as excl_tax,
    -sum(i.amount_incl_tax) as incl_tax,
    max(i."date") as last_date
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
    max(greatest(i."date", coalesce(r.last_date, i."date"))) as last_date,
    sum(i.amount_incl_tax) as incl_tax,
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
),
states as (
  select
    q.cycle,
    q.party_id,
    q.revision,
    q.request_no,
    q.direction,
    q.tax_rate,
    q.amount_incl_tax,
    case
      when a.request_no is not null and a.reversed_incl_tax <> 0 and a.reversed_incl_tax >= a.incl_tax then 'reversed'
      when a.request_no is not null and a.reversed_incl_tax <> 0 then 'partly_reversed'
      when a.request_no is not null then 'issued'
      when q.revision < coalesce(c.revision, 0) then 'withdrawn'
      when t.state = 'disputed' then 'disputed'
      when f.request_no is not null then 'requested'
      else q.status
    end as status,
    f.request_no is not null as is_numbered,
    coalesce(c.closed, false) as is_closed,
    a.invoice_no,
    a.invoice_date,
    a.last_date,
    coalesce(a.incl_tax, 0) as invoiced_incl_tax,
    coalesce(a.reversed_incl_tax, 0) as reversed_incl_tax
  from settlement.invoice_requests as q
  left join settlement.current_revisions as c on c.cycle = q.cycle and c.party_id = q.party_id
  left join ops.issued_requests as f on f.request_no = q.request_no
  left join answered as a on a.request_no = q.request_no and a.is_red = (q.direction = 'red')
  left join last_transitions as t on t.cycle = q.cycle and t.party_id = q.party_id and t.place = 1
  where q.cycle <= $1
)
select
  s.party_id,
  s.cycle,
  s.request_no,
  coalesce(p.name, s.party_id) as party_name,
  s.direction,
  cast(s.tax_rate as varchar) as tax_rate,
  cast(s.amount_incl_tax as varchar) as amount_incl_tax,
  s.status,
  s.invoice_no,
  cast(s.invoice_date as varchar) as invoice_date,
  cast(cast(s.invoiced_incl_tax as decimal(18, 2)) as varchar) as invoiced_incl_tax,
  cast(cast(-s.reversed_incl_tax as decimal(18, 2)) as varchar) as reversed_incl_tax
from states as s
left join settlement.parties as p on p.cycle = s.cycle and p.party_id = s.party_id
where s.is_numbered and (
    s.cycle = $1 or s.status in ('requested', 'disputed', 'partly_reversed') or s.last_date >= cast($1 || '-01' as date)
  )
  or s.cycle < $1 and s.is_closed and not s.is_numbered and s.status in ('draft', 'disputed')
order by s.cycle desc, s.party_id, s.revision, s.request_no
