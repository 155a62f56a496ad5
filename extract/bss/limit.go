package bss

import (
	"context"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// pace is the part of the quota that is used. The service counts arrivals per second: sent at exactly the quota, the
// slightest unevenness of the network puts one request too many into some second, and it comes back as a 429.
const pace = 0.98

// limits keeps one limiter per API path, shared by all clones of a client.
type limits struct {
	perSecond rate.Limit
	mu        sync.Mutex
	m         map[string]*rate.Limiter
}

func newLimits(requestsPerSecond int) *limits {
	return &limits{perSecond: rate.Limit(float64(requestsPerSecond) * pace), m: make(map[string]*rate.Limiter)}
}

// of returns the path's limiter. Its burst is 1: evenly spaced requests are what a gateway that counts by the second
// accepts in full.
func (l *limits) of(path string) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.m[path] == nil {
		l.m[path] = rate.NewLimiter(l.perSecond, 1)
	}
	return l.m[path]
}

// limit lets a request pass when its path has quota left, and none after a fatal error.
type limit struct {
	limits *limits
	halt   *halt
	next   http.RoundTripper
}

func (l limit) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := l.halt.err(); err != nil {
		return nil, err
	}
	turn := l.limits.of(pathOf(req.Context(), req)).Reserve()
	if err := l.halt.wait(req.Context(), turn.Delay()); err != nil {
		turn.Cancel()
		return nil, err
	}
	return l.next.RoundTrip(req)
}

type pathKey struct{}

// withPath names the API path whose quota a request counts against: the endpoint may add a prefix of its own.
func withPath(ctx context.Context, path string) context.Context {
	return context.WithValue(ctx, pathKey{}, path)
}

func pathOf(ctx context.Context, req *http.Request) string {
	if p, ok := ctx.Value(pathKey{}).(string); ok {
		return p
	}
	return req.URL.Path
}

// halt holds the first fatal error: once it is set, nothing more is sent and every wait ends.
type halt struct {
	once  sync.Once
	ended chan struct{}
	cause error
}

func newHalt() *halt { return &halt{ended: make(chan struct{})} }

func (h *halt) stop(cause error) {
	h.once.Do(func() {
		h.cause = cause
		close(h.ended)
	})
}

// err returns the fatal error as an error of a request that was not sent, or nil.
func (h *halt) err() error {
	select {
	case <-h.ended:
		return &notSent{h.cause}
	default:
		return nil
	}
}

// wait lets d pass. It ends early, with an error, when ctx does or when another request failed fatally.
func (h *halt) wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return h.err()
	case <-ctx.Done():
		return ctx.Err()
	case <-h.ended:
		return h.err()
	}
}

type notSent struct{ cause error }

func (e *notSent) Error() string { return "not sent after a fatal error: " + e.cause.Error() }
func (e *notSent) Unwrap() error { return e.cause }
