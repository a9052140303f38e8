package link

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jsimonetti/rtnetlink/v2"
	"golang.org/x/sys/unix"
)

func neighbor(index uint32, ip string, state uint16, mac net.HardwareAddr) rtnetlink.NeighMessage {
	address := net.ParseIP(ip)
	if ip4 := address.To4(); ip4 != nil {
		address = ip4
	}
	return rtnetlink.NeighMessage{
		Index: index, State: state,
		Attributes: &rtnetlink.NeighAttributes{Address: address, LLAddress: mac},
	}
}

// Only an address that a gateway of this interface has answered with counts.
func TestGatewayMACs(t *testing.T) {
	router, other := net.HardwareAddr{2, 0, 0, 0, 0, 0x11}, net.HardwareAddr{2, 0, 0, 0, 0, 0x12}
	for name, test := range map[string]struct {
		neighbors []rtnetlink.NeighMessage
		want      []net.HardwareAddr
	}{
		"none":             {},
		"reachable":        {[]rtnetlink.NeighMessage{neighbor(3, "10.0.0.1", unix.NUD_REACHABLE, router)}, []net.HardwareAddr{router}},
		"not used lately":  {[]rtnetlink.NeighMessage{neighbor(3, "10.0.0.1", unix.NUD_STALE, router)}, []net.HardwareAddr{router}},
		"asked for":        {[]rtnetlink.NeighMessage{neighbor(3, "10.0.0.1", unix.NUD_INCOMPLETE, router)}, nil},
		"silent":           {[]rtnetlink.NeighMessage{neighbor(3, "10.0.0.1", unix.NUD_FAILED, router)}, nil},
		"no resolution":    {[]rtnetlink.NeighMessage{neighbor(3, "10.0.0.1", unix.NUD_NOARP, router)}, nil},
		"zeros":            {[]rtnetlink.NeighMessage{neighbor(3, "10.0.0.1", unix.NUD_PERMANENT, make(net.HardwareAddr, 6))}, nil},
		"no address":       {[]rtnetlink.NeighMessage{neighbor(3, "10.0.0.1", unix.NUD_REACHABLE, nil), {Index: 3, State: unix.NUD_REACHABLE}}, nil},
		"not a gateway":    {[]rtnetlink.NeighMessage{neighbor(3, "10.0.0.7", unix.NUD_REACHABLE, router)}, nil},
		"other interface":  {[]rtnetlink.NeighMessage{neighbor(2, "10.0.0.1", unix.NUD_REACHABLE, router)}, nil},
		"both families":    {[]rtnetlink.NeighMessage{neighbor(3, "fe80::1", unix.NUD_REACHABLE, router), neighbor(3, "10.0.0.1", unix.NUD_REACHABLE, router)}, []net.HardwareAddr{router}},
		"IPv4 comes first": {[]rtnetlink.NeighMessage{neighbor(3, "fe80::1", unix.NUD_REACHABLE, other), neighbor(3, "10.0.0.1", unix.NUD_REACHABLE, router)}, []net.HardwareAddr{router, other}},
	} {
		t.Run(name, func(t *testing.T) {
			cafe := cafeTable()
			cafe.routes = append(cafe.routes, defaultRoute(3, "fe80::1", 100))
			cafe.neighbors = test.neighbors
			k := newKernel(t, cafe)
			r := k.reader(cafeFiles(t), fakeBus{})
			state, err := r.read(t.Context(), "wlan0")
			if diff := cmp.Diff(test.want, state.GatewayMACs); diff != "" || err != nil {
				t.Errorf("state: %v (-want +got):\n%s", err, diff)
			}
			if diff := cmp.Diff(test.want, r.gatewayMACs(3, state.Gateways)); diff != "" {
				t.Errorf("read again (-want +got):\n%s", diff)
			}
		})
	}
}

// Anyone can announce a thousand routers: the first few of each family count, and a reading compares
// no list with another.
func TestManyRouters(t *testing.T) {
	const many = 3000
	cafe := cafeTable()
	router := func(i int) string { return fmt.Sprintf("fe80::%x:%x", 1+i>>16, 1+i&0xffff) }
	for i := range many {
		cafe.routes = append(cafe.routes, defaultRoute(3, router(i), 1))
		cafe.neighbors = append(cafe.neighbors, neighbor(3, router(i), unix.NUD_STALE, net.HardwareAddr{2, 0, 1, 0, byte(i >> 8), byte(i)}))
	}
	cafe.neighbors = append(cafe.neighbors, neighbor(3, "10.0.0.1", unix.NUD_REACHABLE, net.HardwareAddr{2, 0, 0, 0, 0, 0x11}))
	state, err := newKernel(t, cafe).reader(cafeFiles(t), fakeBus{}).read(t.Context(), "wlan0")
	if err != nil || len(state.Gateways) != maxGateways+1 || len(state.GatewayMACs) != maxGateways+1 {
		t.Fatalf("%d gateways, %d hardware addresses, error %v", len(state.Gateways), len(state.GatewayMACs), err)
	}
	if !slices.Contains(state.Gateways, netip.MustParseAddr("10.0.0.1")) || state.GatewayMACs[0][5] != 0x11 {
		t.Errorf("gateways %v at %v have lost that of IPv4", state.Gateways, state.GatewayMACs)
	}
}

// The kernel refuses: nothing is known, and nothing else breaks.
func TestGatewayMACsThatCannotBeRead(t *testing.T) {
	k := newKernel(t, cafeTable())
	k.refuse = unix.EPERM
	if got := k.reader(t.TempDir(), fakeBus{}).gatewayMACs(3, ips("10.0.0.1")); got != nil || k.open != 0 {
		t.Errorf("got %v, %d sockets left open", got, k.open)
	}
}
