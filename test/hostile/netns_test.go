package hostile

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"hotspot-helper/test/netns"
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

// wire connects the client to the gateway and makes the client's files: DNS servers, a lease with a captive portal API.
func wire(t *testing.T, client, gateway *netns.Namespace) {
	t.Helper()
	client.IP(fmt.Sprintf("link add %s type veth peer name gw0 netns %d", ifname, gateway.Thread))
	gateway.IP("addr add "+gatewayIP+"/24 dev gw0", "link set gw0 up")
	dir := t.TempDir()
	resolv := filepath.Join(dir, "resolv.conf")
	lease := `lease { interface "` + ifname + `"; fixed-address ` + clientIP + `; option captive-portal "https://api.portal.test/capport"; }`
	client.Do(func() error {
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
func join(client *netns.Namespace) {
	client.IP("link set "+ifname+" up", "addr replace "+clientIP+"/24 dev "+ifname, "route replace default via "+gatewayIP+" dev "+ifname)
}

// leave takes the network away.
func leave(client *netns.Namespace) { client.IP("link set " + ifname + " down") }

// listen opens a TCP socket in the namespace.
func listen(t *testing.T, n *netns.Namespace, port int) (listener net.Listener) {
	t.Helper()
	n.Do(func() (err error) {
		listener, err = net.Listen("tcp", fmt.Sprintf(":%d", port))
		return err
	})
	t.Cleanup(func() { listener.Close() })
	return listener
}
