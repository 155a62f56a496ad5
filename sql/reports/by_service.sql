-- Cycle $1, parties $2 to $3, revision $4: a printed line of the statement. The customer's own reduction is list minus settled. A rule's
-- term is read only where it applies to the list amount: any other would tell what the vendor charges; and not for refunds,
-- which are priced by the rule of their time.
select
  s.party_id,
  cast(s.line_no as varchar) as line_no,
  s.kind,
  s.customer_id,
  coalesce(c.account_name, c.customer, s.customer_id) as account_name,
  s.service_type_code,
  coalesce(s.service_type_name, s.service_type_code) as service_type_name,
  coalesce(s.region_name, s.region_code) as region_name,
  s.charging_mode,
  s.bill_detail_type,
  s.rule_id,
  case when r.base = 'official' and s.bill_detail_type not in ('4', '20', '24') then r.method end as list_method,
  case when r.base = 'official' and s.bill_detail_type not in ('4', '20', '24') then cast(r.value as varchar) end as list_value,
  cast(s.tax_rate as varchar) as tax_rate,
  case when s.amounts_include_tax then 'incl' else 'excl' end as tax_basis,
  s.origin_cycle,
  cast(s.official_amount as varchar) as list_amount,
  case when s.kind = 'record' then cast(s.official_amount as varchar) end as official_amount,
  case when s.kind = 'record'
    then cast(cast(s.official_amount as decimal(38, 8)) - cast(s.settled_amount as decimal(38, 8)) as varchar) end as reduction_amount,
  cast(s.settled_amount as varchar) as settled_amount,
  cast(s.amount_excl_tax as varchar) as amount_excl_tax,
  cast(s.tax_amount as varchar) as tax_amount,
  cast(s.amount_incl_tax as varchar) as amount_incl_tax,
  cast(s.voucher_amount as varchar) as voucher_amount,
  cast(s.record_count as varchar) as record_count,
  case when s.kind in ('adjustment', 'commitment') then s.kind || '|' || s.note when s.kind = 'prior_period' then s.kind || '|' || s.origin_cycle end
    as note
from settlement.statement_lines as s
left join source.customers as c
  on c.cycle = s.cycle and c.customer_id = s.customer_id and c.reseller_id = coalesce(s.reseller_id, '')
left join settlement.rules as r on r.cycle = s.cycle and r.rule_id = s.rule_id
where s.cycle = $1 and s.party_id between $2 and $3 and s.revision = $4
order by s.party_id, s.line_no
