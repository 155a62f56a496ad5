-- settlement.invoice_lines: one line of an invoice request: a party's services under one tax code (and tax basis), quantity 1,
-- so that price and amount are the same. What is negative is a discount line right after the largest line of the same item.
-- build: cycle
-- column request_no: the invoice request that the line belongs to
-- column line_no: place on the invoice
-- column unit_price: without tax; the quantity is 1
-- column is_discount: a negative line; stands right after the line that it takes off
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
    sum(cents(s.amount_excl_tax)) as excl_cents,
    sum(s.exact_amount) as exact_amount,
    sum(s.voucher_amount) as voucher_amount
  from newest as s
  where s.kind <> 'rounding'
  group by s.cycle, s.party_id, s.revision, s.tax_code, s.tax_rate, s.amounts_include_tax, s.service_type_code
),
tax_groups as (
  select
    s.cycle,
    s.party_id,
    s.revision,
    s.tax_code,
    s.tax_rate,
    s.amounts_include_tax,
    sum(case when s.kind = 'rounding' then cents(s.amount_excl_tax) else 0 end) as rounding_cents,
    sum(cents(s.tax_amount)) as tax_cents
  from newest as s
  group by s.cycle, s.party_id, s.revision, s.tax_code, s.tax_rate, s.amounts_include_tax
),
-- The largest service bears the rounding line.
rounded as (
  select
    s.*,
    t.tax_cents as statement_tax_cents,
    s.excl_cents + case when row_number() over (
      partition by s.cycle, s.party_id, s.revision, s.tax_code, s.tax_rate, s.amounts_include_tax
      order by s.excl_cents desc, s.service_type_code nulls last
    ) = 1 then t.rounding_cents else 0 end as settled_cents
  from services as s
  inner join tax_groups as t
    on t.cycle = s.cycle and t.party_id = s.party_id and t.revision = s.revision and t.tax_code = s.tax_code
    and t.tax_rate = s.tax_rate and t.amounts_include_tax = s.amounts_include_tax
),
-- Decision 6: what vouchers paid is not invoiceable. Where they paid all of it nothing remains, not a cent of rounding.
vouchers as (
  select
    r.*,
    case
      when r.voucher_amount = 0 then 0
      when r.voucher_amount = r.exact_amount then r.settled_cents
      when r.amounts_include_tax
        then div_round(cents(round2(r.voucher_amount)) * 10000000000, 10000000000 + rate_e10(r.tax_rate))
      else cents(round2(r.voucher_amount))
    end as voucher_cents
  from rounded as r
),
invoiceable as (
  select
    v.*,
    v.settled_cents - case
      when v.settled_cents >= 0 then greatest(least(v.voucher_cents, v.settled_cents), 0)
      else least(greatest(v.voucher_cents, v.settled_cents), 0)
    end as amount_cents
  from vouchers as v
),
-- Tax of the group: the statement's, or, where vouchers left less, the rate on the rest. A line bears the whole cents of its
-- own tax and one of the cents that then remain, those with the largest fractions first: never off by more than a cent.
group_taxed as (
  select
    i.*,
    div_floor(i.amount_cents * rate_e10(i.tax_rate), 10000000000) as floor_cents,
    case
      when sum(i.settled_cents) over tax_group = sum(i.amount_cents) over tax_group then i.statement_tax_cents
      else div_round(sum(i.amount_cents) over tax_group * rate_e10(i.tax_rate), 10000000000)
    end as group_tax_cents
  from invoiceable as i
  where i.amount_cents <> 0
  window tax_group as (partition by i.cycle, i.party_id, i.revision, i.tax_code, i.tax_rate, i.amounts_include_tax)
),
spread as (
  select
    g.*,
    g.group_tax_cents - sum(g.floor_cents) over (
      partition by g.cycle, g.party_id, g.revision, g.tax_code, g.tax_rate, g.amounts_include_tax
    ) as spare_cents,
    row_number() over (
      partition by g.cycle, g.party_id, g.revision, g.tax_code, g.tax_rate, g.amounts_include_tax
      order by g.amount_cents * rate_e10(g.tax_rate) - g.floor_cents * 10000000000 desc, g.service_type_code nulls last
    ) as turn
  from group_taxed as g
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
    s.*,
    q.request,
    y.short_code,
    t.item_name,
    t.class_code,
    s.floor_cents + case when s.turn <= s.spare_cents then 1 else 0 end as tax_cents
  from spread as s
  inner join requests as q
    on q.cycle = s.cycle and q.party_id = s.party_id and q.revision = s.revision and q.tax_rate = s.tax_rate
  left join settlement.parties as y on y.cycle = s.cycle and y.party_id = s.party_id
  left join items as t on t.tax_code = s.tax_code and t.rate = s.tax_rate and t.place = 1
),
positives as (
  select
    n.*,
    row_number() over (
      partition by n.cycle, n.party_id, n.revision, n.request
      order by n.tax_code, n.service_type_code nulls last, n.amounts_include_tax
    ) as place,
    row_number() over (
      partition by n.cycle, n.party_id, n.revision, n.request, n.item_name
      order by n.amount_cents desc, n.tax_code, n.service_type_code nulls last, n.amounts_include_tax
    ) as by_size
  from named as n
  where n.amount_cents > 0
),
placed as (
  select
    n.*,
    case when n.amount_cents > 0 then own.place else coalesce(largest.place, 1000000) end as place
  from named as n
  left join positives as own
    on own.cycle = n.cycle and own.party_id = n.party_id and own.revision = n.revision and own.request = n.request
    and own.tax_code = n.tax_code and own.amounts_include_tax = n.amounts_include_tax
    and own.service_type_code is not distinct from n.service_type_code
  left join positives as largest
    on largest.cycle = n.cycle and largest.party_id = n.party_id and largest.revision = n.revision
    and largest.request = n.request and largest.item_name is not distinct from n.item_name and largest.by_size = 1
)
select
  s.cycle,
  s.party_id,
  s.revision,
  'DRAFT-' || s.short_code || '-' || s.cycle || '-' || cast(s.request as varchar) as request_no,
  cast(row_number() over (
    partition by s.cycle, s.party_id, s.revision, s.request
    order by
      s.place, case when s.amount_cents > 0 then 0 else 1 end, s.tax_code, s.service_type_code nulls last, s.amounts_include_tax
  ) as integer) as line_no,
  s.item_name,
  s.class_code,
  '项' as unit,
  cast(1 as integer) as quantity,
  from_cents(s.amount_cents) as unit_price,
  from_cents(s.amount_cents) as amount_excl_tax,
  s.tax_rate,
  from_cents(s.tax_cents) as tax_amount,
  from_cents(s.amount_cents + s.tax_cents) as amount_incl_tax,
  s.amount_cents < 0 as is_discount,
  s.service_type_code,
  s.service_type_name,
  s.tax_code
from placed as s
