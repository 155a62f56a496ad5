// Package bss speaks to the BSS billing API: a Call and its parameters come in, pages go out exactly as received, with
// the place of every record and the announced total beside them.
//
// Requests are signed, kept within the quota of their API path, retried where the service asks for it and nowhere
// else, and proven complete per window (Pages). What a record means is not known here; package extract reads it.
package bss

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
)

const (
	defaultRequestsPerSecond = 10 // the documented quota of every API
	maxRequestsPerSecond     = 1000
	defaultWorkers           = 8
	defaultTries             = 6
	defaultBackoff           = 500 * time.Millisecond
)

// Config says whom to ask, as whom, and how fast. It prints without its secrets.
type Config struct {
	// Endpoint and IAMEndpoint are base addresses, https:// or, for loopback only, http://.
	// IAMEndpoint may be empty where no customer credentials are needed.
	Endpoint, IAMEndpoint string
	// PlatformID names the agency that customers granted to the partner (xaccountType in Partner Center).
	PlatformID  string
	Credentials Credentials
	// Language is sent as X-Language; it changes names, never codes or amounts. Empty sends none.
	Language string
	// RequestsPerSecond is the quota of each API path, 1 to 1000; 0 means the documented 10.
	RequestsPerSecond int
	// Workers is the number of connections kept open for reuse; 0 means 8.
	Workers int
	// Now is the clock that signs, stamps pages and watches expiry; nil means time.Now.
	Now func() time.Time
	// Tries bounds how often one request is sent; 0 means 6.
	Tries int
	// RootCAs are the certificate authorities to trust; nil means those of the system.
	RootCAs *x509.CertPool
	// Backoff is the longest wait before the first retry; it doubles from try to try. 0 means 500 ms.
	Backoff time.Duration
	// Meter is told of requests and retries; it may be nil.
	Meter Meter
}

// Meter counts what the client does. Its methods are called from many goroutines.
type Meter interface {
	// Request is one request on the wire: status 0 when no whole answer came back; took is without waiting for the quota.
	Request(path string, status int, took time.Duration)
	// Retry is a request about to be sent again, with a short reason such as "HTTP 429".
	Retry(path, reason string)
}

// Client asks the API as one account: the partner, or a customer (AsCustomer). It is safe for many goroutines.
type Client struct {
	core     *core
	source   source
	trip     http.RoundTripper // limit(sign(whole(transport)))
	customer string            // whose credentials; empty for the partner's own
}

// core is what a client shares with all its clones: one connection pool, one quota per path, one fatal error.
type core struct {
	endpoint, iam *url.URL // iam may be nil
	platformID    string
	language      string
	tries         int
	backoff       time.Duration
	now           func() time.Time
	log           *slog.Logger
	meter         Meter
	wire          http.RoundTripper // whole(transport)
	limits        *limits
	halt          *halt
	root          *Client
	agencies      agencies
}

// NewClient makes the partner's client. It sends nothing. The error lists everything that is wrong with cfg.
func NewClient(cfg Config, log *slog.Logger) (*Client, error) {
	endpoint, err1 := parseEndpoint("endpoint", cfg.Endpoint)
	var iam *url.URL
	var err2 error
	if cfg.IAMEndpoint != "" {
		iam, err2 = parseEndpoint("iam_endpoint", cfg.IAMEndpoint)
	}
	cfg, err3 := cfg.withDefaults()
	if err := errors.Join(err1, err2, cfg.Credentials.check(), err3); err != nil {
		return nil, fmt.Errorf("bss client: %w", err)
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	k := &core{
		endpoint: endpoint, iam: iam, platformID: cfg.PlatformID, language: cfg.Language,
		tries: cfg.Tries, backoff: cfg.Backoff, now: cfg.Now, log: log, meter: cfg.Meter,
		wire:   whole{next: newTransport(cfg.Workers, cfg.RootCAs), timeout: answerTimeout, most: maxAnswer, meter: cfg.Meter},
		limits: newLimits(cfg.RequestsPerSecond),
		halt:   newHalt(),
	}
	k.root = k.client(own{seal(cfg.Credentials)}, "")
	return k.root, nil
}

// client stacks the round trippers for one account; the order matters: a request is signed after it waited for its
// turn, so that its date is fresh.
func (k *core) client(s source, customer string) *Client {
	return &Client{
		core: k, source: s, customer: customer,
		trip: limit{k.limits, k.halt, sign{s, k.now, k.language, k.wire}},
	}
}

func (cfg Config) withDefaults() (Config, error) {
	var errs []error
	if cfg.RequestsPerSecond == 0 {
		cfg.RequestsPerSecond = defaultRequestsPerSecond
	}
	if cfg.RequestsPerSecond < 1 || cfg.RequestsPerSecond > maxRequestsPerSecond {
		errs = append(errs, fmt.Errorf("requests_per_second is %d: set 1 to %d", cfg.RequestsPerSecond, maxRequestsPerSecond))
	}
	if strings.ContainsFunc(cfg.Language, func(r rune) bool { return r <= ' ' || r > '~' }) {
		errs = append(errs, fmt.Errorf("language %q: set a code such as zh_CN", cfg.Language))
	}
	if cfg.Workers <= 0 {
		cfg.Workers = defaultWorkers
	}
	if cfg.Tries <= 0 {
		cfg.Tries = defaultTries
	}
	if cfg.Backoff <= 0 {
		cfg.Backoff = defaultBackoff
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return cfg, errors.Join(errs...)
}

// parseEndpoint refuses what would carry a signature in the clear or a secret in an address. Errors never repeat the
// address, which may hold a password.
func parseEndpoint(name, raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case raw == "":
		return nil, fmt.Errorf("%s is empty: set an address such as https://bss.myhuaweicloud.com", name)
	case err != nil || u.Hostname() == "" || strings.ContainsFunc(raw, unicode.IsSpace):
		return nil, fmt.Errorf("%s is no address: set one such as https://bss.myhuaweicloud.com", name)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("%s of %s holds a user, a query or a fragment: leave the bare address", name, u.Host)
	case u.Scheme == "https", u.Scheme == "http" && loopback(u.Hostname()):
		u.Path = strings.TrimRight(u.Path, "/")
		u.RawPath = ""
		return u, nil
	case u.Scheme == "http":
		return nil, fmt.Errorf("%s %s://%s is not encrypted: use https:// (http:// is for loopback only)", name, u.Scheme, u.Host)
	}
	return nil, fmt.Errorf("%s of %s has the scheme %q: use https://", name, u.Host, u.Scheme)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Page sends one request, for the records from offset on, and returns the answer with its records located.
// Calls with Limit 0 send no offset. Errors are *Error, except a cancelled ctx and a lost agency (ErrNoAgency).
func (c *Client) Page(ctx context.Context, call Call, p Params, offset int) (*Page, error) {
	op := call.Name
	if call.Limit > 0 {
		op = fmt.Sprintf("%s offset %d", call.Name, offset)
	}
	r, err := newRequest(c.core.endpoint, call, p, offset)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	page := &Page{Request: r.text, Offset: offset}
	page.Tries, err = c.retry(ctx, op, r, func(a *answer) error {
		found, err := scan(a.body, call)
		if err != nil {
			return err
		}
		page.Body, page.Rows, page.Total = a.body, found.rows, found.total
		page.RequestID, page.Time = a.requestID(), c.core.now()
		return nil
	})
	if err != nil {
		return nil, err
	}
	return page, nil
}
