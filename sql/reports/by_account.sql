-- Cycle $1, parties $2 to $3, revision $4: an account of a group or of a reseller with the sums of its printed lines. The row without an
-- account is the rounding of the whole statement.
with sums as (
  select
    s.party_id,
    coalesce(s.customer_id, '') as customer_id,
    coalesce(s.reseller_id, '') as reseller_id,
    sum(case when s.kind = 'record' then cast(s.official_amount as decimal(38, 8)) else 0 end) as official_amount,
    sum(case when s.kind = 'record'
      then cast(s.official_amount as decimal(38, 8)) - cast(s.settled_amount as decimal(38, 8)) else 0 end) as reduction_amount,
    sum(s.settled_amount) as settled_amount,
    sum(s.amount_excl_tax) as amount_excl_tax,
    sum(s.tax_amount) as tax_amount,
    sum(s.amount_incl_tax) as amount_incl_tax,
    sum(s.record_count) as record_count
  from settlement.statement_lines as s
  where s.cycle = $1 and s.party_id between $2 and $3 and s.revision = $4
  group by s.party_id, coalesce(s.customer_id, ''), coalesce(s.reseller_id, '')
)
select
  s.party_id,
  case when s.customer_id = '' then '(rounding)' else c.account_name end as account_name,
  c.customer as customer_name,
  s.customer_id,
  cast(s.official_amount as varchar) as official_amount,
  cast(s.reduction_amount as varchar) as reduction_amount,
  cast(s.settled_amount as varchar) as settled_amount,
  cast(s.amount_excl_tax as varchar) as amount_excl_tax,
  cast(s.tax_amount as varchar) as tax_amount,
  cast(s.amount_incl_tax as varchar) as amount_incl_tax,
  cast(s.record_count as varchar) as record_count
from sums as s
left join source.customers as c
  on c.cycle = $1 and c.customer_id = s.customer_id and c.reseller_id = s.reseller_id
order by s.party_id, case when s.customer_id = '' then 1 else 0 end, s.customer_id, s.reseller_id
