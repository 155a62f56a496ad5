-- title: Numbers of issued documents have no gaps
-- severity: W
-- phase: documents
-- owner: finance
-- code: software_defect
-- action: explain the number that is missing, and accept the finding with the explanation
-- One series of all documents from 1; of a party's month the statements' revisions from 0; of a revision the invoice requests from 1.
with requests as (
  select
    f.party_id,
    f.revision,
    f.request_no,
    cast(nullif(regexp_extract(f.request_no, '-([0-9]{1,9})$', 1), '') as bigint) as number
  from ops.issued_requests as f
  inner join ops.params as p on p.cycle = f.cycle
),
statements as (
  select distinct
    d.party_id,
    d.revision
  from ops.documents as d
  inner join ops.params as p on p.cycle = d.cycle
  where d.kind = 'statement'
)
select
  cast(null as varchar) as party_id,
  'documents of the partner' as subject,
  'numbers 1 to ' || cast(max(d.serial) as varchar) || ', each once' as expected,
  cast(count(distinct d.serial) as varchar) || ' numbers, from ' || cast(min(d.serial) as varchar) || ', on ' || cast(count(*) as varchar) || ' documents' as actual,
  'a document is missing from the journal, or stands in it twice; restore the journal from a backup, or accept this with the reason' as reason
from ops.documents as d
having count(*) > 0 and (min(d.serial) <> 1 or max(d.serial) <> count(distinct d.serial) or count(*) <> count(distinct d.serial))
union all
select
  s.party_id,
  'statements of ' || s.party_id as subject,
  'revisions 0 to ' || cast(max(s.revision) as varchar) as expected,
  cast(count(*) as varchar) || ' revisions, from ' || cast(min(s.revision) as varchar) as actual,
  'a revision is missing from the journal; restore the journal from a backup, or accept this with the reason' as reason
from statements as s
group by s.party_id
having min(s.revision) <> 0 or max(s.revision) <> count(*) - 1
union all
select
  r.party_id,
  'invoice requests of ' || r.party_id || ', revision ' || cast(r.revision as varchar) as subject,
  'numbers 1 to ' || cast(max(r.number) as varchar) || ', each once' as expected,
  cast(count(distinct r.number) as varchar) || ' numbers, from ' || cast(min(r.number) as varchar) || ', on ' || cast(count(*) as varchar) || ' requests' as actual,
  'an invoice request is missing from the journal, or stands in it twice; restore the journal from a backup, or accept this with the reason' as reason
from requests as r
group by r.party_id, r.revision
having min(r.number) <> 1 or max(r.number) <> count(distinct r.number) or count(*) <> count(distinct r.number)
