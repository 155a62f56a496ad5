-- title: Adjustments and credits are booked as the workbook grants them
-- severity: B
-- phase: lines
-- owner: finance
-- code: changed_month
-- action: compare the sheet Adjustments with what the months have of it; book what is missing or too much as an adjustment of an open month
-- The ledger of each adjustment and credit (recon.adjustment_ledger): opening less what is booked and what is expired is what is left. Another amount in the
-- cycle's lines than the workbook grants blocks; months that were issued with another amount, or without it, warn: what is issued does not change.
-- Lines of the cycle that no adjustment grants block.
with lines as (
  select
    l.party_id,
    l.customer_id,
    l.line_id,
    l.contract_no,
    l.charge_amount,
    coalesce(c.closed, false) as closed
  from settlement.lines as l
  inner join ops.params as p on p.cycle = l.cycle
  left join settlement.current_revisions as c on c.cycle = l.cycle and c.party_id = l.party_id
  where l.kind = 'adjustment' and l.revision = coalesce(c.revision, 0)
),
ledger as (
  select
    k.*,
    'adjustment/' || k.adjustment_id as line_id,
    coalesce(v.closed, false) as closed
  from recon.adjustment_ledger as k
  inner join ops.params as p on p.cycle = k.cycle
  left join settlement.current_revisions as v on v.cycle = k.cycle and v.party_id = k.party_id
)
select
  case when coalesce(k.booked, k.amount) <> k.amount and not k.closed then 'B' else 'W' end as severity,
  k.party_id,
  cast(null as varchar) as customer_id,
  'adjustment ' || k.adjustment_id as subject,
  'granted ' || cast(k.granted as varchar) || ' in ' || cast(k.months as varchar) || ' months, ' || cast(cast(k.amount as decimal(38, 8)) as varchar) || ' each' as expected,
  'booked ' || cast(k.booked_before as varchar) || ' before and ' || coalesce(cast(k.booked as varchar), 'nothing') || ' now, expired '
    || cast(k.expired_amount as varchar) || ', left ' || cast(k.closing as varchar) as actual,
  cast(case
    when k.difference <> 0 then k.difference
    when k.booked <> k.amount then k.amount - k.booked
    else k.amount * k.issued_without
  end as decimal(38, 8)) as difference,
  cast(0 as decimal(38, 8)) as tolerance,
  case
    when k.difference <> 0 or k.booked <> k.amount then 'the months have another amount of it than the workbook grants; it was changed after they were settled'
    else cast(k.issued_without as varchar) || ' issued months are without it: it was added after they were issued'
  end as reason,
  'contract ' || coalesce(k.contract_no, '-') || ', ' || k.from_cycle || ' to ' || k.to_cycle as detail
from ledger as k
where k.difference <> 0 or k.booked <> k.amount or k.issued_without > 0
union all
select
  case when l.closed then 'W' else 'B' end as severity,
  l.party_id,
  l.customer_id,
  l.line_id as subject,
  'no line' as expected,
  'booked ' || cast(cast(l.charge_amount as decimal(38, 8)) as varchar) as actual,
  cast(l.charge_amount as decimal(38, 8)) as difference,
  cast(0 as decimal(38, 8)) as tolerance,
  'the workbook grants no such adjustment in this cycle' as reason,
  'contract ' || coalesce(l.contract_no, '-') as detail
from lines as l
left join ledger as k on k.line_id = l.line_id and k.contract_no = l.contract_no and k.from_cycle <= k.cycle
where k.line_id is null
