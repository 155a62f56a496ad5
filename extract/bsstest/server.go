package bsstest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// ServerOptions say how a world is served. The zero value serves it on a free port, unthrottled, without faults.
type ServerOptions struct {
	Listen            string // host:port; default 127.0.0.1:0
	RequestsPerSecond int    // per path, more gets 429 APIGW.0308; 0: no limit
	Faults            *FaultPlan
	AK, SK            string // the partner's keys; default fixed ones for tests
	PlatformID        string // the agency's name; default "platform-test"
	Now               func() time.Time
	Log               *slog.Logger
}

// Server serves a world: the BSS calls, and IAM's temporary keys on the same address.
type Server struct {
	world    *World
	options  ServerOptions
	now      func() time.Time
	log      *slog.Logger
	listener net.Listener
	http     *http.Server
	done     chan struct{}
	planner  *planner

	mu          sync.Mutex
	credentials map[string]*credential
	issued      uint64
	answered    map[string]int
	requests    uint64
	fault       func(*http.Request) *Fault
	buckets     map[string]*bucket
}

// NewServer starts to serve w. It panics where it cannot listen, as httptest does: see Listen for a server whose
// address a user has chosen.
func NewServer(w *World, o ServerOptions) *Server {
	s, err := Listen(w, o)
	if err != nil {
		panic("bsstest: " + err.Error())
	}
	return s
}

// Listen is NewServer for commands: an address that cannot be had is an error.
func Listen(w *World, o ServerOptions) (*Server, error) {
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	if o.AK == "" {
		o.AK, o.SK = "BSSTESTACCESSKEY0001", "bsstest-secret-key-of-the-partner-0001"
	}
	if o.PlatformID == "" {
		o.PlatformID = "platform-test"
	}
	s := &Server{
		world: w, options: o, now: o.Now, log: o.Log, done: make(chan struct{}), planner: newPlanner(o.Faults),
		credentials: map[string]*credential{o.AK: {sk: o.SK}}, answered: map[string]int{}, buckets: map[string]*bucket{},
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	l, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", o.Listen, err)
	}
	s.listener = l
	s.http = &http.Server{Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: 30 * time.Second, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug)}
	go func() {
		defer close(s.done)
		s.http.Serve(l) // ends with Close
	}()
	return s, nil
}

// URL is the address of both BSS and IAM.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() }

// AK is the partner's access key.
func (s *Server) AK() string { return s.options.AK }

// SK is the partner's secret key.
func (s *Server) SK() string { return s.options.SK }

// PlatformID is the name of the customers' agencies.
func (s *Server) PlatformID() string { return s.options.PlatformID }

// World is what is served.
func (s *Server) World() *World { return s.world }

// Close ends all connections and waits for the listener to be gone.
func (s *Server) Close() {
	s.http.Close()
	<-s.done
}

// Requests counts the answered requests (200, or 201 of IAM) per path.
func (s *Server) Requests() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.answered)
}

// SetFault lets f decide about every authorized request; nil, or a nil Fault, disturbs nothing. It goes before the plan.
func (s *Server) SetFault(f func(r *http.Request) *Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// maxBody is the gateway's limit of a request's body.
const maxBody = 12 << 20

var pages = sync.Pool{New: func() any { b := make([]byte, 0, 1<<20); return &b }}

// serve answers one request: gateway first (path, signature, quota), then the fault, then the call.
func (s *Server) serve(rw http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.requests++
	id := hex32(hash(s.world.seed, 0x1d, s.requests))
	s.mu.Unlock()
	rw.Header().Set("X-Request-Id", id)
	rw.Header().Set("Date", s.now().UTC().Format(http.TimeFormat))
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return
	}
	iam := r.URL.Path == tokenPath && r.Method == http.MethodPost
	c := callOf(r.Method, r.URL.Path)
	refuse := func(e *apiError, iam bool) {
		s.log.Debug("refused", "method", r.Method, "path", r.URL.Path, "status", e.status, "code", e.code)
		s.write(rw, r, e.status, e.body(iam), nil)
	}
	switch {
	case len(body) > maxBody:
		refuse(&apiError{http.StatusRequestEntityTooLarge, "APIGW.0201", "Request body is too large."}, false)
		return
	case c == nil && !iam:
		refuse(&apiError{http.StatusNotFound, "APIGW.0101", "The API does not exist or has not been published in the environment."}, false)
		return
	}
	caller, refusal := s.authorize(r, body)
	if refusal == nil && !s.take(r.URL.Path) {
		e := faultOf(FaultThrottle, 0)
		refusal = &apiError{e.Status, e.Code, fmt.Sprintf("The throttling threshold has been reached: policy user over ratelimit,limit:%d,time:1 second", s.options.RequestsPerSecond)}
	}
	if refusal != nil {
		refuse(refusal, false)
		return
	}
	q := &query{}
	if !iam {
		if q, refusal = readQuery(r, body); refusal != nil {
			refuse(refusal, false)
			return
		}
		q.caller, q.now = caller.customer, s.now().Unix()
	}
	f := s.faultFor(r, body, c, q, caller, iam)
	if f != nil && f.instead() {
		s.disturbed(rw, r, f, iam)
		return
	}
	if iam {
		answer, refusal := s.issue(caller, body)
		if refusal != nil {
			refuse(refusal, true)
			return
		}
		s.count(r.URL.Path, f)
		s.write(rw, r, http.StatusCreated, answer, f)
		return
	}
	buffer := pages.Get().(*[]byte)
	defer pages.Put(buffer)
	if refusal = s.answer(buffer, c, q, f); refusal != nil {
		refuse(refusal, false)
		return
	}
	s.count(r.URL.Path, f)
	s.write(rw, r, http.StatusOK, *buffer, f)
}

// answer writes the page that was asked for into buffer.
func (s *Server) answer(buffer *[]byte, c *call, q *query, f *Fault) *apiError {
	who := byPartner
	if q.caller != nil {
		who = byCustomer
	}
	if c.by&who == 0 {
		return &apiError{http.StatusForbidden, "CBC.0151", "Access denied."}
	}
	p := page{}
	if c.maxLimit > 0 {
		p = q.within(c.maxOffset, c.maxLimit)
	}
	s.world.mu.RLock()
	defer s.world.mu.RUnlock()
	l := c.answer(s.world, q)
	if q.err != nil {
		return q.err
	}
	if c.maxLimit == 0 {
		p.limit = l.count
	}
	p = f.disturb(p, q, c.maxLimit > 0)
	*buffer = l.append((*buffer)[:0], p)
	return nil
}

func (s *Server) faultFor(r *http.Request, body []byte, c *call, q *query, caller *credential, iam bool) *Fault {
	s.mu.Lock()
	hook := s.fault
	s.mu.Unlock()
	if hook != nil {
		r.Body = io.NopCloser(bytes.NewReader(body))
		if f := hook(r); f != nil {
			return f
		}
	}
	if s.planner == nil {
		return nil
	}
	if iam {
		key := hash(hashText(tokenPath), hashText(string(body)))
		return s.planner.next(key, key, true)
	}
	request, window := requestKeys(c, q, caller)
	return s.planner.next(request, window, false)
}

// disturbed answers with a fault that replaces the answer.
func (s *Server) disturbed(rw http.ResponseWriter, r *http.Request, f *Fault, iam bool) {
	pause(r.Context(), f.Delay)
	switch {
	case f.Reset:
		if conn, _, err := http.NewResponseController(rw).Hijack(); err == nil {
			if tcp, ok := conn.(*net.TCPConn); ok {
				tcp.SetLinger(0)
			}
			conn.Close()
		}
	case f.ErrorIn200 != "":
		e := &apiError{http.StatusOK, f.ErrorIn200, "The operation failed."}
		s.write(rw, r, http.StatusOK, e.body(false), nil)
	default:
		e := &apiError{f.Status, f.Code, f.Message}
		s.write(rw, r, f.Status, e.body(iam && f.Code == ""), nil)
	}
}

// write sends a body, cut or slowed down by f.
func (s *Server) write(rw http.ResponseWriter, r *http.Request, status int, body []byte, f *Fault) {
	rw.Header().Set("Content-Type", "application/json;charset=UTF-8")
	rw.Header().Set("Content-Length", strconv.Itoa(len(body)))
	rw.WriteHeader(status)
	if f != nil && f.Cut > 0 {
		rw.Write(body[:min(f.Cut, len(body)-1)])
		http.NewResponseController(rw).Flush()
		panic(http.ErrAbortHandler) // the server closes the connection: Content-Length stays unfulfilled
	}
	if f != nil && f.Delay > 0 {
		half := len(body) / 2
		rw.Write(body[:half])
		http.NewResponseController(rw).Flush()
		pause(r.Context(), f.Delay)
		body = body[half:]
	}
	rw.Write(body) // a client that went away is no error of ours
}

func pause(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

func (s *Server) count(path string, f *Fault) {
	if f != nil && f.Cut > 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answered[path]++
}

// bucket is a path's quota: a second's worth at most, refilled evenly.
type bucket struct {
	tokens float64
	last   time.Time
}

// take uses one request of a path's quota.
func (s *Server) take(path string) bool {
	rate := float64(s.options.RequestsPerSecond)
	if rate <= 0 {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	b := s.buckets[path]
	if b == nil {
		b = &bucket{tokens: rate, last: now}
		s.buckets[path] = b
	}
	b.tokens = min(rate, b.tokens+now.Sub(b.last).Seconds()*rate)
	b.last = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// text is a JSON value as text, for keys.
func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}
