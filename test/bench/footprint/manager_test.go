package footprint_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"hotspot-helper/internal/bus/bustest"
)

const (
	managerName = "org.freedesktop.NetworkManager"
	managerPath = dbus.ObjectPath("/org/freedesktop/NetworkManager")
	logindName  = "org.freedesktop.login1"
	logindPath  = dbus.ObjectPath("/org/freedesktop/login1")

	managerPortal = uint32(2) // NM_CONNECTIVITY_PORTAL
	managerFull   = uint32(4) // NM_CONNECTIVITY_FULL
)

// BenchmarkManagerFull measures how long after a login NetworkManager takes the link to be online: from the agent's
// transition to NetworkManager's signal. NetworkManager checks by itself every five minutes only.
func BenchmarkManagerFull(b *testing.B) {
	file, n := built(b), newNetwork(b)
	address := bustest.New(b, os.Getenv("HELPER_REQUIRE"))
	bus := connectTo(b, address)
	n.portal("click")
	n.await()
	connectivity := n.manager(bus, address)
	var total time.Duration
	for b.Loop() {
		n.forget()
		n.nmcli(address, "connection", "up", "wire")
		for <-connectivity != managerPortal { // its own check
		}
		a := n.startAgentOn(file, address)
		a.await("to=authenticated")
		login := time.Now()
		for <-connectivity != managerFull {
		}
		total += time.Since(login)
		n.nmcli(address, "connection", "down", "wire")
		a.await("to=inactive")
		a.goroutines() // ends it
	}
	b.ReportMetric(float64(total.Milliseconds())/float64(b.N), "ms/full")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkWake measures from the end of a sleep, as logind announces it, to the verdict on a link that stayed up. The agent waits for
// the first second of it: a computer often sleeps again at once.
func BenchmarkWake(b *testing.B) {
	file, n := built(b), newNetwork(b)
	address := bustest.New(b, os.Getenv("HELPER_REQUIRE"))
	bus := connectTo(b, address)
	if _, err := bus.RequestName(logindName, dbus.NameFlagDoNotQueue); err != nil {
		b.Fatal(err)
	}
	n.portal("click")
	n.await()
	n.down()
	a := n.startAgentOn(file, address)
	a.join(0)
	sleep := func(begins bool) {
		if err := bus.Emit(logindPath, logindName+".Manager.PrepareForSleep", begins); err != nil {
			b.Fatal(err)
		}
	}
	var total time.Duration
	for b.Loop() {
		sleep(true)
		a.await("computer goes to sleep")
		sleep(false)
		begin := time.Now()
		a.await("from=maintaining to=authenticated")
		total += time.Since(begin)
	}
	b.ReportMetric(float64(total.Milliseconds())/float64(b.N), "ms/verdict")
	b.ReportMetric(0, "ns/op")
}

func connectTo(b *testing.B, address string) *dbus.Conn {
	b.Helper()
	conn, err := dbus.Connect(address)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	return conn
}

// managerConfig leaves polkit and name servers alone, and checks connectivity where the simulated Internet answers.
const managerConfig = `[main]
plugins=
auth-polkit=false
dns=none
no-auto-default=*
[connectivity]
uri=http://network-test.debian.org/nm
interval=300
`

// manager starts a NetworkManager in the client's namespace, with directories of its own, which has the connection "wire"; it
// returns what NetworkManager says of the connectivity.
func (n *network) manager(bus *dbus.Conn, address string) <-chan uint32 {
	n.t.Helper()
	for _, program := range []string{"NetworkManager", "nmcli", "unshare"} {
		if _, err := exec.LookPath(program); err != nil {
			n.t.Skip(err)
		}
	}
	for _, dir := range []string{"etc", "run", "lib"} {
		if err := os.Mkdir(filepath.Join(n.dir, dir), 0o700); err != nil {
			n.t.Fatal(err)
		}
	}
	if err := os.MkdirAll("/run/NetworkManager", 0o755); err != nil { // to mount on
		n.t.Fatal(err)
	}
	config := filepath.Join(n.dir, "manager.conf")
	writeFile(n.t, config, managerConfig)
	n.command("ip -n " + n.client + " addr flush dev eth0") // or it takes the link for someone else's
	signals := make(chan *dbus.Signal, 100)
	bus.Signal(signals)
	if err := bus.AddMatchSignal(dbus.WithMatchInterface("org.freedesktop.DBus.Properties"), dbus.WithMatchObjectPath(managerPath)); err != nil {
		n.t.Fatal(err)
	}
	// With a /sys that can be written it waits for udev, which knows nothing of this namespace.
	command := fmt.Sprintf(`mount --bind %[1]s/run /run/NetworkManager && mount --bind %[1]s/lib /var/lib/NetworkManager && mount -o remount,ro /sys &&
		exec NetworkManager --no-daemon --config=%[2]s --config-dir=%[1]s/etc --system-config-dir=%[1]s/etc --state-file=%[1]s/state --pid-file=%[1]s/pid`, n.dir, config)
	program := exec.Command("ip", "netns", "exec", n.client, "unshare", "--mount", "--kill-child", "sh", "-c", command)
	program.Env = append(os.Environ(), "DBUS_SYSTEM_BUS_ADDRESS="+address)
	program.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := program.Start(); err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() {
		_ = program.Process.Kill()
		_ = program.Wait()
	})
	connectivity := make(chan uint32, 100)
	go func() {
		for signal := range signals {
			if len(signal.Body) < 2 {
				continue
			}
			if changed, ok := signal.Body[1].(map[string]dbus.Variant); ok {
				if value, ok := changed["Connectivity"].Value().(uint32); ok {
					connectivity <- value
				}
			}
		}
	}()
	for begin := time.Now(); !hasOwner(bus, managerName); time.Sleep(50 * time.Millisecond) {
		if time.Since(begin) > rest {
			n.t.Fatal("NetworkManager does not come to the bus")
		}
	}
	n.nmcli(address, "device", "set", "eth0", "managed", "yes")
	for begin := time.Now(); !strings.Contains(n.nmcli(address, "--terse", "--fields", "DEVICE,STATE", "device"), "eth0:disconnected"); time.Sleep(50 * time.Millisecond) {
		if time.Since(begin) > rest {
			n.t.Fatalf("NetworkManager does not manage the link:\n%s", n.nmcli(address, "device"))
		}
	}
	n.nmcli(address, "connection", "add", "save", "no", "type", "ethernet", "con-name", "wire", "ifname", "eth0", "autoconnect", "no",
		"ipv4.method", "manual", "ipv4.addresses", clientAddress+"/24", "ipv4.gateway", gatewayAddress, "ipv6.method", "disabled")
	return connectivity
}

func hasOwner(bus *dbus.Conn, name string) (has bool) {
	return bus.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, name).Store(&has) == nil && has
}

func (n *network) nmcli(address string, args ...string) string {
	n.t.Helper()
	cmd := exec.Command("nmcli", append([]string{"--wait", "20"}, args...)...)
	cmd.Env = append(os.Environ(), "DBUS_SYSTEM_BUS_ADDRESS="+address)
	output, err := cmd.CombinedOutput()
	if err != nil {
		n.t.Fatalf("%s: %v\n%s", cmd, err, output)
	}
	return string(output)
}
