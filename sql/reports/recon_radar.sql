-- One line of cycle $1 for each thing of the vendor's answers that is new or undocumented, the new ones first.
select
  r.kind,
  r.field,
  r.value,
  r.expected,
  r.actual,
  cast(r.record_count as varchar) as record_count,
  r.known_since,
  case when r.is_new then 'yes' when r.is_new is null then '' else 'no' end as is_new,
  r.words
from recon.radar as r
where r.cycle = $1
order by case when r.is_new then 1 when r.is_new is null then 2 else 3 end, r.kind, r.field, r.value
