package systembus

import (
	"context"

	"github.com/godbus/dbus/v5"
)

// The user's systemd on the session bus (org.freedesktop.systemd1(5)).
const (
	Systemd        = "org.freedesktop.systemd1"
	SystemdPath    = dbus.ObjectPath("/org/freedesktop/systemd1")
	SystemdManager = Systemd + ".Manager"
)

// UnitProperty is one of a unit.
type UnitProperty struct {
	Name  string
	Value dbus.Variant
}

// Property returns one whose value has the type on the bus that it has in Go.
func Property(name string, value any) UnitProperty {
	return UnitProperty{name, dbus.MakeVariant(value)}
}

// Caller calls methods of services: a [*Bus] or a [*Conn].
type Caller interface {
	Call(ctx context.Context, service string, path dbus.ObjectPath, method string, args ...any) ([]any, error)
}

// StartUnit makes the user's systemd start a unit that has no file. It has not done so yet when StartUnit returns. The
// error is a [dbus.Error] if there is a unit of that name.
func StartUnit(ctx context.Context, session Caller, unit string, properties []UnitProperty) error {
	type auxiliary struct {
		Name       string
		Properties []UnitProperty
	}
	answer, err := session.Call(ctx, Systemd, SystemdPath, SystemdManager+".StartTransientUnit", unit, "fail", properties, []auxiliary{})
	if err != nil {
		return err
	}
	var job dbus.ObjectPath
	return dbus.Store(answer, &job)
}
