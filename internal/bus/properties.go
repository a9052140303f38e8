package bus

import (
	"maps"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"
)

// properties are those of [Interface]. They are read-only and never change, and everyone may read them.
type properties struct {
	service *service
	values  map[string]dbus.Variant
}

// methods are those of org.freedesktop.DBus.Properties (D-Bus specification, "Standard Interfaces").
func (p properties) methods() map[string]any {
	return map[string]any{"Get": p.get, "GetAll": p.getAll, "Set": p.set}
}

func (p properties) get(call dbus.Message, iface, name string) (dbus.Variant, *dbus.Error) {
	if err := p.service.admit(call); err != nil {
		return dbus.Variant{}, err
	}
	return p.find(iface, name)
}

func (p properties) find(iface, name string) (dbus.Variant, *dbus.Error) {
	value, ok := p.values[name]
	switch {
	case iface != Interface:
		return dbus.Variant{}, prop.ErrIfaceNotFound
	case !ok:
		return dbus.Variant{}, prop.ErrPropNotFound
	}
	return value, nil
}

func (p properties) getAll(call dbus.Message, iface string) (map[string]dbus.Variant, *dbus.Error) {
	if err := p.service.admit(call); err != nil {
		return nil, err
	}
	if iface != Interface {
		return nil, prop.ErrIfaceNotFound
	}
	return maps.Clone(p.values), nil
}

func (p properties) set(call dbus.Message, iface, name string, _ dbus.Variant) *dbus.Error {
	if err := p.service.admit(call); err != nil {
		return err
	}
	if _, err := p.find(iface, name); err != nil {
		return err
	}
	return prop.ErrReadOnly
}
