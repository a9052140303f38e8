package link

import (
	"context"
	"net/netip"

	"github.com/godbus/dbus/v5"
)

// resolvedServers reads the name servers of a link from systemd-resolved
// (org.freedesktop.resolve1(5)).
func resolvedServers(ctx context.Context, call caller, index int) ([]netip.Addr, error) {
	const service = "org.freedesktop.resolve1"
	body, err := call.call(ctx, service, "/org/freedesktop/resolve1", service+".Manager.GetLink", int32(index))
	if err != nil {
		return nil, err
	}
	var path dbus.ObjectPath
	if err := dbus.Store(body, &path); err != nil {
		return nil, err
	}
	var entries []struct {
		Family  int32
		Address []byte
	}
	if err := property(ctx, call, service, path, service+".Link", "DNS", &entries); err != nil {
		return nil, err
	}
	var servers []netip.Addr
	for _, entry := range entries {
		if addr, ok := netip.AddrFromSlice(entry.Address); ok {
			servers = append(servers, addr)
		}
	}
	return servers, nil
}
