-- title: The customers' charges add up to the vendor's bill to the partner
-- severity: B
-- phase: lines
-- owner: finance
-- code: unexplained
-- action: compare the customer's lines on the bill with its fee records by service (recon.charge_slices), and ask the vendor contact about what stays; a newer bill is imported with settle import partner-bill
-- needs: partner_bills, consumption_records
-- The bill that the operator imported against the fee records, customer by customer, with a bridge: referral customers, reserved
-- instances, late records, the known cut to the cent, the partner's own use, and tax, each as one explained row, also where something is left. What the
-- bridge leaves blocks to the last decimal, customer by customer: no tolerance hides it. Until the month is final by the calendar it only warns.
with bridge as (
  select b.*
  from recon.partner_bridge as b
  inner join ops.params as p on p.cycle = b.cycle
),
totals as (
  select
    sum(b.detail_amount) as detail_amount,
    sum(b.bill_amount) as bill_amount,
    sum(b.bill_tax) as tax,
    sum(b.referral) as referral,
    sum(b.mode_10) as mode_10,
    sum(b.late_cycle) as late_cycle,
    sum(b.truncation) as truncation,
    sum(b.own_use) as own_use,
    sum(b.tolerance) as tolerance
  from bridge as b
),
kinds as (
  select * from (values
    ('referral', 'referral', 'referral customers: the vendor bills them itself'),
    ('mode_10', 'mode_10', 'reserved instances: the bill leaves them out'),
    ('late_cycle', 'late_cycle', 'timing: late records, which the bill has in another cycle'),
    ('truncation', 'truncation', 'truncation: each charge is cut to the cent, toward zero'),
    ('own_use', 'formula', 'own use: the bill counts what the partner consumes itself, which no customer has'),
    ('tax', 'formula', 'tax: stated on the bill beside the amounts, which are compared without it')
  ) as v (part, reason_code, reason)
),
shares as (
  select
    k.part,
    k.reason_code,
    k.reason,
    case k.part
      when 'referral' then t.referral
      when 'mode_10' then t.mode_10
      when 'late_cycle' then t.late_cycle
      when 'truncation' then t.truncation
      when 'own_use' then t.own_use
      when 'tax' then -t.tax
    end as amount,
    t.detail_amount,
    t.bill_amount,
    t.tolerance
  from kinds as k
  cross join totals as t
)
select
  case when p.calendar_final then 'B' else 'W' end as severity,
  nullif(b.customer_id, '') as customer_id,
  case when coalesce(b.customer_id, '') = '' then 'the vendor''s bill to the partner' else 'the vendor''s bill to the partner, customer ' || b.customer_id end as subject,
  'bill ' || cast(b.bill_amount as varchar) as expected,
  'fee records ' || cast(b.detail_amount as varchar) as actual,
  b.unexplained as difference,
  b.tolerance,
  false as explained,
  case
    when not p.calendar_final then 'not_final'
    when b.records = 0 then 'missing_data'
    when b.bill_lines = 0 then 'missing_data'
    else 'unexplained'
  end as reason_code,
  case
    when b.records = 0 then 'the bill has a customer without fee records: own use of another account (partner_bill.own_accounts), a customer that changed partners, or records that were not fetched'
    when b.bill_lines = 0 then 'fee records of a customer that the bill does not name'
    else 'the bill and the fee records differ by what neither referral, reserved instances, late records nor truncation explains'
  end as reason,
  case when b.detail_amount - b.bill_amount = b.unexplained then ''
    else 'raw difference ' || cast(b.detail_amount - b.bill_amount as varchar) || ', of which ' || cast(b.detail_amount - b.bill_amount - b.unexplained as varchar) || ' is explained; ' end
    || cast(b.records as varchar) || ' records, ' || cast(b.bill_lines as varchar) || ' lines of the bill' as detail
from bridge as b
cross join ops.params as p
where b.unexplained <> 0
union all
select
  'I' as severity,
  cast(null as varchar) as customer_id,
  'the vendor''s bill to the partner: ' || s.part as subject,
  'bill ' || cast(s.bill_amount as varchar) as expected,
  'fee records ' || cast(s.detail_amount as varchar) as actual,
  cast(s.amount as decimal(38, 8)) as difference,
  case when s.part = 'truncation' then s.tolerance end as tolerance,
  true as explained,
  s.reason_code,
  s.reason,
  cast(null as varchar) as detail
from shares as s
where s.amount <> 0
