package bsstest

import (
	"cmp"
	"slices"
	"sync"
)

// funds are the accounts that the partner and his resellers fill for their resale customers. They follow from the fee records: what
// a month's records take from an account is allocated on its first day, and balances roll from there. Amounts are in 1e-8 yuan.
type funds struct {
	mu    sync.Mutex
	moves map[string][]move // by holder: "" the partner, else a reseller; in the order of time

	// Planted differences.
	allocationOff map[purse]int64 // the newest allocation on the list of allocations
	balanceOff    map[purse]int64 // what the account shows from the world's cycle on
	chainOff      map[string]int64
	billOff       map[purse]int64 // the partner's bill
}

// purse is a customer's account under a holder.
type purse struct{ customer, holder string }

// The kinds of moves on a holder's account.
const (
	recharged = "SOURCE_OPERAIION_RECHARGE" // as the service spells it
	allocated = "SOURCE_OPERATION_BEADJUST"
	retrieved = "SOURCE_OPERATION_BERETRIEVE"
	unbound   = "SOURCE_OPERATION_BEUNBIND"
)

// move is one change of a holder's account; but for a recharge it is a customer's too.
type move struct {
	kind     string
	customer *customer
	at       int64
	amount   int64 // positive
	id       string
	after    int64 // the holder's balance
}

// income says whether the holder's balance grows.
func (m *move) income() bool { return m.kind != allocated }

// holderOpening is a holder's balance before the world's first cycle.
const holderOpening = 50_000 * one

// openingOf is a customer's balance before the world's first cycle.
func openingOf(c *customer) int64 { return (1000 + int64(hash(c.seed, 0x0b)%9000)) * one }

// movesOf are the moves of a holder's account over all cycles. Planted differences of records do not change them: they have happened.
func (w *World) movesOf(holder string) []move {
	w.funds.mu.Lock()
	defer w.funds.mu.Unlock()
	if w.funds.moves == nil {
		w.funds.moves = w.makeMoves()
	}
	return w.funds.moves[holder]
}

func (w *World) makeMoves() map[string][]move {
	all := map[string][]move{}
	left := map[purse]int64{}
	for _, m := range w.months {
		var list []*account
		for _, a := range w.accounts[m.name] {
			if a.customer.resale() && !a.customer.Orphan {
				list = append(list, a)
			}
		}
		spent := make([]int64, len(list))
		each(list, func(i int, a *account) {
			var r record
			for k := range a.records {
				a.planned(k, &r)
				spent[i] += r.cash + r.credit
			}
		})
		given := map[string]int64{}
		for i, a := range list {
			p, h := purse{a.customer.ID, a.reseller}, hash(a.seed, 0xacc)
			if _, known := left[p]; !known {
				left[p] = openingOf(a.customer)
			}
			add := func(kind string, at, amount int64) {
				all[a.reseller] = append(all[a.reseller], move{kind: kind, customer: a.customer, at: at, amount: amount, id: hex32(hash(h, hashText(kind)))})
			}
			amount := (max(spent[i], 0)/(100*one) + 1 + int64(h%5)) * 100 * one
			add(allocated, m.start+(1+int64(h>>8%20))*hour+int64(h>>16%3600), amount)
			given[a.reseller] += amount
			left[p] += amount - spent[i]
			if h>>24%5 == 0 {
				back := (1 + int64(h>>32%50)) * 10 * one
				add(retrieved, m.start+19*day+int64(h>>40%80_000), back)
				left[p] -= back
			}
			if a.customer.Moved && m.index == w.month.index && a.reseller == a.customer.FormerResellerID {
				add(unbound, m.start+moveHour*hour+2*hour, left[p])
				left[p] = 0
			}
		}
		for holder, amount := range given {
			all[holder] = append(all[holder], move{kind: recharged, at: m.start + hour/2, amount: amount, id: hex32(hash(w.seed, 0x3e0, uint64(m.index), hashText(holder)))})
		}
	}
	for _, moves := range all {
		slices.SortFunc(moves, func(a, b move) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.id, b.id)) })
		after := holderOpening
		for i := range moves {
			if moves[i].income() {
				after += moves[i].amount
			} else {
				after -= moves[i].amount
			}
			moves[i].after = after
		}
	}
	return all
}

// planned is the account's record number k without what was planted.
func (a *account) planned(k int, r *record) {
	if k < len(a.special) {
		*r = a.special[k]
	} else {
		a.usage(k-len(a.special), r)
	}
}

// balance is what a customer's account holds at an instant, and what it owes.
func (w *World) balance(c *customer, holder string, now int64) (amount, debt int64) {
	amount = openingOf(c)
	for _, m := range w.movesOf(holder) {
		switch {
		case m.customer != c || m.at > now:
		case m.kind == allocated:
			amount += m.amount
		default:
			amount -= m.amount
		}
	}
	for _, m := range w.months {
		for _, a := range w.accounts[m.name] {
			if a.customer != c || a.reseller != holder {
				continue
			}
			var r record
			for k := range a.records {
				a.record(k, &r)
				if r.trade > now {
					continue
				}
				amount -= r.cash + r.credit
				debt += r.debt
				if r.change != nil {
					amount += r.change.cash // a wrong funding is wrong in the record only
				}
			}
		}
	}
	if now >= w.month.start {
		amount += w.funds.balanceOff[purse{c.ID, holder}]
	}
	return amount, debt
}
