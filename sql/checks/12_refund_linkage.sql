-- title: Every refund is priced by the rule of what it refunds, and is no larger
-- severity: W
-- phase: lines
-- owner: pricing
-- code: refund_prior_period
-- action: look up the original order; book a difference on the sheet Adjustments, or accept today's rule
-- needs: consumption_records
-- Refunds whose original line is not known, or whose original lines were priced by different rules (their own date's rule
-- applies), that name an order that is not known, or that go to another party or tax basis than the original. And
-- refunds that, with those of earlier cycles, give back more of an order and resource than was paid for it.
with current_lines as (
  select
    l.cycle,
    l.party_id,
    l.customer_id,
    l.reseller_id,
    l.order_id,
    l.resource_id,
    l.record_key,
    l.bill_detail_type,
    l.payable_amount,
    l.charge_amount,
    l.rule_id,
    l.origin_cycle,
    l.note
  from settlement.lines as l
  inner join ops.params as p on l.cycle <= p.cycle
  left join settlement.current_revisions as c on c.cycle = l.cycle and c.party_id = l.party_id
  where l.kind = 'record' and l.revision = coalesce(c.revision, 0)
),
all_bases as (
  select distinct
    o.customer_id,
    o.order_id,
    o.base_order_id
  from source.refund_orders as o
  inner join ops.params as p on o.cycle <= p.cycle
),
base_counts as (
  select
    b.customer_id,
    b.order_id,
    count(*) as bases
  from all_bases as b
  group by b.customer_id, b.order_id
),
-- Of whose orders all have lines: of an order that is not known nobody knows what was paid.
known_orders as (
  select distinct
    l.customer_id,
    l.order_id
  from current_lines as l
  inner join (select distinct b.customer_id, b.base_order_id from all_bases as b) as b
    on b.customer_id = l.customer_id and b.base_order_id = l.order_id
  where l.bill_detail_type not in ('4', '20', '24')
),
known_refunds as (
  select
    b.customer_id,
    b.order_id
  from all_bases as b
  left join known_orders as k on k.customer_id = b.customer_id and k.order_id = b.base_order_id
  group by b.customer_id, b.order_id
  having count(*) = count(k.order_id)
),
refunds as (
  select
    l.customer_id,
    l.order_id,
    l.resource_id,
    min(l.party_id) as party_id,
    min(l.reseller_id) as reseller_id
  from current_lines as l
  inner join ops.params as p on p.cycle = l.cycle
  where l.bill_detail_type in ('4', '20', '24')
  group by l.customer_id, l.order_id, l.resource_id
),
paid as (
  select
    f.customer_id,
    f.order_id,
    f.resource_id,
    sum(l.payable_amount) as amount
  from current_lines as l
  inner join all_bases as b on b.customer_id = l.customer_id and b.base_order_id = l.order_id
  inner join refunds as f
    on f.customer_id = b.customer_id and f.order_id = b.order_id and (f.resource_id is null or f.resource_id = l.resource_id)
  where l.bill_detail_type not in ('4', '20', '24')
  group by f.customer_id, f.order_id, f.resource_id
),
-- Refunds of the same orders, and of no others.
siblings as (
  select
    f.customer_id,
    f.order_id,
    f.resource_id,
    s.order_id as sibling_id
  from refunds as f
  inner join all_bases as b on b.customer_id = f.customer_id and b.order_id = f.order_id
  inner join all_bases as s on s.customer_id = b.customer_id and s.base_order_id = b.base_order_id
  inner join base_counts as c on c.customer_id = s.customer_id and c.order_id = s.order_id
  group by f.customer_id, f.order_id, f.resource_id, s.order_id, c.bases
  having count(*) = c.bases
),
given as (
  select
    s.customer_id,
    s.order_id,
    s.resource_id,
    sum(l.payable_amount) as amount,
    count(*) as refunds
  from current_lines as l
  inner join siblings as s
    on s.customer_id = l.customer_id and s.sibling_id = l.order_id and s.resource_id is not distinct from l.resource_id
  where l.bill_detail_type in ('4', '20', '24')
  group by s.customer_id, s.order_id, s.resource_id
)
select
  l.party_id,
  l.customer_id,
  l.reseller_id,
  'refund ' || l.record_key as subject,
  'the rule, party and tax basis of the original line' as expected,
  'rule ' || coalesce(l.rule_id, '-') as actual,
  cast(l.charge_amount as decimal(38, 8)) as difference,
  coalesce(l.note, 'priced by the rule of its own date') || '; look whether the amount is right, and correct it on the sheet Adjustments' as reason,
  'refund order ' || coalesce(l.order_id, '-') || ', resource ' || coalesce(l.resource_id, '-') as detail
from current_lines as l
inner join ops.params as p on p.cycle = l.cycle
where l.bill_detail_type in ('4', '20', '24') and (l.origin_cycle is null or l.note is not null)
union all
select
  f.party_id,
  f.customer_id,
  f.reseller_id,
  'refund order ' || coalesce(f.order_id, '-') || ', resource ' || coalesce(f.resource_id, '-') as subject,
  'at most ' || cast(a.amount as varchar) || ' paid' as expected,
  cast(-g.amount as varchar) || ' given back' as actual,
  cast(-g.amount - a.amount as decimal(38, 8)) as difference,
  'more is given back than was paid for what it refunds; ask the vendor' as reason,
  cast(g.refunds as varchar) || ' refund records' as detail
from refunds as f
inner join paid as a
  on a.customer_id = f.customer_id and a.order_id = f.order_id and a.resource_id is not distinct from f.resource_id
inner join given as g
  on g.customer_id = f.customer_id and g.order_id = f.order_id and g.resource_id is not distinct from f.resource_id
inner join known_refunds as k on k.customer_id = f.customer_id and k.order_id = f.order_id
where -g.amount > a.amount
