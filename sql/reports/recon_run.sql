-- What the figures of cycle $1 were made of and with: one row.
with windows as (
  select
    count(*) as windows,
    sum(w.pages) as pages
  from ops.expected_windows as e
  inner join ops.windows as w on w."window" = e."window"
  where e.cycle = $1
)
select
  s.mode,
  s.pricing_hash,
  t.summary_amount,
  cast(w.windows as varchar) as windows,
  cast(w.pages as varchar) as pages
from windows as w
left join ops.settled as s on s.cycle = $1
left join (
  select max(t.summary_amount) as summary_amount
  from recon.tie_out as t
  where t.cycle = $1
) as t on true
