package link

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"github.com/godbus/dbus/v5"
)

// The names of NetworkManager on the system bus.
const (
	managerService = "org.freedesktop.NetworkManager"
	managerPath    = dbus.ObjectPath("/org/freedesktop/NetworkManager")
)

// manager asks NetworkManager about one of its devices.
type manager struct {
	bus    caller
	device dbus.ObjectPath
	err    error // why it cannot be asked; the error of every method
}

// findManager looks for the device of an interface.
func findManager(ctx context.Context, call caller, name string) manager {
	body, err := call.call(ctx, managerService, managerPath, managerService+".GetDeviceByIpIface", name)
	if err != nil {
		return manager{err: err}
	}
	m := manager{bus: call}
	m.err = dbus.Store(body, &m.device)
	return m
}

// get reads a property of the device.
func (m manager) get(ctx context.Context, name string, value any) error {
	if m.err != nil {
		return m.err
	}
	return property(ctx, m.bus, managerService, m.device, managerService+".Device", name, value)
}

// config reads a property of one of the device's configurations, such as Ip4Config. The
// path of a missing configuration is "/".
func (m manager) config(ctx context.Context, kind, iface, name string, value any) error {
	var path dbus.ObjectPath
	if err := m.get(ctx, kind, &path); err != nil {
		return err
	}
	if path == "/" {
		return nil
	}
	return property(ctx, m.bus, managerService, path, managerService+"."+iface, name, value)
}

// servers reads the name servers of the device.
func (m manager) servers(ctx context.Context) ([]netip.Addr, error) {
	servers, err4 := m.servers4(ctx)
	servers6, err6 := m.servers6(ctx)
	servers = append(servers, servers6...)
	if err4 != nil && err6 != nil {
		return nil, fmt.Errorf("%w; %w", err4, err6)
	}
	return servers, nil
}

func (m manager) servers4(ctx context.Context) ([]netip.Addr, error) {
	var entries []map[string]dbus.Variant
	if err := m.config(ctx, "Ip4Config", "IP4Config", "NameserverData", &entries); err != nil {
		return nil, err
	}
	var servers []netip.Addr
	for _, entry := range entries {
		text, _ := entry["address"].Value().(string)
		servers = append(servers, parseServers(text)...)
	}
	return servers, nil
}

// servers6 reads Nameservers, which IP6Config has in every version.
func (m manager) servers6(ctx context.Context) ([]netip.Addr, error) {
	var entries [][]byte
	if err := m.config(ctx, "Ip6Config", "IP6Config", "Nameservers", &entries); err != nil {
		return nil, err
	}
	var servers []netip.Addr
	for _, entry := range entries {
		if addr, ok := netip.AddrFromSlice(entry); ok {
			servers = append(servers, addr)
		}
	}
	return servers, nil
}

// api reads the captive portal API from the DHCP options of the device. NetworkManager
// uses the names of its DHCP client: default_url is dhclient's name of option 114, and
// dhclient.conf may define another.
func (m manager) api(ctx context.Context) (string, error) {
	for _, lease := range []struct {
		kind, iface string
		names       []string
	}{
		{"Dhcp4Config", "DHCP4Config", []string{"captive_portal", "default_url", "unknown_114"}},
		{"Dhcp6Config", "DHCP6Config", []string{"captive_portal", "dhcp6_captive_portal", "dhcp6_v6_captive_portal", "unknown_103"}},
	} {
		var options map[string]dbus.Variant
		if err := m.config(ctx, lease.kind, lease.iface, "Options", &options); err != nil {
			return "", err
		}
		for _, name := range lease.names {
			if uri, _ := options[name].Value().(string); isAPI(uri) {
				return uri, nil
			}
		}
	}
	return "", errors.New("no captive portal among NetworkManager's DHCP options")
}

// NMMetered, as NetworkManager has it of devices and in profiles.
const (
	meteredYes      = 1
	meteredNo       = 2
	meteredGuessYes = 3
)

// metered reports whether NetworkManager says that the device is metered: the user has set it, or
// NetworkManager guesses that it is. A guess that it is not does not count, because that is the guess for
// every device. What the user has set is the device's only once it is activated, which is after the kernel
// has its addresses and routes: until then it is read from the profile. If NetworkManager says nothing, modems are metered.
func (m manager) metered(ctx context.Context, kind Kind) bool {
	var value uint32
	err := m.get(ctx, "Metered", &value)
	if err == nil && value != meteredYes && value != meteredNo && value != meteredGuessYes {
		value = m.profileMetered(ctx)
	}
	switch {
	case err == nil && (value == meteredYes || value == meteredGuessYes):
		return true
	case err == nil && value == meteredNo:
		return false
	}
	return kind == KindCellular
}

// profileMetered reads from the profile that the device is activated with whether it is metered. 0: the
// profile does not say so, or there is none.
func (m manager) profileMetered(ctx context.Context) uint32 {
	body, err := m.bus.call(ctx, managerService, m.device, managerService+".Device.GetAppliedConnection", uint32(0))
	if err != nil || len(body) == 0 {
		return 0
	}
	settings, _ := body[0].(map[string]map[string]dbus.Variant)
	value, _ := settings["connection"]["metered"].Value().(int32)
	return uint32(max(0, value))
}
