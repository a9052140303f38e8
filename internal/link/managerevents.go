package link

import (
	"context"
	"log/slog"
	"slices"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/internal/wait"
)

// managerEvents waits for NetworkManager's changes of leases and costs, which may come
// after the kernel's changes.
type managerEvents struct {
	logger  *slog.Logger
	conn    *dbus.Conn
	signals chan *dbus.Signal // closed when the connection ends
}

// watchManager listens on the system bus until the context ends, whether NetworkManager
// runs already or not. It returns nil if there is no bus.
func (r *reader) watchManager(ctx context.Context) source {
	if r.bus != nil {
		return nil // a simulated bus has no signals
	}
	e := &managerEvents{logger: r.log()}
	if err := e.connect(ctx); err != nil {
		r.log().Debug("network manager not watched", "cause", err)
		return nil
	}
	return e
}

func (e *managerEvents) connect(ctx context.Context) error {
	conn, err := dbus.ConnectSystemBus(dbus.WithContext(ctx))
	if err != nil {
		return err
	}
	for _, kind := range []string{".DHCP4Config", ".DHCP6Config", ".Device"} {
		err := conn.AddMatchSignal(
			dbus.WithMatchSender(managerService),
			dbus.WithMatchInterface("org.freedesktop.DBus.Properties"),
			dbus.WithMatchMember("PropertiesChanged"),
			dbus.WithMatchArg(0, managerService+kind),
		)
		if err != nil {
			conn.Close()
			return err
		}
	}
	e.conn, e.signals = conn, make(chan *dbus.Signal, 16)
	conn.Signal(e.signals)
	return nil
}

// next waits for a relevant signal. If the bus goes away, next waits for it to come back,
// which is a change too: signals may be lost.
func (e *managerEvents) next(ctx context.Context) error {
	for signal := range e.signals {
		if relevant(signal.Body) {
			return nil
		}
	}
	for failed := 0; ; failed++ {
		if err := wait.For(ctx, backoff.After(failed)); err != nil {
			return err
		}
		err := e.connect(ctx)
		if err == nil {
			return nil
		}
		e.logger.Debug("network manager not watched, trying again", "cause", err)
	}
}

// relevant reports whether a property that this package reads is among those that changed.
func relevant(body []any) bool {
	if len(body) < 2 {
		return false
	}
	changed, _ := body[1].(map[string]dbus.Variant)
	for name := range changed {
		if slices.Contains([]string{"Options", "Dhcp4Config", "Dhcp6Config", "Metered"}, name) {
			return true
		}
	}
	return false
}
