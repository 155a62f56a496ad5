package bss

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

const (
	agencyPath     = "/v3.0/OS-CREDENTIAL/securitytokens"
	agencyCall     = "CreateTemporaryAccessKeyByAgency"
	agencyLifetime = time.Hour
	refreshEarly   = 5 * time.Minute
)

// ErrNoAgency means that the customer granted the partner no agency: its own calls (resource packages, 95 usage)
// cannot be made. It wraps IAM's answer.
var ErrNoAgency = errors.New("the customer has no agency for this partner")

// AsCustomer returns a client that asks with the customer's own rights, through the agency named PlatformID. The
// credentials are had from IAM now, shared by all clients of the customer and renewed before they expire, also in
// mid-window. A customer without agency is ErrNoAgency, and stays so for the life of the root client.
func (c *Client) AsCustomer(ctx context.Context, customerID string) (*Client, error) {
	k := c.core
	switch {
	case customerID == "":
		return nil, errors.New("customer credentials: no customer id")
	case k.iam == nil:
		return nil, errors.New("customer credentials: no IAM endpoint: set partner.iam_endpoint")
	case k.platformID == "":
		return nil, fmt.Errorf("%w, because no platform id is set; set partner.platform_id to the xaccountType that Partner Center shows", ErrNoAgency)
	}
	a := k.agencies.of(k, customerID)
	if _, err := a.current(ctx); err != nil {
		return nil, err
	}
	return k.client(a, customerID), nil
}

// agencies holds one agency per customer.
type agencies struct {
	mu      sync.Mutex
	m       map[string]*agency
	inRow   int       // customers in a row for whom IAM failed
	last    error     // why, the last time
	retryAt time.Time // until then IAM is not asked for anybody
}

// paused is why IAM is not asked for a customer now; nil where it may be.
func (as *agencies) paused(a *agency, now time.Time) error {
	as.mu.Lock()
	defer as.mu.Unlock()
	switch {
	case a.failed != nil && now.Before(a.retryAt):
		return a.failed
	case as.last != nil && now.Before(as.retryAt):
		return fmt.Errorf("not asked, because IAM failed for %d customers in a row: %w", as.inRow, as.last)
	}
	return nil
}

// note counts how IAM answered for a customer.
func (as *agencies) note(a *agency, now time.Time, err error) {
	as.mu.Lock()
	defer as.mu.Unlock()
	if err == nil || errors.Is(err, ErrNoAgency) {
		a.failed, as.last, as.inRow = nil, nil, 0
		return
	}
	a.failed, a.retryAt = err, now.Add(iamPause)
	if as.inRow++; as.inRow >= iamFailures {
		as.last, as.retryAt = err, now.Add(iamPause)
	}
}

func (as *agencies) of(k *core, customerID string) *agency {
	as.mu.Lock()
	defer as.mu.Unlock()
	if as.m == nil {
		as.m = make(map[string]*agency)
	}
	a := as.m[customerID]
	if a == nil {
		a = &agency{core: k, customerID: customerID, turn: make(chan struct{}, 1)}
		as.m[customerID] = a
	}
	return a
}

// agency is the source of one customer's temporary credentials.
type agency struct {
	core       *core
	customerID string

	turn    chan struct{} // held while one goroutine asks IAM, so that the others wait and share the answer
	mu      sync.Mutex
	key     sealed // nil: none yet
	expires time.Time
	err     error     // ErrNoAgency, kept
	failed  error     // the last failure of IAM, kept until retryAt: not every window of the customer asks again
	retryAt time.Time //
}

// IAM that fails is left alone for a while: by a customer after one failure (of several tries), by all after some in a row.
const (
	iamPause    = 5 * time.Minute
	iamFailures = 5
)

func (a *agency) current(ctx context.Context) (Credentials, error) {
	select {
	case a.turn <- struct{}{}:
		defer func() { <-a.turn }()
	case <-ctx.Done():
		return Credentials{}, ctx.Err()
	}
	key, expires, err := a.held()
	if err != nil {
		return Credentials{}, err
	}
	now := a.core.now()
	if key != nil && now.Before(expires.Add(-refreshEarly)) {
		return key(), nil
	}
	if failed := a.core.agencies.paused(a, now); failed != nil {
		return Credentials{}, failed
	}
	fresh, until, err := a.fetch(ctx)
	if ctx.Err() == nil {
		a.core.agencies.note(a, now, err)
	}
	switch {
	case err == nil:
		a.hold(seal(fresh), until, nil)
	case errors.Is(err, ErrNoAgency):
		a.hold(nil, time.Time{}, err)
	case key != nil && now.Before(expires):
		// The old ones are good for a few minutes yet; the next try asks again.
		return key(), nil
	}
	return fresh, err
}

func (a *agency) held() (sealed, time.Time, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.key, a.expires, a.err
}

func (a *agency) hold(key sealed, expires time.Time, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.key, a.expires, a.err = key, expires, err
}

// refused forgets the credentials, unless another goroutine has renewed them already.
func (a *agency) refused(securityToken string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.key != nil && a.key().SecurityToken == securityToken {
		a.key = nil
	}
}

// fetch asks IAM, signed with the partner's own key.
func (a *agency) fetch(ctx context.Context) (Credentials, time.Time, error) {
	op := fmt.Sprintf("%s for customer %s", agencyCall, clean(a.customerID, 64))
	r, err := newRequest(a.core.iam, Call{Method: http.MethodPost, Path: agencyPath}, Params{"auth": map[string]any{
		"identity": map[string]any{
			"methods": []string{"assume_role"},
			"assume_role": map[string]any{
				"domain_id":        a.customerID,
				"agency_name":      a.core.platformID,
				"duration_seconds": int(agencyLifetime.Seconds()),
			},
		},
	}}, 0)
	if err != nil {
		return Credentials{}, time.Time{}, fmt.Errorf("%s: %w", op, err)
	}
	var creds Credentials
	var expires time.Time
	_, err = a.core.root.retry(ctx, op, r, func(ans *answer) (err error) {
		creds, expires, err = readCredential(ans.body)
		return err
	})
	var answered *Error
	if errors.As(err, &answered) && !answered.Fatal() && (answered.Status == http.StatusForbidden || answered.Status == http.StatusNotFound) {
		err = fmt.Errorf("%w: %w", ErrNoAgency, err)
	}
	if err != nil {
		return Credentials{}, time.Time{}, err
	}
	return creds, expires, nil
}

// readCredential reads IAM's answer. Its errors quote nothing of it: every part is a secret.
func readCredential(body []byte) (Credentials, time.Time, error) {
	var ans struct {
		Credential struct {
			Access        string    `json:"access"`
			Secret        string    `json:"secret"`
			SecurityToken string    `json:"securitytoken"`
			ExpiresAt     time.Time `json:"expires_at"`
		} `json:"credential"`
	}
	if json.Unmarshal(body, &ans) != nil {
		return Credentials{}, time.Time{}, &Error{Code: CodeJSON, Message: "the credential cannot be read", class: retryOnce}
	}
	c := Credentials{AK: ans.Credential.Access, SK: ans.Credential.Secret, SecurityToken: ans.Credential.SecurityToken}
	if c.check() != nil || c.SecurityToken == "" || ans.Credential.ExpiresAt.IsZero() {
		return Credentials{}, time.Time{}, &Error{Code: CodeEmpty, Message: "the credential is incomplete", class: retryOnce}
	}
	return c, ans.Credential.ExpiresAt, nil
}
