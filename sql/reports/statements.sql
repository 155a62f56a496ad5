-- A party with a statement in cycle $1, newest revision, and how many lines its sheets will hold. Amounts that belong to the
-- cloud vendor (its discount, what it charges) are not read: a customer's edition cannot print what it never had.
with newest as (
  select party_id, max(revision) as revision
  from settlement.statements
  where cycle = $1
  group by party_id
),
held as (
  select
    l.party_id,
    count(*) as detail_rows,
    sum(case when l.kind = 'record' and l.charging_mode in ('1', '10', '11') then 1 else 0 end) as order_rows,
    sum(case when l.kind <> 'record' or l.bill_detail_type in ('4', '9', '16', '20', '24') then 1 else 0 end) as refund_rows
  from settlement.lines as l
  inner join newest as n on n.party_id = l.party_id and n.revision = l.revision
  where l.cycle = $1
  group by l.party_id
)
select
  s.party_id,
  cast(s.revision as varchar) as revision,
  s.statement_no,
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
  cast(coalesce(h.order_rows, 0) as varchar) as order_rows,
  cast(coalesce(h.refund_rows, 0) as varchar) as refund_rows
from settlement.statements as s
inner join newest as n on n.party_id = s.party_id and n.revision = s.revision
left join settlement.parties as p on p.cycle = s.cycle and p.party_id = s.party_id
left join held as h on h.party_id = s.party_id
where s.cycle = $1
order by s.party_id
