package main

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a text that never prints itself: however it is formatted, logged or encoded, "[redacted]" comes out.
// Reveal is the only way to its value.
type Secret struct{ text string }

const redacted = "[redacted]"

// Reveal is the text itself, for whoever signs with it.
func (s Secret) Reveal() string { return s.text }

// Format hides the secret from every verb of fmt, %#v included.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// String hides the secret from whoever asks for a Stringer.
func (Secret) String() string { return redacted }

// LogValue hides the secret from slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText hides the secret from encoders: JSON and YAML both ask for it.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
