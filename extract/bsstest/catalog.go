package bsstest

// name is a text in the two languages that X-Language selects.
type name struct{ zh, en string }

type service struct {
	index      int
	code, abbr string
	name       name
}

type resourceType struct {
	index   int
	service *service
	code    string
	name    name
}

// shape says how the hourly usage of an on-demand product comes about.
type shape int

const (
	byHour   shape = iota // the resource ran for the hour, or for a part of it
	bySize                // its size for the hour, in unit-hours
	byVolume              // as much as was transferred or called
)

// product is what an on-demand resource is charged as. Usage has digits decimals and the list price 8-digits, so that
// their product is an exact amount in 1e-8 yuan.
type product struct {
	kind      *resourceType
	id, code  string
	name      name
	usageType string
	measure   int
	digits    int
	price     int64
	shape     shape
	prefix    string // of resource names
	specs     []spec
}

// spec is a size of a product: its price (byHour) or its quantity (bySize, byVolume) is times the basic one.
type spec struct {
	text  string
	times int64
}

type region struct {
	code string
	name name
}

var regions = []region{
	{"cn-north-4", name{"华北-北京四", "CN North-Beijing4"}},
	{"cn-east-3", name{"华东-上海一", "CN East-Shanghai1"}},
	{"cn-south-1", name{"华南-广州", "CN South-Guangzhou"}},
	{"cn-southwest-2", name{"西南-贵阳一", "CN Southwest-Guiyang1"}},
}

var (
	services      []*service
	resourceTypes []*resourceType
)

func addService(code, abbr, zh, en string) *service {
	s := &service{len(services), "hws.service.type." + code, abbr, name{zh, en}}
	services = append(services, s)
	return s
}

func (s *service) add(code, zh, en string) *resourceType {
	t := &resourceType{len(resourceTypes), s, "hws.resource.type." + code, name{zh, en}}
	resourceTypes = append(resourceTypes, t)
	return t
}

var (
	svcECS     = addService("ec2", "ECS", "弹性云服务器", "Elastic Cloud Server")
	svcEVS     = addService("ebs", "EVS", "云硬盘", "Elastic Volume Service")
	svcOBS     = addService("obs", "OBS", "对象存储服务", "Object Storage Service")
	svcVPC     = addService("vpc", "VPC", "虚拟私有云", "Virtual Private Cloud")
	svcCDN     = addService("cdn", "CDN", "内容分发网络", "Content Delivery Network")
	svcRDS     = addService("rds", "RDS", "云数据库RDS", "Relational Database Service")
	svcELB     = addService("elb", "ELB", "弹性负载均衡", "Elastic Load Balance")
	svcNAT     = addService("natgateway", "NAT", "NAT网关", "NAT Gateway")
	svcCCE     = addService("cce", "CCE", "云容器引擎", "Cloud Container Engine")
	svcDCS     = addService("dcs", "DCS", "分布式缓存服务", "Distributed Cache Service")
	svcSupport = addService("supportplan", "SUP", "支持计划", "Support Plan")
	svcIEC     = addService("iec", "IEC", "智能边缘云", "Intelligent EdgeCloud")

	typeVM            = svcECS.add("vm", "云主机", "Cloud server")
	typeVolume        = svcEVS.add("volume", "云硬盘", "Disk")
	typeOBS           = svcOBS.add("obs", "对象存储", "Object storage")
	typeOBSPackage    = svcOBS.add("obspackage", "对象存储资源包", "OBS package")
	typeBandwidth     = svcVPC.add("bandwidth", "带宽", "Bandwidth")
	typeEIP           = svcVPC.add("ip", "弹性公网IP", "Elastic IP")
	typeCDN           = svcCDN.add("cdn", "CDN加速", "CDN")
	typeCDNPackage    = svcCDN.add("cdnpackage", "CDN流量包", "CDN traffic package")
	typeRDS           = svcRDS.add("rds.vm", "数据库实例", "DB instance")
	typeELB           = svcELB.add("elb", "负载均衡器", "Load balancer")
	typeNAT           = svcNAT.add("natgateway", "公网NAT网关", "Public NAT gateway")
	typeCCE           = svcCCE.add("cce.cluster", "CCE集群", "CCE cluster")
	typeDCS           = svcDCS.add("dcs3", "Redis实例", "Redis instance")
	typeSupport       = svcSupport.add("supportplan", "支持计划", "Support plan")
	typeEdgeBandwidth = svcIEC.add("edgebandwidth", "边缘带宽", "Edge bandwidth")
)

// products are the on-demand products of ordinary resources, in the order in which a customer comes to own them.
var products = []*product{
	{kind: typeVM, code: "ecs", name: name{"通用计算型云主机", "General computing ECS"}, usageType: "Duration", measure: unitHour, digits: 4, price: 2300, shape: byHour, prefix: "ecs",
		specs: []spec{{"s6.large.2|2核|4GB", 1}, {"c6.xlarge.2|4核|8GB", 3}, {"c7.2xlarge.4|8核|32GB", 8}, {"m7.4xlarge.8|16核|128GB", 23}}},
	{kind: typeVolume, code: "evs", name: name{"通用型SSD云硬盘", "General purpose SSD disk"}, usageType: "Duration", measure: unitGBHour, digits: 2, price: 1150, shape: bySize, prefix: "volume",
		specs: []spec{{"GPSSD|40GB", 4000}, {"GPSSD|100GB", 10000}, {"SSD|500GB", 50000}}},
	{kind: typeOBS, code: "obs.storage", name: name{"标准存储单AZ", "Standard storage single AZ"}, usageType: "Obs_Stnd_Cap", measure: unitGBHour, digits: 4, price: 2, shape: byVolume, prefix: "bucket",
		specs: []spec{{"STANDARD", 4_000_0000}, {"STANDARD", 900_0000}}},
	{kind: typeBandwidth, code: "vpc.bw", name: name{"动态BGP带宽", "Dynamic BGP bandwidth"}, usageType: "Duration", measure: unitHour, digits: 4, price: 630, shape: byHour, prefix: "bandwidth",
		specs: []spec{{"5_bgp|5Mbit/s", 5}, {"5_bgp|20Mbit/s", 20}, {"5_bgp|100Mbit/s", 100}}},
	{kind: typeCDN, code: "cdn.flow", name: name{"CDN下行流量", "CDN downstream traffic"}, usageType: "flow", measure: unitGB, digits: 4, price: 2400, shape: byVolume, prefix: "cdn",
		specs: []spec{{"流量计费", 18_0000}, {"流量计费", 240_0000}}},
	{kind: typeRDS, code: "rds", name: name{"MySQL主备实例", "MySQL primary/standby"}, usageType: "Duration", measure: unitHour, digits: 4, price: 8600, shape: byHour, prefix: "rds",
		specs: []spec{{"rds.mysql.c6.large.2.ha|2核|4GB", 1}, {"rds.mysql.c6.2xlarge.4.ha|8核|32GB", 5}}},
	{kind: typeOBS, code: "obs.request", name: name{"标准存储请求", "Standard storage requests"}, usageType: "Obs_Stnd_Put_Times", measure: unitTimes, digits: 0, price: 100, shape: byVolume, prefix: "bucket",
		specs: []spec{{"STANDARD", 90_000}, {"STANDARD", 2_500_000}}},
	{kind: typeELB, code: "elb", name: name{"独享型负载均衡", "Dedicated load balancer"}, usageType: "Duration", measure: unitHour, digits: 4, price: 3360, shape: byHour, prefix: "elb",
		specs: []spec{{"L4_flavor.elb.s1.small", 1}, {"L7_flavor.elb.s2.medium", 3}}},
	{kind: typeEIP, code: "vpc.eip", name: name{"弹性公网IP保有费", "Elastic IP retention"}, usageType: "Duration", measure: unitHour, digits: 4, price: 200, shape: byHour, prefix: "eip",
		specs: []spec{{"5_bgp", 1}}},
	{kind: typeNAT, code: "nat", name: name{"公网NAT网关", "Public NAT gateway"}, usageType: "Duration", measure: unitHour, digits: 4, price: 5000, shape: byHour, prefix: "nat",
		specs: []spec{{"小型", 1}, {"中型", 2}}},
	{kind: typeCCE, code: "cce", name: name{"CCE集群管理", "CCE cluster management"}, usageType: "CoreDuration", measure: unitCoreHour, digits: 2, price: 149_000, shape: bySize, prefix: "cce",
		specs: []spec{{"cce.s2.small|50节点", 400}, {"cce.s2.medium|200节点", 800}}},
	{kind: typeDCS, code: "dcs", name: name{"Redis主备实例", "Redis primary/standby"}, usageType: "Duration", measure: unitHour, digits: 4, price: 3120, shape: byHour, prefix: "dcs",
		specs: []spec{{"redis.ha.xu1.large.r2.2", 1}, {"redis.ha.xu1.large.r2.8", 4}}},
	{kind: typeBandwidth, code: "vpc.flow", name: name{"公网流出流量", "Public outbound traffic"}, usageType: "upflow", measure: unitMB, digits: 4, price: 8, shape: byVolume, prefix: "bandwidth",
		specs: []spec{{"5_bgp|按流量", 9_000_0000}}},
}

// Products outside the hourly business.
var (
	productStorage  = products[2]
	productCDNFlow  = products[4]
	productVPCFlow  = products[12]
	productOBSPack  = &product{kind: typeOBSPackage, code: "pkg.obs", name: name{"标准存储包", "Standard storage package"}, prefix: "pkg", specs: []spec{{"标准存储包|100GB|年", 1}}}
	productCDNPack  = &product{kind: typeCDNPackage, code: "pkg.cdn", name: name{"CDN流量包", "CDN traffic package"}, prefix: "pkg", specs: []spec{{"流量包|500GB|年", 1}}}
	productSupport  = &product{kind: typeSupport, code: "sup", name: name{"企业级支持计划", "Enterprise support plan"}, prefix: "support", specs: []spec{{"企业级", 1}}}
	productCDN95    = &product{kind: typeCDN, code: "cdn.95", name: name{"CDN月结95峰值带宽", "CDN monthly 95 bandwidth"}, prefix: "cdn95", specs: []spec{{"月结95", 1}}}
	productVPC95    = &product{kind: typeBandwidth, code: "vpc.95", name: name{"增强型95共享带宽", "Enhanced 95 shared bandwidth"}, prefix: "bw95", specs: []spec{{"增强型95|300Mbit/s", 1}}}
	productEdge95   = &product{kind: typeEdgeBandwidth, code: "iec.95", name: name{"边缘带宽增强型95", "Edge bandwidth enhanced 95"}, prefix: "edge95", specs: []spec{{"增强型95", 1}}}
	productSavings  = &product{kind: typeVM, code: "sp", name: name{"计算节省计划", "Compute savings plan"}, prefix: "sp", specs: []spec{{"全预付|1年", 1}}}
	productReserved = &product{kind: typeVM, code: "ri", name: name{"预留实例", "Reserved instance"}, prefix: "ri", specs: []spec{{"c6.xlarge.2.linux", 1}}}
)

func init() {
	outside := []*product{productOBSPack, productCDNPack, productSupport, productCDN95, productVPC95, productEdge95, productSavings, productReserved}
	for _, list := range [][]*product{products, outside} {
		for _, p := range list {
			p.id = "00301-" + itoa(100000+int64(hashText(p.code)%900000)) + "-0--0"
		}
	}
}

// usageType is a row of ListUsageTypes; it carries no unit, as the service's does not.
type usageType struct {
	code string
	name name
	kind *resourceType
}

// Codes of 95th-percentile usage. Two of them differ by letter case only.
const (
	code95Peak      = "95Peak"
	code95peak1000  = "95peak_1000"
	code95Peak1000  = "95Peak_1000"
	codeBandwidth95 = "bandwidth95peak"
	code95Plus      = "95peak_plus"
)

var usageTypes = makeUsageTypes()

func makeUsageTypes() []usageType {
	common := []usageType{
		{"Duration", name{"时长", "Duration"}, nil},
		{"upflow", name{"上行流量", "Upstream traffic"}, nil},
		{"downflow", name{"下行流量", "Downstream traffic"}, nil},
		{"flow", name{"流量", "Traffic"}, nil},
		{"Obs_Stnd_Cap", name{"标准存储容量", "Standard storage"}, nil},
		{"Obs_Stnd_Put_Times", name{"标准存储写请求", "Standard storage write requests"}, nil},
		{"CoreDuration", name{"核时", "Core hours"}, nil},
		{"times", name{"调用次数", "Calls"}, nil},
		{"iops", name{"IOPS", "IOPS"}, nil},
		{"throughput", name{"吞吐量", "Throughput"}, nil},
		{"snapshot", name{"快照容量", "Snapshot size"}, nil},
		{"backup", name{"备份容量", "Backup size"}, nil},
	}
	var all []usageType
	for _, t := range resourceTypes {
		for _, u := range common {
			all = append(all, usageType{u.code, u.name, t})
		}
	}
	peak := func(t *resourceType, codes ...string) {
		for _, c := range codes {
			all = append(all, usageType{c, name{"95计费带宽", "95th percentile bandwidth"}, t})
		}
	}
	peak(typeCDN, code95Peak, code95peak1000, code95Peak1000)
	peak(typeBandwidth, codeBandwidth95, code95Plus)
	peak(typeEdgeBandwidth, code95Plus)
	return all
}

// ProductID is the id of an on-demand product of the catalog by its code ("cdn.flow", "obs.request"); empty where there is none.
func ProductID(code string) string {
	for _, p := range products {
		if p.code == code {
			return p.id
		}
	}
	return ""
}
