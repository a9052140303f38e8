// Package link reads and watches the state of the network interfaces of this machine:
// carrier, addresses and routes from the kernel, and what the programs that manage them
// know: name servers, the captive portal API and the cost.
package link

import (
	"net"
	"net/netip"
)

// State is what is known of one network interface without sending anything.
type State struct {
	Interface string           // name, for example wlan0
	Index     int              // kernel's number of it
	MAC       net.HardwareAddr // empty or zeros where the link has none
	Carrier   bool             // administratively up, connected and past its authentication
	Kind      Kind             // what sort of interface it is

	// Addresses are those to send from: no link-local, tentative or deprecated
	// ones. IPv4 comes first.
	Addresses []netip.Prefix

	// Gateways are the next hops of the interface's default routes, in every routing
	// table that the kernel uses for unmarked packets from the interface's addresses
	// (policy routing, VRFs), in the order of the kernel's rules and then by metric. A
	// default route without a next hop (point-to-point) is the unspecified address of its
	// family, so an interface without gateways has no default route.
	Gateways []netip.Addr

	// DNS are the name servers of this link in order. Like Gateways they carry
	// no zone: the interface is the zone.
	DNS []netip.Addr

	// API is the captive portal API that the network announced (RFC 8910), an http
	// or https URI or urn:ietf:params:capport:unrestricted; else empty. APISource says who knows of it:
	// systemd-networkd, networkmanager, dhclient, or router-advertisement, which is
	// heard by a [Watcher] alone.
	API       string
	APISource string

	// Metered is set where octets are known to cost: NetworkManager says so, or it
	// is a cellular modem and NetworkManager says nothing.
	Metered bool
}
