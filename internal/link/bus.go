package link

import (
	"context"
	"time"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/internal/systembus"
)

// caller calls methods of services on the system bus. It never starts a service, because
// reading name servers must not start a network manager.
type caller interface {
	call(ctx context.Context, service string, path dbus.ObjectPath, method string, args ...any) ([]any, error)
	close()
}

func (r *reader) systemBus() caller {
	if r.bus != nil {
		return r.bus()
	}
	return &systemBus{address: r.address}
}

// systemBus connects at the first call, and is used for one reading.
type systemBus struct {
	address string // empty: the usual one
	conn    *systembus.Conn
	err     error
}

// busTimeout bounds connecting, and one call; a slower bus or manager is ignored.
const busTimeout = time.Second

func (b *systemBus) call(ctx context.Context, service string, path dbus.ObjectPath, method string, args ...any) ([]any, error) {
	if b.conn == nil && b.err == nil {
		dialing, stop := context.WithTimeout(ctx, busTimeout)
		b.conn, b.err = systembus.Dial(dialing, b.address)
		stop()
	}
	if b.err != nil {
		return nil, b.err
	}
	ctx, cancel := context.WithTimeout(ctx, busTimeout)
	defer cancel()
	return b.conn.Call(ctx, service, path, method, args...)
}

func (b *systemBus) close() {
	if b.conn != nil {
		b.conn.Close()
	}
}

// property reads one property into the variable that value points to.
func property(ctx context.Context, call caller, service string, path dbus.ObjectPath, iface, name string, value any) error {
	body, err := call.call(ctx, service, path, "org.freedesktop.DBus.Properties.Get", iface, name)
	if err != nil {
		return err
	}
	var variant dbus.Variant
	if err := dbus.Store(body, &variant); err != nil {
		return err
	}
	return variant.Store(value)
}
