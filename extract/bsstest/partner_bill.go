package bsstest

import (
	"bytes"
	"encoding/csv"
	"strconv"
)

// ownUse is what the partner consumes himself in a month, on the partner's bill only.
const ownUse = 88 * one

// OwnAccount is the id of the partner's own account, under which it consumes itself.
func (w *World) OwnAccount() string { return hex32(hash(w.seed, 0x0b11)) }

// PartnerBill is the vendor's bill to the partner for a cycle, as its portal exports it: a CSV in UTF-8 with the sums of all resale
// customers, without reserved instances, the partner's own use under its own account, and a total. Amounts are in yuan without tax.
func (w *World) PartnerBill(cycle string) []byte {
	w.mu.RLock()
	defer w.mu.RUnlock()
	var b bytes.Buffer
	b.WriteString("\ufeff")
	out := csv.NewWriter(&b)
	total := int64(0)
	write := func(cells ...string) { _ = out.Write(cells) } // into memory
	write("客户ID", "客户名称", "账期", "账单类型", "计费模式", "产品类型编码", "资源类型编码", "应付金额", "币种")
	off := map[purse]bool{}
	for _, row := range w.ledger(cycle).bills {
		amount, p := row.payment, purse{row.key.customer, row.key.reseller}
		if !off[p] && cycle == w.month.name {
			amount += w.funds.billOff[p]
			off[p] = true
		}
		total += amount
		c, kind := w.customer(row.key.customer), resourceTypes[row.key.kind]
		write(c.ID, c.Name, cycle, []string{"消费", "退订", "核销"}[row.key.billType], strconv.Itoa(row.key.mode), kind.service.code, kind.code, string(appendDecimal(nil, amount, 8)), "CNY")
	}
	write(w.OwnAccount(), "", cycle, "消费", "3", services[0].code, "", string(appendDecimal(nil, ownUse, 8)), "CNY")
	write("合计", "", "", "", "", "", "", string(appendDecimal(nil, total+ownUse, 8)), "CNY")
	out.Flush()
	return b.Bytes()
}
