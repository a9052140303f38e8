package notify

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/internal/systembus"
)

// The notification service on a session bus.
const (
	service  = "org.freedesktop.Notifications"
	path     = dbus.ObjectPath("/org/freedesktop/Notifications")
	busName  = "org.freedesktop.DBus"
	busPath  = dbus.ObjectPath("/org/freedesktop/DBus")
	callTime = 2 * time.Second
	// startTime bounds the start of a service.
	startTime = 10 * time.Second
	// pause is the shortest time between two changes of what is shown.
	pause = time.Second
)

// Bus is the part of [*systembus.Bus] that is used.
type Bus interface {
	Call(ctx context.Context, service string, path dbus.ObjectPath, method string, args ...any) ([]any, error)
	Subscribe(s systembus.Subscription) (stop func())
}

// Client shows the notifications that are passed to Show, while it runs. A notification that a person closed is not
// shown again before it was over.
type Client struct {
	Bus    Bus
	Name   string       // of the program, for people
	Icon   string       // name of an icon (Icon Naming Specification)
	Entry  string       // name of the program's desktop file, without its extension
	Chosen func(Choice) // must not block
	Logger *slog.Logger

	mu      sync.Mutex
	wanted  map[string]Notification
	over    map[string]bool   // was not wanted for a moment
	changed chan struct{}     // receives after Show
	stands  map[uint32]string // what the notifications on the screen are about, by number
	showing *Notification     // that one is being shown: its number may not be known yet
}

// Show replaces what is to be shown, by name: what is new is shown, what differs replaces what is there, and what
// is missing is withdrawn. It does not wait.
func (c *Client) Show(wanted map[string]Notification) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.prepare()
	for name := range c.wanted {
		if _, ok := wanted[name]; !ok {
			c.over[name] = true
		}
	}
	c.wanted = maps.Clone(wanted)
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

// prepare makes what the zero value lacks. The caller holds the mutex.
func (c *Client) prepare() {
	if c.changed == nil {
		c.changed, c.stands, c.over = make(chan struct{}, 1), map[uint32]string{}, map[string]bool{}
	}
}

// shown is a notification that was shown.
type shown struct {
	Notification

	id       uint32 // 0: the service does not have it any more
	isClosed bool   // by a person, or by time
	isFailed bool   // the service did not take it
	token    string // of the next action
}

// capabilities are what a service can show.
type capabilities struct{ actions, body, markup bool }

// run is what one Run knows.
type run struct {
	*Client

	isThere   bool // the service
	isStarted bool // it was asked to start for what is wanted now
	can       capabilities
	shown     map[string]*shown
	resting   <-chan time.Time // receives when the next change may be shown; nil: now
}

// maxSignals bounds those that wait. Only those about notifications of this program do.
const maxSignals = 32

// Run shows notifications until the context ends, and withdraws them then. The bus has to run for a moment longer.
func (c *Client) Run(ctx context.Context) error {
	c.mu.Lock()
	c.prepare()
	c.mu.Unlock()
	signals, present := make(chan heard, maxSignals), make(chan bool, 1)
	defer c.Bus.Subscribe(systembus.Subscription{
		Service: service,
		Rules:   []systembus.Rule{rule("NotificationClosed"), rule("ActionInvoked"), rule("ActivationToken")},
		Present: func(isThere bool) {
			select {
			case <-present:
			default:
			}
			present <- isThere
		},
		Heard: func(signal *dbus.Signal) {
			about, ok := c.aboutOf(signal)
			if !ok {
				return
			}
			select {
			case signals <- heard{signal, about}:
			default:
			}
		},
	})()
	r := &run{Client: c, shown: map[string]*shown{}}
	for {
		select {
		case <-ctx.Done():
			r.withdrawAll(context.WithoutCancel(ctx))
			return nil
		case <-c.changed:
			r.isStarted = false
		case isThere := <-present:
			r.came(ctx, isThere)
		case signal := <-signals:
			r.take(ctx, signal)
		case <-r.resting:
			r.resting = nil
		}
		if r.resting == nil {
			r.reconcile(ctx)
		}
	}
}

// came takes that a service is there or not. A new one has none of the notifications.
func (r *run) came(ctx context.Context, isThere bool) {
	r.isThere = isThere
	for _, s := range r.shown {
		s.id, s.isFailed = 0, false
	}
	r.mu.Lock()
	clear(r.stands)
	r.mu.Unlock()
	if !isThere {
		return
	}
	can, err := capabilitiesOf(ctx, r.Bus)
	if err != nil { // it shows text alone
		r.Logger.Debug("notification service does not say what it can show", "cause", err)
		can = capabilities{body: true}
	}
	r.can = can
}

// capabilitiesOf asks the service what it can show.
func capabilitiesOf(ctx context.Context, bus Bus) (capabilities, error) {
	var list []string
	if err := ask(ctx, bus, "GetCapabilities", &list); err != nil {
		return capabilities{}, err
	}
	return capabilities{actions: slices.Contains(list, "actions"), body: slices.Contains(list, "body"), markup: slices.Contains(list, "body-markup")}, nil
}

// HasActions reports whether a person can choose something on a notification. A service that is not there is started if
// the bus knows how. The error says that nothing shows notifications.
func HasActions(ctx context.Context, bus Bus) (bool, error) {
	can, err := capabilitiesOf(ctx, bus)
	if err != nil && startService(ctx, bus) == nil { // else it is there, and does not answer, or nothing is
		can, err = capabilitiesOf(ctx, bus)
	}
	if err != nil {
		return false, fmt.Errorf("find what shows notifications: %w", err)
	}
	return can.actions, nil
}

// ask calls a method of the service, within callTime.
func ask(ctx context.Context, bus Bus, method string, answer any, args ...any) error {
	ctx, stop := context.WithTimeout(ctx, callTime)
	defer stop()
	body, err := bus.Call(ctx, service, path, service+"."+method, args...)
	if err != nil || answer == nil {
		return err
	}
	return dbus.Store(body, answer)
}

// startService makes the bus start the service. Where the bus does not know how, that is an error also if it is there.
func startService(ctx context.Context, bus Bus) error {
	ctx, stop := context.WithTimeout(ctx, startTime)
	defer stop()
	_, err := bus.Call(ctx, busName, busPath, busName+".StartServiceByName", service, uint32(0))
	return err
}

// reconcile shows and withdraws what differs from what is wanted.
func (r *run) reconcile(ctx context.Context) {
	r.mu.Lock()
	wanted, over := r.wanted, r.over
	r.over = map[string]bool{}
	r.mu.Unlock()
	for name := range over {
		if s := r.shown[name]; s != nil {
			r.withdraw(ctx, s)
			delete(r.shown, name)
		}
	}
	names := slices.Sorted(maps.Keys(wanted))
	for _, name := range names[:min(len(names), maxShown)] {
		s := r.shown[name]
		if wanted[name].Hidden {
			r.hide(ctx, name)
			continue
		}
		if s != nil && (s.isClosed || (s.id != 0 || s.isFailed) && s.equal(wanted[name])) {
			continue
		}
		if !r.isThere {
			r.start(ctx)
			return // it is shown when the service comes
		}
		r.show(ctx, name, wanted[name])
	}
}

// hide makes that a notification is not shown before it was over.
func (r *run) hide(ctx context.Context, name string) {
	if r.shown[name] == nil {
		r.shown[name] = &shown{}
	}
	r.withdraw(ctx, r.shown[name])
	r.shown[name].isClosed = true
}

// start makes the bus start the service: many desktops do that at the first notification. It is tried once for
// what is wanted.
func (r *run) start(ctx context.Context) {
	if r.isStarted {
		return
	}
	r.isStarted = true
	if err := startService(ctx, r.Bus); err != nil {
		r.Logger.Debug("nothing shows notifications", "cause", err)
	}
}

// Urgencies (hint "urgency").
const (
	urgencyNormal   byte = 1
	urgencyCritical byte = 2
)

// show shows a notification, in place of what it was before.
func (r *run) show(ctx context.Context, name string, n Notification) {
	s := r.shown[name]
	if s == nil {
		s = &shown{}
		r.shown[name] = s
	}
	s.Notification = n
	m := n.message(r.can)
	urgency, expires := urgencyNormal, int32(-1)
	if n.Urgent {
		urgency = urgencyCritical
	}
	if n.Stays {
		expires = 0
	}
	hints := map[string]dbus.Variant{
		"urgency": dbus.MakeVariant(urgency), "category": dbus.MakeVariant("network"),
		"desktop-entry": dbus.MakeVariant(r.Entry), "transient": dbus.MakeVariant(!n.Stays),
	}
	before := s.id
	r.resting = time.After(pause)
	r.isShowing(&n)
	defer r.isShowing(nil)
	// Also at the end of the context: what was shown without its number cannot be withdrawn.
	err := ask(context.WithoutCancel(ctx), r.Bus, "Notify", &s.id, r.Name, s.id, r.Icon, m.summary, m.body, m.actions, hints, expires)
	if s.isFailed = err != nil; s.isFailed { // not tried again: the service may be slow, and have it
		s.id = before
		r.Logger.Debug("notification is not shown", "name", name, "cause", err)
		return
	}
	r.mu.Lock()
	delete(r.stands, before)
	r.stands[s.id] = n.About
	r.mu.Unlock()
}

func (r *run) isShowing(n *Notification) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.showing = n
}

// withdraw closes a notification.
func (r *run) withdraw(ctx context.Context, s *shown) {
	if s.id == 0 || s.isClosed {
		return
	}
	r.forget(s)
	if err := ask(ctx, r.Bus, "CloseNotification", nil, s.id); err != nil {
		r.Logger.Debug("notification is not withdrawn", "cause", err)
	}
	s.id = 0
}

// forget makes that nothing is heard of a notification any more.
func (r *run) forget(s *shown) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.stands, s.id)
}

// withdrawAll is the end: it takes at most callTime.
func (r *run) withdrawAll(ctx context.Context) {
	ctx, stop := context.WithTimeout(ctx, callTime)
	defer stop()
	for _, s := range r.shown {
		r.withdraw(ctx, s)
	}
}
