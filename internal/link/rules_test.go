package link

import (
	"net"
	"net/netip"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jsimonetti/rtnetlink/v2"
	"golang.org/x/sys/unix"

	"hotspot-helper/internal/link/dial"
)

// rule is a rule for a routing table, as ip-rule(8) prints it.
func rule(priority, table uint32, change func(*rtnetlink.RuleMessage)) rtnetlink.RuleMessage {
	r := rtnetlink.RuleMessage{
		Family: unix.AF_INET, Action: unix.FR_ACT_TO_TBL,
		Attributes: &rtnetlink.RuleAttributes{Priority: &priority, Table: &table},
	}
	if change != nil {
		change(&r)
	}
	return r
}

func from(cidr string) func(*rtnetlink.RuleMessage) {
	prefix := netip.MustParsePrefix(cidr)
	ip := net.IP(prefix.Addr().AsSlice())
	return func(r *rtnetlink.RuleMessage) { r.SrcLength, r.Attributes.Src = uint8(prefix.Bits()), &ip }
}

func mark(mark uint32, flags uint32) func(*rtnetlink.RuleMessage) {
	return func(r *rtnetlink.RuleMessage) { r.Attributes.FwMark, r.Flags = &mark, flags }
}

func pointer[T any](value T) *T { return &value }

func TestTables(t *testing.T) {
	eth0 := flow{iface: "eth0", addresses: prefixes("10.0.0.5/24", "2001:db8::5/64")}
	enslaved := eth0
	enslaved.vrf, enslaved.vrfTable = "red", 1001
	const other = 100
	tests := []struct {
		name string
		flow flow
		rule rtnetlink.RuleMessage
		want bool // table 100, or 1001 of the VRF, is among them
	}{
		{"for all", eth0, rule(100, other, nil), true},
		{"by the header's table", eth0, rule(100, other, func(r *rtnetlink.RuleMessage) { r.Attributes.Table, r.Table = nil, other }), true},
		{"from the address", eth0, rule(100, other, from("10.0.0.5/32")), true},
		{"from the network", eth0, rule(100, other, from("10.0.0.0/24")), true},
		{"from another address", eth0, rule(100, other, from("10.0.0.6/32")), false},
		{"out of the interface", eth0, rule(100, other, func(r *rtnetlink.RuleMessage) { r.Attributes.OIFName = pointer("eth0") }), true},
		{"out of another interface", eth0, rule(100, other, func(r *rtnetlink.RuleMessage) { r.Attributes.OIFName = pointer("eth1") }), false},
		{"from this machine", eth0, rule(100, other, func(r *rtnetlink.RuleMessage) { r.Attributes.IIFName = pointer("lo") }), true},
		{"forwarded from the interface", eth0, rule(100, other, func(r *rtnetlink.RuleMessage) { r.Attributes.IIFName = pointer("eth0") }), false},
		{"to some destinations", eth0, rule(100, other, func(r *rtnetlink.RuleMessage) { r.DstLength = 8 }), false},
		{"to all but some destinations", eth0, rule(100, other, func(r *rtnetlink.RuleMessage) { r.DstLength, r.Flags = 8, unix.FIB_RULE_INVERT }), true},
		{"with a mark", eth0, rule(100, other, mark(0xca6c, 0)), false},
		{"without a mark", eth0, rule(100, other, mark(0xca6c, unix.FIB_RULE_INVERT)), true},
		{"with a mark of zero", eth0, rule(100, other, func(r *rtnetlink.RuleMessage) {
			r.Attributes.FwMark, r.Attributes.FwMask = pointer[uint32](0), pointer[uint32](0xff)
		}), true},
		{"for some protocol", eth0, rule(100, other, func(r *rtnetlink.RuleMessage) { r.Attributes.IPProto = pointer[uint8](unix.IPPROTO_UDP) }), false},
		{"for a type of service", eth0, rule(100, other, func(r *rtnetlink.RuleMessage) { r.TOS = 4 }), false},
		{"for some users", eth0, rule(100, other, func(r *rtnetlink.RuleMessage) { r.Attributes.UIDRange = &rtnetlink.RuleUIDRange{} }), false},
		{"without default routes", eth0, rule(100, other, func(r *rtnetlink.RuleMessage) { r.Attributes.SuppressPrefixLen = pointer[uint32](0) }), false},
		{"that refuses", eth0, rule(100, other, func(r *rtnetlink.RuleMessage) { r.Action = unix.FR_ACT_PROHIBIT }), false},
		{"without attributes", eth0, rtnetlink.RuleMessage{Family: unix.AF_INET, Action: unix.FR_ACT_TO_TBL, Table: other}, false},
		{"of VRFs, in none", eth0, rule(1000, 0, func(r *rtnetlink.RuleMessage) { r.Attributes.L3MDev = pointer[uint8](1) }), false},
		{"of VRFs, in one", enslaved, rule(1000, 0, func(r *rtnetlink.RuleMessage) { r.Attributes.L3MDev = pointer[uint8](1) }), true},
		{"out of its VRF", enslaved, rule(100, 1001, func(r *rtnetlink.RuleMessage) { r.Attributes.OIFName = pointer("red") }), true},
	}
	for _, test := range tests {
		found := test.flow.tables([]rtnetlink.RuleMessage{test.rule})
		_, in := found[routingTable{unix.AF_INET, other}]
		_, inVRF := found[routingTable{unix.AF_INET, 1001}]
		if (in || inVRF) != test.want {
			t.Errorf("rule %s: followed is %t, want %t", test.name, in || inVRF, test.want)
		}
		if found[routingTable{unix.AF_INET6, unix.RT_TABLE_MAIN}] != mainPriority {
			t.Errorf("rule %s: no main table in %v", test.name, found)
		}
	}
}

func TestGatewaysInTheOrderOfRules(t *testing.T) {
	in := func(table, metric uint32, gateway string) rtnetlink.RouteMessage {
		r := defaultRoute(2, gateway, metric)
		r.Attributes.Table = table
		return r
	}
	routes := []rtnetlink.RouteMessage{in(unix.RT_TABLE_MAIN, 0, "10.0.0.1"), in(100, 600, "10.0.0.2"), in(100, 100, "10.0.0.3"), in(200, 0, "10.0.0.4"), in(300, 0, "10.0.0.5")}
	rules := []rtnetlink.RuleMessage{rule(50, 300, mark(1, 0)), rule(100, 100, nil), rule(200, 100, nil), rule(40000, 200, nil)}
	got := gateways(routes, 2, flow{iface: "eth0"}.tables(rules))
	if diff := cmp.Diff(ips("10.0.0.3", "10.0.0.2", "10.0.0.1", "10.0.0.4"), got, compareAddrs); diff != "" {
		t.Errorf("gateways (-want +got):\n%s", diff)
	}
}

// An interface in a VRF has its routes in the table of the VRF.
func TestGatewaysOfVRF(t *testing.T) {
	red := iface(9, running, "red")
	red.Attributes.Info = &rtnetlink.LinkInfo{Kind: "vrf", Data: &rtnetlink.LinkData{Name: "vrf", Data: []byte{8, 0, unix.IFLA_VRF_TABLE, 0, 0xe9, 3, 0, 0}}}
	eth0, eth1 := iface(2, running, "eth0"), iface(3, running, "eth1")
	eth0.Attributes.Master = pointer[uint32](9)
	route := func(index uint32) rtnetlink.RouteMessage {
		r := defaultRoute(index, "10.0.0.1", 0)
		r.Table, r.Attributes.Table = unix.RT_TABLE_COMPAT, 1001
		return r
	}
	l3mdev := rule(1000, 0, func(r *rtnetlink.RuleMessage) { r.Attributes.L3MDev = pointer[uint8](1) })
	k := newKernel(t, table{
		links: []rtnetlink.LinkMessage{eth0, eth1, red}, rules: []rtnetlink.RuleMessage{l3mdev},
		routes: []rtnetlink.RouteMessage{route(2), route(3)},
	})
	all, err := k.reader(t.TempDir(), fakeBus{}).all(t.Context())
	must(t, err)
	if diff := cmp.Diff([][]netip.Addr{ips("10.0.0.1"), nil, nil}, [][]netip.Addr{all[0].Gateways, all[1].Gateways, all[2].Gateways}, compareAddrs); diff != "" {
		t.Errorf("gateways (-want +got):\n%s", diff)
	}
}

// The kernel's own rules and tables: a link that is routed by a rule, and a VPN beside it.
func TestGatewaysOfRealTables(t *testing.T) {
	if !enterNamespace(t) {
		return
	}
	looseReversePath(t)
	c, err := rtnetlink.Dial(nil)
	must(t, err)
	defer c.Close()
	u := newUplink(t, "up0", 100)
	w := watch(t)
	gatewaysAre := func(what, name string, want ...string) {
		t.Helper()
		w.until(t, what, name, func(s State) bool { return cmp.Equal(s.Gateways, ips(want...), compareAddrs) && s.Carrier })
	}
	gatewaysAre("a route in the main table", "up0", hotspot)

	must(t, c.Route.Delete(&rtnetlink.RouteMessage{Family: unix.AF_INET, Table: unix.RT_TABLE_MAIN, Attributes: rtnetlink.RouteAttributes{OutIface: u.link}}))
	gatewaysAre("no route", "up0")
	addDefault(t, c, u.link, hotspot, 100)
	byAddress := rule(1000, 100, from(laptop+"/32"))
	must(t, c.Rule.Add(&byAddress))
	gatewaysAre("a rule for the address", "up0", hotspot)
	path := &dial.Path{Interface: "up0", DNS: ips(hotspot)}
	// The hotspot's other address is beyond the gateway.
	if got := greeting(t, path, beyond+":80"); got != "up0" {
		t.Errorf("dialing by the rule's table reached %q", got)
	}

	// A VPN as wg-quick and NetworkManager set it up: its own packets have a mark and
	// leave by another table, all others by the tunnel's table.
	tunnel(t, "tun0")
	tun, err := configure(c, "tun0", "10.10.0.2")
	must(t, err)
	addDefault(t, c, tun, "", 51820)
	addDefault(t, c, u.link, "10.9.0.77", 102)
	suppress, unmarked, marked := rule(30000, unix.RT_TABLE_MAIN, nil), rule(30001, 51820, mark(0xca6c, unix.FIB_RULE_INVERT)), rule(29999, 102, mark(0xca6c, 0))
	suppress.Attributes.SuppressPrefixLen = pointer[uint32](0)
	for _, r := range []*rtnetlink.RuleMessage{&suppress, &unmarked, &marked} {
		must(t, c.Rule.Add(r))
	}
	w.until(t, "the tunnel's table", "tun0", func(s State) bool { return cmp.Equal(s.Gateways, ips("0.0.0.0"), compareAddrs) })
	gatewaysAre("the VPN's tables beside it", "up0", hotspot)

	must(t, c.Rule.Delete(&byAddress))
	gatewaysAre("no rule", "up0")
	w.stop(t)
}

// addDefault adds a default route to a table; no gateway is a point-to-point link's.
func addDefault(t *testing.T, c *rtnetlink.Conn, index uint32, gateway string, table uint32) {
	t.Helper()
	r := rtnetlink.RouteMessage{
		Family: unix.AF_INET, Type: unix.RTN_UNICAST, Protocol: unix.RTPROT_STATIC,
		Attributes: rtnetlink.RouteAttributes{OutIface: index, Table: table, Gateway: net.ParseIP(gateway).To4()},
	}
	if gateway == "" {
		r.Scope = unix.RT_SCOPE_LINK
	}
	must(t, os.NewSyscallError("add route", c.Route.Add(&r)))
}
