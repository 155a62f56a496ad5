-- The tables of schema ops, made once with the warehouse. A change here makes the next run rebuild the warehouse from the packages.
create table ops.schema_version (fingerprint varchar not null, whole boolean not null);
create table ops.runs (run_id varchar not null, cycle varchar not null, mode varchar, offline boolean, started timestamp, finished timestamp, outcome varchar, version varchar);
create table ops.windows (window_id bigint not null, "window" varchar not null, dataset varchar not null, cycle varchar not null, customer_id varchar not null, reseller_id varchar not null, part varchar not null, run_id varchar not null,
  announced bigint not null, rows bigint not null, pages bigint not null, quarantined bigint not null, content varchar not null, body varchar not null, skipped varchar not null, finished timestamp);
create table ops.window_tables (window_id bigint not null, table_name varchar not null, rows bigint not null);
create table ops.window_pages (window_id bigint not null, page_no integer not null, first_row bigint not null, rows bigint not null, request varchar not null, request_id varchar not null, tries integer not null, fetched_at timestamp not null, sha256 varchar not null);
create table ops.expected_windows (cycle varchar not null, "window" varchar not null, dataset varchar not null, customer_id varchar not null, reseller_id varchar not null, part varchar not null, error varchar);
create table ops.pricing_versions (pricing_hash varchar not null, file_name varchar, first_run varchar, first_used timestamp);
create table ops.drafts (cycle varchar not null, state_key varchar not null, run_id varchar not null, made_at timestamp not null);
create table ops.first_seen (finding_id varchar not null, first_seen timestamp not null);
create table ops.resolutions (finding_id varchar not null, resolution varchar not null, at timestamp not null, by_whom varchar, says varchar);
create table ops.params (cycle varchar not null, prior_cycle varchar not null, first_day date not null, last_day date not null, run_id varchar not null, run_started timestamp not null, mode varchar not null, calendar_final boolean not null, pricing_hash varchar not null,
  include_referral boolean not null, tolerance_per_charge decimal(18,8) not null, invoice_line_limit integer not null, vouchers_invoiceable varchar not null, partner_name varchar not null, currency varchar not null, summary_amount varchar not null, source_amount_tax varchar not null, month_on_month_percent integer not null, month_on_month_amount decimal(18,8) not null);
-- What the journal says was issued. A party's month has revisions 0, 1, 2 …; those up to issued_revision are frozen copies that no run changes, working_revision
-- is the next one, which runs compute. closed: it is issued and not reopened, so what runs compute is only compared with it.
create table ops.revisions (cycle varchar not null, party_id varchar not null, issued_revision integer not null, working_revision integer not null, closed boolean not null, pricing_hash varchar not null);
create table ops.documents (serial bigint not null, cycle varchar not null, party_id varchar, revision integer, batch integer not null, kind varchar not null, document_no varchar not null, pricing_hash varchar, run_id varchar not null,
  issued_at timestamp not null, issued_by varchar not null, reason varchar, path varchar, sha256 varchar, amount_excl_tax decimal(18,2), tax_amount decimal(18,2), amount_incl_tax decimal(18,2));
create table ops.issued_requests (request_no varchar not null, cycle varchar not null, party_id varchar not null, revision integer not null, tax_rate decimal(18,10) not null, split_key varchar not null, batch integer not null);
create table ops.transitions (seq bigint not null, cycle varchar not null, party_id varchar not null, revision integer not null, state varchar not null, at timestamp not null, by_whom varchar not null, reason varchar, run_id varchar not null);
-- The batches whose frozen rows this warehouse has, and how far each month's tables are: they follow the journal.
create table ops.restored (cycle varchar not null, batch integer not null);
create table ops.settled (cycle varchar not null, pricing_hash varchar not null, run_id varchar not null, mode varchar not null, transitions integer not null, batches integer not null);
-- The config's rules for resources that are billed by bandwidth points, the first that matches (NULL: any) decides what it says: the algorithm, how 5 % are
-- rounded (floor, ceil), what becomes of missing points (skip, zero), and the price of a unit per month or day on an amount of the bill (official, payable).
create table ops.bandwidth_rules (rule_no integer not null, service_type_code varchar, resource_type_code varchar, usage_type varchar, resource_id varchar,
  algorithm varchar, rank varchar, missing varchar, price decimal(18,8), per varchar, basis varchar);
-- The journal's head when the tables were committed last: a journal without it is older than they are.
create table ops.journal_head (seq bigint not null, sha256 varchar not null);
