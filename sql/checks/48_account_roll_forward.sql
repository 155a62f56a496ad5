-- title: Accounts roll forward from balance to balance
-- severity: W
-- phase: lines
-- owner: finance
-- code: unexplained
-- action: compare the account's statement in the vendor's portal with the allocations and fee records between the two balances, and ask the vendor contact about what stays
-- needs: customer_balances, partner_adjustments
-- Three questions: does each customer's account roll from one snapshot to the next (recon.account_ledger); is what the list of allocations
-- says what went from the partner's or reseller's account, customer by customer; and does each change of that account begin with the balance
-- that the one before left. The last two wait for the month to be over: the lists are not fetched in one instant.
with changes as (
  select
    c.customer_id,
    c.reseller_id,
    c.balance_type,
    c.trade_time,
    c.account_change_id,
    c.trade_detail_type in ('SOURCE_OPERATION_BEADJUST', 'SOURCE_OPERATION_BERETRIEVE', 'SOURCE_OPERATION_BEUNBIND') as is_allocation,
    case when c.type = '2' then -abs(c.change_amount) else abs(c.change_amount) end as amount,
    c.balance_after_change as after_change
  from source.partner_account_changes as c
  inner join ops.params as p on p.cycle = c.cycle
  where p.calendar_final
),
-- An older service names no customers: then there is nothing to compare.
unnamed as (
  select distinct c.reseller_id
  from changes as c
  where c.is_allocation and c.customer_id is null
),
told as (
  select distinct w.reseller_id
  from ops.windows as w
  inner join ops.params as p on p.cycle = w.cycle
  where w.dataset = 'partner_account_changes' and w.skipped = '' and p.calendar_final
),
listed as (
  select
    a.customer_id,
    a.reseller_id,
    sum(case when a.operation_type = 'SOURCE_OPERATION_BEADJUST' then abs(a.amount) else -abs(a.amount) end) as amount,
    count(*) as records
  from source.partner_adjustments as a
  inner join ops.params as p on p.cycle = a.cycle
  inner join told as t on t.reseller_id = a.reseller_id
  group by a.customer_id, a.reseller_id
),
moved as (
  select
    c.customer_id,
    c.reseller_id,
    -sum(c.amount) as amount,
    count(*) as records
  from changes as c
  where c.is_allocation
  group by c.customer_id, c.reseller_id
),
allocations as (
  select
    coalesce(l.customer_id, m.customer_id) as customer_id,
    coalesce(l.reseller_id, m.reseller_id) as reseller_id,
    coalesce(l.amount, 0) as listed_amount,
    coalesce(m.amount, 0) as moved_amount,
    coalesce(l.records, 0) as listed_records,
    coalesce(m.records, 0) as moved_records
  from listed as l
  full outer join moved as m on m.customer_id = l.customer_id and m.reseller_id = l.reseller_id
),
-- In whatever order the changes stand: all but one begin with a balance that another one left.
ends as (
  select c.reseller_id, c.balance_type, c.after_change as balance, 1 as n
  from changes as c
  union all
  select c.reseller_id, c.balance_type, c.after_change - c.amount as balance, -1 as n
  from changes as c
),
loose as (
  select
    e.reseller_id,
    e.balance_type,
    e.balance,
    sum(e.n) as n
  from ends as e
  group by e.reseller_id, e.balance_type, e.balance
),
broken as (
  select
    l.reseller_id,
    l.balance_type
  from loose as l
  where l.n < 0
  group by l.reseller_id, l.balance_type
  having sum(l.n) < -1
),
-- In the order of time the first loose beginning is the account's own; the second is the break, and the first loose end is what should
-- stand before it. Changes of one instant may stand in any order.
begun as (
  select
    c.*,
    l.balance as before_change,
    row_number() over (partition by c.reseller_id, c.balance_type order by c.trade_time, c.account_change_id) as nth
  from changes as c
  inner join broken as k on k.reseller_id = c.reseller_id and k.balance_type = c.balance_type
  inner join loose as l on l.reseller_id = c.reseller_id and l.balance_type = c.balance_type and l.balance = c.after_change - c.amount
  where l.n < 0
),
ended as (
  select
    c.*,
    row_number() over (partition by c.reseller_id, c.balance_type order by c.trade_time, c.account_change_id) as nth
  from changes as c
  inner join loose as l on l.reseller_id = c.reseller_id and l.balance_type = c.balance_type and l.balance = c.after_change
  where l.n > 0
)
select
  a.customer_id,
  a.reseller_id,
  'account of customer ' || a.customer_id || case when a.reseller_id = '' then '' else ' under reseller ' || a.reseller_id end as subject,
  'balance ' || cast(a.expected_balance as varchar) as expected,
  'balance ' || cast(a.closing_balance - a.closing_debt as varchar) as actual,
  a.difference,
  cast(p.tolerance_per_charge * (a.longer_charges + a.longer_refunds) as decimal(38, 8)) as tolerance,
  a.status = 'truncation' as explained,
  case when a.status = 'truncation' then 'truncation' else 'unexplained' end as reason_code,
  case when a.status = 'truncation' then 'truncation: the account is charged cut to the cent'
    else 'the account did not change by what was allocated and charged: a charge or an allocation is missing, or one was changed after it was booked'
  end as reason,
  'from ' || cast(a.opened_at as varchar) || ' to ' || cast(a.closed_at as varchar) || ' UTC: opening ' || cast(a.opening_balance - a.opening_debt as varchar)
    || ', allocated ' || cast(a.allocated as varchar) || ', taken back ' || cast(a.reclaimed + a.unbound as varchar)
    || ', charged ' || cast(a.consumed as varchar) || ', refunded ' || cast(a.refunded as varchar) as detail
from recon.account_ledger as a
inner join ops.params as p on p.cycle = a.cycle
where a.status in ('differs', 'truncation')
union all
select
  a.customer_id,
  cast(null as varchar) as reseller_id,
  'allocations to customer ' || a.customer_id || case when a.reseller_id = '' then '' else ' from reseller ' || a.reseller_id end as subject,
  cast(a.moved_amount as varchar) || ' by the changes of the account that gives' as expected,
  cast(a.listed_amount as varchar) || ' by the list of allocations' as actual,
  cast(a.listed_amount - a.moved_amount as decimal(38, 8)) as difference,
  cast(0 as decimal(38, 8)) as tolerance,
  false as explained,
  'vendor_error' as reason_code,
  'the list of allocations and the changes of the account that gives differ' as reason,
  cast(a.listed_records as varchar) || ' allocations listed, ' || cast(a.moved_records as varchar) || ' changes' as detail
from allocations as a
left join unnamed as u on u.reseller_id = a.reseller_id
where a.listed_amount <> a.moved_amount and u.reseller_id is null
union all
select
  cast(null as varchar) as customer_id,
  cast(null as varchar) as reseller_id,
  case when g.reseller_id = '' then 'the partner''s account' else 'account of reseller ' || g.reseller_id end || ', ' || g.balance_type as subject,
  'balance ' || cast(e.after_change as varchar) || ' before the change' as expected,
  'balance ' || cast(g.before_change as varchar) as actual,
  cast(g.before_change - e.after_change as decimal(38, 8)) as difference,
  cast(0 as decimal(38, 8)) as tolerance,
  false as explained,
  'vendor_error' as reason_code,
  'a change does not begin with the balance that the one before left: a change is missing, or a balance is wrong' as reason,
  'change ' || coalesce(g.account_change_id, '') || ' of ' || cast(g.trade_time as varchar) || ' UTC' as detail
from begun as g
inner join ended as e on e.reseller_id = g.reseller_id and e.balance_type = g.balance_type and e.nth = 1
where g.nth = 2
