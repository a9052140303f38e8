package portal

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"

	"hotspot-helper/internal/redact"
)

// redacted is printed in place of a secret.
const redacted = redact.Mask

// Value is the value of a field, plain or secret. The zero Value is plain and empty.
//
// The text sits in a closure: fmt cannot look into a function, so no verb, no
// nesting in a struct and no reflection-based encoder prints a secret by accident.
type Value struct {
	reveal func() string
	secret bool
}

// Plain returns a value that may be printed.
func Plain(s string) Value { return Value{reveal: func() string { return s }} }

// Secret returns a value that is printed as "[redacted]" by every formatter, JSON and
// slog, and that a [Session] sends only where its secret rule allows.
func Secret(s string) Value { return Value{reveal: func() string { return s }, secret: true} }

// Reveal returns the text, even of a secret.
func (v Value) Reveal() string {
	if v.reveal == nil {
		return ""
	}
	return v.reveal()
}

// IsSecret reports whether the value was made by [Secret].
func (v Value) IsSecret() bool { return v.secret }

// String returns the text, or "[redacted]" for a secret.
func (v Value) String() string {
	if v.secret {
		return redacted
	}
	return v.Reveal()
}

// Format prints [Value.String] for any verb; a plain value keeps %q and flags.
func (v Value) Format(state fmt.State, verb rune) {
	if v.secret {
		_, _ = io.WriteString(state, redacted)
		return
	}
	if verb == 'v' && state.Flag('#') {
		_, _ = fmt.Fprintf(state, "%q", v.String())
		return
	}
	_, _ = fmt.Fprintf(state, fmt.FormatString(state, verb), v.String())
}

// MarshalJSON writes [Value.String] as a JSON string.
func (v Value) MarshalJSON() ([]byte, error) { return json.Marshal(v.String()) }

// MarshalText writes [Value.String].
func (v Value) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// LogValue logs [Value.String].
func (v Value) LogValue() slog.Value { return slog.StringValue(v.String()) }
