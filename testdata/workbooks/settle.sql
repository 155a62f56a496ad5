-- From records to documents, in the plainest way that is right for the fixture's prices. Not the models: those have tests of their own.
insert into settlement.lines
select r.cycle, c.party_id, 0, 'L' || r.record_key, 'record', r.record_key, c.contract_no, r.customer_id, r.reseller_id,
  r.service_type_code, r.resource_type_code, r.region_code, r.charging_mode, r.bill_detail_type, r.resource_id, r.consume_from_date,
  r.usage_normal, r.usage_normal_unit, 'R' || c.price_plan, '5f2c9a7be01d44aa93c1', c.tax_code, r.official_amount,
  r.official_amount - r.payment_amount, 0, r.payment_amount,
  cast(round(cast(r.official_amount as decimal(28, 8)) * r.factor, 8) as decimal(18, 8)),
  case when r.charging_mode <> '3' then r.trade_id end, null, null, 0.06, c.amounts_include_tax, null, 0,
  cast(round(cast(r.official_amount as decimal(28, 8)) * r.factor, 8) as decimal(18, 8)), false
from source.consumption_records as r
join settlement.contracts as c on c.cycle = r.cycle and c.customer_id = r.customer_id and c.reseller_id = r.reseller_id;
insert into settlement.account_owners
select cycle, customer_id, party_id, contract_no, reseller_id, 1
from (
  select *, row_number() over (partition by cycle, customer_id order by valid_from desc, contract_no desc) as place
  from settlement.contracts
  where valid_from <= cast(cycle || '-28' as date) and coalesce(valid_to, date '9999-12-31') >= cast(cycle || '-01' as date)
) as c
where place = 1;
insert into settlement.statement_lines
with grouped as (
  select l.cycle, l.party_id, l.revision, l.kind, l.customer_id, l.reseller_id, l.service_type_code,
    min(r.service_type_name) as service_type_name, l.region_code, min(r.region_name) as region_name, l.charging_mode,
    l.bill_detail_type, l.rule_id, l.tax_code, l.tax_rate, l.amounts_include_tax, sum(l.official_amount) as official_amount,
    sum(l.payable_amount) as payable_amount, sum(l.charge_amount) as exact_amount,
    cast(round(sum(l.charge_amount), 2) as decimal(18, 2)) as settled_amount, count(*) as record_count, min(l.note) as note, l.origin_cycle,
    sum(coalesce(l.voucher_amount, 0)) as voucher_amount
  from settlement.lines as l
  left join source.consumption_records as r on r.cycle = l.cycle and r.record_key = l.record_key and r.customer_id = l.customer_id
  group by all
),
taxed as (
  select cycle, party_id, revision, tax_code, tax_rate, amounts_include_tax,
    cast(round(sum(exact_amount), 2) as decimal(18, 2)) - sum(settled_amount) as rounding
  from grouped group by all
),
everything as (
  select * from grouped
  union all
  select cycle, party_id, revision, 'rounding', null, null, null, null, null, null, null, null, null, tax_code, tax_rate,
    amounts_include_tax, 0, 0, 0, rounding, 0, null, null, 0
  from taxed where rounding <> 0
),
placed as (
  select *,
    row_number() over (partition by cycle, party_id, revision order by kind = 'rounding', kind = 'adjustment', kind, origin_cycle, customer_id,
      service_type_code, region_code, charging_mode, bill_detail_type, rule_id) as line_no,
    sum(settled_amount) over (partition by cycle, party_id, revision, tax_code, amounts_include_tax order by kind = 'rounding',
      kind = 'adjustment', kind, origin_cycle, customer_id, service_type_code, region_code, charging_mode, bill_detail_type, rule_id
      rows unbounded preceding) as running
  from everything
),
parts as (
  select *,
    case when amounts_include_tax
      then cast(round(cast(running * 100 / 106 as decimal(38, 10)), 2) as decimal(18, 2)) else cast(running as decimal(18, 2)) end as excl_run,
    case when amounts_include_tax then cast(running as decimal(18, 2)) - cast(round(cast(running * 100 / 106 as decimal(38, 10)), 2) as decimal(18, 2))
      else cast(round(running * 0.06, 2) as decimal(18, 2)) end as tax_run
  from placed
)
select cycle, party_id, revision, line_no, kind, customer_id, reseller_id, service_type_code, service_type_name, region_code,
  region_name, charging_mode, bill_detail_type, rule_id, tax_code, tax_rate, amounts_include_tax, official_amount,
  official_amount - payable_amount, 0, payable_amount, exact_amount, settled_amount,
  excl_run - coalesce(lag(excl_run) over w, 0), tax_run - coalesce(lag(tax_run) over w, 0),
  excl_run - coalesce(lag(excl_run) over w, 0) + tax_run - coalesce(lag(tax_run) over w, 0), record_count, note, origin_cycle, voucher_amount
from parts
window w as (partition by cycle, party_id, revision, tax_code, amounts_include_tax order by line_no);
insert into settlement.statements
select cycle, party_id, revision, null, 'CNY', sum(official_amount), sum(discount_amount), 0, sum(payable_amount),
  sum(amount_excl_tax), sum(tax_amount), sum(amount_incl_tax), count(*), 'final'
from settlement.statement_lines group by all;
insert into settlement.invoice_requests by name
select l.cycle, l.party_id, l.revision, 'DRAFT-' || p.short_code || '-' || l.cycle || '-1' as request_no, 'blue' as direction, '' as split_key,
  l.tax_rate, p.invoice_kind, p.buyer_title, p.tax_id, p.address_phone, p.bank_account, p.email,
  sum(l.amount_excl_tax) as statement_amount_excl_tax, sum(l.tax_amount) as statement_tax, 0 as not_invoiceable_excl_tax, 0 as not_invoiceable_tax,
  sum(l.amount_excl_tax) as own_amount_excl_tax, sum(l.tax_amount) as own_tax, 0 as carried_excl_tax, 0 as carried_tax,
  sum(l.amount_excl_tax) as amount_excl_tax, sum(l.tax_amount) as tax_amount, sum(l.amount_incl_tax) as amount_incl_tax,
  count(distinct coalesce(l.service_type_code, '')) as line_count,
  case when p.invoice_kind = 'special' and p.tax_id is null then 'unfit' else 'draft' end as status,
  case when p.invoice_kind = 'special' and p.tax_id is null then '专票缺少购方税号 special invoice without the buyer''s tax id' end as unfit_reason,
  '合同 ' || l.party_id || ' 账期 ' || l.cycle as remark
from settlement.statement_lines as l
join settlement.parties as p on p.cycle = l.cycle and p.party_id = l.party_id
group by all;
insert into settlement.invoice_lines by name
select q.cycle, q.party_id, q.revision, q.request_no,
  row_number() over (partition by q.cycle, q.revision, q.request_no order by coalesce(l.service_type_code, '')) as line_no, '*信息技术服务*云服务费' as item_name,
  '3040203000000000000' as class_code, '项' as unit, 1 as quantity, sum(l.amount_excl_tax) as unit_price, sum(l.amount_excl_tax) as amount_excl_tax,
  0.06 as tax_rate, sum(l.tax_amount) as tax_amount, sum(l.amount_incl_tax) as amount_incl_tax, false as is_discount,
  false as is_carried, coalesce(l.service_type_code, '') as service_type_code, min(coalesce(l.service_type_name, '调整')) as service_type_name
from settlement.statement_lines as l
join settlement.invoice_requests as q on q.cycle = l.cycle and q.party_id = l.party_id and q.revision = l.revision
group by q.cycle, q.party_id, q.revision, q.request_no, coalesce(l.service_type_code, '');
insert into settlement.invoiceable_ledger by name
select cycle, party_id, tax_rate, 100 as opening_excl_tax, statement_amount_excl_tax as settled_excl_tax, 0 as not_invoiceable_vouchers_excl_tax,
  0 as not_invoiceable_none_excl_tax, 100 as invoiced_excl_tax, 0 as owed_offset_excl_tax, statement_amount_excl_tax as closing_excl_tax,
  0 as owed_opening_excl_tax, 0 as owed_closing_excl_tax, 0 as carried_closing_excl_tax, amount_incl_tax as closing_incl_tax
from settlement.invoice_requests;
insert into settlement.claims by name
select r.cycle, r.customer_id, r.reseller_id, case when r.charging_mode <> '3' then r.trade_id else '' end as order_id,
  sum(r.payment_amount) as payable_amount, 0 as voucher_amount, 0 as cash_coupon_amount, 0 as stored_card_amount, 0 as debt_amount,
  sum(r.payment_amount) as claimable_amount, greatest(-sum(r.payment_amount), 0) as owed_amount, sum(r.payment_amount * r.factor) as charge_excl_tax,
  count(*) as record_count
from source.consumption_records as r
group by r.cycle, r.customer_id, r.reseller_id, case when r.charging_mode <> '3' then r.trade_id else '' end;
insert into settlement.customer_charges
select cycle, customer_id, reseller_id, party_id, sum(case when kind = 'record' then charge_excl_tax else 0 end),
  sum(case when kind = 'record' then 0 else charge_excl_tax end), sum(coalesce(voucher_amount, 0)), sum(charge_excl_tax - coalesce(voucher_amount, 0))
from settlement.lines
where revision = 0
group by all;
