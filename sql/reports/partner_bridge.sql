-- The way from what the statements of cycle $1 cost to the vendor's monthly bill of the cycle; one row. Every step is summed by itself: what
-- remains at the end is explained by none of them. A step that adds cost stands with its sign.
with current as (
  select
    m.*,
    s.party_id is not null as stated
  from settlement.margins as m
  left join settlement.current_revisions as c on c.cycle = m.cycle and c.party_id = m.party_id
  left join settlement.statements as s on s.cycle = m.cycle and s.party_id = m.party_id and s.revision = m.revision
  where m.cycle = $1 and m.revision = coalesce(c.revision, 0)
),
costs as (
  select
    sum(case when stated then payable_amount else 0 end) as margins_payable,
    sum(case when not stated then payable_amount else 0 end) as parked_payable,
    sum(case when kind = 'prior_period' then payable_amount else 0 end) as prior_period,
    sum(case when kind not in ('record', 'prior_period') then payable_amount else 0 end) as costless
  from current
),
stated as (
  select sum(s.payable_amount) as payable_amount
  from settlement.statements as s
  left join settlement.current_revisions as c on c.cycle = s.cycle and c.party_id = s.party_id
  where s.cycle = $1 and s.revision = coalesce(c.revision, 0)
),
-- A record that lost its price after its month was issued stands in a frozen line too.
unpriced as (
  select sum(u.payable_amount - coalesce(l.payable_amount, 0)) as payable_amount
  from settlement.unpriced as u
  left join (
    select
      l.customer_id,
      l.reseller_id,
      l.record_key,
      l.payable_amount
    from settlement.lines as l
    inner join settlement.current_revisions as c on c.cycle = l.cycle and c.party_id = l.party_id and c.revision = l.revision
    where l.cycle = $1 and l.kind = 'record' and c.closed
  ) as l on l.customer_id = u.customer_id and l.reseller_id = u.reseller_id and l.record_key = u.record_key
  where u.cycle = $1 and u.window_id is not null
),
restated as (
  select sum(r.new_payable_amount - r.issued_payable_amount) as payable_amount
  from settlement.restatements as r
  inner join settlement.current_revisions as c on c.cycle = r.cycle and c.party_id = r.party_id and c.revision = r.revision
  where r.cycle = $1 and c.closed and r.change <> 'unpriced'
),
records as (
  select sum(r.payment_amount) as payable_amount
  from source.consumption_records as r
  where r.cycle = $1
),
-- The steps from the records to the bill are the parts of recon.tie_out.
tied as (
  select
    sum(t.payable_amount - t.detail_amount) as not_counted,
    sum(t.referral) as referral,
    sum(t.mode_10) as reserved,
    sum(t.truncation) as truncation,
    sum(t.late_cycle) as late_cycle,
    sum(t.association_change) as association_change,
    sum(t.funding_change) as funding_change
  from recon.tie_out as t
  where t.cycle = $1
),
-- Referral customers are settled only where the config says so.
not_settled as (
  select sum(r.payment_amount) as payable_amount
  from source.consumption_records as r
  where r.cycle = $1 and r.association_type = '1'
    and not exists (
      select 1
      from settlement.lines as l
      where l.cycle = $1 and l.customer_id = r.customer_id and l.reseller_id = r.reseller_id and l.record_key = r.record_key
    )
    and not exists (
      select 1
      from settlement.unpriced as u
      where u.cycle = $1 and u.customer_id = r.customer_id and u.reseller_id = r.reseller_id and u.record_key = r.record_key
    )
),
compared as (
  select sum(f.difference) as accepted
  from recon.findings as f
  where f.cycle = $1 and f.check_id = '06' and not f.explained and f.resolution is not null
),
bills as (
  select
    sum(b.amount) as amount,
    count(*) as bill_rows
  from source.monthly_bills as b
  where b.cycle = $1 and b.charge_mode is distinct from '10'
)
select
  cast(coalesce(s.payable_amount, 0) as varchar) as stated,
  cast(coalesce(c.margins_payable, 0) as varchar) as margins_payable,
  cast(coalesce(c.parked_payable, 0) as varchar) as parked,
  cast(-coalesce(c.prior_period, 0) as varchar) as prior_period,
  cast(-coalesce(c.costless, 0) as varchar) as costless,
  cast(coalesce(u.payable_amount, 0) as varchar) as unpriced,
  cast(coalesce(a.payable_amount, 0) as varchar) as restated,
  cast(coalesce(n.payable_amount, 0) as varchar) as not_settled,
  cast(coalesce(r.payable_amount, 0) as varchar) as records,
  cast(-coalesce(t.referral, 0) as varchar) as referral,
  cast(-coalesce(t.reserved, 0) as varchar) as reserved,
  cast(-coalesce(t.not_counted, 0) as varchar) as not_counted,
  cast(-coalesce(t.truncation, 0) as varchar) as truncation,
  cast(-coalesce(t.late_cycle, 0) as varchar) as late_cycle,
  cast(-coalesce(t.association_change, 0) as varchar) as association_change,
  cast(-coalesce(t.funding_change, 0) as varchar) as funding_change,
  cast(-coalesce(d.accepted, 0) as varchar) as accepted,
  cast(coalesce(b.amount, 0) as varchar) as bill,
  cast(b.bill_rows as varchar) as bill_rows,
  p.source_amount_tax
from ops.params as p
cross join stated as s
cross join costs as c
cross join unpriced as u
cross join restated as a
cross join not_settled as n
cross join records as r
cross join tied as t
cross join compared as d
cross join bills as b
