package systembus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/internal/bus/wire"
)

const (
	// usualAddress is where the bus is by default (D-Bus specification, "System message bus").
	usualAddress = "unix:path=/run/dbus/system_bus_socket;unix:path=/var/run/dbus/system_bus_socket"
	// maxMessage bounds a message in bytes. The longest that is of use lists the access points
	// of a device: 48 bytes each.
	maxMessage = 256 << 10
	// setupTime bounds each exchange with the bus itself.
	setupTime = 10 * time.Second

	busName = "org.freedesktop.DBus"

	systemName = "system bus"
)

// Conn is one connection to a bus.
type Conn struct{ bus *dbus.Conn }

// Dial connects to the bus at an address; empty: the usual one. The context bounds the attempt. The
// error is [ErrNoBus] if nothing listens there.
func Dial(ctx context.Context, address string) (*Conn, error) {
	return dial(ctx, address, systemName, nil)
}

// DialSession is [Dial] for the bus of a user's session, which has no usual address.
func DialSession(ctx context.Context, address string) (*Conn, error) {
	return dial(ctx, address, "session bus", nil)
}

// dial is Dial for hearing signals of some.
func dial(ctx context.Context, address, name string, heard func(sender string) bool) (*Conn, error) {
	conn, err := wire.Dial(ctx, addressOf(address), wire.Options{Message: maxMessage, Heard: heard})
	if none, ok := errors.AsType[*wire.NoListenerError](err); ok {
		err = fmt.Errorf("%w: %w", ErrNoBus, none)
	}
	if err != nil {
		return nil, fmt.Errorf("connect to the %s: %w", name, err)
	}
	return &Conn{conn}, nil
}

func addressOf(address string) string { return cmp.Or(address, usualAddress) }

// Close ends the connection.
func (c *Conn) Close() { _ = c.bus.Close() } // it is not used any more

// Call calls a method of a service, and never starts the service.
func (c *Conn) Call(ctx context.Context, service string, path dbus.ObjectPath, method string, args ...any) ([]any, error) {
	answer := c.bus.Object(service, path).CallWithContext(ctx, method, dbus.FlagNoAutoStart, args...)
	return answer.Body, answer.Err
}

// match makes the bus send the signals of a subscription, and that its service comes or goes.
func (c *Conn) match(ctx context.Context, s Subscription) error {
	ctx, stop := context.WithTimeout(ctx, setupTime)
	defer stop()
	err := c.bus.AddMatchSignalContext(ctx, dbus.WithMatchSender(busName), dbus.WithMatchInterface(busName),
		dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, s.Service))
	for _, r := range s.Rules {
		options := []dbus.MatchOption{dbus.WithMatchSender(s.Service), dbus.WithMatchInterface(r.Interface), dbus.WithMatchMember(r.Member)}
		if r.Path != "" {
			options = append(options, dbus.WithMatchObjectPath(r.Path))
		}
		if r.Arg0 != "" {
			options = append(options, dbus.WithMatchArg(0, r.Arg0))
		}
		if err == nil {
			err = c.bus.AddMatchSignalContext(ctx, options...)
		}
	}
	return err
}

// ownerOf returns the unique name of a service; empty: it is not there.
func (c *Conn) ownerOf(ctx context.Context, service string) (owner string, err error) {
	ctx, stop := context.WithTimeout(ctx, setupTime)
	defer stop()
	err = c.bus.BusObject().CallWithContext(ctx, busName+".GetNameOwner", 0, service).Store(&owner)
	if answer, ok := errors.AsType[dbus.Error](err); ok && answer.Name == busName+".Error.NameHasNoOwner" {
		return "", nil
	}
	return owner, err
}

// ownerChange reads the signal NameOwnerChanged of the bus.
func ownerChange(signal *dbus.Signal) (name, owner string, ok bool) {
	if signal.Name != busName+".NameOwnerChanged" || len(signal.Body) != 3 {
		return "", "", false
	}
	name, isName := signal.Body[0].(string)
	owner, isOwner := signal.Body[2].(string)
	return name, owner, isName && isOwner
}
