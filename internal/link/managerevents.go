package link

import (
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"
)

// managerEvents waits for NetworkManager's changes of leases and costs, which may come
// after the kernel's changes.
type managerEvents struct {
	logger  *slog.Logger
	signals chan *dbus.Signal // closed when the connection ends
	closed  chan struct{}

	mu   sync.Mutex
	conn *dbus.Conn
}

// watchManager listens on the system bus, whether NetworkManager runs already or not. It
// returns nil if there is no bus.
func (r *reader) watchManager() source {
	if r.bus != nil {
		return nil // a simulated bus has no signals
	}
	e := &managerEvents{logger: r.log(), closed: make(chan struct{})}
	if err := e.connect(); err != nil {
		r.log().Debug("network manager not watched", "cause", err)
		return nil
	}
	return e
}

func (e *managerEvents) connect() error {
	conn, err := dbus.ConnectSystemBus()
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
	signals := make(chan *dbus.Signal, 16)
	conn.Signal(signals)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.conn, e.signals = conn, signals
	if e.isClosed() {
		conn.Close()
	}
	return nil
}

// next waits for a relevant signal. If the bus goes away, next waits for it to come back,
// which is a change too: signals may be lost.
func (e *managerEvents) next() error {
	for {
		select {
		case <-e.closed:
			return net.ErrClosed
		case signal, open := <-e.signals:
			if !open {
				return e.reconnect()
			}
			if relevant(signal.Body) {
				return nil
			}
		}
	}
}

// reconnect connects to the bus with a growing delay.
func (e *managerEvents) reconnect() error {
	for delay := firstRetry; ; delay = min(2*delay, lastRetry) {
		select {
		case <-e.closed:
			return net.ErrClosed
		case <-time.After(delay):
		}
		err := e.connect()
		if err == nil {
			return nil
		}
		e.logger.Debug("network manager not watched, trying again", "cause", err)
	}
}

func (e *managerEvents) isClosed() bool {
	select {
	case <-e.closed:
		return true
	default:
		return false
	}
}

func (e *managerEvents) close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.isClosed() {
		close(e.closed)
	}
	e.conn.Close()
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
