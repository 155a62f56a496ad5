-- title: An issued month is as the vendor has it now
-- severity: W
-- phase: lines
-- Records of issued months that come out otherwise in the newest pull, by party and kind of change. What is payable or charged
-- is booked as prior-period lines in the party's next open month, or in a new revision; a change of funding alone changes nothing.
select
  case when r.funding_only then 'I' else 'W' end as severity,
  r.party_id,
  'issued month, ' || case
    when r.funding_only then 'funding changed'
    when r.change = 'new' then 'records came after it was issued'
    when r.change = 'gone' then 'records are gone'
    when r.change = 'unpriced' then 'records without price: ' || r.unpriced_reason
    else 'records changed'
  end as subject,
  'payable ' || cast(cast(sum(r.issued_payable_amount) as decimal(38, 8)) as varchar) || ', charge '
    || cast(cast(sum(r.issued_charge_amount) as decimal(38, 8)) as varchar) as expected,
  'payable ' || cast(cast(sum(r.new_payable_amount) as decimal(38, 8)) as varchar) || ', charge '
    || cast(cast(sum(r.new_charge_amount) as decimal(38, 8)) as varchar) as actual,
  cast(sum(r.difference) as decimal(38, 8)) as difference,
  case
    when r.funding_only then 'nothing to do: what is payable is the same'
    when r.change = 'unpriced'
      then 'the workbook by which the month was issued has no price for them: reopen the month (settle reopen), or book the charge on the sheet Adjustments'
    else 'the difference is booked in the party''s next open month, once no blocking finding on this month is open; for a new revision with a credit note instead: settle reopen --cycle '
      || r.cycle || ' --party ' || r.party_id || ' --reason TEXT'
  end as reason,
  cast(count(*) as varchar) || ' records, for example ' || min(r.line_id) as detail
from settlement.restatements as r
inner join ops.params as p on p.cycle = r.cycle
group by r.cycle, r.party_id, r.funding_only, r.change, r.unpriced_reason
