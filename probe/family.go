package probe

import (
	"net/netip"
	"slices"
)

// Family is an address family of a link. A portal may stand before one and not before the other.
type Family string

// The address families.
const (
	FamilyAny  Family = "" // whichever answers
	FamilyIPv4 Family = "ipv4"
	FamilyIPv6 Family = "ipv6"
)

// String returns the name that people use.
func (f Family) String() string {
	switch f {
	case FamilyAny:
		return "any"
	case FamilyIPv4:
		return "IPv4"
	case FamilyIPv6:
		return "IPv6"
	default:
		return string(f)
	}
}

// FamilyVerdict is what a probe concludes about one address family of a link.
type FamilyVerdict struct {
	Family  Family  `json:"family"`
	Verdict Verdict `json:"verdict"`
	Reason  string  `json:"reason"`
}

// families returns the address families that can leave the link: those of which
// it has an address and a default route.
func families(link Link) []Family {
	var usable []Family
	for _, f := range []Family{FamilyIPv4, FamilyIPv6} {
		addressed := slices.ContainsFunc(link.Addresses, func(p netip.Prefix) bool { return familyOf(p.Addr()) == f })
		routed := slices.ContainsFunc(link.Gateways, func(a netip.Addr) bool { return familyOf(a) == f })
		if addressed && routed {
			usable = append(usable, f)
		}
	}
	return usable
}

func familyOf(a netip.Addr) Family {
	if a.Unmap().Is4() {
		return FamilyIPv4
	}
	return FamilyIPv6
}
