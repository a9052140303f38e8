package link

import (
	"context"
	"fmt"
	"time"

	"github.com/godbus/dbus/v5"
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
	return &systemBus{}
}

// systemBus connects at the first call, and is used for one reading.
type systemBus struct {
	conn *dbus.Conn
	err  error
}

// busTimeout bounds one call; a slower manager is ignored.
const busTimeout = time.Second

func (b *systemBus) call(ctx context.Context, service string, path dbus.ObjectPath, method string, args ...any) ([]any, error) {
	if b.conn == nil && b.err == nil {
		b.conn, b.err = dbus.ConnectSystemBus()
	}
	if b.err != nil {
		return nil, fmt.Errorf("connect to the system bus: %w", b.err)
	}
	ctx, cancel := context.WithTimeout(ctx, busTimeout)
	defer cancel()
	answer := b.conn.Object(service, path).CallWithContext(ctx, method, dbus.FlagNoAutoStart, args...)
	return answer.Body, answer.Err
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
