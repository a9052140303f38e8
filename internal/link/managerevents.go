package link

import (
	"net"
	"slices"
	"sync"

	"github.com/godbus/dbus/v5"
)

// managerEvents tells when NetworkManager learns of a lease, or of what a link
// costs: it may do so after the link has its addresses.
type managerEvents struct {
	conn    *dbus.Conn
	signals chan *dbus.Signal
	closed  chan struct{}
	once    sync.Once
}

// watchManager listens on the system bus, whether NetworkManager is there yet or
// not. It returns nil where there is no bus.
func (r *reader) watchManager() source {
	if r.bus != nil {
		return nil // a played bus has no signals
	}
	conn, err := dbus.ConnectSystemBus()
	if err != nil {
		r.log().Debug("network manager not watched", "cause", err)
		return nil
	}
	for _, kind := range []string{".DHCP4Config", ".DHCP6Config", ".Device"} {
		err := conn.AddMatchSignal(
			dbus.WithMatchSender(managerService),
			dbus.WithMatchInterface("org.freedesktop.DBus.Properties"),
			dbus.WithMatchMember("PropertiesChanged"),
			dbus.WithMatchArg(0, managerService+kind),
		)
		if err != nil {
			r.log().Debug("network manager not watched", "cause", err)
			conn.Close()
			return nil
		}
	}
	e := &managerEvents{conn: conn, signals: make(chan *dbus.Signal, 16), closed: make(chan struct{})}
	conn.Signal(e.signals)
	return e
}

// next waits for a signal that counts. The end of the bus is not the end of the
// links: nothing more is heard, that is all.
func (e *managerEvents) next() error {
	for {
		select {
		case <-e.closed:
			return net.ErrClosed
		case signal, open := <-e.signals:
			if !open {
				<-e.closed
				return net.ErrClosed
			}
			if counts(signal.Body) {
				return nil
			}
		}
	}
}

func (e *managerEvents) close() {
	e.once.Do(func() {
		close(e.closed)
		e.conn.Close()
	})
}

// counts says whether a property that is read here is among those that changed.
func counts(body []any) bool {
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
