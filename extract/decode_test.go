package extract

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/bss/v2/model"

	"settle/extract/archive"
)

// readAll reads a page of fee records of customer c1 and returns what was fit and unfit.
func readAll(t testing.TB, body string) (fit []ConsumptionRecord, unfit []Unfit, r *Reader[ConsumptionRecord], err error) {
	t.Helper()
	r = NewReader(ConsumptionRecords)
	m := archive.Manifest{Dataset: "consumption_records", Cycle: "2026-10", CustomerID: "c1", ResellerID: "p9", RunID: "run", WindowID: 7}
	err = r.Page(m, []byte(body), 1, func() error {
		fit = append(fit, *r.Record)
		return nil
	}, func(u Unfit) error {
		unfit = append(unfit, u)
		return nil
	})
	return fit, unfit, r, err
}

const usageRecord = `{"bill_cycle":"2026-10","customer_id":"c1","charging_mode":3,"id":"a","trade_id":"t","bill_detail_type":5,"resource_name":"结\u7b97\ud83d\ude00",
"consume_time":"2026-09-30T16:00:00Z|2026-10-31T16:00:00Z","usage_amount":1.2E+3,"usage_measure_id":"10","official_amount":"1.50000001","official_discount_amount":null,"payment_amount":1.5}`

func TestFeeRecord(t *testing.T) {
	fit, unfit, _, err := readAll(t, `{"total_count":1,"currency":"CNY","fee_records":[`+usageRecord+`]}`)
	if err != nil || len(unfit) != 0 || len(fit) != 1 {
		t.Fatalf("got %d fit, %v, %v", len(fit), unfit, err)
	}
	r := fit[0]
	for what, pair := range map[string][2]string{
		"lineage":       {r.Cycle + r.CustomerID + r.ResellerID + r.RunID, "2026-10c1p9run"},
		"charging mode": {r.ChargingMode, "3"}, "name": {r.ResourceName, "结算😀"},
		"from": {r.ConsumeFrom.BusinessDate().String(), "2026-10-01"}, "to": {r.ConsumeTo.LastBusinessDate().String(), "2026-10-31"},
		"usage": {r.UsageAmount.String(), "1200"}, "truncated": {r.TruncatedAmount.String(), "0.00000001"}, "key": {r.RecordKey, "a"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: got %q, want %q", what, pair[0], pair[1])
		}
	}
	if n, ok := r.UsageMeasureID.Int64(); !ok || n != 10 {
		t.Errorf("a quoted unit id: got %d, %v", n, ok)
	}
	if r.RowNo != 1 || r.WindowID != 7 {
		t.Errorf("got row %d of window %d", r.RowNo, r.WindowID)
	}
}

func TestNothingIsKeptFromTheRowBefore(t *testing.T) {
	fit, _, _, err := readAll(t, `{"fee_records":[`+usageRecord+`,{"customer_id":"c1","payment_amount":0}]}`)
	if err != nil || len(fit) != 2 {
		t.Fatalf("got %d, %v", len(fit), err)
	}
	if got := fit[1]; got.ID != "" || got.OfficialAmount.String() != "" || got.UsageAmount.Valid() || !strings.HasPrefix(got.RecordKey, "~|") {
		t.Errorf("the second record holds values of the first: %+v", got)
	}
}

func TestUnfitRecords(t *testing.T) {
	for _, c := range []struct{ name, record, field, reason string }{
		{"too many places", `{"customer_id":"c1","payment_amount":0.123456789}`, "payment_amount", "more decimal places"},
		{"too large", `{"customer_id":"c1","payment_amount":1,"official_amount":1e10}`, "official_amount", "too large"},
		{"an object for an amount", `{"customer_id":"c1","payment_amount":{"v":[1,2]}}`, "payment_amount", "is a JSON {"},
		{"no amount", `{"customer_id":"c1"}`, "payment_amount", "is missing"},
		{"a null amount", `{"customer_id":"c1","payment_amount":null}`, "payment_amount", "is missing"},
		{"a truth for an amount", `{"customer_id":"c1","payment_amount":true}`, "payment_amount", "is true"},
		{"unit id too large", `{"customer_id":"c1","payment_amount":1,"usage_measure_id":99999999999}`, "usage_measure_id", "too large"},
		{"another customer's", `{"customer_id":"c2","payment_amount":1}`, "customer_id", `names customer "c2"`},
		{"no time", `{"customer_id":"c1","payment_amount":1,"consume_time":"yesterday"}`, "consume_time", "not a UTC time"},
		{"no record", `[1]`, "record", "is a JSON ["},
	} {
		fit, unfit, _, err := readAll(t, `{"fee_records":[ `+c.record+` ,`+usageRecord+`],"total_count":2}`)
		if err != nil || len(fit) != 1 || len(unfit) != 1 {
			t.Errorf("%s: %d fit, %d unfit, %v", c.name, len(fit), len(unfit), err)
			continue
		}
		u := unfit[0]
		if u.Field != c.field || !strings.Contains(u.Reason, c.reason) || u.Raw != c.record || u.RowNo != 1 || fit[0].RowNo != 2 {
			t.Errorf("%s: got %+v", c.name, u)
		}
	}
}

func TestUnknownFieldsAreNamed(t *testing.T) {
	_, unfit, r, err := readAll(t, `{"fee_records":[{"customer_id":"c1","payment_amount":1,"carbon":{"kg":[1]}},{"customer_id":"c1","payment_amount":1,"carbon":2}]}`)
	if err != nil || len(unfit) != 0 {
		t.Fatal(unfit, err)
	}
	all := r.Novelties(archive.Manifest{Cycle: "2026-10"})
	if len(all) != 1 || all[0].Field != "carbon" || all[0].Example != `{"kg":[1]}` || all[0].Rows != 2 {
		t.Errorf("got %+v", all)
	}
	if again := r.Novelties(archive.Manifest{}); len(again) != 0 {
		t.Errorf("named twice: %+v", again)
	}
}

func TestNestedLists(t *testing.T) {
	r := NewReader(MonthlyBills)
	var got []MonthlyBillAccount
	err := r.Page(archive.Manifest{Cycle: "2026-10"}, []byte(`{"bill_sums":[{"customer_id":"c1","cloud_service_type":"s","amount":-3500.00,"account_details":[
		{"balance_type":"BALANCE_TYPE_DEBIT","amount":-3500,"bill_type":1},{"balance_type":"BALANCE_TYPE_CREDIT","amount":0}]},{"customer_id":"c2","amount":1,"account_details":null}]}`),
		1, func() error {
			r.Record.Accounts(func(a MonthlyBillAccount) { got = append(got, a) })
			return nil
		}, func(u Unfit) error { t.Errorf("unfit: %+v", u); return nil })
	if err != nil || len(got) != 2 {
		t.Fatalf("got %d, %v", len(got), err)
	}
	if a := got[0]; a.CustomerID != "c1" || a.Amount.String() != "-3500" || a.AccountBillType != "1" || a.CloudServiceType != "s" || a.RowNo != 1 {
		t.Errorf("got %+v", a)
	}
}

// The names in our tags must be the API's: the SDK's models are the only list of them that a program can read.
func TestTagsAreTheAPIs(t *testing.T) {
	for _, pair := range []struct{ ours, theirs any }{
		{ConsumptionRecord{}, model.SubCustomerMonthlyBillDetail{}}, {MonthlyBill{}, model.BillSumInfoV2{}}, {MonthlyBillDetail{}, model.BalanceTypeDeductSumV2{}},
		{Customer{}, model.CustomerInformation{}}, {AccountManager{}, model.AccountManager{}}, {IndirectPartner{}, model.IndirectPartnerInfo{}},
		{ResourcePackage{}, model.FreeResourcePackageV3{}}, {FreeResource{}, model.FreeResourceV3{}}, {ResourcePackageQuota{}, model.FreeResourceDetail{}}, {ResourcePackageDeduction{}, model.FreeResourceRecord{}},
		{Peak95Summary{}, model.StatUsageSummaryInfo{}}, {Peak95Point{}, model.StatUsageInfo{}},
		{MeasureUnit{}, model.MeasureUnitRest{}}, {UnitConversion{}, model.Conversion{}}, {UsageType{}, model.UsageType{}}, {ServiceType{}, model.ServiceTypes{}}, {ResourceType{}, model.ResourceTypes{}},
		{RefundOrder{}, model.OrderRefundInfoV2{}},
	} {
		known := map[string]bool{"customer_id": true} // stands on every customer's row, whether the call sends it or not
		tags(reflect.TypeOf(pair.theirs), known)
		mine := map[string]bool{}
		tags(reflect.TypeOf(pair.ours), mine)
		for tag := range mine {
			if !known[tag] {
				t.Errorf("%T reads %q, which %T does not have", pair.ours, tag, pair.theirs)
			}
			delete(known, tag)
		}
		delete(known, "customer_id")
		for tag := range known {
			t.Errorf("%T does not read %q of %T", pair.ours, tag, pair.theirs)
		}
	}
}

func tags(t reflect.Type, into map[string]bool) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			tags(f.Type, into)
			continue
		}
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
			into[name] = true
		}
	}
}

func FuzzPage(f *testing.F) {
	f.Add(`{"total_count":1,"fee_records":[` + usageRecord + `]}`)
	f.Add(`{"fee_records":[{"payment_amount":"1","customer_id":"c1"},null,[],{"a":{"b":[1,{"c":null}]}}]}`)
	f.Add(`{"fee_records":[{"\u0063ustomer_id":"c1","payment_amount":0E-8}]`)
	f.Add("{\"fee_records\":[{\"customer_id\":\"c1\xff\",\"payment_amount\":1}]}")
	f.Fuzz(func(t *testing.T, body string) {
		fit, unfit, _, err := readAll(t, body)
		if err != nil {
			return
		}
		for _, r := range fit {
			if _, ok := r.PaymentAmount.Units(); !ok || r.CustomerID != "c1" {
				t.Fatalf("an unfit record was kept: %+v", r)
			}
		}
		for _, u := range unfit {
			if !strings.Contains(storable(body), strings.TrimSuffix(u.Raw, "…")) || u.Raw == "" {
				t.Fatalf("quarantine does not hold the text received: %q", u.Raw)
			}
		}
	})
}

// feePage is a page of n fee records with every field set.
func feePage(n int) []byte {
	var b strings.Builder
	b.WriteString(`{"total_count":1000,"currency":"CNY","fee_records":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"bill_cycle":"2026-10","customer_id":"c1","association_type":"2","service_type_code":"hws.service.type.ec2","resource_type_code":"hws.resource.type.vm","service_type_name":"弹性云服务器","resource_type_name":"云主机","charging_mode":3,"trade_time":"2026-10-17T06:43:38Z","trade_id":"CS26101%09d","id":"%032d","bill_detail_type":5,"resource_id":"6a1f1c2e-0000-4000-8000-%012d","resource_name":"ecs-prod-%d","resource_tag":null,"product_spec_desc":"通用计算增强型|c7.xlarge.2|4vCPUs|8GB|linux","region_code":"cn-north-4","region_name":"华北-北京四","product_id":"00301-%d","product_name":"弹性云服务器_c7.xlarge.2","consume_time":"2026-10-17T05:00:00Z|2026-10-17T06:00:00Z","usage_type":"duration","usage_amount":3600,"usage_measure_id":4,"free_resource_usage":0E-8,"free_resource_measure_id":4,"ri_usage":null,"ri_usage_measure_id":0,"official_amount":1.23456789,"official_discount_amount":0.12345678,"payment_amount":1.11,"cash_amount":1.11,"credit_amount":0,"coupon_amount":0,"flexipurchase_coupon_amount":0,"stored_value_card_amount":0,"debt_amount":0,"writeoff_amount":0,"period_type":25,"period_num":null,"account_manager_id":null,"partner_id":null,"sub_service_type_code":null,"sub_service_type_name":null,"sub_resource_type_code":null,"sub_resource_type_name":null,"sub_resource_id":null,"sub_resource_name":null}`, i, i, i, i%50, i%300)
	}
	b.WriteString("]}")
	return []byte(b.String())
}

func BenchmarkDecode(b *testing.B) {
	page := feePage(1000)
	b.SetBytes(int64(len(page)))
	r := NewReader(ConsumptionRecords)
	m := archive.Manifest{Cycle: "2026-10", CustomerID: "c1"}
	for b.Loop() {
		n := 0
		if err := r.Page(m, page, 1, func() error { n++; return nil }, func(u Unfit) error { return &FieldError{u.Field, errMissing} }); err != nil || n != 1000 {
			b.Fatal(n, err)
		}
	}
	b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "records/s")
}
