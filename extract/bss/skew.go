package bss

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Skew is the service's clock minus ours, to the second. It makes one signed, cheap request without repetition. Both
// results can be set: an answer that refuses the key still tells the time.
func (c *Client) Skew(ctx context.Context) (time.Duration, error) {
	const op = "ListMeasureUnits"
	r, err := newRequest(c.core.endpoint, Call{Method: http.MethodGet, Path: "/v2/bases/measurements"}, nil, 0)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", op, err)
	}
	a, err := c.send(ctx, r)
	if err != nil {
		if ctx.Err() != nil {
			return 0, fmt.Errorf("%s: %w", op, ctx.Err())
		}
		return 0, named(op, wireError(err))
	}
	var failed error
	if e := c.failed(a); e != nil {
		failed = named(op, e)
	}
	skew, known := skewOf(a.header, c.core.now())
	if !known {
		failed = errors.Join(failed, fmt.Errorf("%s: the answer carries no date: compare this machine's clock with a time server", op))
	}
	return skew, failed
}

func named(op string, err error) error {
	var e *Error
	if errors.As(err, &e) && e.Op == "" {
		e.Op = op
		return e
	}
	return fmt.Errorf("%s: %w", op, err)
}
