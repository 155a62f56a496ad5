-- settlement.red_lines: one line of a request that takes back what stands of an invoice: a line of the request that the invoice answered,
-- with the other sign. Where not all of the request stands on the invoice, the lines share what does in proportion, in whole cents,
-- a cent more for those with the largest fractions; each line's tax follows its share. See 542_settlement.red_requests.
-- build: into settlement.invoice_lines
with copied as (
  select
    l.cycle,
    l.party_id,
    o.revision,
    o.red_request_no,
    l.line_no,
    l.item_name,
    l.class_code,
    l.unit,
    l.quantity,
    l.tax_rate,
    l.is_discount,
    l.is_carried,
    l.service_type_code,
    l.service_type_name,
    l.tax_code,
    cents(l.amount_excl_tax) as line_cents,
    cents(l.tax_amount) as line_tax_cents,
    sum(cents(l.amount_excl_tax)) over red as total_cents,
    sum(cents(l.tax_amount)) over red as total_tax_cents,
    cents(o.standing_excl_tax) as standing_cents,
    cents(o.standing_tax) as standing_tax_cents
  from settlement.invoice_lines as l
  inner join settlement.red_originals as o on o.cycle = l.cycle and o.party_id = l.party_id and o.request_no = l.request_no
  window red as (partition by o.cycle, o.party_id, o.red_request_no)
),
floored as (
  select
    c.*,
    div_floor(c.standing_cents * c.line_cents, c.total_cents) as floor_cents
  from copied as c
  where c.total_cents > 0
),
shared_out as (
  select
    f.*,
    f.standing_cents - sum(f.floor_cents) over red as spare_cents,
    row_number() over (
      partition by f.cycle, f.party_id, f.red_request_no
      order by f.standing_cents * f.line_cents - f.floor_cents * f.total_cents desc, f.line_no
    ) as turn
  from floored as f
  window red as (partition by f.cycle, f.party_id, f.red_request_no)
),
shares as (
  select
    s.*,
    s.floor_cents + case when s.turn <= s.spare_cents then 1 else 0 end as share_cents,
    s.standing_cents = s.total_cents and s.standing_tax_cents = s.total_tax_cents as is_whole
  from shared_out as s
),
tax_floored as (
  select
    s.*,
    div_floor(s.standing_tax_cents * s.share_cents, s.standing_cents) as tax_floor_cents
  from shares as s
),
tax_shared_out as (
  select
    t.*,
    t.standing_tax_cents - sum(t.tax_floor_cents) over red as tax_spare_cents,
    row_number() over (
      partition by t.cycle, t.party_id, t.red_request_no
      order by t.standing_tax_cents * t.share_cents - t.tax_floor_cents * t.standing_cents desc, t.line_no
    ) as tax_turn
  from tax_floored as t
  window red as (partition by t.cycle, t.party_id, t.red_request_no)
),
lines as (
  select
    t.*,
    case when t.is_whole then t.line_tax_cents
      else t.tax_floor_cents + case when t.tax_turn <= t.tax_spare_cents then 1 else 0 end end as tax_cents
  from tax_shared_out as t
)
select
  l.cycle,
  l.party_id,
  l.revision,
  l.red_request_no as request_no,
  cast(row_number() over (partition by l.cycle, l.party_id, l.red_request_no order by l.line_no) as integer) as line_no,
  l.item_name,
  l.class_code,
  l.unit,
  l.quantity,
  from_cents(-l.share_cents) as unit_price,
  from_cents(-l.share_cents) as amount_excl_tax,
  l.tax_rate,
  from_cents(-l.tax_cents) as tax_amount,
  from_cents(-l.share_cents - l.tax_cents) as amount_incl_tax,
  l.is_discount,
  l.is_carried,
  l.service_type_code,
  l.service_type_name,
  l.tax_code
from lines as l
where l.share_cents <> 0 or l.tax_cents <> 0
