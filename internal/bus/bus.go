// Package bus is the D-Bus interface of the agent: the service that shows it and takes
// requests for it, and the client.
package bus

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/internal/bus/wire"
)

// How the agent is found on a bus.
const (
	Name      = "org.hotspothelper.Agent"  // well-known name
	Path      = "/org/hotspothelper/Agent" // of its one object
	Interface = "org.hotspothelper.Agent1" // of that object
)

// Config selects a bus. The zero value is the session bus.
type Config struct {
	System   bool         // the system bus
	Address  string       // of the bus; empty: that of the environment
	Logger   *slog.Logger // nil discards
	Activate bool         // [Dial] makes the bus start the agent, if it knows how and there is none
	Serving  func()       // called by [Serve] when the agent is on the bus; nil: nothing is

	group func(name string) (gid uint32, err error) // the ID of a group; nil: that of the system's files
}

// Why an agent cannot be served or asked.
var (
	// ErrNoBus says that there is no bus to connect to.
	ErrNoBus = errors.New("there is no bus")
	// ErrTaken says that another agent has the name.
	ErrTaken = errors.New("another agent is there")
	// ErrNoAgent says that no agent is on the bus, or that it left while it was asked.
	ErrNoAgent = errors.New("no agent is running")
	// ErrDenied says that the caller may not ask the agent of the system: it is neither a member of [Group], nor
	// does polkit authorize it for [Action]. A bus without the policy in configs/dbus forbids it by itself.
	ErrDenied = errors.New("the bus does not allow it")
	// ErrAuthentication says that polkit would authorize the caller after an authentication: see [Client.Authorize].
	ErrAuthentication = errors.New("it needs an authentication")
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

// connect connects to the bus. It never starts one. The context bounds the attempt, not the connection.
func connect(ctx context.Context, config Config, options wire.Options) (*dbus.Conn, error) {
	conn, err := wire.Dial(ctx, config.Addresses(), options)
	if none, ok := errors.AsType[*wire.NoListenerError](err); ok {
		err = noBus{none}
	}
	if err != nil {
		return nil, fmt.Errorf("connect to the %s: %w", config, err)
	}
	return conn, nil
}

// noBus is ErrNoBus with its cause.
type noBus struct{ cause error }

// Error says where no bus is, and nothing twice.
func (e noBus) Error() string {
	const none = "there is none"
	failed, ok := errors.AsType[*net.OpError](e.cause)
	if !ok || failed.Addr == nil {
		return none
	}
	text := none + " at " + failed.Addr.String()
	if call, ok := errors.AsType[*os.SyscallError](failed.Err); ok && !errors.Is(call, fs.ErrNotExist) {
		text += ": " + call.Err.Error()
	}
	return text
}

// Unwrap returns ErrNoBus and the cause.
func (e noBus) Unwrap() []error { return []error{ErrNoBus, e.cause} }

// Bounds of messages in bytes.
const (
	// maxMessage bounds a message to the agent. The longest that is of use has the groups of a caller.
	maxMessage = 16 << 10
	// maxCallBody bounds the arguments of a call of the agent. The longest has 64 bytes.
	maxCallBody = 1 << 10
	// maxAnswer bounds a message to a client: the longest lists the scanned networks.
	maxAnswer = 4 << 20
)

// callBounds are those of the calls that an agent has under way. The user of a caller is known only
// where there is a guard.
func (c Config) callBounds() *wire.Calls {
	bounds := &wire.Calls{
		Signatures: wire.Signatures(exported(&service{}, "")),
		Body:       maxCallBody, Total: maxAllCalls, User: maxUserCalls, Sender: maxCalls, Stranger: maxStrangerCalls,
	}
	if c.System {
		bounds.Answers, bounds.Longest = answerRate, maxAnswer
	} else {
		bounds.Stranger = maxCalls
	}
	return bounds
}

// Addresses are where the bus is.
func (c Config) Addresses() string {
	switch {
	case c.Address != "":
		return c.Address
	case c.System:
		return "unix:path=/var/run/dbus/system_bus_socket;unix:path=/run/dbus/system_bus_socket"
	default:
		return fmt.Sprintf("unix:path=/run/user/%d/bus", os.Getuid())
	}
}

// Wait waits before the next attempt to serve: for a delay, or until the bus makes its socket. Without
// a socket it waits for that alone, and runs no timer. The failure is what the last attempt
// returned. It reports whether a bus listens that did not then.
func (c Config) Wait(ctx context.Context, delay time.Duration, failure error) (isNew bool, err error) {
	return wire.WaitForSocket(ctx, c.Addresses(), delay, failure)
}
