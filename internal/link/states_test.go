package link

import (
	"net"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jsimonetti/rtnetlink/v2"
	"golang.org/x/sys/unix"
)

// compareAddrs lets cmp compare netip's types by their own equality.
var compareAddrs = cmp.Options{cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{}), cmpopts.IgnoreFields(State{}, "Routing")}

func ips(texts ...string) []netip.Addr {
	var all []netip.Addr
	for _, text := range texts {
		all = append(all, netip.MustParseAddr(text))
	}
	return all
}

func prefixes(texts ...string) []netip.Prefix {
	var all []netip.Prefix
	for _, text := range texts {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}

func TestCarrier(t *testing.T) {
	tests := []struct {
		name  string
		flags uint32
		want  bool
	}{
		{"running", running, true},
		{"down", 0, false},
		{"no cable", unix.IFF_UP, false},
		{"associated, handshake not done", unix.IFF_UP | unix.IFF_LOWER_UP | unix.IFF_DORMANT, false},
		{"set down while connected", unix.IFF_LOWER_UP | unix.IFF_RUNNING, false},
	}
	for _, test := range tests {
		if got := states(table{links: []rtnetlink.LinkMessage{iface(2, test.flags, "eth0")}}); got[0].Carrier != test.want {
			t.Errorf("%s: carrier is %t, want %t", test.name, got[0].Carrier, test.want)
		}
	}
}

func TestStatesOfLinks(t *testing.T) {
	got := states(table{links: []rtnetlink.LinkMessage{
		iface(3, running, "wlan0"),
		{Index: 9},
		iface(1, running|unix.IFF_LOOPBACK, "lo"),
		{Index: 4, Attributes: &rtnetlink.LinkAttributes{Name: "wwan0"}},
	}})
	want := []State{
		{Interface: "lo", Index: 1, MAC: net.HardwareAddr{2, 0, 0, 0, 0, 1}, Carrier: true, Kind: KindLoopback},
		{Interface: "wlan0", Index: 3, MAC: net.HardwareAddr{2, 0, 0, 0, 0, 3}, Carrier: true, Kind: KindEther},
		{Interface: "wwan0", Index: 4, Kind: KindOther},
	}
	if diff := cmp.Diff(want, got, compareAddrs); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
}

func TestAddresses(t *testing.T) {
	pointToPoint := addr(2, "192.0.2.1/32", 0)
	pointToPoint.Attributes.Local = net.IP{198, 51, 100, 7}
	oldFlags := addr(2, "2001:db8::9/64", 0)
	oldFlags.Flags = unix.IFA_F_TENTATIVE
	tests := []struct {
		name string
		list []rtnetlink.AddressMessage
		want []netip.Prefix
	}{
		{"none", nil, nil},
		{"IPv4 first", []rtnetlink.AddressMessage{addr(2, "2001:db8::5/64", 0), addr(2, "10.0.0.5/24", 0)}, prefixes("10.0.0.5/24", "2001:db8::5/64")},
		{"of another interface", []rtnetlink.AddressMessage{addr(3, "10.0.0.5/24", 0)}, nil},
		{"link-local", []rtnetlink.AddressMessage{addr(2, "169.254.3.4/16", 0), addr(2, "fe80::1/64", 0)}, nil},
		{"tentative", []rtnetlink.AddressMessage{addr(2, "2001:db8::5/64", unix.IFA_F_TENTATIVE)}, nil},
		{"deprecated", []rtnetlink.AddressMessage{addr(2, "2001:db8::5/64", unix.IFA_F_DEPRECATED)}, nil},
		{"duplicate", []rtnetlink.AddressMessage{addr(2, "2001:db8::5/64", unix.IFA_F_DADFAILED)}, nil},
		{"flag in the header alone", []rtnetlink.AddressMessage{oldFlags}, nil},
		{"temporary", []rtnetlink.AddressMessage{addr(2, "2001:db8::5/64", unix.IFA_F_TEMPORARY)}, prefixes("2001:db8::5/64")},
		{"own end of a point-to-point link", []rtnetlink.AddressMessage{pointToPoint}, prefixes("198.51.100.7/32")},
		{"without attributes", []rtnetlink.AddressMessage{{Index: 2}}, nil},
		{"without an address", []rtnetlink.AddressMessage{{Index: 2, Attributes: &rtnetlink.AddressAttributes{}}}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, addresses(test.list, 2), compareAddrs); diff != "" {
				t.Errorf("addresses (-want +got):\n%s", diff)
			}
		})
	}
}

func TestGateways(t *testing.T) {
	route := func(change func(*rtnetlink.RouteMessage)) []rtnetlink.RouteMessage {
		r := defaultRoute(2, "10.0.0.1", 0)
		change(&r)
		return []rtnetlink.RouteMessage{r}
	}
	tests := []struct {
		name   string
		routes []rtnetlink.RouteMessage
		want   []netip.Addr
	}{
		{"none", nil, nil},
		{"one", []rtnetlink.RouteMessage{defaultRoute(2, "10.0.0.1", 600)}, ips("10.0.0.1")},
		{"best metric first", []rtnetlink.RouteMessage{defaultRoute(2, "10.0.0.1", 600), defaultRoute(2, "fe80::1", 1024), defaultRoute(2, "10.0.0.2", 100)}, ips("10.0.0.2", "10.0.0.1", "fe80::1")},
		{"twice", []rtnetlink.RouteMessage{defaultRoute(2, "10.0.0.1", 600), defaultRoute(2, "10.0.0.1", 700)}, ips("10.0.0.1")},
		{"of another interface", []rtnetlink.RouteMessage{defaultRoute(3, "10.0.0.1", 0)}, nil},
		{"to a network", route(func(r *rtnetlink.RouteMessage) { r.DstLength = 24 }), nil},
		{"for some sources", route(func(r *rtnetlink.RouteMessage) { r.SrcLength = 24 }), nil},
		{"unreachable", route(func(r *rtnetlink.RouteMessage) { r.Type = unix.RTN_UNREACHABLE }), nil},
		{"in another table", route(func(r *rtnetlink.RouteMessage) { r.Attributes.Table = 51820 }), nil},
		{"table in the header alone", route(func(r *rtnetlink.RouteMessage) { r.Attributes.Table = 0 }), ips("10.0.0.1")},
		{"dead", route(func(r *rtnetlink.RouteMessage) { r.Flags = unix.RTNH_F_DEAD }), nil},
		{"link down", route(func(r *rtnetlink.RouteMessage) { r.Flags = unix.RTNH_F_LINKDOWN }), nil},
		{"point-to-point", route(func(r *rtnetlink.RouteMessage) { r.Attributes.Gateway = nil }), ips("0.0.0.0")},
		{"point-to-point IPv6", route(func(r *rtnetlink.RouteMessage) { r.Family, r.Attributes.Gateway = unix.AF_INET6, nil }), ips("::")},
		{"one hop of several", route(func(r *rtnetlink.RouteMessage) {
			r.Attributes.OutIface, r.Attributes.Gateway = 0, nil
			r.Attributes.Multipath = []rtnetlink.NextHop{
				{Hop: rtnetlink.RTNextHop{IfIndex: 3}, Gateway: net.IP{10, 0, 0, 3}},
				{Hop: rtnetlink.RTNextHop{IfIndex: 2}, Gateway: net.IP{10, 0, 0, 2}},
				{Hop: rtnetlink.RTNextHop{IfIndex: 2, Flags: unix.RTNH_F_DEAD}, Gateway: net.IP{10, 0, 0, 9}},
			}
		}), ips("10.0.0.2")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, gateways(test.routes, 2, flow{}.tables(nil)), compareAddrs); diff != "" {
				t.Errorf("gateways (-want +got):\n%s", diff)
			}
		})
	}
}
