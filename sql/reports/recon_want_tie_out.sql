-- What the reconciliation workbook of cycle $1 must say of fee records against the monthly bill: from the slices of the charges, of which the
-- tie-out is made, and from the records themselves. One row.
with slices as (
  select
    coalesce(sum(s.bill_amount), 0) as bill_amount,
    coalesce(sum(s.difference), 0) as difference,
    coalesce(sum(s.unexplained), 0) as unexplained,
    coalesce(sum(s.truncation), 0) as truncation,
    coalesce(sum(case when s.difference <> 0 or s.named_otherwise <> 0 then 1 else 0 end), 0) as slice_rows
  from recon.charge_slices as s
  where s.cycle = $1
),
accounts as (
  select count(*) as accounts
  from recon.tie_out as t
  where t.cycle = $1
),
records as (
  select count(*) as records
  from source.consumption_records as r
  where r.cycle = $1
)
select
  cast(a.accounts as varchar) as accounts,
  cast(s.slice_rows as varchar) as slice_rows,
  cast(s.difference as varchar) as difference,
  cast(s.unexplained as varchar) as unexplained,
  cast(s.truncation as varchar) as truncation,
  cast(r.records as varchar) as records,
  cast(s.bill_amount as varchar) as bill_amount
from slices as s
cross join accounts as a
cross join records as r
