-- title: No more than a cent is truncated per charge
-- severity: W
-- phase: lines
-- owner: vendor contact
-- code: vendor_error
-- action: check site and precision with the vendor; a discount that the record does not tell is accepted with its reason
-- needs: consumption_records
-- A larger one means another site's rounding, another precision, or a discount that the record does not tell. Per customer and
-- bill type: with the wrong assumption every record fails.
select
  r.customer_id,
  r.reseller_id,
  'truncated amounts of bill type ' || coalesce(r.bill_detail_type, '-') || case when r.reseller_id = '' then '' else ' under reseller ' || r.reseller_id end as subject,
  'less than 0.01 per charge' as expected,
  cast(count(*) as varchar) || ' records with more' as actual,
  cast(sum(r.truncated_amount) as decimal(38, 8)) as difference,
  cast(0.01 as decimal(38, 8)) as tolerance,
  'list price less discount is more than a cent away from the payable amount; ask the vendor what else was taken off, and compare one record with the console' as reason,
  'largest ' || cast(max(abs(r.truncated_amount)) as varchar) || ', for example record ' || min(r.record_key) as detail
from source.consumption_records as r
inner join ops.params as p on p.cycle = r.cycle
where (p.include_referral or r.association_type is distinct from '1')
  and abs(r.truncated_amount) >= 0.01
  -- A cut away from zero is no truncation: check 08 names it.
  and not (r.payment_amount > 0 and r.truncated_amount < 0)
  and not (r.payment_amount < 0 and r.truncated_amount > 0)
  and not (r.bill_detail_type in ('9', '16', '25') and coalesce(r.official_amount, 0) = 0)
group by r.customer_id, r.reseller_id, r.bill_detail_type
