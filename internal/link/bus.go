package link

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/godbus/dbus/v5"
)

// caller asks services on the system bus. It never starts one: asking for the
// name servers of a link must not bring up a network manager.
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

// systemBus connects with the first call, and lives as long as one reading.
type systemBus struct {
	conn *dbus.Conn
	err  error
}

// busTimeout bounds one call; a manager that is slower is passed over.
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

// property reads one property into what value points to.
func property(ctx context.Context, call caller, service string, path dbus.ObjectPath, iface, name string, value any) error {
	body, err := call.call(ctx, service, path, "org.freedesktop.DBus.Properties.Get", iface, name)
	if err != nil {
		return err
	}
	var variant dbus.Variant
	if err := dbus.Store(body, &variant); err != nil {
		return err
	}
	return dbus.Store([]any{variant.Value()}, value)
}

// resolvedServers reads the servers that systemd-resolved has for a link
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

const managerService = "org.freedesktop.NetworkManager"

// managerServers reads the servers that NetworkManager got for a device.
func managerServers(ctx context.Context, call caller, name string) ([]netip.Addr, error) {
	body, err := call.call(ctx, managerService, "/org/freedesktop/NetworkManager", managerService+".GetDeviceByIpIface", name)
	if err != nil {
		return nil, err
	}
	var device dbus.ObjectPath
	if err := dbus.Store(body, &device); err != nil {
		return nil, err
	}
	servers, err4 := managerServers4(ctx, call, device)
	servers6, err6 := managerServers6(ctx, call, device)
	servers = append(servers, servers6...)
	if err4 != nil && err6 != nil {
		return nil, fmt.Errorf("%w; %w", err4, err6)
	}
	return servers, nil
}

func managerServers4(ctx context.Context, call caller, device dbus.ObjectPath) ([]netip.Addr, error) {
	var entries []map[string]dbus.Variant
	if err := managerConfig(ctx, call, device, "4", "NameserverData", &entries); err != nil {
		return nil, err
	}
	var servers []netip.Addr
	for _, entry := range entries {
		text, _ := entry["address"].Value().(string)
		if addr, ok := parseServer(text); ok {
			servers = append(servers, addr)
		}
	}
	return servers, nil
}

// managerServers6 reads Nameservers, which IP6Config has in every version.
func managerServers6(ctx context.Context, call caller, device dbus.ObjectPath) ([]netip.Addr, error) {
	var entries [][]byte
	if err := managerConfig(ctx, call, device, "6", "Nameservers", &entries); err != nil {
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

// managerConfig reads a property of a device's configuration for IP version
// "4" or "6"; a device without one has "/" in its place.
func managerConfig(ctx context.Context, call caller, device dbus.ObjectPath, version, name string, value any) error {
	var path dbus.ObjectPath
	if err := property(ctx, call, managerService, device, managerService+".Device", "Ip"+version+"Config", &path); err != nil {
		return err
	}
	if path == "/" {
		return nil
	}
	return property(ctx, call, managerService, path, managerService+".IP"+version+"Config", name, value)
}
