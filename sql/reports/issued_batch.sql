-- The run and the moment of the issue whose documents are batch $2 of cycle $1, and whether invoice requests are among them.
select
  max(run_id) as run_id,
  cast(max(issued_at) as varchar) as made_at,
  cast(bool_or(kind = 'invoices') as varchar) as has_requests
from ops.documents
where cycle = $1 and batch = $2
having count(*) > 0
