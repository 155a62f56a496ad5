-- The tables that checks fill.
create schema if not exists recon;
create table if not exists recon.checks (
  cycle varchar not null,
  check_id varchar not null,
  title varchar not null,
  severity varchar not null,
  status varchar not null,
  reason varchar,
  findings bigint not null,
  explained bigint not null,
  owner varchar not null default 'operations'
);
create table if not exists recon.findings (
  finding_id varchar not null,
  check_id varchar not null,
  severity varchar not null,
  cycle varchar not null,
  party_id varchar,
  customer_id varchar,
  subject varchar not null,
  expected varchar,
  actual varchar,
  difference decimal(18, 8),
  tolerance decimal(18, 8),
  explained boolean not null,
  reason varchar,
  detail varchar,
  resolution varchar,
  first_seen timestamp,
  run_id varchar not null,
  reseller_id varchar,
  reason_code varchar not null default 'unexplained',
  owner varchar not null default 'operations',
  action varchar not null default '',
  says varchar not null default ''
);
create table if not exists recon.closed_findings (
  finding_id varchar not null,
  check_id varchar not null,
  severity varchar not null,
  cycle varchar not null,
  party_id varchar,
  customer_id varchar,
  subject varchar not null,
  difference decimal(18, 8),
  first_seen timestamp not null,
  closed_at timestamp not null,
  closed_by_run varchar not null
);
