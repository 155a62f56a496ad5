-- title: Buyers' data and issued invoices are fit for the tax system
-- severity: W
-- phase: documents
-- owner: finance
-- code: missing_data
-- action: complete the buyer on the sheet Parties, or correct the row of the sheet Invoices
-- What keeps a request from being issued although there is money to invoice: such requests are listed, not emitted. And what
-- finance entered on the sheet Invoices: each row names a request that was issued, with its amounts; a red-letter one takes a whole
-- invoice back; nobody who disputes the month got one since.
with requests as (
  select
    q.*,
    p.invoice_line_limit
  from settlement.invoice_requests as q
  inner join ops.params as p on p.cycle = q.cycle
  left join settlement.current_revisions as v on v.cycle = q.cycle and v.party_id = q.party_id
  where q.revision = coalesce(v.revision, 0) and q.direction = 'blue' and q.invoice_kind <> 'none' and q.amount_incl_tax > 0 and q.amount_excl_tax >= 0
),
lines as (
  select
    l.party_id,
    l.request_no,
    sum(case when l.item_name is null or length(coalesce(l.class_code, '')) <> 19 then 1 else 0 end) as nameless,
    sum(case when l.tax_rate <> r.tax_rate then 1 else 0 end) as other_rates,
    min(case when l.item_name is null or length(coalesce(l.class_code, '')) <> 19 then l.tax_code end) as nameless_code
  from settlement.invoice_lines as l
  inner join requests as r on r.cycle = l.cycle and r.party_id = l.party_id and r.revision = l.revision and r.request_no = l.request_no
  group by l.party_id, l.request_no
),
invoices as (
  select
    i.*,
    p.first_day
  from settlement.issued_invoices as i
  inner join ops.params as p on p.cycle = i.cycle
),
taken_back as (
  select
    i.reverses,
    count(*) as invoices,
    sum(i.amount_excl_tax) as amount_excl_tax,
    sum(i.tax_amount) as tax_amount
  from invoices as i
  where i.reverses is not null
  group by i.reverses
),
named as (
  select
    i.*,
    q.cycle as request_cycle,
    q.party_id,
    q.direction,
    q.amount_excl_tax as wanted_excl_tax,
    q.tax_amount as wanted_tax,
    q.reverses_invoice_no,
    f.request_no as issued_request_no
  from invoices as i
  left join settlement.invoice_requests as q on q.request_no = i.request_no
  left join ops.issued_requests as f on f.request_no = i.request_no
),
of_the_cycle as (
  select n.*
  from named as n
  inner join ops.params as p on p.cycle = n.request_cycle
),
-- Several invoices may answer a request between them: all that ever did, or those that nothing has taken back.
answers as (
  select
    n.request_no,
    sum(n.amount_excl_tax) as all_excl_tax,
    sum(n.tax_amount) as all_tax,
    sum(case when b.reverses is null then 1 else 0 end) as standing,
    sum(case when b.reverses is null then n.amount_excl_tax end) as standing_excl_tax,
    sum(case when b.reverses is null then n.tax_amount end) as standing_tax
  from of_the_cycle as n
  left join taken_back as b on b.reverses = n.invoice_no
  where n.reverses is null
  group by n.request_no
),
disputes as (
  select
    t.party_id,
    t.at,
    t.state,
    row_number() over (partition by t.party_id order by t.seq desc) as place
  from ops.transitions as t
  inner join ops.params as p on p.cycle = t.cycle
),
differences as (
  select
    r.party_id,
    'request ' || r.request_no || ': buyer title' as subject,
    'a buyer title' as expected,
    'none' as actual,
    'the request is listed as unfit; fill buyer_title on the sheet Parties' as reason,
    cast(null as varchar) as severity
  from requests as r
  where r.buyer_title is null
  union all
  select
    r.party_id,
    'request ' || r.request_no || ': tax id' as subject,
    'a tax id' as expected,
    'none' as actual,
    'a special invoice needs the buyer''s tax id; fill tax_id on the sheet Parties' as reason,
    cast(null as varchar) as severity
  from requests as r
  where r.invoice_kind = 'special' and r.tax_id is null
  union all
  select
    r.party_id,
    'request ' || r.request_no || ': tax id' as subject,
    '15, 17, 18 or 20 characters' as expected,
    r.tax_id as actual,
    'the tax system would refuse the buyer''s tax id; correct tax_id on the sheet Parties' as reason,
    cast(null as varchar) as severity
  from requests as r
  where length(r.tax_id) not in (15, 17, 18, 20)
  union all
  select
    r.party_id,
    'request ' || r.request_no || ': e-mail' as subject,
    'where the invoice is sent' as expected,
    'none' as actual,
    'the invoice can be issued, and nobody is told; fill email on the sheet Parties' as reason,
    'I' as severity
  from requests as r
  where r.email is null and r.status <> 'unfit'
  union all
  select
    r.party_id,
    'request ' || r.request_no || ': lines' as subject,
    cast(r.invoice_line_limit as varchar) || ' at most' as expected,
    cast(r.line_count as varchar) as actual,
    'an invoice takes no more lines; set invoice_by on the sheet Parties, or split the party' as reason,
    cast(null as varchar) as severity
  from requests as r
  where r.line_count > r.invoice_line_limit
  union all
  select
    l.party_id,
    'request ' || l.request_no || ': tax item' as subject,
    'an item name and a class code of 19 digits for each line' as expected,
    cast(l.nameless as varchar) || ' without' as actual,
    'add the tax code ' || coalesce(l.nameless_code, '-') || ' at this rate to the sheet TaxItems' as reason,
    cast(null as varchar) as severity
  from lines as l
  where l.nameless > 0
  union all
  select
    l.party_id,
    'request ' || l.request_no || ': tax rate' as subject,
    'one rate on one invoice' as expected,
    cast(l.other_rates as varchar) || ' lines of another rate' as actual,
    'an invoice has one rate: a fault of settle' as reason,
    'B' as severity
  from lines as l
  where l.other_rates > 0
  union all
  select
    n.party_id,
    'invoice ' || n.invoice_no || ': request' as subject,
    'a request that was issued' as expected,
    n.request_no as actual,
    case when n.request_cycle is null then 'no request has this number; correct request_no on the sheet Invoices'
      else 'the request is a draft and can still change; run settle issue first, and take the number that it gives' end as reason,
    cast(null as varchar) as severity
  from named as n
  inner join ops.params as p on p.cycle = coalesce(n.request_cycle, p.cycle)
  where n.issued_request_no is null and (n.request_cycle is not null or n."date" >= n.first_day)
  union all
  select
    n.party_id,
    'invoice ' || n.invoice_no || ': amounts' as subject,
    'excl. ' || cast(n.wanted_excl_tax as varchar) || ', tax ' || cast(n.wanted_tax as varchar) as expected,
    'excl. ' || cast(cast(n.amount_excl_tax as decimal(18, 2)) as varchar) || ', tax ' || cast(cast(n.tax_amount as decimal(18, 2)) as varchar) as actual,
    'the invoice is not what request ' || n.request_no || ' asks for; correct the sheet Invoices, or take the invoice back by a red-letter one' as reason,
    cast(null as varchar) as severity
  from of_the_cycle as n
  left join answers as a on a.request_no = n.request_no and n.reverses is null
  where (n.direction = 'red') = (n.reverses is not null) and (n.amount_excl_tax <> n.wanted_excl_tax or n.tax_amount <> n.wanted_tax)
    and not coalesce(a.all_excl_tax = n.wanted_excl_tax and a.all_tax = n.wanted_tax
      or a.standing_excl_tax = n.wanted_excl_tax and a.standing_tax = n.wanted_tax, false)
  union all
  select
    min(n.party_id) as party_id,
    'request ' || n.request_no || ': invoices' as subject,
    'one invoice, or several that add up to it' as expected,
    min(n.invoice_no) || ' to ' || max(n.invoice_no) || ', ' || cast(count(*) as varchar) as actual,
    'the request was invoiced more than once; correct request_no on the sheet Invoices, or take all but one back' as reason,
    cast(null as varchar) as severity
  from of_the_cycle as n
  inner join answers as a on a.request_no = n.request_no and (a.standing_excl_tax <> n.wanted_excl_tax or a.standing_tax <> n.wanted_tax)
  left join taken_back as b on b.reverses = n.invoice_no
  where n.reverses is null and b.reverses is null
  group by n.request_no
  having count(*) > 1
  union all
  select
    cast(null as varchar) as party_id,
    'invoice ' || i.invoice_no || ': number' as subject,
    'once on the sheet Invoices' as expected,
    cast(count(*) as varchar) || ' rows' as actual,
    'an invoice number is given once; correct the sheet Invoices' as reason,
    cast(null as varchar) as severity
  from invoices as i
  group by i.invoice_no
  having count(*) > 1 and max(i."date") >= min(i.first_day)
  union all
  select
    n.party_id,
    'invoice ' || n.invoice_no || ': disputed month' as subject,
    'no invoice while the month is disputed' as expected,
    'dated ' || cast(n."date" as varchar) as actual,
    'the party disputes the month since ' || cast(cast(d.at as date) as varchar) || '; settle the dispute, or take the invoice back' as reason,
    cast(null as varchar) as severity
  from of_the_cycle as n
  inner join disputes as d on d.party_id = n.party_id and d.place = 1 and d.state = 'disputed'
  where n.reverses is null and n."date" > cast(d.at as date)
  union all
  select
    n.party_id,
    'invoice ' || n.invoice_no || ': red-letter' as subject,
    case when n.direction = 'red' then 'reverses ' || coalesce(n.reverses_invoice_no, '-') else 'an invoice of more than 0' end as expected,
    coalesce('reverses ' || n.reverses, 'reverses nothing') || ', excl. ' || cast(cast(n.amount_excl_tax as decimal(18, 2)) as varchar) as actual,
    case when n.direction = 'red' then 'a red-letter invoice names the invoice that it takes back; correct reverses on the sheet Invoices'
      else 'a negative invoice is a red-letter one; fill reverses on the sheet Invoices, or correct the amounts' end as reason,
    cast(null as varchar) as severity
  from of_the_cycle as n
  where n.direction = 'red' and (n.reverses is null or n.reverses <> n.reverses_invoice_no)
    or n.direction = 'blue' and n.reverses is null and n.amount_incl_tax < 0
  union all
  select
    n.party_id,
    'invoice ' || n.invoice_no || ': takes back ' || n.reverses as subject,
    'excl. ' || coalesce(cast(-cast(o.amount_excl_tax as decimal(18, 2)) as varchar), '-') || ', tax '
      || coalesce(cast(-cast(o.tax_amount as decimal(18, 2)) as varchar), '-') as expected,
    'excl. ' || cast(cast(n.amount_excl_tax as decimal(18, 2)) as varchar) || ', tax ' || cast(cast(n.tax_amount as decimal(18, 2)) as varchar)
      || case when b.invoices > 1 then '; with others excl. ' || cast(cast(b.amount_excl_tax as decimal(18, 2)) as varchar) || ', tax '
        || cast(cast(b.tax_amount as decimal(18, 2)) as varchar) else '' end as actual,
    case when o.invoice_no is null then 'the sheet Invoices does not have the invoice that it takes back; correct reverses'
      else 'an invoice is taken back in full, by one red-letter invoice or several, and what still stands is invoiced anew; correct the amounts on the sheet Invoices, or take the rest back too' end as reason,
    cast(null as varchar) as severity
  from of_the_cycle as n
  left join invoices as o on o.invoice_no = n.reverses and o.reverses is null
  left join taken_back as b on b.reverses = n.reverses
  where n.reverses is not null and (o.invoice_no is null or b.amount_excl_tax <> -o.amount_excl_tax or b.tax_amount <> -o.tax_amount)
)
select
  d.party_id,
  d.subject,
  d.expected,
  d.actual,
  d.reason,
  coalesce(d.severity, 'W') as severity
from differences as d
