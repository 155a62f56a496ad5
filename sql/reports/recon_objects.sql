-- The tables and views that reconciliation can read: a snapshot of an older program does not have all of them.
select t.table_schema || '.' || t.table_name as object_name
from information_schema.tables as t
where t.table_schema in ('ops', 'recon')
order by t.table_schema, t.table_name
