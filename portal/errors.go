package portal

import (
	"errors"
	"fmt"
	"io"
	"syscall"

	"hotspot-helper/internal/web"
)

// HostError is the error of a request to a host that the session may not talk to.
type HostError struct {
	Host   string // as the request spelled it
	Reason string
}

func (e *HostError) Error() string { return fmt.Sprintf("talk to host %q: %s", e.Host, e.Reason) }

// Is reports whether the target is [web.ErrOwnAddress] and the host is this computer.
func (e *HostError) Is(target error) bool {
	return target == web.ErrOwnAddress && e.Reason == ownAddress
}

// SecretError is the error of sending a secret where it may not go. It does not contain
// the secret.
type SecretError struct {
	Host   string
	Reason string

	// SharedHost says which permission lifts it: [Permission.SharedHosts], not Cleartext.
	SharedHost bool
	// Cause is the error of [Config.BeforeSecret]; nil: the secret rule forbids it.
	Cause error
}

// Unwrap returns the cause.
func (e *SecretError) Unwrap() error { return e.Cause }

func (e *SecretError) Error() string {
	return fmt.Sprintf("send secret to host %q: %s", e.Host, e.Reason)
}

// IsClosed reports whether an error of a request says that the other end accepted the connection and
// closed or reset it in place of an answer. Some gateways do that on a refusal.
func IsClosed(err error) bool {
	for _, ended := range []error{io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE} {
		if errors.Is(err, ended) {
			return hadConnection(err)
		}
	}
	return false
}

// redactedError is an error with a redacted text. errors.Is and errors.As look into its
// cause, but it does not unwrap to it, because the text of the cause may quote a secret
// that the server echoed. The closure hides the cause from formatters.
type redactedError struct {
	text  string
	cause func() error
}

func (e *redactedError) Error() string { return e.text }

// Is makes errors.Is look into the cause.
func (e *redactedError) Is(target error) bool { return errors.Is(e.cause(), target) }

// As makes errors.As look into the cause.
func (e *redactedError) As(target any) bool { return errors.As(e.cause(), target) }

// failure returns the redacted error of an action, with the current step.
func (s *Session) failure(action string, cause error) error {
	text := fmt.Sprintf("%s: %v", action, cause)
	if step := s.trace.currentStep(); step != "" {
		text = fmt.Sprintf("step %q: %s", step, text)
	}
	cause = s.redactHost(cause)
	return &redactedError{text: s.Redact(text), cause: func() error { return cause }}
}

// redactHost masks the host in an error's field, because a page can put a secret into a
// host name.
func (s *Session) redactHost(cause error) error {
	if refused, ok := errors.AsType[*HostError](cause); ok {
		return &HostError{Host: s.Redact(refused.Host), Reason: refused.Reason}
	}
	if refused, ok := errors.AsType[*SecretError](cause); ok {
		return &SecretError{Host: s.Redact(refused.Host), Reason: refused.Reason, SharedHost: refused.SharedHost, Cause: refused.Cause}
	}
	return cause
}
