-- How many findings of cycle $1 are open, neither explained nor accepted, by severity, worst first.
select
  f.severity,
  cast(count(*) as varchar) as findings
from recon.findings as f
where f.cycle = $1 and not f.explained and f.resolution is null
group by f.severity
order by case f.severity when 'B' then 1 when 'W' then 2 else 3 end
