package bsstest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/signer"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/request"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/bss/v2/model"
)

func small(t testing.TB, o ServerOptions) *Server {
	t.Helper()
	return serve(t, NewWorld(Options{Seed: 7, Cycle: "2026-10", Customers: 8, Records: 400, Resellers: 2}), o)
}

func code(t testing.TB, body []byte) string {
	t.Helper()
	c, _ := decode(t, body)["error_code"].(string)
	return c
}

func TestSignature(t *testing.T) {
	now := time.Date(2026, 11, 5, 6, 0, 0, 0, time.UTC)
	s := small(t, ServerOptions{Now: func() time.Time { return now }})
	good := partner(s)
	units := "/v2/bases/measurements"
	for name, c := range map[string]struct {
		keys   keys
		at     time.Time
		status int
		code   string
		change func(r *http.Request)
	}{
		"accepted":          {keys: good, at: now, status: 200},
		"just in time":      {keys: good, at: now.Add(-15 * time.Minute), status: 200},
		"clock behind":      {keys: good, at: now.Add(-15*time.Minute - time.Second), status: 401, code: "APIGW.0303"},
		"clock ahead":       {keys: good, at: now.Add(15*time.Minute + time.Second), status: 401, code: "APIGW.0303"},
		"unknown key":       {keys: keys{"NOBODY", good.sk, ""}, at: now, status: 401, code: "APIGW.0301"},
		"wrong secret":      {keys: keys{good.ak, "wrong", ""}, at: now, status: 401, code: "APIGW.0301"},
		"unsolicited token": {keys: keys{good.ak, good.sk, "x"}, at: now, status: 401, code: "CBC.0154"},
		"query changed":     {keys: good, at: now, status: 401, code: "APIGW.0301", change: func(r *http.Request) { r.URL.RawQuery = "a=b" }},
		"date changed": {keys: good, at: now, status: 401, code: "APIGW.0301", change: func(r *http.Request) {
			r.Header.Set("X-Sdk-Date", now.Add(time.Second).Format("20060102T150405Z"))
		}},
		"no authorization": {keys: good, at: now, status: 401, code: "APIGW.0301", change: func(r *http.Request) { r.Header.Del("Authorization") }},
		"date not signed": {keys: good, at: now, status: 401, code: "APIGW.0301", change: func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "x-sdk-date", "accept", 1))
		}},
	} {
		r := c.keys.request(t, s, units, nil, "", c.at)
		if c.change != nil {
			c.change(r)
		}
		status, body := send(t, r)
		if status != c.status || code(t, body) != c.code {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	r := good.request(t, s, "/v2/partners/sub-customers/query", nil, `{"limit":1}`, now)
	r.Body = io.NopCloser(strings.NewReader(`{"limit":2}`))
	if status, _ := send(t, r); status != 401 {
		t.Errorf("a changed body: %d", status)
	}
	if status, body := send(t, good.request(t, s, "/v2/no/such", nil, "", now)); status != 404 || code(t, body) != "APIGW.0101" {
		t.Errorf("unknown path: %d %s", status, body)
	}
}

// TestSDKSigner lets the vendor's own signer speak to the server.
func TestSDKSigner(t *testing.T) {
	s := small(t, ServerOptions{})
	post := `{"bill_cycle":"2026-10","limit":3}`
	for _, c := range []struct {
		method, path, body string
		query              map[string]string
	}{
		{"GET", "/v2/products/service-types", "", map[string]string{"service_type_name": "云 a+b", "limit": "5"}},
		{"POST", "/v2/bills/subcustomer-bills/res-fee-records/sub-customers/query", post, nil},
	} {
		b := request.NewHttpRequestBuilder().WithEndpoint(s.URL()).WithPath(c.path).WithMethod(c.method).
			AddHeaderParam("X-Sdk-Date", time.Now().UTC().Format("20060102T150405Z"))
		values := url.Values{}
		for k, v := range c.query {
			b.AddQueryParam(k, reflect.ValueOf(v))
			values.Set(k, v)
		}
		if c.body != "" {
			b.WithBody("", c.body)
		}
		headers, err := signer.Sign(b.Build(), s.AK(), s.SK())
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequest(c.method, s.URL()+c.path+"?"+values.Encode(), strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range headers {
			r.Header.Set(k, v)
		}
		if status, body := send(t, r); status != 200 {
			t.Errorf("%s %s: %d %s", c.method, c.path, status, body)
		}
	}
}

func TestCustomerKeys(t *testing.T) {
	now := time.Date(2026, 11, 5, 6, 0, 0, 0, time.UTC)
	clock := now
	s := small(t, ServerOptions{Now: func() time.Time { return clock }})
	var own, none string
	for _, c := range s.World().Customers() {
		if c.NoAgency {
			none = c.ID
		} else if own == "" {
			own = c.ID
		}
	}
	if _, status := customerKeys(t, s, none, 900); status != 403 {
		t.Errorf("customer without agency: %d", status)
	}
	if _, status := customerKeys(t, s, strings.Repeat("0", 32), 900); status != 404 {
		t.Errorf("unknown customer: %d", status)
	}
	if _, status := customerKeys(t, s, own, 899); status != 400 {
		t.Errorf("duration too short: %d", status)
	}
	k, _ := customerKeys(t, s, own, 900)
	if status, body := k.call(t, s, "ListFreeResourceInfos", nil); status != 200 {
		t.Errorf("customer call: %d %s", status, body)
	}
	if status, body := partner(s).call(t, s, "ListFreeResourceInfos", nil); status != 403 || code(t, body) != "CBC.0151" {
		t.Errorf("customer call by partner: %d %s", status, body)
	}
	if status, body := k.call(t, s, "ListConsumeSubCustomers", map[string]any{"bill_cycle": "2026-10"}); status != 403 || code(t, body) != "CBC.0151" {
		t.Errorf("partner call by customer: %d %s", status, body)
	}
	if status, body := (keys{k.ak, k.sk, ""}).call(t, s, "ListFreeResourceInfos", nil); status != 401 || code(t, body) != "CBC.0154" {
		t.Errorf("without token: %d %s", status, body)
	}
	clock = now.Add(900 * time.Second)
	if status, body := k.call(t, s, "ListFreeResourceInfos", nil); status != 401 || code(t, body) != "CBC.0154" {
		t.Errorf("expired: %d %s", status, body)
	}
}

func TestParameters(t *testing.T) {
	s := small(t, ServerOptions{})
	p := partner(s)
	id := s.World().Customers()[0].ID
	for _, c := range []struct {
		call   string
		params map[string]any
		status int
		code   string
		rows   int // of list, where status is 200
		list   string
	}{
		{"ListSubCustomerBillDetail", map[string]any{"bill_cycle": "2026-10", "customer_id": id}, 200, "", 10, "fee_records"}, // default limit
		{"ListSubCustomerBillDetail", map[string]any{"bill_cycle": "2026-10", "customer_id": id, "limit": 1001}, 400, "CBC.0100", 0, ""},
		{"ListSubCustomerBillDetail", map[string]any{"bill_cycle": "2026-10", "customer_id": id, "offset": -1}, 400, "CBC.0100", 0, ""},
		{"ListSubCustomerBillDetail", map[string]any{"bill_cycle": "2026-10", "customer_id": id, "resource_id": ""}, 400, "CBC.0100", 0, ""},
		{"ListSubCustomerBillDetail", map[string]any{"bill_cycle": "2026-10", "customer_id": id, "offset": 100_000}, 200, "", 0, "fee_records"},
		{"ListSubCustomerBillDetail", map[string]any{"bill_cycle": "2020-01", "customer_id": id}, 200, "", 0, "fee_records"},
		{"ListSubCustomerBillDetail", map[string]any{"bill_cycle": "2026-13", "customer_id": id}, 400, "CBC.0100", 0, ""},
		{"ListSubCustomerBillDetail", map[string]any{"bill_cycle": "2026-10"}, 400, "CBC.0100", 0, ""},
		{"ListSubCustomerBillDetail", map[string]any{"bill_cycle": "2026-10", "customer_id": "nobody"}, 400, "CBC.99000035", 0, ""},
		{"ListSubCustomerBillDetail", map[string]any{"bill_cycle": "2026-10", "customer_id": id, "indirect_partner_id": "nobody"}, 400, "CBC.99000037", 0, ""},
		{"ListSubCustomers", map[string]any{"limit": 101}, 400, "CBC.0100", 0, ""},
		{"ListSubCustomers", map[string]any{"limit": "10"}, 400, "CBC.0100", 0, ""},
		{"ListSubCustomers", map[string]any{"associated_on_begin": ""}, 400, "CBC.0100", 0, ""},
		{"ListSubCustomers", map[string]any{"offset": 40_000_001}, 400, "CBC.0100", 0, ""},
		{"ListConsumeSubCustomers", nil, 400, "CBC.0100", 0, ""},
		{"ListSubcustomerMonthlyBills", map[string]any{"cycle": "2026-10"}, 400, "CBC.0100", 0, ""},
		{"ListSubcustomerMonthlyBills", map[string]any{"cycle": "2026-10", "charge_mode": 10}, 400, "CBC.0100", 0, ""},
		{"ListSubcustomerMonthlyBills", map[string]any{"cycle": "2026-10", "charge_mode": 3, "limit": 101}, 400, "CBC.0100", 0, ""},
		{"ListUsageTypes", map[string]any{"limit": 100, "offset": 100}, 200, "", len(usageTypes) - 100, "usage_types"},
		{"ListUsageTypes", map[string]any{"limit": 101}, 400, "CBC.0100", 0, ""},
		{"ListUsageTypes", map[string]any{"resource_type_code": ""}, 200, "", 0, "usage_types"},
		{"ListConversions", map[string]any{"measure_type": 2}, 200, "", 3, "conversions"},
		{"ListServiceResources", nil, 400, "CBC.0100", 0, ""},
		{"ListServiceResources", map[string]any{"service_type_code": "hws.service.type.vpc"}, 200, "", 2, "infos"},
		{"ShowRefundOrderDetails", map[string]any{"order_id": "CS0"}, 200, "", 0, "refund_infos"},
		{"ListIndirectPartners", nil, 200, "", 2, "indirect_partners"},
	} {
		status, body := p.call(t, s, c.call, c.params)
		if status != c.status || code(t, body) != c.code {
			t.Errorf("%s %v: %d %s", c.call, c.params, status, body)
		} else if c.list != "" && len(rowsOf(t, decode(t, body), c.list)) != min(c.rows, 100) {
			t.Errorf("%s %v: %d rows, want %d", c.call, c.params, len(rowsOf(t, decode(t, body), c.list)), c.rows)
		}
	}
	direct := serve(t, NewWorld(Options{Seed: 7, Cycle: "2026-10", Customers: 2, Records: 20}), ServerOptions{})
	if status, body := partner(direct).call(t, direct, "ListIndirectPartners", nil); status != 403 || code(t, body) != "CBC.0151" {
		t.Errorf("resellers of a partner without: %d %s", status, body)
	}
}

func TestFilters(t *testing.T) {
	s := small(t, ServerOptions{})
	p := partner(s)
	base := map[string]any{"bill_cycle": "2026-10", "customer_id": s.World().Customers()[0].ID}
	all := p.walk(t, s, "ListSubCustomerBillDetail", "fee_records", "total_count", 1000, base)
	for param, column := range map[string]string{
		"service_type_code": "", "region_code": "", "charging_mode": "", "bill_detail_type": "", "resource_id": "", "resource_name": "", "trade_id": "", "association_type": "",
	} {
		if column == "" {
			column = param
		}
		want, value := 0, text(all[0][column])
		for _, r := range all {
			if text(r[column]) == value {
				want++
			}
		}
		params := map[string]any{param: strings.Trim(value, `"`)}
		for k, v := range base {
			params[k] = v
		}
		if got := p.walk(t, s, "ListSubCustomerBillDetail", "fee_records", "total_count", 7, params); len(got) != want {
			t.Errorf("%s=%s: %d records, want %d", param, value, len(got), want)
		}
	}
	sum := 0
	for _, dates := range [][2]string{{"2026-10-01", "2026-10-15"}, {"2026-10-16", "2026-10-31"}} {
		params := map[string]any{"bill_date_begin": dates[0], "bill_date_end": dates[1]}
		for k, v := range base {
			params[k] = v
		}
		sum += len(p.walk(t, s, "ListSubCustomerBillDetail", "fee_records", "total_count", 1000, params))
	}
	within := 0
	for _, r := range all {
		if r["consume_time"].(string) >= "2026-09-30T16:00:00Z" {
			within++
		}
	}
	if sum != within {
		t.Errorf("%d records in two halves of the month, want %d", sum, within)
	}
}

// TestResellers asserts what a distributor sees of a customer that changed reseller.
func TestResellers(t *testing.T) {
	s := small(t, ServerOptions{})
	w, p := s.World(), partner(s)
	var moved Customer
	for _, c := range w.Customers() {
		if c.Moved {
			moved = c
		}
	}
	boundary := time.Date(2026, 10, 16, 0, 0, 0, 0, beijing).UTC().Format("2006-01-02T15:04:05Z")
	for reseller, early := range map[string]bool{moved.FormerResellerID: true, moved.ResellerID: false} {
		rows := p.walk(t, s, "ListSubCustomerBillDetail", "fee_records", "total_count", 1000,
			map[string]any{"bill_cycle": "2026-10", "customer_id": moved.ID, "indirect_partner_id": reseller})
		if len(rows) == 0 {
			t.Errorf("no records under %s", reseller)
		}
		for _, r := range rows {
			if from := r["consume_time"].(string)[:20]; from < boundary != early {
				t.Errorf("under %s: consumed at %s", reseller, from)
			}
		}
		found := false
		for _, mode := range []int{1, 3} {
			for _, b := range p.walk(t, s, "ListSubcustomerMonthlyBills", "bill_sums", "count", 100, map[string]any{"cycle": "2026-10", "charge_mode": mode, "indirect_partner_id": reseller}) {
				found = found || b["customer_id"] == moved.ID
			}
		}
		if !found {
			t.Errorf("no monthly sums under %s", reseller)
		}
		listed := 0
		for _, r := range p.walk(t, s, "ListSubCustomers", "customer_infos", "count", 100, map[string]any{"indirect_partner_id": reseller}) {
			if r["customer_id"] == moved.ID {
				listed++
			}
		}
		if want := map[bool]int{true: 0, false: 1}[early]; listed != want {
			t.Errorf("listed %d times under %s, want %d", listed, reseller, want)
		}
	}
	if rows := p.walk(t, s, "ListSubCustomerBillDetail", "fee_records", "total_count", 1000, map[string]any{"bill_cycle": "2026-10", "customer_id": moved.ID}); len(rows) != 0 {
		t.Errorf("%d records without a reseller, want none", len(rows))
	}
	left := w.Customers()[7]
	if !left.Left {
		t.Fatal("the last customer has not left")
	}
	for _, r := range p.walk(t, s, "ListSubCustomers", "customer_infos", "count", 100, nil) {
		if r["customer_id"] == left.ID {
			t.Error("a customer that left is listed")
		}
		if r["is_frozen"] != "0" {
			t.Errorf("is_frozen is %T", r["is_frozen"])
		}
	}
}

// TestSDKModels decodes every answer into the vendor's own structs, as the SDK does.
func TestSDKModels(t *testing.T) {
	s := small(t, ServerOptions{})
	w, p := s.World(), partner(s)
	var owner *peak
	for _, x := range w.peaks {
		if x.enhanced {
			owner = x
		}
	}
	c, _ := customerKeys(t, s, owner.customer.ID, 900)
	codes := map[string]any{
		"bill_cycle": "2026-10", "service_type_code": owner.resource.product.kind.service.code, "resource_type_code": owner.resource.product.kind.code,
		"usage_type": owner.usageType, "resource_id": owner.resource.id,
	}
	item := owner.customer.packages[0].items[0].id
	var refunded *refund
	for _, f := range w.refunds {
		if f.reseller == "" {
			refunded = f
		}
	}
	for _, x := range []struct {
		keys   keys
		call   string
		params map[string]any
		into   any
	}{
		{p, "ListConsumeSubCustomers", map[string]any{"bill_cycle": "2026-10"}, &model.ListConsumeSubCustomersResponse{}},
		{p, "ListIndirectPartners", nil, &model.ListIndirectPartnersResponse{}},
		{p, "ListSubCustomerBillDetail", map[string]any{"bill_cycle": "2026-10", "customer_id": w.Customers()[0].ID, "limit": 1000}, &model.ListSubCustomerBillDetailResponse{}},
		{p, "ListSubcustomerMonthlyBills", map[string]any{"cycle": "2026-10", "charge_mode": 3}, &model.ListSubcustomerMonthlyBillsResponse{}},
		{c, "ListFreeResourceInfos", nil, &model.ListFreeResourceInfosResponse{}},
		{c, "ListFreeResourceUsages", map[string]any{"free_resource_ids": []string{item}}, &model.ListFreeResourceUsagesResponse{}},
		{c, "ListFreeResourcesUsageRecords", map[string]any{"deduct_time_begin": "2026-10-01", "deduct_time_end": "2026-10-31"}, &model.ListFreeResourcesUsageRecordsResponse{}},
		{c, "ListResourceUsageSummary", codes, &model.ListResourceUsageSummaryResponse{}},
		{c, "ListResourceUsage", codes, &model.ListResourceUsageResponse{}},
		{p, "ListMeasureUnits", nil, &model.ListMeasureUnitsResponse{}},
		{p, "ListConversions", nil, &model.ListConversionsResponse{}},
		{p, "ListUsageTypes", nil, &model.ListUsageTypesResponse{}},
		{p, "ListServiceTypes", nil, &model.ListServiceTypesResponse{}},
		{p, "ListResourceTypes", nil, &model.ListResourceTypesResponse{}},
		{p, "ListServiceResources", map[string]any{"service_type_code": "hws.service.type.vpc"}, &model.ListServiceResourcesResponse{}},
		{p, "ShowRefundOrderDetails", map[string]any{"order_id": refunded.orderID}, &model.ShowRefundOrderDetailsResponse{}},
	} {
		status, body := x.keys.call(t, s, x.call, x.params)
		d := json.NewDecoder(bytes.NewReader(body))
		d.DisallowUnknownFields() // every name of ours is one of the SDK's
		if err := d.Decode(x.into); status != 200 || err != nil {
			t.Errorf("%s: %d %v", x.call, status, err)
			continue
		}
		v := reflect.ValueOf(x.into).Elem()
		for i := range v.NumField() {
			if f := v.Field(i); f.Kind() == reflect.Pointer && !f.IsNil() && f.Elem().Kind() == reflect.Slice && f.Elem().Len() == 0 {
				t.Errorf("%s: no rows", x.call)
			}
		}
	}
	_, body := p.call(t, s, "ListSubCustomers", nil)
	if err := json.Unmarshal(body, &model.ListSubCustomersResponse{}); err == nil {
		t.Error("ListSubCustomers decodes: it should send count and is_frozen as strings, which the SDK cannot read")
	}
	var customers struct {
		Infos []map[string]any `json:"customer_infos"`
	}
	if err := json.Unmarshal(body, &customers); err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[model.CustomerInformation]()) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		known[name] = true
	}
	for name := range customers.Infos[0] {
		if !known[name] {
			t.Errorf("ListSubCustomers: the SDK knows no %s", name)
		}
	}
}

func TestThrottle(t *testing.T) {
	now := time.Date(2026, 11, 5, 6, 0, 0, 0, time.UTC)
	s := small(t, ServerOptions{RequestsPerSecond: 3, Now: func() time.Time { return now }})
	p := partner(s)
	get := func(name string) int { status, _ := p.call(t, s, name, nil); return status }
	for i := range 3 {
		if status := get("ListMeasureUnits"); status != 200 {
			t.Errorf("request %d: %d", i, status)
		}
	}
	if status, body := p.call(t, s, "ListMeasureUnits", nil); status != 429 || code(t, body) != "APIGW.0308" {
		t.Errorf("the fourth: %d %s", status, body)
	}
	if status := get("ListConversions"); status != 200 {
		t.Errorf("another path: %d", status)
	}
	now = now.Add(334 * time.Millisecond)
	if a, b := get("ListMeasureUnits"), get("ListMeasureUnits"); a != 200 || b != 429 {
		t.Errorf("a third of a second later: %d, %d", a, b)
	}
	if n := s.Requests()["/v2/bases/measurements"]; n != 4 {
		t.Errorf("%d requests counted as answered, want 4", n)
	}
}
