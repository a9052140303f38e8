package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/internal/bus/wire"
)

// ownerChanged is the signal of the bus that a name has another owner (D-Bus specification).
const ownerChanged = "org.freedesktop.DBus.NameOwnerChanged"

// ownerChanges selects [ownerChanged] of the agent's name.
func ownerChanges() []dbus.MatchOption {
	return []dbus.MatchOption{
		dbus.WithMatchSender("org.freedesktop.DBus"),
		dbus.WithMatchInterface("org.freedesktop.DBus"),
		dbus.WithMatchMember("NameOwnerChanged"),
		dbus.WithMatchArg(0, Name),
	}
}

// hearOwner returns a channel that receives after each change of the agent's owner, and is closed when the
// context or the connection ends. The caller has to receive until then.
func hearOwner(ctx context.Context, conn *dbus.Conn) (<-chan struct{}, error) {
	signals := make(chan *dbus.Signal)
	conn.Signal(signals)
	if err := conn.AddMatchSignalContext(ctx, ownerChanges()...); err != nil {
		conn.RemoveSignal(signals)
		return nil, fmt.Errorf("hear whether an agent is there: %w", fromBus(err))
	}
	changes := make(chan struct{}, 1)
	go func() {
		defer close(changes)
		defer conn.RemoveSignal(signals)
		for hearOne(ctx, signals, changes) {
		}
	}()
	return changes, nil
}

// hearOne takes a signal. It reports whether more may come.
func hearOne(ctx context.Context, signals <-chan *dbus.Signal, changes chan<- struct{}) bool {
	select {
	case signal, ok := <-signals:
		if !ok {
			return false
		}
		if signal.Name == ownerChanged {
			select {
			case changes <- struct{}{}:
			default: // one is waiting
			}
		}
		return true
	case <-ctx.Done():
		return false
	}
}

// Gone returns a channel that is closed when the client's agent left the bus, when the bus went away,
// or when the context ends.
func (c *Client) Gone(ctx context.Context) (<-chan struct{}, error) {
	changes, err := hearOwner(ctx, c.conn)
	if err != nil {
		return nil, err
	}
	gone := make(chan struct{})
	c.tasks.Go(func() {
		defer close(gone)
		for {
			owner, err := findAgent(ctx, c.conn)
			if err != nil || owner != c.agent.Destination() {
				return
			}
			if _, ok := <-changes; !ok {
				return
			}
		}
	})
	return gone, nil
}

// Await waits for an agent on the bus after a [Dial] that failed: until its name has an owner, or, without a
// bus, for the bus's socket. Where the failure is another one, it waits for the delay. It returns
// the context's cause if the context ends first.
func Await(ctx context.Context, config Config, delay time.Duration, failure error) error {
	if !errors.Is(failure, ErrNoAgent) {
		_, err := config.Wait(ctx, delay, failure)
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	conn, err := connect(ctx, config, wire.Options{Message: maxAnswer})
	if err != nil {
		_, err = config.Wait(ctx, delay, err)
		return err
	}
	defer conn.Close()
	changes, err := hearOwner(ctx, conn)
	for err == nil {
		if _, err := findAgent(ctx, conn); !errors.Is(err, ErrNoAgent) {
			return context.Cause(ctx)
		}
		if _, ok := <-changes; !ok {
			return context.Cause(ctx) // nil: the bus went away
		}
	}
	return err
}
