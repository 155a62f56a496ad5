-- The tables of schema ops, made once with the warehouse. A change here makes the next run rebuild the warehouse from the packages.
create table ops.schema_version (fingerprint varchar not null, whole boolean not null);
create table ops.runs (run_id varchar not null, cycle varchar not null, mode varchar, offline boolean, started timestamp, finished timestamp, outcome varchar, version varchar);
create table ops.windows (window_id bigint not null, "window" varchar not null, dataset varchar not null, cycle varchar not null, customer_id varchar not null, reseller_id varchar not null, part varchar not null, run_id varchar not null,
  announced bigint not null, rows bigint not null, pages bigint not null, quarantined bigint not null, content varchar not null, body varchar not null, skipped varchar not null, finished timestamp);
create table ops.window_tables (window_id bigint not null, table_name varchar not null, rows bigint not null);
create table ops.expected_windows (cycle varchar not null, "window" varchar not null, dataset varchar not null, customer_id varchar not null, reseller_id varchar not null, part varchar not null, error varchar);
create table ops.pricing_versions (pricing_hash varchar not null, file_name varchar, first_run varchar, first_used timestamp);
create table ops.drafts (cycle varchar not null, state_key varchar not null, run_id varchar not null, made_at timestamp not null);
create table ops.first_seen (finding_id varchar not null, first_seen timestamp not null);
create table ops.resolutions (finding_id varchar not null, resolution varchar not null, at timestamp not null, by_whom varchar);
create table ops.params (cycle varchar not null, prior_cycle varchar not null, first_day date not null, last_day date not null, run_id varchar not null, run_started timestamp not null, mode varchar not null, calendar_final boolean not null, pricing_hash varchar not null,
  include_referral boolean not null, tolerance_per_charge decimal(18,8) not null, invoice_line_limit integer not null, vouchers_invoiceable varchar not null, partner_name varchar not null, currency varchar not null, summary_amount varchar not null);
