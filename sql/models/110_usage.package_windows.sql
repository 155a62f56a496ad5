-- usage.package_windows: one quota of a resource package in one reset window that touches the month, as far as the month alone can tell it: usage.package_ledger carries balances
-- from month to month on top of it. The API tells balances of today only, so past balances come from the deductions
-- (ListFreeResourcesUsageRecords), each of which names the balance before and after it. Quotas that reset more often than monthly show what was used.
-- build: cycle
-- column reuse_mode: resettable or one-off, with the reset period and its basis: month/calendar, month/order, year/calendar …
-- column window_from: first day of the reset window (UTC+8), which may lie before the month
-- column window_to: last day of the reset window (UTC+8), which may lie after the month
-- column quota: the whole quota of the window; NULL where its unit is not that of the deductions
-- column opening: balance when the month began, or 0 where the window began in the month; NULL where the month cannot tell it
-- column granted: quota that came in the month: at the window's begin, or for a one-off package at its purchase
-- column used: deducted in the month, within the window
-- column remaining_reported: balance after the month's last deduction within the window, as that deduction names it; NULL: there is none, or the quota resets more often than monthly
-- column ends_here: whether the window or the package ended in the month: what is left then lapses
-- column balance_lost: balances of the item can never be told: it was unsubscribed, resets more often than monthly, or no package of the snapshot has it
-- column overage_quantity: usage of the resources that the item covered, within the window, beyond what was covered, in measure_id; NULL: a unit is not known
-- column overage_official_amount: list price of that usage
-- column overage_payable_amount: payable amount of that usage
-- column days_to_expiry: days from the month's last day to the package's last day; negative: it has expired
-- column measure_id: unit of the quantities; see source.measure_units
-- column unit: abbreviation or name of measure_id
with calendar as (
  select
    p.*,
    cast(date_trunc('month', p.first_day - interval '1' day) as date) as prior_first,
    cast(p.first_day - interval '1' day as date) as prior_last,
    cast(p.last_day + interval '1' day as date) as next_first,
    cast(p.first_day + interval '2' month - interval '1' day as date) as next_last,
    cast(date_trunc('year', p.first_day) as date) as year_first,
    cast(date_trunc('year', p.first_day) + interval '1' year - interval '1' day as date) as year_last
  from ops.params as p
),
-- The newest snapshot of each customer.
snapshots as (
  select
    s.customer_id,
    s.reseller_id,
    s.run_id,
    row_number() over (partition by s.customer_id, s.reseller_id order by s.started desc nulls last, s.run_id desc) as place
  from (
    select distinct
      k.customer_id,
      k.reseller_id,
      k.run_id,
      o.started
    from source.resource_packages as k
    inner join ops.params as p on p.cycle = k.cycle
    left join ops.runs as o on o.run_id = k.run_id
  ) as s
),
deductions as (
  select
    u.customer_id,
    u.reseller_id,
    u.free_resource_id,
    u.cycle,
    u.deduct_time_date,
    u.available_amount,
    u.remaining_amount,
    u.used_amount,
    u.measure_id,
    u.product_name
  from source.resource_package_usage as u
  inner join calendar as p on u.cycle = p.cycle or u.cycle = p.prior_cycle and u.deduct_time_date < p.first_day
),
-- The unit in which an item is deducted; ListFreeResourceInfos and ListFreeResourceUsages may each name another one.
deducted as (
  select
    u.customer_id,
    u.reseller_id,
    u.free_resource_id,
    min(u.measure_id) as measure_id,
    min(u.measure_id) = max(u.measure_id) as one_unit,
    max(u.product_name) as product_name
  from deductions as u
  group by u.customer_id, u.reseller_id, u.free_resource_id
),
items as (
  select
    k.customer_id,
    k.reseller_id,
    k.order_instance_id,
    k.order_id,
    k.product_name,
    k.service_type_code,
    k.region_code,
    k.enterprise_project_id,
    k.effective_time,
    k.effective_time_date,
    k.expire_time,
    -- The last day inside: an expiry at midnight belongs to the day before.
    cast(k.expire_time + interval '8' hour - interval '1' second as date) as last_date,
    k.status,
    k.quota_reuse_mode,
    i.free_resource_id,
    i.usage_type_name,
    i.quota_reuse_cycle,
    i.quota_reuse_cycle_type,
    coalesce(d.measure_id, i.measure_id) as measure_id,
    case
      when d.measure_id is null or d.one_unit and d.measure_id = i.measure_id then i.original_amount
      when d.one_unit and d.measure_id = i.quota_measure_id then i.quota_original_amount
    end as original,
    case
      when d.measure_id is null or d.one_unit and d.measure_id = i.measure_id then i.amount
      when d.one_unit and d.measure_id = i.quota_measure_id then i.quota_amount
    end as left_now,
    -- A snapshot before the month's end tells today's balance, which is then the closing one.
    s.run_id,
    o.started
  from source.resource_packages as k
  inner join calendar as p on p.cycle = k.cycle
  inner join snapshots as s
    on s.customer_id = k.customer_id and s.reseller_id = k.reseller_id and s.run_id = k.run_id and s.place = 1
  inner join source.resource_package_items as i
    on i.cycle = k.cycle and i.customer_id = k.customer_id and i.reseller_id = k.reseller_id and i.run_id = k.run_id
    and i.order_instance_id = k.order_instance_id
  left join ops.runs as o on o.run_id = k.run_id
  left join deducted as d
    on d.customer_id = k.customer_id and d.reseller_id = k.reseller_id and d.free_resource_id = i.free_resource_id
  where coalesce(k.effective_time_date, p.first_day) <= p.last_day
    and (k.expire_time is null or cast(k.expire_time + interval '8' hour - interval '1' second as date) >= p.first_day)
),
-- Where a quota by order date resets in this and the neighbouring months: the day of the order, or the month's last day.
resets as (
  select
    i.*,
    cast(p.prior_first + (least(day(i.effective_time_date), day(p.prior_last)) - 1) * interval '1' day as date) as prior_reset,
    cast(p.first_day + (least(day(i.effective_time_date), day(p.last_day)) - 1) * interval '1' day as date) as this_reset,
    cast(p.next_first + (least(day(i.effective_time_date), day(p.next_last)) - 1) * interval '1' day as date) as next_reset,
    cast(i.effective_time + interval '8' hour
      + (year(p.first_day) - year(i.effective_time_date)) * interval '1' year as date) as this_anniversary
  from items as i
  cross join calendar as p
),
-- Up to two windows of a quota touch a month: place 1, and place 2 where it resets by the order's date.
places as (
  select 1 as place
  union all
  select 2 as place
),
modes as (
  select
    r.*,
    case
      when coalesce(r.quota_reuse_mode, '2') <> '1' then 'one-off'
      when r.quota_reuse_cycle = '4' and r.quota_reuse_cycle_type = '2' then 'month/order'
      when r.quota_reuse_cycle = '4' then 'month/calendar'
      when r.quota_reuse_cycle = '5' and r.quota_reuse_cycle_type = '2' then 'year/order'
      when r.quota_reuse_cycle = '5' then 'year/calendar'
      when r.quota_reuse_cycle = '1' then 'hour'
      when r.quota_reuse_cycle = '2' then 'day'
      when r.quota_reuse_cycle = '3' then 'week'
      else 'period ' || coalesce(r.quota_reuse_cycle, 'unknown')
    end as mode_words
  from resets as r
),
windows as (
  select
    m.*,
    m.mode_words not in ('one-off', 'month/order', 'month/calendar', 'year/order', 'year/calendar') as resets_often,
    case m.mode_words
      when 'one-off' then m.effective_time_date
      when 'month/order' then case n.place when 1 then m.prior_reset else m.this_reset end
      when 'year/order' then case n.place when 1 then cast(m.this_anniversary - interval '1' year as date) else m.this_anniversary end
      when 'year/calendar' then p.year_first
      else p.first_day
    end as window_from,
    case m.mode_words
      when 'one-off' then m.last_date
      when 'month/order' then cast(case n.place when 1 then m.this_reset else m.next_reset end - interval '1' day as date)
      when 'year/order'
        then cast(case n.place when 1 then m.this_anniversary else m.this_anniversary + interval '1' year end - interval '1' day as date)
      when 'year/calendar' then p.year_last
      else p.last_day
    end as window_to
  from modes as m
  cross join calendar as p
  inner join places as n on n.place = 1 or m.mode_words in ('month/order', 'year/order')
),
-- A window lies within the life of its package.
lived as (
  select
    w.*,
    greatest(w.window_from, coalesce(w.effective_time_date, w.window_from)) as life_from,
    least(coalesce(w.window_to, date '9999-12-31'), coalesce(w.last_date, date '9999-12-31')) as life_to
  from windows as w
),
touching as (
  select
    l.*,
    l.life_from >= p.first_day as begins_here,
    l.life_to <= p.last_day as ends_here
  from lived as l
  cross join calendar as p
  where l.life_from <= p.last_day and l.life_to >= p.first_day and l.life_from <= l.life_to
),
-- Within a window the balance only falls: its largest "available" is the one before the first deduction.
sums as (
  select
    t.customer_id,
    t.reseller_id,
    t.order_instance_id,
    t.free_resource_id,
    t.life_from,
    sum(case when u.deduct_time_date between p.first_day and p.last_day then u.used_amount end) as used,
    max(case when u.deduct_time_date between p.first_day and p.last_day then u.available_amount end) as first_available,
    min(case when u.deduct_time_date between p.first_day and p.last_day then u.remaining_amount end) as last_remaining,
    min(case when u.deduct_time_date < p.first_day then u.remaining_amount end) as last_before,
    max(case when u.deduct_time_date > p.last_day then u.available_amount end) as first_after
  from touching as t
  cross join calendar as p
  inner join deductions as u
    on u.customer_id = t.customer_id and u.reseller_id = t.reseller_id and u.free_resource_id = t.free_resource_id
    and u.deduct_time_date between t.life_from and t.life_to
  group by t.customer_id, t.reseller_id, t.order_instance_id, t.free_resource_id, t.life_from
),
opened as (
  select
    t.*,
    coalesce(s.used, 0) as used,
    case when not t.resets_often then s.last_remaining end as remaining_reported,
    t.resets_often or t.original is null or coalesce(t.status, '') = '4' as balance_lost,
    case
      when t.resets_often or t.original is null or t.status = '4' then null
      when t.begins_here then cast(0 as decimal(38, 12))
      -- Deductions of the month name the balance before the first of them.
      when s.first_available is not null then s.first_available
      -- Without deductions the balance at both ends is the same; one after the month names it,
      when s.first_after is not null then s.first_after
      -- a quota that is whole today was whole then,
      when not t.ends_here and t.left_now = t.original then t.original
      -- and one that is today what the last deduction before the month had left has not moved since.
      when not t.ends_here and t.left_now = s.last_before then s.last_before
      -- A snapshot taken within the month and window tells the balance itself.
      when t.started < cast(p.last_day as timestamp) + interval '16' hour
        and cast(t.started + interval '8' hour as date) between t.life_from and t.life_to then t.left_now
    end as opening,
    case when t.begins_here then t.original else cast(0 as decimal(38, 12)) end as granted
  from touching as t
  cross join calendar as p
  left join sums as s
    on s.customer_id = t.customer_id and s.reseller_id = t.reseller_id and s.order_instance_id = t.order_instance_id
    and s.free_resource_id = t.free_resource_id and s.life_from = t.life_from
),
units as (
  select
    u.measure_id,
    max(coalesce(u.abbreviation, u.measure_name)) as unit
  from source.measure_units as u
  inner join ops.params as p on p.cycle = u.cycle
  group by u.measure_id
),
rolled as (
  select
    o.customer_id,
    o.reseller_id,
    o.order_instance_id,
    o.order_id,
    o.product_name,
    o.service_type_code,
    o.region_code,
    o.enterprise_project_id,
    o.free_resource_id,
    o.usage_type_name,
    o.measure_id,
    o.effective_time,
    o.expire_time,
    o.last_date,
    o.mode_words as reuse_mode,
    o.life_from,
    o.life_to,
    o.original as quota,
    o.opening,
    o.granted,
    o.used,
    o.remaining_reported,
    o.ends_here,
    o.balance_lost
  from opened as o
  union all
  -- Deductions of items that no package of the snapshot has: nothing is lost.
  select
    u.customer_id,
    u.reseller_id,
    cast(null as varchar) as order_instance_id,
    cast(null as varchar) as order_id,
    max(u.product_name) as product_name,
    cast(null as varchar) as service_type_code,
    cast(null as varchar) as region_code,
    cast(null as varchar) as enterprise_project_id,
    u.free_resource_id,
    cast(null as varchar) as usage_type_name,
    u.measure_id,
    cast(null as timestamp) as effective_time,
    cast(null as timestamp) as expire_time,
    cast(null as date) as last_date,
    cast(null as varchar) as reuse_mode,
    p.first_day as life_from,
    p.last_day as life_to,
    cast(null as decimal(38, 12)) as quota,
    cast(null as decimal(38, 12)) as opening,
    cast(null as decimal(38, 12)) as granted,
    sum(u.used_amount) as used,
    cast(null as decimal(38, 12)) as remaining_reported,
    true as ends_here,
    true as balance_lost
  from deductions as u
  cross join calendar as p
  left join (
    select distinct
      i.customer_id,
      i.reseller_id,
      i.free_resource_id
    from items as i
  ) as i on i.customer_id = u.customer_id and i.reseller_id = u.reseller_id and i.free_resource_id = u.free_resource_id
  where i.free_resource_id is null and u.deduct_time_date between p.first_day and p.last_day
  group by u.customer_id, u.reseller_id, u.free_resource_id, u.measure_id, p.first_day, p.last_day
),
beyond as (
  select
    r.customer_id,
    r.reseller_id,
    r.free_resource_id,
    r.measure_id,
    r.life_from,
    case when count(*) = count(c.overage) and min(c.measure_id) = max(c.measure_id) and min(c.measure_id) = r.measure_id then sum(c.overage) end as quantity,
    sum(c.overage_official_amount) as official_amount,
    sum(c.overage_payable_amount) as payable_amount
  from usage.package_coverage as c
  inner join ops.params as p on p.cycle = c.cycle
  inner join (
    select distinct r.customer_id, r.reseller_id, r.free_resource_id, r.measure_id, r.life_from, r.life_to
    from rolled as r
  ) as r
    on r.customer_id = c.customer_id and r.free_resource_id = c.free_resource_id and c.consume_date between r.life_from and r.life_to
  group by r.customer_id, r.reseller_id, r.free_resource_id, r.measure_id, r.life_from
)
select
  p.cycle,
  r.customer_id,
  r.reseller_id,
  r.order_instance_id,
  r.order_id,
  r.product_name,
  r.service_type_code,
  r.region_code,
  r.enterprise_project_id,
  r.free_resource_id,
  r.usage_type_name,
  r.measure_id,
  u.unit,
  r.effective_time,
  r.expire_time,
  r.reuse_mode,
  r.life_from as window_from,
  case when r.life_to = date '9999-12-31' then null else r.life_to end as window_to,
  cast(r.quota as decimal(38, 12)) as quota,
  cast(r.opening as decimal(38, 12)) as opening,
  cast(r.granted as decimal(38, 12)) as granted,
  cast(r.used as decimal(38, 12)) as used,
  cast(r.remaining_reported as decimal(38, 12)) as remaining_reported,
  r.ends_here,
  r.balance_lost,
  cast(b.quantity as decimal(38, 12)) as overage_quantity,
  cast(b.official_amount as decimal(38, 8)) as overage_official_amount,
  cast(b.payable_amount as decimal(38, 8)) as overage_payable_amount,
  cast(date_diff('day', p.last_day, r.last_date) as bigint) as days_to_expiry
from rolled as r
cross join ops.params as p
left join units as u on u.measure_id = r.measure_id
left join beyond as b
  on b.customer_id = r.customer_id and b.reseller_id = r.reseller_id and b.free_resource_id = r.free_resource_id
  and b.measure_id = r.measure_id and b.life_from = r.life_from
