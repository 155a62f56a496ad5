package bss

import (
	"fmt"
	"io"
	"net/http"
	"reflect"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/signer"
	sdkrequest "github.com/huaweicloud/huaweicloud-sdk-go-v3/core/request"
)

const (
	headerSecurityToken = "X-Security-Token"
	headerLanguage      = "X-Language"
	headerRequestID     = "X-Request-Id"
)

// sign adds SDK-HMAC-SHA256 with the credentials of the moment and the injected clock.
type sign struct {
	source   source
	now      func() time.Time
	language string
	next     http.RoundTripper
}

func (s sign) RoundTrip(req *http.Request) (*http.Response, error) {
	creds, err := s.source.current(req.Context())
	if err != nil {
		return nil, &credentialError{err}
	}
	signed, err := s.sign(req, creds)
	if err != nil {
		return nil, &credentialError{err}
	}
	return s.next.RoundTrip(signed)
}

// sign works on a clone. Three quirks of SDK v0.1.207's signer matter: a query value that is no reflect.Value is left
// out of the signature, a body that is no string is encoded once more, and a header is signed only when handed to the
// builder. User-Agent is not handed over, because proxies rewrite it.
func (s sign) sign(req *http.Request, creds Credentials) (*http.Request, error) {
	b := sdkrequest.NewHttpRequestBuilder().WithMethod(req.Method).WithPath(req.URL.Path)
	for name, values := range req.URL.Query() {
		b.AddQueryParam(name, reflect.ValueOf(values))
	}
	if req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return nil, fmt.Errorf("sign: %w", err)
		}
		text, err := io.ReadAll(body)
		if err != nil {
			return nil, fmt.Errorf("sign: %w", err)
		}
		b.WithBody("", string(text))
	}
	out := req.Clone(req.Context())
	set := func(name, value string) {
		if value != "" {
			b.AddHeaderParam(name, value)
			out.Header.Set(name, value)
		}
	}
	set(signer.HeaderXDate, s.now().UTC().Format(signer.BasicDateFormat))
	set(headerSecurityToken, creds.SecurityToken)
	set(headerLanguage, s.language)
	added, err := signer.Sign(b.Build(), creds.AK, creds.SK)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	for name, value := range added {
		out.Header.Set(name, value)
	}
	return out, nil
}

// credentialError is a request that could not be signed. It is not the wire's fault, so it is not retried.
type credentialError struct{ err error }

func (e *credentialError) Error() string { return e.err.Error() }
func (e *credentialError) Unwrap() error { return e.err }
