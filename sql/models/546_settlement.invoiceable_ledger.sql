-- settlement.invoiceable_ledger: what of a party's settlements at one tax rate is still to be invoiced: opening + settled - not
-- invoiceable - invoiced - owed offset = closing, without tax and with it. Where more was invoiced than settled, the rest is owed: a
-- red-letter invoice, or later settlements, offset it. Settled are the current revisions; invoiced is what the sheet Invoices of the
-- cycle's pricing workbook dates in the cycle, red-letter invoices negative.
-- build: cycle
-- column opening_excl_tax: still to be invoiced when the cycle begins, as the records of this run tell it
-- column settled_excl_tax: statements of the cycle
-- column not_invoiceable_vouchers_excl_tax: part of it that vouchers paid
-- column not_invoiceable_none_excl_tax: part of it of parties that want no invoice
-- column invoiced_excl_tax: invoices dated in the cycle
-- column owed_offset_excl_tax: what the cycle took off the amount owed; negative where it grew
-- column closing_excl_tax: still to be invoiced when the cycle ends
-- column owed_opening_excl_tax: invoiced beyond what was settled, when the cycle begins
-- column owed_closing_excl_tax: invoiced beyond what was settled, when the cycle ends
-- column carried_closing_excl_tax: part of owed_closing that negative totals make, which the party's next invoice takes off by itself
-- column opening_incl_tax: as opening_excl_tax, with tax
-- column settled_incl_tax: as settled_excl_tax, with tax
-- column not_invoiceable_vouchers_incl_tax: as not_invoiceable_vouchers_excl_tax, with tax
-- column not_invoiceable_none_incl_tax: as not_invoiceable_none_excl_tax, with tax
-- column invoiced_incl_tax: as invoiced_excl_tax, with tax
-- column owed_offset_incl_tax: as owed_offset_excl_tax, with tax
-- column closing_incl_tax: as closing_excl_tax, with tax
-- column owed_opening_incl_tax: as owed_opening_excl_tax, with tax
-- column owed_closing_incl_tax: as owed_closing_excl_tax, with tax
with requests as (
  select
    q.*,
    q.cycle = p.cycle as is_now,
    q.revision = coalesce(c.revision, 0) and q.direction = 'blue' as counts
  from settlement.invoice_requests as q
  inner join ops.params as p on q.cycle <= p.cycle
  left join settlement.current_revisions as c on c.cycle = q.cycle and c.party_id = q.party_id
),
settled as (
  select
    q.party_id,
    q.tax_rate,
    q.is_now,
    q.statement_amount_excl_tax as settled_excl,
    q.statement_amount_excl_tax + q.statement_tax as settled_incl,
    q.not_invoiceable_excl_tax as vouchers_excl,
    q.not_invoiceable_excl_tax + q.not_invoiceable_tax as vouchers_incl,
    case when coalesce(q.invoice_kind, 'none') = 'none' then q.own_amount_excl_tax else 0 end as none_excl,
    case when coalesce(q.invoice_kind, 'none') = 'none' then q.own_amount_excl_tax + q.own_tax else 0 end as none_incl,
    case when q.is_now and (q.amount_excl_tax < 0 or q.amount_incl_tax < 0) and coalesce(q.invoice_kind, 'none') <> 'none' then q.amount_excl_tax else 0 end as carried_excl,
    0 as invoiced_excl,
    0 as invoiced_incl
  from requests as q
  where q.counts
),
-- A red-letter invoice belongs to the request that it names, else to that of the invoice which it takes back.
invoices as (
  select
    coalesce(q.party_id, o.party_id) as party_id,
    coalesce(q.tax_rate, o.tax_rate) as tax_rate,
    i."date" >= p.first_day as is_now,
    i.amount_excl_tax,
    i.amount_incl_tax
  from settlement.issued_invoices as i
  inner join ops.params as p on p.cycle = i.cycle
  left join settlement.issued_invoices as b on b.cycle = i.cycle and b.invoice_no = i.reverses
  left join requests as q on q.request_no = i.request_no
  left join requests as o on o.request_no = b.request_no
  where i."date" <= p.last_day
),
moves as (
  select s.*
  from settled as s
  union all
  select
    i.party_id,
    i.tax_rate,
    i.is_now,
    0 as settled_excl,
    0 as settled_incl,
    0 as vouchers_excl,
    0 as vouchers_incl,
    0 as none_excl,
    0 as none_incl,
    0 as carried_excl,
    i.amount_excl_tax as invoiced_excl,
    i.amount_incl_tax as invoiced_incl
  from invoices as i
  where i.party_id is not null
),
sums as (
  select
    m.party_id,
    m.tax_rate,
    coalesce(sum(case when not m.is_now then m.settled_excl - m.vouchers_excl - m.none_excl - m.invoiced_excl end), 0) as before_excl,
    coalesce(sum(case when not m.is_now then m.settled_incl - m.vouchers_incl - m.none_incl - m.invoiced_incl end), 0) as before_incl,
    coalesce(sum(case when m.is_now then m.settled_excl end), 0) as settled_excl,
    coalesce(sum(case when m.is_now then m.settled_incl end), 0) as settled_incl,
    coalesce(sum(case when m.is_now then m.vouchers_excl end), 0) as vouchers_excl,
    coalesce(sum(case when m.is_now then m.vouchers_incl end), 0) as vouchers_incl,
    coalesce(sum(case when m.is_now then m.none_excl end), 0) as none_excl,
    coalesce(sum(case when m.is_now then m.none_incl end), 0) as none_incl,
    coalesce(sum(case when m.is_now then m.invoiced_excl end), 0) as invoiced_excl,
    coalesce(sum(case when m.is_now then m.invoiced_incl end), 0) as invoiced_incl,
    -sum(m.carried_excl) as carried_excl
  from moves as m
  group by m.party_id, m.tax_rate
),
positions as (
  select
    s.*,
    s.before_excl + s.settled_excl - s.vouchers_excl - s.none_excl - s.invoiced_excl as after_excl,
    s.before_incl + s.settled_incl - s.vouchers_incl - s.none_incl - s.invoiced_incl as after_incl
  from sums as s
)
select
  p.cycle,
  s.party_id,
  s.tax_rate,
  cast(greatest(s.before_excl, 0) as decimal(18, 2)) as opening_excl_tax,
  cast(s.settled_excl as decimal(18, 2)) as settled_excl_tax,
  cast(s.vouchers_excl as decimal(18, 2)) as not_invoiceable_vouchers_excl_tax,
  cast(s.none_excl as decimal(18, 2)) as not_invoiceable_none_excl_tax,
  cast(s.invoiced_excl as decimal(18, 2)) as invoiced_excl_tax,
  cast(greatest(-s.before_excl, 0) - greatest(-s.after_excl, 0) as decimal(18, 2)) as owed_offset_excl_tax,
  cast(greatest(s.after_excl, 0) as decimal(18, 2)) as closing_excl_tax,
  cast(greatest(-s.before_excl, 0) as decimal(18, 2)) as owed_opening_excl_tax,
  cast(greatest(-s.after_excl, 0) as decimal(18, 2)) as owed_closing_excl_tax,
  cast(least(greatest(-s.after_excl, 0), s.carried_excl) as decimal(18, 2)) as carried_closing_excl_tax,
  cast(greatest(s.before_incl, 0) as decimal(18, 2)) as opening_incl_tax,
  cast(s.settled_incl as decimal(18, 2)) as settled_incl_tax,
  cast(s.vouchers_incl as decimal(18, 2)) as not_invoiceable_vouchers_incl_tax,
  cast(s.none_incl as decimal(18, 2)) as not_invoiceable_none_incl_tax,
  cast(s.invoiced_incl as decimal(18, 2)) as invoiced_incl_tax,
  cast(greatest(-s.before_incl, 0) - greatest(-s.after_incl, 0) as decimal(18, 2)) as owed_offset_incl_tax,
  cast(greatest(s.after_incl, 0) as decimal(18, 2)) as closing_incl_tax,
  cast(greatest(-s.before_incl, 0) as decimal(18, 2)) as owed_opening_incl_tax,
  cast(greatest(-s.after_incl, 0) as decimal(18, 2)) as owed_closing_incl_tax
from positions as s
cross join ops.params as p
where s.before_excl <> 0 or s.before_incl <> 0 or s.settled_excl <> 0 or s.settled_incl <> 0 or s.vouchers_excl <> 0
  or s.none_excl <> 0 or s.invoiced_excl <> 0 or s.invoiced_incl <> 0
