// Package notifytest is a notification service for tests, scripted in place of a person.
package notifytest

import (
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

const (
	service = "org.freedesktop.Notifications"
	path    = dbus.ObjectPath("/org/freedesktop/Notifications")
)

// Shown is a notification as the service got it.
type Shown struct {
	Replaces            uint32
	Icon, Summary, Body string
	Actions             []string
	Hints               map[string]dbus.Variant
	Expires             int32
}

// Daemon is a notification service on a bus.
type Daemon struct {
	t    testing.TB
	conn *dbus.Conn

	mu      sync.Mutex
	next    uint32
	shown   map[uint32]Shown
	calls   int // of Notify
	stopped bool
	changed chan struct{}
}

// Start puts the service on the bus, until the end of the test or Stop.
func Start(t testing.TB, address string, capabilities ...string) *Daemon {
	t.Helper()
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	d := &Daemon{t: t, conn: conn, next: 100, shown: map[uint32]Shown{}, changed: make(chan struct{}, 1)}
	t.Cleanup(d.Stop)
	err = conn.ExportMethodTable(map[string]any{
		"GetCapabilities":   func() ([]string, *dbus.Error) { return capabilities, nil },
		"Notify":            d.notify,
		"CloseNotification": func(id uint32) *dbus.Error { d.remove(id, 3); return nil },
	}, path, service)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.RequestName(service, dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	return d
}

// Stop takes the service from the bus. It says nothing afterwards.
func (d *Daemon) Stop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stopped = true
	_ = d.conn.Close()
}

func (d *Daemon) notify(_ string, replaces uint32, icon, summary, body string, actions []string, hints map[string]dbus.Variant, expires int32) (uint32, *dbus.Error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls++
	id := replaces
	if id == 0 {
		d.next++
		id = d.next
	}
	d.shown[id] = Shown{replaces, icon, summary, body, actions, hints, expires}
	d.wake()
	return id, nil
}

func (d *Daemon) wake() {
	select {
	case d.changed <- struct{}{}:
	default:
	}
}

// remove removes a notification for a reason of the specification, and says so.
func (d *Daemon) remove(id, reason uint32) {
	d.mu.Lock()
	_, ok := d.shown[id]
	delete(d.shown, id)
	d.wake()
	d.mu.Unlock()
	if ok {
		d.Emit("NotificationClosed", id, reason)
	}
}

// Emit sends a signal as the service.
func (d *Daemon) Emit(member string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stopped {
		return
	}
	if err := d.conn.Emit(path, service+"."+member, args...); err != nil {
		d.t.Errorf("emit %s: %v", member, err)
	}
}

// Dismiss is a person who closes a notification.
func (d *Daemon) Dismiss(id uint32) { d.remove(id, 2) }

// Act is a person who chooses an action. The notification goes, as on most desktops.
func (d *Daemon) Act(id uint32, action, token string) {
	d.Emit("ActivationToken", id, token)
	d.Emit("ActionInvoked", id, action)
	d.remove(id, 2)
}

// Calls is how often something was shown.
func (d *Daemon) Calls() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.calls
}

// Await waits until what stands is as wanted, and returns it.
func (d *Daemon) Await(what string, wanted func(map[uint32]Shown) bool) map[uint32]Shown {
	d.t.Helper()
	late := time.After(10 * time.Second)
	for {
		d.mu.Lock()
		now := maps.Clone(d.shown)
		d.mu.Unlock()
		if wanted(now) {
			return now
		}
		select {
		case <-d.changed:
		case <-late:
			d.t.Fatalf("%s: %+v", what, now)
		}
	}
}

// AwaitOne waits for the only notification that stands.
func (d *Daemon) AwaitOne(what string) (id uint32, s Shown) {
	d.t.Helper()
	for id, s = range d.Await(what, func(now map[uint32]Shown) bool { return len(now) == 1 }) {
	}
	return id, s
}

// AwaitNone waits until nothing stands.
func (d *Daemon) AwaitNone(what string) {
	d.t.Helper()
	d.Await(what, func(now map[uint32]Shown) bool { return len(now) == 0 })
}
