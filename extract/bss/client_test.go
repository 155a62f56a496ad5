package bss

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPageGet(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		if got := r.Header.Get("X-Sdk-Date"); got != "20250705T040000Z" {
			t.Errorf("signed at %s", got)
		}
		if got := r.Header.Get("X-Language"); got != "zh_CN" {
			t.Errorf("language %q", got)
		}
		page(w, 5, 4, 5)
	})
	p, err := client(t, config(s)).Page(t.Context(), records, Params{
		"bill_cycle": "2025-06", "customer_id": "a b+c/d?e&f=g%h~*客户|", "charging_mode": 3, "resource_id": "", "trade_id": nil,
	}, 3)
	if err != nil {
		t.Fatal(err)
	}
	const query = "bill_cycle=2025-06&charging_mode=3&customer_id=a%20b%2Bc%2Fd%3Fe%26f%3Dg%25h~%2A%E5%AE%A2%E6%88%B7%7C&limit=3&offset=3"
	if want := "GET /v2/bills/subcustomer-bills/res-fee-records?" + query; p.Request != want {
		t.Errorf("request %s\nwant    %s", p.Request, want)
	}
	var rows []string
	for _, r := range p.Rows {
		rows = append(rows, string(p.Body[r.Start:r.End]))
	}
	if diff := cmp.Diff([]string{`{"id":"r4","amount":4.10}`, `{"id":"r5","amount":5.10}`}, rows); diff != "" {
		t.Error(diff)
	}
	if p.Total != 5 || p.Offset != 3 || p.RequestID != "req-1" || !p.Time.Equal(noon) || p.Tries != 1 {
		t.Errorf("page %+v", p)
	}
}

func TestPagePost(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		body, err := io.ReadAll(r.Body)
		if want := `{"customer":"<a&b>","ids":["1","2"],"limit":100,"offset":0}`; err != nil || string(body) != want {
			t.Errorf("body %s (%v), want %s", body, err, want)
		}
		if r.Header.Get("Content-Type") != "application/json" || r.URL.RawQuery != "" {
			t.Errorf("content type %q, query %q", r.Header.Get("Content-Type"), r.URL.RawQuery)
		}
		fmt.Fprint(w, `{"count":"1","customer_infos":[{"is_frozen":"0"}]}`)
	})
	cfg := config(s)
	cfg.Endpoint += "/gateway/" // a base path is part of what is signed and sent
	call := Call{Name: "ListSubCustomers", Method: "POST", Path: "/v2/partners/sub-customers/query", Rows: "customer_infos", Total: "count", Limit: 100}
	p, err := client(t, cfg).Page(t.Context(), call, Params{"customer": "<a&b>", "label": "", "ids": []string{"1", "2"}}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if p.Total != 1 || len(p.Rows) != 1 {
		t.Errorf("page %+v", p)
	}
	if want := `POST /v2/partners/sub-customers/query {"customer":"<a&b>","ids":["1","2"],"limit":100,"offset":0}`; p.Request != want {
		t.Errorf("request %s\nwant    %s", p.Request, want)
	}
	if got := s.requests(); got[0] != "POST /gateway/v2/partners/sub-customers/query" {
		t.Errorf("sent to %s", got)
	}
}

func TestParamsThatCannotBeSent(t *testing.T) {
	s := serve(t, func(http.ResponseWriter, *http.Request, int) { t.Error("sent") })
	c := client(t, config(s))
	for _, test := range []struct {
		call Call
		p    Params
		want string
	}{
		{Call{Name: "X", Method: "GET", Path: "/x"}, Params{"amount": 1.5}, "amount is a float64"},
		{Call{Name: "X", Method: "POST", Path: "/x"}, Params{"f": func() {}}, "encode body"},
		{Call{Name: "X", Method: "DELETE", Path: "/x"}, nil, "DELETE"},
	} {
		if _, err := c.Page(t.Context(), test.call, test.p, 0); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: %v, want %q", test.p, err, test.want)
		}
	}
}

// The real service is asked over TLS and HTTP/2; a certificate that nobody vouches for is not asked twice.
func TestTLS(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			t.Errorf("asked by %s", r.Proto)
		}
		page(w, 1, 1, 1)
	}))
	s.EnableHTTP2 = true
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	cfg := config(&service{Server: s})
	cfg.RootCAs = x509.NewCertPool()
	cfg.RootCAs.AddCert(s.Certificate())
	if _, err := client(t, cfg).Page(t.Context(), records, nil, 0); err != nil {
		t.Error(err)
	}
	cfg.RootCAs = x509.NewCertPool()
	m := &counter{}
	cfg.Meter = m
	_, err := client(t, cfg).Page(t.Context(), records, nil, 0)
	var e *Error
	if !errors.As(err, &e) || !strings.Contains(err.Error(), "certificates") || m.statuses[0] != 1 {
		t.Errorf("unknown authority: %v, requests %v", err, m.statuses)
	}
}

func TestNewClientRefuses(t *testing.T) {
	good := Config{Endpoint: "https://bss.myhuaweicloud.com", Credentials: Credentials{AK: "ak", SK: "sk"}}
	if _, err := NewClient(good, nil); err != nil {
		t.Fatalf("the good one: %v", err)
	}
	for name, test := range map[string]struct {
		spoil func(*Config)
		want  []string
	}{
		"plain http":         {func(c *Config) { c.Endpoint = "http://bss.myhuaweicloud.com" }, []string{"endpoint", "https://"}},
		"looks local":        {func(c *Config) { c.Endpoint = "http://127.0.0.1.example.com" }, []string{"https://"}},
		"plain iam":          {func(c *Config) { c.IAMEndpoint = "http://10.0.0.1" }, []string{"iam_endpoint"}},
		"no endpoint":        {func(c *Config) { c.Endpoint = "" }, []string{"endpoint is empty"}},
		"no scheme":          {func(c *Config) { c.Endpoint = "bss.myhuaweicloud.com" }, []string{"endpoint"}},
		"other scheme":       {func(c *Config) { c.Endpoint = "ftp://x" }, []string{`"ftp"`}},
		"password":           {func(c *Config) { c.Endpoint = "https://u:hushhush@x" }, []string{"user"}},
		"broken password":    {func(c *Config) { c.Endpoint = "https://u:hushhush%zz@x" }, []string{"endpoint is no address"}},
		"query":              {func(c *Config) { c.Endpoint = "https://x/?a=b" }, []string{"query"}},
		"no key":             {func(c *Config) { c.Credentials = Credentials{} }, []string{"HUAWEICLOUD_SDK_AK"}},
		"key with newline":   {func(c *Config) { c.Credentials.SK = "hushhush\n" }, []string{"HUAWEICLOUD_SDK_SK"}},
		"rate":               {func(c *Config) { c.RequestsPerSecond = 1001 }, []string{"requests_per_second is 1001"}},
		"negative rate":      {func(c *Config) { c.RequestsPerSecond = -1 }, []string{"requests_per_second"}},
		"language":           {func(c *Config) { c.Language = "zh\r\nX: y" }, []string{"language"}},
		"everything at once": {func(c *Config) { *c = Config{RequestsPerSecond: -1} }, []string{"endpoint", "SDK_AK", "requests_per_second"}},
	} {
		cfg := good
		test.spoil(&cfg)
		_, err := NewClient(cfg, nil)
		for _, want := range test.want {
			if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hushhush") {
				t.Errorf("%s: %v, want %q", name, err, want)
			}
		}
	}
	for _, local := range []string{"http://127.0.0.1:80", "http://localhost:1", "http://[::1]:1"} {
		cfg := good
		cfg.Endpoint = local
		if _, err := NewClient(cfg, nil); err != nil {
			t.Errorf("%s: %v", local, err)
		}
	}
}

func TestCredentialsNeverPrint(t *testing.T) {
	creds := Credentials{AK: "hushAK", SK: "hushSK", SecurityToken: "hushToken"}
	cfg := Config{Endpoint: "https://x", Credentials: creds}
	c := client(t, cfg)
	agent := &agency{core: c.core, key: seal(creds)}
	customer := c.core.client(agent, "c1")
	asJSON, err := json.Marshal(map[string]any{"config": creds, "pointer": &creds})
	if err != nil {
		t.Fatal(err)
	}
	var logged logBuffer
	logged.logger().Info("x", "creds", creds, "pointer", &creds, "config", cfg, "client", c)
	said := logged.String() + string(asJSON)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		for _, v := range []any{creds, &creds, cfg, &cfg, c, *c, customer, *customer, agent} {
			said += fmt.Sprintf(verb, v)
		}
	}
	if strings.Contains(strings.ToLower(said), "hush") || strings.Contains(said, fmt.Sprintf("%x", "hush")) {
		t.Errorf("said: %s", said)
	}
	if !strings.Contains(said, redacted) {
		t.Error("nothing was redacted")
	}
}

func TestSkew(t *testing.T) {
	status := 200
	date := noon.Add(-20 * time.Minute)
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.Header()["Date"] = []string{date.Format(http.TimeFormat)}
		if date.IsZero() {
			w.Header()["Date"] = nil
		}
		if status != 200 {
			answerError(w, status, "APIGW.0303", "time stamp off")
			return
		}
		fmt.Fprint(w, `{"measure_units":[]}`)
	})
	c := client(t, config(s))
	if d, err := c.Skew(t.Context()); d != -20*time.Minute || err != nil {
		t.Errorf("skew %v, %v", d, err)
	}
	status = 401
	d, err := c.Skew(t.Context())
	var e *Error
	if d != -20*time.Minute || !errors.As(err, &e) || !e.Fatal() || !strings.Contains(err.Error(), "clock (NTP): it differs by 20m0s") {
		t.Errorf("skew %v, %v", d, err)
	}
	status, date = 200, time.Time{}
	// The refusal above stopped nothing: a check may go on checking.
	if _, err := c.Skew(t.Context()); err == nil || !strings.Contains(err.Error(), "no date") {
		t.Errorf("no date: %v", err)
	}
	s.Close()
	if _, err := c.Skew(t.Context()); !errors.As(err, &e) || e.Op != "ListMeasureUnits" {
		t.Errorf("no server: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Skew(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
