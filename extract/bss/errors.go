package bss

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Codes of errors that the service did not name itself.
const (
	CodeJSON  = "JSON"  // the answer is complete but no JSON of the expected shape
	CodeCut   = "CUT"   // the answer's JSON ends early
	CodeEmpty = "EMPTY" // the answer holds neither what was asked for nor an error
)

// ErrMoved means that the pages of a window do not fit together: the announced total changed while paging, a page was
// short, or a record came on two pages. The window as a whole has to be asked again.
var ErrMoved = errors.New("the records moved while paging")

// Error is a request that failed for good: what was asked, what the service said, and what to do about it.
type Error struct {
	Op        string // the call, and the offset where it pages
	Status    int    // HTTP status; 0 when no whole answer came
	Code      string // the service's error code, or one of ours (CodeJSON ...); empty when none was given
	Message   string // the service's text, made printable, without secrets
	RequestID string // what the service's support asks for
	Err       error  // the cause below HTTP, if any

	class  class
	fatal  bool
	remedy string
	after  time.Duration // Retry-After
	tries  int
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.tries > 1 {
		fmt.Fprintf(&b, " (%d tries)", e.tries)
	}
	b.WriteString(":")
	if e.Status != 0 {
		fmt.Fprintf(&b, " HTTP %d", e.Status)
	}
	if e.Code != "" {
		b.WriteString(" " + e.Code)
	}
	if e.Message != "" {
		b.WriteString(" " + strconv.Quote(e.Message))
	}
	if e.Err != nil {
		b.WriteString(" " + e.Err.Error())
	}
	if e.RequestID != "" {
		b.WriteString(" (request id " + e.RequestID + ")")
	}
	if e.remedy != "" {
		b.WriteString(": " + e.remedy)
	}
	return b.String()
}

// Unwrap returns the cause below HTTP.
func (e *Error) Unwrap() error { return e.Err }

// Fatal says that no other request of the job can succeed either (wrong or expired key, clock off, not a partner);
// the message names the remedy. The client sends nothing more after it.
func (e *Error) Fatal() bool { return e.fatal }

// class says what a repetition may change.
type class int

const (
	never      class = iota
	retryMany        // the service or the wire is busy or broken: as often as Config.Tries
	retryOnce        // a whole answer, but not one that can be used
	retryFresh       // the credentials ran out: once, with new ones
)

const (
	codeExpired    = "CBC.0154"
	codeNotPartner = "CBC.5001"
	codeSuccess    = "CBC.0000"
	suffixClock    = ".0303" // APIGW.0303 and APIG.0303

	remedyKey       = "check HUAWEICLOUD_SDK_AK / _SK"
	remedyTemporary = "the temporary key may have expired: renew HUAWEICLOUD_SDK_AK / _SK / _SECURITY_TOKEN"
	remedyPartner   = "this account is no partner: use a key of the partner's own account"
)

// failed makes the error of an answer that is not a success, or nil.
func (c *Client) failed(a *answer) *Error {
	if a.ok() {
		return nil
	}
	e := readError(a)
	switch {
	case a.status == http.StatusTooManyRequests, a.status >= 500:
		e.class, e.after = retryMany, c.retryAfter(a)
	case a.status >= 300 && a.status < 400:
		e.Message = "a redirect, which is not followed: check the endpoint"
	}
	c.blame(e, a)
	return e
}

// blame finds the errors that concern the account rather than the request.
func (c *Client) blame(e *Error, a *answer) {
	partner := c.customer == ""
	refused := a.status == http.StatusUnauthorized || e.Code == codeExpired
	switch {
	case refused && strings.HasSuffix(e.Code, suffixClock):
		e.fatal, e.remedy = true, c.clockRemedy(a)
	case refused && partner:
		e.fatal, e.class, e.remedy = true, never, remedyKey
		if a.request.Header.Get(headerSecurityToken) != "" {
			e.remedy = remedyTemporary
		}
	case refused:
		e.class = retryFresh
	case partner && (e.Code == codeNotPartner || a.status == http.StatusForbidden && strings.Contains(strings.ToLower(e.Message), "no access to this api")):
		e.fatal, e.remedy = true, remedyPartner
	}
}

func (c *Client) clockRemedy(a *answer) string {
	skew, known := skewOf(a.header, c.core.now())
	if !known {
		return "set this machine's clock (NTP): it differs from the service by more than 15m"
	}
	if skew.Abs() < time.Minute {
		return remedyKey + " (this machine's clock agrees with the service)"
	}
	return fmt.Sprintf("set this machine's clock (NTP): it differs by %s from the service", skew.Abs())
}

// mostRetryAfter bounds what the service can make us wait.
const mostRetryAfter = time.Minute

// retryAfter reads Retry-After, seconds or a date. The documents do not mention it; a proxy may send it.
func (c *Client) retryAfter(a *answer) time.Duration {
	text := a.header.Get("Retry-After")
	var d time.Duration
	if s, err := strconv.ParseUint(text, 10, 16); err == nil {
		d = time.Duration(s) * time.Second
	} else if t, err := http.ParseTime(text); err == nil {
		d = t.Sub(c.core.now())
	}
	return max(0, min(d, mostRetryAfter))
}

// readError reads the envelopes of the gateway, of BSS and of IAM, and anything else as text.
func readError(a *answer) *Error {
	e := &Error{Status: a.status, RequestID: a.requestID()}
	var env struct {
		Code      json.RawMessage `json:"error_code"`
		Message   string          `json:"error_msg"`
		RequestID string          `json:"request_id"`
		Error     struct {
			Code    json.RawMessage `json:"code"`
			Message string          `json:"message"`
		} `json:"error"`
	}
	body := a.body[:min(len(a.body), 64<<10)]
	// A member of another type than documented leaves the others readable.
	err := json.Unmarshal(body, &env)
	var wrongType *json.UnmarshalTypeError
	switch {
	case err != nil && !errors.As(err, &wrongType):
		e.Message = hide(a.request, string(body))
	case env.Code != nil || env.Message != "":
		e.Code, e.Message = codeText(env.Code), hide(a.request, env.Message)
	default:
		e.Code, e.Message = codeText(env.Error.Code), hide(a.request, env.Error.Message)
	}
	e.Code = hide(a.request, e.Code)
	if e.RequestID == "" {
		e.RequestID = clean(env.RequestID, 128)
	}
	return e
}

// codeText reads a code that is text at BSS and a number at IAM; null is no code.
func codeText(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

// hide makes a text of the service printable and takes out what of the request's secrets it repeats.
func hide(req *http.Request, s string) string {
	if req != nil {
		auth := req.Header.Get("Authorization")
		for _, part := range strings.FieldsFunc(auth, func(r rune) bool { return r == ' ' || r == ',' }) {
			if name, value, ok := strings.Cut(part, "="); ok && name != "SignedHeaders" && value != "" {
				s = strings.ReplaceAll(s, value, redacted)
			}
		}
		if token := req.Header.Get(headerSecurityToken); token != "" {
			s = strings.ReplaceAll(s, token, redacted)
		}
	}
	return clean(s, 400)
}

// clean makes a hostile text fit for one line of a log: no control or invisible characters, at most n runes.
func clean(s string, n int) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case n == 0:
			return strings.TrimSpace(b.String()) + "…"
		case unicode.IsSpace(r), !unicode.IsPrint(r):
			r = ' '
		}
		b.WriteRune(r)
		n--
	}
	return strings.TrimSpace(b.String())
}

// skewOf is the service's clock minus ours, to the second.
func skewOf(h http.Header, now time.Time) (time.Duration, bool) {
	t, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0, false
	}
	return t.Sub(now).Round(time.Second), true
}
