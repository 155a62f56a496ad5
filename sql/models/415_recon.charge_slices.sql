-- recon.charge_slices: one customer, reseller, service, resource type, charging mode and bill type of the cycle: what its fee records add up to, what the vendor's monthly bill says, and what explains the difference. The parts, from truncation to unexplained, add up to the difference.
-- build: cycle
-- column charging_mode: 1 yearly/monthly, 3 pay-per-use, 10 reserved instance, 11 savings plan; empty where the source does not say it, as in the other parts of the key
-- column bill_type: 0 consumption, 1 unsubscription, 2 write-off; of a record: 1 for refunds (bill types 4, 20, 24), 2 for what the vendor wrote off
-- column records: fee records
-- column bill_rows: rows of the monthly bill
-- column matched: both, detail (no row of the bill has these names) or bill (no record has them)
-- column summary_amount: formula by which records are compared with the bill (settlement.summary_amount)
-- column payable_amount: payable amount of all its records
-- column detail_amount: what its records should be on the bill by the formula, referral and reserved instances included
-- column bill_amount: amount of the monthly bill
-- column scope_payable_amount: payable amount of the records that the bill is about: resale, without reserved instances
-- column scope_cash_amount: what cash and credit paid of them
-- column debt_amount: what is unpaid of them
-- column voucher_amount: what vouchers, cash coupons and stored value cards paid of them
-- column bill_debt_amount: what is unpaid by the bill; NULL: it does not say
-- column bill_voucher_amount: what vouchers, cash coupons, stored value cards and bonus paid by the bill; NULL: it does not say
-- column longer_charges: charges of them with more than two decimals
-- column longer_refunds: refunds of them with more than two decimals
-- column cut_amount: what they have beyond the cent by the formula, each cut toward zero
-- column late_amount: amount of records whose use ended before the cycle began
-- column before_association_amount: amount of records from before the customer was attached, where that was in the cycle
-- column difference: detail_amount less bill_amount
-- column truncation: part of the difference that is the known cut of each charge to the cent
-- column late_cycle: part of the difference that is late records, which the bill has in another cycle
-- column association_change: part of the difference from before the customer was attached, or billed under another reseller
-- column referral: part of the difference that is referral records, which the bill leaves out
-- column mode_10: part of the difference that is reserved instances, which the bill leaves out
-- column funding_change: part of the difference that is money paid since the bill was made, where the formula leaves debt or vouchers out
-- column named_otherwise: part of the difference that the bill has under other names of service, resource type or bill type; adds up to 0 over an account
-- column unexplained: what is left
-- column tolerance: how much truncation could take of its charges and refunds at most
-- column is_within: what is left and the truncation are less than a cent for each charge (each refund, below 0), but not the known cut
-- column reason_code: the first of the parts that is not 0, unexplained before the others; NULL: no difference
--
-- What the bill is about: resale customers, and no reserved instances. Both are taken off only where the two sides differ, so
-- that a bill that does hold them ties. Then, in this order: nothing, late records, records from before the association (late
-- ones are among them), a change of funding; the first that leaves exactly the known cut, or nothing, explains the rest. What fits none
-- of them, and is cancelled by the same slice under another reseller, is the account's change of reseller. Truncation: each charge is
-- cut to the cent toward zero, so the cut is known to the last decimal; nothing else is truncation. Where nothing fits, the cut is taken off
-- unless the bill has decimals beyond the cent itself: what is left then is what is wrong.
-- Where an account has names in the bill and other names in its records, these are judged together.
with scoped as (
  select
    s.*,
    p.tolerance_per_charge,
    cast(s.detail_amount - s.bill_amount as decimal(38, 8)) as difference,
    case when s.detail_amount <> s.bill_amount then s.referral_amount else 0 end as referral,
    case when s.detail_amount <> s.bill_amount then s.mode_10_amount else 0 end as mode_10,
    cast(case when s.detail_amount <> s.bill_amount then s.detail_amount - s.bill_amount - s.referral_amount - s.mode_10_amount else 0 end
      as decimal(38, 8)) as rest,
    -- Of a formula that leaves debt or vouchers out: what these are by the bill, less what they are by the records now.
    cast(coalesce(case s.summary_amount
      when 'payable' then 0
      when 'payable_less_debt' then s.bill_debt_amount - s.debt_amount
      when 'payable_less_vouchers' then s.bill_voucher_amount - s.voucher_amount
      when 'payable_less_debt_and_vouchers' then s.bill_debt_amount - s.debt_amount + s.bill_voucher_amount - s.voucher_amount
      else s.bill_debt_amount + coalesce(s.bill_adjustment_amount, 0) + s.bill_voucher_amount - s.scope_payable_amount + s.scope_cash_amount
    end, 0) as decimal(38, 8)) as funding_amount
  from recon.slice_sums as s
  inner join ops.params as p on p.cycle = s.cycle
),
sided as (
  select
    s.*,
    case when s.rest <> 0 and s.matched <> 'both' then s.matched end as lonely
  from scoped as s
),
-- What is judged together: a slice; of an account with names in the bill that no record has, and names in the records that the
-- bill has not, all of these.
placed as (
  select
    s.*,
    s.rest <> 0 as differs,
    case when s.lonely is not null and min(s.lonely) over a <> max(s.lonely) over a then '*'
      else s.service_type_code || '|' || s.resource_type_code || '|' || s.charging_mode || '|' || s.bill_type end as unit
  from sided as s
  window a as (partition by s.customer_id, s.reseller_id)
),
units as (
  select
    s.*,
    sum(s.rest) over u as unit_rest,
    sum(s.cut_amount) over u as unit_cut,
    sum(s.late_amount) over u as unit_late,
    sum(s.late_cut_amount) over u as unit_late_cut,
    sum(s.before_association_amount) over u as unit_before,
    sum(s.before_association_cut_amount) over u as unit_before_cut,
    sum(s.funding_amount) over u as unit_funding,
    sum(s.longer_charges) over u as unit_charges,
    sum(s.longer_refunds) over u as unit_refunds,
    max(abs(s.bill_amount % 0.01)) over a > 0 as is_uncut
  from placed as s
  window u as (partition by s.customer_id, s.reseller_id, s.unit, s.differs), a as (partition by s.customer_id, s.reseller_id)
),
explained as (
  select
    u.*,
    case
      when u.unit_rest in (0, u.unit_cut) then 1
      when u.unit_late <> 0 and u.unit_rest - u.unit_late in (0, u.unit_cut - u.unit_late_cut) then 2
      when u.unit_before <> 0 and u.unit_rest - u.unit_before in (0, u.unit_cut - u.unit_before_cut) then 3
      when u.unit_funding <> 0 and u.unit_rest - u.unit_funding in (0, u.unit_cut) then 4
    end as found
  from units as u
),
-- What one reseller's account misses, another account of the customer may have.
moved as (
  select
    e.*,
    min(e.reseller_id) over m <> max(e.reseller_id) over m as has_accounts,
    sum(e.rest) over m as all_rest,
    sum(e.cut_amount) over m as all_cut
  from explained as e
  window m as (partition by e.customer_id, e.unit, e.differs, e.found is null)
),
ranked as (
  select
    m.*,
    case
      when not m.differs then 0
      when m.found is not null then m.found
      when m.has_accounts and m.all_rest in (0, m.all_cut) then 5
      else 6
    end as rank,
    row_number() over (
      partition by m.customer_id, m.reseller_id, m.unit, m.differs
      order by abs(m.rest) desc, m.service_type_code, m.resource_type_code, m.charging_mode, m.bill_type
    ) as nth
  from moved as m
),
-- The cut of a slice is truncation where the bill has it cut: by what explains the rest, or else by the decimals of the bill.
cut as (
  select
    r.*,
    case r.rank
      when 0 then 0
      when 1 then case when r.unit_rest = 0 then 0 else r.cut_amount end
      when 2 then case when r.unit_rest = r.unit_late then 0 else r.cut_amount - r.late_cut_amount end
      when 3 then case when r.unit_rest = r.unit_before then 0 else r.cut_amount - r.before_association_cut_amount end
      when 4 then case when r.unit_rest = r.unit_funding then 0 else r.cut_amount end
      when 5 then case when r.all_rest = 0 then 0 else r.cut_amount end
      else case when r.is_uncut then 0 else r.cut_amount end
    end as truncation
  from ranked as r
),
-- Of a unit of several slices the first, which is the largest, holds what cannot be told apart.
shares as (
  select
    c.*,
    case when c.rank = 2 then c.late_amount else 0 end as late_cycle,
    case
      when c.rank = 3 then c.before_association_amount
      when c.rank = 5 and c.nth = 1 then c.unit_rest - case when c.all_rest = 0 then 0 else c.unit_cut end
      else 0
    end as association_change,
    case when c.rank = 4 then c.funding_amount else 0 end as funding_change,
    case when c.rank = 6 and c.nth = 1 then c.unit_rest - case when c.is_uncut then 0 else c.unit_cut end else 0 end as unexplained,
    c.unit_rest > 0 and c.unit_rest < c.tolerance_per_charge * c.unit_charges
      or c.unit_rest < 0 and -c.unit_rest < c.tolerance_per_charge * c.unit_refunds as rest_is_within
  from cut as c
)
select
  s.cycle,
  s.customer_id,
  s.reseller_id,
  s.service_type_code,
  s.resource_type_code,
  s.charging_mode,
  s.bill_type,
  s.records,
  s.bill_rows,
  s.matched,
  s.summary_amount,
  cast(s.payable_amount as decimal(38, 8)) as payable_amount,
  cast(s.detail_amount as decimal(38, 8)) as detail_amount,
  cast(s.bill_amount as decimal(38, 8)) as bill_amount,
  cast(s.scope_payable_amount as decimal(38, 8)) as scope_payable_amount,
  cast(s.scope_cash_amount as decimal(38, 8)) as scope_cash_amount,
  cast(s.debt_amount as decimal(38, 8)) as debt_amount,
  cast(s.voucher_amount as decimal(38, 8)) as voucher_amount,
  cast(s.bill_debt_amount as decimal(38, 8)) as bill_debt_amount,
  cast(s.bill_voucher_amount as decimal(38, 8)) as bill_voucher_amount,
  s.longer_charges,
  s.longer_refunds,
  cast(s.cut_amount as decimal(38, 8)) as cut_amount,
  cast(s.late_amount as decimal(38, 8)) as late_amount,
  cast(s.before_association_amount as decimal(38, 8)) as before_association_amount,
  s.difference,
  cast(s.truncation as decimal(38, 8)) as truncation,
  cast(s.late_cycle as decimal(38, 8)) as late_cycle,
  cast(s.association_change as decimal(38, 8)) as association_change,
  cast(s.referral as decimal(38, 8)) as referral,
  cast(s.mode_10 as decimal(38, 8)) as mode_10,
  cast(s.funding_change as decimal(38, 8)) as funding_change,
  cast(s.rest - s.truncation - s.late_cycle - s.association_change - s.funding_change - s.unexplained as decimal(38, 8)) as named_otherwise,
  cast(s.unexplained as decimal(38, 8)) as unexplained,
  cast(s.tolerance_per_charge * (s.longer_charges + s.longer_refunds) as decimal(38, 8)) as tolerance,
  s.unexplained <> 0 and s.rest_is_within as is_within,
  case
    when s.unexplained <> 0 then 'unexplained'
    when s.late_cycle <> 0 then 'late_cycle'
    when s.association_change <> 0 then 'association_change'
    when s.referral <> 0 then 'referral'
    when s.mode_10 <> 0 then 'mode_10'
    when s.funding_change <> 0 then 'funding_change'
    when s.truncation <> 0 then 'truncation'
    when s.difference <> 0 then 'vendor_error'
  end as reason_code
from shares as s
