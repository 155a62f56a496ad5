-- settlement.invoice_shares: on which invoice request a row of settlement.invoiceable stands, and what is taken off it there. What is
-- negative is taken off the others of its tax code, first in its own split, then in the party's other splits, the largest first; so is
-- what earlier months left to take off, whatever its tax code. What comes out negative for the party and tax rate as a whole stays as it is, on one request.
-- build: cycle
-- column kind: service, or carried: what earlier months left, as a line of its own
-- column split_key: order or account whose invoice is its own, by the party's invoice_by; empty where all stands on one invoice
-- column request_split: split_key of the request that it stands on
-- column request: number of that request in the party's month
-- column as_it_is: whether it stands on its request with its own sign, because there is nothing of its tax code to take it off
-- column exact_amount: charges less what vouchers paid, exact to 8 places, on the contract's tax basis
-- column voucher_amount: what vouchers paid, exact to 8 places, on the contract's tax basis
-- column own_amount: exact_amount without tax, to the cent
-- column item_tax: tax of all rows of the tax code and rate, without what is carried
-- column taken_amount: what negative rows of the month take off it, without tax
-- column carried_amount: what earlier months take off it (negative) or add, without tax
-- column carried_tax: tax of carried_amount
with shares as (
  select
    i.cycle,
    i.party_id,
    i.revision,
    i.kind,
    i.tax_rate,
    i.tax_code,
    i.amounts_include_tax,
    i.split_key,
    i.service_type_code,
    i.service_type_name,
    i.exact_amount,
    i.voucher_amount,
    cents(i.own_amount) as own_cents
  from settlement.invoiceable as i
  inner join ops.params as p on p.cycle = i.cycle
  where i.kind = 'service'
),
carried as (
  select
    i.cycle,
    i.party_id,
    i.revision,
    i.tax_rate,
    i.tax_code,
    cents(i.carried_excl_tax) as excl_cents,
    cents(i.carried_tax) as tax_cents
  from settlement.invoiceable as i
  inner join ops.params as p on p.cycle = i.cycle
  where i.kind = 'carried'
),
group_taxes as (
  select distinct
    i.cycle,
    i.party_id,
    i.revision,
    i.tax_rate,
    i.tax_code,
    i.amounts_include_tax,
    cents(i.group_tax) as tax_cents
  from settlement.invoiceable as i
  inner join ops.params as p on p.cycle = i.cycle
  where i.kind = 'service'
),
-- One tax code of both bases together is one item on the invoice, and has one tax.
items as (
  select
    s.cycle,
    s.party_id,
    s.revision,
    s.tax_rate,
    s.tax_code,
    sum(s.own_cents) as item_cents
  from shares as s
  group by s.cycle, s.party_id, s.revision, s.tax_rate, s.tax_code
),
items_tax as (
  select
    g.cycle,
    g.party_id,
    g.revision,
    g.tax_rate,
    g.tax_code,
    sum(g.tax_cents) as tax_cents
  from group_taxes as g
  group by g.cycle, g.party_id, g.revision, g.tax_rate, g.tax_code
),
rates as (
  select
    i.cycle,
    i.party_id,
    i.revision,
    i.tax_rate,
    sum(i.item_cents) + coalesce(max(c.excl_cents), 0) as excl_cents,
    sum(t.tax_cents) + coalesce(max(c.tax_cents), 0) as tax_cents,
    -- What is to be taken off lines of the month; anything else that is carried is a line of its own.
    case when sum(i.item_cents) + coalesce(max(c.excl_cents), 0) >= 0
      and sum(i.item_cents + t.tax_cents) + coalesce(max(c.excl_cents + c.tax_cents), 0) >= 0 and max(c.excl_cents) < 0
      then -max(c.excl_cents) else 0 end as take_off_cents,
    max(c.tax_cents) as carried_tax_cents
  from items as i
  inner join items_tax as t
    on t.cycle = i.cycle and t.party_id = i.party_id and t.revision = i.revision and t.tax_rate = i.tax_rate and t.tax_code = i.tax_code
  left join carried as c on c.cycle = i.cycle and c.party_id = i.party_id and c.revision = i.revision and c.tax_rate = i.tax_rate
  group by i.cycle, i.party_id, i.revision, i.tax_rate
),
judged as (
  select
    s.*,
    t.tax_cents as item_tax_cents,
    r.excl_cents < 0 or r.excl_cents + r.tax_cents < 0 as is_negative,
    r.excl_cents < 0 or r.excl_cents + r.tax_cents < 0 or i.item_cents < 0 as as_it_is,
    r.take_off_cents,
    r.carried_tax_cents
  from shares as s
  inner join items as i
    on i.cycle = s.cycle and i.party_id = s.party_id and i.revision = s.revision and i.tax_rate = s.tax_rate and i.tax_code = s.tax_code
  inner join items_tax as t
    on t.cycle = s.cycle and t.party_id = s.party_id and t.revision = s.revision and t.tax_rate = s.tax_rate and t.tax_code = s.tax_code
  inner join rates as r on r.cycle = s.cycle and r.party_id = s.party_id and r.revision = s.revision and r.tax_rate = s.tax_rate
),
splits as (
  select
    j.cycle,
    j.party_id,
    j.revision,
    j.tax_rate,
    j.tax_code,
    j.split_key,
    sum(case when j.own_cents > 0 then j.own_cents else 0 end) as positive_cents,
    sum(case when j.own_cents < 0 then -j.own_cents else 0 end) as negative_cents,
    sum(j.own_cents) as split_cents
  from judged as j
  where not j.as_it_is
  group by j.cycle, j.party_id, j.revision, j.tax_rate, j.tax_code, j.split_key
),
pooled as (
  select
    s.*,
    sum(case when s.split_cents < 0 then -s.split_cents else 0 end) over (
      partition by s.cycle, s.party_id, s.revision, s.tax_rate, s.tax_code
    ) as pool_cents,
    -- The positive splits before this one, largest first.
    coalesce(sum(case when s.split_cents > 0 then s.split_cents else 0 end) over (
      partition by s.cycle, s.party_id, s.revision, s.tax_rate, s.tax_code
      order by s.split_cents desc, s.split_key
      rows between unbounded preceding and 1 preceding
    ), 0) as larger_cents
  from splits as s
),
consumed as (
  select
    p.*,
    least(p.negative_cents, p.positive_cents) + greatest(least(p.split_cents, p.pool_cents - p.larger_cents), 0) as consumed_cents
  from pooled as p
),
-- In a split too, the largest row is taken off first.
taken as (
  select
    j.*,
    case when j.as_it_is or j.own_cents <= 0 then 0
      else greatest(least(j.own_cents, c.consumed_cents - coalesce(sum(case when j.own_cents > 0 then j.own_cents else 0 end) over (
        partition by j.cycle, j.party_id, j.revision, j.tax_rate, j.tax_code, j.split_key
        order by j.own_cents desc, j.service_type_code nulls last, j.amounts_include_tax
        rows between unbounded preceding and 1 preceding
      ), 0)), 0) end as taken_cents
  from judged as j
  left join consumed as c
    on c.cycle = j.cycle and c.party_id = j.party_id and c.revision = j.revision and c.tax_rate = j.tax_rate and c.tax_code = j.tax_code
    and c.split_key = j.split_key
),
left_over as (
  select
    t.*,
    case when t.as_it_is or t.own_cents <= 0 then 0 else t.own_cents - t.taken_cents end as left_cents
  from taken as t
),
in_turn as (
  select
    l.*,
    coalesce(sum(l.left_cents) over (
      partition by l.cycle, l.party_id, l.revision, l.tax_rate
      order by l.left_cents desc, l.tax_code, l.split_key, l.service_type_code nulls last, l.amounts_include_tax
      rows between unbounded preceding and 1 preceding
    ), 0) as before_cents
  from left_over as l
),
-- What is carried has its own tax; each row bears what that grows by with the row, so that nothing of it is lost.
carried_off as (
  select
    i.*,
    greatest(least(i.left_cents, i.take_off_cents - i.before_cents), 0) as carried_off_cents,
    case when i.left_cents > 0 and i.take_off_cents > i.before_cents
      then div_round(least(i.before_cents + i.left_cents, i.take_off_cents) * i.carried_tax_cents, i.take_off_cents)
        - div_round(i.before_cents * i.carried_tax_cents, i.take_off_cents)
      else 0 end as carried_tax_share
  from in_turn as i
),
standing as (
  select
    o.cycle,
    o.party_id,
    o.revision,
    o.tax_rate,
    o.split_key,
    row_number() over (
      partition by o.cycle, o.party_id, o.revision, o.tax_rate order by sum(o.left_cents - o.carried_off_cents) desc, o.split_key
    ) as place
  from carried_off as o
  group by o.cycle, o.party_id, o.revision, o.tax_rate, o.split_key
  having sum(o.left_cents - o.carried_off_cents) > 0
),
-- A row whose split comes to nothing, or that is negative as it is, stands on the request of the largest split.
placed as (
  select
    o.*,
    case
      when o.is_negative then ''
      when s.split_key is not null and not o.as_it_is then s.split_key
      else coalesce(m.split_key, '')
    end as request_split
  from carried_off as o
  left join standing as s
    on s.cycle = o.cycle and s.party_id = o.party_id and s.revision = o.revision and s.tax_rate = o.tax_rate and s.split_key = o.split_key
  left join standing as m
    on m.cycle = o.cycle and m.party_id = o.party_id and m.revision = o.revision and m.tax_rate = o.tax_rate and m.place = 1
),
everything as (
  select
    o.cycle,
    o.party_id,
    o.revision,
    o.kind,
    o.tax_rate,
    o.tax_code,
    o.amounts_include_tax,
    o.split_key,
    o.request_split,
    o.as_it_is,
    o.service_type_code,
    o.service_type_name,
    o.exact_amount,
    o.voucher_amount,
    o.own_cents,
    o.item_tax_cents,
    o.taken_cents,
    -o.carried_off_cents as carried_cents,
    o.carried_tax_share as carried_tax_cents
  from placed as o
  union all
  select
    c.cycle,
    c.party_id,
    c.revision,
    'carried' as kind,
    c.tax_rate,
    c.tax_code,
    false as amounts_include_tax,
    '' as split_key,
    case when r.excl_cents < 0 or r.excl_cents + r.tax_cents < 0 then '' else coalesce(m.split_key, '') end as request_split,
    true as as_it_is,
    cast(null as varchar) as service_type_code,
    cast(null as varchar) as service_type_name,
    cast(0 as decimal(38, 8)) as exact_amount,
    cast(0 as decimal(38, 8)) as voucher_amount,
    cast(0 as hugeint) as own_cents,
    cast(0 as hugeint) as item_tax_cents,
    cast(0 as hugeint) as taken_cents,
    c.excl_cents as carried_cents,
    c.tax_cents as carried_tax_cents
  from carried as c
  left join rates as r on r.cycle = c.cycle and r.party_id = c.party_id and r.revision = c.revision and r.tax_rate = c.tax_rate
  left join standing as m
    on m.cycle = c.cycle and m.party_id = c.party_id and m.revision = c.revision and m.tax_rate = c.tax_rate and m.place = 1
  where coalesce(r.take_off_cents, 0) = 0
)
select
  e.cycle,
  e.party_id,
  e.revision,
  e.kind,
  e.tax_rate,
  e.tax_code,
  e.amounts_include_tax,
  e.split_key,
  e.request_split,
  cast(dense_rank() over (partition by e.cycle, e.party_id, e.revision order by e.tax_rate desc, e.request_split) as integer) as request,
  e.as_it_is,
  e.service_type_code,
  e.service_type_name,
  e.exact_amount,
  e.voucher_amount,
  from_cents(e.own_cents) as own_amount,
  from_cents(e.item_tax_cents) as item_tax,
  from_cents(e.taken_cents) as taken_amount,
  from_cents(e.carried_cents) as carried_amount,
  from_cents(e.carried_tax_cents) as carried_tax
from everything as e
