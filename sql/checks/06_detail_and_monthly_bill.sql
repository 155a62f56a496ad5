-- title: Fee records add up to the vendor's monthly bill
-- severity: B
-- phase: lines
-- needs: consumption_records, monthly_bills
-- Payable of the fee records against the monthly sums, per customer and reseller, resale only, without reserved instances,
-- which the monthly sums do not offer. Where records carry more than two decimals, the vendor charges them cut to the cent:
-- 0 <= detail - bill < tolerance per such charge (turned around for refunds) is explained (decision 5). Until the month is
-- final by the calendar the sums lag by up to a day, so a difference only warns.
with detail as (
  select
    r.customer_id,
    r.reseller_id,
    sum(r.payment_amount) as amount,
    count(*) as records,
    sum(case when r.payment_amount > 0 and r.payment_amount <> round(r.payment_amount, 2) then 1 else 0 end) as longer_charges,
    sum(case when r.payment_amount < 0 and r.payment_amount <> round(r.payment_amount, 2) then 1 else 0 end) as longer_refunds
  from source.consumption_records as r
  inner join ops.params as p on p.cycle = r.cycle
  where r.association_type is distinct from '1' and r.charging_mode is distinct from '10'
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
    cast(p.tolerance_per_charge * (c.longer_charges + c.longer_refunds) as decimal(38, 8)) as tolerance,
    c.longer_charges + c.longer_refunds > 0
      and (c.difference >= 0 and c.difference < p.tolerance_per_charge * c.longer_charges
        or c.difference <= 0 and -c.difference < p.tolerance_per_charge * c.longer_refunds) as is_truncation
  from compared as c
  cross join ops.params as p
  where c.difference <> 0
)
select
  case when j.calendar_final then 'B' else 'W' end as severity,
  j.customer_id,
  'customer ' || j.customer_id || case when j.reseller_id = '' then '' else ' under reseller ' || j.reseller_id end as subject,
  'monthly bill ' || cast(j.bill_amount as varchar) as expected,
  'fee records ' || cast(j.detail_amount as varchar) as actual,
  j.difference,
  j.tolerance,
  j.is_truncation as explained,
  case
    when j.is_truncation then 'truncation: charges are cut to the cent'
    when not j.calendar_final then 'the month is not final: monthly sums lag behind the records by up to a day'
    when j.records = 0 then 'a monthly bill without fee records'
    when j.bill_rows = 0 then 'fee records without a monthly bill'
    else 'fee records and monthly bill differ; compare them by service and resource type'
  end as reason,
  cast(j.records as varchar) || ' records, ' || cast(j.longer_charges + j.longer_refunds as varchar) || ' of them with more than two decimals, '
    || cast(j.bill_rows as varchar) || ' bill rows'
    || case when u.records is null then '' else ', ' || cast(u.records as varchar) || ' rows in quarantine' end as detail
from judged as j
left join unread as u on u.customer_id = j.customer_id and u.reseller_id = j.reseller_id
