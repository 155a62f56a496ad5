-- A unit of cycle $1, by each of its names, with its place in its family: 1 unit = family_factor family_unit. A name that several
-- families use with different factors comes more than once.
with named as (
  select measure_name as unit, family_unit, family_factor from source.measure_units where cycle = $1
  union
  select abbreviation as unit, family_unit, family_factor from source.measure_units where cycle = $1
)
select
  unit,
  family_unit,
  cast(family_factor as varchar) as family_factor
from named
where unit is not null and family_factor is not null
order by unit, family_unit, family_factor
