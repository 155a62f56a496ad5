package bsstest

// Kinds of plants in accounts.
const (
	AllocationOff  = "allocation_off"   // the list of allocations shows Amount more than went from the holder's account, in the world's cycle
	BalanceOff     = "balance_off"      // a customer's account shows Amount more than it should, from the world's cycle on
	AccountOff     = "account_off"      // a balance on the list of changes of the holder's account is off by Amount; of no customer
	PartnerBillOff = "partner_bill_off" // the partner's bill shows Amount more for a customer than the fee records; see World.PartnerBill
)

// plantsOfAccounts change accounts: allocations, balances, the partner's bill.
var plantsOfAccounts = map[string]planter{
	AllocationOff: func(w *World, a *account, p Plant, amount int64) {
		w.funds.allocationOff = more(w.funds.allocationOff, a.purse(), amount)
	},
	BalanceOff: func(w *World, a *account, p Plant, amount int64) {
		w.funds.balanceOff = more(w.funds.balanceOff, a.purse(), amount)
	},
	AccountOff: func(w *World, a *account, p Plant, amount int64) {
		w.funds.chainOff = more(w.funds.chainOff, a.reseller, amount)
	},
	PartnerBillOff: func(w *World, a *account, p Plant, amount int64) {
		w.funds.billOff = more(w.funds.billOff, a.purse(), amount)
	},
}

func (a *account) purse() purse { return purse{a.customer.ID, a.reseller} }

func more[K comparable](m map[K]int64, key K, amount int64) map[K]int64 {
	if m == nil {
		m = map[K]int64{}
	}
	m[key] += amount
	return m
}
