package bss

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// iam answers for the agency as IAM does, with keys numbered from 1, each good for an hour of clock.
type iam struct {
	*service
	mu       sync.Mutex
	clock    time.Time
	issued   int
	answer   func(w http.ResponseWriter, n int) bool // another answer, if it returns true
	customer func(w http.ResponseWriter, r *http.Request)
}

func serveIAM(t *testing.T) *iam {
	t.Helper()
	i := &iam{clock: noon}
	i.customer = func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, good) }
	i.service = serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.URL.Path != agencyPath {
			i.customer(w, r)
			return
		}
		i.mu.Lock()
		defer i.mu.Unlock()
		if ak, _ := i.lastAccess(); ak != partnerAK {
			t.Errorf("IAM is asked with %s", ak)
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		const want = `{"auth":{"identity":{"assume_role":{"agency_name":"platform","domain_id":"c1","duration_seconds":3600},"methods":["assume_role"]}}}`
		if string(body) != want {
			t.Errorf("IAM is asked %s", body)
		}
		i.issued++
		if i.answer != nil && i.answer(w, i.issued) {
			return
		}
		ak, sk := fmt.Sprint("CUSTOMERKEY", i.issued), fmt.Sprint("customerSecret", i.issued)
		i.service.mu.Lock()
		i.keys[ak] = sk
		i.service.mu.Unlock()
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(map[string]any{"credential": map[string]any{
			"access": ak, "secret": sk, "securitytoken": fmt.Sprint("customerToken", i.issued),
			"expires_at": i.clock.Add(time.Hour).Format("2006-01-02T15:04:05.000000Z"),
		}})
	})
	return i
}

func (i *iam) lastAccess() (string, int) {
	i.service.mu.Lock()
	defer i.service.mu.Unlock()
	return i.access[len(i.access)-1], len(i.access)
}

func (i *iam) now() time.Time {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.clock
}

func (i *iam) pass(d time.Duration) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.clock = i.clock.Add(d)
}

func (i *iam) client(t *testing.T) *Client {
	t.Helper()
	cfg := config(i.service)
	cfg.Now = i.now
	return client(t, cfg)
}

func (i *iam) asked() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.issued
}

func TestCustomerCredentials(t *testing.T) {
	i := serveIAM(t)
	i.customer = func(w http.ResponseWriter, r *http.Request) {
		if token := r.Header.Get(headerSecurityToken); token != "customerToken1" {
			t.Errorf("token %q", token)
		}
		fmt.Fprint(w, good)
	}
	root := i.client(t)
	var wg sync.WaitGroup
	for range 8 { // many at once: IAM is asked once
		wg.Go(func() {
			c, err := root.AsCustomer(t.Context(), "c1")
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := c.Page(t.Context(), records, nil, 0); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := i.asked(); n != 1 {
		t.Errorf("IAM was asked %d times", n)
	}
}

// A window that takes longer than the credentials live goes on with new ones, asked for five minutes early.
func TestCredentialsAreRenewedInMidWindow(t *testing.T) {
	i := serveIAM(t)
	n := 0
	var used []string
	i.customer = func(w http.ResponseWriter, _ *http.Request) {
		ak, _ := i.lastAccess()
		used = append(used, ak)
		page(w, 9, 3*n+1, 3*n+3)
		n++
		i.pass(28 * time.Minute)
	}
	c, err := i.client(t).AsCustomer(t.Context(), "c1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := collect(t, c, records); err != nil {
		t.Fatal(err)
	}
	if want := []string{"CUSTOMERKEY1", "CUSTOMERKEY1", "CUSTOMERKEY2"}; !slices.Equal(used, want) {
		t.Errorf("used %v, want %v", used, want)
	}
}

// When IAM is down at the early renewal, the credentials that still hold are used.
func TestRenewalFailsEarly(t *testing.T) {
	i := serveIAM(t)
	c, err := i.client(t).AsCustomer(t.Context(), "c1")
	if err != nil {
		t.Fatal(err)
	}
	i.answer = func(w http.ResponseWriter, _ int) bool {
		w.WriteHeader(503)
		return true
	}
	i.pass(57 * time.Minute)
	if _, err := c.Page(t.Context(), records, nil, 0); err != nil {
		t.Errorf("3 minutes before expiry: %v", err)
	}
	i.pass(4 * time.Minute)
	var e *Error
	if _, err := c.Page(t.Context(), records, nil, 0); !errors.As(err, &e) || e.Status != 503 || e.Fatal() {
		t.Errorf("after expiry: %v", err)
	}
}

func TestRefusedCustomerCredentials(t *testing.T) {
	for name, test := range map[string]struct {
		refuse int // how many keys
		status int
		code   string
		asked  int
		ok     bool
	}{
		"expired":             {1, 401, "CBC.0154", 2, true},
		"expired, as 403":     {1, 403, "CBC.0154", 2, true},
		"signature":           {1, 401, "APIGW.0301", 2, true},
		"again":               {9, 401, "CBC.0154", 2, false},
		"not allowed":         {9, 403, "CBC.0155", 1, false},
		"not a partner (200)": {9, 200, "CBC.5001", 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			i := serveIAM(t)
			i.customer = func(w http.ResponseWriter, _ *http.Request) {
				var n int
				ak, _ := i.lastAccess()
				if _, err := fmt.Sscanf(ak, "CUSTOMERKEY%d", &n); err != nil {
					n = 99 // the partner
				}
				if n <= test.refuse {
					answerError(w, test.status, test.code, "x_auth_token is expired")
					return
				}
				fmt.Fprint(w, good)
			}
			root := i.client(t)
			c, err := root.AsCustomer(t.Context(), "c1")
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Page(t.Context(), records, nil, 0)
			var e *Error
			if test.ok != (err == nil) || errors.As(err, &e) && (e.Fatal() || e.Code != test.code) {
				t.Errorf("error %v", err)
			}
			if i.asked() != test.asked {
				t.Errorf("IAM was asked %d times, want %d", i.asked(), test.asked)
			}
			if _, err := root.Page(t.Context(), records, nil, 0); err != nil {
				t.Errorf("one customer's trouble stops the partner: %v", err)
			}
		})
	}
}

func TestNoAgency(t *testing.T) {
	for _, status := range []int{403, 404} {
		i := serveIAM(t)
		i.answer = func(w http.ResponseWriter, _ int) bool {
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"error":{"code":%d,"message":"no such agency","title":"x"}}`, status)
			return true
		}
		root := i.client(t)
		for range 3 {
			_, err := root.AsCustomer(t.Context(), "c1")
			var e *Error
			if !errors.Is(err, ErrNoAgency) || !errors.As(err, &e) || e.Status != status || e.Fatal() || !strings.Contains(err.Error(), "no such agency") || !strings.Contains(err.Error(), "c1") {
				t.Errorf("error %v", err)
			}
		}
		if i.asked() != 1 {
			t.Errorf("IAM was asked %d times", i.asked())
		}
		if _, err := root.Page(t.Context(), records, nil, 0); err != nil {
			t.Errorf("the partner is stopped: %v", err)
		}
	}
}

// The agency can go in the middle of a window.
func TestAgencyIsTakenAway(t *testing.T) {
	i := serveIAM(t)
	c, err := i.client(t).AsCustomer(t.Context(), "c1")
	if err != nil {
		t.Fatal(err)
	}
	i.answer = func(w http.ResponseWriter, _ int) bool {
		w.WriteHeader(404)
		return true
	}
	i.pass(2 * time.Hour)
	if _, err := c.Page(t.Context(), records, nil, 0); !errors.Is(err, ErrNoAgency) {
		t.Errorf("error %v", err)
	}
}

func TestAgencyAnswers(t *testing.T) {
	const complete = `{"credential":{"access":"hushAK","secret":"hushSK","securitytoken":"hushTok","expires_at":"2025-07-05T05:00:00.000000Z"}}`
	for name, test := range map[string]struct {
		status int
		body   string
		asked  int
		says   string
	}{
		"wrong shape":  {201, strings.Replace(complete, `"hushSK"`, `["hushSK"]`, 1), 2, "cannot be read"},
		"no expiry":    {201, strings.Replace(complete, "expires_at", "expires", 1), 2, "incomplete"},
		"no token":     {201, strings.Replace(complete, "hushTok", "", 1), 2, "incomplete"},
		"key broken":   {201, strings.Replace(complete, "hushAK", `hush\r\nX: y`, 1), 2, "incomplete"},
		"partner key":  {401, `{"error":{"code":401,"message":"The request you have made requires authentication.","title":"Unauthorized"}}`, 1, "check HUAWEICLOUD_SDK_AK / _SK"},
		"server error": {500, complete, 6, "HTTP 500"},
	} {
		t.Run(name, func(t *testing.T) {
			i := serveIAM(t)
			i.answer = func(w http.ResponseWriter, _ int) bool {
				w.WriteHeader(test.status)
				fmt.Fprint(w, test.body)
				return true
			}
			_, err := i.client(t).AsCustomer(t.Context(), "c1")
			var e *Error
			if !errors.As(err, &e) || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "hush") {
				t.Errorf("error %v", err)
			}
			if i.asked() != test.asked || e.Fatal() != (test.status == 401) {
				t.Errorf("asked %d times, want %d, fatal %v", i.asked(), test.asked, e.Fatal())
			}
		})
	}
}

func TestAsCustomerNeedsConfig(t *testing.T) {
	i := serveIAM(t)
	for want, spoil := range map[string]func(*Config){
		"partner.iam_endpoint": func(c *Config) { c.IAMEndpoint = "" },
		"partner.platform_id":  func(c *Config) { c.PlatformID = "" },
	} {
		cfg := config(i.service)
		spoil(&cfg)
		if _, err := client(t, cfg).AsCustomer(t.Context(), "c1"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	if _, err := i.client(t).AsCustomer(t.Context(), ""); err == nil {
		t.Error("a customer without id")
	}
}
