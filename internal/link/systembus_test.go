package link

import (
	"bufio"
	"net/netip"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"
	"github.com/google/go-cmp/cmp"
)

// privateBus starts a dbus-daemon that stands for the system bus and returns a
// connection to it.
func privateBus(t *testing.T) *dbus.Conn {
	t.Helper()
	daemon, err := exec.LookPath("dbus-daemon")
	if err != nil {
		unable(t, "dbus", "no dbus-daemon: "+err.Error())
	}
	cmd := exec.Command(daemon, "--session", "--nofork", "--print-address", "--address=unix:tmpdir="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	output, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	address, err := bufio.NewReader(output).ReadString('\n')
	must(t, err)
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", strings.TrimSpace(address))
	conn, err := dbus.ConnectSystemBus()
	must(t, err)
	t.Cleanup(func() { conn.Close() })
	return conn
}

// resolveManager is systemd-resolved, as far as links go.
type resolveManager struct{}

// GetLink knows one link.
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
		return r.servers(t.Context(), bus, State{Interface: "wlan0", Index: index})
	}
	if got := ask(3); got != nil {
		t.Errorf("servers %v before anybody owns the name", got)
	}
	_, err = conn.RequestName("org.freedesktop.resolve1", dbus.NameFlagDoNotQueue)
	must(t, err)
	if diff := cmp.Diff(ips("10.0.0.1", "fe80::1"), ask(3), compareAddrs); diff != "" {
		t.Errorf("servers (-want +got):\n%s", diff)
	}
	if got := ask(4); got != nil {
		t.Errorf("servers %v of a link that resolved does not know", got)
	}
}

func TestServersWithoutABus(t *testing.T) {
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path="+t.TempDir()+"/none")
	r := &reader{root: tree(t, map[string]string{resolvConf: "nameserver 10.0.0.3\n"})}
	bus := r.systemBus()
	defer bus.close()
	got := r.servers(t.Context(), bus, State{Interface: "wlan0", Index: 3})
	if diff := cmp.Diff(ips("10.0.0.3"), got, compareAddrs); diff != "" {
		t.Errorf("servers (-want +got):\n%s", diff)
	}
}
