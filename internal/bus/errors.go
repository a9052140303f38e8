package bus

import (
	"errors"
	"fmt"
	"strings"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/agent"
)

// Names of errors that callers of the agent do not decide by.
const (
	errorFailed  = "org.hotspothelper.Error.Failed"
	errorInvalid = "org.freedesktop.DBus.Error.InvalidArgs"
	errorLimits  = "org.freedesktop.DBus.Error.LimitsExceeded"
)

// naming pairs the name of an error on the bus with the error that callers decide by.
type naming struct {
	name string
	kind error
}

// agentErrors are errors that the agent and its guard return, with their names on the bus.
func agentErrors() []naming {
	return []naming{
		{"org.hotspothelper.Error.NoAssociation", agent.ErrNoAssociation},
		{"org.hotspothelper.Error.NotLoggedIn", agent.ErrNotLoggedIn},
		{"org.hotspothelper.Error.NotAuthorized", ErrDenied},
		{"org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", ErrAuthentication},
	}
}

// busErrors are those of the D-Bus specification and dbus-protocol.h. The bus returns them in the
// agent's place, the last one also the agent.
func busErrors() []naming {
	return []naming{
		{"org.freedesktop.DBus.Error.ServiceUnknown", ErrNoAgent},
		{"org.freedesktop.DBus.Error.NameHasNoOwner", ErrNoAgent},
		{"org.freedesktop.DBus.Error.NoReply", ErrNoAgent}, // it left before it answered
		{"org.freedesktop.DBus.Error.AccessDenied", ErrDenied},
		{errorLimits, ErrBusy},
	}
}

// maxErrorText bounds the text of an error in bytes.
const maxErrorText = 4096

// toBus returns an error as one of the bus; nil stays nil.
func toBus(err error) *dbus.Error {
	if err == nil {
		return nil
	}
	name := errorFailed
	for _, n := range append(agentErrors(), naming{errorLimits, ErrBusy}) {
		if errors.Is(err, n.kind) {
			name = n.name
		}
	}
	message := err.Error()
	if len(message) > maxErrorText {
		message = strings.ToValidUTF8(message[:maxErrorText], "") + "…"
	}
	return dbus.NewError(name, []any{text(message)})
}

// fromAgent returns the error of a call of the agent.
func fromAgent(method string, err error) error {
	answer, ok := errors.AsType[dbus.Error](err)
	if !ok {
		return fmt.Errorf("call %s: %w", method, err)
	}
	for _, n := range agentErrors() {
		if answer.Name == n.name {
			return &agentError{answer.Error(), n.kind}
		}
	}
	if answer.Name == errorFailed {
		return errors.New(answer.Error())
	}
	return fmt.Errorf("call %s: %w", method, fromBus(err))
}

// fromBus returns the error of an answer of the bus.
func fromBus(err error) error {
	answer, ok := errors.AsType[dbus.Error](err)
	if !ok {
		return err
	}
	for _, n := range busErrors() {
		if answer.Name == n.name {
			return n.kind
		}
	}
	return fmt.Errorf("%s: %w", answer.Name, err)
}

// agentError is an error of the agent with the agent's text, which names the kind already.
type agentError struct {
	message string
	kind    error
}

func (e *agentError) Error() string { return e.message }

func (e *agentError) Unwrap() error { return e.kind }
