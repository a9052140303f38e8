package link

import (
	"bufio"
	"context"
	"errors"
	"net/netip"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"
	"github.com/google/go-cmp/cmp"
)

// privateBus starts a dbus-daemon in place of the system bus and returns a connection to
// it.
func privateBus(t *testing.T) *dbus.Conn {
	t.Helper()
	startBus(t, filepath.Join(t.TempDir(), "bus"))
	conn, err := dbus.ConnectSystemBus()
	must(t, err)
	t.Cleanup(func() { conn.Close() })
	return conn
}

// startBus starts a dbus-daemon that listens on a socket, in place of the system bus. It
// returns a function that ends it.
func startBus(t *testing.T, socket string) (kill func()) {
	t.Helper()
	daemon, err := exec.LookPath("dbus-daemon")
	if err != nil {
		unable(t, "dbus", "no dbus-daemon: "+err.Error())
	}
	cmd := exec.Command(daemon, "--session", "--nofork", "--print-address", "--address=unix:path="+socket)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	output, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	kill = func() {
		cmd.Process.Kill()
		cmd.Wait()
	}
	t.Cleanup(kill)
	address, err := bufio.NewReader(output).ReadString('\n')
	must(t, err)
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", strings.TrimSpace(address))
	return kill
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
	conn := privateBus(t)
	must(t, conn.Export(resolveManager{}, "/org/freedesktop/resolve1", "org.freedesktop.resolve1.Manager"))
	_, err := prop.Export(conn, "/org/freedesktop/resolve1/link/_33", prop.Map{"org.freedesktop.resolve1.Link": {
		"DNS": {Value: []server{{2, []byte{10, 0, 0, 1}}, {10, []byte{0xfe, 0x80, 15: 1}}}},
	}})
	must(t, err)

	r := &reader{root: t.TempDir()}
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
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path="+t.TempDir()+"/none")
	r := &reader{root: tree(t, map[string]string{resolvConf: "nameserver 10.0.0.3\n"})}
	bus := r.systemBus()
	defer bus.close()
	got := r.servers(t.Context(), bus, findManager(t.Context(), bus, "wlan0"), State{Interface: "wlan0", Index: 3})
	if diff := cmp.Diff(ips("10.0.0.3"), got, compareAddrs); diff != "" {
		t.Errorf("servers (-want +got):\n%s", diff)
	}
}

// next waits for a change of a source.
func next(ctx context.Context, t *testing.T, s source) error {
	t.Helper()
	changed := make(chan error, 1)
	go func() { changed <- s.next(ctx) }()
	select {
	case err := <-changed:
		return err
	case <-time.After(10 * time.Second):
		t.Fatal("no change")
		return nil
	}
}

// A signal about a lease is a change, also if NetworkManager starts later. Other signals
// are not.
func TestManagerEvents(t *testing.T) {
	conn := privateBus(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	events := new(reader).watchManager(ctx)
	if events == nil {
		t.Fatal("not watched")
	}
	_, err := conn.RequestName(managerService, dbus.NameFlagDoNotQueue)
	must(t, err)
	changed := func(iface, name string, value any) {
		t.Helper()
		must(t, conn.Emit("/org/freedesktop/NetworkManager/Devices/1", "org.freedesktop.DBus.Properties.PropertiesChanged",
			managerService+iface, map[string]dbus.Variant{name: dbus.MakeVariant(value)}, []string{}))
	}
	for _, signal := range []struct{ iface, name string }{{".DHCP4Config", "Options"}, {".DHCP6Config", "Options"}, {".Device", "Metered"}, {".Device", "Dhcp4Config"}} {
		changed(".AccessPoint", "Strength", byte(7)) // not relevant, and sent first
		changed(".Device", "Ip4Connectivity", uint32(4))
		changed(signal.iface, signal.name, "")
		if err := next(ctx, t, events); err != nil {
			t.Errorf("%s of %s: %v", signal.name, signal.iface, err)
		}
	}
	if n := len(events.(*managerEvents).signals); n != 0 {
		t.Errorf("%d signals are left", n)
	}
	cancel()
	if err := next(ctx, t, events); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled events end with %v", err)
	}
}

// The watcher continues when the bus is gone.
func TestManagerEventsWithoutTheirBus(t *testing.T) {
	privateBus(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	events := new(reader).watchManager(ctx).(*managerEvents)
	ended := make(chan error, 1)
	go func() { ended <- events.next(ctx) }()
	must(t, events.conn.Close())
	for range events.signals { // closed once the connection is
	}
	select {
	case err := <-ended:
		t.Errorf("ended with the bus: %v", err)
	default:
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled events end with %v", err)
	}
}

// A link is reported again when NetworkManager has its lease.
func TestWatcherSeesALeaseComeLater(t *testing.T) {
	conn := privateBus(t)
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
	w := &Watcher{reader: &reader{root: t.TempDir(), dial: newKernel(t, cafeTable()).dial}}
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
