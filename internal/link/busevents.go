package link

import (
	"context"
	"slices"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/internal/systembus"
)

// sharedBus asks over the connection of a Watcher.
type sharedBus struct{ bus *systembus.Bus }

func (b sharedBus) call(ctx context.Context, service string, path dbus.ObjectPath, method string, args ...any) ([]any, error) {
	ctx, cancel := context.WithTimeout(ctx, busTimeout)
	defer cancel()
	return b.bus.Call(ctx, service, path, method, args...)
}

func (sharedBus) close() {}

// subscribe calls note after changes that managers of links report, which may come after the
// kernel's: of leases, costs and name servers; and when a manager came or left.
func subscribe(bus *systembus.Bus, note func()) (stop func()) {
	changed := func(iface string) systembus.Rule {
		return systembus.Rule{Interface: "org.freedesktop.DBus.Properties", Member: "PropertiesChanged", Arg0: iface}
	}
	var stops []func()
	for _, service := range []systembus.Subscription{
		{Service: managerService, Rules: []systembus.Rule{
			changed(managerService + ".DHCP4Config"), changed(managerService + ".DHCP6Config"), changed(managerService + ".Device"),
			{Path: managerPath, Interface: managerService, Member: "DeviceAdded"}, // it has its name before it has devices
		}},
		{Service: resolveService, Rules: []systembus.Rule{changed(resolveService + ".Manager")}},
		{Service: "org.freedesktop.network1"},
	} {
		service.Present = func(bool) { note() }
		service.Heard = func(signal *dbus.Signal) {
			if signal.Path == managerPath || relevant(signal.Body) {
				note()
			}
		}
		stops = append(stops, bus.Subscribe(service))
	}
	return func() {
		for _, stop := range stops {
			stop()
		}
	}
}

// relevant reports whether a property that this package reads is among those that changed.
func relevant(body []any) bool {
	if len(body) < 2 {
		return false
	}
	changed, _ := body[1].(map[string]dbus.Variant)
	for name := range changed {
		if slices.Contains([]string{"Options", "Dhcp4Config", "Dhcp6Config", "Ip4Config", "Ip6Config", "Metered", "DNS"}, name) {
			return true
		}
	}
	return false
}
