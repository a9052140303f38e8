package dial

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"hotspot-helper/internal/web"
)

// inNamespace marks the process that a test has started in a network namespace.
const inNamespace = "DIAL_TEST_IN_NAMESPACE"

// enterNamespace runs the test again in a process with a network namespace of its own and
// returns false, or true within that process.
func enterNamespace(t *testing.T, tools ...string) bool {
	t.Helper()
	unable := func(reason string) {
		if slices.Contains(strings.Split(os.Getenv("HELPER_REQUIRE"), ","), "netns") {
			t.Fatal(reason)
		}
		t.Skip(reason)
	}
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			unable(err.Error())
		}
	}
	if os.Getenv(inNamespace) != "" {
		return true
	}
	cmd := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v", "-test.timeout=1m")
	cmd.Env = append(os.Environ(), inNamespace+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	output, err := cmd.CombinedOutput()
	if _, ran := errors.AsType[*exec.ExitError](err); err != nil && !ran {
		unable(fmt.Sprintf("no network namespace: %v", err))
	} else if err != nil {
		t.Errorf("in a network namespace: %v\n%s", err, output)
	}
	return false
}

// tool runs a command that must succeed.
func tool(t *testing.T, argv ...string) {
	t.Helper()
	if output, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%q: %v\n%s", argv, err, output)
	}
}

// TestFirewall has the real kernel refuse what leaves by wlan0, in the ways of kill switches. wlan0
// swallows what is let out, as a silent network does; lo refuses connections, as a gateway does.
func TestFirewall(t *testing.T) {
	if !enterNamespace(t, "ip", "nft") {
		return
	}
	for _, command := range []string{
		"link set lo up", "link add wlan0 type veth peer name far0", "link set far0 up", "link set wlan0 up", "addr add 10.9.0.2/24 dev wlan0", "addr add 2001:db8:9::2/64 dev wlan0 nodad",
		"route add default via 10.9.0.1", "-6 route add default via 2001:db8:9::1",
		"neigh add 10.9.0.1 lladdr 02:00:00:00:00:01 dev wlan0", "neigh add 2001:db8:9::1 lladdr 02:00:00:00:00:01 dev wlan0",
	} {
		tool(t, append([]string{"ip"}, strings.Fields(command)...)...)
	}
	const output, soon = "chain out { type filter hook output priority 0; ", 2 * firewallDelay
	for _, test := range []struct {
		name, rules, prohibit string
		over, host            string
		local                 bool
		within                time.Duration // 0: the whole time of the attempt
	}{
		{name: "none, a name", host: "name.test"},
		{name: "none, IPv4", host: "198.51.100.80"},
		{name: "none, IPv6", host: "2001:db8:1::80"},
		{name: "none, refused", over: "lo", host: "127.0.0.8"},
		{name: "drop, a name", rules: output + "policy drop; oifname lo accept; }", host: "name.test", local: true, within: firewallDelay / 2},
		{name: "drop, IPv4", rules: output + "policy drop; oifname lo accept; }", host: "198.51.100.80", local: true, within: soon},
		{name: "drop, IPv6", rules: output + "policy drop; oifname lo accept; }", host: "2001:db8:1::80", local: true, within: soon},
		{name: "drop, but for names", rules: output + "policy drop; ip daddr 10.9.0.0/24 accept; }", host: "198.51.100.80", local: true, within: soon},
		{name: "drop of one family", rules: output + "meta nfproto ipv6 drop; }", host: "198.51.100.80"},
		{name: "drop after routing", rules: "chain out { type filter hook postrouting priority 0; policy drop; }", host: "198.51.100.80", local: true, within: soon},
		{name: "reject, a name", rules: output + "oifname wlan0 reject; }", host: "name.test", local: true, within: firewallDelay / 2},
		{name: "reject, IPv4", rules: output + "oifname wlan0 reject; }", host: "198.51.100.80", local: true, within: firewallDelay / 2},
		{name: "reject, IPv6", rules: output + "oifname wlan0 reject with icmpx admin-prohibited; }", host: "2001:db8:1::80", local: true, within: soon},
		{name: "reject with a reset", rules: output + "oifname wlan0 meta l4proto tcp reject with tcp reset; oifname wlan0 drop; }", host: "198.51.100.80", local: true, within: soon},
		{name: "refused, datagrams to other ports are dropped", rules: output + "udp dport != 53 drop; }", over: "lo", host: "127.0.0.8"},
		{name: "datagrams are dropped, TCP is let out", rules: output + "udp dport 443 drop; }", host: "198.51.100.80"},
		{name: "answers are dropped", rules: "chain in { type filter hook input priority 0; policy drop; }", host: "198.51.100.80"},
		{name: "a rule prohibits IPv6", prohibit: "-6 rule add prohibit pref 100", host: "2001:db8:1::80", local: true, within: firewallDelay / 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			tool(t, "nft", "table inet kill { "+test.rules+"\n}")
			defer tool(t, "nft", "delete table inet kill")
			if test.prohibit != "" {
				tool(t, append([]string{"ip"}, strings.Fields(test.prohibit)...)...)
				defer tool(t, "ip", "-6", "rule", "del", "pref", "100")
			}
			p := &Path{Interface: "wlan0", DNS: ips("10.9.0.1")}
			if test.over != "" {
				p.Interface = test.over
			}
			limit := firewallDelay * 3 / 2 // when it was tested
			if test.local {
				limit = 2 * soon
			}
			ctx, stop := context.WithTimeout(t.Context(), limit)
			defer stop()
			began := time.Now()
			conn, err := p.DialContext(ctx, "tcp", net.JoinHostPort(test.host, "80"))
			took := time.Since(began)
			if err == nil {
				conn.Close()
			}
			if local := errors.Is(err, web.ErrLocalFirewall); local != test.local || err == nil {
				t.Errorf("local firewall %t, want %t: %v", local, test.local, err)
			}
			if test.within > 0 && took > test.within {
				t.Errorf("told after %v, want within %v", took, test.within)
			}
			if want := map[bool]web.Obstacle{true: web.LocalFirewall}[test.local]; web.ObstacleOf(err) != want {
				t.Errorf("obstacle %q, want %q", web.ObstacleOf(err), want)
			}
		})
	}
}

// What the kernel refuses before a packet is sent says nothing about a firewall: an old kernel lets
// only root bind a socket to an interface.
func TestExplainDenial(t *testing.T) {
	refused := func(call string, cause error) error {
		return &net.OpError{Op: "dial", Net: "udp", Addr: net.UDPAddrFromAddrPort(netip.MustParseAddrPort("192.0.2.1:53")), Err: os.NewSyscallError(call, cause)}
	}
	for _, test := range []struct {
		err  error
		want bool
	}{
		{refused("write", unix.EPERM), true},
		{refused("sendto", unix.EPERM), true},
		{refused("connect", unix.EACCES), true},
		{refused("connect", unix.ECONNREFUSED), false},
		{refused("bind to interface", unix.EPERM), false},
		{refused("socket", unix.EPERM), false},
		{refused("read", unix.EPERM), false},
		{unix.EPERM, false},
		{nil, false},
	} {
		got := explainDenial(test.err)
		if errors.Is(got, web.ErrLocalFirewall) != test.want || !errors.Is(got, test.err) {
			t.Errorf("%v becomes %v, want a denial: %t", test.err, got, test.want)
		}
	}
}
