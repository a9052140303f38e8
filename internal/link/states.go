package link

import (
	"cmp"
	"net"
	"net/netip"
	"slices"

	"github.com/jsimonetti/rtnetlink/v2"
	"golang.org/x/sys/unix"
)

// states makes one state of each interface from the kernel's lists, in the order of their
// indices. What the kernel does not know stays empty.
func states(t table) []State {
	var all []State
	for _, l := range t.links {
		if l.Attributes == nil || l.Attributes.Name == "" {
			continue
		}
		own := addresses(t.addresses, l.Index)
		f := flow{iface: l.Attributes.Name, addresses: own}
		f.vrf, f.vrfTable = vrfOf(t.links, l)
		hops := gateways(t.routes, l.Index, f.tables(t.rules))
		all = append(all, State{
			Interface: l.Attributes.Name,
			Index:     int(l.Index),
			MAC:       l.Attributes.Address,
			Carrier:   carrier(l.Flags),
			Kind:      kernelKind(l),
			Addresses: own,
			Gateways:  hops,

			GatewayMACs: hardwareAddresses(t.neighbors, l.Index, hops),
		})
	}
	slices.SortFunc(all, func(a, b State) int { return cmp.Compare(a.Index, b.Index) })
	return all
}

// carrier reports whether the interface is up, its medium is connected, and its
// operational state is not dormant, as during 802.1X and the WPA handshake.
func carrier(flags uint32) bool {
	const all = unix.IFF_UP | unix.IFF_LOWER_UP | unix.IFF_RUNNING
	return flags&all == all
}

func addresses(list []rtnetlink.AddressMessage, index uint32) []netip.Prefix {
	var prefixes []netip.Prefix
	for _, m := range list {
		if m.Index != index || m.Attributes == nil || !usable(m) {
			continue
		}
		// On a point-to-point link Address is that of the peer. IPv6 has no Local.
		own := m.Attributes.Local
		if own == nil {
			own = m.Attributes.Address
		}
		addr, ok := address(own)
		if !ok || addr.IsLinkLocalUnicast() {
			continue
		}
		prefixes = append(prefixes, netip.PrefixFrom(addr, int(m.PrefixLength)))
	}
	slices.SortStableFunc(prefixes, func(a, b netip.Prefix) int {
		return cmp.Compare(a.Addr().BitLen(), b.Addr().BitLen())
	})
	return prefixes
}

func usable(m rtnetlink.AddressMessage) bool {
	const not = unix.IFA_F_TENTATIVE | unix.IFA_F_DEPRECATED | unix.IFA_F_DADFAILED
	return (uint32(m.Flags)|m.Attributes.Flags)&not == 0
}

func address(ip net.IP) (netip.Addr, bool) {
	addr, ok := netip.AddrFromSlice(ip)
	return addr.Unmap(), ok
}

// hop is a next hop of a default route.
type hop struct {
	rule    uint32 // priority of the rule that leads to the routing table
	metric  uint32
	gateway netip.Addr
}

// maxGateways is how many gateways of a family count on a link: anyone there can announce a thousand.
const maxGateways = 16

func gateways(routes []rtnetlink.RouteMessage, index uint32, tables map[routingTable]uint32) []netip.Addr {
	var hops []hop
	for _, r := range routes {
		if rule, ok := tables[tableOf(r)]; ok && isDefault(r) {
			hops = append(hops, nextHops(r, index, rule)...)
		}
	}
	slices.SortStableFunc(hops, func(a, b hop) int {
		return cmp.Or(cmp.Compare(a.rule, b.rule), cmp.Compare(a.metric, b.metric))
	})
	var found []netip.Addr
	count := map[bool]int{} // by whether it is IPv4
	for _, h := range hops {
		if is4 := h.gateway.Is4(); count[is4] < maxGateways && !slices.Contains(found, h.gateway) {
			count[is4]++
			found = append(found, h.gateway)
		}
	}
	return found
}

func isDefault(r rtnetlink.RouteMessage) bool {
	return r.Type == unix.RTN_UNICAST && r.DstLength == 0 && r.SrcLength == 0
}

func tableOf(r rtnetlink.RouteMessage) routingTable {
	return routingTable{r.Family, cmp.Or(r.Attributes.Table, uint32(r.Table))}
}

// nextHops returns those of a route that leave through the interface.
func nextHops(r rtnetlink.RouteMessage, index, rule uint32) []hop {
	unspecified := netip.IPv4Unspecified()
	if r.Family == unix.AF_INET6 {
		unspecified = netip.IPv6Unspecified()
	}
	var hops []hop
	add := func(iface, flags uint32, ip net.IP) {
		if iface != index || flags&(unix.RTNH_F_DEAD|unix.RTNH_F_LINKDOWN) != 0 {
			return
		}
		gateway, ok := address(ip)
		if !ok {
			gateway = unspecified
		}
		hops = append(hops, hop{rule, r.Attributes.Priority, gateway})
	}
	if len(r.Attributes.Multipath) == 0 {
		add(r.Attributes.OutIface, r.Flags, r.Attributes.Gateway)
	}
	for _, h := range r.Attributes.Multipath {
		add(h.Hop.IfIndex, uint32(h.Hop.Flags), h.Gateway)
	}
	return hops
}
