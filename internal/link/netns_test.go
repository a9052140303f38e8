package link

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jsimonetti/rtnetlink/v2"
	"github.com/jsimonetti/rtnetlink/v2/driver"
	"github.com/miekg/dns"
	"golang.org/x/sys/unix"

	"hotspot-helper/internal/link/dial"
)

// inNamespace marks the process that a test has started in its own network namespace.
const inNamespace = "LINK_TEST_IN_NAMESPACE"

// enterNamespace runs the test again in a process with its own network namespace and
// returns false, or true within that process. A thread is not enough, because dialing
// starts goroutines, which run on any thread.
func enterNamespace(t *testing.T) bool {
	t.Helper()
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
	var exit *exec.ExitError
	switch {
	case err != nil && !errors.As(err, &exit):
		unable(t, "netns", fmt.Sprintf("no network namespace: %v", err))
	case err != nil:
		t.Errorf("in a network namespace: %v\n%s", err, output)
	case strings.Contains(string(output), "--- SKIP"):
		unable(t, "netns", string(output))
	}
	return false
}

// unable skips a test that cannot run here, or fails it if HELPER_REQUIRE has what it
// needs.
func unable(t *testing.T, need, reason string) {
	t.Helper()
	if slices.Contains(strings.Split(os.Getenv("HELPER_REQUIRE"), ","), need) {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// uplink is a hotspot in its own namespace. All hotspots have the same addresses.
type uplink struct {
	name string
	link uint32 // index of the laptop's end

	router *router

	mu   sync.Mutex
	seen map[string]bool // "tcp" and the names asked for, if received
}

// portal is a name that only this hotspot is asked for.
func (u *uplink) portal() string { return u.name + ".portal.test." }

func (u *uplink) record(what string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.seen[what] = true
}

// taken returns what was received since the last call.
func (u *uplink) taken() map[string]bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	seen := u.seen
	u.seen = map[string]bool{}
	return seen
}

const (
	hotspot = "10.9.0.1"
	laptop  = "10.9.0.2"
	beyond  = "10.99.0.1" // the hotspot's address in another network
)

// newUplink makes a pair of veth interfaces, moves the far end to a new namespace and
// starts a hotspot there that sends its name to every connection.
func newUplink(t *testing.T, name string, metric uint32) *uplink {
	t.Helper()
	u := &uplink{name: name, seen: map[string]bool{}}
	var namespace int
	must(t, onThread(func() (err error) {
		if err = unix.Unshare(unix.CLONE_NEWNET); err == nil {
			namespace, err = unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		}
		return err
	}))
	defer unix.Close(namespace)

	c, err := rtnetlink.Dial(nil)
	must(t, err)
	defer c.Close()
	must(t, c.Link.New(&rtnetlink.LinkMessage{Attributes: &rtnetlink.LinkAttributes{
		Name: name,
		Info: &rtnetlink.LinkInfo{Kind: "veth", Data: &driver.Veth{PeerInfo: &rtnetlink.LinkMessage{
			Attributes: &rtnetlink.LinkAttributes{Name: "far", NetNS: rtnetlink.NetNSForFD(uint32(namespace))},
		}}},
	}}))
	must(t, onThread(func() error {
		if err := unix.Setns(namespace, unix.CLONE_NEWNET); err != nil {
			return err
		}
		return u.open(t)
	}))
	u.link, err = configure(c, name, laptop)
	must(t, err)
	must(t, c.Route.Add(&rtnetlink.RouteMessage{
		Family: unix.AF_INET, Table: unix.RT_TABLE_MAIN, Type: unix.RTN_UNICAST, Protocol: unix.RTPROT_DHCP,
		Attributes: rtnetlink.RouteAttributes{Gateway: net.ParseIP(hotspot).To4(), OutIface: u.link, Priority: metric},
	}))
	return u
}

// onThread runs a function on its own thread, so that it may change its namespace. The
// sockets that it opens stay in that namespace.
func onThread(f func() error) error {
	ended := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		ended <- f()
	}()
	return <-ended
}

// configure gives an interface an address and sets it up. It returns its index.
func configure(c *rtnetlink.Conn, name, address string) (uint32, error) {
	links, err := c.Link.List()
	if err != nil {
		return 0, err
	}
	for _, l := range links {
		if l.Attributes.Name != name {
			continue
		}
		ip := net.ParseIP(address).To4()
		return l.Index, errors.Join(c.Address.New(&rtnetlink.AddressMessage{
			Family: unix.AF_INET, PrefixLength: 24, Index: l.Index,
			Attributes: &rtnetlink.AddressAttributes{Address: ip, Local: ip},
		}), c.Link.Set(&rtnetlink.LinkMessage{Index: l.Index, Flags: unix.IFF_UP, Change: unix.IFF_UP}))
	}
	return 0, fmt.Errorf("no interface %s", name)
}

// open starts the hotspot in the namespace of this thread.
func (u *uplink) open(t *testing.T) error {
	c, err := rtnetlink.Dial(nil)
	if err != nil {
		return err
	}
	defer c.Close()
	index, err := configure(c, "far", hotspot)
	if err != nil {
		return err
	}
	if u.router, err = newRouter(index); err != nil {
		return err
	}
	t.Cleanup(func() { unix.Close(u.router.socket) })
	packets, err := net.ListenPacket("udp", hotspot+":53")
	if err != nil {
		return err
	}
	t.Cleanup(func() { packets.Close() })
	if _, err := configure(c, "far", beyond); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", ":80")
	if err != nil {
		return err
	}
	t.Cleanup(func() { listener.Close() })
	server := &dns.Server{PacketConn: packets, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		name := q.Question[0].Name
		u.record(name)
		r := new(dns.Msg).SetReply(q)
		if q.Question[0].Qtype == dns.TypeA {
			r.Answer = append(r.Answer, &dns.A{
				Hdr: dns.RR_Header{Name: name, Rrtype: dns.TypeA, Class: dns.ClassINET},
				A:   net.ParseIP(hotspot),
			})
		}
		w.WriteMsg(r)
	})}
	go server.ActivateAndServe()
	go u.greet(listener)
	return nil
}

func (u *uplink) greet(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		u.record("tcp")
		io.WriteString(conn, u.name)
		conn.Close()
	}
}

// watched is a running Watcher of the namespace.
type watched struct {
	reports chan []State
	ended   chan error
	cancel  context.CancelFunc
	last    []State
}

func watch(t *testing.T) *watched {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	w := &watched{reports: make(chan []State), ended: make(chan error, 1), cancel: cancel}
	go func() { w.ended <- new(Watcher).Run(ctx, func(s []State) { w.reports <- s }) }()
	return w
}

// until waits until the last report has the interface, or its absence, as wanted.
func (w *watched) until(t *testing.T, what, name string, holds func(State) bool) {
	t.Helper()
	for !holds(w.state(name)) {
		select {
		case w.last = <-w.reports:
		case err := <-w.ended:
			t.Fatalf("not reported: %s; the watcher ended with %v", what, err)
		}
	}
}

func (w *watched) state(name string) State {
	for _, s := range w.last {
		if s.Interface == name {
			return s
		}
	}
	return State{}
}

func (w *watched) stop(t *testing.T) {
	t.Helper()
	w.cancel()
	for {
		select {
		case <-w.reports:
		case err := <-w.ended:
			if err != nil {
				t.Errorf("Run returned %v after cancellation, want nil", err)
			}
			return
		}
	}
}

// Invariant: everything sent for an association leaves through its interface, and names
// are resolved by that link's name servers. Here both links have the same addresses, so
// that a packet that leaves through the wrong one would be answered.
func TestPathLeavesByItsInterface(t *testing.T) {
	if !enterNamespace(t) {
		return
	}
	looseReversePath(t)
	uplinks := []*uplink{newUplink(t, "up0", 100), newUplink(t, "up1", 200)}
	w := watch(t)
	for _, u := range uplinks {
		w.until(t, "carrier of "+u.name, u.name, func(s State) bool { return s.Carrier })
	}
	w.stop(t)
	for i, u := range uplinks {
		other := uplinks[1-i]
		state, err := Read(t.Context(), "", u.name)
		must(t, err)
		want := State{
			Interface: u.name, Index: int(u.link), MAC: state.MAC, Carrier: true, Kind: KindVeth,
			Addresses: prefixes(laptop + "/24"), Gateways: ips(hotspot), DNS: state.DNS, // those of the machine of the test
		}
		if diff := cmp.Diff(want, state, compareAddrs); diff != "" {
			t.Errorf("state (-want +got):\n%s", diff)
		}
		p := &dial.Path{Interface: state.Interface, Index: state.Index, DNS: ips(hotspot)}
		for _, host := range []string{u.portal(), hotspot} {
			if got := greeting(t, p, host+":80"); got != u.name {
				t.Errorf("dialing %s over %s reached %q", host, u.name, got)
			}
		}
		if macs := GatewayMACs(state.Index, state.Gateways); len(macs) != 1 || len(macs[0]) != 6 || slices.Equal(macs[0], state.MAC) {
			t.Errorf("the hotspot of %s has answered, its hardware address is %v", u.name, macs)
		}
		if diff := cmp.Diff(map[string]bool{u.portal(): true, "tcp": true}, u.taken()); diff != "" {
			t.Errorf("received by %s (-want +got):\n%s", u.name, diff)
		}
		taken := other.taken()
		delete(taken, other.portal()) // a connection does not wait for the answer of the other family
		if diff := cmp.Diff(map[string]bool{}, taken); diff != "" {
			t.Errorf("received by %s while dialing over %s (-want +got):\n%s", other.name, u.name, diff)
		}
	}
}

// looseReversePath accepts answers by the worse of two default routes. That is the
// kernel's default, but distributions change it.
func looseReversePath(t *testing.T) {
	t.Helper()
	for _, name := range []string{"all", "default"} {
		if err := os.WriteFile("/proc/sys/net/ipv4/conf/"+name+"/rp_filter", []byte("0"), 0o644); err != nil {
			t.Logf("reverse path filter left as it is: %v", err)
		}
	}
}

func greeting(t *testing.T, p *dial.Path, address string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	conn, err := p.DialContext(ctx, "tcp", address)
	must(t, err)
	defer conn.Close()
	text, err := io.ReadAll(conn)
	must(t, err)
	return string(text)
}

// The watcher receives the messages of the real kernel.
func TestWatcherSeesTheKernel(t *testing.T) {
	if !enterNamespace(t) {
		return
	}
	w := watch(t)
	w.until(t, "the loopback interface", "lo", func(s State) bool { return s.Kind == KindLoopback && !s.Carrier })
	u := newUplink(t, "up0", 100)
	w.until(t, "a link with address and route", "up0", func(s State) bool {
		return s.Carrier && slices.Equal(s.Addresses, prefixes(laptop+"/24")) && slices.Equal(s.Gateways, ips(hotspot))
	})
	c, err := rtnetlink.Dial(nil)
	must(t, err)
	defer c.Close()
	must(t, c.Link.Set(&rtnetlink.LinkMessage{Index: u.link, Change: unix.IFF_UP}))
	w.until(t, "a link set down", "up0", func(s State) bool { return s.Index != 0 && !s.Carrier && s.Gateways == nil })
	must(t, c.Link.Delete(u.link))
	w.until(t, "no link any more", "up0", func(s State) bool { return s.Index == 0 })
	w.stop(t)
}
