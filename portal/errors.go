package portal

import (
	"errors"
	"fmt"
)

// HostError says that a session may not talk to a host.
type HostError struct {
	Host   string // as it was asked for
	Reason string
}

func (e *HostError) Error() string { return fmt.Sprintf("talk to host %q: %s", e.Host, e.Reason) }

// SecretError says that a secret may not be sent to a host. It does not hold the secret.
type SecretError struct {
	Host   string
	Reason string
}

func (e *SecretError) Error() string {
	return fmt.Sprintf("send secret to host %q: %s", e.Host, e.Reason)
}

// redactedError is an error whose text passed through [Session.Redact]. It answers
// errors.Is and errors.As for its cause, but does not unwrap to it: the text of a cause
// may quote what the server echoed. The closure keeps the cause from formatters.
type redactedError struct {
	text  string
	cause func() error
}

func (e *redactedError) Error() string { return e.text }

// Is makes errors.Is look into the cause.
func (e *redactedError) Is(target error) bool { return errors.Is(e.cause(), target) }

// As makes errors.As look into the cause.
func (e *redactedError) As(target any) bool { return errors.As(e.cause(), target) }

// failure returns the error of an action, named after the step.
func (s *Session) failure(action string, cause error) error {
	text := fmt.Sprintf("%s: %v", action, cause)
	if step := s.ledger.currentStep(); step != "" {
		text = fmt.Sprintf("step %q: %s", step, text)
	}
	cause = s.redactHost(cause)
	return &redactedError{text: s.Redact(text), cause: func() error { return cause }}
}

// redactHost masks the host that the caller may read from an error's field: a page can
// put what it was told into a name.
func (s *Session) redactHost(cause error) error {
	if refused, ok := errors.AsType[*HostError](cause); ok {
		return &HostError{Host: s.Redact(refused.Host), Reason: refused.Reason}
	}
	if refused, ok := errors.AsType[*SecretError](cause); ok {
		return &SecretError{Host: s.Redact(refused.Host), Reason: refused.Reason}
	}
	return cause
}
