-- title: The month is settled when it is final
-- severity: B
-- phase: lines
-- owner: operations
-- code: not_final
-- action: run the cycle again when the calendar of the vendor is past: settle run --cycle {cycle}
-- A final settling of a month that was pulled before it was final by the calendar (close.final_after): what the vendor charges
-- later is not in it. A preliminary one is as it should be, and says so.
select
  case when p.mode = 'final' then 'B' else 'I' end as severity,
  'the month' as subject,
  'pulled when it is final by the calendar' as expected,
  p.mode || ' settling of what was pulled before' as actual,
  cast(null as decimal(38, 8)) as difference,
  p.mode <> 'final' as explained,
  case when p.mode = 'final' then 'charges that the vendor posts later are missing; pull the month again'
    else 'amounts may still change; nothing can be issued' end as reason,
  cast(null as varchar) as detail
from ops.params as p
where not p.calendar_final
