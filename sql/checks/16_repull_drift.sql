-- title: An issued month is as the vendor has it now
-- severity: W
-- phase: lines
-- owner: finance
-- code: changed_month
-- action: decide between a prior-period line, which is booked by itself, and settle reopen --cycle {cycle}
-- Records of issued months that come out otherwise in the newest pull, by party and kind of change. What is payable or charged
-- is booked as prior-period lines in the party's next open month, or in a new revision; a change of funding alone changes nothing. Whether
-- old records change when debt is repaid is not documented: where records say another debt, or other vouchers, than the monthly bill that was made
-- earlier, money came in between, and the payable amount is the same.
with funding as (
  select
    s.customer_id,
    s.reseller_id,
    sum(s.debt_amount) as debt_amount,
    sum(coalesce(s.bill_debt_amount, s.debt_amount)) as bill_debt_amount,
    sum(s.voucher_amount) as voucher_amount,
    sum(coalesce(s.bill_voucher_amount, s.voucher_amount)) as bill_voucher_amount
  from recon.charge_slices as s
  inner join ops.params as p on p.cycle = s.cycle
  where s.matched = 'both' and s.bill_type = '0' and s.unexplained = 0
    and coalesce(s.association_change, 0) = 0 and coalesce(s.late_cycle, 0) = 0 and coalesce(s.named_otherwise, 0) = 0 -- else other records are on the two sides, not otherwise paid ones
  group by s.customer_id, s.reseller_id
)
select
  case when r.funding_only then 'I' else 'W' end as severity,
  r.party_id,
  cast(null as varchar) as customer_id,
  cast(null as varchar) as reseller_id,
  'issued month, ' || case
    when r.funding_only then 'funding changed'
    when r.change = 'new' then 'records came after it was issued'
    when r.change = 'gone' then 'records are gone'
    when r.change = 'unpriced' then 'records without price: ' || r.unpriced_reason
    else 'records changed'
  end as subject,
  'payable ' || cast(cast(sum(r.issued_payable_amount) as decimal(38, 8)) as varchar) || ', charge '
    || cast(cast(sum(r.issued_charge_amount) as decimal(38, 8)) as varchar) as expected,
  'payable ' || cast(cast(sum(r.new_payable_amount) as decimal(38, 8)) as varchar) || ', charge '
    || cast(cast(sum(r.new_charge_amount) as decimal(38, 8)) as varchar) as actual,
  cast(sum(r.difference) as decimal(38, 8)) as difference,
  case when r.funding_only then 'funding_change' else 'changed_month' end as reason_code,
  cast(null as varchar) as action,
  case
    when r.funding_only then 'nothing to do: what is payable is the same'
    when r.change = 'unpriced'
      then 'the workbook by which the month was issued has no price for them: reopen the month (settle reopen), or book the charge on the sheet Adjustments'
    else 'the difference is booked in the party''s next open month, once no blocking finding on this month is open; for a new revision with a credit note instead: settle reopen --cycle '
      || r.cycle || ' --party ' || r.party_id || ' --reason TEXT'
  end as reason,
  cast(count(*) as varchar) || ' records, for example ' || min(r.line_id) as detail
from settlement.restatements as r
inner join ops.params as p on p.cycle = r.cycle
group by r.cycle, r.party_id, r.funding_only, r.change, r.unpriced_reason
union all
select
  'I' as severity,
  cast(null as varchar) as party_id,
  f.customer_id,
  f.reseller_id,
  'customer ' || f.customer_id || case when f.reseller_id = '' then '' else ' under reseller ' || f.reseller_id end || ': funding' as subject,
  'by the monthly bill debt ' || cast(f.bill_debt_amount as varchar) || ', vouchers ' || cast(f.bill_voucher_amount as varchar) as expected,
  'by the records debt ' || cast(f.debt_amount as varchar) || ', vouchers ' || cast(f.voucher_amount as varchar) as actual,
  cast(case when f.debt_amount <> f.bill_debt_amount then f.debt_amount - f.bill_debt_amount else f.voucher_amount - f.bill_voucher_amount end as decimal(38, 8)) as difference,
  'funding_change' as reason_code,
  'nothing to correct: the payable amount is the same; what the customer owes the partner is in the partner''s own books' as action,
  'the funding changed between the monthly bill and the records: debt was paid, or vouchers were used' as reason,
  'payable amounts tie' as detail
from funding as f
where f.debt_amount <> f.bill_debt_amount or f.voucher_amount <> f.bill_voucher_amount
