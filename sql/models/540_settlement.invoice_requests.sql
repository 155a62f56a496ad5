-- settlement.invoice_requests: what finance asks the tax system to issue: one request per party and tax rate. A request that
-- cannot be issued as it is has status unfit, with the reason; it is listed, not emitted.
-- build: cycle
-- column request_no: DRAFT, short code, cycle and number while the statement is not issued
-- column statement_amount_excl_tax: what the statement settles at this rate, without tax
-- column not_invoiceable_excl_tax: part of it that vouchers paid, without tax
-- column amount_excl_tax: statement less not invoiceable; the sum of the request's lines
-- column status: draft, or unfit
-- column unfit_reason: why the request cannot be issued, with what to do
-- column remark: what the invoice says beside its lines: contract and billing cycle
with newest as (
  select s.*
  from settlement.statement_lines as s
  inner join ops.params as p on p.cycle = s.cycle
),
rates as (
  select
    r.*,
    row_number() over (partition by r.cycle, r.party_id, r.revision order by r.tax_rate desc) as request
  from (
    select
      s.cycle,
      s.party_id,
      s.revision,
      s.tax_rate,
      sum(cents(s.amount_excl_tax)) as statement_cents
    from newest as s
    group by s.cycle, s.party_id, s.revision, s.tax_rate
  ) as r
),
lines as (
  select
    l.cycle,
    l.party_id,
    l.revision,
    l.request_no,
    sum(cents(l.amount_excl_tax)) as excl_cents,
    sum(cents(l.tax_amount)) as tax_cents,
    count(*) as line_count
  from settlement.invoice_lines as l
  inner join ops.params as p on p.cycle = l.cycle
  group by l.cycle, l.party_id, l.revision, l.request_no
),
-- A discount stands beside lines of its own item only; an item that is negative as a whole has none to stand beside.
negative_items as (
  select
    l.cycle,
    l.party_id,
    l.revision,
    l.request_no,
    l.tax_code
  from settlement.invoice_lines as l
  inner join ops.params as p on p.cycle = l.cycle
  group by l.cycle, l.party_id, l.revision, l.request_no, l.tax_code
  having sum(l.amount_excl_tax) < 0
),
contracts as (
  select
    l.cycle,
    l.party_id,
    l.revision,
    l.tax_rate,
    min(l.contract_no) as first_contract,
    count(distinct l.contract_no) as contracts
  from settlement.lines as l
  inner join ops.params as p on p.cycle = l.cycle
  group by l.cycle, l.party_id, l.revision, l.tax_rate
),
requests as (
  select
    r.cycle,
    r.party_id,
    r.revision,
    r.tax_rate,
    r.statement_cents,
    'DRAFT-' || y.short_code || '-' || r.cycle || '-' || cast(r.request as varchar) as request_no,
    y.invoice_kind,
    y.buyer_title,
    y.tax_id,
    y.address_phone,
    y.bank_account,
    y.email,
    p.invoice_line_limit,
    c.first_contract,
    c.contracts
  from rates as r
  inner join ops.params as p on p.cycle = r.cycle
  left join settlement.parties as y on y.cycle = r.cycle and y.party_id = r.party_id
  left join contracts as c
    on c.cycle = r.cycle and c.party_id = r.party_id and c.revision = r.revision and c.tax_rate = r.tax_rate
),
filled as (
  select
    q.*,
    coalesce(l.excl_cents, 0) as excl_cents,
    coalesce(l.tax_cents, 0) as tax_cents,
    coalesce(l.line_count, 0) as line_count,
    n.tax_code as negative_tax_code
  from requests as q
  left join lines as l
    on l.cycle = q.cycle and l.party_id = q.party_id and l.revision = q.revision and l.request_no = q.request_no
  left join (
    select
      n.cycle,
      n.party_id,
      n.revision,
      n.request_no,
      min(n.tax_code) as tax_code
    from negative_items as n
    group by n.cycle, n.party_id, n.revision, n.request_no
  ) as n on n.cycle = q.cycle and n.party_id = q.party_id and n.revision = q.revision and n.request_no = q.request_no
),
judged as (
  select
    f.*,
    case
      when coalesce(f.invoice_kind, 'none') = 'none' then 'the party wants no invoice (invoice_kind none)'
      when f.excl_cents < 0 or f.excl_cents + f.tax_cents < 0
        then 'the total is negative: issue a red-letter invoice against an earlier one, or carry it forward by two adjustments, one in this cycle and one in the next'
      when f.excl_cents = 0 and f.statement_cents <> 0 then 'vouchers paid all of it: nothing to invoice'
      when f.excl_cents + f.tax_cents = 0 then 'the total is 0: nothing to invoice'
      when f.invoice_kind = 'special' and f.tax_id is null
        then 'a special invoice needs the buyer''s tax id; fill tax_id on the sheet Parties'
      when f.buyer_title is null then 'an invoice needs the buyer''s title; fill buyer_title on the sheet Parties'
      when f.line_count > f.invoice_line_limit
        then 'more than ' || cast(f.invoice_line_limit as varchar) || ' lines; split the party or its tax codes'
      when f.negative_tax_code is not null
        then 'the lines of tax code ' || f.negative_tax_code || ' are negative as a whole, and a discount stands beside its own item only:'
          || ' issue a red-letter invoice for them, or carry them forward by two adjustments, one in this cycle and one in the next'
    end as unfit_reason
  from filled as f
)
select
  j.cycle,
  j.party_id,
  j.revision,
  j.request_no,
  j.tax_rate,
  j.invoice_kind,
  j.buyer_title,
  j.tax_id,
  j.address_phone,
  j.bank_account,
  j.email,
  from_cents(j.statement_cents) as statement_amount_excl_tax,
  from_cents(j.statement_cents - j.excl_cents) as not_invoiceable_excl_tax,
  from_cents(j.excl_cents) as amount_excl_tax,
  from_cents(j.tax_cents) as tax_amount,
  from_cents(j.excl_cents + j.tax_cents) as amount_incl_tax,
  j.line_count,
  case when j.unfit_reason is null then 'draft' else 'unfit' end as status,
  j.unfit_reason,
  coalesce('合同 ' || j.first_contract || case when j.contracts > 1 then ' 等' || cast(j.contracts as varchar) || '份' else '' end || '；', '')
    || '账期 ' || j.cycle as remark
from judged as j
