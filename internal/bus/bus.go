// Package bus is the D-Bus interface of the agent: the service that shows it and takes
// requests for it, and the client.
package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/godbus/dbus/v5"
)

// How the agent is found on a bus.
const (
	Name      = "org.hotspothelper.Agent"  // well-known name
	Path      = "/org/hotspothelper/Agent" // of its one object
	Interface = "org.hotspothelper.Agent1" // of that object
)

// Config selects a bus. The zero value is the session bus.
type Config struct {
	System  bool         // the system bus
	Address string       // of the bus; empty: that of the environment
	Logger  *slog.Logger // nil discards
	Serving func()       // called by [Serve] when the agent is on the bus; nil: nothing is
}

// Why an agent cannot be served or asked.
var (
	// ErrNoBus says that there is no bus to connect to.
	ErrNoBus = errors.New("there is no bus")
	// ErrTaken says that another agent has the name.
	ErrTaken = errors.New("another agent is there")
	// ErrNoAgent says that no agent is on the bus, or that it left while it was asked.
	ErrNoAgent = errors.New("no agent is running")
	// ErrDenied says that the policy of the bus forbids the request. The policy for the
	// system bus is in configs/dbus.
	ErrDenied = errors.New("the bus does not allow it")
	// ErrBusy says that the agent, or the bus, has too many requests under way.
	ErrBusy = errors.New("there are too many requests at the moment: try again")
)

// String names the bus for messages.
func (c Config) String() string {
	if c.System {
		return "system bus"
	}
	return "session bus"
}

func (c Config) logger() *slog.Logger {
	if c.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return c.Logger
}

// connect connects to the bus with a function that opens the socket. The context bounds the
// attempt, not the connection.
func connect(ctx context.Context, config Config, dial func() (*dbus.Conn, error)) (*dbus.Conn, error) {
	if ctx.Err() != nil {
		return nil, fmt.Errorf("connect to the %s: %w", config, context.Cause(ctx))
	}
	conn, err := dial()
	if err != nil {
		return nil, fmt.Errorf("connect to the %s: %w: %w", config, ErrNoBus, err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	err = conn.Auth(nil)
	if err == nil {
		err = conn.Hello()
	}
	if !stop() {
		err = context.Cause(ctx)
	}
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("connect to the %s: %w", config, err)
	}
	return conn, nil
}

// inOrder keeps signals from overtaking each other, as they do with the default handler.
func inOrder() dbus.ConnOption { return dbus.WithSignalHandler(dbus.NewSequentialSignalHandler()) }

// dial opens the socket of a client. It never starts a bus.
func (c Config) dial() (*dbus.Conn, error) {
	switch {
	case c.Address != "":
		return dbus.Dial(c.Address, inOrder())
	case c.System:
		return dbus.SystemBusPrivate(inOrder())
	}
	return dbus.SessionBusPrivateNoAutoStartup(inOrder())
}

// dialBounded opens the socket of a service, to which anyone on the bus can send. It never
// starts a bus.
func (c Config) dialBounded() (*dbus.Conn, error) {
	address := c.Address
	switch {
	case address != "":
	case c.System:
		address = "unix:path=/var/run/dbus/system_bus_socket;unix:path=/run/dbus/system_bus_socket"
	default:
		address = fmt.Sprintf("unix:path=/run/user/%d/bus", os.Getuid())
	}
	conn, err := dialUnix(address)
	if err != nil {
		return nil, err
	}
	return dbus.NewConn(newBoundedConn(conn), inOrder())
}
