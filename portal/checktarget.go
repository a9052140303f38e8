package portal

import (
	"net/netip"
	"slices"
)

// hostKey returns a canonical host without IPv6 zone: the transport is bound to one
// interface, and a URL and a host list may spell it differently.
func hostKey(host string) string {
	if addr, err := netip.ParseAddr(host); err == nil {
		return plainAddr(addr).String()
	}
	return host
}

func plainAddr(addr netip.Addr) netip.Addr { return addr.Unmap().WithZone("") }

// CheckTarget returns a [*HostError] if addr is one of this computer, of which own are all, or
// if it is loopback, link-local, multicast, broadcast or unspecified and not the link's
// gateway: a login must not become a request to this computer, behind its firewall, or to its
// neighbours. Dialers call it for every address that a name resolves to. Without own, as where
// nothing is dialled, a gateway may be a loopback address.
func CheckTarget(addr, gateway netip.Addr, own ...netip.Addr) error {
	plain := plainAddr(addr)
	isGateway := plain == plainAddr(gateway) && (plain.IsLoopback() || plain.IsLinkLocalUnicast())
	isOwn := slices.ContainsFunc(own, func(o netip.Addr) bool { return plainAddr(o) == plain }) || len(own) > 0 && plain.IsLoopback()
	reason := refusal(plain)
	switch {
	case isOwn:
		reason = ownAddress
	case isGateway:
		return nil
	}
	if reason != "" {
		return &HostError{Host: addr.String(), Reason: reason}
	}
	return nil
}

const ownAddress = "address of this computer"

// refusal returns why no portal may be at an address, "" if one may.
func refusal(addr netip.Addr) string {
	switch {
	case !addr.IsValid():
		return "not an address"
	case addr.IsLoopback():
		return "loopback address"
	case addr.IsLinkLocalUnicast():
		return "link-local address other than the gateway"
	case addr.IsMulticast(), addr == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return "multicast or broadcast address"
	case addr.IsUnspecified(), addr.Is4() && addr.As4()[0] == 0:
		return "unspecified address"
	case addr.Is6() && netip.PrefixFrom(netip.IPv6Unspecified(), 96).Contains(addr):
		return "IPv4 address in an obsolete spelling"
	}
	return ""
}
