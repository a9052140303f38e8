package bus

import (
	"log/slog"
	"sync"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/agent"
)

// maxQueue is how many transitions wait for a slow bus. An agent makes a few a minute.
const maxQueue = 256

// announcer sends transitions as signals. Its callers never wait for the bus.
type announcer struct {
	conn   *dbus.Conn
	logger *slog.Logger
	queue  chan agent.Transition
	full   sync.Once
	ended  chan struct{} // closed when nothing is sent any more
}

// newAnnouncer starts sending; it ends with the connection.
func newAnnouncer(conn *dbus.Conn, logger *slog.Logger) *announcer {
	a := &announcer{
		conn:   conn,
		logger: logger,
		queue:  make(chan agent.Transition, maxQueue),
		ended:  make(chan struct{}),
	}
	go a.run()
	return a
}

// add queues a transition, or drops it if the bus does not keep up: the status shows it
// anyway.
func (a *announcer) add(t agent.Transition) {
	select {
	case a.queue <- t:
	default:
		a.full.Do(func() { a.logger.Warn("bus is too slow: transitions are not announced", "waiting", maxQueue) })
	}
}

func (a *announcer) run() {
	defer close(a.ended)
	for {
		select {
		case <-a.conn.Context().Done():
			return
		case t := <-a.queue:
			if err := a.announce(t); err != nil && a.conn.Connected() {
				a.logger.Error("transition cannot be announced", "interface", t.Interface, "error", err)
			}
		}
	}
}

func (a *announcer) announce(t agent.Transition) error {
	transition, err := encode(t)
	if err != nil {
		return err
	}
	return a.conn.Emit(Path, Interface+"."+signalTransition, transition)
}
