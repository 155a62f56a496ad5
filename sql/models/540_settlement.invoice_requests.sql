-- settlement.invoice_requests: what finance asks the tax system to issue: one request per party, tax rate and, where the party's
-- invoices are split by order or account, split. A request that cannot be issued as it is has status unfit, with the reason; it is
-- listed, not emitted. Issued requests are frozen; what becomes of a request is in settlement.invoice_status. Requests that take an invoice back come
-- from 542_settlement.red_requests.
-- build: cycle
-- frozen: request
-- column request_no: DRAFT, short code, cycle and number until settle issue gives it its own
-- column direction: blue for an invoice, red for taking one back in full
-- column split_key: order or account that the request is for, by the party's invoice_by; empty where one request covers all
-- column statement_amount_excl_tax: what the statement settles at this rate (and in this split), without tax
-- column statement_tax: its tax
-- column not_invoiceable_excl_tax: part of it that vouchers paid, without tax
-- column not_invoiceable_tax: its tax
-- column own_amount_excl_tax: statement less not invoiceable, without tax
-- column own_tax: its tax
-- column carried_excl_tax: what earlier months left to take off (negative) or to add, without tax
-- column carried_tax: its tax
-- column amount_excl_tax: own amount and what is carried; the sum of the request's lines
-- column status: draft, or unfit
-- column unfit_reason: why the request cannot be issued, with what to do, in Chinese and English
-- column remark: what the invoice says beside its lines: contract, billing cycle, order or account
-- column reverses_request_no: red: the request whose invoice is taken back
-- column reverses_invoice_no: red: the invoice that is taken back
with shares as (
  select s.*
  from settlement.invoice_shares as s
  inner join ops.params as p on p.cycle = s.cycle
),
statements as (
  select
    s.cycle,
    s.party_id,
    s.revision,
    s.tax_rate,
    cents(sum(s.amount_excl_tax)) as excl_cents,
    cents(sum(s.tax_amount)) as tax_cents
  from settlement.statement_lines as s
  inner join ops.params as p on p.cycle = s.cycle
  group by s.cycle, s.party_id, s.revision, s.tax_rate
),
requests as (
  select
    s.cycle,
    s.party_id,
    s.revision,
    s.tax_rate,
    s.request_split,
    s.request,
    cents(sum(s.carried_amount)) as carried_cents,
    cents(sum(s.carried_tax)) as shared_tax_cents,
    sum(whole_excl_tax(e8(s.voucher_amount), s.amounts_include_tax, s.tax_rate)) as voucher_e8
  from shares as s
  group by s.cycle, s.party_id, s.revision, s.tax_rate, s.request_split, s.request
),
-- The own amounts of all requests of a rate; vouchers are the rest of the statement.
own_totals as (
  select
    s.cycle,
    s.party_id,
    s.revision,
    s.tax_rate,
    cents(sum(s.own_amount)) as excl_cents
  from shares as s
  group by s.cycle, s.party_id, s.revision, s.tax_rate
),
tax_totals as (
  select
    s.cycle,
    s.party_id,
    s.revision,
    s.tax_rate,
    cents(sum(s.item_tax)) as tax_cents
  from (
    select distinct
      s.cycle,
      s.party_id,
      s.revision,
      s.tax_rate,
      s.tax_code,
      s.item_tax
    from shares as s
    where s.kind = 'service'
  ) as s
  group by s.cycle, s.party_id, s.revision, s.tax_rate
),
running as (
  select
    r.*,
    coalesce(t.excl_cents, 0) - o.excl_cents as without_cents,
    coalesce(t.tax_cents, 0) - coalesce(x.tax_cents, 0) as without_tax_cents,
    coalesce(x.tax_cents, 0) as rate_tax_cents,
    cast(sum(r.voucher_e8) over (
      partition by r.cycle, r.party_id, r.revision, r.tax_rate order by r.request_split rows between unbounded preceding and current row
    ) as hugeint) as running_e8,
    lead(r.request_split) over (
      partition by r.cycle, r.party_id, r.revision, r.tax_rate order by r.request_split
    ) is null as is_last
  from requests as r
  inner join own_totals as o on o.cycle = r.cycle and o.party_id = r.party_id and o.revision = r.revision and o.tax_rate = r.tax_rate
  left join statements as t on t.cycle = r.cycle and t.party_id = r.party_id and t.revision = r.revision and t.tax_rate = r.tax_rate
  left join tax_totals as x on x.cycle = r.cycle and x.party_id = r.party_id and x.revision = r.revision and x.tax_rate = r.tax_rate
),
-- What vouchers paid is dealt out as the tax is: each request bears what the rounded sum grows by with it, the last one the rest.
dealt as (
  select
    r.*,
    case when r.is_last then r.without_cents else div_round(r.running_e8, 1000000) end
      - div_round(r.running_e8 - r.voucher_e8, 1000000) as not_invoiceable_cents,
    case when r.is_last then r.without_tax_cents else div_round(r.running_e8 * rate_e10(r.tax_rate), 10000000000000000) end
      - div_round((r.running_e8 - r.voucher_e8) * rate_e10(r.tax_rate), 10000000000000000) as not_invoiceable_tax_cents
  from running as r
),
lines as (
  select
    l.cycle,
    l.party_id,
    l.revision,
    l.request_no,
    cents(sum(l.amount_excl_tax)) as excl_cents,
    cents(sum(l.tax_amount)) as tax_cents,
    count(*) as line_count
  from settlement.invoice_lines as l
  inner join ops.params as p on p.cycle = l.cycle
  group by l.cycle, l.party_id, l.revision, l.request_no
),
-- A discount stands beside lines of its own item only; an item that is negative as a whole, apart from what is carried, has none
-- to stand beside.
negative_items as (
  select
    n.cycle,
    n.party_id,
    n.revision,
    n.request_no,
    min(n.tax_code) as tax_code
  from (
    select
      l.cycle,
      l.party_id,
      l.revision,
      l.request_no,
      l.tax_code
    from settlement.invoice_lines as l
    inner join ops.params as p on p.cycle = l.cycle
    group by l.cycle, l.party_id, l.revision, l.request_no, l.tax_code
    having sum(case when l.is_carried then 0 else l.amount_excl_tax end) < 0
  ) as n
  group by n.cycle, n.party_id, n.revision, n.request_no
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
named as (
  select
    d.*,
    'DRAFT-' || coalesce(y.short_code, d.party_id) || '-' || d.cycle || '-' || cast(d.request as varchar) as request_no,
    y.invoice_kind,
    y.invoice_by,
    y.buyer_title,
    y.tax_id,
    y.address_phone,
    y.bank_account,
    y.email,
    p.invoice_line_limit,
    c.first_contract,
    c.contracts
  from dealt as d
  inner join ops.params as p on p.cycle = d.cycle
  left join settlement.parties as y on y.cycle = d.cycle and y.party_id = d.party_id
  left join contracts as c
    on c.cycle = d.cycle and c.party_id = d.party_id and c.revision = d.revision and c.tax_rate = d.tax_rate
  left join ops.issued_requests as f
    on f.cycle = d.cycle and f.party_id = d.party_id and f.revision = d.revision and f.tax_rate = d.tax_rate and f.split_key = d.request_split
  where f.party_id is null
),
-- A request without lines asks for nothing, no tax either: what is carried takes off just its own; a cent that remains is carried on.
filled as (
  select
    q.*,
    case when l.request_no is null then -q.rate_tax_cents else q.shared_tax_cents end as carried_tax_cents,
    coalesce(l.excl_cents, 0) as excl_cents,
    coalesce(l.tax_cents, 0) as tax_cents,
    coalesce(l.line_count, 0) as line_count,
    n.tax_code as negative_tax_code
  from named as q
  left join lines as l
    on l.cycle = q.cycle and l.party_id = q.party_id and l.revision = q.revision and l.request_no = q.request_no
  left join negative_items as n
    on n.cycle = q.cycle and n.party_id = q.party_id and n.revision = q.revision and n.request_no = q.request_no
),
judged as (
  select
    f.*,
    case
      when coalesce(f.invoice_kind, 'none') = 'none' then '结算对象不开票。 The party wants no invoice (invoice_kind none)'
      when f.excl_cents < 0 or f.excl_cents + f.tax_cents < 0
        then '合计为负，结转下期；无需处理，除非现在就要对以前的发票开具红字发票。 The total is negative: it is carried forward to the next cycle; nothing is to be done, unless a red-letter invoice against an earlier one is wanted now'
      when f.excl_cents = 0 and f.carried_cents = 0 and f.not_invoiceable_cents <> 0 then '全部由代金券支付，无需开票。 Vouchers paid all of it: nothing to invoice'
      when f.excl_cents + f.tax_cents = 0 then '合计为零，无需开票。 The total is 0: nothing to invoice'
      when f.invoice_kind = 'special' and f.tax_id is null
        then '专票缺少购方税号，请在 Parties 表填写 tax_id。 A special invoice needs the buyer''s tax id; fill tax_id on the sheet Parties'
      when f.buyer_title is null then '缺少购方名称，请在 Parties 表填写 buyer_title。 An invoice needs the buyer''s title; fill buyer_title on the sheet Parties'
      when f.line_count > f.invoice_line_limit
        then '明细超过 ' || cast(f.invoice_line_limit as varchar) || ' 行，请拆分结算对象或税码，或在 Parties 表设置 invoice_by。 It has more than '
          || cast(f.invoice_line_limit as varchar) || ' lines; split the party or its tax codes, or set invoice_by on the sheet Parties'
      when f.negative_tax_code is not null
        then '税码 ' || f.negative_tax_code || ' 的明细合计为负，折扣行只能冲减同一项目：请对其开具红字发票，或用两笔调整结转到下期（本期、下期各一笔）。 The lines of tax code '
          || f.negative_tax_code || ' are negative as a whole, and a discount stands beside its own item only:'
          || ' issue a red-letter invoice for them, or carry them forward by two adjustments, one in this cycle and one in the next'
    end as unfit_reason
  from filled as f
)
select
  j.cycle,
  j.party_id,
  j.revision,
  j.request_no,
  'blue' as direction,
  j.request_split as split_key,
  j.tax_rate,
  j.invoice_kind,
  j.buyer_title,
  j.tax_id,
  j.address_phone,
  j.bank_account,
  j.email,
  from_cents(j.excl_cents - j.carried_cents + j.not_invoiceable_cents) as statement_amount_excl_tax,
  from_cents(j.tax_cents - j.carried_tax_cents + j.not_invoiceable_tax_cents) as statement_tax,
  from_cents(j.not_invoiceable_cents) as not_invoiceable_excl_tax,
  from_cents(j.not_invoiceable_tax_cents) as not_invoiceable_tax,
  from_cents(j.excl_cents - j.carried_cents) as own_amount_excl_tax,
  from_cents(j.tax_cents - j.carried_tax_cents) as own_tax,
  from_cents(j.carried_cents) as carried_excl_tax,
  from_cents(j.carried_tax_cents) as carried_tax,
  from_cents(j.excl_cents) as amount_excl_tax,
  from_cents(j.tax_cents) as tax_amount,
  from_cents(j.excl_cents + j.tax_cents) as amount_incl_tax,
  j.line_count,
  case when j.unfit_reason is null then 'draft' else 'unfit' end as status,
  j.unfit_reason,
  coalesce('合同 ' || j.first_contract || case when j.contracts > 1 then ' 等' || cast(j.contracts as varchar) || '份' else '' end || '；', '')
    || '账期 ' || j.cycle
    || case when j.request_split = '' then '' when j.invoice_by = 'account' then '；账号 ' || j.request_split else '；订单 ' || j.request_split end as remark,
  cast(null as varchar) as reverses_request_no,
  cast(null as varchar) as reverses_invoice_no
from judged as j
where j.line_count > 0 or j.carried_cents <> 0 or j.carried_tax_cents <> 0 or j.not_invoiceable_cents <> 0 or j.not_invoiceable_tax_cents <> 0
  or j.first_contract is not null
