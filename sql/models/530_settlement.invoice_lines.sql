-- settlement.invoice_lines: one line of an invoice request: a party's services under one tax code (and tax basis), less what
-- vouchers paid, quantity 1, so that price and amount are the same. Services that are negative are taken off the others of
-- their tax code, the largest first: one that is used up stands no more, the last one has a discount line right after it.
-- build: cycle
-- column request_no: the invoice request that the line belongs to
-- column line_no: place on the invoice
-- column unit_price: without tax; the quantity is 1
-- column is_discount: a negative line; stands right after the line that it takes off, and is smaller than it
with newest as (
  select s.*
  from settlement.statement_lines as s
  inner join ops.params as p on p.cycle = s.cycle
),
requests as (
  select
    r.cycle,
    r.party_id,
    r.revision,
    r.tax_rate,
    row_number() over (partition by r.cycle, r.party_id, r.revision order by r.tax_rate desc) as request
  from (
    select distinct
      s.cycle,
      s.party_id,
      s.revision,
      s.tax_rate
    from newest as s
  ) as r
),
-- Decision 6: what vouchers paid is not invoiceable, whatever its sign: a refund to vouchers gives back what never stood on an
-- invoice.
services as (
  select
    s.cycle,
    s.party_id,
    s.revision,
    s.tax_code,
    s.tax_rate,
    s.amounts_include_tax,
    s.service_type_code,
    max(s.service_type_name) as service_type_name,
    sum(s.exact_amount - s.voucher_amount) as exact_amount
  from newest as s
  where s.kind <> 'rounding'
  group by s.cycle, s.party_id, s.revision, s.tax_code, s.tax_rate, s.amounts_include_tax, s.service_type_code
),
-- Decision 1, on what is left: the group's exact total to 2 places leads, with tax where the contract's prices include it.
totals as (
  select
    s.cycle,
    s.party_id,
    s.revision,
    s.tax_code,
    s.tax_rate,
    s.amounts_include_tax,
    cents(round2(sum(s.exact_amount))) as total_cents
  from services as s
  group by s.cycle, s.party_id, s.revision, s.tax_code, s.tax_rate, s.amounts_include_tax
),
tax_groups as (
  select
    t.*,
    case when t.amounts_include_tax then div_round(t.total_cents * 10000000000, 10000000000 + rate_e10(t.tax_rate))
      else t.total_cents end as excl_cents,
    case when t.amounts_include_tax then t.total_cents - div_round(t.total_cents * 10000000000, 10000000000 + rate_e10(t.tax_rate))
      else div_round(t.total_cents * rate_e10(t.tax_rate), 10000000000) end as tax_cents
  from totals as t
),
-- One of both bases together is one item on the invoice, and has one tax.
items_tax as (
  select
    g.cycle,
    g.party_id,
    g.revision,
    g.tax_code,
    g.tax_rate,
    sum(g.tax_cents) as tax_cents
  from tax_groups as g
  group by g.cycle, g.party_id, g.revision, g.tax_code, g.tax_rate
),
rounded as (
  select
    s.*,
    case when s.amounts_include_tax
      then div_round(e8(s.exact_amount) * 10000000000, (10000000000 + rate_e10(s.tax_rate)) * 1000000)
      else cents(round2(s.exact_amount)) end as own_cents
  from services as s
),
-- What the services' rounding misses of the group's is borne by the largest, a cent each.
spread as (
  select
    r.*,
    g.excl_cents - sum(r.own_cents) over tax_group as missing_cents,
    row_number() over (
      partition by r.cycle, r.party_id, r.revision, r.tax_code, r.tax_rate, r.amounts_include_tax
      order by r.own_cents desc, abs(r.exact_amount) desc, r.service_type_code nulls last
    ) as by_size
  from rounded as r
  inner join tax_groups as g
    on g.cycle = r.cycle and g.party_id = r.party_id and g.revision = r.revision and g.tax_code = r.tax_code
    and g.tax_rate = r.tax_rate and g.amounts_include_tax = r.amounts_include_tax
  window tax_group as (partition by r.cycle, r.party_id, r.revision, r.tax_code, r.tax_rate, r.amounts_include_tax)
),
amounts as (
  select
    s.*,
    s.own_cents + case
      when s.by_size > abs(s.missing_cents) then 0
      when s.missing_cents > 0 then 1
      else -1
    end as amount_cents
  from spread as s
),
pooled as (
  select
    a.*,
    sum(a.amount_cents) over item as item_cents,
    sum(case when a.amount_cents < 0 then -a.amount_cents else 0 end) over item as negative_cents,
    -- The positive ones before this one, largest first.
    coalesce(sum(case when a.amount_cents > 0 then a.amount_cents else 0 end) over (
      partition by a.cycle, a.party_id, a.revision, a.tax_code, a.tax_rate
      order by a.amount_cents desc, a.service_type_code nulls last, a.amounts_include_tax
      rows between unbounded preceding and 1 preceding
    ), 0) as larger_cents
  from amounts as a
  window item as (partition by a.cycle, a.party_id, a.revision, a.tax_code, a.tax_rate)
),
taken as (
  select
    p.*,
    greatest(least(p.amount_cents, p.negative_cents - p.larger_cents), 0) as taken_cents
  from pooled as p
  where p.amount_cents <> 0
),
-- An item that is negative as a whole keeps its lines as they are: its request is unfit.
printed as (
  select
    t.cycle,
    t.party_id,
    t.revision,
    t.tax_code,
    t.tax_rate,
    t.amounts_include_tax,
    t.service_type_code,
    t.service_type_name,
    t.amount_cents,
    t.amount_cents < 0 as is_discount
  from taken as t
  where t.item_cents < 0 or t.amount_cents > t.taken_cents and t.amount_cents > 0
  union all
  select
    t.cycle,
    t.party_id,
    t.revision,
    t.tax_code,
    t.tax_rate,
    t.amounts_include_tax,
    t.service_type_code,
    t.service_type_name,
    -t.taken_cents as amount_cents,
    true as is_discount
  from taken as t
  where t.item_cents >= 0 and t.taken_cents > 0 and t.taken_cents < t.amount_cents
),
floored as (
  select
    p.*,
    div_floor(p.amount_cents * rate_e10(p.tax_rate), 10000000000) as floor_cents
  from printed as p
),
-- A line bears the whole cents of its own tax and one of the cents that then remain, those with the largest fractions first:
-- never off by more than a cent. (Both bases in one item can be off by one more: their two roundings meet.)
taxed as (
  select
    f.*,
    i.tax_cents - sum(f.floor_cents) over item as spare_cents,
    count(*) over item as item_lines,
    row_number() over (
      partition by f.cycle, f.party_id, f.revision, f.tax_code, f.tax_rate
      order by
        f.amount_cents * rate_e10(f.tax_rate) - f.floor_cents * 10000000000 desc, f.service_type_code nulls last,
        f.amounts_include_tax, f.is_discount
    ) as turn
  from floored as f
  inner join items_tax as i
    on i.cycle = f.cycle and i.party_id = f.party_id and i.revision = f.revision and i.tax_code = f.tax_code
    and i.tax_rate = f.tax_rate
  window item as (partition by f.cycle, f.party_id, f.revision, f.tax_code, f.tax_rate)
),
items as (
  select
    t.tax_code,
    t.rate,
    t.item_name,
    t.class_code,
    row_number() over (partition by t.tax_code, t.rate order by t.valid_from desc) as place
  from settlement.tax_items as t
  inner join ops.params as p on p.cycle = t.cycle
  where t.valid_from <= p.last_day
),
named as (
  select
    x.*,
    q.request,
    y.short_code,
    t.item_name,
    t.class_code,
    x.floor_cents + div_floor(x.spare_cents, x.item_lines)
      + case when x.turn <= x.spare_cents - x.item_lines * div_floor(x.spare_cents, x.item_lines) then 1 else 0 end as tax_cents
  from taxed as x
  inner join requests as q
    on q.cycle = x.cycle and q.party_id = x.party_id and q.revision = x.revision and q.tax_rate = x.tax_rate
  left join settlement.parties as y on y.cycle = x.cycle and y.party_id = x.party_id
  left join items as t on t.tax_code = x.tax_code and t.rate = x.tax_rate and t.place = 1
)
select
  n.cycle,
  n.party_id,
  n.revision,
  'DRAFT-' || n.short_code || '-' || n.cycle || '-' || cast(n.request as varchar) as request_no,
  cast(row_number() over (
    partition by n.cycle, n.party_id, n.revision, n.request
    order by n.tax_code, n.service_type_code nulls last, n.amounts_include_tax, n.is_discount
  ) as integer) as line_no,
  n.item_name,
  n.class_code,
  '项' as unit,
  cast(1 as integer) as quantity,
  from_cents(n.amount_cents) as unit_price,
  from_cents(n.amount_cents) as amount_excl_tax,
  n.tax_rate,
  from_cents(n.tax_cents) as tax_amount,
  from_cents(n.amount_cents + n.tax_cents) as amount_incl_tax,
  n.is_discount,
  n.service_type_code,
  n.service_type_name,
  n.tax_code
from named as n
