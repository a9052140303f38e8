package portal

import "net/netip"

// hostKey returns a canonical host without IPv6 zone: a URL and a host list need not
// spell the interface alike, and the transport is bound to one.
func hostKey(host string) string {
	if addr, err := netip.ParseAddr(host); err == nil {
		return plainAddr(addr).String()
	}
	return host
}

func plainAddr(addr netip.Addr) netip.Addr { return addr.Unmap().WithZone("") }

// CheckTarget returns a [*HostError] if no portal may be at addr: it is loopback,
// link-local, multicast, broadcast or unspecified, and not the link's gateway. Such an
// address would turn a login into a request to this computer or to its neighbours. A
// dialer calls it for every address that a name resolved to.
func CheckTarget(addr, gateway netip.Addr) error {
	plain := plainAddr(addr)
	if plain.IsValid() && plain == plainAddr(gateway) {
		return nil
	}
	if reason := unfit(plain); reason != "" {
		return &HostError{Host: addr.String(), Reason: reason}
	}
	return nil
}

func unfit(addr netip.Addr) string {
	switch {
	case !addr.IsValid():
		return "not an address"
	case addr.IsLoopback():
		return "loopback address"
	case addr.IsLinkLocalUnicast():
		return "link-local address, and not the gateway"
	case addr.IsMulticast(), addr == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return "address of many hosts"
	case addr.IsUnspecified(), addr.Is4() && addr.As4()[0] == 0:
		return "address of no host"
	}
	return ""
}
