-- A check of cycle $1: what it asks, whose work its findings are, whether it passed, failed or could not run, and why.
select
  k.check_id,
  k.title,
  k.severity,
  k.owner,
  k.status,
  cast(k.findings as varchar) as findings,
  cast(k.explained as varchar) as explained,
  k.reason
from recon.checks as k
where k.cycle = $1
order by k.check_id
