package bus

import (
	"errors"
	"fmt"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/agent"
)

// Names of errors that callers of the agent have nothing to decide by.
const (
	errorFailed  = "org.hotspothelper.Error.Failed"
	errorInvalid = "org.freedesktop.DBus.Error.InvalidArgs"
)

// naming pairs the name of an error on the bus with what callers decide by.
type naming struct {
	name string
	kind error
}

// agentErrors are those that the agent returns, under the names they go by on the bus.
func agentErrors() []naming {
	return []naming{
		{"org.hotspothelper.Error.NoAssociation", agent.ErrNoAssociation},
		{"org.hotspothelper.Error.NotLoggedIn", agent.ErrNotLoggedIn},
	}
}

// busErrors are those that the bus returns in the agent's place (D-Bus
// specification and dbus-protocol.h).
func busErrors() []naming {
	return []naming{
		{"org.freedesktop.DBus.Error.ServiceUnknown", ErrNoAgent},
		{"org.freedesktop.DBus.Error.NameHasNoOwner", ErrNoAgent},
		{"org.freedesktop.DBus.Error.NoReply", ErrNoAgent}, // it left before it answered
		{"org.freedesktop.DBus.Error.AccessDenied", ErrDenied},
	}
}

// toBus makes an error for the bus; nil stays nil.
func toBus(err error) *dbus.Error {
	if err == nil {
		return nil
	}
	name := errorFailed
	for _, n := range agentErrors() {
		if errors.Is(err, n.kind) {
			name = n.name
		}
	}
	return dbus.NewError(name, []any{text(err.Error())})
}

// fromAgent makes an error of what a call of the agent brought.
func fromAgent(method string, err error) error {
	var told dbus.Error
	if !errors.As(err, &told) {
		return fmt.Errorf("call %s: %w", method, err)
	}
	for _, n := range agentErrors() {
		if told.Name == n.name {
			return &agentError{told.Error(), n.kind}
		}
	}
	if told.Name == errorFailed {
		return errors.New(told.Error())
	}
	return fmt.Errorf("call %s: %w", method, fromBus(err))
}

// fromBus makes an error of what the bus answered.
func fromBus(err error) error {
	var told dbus.Error
	if !errors.As(err, &told) {
		return err
	}
	for _, n := range busErrors() {
		if told.Name == n.name {
			return n.kind
		}
	}
	return fmt.Errorf("%s: %w", told.Name, err)
}

// agentError is an error of the agent in the agent's own words, which name the kind already.
type agentError struct {
	message string
	kind    error
}

func (e *agentError) Error() string { return e.message }

func (e *agentError) Unwrap() error { return e.kind }
