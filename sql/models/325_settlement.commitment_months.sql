-- settlement.commitment_months: one commitment of a contract that both hold in the cycle, with what the month's records reached of
-- it. Eligible are the charges of the contract's fee records (of the commitment's services, where it names some), never
-- adjustments; negative ones only where the commitment says that refunds reduce. A working table of the pricing models: it holds
-- the cycle of the latest run only.
-- build: whole
-- column place: which of the contract's commitments it is, from 1 in the order of their begin
-- column customer_id: account that bears the shortfall: of the contract's newest row in the month
-- column days: days of the month on which the commitment and a row of its contract are valid
-- column month_days: days of the month
-- column minimum_amount: amount_per_month for these days, to 8 places
-- column reached_amount: sum of the eligible charges
-- column shortfall_amount: minimum_amount less reached_amount; 0 where it is reached
with commitments as (
  select
    k.cycle,
    k.contract_no,
    k.valid_from,
    k.valid_to,
    k.amount_per_month,
    replace(coalesce(k.services, ''), ' ', '') as services,
    coalesce(k.refunds_reduce, false) as refunds_reduce,
    p.first_day,
    p.last_day,
    row_number() over (
      partition by k.contract_no
      order by k.valid_from, k.valid_to, k.amount_per_month, coalesce(k.services, ''), coalesce(k.refunds_reduce, false)
    ) as place
  from settlement.commitments as k
  inner join ops.params as p on p.cycle = k.cycle
),
contracts as (
  select
    c.contract_no,
    c.party_id,
    c.customer_id,
    c.reseller_id,
    c.tax_code,
    c.amounts_include_tax,
    greatest(c.valid_from, p.first_day) as begins,
    least(coalesce(c.valid_to, p.last_day), p.last_day) as ends,
    row_number() over (
      partition by c.contract_no
      order by c.valid_from desc, c.customer_id, c.reseller_id
    ) as newest
  from settlement.contracts as c
  inner join ops.params as p on p.cycle = c.cycle
  where c.valid_from <= p.last_day and (c.valid_to is null or c.valid_to >= p.first_day)
),
-- Rows of a contract may overlap, several accounts for one: each day counts once, in the row that reaches it first.
spans as (
  select
    m.contract_no,
    m.place,
    greatest(c.begins, m.valid_from) as begins,
    least(c.ends, coalesce(m.valid_to, c.ends)) as ends
  from commitments as m
  inner join contracts as c on c.contract_no = m.contract_no
  where greatest(c.begins, m.valid_from) <= least(c.ends, coalesce(m.valid_to, c.ends))
),
ordered as (
  select
    s.*,
    max(s.ends) over (
      partition by s.contract_no, s.place
      order by s.begins, s.ends
      rows between unbounded preceding and 1 preceding
    ) as counted_to
  from spans as s
),
valid_days as (
  select
    o.contract_no,
    o.place,
    sum(case
      when o.counted_to is null or o.begins > o.counted_to then date_diff('day', o.begins, o.ends) + 1
      when o.ends > o.counted_to then date_diff('day', o.counted_to, o.ends)
      else 0
    end) as days
  from ordered as o
  group by o.contract_no, o.place
),
eligible as (
  select
    m.contract_no,
    m.place,
    sum(l.charge_amount) as amount
  from settlement.lines as l
  inner join ops.params as p on p.cycle = l.cycle
  inner join commitments as m on m.contract_no = l.contract_no
  left join ops.revisions as v on v.cycle = l.cycle and v.party_id = l.party_id
  where l.kind = 'record' and l.revision > coalesce(v.issued_revision, -1)
    and (l.charge_amount >= 0 or m.refunds_reduce)
    and (m.services = '' or strpos(',' || m.services || ',', ',' || l.service_type_code || ',') > 0)
  group by m.contract_no, m.place
),
rates as (
  select
    t.tax_code,
    t.rate,
    row_number() over (partition by t.tax_code order by t.valid_from desc) as newest
  from settlement.tax_items as t
  inner join ops.params as p on p.cycle = t.cycle
  where t.valid_from <= p.last_day
),
prorated as (
  select
    m.*,
    d.days,
    date_diff('day', m.first_day, m.last_day) + 1 as month_days,
    from_e8(div_round(e8(m.amount_per_month) * d.days, date_diff('day', m.first_day, m.last_day) + 1)) as minimum_amount
  from commitments as m
  inner join valid_days as d on d.contract_no = m.contract_no and d.place = m.place
)
select
  m.cycle,
  m.contract_no,
  m.place,
  c.party_id,
  c.customer_id,
  c.reseller_id,
  c.tax_code,
  t.rate as tax_rate,
  c.amounts_include_tax,
  cast(m.days as integer) as days,
  cast(m.month_days as integer) as month_days,
  m.minimum_amount,
  cast(coalesce(e.amount, 0) as decimal(38, 8)) as reached_amount,
  cast(greatest(cast(m.minimum_amount as decimal(38, 8)) - coalesce(e.amount, 0), 0) as decimal(38, 8)) as shortfall_amount
from prorated as m
inner join contracts as c on c.contract_no = m.contract_no and c.newest = 1
left join eligible as e on e.contract_no = m.contract_no and e.place = m.place
left join rates as t on t.tax_code = c.tax_code and t.newest = 1
