-- title: Invoice lines are arithmetically sound
-- severity: B
-- phase: documents
-- owner: operations
-- code: software_defect
-- action: report it with this finding; no request of the party leaves until it is mended
-- Quantity x price is the amount, amount x rate is the tax to a cent (two where prices with and without tax meet in one tax
-- code, six where earlier months' amounts bring their own roundings), both make the amount with tax; the lines add up to their
-- request, which is its own amount and what is carried; a discount line follows a larger line of its item; a draft that takes an invoice
-- back asks for just what stands of it, and its lines have what tax the invoice has.
with bases as (
  select
    b.party_id,
    b.tax_code,
    b.tax_rate,
    max(b.bases) as bases
  from (
    select
      s.party_id,
      s.revision,
      s.tax_code,
      s.tax_rate,
      count(distinct s.amounts_include_tax) as bases
    from settlement.statement_lines as s
    inner join ops.params as p on p.cycle = s.cycle
    group by s.party_id, s.revision, s.tax_code, s.tax_rate
  ) as b
  group by b.party_id, b.tax_code, b.tax_rate
),
carried as (
  select distinct
    q.party_id,
    q.tax_rate
  from settlement.invoice_requests as q
  inner join ops.params as p on p.cycle = q.cycle
  where q.carried_excl_tax <> 0 or q.carried_tax <> 0
),
lines as (
  select
    l.*,
    coalesce(q.direction, '') = 'red' as is_red,
    case when c.party_id is not null then 0.06 when b.bases > 1 then 0.02 else 0.01 end as allowed,
    lag(l.amount_excl_tax) over (partition by l.party_id, l.revision, l.request_no order by l.line_no) as amount_before,
    lag(l.tax_code) over (partition by l.party_id, l.revision, l.request_no order by l.line_no) as tax_code_before,
    lag(l.item_name) over (partition by l.party_id, l.revision, l.request_no order by l.line_no) as item_before
  from settlement.invoice_lines as l
  inner join ops.params as p on p.cycle = l.cycle
  left join bases as b on b.party_id = l.party_id and b.tax_code = l.tax_code and b.tax_rate = l.tax_rate
  left join carried as c on c.party_id = l.party_id and c.tax_rate = l.tax_rate
  left join settlement.invoice_requests as q
    on q.cycle = l.cycle and q.party_id = l.party_id and q.revision = l.revision and q.request_no = l.request_no
),
-- What stands of an invoice: red-letter invoices have the amounts that they take back, negative.
standing as (
  select
    coalesce(i.reverses, i.invoice_no) as invoice_no,
    sum(i.amount_excl_tax) as amount_excl_tax,
    sum(i.tax_amount) as tax_amount
  from settlement.issued_invoices as i
  inner join ops.params as p on p.cycle = i.cycle
  group by coalesce(i.reverses, i.invoice_no)
),
sums as (
  select
    l.party_id,
    l.revision,
    l.request_no,
    sum(l.amount_excl_tax) as amount_excl_tax,
    sum(l.tax_amount) as tax_amount,
    sum(l.amount_incl_tax) as amount_incl_tax,
    count(*) as line_count
  from lines as l
  group by l.party_id, l.revision, l.request_no
)
select
  l.party_id,
  'request ' || l.request_no || ', line ' || cast(l.line_no as varchar) as subject,
  'tax ' || cast(round(cast(l.amount_excl_tax as decimal(38, 2)) * l.tax_rate, 4) as varchar) || ' within ' || cast(cast(l.allowed as decimal(18, 2)) as varchar) as expected,
  'quantity ' || cast(l.quantity as varchar) || ', price ' || cast(l.unit_price as varchar) || ', amount ' || cast(l.amount_excl_tax as varchar)
    || ', tax ' || cast(l.tax_amount as varchar) || ', incl. ' || cast(l.amount_incl_tax as varchar) as actual,
  cast(case
    when cast(l.quantity * l.unit_price as decimal(38, 2)) <> l.amount_excl_tax then l.amount_excl_tax - cast(l.quantity * l.unit_price as decimal(38, 2))
    when l.amount_excl_tax + l.tax_amount <> l.amount_incl_tax then l.amount_incl_tax - l.amount_excl_tax - l.tax_amount
    else l.tax_amount - round(cast(l.amount_excl_tax as decimal(38, 2)) * l.tax_rate, 8)
  end as decimal(38, 8)) as difference,
  cast(case
    when cast(l.quantity * l.unit_price as decimal(38, 2)) <> l.amount_excl_tax or l.amount_excl_tax + l.tax_amount <> l.amount_incl_tax then 0
    else l.allowed
  end as decimal(38, 8)) as tolerance,
  'the invoice line would be refused: a fault of settle' as reason
from lines as l
where cast(l.quantity * l.unit_price as decimal(38, 2)) <> l.amount_excl_tax
  or not l.is_red and abs(cast(l.amount_excl_tax as decimal(38, 2)) * l.tax_rate - l.tax_amount) > l.allowed
  or l.amount_excl_tax + l.tax_amount <> l.amount_incl_tax
union all
select
  q.party_id,
  'request ' || q.request_no || ': total' as subject,
  'excl. ' || coalesce(cast(s.amount_excl_tax as varchar), '0') || ', tax ' || coalesce(cast(s.tax_amount as varchar), '0') as expected,
  'excl. ' || cast(q.amount_excl_tax as varchar) || ', tax ' || cast(q.tax_amount as varchar) as actual,
  cast(q.amount_excl_tax - coalesce(s.amount_excl_tax, 0) as decimal(38, 8)) as difference,
  cast(0 as decimal(38, 8)) as tolerance,
  'the request is not the sum of its lines: a fault of settle' as reason
from settlement.invoice_requests as q
inner join ops.params as p on p.cycle = q.cycle
left join sums as s on s.party_id = q.party_id and s.revision = q.revision and s.request_no = q.request_no
where q.amount_excl_tax <> coalesce(s.amount_excl_tax, 0) or q.tax_amount <> coalesce(s.tax_amount, 0)
  or q.amount_incl_tax <> coalesce(s.amount_incl_tax, 0) or q.line_count <> coalesce(s.line_count, 0)
  or q.amount_excl_tax + q.tax_amount <> q.amount_incl_tax
union all
select
  q.party_id,
  'request ' || q.request_no || ': bridge' as subject,
  'statement ' || cast(q.statement_amount_excl_tax as varchar) || ' and tax ' || cast(q.statement_tax as varchar) || ' less not invoiceable '
    || cast(q.not_invoiceable_excl_tax as varchar) || ' and ' || cast(q.not_invoiceable_tax as varchar) || ', carried '
    || cast(q.carried_excl_tax as varchar) || ' and ' || cast(q.carried_tax as varchar) as expected,
  'own ' || cast(q.own_amount_excl_tax as varchar) || ' and ' || cast(q.own_tax as varchar) || ', request ' || cast(q.amount_excl_tax as varchar)
    || ' and ' || cast(q.tax_amount as varchar) as actual,
  cast(q.amount_excl_tax + q.tax_amount - q.own_amount_excl_tax - q.own_tax - q.carried_excl_tax - q.carried_tax as decimal(38, 8)) as difference,
  cast(0 as decimal(38, 8)) as tolerance,
  'statement, not invoiceable, carried and request do not bridge: a fault of settle' as reason
from settlement.invoice_requests as q
inner join ops.params as p on p.cycle = q.cycle
where q.statement_amount_excl_tax - q.not_invoiceable_excl_tax <> q.own_amount_excl_tax or q.statement_tax - q.not_invoiceable_tax <> q.own_tax
  or q.own_amount_excl_tax + q.carried_excl_tax <> q.amount_excl_tax or q.own_tax + q.carried_tax <> q.tax_amount
union all
select
  q.party_id,
  'request ' || q.request_no || ': takes back ' || coalesce(q.reverses_invoice_no, '-') as subject,
  'excl. ' || coalesce(cast(cast(-i.amount_excl_tax as decimal(18, 2)) as varchar), '-') || ', tax '
    || coalesce(cast(cast(-i.tax_amount as decimal(18, 2)) as varchar), '-') as expected,
  'excl. ' || cast(q.amount_excl_tax as varchar) || ', tax ' || cast(q.tax_amount as varchar) as actual,
  cast(q.amount_incl_tax + coalesce(i.amount_excl_tax + i.tax_amount, 0) as decimal(38, 8)) as difference,
  cast(0 as decimal(38, 8)) as tolerance,
  'a red-letter request takes back what stands of its invoice, no other amount: a fault of settle' as reason
from settlement.invoice_requests as q
inner join ops.params as p on p.cycle = q.cycle
left join standing as i on i.invoice_no = q.reverses_invoice_no
left join ops.issued_requests as f on f.request_no = q.request_no
where q.direction = 'red' and f.request_no is null
  and (i.invoice_no is null or q.amount_excl_tax <> -i.amount_excl_tax or q.tax_amount <> -i.tax_amount)
union all
select
  l.party_id,
  'request ' || l.request_no || ', discount line ' || cast(l.line_no as varchar) as subject,
  'right after a larger line of ' || coalesce(l.item_name, '-') as expected,
  'after ' || coalesce(l.item_before || ' of ' || cast(l.amount_before as varchar), 'nothing') as actual,
  cast(l.amount_excl_tax as decimal(38, 8)) as difference,
  cast(0 as decimal(38, 8)) as tolerance,
  'the discount line has no line that it could be taken off: a fault of settle' as reason
from lines as l
inner join settlement.invoice_requests as q
  on q.cycle = l.cycle and q.party_id = l.party_id and q.revision = l.revision and q.request_no = l.request_no
where q.status <> 'unfit' and q.direction = 'blue' and (l.is_discount or l.amount_excl_tax < 0)
  and (l.item_name is distinct from l.item_before or l.tax_code is distinct from l.tax_code_before or l.amount_before + l.amount_excl_tax < 0)
