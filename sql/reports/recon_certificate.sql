-- What the newest pull of cycle $1 brought of one dataset and account: announced, stored, doubtful, the money in it, and the hash of it all.
-- What is incomplete stands first. The request ids of the API are in certificate-<cycle>.json and ops.window_pages.
with customers as (
  select
    c.customer_id,
    max(coalesce(c.customer, c.account_name)) as customer_name
  from source.customers as c
  where c.cycle = $1
  group by c.customer_id
)
select
  a.dataset,
  a.customer_id,
  c.customer_name,
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
  cast(a.amount as varchar) as amount,
  cast(a.official_amount as varchar) as official_amount,
  a.content,
  cast(a.last_fetched as varchar) as last_fetched
from ops.certificate as a
left join customers as c on c.customer_id = a.customer_id
where a.cycle = $1
order by
  case a.status when 'incomplete' then 1 else 2 end,
  a.dataset,
  a.customer_id,
  a.reseller_id
