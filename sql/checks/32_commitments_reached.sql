-- title: Every commitment of the month is reached or its shortfall is charged
-- severity: B
-- phase: lines
-- owner: finance
-- code: software_defect
-- action: report it with this finding; nothing of the party leaves until it is mended
-- What a contract's commitments ask for in the month, counted day by day, against the eligible charges of its records and the
-- shortfalls that it is charged. A shortfall without a price is the business of check 30, an issued month that of its restatement.
with month_days as (
  select cast(p.first_day + (t.tens * 10 + u.ones) * interval '1' day as date) as on_day
  from ops.params as p
  cross join (values (0), (1), (2), (3)) as t (tens)
  cross join (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as u (ones)
  where cast(p.first_day + (t.tens * 10 + u.ones) * interval '1' day as date) <= p.last_day
),
commitments as (
  select
    k.contract_no,
    k.valid_from,
    k.valid_to,
    k.amount_per_month,
    ',' || replace(coalesce(k.services, ''), ' ', '') || ',' as services,
    coalesce(k.refunds_reduce, false) as refunds_reduce,
    row_number() over (order by k.contract_no, k.valid_from) as number
  from settlement.commitments as k
  inner join ops.params as p on p.cycle = k.cycle
),
asked as (
  select
    m.number,
    count(distinct d.on_day) as days
  from commitments as m
  inner join settlement.contracts as c on c.contract_no = m.contract_no
  inner join ops.params as p on p.cycle = c.cycle
  inner join month_days as d
    on d.on_day >= c.valid_from and (c.valid_to is null or d.on_day <= c.valid_to)
    and d.on_day >= m.valid_from and (m.valid_to is null or d.on_day <= m.valid_to)
  group by m.number
),
current_lines as (
  select
    l.party_id,
    l.kind,
    l.contract_no,
    l.line_id,
    l.service_type_code,
    l.charge_amount
  from settlement.lines as l
  inner join ops.params as p on p.cycle = l.cycle
  left join settlement.current_revisions as c on c.cycle = l.cycle and c.party_id = l.party_id
  where l.kind in ('record', 'commitment') and l.revision = coalesce(c.revision, 0) and not coalesce(c.closed, false)
),
reached as (
  select
    m.number,
    sum(l.charge_amount) as amount
  from current_lines as l
  inner join commitments as m on m.contract_no = l.contract_no
  where l.kind = 'record' and (l.charge_amount >= 0 or m.refunds_reduce)
    and (m.services = ',,' or strpos(m.services, ',' || l.service_type_code || ',') > 0)
  group by m.number
),
due as (
  select
    m.contract_no,
    sum(greatest(
      cast(from_e8(div_round(e8(m.amount_per_month) * a.days, n.days)) as decimal(38, 8)) - coalesce(r.amount, 0),
      cast(0 as decimal(38, 8))
    )) as amount,
    count(*) as commitments
  from commitments as m
  inner join asked as a on a.number = m.number
  cross join (select count(*) as days from month_days) as n
  left join reached as r on r.number = m.number
  group by m.contract_no
),
charged as (
  select
    l.contract_no,
    sum(l.charge_amount) as amount
  from current_lines as l
  where l.kind = 'commitment'
  group by l.contract_no
),
holders as (
  select
    c.contract_no,
    min(c.party_id) as party_id,
    min(c.customer_id) as customer_id,
    case when min(c.reseller_id) = max(c.reseller_id) then min(c.reseller_id) end as reseller_id
  from settlement.contracts as c
  inner join ops.params as p on p.cycle = c.cycle
  group by c.contract_no
),
unpriced as (
  select distinct m.contract_no
  from settlement.commitment_months as m
  inner join settlement.unpriced as u
    on u.cycle = m.cycle and u.window_id is null and u.record_key = 'commitment/' || m.contract_no || '/' || cast(m.place as varchar)
)
select
  h.party_id,
  h.customer_id,
  h.reseller_id,
  'commitments of contract ' || h.contract_no as subject,
  cast(coalesce(d.amount, 0) as varchar) as expected,
  cast(coalesce(g.amount, 0) as varchar) as actual,
  cast(coalesce(g.amount, 0) - coalesce(d.amount, 0) as decimal(38, 8)) as difference,
  'the shortfall that is charged is not what the commitments and the eligible charges of the month give; report this with the run id' as reason,
  cast(coalesce(d.commitments, 0) as varchar) || ' commitments in the month' as detail
from holders as h
cross join ops.params as p
left join due as d on d.contract_no = h.contract_no
left join charged as g on g.contract_no = h.contract_no
left join settlement.current_revisions as v on v.cycle = p.cycle and v.party_id = h.party_id
left join unpriced as u on u.contract_no = h.contract_no
where coalesce(g.amount, 0) <> coalesce(d.amount, 0) and u.contract_no is null and not coalesce(v.closed, false)
