-- What a service is charged in cycle $1 by the books and by the other pricing workbook, without tax and exact. What is no
-- service's stands under its kind of line; rows without any amount are left out. Internal.
with books as (
  select
    b.kind,
    b.service_type_code,
    sum(b.charge_amount) as charge_amount
  from what_if_margins as b
  where b.cycle = $1
  group by b.kind, b.service_type_code
),
other as (
  select
    o.kind,
    o.service_type_code,
    sum(o.payable_amount) as payable_amount,
    sum(o.charge_amount) as charge_amount
  from settlement.margins as o
  where o.cycle = $1
  group by o.kind, o.service_type_code
),
names as (
  select
    r.service_type_code,
    max(r.service_type_name) as service_type_name
  from source.consumption_records as r
  where r.cycle = $1
  group by r.service_type_code
)
select
  coalesce(o.kind, b.kind) as kind,
  coalesce(o.service_type_code, b.service_type_code) as service_type_code,
  n.service_type_name,
  cast(coalesce(o.payable_amount, 0) as varchar) as payable_amount,
  cast(coalesce(b.charge_amount, 0) as varchar) as charge_in_books,
  cast(coalesce(o.charge_amount, 0) as varchar) as charge_what_if,
  cast(coalesce(o.charge_amount, 0) - coalesce(b.charge_amount, 0) as varchar) as difference
from other as o
full outer join books as b on b.kind = o.kind and b.service_type_code is not distinct from o.service_type_code
left join names as n on n.service_type_code = coalesce(o.service_type_code, b.service_type_code)
where coalesce(o.payable_amount, 0) <> 0 or coalesce(o.charge_amount, 0) <> 0 or coalesce(b.charge_amount, 0) <> 0
order by 1, 2 nulls last
