package desktop

import (
	"context"
	"log/slog"
	"sync"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/agent"
	"hotspot-helper/internal/systembus"
)

// NetworkManager on the system bus.
const (
	managerService  = "org.freedesktop.NetworkManager"
	managerPath     = dbus.ObjectPath("/org/freedesktop/NetworkManager")
	deviceInterface = managerService + ".Device"
)

// Values of NetworkManager's connectivity (NMConnectivityState).
const (
	connectivityPortal  uint32 = 2
	connectivityLimited uint32 = 3
	connectivityFull    uint32 = 4
)

// The properties of a device that have its connectivity.
const (
	ip4Connectivity = "Ip4Connectivity"
	ip6Connectivity = "Ip6Connectivity"
)

// maxDevices bounds the devices that are kept.
const maxDevices = 256

// connectivity tells the agent when NetworkManager's own check sees that a link is not online any
// more: it may see that before the agent looks again.
type connectivity struct {
	agent  Agent
	bus    client
	logger *slog.Logger

	mu    sync.Mutex
	isNew bool         // there are devices of which nothing is known
	last  deviceValues // values
	signs deviceValues // that were not handled yet
}

// deviceValues are values of devices, by property.
type deviceValues map[dbus.ObjectPath]map[string]uint32

func (c deviceValues) set(device dbus.ObjectPath, name string, value uint32) {
	if c[device] == nil {
		if len(c) >= maxDevices {
			return
		}
		c[device] = map[string]uint32{}
	}
	c[device][name] = value
}

func (c *connectivity) run(ctx context.Context) error {
	wake := newMailbox[struct{}]()
	defer c.bus.Subscribe(systembus.Subscription{
		Service: managerService,
		Rules:   []systembus.Rule{propertiesOf(deviceInterface), {Path: managerPath, Interface: managerService, Member: "DeviceAdded"}},
		Present: func(bool) { c.forget(); wake.put(struct{}{}) },
		Heard: func(signal *dbus.Signal) {
			if signal.Path == managerPath {
				c.expect()
				wake.put(struct{}{})
			} else if c.note(signal.Path, connectivityOf(signal.Body)) {
				wake.put(struct{}{})
			}
		},
	})()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-wake:
			c.handle(ctx)
		}
	}
}

func (c *connectivity) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.isNew, c.last, c.signs = true, deviceValues{}, deviceValues{}
}

// expect makes the devices be read: there are more. NetworkManager has its name before it has devices.
func (c *connectivity) expect() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.isNew = true
}

// note takes values of a device, and reports whether there is a sign among them.
func (c *connectivity) note(device dbus.ObjectPath, values map[string]uint32) (signs bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, now := range values {
		if isSign(c.last[device][name], now) {
			c.signs.set(device, name, now)
			signs = true
		}
		c.last.set(device, name, now)
	}
	return signs
}

// connectivityOf reads what the signal PropertiesChanged says of connectivity.
func connectivityOf(body []any) map[string]uint32 {
	if len(body) < 2 {
		return nil
	}
	changed, _ := body[1].(map[string]dbus.Variant)
	values := map[string]uint32{}
	for _, name := range []string{ip4Connectivity, ip6Connectivity} {
		if value, ok := changed[name].Value().(uint32); ok {
			values[name] = value
		}
	}
	return values
}

// handle takes what was noted.
func (c *connectivity) handle(ctx context.Context) {
	ctx, stop := context.WithTimeout(ctx, newsTime)
	defer stop()
	c.mu.Lock()
	isNew, signs := c.isNew, c.signs
	c.isNew, c.signs = false, deviceValues{}
	c.mu.Unlock()
	if isNew {
		c.readDevices(ctx)
	}
	for device, values := range signs {
		for name, now := range values {
			c.suspect(ctx, device, name, now)
		}
	}
}

// readDevices reads the present values of all devices. What was heard meanwhile is newer.
func (c *connectivity) readDevices(ctx context.Context) {
	var paths []dbus.ObjectPath
	if err := c.bus.ask(ctx, managerService, managerPath, managerService+".GetDevices", &paths); err != nil {
		c.logger.Debug("NetworkManager does not list its devices", "cause", err)
	}
	paths = paths[:min(len(paths), maxDevices)]
	for _, device := range paths {
		for _, name := range []string{ip4Connectivity, ip6Connectivity} {
			var value uint32
			if c.bus.get(ctx, managerService, device, deviceInterface, name, &value) != nil {
				continue
			}
			c.mu.Lock()
			if _, heard := c.last[device][name]; !heard {
				c.last.set(device, name, value)
			}
			c.mu.Unlock()
		}
	}
	c.logger.Debug("connectivity of NetworkManager's devices read", "devices", len(paths))
}

// isSign reports whether a change says that a link which was online is not any more. NetworkManager says
// limited before its first check, and for a family that has no route, so that counts after full alone.
func isSign(before, now uint32) bool {
	switch now {
	case connectivityPortal:
		return before != connectivityPortal
	case connectivityLimited:
		return before == connectivityFull
	default:
		return false
	}
}

// suspect makes the agent probe the device's link, if it is online as far as the agent knows.
func (c *connectivity) suspect(ctx context.Context, device dbus.ObjectPath, name string, now uint32) {
	iface := c.bus.interfaceOf(ctx, device)
	if !c.isOnline(iface) || name == ip6Connectivity && !c.hasIPv6(ctx, device) {
		c.logger.Debug("sign of NetworkManager does not count", "interface", iface, "property", name, "value", now)
		return
	}
	text := "NetworkManager sees a portal"
	if now == connectivityLimited {
		text = "NetworkManager does not reach the Internet any more"
	}
	if err := c.agent.Suspect(ctx, iface, agent.Cause{Kind: agent.CauseConnectivity, Text: text}); err != nil {
		c.logger.Debug("sign of NetworkManager not taken", "interface", iface, "cause", err)
	}
}

// interfaceOf returns the interface of a device that its packets take; empty: it is not known.
func (c client) interfaceOf(ctx context.Context, device dbus.ObjectPath) string {
	for _, name := range []string{"IpInterface", "Interface"} {
		var iface string
		if err := c.get(ctx, managerService, device, deviceInterface, name, &iface); err == nil && iface != "" {
			return iface
		}
	}
	return ""
}

// isOnline reports whether the agent takes a link to be online, and does not look at it now.
func (c *connectivity) isOnline(iface string) bool {
	for _, as := range c.agent.Status().Associations {
		if as.Interface == iface && as.Phase == agent.Authenticated {
			return true
		}
	}
	return false
}

// hasIPv6 reports whether a device has an IPv6 default route.
func (c *connectivity) hasIPv6(ctx context.Context, device dbus.ObjectPath) bool {
	var config dbus.ObjectPath
	var gateway string
	err := c.bus.get(ctx, managerService, device, deviceInterface, "Ip6Config", &config)
	if err != nil || config == "/" {
		return false
	}
	err = c.bus.get(ctx, managerService, config, managerService+".IP6Config", "Gateway", &gateway)
	return err == nil && gateway != ""
}

// checkConnectivity makes NetworkManager check now, and waits for the result.
func (c client) checkConnectivity(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, checkTime)
	defer stop()
	_, err := c.Call(ctx, managerService, managerPath, managerService+".CheckConnectivity")
	return err
}
