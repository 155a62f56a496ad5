-- recon.tie_out: one customer and reseller of the cycle: its fee records against the vendor's monthly bill, the parts that explain the raw difference, what is left, and whether each candidate formula of the monthly amount ties. The sums are those of recon.charge_slices.
-- build: cycle
-- column records: fee records
-- column bill_rows: rows of the monthly bill
-- column slices: rows of recon.charge_slices
-- column slices_off: slices with an unexplained rest, or with names that the other side has not
-- column summary_amount: formula by which records are compared with the bill (settlement.summary_amount)
-- column payable_amount: payable amount of all its records
-- column detail_amount: what its records should be on the bill by the formula, referral and reserved instances included
-- column bill_amount: amount of the monthly bill
-- column scope_payable_amount: payable amount of the records that the bill is about: resale, without reserved instances
-- column debt_amount: what is unpaid of them
-- column voucher_amount: what vouchers, cash coupons and stored value cards paid of them
-- column cash_and_credit_amount: what cash and credit paid of them
-- column longer_charges: charges with more than two decimals
-- column longer_refunds: refunds with more than two decimals
-- column difference: detail_amount less bill_amount: the raw difference
-- column truncation: part of it that is the known cut of each charge to the cent
-- column late_cycle: part of it that is late records, which the bill has in another cycle
-- column association_change: part of it from before the customer was attached, or billed under another reseller
-- column referral: part of it that is referral records, which the bill leaves out
-- column mode_10: part of it that is reserved instances, which the bill leaves out
-- column funding_change: part of it that is money paid since the bill was made
-- column named_otherwise: what records and bill have under different names, as an amount of either side; adds up to nothing
-- column unexplained: what is left of it
-- column tolerance: how much truncation could take of its charges and refunds at most
-- column is_within: something is left, and on each slice it is less than a cent for each charge, but not the known cut
-- column reason_code: the largest of the parts; unexplained where something is left; NULL: no difference
-- column is_telling: the candidate formulas give different amounts, so that what ties says which one holds
-- column difference_payable: payable amount less the bill
-- column ties_payable: nothing but the known cut and other explained parts is left by that formula
-- column difference_payable_less_debt: payable amount less debt, less the bill
-- column ties_payable_less_debt: nothing but explained parts is left by that formula
-- column difference_payable_less_vouchers: payable amount less what vouchers paid, less the bill
-- column ties_payable_less_vouchers: nothing but explained parts is left by that formula
-- column difference_payable_less_debt_and_vouchers: payable amount less debt and vouchers, less the bill
-- column ties_payable_less_debt_and_vouchers: nothing but explained parts is left by that formula
-- column difference_cash_and_credit: what cash and credit paid, less the bill
-- column ties_cash_and_credit: nothing but explained parts is left by that formula
-- column other_formula: the formula by which the account ties though not by the chosen one; only where the chosen one does not tie for most of the telling accounts of the cycle, and of the formulas that do, if any does
-- column other_formula_holds: that formula ties for most of the telling accounts of the cycle
with cuts as (
  select
    s.customer_id,
    s.reseller_id,
    sum(s.cut_payable) as cut_1,
    sum(s.cut_payable_less_debt) as cut_2,
    sum(s.cut_payable_less_vouchers) as cut_3,
    sum(s.cut_payable_less_debt_and_vouchers) as cut_4,
    sum(s.cut_cash_and_credit) as cut_5
  from recon.slice_sums as s
  inner join ops.params as p on p.cycle = s.cycle
  group by s.customer_id, s.reseller_id
),
accounts as (
  select
    s.cycle,
    s.customer_id,
    s.reseller_id,
    max(s.summary_amount) as summary_amount,
    cast(sum(s.records) as bigint) as records,
    cast(sum(s.bill_rows) as bigint) as bill_rows,
    count(*) as slices,
    cast(sum(case when s.unexplained <> 0 or s.named_otherwise <> 0 then 1 else 0 end) as bigint) as slices_off,
    cast(sum(s.payable_amount) as decimal(38, 8)) as payable_amount,
    cast(sum(s.detail_amount) as decimal(38, 8)) as detail_amount,
    cast(sum(s.bill_amount) as decimal(38, 8)) as bill_amount,
    cast(sum(s.scope_payable_amount) as decimal(38, 8)) as scope_payable_amount,
    cast(sum(s.debt_amount) as decimal(38, 8)) as debt_amount,
    cast(sum(s.voucher_amount) as decimal(38, 8)) as voucher_amount,
    cast(sum(s.scope_cash_amount) as decimal(38, 8)) as cash_and_credit_amount,
    cast(sum(s.longer_charges) as bigint) as longer_charges,
    cast(sum(s.longer_refunds) as bigint) as longer_refunds,
    cast(sum(s.difference) as decimal(38, 8)) as difference,
    cast(sum(s.truncation) as decimal(38, 8)) as truncation,
    cast(sum(s.late_cycle) as decimal(38, 8)) as late_cycle,
    cast(sum(s.association_change) as decimal(38, 8)) as association_change,
    cast(sum(s.referral) as decimal(38, 8)) as referral,
    cast(sum(s.mode_10) as decimal(38, 8)) as mode_10,
    cast(sum(s.funding_change) as decimal(38, 8)) as funding_change,
    cast(sum(case when s.named_otherwise > 0 then s.named_otherwise else 0 end) as decimal(38, 8)) as named_otherwise,
    cast(sum(s.unexplained) as decimal(38, 8)) as unexplained,
    cast(sum(s.tolerance) as decimal(38, 8)) as tolerance,
    min(case when s.unexplained = 0 or s.is_within then 1 else 0 end) as within
  from recon.charge_slices as s
  inner join ops.params as p on p.cycle = s.cycle
  group by s.cycle, s.customer_id, s.reseller_id
),
differences as (
  select
    a.*,
    c.cut_1,
    c.cut_2,
    c.cut_3,
    c.cut_4,
    c.cut_5,
    a.late_cycle + a.association_change as elsewhere,
    cast(a.scope_payable_amount - a.bill_amount as decimal(38, 8)) as difference_payable,
    cast(a.scope_payable_amount - a.debt_amount - a.bill_amount as decimal(38, 8)) as difference_payable_less_debt,
    cast(a.scope_payable_amount - a.voucher_amount - a.bill_amount as decimal(38, 8)) as difference_payable_less_vouchers,
    cast(a.scope_payable_amount - a.debt_amount - a.voucher_amount - a.bill_amount as decimal(38, 8)) as difference_payable_less_debt_and_vouchers,
    cast(a.cash_and_credit_amount - a.bill_amount as decimal(38, 8)) as difference_cash_and_credit
  from accounts as a
  inner join cuts as c on c.customer_id = a.customer_id and c.reseller_id = a.reseller_id
),
-- What is left by each formula once what stands in another account or cycle is taken off.
rests as (
  select
    d.*,
    d.difference_payable - d.elsewhere as rest_1,
    d.difference_payable_less_debt - d.elsewhere as rest_2,
    d.difference_payable_less_vouchers - d.elsewhere as rest_3,
    d.difference_payable_less_debt_and_vouchers - d.elsewhere as rest_4,
    d.difference_cash_and_credit - d.elsewhere as rest_5,
    d.debt_amount <> 0 or d.voucher_amount <> 0 or d.cash_and_credit_amount <> d.scope_payable_amount as is_telling,
    case d.summary_amount
      when 'payable' then d.difference_payable
      when 'payable_less_debt' then d.difference_payable_less_debt
      when 'payable_less_vouchers' then d.difference_payable_less_vouchers
      when 'payable_less_debt_and_vouchers' then d.difference_payable_less_debt_and_vouchers
      else d.difference_cash_and_credit
    end as difference_chosen
  from differences as d
),
-- A formula ties that leaves exactly its known cut, or nothing; and one that gives the amount of the chosen one, where that ties.
tied as (
  select
    r.*,
    r.rest_1 in (0, r.cut_1) or r.difference_payable = r.difference_chosen and r.unexplained = 0 as ties_1,
    r.rest_2 in (0, r.cut_2) or r.difference_payable_less_debt = r.difference_chosen and r.unexplained = 0 as ties_2,
    r.rest_3 in (0, r.cut_3) or r.difference_payable_less_vouchers = r.difference_chosen and r.unexplained = 0 as ties_3,
    r.rest_4 in (0, r.cut_4) or r.difference_payable_less_debt_and_vouchers = r.difference_chosen and r.unexplained = 0 as ties_4,
    r.rest_5 in (0, r.cut_5) or r.difference_cash_and_credit = r.difference_chosen and r.unexplained = 0 as ties_5,
    r.is_telling and r.bill_rows > 0 as tells
  from rests as r
),
-- Which formulas tie for more than half of the accounts that tell them apart.
counted as (
  select
    t.*,
    2 * sum(case when t.tells and t.unexplained = 0 then 1 else 0 end) over c > sum(case when t.tells then 1 else 0 end) over c as chosen_holds,
    2 * sum(case when t.tells and t.ties_1 then 1 else 0 end) over c > sum(case when t.tells then 1 else 0 end) over c as holds_1,
    2 * sum(case when t.tells and t.ties_2 then 1 else 0 end) over c > sum(case when t.tells then 1 else 0 end) over c as holds_2,
    2 * sum(case when t.tells and t.ties_3 then 1 else 0 end) over c > sum(case when t.tells then 1 else 0 end) over c as holds_3,
    2 * sum(case when t.tells and t.ties_4 then 1 else 0 end) over c > sum(case when t.tells then 1 else 0 end) over c as holds_4,
    2 * sum(case when t.tells and t.ties_5 then 1 else 0 end) over c > sum(case when t.tells then 1 else 0 end) over c as holds_5
  from tied as t
  window c as (partition by t.cycle)
),
judged as (
  select
    c.*,
    c.holds_1 or c.holds_2 or c.holds_3 or c.holds_4 or c.holds_5 as any_holds,
    case
      when not c.tells or c.unexplained = 0 or c.chosen_holds then null
      when c.ties_1 and c.holds_1 then 'payable'
      when c.ties_2 and c.holds_2 then 'payable_less_debt'
      when c.ties_3 and c.holds_3 then 'payable_less_vouchers'
      when c.ties_4 and c.holds_4 then 'payable_less_debt_and_vouchers'
      when c.ties_5 and c.holds_5 then 'cash_and_credit'
      when c.holds_1 or c.holds_2 or c.holds_3 or c.holds_4 or c.holds_5 then null
      when c.ties_1 then 'payable'
      when c.ties_2 then 'payable_less_debt'
      when c.ties_3 then 'payable_less_vouchers'
      when c.ties_4 then 'payable_less_debt_and_vouchers'
      when c.ties_5 then 'cash_and_credit'
    end as other_formula
  from counted as c
)
select
  r.cycle,
  r.customer_id,
  r.reseller_id,
  r.summary_amount,
  r.records,
  r.bill_rows,
  r.slices,
  r.slices_off,
  r.payable_amount,
  r.detail_amount,
  r.bill_amount,
  r.scope_payable_amount,
  r.debt_amount,
  r.voucher_amount,
  r.cash_and_credit_amount,
  r.longer_charges,
  r.longer_refunds,
  r.difference,
  r.truncation,
  r.late_cycle,
  r.association_change,
  r.referral,
  r.mode_10,
  r.funding_change,
  r.named_otherwise,
  r.unexplained,
  r.tolerance,
  r.unexplained <> 0 and r.within = 1 as is_within,
  case
    when r.unexplained <> 0 then 'unexplained'
    when greatest(abs(r.truncation), abs(r.late_cycle), abs(r.association_change), abs(r.referral), abs(r.mode_10), abs(r.funding_change)) = 0 then null
    when abs(r.late_cycle) = greatest(abs(r.truncation), abs(r.late_cycle), abs(r.association_change), abs(r.referral), abs(r.mode_10), abs(r.funding_change)) then 'late_cycle'
    when abs(r.association_change) = greatest(abs(r.truncation), abs(r.association_change), abs(r.referral), abs(r.mode_10), abs(r.funding_change)) then 'association_change'
    when abs(r.referral) = greatest(abs(r.truncation), abs(r.referral), abs(r.mode_10), abs(r.funding_change)) then 'referral'
    when abs(r.mode_10) = greatest(abs(r.truncation), abs(r.mode_10), abs(r.funding_change)) then 'mode_10'
    when abs(r.funding_change) = greatest(abs(r.truncation), abs(r.funding_change)) then 'funding_change'
    else 'truncation'
  end as reason_code,
  r.is_telling,
  r.difference_payable,
  coalesce(r.ties_1, false) as ties_payable,
  r.difference_payable_less_debt,
  coalesce(r.ties_2, false) as ties_payable_less_debt,
  r.difference_payable_less_vouchers,
  coalesce(r.ties_3, false) as ties_payable_less_vouchers,
  r.difference_payable_less_debt_and_vouchers,
  coalesce(r.ties_4, false) as ties_payable_less_debt_and_vouchers,
  r.difference_cash_and_credit,
  coalesce(r.ties_5, false) as ties_cash_and_credit,
  r.other_formula,
  r.other_formula is not null and r.any_holds as other_formula_holds
from judged as r
