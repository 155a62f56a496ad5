-- A customer of the partner bill that was imported for cycle $1, or the partner's own use: its fee records against the bill, each part that explains the
-- difference, and what is left. What does not tie stands first, then the largest difference. Empty where no bill was imported.
with customers as (
  select
    c.customer_id,
    max(coalesce(c.customer, c.account_name)) as customer_name
  from source.customers as c
  where c.cycle = $1
  group by c.customer_id
)
select
  b.customer_id,
  b.side,
  coalesce(c.customer_name, b.customer_id) as customer_name,
  case when b.unexplained <> 0 then 'differs' when b.difference <> 0 then 'explained' else 'ties' end as verdict,
  cast(b.records as varchar) as records,
  cast(b.bill_lines as varchar) as bill_lines,
  cast(b.detail_amount as varchar) as detail_amount,
  cast(b.bill_amount as varchar) as bill_amount,
  cast(b.bill_tax as varchar) as bill_tax,
  cast(b.difference as varchar) as difference,
  cast(b.referral as varchar) as referral,
  cast(b.mode_10 as varchar) as mode_10,
  cast(b.late_cycle as varchar) as late_cycle,
  cast(b.truncation as varchar) as truncation,
  cast(b.own_use as varchar) as own_use,
  cast(b.unexplained as varchar) as unexplained,
  cast(b.tolerance as varchar) as tolerance
from recon.partner_bridge as b
left join customers as c on c.customer_id = b.customer_id
where b.cycle = $1
order by abs(b.unexplained) desc, abs(b.difference) desc, b.side, b.customer_id
