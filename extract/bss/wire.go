package bss

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

const (
	answerTimeout = 120 * time.Second // for a whole answer; the service's own limit is below it
	maxAnswer     = 256 << 20         // a full page is about 1.5 MB
	readAhead     = 4 << 20           // most that is allocated on the word of a Content-Length
)

// newTransport is the one connection pool. It follows no redirect: it is used as a RoundTripper, which never does.
func newTransport(workers int, roots *x509.CertPool) *http.Transport {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                 proxy,
		DialContext:           dialer.DialContext,
		ForceAttemptHTTP2:     true,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		TLSHandshakeTimeout:   10 * time.Second,
		MaxIdleConns:          2 * workers, // BSS and IAM
		MaxIdleConnsPerHost:   workers,
		IdleConnTimeout:       90 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
}

// proxy is http.ProxyFromEnvironment, whose error repeats the address with its password.
func proxy(req *http.Request) (*url.URL, error) {
	u, err := http.ProxyFromEnvironment(req)
	if err != nil {
		return nil, errors.New("the proxy address in HTTPS_PROXY or HTTP_PROXY cannot be read: correct it")
	}
	return u, nil
}

// whole turns a response into one whose body has arrived completely, or into an error: a cut, slow or endless body
// is the wire's failure like a reset.
type whole struct {
	next    http.RoundTripper
	timeout time.Duration
	most    int64
	meter   Meter
}

func (w whole) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(req.Context(), w.timeout)
	defer cancel()
	started := time.Now() // how long a request took is measured, not decided: no injected clock
	resp, err := w.fetch(req.WithContext(ctx))
	if w.meter != nil {
		status := 0
		if err == nil {
			status = resp.StatusCode
		}
		w.meter.Request(pathOf(ctx, req), status, time.Since(started))
	}
	return resp, err
}

func (w whole) fetch(req *http.Request) (*http.Response, error) {
	resp, err := w.next.RoundTrip(req)
	if err != nil {
		return nil, &cleanError{hide(req, err.Error()), err}
	}
	defer resp.Body.Close()
	var b bytes.Buffer
	if n := min(resp.ContentLength, readAhead); n > 0 {
		b.Grow(int(n) + bytes.MinRead)
	}
	n, err := b.ReadFrom(io.LimitReader(resp.Body, w.most+1))
	if err != nil {
		return nil, fmt.Errorf("answer cut after %d bytes: %w", n, &cleanError{hide(req, err.Error()), err})
	}
	if n > w.most {
		return nil, &tooLargeError{w.most}
	}
	resp.Body = wholeBody{&b}
	return resp, nil
}

type wholeBody struct{ *bytes.Buffer }

func (wholeBody) Close() error { return nil }

// cleanError is an error of net/http, which quotes header lines that it cannot read as they came.
type cleanError struct {
	text string
	err  error
}

func (e *cleanError) Error() string { return e.text }
func (e *cleanError) Unwrap() error { return e.err }

type tooLargeError struct{ most int64 }

func (e *tooLargeError) Error() string {
	return fmt.Sprintf("the answer is larger than %d MiB", e.most>>20)
}

// answer is one whole answer of the service.
type answer struct {
	status  int
	header  http.Header
	body    []byte
	request *http.Request // as signed; for redaction only
}

func (a *answer) requestID() string { return clean(a.header.Get(headerRequestID), 128) }

// ok says that the gateway and the service took the request; the body may tell otherwise.
func (a *answer) ok() bool { return a.status >= 200 && a.status < 300 }

// send makes one try.
func (c *Client) send(ctx context.Context, r request) (*answer, error) {
	ctx = withPath(ctx, r.path)
	var body io.Reader
	if r.body != "" {
		body = bytes.NewReader([]byte(r.body))
	}
	req, err := http.NewRequestWithContext(ctx, r.method, r.url.String(), body)
	if err != nil {
		return nil, &credentialError{err}
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "settle")
	if r.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.trip.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	a := &answer{status: resp.StatusCode, header: resp.Header, request: resp.Request}
	if b, ok := resp.Body.(wholeBody); ok {
		a.body = b.Bytes()
	}
	return a, nil
}
