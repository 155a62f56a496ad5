-- title: Fee records add up to the vendor's monthly bill
-- severity: B
-- phase: lines
-- owner: finance
-- code: unexplained
-- action: open the customer in the reconciliation workbook, sheet Tie-out, and follow it to the slice that differs
-- needs: consumption_records, monthly_bills
-- Fee records against the monthly bill, per customer and reseller, from recon.tie_out: one finding for what is left, and one
-- explained row for each part that explains some of the raw difference. What the monthly amount counts (debt, vouchers) is not documented:
-- one formula holds for all (settlement.summary_amount), and no account picks its own. Where another ties for most of the accounts that tell
-- them apart, each account that it ties for blocks until it is chosen or the finding is accepted; where none ties for most, they warn; where the chosen one does,
-- what an account would tie by is only a remark. What is less than a cent a charge, but not the known cut, warns. Until the month is
-- final by the calendar the monthly sums lag by up to a day, so a difference only warns.
with accounts as (
  select
    t.*,
    p.calendar_final,
    case when t.ties_payable then ' payable' else '' end || case when t.ties_payable_less_debt then ' payable_less_debt' else '' end
      || case when t.ties_payable_less_vouchers then ' payable_less_vouchers' else '' end
      || case when t.ties_payable_less_debt_and_vouchers then ' payable_less_debt_and_vouchers' else '' end
      || case when t.ties_cash_and_credit then ' cash_and_credit' else '' end as formulas,
    case
      when t.other_formula is null then case when t.is_within then 'within' else 'differs' end
      when t.other_formula_holds then 'other_holds'
      else 'other'
    end as verdict,
    case when t.difference = t.unexplained then ''
      else 'raw difference ' || cast(t.difference as varchar) || ', of which ' || cast(cast(t.difference - t.unexplained as decimal(38, 8)) as varchar) || ' is explained; ' end as words,
    'customer ' || t.customer_id || case when t.reseller_id = '' then '' else ' under reseller ' || t.reseller_id end as subject
  from recon.tie_out as t
  inner join ops.params as p on p.cycle = t.cycle
  where t.difference <> 0
),
unread as (
  select
    q.customer_id,
    q.reseller_id,
    count(*) as records
  from source.quarantine as q
  inner join ops.params as p on p.cycle = q.cycle
  where q.dataset in ('consumption_records', 'monthly_bills')
  group by q.customer_id, q.reseller_id
),
parts as (
  select a.*, 'truncation' as code, a.truncation as amount, 'truncation: each charge is cut to the cent' as why from accounts as a
  union all
  select a.*, 'late_cycle', a.late_cycle, 'late cycle: used before the month began and charged in it; the bill has it in another month' from accounts as a
  union all
  select a.*, 'association_change', a.association_change, 'association change: from before the customer was attached, or billed under another reseller' from accounts as a
  union all
  select a.*, 'referral', a.referral, 'referral: the monthly bill holds resale only' from accounts as a
  union all
  select a.*, 'mode_10', a.mode_10, 'reserved instances: the monthly bill does not offer charging mode 10' from accounts as a
  union all
  select a.*, 'funding_change', a.funding_change, 'funding change: paid otherwise since the bill was made' from accounts as a
)
select
  case when a.calendar_final and a.verdict in ('differs', 'other_holds') then 'B' else 'W' end as severity,
  a.customer_id,
  a.reseller_id,
  a.subject,
  'monthly bill ' || cast(a.bill_amount as varchar) as expected,
  'fee records ' || cast(a.detail_amount as varchar) as actual,
  a.unexplained as difference,
  a.tolerance,
  false as explained,
  case when a.other_formula is not null then 'formula' when a.verdict = 'within' then 'unexplained' when not a.calendar_final then 'not_final' else 'unexplained' end as reason_code,
  case
    when a.verdict = 'other_holds' then 'the month is compared by a formula that does not hold: ' || a.summary_amount || ' does not tie for most customers that tell the formulas apart, ' || a.other_formula
      || ' does, also here; look at recon.formulas and set settlement.summary_amount to it, or accept this'
    when a.verdict = 'other' then 'ties by another formula: look at recon.formulas, and set settlement.summary_amount where it ties for the other customers too; it ties by:' || a.formulas
    when a.verdict = 'within' then 'within the tolerance of a cent a charge, but not accounted for by the cuts'
    when not a.calendar_final then 'the month is not final: monthly sums lag behind the records by up to a day'
    when a.records = 0 then 'a monthly bill without fee records; run again, and ask the vendor for the records if they stay away'
    when a.bill_rows = 0 then 'fee records without a monthly bill; run again, and ask the vendor whether the account is billed elsewhere'
    else 'fee records and monthly bill differ; check 07 names the service and resource type'
  end as reason,
  a.words || cast(a.records as varchar) || ' records, ' || cast(a.longer_charges + a.longer_refunds as varchar) || ' of them with more than two decimals, '
    || cast(a.bill_rows as varchar) || ' bill rows'
    || case when a.other_formula is null and a.is_telling and a.formulas <> '' then '; it would tie by' || a.formulas || ', which does not hold for the other customers' else '' end
    || case when u.records is null then '' else ', ' || cast(u.records as varchar) || ' rows in quarantine' end as detail
from accounts as a
left join unread as u on u.customer_id = a.customer_id and u.reseller_id = a.reseller_id
where a.unexplained <> 0
union all
select
  'I' as severity,
  a.customer_id,
  a.reseller_id,
  a.subject || ': ' || a.code as subject,
  'monthly bill ' || cast(a.bill_amount as varchar) as expected,
  'fee records ' || cast(a.detail_amount as varchar) as actual,
  a.amount as difference,
  case when a.code = 'truncation' then a.tolerance else 0 end as tolerance,
  true as explained,
  a.code as reason_code,
  a.why as reason,
  'raw difference ' || cast(a.difference as varchar) || case when a.code = 'truncation'
    then ', ' || cast(a.longer_charges + a.longer_refunds as varchar) || ' records with more than two decimals' else '' end as detail
from parts as a
where a.amount <> 0
