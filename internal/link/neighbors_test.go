package link

import (
	"net"
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

// The kernel refuses: nothing is known, and nothing else breaks.
func TestGatewayMACsThatCannotBeRead(t *testing.T) {
	k := newKernel(t, cafeTable())
	k.refuse = unix.EPERM
	if got := k.reader(t.TempDir(), fakeBus{}).gatewayMACs(3, ips("10.0.0.1")); got != nil || k.open != 0 {
		t.Errorf("got %v, %d sockets left open", got, k.open)
	}
}
