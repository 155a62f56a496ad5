-- A customer and service of cycle $1 whose charges, without tax, are below what the vendor charges, without tax too: current
-- revisions, parked parties included, worst first; and the reason with which finance accepted it, from the finding of check 31 on
-- the same subject.
with sums as (
  select
    m.party_id,
    m.customer_id,
    m.reseller_id,
    m.service_type_code,
    sum(m.official_amount) as official_amount,
    sum(m.payable_amount) as payable_amount,
    sum(m.cost_excl_tax) as cost_excl_tax,
    sum(m.charge_amount) as charge_amount,
    sum(m.margin_amount) as margin_amount,
    sum(m.record_count) as record_count
  from settlement.margins as m
  left join settlement.current_revisions as c on c.cycle = m.cycle and c.party_id = m.party_id
  where m.cycle = $1 and m.kind = 'record' and m.revision = coalesce(c.revision, 0)
  group by m.party_id, m.customer_id, m.reseller_id, m.service_type_code
),
names as (
  select
    r.service_type_code,
    max(r.service_type_name) as service_type_name
  from source.consumption_records as r
  where r.cycle = $1
  group by r.service_type_code
),
customers as (
  select
    u.customer_id,
    u.reseller_id,
    max(u.customer) as customer,
    max(u.account_name) as account_name
  from source.customers as u
  where u.cycle = $1
  group by u.customer_id, u.reseller_id
),
findings as (
  select
    f.party_id,
    f.customer_id,
    f.reseller_id,
    f.subject,
    max(f.detail) as detail,
    max(f.resolution) as resolution
  from recon.findings as f
  where f.cycle = $1 and f.check_id = '31'
  group by f.party_id, f.customer_id, f.reseller_id, f.subject
)
select
  s.party_id,
  y.name as party_name,
  coalesce(u.account_name, u.customer) as account_name,
  s.customer_id,
  s.reseller_id,
  coalesce(n.service_type_name, s.service_type_code) as service_type_name,
  cast(s.official_amount as varchar) as official_amount,
  cast(s.payable_amount as varchar) as payable_amount,
  cast(s.cost_excl_tax as varchar) as cost_excl_tax,
  cast(s.charge_amount as varchar) as charge_amount,
  cast(s.margin_amount as varchar) as margin_amount,
  f.detail,
  f.resolution
from sums as s
left join settlement.parties as y on y.cycle = $1 and y.party_id = s.party_id
left join names as n on n.service_type_code = s.service_type_code
left join customers as u on u.customer_id = s.customer_id and u.reseller_id = s.reseller_id
left join findings as f
  on f.party_id = s.party_id and f.customer_id = s.customer_id and f.reseller_id = s.reseller_id
  and f.subject = coalesce(s.service_type_code, 'records without service') || case when s.reseller_id = '' then '' else ' under reseller ' || s.reseller_id end
where s.payable_amount > 0 and round(s.margin_amount, 2) < 0
order by s.margin_amount, s.party_id, s.customer_id, s.reseller_id, s.service_type_code
