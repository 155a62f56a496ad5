-- What the reconciliation workbook must say of the partner bill of cycle $1. One row.
with bridge as (
  select
    count(*) as bill_rows,
    coalesce(sum(b.detail_amount), 0) as detail_amount,
    coalesce(sum(b.bill_amount), 0) as bill_amount,
    coalesce(sum(b.difference), 0) as difference,
    coalesce(sum(b.unexplained), 0) as unexplained
  from recon.partner_bridge as b
  where b.cycle = $1
)
select
  cast(b.bill_rows as varchar) as bill_rows,
  cast(b.detail_amount as varchar) as detail_amount,
  cast(b.bill_amount as varchar) as bill_amount,
  cast(b.difference as varchar) as difference,
  cast(b.unexplained as varchar) as unexplained
from bridge as b
