package bss

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// fakeWire answers in a synctest bubble, where a network could not.
type fakeWire func(*http.Request) *http.Response

func (f fakeWire) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }

// fakeClient is a client whose requests end in answer instead of on the network.
func fakeClient(t *testing.T, cfg Config, answer fakeWire) *Client {
	t.Helper()
	cfg.Endpoint, cfg.Credentials = "https://bss.example.com", Credentials{AK: partnerAK, SK: partnerSK}
	c := client(t, cfg)
	c.core.wire = whole{next: answer, timeout: answerTimeout, most: maxAnswer}
	return c.core.client(c.source, "")
}

func respond(r *http.Request, status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}
}

// Eight workers on slow requests, for the quota of 10 per second: no second may hold more than ten, and nothing that
// is permitted may be wasted. The clock is the bubble's.
func TestQuotaIsKeptAndUsed(t *testing.T) {
	for _, quota := range []int{1, 10, 1000} {
		synctest.Test(t, func(t *testing.T) {
			var mu sync.Mutex
			var sent []time.Time
			c := fakeClient(t, Config{RequestsPerSecond: quota}, func(r *http.Request) *http.Response {
				mu.Lock()
				sent = append(sent, time.Now())
				mu.Unlock()
				time.Sleep(5 * time.Second / time.Duration(quota))
				return respond(r, 200, `{"total_count":0,"fee_records":[]}`)
			})
			const each = 40
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					for range each {
						if _, err := c.Page(t.Context(), records, nil, 0); err != nil {
							t.Error(err)
						}
					}
				})
			}
			wg.Wait()
			slices.SortFunc(sent, time.Time.Compare)
			for i := quota; i < len(sent); i++ {
				if d := sent[i].Sub(sent[i-quota]); d < time.Second {
					t.Errorf("quota %d: %d requests within %v", quota, quota+1, d)
				}
			}
			took := sent[len(sent)-1].Sub(sent[0]).Seconds()
			if rate := float64(len(sent)-1) / took; rate < 0.95*float64(quota) {
				t.Errorf("quota %d: %.3f requests/s", quota, rate)
			}
		})
	}
}

// Each API has a quota of its own.
func TestQuotaIsPerPath(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := fakeClient(t, Config{RequestsPerSecond: 1}, func(r *http.Request) *http.Response {
			return respond(r, 200, `{"total_count":0,"fee_records":[]}`)
		})
		other := records
		other.Path = "/v2/other"
		started := time.Now()
		for _, call := range []Call{records, other} {
			if _, err := c.Page(t.Context(), call, nil, 0); err != nil {
				t.Error(err)
			}
		}
		if d := time.Since(started); d != 0 {
			t.Errorf("the second path waited %v", d)
		}
		if _, err := c.Page(t.Context(), records, nil, 0); err != nil {
			t.Error(err)
		}
		if d := time.Since(started); d < time.Second {
			t.Errorf("the first path waited only %v", d)
		}
	})
}

// A request that gave up waiting leaves its turn to the next.
func TestCancelledTurnIsGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := fakeClient(t, Config{RequestsPerSecond: 1}, func(r *http.Request) *http.Response {
			return respond(r, 200, `{"total_count":0,"fee_records":[]}`)
		})
		if _, err := c.Page(t.Context(), records, nil, 0); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if _, err := c.Page(ctx, records, nil, 0); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("waiting: %v", err)
		}
		started := time.Now()
		if _, err := c.Page(t.Context(), records, nil, 0); err != nil || time.Since(started) > time.Second {
			t.Errorf("the next waited %v, %v", time.Since(started), err)
		}
	})
}

func TestRetryAfterIsHonouredAndBounded(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"7":                             7 * time.Second,
		"9999":                          time.Minute,
		"Sat, 01 Jan 2000 00:00:20 GMT": 20 * time.Second, // the bubble's clock begins with 2000
		"soon":                          0,
		"-5":                            0,
	} {
		synctest.Test(t, func(t *testing.T) {
			tries := 0
			c := fakeClient(t, Config{Backoff: time.Microsecond, RequestsPerSecond: 1000}, func(r *http.Request) *http.Response {
				tries++
				if tries > 1 {
					return respond(r, 200, `{"total_count":0,"fee_records":[]}`)
				}
				resp := respond(r, 429, `{"error_code":"APIGW.0308"}`)
				resp.Header.Set("Retry-After", header)
				return resp
			})
			started := time.Now()
			if _, err := c.Page(t.Context(), records, nil, 0); err != nil {
				t.Fatal(err)
			}
			if d := time.Since(started); d < want || d > want+10*time.Millisecond {
				t.Errorf("Retry-After %q: waited %v", header, d)
			}
		})
	}
}

// The waits double up to their bound, and spread over the whole range.
func TestDelays(t *testing.T) {
	var longest [12]time.Duration
	var shortest [12]time.Duration
	for range 200 {
		b := newDelays(500 * time.Millisecond)
		for i := range longest {
			d := b.NextBackOff()
			longest[i] = max(longest[i], d)
			if shortest[i] == 0 || d < shortest[i] {
				shortest[i] = d
			}
		}
	}
	bound := 500 * time.Millisecond
	for i := range longest {
		if longest[i] > bound+1 || longest[i] < bound*8/10 || shortest[i] > bound*2/10 {
			t.Errorf("delay %d: %v to %v, want 0 to %v", i+1, shortest[i], longest[i], bound)
		}
		bound = min(2*bound, mostDelay)
	}
}

// An answer that never ends is given up and asked again.
func TestSlowAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		c := fakeClient(t, Config{}, func(r *http.Request) *http.Response {
			if tries++; tries > 1 {
				return respond(r, 200, `{"total_count":0,"fee_records":[]}`)
			}
			pr, pw := io.Pipe()
			context.AfterFunc(r.Context(), func() { pw.CloseWithError(r.Context().Err()) })
			return &http.Response{StatusCode: 200, Body: pr, Request: r}
		})
		started := time.Now()
		p, err := c.Page(t.Context(), records, nil, 0)
		if err != nil || p.Tries != 2 || time.Since(started) < answerTimeout {
			t.Errorf("after %v: %+v, %v", time.Since(started), p, err)
		}
	})
}

func TestEndlessAnswerIsCutOff(t *testing.T) {
	c := fakeClient(t, Config{}, nil)
	c.core.wire = whole{next: fakeWire(func(r *http.Request) *http.Response {
		return &http.Response{StatusCode: 200, ContentLength: 1 << 60, Body: io.NopCloser(endless{}), Request: r}
	}), timeout: answerTimeout, most: 1 << 20}
	c = c.core.client(c.source, "")
	if _, err := c.Page(t.Context(), records, nil, 0); err == nil || !strings.Contains(err.Error(), "larger than 1 MiB") {
		t.Errorf("error %v", err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
