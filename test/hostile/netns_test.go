package hostile

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

const (
	clientIP  = "10.66.0.2"
	gatewayIP = "10.66.0.1"
	ifname    = "eth0" // of the client
)

// require skips the test without root or a tool, or with -short. If HELPER_REQUIRE has netns, it fails.
func require(t *testing.T) {
	t.Helper()
	var reasons []string
	if os.Geteuid() != 0 {
		reasons = append(reasons, "make network namespaces: not root")
	}
	for _, tool := range []string{"ip", "dbus-daemon"} {
		if _, err := exec.LookPath(tool); err != nil {
			reasons = append(reasons, fmt.Sprintf("find %s: %v", tool, err))
		}
	}
	required := slices.Contains(strings.Split(os.Getenv("HELPER_REQUIRE"), ","), "netns")
	switch reason := strings.Join(reasons, "; "); {
	case reason != "" && required:
		t.Fatalf("required by HELPER_REQUIRE: %s", reason)
	case reason != "":
		t.Skip(reason)
	case testing.Short() && !required:
		t.Skip("takes minutes: not with -short")
	}
}

// namespace is a thread with a network and mounts of its own. They end with it.
type namespace struct {
	t    *testing.T
	tid  int
	work chan func()
}

// newNamespace makes one, which ends with the test.
func newNamespace(t *testing.T) *namespace {
	t.Helper()
	n := &namespace{t: t, work: make(chan func())}
	ready := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked, so that the thread ends with the goroutine
		err := unix.Unshare(unix.CLONE_NEWNET | unix.CLONE_NEWNS)
		if err == nil {
			err = unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
		}
		n.tid = unix.Gettid()
		ready <- err
		for do := range n.work {
			do()
		}
	}()
	t.Cleanup(func() { close(n.work) })
	if err := <-ready; err != nil {
		t.Skipf("make namespaces: %v", err) // such as in a container without the capability
	}
	n.ip("link set lo up")
	return n
}

// do runs a function in the namespace. Sockets that it makes belong there, and processes that it starts run there.
func (n *namespace) do(what func() error) {
	n.t.Helper()
	done := make(chan error)
	n.work <- func() { done <- what() }
	if err := <-done; err != nil {
		n.t.Fatal(err)
	}
}

func (n *namespace) ip(commands ...string) {
	n.t.Helper()
	for _, command := range commands {
		n.do(func() error {
			if output, err := exec.Command("ip", strings.Fields(command)...).CombinedOutput(); err != nil {
				return fmt.Errorf("ip %s: %w: %s", command, err, output)
			}
			return nil
		})
	}
}

// wire connects the client to the gateway and makes the client's files: DNS servers, a lease with a captive portal API.
func wire(t *testing.T, client, gateway *namespace) {
	t.Helper()
	client.ip(fmt.Sprintf("link add %s type veth peer name gw0 netns %d", ifname, gateway.tid))
	gateway.ip("addr add "+gatewayIP+"/24 dev gw0", "link set gw0 up")
	dir := t.TempDir()
	resolv := filepath.Join(dir, "resolv.conf")
	lease := `lease { interface "` + ifname + `"; fixed-address ` + clientIP + `; option captive-portal "https://api.portal.test/capport"; }`
	client.do(func() error {
		target, err := filepath.EvalSymlinks("/etc/resolv.conf")
		return errors.Join(err,
			os.WriteFile(resolv, []byte("nameserver "+gatewayIP+"\n"), 0o644),
			unix.Mount(resolv, target, "", unix.MS_BIND, ""),
			unix.Mount("tmpfs", "/run", "tmpfs", 0, "size=1m"),
			unix.Mount("tmpfs", "/var/lib", "tmpfs", 0, "size=1m"),
			os.Mkdir("/var/lib/dhcp", 0o755),
			os.WriteFile("/var/lib/dhcp/dhclient.leases", []byte(lease), 0o644),
		)
	})
}

// join gives the client its address, as a network manager does.
func join(client *namespace) {
	client.ip("link set "+ifname+" up", "addr replace "+clientIP+"/24 dev "+ifname, "route replace default via "+gatewayIP+" dev "+ifname)
}

// leave takes the network away.
func leave(client *namespace) { client.ip("link set " + ifname + " down") }

// listen opens a TCP socket in the namespace.
func (n *namespace) listen(port int) (listener net.Listener) {
	n.t.Helper()
	n.do(func() (err error) {
		listener, err = net.Listen("tcp", fmt.Sprintf(":%d", port))
		return err
	})
	n.t.Cleanup(func() { listener.Close() })
	return listener
}
