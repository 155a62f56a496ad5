-- settlement.invoice_lines: one line of an invoice request: a party's services under one tax code (and tax basis), less what
-- vouchers paid, quantity 1, so that price and amount are the same. What is taken off a service is a discount line right after
-- it; a service that is used up stands no more. Lines of issued requests are frozen; those that take an invoice back come from
-- 535_settlement.red_lines.
-- build: cycle
-- frozen: request
-- column request_no: the invoice request that the line belongs to
-- column line_no: place on the invoice
-- column unit_price: without tax; the quantity is 1
-- column is_discount: a negative line; stands right after the line that it takes off, and is smaller than it
-- column is_carried: what earlier months left to take off or to add, as a line of its own
with shares as (
  select s.*
  from settlement.invoice_shares as s
  inner join ops.params as p on p.cycle = s.cycle
),
as_they_are as (
  select
    s.cycle,
    s.party_id,
    s.revision,
    s.tax_rate,
    s.request_split,
    s.request,
    s.tax_code,
    s.amounts_include_tax,
    s.service_type_code,
    max(s.service_type_name) as service_type_name,
    s.kind = 'carried' as is_carried,
    cents(sum(s.own_amount + s.carried_amount)) as amount_cents
  from shares as s
  where s.as_it_is
  group by
    s.cycle, s.party_id, s.revision, s.tax_rate, s.request_split, s.request, s.tax_code, s.amounts_include_tax, s.service_type_code,
    s.kind
),
printed as (
  select
    a.*,
    a.amount_cents < 0 as is_discount
  from as_they_are as a
  where a.amount_cents <> 0
  union all
  select
    s.cycle,
    s.party_id,
    s.revision,
    s.tax_rate,
    s.request_split,
    s.request,
    s.tax_code,
    s.amounts_include_tax,
    s.service_type_code,
    s.service_type_name,
    false as is_carried,
    cents(s.own_amount) as amount_cents,
    false as is_discount
  from shares as s
  where not s.as_it_is and s.own_amount > s.taken_amount - s.carried_amount and s.own_amount > 0
  union all
  select
    s.cycle,
    s.party_id,
    s.revision,
    s.tax_rate,
    s.request_split,
    s.request,
    s.tax_code,
    s.amounts_include_tax,
    s.service_type_code,
    s.service_type_name,
    false as is_carried,
    cents(s.carried_amount - s.taken_amount) as amount_cents,
    true as is_discount
  from shares as s
  where not s.as_it_is and s.own_amount > s.taken_amount - s.carried_amount and s.taken_amount - s.carried_amount > 0
),
printed_items as (
  select
    x.cycle,
    x.party_id,
    x.revision,
    x.tax_rate,
    x.tax_code,
    row_number() over (partition by x.cycle, x.party_id, x.revision, x.tax_rate order by sum(x.amount_cents) desc, x.tax_code) as place
  from printed as x
  group by x.cycle, x.party_id, x.revision, x.tax_rate, x.tax_code
),
all_items_tax as (
  select
    s.cycle,
    s.party_id,
    s.revision,
    s.tax_rate,
    s.tax_code,
    cents(coalesce(max(case when s.kind = 'service' then s.item_tax end), 0) + sum(s.carried_tax)) as tax_cents
  from shares as s
  group by s.cycle, s.party_id, s.revision, s.tax_rate, s.tax_code
),
-- A tax code that is used up can leave a cent of tax; the largest one bears it.
items_tax as (
  select
    i.cycle,
    i.party_id,
    i.revision,
    i.tax_rate,
    i.tax_code,
    i.tax_cents + case when i.place = 1 then coalesce(u.tax_cents, 0) else 0 end as tax_cents
  from (
    select
      a.*,
      x.place
    from all_items_tax as a
    inner join printed_items as x
      on x.cycle = a.cycle and x.party_id = a.party_id and x.revision = a.revision and x.tax_rate = a.tax_rate and x.tax_code = a.tax_code
  ) as i
  left join (
    select
      a.cycle,
      a.party_id,
      a.revision,
      a.tax_rate,
      sum(a.tax_cents) as tax_cents
    from all_items_tax as a
    left join printed_items as x
      on x.cycle = a.cycle and x.party_id = a.party_id and x.revision = a.revision and x.tax_rate = a.tax_rate and x.tax_code = a.tax_code
    where x.tax_code is null
    group by a.cycle, a.party_id, a.revision, a.tax_rate
  ) as u on u.cycle = i.cycle and u.party_id = i.party_id and u.revision = i.revision and u.tax_rate = i.tax_rate
),
requests as (
  select
    x.cycle,
    x.party_id,
    x.revision,
    x.tax_rate,
    x.tax_code,
    x.request_split,
    sum(x.amount_cents) as excl_cents
  from printed as x
  group by x.cycle, x.party_id, x.revision, x.tax_rate, x.tax_code, x.request_split
),
floored_requests as (
  select
    r.*,
    div_floor(r.excl_cents * rate_e10(r.tax_rate), 10000000000) as floor_cents
  from requests as r
),
-- Of the tax of a tax code each request bears the whole cents of its own and one of the cents that then remain, those with the
-- largest fractions first: so each is right to a cent, and none of it is lost.
shared_out as (
  select
    f.*,
    i.tax_cents - sum(f.floor_cents) over item as spare_cents,
    count(*) over item as item_requests,
    row_number() over (
      partition by f.cycle, f.party_id, f.revision, f.tax_rate, f.tax_code
      order by f.excl_cents * rate_e10(f.tax_rate) - f.floor_cents * 10000000000 desc, f.request_split
    ) as turn
  from floored_requests as f
  inner join items_tax as i
    on i.cycle = f.cycle and i.party_id = f.party_id and i.revision = f.revision and i.tax_rate = f.tax_rate and i.tax_code = f.tax_code
  window item as (partition by f.cycle, f.party_id, f.revision, f.tax_rate, f.tax_code)
),
requests_tax as (
  select
    s.*,
    s.floor_cents + div_floor(s.spare_cents, s.item_requests)
      + case when s.turn <= s.spare_cents - s.item_requests * div_floor(s.spare_cents, s.item_requests) then 1 else 0 end as tax_cents
  from shared_out as s
),
floored as (
  select
    p.*,
    div_floor(p.amount_cents * rate_e10(p.tax_rate), 10000000000) as floor_cents
  from printed as p
),
-- In a request the lines share its tax alike: never off by more than a cent. (Both bases in one tax code can be off by one more: their
-- two roundings meet; what is carried brings the roundings of its own months.)
taxed as (
  select
    f.*,
    i.tax_cents - sum(f.floor_cents) over item as spare_cents,
    count(*) over item as item_lines,
    row_number() over (
      partition by f.cycle, f.party_id, f.revision, f.tax_rate, f.tax_code, f.request_split
      order by
        f.amount_cents * rate_e10(f.tax_rate) - f.floor_cents * 10000000000 desc, f.service_type_code nulls last,
        f.amounts_include_tax, f.is_carried, f.is_discount
    ) as turn
  from floored as f
  inner join requests_tax as i
    on i.cycle = f.cycle and i.party_id = f.party_id and i.revision = f.revision and i.tax_rate = f.tax_rate
    and i.tax_code = f.tax_code and i.request_split = f.request_split
  window item as (partition by f.cycle, f.party_id, f.revision, f.tax_rate, f.tax_code, f.request_split)
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
    coalesce(y.short_code, x.party_id) as short_code,
    t.item_name,
    t.class_code,
    x.floor_cents + div_floor(x.spare_cents, x.item_lines)
      + case when x.turn <= x.spare_cents - x.item_lines * div_floor(x.spare_cents, x.item_lines) then 1 else 0 end as tax_cents
  from taxed as x
  left join settlement.parties as y on y.cycle = x.cycle and y.party_id = x.party_id
  left join items as t on t.tax_code = x.tax_code and t.rate = x.tax_rate and t.place = 1
  left join ops.issued_requests as f
    on f.cycle = x.cycle and f.party_id = x.party_id and f.revision = x.revision and f.tax_rate = x.tax_rate and f.split_key = x.request_split
  where f.party_id is null
)
select
  n.cycle,
  n.party_id,
  n.revision,
  'DRAFT-' || n.short_code || '-' || n.cycle || '-' || cast(n.request as varchar) as request_no,
  cast(row_number() over (
    partition by n.cycle, n.party_id, n.revision, n.request
    order by n.tax_code, n.is_carried, n.service_type_code nulls last, n.amounts_include_tax, n.is_discount
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
  n.is_carried,
  n.service_type_code,
  n.service_type_name,
  n.tax_code
from named as n
