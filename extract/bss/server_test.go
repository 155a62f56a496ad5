package bss

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	partnerAK = "PARTNERACCESSKEY"
	partnerSK = "partnerSecretKey0123456789"
)

var noon = time.Date(2025, 7, 5, 4, 0, 0, 0, time.UTC)

var records = Call{
	Name: "ListSubCustomerBillDetail", Method: "GET", Path: "/v2/bills/subcustomer-bills/res-fee-records",
	Rows: "fee_records", Total: "total_count", Limit: 3,
}

// service is a true HTTP server that checks every signature and answers with handle.
type service struct {
	*httptest.Server
	mu     sync.Mutex
	keys   map[string]string // access key → secret key
	seen   []string          // "GET /path?query" of every request
	access []string          // access key of every request
}

// serve starts a service; handle is called for requests with a good signature, n counting them from 1.
func serve(t *testing.T, handle func(w http.ResponseWriter, r *http.Request, n int)) *service {
	t.Helper()
	s := &service{keys: map[string]string{partnerAK: partnerSK}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("read request: %v", err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		s.mu.Lock()
		ak, err := verify(r, body, s.keys)
		s.seen = append(s.seen, r.Method+" "+r.URL.RequestURI())
		s.access = append(s.access, ak)
		n := len(s.seen)
		s.mu.Unlock()
		w.Header().Set(headerRequestID, fmt.Sprint("req-", n))
		if err != nil {
			answerError(w, 401, "APIGW.0301", "Incorrect IAM authentication information: "+err.Error())
			return
		}
		handle(w, r, n)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *service) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.seen)
}

func answerError(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"error_code":%q,"error_msg":%q}`, code, message)
}

// verify is SDK-HMAC-SHA256 written from its description, not from the SDK's code. It returns the access key.
func verify(r *http.Request, body []byte, keys map[string]string) (string, error) {
	rest, ok := strings.CutPrefix(r.Header.Get("Authorization"), "SDK-HMAC-SHA256 ")
	if !ok {
		return "", fmt.Errorf("no SDK-HMAC-SHA256 authorization")
	}
	part := map[string]string{}
	for _, p := range strings.Split(rest, ", ") {
		name, value, _ := strings.Cut(p, "=")
		part[name] = value
	}
	sk, ok := keys[part["Access"]]
	if !ok {
		return part["Access"], fmt.Errorf("unknown access key")
	}
	signed := strings.Split(part["SignedHeaders"], ";")
	if !slices.IsSorted(signed) || !slices.Contains(signed, "x-sdk-date") || slices.Contains(signed, "user-agent") {
		return part["Access"], fmt.Errorf("signed headers %q", signed)
	}
	for _, must := range []string{"X-Security-Token", "X-Language"} {
		if r.Header.Get(must) != "" && !slices.Contains(signed, strings.ToLower(must)) {
			return part["Access"], fmt.Errorf("%s is not signed", must)
		}
	}
	var headers strings.Builder
	for _, h := range signed {
		fmt.Fprintf(&headers, "%s:%s\n", h, strings.TrimSpace(r.Header.Get(h)))
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return part["Access"], err
	}
	var pairs []string
	for name, values := range query {
		for _, v := range values {
			pairs = append(pairs, percent(name)+"="+percent(v))
		}
	}
	slices.Sort(pairs)
	path := ""
	for _, segment := range strings.Split(strings.Trim(r.URL.Path, "/"), "/") {
		path += "/" + percent(segment)
	}
	sum := func(b []byte) string {
		h := sha256.Sum256(b)
		return hex.EncodeToString(h[:])
	}
	canonical := strings.Join([]string{r.Method, path + "/", strings.Join(pairs, "&"), headers.String(), part["SignedHeaders"], sum(body)}, "\n")
	toSign := "SDK-HMAC-SHA256\n" + r.Header.Get("X-Sdk-Date") + "\n" + sum([]byte(canonical))
	mac := hmac.New(sha256.New, []byte(sk))
	mac.Write([]byte(toSign))
	if hex.EncodeToString(mac.Sum(nil)) != part["Signature"] {
		return part["Access"], fmt.Errorf("verify aksk signature fail")
	}
	return part["Access"], nil
}

func percent(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-_.~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// config is a client's for s: fast, and with a clock that stands still.
func config(s *service) Config {
	return Config{
		Endpoint: s.URL, IAMEndpoint: s.URL, PlatformID: "platform", Language: "zh_CN",
		Credentials:       Credentials{AK: partnerAK, SK: partnerSK},
		RequestsPerSecond: 1000,
		Now:               func() time.Time { return noon },
		Backoff:           time.Microsecond,
	}
}

func client(t *testing.T, cfg Config) *Client {
	t.Helper()
	c, err := NewClient(cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// page writes an answer of call `records`: rows are the numbers from first to last.
func page(w io.Writer, total, first, last int) {
	var rows []string
	for i := first; i <= last; i++ {
		rows = append(rows, fmt.Sprintf(`{"id":"r%d","amount":%d.10}`, i, i))
	}
	fmt.Fprintf(w, `{"total_count":%d,"currency":"CNY","fee_records":[%s]}`, total, strings.Join(rows, ", "))
}

// logBuffer is a logger's output, safe for many goroutines.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *logBuffer) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// counter is a Meter.
type counter struct {
	mu       sync.Mutex
	statuses map[int]int
	retries  map[string]int
}

func (m *counter) Request(_ string, status int, _ time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.statuses == nil {
		m.statuses = map[int]int{}
	}
	m.statuses[status]++
}

func (m *counter) Retry(_, reason string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.retries == nil {
		m.retries = map[string]int{}
	}
	m.retries[reason]++
}
