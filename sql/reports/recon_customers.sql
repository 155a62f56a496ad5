-- A customer and reseller of cycle $1: its fee records against the vendor's monthly bill, each part that explains the difference, what is
-- left, and what each candidate formula of the monthly amount would leave. What does not tie stands first, then the largest difference.
with customers as (
  select
    c.customer_id,
    max(coalesce(c.customer, c.account_name)) as customer_name
  from source.customers as c
  where c.cycle = $1
  group by c.customer_id
),
owners as (
  select
    o.customer_id,
    o.reseller_id,
    min(o.party_id) as party_id
  from settlement.contracts as o
  where o.cycle = $1
  group by o.customer_id, o.reseller_id
),
found as (
  select
    f.customer_id,
    count(*) as findings
  from recon.finding_list as f
  where f.cycle = $1 and f.status in ('new', 'open')
  group by f.customer_id
)
select
  t.customer_id,
  t.reseller_id,
  coalesce(c.customer_name, t.customer_id) as customer_name,
  p.name as party_name,
  cast(t.records as varchar) as records,
  cast(t.bill_rows as varchar) as bill_rows,
  cast(t.slices as varchar) as slices,
  cast(t.slices_off as varchar) as slices_off,
  cast(t.detail_amount as varchar) as detail_amount,
  cast(t.bill_amount as varchar) as bill_amount,
  cast(t.difference as varchar) as difference,
  cast(t.truncation as varchar) as truncation,
  cast(t.late_cycle as varchar) as late_cycle,
  cast(t.association_change as varchar) as association_change,
  cast(t.referral as varchar) as referral,
  cast(t.mode_10 as varchar) as mode_10,
  cast(t.funding_change as varchar) as funding_change,
  cast(t.unexplained as varchar) as unexplained,
  cast(t.tolerance as varchar) as tolerance,
  case when t.unexplained <> 0 then 'differs' when t.difference <> 0 then 'explained' else 'ties' end as verdict,
  t.reason_code,
  case when t.is_telling then 'yes' else 'no' end as is_telling,
  cast(t.difference_payable as varchar) as difference_payable,
  case when t.ties_payable then 'yes' else 'no' end as ties_payable,
  cast(t.difference_payable_less_debt as varchar) as difference_payable_less_debt,
  case when t.ties_payable_less_debt then 'yes' else 'no' end as ties_payable_less_debt,
  cast(t.difference_payable_less_vouchers as varchar) as difference_payable_less_vouchers,
  case when t.ties_payable_less_vouchers then 'yes' else 'no' end as ties_payable_less_vouchers,
  cast(t.difference_payable_less_debt_and_vouchers as varchar) as difference_payable_less_debt_and_vouchers,
  case when t.ties_payable_less_debt_and_vouchers then 'yes' else 'no' end as ties_payable_less_debt_and_vouchers,
  cast(t.difference_cash_and_credit as varchar) as difference_cash_and_credit,
  case when t.ties_cash_and_credit then 'yes' else 'no' end as ties_cash_and_credit,
  cast(coalesce(f.findings, 0) as varchar) as open_findings
from recon.tie_out as t
left join customers as c on c.customer_id = t.customer_id
left join owners as o on o.customer_id = t.customer_id and o.reseller_id = t.reseller_id
left join settlement.parties as p on p.cycle = t.cycle and p.party_id = o.party_id
left join found as f on f.customer_id = t.customer_id
where t.cycle = $1
order by abs(t.unexplained) desc, abs(t.difference) desc, t.customer_id, t.reseller_id
