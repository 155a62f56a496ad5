-- recon.formulas: one candidate formula of the vendor's monthly amount in a cycle, and for how many accounts (customer and reseller) it ties. Which one holds is not documented; settlement.summary_amount chooses, and nothing is picked by itself.
-- build: view
-- column place: order in which the formulas are listed
-- column formula: payable, payable_less_debt, payable_less_vouchers, payable_less_debt_and_vouchers (vouchers: with cash coupons and stored value cards) or cash_and_credit
-- column is_chosen: records were compared with the bill by it (settlement.summary_amount)
-- column accounts: accounts with a monthly bill
-- column ties: accounts for which nothing but explained parts is left by it
-- column telling_accounts: accounts with a monthly bill for which the formulas give different amounts
-- column telling_ties: those of them for which it ties: the formula that holds ties for all of them
-- column difference: what the accounts for which it does not tie differ by, each as an absolute amount
with candidates as (
  select t.cycle, 1 as place, 'payable' as formula, t.summary_amount, t.is_telling, t.difference_payable as difference, t.ties_payable as ties
  from recon.tie_out as t
  where t.bill_rows > 0
  union all
  select t.cycle, 2, 'payable_less_debt', t.summary_amount, t.is_telling, t.difference_payable_less_debt, t.ties_payable_less_debt
  from recon.tie_out as t
  where t.bill_rows > 0
  union all
  select t.cycle, 3, 'payable_less_vouchers', t.summary_amount, t.is_telling, t.difference_payable_less_vouchers, t.ties_payable_less_vouchers
  from recon.tie_out as t
  where t.bill_rows > 0
  union all
  select t.cycle, 4, 'payable_less_debt_and_vouchers', t.summary_amount, t.is_telling, t.difference_payable_less_debt_and_vouchers,
    t.ties_payable_less_debt_and_vouchers
  from recon.tie_out as t
  where t.bill_rows > 0
  union all
  select t.cycle, 5, 'cash_and_credit', t.summary_amount, t.is_telling, t.difference_cash_and_credit, t.ties_cash_and_credit
  from recon.tie_out as t
  where t.bill_rows > 0
)
select
  c.cycle,
  c.place,
  c.formula,
  c.formula = max(c.summary_amount) as is_chosen,
  count(*) as accounts,
  cast(sum(case when c.ties then 1 else 0 end) as bigint) as ties,
  cast(sum(case when c.is_telling then 1 else 0 end) as bigint) as telling_accounts,
  cast(sum(case when c.is_telling and c.ties then 1 else 0 end) as bigint) as telling_ties,
  cast(sum(case when c.ties then 0 else abs(c.difference) end) as decimal(38, 8)) as difference
from candidates as c
group by c.cycle, c.place, c.formula
