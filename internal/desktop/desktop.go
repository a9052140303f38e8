// Package desktop connects an agent with what else runs on the computer: logind, which says when it
// sleeps and who sits at it, and NetworkManager, which checks connectivity too.
package desktop

import (
	"context"
	"log/slog"
	"time"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sync/errgroup"

	"hotspot-helper/agent"
	"hotspot-helper/internal/systembus"
)

// Agent is what is told, and heard: [*agent.Agent].
type Agent interface {
	Asleep(ctx context.Context) error
	Awake(ctx context.Context, text string) error
	Yield(ctx context.Context, why string) error
	Suspect(ctx context.Context, iface string, cause agent.Cause) error
	Status() agent.Status
	Listen(listener func(agent.Transition)) (stop func())
}

// Desktop keeps an agent informed. All of it works without logind and without NetworkManager.
type Desktop struct {
	Agent Agent
	Bus   *systembus.Bus // that somebody else runs
	// User is whose agent it is: it leaves logins to that of another user who sits at the computer.
	// nil: it is that of the machine, which leaves them to nobody.
	User   *uint32
	Logger *slog.Logger
}

// Run works until the context ends, which is no error.
func (d *Desktop) Run(ctx context.Context) error {
	tasks := []func(context.Context) error{
		(&sleep{agent: d.Agent, bus: client{d.Bus}, logger: d.Logger}).run,
		(&connectivity{agent: d.Agent, bus: client{d.Bus}, logger: d.Logger}).run,
		(&recheck{agent: d.Agent, check: client{d.Bus}.checkConnectivity, logger: d.Logger}).run,
	}
	if d.User != nil {
		tasks = append(tasks, (&seats{agent: d.Agent, bus: client{d.Bus}, user: *d.User, logger: d.Logger}).run)
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, task := range tasks {
		group.Go(func() error { return task(ctx) })
	}
	return group.Wait()
}

const (
	// callTime bounds one call of a service that answers from memory.
	callTime = 2 * time.Second
	// newsTime bounds all calls that follow from one change. A service that is slow then is not
	// asked any further until the next one.
	newsTime = 10 * time.Second
)

// connection is the part of [*systembus.Bus] that is used.
type connection interface {
	Call(ctx context.Context, service string, path dbus.ObjectPath, method string, args ...any) ([]any, error)
	Subscribe(s systembus.Subscription) (stop func())
}

// client asks services on the system bus.
type client struct{ connection }

// ask calls a method and stores its one answer, if a place for it is given.
func (c client) ask(ctx context.Context, service string, path dbus.ObjectPath, method string, answer any, args ...any) error {
	ctx, stop := context.WithTimeout(ctx, callTime)
	defer stop()
	body, err := c.Call(ctx, service, path, method, args...)
	if err != nil || answer == nil {
		return err
	}
	return dbus.Store(body, answer)
}

// get reads one property.
func (c client) get(ctx context.Context, service string, path dbus.ObjectPath, iface, name string, value any) error {
	var variant dbus.Variant
	if err := c.ask(ctx, service, path, propertiesInterface+".Get", &variant, iface, name); err != nil {
		return err
	}
	return variant.Store(value)
}

const propertiesInterface = "org.freedesktop.DBus.Properties"

// propertiesOf is the rule for changed properties of an interface.
func propertiesOf(iface string) systembus.Rule {
	return systembus.Rule{Interface: propertiesInterface, Member: "PropertiesChanged", Arg0: iface}
}

// mailbox holds the last value that was put into it and not taken yet. Only one goroutine puts.
type mailbox[T any] chan T

func newMailbox[T any]() mailbox[T] { return make(mailbox[T], 1) }

// put never waits.
func (m mailbox[T]) put(value T) {
	select {
	case <-m:
	default:
	}
	m <- value
}
