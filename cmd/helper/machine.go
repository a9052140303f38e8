package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"

	"hotspot-helper/agent"
	"hotspot-helper/internal/link"
	"hotspot-helper/internal/link/dial"
	"hotspot-helper/portal"
	"hotspot-helper/probe"
	"hotspot-helper/wifi/nl80211"
)

// newAgent makes the agent of this machine: its links, its radios, its way out.
func newAgent(h *house, logger *slog.Logger) (*agent.Agent, error) {
	return agent.New(agent.Config{
		Links:    &links{},
		Radio:    &nl80211.Radio{Logger: logger},
		Dial:     dialer(logger),
		Memory:   h.memory,
		Logger:   logger,
		Settings: h.settings,
		Record:   h.record,
	})
}

// links tells the agent about the machine's interfaces. Loopback is none of them.
type links struct{ watcher link.Watcher }

func (l *links) Run(ctx context.Context, report func([]agent.Link)) error {
	return l.watcher.Run(ctx, func(states []link.State) {
		seen := make([]agent.Link, 0, len(states))
		for _, s := range states {
			if s.Kind != link.KindLoopback {
				seen = append(seen, agentLink(s))
			}
		}
		report(seen)
	})
}

func agentLink(s link.State) agent.Link {
	return agent.Link{Wireless: s.Kind == link.KindWifi, Metered: s.Metered, Link: probe.Link{
		Interface: s.Interface,
		Index:     s.Index,
		Carrier:   s.Carrier,
		Addresses: s.Addresses,
		Gateways:  s.Gateways,
		DNS:       s.DNS,
		API:       s.API,
		APISource: s.APISource,
	}}
}

// dialer makes transports that are bound to their link and reach no address
// that a portal could name to attack the machine or its neighbours.
func dialer(logger *slog.Logger) agent.Dialer {
	return func(l agent.Link, family probe.Family) http.RoundTripper {
		return &dial.Path{
			Interface: l.Interface,
			Index:     l.Index,
			Family:    pathFamily(family),
			DNS:       l.DNS,
			Logger:    logger,
			Check: func(target netip.Addr) error {
				var gateway netip.Addr
				if slices.Contains(l.Gateways, target) {
					gateway = target
				}
				return portal.CheckTarget(target, gateway)
			},
		}
	}
}

// pathFamily is an address family as a path keeps to it.
func pathFamily(f probe.Family) dial.Family {
	switch f {
	case probe.FamilyIPv4:
		return dial.IPv4
	case probe.FamilyIPv6:
		return dial.IPv6
	default:
		return dial.AnyFamily
	}
}

// chooseLink reads the interface that the user names, or the only one that has a default route.
func chooseLink(name string) (agent.Link, error) {
	if name != "" {
		state, err := link.Read(name)
		if err != nil {
			return agent.Link{}, hinted(err, "'ip link' shows the interfaces")
		}
		return agentLink(state), nil
	}
	states, err := link.List()
	if err != nil {
		return agent.Link{}, err
	}
	var usable []agent.Link
	var names []string
	for _, s := range states {
		if s.Kind != link.KindLoopback && len(s.Gateways) > 0 {
			usable = append(usable, agentLink(s))
			names = append(names, s.Interface)
		}
	}
	switch len(usable) {
	case 0:
		return agent.Link{}, hinted(errors.New("choose an interface: none has a default route"), "join a network first, or name one with --interface")
	case 1:
		return usable[0], nil
	}
	return agent.Link{}, hinted(fmt.Errorf("choose an interface: %q all have a default route", names), "name one with --interface")
}
