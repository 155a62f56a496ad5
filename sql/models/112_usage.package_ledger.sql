-- usage.package_ledger: one quota of a resource package in one reset window that touches the month: opening + granted - used -
-- cleared = closing, all within the month. Where the month alone cannot tell the opening balance, it is what the months before left; where even those
-- cannot, balance_known is false and the balances are NULL.
-- build: view
-- column reuse_mode: resettable or one-off, with the reset period and its basis: month/calendar, month/order, year/calendar …
-- column window_from: first day of the reset window (UTC+8), which may lie before the month
-- column window_to: last day of the reset window (UTC+8), which may lie after the month
-- column quota: the whole quota of the window
-- column opening: balance when the month began, or 0 where the window began in the month
-- column carried: closing balance of the month before by this ledger; NULL: the window began in the month, or the month before is not known
-- column granted: quota that came in the month: at the window's begin, or for a one-off package at its purchase
-- column used: deducted in the month, within the window
-- column cleared: what was left and lapsed because the window or the package ended in the month
-- column closing: balance when the month ended
-- column remaining_reported: balance after the month's last deduction within the window, as that deduction names it
-- column utilisation: used / (opening + granted)
-- column overage_quantity: usage of the resources that the item covered, within the window, beyond what was covered, in measure_id; NULL: a unit is not known
-- column overage_official_amount: list price of that usage
-- column overage_payable_amount: payable amount of that usage
-- column days_to_expiry: days from the month's last day to the package's last day; negative: it has expired
-- column balance_known: whether opening, granted, cleared and closing could be told
-- column is_carried: whether the opening balance is what the months before left, since the month alone cannot tell it
-- column alert: what to act on, separated by commas: nearly_used (more than 90 % of the window's quota), hardly_used (less than 20 % when 75 % of the window is over), expiring (within 30 days)
-- column measure_id: unit of the quantities; see source.measure_units
-- column unit: abbreviation or name of measure_id
with numbered as (
  select
    w.*,
    cast(w.cycle || '-01' as date) as first_day,
    cast(substring(w.cycle, 1, 4) as integer) * 12 + cast(substring(w.cycle, 6, 2) as integer)
      - row_number() over (
        partition by w.customer_id, w.reseller_id, w.order_instance_id, w.free_resource_id, w.measure_id, w.window_from order by w.cycle
      ) as stretch
  from usage.package_windows as w
),
-- Months of one window that follow each other without a gap; each part of them begins with a month that knows its opening.
parts as (
  select
    n.*,
    count(n.opening) over (
      partition by n.customer_id, n.reseller_id, n.order_instance_id, n.free_resource_id, n.measure_id, n.window_from, n.stretch order by n.cycle
    ) as part
  from numbered as n
),
-- What the first month of the part had, less what was used until this month.
running as (
  select
    x.*,
    first_value(x.opening) over (
      partition by x.customer_id, x.reseller_id, x.order_instance_id, x.free_resource_id, x.measure_id, x.window_from, x.stretch, x.part order by x.cycle
    ) as first_opening,
    sum(x.granted - x.used) over (
      partition by x.customer_id, x.reseller_id, x.order_instance_id, x.free_resource_id, x.measure_id, x.window_from, x.stretch, x.part order by x.cycle
    ) as moved
  from parts as x
),
opened as (
  select
    r.*,
    case when not r.balance_lost then coalesce(r.opening, r.first_opening + r.moved - (r.granted - r.used)) end as balance
  from running as r
),
carried as (
  select
    o.*,
    lag(o.balance + o.granted - o.used) over (
      partition by o.customer_id, o.reseller_id, o.order_instance_id, o.free_resource_id, o.measure_id, o.window_from, o.stretch order by o.cycle
    ) as carried
  from opened as o
),
closed as (
  select
    c.*,
    c.balance + c.granted - c.used as left_over,
    -- Ratios are worked out on whole millionths, within what integers hold.
    case when c.quota > 0 and c.quota < 1000000000000000 and abs(c.balance + c.granted - c.used) < 1000000000000000
      then cast(round(c.quota, 6) * 1000000 as hugeint) end as quota_e6,
    case when c.quota > 0 and c.quota < 1000000000000000 and abs(c.balance + c.granted - c.used) < 1000000000000000
      then cast(round(c.quota - (c.balance + c.granted - c.used), 6) * 1000000 as hugeint) end as spent_e6,
    date_diff('day', c.window_from, c.window_to) + 1 as window_days,
    date_diff('day', c.window_from, least(c.window_to, cast(c.first_day + interval '1' month - interval '1' day as date))) + 1 as days_over
  from carried as c
)
select
  c.cycle,
  c.customer_id,
  c.reseller_id,
  c.order_instance_id,
  c.order_id,
  c.product_name,
  c.service_type_code,
  c.region_code,
  c.enterprise_project_id,
  c.free_resource_id,
  c.usage_type_name,
  c.measure_id,
  c.unit,
  c.effective_time,
  c.expire_time,
  c.reuse_mode,
  c.window_from,
  c.window_to,
  c.quota,
  cast(c.balance as decimal(38, 12)) as opening,
  cast(c.carried as decimal(38, 12)) as carried,
  case when c.balance is not null then c.granted end as granted,
  c.used,
  cast(case when c.balance is not null then case when c.ends_here then c.left_over else 0 end end as decimal(38, 12)) as cleared,
  cast(case when c.balance is not null then case when c.ends_here then 0 else c.left_over end end as decimal(38, 12)) as closing,
  c.remaining_reported,
  -- Only within the range that the integers of the one division hold; a ratio beyond it says nothing.
  case
    when c.balance + c.granted > 0 and c.balance + c.granted < 1000000000000000 and c.used between 0 and 1000 * (c.balance + c.granted)
      then cast(cast(div_round(
        cast(round(c.used, 6) * 1000000 as hugeint) * 10000000000,
        greatest(cast(round(c.balance + c.granted, 6) * 1000000 as hugeint), 1)
      ) as decimal(38, 0)) * 0.0000000001 as decimal(18, 10))
  end as utilisation,
  c.overage_quantity,
  c.overage_official_amount,
  c.overage_payable_amount,
  c.days_to_expiry,
  c.balance is not null as balance_known,
  c.opening is null and c.balance is not null as is_carried,
  nullif(substring(
    case when c.spent_e6 * 100 > c.quota_e6 * 90 then ',nearly_used' else '' end
    || case when c.spent_e6 * 100 < c.quota_e6 * 20 and c.days_over * 100 >= c.window_days * 75 then ',hardly_used' else '' end
    || case when c.days_to_expiry between 0 and 30 then ',expiring' else '' end,
    2
  ), '') as alert
from closed as c
