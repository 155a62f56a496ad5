-- title: Billed bandwidths reach their guarantee
-- severity: W
-- phase: lines
-- owner: vendor contact
-- code: vendor_error
-- action: look at the history of the bandwidth's size, and ask the vendor which guarantee counts
-- needs: peak95_summaries, peak95_points
-- By resource with a guaranteed bandwidth (enhanced 95): what is billed must not be below the guarantee, and the guarantee by the summary
-- must be the mean of the days' guarantees.
with sides as (
  select
    b.*,
    greatest(coalesce(b.guarantee, b.reported_guarantee), coalesce(b.reported_guarantee, b.guarantee)) as floor_value
  from usage.peak95 as b
  inner join ops.params as p on p.cycle = b.cycle
  where (b.guarantee is not null or b.reported_guarantee is not null) and b.points_present > 0
)
select
  s.customer_id,
  nullif(s.reseller_id, '') as reseller_id,
  'guarantee of ' || coalesce(s.resource_id, '-') || ', usage type ' || coalesce(s.usage_type, '-') as subject,
  'guarantee ' || coalesce(plain(s.guarantee), 'none') || ' from the days' as expected,
  'the summary says ' || coalesce(plain(s.reported_guarantee), 'none') || ', and bills ' || coalesce(plain(s.reported), '-') as actual,
  try_cast(case when s.reported < s.floor_value then s.reported - s.floor_value else coalesce(s.reported_guarantee, 0) - coalesce(s.guarantee, 0) end as decimal(38, 8)) as difference,
  cast(0 as decimal(38, 8)) as tolerance,
  case
    when s.reported < s.floor_value then 'less is billed than was guaranteed'
    when s.guarantee is null then 'the summary has a guarantee and the points have none'
    when s.reported_guarantee is null then 'the points have a guarantee and the summary has none'
    else 'the guarantee of the summary is not the mean of the days'
  end as reason,
  'peak ' || coalesce(plain(s.peak), '-') || ', billed by the points ' || coalesce(plain(s.billed), '-') as detail
from sides as s
where s.reported < s.floor_value or coalesce(s.guarantee, -1) <> coalesce(s.reported_guarantee, -1)
