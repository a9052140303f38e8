package desktop

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/internal/systembus"
)

// maxWindows bounds the sign-in windows that are open at the same time.
const maxWindows = 8

// windows opens sign-in windows as units of the user's systemd: a browser's sandbox does not run under the
// restrictions of the agent. There is one for each interface at most.
type windows struct {
	bus      client        // of the session
	command  []string      // see [Session.Window]
	shortest time.Duration // a window that lasts less could not be opened
	changed  func()        // is called after a window was opened or closed, and when systemd came or left; must not block
	logger   *slog.Logger

	mu      sync.Mutex
	isThere bool               // systemd
	opened  map[string]*window // by interface
	failed  map[string]bool    // interfaces whose last window ended at once
}

// window is one that is open.
type window struct {
	since  time.Time
	stop   func()        // ends the watch over its unit
	isDone bool          // its network was online since: it closes itself, and its unit only asks whether to remember the login
	ended  chan struct{} // closed when the unit has ended
}

// shortestWindow is how long a window is open at least that a person closes. One that ends before could not be
// opened: there is no screen, or no browser.
const shortestWindow = 2 * time.Second

// run notes whether there is a systemd, until the context ends.
func (w *windows) run(ctx context.Context) error {
	defer w.bus.Subscribe(systembus.Subscription{Service: systembus.Systemd, Present: func(isThere bool) {
		w.mu.Lock()
		w.isThere = isThere
		if !isThere {
			for _, window := range w.opened {
				window.stop()
				close(window.ended)
			}
			w.opened = nil
		}
		w.mu.Unlock()
		w.changed()
	}})()
	<-ctx.Done()
	return nil
}

// canOpen reports whether open can do anything.
func (w *windows) canOpen() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.isThere && len(w.command) > 0
}

// isOpen reports whether there is a window for an interface that open opened, and that is not done.
func (w *windows) isOpen(iface string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.opened[iface] != nil && !w.opened[iface].isDone
}

// done takes that the network of an interface is online.
func (w *windows) done(iface string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if window := w.opened[iface]; window != nil {
		window.isDone = true
	}
}

// end ends the unit of a window that is done, and waits for that.
func (w *windows) end(ctx context.Context, iface string) error {
	w.mu.Lock()
	window := w.opened[iface]
	w.mu.Unlock()
	if window == nil {
		return nil
	}
	err := w.stopUnit(ctx, iface)
	if answer, ok := errors.AsType[dbus.Error](err); err != nil && !(ok && answer.Name == systembus.Systemd+".NoSuchUnit") {
		return err // else it has just ended
	}
	select {
	case <-window.ended:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// isFailed reports whether the last window for an interface could not be opened.
func (w *windows) isFailed(iface string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.failed[iface]
}

// execution is one of ExecStart.
type execution struct {
	Path    string
	Argv    []string
	Ignored bool // whether it fails
}

// unitOf is the unit of the window for an interface (systemd.unit(5), "String escaping").
func unitOf(iface string) string {
	var b strings.Builder
	for _, c := range []byte(iface) {
		if isPlain(rune(c)) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, `\x%02x`, c)
		}
	}
	return `app-hotspot\x2dhelper-open-` + b.String() + ".service"
}

// isPlain reports whether a character of an interface's name needs no escape.
func isPlain(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' || r == '.'
}

// errNoSystemd says that no window can be opened from here.
var errNoSystemd = errors.New("there is no systemd of the user that could start it")

// open opens a window for an interface, unless there is one. The token lets it come to the front; empty: there is none.
func (w *windows) open(ctx context.Context, iface, token string) error {
	if !w.canOpen() {
		return fmt.Errorf("open the sign-in window of %s: %w", iface, errNoSystemd)
	}
	if w.isOpen(iface) {
		return nil
	}
	if err := w.end(ctx, iface); err != nil {
		return fmt.Errorf("end the sign-in window of %s: %w", iface, err)
	}
	unit := unitOf(iface)
	if err := w.watch(ctx, iface, unit); err != nil {
		return fmt.Errorf("open the sign-in window of %s: %w", iface, err)
	}
	err := w.start(ctx, iface, unit, token)
	if answer, ok := errors.AsType[dbus.Error](err); ok && answer.Name == systembus.Systemd+".UnitExists" {
		return nil // of an agent that ran before
	}
	if err != nil {
		w.closed(iface)
		return fmt.Errorf("open the sign-in window of %s: %w", iface, err)
	}
	w.logger.Info("sign-in window opened", "interface", iface, "unit", unit)
	return nil
}

// watch makes that the end of a unit is noticed.
func (w *windows) watch(ctx context.Context, iface, unit string) error {
	heard := make(chan struct{})
	hears := sync.OnceFunc(func() { close(heard) })
	stop := w.bus.Subscribe(systembus.Subscription{
		Service: systembus.Systemd,
		Rules:   []systembus.Rule{{Path: systembus.SystemdPath, Interface: systembus.SystemdManager, Member: "UnitRemoved", Arg0: unit}},
		Present: func(isThere bool) {
			if isThere {
				hears()
			}
		},
		Heard: func(*dbus.Signal) { w.closed(iface) },
	})
	if !w.note(iface, stop) {
		stop()
		return fmt.Errorf("there are %d already", maxWindows)
	}
	w.changed()
	select {
	case <-heard:
	case <-ctx.Done():
		w.closed(iface)
		return context.Cause(ctx)
	}
	err := w.bus.ask(ctx, systembus.Systemd, systembus.SystemdPath, systembus.SystemdManager+".Subscribe", nil)
	if answer, ok := errors.AsType[dbus.Error](err); err != nil && !(ok && answer.Name == systembus.Systemd+".AlreadySubscribed") {
		w.closed(iface)
		return err
	}
	return nil
}

// note notes that a window opens, unless there are too many.
func (w *windows) note(iface string, stop func()) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.opened) >= maxWindows {
		return false
	}
	if w.opened == nil {
		w.opened, w.failed = map[string]*window{}, map[string]bool{}
	}
	w.opened[iface] = &window{since: time.Now(), stop: stop, ended: make(chan struct{})}
	delete(w.failed, iface)
	return true
}

// start starts the unit of a window.
func (w *windows) start(ctx context.Context, iface, unit, token string) error {
	argv := append(slices.Clone(w.command), "--interface", iface)
	properties := []systembus.UnitProperty{
		systembus.Property("Description", "Sign-in window of "+iface),
		systembus.Property("Type", "exec"),
		systembus.Property("CollectMode", "inactive-or-failed"),
		systembus.Property("KillMode", "mixed"),
		systembus.Property("ExecStart", []execution{{argv[0], argv, false}}),
	}
	if token != "" {
		properties = append(properties, systembus.Property("Environment", []string{"XDG_ACTIVATION_TOKEN=" + token}))
	}
	ctx, stop := context.WithTimeout(ctx, callTime)
	defer stop()
	return systembus.StartUnit(ctx, w.bus, unit, properties)
}

// closed takes that a window is closed.
func (w *windows) closed(iface string) {
	w.mu.Lock()
	closed := w.opened[iface]
	delete(w.opened, iface)
	lasted := time.Duration(0)
	if closed != nil {
		lasted = time.Since(closed.since)
		w.failed[iface] = lasted < w.shortest
	}
	w.mu.Unlock()
	if closed != nil {
		closed.stop()
		close(closed.ended)
		w.logger.Info("sign-in window closed", "interface", iface, "after", lasted)
		w.changed()
	}
}

// close closes the window of an interface, if there is one.
func (w *windows) close(ctx context.Context, iface string) error {
	if !w.isOpen(iface) {
		return nil
	}
	return w.stopUnit(ctx, iface)
}

func (w *windows) stopUnit(ctx context.Context, iface string) error {
	var job dbus.ObjectPath
	return w.bus.ask(ctx, systembus.Systemd, systembus.SystemdPath, systembus.SystemdManager+".StopUnit", &job, unitOf(iface), "replace")
}
