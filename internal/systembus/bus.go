// Package systembus keeps the agent's one connection to the system bus: for everything that asks
// or hears NetworkManager, systemd-resolved or logind. That of a user keeps one to the session bus in the same way.
package systembus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/internal/bus/wire"
	"hotspot-helper/internal/wait"
)

// ErrNoBus says that there is no bus to ask.
var ErrNoBus = errors.New("there is no bus")

// Bus is a connection that is made again whenever it is lost. The zero value is ready to use.
// Its methods may be called from any goroutine.
type Bus struct {
	Address string       // empty: the usual one of the system bus
	Name    string       // for messages; empty: "system bus"
	Logger  *slog.Logger // nil discards

	mu            sync.Mutex
	conn          *Conn // nil: there is none
	tried         chan struct{}
	subscriptions []*subscription
	added         chan struct{} // receives after a subscription
}

// Subscription is what to hear of one service. Its functions are called one at a time, in order, by
// [Bus.Run]. They must not block.
type Subscription struct {
	Service string // well-known name, whose owner alone is heard
	Rules   []Rule // none: only whether the service is there
	// Present is called when the service came, with true, and when it left or cannot be heard, with
	// false. Signals may have been missed before: its state has to be read again. nil: nobody wants to know.
	Present func(isThere bool)
	Heard   func(*dbus.Signal) // nil only without rules
}

// Rule selects signals of a service.
type Rule struct {
	Path      dbus.ObjectPath // empty: of any object
	Interface string
	Member    string
	Arg0      string // the first argument; empty: any
}

// subscription is a Subscription with what is known on the present connection.
type subscription struct {
	Subscription

	owner     string // unique name; empty: the service is not there; written with the mutex of the bus
	isMatched bool   // on the present connection
}

// Subscribe hears a service from now on, on each connection, until the returned function is called.
func (b *Bus) Subscribe(s Subscription) (stop func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.prepare()
	added := &subscription{Subscription: s}
	b.subscriptions = append(b.subscriptions, added)
	select {
	case b.added <- struct{}{}:
	default:
	}
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.subscriptions = slices.DeleteFunc(slices.Clone(b.subscriptions), func(other *subscription) bool { return other == added })
	}
}

// prepare makes what the zero value lacks. The caller holds the mutex.
func (b *Bus) prepare() {
	if b.tried == nil {
		b.tried, b.added = make(chan struct{}), make(chan struct{}, 1)
	}
}

// Call calls a method of a service, and never starts the service. While [Bus.Run] makes its first
// attempt to connect, Call waits for that. The error is [ErrNoBus] if there is no connection.
func (b *Bus) Call(ctx context.Context, service string, path dbus.ObjectPath, method string, args ...any) ([]any, error) {
	b.mu.Lock()
	b.prepare()
	tried := b.tried
	b.mu.Unlock()
	select {
	case <-tried:
	case <-ctx.Done():
		return nil, fmt.Errorf("ask %s: %w", service, context.Cause(ctx))
	}
	b.mu.Lock()
	conn := b.conn
	b.mu.Unlock()
	if conn == nil {
		return nil, fmt.Errorf("ask %s: %w", service, ErrNoBus)
	}
	return conn.Call(ctx, service, path, method, args...)
}

// backoff is the delay between attempts to connect.
var backoff = wait.Backoff{First: 100 * time.Millisecond, Last: 30 * time.Second}

// Run keeps the connection until the context ends, and returns nil. Without a socket of the bus it
// waits for one, and runs no timer.
func (b *Bus) Run(ctx context.Context) error {
	for failed, said := 0, ""; ; failed++ {
		isConnected, err := b.connect(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if isConnected {
			failed, said = 0, ""
		}
		if text := err.Error(); text != said {
			b.log().Debug("bus is not there, trying again", "bus", b.name(), "cause", text)
			said = text
		}
		isNew, ended := wire.WaitForSocket(ctx, addressOf(b.Address), backoff.After(failed), err)
		if ended != nil {
			return nil
		}
		if isNew {
			failed = -1
		}
	}
}

// connect connects and hears the services until the connection is lost.
func (b *Bus) connect(ctx context.Context) (isConnected bool, err error) {
	conn, err := dial(ctx, b.Address, b.name(), b.isHeard)
	b.mu.Lock()
	b.prepare()
	b.conn = conn
	select {
	case <-b.tried:
	default:
		close(b.tried)
	}
	b.mu.Unlock()
	if err != nil {
		return false, err
	}
	defer b.disconnected(conn)
	return true, b.hear(ctx, conn)
}

// disconnected tells all who heard services that they do not hear them any more.
func (b *Bus) disconnected(conn *Conn) {
	b.mu.Lock()
	b.conn = nil
	b.mu.Unlock()
	conn.Close()
	for _, s := range b.all() {
		b.owned(s, "")
		s.isMatched = false
	}
}

func (b *Bus) all() []*subscription {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.subscriptions
}

// hear passes signals on until the connection is lost.
func (b *Bus) hear(ctx context.Context, conn *Conn) error {
	signals := make(chan *dbus.Signal)
	conn.bus.Signal(signals)
	for {
		if err := b.match(ctx, conn, signals); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-b.added:
		case signal, ok := <-signals:
			if !ok {
				return fmt.Errorf("hear the %s: %w", b.name(), ErrNoBus)
			}
			b.pass(signal)
		}
	}
}

// match subscribes to what is not heard yet.
func (b *Bus) match(ctx context.Context, conn *Conn, signals <-chan *dbus.Signal) error {
	for _, s := range b.all() {
		if s.isMatched {
			continue
		}
		if err := b.matchOne(ctx, conn, s, signals); err != nil {
			return fmt.Errorf("hear %s: %w", s.Service, err)
		}
	}
	return nil
}

// maxWaiting bounds the signals of the bus that wait: it sends one when a service comes or leaves.
const maxWaiting = 1000

// matchOne subscribes to one service. Meanwhile the signals of services are passed on, because those that wait, decoded,
// have no bound: a service that is heard can send as many as the bus takes. What the bus itself sends waits: it may be newer
// than the owner that it tells.
func (b *Bus) matchOne(ctx context.Context, conn *Conn, s *subscription, signals <-chan *dbus.Signal) error {
	type answer struct {
		owner string
		err   error
	}
	answered := make(chan answer, 1)
	go func() {
		var a answer
		if a.err = conn.match(ctx, s.Subscription); a.err == nil {
			a.owner, a.err = conn.ownerOf(ctx, s.Service)
		}
		answered <- a
	}()
	var waiting []*dbus.Signal
	for {
		select {
		case a := <-answered:
			if a.err != nil {
				return a.err
			}
			s.isMatched = true
			b.owned(s, a.owner)
			for _, signal := range waiting {
				b.pass(signal)
			}
			return nil
		case signal, ok := <-signals:
			switch {
			case !ok:
				return ErrNoBus
			case signal.Sender != busName:
				b.pass(signal)
			case len(waiting) == maxWaiting:
				return errors.New("the bus says too much meanwhile")
			default:
				waiting = append(waiting, signal)
			}
		}
	}
}

// pass gives a signal to those who hear its sender. Everyone on the bus can send a signal to this
// connection, regardless of the rules.
func (b *Bus) pass(signal *dbus.Signal) {
	if signal.Sender == busName {
		if name, owner, ok := ownerChange(signal); ok {
			for _, s := range b.all() {
				if s.Service == name && s.isMatched {
					b.owned(s, owner)
				}
			}
		}
		return
	}
	for _, s := range b.all() {
		if s.owner == signal.Sender && s.isMatched && slices.ContainsFunc(s.Rules, func(r Rule) bool { return r.matches(signal) }) {
			s.Heard(signal)
		}
	}
}

// isHeard reports whether anyone hears a sender. It is called before a signal is decoded. What an
// owner sent before that was known here is missed: its state is read after [Subscription.Present].
func (b *Bus) isHeard(sender string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.ContainsFunc(b.subscriptions, func(s *subscription) bool { return len(s.Rules) > 0 && s.owner == sender })
}

// owned takes the present owner of a service.
func (b *Bus) owned(s *subscription, owner string) {
	b.mu.Lock()
	isSame := s.owner == owner
	s.owner = owner
	b.mu.Unlock()
	if isSame {
		return
	}
	if s.Present != nil {
		s.Present(owner != "")
	}
}

func (r Rule) matches(signal *dbus.Signal) bool {
	var arg0 string
	if len(signal.Body) > 0 {
		arg0, _ = signal.Body[0].(string)
	}
	return cmp.Or(r.Path, signal.Path) == signal.Path && cmp.Or(r.Arg0, arg0) == arg0 &&
		r.Interface+"."+r.Member == signal.Name
}

func (b *Bus) name() string { return cmp.Or(b.Name, systemName) }

func (b *Bus) log() *slog.Logger { return cmp.Or(b.Logger, slog.New(slog.DiscardHandler)) }
