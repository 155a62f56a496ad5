-- A unit of cycle $1 with its place in its family: 1 unit = family_factor family_unit.
select distinct
  coalesce(abbreviation, measure_name) as unit,
  family_unit,
  cast(family_factor as varchar) as family_factor
from source.measure_units
where cycle = $1
order by unit, family_unit, family_factor
