-- title: Nothing was paid for that a package would have covered
-- severity: I
-- phase: lines
-- owner: account manager
-- code: unexplained
-- action: tell the customer why the package did not match, or ask the vendor why it was not used
-- needs: consumption_records, resource_packages, resource_package_usage
-- Pay-per-use usage of a customer, of the resource type, usage type and region that a package item covers, on days of the item's
-- window, while quota was left at the end of it. What an item covers says what it was deducted for, in this month or an earlier one.
with items as (
  select
    l.customer_id,
    l.free_resource_id,
    l.product_name,
    l.region_code,
    l.unit,
    l.window_from,
    l.window_to,
    l.closing + l.cleared as left_over
  from usage.package_ledger as l
  inner join ops.params as p on p.cycle = l.cycle
  where l.closing + l.cleared > 0
),
scopes as (
  select distinct
    u.customer_id,
    u.free_resource_id,
    u.resource_type_code,
    u.usage_type_code
  from source.resource_package_usage as u
  where u.resource_type_code is not null and u.usage_type_code is not null
),
covering as (
  select
    i.*,
    s.resource_type_code,
    s.usage_type_code
  from items as i
  inner join scopes as s on s.customer_id = i.customer_id and s.free_resource_id = i.free_resource_id
),
-- The records that could match are few: they are summed by day before packages are looked at.
kinds as (
  select distinct c.customer_id, c.resource_type_code, c.usage_type_code
  from covering as c
),
paid as (
  select
    r.customer_id,
    r.resource_type_code,
    r.usage_type,
    r.region_code,
    r.consume_from_date,
    sum(r.payment_amount) as amount,
    count(*) as records,
    min(r.record_key) as example
  from source.consumption_records as r
  inner join ops.params as p on p.cycle = r.cycle
  inner join kinds as k
    on k.customer_id = r.customer_id and k.usage_type_code = r.usage_type and k.resource_type_code = r.resource_type_code
  where r.charging_mode = '3' and r.bill_detail_type = '5' and r.payment_amount > 0
  group by r.customer_id, r.resource_type_code, r.usage_type, r.region_code, r.consume_from_date
)
select
  c.customer_id,
  'package item ' || c.free_resource_id || ' of ' || coalesce(c.product_name, '-') || ', window from ' || cast(c.window_from as varchar) as subject,
  'nothing paid while quota is left' as expected,
  'paid for ' || cast(sum(h.records) as varchar) || ' records, and ' || plain(max(c.left_over)) || ' ' || coalesce(max(c.unit), '') || ' were left' as actual,
  cast(sum(h.amount) as decimal(38, 8)) as difference,
  'usage of the kind that the package covers was charged although quota was left: packages may be bound to a project, a product or a time' as reason,
  'resource type ' || min(c.resource_type_code) || ', usage type ' || min(c.usage_type_code) || ', for example record ' || min(h.example) as detail
from paid as h
inner join covering as c
  on c.customer_id = h.customer_id and c.resource_type_code = h.resource_type_code and c.usage_type_code = h.usage_type
  and h.consume_from_date between c.window_from and coalesce(c.window_to, date '9999-12-31')
where coalesce(c.region_code, h.region_code, '') = coalesce(h.region_code, '')
group by c.customer_id, c.free_resource_id, c.product_name, c.window_from
