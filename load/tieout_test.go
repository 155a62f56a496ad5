package load

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	sqlfiles "settle/sql"
)

// buildTieOut makes recon.charge_slices and recon.tie_out of what the source tables hold.
func buildTieOut(t testing.TB, tx Execer) {
	t.Helper()
	if _, err := Build(context.Background(), tx, "410", "426"); err != nil {
		t.Fatal(err)
	}
}

// chargeOf inserts a fee record of pay-per-use whose payment is told in its parts.
func chargeOf(t testing.TB, tx Execer, customer, payable, cash, debt, coupon string) {
	t.Helper()
	mustExec(t, tx, fmt.Sprintf(`insert into source.consumption_records (customer_id, association_type, service_type_code, resource_type_code, charging_mode,
  bill_detail_type, consume_from_date, payment_amount, cash_amount, debt_amount, coupon_amount) values (%s, '2', 'ec2', 'vm', '3', '5', date '2026-10-03', %s, %s, %s, %s)`,
		quote(customer), payable, cash, debt, coupon))
}

func billOf(t testing.TB, tx Execer, customer, amount string) {
	t.Helper()
	mustExec(t, tx, fmt.Sprintf(`insert into source.monthly_bills (customer_id, cloud_service_type, resource_type_code, charge_mode, bill_type, amount)
values (%s, 'ec2', 'vm', '3', '0', %s)`, quote(customer), amount))
}

// Each candidate formula of the monthly amount is tried for each account; those that it cannot tell apart tell nothing.
func TestTieOutTriesEveryFormula(t *testing.T) {
	tx := openTest(t)
	for customer, bill := range map[string]string{"C1": "10", "C2": "8", "C3": "7", "C4": "5", "C5": "5", "C6": "4.50"} {
		chargeOf(t, tx, customer, "10", "5", "2", "3")
		billOf(t, tx, customer, bill)
	}
	chargeOf(t, tx, "C7", "10.009", "10.009", "0", "0")
	billOf(t, tx, "C7", "10")
	chargeOf(t, tx, "C8", "10", "10", "0", "0")
	buildTieOut(t, tx)
	got, err := texts(context.Background(), tx, `select customer_id || ' ' || unexplained || case when is_telling then ' telling' else '' end
  || case when ties_payable then ' payable' else '' end || case when ties_payable_less_debt then ' -debt' else '' end
  || case when ties_payable_less_vouchers then ' -vouchers' else '' end || case when ties_payable_less_debt_and_vouchers then ' -both' else '' end
  || case when ties_cash_and_credit then ' cash' else '' end from recon.tie_out order by customer_id`)
	must(t, err)
	want := []string{
		"C1 0.00000000 telling payable", "C2 2.00000000 telling -debt", "C3 3.00000000 telling -vouchers", "C4 5.00000000 telling -both cash",
		"C5 5.00000000 telling -both cash", "C6 5.50000000 telling", "C7 0.00000000 payable -debt -vouchers -both cash", "C8 10.00000000",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	got, err = texts(context.Background(), tx, `select formula || ' ' || accounts || ' ' || ties || ' ' || telling_accounts || ' ' || telling_ties
  || ' ' || difference || case when is_chosen then ' chosen' else '' end from recon.formulas order by place`)
	must(t, err)
	want = []string{
		"payable 7 2 6 1 20.50000000 chosen", "payable_less_debt 7 2 6 1 12.50000000", "payable_less_vouchers 7 2 6 1 10.50000000",
		"payable_less_debt_and_vouchers 7 3 6 2 10.50000000", "cash_and_credit 7 3 6 2 10.50000000",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// The formula that the config names is the one that is compared, whichever it is.
func TestTieOutComparesByTheChosenFormula(t *testing.T) {
	for formula, bill := range map[string]string{
		"payable": "10", "payable_less_debt": "8", "payable_less_vouchers": "7", "payable_less_debt_and_vouchers": "5", "cash_and_credit": "5",
	} {
		tx := openTest(t)
		mustExec(t, tx, "update ops.params set summary_amount = "+quote(formula))
		chargeOf(t, tx, "C1", "10", "5", "2", "3")
		billOf(t, tx, "C1", bill)
		buildTieOut(t, tx)
		got, err := texts(context.Background(), tx, "select difference || ' ' || detail_amount || ' ' || payable_amount from recon.tie_out")
		must(t, err)
		if want := "0.00000000 " + bill + ".00000000 10.00000000"; len(got) != 1 || got[0] != want {
			t.Errorf("%s: got %v, want %s", formula, got, want)
		}
		_ = tx.Rollback()
	}
}

// One formula holds for all: an account that ties by another blocks where the chosen one ties for most of those that tell the formulas apart, and
// where the other one does; it warns only where none ties for most.
func TestNoAccountPicksItsFormula(t *testing.T) {
	for name, c := range map[string]struct {
		bills map[string]string // of accounts that pay 10: 5 in cash, 2 unpaid, 3 by coupons
		want  []string
	}{
		"the chosen one holds": {map[string]string{"C1": "10", "C2": "10", "C3": "8"}, []string{"06 B C3 2.00000000 unexplained", "07 W C3 2.00000000 unexplained"}},
		"none ties for most": {map[string]string{"C1": "10", "C2": "8", "C3": "8", "C4": "7"},
			[]string{"06 W C2 2.00000000 formula", "06 W C3 2.00000000 formula", "06 W C4 3.00000000 formula"}},
		"another one ties for most": {map[string]string{"C1": "10", "C2": "8", "C3": "8", "C4": "8", "C5": "7"}, []string{
			"06 B C2 2.00000000 formula", "06 B C3 2.00000000 formula", "06 B C4 2.00000000 formula", "06 B C5 3.00000000 unexplained", "07 W C5 3.00000000 unexplained"}},
		"one account alone":       {map[string]string{"C1": "8"}, []string{"06 B C1 2.00000000 formula"}},
		"the chosen one for half": {map[string]string{"C1": "10", "C2": "8"}, []string{"06 W C2 2.00000000 formula"}},
	} {
		t.Run(name, func(t *testing.T) {
			tx := openTest(t)
			ctx := context.Background()
			mustExec(t, tx, dataThere)
			for customer, bill := range c.bills {
				chargeOf(t, tx, customer, "10", "5", "2", "3")
				billOf(t, tx, customer, bill)
			}
			// Accounts of which all formulas say the same have no voice.
			for _, customer := range []string{"D1", "D2", "D3", "D4"} {
				chargeOf(t, tx, customer, "10", "10", "0", "0")
				billOf(t, tx, customer, "10")
			}
			buildTieOut(t, tx)
			must(t, Check(ctx, tx, sqlfiles.PhaseLines))
			got, err := texts(ctx, tx, "select check_id || ' ' || severity || ' ' || customer_id || ' ' || difference || ' ' || reason_code from recon.findings where check_id in ('06', '07') order by 1")
			must(t, err)
			if !slices.Equal(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

// The cut is that of the amount that a formula counts: what is beyond the cent of a debt is cut from none that leaves debt out.
func TestTheCutIsThatOfTheFormula(t *testing.T) {
	for formula, bill := range map[string]string{
		"payable": "20.00", "payable_less_debt": "18.00", "payable_less_vouchers": "16.99", "payable_less_debt_and_vouchers": "14.99", "cash_and_credit": "14.98",
	} {
		tx := openTest(t)
		mustExec(t, tx, "update ops.params set summary_amount = "+quote(formula))
		chargeOf(t, tx, "C1", "10.008", "4.9844", "2.0034", "3.0102") // less debt 8.0046, less coupons 6.9978, less both 4.9944
		chargeOf(t, tx, "C1", "10.003", "10", "0.003", "0")           // less debt 10
		billOf(t, tx, "C1", bill)
		buildTieOut(t, tx)
		got, err := texts(context.Background(), tx, `select 'unexplained ' || unexplained || case when ties_payable then ' payable' else '' end || case when ties_payable_less_debt then ' payable_less_debt' else '' end
  || case when ties_payable_less_vouchers then ' payable_less_vouchers' else '' end || case when ties_payable_less_debt_and_vouchers then ' payable_less_debt_and_vouchers' else '' end
  || case when ties_cash_and_credit then ' cash_and_credit' else '' end from recon.tie_out`)
		must(t, err)
		want := "unexplained 0.00000000 " + formula
		if len(got) != 1 || got[0] != want {
			t.Errorf("%s: got %v, want %s", formula, got, want)
		}
		partsAddUp(t, tx)
		_ = tx.Rollback()
	}
}

// Only the known cut is truncation: a cent more or less warns as long as it is less than a cent for each charge, and blocks beyond. A bill with decimals beyond the cent is not cut.
func TestOnlyTheKnownCutIsTruncation(t *testing.T) {
	for bill, want := range map[string]string{
		"3.30": "", "3.31": "W -0.01000000", "3.32": "W -0.02000000", "3.29": "B 0.01000000", "3.33": "B -0.03000000", "3.324": "W 0.00300000", "3.327": "",
	} {
		tx := openTest(t)
		ctx := context.Background()
		mustExec(t, tx, dataThere)
		for range 3 {
			chargeOf(t, tx, "C1", "1.109", "1.109", "0", "0")
		}
		billOf(t, tx, "C1", bill)
		buildTieOut(t, tx)
		must(t, Check(ctx, tx, sqlfiles.PhaseLines))
		got, err := texts(ctx, tx, "select severity || ' ' || difference from recon.findings where check_id = '06' and not explained")
		must(t, err)
		if strings.Join(got, ", ") != want {
			t.Errorf("bill %s: got %v, want %s", bill, got, want)
		}
		partsAddUp(t, tx)
		_ = tx.Rollback()
	}
}

// tieWorld is a random month whose bill is made from its records by what the vendor is known to do, and spoiled by known amounts.
type tieWorld struct {
	r    *rand.Rand
	tx   Execer
	t    *testing.T
	want map[string]*tieParts // by customer
	rows []string
}

// tieParts are what a month must be explained by.
type tieParts struct{ truncation, late, association, referral, reserved, unexplained decimal.Decimal }

func (p *tieParts) difference() decimal.Decimal {
	return p.truncation.Add(p.late).Add(p.association).Add(p.referral).Add(p.reserved).Add(p.unexplained)
}

func (p *tieParts) String() string {
	return fmt.Sprintf("truncation %s, late %s, association %s, referral %s, reserved %s, unexplained %s", p.truncation.StringFixed(8), p.late.StringFixed(8),
		p.association.StringFixed(8), p.referral.StringFixed(8), p.reserved.StringFixed(8), p.unexplained.StringFixed(8))
}

// slice adds the records of one slice and its row of the bill.
func (w *tieWorld) slice(customer, service, mode string, off decimal.Decimal) {
	p := w.want[customer]
	billed, rows := decimal.Zero, 0
	kind := pick(w.r, "5", "5", "5", "4")
	late, before := w.r.IntN(4) == 0 && off.IsZero(), customer == "attached"
	for range 1 + w.r.IntN(30) {
		amount := decimal.New(w.r.Int64N(900_000_000)+1_000_000, -8)
		if w.r.IntN(2) == 0 {
			amount = amount.Truncate(2)
		}
		if kind == "4" {
			amount = amount.Neg()
		}
		day, association := fmt.Sprintf("2026-10-%02d", 16+w.r.IntN(15)), "2"
		whole := amount.Truncate(2) // toward zero
		switch scope := w.r.IntN(12); {
		case mode == "10":
			p.reserved = p.reserved.Add(amount)
		case scope == 0:
			association, p.referral = "1", p.referral.Add(amount)
		case late && scope < 4 && !before:
			day, p.late = "2026-09-30", p.late.Add(amount)
		case before && scope < 5:
			day, p.association = "2026-10-02", p.association.Add(amount)
		default:
			billed, rows = billed.Add(whole), rows+1
			p.truncation = p.truncation.Add(amount.Sub(whole))
		}
		w.rows = append(w.rows, fmt.Sprintf("(%s, %s, %s, 'r', %s, %s, timestamp '%s 12:00:00', date '%[6]s', %s)", quote(customer), quote(association), quote(service), quote(mode), quote(kind), day, amount))
	}
	if rows == 0 && off.IsZero() {
		return
	}
	p.unexplained = p.unexplained.Sub(off)
	mustExec(w.t, w.tx, fmt.Sprintf(`insert into source.monthly_bills (customer_id, cloud_service_type, resource_type_code, charge_mode, bill_type, amount) values (%s, %s, 'r', %s, %s, %s)`,
		quote(customer), quote(service), quote(mode), quote(map[string]string{"4": "1", "5": "0"}[kind]), billed.Add(off)))
}

// TestTieOutFindsWhatWasMade: of random months, in which records have eight decimals and the bill two, every part comes out as it was made, to the
// last decimal, and what was put on top is the unexplained rest.
func TestTieOutFindsWhatWasMade(t *testing.T) {
	for seed := range uint64(12) {
		tx := openTest(t)
		w := &tieWorld{r: rand.New(rand.NewPCG(seed, 4)), tx: tx, t: t, want: map[string]*tieParts{}}
		for _, customer := range []string{"plain", "attached", "spoiled"} {
			w.want[customer] = &tieParts{}
			for i := range 4 {
				off := decimal.Zero
				if customer == "spoiled" && i < 2 {
					off = decimal.New(w.r.Int64N(2000)-1000, 0).Add(decimal.New(37, -2))
				}
				w.slice(customer, fmt.Sprintf("svc%d", i), []string{"3", "3", "1", "11"}[i], off)
			}
			w.slice(customer, "ri", "10", decimal.Zero)
		}
		mustExec(t, tx, `insert into source.consumption_records (customer_id, association_type, service_type_code, resource_type_code, charging_mode, bill_detail_type, consume_from, consume_from_date, payment_amount)
values `+strings.Join(w.rows, ", "))
		mustExec(t, tx, `insert into source.customers (cycle, customer_id, reseller_id, associated_on, associated_on_date) values ('2026-10', 'attached', '', timestamp '2026-10-10 00:00:00', date '2026-10-10')`)
		buildTieOut(t, tx)
		for customer, p := range w.want {
			got, err := texts(context.Background(), tx, `select 'truncation ' || truncation || ', late ' || late_cycle || ', association ' || association_change || ', referral ' || referral
  || ', reserved ' || mode_10 || ', unexplained ' || unexplained from recon.tie_out where customer_id = `+quote(customer))
			must(t, err)
			if len(got) != 1 || got[0] != p.String() {
				t.Errorf("seed %d: %s: got %v, want %s", seed, customer, got, p)
			}
			raw, err := texts(context.Background(), tx, "select cast(difference as varchar) from recon.tie_out where customer_id = "+quote(customer))
			must(t, err)
			if len(raw) != 1 || raw[0] != p.difference().StringFixed(8) {
				t.Errorf("seed %d: %s: raw difference %v, want %s", seed, customer, raw, p.difference())
			}
		}
		partsAddUp(t, tx)
		_ = tx.Rollback()
	}
}

// partsAddUp: of each slice the parts are its difference, of each account too, and what stands under other names adds up to nothing.
func partsAddUp(t *testing.T, tx Execer) {
	t.Helper()
	for _, query := range []string{
		`select customer_id || ' ' || service_type_code from recon.charge_slices
where difference <> truncation + late_cycle + association_change + referral + mode_10 + funding_change + named_otherwise + unexplained`,
		`select customer_id from recon.tie_out
where difference <> truncation + late_cycle + association_change + referral + mode_10 + funding_change + unexplained`,
		`select customer_id from recon.charge_slices group by customer_id, reseller_id having sum(named_otherwise) <> 0`,
	} {
		wrong, err := texts(context.Background(), tx, query)
		must(t, err)
		if len(wrong) > 0 {
			t.Errorf("parts do not add up: %v\n%s", wrong, query)
		}
	}
}

// A planted difference of a slice gives one finding of check 06 with exactly that amount, and one of check 07 that names the slice; what is explained
// stands beside it, part by part.
func TestSliceOffIsFoundOnce(t *testing.T) {
	tx := openTest(t)
	ctx := context.Background()
	mustExec(t, tx, dataThere)
	chargeOf(t, tx, "C1", "3.129", "3.129", "0", "0")
	chargeOf(t, tx, "C1", "1.50", "1.50", "0", "0")
	mustExec(t, tx, `insert into source.consumption_records (customer_id, association_type, service_type_code, resource_type_code, charging_mode, bill_detail_type, payment_amount)
values ('C1', '2', 'ri', 'vm', '10', '1', 7), ('C1', '1', 'ec2', 'vm', '3', '5', 9)`)
	billOf(t, tx, "C1", "4.25")
	buildTieOut(t, tx)
	must(t, Check(ctx, tx, sqlfiles.PhaseLines))
	got, err := texts(ctx, tx, `select check_id || ' ' || severity || ' ' || subject || ' ' || difference || case when explained then ' explained ' else ' ' end || reason_code
from recon.findings where check_id in ('06', '07') order by 1`)
	must(t, err)
	want := []string{
		"06 B customer C1 0.37000000 unexplained", "06 I customer C1: mode_10 7.00000000 explained mode_10", "06 I customer C1: referral 9.00000000 explained referral",
		"06 I customer C1: truncation 0.00900000 explained truncation", "07 W customer C1: ec2, vm, mode 3, bill type 0 0.37000000 unexplained",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	partsAddUp(t, tx)
}

// The largest and smallest amounts that a column holds, by every formula, are compared like any other.
func TestTieOutOfTheLargestAmounts(t *testing.T) {
	for _, formula := range []string{"payable", "payable_less_debt", "payable_less_vouchers", "payable_less_debt_and_vouchers", "cash_and_credit"} {
		tx := openTest(t)
		mustExec(t, tx, "update ops.params set summary_amount = "+quote(formula))
		const most = "9999999999.99999999"
		for range 3 {
			chargeOf(t, tx, "C1", "-"+most, "-"+most, most, most)
			chargeOf(t, tx, "C2", most, most, "-"+most, "-"+most)
			billOf(t, tx, "C1", most)
			billOf(t, tx, "C2", "-"+most)
		}
		buildTieOut(t, tx)
		partsAddUp(t, tx)
		got, err := texts(context.Background(), tx, "select customer_id || ' ' || difference_payable from recon.tie_out order by 1")
		must(t, err)
		if want := []string{"C1 -59999999999.99999994", "C2 59999999999.99999994"}; !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", formula, got, want)
		}
		_ = tx.Rollback()
	}
}
