package link

import (
	"cmp"
	"net"
	"net/netip"
	"slices"

	"github.com/jsimonetti/rtnetlink/v2"
	"golang.org/x/sys/unix"
)

// states makes of the kernel's lists one state for each interface, in the order
// of their indices. What the kernel does not know is left empty.
func states(t table) []State {
	var all []State
	for _, l := range t.links {
		if l.Attributes == nil || l.Attributes.Name == "" {
			continue
		}
		all = append(all, State{
			Interface: l.Attributes.Name,
			Index:     int(l.Index),
			MAC:       l.Attributes.Address,
			Carrier:   carrier(l.Flags),
			Kind:      kernelKind(l),
			Addresses: addresses(t.addresses, l.Index),
			Gateways:  gateways(t.routes, l.Index),
		})
	}
	slices.SortFunc(all, func(a, b State) int { return cmp.Compare(a.Index, b.Index) })
	return all
}

// carrier wants the interface up, the medium connected, and the operational
// state past dormant, which is where 802.1X and the WPA handshake hold it.
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
		// On a point-to-point link Address is the peer's and Local is ours;
		// IPv6 gives Address alone.
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
	metric  uint32
	gateway netip.Addr
}

func gateways(routes []rtnetlink.RouteMessage, index uint32) []netip.Addr {
	var hops []hop
	for _, r := range routes {
		if isDefault(r) {
			hops = append(hops, nextHops(r, index)...)
		}
	}
	slices.SortStableFunc(hops, func(a, b hop) int { return cmp.Compare(a.metric, b.metric) })
	var found []netip.Addr
	for _, h := range hops {
		if !slices.Contains(found, h.gateway) {
			found = append(found, h.gateway)
		}
	}
	return found
}

// isDefault picks the unicast default routes of the main table. What policy
// routing keeps in other tables, as VPN clients do, says nothing about the link.
func isDefault(r rtnetlink.RouteMessage) bool {
	table := r.Attributes.Table
	if table == 0 {
		table = uint32(r.Table)
	}
	return table == unix.RT_TABLE_MAIN && r.Type == unix.RTN_UNICAST && r.DstLength == 0 && r.SrcLength == 0
}

// nextHops lists those of a route that leave through the interface.
func nextHops(r rtnetlink.RouteMessage, index uint32) []hop {
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
		hops = append(hops, hop{r.Attributes.Priority, gateway})
	}
	if len(r.Attributes.Multipath) == 0 {
		add(r.Attributes.OutIface, r.Flags, r.Attributes.Gateway)
	}
	for _, h := range r.Attributes.Multipath {
		add(h.Hop.IfIndex, uint32(h.Hop.Flags), h.Gateway)
	}
	return hops
}
