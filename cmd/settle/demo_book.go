package main

import (
	"fmt"
	"slices"
	"strings"

	"settle/extract/bsstest"
	"settle/transform/exact"
	"settle/transform/pricing"
)

// demoBook is a pricing workbook as finance would keep it: most customers for themselves, one group of three accounts,
// resellers, a plan for each way of pricing, a contract that changes its plan in the middle of the month, commitments, a credit and
// a monthly fee.
func demoBook(customers []bsstest.Customer) *pricing.Book {
	b := pricing.Template(demoCustomers(customers))
	demoParties(b)
	demoRules(b)
	if len(b.Contracts) == 0 {
		return b
	}
	tax := b.TaxItems[0].TaxCode
	own, others := b.Contracts[0], b.Contracts[len(b.Contracts)-1]
	for _, c := range b.Contracts {
		if partyOf(b, c.PartyID).Kind == pricing.KindCustomer {
			others = c
		}
	}
	first, last := demoDay("2026-01-01"), demoDay("2026-12-31")
	b.Commitments = append(b.Commitments,
		pricing.Commitment{ContractNumber: others.Number, ValidFrom: first, ValidTo: last, AmountPerMonth: demoMoney("60000"), RefundsReduce: true},
		pricing.Commitment{ContractNumber: own.Number, ValidFrom: first, ValidTo: last, AmountPerMonth: demoMoney("1000"), Services: "hws.service.type.ec2,hws.service.type.ebs"})
	b.Adjustments = append(b.Adjustments,
		pricing.Adjustment{ID: "ADJ-001", ContractNumber: own.Number, FromCycle: string(demoCycle), ToCycle: string(demoCycle), Amount: demoMoney("-128.5"), TaxCode: tax,
			Reason: "服务中断补偿 Service credit", ApprovedBy: "财务经理"},
		pricing.Adjustment{ID: "ADJ-002", ContractNumber: others.Number, FromCycle: "2026-09", ToCycle: "2026-12", Amount: demoMoney("300"), TaxCode: tax,
			Reason: "专属客户经理服务费（每月） Monthly account service fee", ApprovedBy: "财务经理"})
	return b
}

// demoCustomers are the customers that are settled, under each reseller to which they were attached.
func demoCustomers(customers []bsstest.Customer) (all []pricing.TemplateCustomer) {
	for i, c := range customers {
		if c.AssociationType == "1" || c.Orphan {
			continue
		}
		attached := []string{c.ResellerID}
		if c.Moved {
			attached = append(attached, c.FormerResellerID)
		}
		for _, r := range attached {
			all = append(all, pricing.TemplateCustomer{ID: c.ID, Name: c.Name, ResellerID: r, Reseller: r != "", ResellerName: fmt.Sprintf("示例二级经销商%d有限公司", i%3+1)})
		}
	}
	return all
}

// demoParties gives the parties what an invoice needs, makes the first three accounts of their own one group, spreads the price
// plans over the contracts, and cuts one contract in two at the fifteenth.
func demoParties(b *pricing.Book) {
	plans := []string{"standard", "list-5", "payable+8", "by-service", "metered", "volume"}
	group := -1
	for i := range b.Parties {
		p := &b.Parties[i]
		p.Email, p.InvoiceKind, p.BuyerTitle, p.TaxID = "finance@"+strings.ToLower(p.ShortCode)+".example", "special", p.Name, demoTaxID(i+1)
		switch i % 5 {
		case 1:
			p.Language = "en"
		case 2:
			p.Language = "zh"
		case 4:
			p.InvoiceKind = "ordinary"
		}
		switch i % 7 {
		case 3:
			p.InvoiceBy = "order"
		case 5:
			p.InvoiceBy = "account"
		}
		if p.Kind == pricing.KindCustomer && group < 0 {
			group = i
		}
	}
	merged := 0
	for i := range b.Contracts {
		c := &b.Contracts[i]
		c.PricePlan = plans[i%len(plans)]
		c.AmountsIncludeTax = c.PricePlan == "payable+8"
		if group >= 0 && merged < 3 && partyOf(b, c.PartyID).Kind == pricing.KindCustomer {
			c.PartyID, merged = b.Parties[group].ID, merged+1
		}
	}
	if group >= 0 && merged > 1 {
		p := &b.Parties[group]
		p.Kind, p.Name, p.BuyerTitle, p.Language, p.InvoiceBy = pricing.KindGroup, "示例集团有限公司", "示例集团有限公司", "both", "account"
	}
	b.Parties = keepParties(b)
	for i := range b.Contracts { // the last of a party's own
		c := b.Contracts[len(b.Contracts)-1-i]
		if partyOf(b, c.PartyID).Kind == pricing.KindCustomer && len(b.Contracts) > 6 {
			after := c
			b.Contracts[len(b.Contracts)-1-i].ValidTo = demoDay("2026-10-14")
			after.ValidFrom, after.PricePlan = demoDay("2026-10-15"), "list-5"
			b.Contracts = append(b.Contracts, after)
			break
		}
	}
}

// demoRules adds a plan for each way of pricing to the pass-through of the template.
func demoRules(b *pricing.Book) {
	const vm, obs, rds = "hws.service.type.ec2", "hws.service.type.obs", "hws.service.type.rds"
	for i, r := range []struct {
		plan, base, method, value, service, mode, product, unit, note string
		priority                                                      int64
	}{
		{plan: "list-5", base: "official", method: "discount", value: "0.05", note: "95 折官网价 / 5 % off list", priority: 100},
		{plan: "payable+8", base: "payable", method: "markup", value: "0.08", note: "应付加 8 % / payable plus 8 %", priority: 100},
		{plan: "by-service", base: "official", method: "factor", value: "0.96", service: vm, note: "云主机 96 折", priority: 10},
		{plan: "by-service", base: "official", method: "factor", value: "0.97", service: obs, note: "对象存储 97 折", priority: 10},
		{plan: "by-service", base: "payable", method: "markup", value: "0.1", note: "其他应付加 10 %", priority: 100},
		{plan: "metered", base: "official", method: "unit_price", value: "0.235", service: "hws.service.type.cdn", product: bsstest.ProductID("cdn.flow"), unit: "10", note: "CDN 流量 0.235 元/GB，扣除套餐内用量", priority: 10},
		{plan: "metered", base: "official", method: "tiers", service: obs, product: bsstest.ProductID("obs.request"), unit: "27", note: "对象存储请求按万次阶梯单价", priority: 10},
		{plan: "metered", base: "official", method: "discount", value: "0.04", note: "其他官网价 96 折", priority: 100},
		{plan: "volume", base: "official", method: "tiers", service: vm, mode: "3", note: "云主机按需：分段累进", priority: 10},
		{plan: "volume", base: "official", method: "tiers", service: rds, mode: "3", note: "数据库按需：全额按所达档", priority: 10},
		{plan: "volume", base: "payable", method: "markup", value: "0.05", note: "其他应付加 5 %", priority: 100},
		{plan: "metered", base: "official", method: "unit_price", value: "0.000192", service: obs, product: bsstest.ProductID("obs.storage"), unit: "34", note: "对象存储 0.000192 元/GB·小时，扣除资源包内用量", priority: 10},
	} {
		rule := pricing.Rule{ID: fmt.Sprintf("D%02d", i+1), PricePlan: r.plan, Priority: r.priority, ServiceTypeCode: r.service, ChargingMode: r.mode, ProductID: r.product,
			Base: r.base, Method: r.method, Unit: r.unit, Note: r.note}
		if r.value != "" {
			rule.Value = demoRate(r.value)
		}
		b.Rules = append(b.Rules, rule)
	}
	for _, t := range []struct{ rule, from, value, style, basis string }{
		{"D07", "0", "0.0105", "progressive", "quantity"}, {"D07", "500", "0.01", "progressive", "quantity"}, {"D07", "5000", "0.0095", "progressive", "quantity"},
		{"D09", "0", "0.98", "progressive", "amount"}, {"D09", "2000", "0.96", "progressive", "amount"}, {"D09", "10000", "0.94", "progressive", "amount"},
		{"D10", "0", "0.98", "reached", "amount"}, {"D10", "500", "0.95", "reached", "amount"},
	} {
		step := pricing.Tier{RuleID: t.rule, Value: demoRate(t.value), Style: t.style, Basis: t.basis}
		known(step.From.SetText([]byte(t.from)))
		b.Tiers = append(b.Tiers, step)
	}
}

// committed says whether a contract has a minimum.
func committed(b *pricing.Book, contract string) bool {
	return slices.ContainsFunc(b.Commitments, func(c pricing.Commitment) bool { return c.ContractNumber == contract })
}

func partyOf(b *pricing.Book, id string) pricing.Party {
	for _, p := range b.Parties {
		if p.ID == id {
			return p
		}
	}
	return pricing.Party{}
}

// keepParties drops the parties that no contract names.
func keepParties(b *pricing.Book) (kept []pricing.Party) {
	for _, p := range b.Parties {
		for _, c := range b.Contracts {
			if c.PartyID == p.ID {
				kept = append(kept, p)
				break
			}
		}
	}
	return kept
}

// known stops where a text of the tables above is none: an error of this file, never of the data.
func known(err error) {
	if err != nil {
		panic(err)
	}
}

func demoRate(text string) (r exact.Rate)   { known(r.SetText([]byte(text))); return r }
func demoMoney(text string) (m exact.Money) { known(m.SetText([]byte(text))); return m }
func demoDay(text string) (d exact.Date)    { known(d.SetText([]byte(text))); return d }
