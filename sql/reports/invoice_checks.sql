-- Cycle $1, batch $2 (0: not issued yet): every rule of the tax system, held against a request: pass, fail, or nothing where it does
-- not apply. A request for nothing is no failure: it needs no invoice.
with requests as (
  select
    q.*,
    q.direction <> 'red' and q.amount_excl_tax = 0 and q.amount_incl_tax = 0 as is_nothing,
    f.batch
  from settlement.invoice_requests as q
  left join settlement.current_revisions as c on c.cycle = q.cycle and c.party_id = q.party_id
  left join ops.issued_requests as f on f.request_no = q.request_no
  where q.cycle = $1 and ($2 = 0 and f.batch is null and q.revision = coalesce(c.revision, 0) or f.batch = $2)
),
lines as (
  select
    l.party_id,
    l.request_no,
    l.amount_excl_tax,
    l.tax_amount,
    l.amount_incl_tax,
    l.quantity * l.unit_price <> l.amount_excl_tax as wrong_price,
    abs(cast(l.amount_excl_tax as decimal(38, 2)) * l.tax_rate - l.tax_amount) as tax_off,
    l.tax_rate <> r.tax_rate as other_rate,
    l.item_name is null or length(coalesce(l.class_code, '')) <> 19 as nameless,
    l.is_discount and (lag(l.item_name) over request is distinct from l.item_name or lag(l.amount_excl_tax) over request + l.amount_excl_tax < 0) as lonely
  from settlement.invoice_lines as l
  inner join requests as r on r.cycle = l.cycle and r.party_id = l.party_id and r.revision = l.revision and r.request_no = l.request_no
  window request as (partition by l.party_id, l.request_no order by l.line_no)
),
sums as (
  select
    l.party_id,
    l.request_no,
    sum(l.amount_excl_tax) as excl_tax,
    sum(l.tax_amount) as tax,
    sum(l.amount_incl_tax) as incl_tax,
    count(*) as line_count,
    bool_or(l.wrong_price) as wrong_price,
    max(l.tax_off) as tax_off,
    bool_or(l.other_rate) as other_rate,
    bool_or(l.nameless) as nameless,
    bool_or(l.lonely) as lonely
  from lines as l
  group by l.party_id, l.request_no
)
select
  r.party_id,
  r.request_no,
  coalesce(p.name, r.party_id) as party_name,
  case when r.direction = 'red' then 'red' else 'blue' end as direction,
  case when r.is_nothing then 'none' when r.buyer_title is not null then 'pass' else 'fail' end as title,
  case when r.is_nothing then 'none' when coalesce(r.invoice_kind, '') <> 'special' and r.tax_id is null then '' when length(r.tax_id) in (15, 17, 18, 20) then 'pass' else 'fail' end as tax_id,
  case when r.is_nothing then 'none' when r.invoice_kind in ('special', 'ordinary') then 'pass' else 'fail' end as kind,
  case when r.is_nothing then 'none' when r.direction = 'red' then case when r.reverses_invoice_no is not null then 'pass' else 'fail' end
    when r.amount_incl_tax > 0 and r.amount_excl_tax > 0 then 'pass' else 'fail' end as total,
  case when coalesce(s.line_count, 0) = 0 then '' when s.other_rate then 'fail' else 'pass' end as one_rate,
  case when coalesce(s.line_count, 0) = 0 then '' when s.nameless then 'fail' else 'pass' end as tax_item,
  case when coalesce(s.line_count, 0) = 0 then '' when r.unfit_reason like '%more than % lines%' then 'fail' else 'pass' end as line_limit,
  case when coalesce(s.line_count, 0) = 0 then '' when s.wrong_price then 'fail' else 'pass' end as price,
  case when coalesce(s.line_count, 0) = 0 then '' when s.tax_off <= 0.06 then 'pass' else 'fail' end as line_tax,
  cast(cast(coalesce(s.tax_off, 0) as decimal(18, 4)) as varchar) as tax_off,
  case when coalesce(s.line_count, 0) = 0 then '' when s.lonely and r.direction = 'blue' then 'fail' else 'pass' end as discounts,
  case when coalesce(s.excl_tax, 0) = r.amount_excl_tax and coalesce(s.tax, 0) = r.tax_amount and coalesce(s.incl_tax, 0) = r.amount_incl_tax
    and r.amount_excl_tax + r.tax_amount = r.amount_incl_tax then 'pass' else 'fail' end as sums,
  cast(r.statement_amount_excl_tax as varchar) as settled,
  cast(-r.not_invoiceable_excl_tax as varchar) as vouchers,
  cast(r.carried_excl_tax as varchar) as carried,
  cast(r.amount_excl_tax as varchar) as amount_excl_tax,
  case when r.is_nothing then 'none' when r.status = 'unfit' then 'unfit' else 'fit' end as verdict
from requests as r
left join sums as s on s.party_id = r.party_id and s.request_no = r.request_no
left join settlement.parties as p on p.cycle = r.cycle and p.party_id = r.party_id
order by r.party_id, r.tax_rate desc, r.direction desc, r.split_key, r.request_no
