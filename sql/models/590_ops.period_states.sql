-- ops.period_states: how one party's month stands, with who brought it there.
-- build: cycle
-- column revision: the revision that counts
-- column state: open (no statement), parked, prelim, final, issued, confirmed, disputed or locked
-- column since: when the state was entered, UTC; NULL where a run's result is the state
-- column by_whom: who brought it there; NULL where a run did
-- column reason: why, or why the party is parked
with last_transitions as (
  select
    t.cycle,
    t.party_id,
    t.state,
    t.at,
    t.by_whom,
    t.reason,
    row_number() over (partition by t.cycle, t.party_id order by t.seq desc) as place
  from ops.transitions as t
  inner join ops.params as p on p.cycle = t.cycle
),
held as (
  select
    f.cycle,
    min(f.check_id || ' ' || f.subject || case when f.reason is null then '' else ': ' || f.reason end) as words
  from recon.findings as f
  inner join ops.params as p on p.cycle = f.cycle
  where f.severity = 'B' and not f.explained and f.resolution is null and f.party_id is null and f.customer_id is null
  group by f.cycle
),
parties as (
  select
    y.cycle,
    y.party_id
  from settlement.parties as y
  inner join ops.params as p on p.cycle = y.cycle
  union
  select
    v.cycle,
    v.party_id
  from ops.revisions as v
  inner join ops.params as p on p.cycle = v.cycle
)
select
  y.cycle,
  y.party_id,
  coalesce(c.revision, 0) as revision,
  case
    when coalesce(c.closed, false) then t.state
    when k.party_id is not null then 'parked'
    else coalesce(s.status, 'open')
  end as state,
  case when coalesce(c.closed, false) or k.party_id is null and s.party_id is null then t.at end as since,
  case when coalesce(c.closed, false) or k.party_id is null and s.party_id is null then t.by_whom end as by_whom,
  case
    when coalesce(c.closed, false) then t.reason
    when k.party_id is not null then k.reason
    when s.status = 'prelim' then h.words
  end as reason
from parties as y
left join settlement.current_revisions as c on c.cycle = y.cycle and c.party_id = y.party_id
left join last_transitions as t on t.cycle = y.cycle and t.party_id = y.party_id and t.place = 1
left join settlement.parked as k on k.cycle = y.cycle and k.party_id = y.party_id
left join settlement.statements as s on s.cycle = y.cycle and s.party_id = y.party_id and s.revision = coalesce(c.revision, 0)
left join held as h on h.cycle = y.cycle
