-- title: Fee records add up to the vendor's monthly bill
-- severity: B
-- phase: lines
-- needs: consumption_records, monthly_bills
-- Fee records against the monthly sums, per customer and reseller, resale only, without reserved instances, which the monthly
-- sums do not offer. Whether these count what is payable or that less debt is not documented: settlement.summary_amount says
-- it; where only the other one ties, this warns until it is chosen. Where records carry more than two decimals, the vendor charges them cut to the cent:
-- 0 <= detail - bill < tolerance per such charge (turned around for refunds) is explained. Until the month is
-- final by the calendar the sums lag by up to a day, so a difference only warns.
with charges as (
  select
    r.customer_id,
    r.reseller_id,
    case p.summary_amount when 'payable_less_debt' then r.payment_amount - coalesce(r.debt_amount, 0) else r.payment_amount end as amount,
    case p.summary_amount when 'payable_less_debt' then r.payment_amount else r.payment_amount - coalesce(r.debt_amount, 0) end as other_amount
  from source.consumption_records as r
  inner join ops.params as p on p.cycle = r.cycle
  where r.association_type is distinct from '1' and r.charging_mode is distinct from '10'
),
detail as (
  select
    r.customer_id,
    r.reseller_id,
    sum(r.amount) as amount,
    sum(r.other_amount) as other_amount,
    count(*) as records,
    sum(case when r.amount > 0 and r.amount <> round(r.amount, 2) then 1 else 0 end) as longer_charges,
    sum(case when r.amount < 0 and r.amount <> round(r.amount, 2) then 1 else 0 end) as longer_refunds
  from charges as r
  group by r.customer_id, r.reseller_id
),
bills as (
  select
    b.customer_id,
    b.reseller_id,
    sum(b.amount) as amount,
    count(*) as bill_rows
  from source.monthly_bills as b
  inner join ops.params as p on p.cycle = b.cycle
  where b.charge_mode is distinct from '10'
  group by b.customer_id, b.reseller_id
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
compared as (
  select
    coalesce(d.customer_id, b.customer_id) as customer_id,
    coalesce(d.reseller_id, b.reseller_id) as reseller_id,
    coalesce(d.amount, 0) as detail_amount,
    coalesce(b.amount, 0) as bill_amount,
    d.other_amount = b.amount as other_ties,
    cast(coalesce(d.amount, 0) - coalesce(b.amount, 0) as decimal(38, 8)) as difference,
    coalesce(d.records, 0) as records,
    coalesce(b.bill_rows, 0) as bill_rows,
    cast(coalesce(d.longer_charges, 0) as bigint) as longer_charges,
    cast(coalesce(d.longer_refunds, 0) as bigint) as longer_refunds
  from detail as d
  full outer join bills as b on b.customer_id = d.customer_id and b.reseller_id = d.reseller_id
),
judged as (
  select
    c.*,
    p.calendar_final,
    p.summary_amount,
    cast(p.tolerance_per_charge * (c.longer_charges + c.longer_refunds) as decimal(38, 8)) as tolerance,
    c.longer_charges + c.longer_refunds > 0
      and (c.difference >= 0 and c.difference < p.tolerance_per_charge * c.longer_charges
        or c.difference <= 0 and -c.difference < p.tolerance_per_charge * c.longer_refunds) as is_truncation
  from compared as c
  cross join ops.params as p
  where c.difference <> 0
)
select
  case when j.calendar_final and not coalesce(j.other_ties, false) then 'B' else 'W' end as severity,
  j.customer_id,
  j.reseller_id,
  'customer ' || j.customer_id || case when j.reseller_id = '' then '' else ' under reseller ' || j.reseller_id end as subject,
  'monthly bill ' || cast(j.bill_amount as varchar) as expected,
  'fee records ' || cast(j.detail_amount as varchar) as actual,
  j.difference,
  j.tolerance,
  j.is_truncation as explained,
  case
    when j.is_truncation then 'truncation: charges are cut to the cent'
    when j.other_ties and j.summary_amount = 'payable_less_debt' then 'ties with payable: set settlement.summary_amount: payable'
    when j.other_ties then 'ties with payable less debt: set settlement.summary_amount: payable_less_debt'
    when not j.calendar_final then 'the month is not final: monthly sums lag behind the records by up to a day'
    when j.records = 0 then 'a monthly bill without fee records; run again, and ask the vendor for the records if they stay away'
    when j.bill_rows = 0 then 'fee records without a monthly bill; run again, and ask the vendor whether the account is billed elsewhere'
    else 'fee records and monthly bill differ; compare them by service and resource type'
  end as reason,
  cast(j.records as varchar) || ' records, ' || cast(j.longer_charges + j.longer_refunds as varchar) || ' of them with more than two decimals, '
    || cast(j.bill_rows as varchar) || ' bill rows'
    || case when u.records is null then '' else ', ' || cast(u.records as varchar) || ' rows in quarantine' end as detail
from judged as j
left join unread as u on u.customer_id = j.customer_id and u.reseller_id = j.reseller_id
