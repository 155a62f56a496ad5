-- Cycle $1, parties $2 to $3: a contract row that is valid in the month, with the days on which it is: several rows of a contract are
-- several accounts, or periods that follow each other.
with month as (
  select
    cast($1 || '-01' as date) as first_day,
    cast(cast($1 || '-01' as date) + interval '1' month - interval '1' day as date) as last_day
)
select
  c.party_id,
  c.contract_no,
  c.customer_id,
  a.account_name,
  cast(greatest(c.valid_from, m.first_day) as varchar) as from_day,
  cast(least(coalesce(c.valid_to, m.last_day), m.last_day) as varchar) as to_day,
  case when c.valid_from <= m.first_day and coalesce(c.valid_to, m.last_day) >= m.last_day then 'yes' else 'no' end as whole_month
from settlement.contracts as c
inner join month as m on c.valid_from <= m.last_day and coalesce(c.valid_to, m.last_day) >= m.first_day
left join source.customers as a
  on a.cycle = c.cycle and a.customer_id = c.customer_id and a.reseller_id = coalesce(c.reseller_id, '')
where c.cycle = $1 and c.party_id between $2 and $3
order by c.party_id, c.contract_no, c.customer_id, c.reseller_id, c.valid_from
