-- recon.account_ledger: one account of a resale customer, rolled forward from its last snapshot before the cycle to its last one in it: what it held, what was allocated and taken back, what fee records took, and what it holds.
-- build: cycle
-- column opened_at: when the opening balance was asked for, UTC; NULL: no run asked before the cycle
-- column closed_at: when the closing balance was asked for, UTC
-- column opening_balance: available amount then
-- column opening_debt: what was owed then
-- column allocated: what the partner or reseller gave in between
-- column reclaimed: what was taken back in between
-- column unbound: what was taken back in between because the customer left
-- column consumed: what charges took in between: cash, credit and what stayed unpaid, by the time of charging
-- column refunded: what refunds gave back in between
-- column closing_balance: available amount at the end
-- column closing_debt: what is owed at the end
-- column expected_balance: opening balance less debt, with what moved in between
-- column difference: closing balance less debt, less expected_balance
-- column longer_charges: charges with more than two decimals: the account is charged cut to the cent
-- column longer_refunds: refunds with more than two decimals
-- column status: ties, truncation (explained by cuts to the cent), differs, opens (no earlier snapshot), waits (what moved in between is not all known)
--
-- A balance can only be asked for now, so accounts roll between the snapshots of runs. Fee records come up to a day after they were charged:
-- a snapshot closes once the cycle's records were fetched a day after it, and not later than the cycle's end, since what is charged after that is in the
-- next cycle's records. So with month-end runs alone the account of a cycle rolls from the run before the last one to the last. Debt
-- counts against the balance: paying it moves nothing.
with bounds as (
  select
    p.cycle,
    p.prior_cycle,
    cast(p.first_day as timestamp) - interval '8' hour as first_instant,
    cast(p.last_day as timestamp) + interval '16' hour as end_instant,
    cast(p.first_day - interval '1' month as timestamp) + interval '16' hour as prior_second_day,
    p.tolerance_per_charge
  from ops.params as p
),
cycles as (
  select p.cycle from ops.params as p
  union all
  select p.prior_cycle from ops.params as p
),
snapshots as (
  select
    s.customer_id,
    s.reseller_id,
    s.amount,
    coalesce(s.debt_amount, 0) as debt,
    w.finished as taken_at
  from source.customer_balances as s
  inner join ops.windows as w on w.window_id = s.window_id
),
fetched as (
  select
    w.cycle,
    w.customer_id,
    w.reseller_id,
    max(w.finished) as fetched_at
  from ops.windows as w
  inner join cycles as y on y.cycle = w.cycle
  where w.dataset = 'consumption_records' and w.skipped = ''
  group by w.cycle, w.customer_id, w.reseller_id
),
asked as (
  select
    w.cycle,
    w.reseller_id,
    max(w.finished) as fetched_at
  from ops.windows as w
  inner join cycles as y on y.cycle = w.cycle
  where w.dataset = 'partner_adjustments' and w.skipped = ''
  group by w.cycle, w.reseller_id
),
closings as (
  select
    s.*,
    row_number() over (partition by s.customer_id, s.reseller_id order by s.taken_at desc) as place
  from snapshots as s
  inner join fetched as f on f.customer_id = s.customer_id and f.reseller_id = s.reseller_id
  inner join bounds as b on b.cycle = f.cycle
  where s.taken_at >= b.first_instant and s.taken_at < b.end_instant and s.taken_at + interval '24' hour <= f.fetched_at
),
openings as (
  select
    s.*,
    row_number() over (partition by s.customer_id, s.reseller_id order by s.taken_at desc) as place
  from snapshots as s
  cross join bounds as b
  where s.taken_at < b.first_instant
),
spans as (
  select
    b.cycle,
    c.customer_id,
    c.reseller_id,
    o.taken_at as opened_at,
    c.taken_at as closed_at,
    o.amount as opening_balance,
    o.debt as opening_debt,
    c.amount as closing_balance,
    c.debt as closing_debt,
    b.tolerance_per_charge,
    case
      when o.taken_at is null then 'opens'
      when o.taken_at < b.prior_second_day or f.fetched_at is null or f.fetched_at < b.first_instant + interval '24' hour then 'waits'
      when g.fetched_at is null or g.fetched_at < b.first_instant or n.fetched_at is null or n.fetched_at < c.taken_at then 'waits'
      else 'known'
    end as status
  from closings as c
  cross join bounds as b
  left join openings as o on o.customer_id = c.customer_id and o.reseller_id = c.reseller_id and o.place = 1
  left join fetched as f on f.customer_id = c.customer_id and f.reseller_id = c.reseller_id and f.cycle = b.prior_cycle
  left join asked as g on g.reseller_id = c.reseller_id and g.cycle = b.prior_cycle
  left join asked as n on n.reseller_id = c.reseller_id and n.cycle = b.cycle
  where c.place = 1
),
known as (
  select
    y.cycle,
    s.customer_id,
    s.reseller_id,
    s.opened_at,
    s.closed_at
  from spans as s
  cross join cycles as y
  where s.status = 'known'
),
-- By window: a number is looked up faster than three texts, and there may be ten million records.
sought as (
  select
    w.window_id,
    k.customer_id,
    k.reseller_id,
    k.opened_at,
    k.closed_at
  from ops.windows as w
  inner join known as k on k.cycle = w.cycle and k.customer_id = w.customer_id and k.reseller_id = w.reseller_id
  where w.dataset = 'consumption_records'
),
given as (
  select
    a.customer_id,
    a.reseller_id,
    sum(case when a.operation_type = 'SOURCE_OPERATION_BEADJUST' then abs(a.amount) else 0 end) as allocated,
    sum(case when a.operation_type = 'SOURCE_OPERATION_BEUNBIND' then abs(a.amount) else 0 end) as unbound,
    sum(case when a.operation_type in ('SOURCE_OPERATION_BEADJUST', 'SOURCE_OPERATION_BEUNBIND') then 0 else abs(a.amount) end) as reclaimed
  from source.partner_adjustments as a
  inner join known as s on s.cycle = a.cycle and s.customer_id = a.customer_id and s.reseller_id = a.reseller_id
  where a.operation_time > s.opened_at and a.operation_time <= s.closed_at
  group by a.customer_id, a.reseller_id
),
charges as (
  select
    r.window_id,
    coalesce(r.cash_amount, 0) + coalesce(r.credit_amount, 0) + coalesce(r.debt_amount, 0) as amount
  from source.consumption_records as r
  inner join sought as s on s.window_id = r.window_id
  where r.trade_time > s.opened_at and r.trade_time <= s.closed_at
),
summed as (
  select
    c.window_id,
    sum(c.amount) as amount,
    sum(c.amount) filter (where c.amount < 0) as refunded,
    count(*) filter (where c.amount > 0 and c.amount <> round(c.amount, 2)) as longer_charges,
    count(*) filter (where c.amount < 0 and c.amount <> round(c.amount, 2)) as longer_refunds
  from charges as c
  group by c.window_id
),
taken as (
  select
    s.customer_id,
    s.reseller_id,
    sum(c.amount - coalesce(c.refunded, 0)) as consumed,
    -sum(coalesce(c.refunded, 0)) as refunded,
    sum(c.longer_charges) as longer_charges,
    sum(c.longer_refunds) as longer_refunds
  from summed as c
  inner join sought as s on s.window_id = c.window_id
  group by s.customer_id, s.reseller_id
),
rolled as (
  select
    s.*,
    coalesce(g.allocated, 0) as allocated,
    coalesce(g.reclaimed, 0) as reclaimed,
    coalesce(g.unbound, 0) as unbound,
    coalesce(t.consumed, 0) as consumed,
    coalesce(t.refunded, 0) as refunded,
    cast(coalesce(t.longer_charges, 0) as bigint) as longer_charges,
    cast(coalesce(t.longer_refunds, 0) as bigint) as longer_refunds,
    s.opening_balance - s.opening_debt + coalesce(g.allocated, 0) - coalesce(g.reclaimed, 0) - coalesce(g.unbound, 0)
      - coalesce(t.consumed, 0) + coalesce(t.refunded, 0) as expected_balance
  from spans as s
  left join given as g on g.customer_id = s.customer_id and g.reseller_id = s.reseller_id
  left join taken as t on t.customer_id = s.customer_id and t.reseller_id = s.reseller_id
),
compared as (
  select
    r.*,
    r.closing_balance - r.closing_debt - r.expected_balance as difference
  from rolled as r
)
select
  c.cycle,
  c.customer_id,
  c.reseller_id,
  c.opened_at,
  c.closed_at,
  try_cast(c.opening_balance as decimal(18, 8)) as opening_balance,
  try_cast(c.opening_debt as decimal(18, 8)) as opening_debt,
  case when c.status = 'known' then try_cast(c.allocated as decimal(18, 8)) end as allocated,
  case when c.status = 'known' then try_cast(c.reclaimed as decimal(18, 8)) end as reclaimed,
  case when c.status = 'known' then try_cast(c.unbound as decimal(18, 8)) end as unbound,
  case when c.status = 'known' then try_cast(c.consumed as decimal(18, 8)) end as consumed,
  case when c.status = 'known' then try_cast(c.refunded as decimal(18, 8)) end as refunded,
  try_cast(c.closing_balance as decimal(18, 8)) as closing_balance,
  try_cast(c.closing_debt as decimal(18, 8)) as closing_debt,
  case when c.status = 'known' then try_cast(c.expected_balance as decimal(18, 8)) end as expected_balance,
  case when c.status = 'known' then try_cast(c.difference as decimal(18, 8)) end as difference,
  c.longer_charges,
  c.longer_refunds,
  case
    when c.status <> 'known' then c.status
    when c.difference = 0 then 'ties'
    when c.difference > 0 and c.difference < c.tolerance_per_charge * c.longer_charges then 'truncation'
    when c.difference < 0 and -c.difference < c.tolerance_per_charge * c.longer_refunds then 'truncation'
    else 'differs'
  end as status
from compared as c
