package bss

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

const good = `{"total_count":1,"fee_records":[{"id":"r1"}]}`

// hijack lets a handler break the connection in the middle of an answer.
func hijack(w http.ResponseWriter, text string, reset bool) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	fmt.Fprint(conn, text)
	if tcp, ok := conn.(*net.TCPConn); ok && reset {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// Every kind of answer, given for ever or once: how often it is asked for, and what comes out.
func TestWhatIsRepeated(t *testing.T) {
	text := func(status int, body string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}
	}
	coded := func(status int, code string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) { answerError(w, status, code, "no") }
	}
	for name, test := range map[string]struct {
		answer func(http.ResponseWriter)
		tries  int // when it never gets better, of 4
		code   string
		says   string
	}{
		"gateway throttle": {coded(429, "APIGW.0308"), 4, "APIGW.0308", `(4 tries): HTTP 429 APIGW.0308 "no" (request id req-4)`},
		"bss throttle":     {coded(429, "CBC.0250"), 4, "CBC.0250", "HTTP 429"},
		"server error":     {coded(500, "CBC.0999"), 4, "CBC.0999", "HTTP 500"},
		"bad gateway page": {text(502, "<html>\x1b[31mBad\nGateway</html>"), 4, "", `HTTP 502 "<html> [31mBad Gateway</html>"`},
		"back end timeout": {coded(504, "APIGW.0201"), 4, "APIGW.0201", "HTTP 504"},
		"cut, length known": {func(w http.ResponseWriter) {
			hijack(w, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"+good[:20], false)
		}, 4, "", "cut after 20 bytes"},
		"cut, chunked": {func(w http.ResponseWriter) {
			hijack(w, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"tot\r\n", false)
		}, 4, "", "cut after 5 bytes"},
		"cut, length unknown": {func(w http.ResponseWriter) {
			hijack(w, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"+good[:30], false)
		}, 4, CodeCut, "ends early"},
		"reset":               {func(w http.ResponseWriter) { hijack(w, "", true) }, 4, "", "reset"},
		"closed":              {func(w http.ResponseWriter) { hijack(w, "", false) }, 4, "", "EOF"},
		"empty":               {text(200, ""), 4, CodeCut, "after 0 bytes"},
		"200 with error code": {coded(200, "CBC.5002"), 2, "CBC.5002", `(2 tries): HTTP 200 CBC.5002 "no"`},
		"neither":             {text(200, `{"fee_records":null}`), 2, CodeEmpty, "neither list nor total"},
		"no total":            {text(200, `{"fee_records":[1]}`), 2, CodeEmpty, "no total"},
		"broken json":         {text(200, `{"total_count":1,"fee_records":[{"id" "r1"}]}`), 2, CodeJSON, "broken after byte"},
		"no json":             {text(200, "<html>"), 2, CodeJSON, "broken"},
		"parameter error":     {coded(400, "CBC.0100"), 1, "CBC.0100", "HTTP 400"},
		"forbidden":           {coded(403, "CBC.0151"), 1, "CBC.0151", "HTTP 403"},
		"not found":           {text(404, `{"error":{"code":404,"message":"nobody","title":"Not Found"}}`), 1, "404", `"nobody"`},
		"redirect": {func(w http.ResponseWriter) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(302)
			fmt.Fprint(w, good)
		}, 1, "", "redirect"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { test.answer(w) })
			m := &counter{}
			cfg := config(s)
			cfg.Tries, cfg.Meter = 4, m
			_, err := client(t, cfg).Page(t.Context(), records, nil, 3)
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("error %v", err)
			}
			if e.Code != test.code || e.Fatal() || !strings.Contains(err.Error(), test.says) || !strings.HasPrefix(err.Error(), "ListSubCustomerBillDetail offset 3") {
				t.Errorf("error %v, code %q", err, e.Code)
			}
			retries := 0
			for _, n := range m.retries {
				retries += n
			}
			// A reset connection that was reused is asked again by net/http itself, hence not equality there.
			if sent := len(s.requests()); sent != test.tries && name != "reset" && name != "closed" || retries != test.tries-1 {
				t.Errorf("sent %d times, %d retries, want %d tries", sent, retries, test.tries)
			}
			for _, r := range s.requests() {
				if strings.Contains(r, "elsewhere") {
					t.Error("a redirect was followed")
				}
			}

			if test.tries == 1 {
				return
			}
			once := serve(t, func(w http.ResponseWriter, _ *http.Request, n int) {
				if n == 1 {
					test.answer(w)
					return
				}
				fmt.Fprint(w, good)
			})
			p, err := client(t, config(once)).Page(t.Context(), records, nil, 0)
			if err != nil || string(p.Body) != good {
				t.Errorf("after one: %v", err)
			}
		})
	}
}

// A storm of 429 over all workers ends with every page fetched.
func TestThrottleStorm(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		if n%3 != 0 {
			answerError(w, 429, "APIGW.0308", "The throttling threshold has been reached: policy user over ratelimit,limit:10,time:1 second")
			return
		}
		fmt.Fprint(w, good)
	})
	cfg := config(s)
	cfg.Tries = 100
	c := client(t, cfg)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				if _, err := c.Page(t.Context(), records, nil, 0); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func TestFatalErrors(t *testing.T) {
	for name, test := range map[string]struct {
		status  int
		code    string
		message string
		token   string
		remedy  string
		tries   int
	}{
		"wrong key":       {401, "APIGW.0301", "Incorrect IAM authentication information: verify aksk signature fail", "", "check HUAWEICLOUD_SDK_AK / _SK", 1},
		"wrong key, old":  {401, "APIG.0301", "x", "", "check HUAWEICLOUD_SDK_AK / _SK", 1},
		"expired key":     {401, "CBC.0154", "x_auth_token is expired", "token", "renew HUAWEICLOUD_SDK_AK / _SK / _SECURITY_TOKEN", 1},
		"expired, as 403": {403, "CBC.0154", "x", "token", "renew", 1},
		"clock":           {401, "APIGW.0303", "x", "", "set this machine's clock (NTP): it differs by 17m0s from the service", 1},
		"no partner":      {403, "", "domain_id has no access to this api", "", "partner's own account", 1},
		"no partner, 200": {200, "CBC.5001", "x", "", "partner's own account", 2},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
				w.Header()["Date"] = []string{noon.Add(17 * time.Minute).Format(http.TimeFormat)}
				answerError(w, test.status, test.code, test.message)
			})
			cfg := config(s)
			cfg.Credentials.SecurityToken = test.token
			c := client(t, cfg)
			_, err := c.Page(t.Context(), records, nil, 0)
			var e *Error
			if !errors.As(err, &e) || !e.Fatal() || !strings.Contains(err.Error(), test.remedy) {
				t.Fatalf("error %v", err)
			}
			if n := len(s.requests()); n != test.tries {
				t.Errorf("%d requests, want %d", n, test.tries)
			}
			_, err = c.Page(t.Context(), records, nil, 0)
			if !errors.As(err, &e) || !e.Fatal() || !strings.Contains(err.Error(), "not sent") {
				t.Errorf("the next: %v", err)
			}
			if _, err := c.AsCustomer(t.Context(), "c1"); !errors.As(err, &e) || !e.Fatal() {
				t.Errorf("a customer: %v", err)
			}
			if n := len(s.requests()); n != test.tries {
				t.Errorf("%d requests after the fatal one", n-test.tries)
			}
		})
	}
}

// Workers that wait, for the quota or before a retry, do not go on after another one's fatal error.
func TestFatalEndsEveryWait(t *testing.T) {
	waiting := make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.URL.Path == "/slow" {
			w.Header().Set("Retry-After", "60")
			answerError(w, 429, "APIGW.0308", "x")
			return
		}
		<-waiting
		answerError(w, 401, "APIGW.0301", "x")
	})
	cfg := config(s)
	cfg.Meter = &notify{retry: waiting}
	c := client(t, cfg)
	c.core.limits.perSecond = 0.001 // whoever waits for the quota waits for longer than any test
	slow := records
	slow.Path = "/slow"
	var wg sync.WaitGroup
	for _, call := range []Call{slow, records, records, records} {
		wg.Go(func() {
			_, err := c.Page(t.Context(), call, nil, 0)
			var e *Error
			if !errors.As(err, &e) || !e.Fatal() {
				t.Errorf("%s: %v", call.Path, err)
			}
		})
	}
	wg.Wait()
	if n := len(s.requests()); n != 2 {
		t.Errorf("%d requests: %v", n, s.requests())
	}
}

type notify struct{ retry chan struct{} }

func (n *notify) Request(string, int, time.Duration) {}
func (n *notify) Retry(string, string)               { close(n.retry) }

func TestCancelEndsTheWait(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.Header().Set("Retry-After", "60")
		answerError(w, 503, "", "")
	})
	ctx, cancel := context.WithCancel(t.Context())
	waiting := make(chan struct{})
	cfg := config(s)
	cfg.Meter = &notify{retry: waiting}
	go func() {
		<-waiting
		cancel()
	}()
	_, err := client(t, cfg).Page(ctx, records, nil, 0)
	if !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), records.Name) {
		t.Errorf("error %v", err)
	}
	if n := len(s.requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
}

func TestMeterAndTries(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		switch n {
		case 1:
			answerError(w, 429, "APIGW.0308", "x")
		case 2:
			answerError(w, 200, "CBC.0999", "x")
		default:
			fmt.Fprint(w, good)
		}
	})
	var logged logBuffer
	m := &counter{}
	cfg := config(s)
	cfg.Meter = m
	c, err := NewClient(cfg, logged.logger())
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Page(t.Context(), records, nil, 0)
	if err != nil || p.Tries != 3 || p.RequestID != "req-3" {
		t.Fatalf("page %+v, %v", p, err)
	}
	if m.statuses[429] != 1 || m.statuses[200] != 2 || m.retries["HTTP 429"] != 1 || m.retries["CBC.0999"] != 1 {
		t.Errorf("requests %v, retries %v", m.statuses, m.retries)
	}
	if n := strings.Count(logged.String(), "msg=retry"); n != 2 {
		t.Errorf("log: %s", logged.String())
	}
}

// A service that repeats what it was sent, and every way in which it can fail, put no secret into an error or a log.
func TestNoSecretIsRepeated(t *testing.T) {
	const token = "HushSecurityToken+/=="
	s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		echo := fmt.Sprint(r.Header)
		w.Header().Set(headerRequestID, "q\u202e")
		switch n % 7 {
		case 0:
			answerError(w, 400, r.Header.Get("Authorization"), echo)
		case 1:
			answerError(w, 200, "CBC.9", echo)
		case 2:
			w.WriteHeader(404)
			fmt.Fprint(w, echo)
		case 3:
			answerError(w, 500, r.Header.Get(headerSecurityToken), echo)
		case 4:
			w.WriteHeader(403)
			fmt.Fprintf(w, `{"error":{"code":403,"message":%q}}`, echo)
		case 5:
			fmt.Fprint(w, echo)
		case 6:
			hijack(w, "HTTP/1.1 200 OK\r\nbroken\x7f"+r.Header.Get("Authorization")+r.Header.Get(headerSecurityToken)+"\r\n\r\n", false)
		}
	})
	var logged logBuffer
	cfg := config(s)
	cfg.Credentials.SecurityToken = token
	c, err := NewClient(cfg, logged.logger())
	if err != nil {
		t.Fatal(err)
	}
	said := ""
	for range 14 {
		_, err := c.Page(t.Context(), records, nil, 0)
		if err == nil {
			t.Fatal("no error")
		}
		said += fmt.Sprintf("%v %+v %#v\n", err, err, err)
	}
	said += logged.String()
	for _, secret := range []string{partnerAK, partnerSK, token, "\x7f", "\u202e"} {
		if strings.Contains(said, secret) {
			t.Errorf("%q is in: %s", secret, said)
		}
	}
	if !strings.Contains(said, redacted) {
		t.Errorf("nothing was redacted: %s", said)
	}
}
