-- title: Units and precision are those of the months before
-- severity: I
-- phase: lines
-- owner: vendor contact
-- code: new_value
-- action: ask the vendor whether the change is meant; where it is, accept the finding, and look through rules that price by the unit
-- needs: consumption_records, measure_units
-- A unit that converts otherwise than in the month before changes every quantity in it and what rules per unit charge: it warns. An amount
-- with more or fewer decimal places than in any month before shows that the vendor computes otherwise. Codes and units that are
-- merely new in the vendor's lists are in recon.radar only. Where no earlier month is loaded there is nothing to compare with.
select
  case when n.kind = 'changed_unit' then 'W' else 'I' end as severity,
  case when n.kind = 'changed_unit' then 'unit ' || n.value else 'precision of ' || n.field end as subject,
  n.expected,
  n.actual,
  case when n.kind = 'changed_unit' then 'unit' else 'new_value' end as reason_code,
  case
    when n.kind = 'changed_unit' then 'the vendor''s conversion of the unit is another than in the month before'
    else 'amounts have another number of decimal places than in every month before'
  end as reason,
  cast(n.record_count as varchar) || case when n.kind = 'changed_unit' then ' entries' else ' rows' end as detail
from recon.radar as n
inner join ops.params as p on p.cycle = n.cycle
where n.kind in ('changed_unit', 'precision')
