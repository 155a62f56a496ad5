-- settlement.invoiceable: what can be invoiced of one service of a party's month, in one split, under one tax code and basis: its
-- charges less what vouchers paid, in whole cents without tax. The current revision only; what is carried forward from earlier months is
-- added by 525_settlement.carried_forward.
-- build: cycle
-- column kind: service, or carried: what earlier months left to take off (negative) or to add
-- column split_key: order or account whose invoice is its own, by the party's invoice_by; empty where all stands on one invoice
-- column exact_amount: charges less what vouchers paid, exact to 8 places, on the contract's tax basis
-- column voucher_amount: what vouchers paid, exact to 8 places, on the contract's tax basis
-- column own_amount: exact_amount without tax, to the cent; the rows of a tax group add up to the group's
-- column group_tax: tax of the whole group of tax code, rate and basis, on its exact total
-- column carried_excl_tax: kind carried: amount without tax
-- column carried_tax: kind carried: its tax
with current_statements as (
  select distinct
    s.cycle,
    s.party_id,
    s.revision
  from settlement.statement_lines as s
  inner join ops.params as p on p.cycle = s.cycle
  left join settlement.current_revisions as c on c.cycle = s.cycle and c.party_id = s.party_id
  where s.revision = coalesce(c.revision, 0)
),
service_names as (
  select
    s.service_type_code,
    max(s.service_type_name) as service_type_name
  from settlement.statement_lines as s
  inner join ops.params as p on p.cycle = s.cycle
  group by s.service_type_code
),
split_lines as (
  select
    l.cycle,
    l.party_id,
    l.revision,
    l.tax_code,
    l.tax_rate,
    l.amounts_include_tax,
    case y.invoice_by when 'order' then coalesce(l.order_id, '') when 'account' then coalesce(l.customer_id, '') else '' end as split_key,
    l.service_type_code,
    l.charge_amount,
    coalesce(l.voucher_amount, 0) as voucher_amount
  from settlement.lines as l
  inner join current_statements as n on n.cycle = l.cycle and n.party_id = l.party_id and n.revision = l.revision
  left join settlement.parties as y on y.cycle = l.cycle and y.party_id = l.party_id
),
-- What vouchers paid is not invoiceable, whatever its sign: a refund to vouchers gives back what never stood on an invoice.
services as (
  select
    s.cycle,
    s.party_id,
    s.revision,
    s.tax_code,
    s.tax_rate,
    s.amounts_include_tax,
    s.split_key,
    s.service_type_code,
    sum(s.charge_amount - s.voucher_amount) as exact_amount,
    sum(s.voucher_amount) as voucher_amount
  from split_lines as s
  group by s.cycle, s.party_id, s.revision, s.tax_code, s.tax_rate, s.amounts_include_tax, s.split_key, s.service_type_code
),
-- The group's exact total to 2 places leads, with tax where the contract's prices include it.
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
    whole_excl_tax(t.total_cents, t.amounts_include_tax, t.tax_rate) as excl_cents,
    whole_tax(t.total_cents, t.amounts_include_tax, t.tax_rate) as tax_cents
  from totals as t
),
rounded as (
  select
    s.*,
    case when s.amounts_include_tax
      then div_round(e8(s.exact_amount) * 10000000000, (10000000000 + rate_e10(s.tax_rate)) * 1000000)
      else cents(round2(s.exact_amount)) end as own_cents
  from services as s
),
-- What the rounding of the rows misses of the group's is borne by the largest, a cent each.
spread as (
  select
    r.*,
    g.tax_cents,
    g.excl_cents - sum(r.own_cents) over tax_group as missing_cents,
    row_number() over (
      partition by r.cycle, r.party_id, r.revision, r.tax_code, r.tax_rate, r.amounts_include_tax
      order by r.own_cents desc, abs(r.exact_amount) desc, r.split_key, r.service_type_code nulls last
    ) as by_size
  from rounded as r
  inner join tax_groups as g
    on g.cycle = r.cycle and g.party_id = r.party_id and g.revision = r.revision and g.tax_code = r.tax_code
    and g.tax_rate = r.tax_rate and g.amounts_include_tax = r.amounts_include_tax
  window tax_group as (partition by r.cycle, r.party_id, r.revision, r.tax_code, r.tax_rate, r.amounts_include_tax)
)
select
  s.cycle,
  s.party_id,
  s.revision,
  'service' as kind,
  s.tax_rate,
  s.tax_code,
  s.amounts_include_tax,
  s.split_key,
  s.service_type_code,
  n.service_type_name,
  cast(s.exact_amount as decimal(38, 8)) as exact_amount,
  cast(s.voucher_amount as decimal(38, 8)) as voucher_amount,
  from_cents(s.own_cents + case
    when s.by_size > abs(s.missing_cents) then 0
    when s.missing_cents > 0 then 1
    else -1
  end) as own_amount,
  from_cents(s.tax_cents) as group_tax,
  cast(0 as decimal(18, 2)) as carried_excl_tax,
  cast(0 as decimal(18, 2)) as carried_tax
from spread as s
left join service_names as n on n.service_type_code = s.service_type_code
