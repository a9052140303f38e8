package agent

import (
	"cmp"
	"context"
	"slices"

	"hotspot-helper/wifi"
)

// identify returns the identity of the network that a link has joined. What was known of
// the same join stays while nothing contradicts it: the kernel forgets the hardware
// address of a gateway that is not used, and a link may have several gateways.
func (a *Agent) identify(as *association, n wifi.Network, link Link) wifi.Identity {
	var known wifi.Identity
	if as.state.phase != Inactive {
		known = as.identity
	}
	if a.isRadio(link) {
		now := n.Identity()
		if now.Security == wifi.SecurityUnknown && known.Wire == "" && known.SSID == now.SSID {
			now.Security = known.Security
		}
		return now
	}
	now := wifi.Identity{SSID: n.SSID, Wire: cmp.Or(string(link.Kind), "unknown")}
	isSameWire := known.Wire == now.Wire
	switch {
	case isSameWire && slices.Contains(link.GatewayMACs, known.Gateway):
		now.Gateway = known.Gateway
	case len(link.GatewayMACs) > 0:
		now.Gateway = link.GatewayMACs[0]
	case isSameWire && slices.Equal(as.link.Gateways, link.Gateways):
		now.Gateway = known.Gateway
	}
	return now
}

// isRadio reports whether a radio reports which network the link has joined.
func (a *Agent) isRadio(link Link) bool { return link.Kind == KindWifi && len(a.config.Radios) > 0 }

// isOther reports whether an identity is of another network.
func isOther(before, now wifi.Identity) bool { return before != now && !completes(before, now) }

// completes reports whether an identity only adds to another what was not known.
func completes(before, now wifi.Identity) bool {
	if before.Complete() {
		return false
	}
	before.Security, before.Gateway = cmp.Or(before.Security, now.Security), cmp.Or(before.Gateway, now.Gateway)
	return before == now
}

// readGateways reads the hardware addresses of the gateways. It is called outside the loop
// after a probe: the kernel learns them with the first packet that it sends.
func (a *Agent) readGateways(link Link) []string {
	if a.config.GatewayMACs == nil {
		return link.GatewayMACs
	}
	return a.config.GatewayMACs(link)
}

// recognise takes the hardware addresses of the gateways. It returns false if the network
// turns out to be another one, or one that the user logged off from.
func (a *Agent) recognise(ctx context.Context, as *association, macs []string) bool {
	number := as.task.number
	link := as.link
	link.GatewayMACs = macs
	a.join(ctx, link, Cause{})
	as.dropOthers()
	a.restoreSession(as)
	return as.task.number == number
}
