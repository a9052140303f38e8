// Package link reads and watches the state of the network interfaces of this machine:
// carrier, addresses and routes from the kernel, and what the programs that manage them
// know: name servers, the captive portal API and the cost.
package link

import (
	"net"
	"net/netip"
)

// State is what this machine knows of one network interface, without sending anything.
type State struct {
	Interface string           // name, for example wlan0
	Index     int              // kernel's number of it
	MAC       net.HardwareAddr // empty or zeros if the link has none
	Carrier   bool             // administratively up, connected and past its authentication
	Kind      Kind             // what sort of interface it is

	// Addresses are those to send from, without link-local, tentative and deprecated
	// ones. IPv4 comes first.
	Addresses []netip.Prefix

	// Gateways are the next hops of the interface's default routes, in every routing
	// table that the kernel uses for unmarked packets from the interface's addresses
	// (policy routing, VRFs), in the order of the kernel's rules and then by metric. A
	// default route without a next hop (point-to-point) is the unspecified address of its
	// family, so an interface without gateways has no default route. Of each family there are the
	// first 16.
	Gateways []netip.Addr

	// GatewayMACs are the hardware addresses of Gateways that the kernel knows (ARP, neighbour
	// discovery), in their order, without repetitions. It learns them with the first packet
	// that it sends to a gateway. IPv4 comes first.
	GatewayMACs []net.HardwareAddr

	// DNS are the name servers of this link in order. Like Gateways they have no zone,
	// because the interface is the zone.
	DNS []netip.Addr

	// SearchDomains are those of this link, in lower case.
	SearchDomains []string

	// API is the captive portal API that the network announces (RFC 8910), an http or
	// https URI or urn:ietf:params:capport:unrestricted; else empty. APISource is
	// systemd-networkd, networkmanager, dhclient or router-advertisement; the last one is
	// received by a [Watcher] alone.
	API       string
	APISource string

	// Metered says that traffic is known to cost: NetworkManager says so, or the link is a
	// modem and NetworkManager says nothing.
	Metered bool

	// AnswersVia is the interface over which the kernel would answer a host of the Internet,
	// if that is another one and so the strict reverse-path filter of this interface drops what
	// such hosts send (IPv4; RFC 3704, section 2.2); else empty. See rp_filter in the kernel's
	// ip-sysctl.
	AnswersVia string

	// Routing is a fingerprint of this computer's routes and routing rules, the same in the state
	// of each interface.
	Routing uint64
}
