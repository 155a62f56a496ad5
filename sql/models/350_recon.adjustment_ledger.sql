-- recon.adjustment_ledger: one adjustment of the pricing workbook that touches the cycle or a later one, as a ledger over its months: granted - booked - expired
-- = closing. Credits are adjustments with a negative amount.
-- build: cycle
-- column adjustment_id: of the sheet Adjustments
-- column amount: of one month, on the contract's tax basis
-- column months: months from from_cycle to to_cycle
-- column granted: amount of all its months
-- column booked_before: what earlier months have of it in their current revisions
-- column expired_amount: amount of the earlier months without it: they were settled before it was added, or not with settle
-- column issued_without: those of them that were issued
-- column booked: what the cycle's lines have of it; NULL where it is not priced (check 30)
-- column closing: amount of the months to come
-- column difference: granted - booked_before - expired_amount - booked - closing; 0 unless a month has another amount than the workbook
with cycles as (
  select
    p.cycle,
    cast(substring(p.cycle, 1, 4) as integer) * 12 + cast(substring(p.cycle, 6, 2) as integer) as month_number
  from ops.params as p
),
numbered as (
  select
    a.*,
    c.month_number,
    cast(substring(a.from_cycle, 1, 4) as integer) * 12 + cast(substring(a.from_cycle, 6, 2) as integer) as from_number,
    cast(substring(a.to_cycle, 1, 4) as integer) * 12 + cast(substring(a.to_cycle, 6, 2) as integer) as to_number
  from settlement.adjustments as a
  inner join cycles as c on c.cycle = a.cycle
),
granted as (
  select
    n.*,
    n.month_number - n.from_number as months_before,
    n.to_number - greatest(n.month_number, n.from_number - 1) as months_after
  from numbered as n
  where n.to_number >= n.month_number
),
booked as (
  select
    l.cycle,
    l.line_id,
    l.contract_no,
    min(l.party_id) as party_id,
    count(*) as rows_booked,
    cast(sum(l.charge_amount) as decimal(38, 8)) as amount
  from settlement.lines as l
  inner join ops.params as p on l.cycle <= p.cycle
  left join settlement.current_revisions as c on c.cycle = l.cycle and c.party_id = l.party_id
  where l.kind = 'adjustment' and l.revision = coalesce(c.revision, 0)
  group by l.cycle, l.line_id, l.contract_no
),
earlier as (
  select
    b.line_id,
    b.contract_no,
    count(*) as months,
    sum(b.amount) as amount
  from booked as b
  inner join ops.params as p on b.cycle < p.cycle
  group by b.line_id, b.contract_no
),
parties as (
  select
    c.contract_no,
    min(c.party_id) as party_id
  from settlement.contracts as c
  inner join ops.params as p on p.cycle = c.cycle
  group by c.contract_no
),
issued as (
  select
    g.adjustment_id,
    count(*) as months
  from granted as g
  inner join parties as c on c.contract_no = g.contract_no
  inner join ops.revisions as v on v.party_id = c.party_id and v.cycle >= g.from_cycle and v.cycle < g.cycle and v.cycle <= g.to_cycle
  left join booked as b on b.cycle = v.cycle and b.line_id = 'adjustment/' || g.adjustment_id and b.contract_no = g.contract_no
  where v.issued_revision >= 0 and b.line_id is null
  group by g.adjustment_id
),
months as (
  select
    g.cycle,
    c.party_id,
    g.adjustment_id,
    g.contract_no,
    g.from_cycle,
    g.to_cycle,
    g.amount,
    g.to_number - g.from_number + 1 as months,
    greatest(g.months_before, 0) as months_before,
    g.months_after,
    g.months_before >= 0 as begun,
    coalesce(e.months, 0) as months_booked,
    coalesce(e.amount, 0) as booked_before,
    coalesce(i.months, 0) as issued_without,
    b.amount as booked
  from granted as g
  left join parties as c on c.contract_no = g.contract_no
  left join earlier as e on e.line_id = 'adjustment/' || g.adjustment_id and e.contract_no = g.contract_no
  left join issued as i on i.adjustment_id = g.adjustment_id
  left join booked as b on b.cycle = g.cycle and b.line_id = 'adjustment/' || g.adjustment_id and b.contract_no = g.contract_no
)
select
  m.cycle,
  m.party_id,
  m.adjustment_id,
  m.contract_no,
  m.from_cycle,
  m.to_cycle,
  m.amount,
  m.months,
  cast(m.amount * m.months as decimal(38, 8)) as granted,
  cast(m.booked_before as decimal(38, 8)) as booked_before,
  cast(m.amount * (m.months_before - m.months_booked) as decimal(38, 8)) as expired_amount,
  m.issued_without,
  m.booked,
  cast(m.amount * m.months_after as decimal(38, 8)) as closing,
  cast(m.amount * m.months_booked - m.booked_before + case when m.begun and m.booked is not null then m.amount - m.booked else 0 end as decimal(38, 8)) as difference
from months as m
