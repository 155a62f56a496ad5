-- title: Charges and costs go together
-- severity: W
-- phase: lines
-- owner: pricing
-- code: price_rule
-- action: check the rule's base, or accept it with its reason
-- Records that cost nothing and are charged, and records that cost something and are charged nothing, by account, service, bill
-- type and rule: what a full discount of the vendor covers, or a rule on the wrong base. A charge below a cent, which the
-- vendor cuts to nothing, is not meant: its list price is charged like any other.
with odd as (
  select
    l.*,
    case when coalesce(l.payable_amount, 0) = 0 then 'charged, though the vendor charges nothing for it' else 'charged nothing, though the vendor charges for it' end as words
  from settlement.lines as l
  inner join ops.params as p on p.cycle = l.cycle
  left join settlement.current_revisions as c on c.cycle = l.cycle and c.party_id = l.party_id
  where l.kind = 'record' and l.revision = coalesce(c.revision, 0) and (
    l.charge_amount <> 0 and coalesce(l.payable_amount, 0) = 0
      and not (coalesce(l.truncated_amount, 0) <> 0 and abs(l.truncated_amount) < p.tolerance_per_charge)
    or l.charge_amount = 0 and l.payable_amount <> 0
  )
)
select
  o.party_id,
  o.customer_id,
  o.reseller_id,
  coalesce(o.service_type_code, 'records without service') || ', bill type ' || coalesce(o.bill_detail_type, '-') || ' by rule ' || coalesce(o.rule_id, '-')
    || case when o.reseller_id = '' then '' else ' under reseller ' || o.reseller_id end || ': ' || o.words as subject,
  'payable ' || cast(sum(coalesce(o.payable_amount, 0)) as varchar) as expected,
  'charge ' || cast(sum(o.charge_amount) as varchar) as actual,
  cast(sum(o.charge_amount) - sum(coalesce(o.payable_amount, 0)) as decimal(38, 8)) as difference,
  o.words || '; if it is not meant, add a rule with the other base for this service and bill type' as reason,
  cast(count(*) as varchar) || ' records, for example ' || min(o.record_key) as detail
from odd as o
group by o.party_id, o.customer_id, o.reseller_id, o.service_type_code, o.bill_detail_type, o.rule_id, o.words
