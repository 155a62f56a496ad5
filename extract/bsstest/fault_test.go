package bsstest

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// attempt is call for answers that may break.
func attempt(t *testing.T, s *Server, offset int) (int, []byte, error) {
	t.Helper()
	r := partner(s).request(t, s, "/v2/products/usage-types", map[string][]string{"offset": {itoa(int64(offset))}, "limit": {"20"}}, "", s.now())
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, body, err
}

func TestFaults(t *testing.T) {
	s := small(t, ServerOptions{})
	ask := func(f *Fault, offset int) (int, []byte, error) {
		s.SetFault(func(r *http.Request) *Fault {
			if r.URL.Query().Get("limit") != "20" {
				t.Error("the hook does not see the request")
			}
			return f
		})
		return attempt(t, s, offset)
	}
	_, plain, err := ask(nil, 40)
	if err != nil {
		t.Fatal(err)
	}
	if status, body, err := ask(&Fault{Status: 503, Code: "APIGW.0201", Message: "no"}, 40); err != nil || status != 503 || code(t, body) != "APIGW.0201" {
		t.Errorf("status: %d %s %v", status, body, err)
	}
	if _, body, err := ask(&Fault{Cut: 100}, 40); err == nil || len(body) != 100 {
		t.Errorf("cut: %d bytes, %v", len(body), err)
	}
	if _, _, err := ask(&Fault{Reset: true}, 40); err == nil {
		t.Error("reset: no error")
	}
	if status, body, _ := ask(&Fault{ErrorIn200: "CBC.5002"}, 40); status != 200 || code(t, body) != "CBC.5002" {
		t.Errorf("error in 200: %d %s", status, body)
	}
	if status, body, err := ask(&Fault{Delay: time.Millisecond}, 40); status != 200 || err != nil || !bytes.Equal(body, plain) {
		t.Errorf("slow: %d %v", status, err)
	}
	rows := func(body []byte) []row { return rowsOf(t, decode(t, body), "usage_types") }
	total := func(body []byte) string { return text(decode(t, body)["total_count"]) }
	if _, body, _ := ask(&Fault{MoveTotal: true}, 40); total(body) != itoa(int64(len(usageTypes)+1)) || total(plain) != itoa(int64(len(usageTypes))) {
		t.Errorf("moved total: %s", total(body))
	}
	_, before, _ := ask(nil, 20)
	if _, body, _ := ask(&Fault{DuplicatePage: true}, 40); !bytes.Equal(body, before) {
		t.Error("duplicate page: not the page before")
	}
	if _, body, _ := ask(&Fault{ShiftRows: true}, 40); text(rows(body)[1]) != text(rows(plain)[0]) || text(rows(body)[0]) != text(rows(before)[19]) {
		t.Error("shifted rows: not one row early")
	}
	_, first, _ := ask(nil, 0)
	if _, body, _ := ask(&Fault{ShiftRows: true}, 0); text(rows(body)[0]) != text(rows(first)[1]) {
		t.Error("shifted rows on the first page: not one row late")
	}
	if _, body, _ := ask(&Fault{UnknownField: true}, 40); rows(body)[0]["x_new_field"] == nil || rows(body)[1]["x_new_field"] != nil {
		t.Error("unknown field: not in the first row only")
	}
	s.SetFault(func(*http.Request) *Fault { return &Fault{WrongType: true, TinyNumbers: true} })
	_, body := partner(s).call(t, s, "ListSubCustomerBillDetail", map[string]any{"bill_cycle": "2026-10", "customer_id": s.World().Customers()[0].ID})
	if r := rowsOf(t, decode(t, body), "fee_records"); text(r[0]["charging_mode"]) != `{"value":1}` || text(r[1]["charging_mode"]) == `{"value":1}` {
		t.Errorf("wrong type: %v", r[0])
	}
	if !strings.Contains(string(body), `"credit_amount":0E-8`) {
		t.Error("tiny numbers: no 0E-8")
	}
}

func TestJavaNumbers(t *testing.T) {
	for _, c := range []struct {
		v     int64
		tiny  string
		plain string
	}{
		{0, "0E-8", "0"}, {1, "1E-8", "0.00000001"}, {12, "1.2E-7", "0.00000012"}, {123, "0.00000123", "0.00000123"}, {-5, "-5E-8", "-0.00000005"},
		{100_000_000, "1.00000000", "1"}, {-123_450_000_000, "-1234.50000000", "-1234.5"}, {4_599_822, "0.04599822", "0.04599822"},
	} {
		if got := string(appendJava(nil, c.v, 8)); got != c.tiny {
			t.Errorf("%d: %s, want %s", c.v, got, c.tiny)
		}
		if got := string(appendDecimal(nil, c.v, 8)); got != c.plain {
			t.Errorf("%d: %s, want %s", c.v, got, c.plain)
		}
	}
}

// TestPlan asserts that a client with four tries a request and four a window gets the same rows as without faults.
func TestPlan(t *testing.T) {
	w := NewWorld(Options{Seed: 9, Cycle: "2026-10", Customers: 5, Records: 1400})
	plan := DefaultFaults(3)
	plan.Rate = 0.4
	calm, rough := serve(t, w, ServerOptions{}), serve(t, w, ServerOptions{Faults: plan})
	met := map[string]int{}
	page := func(s *Server, id string, offset int) map[string]any {
		for range 5 {
			r := partner(s).request(t, s, "/v2/bills/subcustomer-bills/res-fee-records", map[string][]string{
				"bill_cycle": {"2026-10"}, "customer_id": {id}, "offset": {itoa(int64(offset))}, "limit": {"30"}}, "", s.now())
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				met["reset"]++
				continue
			}
			body, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if err != nil {
				met["cut"]++
			} else if resp.StatusCode != 200 {
				met[itoa(int64(resp.StatusCode))]++
			} else if v := decode(t, body); v["error_code"] != nil {
				met["error in 200"]++
			} else {
				return v
			}
		}
		t.Fatalf("more than four tries for %s at %d", id, offset)
		return nil
	}
	window := func(s *Server, id string) []string {
	restart:
		for range 4 {
			var all []string
			seen := map[string]bool{}
			total := ""
			for {
				v := page(s, id, len(all))
				if announced := text(v["total_count"]); total == "" {
					total = announced
				} else if total != announced {
					met["moved"]++
					continue restart
				}
				rows := rowsOf(t, v, "fee_records")
				for _, r := range rows {
					for name, x := range r { // 1E-8 and 0.00000001 are one number
						if strings.HasSuffix(name, "amount") || strings.HasSuffix(name, "usage") {
							r[name] = r.amount(t, name).String()
						} else {
							r[name] = x
						}
					}
					if seen[text(r)] {
						met["repeated"]++
						continue restart
					}
					seen[text(r)] = true
					all = append(all, text(r))
				}
				switch {
				case total == itoa(int64(len(all))):
					return all
				case len(rows) != 30:
					met["short"]++
					continue restart
				}
			}
		}
		t.Fatalf("window %s: more than three restarts", id)
		return nil
	}
	for _, c := range w.Customers() {
		if a, b := strings.Join(window(calm, c.ID), "\n"), strings.Join(window(rough, c.ID), "\n"); a != b {
			t.Errorf("customer %s: other rows with faults", c.ID)
		}
	}
	for _, kind := range []string{"reset", "cut", "429", "500", "error in 200", "moved", "repeated"} {
		if met[kind] == 0 {
			t.Errorf("the plan brought no %s: %v", kind, met)
		}
	}
}
