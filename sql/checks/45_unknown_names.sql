-- title: New fields and codes of the service
-- severity: I
-- phase: lines
-- owner: operations
-- code: new_value
-- action: find out what it means (the vendor's API change log, else the vendor contact); settle keeps it as it came
-- JSON fields that no column has, values of enumerations that the documentation does not list, and codes on records that the vendor's own
-- lists do not name. They never stop a run; one finding names each. See recon.radar, which also has what is new in the lists alone.
select
  case n.kind
    when 'field' then 'field ' || n.field
    else n.kind || ' ' || n.value || ' of ' || n.field
  end as subject,
  n.expected,
  case n.kind when 'code' then 'in no list' else 'not documented' end as actual,
  case n.kind
    when 'field' then 'the field is kept in the packages only'
    when 'code' then 'the code is kept as it is and has no name'
    else 'the value is kept as it is; find out what it means'
  end as reason,
  cast(n.record_count as varchar) || ' rows'
    || case when n.kind = 'field' then ', ' || n.actual else '' end
    || case when n.is_new then ', new since ' || n.known_since else '' end as detail
from recon.radar as n
inner join ops.params as p on p.cycle = n.cycle
where n.kind in ('field', 'value', 'code')
