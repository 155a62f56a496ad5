-- title: Lines, printed lines and records agree with each other
-- severity: B
-- phase: documents
-- owner: operations
-- code: software_defect
-- action: report it with this finding; nothing of the party leaves until it is mended
-- Every fee record of ours is a line or unpriced, once and with its payable amount: counted in the source itself, not in what
-- the pricing models passed on; what changed after a month was issued counts as settlement.restatements has it. By customer and
-- by service, the printed lines hold the charges and the number of the lines behind them. On each printed line excl. tax and
-- tax make incl. tax.
with sides as (
  select
    r.customer_id,
    r.reseller_id,
    count(*) as records,
    sum(r.payment_amount) as amount,
    cast(0 as bigint) as lines,
    cast(0 as bigint) as unpriced,
    cast(0 as decimal(38, 8)) as line_amount
  from source.consumption_records as r
  inner join ops.params as p on p.cycle = r.cycle
  where coalesce(r.association_type, '') <> '1' or p.include_referral
  group by r.customer_id, r.reseller_id
  union all
  select
    l.customer_id,
    l.reseller_id,
    0 as records,
    0 as amount,
    count(*) as lines,
    0 as unpriced,
    sum(l.payable_amount) as line_amount
  from settlement.lines as l
  inner join ops.params as p on p.cycle = l.cycle
  left join settlement.current_revisions as c on c.cycle = l.cycle and c.party_id = l.party_id
  where l.kind = 'record' and l.revision = coalesce(c.revision, 0)
  group by l.customer_id, l.reseller_id
  union all
  select
    d.customer_id,
    d.reseller_id,
    0 as records,
    0 as amount,
    sum(case d.change when 'new' then 1 when 'gone' then -1 else 0 end) as lines,
    sum(case d.change when 'unpriced' then 1 else 0 end) as unpriced,
    sum(d.new_payable_amount - d.issued_payable_amount) as line_amount
  from settlement.restatements as d
  inner join ops.params as p on p.cycle = d.cycle
  where d.kind = 'record'
  group by d.customer_id, d.reseller_id
  union all
  select
    u.customer_id,
    u.reseller_id,
    0 as records,
    0 as amount,
    0 as lines,
    count(*) as unpriced,
    sum(u.payable_amount) as line_amount
  from settlement.unpriced as u
  inner join ops.params as p on p.cycle = u.cycle
  where u.window_id is not null
  group by u.customer_id, u.reseller_id
),
accounts as (
  select
    s.customer_id,
    s.reseller_id,
    cast(sum(s.records) as bigint) as records,
    coalesce(sum(s.amount), 0) as amount,
    cast(sum(s.lines) as bigint) as lines,
    cast(sum(s.unpriced) as bigint) as unpriced,
    coalesce(sum(s.line_amount), 0) as line_amount
  from sides as s
  group by s.customer_id, s.reseller_id
),
-- Of an account that was not pulled nothing is known; the lines of its issued month stand.
pulled as (
  select distinct
    w.customer_id,
    w.reseller_id
  from ops.windows as w
  inner join ops.params as p on p.cycle = w.cycle
  where w.dataset = 'consumption_records' and coalesce(w.skipped, '') = ''
),
repeated as (
  select
    l.party_id,
    count(*) as lines,
    count(distinct l.line_id) as line_ids
  from settlement.lines as l
  inner join ops.params as p on p.cycle = l.cycle
  group by l.party_id, l.revision
  having count(*) <> count(distinct l.line_id)
),
printable as (
  select l.*
  from settlement.lines as l
  inner join ops.params as p on p.cycle = l.cycle
  left join settlement.parked as k on k.cycle = l.cycle and k.party_id = l.party_id
  left join ops.revisions as v on v.cycle = l.cycle and v.party_id = l.party_id
  where k.party_id is null or l.revision <= v.issued_revision
),
printed as (
  select s.*
  from settlement.statement_lines as s
  inner join ops.params as p on p.cycle = s.cycle
  where s.kind <> 'rounding'
),
line_slices as (
  select l.party_id, l.revision, 'customer ' || l.customer_id || '/' || l.reseller_id as slice, sum(l.charge_amount) as exact_amount, count(*) as lines
  from printable as l
  group by l.party_id, l.revision, l.customer_id, l.reseller_id
  union all
  select
    l.party_id,
    l.revision,
    'service ' || coalesce(case when l.kind <> 'prior_period' then l.service_type_code end, '-') as slice,
    sum(l.charge_amount) as exact_amount,
    count(*) as lines
  from printable as l
  group by l.party_id, l.revision, case when l.kind <> 'prior_period' then l.service_type_code end
),
printed_slices as (
  select s.party_id, s.revision, 'customer ' || s.customer_id || '/' || s.reseller_id as slice, sum(s.exact_amount) as exact_amount, sum(s.record_count) as lines
  from printed as s
  group by s.party_id, s.revision, s.customer_id, s.reseller_id
  union all
  select s.party_id, s.revision, 'service ' || coalesce(s.service_type_code, '-') as slice, sum(s.exact_amount) as exact_amount, sum(s.record_count) as lines
  from printed as s
  group by s.party_id, s.revision, s.service_type_code
)
select
  cast(null as varchar) as party_id,
  a.customer_id,
  a.reseller_id,
  'records of customer ' || coalesce(a.customer_id, '-') || case when a.reseller_id = '' then '' else ' under reseller ' || a.reseller_id end as subject,
  cast(a.records as varchar) || ' records, payable ' || cast(a.amount as varchar) as expected,
  cast(a.lines as varchar) || ' lines and ' || cast(a.unpriced as varchar) || ' unpriced, payable ' || cast(a.line_amount as varchar) as actual,
  cast(a.line_amount - a.amount as decimal(38, 8)) as difference,
  'a record is lost or stands twice: a fault of settle' as reason,
  cast(null as varchar) as detail
from accounts as a
left join pulled as w on w.customer_id = a.customer_id and w.reseller_id = a.reseller_id
where (a.lines + a.unpriced <> a.records or a.line_amount <> a.amount) and (a.records > 0 or w.customer_id is not null)
union all
select
  r.party_id,
  cast(null as varchar) as customer_id,
  cast(null as varchar) as reseller_id,
  'lines of ' || r.party_id as subject,
  cast(r.line_ids as varchar) || ' line ids' as expected,
  cast(r.lines as varchar) || ' lines' as actual,
  cast(r.lines - r.line_ids as decimal(38, 8)) as difference,
  'a line stands twice: a fault of settle' as reason,
  cast(null as varchar) as detail
from repeated as r
union all
select
  coalesce(l.party_id, s.party_id) as party_id,
  cast(null as varchar) as customer_id,
  cast(null as varchar) as reseller_id,
  'statement of ' || coalesce(l.party_id, s.party_id) || ': ' || coalesce(l.slice, s.slice) as subject,
  coalesce(cast(l.exact_amount as varchar), '-') || ' in ' || coalesce(cast(l.lines as varchar), '0') || ' lines' as expected,
  coalesce(cast(s.exact_amount as varchar), '-') || ' in ' || coalesce(cast(s.lines as varchar), '0') || ' lines' as actual,
  cast(coalesce(s.exact_amount, 0) - coalesce(l.exact_amount, 0) as decimal(38, 8)) as difference,
  'the printed lines do not hold what stands behind them: a fault of settle' as reason,
  cast(null as varchar) as detail
from line_slices as l
full outer join printed_slices as s on s.party_id = l.party_id and s.revision = l.revision and s.slice = l.slice
where l.slice is null or s.slice is null or l.exact_amount <> s.exact_amount or l.lines <> s.lines
union all
select
  s.party_id,
  cast(null as varchar) as customer_id,
  cast(null as varchar) as reseller_id,
  'statement of ' || s.party_id || ': line ' || cast(s.line_no as varchar) as subject,
  'incl. ' || cast(s.amount_excl_tax + s.tax_amount as varchar) as expected,
  'incl. ' || cast(s.amount_incl_tax as varchar) as actual,
  cast(s.amount_incl_tax - s.amount_excl_tax - s.tax_amount as decimal(38, 8)) as difference,
  'excl. tax and tax do not make incl. tax: a fault of settle' as reason,
  cast(null as varchar) as detail
from settlement.statement_lines as s
inner join ops.params as p on p.cycle = s.cycle
where s.amount_excl_tax + s.tax_amount <> s.amount_incl_tax
