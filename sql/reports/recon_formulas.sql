-- A candidate formula of the monthly amount in cycle $1: for how many customers and resellers it ties, of those on whom it can be told from
-- the others, and what it leaves over all. Which one the config has chosen is marked; none is chosen silently.
with customers as (
  select t.*
  from recon.tie_out as t
  where t.cycle = $1
),
formulas as (
  select 1 as place, 'payable' as formula, c.summary_amount, c.is_telling, c.ties_payable as ties, c.difference_payable as difference
  from customers as c
  union all
  select 2, 'payable_less_debt', c.summary_amount, c.is_telling, c.ties_payable_less_debt, c.difference_payable_less_debt
  from customers as c
  union all
  select 3, 'payable_less_vouchers', c.summary_amount, c.is_telling, c.ties_payable_less_vouchers, c.difference_payable_less_vouchers
  from customers as c
  union all
  select 4, 'payable_less_debt_and_vouchers', c.summary_amount, c.is_telling, c.ties_payable_less_debt_and_vouchers,
    c.difference_payable_less_debt_and_vouchers
  from customers as c
  union all
  select 5, 'cash_and_credit', c.summary_amount, c.is_telling, c.ties_cash_and_credit, c.difference_cash_and_credit
  from customers as c
)
select
  f.formula,
  case when f.formula = max(f.summary_amount) then 'yes' else 'no' end as chosen,
  cast(count(*) as varchar) as customers,
  cast(sum(case when f.ties then 1 else 0 end) as varchar) as ties,
  cast(sum(case when f.is_telling then 1 else 0 end) as varchar) as telling,
  cast(sum(case when f.is_telling and f.ties then 1 else 0 end) as varchar) as telling_ties,
  cast(sum(f.difference) as varchar) as difference
from formulas as f
group by f.place, f.formula
order by f.place
