-- settlement.parked: one party with unresolved blocking findings in the cycle; it gets no statement until they are gone or
-- accepted with a reason. A finding that knows only a customer parks every party whose contract bills that customer in the
-- cycle, under the reseller that the finding names, if it names one. A party whose month is issued is not parked: its documents stand.
-- build: cycle
-- column findings: how many unresolved blocking findings park the party
-- column reason: the first of them
with blocking as (
  select
    f.cycle,
    f.finding_id,
    f.party_id,
    f.customer_id,
    f.reseller_id,
    f.check_id || ' ' || f.subject || case when f.reason is null then '' else ': ' || f.reason end as words
  from recon.findings as f
  inner join ops.params as p on p.cycle = f.cycle
  where f.severity = 'B' and not f.explained and f.resolution is null
),
contracts as (
  select c.*
  from settlement.contracts as c
  inner join ops.params as p on p.cycle = c.cycle
  where c.valid_from <= p.last_day and (c.valid_to is null or c.valid_to >= p.first_day)
),
concerned as (
  select
    b.cycle,
    b.party_id,
    b.finding_id,
    b.words
  from blocking as b
  where b.party_id is not null
  union all
  select distinct
    b.cycle,
    c.party_id,
    b.finding_id,
    b.words
  from blocking as b
  inner join contracts as c
    on c.customer_id = b.customer_id and (b.reseller_id is null or b.reseller_id = c.reseller_id)
  where b.party_id is null
)
select
  c.cycle,
  c.party_id,
  count(*) as findings,
  min(c.words) as reason
from concerned as c
left join settlement.current_revisions as v on v.cycle = c.cycle and v.party_id = c.party_id
where not coalesce(v.closed, false)
group by c.cycle, c.party_id
