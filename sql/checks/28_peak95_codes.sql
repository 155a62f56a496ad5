-- title: Every code of bandwidth usage was asked
-- severity: B
-- phase: lines
-- owner: operations
-- code: missing_data
-- action: run the month again, so that both codes are asked; then compare the resources under both
-- needs: peak95_summaries
-- Codes to base 1000 differ by a letter's case (95peak_1000, 95Peak_1000), and the data are complete only with both. A customer asked
-- for one and not the other blocks; a resource under both is shown, and never added up. A window that was planned and failed belongs to check 1.
with asked as (
  select
    w.customer_id,
    w.part
  from ops.windows as w
  inner join ops.params as p on p.cycle = w.cycle
  where w.dataset = 'peak95_summaries' and coalesce(w.skipped, '') = '' and lower(w.part) like '%+95peak_1000'
),
known as (
  select a.customer_id, a.part
  from asked as a
  union
  select
    e.customer_id,
    e.part
  from ops.expected_windows as e
  inner join ops.params as p on p.cycle = e.cycle
  where e.dataset = 'peak95_summaries' and lower(e.part) like '%+95peak_1000'
),
wanted as (
  select distinct
    a.customer_id,
    replace(replace(a.part, '+95peak_1000', '+95Peak_1000'), '+95Peak_1000', '+95' || c.letter || 'eak_1000') as part
  from asked as a
  cross join (select 'p' as letter union all select 'P' as letter) as c
),
doubled as (
  select
    b.customer_id,
    b.reseller_id,
    b.resource_id,
    count(*) as sides,
    min(b.reported) as low,
    max(b.reported) as high
  from usage.peak95 as b
  inner join ops.params as p on p.cycle = b.cycle
  where b.usage_type in ('95peak_1000', '95Peak_1000')
  group by b.customer_id, b.reseller_id, b.resource_id
  having count(distinct b.usage_type) > 1
)
select
  cast(null as varchar) as severity,
  w.customer_id,
  cast(null as varchar) as reseller_id,
  'code ' || w.part as subject,
  'asked' as expected,
  'not asked, though the code that differs by a letter was' as actual,
  cast(null as decimal(38, 8)) as difference,
  'missing_data' as reason_code,
  'data to base 1000 are complete only with both codes' as reason,
  cast(null as varchar) as detail
from wanted as w
left join known as k on k.customer_id = w.customer_id and k.part = w.part
where k.part is null
union all
select
  'W' as severity,
  d.customer_id,
  nullif(d.reseller_id, '') as reseller_id,
  'bandwidth of ' || coalesce(d.resource_id, '-') || ' under both codes' as subject,
  'one code' as expected,
  'under 95peak_1000 and 95Peak_1000' as actual,
  cast(null as decimal(38, 8)) as difference,
  'vendor_error' as reason_code,
  'the two are shown and not added up: ask the vendor whether they are one bandwidth' as reason,
  'summaries from ' || coalesce(plain(d.low), '-') || ' to ' || coalesce(plain(d.high), '-') as detail
from doubled as d
