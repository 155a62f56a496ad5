-- settlement.carried_forward: what earlier months leave to a party's invoices of this month at one tax rate: totals that were negative
-- and so could not be invoiced, less what later months have taken off by now. It is positive where an invoice took off more
-- than its month has by now, because a new revision replaced that. Where requests of the month have their numbers it is what stands on
-- those: what changes in earlier months after that goes to the next month.
-- build: into settlement.invoiceable
with history as (
  select
    q.cycle,
    q.party_id,
    q.tax_rate,
    q.amount_excl_tax < 0 or q.amount_incl_tax < 0 as goes_on,
    q.amount_excl_tax,
    q.tax_amount,
    q.carried_excl_tax,
    q.carried_tax
  from settlement.invoice_requests as q
  inner join ops.params as p on q.cycle < p.cycle
  left join settlement.current_revisions as c on c.cycle = q.cycle and c.party_id = q.party_id
  where q.direction = 'blue' and q.revision = coalesce(c.revision, 0) and coalesce(q.invoice_kind, 'none') <> 'none'
),
balances as (
  select
    h.party_id,
    h.tax_rate,
    sum(case when h.goes_on then h.amount_excl_tax else 0 end - h.carried_excl_tax) as carried_excl_tax,
    sum(case when h.goes_on then h.tax_amount else 0 end - h.carried_tax) as carried_tax
  from history as h
  group by h.party_id, h.tax_rate
),
numbered as (
  select
    q.party_id,
    q.tax_rate,
    sum(q.carried_excl_tax) as carried_excl_tax,
    sum(q.carried_tax) as carried_tax
  from settlement.invoice_requests as q
  inner join ops.params as p on p.cycle = q.cycle
  inner join ops.issued_requests as f on f.request_no = q.request_no
  left join settlement.current_revisions as c on c.cycle = q.cycle and c.party_id = q.party_id
  where q.direction = 'blue' and q.revision = coalesce(c.revision, 0)
  group by q.party_id, q.tax_rate
),
to_carry as (
  select
    coalesce(n.party_id, b.party_id) as party_id,
    coalesce(n.tax_rate, b.tax_rate) as tax_rate,
    case when n.party_id is null then b.carried_excl_tax else n.carried_excl_tax end as carried_excl_tax,
    case when n.party_id is null then b.carried_tax else n.carried_tax end as carried_tax
  from balances as b
  full outer join numbered as n on n.party_id = b.party_id and n.tax_rate = b.tax_rate
),
-- The tax code that its line gets where it has no line to stand beside.
tax_codes as (
  select
    l.party_id,
    l.tax_rate,
    max(l.tax_code) as tax_code
  from settlement.invoice_lines as l
  inner join ops.params as p on l.cycle < p.cycle
  group by l.party_id, l.tax_rate
),
rate_codes as (
  select
    i.rate,
    min(i.tax_code) as tax_code
  from settlement.tax_items as i
  inner join ops.params as p on p.cycle = i.cycle
  where i.valid_from <= p.last_day
  group by i.rate
)
select
  p.cycle,
  b.party_id,
  coalesce(c.revision, 0) as revision,
  'carried' as kind,
  b.tax_rate,
  coalesce(t.tax_code, i.tax_code, '') as tax_code,
  false as amounts_include_tax,
  '' as split_key,
  cast(null as varchar) as service_type_code,
  cast(null as varchar) as service_type_name,
  cast(0 as decimal(38, 8)) as exact_amount,
  cast(0 as decimal(38, 8)) as voucher_amount,
  cast(0 as decimal(18, 2)) as own_amount,
  cast(0 as decimal(18, 2)) as group_tax,
  cast(b.carried_excl_tax as decimal(18, 2)) as carried_excl_tax,
  cast(b.carried_tax as decimal(18, 2)) as carried_tax
from to_carry as b
cross join ops.params as p
inner join settlement.parties as y on y.cycle = p.cycle and y.party_id = b.party_id and y.invoice_kind <> 'none'
left join settlement.current_revisions as c on c.cycle = p.cycle and c.party_id = b.party_id
left join settlement.parked as k on k.cycle = p.cycle and k.party_id = b.party_id
left join tax_codes as t on t.party_id = b.party_id and t.tax_rate = b.tax_rate
left join rate_codes as i on i.rate = b.tax_rate
where (k.party_id is null or coalesce(c.closed, false)) and (b.carried_excl_tax <> 0 or b.carried_tax <> 0)
