package agent

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// onLinks takes the present list of interfaces.
func (a *Agent) onLinks(ctx context.Context, links []Link) {
	before := a.links
	a.links = map[string]Link{}
	for _, link := range links {
		if a.settings.Watch(link) {
			a.links[link.Interface] = link
		}
	}
	for name, as := range a.associations {
		if _, ok := a.links[name]; !ok {
			a.handle(ctx, as, event{kind: eventLost, cause: Cause{CauseLost, "the interface is gone"}})
			delete(a.associations, name)
			delete(a.air, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(a.links)) {
		link := a.links[name]
		a.settle(ctx, link, Cause{CauseLink, difference(before[name], link)})
	}
}

// difference is why the verdict may differ after a change of the link; empty: it may not.
func difference(before, now Link) string {
	switch {
	case !sameWay(before, now):
		return "addresses, routes or name servers changed"
	case before.Metered != now.Metered:
		return "it is known now whether the link is metered"
	default:
		return ""
	}
}

// sameWay says whether what is sent over the link goes the same way as before.
func sameWay(a, b Link) bool {
	return slices.Equal(a.Addresses, b.Addresses) && slices.Equal(a.Gateways, b.Gateways) &&
		slices.Equal(a.DNS, b.DNS) && a.API == b.API
}

// onRadio takes what a radio reports: scans are offered to helpers, connections
// are signs that the link's network or its session changed.
func (a *Agent) onRadio(ctx context.Context, e wifi.Event) {
	switch {
	case e.Network != nil:
		a.joinedNetworks[e.Interface] = *e.Network
	case e.Kind == wifi.EventDisconnected:
		delete(a.joinedNetworks, e.Interface)
	}
	link, known := a.links[e.Interface]
	if !known {
		link = Link{Link: probe.Link{Interface: e.Interface}, Kind: KindWifi}
	}
	if !a.settings.Watch(link) {
		return
	}
	if e.Kind == wifi.EventScanned {
		a.offer(e.Interface, e.Networks)
		return
	}
	cause := fmt.Sprintf("the radio says %s", e.Kind)
	if e.Reason != 0 {
		cause += fmt.Sprintf(" (reason %d)", e.Reason)
	}
	a.logger.Debug("radio event", "interface", e.Interface, "event", e.Kind, "reason", e.Reason, "by_ap", e.ByAP)
	if known {
		a.settle(ctx, link, Cause{CauseRadio, cause})
	}
}

// offer shows helpers the networks that are new or different; what they said of
// the others stands.
func (a *Agent) offer(iface string, networks []wifi.Network) {
	before := map[wifi.SSID]heard{}
	for _, h := range a.air[iface] {
		before[h.SSID] = h
	}
	now := make([]heard, 0, len(networks))
	asked := 0
	for _, n := range networks {
		h, ok := before[n.SSID]
		if !ok || !h.SameOffer(n) {
			h.made = a.settings.Registry.ClaimScanned(context.Background(), n)
			asked++
		}
		now = append(now, heard{n, h.made})
	}
	a.air[iface] = now
	a.logger.Debug("scan", "interface", iface, "networks", len(now), "offered", asked)
}

// settle finds out which network the interface has now and tells its association,
// and what the verdict is suspected for, if anything.
func (a *Agent) settle(ctx context.Context, link Link, suspicion Cause) {
	as, ok := a.associations[link.Interface]
	if !ok {
		as = &association{agent: a, since: time.Now()}
		a.associations[link.Interface] = as
	}
	as.link = link
	network, missing := a.joined(link)
	key := networkKey(network, link)
	switch {
	case missing != "":
		if as.state.phase != Inactive {
			a.handle(ctx, as, event{kind: eventLost, cause: Cause{CauseLost, missing}})
		}
		as.detach(missing)
	case as.state.phase == Inactive || as.state.network != key:
		as.evidence = nil // what the interface missed until now is no verdict on this network
		as.attach(network, key)
		a.handle(ctx, as, a.unasked(link, event{kind: eventJoined, network: key, cause: Cause{CauseJoined, "joined " + describe(network, link)}}))
	case suspicion.Text != "":
		as.attach(network, key)
		a.handle(ctx, as, a.unasked(link, event{kind: eventSuspected, cause: suspicion}))
	}
}

// unasked marks an event of a link that is to be asked nothing but on request.
func (a *Agent) unasked(link Link, e event) event {
	if e.metered = link.Metered && !a.settings.Metered; e.metered {
		e.cause.Text += "; the link is metered, so it is probed on request only"
	}
	return e
}

// joined is the network that the interface has, or what it misses for one.
func (a *Agent) joined(link Link) (network wifi.Network, missing string) {
	switch {
	case !link.Carrier:
		return network, "no carrier"
	case len(link.Addresses) == 0:
		return network, "no address"
	case len(link.Gateways) == 0:
		return network, "no default route"
	case link.Kind == KindWifi && a.config.Radio != nil:
		joined, ok := a.joinedNetworks[link.Interface]
		if !ok {
			return network, "not associated"
		}
		return joined, ""
	}
	return wifi.Network{SSID: a.settings.Name(link.Interface)}, ""
}

// networkKey names a network in memory: by its SSID, or a wire by its interface and gateway.
func networkKey(n wifi.Network, link Link) string {
	if n.SSID != "" {
		return "ssid:" + n.SSID.String()
	}
	if len(link.Gateways) == 0 {
		return ""
	}
	return fmt.Sprintf("wire:%s/%s", link.Interface, link.Gateways[0])
}

func describe(n wifi.Network, link Link) string {
	if n.SSID == "" {
		return fmt.Sprintf("the network behind %s", link.Gateways[0])
	}
	return fmt.Sprintf("%q", n.SSID.String())
}
