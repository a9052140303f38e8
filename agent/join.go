package agent

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"hotspot-helper/wifi"
)

// onLinks takes the present list of interfaces.
func (a *Agent) onLinks(ctx context.Context, links []Link) {
	before := a.links
	a.links = map[string]Link{}
	for _, link := range links {
		a.links[link.Interface] = link
	}
	for name := range a.associations {
		if _, ok := a.links[name]; !ok {
			a.drop(ctx, name, "the interface is gone")
			a.forgetScan(name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(a.links)) {
		text := linkChange(before[name], a.links[name])
		if as, ok := a.associations[name]; text == "" && ok && as.isKeptIn() && before[name].Routing != a.links[name].Routing {
			text = "this computer's routes changed, and perhaps its firewall"
		}
		a.join(ctx, a.links[name], Cause{CauseLink, text})
	}
}

// onRadio takes what a radio reports: scans are offered to the helpers, a connection is
// a sign that the network of the link or its session changed.
func (a *Agent) onRadio(ctx context.Context, e wifi.Event) {
	switch {
	case e.Kind == wifi.EventScanned:
		a.onScan(ctx, e.Interface, e.Networks)
		return
	case e.Network != nil:
		a.joined[e.Interface] = *e.Network
	case e.Kind == wifi.EventDisconnected:
		delete(a.joined, e.Interface)
	}
	a.logger.Debug("radio event", "interface", e.Interface, "event", e.Kind, "reason", e.Reason, "by_ap", e.ByAP)
	text := fmt.Sprintf("the radio says %s", e.Kind)
	if e.Reason != 0 {
		text += fmt.Sprintf(" (reason %d)", e.Reason)
	}
	if as, ok := a.associations[e.Interface]; ok {
		as.noteRadio(e)
	}
	if link, ok := a.links[e.Interface]; ok {
		a.join(ctx, link, Cause{CauseRadio, text})
	}
}

// join brings the association of a link up to date: it begins and ends with the network
// that the interface has joined, and is probed again on a suspicion. An empty cause is none.
func (a *Agent) join(ctx context.Context, link Link, suspicion Cause) {
	if !a.settings.Watch(link) {
		a.drop(ctx, link.Interface, "the interface is not watched any more")
		return
	}
	as := a.associationOf(link.Interface)
	if a.isRoaming(ctx, as, link, suspicion) {
		return
	}
	suspicion = as.endRoam(suspicion)
	network, missing := a.networkOf(link)
	identity := a.identify(as, network, link)
	lostWay := isWayLost(as.link, link)
	as.link = link
	defer a.showDomains(ctx, as)
	switch {
	case missing != "":
		if as.state.phase != Inactive {
			a.handle(ctx, as, event{kind: eventLost, cause: Cause{CauseLost, missing}})
		}
		as.detach(missing)
	case as.state.phase == Inactive || isOther(as.identity, identity):
		again := as.state.phase == Inactive && isWithin(wallClock().Sub(as.since), backoff.Last) && (as.dataOf == identity || !identity.Complete())
		as.attach(network, identity, a.config.Dial)
		a.restoreSession(as)
		as.findings.evidence = nil // it was of another network, or of none
		a.handle(ctx, as, a.markMetered(link, a.joinOf(as, eventJoined, again, "joined "+describe(network, link))))
	case as.identity != identity || suspicion.Text != "":
		again := as.dataOf == identity
		as.attach(network, identity, a.config.Dial)
		a.restoreSession(as)
		if as.state.network != identity.String() {
			a.handle(ctx, as, a.joinOf(as, eventIdentified, again, "recognised "+describe(network, link)))
		}
		if suspicion.Text != "" {
			a.suspectAfter(ctx, as, suspicion, lostWay)
		}
	}
}

// associationOf returns the association of an interface, a new one if it has none.
func (a *Agent) associationOf(iface string) *association {
	as, ok := a.associations[iface]
	if !ok {
		as = &association{since: wallClock(), state: state{asleep: a.isAsleep}}
		a.associations[iface] = as
	}
	return as
}

// isWayLost reports whether connections of before cannot go on: their address or their gateway
// is gone. A temporary address of IPv6 comes and goes beside others.
func isWayLost(before, now Link) bool {
	kept := func(is func(netip.Addr) bool) bool {
		had := false
		for _, p := range before.Addresses {
			if !is(p.Addr()) {
				continue
			}
			had = true
			if slices.ContainsFunc(now.Addresses, func(n netip.Prefix) bool { return n.Addr() == p.Addr() }) {
				return true
			}
		}
		return !had
	}
	hasGateway := slices.ContainsFunc(before.Gateways, func(g netip.Addr) bool { return slices.Contains(now.Gateways, g) })
	return !hasGateway || !kept(netip.Addr.Is4) || !kept(netip.Addr.Is6)
}

// joinOf is the event that an association has joined its network, or recognised it.
func (a *Agent) joinOf(as *association, kind eventKind, again bool, cause string) event {
	a.store.noteJoin(as.identity, as.link.Interface)
	if a.store.isKnownByName(as.identity) {
		a.logger.Info("network is remembered by its name alone: which helper logged in does not count", "interface", as.link.Interface, "network", as.identity.String())
	}
	e := event{
		kind: kind, network: as.identity.String(), off: a.store.isLoggedOff(as.identity),
		again: again, asked: a.config.Requested && !as.isRequested,
		cause: Cause{CauseJoined, cause},
	}
	as.isRequested = true
	return e
}

// drop ends the association of an interface, if it has one.
func (a *Agent) drop(ctx context.Context, iface, cause string) {
	if as, ok := a.associations[iface]; ok {
		a.handle(ctx, as, event{kind: eventLost, cause: Cause{CauseLost, cause}})
		as.halt()
		delete(a.associations, iface)
	}
}

// networkOf returns the network that an interface has joined, or what it misses for one.
func (a *Agent) networkOf(link Link) (network wifi.Network, missing string) {
	switch {
	case !link.Carrier:
		return network, "no carrier"
	case len(link.Addresses) == 0:
		return network, "no address"
	case len(link.Gateways) == 0:
		return network, "no default route"
	case a.isRadio(link):
		joined, ok := a.joined[link.Interface]
		if !ok {
			return network, "not associated"
		}
		return joined, ""
	}
	return wifi.Network{SSID: a.settings.Name(link.Interface)}, ""
}

// isKeptIn reports whether this computer itself was in the way of the last probe, as the kill switch
// of a VPN is. The kernel tells nobody but root of changes of a firewall, but a VPN that comes or
// goes changes the routes, too.
func (as *association) isKeptIn() bool {
	return as.findings.evidence != nil && as.findings.evidence.LocalObstacle != ""
}

// linkChange returns why the verdict may differ after a change of the link; empty: it does not.
func linkChange(before, now Link) string {
	switch {
	case !slices.Equal(before.Addresses, now.Addresses), !slices.Equal(before.Gateways, now.Gateways),
		!slices.Equal(before.DNS, now.DNS), before.API != now.API:
		return "addresses, routes or name servers changed"
	case before.AnswersVia != now.AnswersVia:
		return "this computer's reverse-path filter changed, or its routes"
	case before.Metered != now.Metered:
		return "it is known now whether the link is metered"
	default:
		return ""
	}
}

// markMetered marks an event of a metered link, which is probed on request only.
func (a *Agent) markMetered(link Link, e event) event {
	e.metered = link.Metered && !a.settings.Metered
	if e.metered {
		e.cause.Text += "; the link is metered, so it is probed on request only"
	}
	return e
}

func describe(n wifi.Network, link Link) string {
	if n.SSID == "" {
		return fmt.Sprintf("the network behind %s", link.Gateways[0])
	}
	return fmt.Sprintf("%q", n.SSID.String())
}
