-- title: Each slice of the monthly bill is what its fee records add up to
-- severity: W
-- phase: lines
-- owner: finance
-- code: unexplained
-- action: compare the records of this service and resource type with the vendor's console, and ask the vendor about the rest
-- needs: consumption_records, monthly_bills
-- Where the difference of check 06 is: per customer, reseller, service, resource type, charging mode and bill type, from
-- recon.charge_slices. It finds too what an account's total hides, because two slices cancel each other. An account that check 06
-- says to tie by another formula has no slice to look for. Names that only one side has, and whose amounts cancel each other, are one note per account.
with slices as (
  select
    s.*,
    s.unexplained <> t.unexplained as is_part,
    t.unexplained as account_unexplained
  from recon.charge_slices as s
  inner join ops.params as p on p.cycle = s.cycle
  inner join recon.tie_out as t on t.cycle = s.cycle and t.customer_id = s.customer_id and t.reseller_id = s.reseller_id
  where s.difference <> 0
    and t.other_formula is null
)
select
  'W' as severity,
  s.customer_id,
  s.reseller_id,
  'customer ' || s.customer_id || case when s.reseller_id = '' then '' else ' under reseller ' || s.reseller_id end
    || ': ' || case when s.service_type_code = '' then 'no service' else s.service_type_code end
    || ', ' || case when s.resource_type_code = '' then 'no resource type' else s.resource_type_code end
    || ', mode ' || case when s.charging_mode = '' then '-' else s.charging_mode end || ', bill type ' || s.bill_type as subject,
  'monthly bill ' || cast(s.bill_amount as varchar) as expected,
  'fee records ' || cast(s.detail_amount as varchar) as actual,
  s.unexplained as difference,
  s.tolerance,
  'unexplained' as reason_code,
  case
    when s.is_within then 'within the tolerance of a cent a charge, but not accounted for by the cuts'
    when s.matched = 'detail' then 'the monthly bill has no row for these records'
    when s.matched = 'bill' then 'no record stands behind this row of the monthly bill'
    when s.account_unexplained = 0 then 'another slice of the account differs by as much the other way; its total ties'
    else 'records and monthly bill differ here'
  end as reason,
  case when s.is_part then 'the account differs by ' || cast(s.account_unexplained as varchar) || '; ' else '' end
    || cast(s.records as varchar) || ' records, ' || cast(s.longer_charges + s.longer_refunds as varchar) || ' of them with more than two decimals, '
    || cast(s.bill_rows as varchar) || ' bill rows' as detail
from slices as s
where s.unexplained <> 0
union all
select
  'I' as severity,
  s.customer_id,
  s.reseller_id,
  'customer ' || s.customer_id || case when s.reseller_id = '' then '' else ' under reseller ' || s.reseller_id end || ': names' as subject,
  'the monthly bill names its rows as the records do' as expected,
  cast(count(*) as varchar) || ' slices have other names' as actual,
  cast(sum(case when s.named_otherwise > 0 then s.named_otherwise else 0 end) as decimal(38, 8)) as difference,
  cast(0 as decimal(38, 8)) as tolerance,
  'vendor_error' as reason_code,
  'records and monthly bill name services, resource types or bill types differently; the amounts were compared together' as reason,
  'for example ' || min(case when s.matched = 'detail' then s.service_type_code || ' ' || s.resource_type_code || ' mode ' || s.charging_mode || ' bill type ' || s.bill_type end)
    || ' on the records, ' || min(case when s.matched = 'bill' then s.service_type_code || ' ' || s.resource_type_code || ' mode ' || s.charging_mode || ' bill type ' || s.bill_type end)
    || ' on the bill' as detail
from slices as s
where s.named_otherwise <> 0
group by s.customer_id, s.reseller_id
