-- The tables of a published snapshot that the workbooks read, with the columns they read.
create schema source;
create schema settlement;
create schema usage;
create schema ops;
create table ops.drafts (cycle varchar, state_key varchar, run_id varchar, made_at timestamp);
create table ops.revisions (cycle varchar, party_id varchar, issued_revision integer, working_revision integer, closed boolean, pricing_hash varchar);
create table ops.documents (serial bigint, cycle varchar, party_id varchar, revision integer, batch integer, kind varchar, document_no varchar,
  pricing_hash varchar, run_id varchar, issued_at timestamp, issued_by varchar, reason varchar, path varchar, sha256 varchar,
  amount_excl_tax decimal(18, 2), tax_amount decimal(18, 2), amount_incl_tax decimal(18, 2));
create view settlement.current_revisions as
select cycle, party_id, case when closed then issued_revision else working_revision end as revision, closed from ops.revisions;
create table source.consumption_records (cycle varchar, customer_id varchar, reseller_id varchar, record_key varchar,
  service_type_code varchar, service_type_name varchar, resource_type_code varchar, resource_type_name varchar, charging_mode varchar,
  trade_time timestamp, trade_time_date date, trade_id varchar, bill_detail_type varchar, resource_id varchar, resource_name varchar,
  product_spec_desc varchar, region_code varchar, region_name varchar, product_id varchar, product_name varchar,
  usage_type varchar, usage_amount decimal(38, 12), usage_measure_id integer, free_resource_usage decimal(38, 12),
  official_amount decimal(18, 8), payment_amount decimal(18, 8), consume_from timestamp, consume_from_date date, consume_to timestamp,
  usage_normal decimal(38, 12), usage_normal_unit varchar, factor decimal(18, 10));
create table source.customers (cycle varchar, customer_id varchar, reseller_id varchar, account_name varchar, customer varchar);
create table source.measure_units (cycle varchar, run_id varchar, measure_id integer, measure_name varchar, abbreviation varchar,
  measure_type varchar, family_unit varchar, family_factor decimal(38, 0));
create table source.service_types (cycle varchar, service_type_code varchar, service_type_name varchar);
create table source.refund_orders (cycle varchar, customer_id varchar, reseller_id varchar, order_id varchar, id varchar, base_order_id varchar);
create table settlement.parties (cycle varchar, party_id varchar, short_code varchar, name varchar, kind varchar, language varchar,
  invoice_kind varchar, buyer_title varchar, tax_id varchar, address_phone varchar, bank_account varchar, email varchar);
create table settlement.contracts (cycle varchar, contract_no varchar, party_id varchar, customer_id varchar, reseller_id varchar,
  price_plan varchar, valid_from date, valid_to date, amounts_include_tax boolean, tax_code varchar);
create table settlement.rules (cycle varchar, rule_id varchar, base varchar, method varchar, value decimal(18, 10));
create table settlement.lines (cycle varchar, party_id varchar, revision integer, line_id varchar, kind varchar, record_key varchar,
  contract_no varchar, customer_id varchar, reseller_id varchar, service_type_code varchar, resource_type_code varchar,
  region_code varchar, charging_mode varchar, bill_detail_type varchar, resource_id varchar, consume_date date,
  usage_normal decimal(38, 12), usage_normal_unit varchar, rule_id varchar, pricing_hash varchar, tax_code varchar,
  official_amount decimal(18, 8), discount_amount decimal(18, 8), truncated_amount decimal(18, 8), payable_amount decimal(18, 8),
  charge_amount decimal(18, 8), order_id varchar, origin_line_id varchar, origin_cycle varchar, tax_rate decimal(18, 10),
  amounts_include_tax boolean, note varchar, voucher_amount decimal(18, 8), charge_excl_tax decimal(18, 8), rule_withheld boolean);
create table settlement.statement_lines (cycle varchar, party_id varchar, revision integer, line_no integer, kind varchar,
  customer_id varchar, reseller_id varchar, service_type_code varchar, service_type_name varchar, region_code varchar,
  region_name varchar, charging_mode varchar, bill_detail_type varchar, rule_id varchar, tax_code varchar, tax_rate decimal(18, 10),
  amounts_include_tax boolean, official_amount decimal(38, 8), discount_amount decimal(38, 8), truncated_amount decimal(38, 8),
  payable_amount decimal(38, 8), exact_amount decimal(38, 8), settled_amount decimal(18, 2), amount_excl_tax decimal(18, 2),
  tax_amount decimal(18, 2), amount_incl_tax decimal(18, 2), record_count bigint, note varchar, origin_cycle varchar,
  voucher_amount decimal(38, 8));
create table settlement.statements (cycle varchar, party_id varchar, revision integer, statement_no varchar, currency varchar,
  official_amount decimal(38, 8), discount_amount decimal(38, 8), truncated_amount decimal(38, 8), payable_amount decimal(38, 8),
  amount_excl_tax decimal(18, 2), tax_amount decimal(18, 2), amount_incl_tax decimal(18, 2), line_count bigint, status varchar);
create table settlement.invoice_requests (cycle varchar, party_id varchar, revision integer, request_no varchar, direction varchar,
  split_key varchar, tax_rate decimal(18, 10), invoice_kind varchar, buyer_title varchar, tax_id varchar, address_phone varchar,
  bank_account varchar, email varchar, statement_amount_excl_tax decimal(18, 2), statement_tax decimal(18, 2),
  not_invoiceable_excl_tax decimal(18, 2), not_invoiceable_tax decimal(18, 2), own_amount_excl_tax decimal(18, 2), own_tax decimal(18, 2),
  carried_excl_tax decimal(18, 2), carried_tax decimal(18, 2), amount_excl_tax decimal(18, 2), tax_amount decimal(18, 2),
  amount_incl_tax decimal(18, 2), line_count bigint, status varchar, unfit_reason varchar, remark varchar, reverses_request_no varchar,
  reverses_invoice_no varchar);
create table settlement.invoice_lines (cycle varchar, party_id varchar, revision integer, request_no varchar, line_no integer,
  item_name varchar, class_code varchar, unit varchar, quantity integer, unit_price decimal(18, 2),
  amount_excl_tax decimal(18, 2), tax_rate decimal(18, 10), tax_amount decimal(18, 2), amount_incl_tax decimal(18, 2),
  is_discount boolean, is_carried boolean, service_type_code varchar, service_type_name varchar, tax_code varchar);
create table settlement.invoice_status (cycle varchar, party_id varchar, revision integer, request_no varchar, direction varchar,
  tax_rate decimal(18, 10), status varchar, invoice_no varchar, invoice_date date, invoices bigint, invoiced_excl_tax decimal(18, 2),
  invoiced_tax decimal(18, 2), invoiced_incl_tax decimal(18, 2), reversed_excl_tax decimal(18, 2), reversed_incl_tax decimal(18, 2));
create table settlement.invoiceable_ledger (cycle varchar, party_id varchar, tax_rate decimal(18, 10), opening_excl_tax decimal(18, 2),
  settled_excl_tax decimal(18, 2), not_invoiceable_vouchers_excl_tax decimal(18, 2), not_invoiceable_none_excl_tax decimal(18, 2),
  invoiced_excl_tax decimal(18, 2), owed_offset_excl_tax decimal(18, 2), closing_excl_tax decimal(18, 2),
  owed_opening_excl_tax decimal(18, 2), owed_closing_excl_tax decimal(18, 2), carried_closing_excl_tax decimal(18, 2),
  closing_incl_tax decimal(18, 2));
create table settlement.claims (cycle varchar, customer_id varchar, reseller_id varchar, order_id varchar, payable_amount decimal(38, 8),
  voucher_amount decimal(38, 8), cash_coupon_amount decimal(38, 8), stored_card_amount decimal(38, 8), debt_amount decimal(38, 8),
  claimable_amount decimal(38, 8), owed_amount decimal(38, 8), charge_excl_tax decimal(38, 8), record_count bigint);
create table settlement.customer_charges (cycle varchar, customer_id varchar, reseller_id varchar, party_id varchar, record_charge decimal(38, 8),
  other_charge decimal(38, 8), voucher_charge decimal(38, 8), invoiceable_charge decimal(38, 8));
create table settlement.issued_invoices (cycle varchar, request_no varchar, invoice_no varchar, date date, amount_excl_tax decimal(18, 8),
  tax_amount decimal(18, 8), amount_incl_tax decimal(18, 8), reverses varchar);
create table ops.transitions (seq bigint, cycle varchar, party_id varchar, revision integer, state varchar, at timestamp, by_whom varchar,
  reason varchar, run_id varchar);
create table ops.issued_requests (request_no varchar, cycle varchar, party_id varchar, revision integer, tax_rate decimal(18, 10),
  split_key varchar, batch integer);
create table settlement.account_owners (cycle varchar, customer_id varchar, party_id varchar, contract_no varchar, reseller_id varchar, contenders bigint);
create table usage.peak95 (cycle varchar, customer_id varchar, reseller_id varchar, service_type_code varchar,
  resource_type_code varchar, usage_type varchar, resource_id varchar, algorithm varchar, base integer, points_expected bigint,
  points_present bigint, points_padded bigint, removed bigint, rank bigint, peak decimal(38, 12), peak_time timestamp,
  guarantee decimal(38, 12), billed decimal(38, 12), reported decimal(38, 12), variance decimal(38, 12),
  actual_days decimal(38, 12), day_factor decimal(18, 10), measure_id integer, valid_days bigint, unit_price decimal(18, 8), price_per varchar, price_basis varchar, fee decimal(18, 8));
create table usage.peak95_curve (cycle varchar, customer_id varchar, reseller_id varchar, service_type_code varchar,
  resource_type_code varchar, usage_type varchar, resource_id varchar, rank bigint, value decimal(38, 12));
create table usage.peak95_days (cycle varchar, customer_id varchar, reseller_id varchar, service_type_code varchar,
  resource_type_code varchar, usage_type varchar, resource_id varchar, stat_time_date date, highest decimal(38, 12), fifth decimal(38, 12), daily95 decimal(38, 12));
create table usage.package_ledger (cycle varchar, customer_id varchar, reseller_id varchar, order_instance_id varchar,
  order_id varchar, product_name varchar, service_type_code varchar, region_code varchar, free_resource_id varchar,
  usage_type_name varchar, measure_id integer, unit varchar, effective_time timestamp, expire_time timestamp, reuse_mode varchar,
  window_from date, window_to date, opening decimal(38, 12), granted decimal(38, 12), used decimal(38, 12),
  cleared decimal(38, 12), closing decimal(38, 12), utilisation decimal(18, 10), days_to_expiry bigint, balance_known boolean,
  enterprise_project_id varchar, overage_quantity decimal(38, 12), overage_official_amount decimal(38, 8), alert varchar);
create view settlement.cost as
select
  l.*, l.rule_id as printed_rule_id, p.name as party_name, p.short_code as party_short_code, c.customer as customer_name, c.account_name as customer_account_name,
  r.service_type_name, r.resource_type_name, r.region_name, r.resource_name, r.product_id, r.product_name, r.product_spec_desc,
  r.usage_type, r.usage_type as usage_type_name, r.usage_amount, u.abbreviation as usage_unit, r.free_resource_usage,
  r.trade_time, r.trade_time_date, r.trade_id, r.consume_from, r.consume_to,
  l.charge_amount - l.payable_amount as margin_amount,
  l.revision = s.revision as is_current_revision
from settlement.lines as l
left join source.consumption_records as r
  on r.cycle = l.cycle and r.customer_id = l.customer_id and r.reseller_id = l.reseller_id and r.record_key = l.record_key
left join settlement.parties as p on p.cycle = l.cycle and p.party_id = l.party_id
left join source.customers as c on c.cycle = l.cycle and c.customer_id = l.customer_id and c.reseller_id = l.reseller_id
left join (select cycle, measure_id, min(abbreviation) as abbreviation from source.measure_units group by all) as u
  on u.cycle = l.cycle and u.measure_id = r.usage_measure_id
left join (select cycle, party_id, max(revision) as revision from settlement.statements group by all) as s
  on s.cycle = l.cycle and s.party_id = l.party_id;
