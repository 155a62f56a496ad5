-- A month (and five before it) of three parties: P-01 a customer with one account and hostile names, P-02 a group of three accounts
-- whose contract prices include tax, P-03 a reseller's customers, English. P-04 has no statement this month.
insert into settlement.parties
select m.cycle, p.* from (values
  ('P-01', 'YUNTU', '杭州云图信息技术有限公司', 'customer', 'both', 'special', '杭州云图信息技术有限公司', '91330106MA2ABCDE7K',
    '杭州市西湖区文三路 90 号 0571-87654321', '中国工商银行杭州分行 1202020209900123456', 'fapiao@yuntu.example'),
  ('P-02', 'HXJT', '华兴（集团）股份有限公司及其下属子公司', 'group', 'zh', 'special', '华兴（集团）股份有限公司', null,
    '上海市浦东新区世纪大道 100 号', '中国银行上海分行 442000000000001', '13800000000'),
  ('P-03', 'NORTHSTAR', 'Northstar Digital Trading (Shenzhen) Co., Ltd.', 'reseller', 'en', 'ordinary', '深圳北极星数字贸易有限公司',
    '91440300MA5FGHJK2L', null, null, 'ap@northstar.example'),
  ('P-04', 'GONE', '已离开有限公司', 'customer', 'both', 'none', null, null, null, null, null)
) as p (party_id, short_code, name, kind, language, invoice_kind, buyer_title, tax_id, address_phone, bank_account, email),
(select strftime(date '2026-05-01' + to_months(cast(i as integer)), '%Y-%m') as cycle from range(6) as t (i)) as m;
insert into settlement.contracts
select m.cycle, c.* from (values
  ('HT-2026-001', 'P-01', 'a1f0c0de000000000000000000000001', '', 'P1', date '2026-01-01', cast(null as date), false, 'cloud'),
  ('HT-2026-002', 'P-02', 'b2f0c0de000000000000000000000001', '', 'P2', date '2026-01-01', null, true, 'cloud'),
  ('HT-2026-002', 'P-02', 'b2f0c0de000000000000000000000002', '', 'P2', date '2026-01-01', null, true, 'cloud'),
  ('HT-2026-003', 'P-02', 'b2f0c0de000000000000000000000003', '', 'P2', date '2026-03-01', null, true, 'cloud'),
  ('HT-2026-004', 'P-03', 'c3f0c0de000000000000000000000001', 'r9', 'P3', date '2026-01-01', null, false, 'cloud'),
  ('HT-2026-004', 'P-03', 'c3f0c0de000000000000000000000002', 'r9', 'P3', date '2026-01-01', null, false, 'cloud')
) as c (contract_no, party_id, customer_id, reseller_id, price_plan, valid_from, valid_to, amounts_include_tax, tax_code),
(select strftime(date '2026-05-01' + to_months(cast(i as integer)), '%Y-%m') as cycle from range(6) as t (i)) as m;
insert into settlement.rules
select m.cycle, r.* from (values ('RP1', 'official', 'discount', 0.08), ('RP2', 'payable', 'markup', 0.055), ('RP3', 'official', 'factor', 0.9))
  as r (rule_id, base, method, value),
(select strftime(date '2026-05-01' + to_months(cast(i as integer)), '%Y-%m') as cycle from range(6) as t (i)) as m;
insert into source.customers
select m.cycle, c.* from (values
  ('a1f0c0de000000000000000000000001', '', 'yuntu_cloud', '杭州云图信息技术有限公司'),
  ('b2f0c0de000000000000000000000001', '', 'hx_group_main', '华兴（集团）股份有限公司'),
  ('b2f0c0de000000000000000000000002', '', 'hx_logistics', '华兴物流有限公司'),
  ('b2f0c0de000000000000000000000003', '', 'hx_retail', '华兴零售有限公司'),
  ('c3f0c0de000000000000000000000001', 'r9', 'ns_tenant_a', 'Acme Robotics Ltd.'),
  ('c3f0c0de000000000000000000000002', 'r9', 'ns_tenant_b', 'Beacon Analytics Ltd.')
) as c (customer_id, reseller_id, account_name, customer),
(select strftime(date '2026-05-01' + to_months(cast(i as integer)), '%Y-%m') as cycle from range(6) as t (i)) as m;
insert into source.measure_units values
  ('2026-10', 'r', 4, '小时', '小时', '2', '秒', 3600), ('2026-10', 'r', 10, 'GB', 'GB', '3', 'B', 1073741824),
  ('2026-10', 'r', 17, 'GB*小时', 'GB*小时', '14', 'B*秒', 3865470566400), ('2026-10', 'r', 51, 'Mbps', 'Mbps', '19', 'bps', 1000000);
insert into source.service_types values
  ('2026-10', 'hws.service.type.cdn', '内容分发网络'), ('2026-10', 'hws.service.type.obs', '对象存储服务');
insert into source.consumption_records
with services as (
  select * from (values
    (0, 'hws.service.type.ec2', '弹性云服务器', 'hws.resource.type.vm', '云主机', '通用计算增强型 | c7.2xlarge.2 | 8核16GB', 4, '小时', 3600, 1.83),
    (1, 'hws.service.type.ebs', '云硬盘', 'hws.resource.type.volume', '云硬盘', '超高IO | 500GB', 17, 'B*秒', 3865470566400, 0.00064),
    (2, 'hws.service.type.rds', '云数据库 RDS for MySQL', 'hws.resource.type.rds.vm', '数据库实例', '主备 | 8核32GB', 4, '秒', 3600, 4.12),
    (3, 'hws.service.type.obs', '对象存储服务', 'hws.resource.type.obs', '存储桶', '标准存储 多AZ', 10, 'B', 1073741824, 0.139),
    (4, 'hws.service.type.vpc', '虚拟私有云', 'hws.resource.type.bandwidth', '弹性公网IP带宽', '全动态BGP 100Mbps', 4, '秒', 3600, 0.63),
    (5, 'hws.service.type.cdn', '内容分发网络', 'hws.resource.type.cdn', '加速域名', '中国大陆 流量', 10, 'B', 1073741824, 0.2),
    (6, 'hws.service.type.dcs', '分布式缓存服务 Redis', 'hws.resource.type.dcs', '缓存实例', '主备 16GB', 4, '秒', 3600, 1.12),
    (7, 'hws.service.type.cce', '云容器引擎', 'hws.resource.type.cce', '集群', '200节点', 4, '秒', 3600, 2.6),
    (8, 'hws.service.type.elb', '弹性负载均衡', 'hws.resource.type.elb', '独享型实例', 'L7 大型I', 4, '秒', 3600, 0.91),
    (9, 'hws.service.type.sfs', '弹性文件服务', 'hws.resource.type.sfs', '文件系统', 'Turbo 1TB', 17, 'B*秒', 3865470566400, 0.0009),
    (10, 'hws.service.type.kms', '数据加密服务', 'hws.resource.type.kms', '密钥', '专属', 4, '秒', 3600, 0.3),
    (11, 'hws.service.type.waf', 'Web应用防火墙', 'hws.resource.type.waf', '防护域名', '企业版', 4, '秒', 3600, 0.88),
    (12, 'hws.service.type.dli', '数据湖探索', 'hws.resource.type.dli', '队列', '16CU', 4, '秒', 3600, 5.6)
  ) as s (n, code, name, rcode, rname, spec, measure, normal_unit, normal_factor, price)
),
accounts as (
  select *, row_number() over (order by customer_id) as place from settlement.contracts where cycle = '2026-10'
),
months as (
  select cast(i as integer) as back, date '2026-10-01' - to_months(cast(i as integer)) as month_start,
    strftime(date '2026-10-01' - to_months(cast(i as integer)), '%Y-%m') as cycle
  from range(6) as t (i)
),
hours as (
  select m.cycle, m.month_start, a.customer_id, a.reseller_id, a.place, s.*, m.back, k.i as item,
    120 + ((s.n * 37 + a.place * 11 + k.i * 53 + m.back * 29) % 600) as amount
  from months as m, accounts as a, services as s, (select i from range(5) as t (i)) as k
  where (s.n + a.place + m.back) % 7 <> 0 and (a.place = 1 or s.n < 7)
)
select cycle, customer_id, reseller_id, cycle || '-' || place || '-' || n || '-' || item, code, name, rcode, rname, '3',
  cast(month_start + to_days(cast(item * 6 + 1 as integer)) + to_hours(4) as timestamp),
  cast(month_start + to_days(cast(item * 6 + 1 as integer)) as date), 'T' || cycle || place || n || item, '5',
  'res-' || substr(md5(customer_id || n || item), 1, 8) || '-' || substr(md5(code || item), 1, 12),
  case item when 0 then '生产环境-' || name || '-01' when 1 then 'prod-' || split_part(code, '.', 4) || '-node-02' when 2 then '=HYPERLINK("http://evil.example","x")'
    when 3 then '测试' || chr(7) || '环境' || chr(8238) || '乱序' else '-2+3@SUM(A1)' end,
  spec, case when n % 2 = 0 then 'cn-north-4' else 'cn-east-3' end, case when n % 2 = 0 then '华北-北京四' else '华东-上海一' end,
  'prod-' || n, rname || '（' || spec || '）', '时长', amount, measure, case when n = 3 then 100 end,
  cast(round(amount * cast(price as decimal(18, 8)), 8) as decimal(18, 8)),
  cast(round(amount * cast(price as decimal(18, 8)) * 0.8, 2) as decimal(18, 8)),
  cast(month_start + to_days(cast(item * 6 as integer)) - to_hours(8) as timestamp),
  cast(month_start + to_days(cast(item * 6 as integer)) as date),
  cast(month_start + to_days(cast(item * 6 + 6 as integer)) - to_hours(8) as timestamp), amount * normal_factor, normal_unit,
  case place when 1 then 0.92 when 5 then 0.9 when 6 then 0.9 else 0.844 end
from hours;
insert into source.consumption_records
select '2026-10', 'a1f0c0de000000000000000000000001', '', 'order-' || i, 'hws.service.type.ec2', '弹性云服务器', 'hws.resource.type.vm',
  '云主机', '1', timestamp '2026-10-09 02:15:30' + to_days(cast(i as integer)), date '2026-10-09' + cast(i as integer),
  'CS26100910' || (150000000 + i), case i when 3 then '4' when 2 then '2' else '1' end, 'ecs-order-' || i,
  case i when 0 then repeat('很长的资源名称', 5200) else '包年主机-' || i end, '通用计算型 | s6.large.2 | 2核4GB', 'cn-north-4', '华北-北京四',
  'OFFI123', '云主机 s6.large.2 包年', null, null, null, null, case i when 3 then -1260.5 else 3288 + i * 100 end,
  case i when 3 then -1000 else 2500 end, timestamp '2026-10-09 02:15:30' + to_days(cast(i as integer)), date '2026-10-09' + cast(i as integer),
  timestamp '2027-10-09 15:59:59', null, null, 0.92
from range(4) as t (i);
insert into source.refund_orders values
  ('2026-10', 'a1f0c0de000000000000000000000001', '', 'CS26100910150000003', 'x', 'CS26081500100000077');
insert into settlement.lines (cycle, party_id, revision, line_id, kind, contract_no, customer_id, reseller_id, pricing_hash, tax_code,
  official_amount, discount_amount, truncated_amount, payable_amount, charge_amount, tax_rate, amounts_include_tax, note)
values ('2026-10', 'P-01', 0, 'adj-1', 'adjustment', 'HT-2026-001', 'a1f0c0de000000000000000000000001', '', '5f2c9a7be01d44aa93c1', 'cloud',
  0, 0, 0, 0, -500.005, 0.06, false, '九月服务中断补偿，双方邮件确认 2026-10-12');
insert into usage.peak95 values
  ('2026-10', 'a1f0c0de000000000000000000000001', '', 'hws.service.type.cdn', 'hws.resource.type.cdn', '95peak_1000', 'cdn-domain-img.yuntu.example',
    'monthly95_floor', 1000, 8928, 8914, 0, 445, 446, 1834.275, timestamp '2026-10-17 12:35:00', null, 1834.275, 1834.28, -0.005, 31, 1, 51, 31, 22, 'month', 'official', 40354.05),
  ('2026-10', 'b2f0c0de000000000000000000000002', '', 'hws.service.type.vpc', 'hws.resource.type.bandwidth', '95peak_plus', 'bw-7f1c',
    'enhanced95', 1000, 4608, 4608, 0, null, 5, 300, timestamp '2026-10-20 02:00:00', 120, 300, 300, 0, 16, 0.5161290323, 51, 16, 80, 'month', 'payable', 12387.0968);
insert into usage.peak95_curve
select '2026-10', 'a1f0c0de000000000000000000000001', '', 'hws.service.type.cdn', 'hws.resource.type.cdn', '95peak_1000', 'cdn-domain-img.yuntu.example',
  r, case when r = 446 then 1834.275 when r < 446 then 2834.275 - 2 * r else 2280 - r end
from (select unnest(range(1, 901)) as r) as t;
insert into usage.peak95_days
select '2026-10', 'a1f0c0de000000000000000000000001', '', 'hws.service.type.cdn', 'hws.resource.type.cdn', '95peak_1000', 'cdn-domain-img.yuntu.example',
  cast(date '2026-10-01' + cast(d as integer) as date), 1900 + 29 * ((d * 7) % 31), 1800.5, 1700
from (select unnest(range(31)) as d) as t;
insert into usage.peak95_days
select '2026-10', 'b2f0c0de000000000000000000000002', '', 'hws.service.type.vpc', 'hws.resource.type.bandwidth', '95peak_plus', 'bw-7f1c',
  cast(date '2026-10-16' + cast(d as integer) as date), 310 + d, 295.5 + d, 290
from (select unnest(range(16)) as d) as t;
insert into usage.package_ledger values
  ('2026-10', 'a1f0c0de000000000000000000000001', '', 'oi-1', 'CS2601', 'OBS 标准存储多AZ包年包 500GB', 'hws.service.type.obs', 'cn-north-4', 'fr-1',
    '标准存储容量', 17, 'GB*小时', timestamp '2026-01-15 00:00:00', timestamp '2027-01-15 15:59:59', 'month/order', date '2026-09-15', date '2026-10-14',
    180000.5, 0, 150000.25, 30000.25, 0, 0.8333, 106, true, '0', 12.5, 0.0025, null),
  ('2026-10', 'a1f0c0de000000000000000000000001', '', 'oi-1', 'CS2601', 'OBS 标准存储多AZ包年包 500GB', 'hws.service.type.obs', 'cn-north-4', 'fr-1',
    '标准存储容量', 17, 'GB*小时', timestamp '2026-01-15 00:00:00', timestamp '2027-01-15 15:59:59', 'month/order', date '2026-10-15', date '2026-11-14',
    0, 372000, 200000, 0, 172000, 0.5376, 106, true, '0', 0, 0, 'hardly_used,expiring');
