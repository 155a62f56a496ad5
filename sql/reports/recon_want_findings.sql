-- What the reconciliation workbook of cycle $1 must say of findings: one row.
select
  cast(coalesce(sum(case when f.status in ('new', 'open', 'resolved') then 1 else 0 end), 0) as varchar) as open_rows,
  cast(coalesce(sum(case when f.status in ('new', 'open', 'resolved') then f.difference end), 0) as varchar) as open_difference,
  cast(coalesce(sum(case when f.status = 'explained' then 1 else 0 end), 0) as varchar) as explained_rows,
  cast(coalesce(sum(case when f.status = 'explained' then f.difference end), 0) as varchar) as explained_difference,
  cast(coalesce(sum(case when f.status = 'closed' then 1 else 0 end), 0) as varchar) as closed_rows,
  cast(coalesce(sum(case when f.status = 'closed' then f.difference end), 0) as varchar) as closed_difference
from recon.finding_list as f
where f.cycle = $1
