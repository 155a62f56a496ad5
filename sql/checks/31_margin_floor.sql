-- title: Charges cover what the cloud costs
-- severity: W
-- phase: documents
-- owner: pricing
-- code: price_rule
-- action: check the rule and its base, or accept the loss with its reason
-- The margin of a customer and service: charges of the month without tax against what the vendor charges for the same records
-- (without tax too, where settlement.source_amount_tax says that its amounts include it), current revisions. Below 0, to the cent,
-- is found: usually a price list that includes tax taken for one that does not, or a rule on the wrong base. Where the vendor gives
-- money back, the margin goes back with it; that is not meant. The subject names customer and service as the sheet of margin alerts
-- does, which shows this finding's resolution beside its figures.
with sums as (
  select
    l.party_id,
    l.customer_id,
    l.reseller_id,
    l.service_type_code,
    sum(l.payable_amount) as payable_amount,
    sum(without_source_tax(l.payable_amount, l.tax_rate, p.source_amount_tax)) as cost,
    sum(l.charge_excl_tax) as charge_amount,
    count(*) as records,
    count(distinct l.rule_id) as rules,
    min(l.rule_id) as first_rule,
    max(case when l.amounts_include_tax then 1 else 0 end) as with_tax
  from settlement.lines as l
  inner join ops.params as p on p.cycle = l.cycle
  left join settlement.current_revisions as c on c.cycle = l.cycle and c.party_id = l.party_id
  where l.kind = 'record' and l.revision = coalesce(c.revision, 0)
  group by l.party_id, l.customer_id, l.reseller_id, l.service_type_code
)
select
  s.party_id,
  s.customer_id,
  s.reseller_id,
  coalesce(s.service_type_code, 'records without service') || case when s.reseller_id = '' then '' else ' under reseller ' || s.reseller_id end as subject,
  'at least what the vendor charges: ' || cast(s.cost as varchar) as expected,
  'charged ' || cast(s.charge_amount as varchar) as actual,
  cast(s.charge_amount - s.cost as decimal(38, 8)) as difference,
  'the margin is negative; ' || case when s.with_tax = 1 then 'the contract''s prices include tax: correct the rule, or accept this with a reason'
    else 'correct the rule, or accept this with a reason' end as reason,
  cast(s.records as varchar) || case when s.records = 1 then ' record' else ' records' end || ', rule ' || coalesce(s.first_rule, '-') || case when s.rules > 1 then ' and ' || cast(s.rules - 1 as varchar) || ' more' else '' end as detail
from sums as s
where s.payable_amount > 0 and round2(s.charge_amount - s.cost) < 0
