-- title: No more is invoiced than was settled, and no request waits unseen
-- severity: W
-- phase: documents
-- owner: finance
-- code: changed_month
-- action: issue the red-letter requests, or leave it to later settlements
-- What is owed when the cycle ends: invoices beyond what was settled. What negative totals leave is taken off the party's next invoice
-- by itself; the rest needs a red-letter invoice. An opening that is not the closing of the cycle before. And of this cycle and all
-- before it, by what the sheet Invoices says now: invoices of one month beyond what can be invoiced of that month, which the ledger
-- does not show while later months are still to be invoiced; requests of an issued month that came up after it and have no number yet.
with requests as (
  select
    q.*,
    coalesce(c.closed, false) as is_closed,
    q.revision = coalesce(c.revision, 0) as is_current,
    f.request_no is not null as is_numbered
  from settlement.invoice_requests as q
  inner join ops.params as p on q.cycle <= p.cycle
  left join settlement.current_revisions as c on c.cycle = q.cycle and c.party_id = q.party_id
  left join ops.issued_requests as f on f.request_no = q.request_no
),
invoiceable as (
  select
    q.cycle,
    q.party_id,
    q.tax_rate,
    sum(q.amount_excl_tax) as amount_excl_tax,
    sum(q.amount_incl_tax) as amount_incl_tax
  from requests as q
  where q.is_current and q.direction = 'blue' and q.amount_excl_tax > 0 and q.amount_incl_tax > 0 and coalesce(q.invoice_kind, 'none') <> 'none'
  group by q.cycle, q.party_id, q.tax_rate
),
-- A red-letter invoice belongs to the month of the invoice that it takes back.
standing as (
  select
    q.cycle,
    q.party_id,
    q.tax_rate,
    sum(i.amount_excl_tax) as amount_excl_tax,
    sum(i.amount_incl_tax) as amount_incl_tax
  from settlement.issued_invoices as i
  inner join ops.params as p on p.cycle = i.cycle
  left join settlement.issued_invoices as b on b.cycle = i.cycle and b.invoice_no = i.reverses and b.reverses is null
  inner join requests as q on q.request_no = coalesce(b.request_no, i.request_no)
  group by q.cycle, q.party_id, q.tax_rate
),
disputed as (
  select
    t.cycle,
    t.party_id
  from (
    select
      t.cycle,
      t.party_id,
      t.state,
      row_number() over (partition by t.cycle, t.party_id order by t.seq desc) as place
    from ops.transitions as t
  ) as t
  where t.place = 1 and t.state = 'disputed'
)
select
  g.party_id,
  'owed by ' || g.party_id || ' at ' || cast(g.tax_rate as varchar) as subject,
  'nothing' as expected,
  cast(g.owed_closing_excl_tax as varchar) || ' without tax, of which ' || cast(g.carried_closing_excl_tax as varchar) || ' carried forward' as actual,
  cast(g.owed_closing_excl_tax as decimal(38, 8)) as difference,
  case when g.owed_closing_excl_tax > g.carried_closing_excl_tax then 'W' else 'I' end as severity,
  case when g.owed_closing_excl_tax > g.carried_closing_excl_tax
    then 'more was invoiced than settled: issue the red-letter requests of the workbook, or leave it to later settlements to offset'
    else 'a negative total, which the next invoice of the party takes off' end as reason
from settlement.invoiceable_ledger as g
inner join ops.params as p on p.cycle = g.cycle
where g.owed_closing_excl_tax > 0
union all
select
  coalesce(n.party_id, b.party_id) as party_id,
  'opening of ' || coalesce(n.party_id, b.party_id) || ' at ' || cast(coalesce(n.tax_rate, b.tax_rate) as varchar) as subject,
  cast(coalesce(b.closing_excl_tax - b.owed_closing_excl_tax, 0) as varchar) as expected,
  cast(coalesce(n.opening_excl_tax - n.owed_opening_excl_tax, 0) as varchar) as actual,
  cast(coalesce(n.opening_excl_tax - n.owed_opening_excl_tax, 0) - coalesce(b.closing_excl_tax - b.owed_closing_excl_tax, 0) as decimal(38, 8)) as difference,
  'W' as severity,
  'the cycle before closed with another amount: an invoice was entered with an earlier date, or that cycle changed; run it again, then this one' as reason
from (
  select g.*
  from settlement.invoiceable_ledger as g
  inner join ops.params as p on p.cycle = g.cycle
) as n
full outer join (
  select g.*
  from settlement.invoiceable_ledger as g
  inner join ops.params as p on p.prior_cycle = g.cycle
) as b on b.party_id = n.party_id and b.tax_rate = n.tax_rate
cross join (
  select count(*) as ledgers
  from settlement.invoiceable_ledger as g
  inner join ops.params as p on p.prior_cycle = g.cycle
) as k
where k.ledgers > 0
  and coalesce(n.opening_excl_tax - n.owed_opening_excl_tax, 0) <> coalesce(b.closing_excl_tax - b.owed_closing_excl_tax, 0)
union all
select
  s.party_id,
  'invoices of ' || s.party_id || ' for ' || s.cycle || ' at ' || cast(s.tax_rate as varchar) as subject,
  'excl. ' || cast(coalesce(i.amount_excl_tax, 0) as varchar) || ', incl. ' || cast(coalesce(i.amount_incl_tax, 0) as varchar) || ' at most' as expected,
  'excl. ' || cast(cast(s.amount_excl_tax as decimal(18, 2)) as varchar) || ', incl. ' || cast(cast(s.amount_incl_tax as decimal(18, 2)) as varchar) as actual,
  cast(greatest(s.amount_incl_tax - coalesce(i.amount_incl_tax, 0), s.amount_excl_tax - coalesce(i.amount_excl_tax, 0)) as decimal(38, 8)) as difference,
  'W' as severity,
  'invoices stand for more than can be invoiced of the month: issue its red-letter requests (settle run --offline --cycle ' || s.cycle
    || ', then settle issue --cycle ' || s.cycle || '), and enter on the sheet Invoices what the tax system answered' as reason
from standing as s
left join invoiceable as i on i.cycle = s.cycle and i.party_id = s.party_id and i.tax_rate = s.tax_rate
where s.amount_excl_tax > coalesce(i.amount_excl_tax, 0) or s.amount_incl_tax > coalesce(i.amount_incl_tax, 0)
union all
select
  q.party_id,
  'request ' || q.request_no || ': number' as subject,
  'issued with the month' as expected,
  case when q.direction = 'red' then 'red-letter, ' else '' end || 'incl. ' || cast(q.amount_incl_tax as varchar) || ', ' || q.status as actual,
  cast(q.amount_incl_tax as decimal(38, 8)) as difference,
  'W' as severity,
  case
    when q.status = 'unfit' then 'an invoice request of ' || q.party_id || ' cannot be issued (' || coalesce(q.unfit_reason, 'no reason') || '); then: settle issue --cycle ' || q.cycle
    when d.party_id is not null then 'an invoice request of ' || q.party_id || ' waits, and the party disputes the month: settle the dispute, then: settle issue --cycle ' || q.cycle
    else 'an invoice request of ' || q.party_id || ' waits: settle issue --cycle ' || q.cycle
  end as reason
from requests as q
left join disputed as d on d.cycle = q.cycle and d.party_id = q.party_id
where q.is_closed and q.is_current and not q.is_numbered
  and (q.status = 'draft' or q.amount_excl_tax > 0 and q.amount_incl_tax > 0 and coalesce(q.invoice_kind, 'none') <> 'none')
