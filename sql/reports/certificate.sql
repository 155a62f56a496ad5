-- What the newest pull of cycle $1 brought of one dataset and account, for certificate-<cycle>.json.
select
  a.dataset,
  a.customer_id,
  a.reseller_id,
  a.status,
  cast(a.windows as varchar) as windows,
  cast(a.windows_stored as varchar) as windows_stored,
  cast(a.windows_skipped as varchar) as windows_skipped,
  cast(a.pages as varchar) as pages,
  cast(a.announced as varchar) as announced,
  cast(a.stored as varchar) as stored,
  cast(a.quarantined as varchar) as quarantined,
  cast(a.duplicates as varchar) as duplicates,
  a.amount_field,
  cast(a.amount as varchar) as amount,
  cast(a.official_amount as varchar) as official_amount,
  a.content
from ops.certificate as a
where a.cycle = $1
order by a.dataset, a.customer_id, a.reseller_id
