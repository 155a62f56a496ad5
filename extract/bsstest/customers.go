package bsstest

import (
	"fmt"
	"strings"
	"time"
)

// Customer is one end customer of the generated partner.
type Customer struct {
	ID          string // 32 hexadecimal digits
	Name        string // real-name name; may be hostile
	AccountName string
	// ResellerID is the tier-2 reseller to which the customer is attached now, empty for a direct one.
	ResellerID string
	// Moved is set for a customer that changed reseller in the middle of the world's cycle; FormerResellerID (maybe
	// empty: direct) had it until then, and in all earlier cycles.
	Moved            bool
	FormerResellerID string
	AssociationType  string // "1" referral, "2" resale
	Left             bool   // no longer listed by ListSubCustomers, still by ListConsumeSubCustomers
	NoAgency         bool   // IAM answers 403: no customer credentials
	Idle             bool   // consumes nothing
	Orphan           bool   // planted: nobody but ListConsumeSubCustomers knows it
	AssociatedOn     time.Time
}

// customer adds what the generator needs.
type customer struct {
	Customer
	seed      uint64
	discount  int64 // commercial discount in 1/10000 of the list price
	resources []*resource
	packages  []*pkg
	peaks     []*peak
}

func (c *customer) resale() bool { return c.AssociationType == "2" }

// settled says that customer-side data exists and can be had: resale, attached once, agency in place.
func (c *customer) settled() bool {
	return c.resale() && !c.Left && !c.NoAgency && !c.Moved && !c.Idle && !c.Orphan
}

type reseller struct {
	id, name, account string
	on                int64
}

var (
	cities     = strings.Fields("北京 上海 广州 深圳 杭州 成都 武汉 西安 南京 苏州 贵阳 重庆 天津 青岛 长沙 厦门 合肥 郑州 济南 宁波")
	brands     = strings.Fields("云帆 星海 智远 华晟 博联 天启 恒信 瑞景 卓越 明德 启航 数融 海纳 中科 蓝图 远望 金桥 鼎新 凌云 晨曦 万象 和光 思源 立方 极光 光年 磐石 清源 新锐 众诚")
	industries = strings.Fields("信息技术 网络科技 软件 电子商务 智能制造 供应链管理 医疗科技 教育科技 文化传媒 物流 数据服务 能源科技")
)

// companyName is unique for 7,200 indexes in a row, and no such name is a part of another one.
func companyName(seed uint64, i int) string {
	all := len(cities) * len(brands) * len(industries)
	n := (i*2609 + int(seed%uint64(all))) % all // 2609 shares no factor with 7,200
	text := cities[n%len(cities)] + brands[n/len(cities)%len(brands)] + industries[n/len(cities)/len(brands)]
	if round := i / all; round > 0 {
		text += fmt.Sprintf("(%d期)", round+1)
	}
	return text + "有限公司"
}

// hostileNames are texts that a spreadsheet, a file system or a terminal may take for more than text. %s keeps them apart.
var hostileNames = []string{
	"=cmd|'/C calc'!A0 %s",
	"../../../etc/passwd-%s",
	"\x00\x07\x1b[2J响铃\r\n换行\t%s",
	"+SUM(1,1)*%s",
	"@HYPERLINK(\"http://127.0.0.1/%s\")",
	"😀🐉\u202eevil\u202c👩\u200d💻%s",
	"-2+3 <b>&amp;\"'%s'; DROP TABLE customers; --",
	"LONG",
}

func hostileName(h uint64) string {
	text := hostileNames[h%uint64(len(hostileNames))]
	if text == "LONG" {
		return short(h) + strings.Repeat("长名字", 40_000/len("长名字"))
	}
	return fmt.Sprintf(text, short(h))
}

func (w *World) makeCustomers() {
	o := w.options
	for i := range o.Resellers {
		h := hash(w.seed, 0x7e5e, uint64(i))
		w.resellers = append(w.resellers, &reseller{
			id: hex32(h), name: companyName(h, i+5000), account: fmt.Sprintf("reseller_%04d", i+1), on: 1_577_836_800 + int64(h%30_000_000),
		})
	}
	for i := range o.Customers {
		h := hash(w.seed, 0xc057, uint64(i))
		c := &customer{seed: h, discount: []int64{0, 500, 1000, 1250, 1800}[h%5]}
		c.ID = hex32(h)
		c.Name = companyName(w.seed, i)
		c.AccountName = fmt.Sprintf("hwc_%s_%05d", short(h), i+1)
		c.AssociationType = "2"
		c.AssociatedOn = time.Unix(1_609_459_200+int64(h>>8%60_000_000), 0).UTC()
		if o.Resellers > 0 && i%2 == 1 {
			c.ResellerID = w.resellers[i/2%o.Resellers].id
		}
		switch {
		case o.Customers >= 4 && i == o.Customers-1, i%40 == 38:
			c.Left, c.ResellerID = true, ""
		case o.Customers >= 5 && i == o.Customers-2, i%40 == 37:
			c.NoAgency = true
		case o.Customers >= 6 && i == o.Customers-3, i%10 == 9:
			c.AssociationType = "1"
		case o.Resellers > 0 && i == min(2, o.Customers-1):
			c.Moved = true
			if o.Resellers > 1 {
				c.FormerResellerID = w.resellers[0].id
			}
			c.ResellerID = w.resellers[min(1, o.Resellers-1)].id
		case i >= 3 && i < 3+o.Idle:
			c.Idle = true
		}
		if o.Hostile && i%3 == 0 {
			c.Name = hostileName(hash(h, uint64(i))>>3<<3 + uint64(i/3%len(hostileNames)))
		}
		w.customers = append(w.customers, c)
	}
}

// account is a customer under one reseller in one cycle: what a window of call 4 answers.
type account struct {
	customer *customer
	reseller string
	month    month
	seed     uint64
	from, to int64 // the hours of the month in which the customer was attached: [from, to)
	records  int   // fee records in all
	special  []record
	width    int   // number of resources that are charged by the hour
	hours    int64 // that each record of their use covers
	stride   int   // position of row i: (i*stride + shift) mod records
	shift    int
	changed  map[int]*change // planted differences by row number
}

// moveHour is the hour of the month in which a moved customer changes reseller: the 16th, 00:00 UTC+8.
const moveHour = 15 * 24

func (w *World) makeAccounts(m month) []*account {
	var list []*account
	last := m.index == w.month.index
	for i, c := range w.customers {
		if c.Idle {
			continue
		}
		add := func(reseller string, from, to int64) {
			list = append(list, &account{
				customer: c, reseller: reseller, month: m, from: from, to: to,
				seed: hash(c.seed, uint64(m.index), hashText(reseller), uint64(i)),
			})
		}
		switch hours := m.days * 24; {
		case c.Moved && last:
			add(c.FormerResellerID, 0, moveHour)
			add(c.ResellerID, moveHour, hours)
		case c.Moved:
			add(c.FormerResellerID, 0, hours)
		default:
			add(c.ResellerID, 0, hours)
		}
	}
	return list
}

// share divides total records among the accounts: half of them evenly, half by a skewed weight, exactly.
func share(list []*account, total int) {
	if len(list) == 0 {
		return
	}
	weights, sum := make([]int, len(list)), 0
	for i, a := range list {
		x := int(hash(a.customer.seed, 0x3e1) % 100)
		weights[i] = 5 + x*x*x/2000
		sum += weights[i]
	}
	even, left := total/2/len(list), total
	for i, a := range list {
		a.records = even + (total-even*len(list))*weights[i]/sum
		left -= a.records
	}
	for i := 0; left > 0; i, left = i+1, left-1 {
		list[i%len(list)].records++
	}
}
