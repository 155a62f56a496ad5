-- ops.certificate: what the newest pull of a cycle brought of one dataset and account, for the file of whoever asks whether the month is
-- complete: what the API announced, what is stored, what is doubtful, the money in it, and one hash for all of it. Rows without
-- customer_id are calls for the whole partner. The pages with the API's request ids are in ops.window_pages.
-- build: cycle
-- column customer_id: the customer whose windows these are; empty where a call is for the whole partner
-- column reseller_id: reseller under whom the windows were asked for; empty for direct customers and for the whole partner
-- column status: complete; incomplete where a window is missing, holds other than announced or is an older pull's; skipped where rules let none be asked
-- column windows: windows that the cycle must have, by the plan of its newest run
-- column windows_stored: of them, those that this pull brought
-- column windows_skipped: of those, the ones without pages by rule, for example a customer without agency
-- column pages: answers of the API that the windows are made of
-- column announced: rows that the API announced; NULL where its call announces none
-- column stored: rows in the tables
-- column quarantined: rows in source.quarantine
-- column duplicates: fee records with the natural key of an earlier one of their window (their ids are empty, or came again); check 03 judges them. NULL for other datasets, whose pages cannot overlap
-- column amount_field: column of source that amount sums up; NULL where the dataset has no money
-- column amount: sum of it, exact
-- column official_amount: sum of the list prices, exact; NULL where the dataset has none
-- column content: SHA-256 over the content hashes of the windows in the order of their names, one a line: the same answers, the same content
-- column first_fetched: when the first of the windows was fetched, UTC
-- column last_fetched: when the last of them was fetched, UTC
with planned as (
  select e.*
  from ops.expected_windows as e
  inner join ops.params as p on p.cycle = e.cycle
),
-- Money by window: the packages are whole windows, so these sums can be held against a package alone.
sums as (
  select
    r.window_id,
    'payment_amount' as amount_field,
    cast(sum(r.payment_amount) as decimal(38, 8)) as amount,
    cast(sum(r.official_amount) as decimal(38, 8)) as official_amount,
    count(*) filter (where r.record_key like '~|%' and r.record_key not like '%#1') as duplicates
  from source.consumption_records as r
  inner join ops.params as p on p.cycle = r.cycle
  group by r.window_id
  union all
  select
    b.window_id,
    'amount' as amount_field,
    cast(sum(b.amount) as decimal(38, 8)) as amount,
    cast(null as decimal(38, 8)) as official_amount,
    cast(null as bigint) as duplicates
  from source.monthly_bills as b
  inner join ops.params as p on p.cycle = b.cycle
  group by b.window_id
  union all
  select
    f.window_id,
    'amount' as amount_field,
    cast(sum(f.amount) as decimal(38, 8)) as amount,
    cast(null as decimal(38, 8)) as official_amount,
    cast(null as bigint) as duplicates
  from source.refund_orders as f
  inner join ops.params as p on p.cycle = f.cycle
  group by f.window_id
  union all
  select
    x.window_id,
    'amount' as amount_field,
    cast(sum(x.amount) as decimal(38, 8)) as amount,
    cast(null as decimal(38, 8)) as official_amount,
    cast(null as bigint) as duplicates
  from source.partner_adjustments as x
  inner join ops.params as p on p.cycle = x.cycle
  group by x.window_id
  union all
  select
    x.window_id,
    'amount' as amount_field,
    cast(sum(x.amount) as decimal(38, 8)) as amount,
    cast(null as decimal(38, 8)) as official_amount,
    cast(null as bigint) as duplicates
  from source.partner_balances as x
  inner join ops.params as p on p.cycle = x.cycle
  group by x.window_id
  union all
  select
    x.window_id,
    'amount' as amount_field,
    cast(sum(x.amount) as decimal(38, 8)) as amount,
    cast(null as decimal(38, 8)) as official_amount,
    cast(null as bigint) as duplicates
  from source.customer_balances as x
  inner join ops.params as p on p.cycle = x.cycle
  group by x.window_id
  union all
  select
    x.window_id,
    'change_amount' as amount_field,
    cast(sum(x.change_amount) as decimal(38, 8)) as amount,
    cast(null as decimal(38, 8)) as official_amount,
    cast(null as bigint) as duplicates
  from source.partner_account_changes as x
  inner join ops.params as p on p.cycle = x.cycle
  group by x.window_id
),
held as (
  select
    e.cycle,
    e.dataset,
    e.customer_id,
    e.reseller_id,
    e."window",
    e.error,
    w.window_id,
    w.announced,
    w.rows,
    w.pages,
    w.quarantined,
    w.skipped,
    w.content,
    w.finished,
    s.amount_field,
    s.amount,
    s.official_amount,
    s.duplicates
  from planned as e
  left join ops.windows as w on w."window" = e."window"
  left join sums as s on s.window_id = w.window_id
)
select
  h.cycle,
  h.dataset,
  h.customer_id,
  h.reseller_id,
  case
    when count(*) filter (where h.window_id is null or h.error is not null) > 0 then 'incomplete'
    when count(*) filter (where h.announced >= 0 and h.announced <> h.rows + h.quarantined) > 0 then 'incomplete'
    when count(*) filter (where h.skipped = '') = 0 then 'skipped'
    else 'complete'
  end as status,
  count(*) as windows,
  count(*) filter (where h.window_id is not null and h.error is null) as windows_stored,
  count(*) filter (where h.skipped <> '') as windows_skipped,
  cast(coalesce(sum(h.pages), 0) as bigint) as pages,
  cast(sum(case when h.announced >= 0 then h.announced end) as bigint) as announced,
  cast(coalesce(sum(h.rows), 0) as bigint) as stored,
  cast(coalesce(sum(h.quarantined), 0) as bigint) as quarantined,
  case when h.dataset = 'consumption_records' then cast(coalesce(sum(h.duplicates), 0) as bigint) end as duplicates,
  max(h.amount_field) as amount_field,
  cast(sum(h.amount) as decimal(38, 8)) as amount,
  cast(sum(h.official_amount) as decimal(38, 8)) as official_amount,
  content_of(coalesce(h.content, ''), h."window") as content,
  min(h.finished) as first_fetched,
  max(h.finished) as last_fetched
from held as h
group by h.cycle, h.dataset, h.customer_id, h.reseller_id
