package link

import (
	"bytes"
	"cmp"
	"net"
	"net/netip"
	"slices"

	"github.com/jsimonetti/rtnetlink/v2"
	"golang.org/x/sys/unix"
)

// GatewayMACs reads [State.GatewayMACs] of the gateways of an interface again. What cannot
// be read is not known.
func GatewayMACs(index int, gateways []netip.Addr) []net.HardwareAddr {
	return new(reader).gatewayMACs(index, gateways)
}

func (r *reader) gatewayMACs(index int, gateways []netip.Addr) []net.HardwareAddr {
	c, err := r.open(0)
	if err != nil {
		return nil
	}
	defer c.Close()
	neighbors, err := dump[rtnetlink.NeighMessage](c, unix.RTM_GETNEIGH, func(error) {})
	if err != nil {
		return nil
	}
	return hardwareAddresses(neighbors, uint32(index), gateways)
}

// hardwareAddresses returns those of the gateways on an interface that are known.
func hardwareAddresses(neighbors []rtnetlink.NeighMessage, index uint32, gateways []netip.Addr) []net.HardwareAddr {
	gateways = slices.SortedStableFunc(slices.Values(gateways), func(a, b netip.Addr) int { return cmp.Compare(a.BitLen(), b.BitLen()) })
	of := make(map[netip.Addr][]net.HardwareAddr, len(gateways))
	for _, n := range neighbors {
		if n.Index == index && isResolved(n) {
			ip, _ := address(n.Attributes.Address)
			of[ip] = append(of[ip], n.Attributes.LLAddress)
		}
	}
	var found []net.HardwareAddr
	for _, gateway := range gateways {
		for _, mac := range of[gateway] {
			if !slices.ContainsFunc(found, func(known net.HardwareAddr) bool { return bytes.Equal(known, mac) }) {
				found = append(found, mac)
			}
		}
	}
	return found
}

// isResolved reports whether a neighbour has an address that it has answered with, lately
// or earlier (rtnetlink(7), NUD states). Interfaces without resolution have zeros.
func isResolved(n rtnetlink.NeighMessage) bool {
	const resolved = unix.NUD_REACHABLE | unix.NUD_STALE | unix.NUD_DELAY | unix.NUD_PROBE | unix.NUD_PERMANENT
	return n.State&resolved != 0 && n.Attributes != nil &&
		slices.ContainsFunc(n.Attributes.LLAddress, func(b byte) bool { return b != 0 })
}
