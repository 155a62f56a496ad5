-- title: What stands in a workbook is what the database says
-- severity: B
-- phase: workbooks
-- owner: operations
-- code: software_defect
-- action: report it; the file that differs did not take the place of the one before
-- What the statements of parties $2 to $3, revision $4, of cycle $1 must say, summed up by the database itself: one row a party. The workbooks
-- are read back when they are written and held against it; the texts recon_want_*.sql say it of the other workbooks. The sums of
-- settlement.lines do not go through the wide view that the sheets are read from.
with summed as (
  select
    l.party_id,
    count(*) as detail_rows,
    sum(case when l.kind = 'record' then l.official_amount else 0 end) as detail_official,
    sum(l.charge_amount) as detail_charge,
    sum(l.payable_amount) as detail_payable,
    sum(case when l.kind = 'record' and l.charging_mode in ('1', '10', '11') then l.charge_amount else 0 end) as order_charge,
    sum(case when l.kind <> 'record' or l.bill_detail_type in ('4', '9', '16', '20', '24') then l.charge_amount else 0 end) as refund_charge
  from settlement.lines as l
  where l.cycle = $1 and l.party_id between $2 and $3 and l.revision = $4
  group by l.party_id
)
select
  s.party_id,
  cast(s.line_count as varchar) as line_count,
  cast(s.amount_excl_tax as varchar) as amount_excl_tax,
  cast(s.tax_amount as varchar) as tax_amount,
  cast(s.amount_incl_tax as varchar) as amount_incl_tax,
  cast(s.official_amount as varchar) as official_amount,
  cast(s.discount_amount as varchar) as discount_amount,
  cast(s.truncated_amount as varchar) as truncated_amount,
  cast(s.payable_amount as varchar) as payable_amount,
  cast(coalesce(u.detail_rows, 0) as varchar) as detail_rows,
  cast(coalesce(u.detail_official, 0) as varchar) as detail_official,
  cast(coalesce(u.detail_charge, 0) as varchar) as detail_charge,
  cast(coalesce(u.detail_payable, 0) as varchar) as detail_payable,
  cast(coalesce(u.order_charge, 0) as varchar) as order_charge,
  cast(coalesce(u.refund_charge, 0) as varchar) as refund_charge
from settlement.statements as s
left join summed as u on u.party_id = s.party_id
where s.cycle = $1 and s.party_id between $2 and $3 and s.revision = $4
order by s.party_id
