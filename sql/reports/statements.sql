-- A statement of cycle $1, and how many lines its sheets will hold: with batch $2 = 0 the draft of each party that is not closed,
-- else the documents that were issued with that batch. Amounts that belong to the cloud vendor (its discount, what it charges) are not
-- read: a customer's edition cannot print what it never had.
with wanted as (
  select
    s.party_id,
    s.revision,
    cast(null as varchar) as statement_no,
    cast(null as varchar) as run_id,
    cast(null as timestamp) as issued_at,
    cast(null as varchar) as reason,
    cast(null as varchar) as sha256
  from settlement.statements as s
  left join settlement.current_revisions as c on c.cycle = s.cycle and c.party_id = s.party_id
  where s.cycle = $1 and $2 = 0 and s.revision = coalesce(c.revision, 0) and not coalesce(c.closed, false)
  union all
  select
    d.party_id,
    d.revision,
    d.document_no as statement_no,
    d.run_id,
    d.issued_at,
    d.reason,
    d.sha256
  from ops.documents as d
  where d.cycle = $1 and $2 <> 0 and d.batch = $2 and d.kind = 'statement'
),
credits as (
  select
    d.party_id,
    d.revision,
    max(d.document_no) as document_no,
    max(d.reason) as reason
  from ops.documents as d
  where d.cycle = $1 and d.kind = 'credit_note'
  group by d.party_id, d.revision
),
-- What each party takes of the month, over all its revisions: neighbours are read together while they are small.
held as (
  select
    l.party_id,
    l.revision,
    count(*) as detail_rows,
    sum(case when l.kind = 'record' and l.charging_mode in ('1', '10', '11') then 1 else 0 end) as order_rows,
    sum(case when l.kind <> 'record' or l.bill_detail_type in ('4', '9', '16', '20', '24') then 1 else 0 end) as refund_rows,
    sum(case when l.kind = 'prior_period' and l.official_amount = 0 and l.payable_amount = 0 then 1 else 0 end) as followed
  from settlement.lines as l
  where l.cycle = $1
  group by l.party_id, l.revision
),
-- What follows a changed record is printed together: refunds.sql says how.
followed as (
  select
    f.party_id,
    f.revision,
    count(*) as refund_rows
  from (
    select distinct
      l.party_id,
      l.revision,
      l.origin_cycle,
      l.customer_id,
      l.reseller_id,
      l.service_type_code,
      case when not coalesce(l.rule_withheld, false) then l.rule_id end as rule_id
    from settlement.lines as l
    where l.cycle = $1 and l.kind = 'prior_period' and l.official_amount = 0 and l.payable_amount = 0
  ) as f
  group by f.party_id, f.revision
),
through as (
  select
    h.party_id,
    h.revision,
    sum(h.detail_rows) over (order by h.party_id, h.revision rows between unbounded preceding and current row) as rows_through
  from held as h
)
select
  w.party_id,
  cast(w.revision as varchar) as revision,
  w.statement_no,
  w.run_id,
  cast(w.issued_at as varchar) as issued_at,
  coalesce(k.reason, w.reason) as reason,
  w.sha256,
  k.document_no as credit_note_no,
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
  cast(coalesce(h.refund_rows, 0) - coalesce(h.followed, 0) + coalesce(f.refund_rows, 0) as varchar) as refund_rows,
  cast(coalesce(t.rows_through, 0) as varchar) as rows_through
from wanted as w
left join settlement.statements as s on s.cycle = $1 and s.party_id = w.party_id and s.revision = w.revision
left join settlement.parties as p on p.cycle = $1 and p.party_id = w.party_id
left join held as h on h.party_id = w.party_id and h.revision = w.revision
left join followed as f on f.party_id = w.party_id and f.revision = w.revision
left join through as t on t.party_id = w.party_id and t.revision = w.revision
left join credits as k on k.party_id = w.party_id and k.revision = w.revision
order by w.party_id, w.revision
