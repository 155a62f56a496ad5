-- What the reconciliation workbook reads: findings in every state, customers of which one does not tie by 0.37, slices, checks, a
-- certificate, the vendor's news. The tie-out and the slices are made of the story's own records and bills.
create table if not exists recon.finding_list (finding_id varchar, check_id varchar, title varchar, severity varchar, cycle varchar, party_id varchar, customer_id varchar,
  reseller_id varchar, subject varchar, expected varchar, actual varchar, difference decimal(18, 8), tolerance decimal(18, 8), explained boolean, status varchar,
  reason_code varchar, reason varchar, detail varchar, owner varchar, action varchar, resolution varchar, first_seen timestamp, age_days bigint, age_bucket varchar,
  closed_at timestamp, closed_by_run varchar, run_id varchar);
create table if not exists recon.checks (cycle varchar, check_id varchar, title varchar, severity varchar, status varchar, reason varchar, findings bigint,
  explained bigint, owner varchar);
create table if not exists recon.charge_slices (cycle varchar, customer_id varchar, reseller_id varchar, service_type_code varchar, resource_type_code varchar,
  charging_mode varchar, bill_type varchar, records bigint, bill_rows bigint, matched varchar, summary_amount varchar, detail_amount decimal(38, 8),
  bill_amount decimal(38, 8), longer_charges bigint, longer_refunds bigint, difference decimal(38, 8), truncation decimal(38, 8), late_cycle decimal(38, 8),
  association_change decimal(38, 8), referral decimal(38, 8), mode_10 decimal(38, 8), funding_change decimal(38, 8), named_otherwise decimal(38, 8),
  unexplained decimal(38, 8), tolerance decimal(38, 8), reason_code varchar);
create table if not exists recon.partner_bridge (cycle varchar, customer_id varchar, side varchar, records bigint, bill_lines bigint, detail_amount decimal(18, 8),
  bill_amount decimal(18, 8), bill_tax decimal(18, 8), difference decimal(18, 8), referral decimal(18, 8), mode_10 decimal(18, 8), late_cycle decimal(18, 8),
  truncation decimal(18, 8), own_use decimal(18, 8), unexplained decimal(18, 8), tolerance decimal(18, 8));
create table if not exists ops.certificate (cycle varchar, dataset varchar, customer_id varchar, reseller_id varchar, status varchar, windows bigint,
  windows_stored bigint, windows_skipped bigint, pages bigint, announced bigint, stored bigint, quarantined bigint, duplicates bigint, amount_field varchar,
  amount decimal(38, 8), official_amount decimal(38, 8), content varchar, first_fetched timestamp, last_fetched timestamp);
create table if not exists recon.radar (cycle varchar, kind varchar, field varchar, value varchar, expected varchar, actual varchar, record_count bigint,
  known_since varchar, is_new boolean, words varchar);
create table if not exists ops.runs (run_id varchar, cycle varchar, mode varchar, offline boolean, started timestamp, finished timestamp, outcome varchar, version varchar);
create table if not exists ops.windows (window_id bigint, "window" varchar, dataset varchar, cycle varchar, pages bigint, finished timestamp);
create table if not exists ops.resolutions (finding_id varchar, resolution varchar, at timestamp, by_whom varchar, actual varchar, difference varchar);
insert into ops.resolutions values ('06b2f0c0de-02', '厂商确认系尾差，金额不足一角，予以接受', timestamp '2026-11-05 07:30:00', 'li', null, null);
insert into ops.runs values ('run-20261105T060000Z', '2026-10', 'final', false, timestamp '2026-11-05 05:58:11', timestamp '2026-11-05 06:00:00', 'done', 'v0');
insert into ops.windows values (1, 'consumption_records 2026-10', 'consumption_records', '2026-10', 42, timestamp '2026-11-05 05:59:00'),
  (2, 'monthly_bills 2026-10', 'monthly_bills', '2026-10', 3, timestamp '2026-11-05 05:59:30');
create table if not exists ops.expected_windows (cycle varchar, "window" varchar);
create table if not exists ops.settled (cycle varchar, mode varchar, pricing_hash varchar);
insert into ops.expected_windows select cycle, "window" from ops.windows;
insert into ops.settled values ('2026-10', 'final', '5f2c9a7be01d44aa93c1');
-- Slices of the story's own records: the bill is cut to the cent, but for the planted ones.
insert into recon.charge_slices
with sums as (
  select customer_id, reseller_id, service_type_code, coalesce(resource_type_code, '') as resource_type_code, charging_mode,
    max(association_type) as association_type, count(*) as records, cast(sum(payment_amount) as decimal(38, 8)) as detail_amount
  from source.consumption_records
  where cycle = '2026-10'
  group by all
),
bills as (
  select *,
    case
      when association_type = '1' or charging_mode = '10' then 0
      when customer_id like 'a1%' and service_type_code = 'hws.service.type.obs' then detail_amount - 0.37
      when customer_id = 'b2f0c0de000000000000000000000002' and service_type_code = 'hws.service.type.rds' then detail_amount - 0.013
      when customer_id = 'c3f0c0de000000000000000000000001' and service_type_code = 'hws.service.type.ebs' then detail_amount - 42.5
      else detail_amount
    end as bill_amount
  from sums
)
select '2026-10', customer_id, reseller_id, service_type_code, resource_type_code, charging_mode, '0', records,
  case when bill_amount = 0 then 0 else 1 end, case when bill_amount = 0 then 'detail' else 'both' end, 'payable', detail_amount, bill_amount, case when bill_amount = detail_amount then 0 else records end, 0,
  detail_amount - bill_amount,
  case when customer_id = 'b2f0c0de000000000000000000000002' and detail_amount <> bill_amount then 0.013 when customer_id like 'a1%' and detail_amount <> bill_amount then 0.02 else 0 end,
  case when customer_id = 'c3f0c0de000000000000000000000001' and detail_amount <> bill_amount then 42.5 else 0 end, 0,
  case when association_type = '1' then detail_amount else 0 end, case when charging_mode = '10' and association_type is distinct from '1' then detail_amount else 0 end, 0, 0,
  case when customer_id like 'a1%' and detail_amount <> bill_amount then 0.35 else 0 end, 0.01 * records,
  case when bill_amount = detail_amount then null when customer_id like 'a1%' then 'unexplained' when customer_id like 'b2%' then 'truncation' when customer_id like 'c3%' then 'late_cycle'
    when association_type = '1' then 'referral' else 'mode_10' end
from bills;
insert into recon.charge_slices values ('2026-10', 'b2f0c0de000000000000000000000003', '', 'hws.service.type.drs', 'hws.resource.type.drs', '3', '0', 0, 1, 'bill', 'payable',
  0, 0.02, 0, 0, -0.02, 0, 0, 0, 0, 0, 0, 0, -0.02, 0, 'unexplained');
delete from recon.tie_out;
insert into recon.tie_out by name
select cycle, customer_id, reseller_id, cast(sum(records) as bigint) as records, cast(sum(bill_rows) as bigint) as bill_rows, count(*) as slices,
  cast(sum(case when unexplained <> 0 then 1 else 0 end) as bigint) as slices_off, max(summary_amount) as summary_amount,
  cast(sum(detail_amount) as decimal(38, 8)) as payable_amount, cast(sum(detail_amount) as decimal(38, 8)) as detail_amount, cast(sum(bill_amount) as decimal(38, 8)) as bill_amount, cast(sum(difference) as decimal(38, 8)) as difference,
  cast(sum(truncation) as decimal(38, 8)) as truncation, cast(sum(late_cycle) as decimal(38, 8)) as late_cycle, cast(sum(association_change) as decimal(38, 8)) as association_change,
  cast(sum(referral) as decimal(38, 8)) as referral, cast(sum(mode_10) as decimal(38, 8)) as mode_10, cast(sum(funding_change) as decimal(38, 8)) as funding_change,
  cast(sum(unexplained) as decimal(38, 8)) as unexplained, cast(sum(tolerance) as decimal(38, 8)) as tolerance, max(reason_code) as reason_code,
  customer_id like 'a1%' as is_telling,
  cast(sum(difference) as decimal(38, 8)) as difference_payable, sum(unexplained) = 0 as ties_payable,
  cast(sum(difference) - 12 as decimal(38, 8)) as difference_payable_less_debt, false as ties_payable_less_debt,
  cast(sum(difference) - 7 as decimal(38, 8)) as difference_payable_less_vouchers, false as ties_payable_less_vouchers,
  cast(sum(difference) - 19 as decimal(38, 8)) as difference_payable_less_debt_and_vouchers, false as ties_payable_less_debt_and_vouchers,
  cast(sum(difference) - 19 as decimal(38, 8)) as difference_cash_and_credit, false as ties_cash_and_credit
from recon.charge_slices
group by cycle, customer_id, reseller_id;
insert into recon.checks values
  ('2026-10', '01', 'Every announced record is stored', 'B', 'pass', null, 0, 0, 'operations'),
  ('2026-10', '06', 'Fee records add up to the vendor''s monthly bill', 'B', 'fail', null, 2, 5, 'finance'),
  ('2026-10', '07', 'Each slice of the monthly bill is what its fee records add up to', 'W', 'fail', null, 2, 0, 'finance'),
  ('2026-10', '30', 'Every record has a price', 'B', 'fail', null, 1, 0, 'pricing'),
  ('2026-10', '31', 'Margins are above the floor', 'W', 'fail', null, 1, 0, 'account manager'),
  ('2026-10', '36', 'Workbooks say what the database says', 'B', 'not_run', 'it reads the workbooks when they are written; its result is in manifest.json beside them', 0, 0, 'operations'),
  ('2026-10', '41', 'The customers add up to the partner''s own bill', 'B', 'not_run', 'no data of the cycle: partner_bills (settle import partner-bill FILE --cycle YYYY-MM brings them in)', 0, 0, 'finance'),
  ('2026-10', '45', 'Every code has a name', 'I', 'fail', null, 1, 0, 'operations');
insert into recon.finding_list values
  ('06a1f0c0de-37', '06', 'Fee records add up to the vendor''s monthly bill', 'B', '2026-10', 'P-01', 'a1f0c0de000000000000000000000001', '', 'customer a1f0c0de000000000000000000000001',
    'monthly bill 94350.58', 'fee records 94350.95', 0.35, 0.05, false, 'open', 'unexplained', 'fee records and monthly bill differ; check 07 names the service and resource type', '69 records, 5 of them with more than two decimals, 14 bill rows',
    'finance', 'open the customer in the reconciliation workbook, sheet Tie-out, and follow it to the slice that differs', null, timestamp '2026-10-30 03:00:00', 6, '4-10', null, null, 'r'),
  ('07a1f0c0de-37', '07', 'Each slice of the monthly bill is what its fee records add up to', 'W', '2026-10', 'P-01', 'a1f0c0de000000000000000000000001', '',
    'customer a1f0c0de000000000000000000000001: hws.service.type.obs, hws.resource.type.obs, mode 3, bill type 0', 'monthly bill 410.10', 'fee records 410.47', 0.35, 0.05, false, 'open', 'unexplained',
    'records and monthly bill differ here', '5 records, 5 of them with more than two decimals, 1 bill rows', 'finance',
    'compare the records of this service and resource type with the vendor''s console, and ask the vendor about the rest', null, timestamp '2026-10-30 03:00:00', 6, '4-10', null, null, 'r'),
  ('06b2f0c0de-02', '06', 'Fee records add up to the vendor''s monthly bill', 'B', '2026-10', 'P-02', 'b2f0c0de000000000000000000000003', '', 'customer b2f0c0de000000000000000000000003',
    'monthly bill 0.02', 'fee records 0', -0.02, 0, false, 'resolved', 'unexplained', 'a monthly bill without fee records; run again, and ask the vendor for the records if they stay away', null,
    'finance', 'open the customer in the reconciliation workbook', '=HYPERLINK("http://evil.example","x") 厂商确认系尾差，金额不足一角，予以接受', timestamp '2026-11-05 06:00:00', 0, '0-3', null, null, 'r'),
  ('06explained-tr', '06', 'Fee records add up to the vendor''s monthly bill', 'B', '2026-10', 'P-02', 'b2f0c0de000000000000000000000002', '', 'customer b2f0c0de000000000000000000000002: truncation',
    'monthly bill 1200.40', 'fee records 1200.413', 0.013, 0.05, true, 'explained', 'truncation', 'charges are cut to the cent', 'raw difference 0.01300000, 5 records with more than two decimals', 'finance',
    'nothing to do', null, timestamp '2026-11-05 06:00:00', 0, '0-3', null, null, 'r'),
  ('06explained-lc', '06', 'Fee records add up to the vendor''s monthly bill', 'B', '2026-10', 'P-03', 'c3f0c0de000000000000000000000001', 'r9', 'customer c3f0c0de000000000000000000000001 under reseller r9: late_cycle',
    'monthly bill 880.00', 'fee records 922.50', 42.5, 0, true, 'explained', 'late_cycle', 'the records arrived after the cut-off; the bill has them in another cycle', null, 'finance', 'nothing to do', null, timestamp '2026-11-05 06:00:00', 0, '0-3', null, null, 'r'),
  ('30a', '30', 'Every record has a price', 'B', '2026-10', 'P-04', null, null, 'record unpriced-1', 'a rule', 'none', null, null, false, 'new', 'price_rule', 'no rule of price plan P4 matches; add one to the sheet Rules',
    null, 'pricing', 'add a rule', null, timestamp '2026-11-05 06:00:00', 0, '0-3', null, null, 'r'),
  ('31a', '31', 'Margins are above the floor', 'W', '2026-10', 'P-04', 'd4f0c0de000000000000000000000001', '', 'hws.service.type.obs', 'margin of at least 0', '-12.5', -12.5, 0, false, 'open', 'price_rule',
    'the margin is negative', '1 records, rule R4', 'account manager', 'approve the margin or mend the rule', null, timestamp '2026-09-20 03:00:00', 46, '>30', null, null, 'r'),
  ('45a', '45', 'Every code has a name', 'I', '2026-10', null, null, null, 'service hws.service.type.new', 'a name', 'none', null, null, false, 'open', 'new_value', 'new', '77 records', 'operations', 'add it to the contract''s rules', null,
    timestamp '2026-10-20 03:00:00', 16, '11-30', null, null, 'r'),
  ('07closed', '07', 'Each slice of the monthly bill is what its fee records add up to', 'W', '2026-10', 'P-03', 'c3f0c0de000000000000000000000002', 'r9', 'customer c3: hws.service.type.ec2', null, null, 3.1, null, false, 'closed',
    'changed_month', 'the newest pull ties', null, 'operations', 'nothing to do: it closed by itself', null, timestamp '2026-11-02 03:00:00', 3, '0-3', timestamp '2026-11-05 06:00:00', 'run-20261105T060000Z', 'r');
alter table recon.finding_list add column says varchar;
update recon.finding_list set says = substring(sha256(finding_id || coalesce(actual, '')), 1, 16) where status <> 'closed';
insert into ops.certificate
select '2026-10', 'consumption_records', customer_id, reseller_id, 'complete', 31, 31, 0, 34, count(*), count(*), 0, 0, 'payment_amount', cast(sum(payment_amount) as decimal(38, 8)),
  cast(sum(official_amount) as decimal(38, 8)), md5(customer_id) || md5(reseller_id), timestamp '2026-11-05 05:40:00', timestamp '2026-11-05 05:59:00'
from source.consumption_records where cycle = '2026-10' group by customer_id, reseller_id;
insert into ops.certificate values
  ('2026-10', 'monthly_bills', '', '', 'complete', 3, 3, 0, 3, 60, 60, 0, null, 'amount', 123456.78, null, md5('bills') || md5('x'), timestamp '2026-11-05 05:58:00', timestamp '2026-11-05 05:59:30'),
  ('2026-10', 'peak95_points', 'a1f0c0de000000000000000000000001', '', 'incomplete', 2, 1, 0, 1, 8928, 8914, 14, null, null, null, null, md5('points') || md5('x'), timestamp '2026-11-05 05:58:00', timestamp '2026-11-05 05:59:31'),
  ('2026-10', 'resource_packages', 'd4f0c0de000000000000000000000001', '', 'skipped', 1, 1, 1, 0, null, 0, 0, null, null, null, null, md5('none') || md5('x'), timestamp '2026-11-05 05:58:00', timestamp '2026-11-05 05:59:31');
insert into recon.radar values
  ('2026-10', 'field', 'consumption_records.carbon_kg', '', 'a documented field', 'for example 0.25', 412, '2026-10', true, 'field consumption_records.carbon_kg is not documented'),
  ('2026-10', 'value', 'consumption_records.bill_detail_type', '77', 'a documented value', '77', 3, '2026-09', false, 'value 77 of consumption_records.bill_detail_type is not documented');
