-- The run and the moment that the workbooks of cycle $1 print: never the clock, so that a reprint has the same bytes.
select
  run_id,
  cast(made_at as varchar) as made_at
from ops.drafts
where cycle = $1
order by made_at desc, run_id desc
limit 1
