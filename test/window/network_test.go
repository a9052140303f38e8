package window

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/miekg/dns"
	"golang.org/x/sys/unix"

	"hotspot-helper/portal/portaltest"
	"hotspot-helper/probe/probetest"
	"hotspot-helper/test/netns"
)

const (
	ifname    = "wlan0" // of the client
	clientIP  = "10.66.0.2"
	gatewayIP = "10.66.0.1"
	liarIP    = "127.0.0.9" // the name server of the machine
	lieIP     = "127.0.0.66"

	rebinding = "rebinding.test" // a name that leads to the client itself
)

// resolve serves a name server that leads every name to one address.
func resolve(t testing.TB, n *netns.Namespace, at, to string, asked func(name string)) {
	t.Helper()
	var packets net.PacketConn
	n.Do(func() (err error) {
		packets, err = net.ListenPacket("udp", net.JoinHostPort(at, "53"))
		return err
	})
	server := &dns.Server{PacketConn: packets, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		answer := new(dns.Msg).SetReply(q)
		if len(q.Question) == 1 {
			asked(q.Question[0].Name)
			if q.Question[0].Qtype == dns.TypeA {
				header := dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 60}
				address := to
				if q.Question[0].Name == rebinding+"." {
					address = clientIP
				}
				answer.Answer = append(answer.Answer, &dns.A{Hdr: header, A: netip.MustParseAddr(address).AsSlice()})
			}
		}
		_ = w.WriteMsg(answer)
	})}
	go func() { _ = server.ActivateAndServe() }()
	t.Cleanup(func() { packets.Close() })
}

// network is a client with two ways out: the hotspot at wlan0, and the default route, which goes into a dead tunnel.
type network struct {
	client, gateway *netns.Namespace
	hotspot         *portaltest.Hotspot
	authorities     string // file of those that the helper trusts

	mu   sync.Mutex
	lies []string // names that the name server of the machine was asked for
}

func newNetwork(t testing.TB, options portaltest.Options) *network {
	t.Helper()
	return newNetworkBehind(t, options, nil)
}

// newNetworkBehind makes a network whose http goes through another handler; nil: it does not.
func newNetworkBehind(t testing.TB, options portaltest.Options, through func(http.Handler) http.Handler) *network {
	t.Helper()
	require(t)
	authority, err := portaltest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	options.Internet, options.Authority = probetest.Internet(), authority
	nw := &network{authorities: filepath.Join(t.TempDir(), "authorities.pem"), client: netns.New(t), gateway: netns.New(t), hotspot: portaltest.New(options)}
	if err := os.WriteFile(nw.authorities, []byte(authority.PEM()), 0o644); err != nil {
		t.Fatal(err)
	}
	nw.client.IP(fmt.Sprintf("link add %s type veth peer name gw0 netns %d", ifname, nw.gateway.Thread))
	nw.gateway.IP("addr add "+gatewayIP+"/24 dev gw0", "link set gw0 up", "route add local 0.0.0.0/0 dev lo") // every address is here
	nw.client.IP(
		"addr add "+clientIP+"/24 dev "+ifname, "link set "+ifname+" up", "route add default via "+gatewayIP+" dev "+ifname+" metric 600",
		"link add tun0 type veth peer name nowhere", "link set nowhere up", "link set tun0 arp off up", "addr add 10.200.0.2/32 dev tun0", "route add default dev tun0 metric 50",
	)
	nw.files(t)
	resolve(t, nw.gateway, gatewayIP, gatewayIP, func(string) {})
	resolve(t, nw.client, liarIP, lieIP, func(name string) {
		nw.mu.Lock()
		defer nw.mu.Unlock()
		nw.lies = append(nw.lies, name)
	})
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	for _, port := range []string{"80", "443"} {
		var listener net.Listener
		nw.gateway.Do(func() (err error) {
			listener, err = net.Listen("tcp4", "0.0.0.0:"+port)
			return err
		})
		if port == "80" && through != nil {
			t.Cleanup(func() { listener.Close() })
			go func() { _ = http.Serve(listener, through(nw.hotspot)) }()
			continue
		}
		go func() { _ = portaltest.NewSimulator(nw.hotspot).Serve(ctx, listener) }()
	}
	return nw
}

// files make the machine's name server the liar, and that of the link the gateway, as systemd-networkd says it.
func (nw *network) files(t testing.TB) {
	t.Helper()
	resolv := filepath.Join(t.TempDir(), "resolv.conf")
	nw.client.Do(func() error {
		target, err := filepath.EvalSymlinks("/etc/resolv.conf")
		if err != nil {
			return err
		}
		link, err := net.InterfaceByName(ifname)
		if err != nil {
			return err
		}
		const links = "/run/systemd/netif/links"
		return errors.Join(
			os.WriteFile(resolv, []byte("nameserver "+liarIP+"\n"), 0o644),
			unix.Mount(resolv, target, "", unix.MS_BIND, ""),
			unix.Mount("tmpfs", "/run", "tmpfs", 0, "size=64m"),
			os.MkdirAll(links, 0o755),
			os.WriteFile(filepath.Join(links, fmt.Sprint(link.Index)), []byte("DNS="+gatewayIP+"\n"), 0o644),
		)
	})
}

// lied returns what the name server of the machine was asked for.
func (nw *network) lied() []string {
	nw.mu.Lock()
	defer nw.mu.Unlock()
	return nw.lies
}

// shown reports whether a browser has loaded a page: then it asks for its icon, which the probe never does.
func (nw *network) shown() bool {
	return slices.ContainsFunc(nw.hotspot.Log(), func(r portaltest.Request) bool { return strings.HasSuffix(r.Path, "/favicon.ico") })
}
