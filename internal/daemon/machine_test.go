package daemon

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"testing"

	"hotspot-helper/agent"
	"hotspot-helper/internal/link/dial"
	"hotspot-helper/portal"
	"hotspot-helper/probe"
)

// A network cannot make the agent connect to services of this machine, even if it says that its
// gateway has a loopback address.
func TestDialerReachesNoService(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	defer server.Close()
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	for gateway, reached := range map[string]bool{"127.0.0.1": false, "127.0.0.2": false, "10.0.0.1": false, "": false} {
		link := agent.Link{Link: probe.Link{Interface: "lo", Index: 1}}
		if gateway != "" {
			link.Gateways = []netip.Addr{netip.MustParseAddr(gateway)}
		}
		wire := NewDialer(slog.New(slog.DiscardHandler))(link, probe.FamilyAny)
		for _, host := range []string{"127.0.0.1", "[::ffff:127.0.0.1]"} {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+host+":"+u.Port()+"/", http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			response, err := wire.RoundTrip(request)
			if err == nil {
				response.Body.Close()
			}
			if _, refused := errors.AsType[*portal.HostError](err); refused == reached {
				t.Errorf("%s with the gateway %q: %v, want reached %v", host, gateway, err, reached)
			}
		}
		wire.CloseIdleConnections()
	}
}

// A tunnel with a default route does not hide the interface that it runs over.
func TestOnlyLink(t *testing.T) {
	routed := func(name string, kind agent.LinkKind) agent.Link {
		return agent.Link{Kind: kind, Link: probe.Link{Interface: name, Gateways: []netip.Addr{netip.MustParseAddr("10.0.0.1")}}}
	}
	idle := agent.Link{Kind: agent.KindWifi, Link: probe.Link{Interface: "wlan9"}}
	wifi, wire, tunnel, veth := routed("wlan0", agent.KindWifi), routed("eth0", agent.KindEther), routed("tun0", "tunnel"), routed("veth0", "veth")
	for _, test := range []struct {
		links []agent.Link
		want  string
		err   error
	}{
		{[]agent.Link{idle}, "", ErrNoDefaultRoute},
		{[]agent.Link{idle, wifi}, "wlan0", nil},
		{[]agent.Link{tunnel, wifi, veth}, "wlan0", nil},
		{[]agent.Link{veth, idle}, "veth0", nil},
		{[]agent.Link{wire, wifi}, "", ErrSeveralLinks},
		{[]agent.Link{tunnel, veth}, "", ErrSeveralLinks},
	} {
		if got, err := onlyLink(slices.Clone(test.links)); got.Interface != test.want || !errors.Is(err, test.err) {
			t.Errorf("of %v it chose %q, %v; want %q, %v", test.links, got.Interface, err, test.want, test.err)
		}
	}
}

// A network may name any address as its name server, also one of this computer's.
func TestNoNameServerOfThisComputerIsAsked(t *testing.T) {
	addrs, err := ownAddresses()
	if err != nil {
		t.Fatal(err)
	}
	for _, addr := range append(addrs, netip.MustParseAddr("127.0.0.53"), netip.MustParseAddr("::ffff:127.0.0.1"), netip.IPv4Unspecified()) {
		if checkServer(addr) == nil {
			t.Errorf("%s would be asked", addr)
		}
	}
	for _, addr := range []string{"192.0.2.53", "fe80::53", "2001:db8::53"} {
		if err := checkServer(netip.MustParseAddr(addr)); err != nil {
			t.Error(err)
		}
	}
	path, ok := NewDialer(slog.New(slog.DiscardHandler))(agent.Link{Link: probe.Link{Interface: "lo", Index: 1}}, probe.FamilyAny).(*dial.Path)
	if !ok || path.CheckServer == nil {
		t.Error("the dialer does not check name servers")
	}
}
