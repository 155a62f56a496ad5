-- What the partner summary reads beyond the statements: cost, the vendor's bill, findings, states. A parked party, a customer without
-- contract, a referral customer and a reserved instance stand between the statements and the bill, which ties out to the cent.
create schema if not exists recon;
create table if not exists ops.params (cycle varchar, summary_amount varchar, source_amount_tax varchar);
insert into ops.params values ('2026-10', 'payable', 'excluded');
create table if not exists ops.period_states (cycle varchar, party_id varchar, revision integer, state varchar, since timestamp, by_whom varchar, reason varchar);
create table if not exists settlement.parked (cycle varchar, party_id varchar, findings bigint, reason varchar);
create table if not exists settlement.unpriced (cycle varchar, party_id varchar, customer_id varchar, reseller_id varchar, record_key varchar, reason varchar,
  payable_amount decimal(18, 8), window_id bigint);
create table if not exists settlement.restatements (cycle varchar, party_id varchar, revision integer, line_id varchar, change varchar,
  issued_payable_amount decimal(18, 8), new_payable_amount decimal(18, 8));
create table if not exists settlement.issued_invoices (cycle varchar, request_no varchar, invoice_no varchar, date date, amount_excl_tax decimal(18, 8),
  tax_amount decimal(18, 8), amount_incl_tax decimal(18, 8), reverses varchar);
create table if not exists settlement.invoiceable_ledger (cycle varchar, party_id varchar, tax_rate decimal(18, 10), not_invoiceable_vouchers_excl_tax decimal(18, 2),
  not_invoiceable_none_excl_tax decimal(18, 2), closing_excl_tax decimal(18, 2), owed_closing_excl_tax decimal(18, 2));
create table if not exists source.monthly_bills (cycle varchar, customer_id varchar, reseller_id varchar, charge_mode varchar, amount decimal(18, 8));
create table if not exists recon.findings (finding_id varchar, check_id varchar, severity varchar, cycle varchar, party_id varchar, customer_id varchar,
  reseller_id varchar, subject varchar, difference decimal(18, 8), explained boolean, reason varchar, detail varchar, resolution varchar);
create table if not exists recon.tie_out (cycle varchar, customer_id varchar, reseller_id varchar, summary_amount varchar, records bigint, bill_rows bigint,
  slices bigint, slices_off bigint, payable_amount decimal(38, 8), detail_amount decimal(38, 8), bill_amount decimal(38, 8), scope_payable_amount decimal(38, 8),
  debt_amount decimal(38, 8), voucher_amount decimal(38, 8), cash_and_credit_amount decimal(38, 8), longer_charges bigint, longer_refunds bigint,
  difference decimal(38, 8), truncation decimal(38, 8), late_cycle decimal(38, 8), association_change decimal(38, 8), referral decimal(38, 8),
  mode_10 decimal(38, 8), funding_change decimal(38, 8), named_otherwise decimal(38, 8), unexplained decimal(38, 8), tolerance decimal(38, 8),
  reason_code varchar, is_telling boolean, difference_payable decimal(38, 8), ties_payable boolean, difference_payable_less_debt decimal(38, 8),
  ties_payable_less_debt boolean, difference_payable_less_vouchers decimal(38, 8), ties_payable_less_vouchers boolean,
  difference_payable_less_debt_and_vouchers decimal(38, 8), ties_payable_less_debt_and_vouchers boolean, difference_cash_and_credit decimal(38, 8),
  ties_cash_and_credit boolean);
alter table source.consumption_records add column association_type varchar;
alter table source.consumption_records add column debt_amount decimal(18, 8);
create table if not exists settlement.margins as
with both_sides as (
  select cycle, party_id, revision, customer_id, reseller_id, kind, service_type_code, region_code, charging_mode, official_amount,
    discount_amount, truncated_amount, payable_amount,
    case when amounts_include_tax then cast(round(cast(charge_amount as decimal(28, 8)) * 100 / 106, 8) as decimal(18, 8)) else charge_amount end as charge_amount,
    cast(null as decimal(18, 2)) as settled_excl_tax, cast(null as decimal(18, 2)) as settled_tax, 1 as record_count
  from settlement.lines
  union all
  select cycle, party_id, revision, customer_id, reseller_id, kind, service_type_code, region_code, charging_mode, 0, 0, 0, 0, 0,
    amount_excl_tax, tax_amount, 0
  from settlement.statement_lines
)
select cycle, party_id, revision, customer_id, reseller_id, kind, service_type_code, region_code, charging_mode,
  cast(sum(official_amount) as decimal(38, 8)) as official_amount, cast(sum(discount_amount) as decimal(38, 8)) as discount_amount,
  cast(sum(truncated_amount) as decimal(38, 8)) as truncated_amount, cast(sum(payable_amount) as decimal(38, 8)) as payable_amount,
  cast(sum(payable_amount) as decimal(38, 8)) as cost_excl_tax,
  cast(sum(charge_amount) as decimal(38, 8)) as charge_amount, cast(sum(charge_amount) - sum(payable_amount) as decimal(38, 8)) as margin_amount,
  cast(sum(settled_excl_tax) as decimal(38, 2)) as settled_excl_tax, cast(sum(settled_tax) as decimal(38, 2)) as settled_tax,
  cast(sum(record_count) as bigint) as record_count
from both_sides
group by all;
insert into source.consumption_records (cycle, customer_id, reseller_id, record_key, service_type_code, service_type_name, charging_mode, association_type, payment_amount)
values
  ('2026-10', 'd4f0c0de000000000000000000000001', '', 'parked-1', 'hws.service.type.obs', '对象存储服务', '3', '2', 812.5),
  ('2026-10', 'd4f0c0de000000000000000000000001', '', 'unpriced-1', 'hws.service.type.new', '新服务', '3', '2', 77.25),
  ('2026-10', 'd4f0c0de000000000000000000000002', '', 'nobody-1', 'hws.service.type.obs', '对象存储服务', '10', '2', 40),
  ('2026-10', 'd4f0c0de000000000000000000000003', '', 'referral-1', 'hws.service.type.obs', '对象存储服务', '3', '1', 120.5);
insert into settlement.margins (cycle, party_id, revision, customer_id, reseller_id, kind, service_type_code, region_code, charging_mode,
  official_amount, discount_amount, truncated_amount, payable_amount, cost_excl_tax, charge_amount, margin_amount, record_count)
values ('2026-10', 'P-04', 0, 'd4f0c0de000000000000000000000001', '', 'record', 'hws.service.type.obs', 'cn-north-4', '3', 1000, 187.5, 0, 812.5, 812.5, 800, -12.5, 1);
insert into settlement.unpriced values
  ('2026-10', 'P-04', 'd4f0c0de000000000000000000000001', '', 'unpriced-1', 'no rule of price plan P4 matches; add one to the sheet Rules', 77.25, 1),
  ('2026-10', null, 'd4f0c0de000000000000000000000002', '', 'nobody-1', 'no contract bills this customer at the pricing date; add one to the sheet Contracts, or widen its dates', 40, 1);
insert into settlement.parked values
  ('2026-10', 'P-04', 1, '30 record unpriced-1: no rule of price plan P4 matches; add one to the sheet Rules');
insert into ops.period_states values
  ('2026-10', 'P-01', 0, 'final', null, null, null), ('2026-10', 'P-02', 0, 'final', null, null, null),
  ('2026-10', 'P-03', 0, 'disputed', timestamp '2026-11-04 03:00:00', 'lead', 'quantity of CDN'), ('2026-10', 'P-04', 0, 'parked', null, null, null);
insert into recon.findings values
  ('f30', '30', 'B', '2026-10', 'P-04', null, null, 'record unpriced-1', null, false, 'no rule', null, null),
  ('f06', '06', 'B', '2026-10', 'P-01', 'a1f0c0de000000000000000000000001', '', 'customer a1', 0.03, true, 'truncation', null, null),
  ('f31', '31', 'W', '2026-10', 'P-04', 'd4f0c0de000000000000000000000001', '', 'hws.service.type.obs', -12.5, false, 'the margin is negative', '1 records, rule R4', null),
  ('f45', '45', 'I', '2026-10', null, null, null, 'service hws.service.type.new', null, false, 'new', null, null);
insert into settlement.issued_invoices
select cycle, request_no, '26952000000000000001', date '2026-11-06', cast(amount_excl_tax - 1000 as decimal(18, 8)), 0, 0, null
from settlement.invoice_requests where cycle = '2026-10' and party_id = 'P-01';
insert into source.monthly_bills
select cycle, customer_id, reseller_id, charging_mode, sum(payment_amount - case when record_key = '2026-10-1-0-1' then 0.03 else 0 end)
from source.consumption_records
where association_type is distinct from '1' and charging_mode <> '10'
group by all;
insert into recon.tie_out (cycle, customer_id, reseller_id, payable_amount, detail_amount, bill_amount, difference, truncation, late_cycle, association_change,
  referral, mode_10, funding_change, unexplained)
with records as (
  select cycle, customer_id, reseller_id, sum(payment_amount) as amount, sum(case when association_type = '1' then payment_amount else 0 end) as referral,
    sum(case when charging_mode = '10' then payment_amount else 0 end) as mode_10
  from source.consumption_records
  group by all
), bills as (
  select cycle, customer_id, reseller_id, sum(amount) as amount from source.monthly_bills group by all
)
select r.cycle, r.customer_id, r.reseller_id, r.amount, r.amount, coalesce(b.amount, 0), r.amount - coalesce(b.amount, 0),
  r.amount - coalesce(b.amount, 0) - r.referral - r.mode_10, 0, 0, r.referral, r.mode_10, 0, 0
from records as r
left join bills as b on b.cycle = r.cycle and b.customer_id = r.customer_id and b.reseller_id = r.reseller_id;
