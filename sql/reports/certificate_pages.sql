-- One answer of the API that a window of cycle $1 is made of, for certificate-<cycle>.json.
select
  cast(g.window_id as varchar) as window_id,
  cast(g.page_no as varchar) as page_no,
  cast(g.first_row as varchar) as first_row,
  cast(g.rows as varchar) as rows,
  g.request,
  g.request_id,
  cast(g.tries as varchar) as tries,
  cast(g.fetched_at as varchar) as fetched_at,
  g.sha256
from ops.window_pages as g
inner join ops.windows as w on w.window_id = g.window_id
inner join ops.expected_windows as e on e."window" = w."window" and e.cycle = $1
order by g.window_id, g.page_no
