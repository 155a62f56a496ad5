package extract

import (
	"time"

	"settle/extract/bss"
)

// PartnerAdjustment is money that the partner, or a reseller of his, gave to a customer's account or took back from it
// (ListPartnerAdjustRecords). The sign of a taking back is not documented: its type says what it is.
type PartnerAdjustment struct {
	Lineage
	CustomerName  string  `json:"customer_name"`
	OperationType string  `json:"operation_type"` // SOURCE_OPERATION_BEADJUST given, _BERETRIEVE taken back, _BEUNBIND taken back on unbinding
	Amount        Money   `json:"amount"`
	Currency      string  `json:"currency"`
	ApplyScene    string  `json:"apply_scene"`
	OperationTime Instant `json:"operation_time"`
	MeasureID     Int     `json:"measure_id"`
	TransID       string  `json:"trans_id"`
	Memo          string  `json:"memo"`
}

// PartnerAdjustments are the allocations of a cycle (ListPartnerAdjustRecords), a window for the partner's own and one per reseller.
var PartnerAdjustments = Dataset[PartnerAdjustment]{
	Source: Source{
		Name:     "partner_adjustments",
		Optional: true,
		Call:     bss.Call{Name: "ListPartnerAdjustRecords", Method: "GET", Path: "/v3/accounts/partner-accounts/adjust-records", Rows: "records", Total: "total_count", Limit: 100},
		Requests: func(w Window) []bss.Params {
			return []bss.Params{{
				"operation_time_begin": utc(w.Cycle.First()), "operation_time_end": utc(w.Cycle.End().Add(-time.Second)),
				"indirect_partner_id": w.ResellerID,
			}}
		},
	},
	Table: "partner_adjustments",
	Finish: func(_ Window, r *PartnerAdjustment) error {
		if _, ok := r.OperationTime.UnixMicro(); !ok {
			return &FieldError{"operation_time", errMissing}
		}
		return needAmount("amount", r.Amount)
	},
}

// PartnerBalance is one account of the partner, or of a reseller, as it stands when asked (ListPartnerBalances). The vendor's
// own SDK reads these amounts as floats; here they are what the answer says.
type PartnerBalance struct {
	Lineage
	AccountID        string `json:"account_id"`
	AccountType      string `json:"account_type"` // 1 balance, 2 credit, 5 reward, 7 deposit, 8 allocatable
	Amount           Money  `json:"amount"`
	DesignatedAmount Money  `json:"designated_amount"` // of it earmarked
	CreditAmount     Money  `json:"credit_amount"`     // of a credit account only
	Currency         string `json:"currency"`
	MeasureID        Int    `json:"measure_id"`
	Memo             string `json:"memo"`
}

// PartnerBalances are the partner's accounts (ListPartnerBalances). The window's part is the run: snapshots do not replace each other.
var PartnerBalances = Dataset[PartnerBalance]{
	Source: Source{
		Name:     "partner_balances",
		Optional: true,
		PerRun:   true,
		Call:     bss.Call{Name: "ListPartnerBalances", Method: "GET", Path: "/v2/accounts/partner-accounts/balances", Rows: "account_balances"},
		Requests: func(w Window) []bss.Params { return []bss.Params{{"indirect_partner_id": w.ResellerID}} },
	},
	Table:  "partner_balances",
	Finish: func(_ Window, r *PartnerBalance) error { return needAmount("amount", r.Amount) },
}

// CustomerBalance is a resale customer's account as it stands when asked (ListCustomersBalancesDetail).
type CustomerBalance struct {
	Lineage
	DebtAmount Money  `json:"debt_amount"`
	Amount     Money  `json:"amount"` // available
	Currency   string `json:"currency"`
	MeasureID  Int    `json:"measure_id"`
}

// CustomerBalances are the accounts of resale customers (ListCustomersBalancesDetail), asked for in batches of 100 ids; the service drops
// other ids silently. The window's part is the run.
var CustomerBalances = Dataset[CustomerBalance]{
	Source: Source{
		Name:     "customer_balances",
		Optional: true,
		PerRun:   true,
		Call:     bss.Call{Name: "ListCustomersBalancesDetail", Method: "POST", Path: "/v2/accounts/customer-accounts/balances/batch-query", Rows: "customer_balances"},
		Requests: func(w Window) (all []bss.Params) {
			for _, ids := range batches(w.Items, 100) {
				customers := make([]map[string]string, len(ids))
				for i, id := range ids {
					customers[i] = map[string]string{"customer_id": id}
				}
				all = append(all, bss.Params{"customer_infos": customers, "indirect_partner_id": w.ResellerID})
			}
			return all
		},
	},
	Table: "customer_balances",
	Finish: func(_ Window, r *CustomerBalance) error {
		if err := needAmount("amount", r.Amount); err != nil {
			return err
		}
		return need("customer_id", r.CustomerID)
	},
}

// PartnerAccountChange is one change of the partner's, or a reseller's, account (ListPartnerAccountChangeRecords).
type PartnerAccountChange struct {
	Lineage                    // customer_id: whom an allocation went to or came back from, else empty
	BalanceType        string  `db:"balance_type"` // what was asked for: BALANCE_TYPE_DEBIT cash, BALANCE_TYPE_CREDIT credit
	AccountChangeID    string  `json:"account_change_id"`
	TradeDetailType    string  `json:"trade_detail_type"` // spelt as the service sends it
	TradeTime          Instant `json:"trade_time"`
	TradeID            string  `json:"trade_id"`
	ChangeAmount       Money   `json:"change_amount"`
	BalanceAfterChange Money   `json:"balance_after_change"`
	Type               string  `json:"type"` // 1 income, 2 expense
	AccountName        string  `json:"account_name"`
}

// BalanceTypes are what ListPartnerAccountChangeRecords must be asked for, one call each.
var BalanceTypes = []string{"BALANCE_TYPE_DEBIT", "BALANCE_TYPE_CREDIT"}

// PartnerAccountChanges are the changes of a cycle (ListPartnerAccountChangeRecords); the window's part is the balance type. The call
// takes days in UTC+8.
var PartnerAccountChanges = Dataset[PartnerAccountChange]{
	Source: Source{
		Name:     "partner_account_changes",
		Optional: true,
		Call:     bss.Call{Name: "ListPartnerAccountChangeRecords", Method: "GET", Path: "/v2/accounts/partner-accounts/account-change-records", Rows: "records", Total: "total_count", Limit: 100},
		Requests: func(w Window) []bss.Params {
			return []bss.Params{{
				"balance_type": w.Part, "trade_time_begin": w.Cycle.First().Format(time.DateOnly), "trade_time_end": w.Cycle.LastDay().Format(time.DateOnly),
				"indirect_partner_id": w.ResellerID,
			}}
		},
	},
	Table: "partner_account_changes",
	Finish: func(w Window, r *PartnerAccountChange) error {
		r.BalanceType = w.Part
		if err := needAmount("balance_after_change", r.BalanceAfterChange); err != nil {
			return err
		}
		return needAmount("change_amount", r.ChangeAmount)
	},
}

func utc(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

func needAmount(name string, m Money) error {
	if _, ok := m.Units(); !ok {
		return &FieldError{name, errMissing}
	}
	return nil
}
