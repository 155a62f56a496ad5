package bsstest

import "testing"

// Each plant leaves the number of records, and all records but those that it is about.
func TestPlantsOfAmounts(t *testing.T) {
	for kind, want := range map[string]int{
		TwiceCharged: 2, ListOff: 1, TruncationOff: 1, SignOff: 1, ListPriceOff: 1, UsageJump: 1, RefundTooLarge: 1, GapDay: 0,
	} {
		t.Run(kind, func(t *testing.T) {
			o := Options{Seed: 5, Cycle: "2026-10", Customers: 5, Records: 1000}
			clean, planted := NewWorld(o), NewWorld(o)
			planted.Plant(Plant{Kind: kind, Amount: "250.00"})
			changed := 0
			var was, is record
			var twins []record
			for i, a := range planted.accounts["2026-10"] {
				for k := range a.records {
					clean.accounts["2026-10"][i].record(k, &was)
					a.record(k, &is)
					if is.change == nil {
						continue
					}
					changed++
					if was.id != is.id {
						t.Errorf("record %d has another id", k)
					}
					switch kind {
					case TwiceCharged:
						twins = append(twins, is)
					case ListOff, TruncationOff:
						off := is.official - is.discount - is.payment
						if want := map[string]int64{ListOff: -250 * one, TruncationOff: 250 * one}[kind]; off != want || is.payment != was.payment || is.official != was.official {
							t.Errorf("truncated %d, want %d", off, want)
						}
					case SignOff:
						if is.payment != -was.payment || is.cash != is.payment {
							t.Errorf("payable %d was %d", is.payment, was.payment)
						}
					case ListPriceOff:
						if is.official-was.official != 250*one || is.payment != was.payment || is.usage != was.usage {
							t.Errorf("list price %d was %d", is.official, was.official)
						}
					case UsageJump:
						if is.payment-was.payment < 250*one || is.official*was.usage != was.official*is.usage || is.cash != is.payment {
							t.Errorf("payable %d was %d", is.payment, was.payment)
						}
					case RefundTooLarge:
						if is.payment-was.payment != -250*one || is.official-is.discount != is.payment {
							t.Errorf("payable %d was %d", is.payment, was.payment)
						}
					case GapDay:
						if is.from-was.from != day || is.payment != was.payment {
							t.Errorf("from %d was %d", is.from, was.from)
						}
					}
				}
			}
			if kind == TwiceCharged && (len(twins) != 2 || twins[0].id == twins[1].id || twins[0].tradeHash != twins[1].tradeHash || twins[0].from != twins[1].from || twins[0].payment != twins[1].payment) {
				t.Errorf("no twins: %+v", twins)
			}
			if want > 0 && changed != want || changed == 0 {
				t.Errorf("%d records changed, want %d", changed, want)
			}
		})
	}
}
