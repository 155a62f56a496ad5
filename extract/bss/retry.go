package bss

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// mostDelay bounds the wait between two tries.
const mostDelay = 30 * time.Second

// retry sends r until accept takes an answer, and reports how often it was sent. It stands around the round trippers
// instead of being one, because whether an answer is worth another try is seen in its body: HTTP 200 can carry an
// error. Every try waits for the quota again.
func (c *Client) retry(ctx context.Context, op string, r request, accept func(*answer) error) (int, error) {
	delays := newDelays(c.core.backoff)
	var once, fresh bool
	for try := 1; ; try++ {
		err := c.try(ctx, r, accept)
		if err == nil {
			return try, nil
		}
		if ctx.Err() != nil {
			return try, fmt.Errorf("%s: %w", op, ctx.Err())
		}
		var e *Error
		if !errors.As(err, &e) || e.Op != "" {
			// Not ours to judge: not sent, no credentials, or an error that another request has explained already.
			return try, fmt.Errorf("%s: %w", op, err)
		}
		e.Op, e.tries = op, try
		again := try < c.core.tries
		switch e.class {
		case retryMany:
		case retryOnce:
			again, once = again && !once, true
		case retryFresh:
			again, fresh = again && !fresh, true
		default:
			again = false
		}
		if !again {
			if e.fatal {
				c.core.halt.stop(e)
			}
			return try, e
		}
		delay := max(delays.NextBackOff(), e.after)
		c.core.log.InfoContext(ctx, "retry", "call", op, "reason", e.reason(), "try", try, "wait", delay)
		if c.core.meter != nil {
			c.core.meter.Retry(r.path, e.reason())
		}
		if err := c.core.halt.wait(ctx, delay); err != nil {
			return try, fmt.Errorf("%s: %w", op, err)
		}
	}
}

// newDelays doubles from try to try with full jitter: anything from 0 to the bound, so that workers refused together
// do not come back together. The library jitters around a middle, hence half the bound.
func newDelays(first time.Duration) *backoff.ExponentialBackOff {
	b := &backoff.ExponentialBackOff{
		InitialInterval:     max(1, first/2),
		RandomizationFactor: 1,
		Multiplier:          2,
		MaxInterval:         mostDelay / 2,
	}
	b.Reset()
	return b
}

// try sends r once. An error that a repetition might cure is an *Error without Op.
func (c *Client) try(ctx context.Context, r request, accept func(*answer) error) error {
	a, err := c.send(ctx, r)
	if err != nil {
		return wireError(err)
	}
	if e := c.failed(a); e != nil {
		if e.class == retryFresh {
			c.source.refused(a.request.Header.Get(headerSecurityToken))
		}
		return e
	}
	err = accept(a)
	var e *Error
	if errors.As(err, &e) {
		e.Status, e.RequestID, e.Message = a.status, a.requestID(), hide(a.request, e.Message)
		c.blame(e, a)
		if e.class == retryFresh {
			c.source.refused(a.request.Header.Get(headerSecurityToken))
		}
	}
	return err
}

// wireError classifies what came instead of an answer.
func wireError(err error) error {
	var unsent *notSent
	var unsigned *credentialError
	if errors.As(err, &unsent) || errors.As(err, &unsigned) {
		return err
	}
	e := &Error{Err: err, class: retryMany}
	var untrusted *tls.CertificateVerificationError
	var large *tooLargeError
	switch {
	case errors.As(err, &untrusted):
		e.class, e.remedy = never, "check the endpoint, and the certificates this machine trusts"
	case errors.As(err, &large):
		e.class = never
	case errors.Is(err, context.DeadlineExceeded):
		e.Err = fmt.Errorf("no whole answer within %s: %w", answerTimeout, err)
	}
	return e
}

// reason says in a word or two why a request is repeated.
func (e *Error) reason() string {
	switch {
	case e.Code != "" && e.Status == http.StatusOK:
		return e.Code
	case e.Status != 0:
		return fmt.Sprintf("HTTP %d", e.Status)
	}
	return "no answer"
}
