package bus

import (
	"maps"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"
)

// properties are those of [Interface]. They are read-only and never change.
type properties map[string]dbus.Variant

// methods are those of org.freedesktop.DBus.Properties (D-Bus specification, "Standard Interfaces").
func (p properties) methods() map[string]any {
	return map[string]any{"Get": p.get, "GetAll": p.getAll, "Set": p.set}
}

func (p properties) get(iface, name string) (dbus.Variant, *dbus.Error) {
	value, ok := p[name]
	switch {
	case iface != Interface:
		return dbus.Variant{}, prop.ErrIfaceNotFound
	case !ok:
		return dbus.Variant{}, prop.ErrPropNotFound
	}
	return value, nil
}

func (p properties) getAll(iface string) (map[string]dbus.Variant, *dbus.Error) {
	if iface != Interface {
		return nil, prop.ErrIfaceNotFound
	}
	return maps.Clone(p), nil
}

func (p properties) set(iface, name string, _ dbus.Variant) *dbus.Error {
	if _, err := p.get(iface, name); err != nil {
		return err
	}
	return prop.ErrReadOnly
}
