-- One window that cycle $1 must have, with the package that is loaded for it, for certificate-<cycle>.json.
select
  e.dataset,
  e.customer_id,
  e.reseller_id,
  e."window",
  e.error,
  w.run_id,
  cast(case when w.announced >= 0 then w.announced end as varchar) as announced,
  cast(w.rows as varchar) as rows,
  cast(w.quarantined as varchar) as quarantined,
  w.skipped,
  w.content,
  w.body,
  cast(w.window_id as varchar) as window_id,
  cast(w.finished as varchar) as fetched
from ops.expected_windows as e
left join ops.windows as w on w."window" = e."window"
where e.cycle = $1
order by e.dataset, e.customer_id, e.reseller_id, e."window"
