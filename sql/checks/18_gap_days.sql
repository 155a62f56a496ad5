-- title: Resources are charged on every day of their life
-- severity: I
-- phase: lines
-- owner: operations
-- code: metering_gap
-- action: look with the customer whether the resource was stopped on those days; if it ran, ask the vendor contact for the missing records
-- needs: consumption_records
-- Resources that are charged by time, with days between their first and their last record of the month on which they have none:
-- they were stopped, or the metering has a gap. One row per customer and service.
with lives as (
  select
    d.customer_id,
    d.reseller_id,
    d.service_type_code,
    d.resource_id,
    min(d.day) as first_day,
    max(d.day) as last_day,
    count(*) as days
  from recon.resource_days as d
  inner join ops.params as p on p.cycle = d.cycle
  where d.kind = 'time' and d.day >= p.first_day and d.day <= p.last_day
  group by d.customer_id, d.reseller_id, d.service_type_code, d.resource_id
),
gaps as (
  select
    l.*,
    date_diff('day', l.first_day, l.last_day) + 1 - l.days as missing
  from lives as l
)
select
  g.customer_id,
  g.reseller_id,
  'days without records of ' || coalesce(g.service_type_code, '-') || case when g.reseller_id = '' then '' else ' under reseller ' || g.reseller_id end as subject,
  'records on every day' as expected,
  cast(sum(g.missing) as varchar) || ' days of ' || cast(count(*) as varchar) || ' resources without records' as actual,
  cast(null as decimal(38, 8)) as difference,
  'the resources were stopped, or the metering has a gap' as reason,
  'for example resource ' || coalesce(min(g.resource_id), '-') as detail
from gaps as g
where g.missing > 0
group by g.customer_id, g.reseller_id, g.service_type_code
