-- recon.slice_sums: one customer, reseller, service, resource type, charging mode and bill type of the cycle: what its fee records add up to, and what the vendor's monthly bill says. What explains the difference is recon.charge_slices.
-- build: cycle
-- column charging_mode: 1 yearly/monthly, 3 pay-per-use, 10 reserved instance, 11 savings plan; empty where the source does not say it, as in the other parts of the key
-- column bill_type: 0 consumption, 1 unsubscription, 2 write-off; of a record: 1 for refunds (bill types 4, 20, 24), 2 for what the vendor wrote off
-- column records: fee records
-- column bill_rows: rows of the monthly bill
-- column matched: both, detail (no row of the bill has these names) or bill (no record has them)
-- column summary_amount: formula by which records are compared with the bill (settlement.summary_amount)
-- column payable_amount: payable amount of all its records
-- column detail_amount: what its records should be on the bill by the formula, referral and reserved instances included
-- column referral_amount: that of the referral records
-- column mode_10_amount: that of the reserved instances
-- column late_amount: that of resale records whose use ended before the cycle began
-- column before_association_amount: that of resale records from before the customer was attached, where that was in the cycle
-- column scope_payable_amount: payable amount of the records that the bill is about: resale, without reserved instances
-- column scope_cash_amount: what cash and credit paid of them
-- column debt_amount: what is unpaid of them
-- column voucher_amount: what vouchers, cash coupons and stored value cards paid of them
-- column longer_charges: charges of them with more than two decimals
-- column longer_refunds: refunds of them with more than two decimals
-- column cut_amount: what they have beyond the cent by the formula, each cut toward zero; of the other candidate formulas the columns cut_ below
-- column late_cut_amount: that of the late ones
-- column before_association_cut_amount: that of those from before the customer was attached
-- column referral_cut_amount: what the referral records have beyond the cent by the formula
-- column mode_10_cut_amount: what the reserved instances have beyond the cent by the formula
-- column cut_payable: what the records that the bill is about have beyond the cent as payable amounts
-- column cut_payable_less_debt: as payable amounts less debt
-- column cut_payable_less_vouchers: as payable amounts less what vouchers paid
-- column cut_payable_less_debt_and_vouchers: as payable amounts less debt and vouchers
-- column cut_cash_and_credit: as what cash and credit paid
-- column bill_amount: amount of the monthly bill
-- column bill_debt_amount: what is unpaid by the bill; NULL: it does not say
-- column bill_adjustment_amount: arrears written off by the bill; NULL: it does not say
-- column bill_voucher_amount: what vouchers, cash coupons, stored value cards and bonus paid by the bill; NULL: it does not say
with attached as (
  select
    c.customer_id,
    c.reseller_id,
    max(c.associated_on) as associated_on
  from source.customers as c
  inner join ops.params as p on p.cycle = c.cycle
  where c.associated_on_date >= p.first_day
  group by c.customer_id, c.reseller_id
),
charges as (
  select
    r.customer_id,
    r.reseller_id,
    r.service_type_code,
    r.resource_type_code,
    r.charging_mode,
    case when r.bill_detail_type in ('4', '20', '24') then '1' when r.writeoff_amount < 0 then '2' else '0' end as bill_type,
    case
      when r.association_type = '1' then 'referral'
      when r.charging_mode = '10' then 'mode_10'
      else 'bill'
    end as scope,
    coalesce(r.consume_from_date < p.first_day and coalesce(r.consume_to_date, r.consume_from_date) < p.first_day, false) as is_late,
    coalesce(r.consume_from < a.associated_on, false) as is_before,
    r.payment_amount,
    r.debt_amount,
    r.coupon_amount,
    r.flexipurchase_coupon_amount,
    r.stored_value_card_amount,
    r.cash_amount,
    r.credit_amount,
    -- Toward zero, as the vendor cuts.
    r.payment_amount % 0.01 as beyond_cent,
    r.cash_amount is distinct from r.payment_amount as is_split
  from source.consumption_records as r
  inner join ops.params as p on p.cycle = r.cycle
  left join attached as a on a.customer_id = r.customer_id and a.reseller_id = r.reseller_id
),
-- Of a charge that cash pays alone the cut is the same by every formula. Of others, how much more or less it is by each.
-- An amount that its column could not hold has no known cut; it is kept in 64 bits, since a remainder of 128 costs more than all else here.
cuts as (
  select
    c.*,
    case when c.is_split then try_cast(cast(c.payment_amount as decimal(38, 8)) - coalesce(c.debt_amount, 0) as decimal(18, 8)) % 0.01 - c.beyond_cent end as of_debt,
    case when c.is_split then try_cast(cast(c.payment_amount as decimal(38, 8)) - coalesce(c.coupon_amount, 0) - coalesce(c.flexipurchase_coupon_amount, 0)
      - coalesce(c.stored_value_card_amount, 0) as decimal(18, 8)) % 0.01 - c.beyond_cent end as of_vouchers,
    case when c.is_split then try_cast(cast(c.payment_amount as decimal(38, 8)) - coalesce(c.debt_amount, 0) - coalesce(c.coupon_amount, 0)
      - coalesce(c.flexipurchase_coupon_amount, 0) - coalesce(c.stored_value_card_amount, 0) as decimal(18, 8)) % 0.01 - c.beyond_cent end as of_both,
    case when c.is_split then try_cast(cast(coalesce(c.cash_amount, 0) as decimal(38, 8)) + coalesce(c.credit_amount, 0) as decimal(18, 8)) % 0.01 - c.beyond_cent end as of_cash
  from charges as c
),
-- The only pass over the records: what tells them apart is a key, so that every figure is a plain sum.
kinds as (
  select
    c.customer_id,
    c.reseller_id,
    c.service_type_code,
    c.resource_type_code,
    c.charging_mode,
    c.bill_type,
    c.scope,
    c.is_late,
    c.is_before,
    count(*) as records,
    sum(c.payment_amount) as payable_amount,
    coalesce(sum(c.debt_amount), 0) as debt_amount,
    coalesce(sum(c.coupon_amount), 0) + coalesce(sum(c.flexipurchase_coupon_amount), 0) + coalesce(sum(c.stored_value_card_amount), 0) as voucher_amount,
    coalesce(sum(c.cash_amount), 0) + coalesce(sum(c.credit_amount), 0) as cash_amount,
    sum(case when c.beyond_cent > 0 then 1 else 0 end) as longer_charges,
    sum(case when c.beyond_cent < 0 then 1 else 0 end) as longer_refunds,
    sum(c.beyond_cent) as cut_payable,
    sum(c.beyond_cent) + coalesce(sum(c.of_debt), 0) as cut_less_debt,
    sum(c.beyond_cent) + coalesce(sum(c.of_vouchers), 0) as cut_less_vouchers,
    sum(c.beyond_cent) + coalesce(sum(c.of_both), 0) as cut_less_both,
    sum(c.beyond_cent) + coalesce(sum(c.of_cash), 0) as cut_cash
  from cuts as c
  group by c.customer_id, c.reseller_id, c.service_type_code, c.resource_type_code, c.charging_mode, c.bill_type, c.scope, c.is_late, c.is_before
),
counted as (
  select
    k.*,
    case p.summary_amount
      when 'payable' then k.payable_amount
      when 'payable_less_debt' then k.payable_amount - k.debt_amount
      when 'payable_less_vouchers' then k.payable_amount - k.voucher_amount
      when 'payable_less_debt_and_vouchers' then k.payable_amount - k.debt_amount - k.voucher_amount
      else k.cash_amount
    end as amount,
    case p.summary_amount
      when 'payable' then k.cut_payable
      when 'payable_less_debt' then k.cut_less_debt
      when 'payable_less_vouchers' then k.cut_less_vouchers
      when 'payable_less_debt_and_vouchers' then k.cut_less_both
      else k.cut_cash
    end as cut_amount
  from kinds as k
  cross join ops.params as p
),
detail as (
  select
    coalesce(k.customer_id, '') as customer_id,
    coalesce(k.reseller_id, '') as reseller_id,
    coalesce(k.service_type_code, '') as service_type_code,
    coalesce(k.resource_type_code, '') as resource_type_code,
    coalesce(k.charging_mode, '') as charging_mode,
    k.bill_type,
    sum(k.records) as records,
    sum(k.payable_amount) as payable_amount,
    sum(k.amount) as detail_amount,
    sum(case when k.scope = 'referral' then k.amount else 0 end) as referral,
    sum(case when k.scope = 'mode_10' then k.amount else 0 end) as mode_10,
    sum(case when k.scope = 'bill' then k.payable_amount else 0 end) as scope_payable_amount,
    sum(case when k.scope = 'bill' then k.cash_amount else 0 end) as scope_cash_amount,
    sum(case when k.scope = 'bill' then k.debt_amount else 0 end) as debt_amount,
    sum(case when k.scope = 'bill' then k.voucher_amount else 0 end) as voucher_amount,
    sum(case when k.scope = 'bill' then k.longer_charges else 0 end) as longer_charges,
    sum(case when k.scope = 'bill' then k.longer_refunds else 0 end) as longer_refunds,
    sum(case when k.scope = 'bill' then k.cut_amount else 0 end) as cut_amount,
    sum(case when k.scope = 'bill' and k.is_late then k.cut_amount else 0 end) as late_cut,
    sum(case when k.scope = 'bill' and k.is_before then k.cut_amount else 0 end) as before_cut,
    sum(case when k.scope = 'referral' then k.cut_amount else 0 end) as referral_cut,
    sum(case when k.scope = 'mode_10' then k.cut_amount else 0 end) as mode_10_cut,
    sum(case when k.scope = 'bill' then k.cut_payable else 0 end) as cut_payable,
    sum(case when k.scope = 'bill' then k.cut_less_debt else 0 end) as cut_less_debt,
    sum(case when k.scope = 'bill' then k.cut_less_vouchers else 0 end) as cut_less_vouchers,
    sum(case when k.scope = 'bill' then k.cut_less_both else 0 end) as cut_less_both,
    sum(case when k.scope = 'bill' then k.cut_cash else 0 end) as cut_cash,
    sum(case when k.scope = 'bill' and k.is_late then k.amount else 0 end) as late_amount,
    sum(case when k.scope = 'bill' and k.is_before then k.amount else 0 end) as before_amount
  from counted as k
  group by coalesce(k.customer_id, ''), coalesce(k.reseller_id, ''), coalesce(k.service_type_code, ''), coalesce(k.resource_type_code, ''),
    coalesce(k.charging_mode, ''), k.bill_type
),
sums as (
  select
    coalesce(b.customer_id, '') as customer_id,
    coalesce(b.reseller_id, '') as reseller_id,
    coalesce(b.cloud_service_type, '') as service_type_code,
    coalesce(b.resource_type_code, '') as resource_type_code,
    coalesce(b.charge_mode, '') as charging_mode,
    coalesce(b.bill_type, '') as bill_type,
    count(*) as bill_rows,
    sum(b.amount) as bill_amount,
    sum(b.debt_amount) as bill_debt_amount,
    sum(b.adjustment_amount) as bill_adjustment_amount
  from source.monthly_bills as b
  inner join ops.params as p on p.cycle = b.cycle
  where b.charge_mode is distinct from '10'
  group by coalesce(b.customer_id, ''), coalesce(b.reseller_id, ''), coalesce(b.cloud_service_type, ''), coalesce(b.resource_type_code, ''),
    coalesce(b.charge_mode, ''), coalesce(b.bill_type, '')
),
funding as (
  select
    coalesce(b.customer_id, '') as customer_id,
    coalesce(b.reseller_id, '') as reseller_id,
    coalesce(b.cloud_service_type, '') as service_type_code,
    coalesce(b.resource_type_code, '') as resource_type_code,
    coalesce(b.charge_mode, '') as charging_mode,
    coalesce(b.bill_type, '') as bill_type,
    sum(b.amount) as bill_voucher_amount
  from source.monthly_bill_accounts as b
  inner join ops.params as p on p.cycle = b.cycle
  where b.balance_type in ('BALANCE_TYPE_COUPON', 'BALANCE_TYPE_RCASH_COUPON', 'BALANCE_TYPE_STORED_VALUE_CARD', 'BALANCE_TYPE_BONUS')
  group by coalesce(b.customer_id, ''), coalesce(b.reseller_id, ''), coalesce(b.cloud_service_type, ''), coalesce(b.resource_type_code, ''),
    coalesce(b.charge_mode, ''), coalesce(b.bill_type, '')
)
select
  p.cycle,
  coalesce(d.customer_id, b.customer_id) as customer_id,
  coalesce(d.reseller_id, b.reseller_id) as reseller_id,
  coalesce(d.service_type_code, b.service_type_code) as service_type_code,
  coalesce(d.resource_type_code, b.resource_type_code) as resource_type_code,
  coalesce(d.charging_mode, b.charging_mode) as charging_mode,
  coalesce(d.bill_type, b.bill_type) as bill_type,
  cast(coalesce(d.records, 0) as bigint) as records,
  coalesce(b.bill_rows, 0) as bill_rows,
  case when b.bill_rows is null then 'detail' when d.records is null then 'bill' else 'both' end as matched,
  p.summary_amount,
  cast(coalesce(d.payable_amount, 0) as decimal(38, 8)) as payable_amount,
  cast(coalesce(d.detail_amount, 0) as decimal(38, 8)) as detail_amount,
  cast(coalesce(d.referral, 0) as decimal(38, 8)) as referral_amount,
  cast(coalesce(d.mode_10, 0) as decimal(38, 8)) as mode_10_amount,
  cast(coalesce(d.late_amount, 0) as decimal(38, 8)) as late_amount,
  cast(coalesce(d.before_amount, 0) as decimal(38, 8)) as before_association_amount,
  cast(coalesce(d.scope_payable_amount, 0) as decimal(38, 8)) as scope_payable_amount,
  cast(coalesce(d.scope_cash_amount, 0) as decimal(38, 8)) as scope_cash_amount,
  cast(coalesce(d.debt_amount, 0) as decimal(38, 8)) as debt_amount,
  cast(coalesce(d.voucher_amount, 0) as decimal(38, 8)) as voucher_amount,
  cast(coalesce(d.longer_charges, 0) as bigint) as longer_charges,
  cast(coalesce(d.longer_refunds, 0) as bigint) as longer_refunds,
  cast(coalesce(d.cut_amount, 0) as decimal(38, 8)) as cut_amount,
  cast(coalesce(d.late_cut, 0) as decimal(38, 8)) as late_cut_amount,
  cast(coalesce(d.before_cut, 0) as decimal(38, 8)) as before_association_cut_amount,
  cast(coalesce(d.referral_cut, 0) as decimal(38, 8)) as referral_cut_amount,
  cast(coalesce(d.mode_10_cut, 0) as decimal(38, 8)) as mode_10_cut_amount,
  cast(coalesce(d.cut_payable, 0) as decimal(38, 8)) as cut_payable,
  cast(coalesce(d.cut_less_debt, 0) as decimal(38, 8)) as cut_payable_less_debt,
  cast(coalesce(d.cut_less_vouchers, 0) as decimal(38, 8)) as cut_payable_less_vouchers,
  cast(coalesce(d.cut_less_both, 0) as decimal(38, 8)) as cut_payable_less_debt_and_vouchers,
  cast(coalesce(d.cut_cash, 0) as decimal(38, 8)) as cut_cash_and_credit,
  cast(coalesce(b.bill_amount, 0) as decimal(38, 8)) as bill_amount,
  cast(b.bill_debt_amount as decimal(38, 8)) as bill_debt_amount,
  cast(b.bill_adjustment_amount as decimal(38, 8)) as bill_adjustment_amount,
  cast(f.bill_voucher_amount as decimal(38, 8)) as bill_voucher_amount
from detail as d
full outer join sums as b
  on b.customer_id = d.customer_id and b.reseller_id = d.reseller_id and b.service_type_code = d.service_type_code
  and b.resource_type_code = d.resource_type_code and b.charging_mode = d.charging_mode and b.bill_type = d.bill_type
left join funding as f
  on f.customer_id = b.customer_id and f.reseller_id = b.reseller_id and f.service_type_code = b.service_type_code
  and f.resource_type_code = b.resource_type_code and f.charging_mode = b.charging_mode and f.bill_type = b.bill_type
cross join ops.params as p
