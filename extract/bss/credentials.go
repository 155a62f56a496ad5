package bss

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

const redacted = "[redacted]"

// Credentials are an access key pair; SecurityToken belongs to temporary ones. However they are printed, logged or
// encoded, only "[redacted]" comes out.
type Credentials struct{ AK, SK, SecurityToken string }

// String hides the credentials.
func (Credentials) String() string { return redacted }

// GoString hides the credentials from %#v.
func (Credentials) GoString() string { return redacted }

// Format hides the credentials from every other verb.
func (Credentials) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue hides the credentials from slog.
func (Credentials) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON hides the credentials from encoders.
func (Credentials) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// MarshalText hides the credentials from encoders other than JSON's.
func (Credentials) MarshalText() ([]byte, error) { return []byte(redacted), nil }

func (c Credentials) check() error {
	const where = "HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK, or the credentials file"
	if c.AK == "" || c.SK == "" {
		return errors.New("no access key: set " + where)
	}
	for _, s := range []string{c.AK, c.SK, c.SecurityToken} {
		if strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return errors.New("the access key holds blanks or characters outside ASCII: check " + where)
		}
	}
	return nil
}

// source hands out the credentials to sign with. It is asked on every try.
type source interface {
	current(ctx context.Context) (Credentials, error)
	// refused says that the service did not accept the credentials with this security token any more.
	refused(securityToken string)
}

// sealed holds credentials where fmt cannot follow: it prints unexported fields without asking their methods, but of
// a function only the address.
type sealed func() Credentials

func seal(c Credentials) sealed { return func() Credentials { return c } }

// own is the source of the partner's key pair, which only an operator can change.
type own struct{ key sealed }

func (o own) current(context.Context) (Credentials, error) { return o.key(), nil }
func (o own) refused(string)                               {}
