package link

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/sys/unix"

	"hotspot-helper/internal/link/dial"
)

// What a hotspot has beyond its own network.
const (
	far4 = "198.41.0.4" // the address that stands for the Internet, see faraway
	far6 = "2001:db8:99::1"
)

// exitNode is the only shape that takes the hotspot's own network, too, and with it the answers of
// its name server.
const exitNode = "tailscale exit node"

// run runs a command that must succeed.
func run(t *testing.T, command string) {
	t.Helper()
	argv := strings.Fields(command)
	if output, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, output)
	}
}

// hotspotBehind makes an interface, and a hotspot at its other end in a namespace of its own. The
// hotspot answers names, and greets over the addresses of the Internet, which it does not answer ARP
// for, like a router.
func hotspotBehind(t *testing.T, name string) {
	t.Helper()
	holder := exec.Command("sleep", "60")
	holder.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	must(t, holder.Start())
	t.Cleanup(func() {
		holder.Process.Kill()
		holder.Wait()
	})
	pid := fmt.Sprint(holder.Process.Pid)
	run(t, "ip link add "+name+" type veth peer name far netns "+pid)
	for _, command := range []string{
		"ip link set lo up", "ip addr add 10.9.0.1/24 dev far", "ip addr add 2001:db8:9::1/64 dev far nodad", "ip link set far up",
		"ip addr add " + far4 + "/32 dev lo", "ip addr add " + far6 + "/128 dev lo nodad",
	} {
		run(t, "nsenter --target "+pid+" --net "+command)
	}
	must(t, onThread(func() error {
		namespace, err := unix.Open("/proc/"+pid+"/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer unix.Close(namespace)
		if err := unix.Setns(namespace, unix.CLONE_NEWNET); err != nil {
			return err
		}
		if err := os.WriteFile("/proc/sys/net/ipv4/conf/all/arp_ignore", []byte("1"), 0o644); err != nil {
			t.Logf("the hotspot answers ARP for the Internet: %v", err)
		}
		return serveGreetings(t)
	}))
	for _, command := range []string{
		"ip addr add 10.9.0.2/24 dev " + name, "ip addr add 2001:db8:9::2/64 dev " + name + " nodad", "ip link set " + name + " up",
		"ip route add default via 10.9.0.1 dev " + name + " metric 600", "ip -6 route add default via 2001:db8:9::1 dev " + name + " metric 600",
	} {
		run(t, command)
	}
}

// serveGreetings serves in the namespace of this thread.
func serveGreetings(t *testing.T) error {
	listener, err := net.Listen("tcp", ":80")
	if err != nil {
		return err
	}
	t.Cleanup(func() { listener.Close() })
	packets, err := net.ListenPacket("udp", "10.9.0.1:53")
	if err != nil {
		return err
	}
	t.Cleanup(func() { packets.Close() })
	go (&uplink{name: "hotspot", seen: map[string]bool{}}).greet(listener)
	server := &dns.Server{PacketConn: packets, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		r := new(dns.Msg).SetReply(q)
		record, address := "portal.test. A ", far4
		if q.Question[0].Qtype == dns.TypeAAAA {
			record, address = "portal.test. AAAA ", far6
		}
		if answer, err := dns.NewRR(record + address); err == nil {
			r.Answer = append(r.Answer, answer)
		}
		w.WriteMsg(r)
	})}
	go server.ActivateAndServe()
	return nil
}

// tunnelShapes are how VPNs take all traffic: commands that bring it about, for ip(8) with the
// option of a family.
var tunnelShapes = map[string][]string{
	"default route with a better metric": {"route add default dev tun0 metric 50"},
	"two halves of a default route":      {"route add 0.0.0.0/1 dev tun0", "route add 128.0.0.0/1 dev tun0"},
	"wg-quick":                           {"route add default dev tun0 table 51820", "rule add not fwmark 51820 table 51820 pref 32765", "rule add table main suppress_prefixlength 0 pref 32764"},
	exitNode:                             {"route add default dev tun0 table 52", "rule add pref 5210 fwmark 0x80000/0xff0000 lookup main", "rule add pref 5230 fwmark 0x80000/0xff0000 lookup default", "rule add pref 5250 fwmark 0x80000/0xff0000 unreachable", "rule add pref 5270 lookup 52"},
}

// underTunnel runs a function in the shape of a tunnel that swallows everything.
func underTunnel(t *testing.T, shape string, check func()) {
	t.Helper()
	run(t, "ip tuntap add tun0 mode tun")
	defer run(t, "ip link del tun0")
	for _, command := range []string{"link set tun0 up", "addr add 10.64.0.2/32 dev tun0", "addr add 2001:db8:64::2/128 dev tun0 nodad"} {
		run(t, "ip "+command)
	}
	for _, family := range []string{"-4 ", "-6 "} {
		for _, command := range tunnelShapes[shape] {
			if family == "-6 " {
				command = strings.NewReplacer("128.0.0.0/1", "8000::/1", "0.0.0.0/1", "::/1").Replace(command)
			}
			run(t, "ip "+family+command)
			if priority := strings.Index(command, "pref "); priority >= 0 {
				defer run(t, "ip "+family+"rule del "+strings.Join(strings.Fields(command[priority:])[:2], " "))
			}
		}
	}
	check()
}

// reach dials over wlan0 alone, and reports whether the hotspot greeted.
func reach(t *testing.T, host string) error {
	t.Helper()
	state, err := Read(t.Context(), "", "wlan0")
	must(t, err)
	p := &dial.Path{Interface: state.Interface, Index: state.Index, DNS: []netip.Addr{netip.MustParseAddr("10.9.0.1")}}
	ctx, stop := context.WithTimeout(t.Context(), time.Second)
	defer stop()
	conn, err := p.DialContext(ctx, "tcp", net.JoinHostPort(host, "80"))
	if err != nil {
		return err
	}
	defer conn.Close()
	text, err := io.ReadAll(conn)
	if err == nil && string(text) != "hotspot" {
		err = fmt.Errorf("greeted by %q", text)
	}
	return err
}

// TestBesideTunnels: a tunnel that works by routes or rules takes what is not bound to an interface,
// and nothing that is. A strict reverse-path filter drops what comes back over IPv4; then the state
// names the tunnel.
func TestBesideTunnels(t *testing.T) {
	if !enterNamespace(t) {
		return
	}
	for _, tool := range []string{"ip", "nsenter", "sleep"} {
		if _, err := exec.LookPath(tool); err != nil {
			unable(t, "netns", err.Error())
		}
	}
	if file, err := os.OpenFile("/dev/net/tun", os.O_RDWR, 0); err != nil {
		unable(t, "netns", fmt.Sprintf("no tunnels: %v", err))
	} else {
		file.Close()
	}
	run(t, "ip link set lo up")
	hotspotBehind(t, "wlan0")
	for shape := range tunnelShapes {
		for _, filter := range []string{"0", "1", "2"} {
			t.Run(shape+", rp_filter "+filter, func(t *testing.T) {
				for _, name := range []string{"all", "wlan0"} {
					must(t, os.WriteFile(filepath.Join("/proc/sys/net/ipv4/conf", name, "rp_filter"), []byte(filter), 0o644))
				}
				before, err := Read(t.Context(), "", "wlan0")
				must(t, err)
				underTunnel(t, shape, func() { besideTunnel(t, before, shape, filter == "1") })
			})
		}
	}
}

func besideTunnel(t *testing.T, before State, shape string, isStrict bool) {
	t.Helper()
	plain, err := net.DialTimeout("tcp", net.JoinHostPort(far4, "80"), 200*time.Millisecond)
	if err == nil {
		plain.Close()
		t.Error("the tunnel does not take what is not bound")
	}
	state, err := Read(t.Context(), "", "wlan0")
	must(t, err)
	if len(state.Gateways) != 2 || state.Routing == before.Routing {
		t.Errorf("gateways %v, fingerprint of the routes changed: %t", state.Gateways, state.Routing != before.Routing)
	}
	for _, host := range []string{far4, "portal.test", far6} {
		err := reach(t, host)
		dropped := isStrict && (host == far4 || host == "portal.test" && shape == exitNode)
		var timeout net.Error
		if dropped != (err != nil) || err != nil && !(errors.As(err, &timeout) && timeout.Timeout()) {
			t.Errorf("%s: %v, want it dropped: %t", host, err, dropped)
		}
	}
	want := ""
	if isStrict {
		want = "tun0"
	}
	if state.AnswersVia != want || before.AnswersVia != "" {
		t.Errorf("answers via %q, without the tunnel via %q; want %q and none", state.AnswersVia, before.AnswersVia, want)
	}
}
