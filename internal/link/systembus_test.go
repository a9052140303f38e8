package link

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"
	"github.com/google/go-cmp/cmp"

	"hotspot-helper/internal/bus/bustest"
	"hotspot-helper/internal/systembus"
)

// privateBus starts a dbus-daemon in place of the system bus and returns it with a connection to
// it.
func privateBus(t *testing.T) (*bustest.Bus, *dbus.Conn) {
	t.Helper()
	bus := bustest.Start(t, os.Getenv("HELPER_REQUIRE"))
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.Address)
	return bus, connectTo(t, bus)
}

// connectTo connects a service.
func connectTo(t *testing.T, bus *bustest.Bus) *dbus.Conn {
	t.Helper()
	conn, err := dbus.Connect(bus.Address)
	must(t, err)
	t.Cleanup(func() { conn.Close() })
	return conn
}

// resolveManager simulates systemd-resolved.
type resolveManager struct{}

// GetLink has one link.
func (resolveManager) GetLink(index int32) (dbus.ObjectPath, *dbus.Error) {
	if index != 3 {
		return "", dbus.NewError("org.freedesktop.resolve1.NoSuchLink", nil)
	}
	return "/org/freedesktop/resolve1/link/_33", nil
}

func TestServersOverARealBus(t *testing.T) {
	daemon, conn := privateBus(t)
	must(t, conn.Export(resolveManager{}, "/org/freedesktop/resolve1", "org.freedesktop.resolve1.Manager"))
	_, err := prop.Export(conn, "/org/freedesktop/resolve1/link/_33", prop.Map{"org.freedesktop.resolve1.Link": {
		"DNS": {Value: []server{{2, []byte{10, 0, 0, 1}}, {10, []byte{0xfe, 0x80, 15: 1}}}},
	}})
	must(t, err)

	r := &reader{root: t.TempDir(), address: daemon.Address}
	ask := func(index int) []netip.Addr {
		bus := r.systemBus()
		defer bus.close()
		return r.servers(t.Context(), bus, findManager(t.Context(), bus, "wlan0"), State{Interface: "wlan0", Index: index})
	}
	if got := ask(3); got != nil {
		t.Errorf("servers %v before the service runs", got)
	}
	_, err = conn.RequestName("org.freedesktop.resolve1", dbus.NameFlagDoNotQueue)
	must(t, err)
	if diff := cmp.Diff(ips("10.0.0.1", "fe80::1"), ask(3), compareAddrs); diff != "" {
		t.Errorf("servers (-want +got):\n%s", diff)
	}
	if got := ask(4); got != nil {
		t.Errorf("servers %v of a link that resolved does not have", got)
	}
}

func TestServersWithoutABus(t *testing.T) {
	none := "unix:path=" + t.TempDir() + "/none"
	r := &reader{address: none, root: tree(t, map[string]string{resolvConf: "nameserver 10.0.0.3\n"})}
	bus := r.systemBus()
	defer bus.close()
	got := r.servers(t.Context(), bus, findManager(t.Context(), bus, "wlan0"), State{Interface: "wlan0", Index: 3})
	if diff := cmp.Diff(ips("10.0.0.3"), got, compareAddrs); diff != "" {
		t.Errorf("servers (-want +got):\n%s", diff)
	}
}

// takeName makes a connection the service of that name.
func takeName(t *testing.T, conn *dbus.Conn, name string) {
	t.Helper()
	reply, err := conn.RequestName(name, dbus.NameFlagDoNotQueue)
	must(t, err)
	if reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("%s is taken", name)
	}
}

// want waits for a change.
func (c changes) want(t *testing.T, what string) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(10 * time.Second):
		t.Fatalf("%s is no change", what)
	}
}

// A manager that comes, restarts or leaves is a change, and what it signals about leases, costs and
// name servers. The same holds after a restart of the bus. Other signals are none.
func TestBusEvents(t *testing.T) {
	daemon, conn := privateBus(t)
	bus := &systembus.Bus{Address: daemon.Address}
	changed := make(changes, 1)
	defer subscribe(bus, changed.note)()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- bus.Run(ctx) }()
	emit := func(iface, name string, value any) {
		t.Helper()
		must(t, conn.Emit("/org/freedesktop/any", "org.freedesktop.DBus.Properties.PropertiesChanged",
			iface, map[string]dbus.Variant{name: dbus.MakeVariant(value)}, []string{}))
	}
	for restarts := range 2 {
		for _, service := range []string{managerService, resolveService, "org.freedesktop.network1"} {
			takeName(t, conn, service)
			changed.want(t, service+" comes")
		}
		for _, signal := range []struct{ iface, name string }{
			{managerService + ".DHCP4Config", "Options"},
			{managerService + ".DHCP6Config", "Options"},
			{managerService + ".Device", "Metered"},
			{managerService + ".Device", "Dhcp4Config"},
			{managerService + ".Device", "Ip4Config"},
			{resolveService + ".Manager", "DNS"},
		} {
			emit(managerService+".AccessPoint", "Strength", byte(7)) // not relevant, and sent first
			emit(managerService+".Device", "Ip4Connectivity", uint32(4))
			emit(signal.iface, signal.name, "")
			changed.want(t, signal.name+" of "+signal.iface)
			if len(changed) != 0 && restarts == 0 { // the loss of the bus was one for each service
				t.Errorf("%s of %s is more than one change", signal.name, signal.iface)
			}
		}
		must(t, conn.Emit(managerPath, managerService+".DeviceAdded", dbus.ObjectPath("/any")))
		changed.want(t, "a new device")
		_, err := conn.ReleaseName(managerService)
		must(t, err)
		changed.want(t, "NetworkManager leaves")
		if restarts == 0 {
			daemon.Stop()
			changed.want(t, "the bus is lost")
			daemon.Start()
			conn = connectTo(t, daemon)
		}
	}
	cancel()
	must(t, <-ended)
}

// A link is reported again when NetworkManager has its lease.
func TestWatcherSeesALeaseComeLater(t *testing.T) {
	daemon, conn := privateBus(t)
	const device, config = dbus.ObjectPath("/org/freedesktop/NetworkManager/Devices/1"), dbus.ObjectPath("/org/freedesktop/NetworkManager/DHCP4Config/1")
	must(t, conn.Export(networkDevices{device}, managerPath, managerService))
	_, err := prop.Export(conn, device, prop.Map{managerService + ".Device": {"Dhcp4Config": {Value: config}, "Metered": {Value: uint32(1)}}})
	must(t, err)
	leased := &dhcpOptions{}
	must(t, conn.Export(leased, config, "org.freedesktop.DBus.Properties"))
	_, err = conn.RequestName(managerService, dbus.NameFlagDoNotQueue)
	must(t, err)

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	w := &Watcher{Bus: &systembus.Bus{Address: daemon.Address}, reader: &reader{root: t.TempDir(), dial: newKernel(t, cafeTable()).dial}}
	reports := make(chan []State)
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx, func(s []State) { reports <- s }) }()
	if first := (<-reports)[2]; first.API != "" || !first.Metered {
		t.Errorf("state before the lease: %+v", first)
	}
	options := map[string]dbus.Variant{"default_url": dbus.MakeVariant(managerAPI)}
	leased.now.Store(&options)
	must(t, conn.Emit(config, "org.freedesktop.DBus.Properties.PropertiesChanged",
		managerService+".DHCP4Config", map[string]dbus.Variant{"Options": dbus.MakeVariant(options)}, []string{}))
	if second := (<-reports)[2]; second.API != managerAPI || second.APISource != "networkmanager" {
		t.Errorf("state with the lease: %+v", second)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Run returned %v after cancellation, want nil", err)
	}
}

// A link is reported again when systemd-networkd, which starts later, has its name servers, and when
// systemd-resolved has.
func TestWatcherSeesManagersComeLater(t *testing.T) {
	daemon, conn := privateBus(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	root := t.TempDir()
	w := &Watcher{Bus: &systembus.Bus{Address: daemon.Address}, reader: &reader{root: root, dial: newKernel(t, cafeTable()).dial}}
	reports := make(chan []State)
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx, func(s []State) { reports <- s }) }()
	first := (<-reports)[2]
	if first.DNS != nil {
		t.Errorf("name servers %v without a manager", first.DNS)
	}
	wantServers := func(who string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(ips(want...), (<-reports)[2].DNS, compareAddrs); diff != "" {
			t.Errorf("name servers of %s (-want +got):\n%s", who, diff)
		}
	}
	links := filepath.Join(root, "run/systemd/netif/links")
	must(t, os.MkdirAll(links, 0o755))
	must(t, os.WriteFile(filepath.Join(links, strconv.Itoa(first.Index)), []byte("DNS=10.0.0.7\n"), 0o600))
	wantServers("networkd", "10.0.0.7")
	must(t, conn.Export(resolveManager{}, "/org/freedesktop/resolve1", "org.freedesktop.resolve1.Manager"))
	_, err := prop.Export(conn, "/org/freedesktop/resolve1/link/_33", prop.Map{"org.freedesktop.resolve1.Link": {
		"DNS": {Value: []server{{2, []byte{10, 0, 0, 1}}}},
	}})
	must(t, err)
	takeName(t, conn, resolveService)
	wantServers("resolved", "10.0.0.1")
	daemon.Stop()
	wantServers("networkd again", "10.0.0.7")
	cancel()
	must(t, <-ended)
}

// networkDevices simulates NetworkManager with one device for every interface.
type networkDevices struct{ device dbus.ObjectPath }

// GetDeviceByIpIface returns the device.
//
//lint:ignore ST1003 the name is NetworkManager's
func (n networkDevices) GetDeviceByIpIface(string) (dbus.ObjectPath, *dbus.Error) {
	return n.device, nil
}

// dhcpOptions are the options of a lease that comes later.
type dhcpOptions struct {
	now atomic.Pointer[map[string]dbus.Variant]
}

// Get returns the options for every property.
func (o *dhcpOptions) Get(_, _ string) (dbus.Variant, *dbus.Error) {
	if options := o.now.Load(); options != nil {
		return dbus.MakeVariant(*options), nil
	}
	return dbus.MakeVariant(map[string]dbus.Variant{}), nil
}
