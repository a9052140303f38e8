package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

const (
	netnsDir       = "/run/netns" // where iproute2 keeps the names of namespaces
	netnsConfigDir = "/etc/netns" // NAME/resolv.conf there becomes /etc/resolv.conf for `ip netns exec NAME`

	captiveIF  = "eth0"              // the client's link to openNDS
	openIF     = "eth1"              // the client's second link, if there is one, without a portal
	clientMAC  = "02:00:00:00:01:10" // on captiveIF
	gatewayIP  = "10.99.1.1"
	upstreamIP = "10.99.2.2"
	openIP     = "10.99.3.1"
	internetIP = "198.51.100.80" // of the fake Internet (RFC 5737), where every name leads
)

// lab is one client, one gateway and one Internet, each a network namespace:
//
//	client eth0 ── lan0 gateway wan0 ── up0 internet
//	       eth1 ─────────────────────── open0          (after addOpenLink)
type lab struct {
	t                         *testing.T
	dir                       string // readable by all: configuration, logs, leases
	client, gateway, internet string
}

var labs atomic.Int64

// newLab makes the namespaces, the wires and the fake Internet, and removes them at the end of the test.
func newLab(t *testing.T) *lab {
	t.Helper()
	require(t)
	id := fmt.Sprintf("%s%d-%d", prefix, os.Getpid(), labs.Add(1))
	l := &lab{t: t, dir: filepath.Join(os.TempDir(), id+"-lab"), client: id + "-cl", gateway: id + "-gw", internet: id + "-up"}
	t.Cleanup(func() { _ = os.RemoveAll(l.dir) })
	if err := os.Mkdir(l.dir, 0o755); err != nil {
		t.Fatalf("make lab: %v", err)
	}
	for _, ns := range []string{l.client, l.gateway, l.internet} {
		t.Cleanup(func() { removeNetns(ns) })
		l.must("ip", "netns", "add", ns)
		l.must("ip", "-n", ns, "link", "set", "lo", "up")
	}
	t.Cleanup(l.dump)
	l.wire()
	l.start("fakenet", nil, nil, in(l.internet, program(t, "fakenet"), internetIP+":80")...)
	l.start("dns-internet", nil, nil, in(l.internet, dnsmasq("--listen-address="+upstreamIP, "--address=/#/"+internetIP)...)...)
	return l
}

// in returns the command line that runs argv in a namespace.
func in(ns string, argv ...string) []string {
	return append([]string{"ip", "netns", "exec", ns}, argv...)
}

func (l *lab) wire() {
	l.ip(l.client, "link add eth0 address "+clientMAC+" type veth peer name lan0 netns "+l.gateway)
	l.ip(l.gateway, "link add wan0 type veth peer name up0 netns "+l.internet)
	l.ip(l.client, "link set eth0 up")
	l.ip(l.gateway, "addr add "+gatewayIP+"/24 dev lan0", "link set lan0 up",
		"addr add 10.99.2.1/24 dev wan0", "link set wan0 up", "route add default via "+upstreamIP)
	l.ip(l.internet, "addr add "+upstreamIP+"/24 dev up0", "addr add "+internetIP+"/32 dev lo", "link set up0 up",
		"route add 10.99.1.0/24 via 10.99.2.1")
	l.sysctl(l.gateway, "net/ipv4/ip_forward", "1")
	l.sysctl(l.client, "net/ipv4/conf/all/rp_filter", "2") // accepts packets on both default routes
	l.resolvers(gatewayIP)
	l.etc(l.gateway, "resolv.conf", "nameserver "+upstreamIP+"\n")
}

// ip runs ip(8) commands in a namespace.
func (l *lab) ip(ns string, commands ...string) {
	l.t.Helper()
	for _, c := range commands {
		l.must(append([]string{"ip", "-n", ns}, strings.Fields(c)...)...)
	}
}

// sysctl sets a key, written as a path, of the namespace's own network stack.
func (l *lab) sysctl(ns, key, value string) {
	l.t.Helper()
	l.must(in(ns, "sh", "-c", "echo "+value+" >/proc/sys/"+key)...)
}

// etc writes a file that replaces the one in /etc inside the namespace.
func (l *lab) etc(ns, name, content string) {
	l.t.Helper()
	dir := filepath.Join(netnsConfigDir, ns)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		l.t.Fatalf("make directory: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
		l.t.Fatalf("write %s: %v", name, err)
	}
}

// resolvers sets the client's DNS servers.
func (l *lab) resolvers(addrs ...string) {
	l.t.Helper()
	l.etc(l.client, "resolv.conf", "nameserver "+strings.Join(addrs, "\nnameserver ")+"\n")
}

// dnsmasq returns the command line of a dnsmasq that reads no files of the host.
func dnsmasq(args ...string) []string {
	return append([]string{
		"dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--pid-file=", "--user=root",
		"--no-resolv", "--no-hosts", "--no-ping", "--bind-interfaces", "--log-facility=-",
	}, args...)
}

// addOpenLink gives the client a second wire, straight into the Internet, with DHCP and DNS on it.
func (l *lab) addOpenLink() {
	l.t.Helper()
	l.ip(l.client, "link add eth1 address 02:00:00:00:01:11 type veth peer name open0 netns "+l.internet, "link set eth1 up")
	l.ip(l.internet, "addr add "+openIP+"/24 dev open0", "link set open0 up")
	l.start("dns-open", nil, nil, in(l.internet, dnsmasq("--listen-address="+openIP, "--address=/#/"+internetIP,
		"--dhcp-range=10.99.3.100,10.99.3.150,1h", "--dhcp-leasefile="+filepath.Join(l.dir, "open.leases"))...)...)
	l.resolvers(gatewayIP, openIP)
	l.join(openIF, 200)
}

// join makes the client get its address on ifname by DHCP, as a network manager does, and returns the lease.
func (l *lab) join(ifname string, metric int) string {
	l.t.Helper()
	lease := filepath.Join(l.dir, ifname+".lease")
	env := []string{fmt.Sprintf("METRIC=%d", metric), "LEASE=" + lease}
	argv := in(l.client, "udhcpc", "-i", ifname, "-f", "-q", "-n", "-t", "10", "-T", "1", "-O", "114", "-s", testdata(l.t, "udhcpc.sh"))
	if r := l.exec(patience, env, argv...); r.code != 0 {
		l.t.Fatalf("join %s: exit %d\n%s%s", ifname, r.code, r.stdout, r.stderr)
	}
	data, err := os.ReadFile(lease)
	if err != nil {
		l.t.Fatalf("read lease: %v", err)
	}
	return string(data)
}

// leave removes the address from the client's interface.
func (l *lab) leave(ifname string) {
	l.t.Helper()
	l.ip(l.client, "addr flush dev "+ifname)
}

// dump shows the end of every log of a failed test.
func (l *lab) dump() {
	if !l.t.Failed() {
		return
	}
	logs, _ := filepath.Glob(filepath.Join(l.dir, "*.log")) // the pattern is well-formed
	for _, file := range logs {
		l.t.Logf("--- %s\n%s", filepath.Base(file), tail(file, 80))
	}
}

// testdata is the absolute path of a file beside the tests.
func testdata(t testing.TB, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("testdata", name))
	if err != nil {
		t.Fatalf("find %s: %v", name, err)
	}
	return path
}

// isolated runs a command in new mount and PID namespaces: its mounts are private, and nothing outlives it.
func isolated() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID}
}
