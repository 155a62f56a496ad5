-- After story.sql and settle.sql: batch 1 issued all parties, batch 2 issued revision 1 of P-01, which has every kind of line.
insert into ops.revisions values
  ('2026-10', 'P-01', 1, 2, true, '5f2c9a7be01d44aa93c1'),
  ('2026-10', 'P-02', 0, 1, false, '5f2c9a7be01d44aa93c1'),
  ('2026-10', 'P-03', 0, 1, true, '5f2c9a7be01d44aa93c1');
insert into ops.documents (serial, cycle, party_id, revision, batch, kind, document_no, run_id, issued_at, issued_by, reason) values
  (1, '2026-10', 'P-01', 0, 1, 'statement', 'ST-YUNTU-202610-CNY-R0', 'run-20261105T060000Z', timestamp '2026-11-06 02:00:00', 'li', null),
  (2, '2026-10', 'P-02', 0, 1, 'statement', 'ST-HXJT-202610-CNY-R0', 'run-20261105T060000Z', timestamp '2026-11-06 02:00:00', 'li', null),
  (3, '2026-10', 'P-03', 0, 1, 'statement', 'ST-NORTHSTAR-202610-CNY-R0', 'run-20261105T060000Z', timestamp '2026-11-06 02:00:00', 'li', null),
  (4, '2026-10', 'P-01', 1, 2, 'statement', 'ST-YUNTU-202610-CNY-R1', 'run-20261112T060000Z', timestamp '2026-11-12 08:30:00', 'li', '云平台更正了十月数据'),
  (5, '2026-10', 'P-01', 1, 2, 'credit_note', 'CN-YUNTU-202610-CNY-R1', 'run-20261112T060000Z', timestamp '2026-11-12 08:30:00', 'li', '云平台更正了十月数据');
insert into settlement.lines by name
select * exclude (revision, voucher_amount), 1 as revision,
  case when service_type_code = 'hws.service.type.ec2' and party_id = 'P-01' then round(charge_amount / 4, 8) else 0 end as voucher_amount
from settlement.lines where cycle = '2026-10' and party_id in ('P-01', 'P-02');
update settlement.lines set charge_amount = charge_amount - 1.25
where cycle = '2026-10' and party_id = 'P-01' and revision = 1 and line_id = 'Lorder-1';
insert into settlement.lines (cycle, party_id, revision, line_id, kind, contract_no, customer_id, reseller_id, pricing_hash, tax_code,
  official_amount, discount_amount, truncated_amount, payable_amount, charge_amount, tax_rate, amounts_include_tax, note, origin_cycle, origin_line_id)
values
  ('2026-10', 'P-01', 1, 'commitment/HT-2026-001/1', 'commitment', 'HT-2026-001', 'a1f0c0de000000000000000000000001', '', '5f2c9a7be01d44aa93c1', 'cloud',
    0, 0, 0, 0, 1234.5, 0.06, false, '最低消费 20000.00，计入 18765.50，31 天。 Minimum 20000.00, reached 18765.50, 31 days', null, null),
  ('2026-10', 'P-01', 1, 'prior/2026-08/rec-1', 'prior_period', 'HT-2026-001', 'a1f0c0de000000000000000000000001', '', '5f2c9a7be01d44aa93c1', 'cloud',
    -10, -2, 0, -8, -9.2, 0.06, false, 'x', '2026-08', 'a1f0c0de000000000000000000000001//rec-1'),
  ('2026-10', 'P-01', 1, 'prior/2026-09/rec-2', 'prior_period', 'HT-2026-001', 'a1f0c0de000000000000000000000001', '', '5f2c9a7be01d44aa93c1', 'cloud',
    5, 1, 0, 4, 4.615, 0.06, false, 'x', '2026-09', 'a1f0c0de000000000000000000000001//rec-2'),
  ('2026-10', 'P-02', 1, 'commitment/HT-2026-002/1', 'commitment', 'HT-2026-002', 'b2f0c0de000000000000000000000001', '', '5f2c9a7be01d44aa93c1', 'cloud',
    0, 0, 0, 0, 88, 0.06, true, '最低消费 900.00，计入 812.00，31 天。 Minimum 900.00, reached 812.00, 31 days', null, null);
