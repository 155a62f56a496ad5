-- A party of cycle $1 with a statement, current revision, issued or not, for its internal twin: how many lines its Detail has, and whether it is
-- wanted: somebody has to work on a finding of it, or accepted one.
with held as (
  select
    l.party_id,
    l.revision,
    count(*) as detail_rows
  from settlement.lines as l
  where l.cycle = $1
  group by l.party_id, l.revision
),
through as (
  select
    h.party_id,
    h.revision,
    sum(h.detail_rows) over (order by h.party_id, h.revision rows between unbounded preceding and current row) as rows_through
  from held as h
),
found as (
  select
    f.party_id,
    sum(case when f.status in ('new', 'open') and f.severity in ('B', 'W') then 1 else 0 end) as open_findings,
    sum(case when f.resolution is not null then 1 else 0 end) as resolutions
  from recon.finding_list as f
  where f.cycle = $1 and f.status <> 'closed'
  group by f.party_id
)
select
  s.party_id,
  cast(s.revision as varchar) as revision,
  s.statement_no,
  cast(null as varchar) as reason,
  cast(null as varchar) as sha256,
  cast(null as varchar) as credit_note_no,
  s.currency,
  s.status,
  cast(s.official_amount as varchar) as official_amount,
  cast(s.amount_excl_tax as varchar) as amount_excl_tax,
  cast(s.tax_amount as varchar) as tax_amount,
  cast(s.amount_incl_tax as varchar) as amount_incl_tax,
  cast(s.line_count as varchar) as line_count,
  p.short_code,
  p.name,
  p.kind,
  p.language,
  cast(coalesce(h.detail_rows, 0) as varchar) as detail_rows,
  '0' as order_rows,
  '0' as refund_rows,
  cast(coalesce(t.rows_through, 0) as varchar) as rows_through,
  case when coalesce(f.open_findings, 0) + coalesce(f.resolutions, 0) > 0 then 'yes' else 'no' end as wanted
from settlement.statements as s
left join settlement.current_revisions as c on c.cycle = s.cycle and c.party_id = s.party_id
left join settlement.parties as p on p.cycle = s.cycle and p.party_id = s.party_id
left join held as h on h.party_id = s.party_id and h.revision = s.revision
left join through as t on t.party_id = s.party_id and t.revision = s.revision
left join found as f on f.party_id = s.party_id
where s.cycle = $1 and s.revision = coalesce(c.revision, 0)
order by s.party_id
