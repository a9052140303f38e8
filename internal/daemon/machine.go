package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"

	"hotspot-helper/agent"
	"hotspot-helper/internal/link"
	"hotspot-helper/internal/link/dial"
	"hotspot-helper/internal/systembus"
	"hotspot-helper/portal"
	"hotspot-helper/probe"
	"hotspot-helper/wifi/nl80211"
)

// NewAgent makes an agent that works with the machine's own links and radios. If it is
// requested, the user asks for a login: see [agent.Config].
func (r *Runtime) NewAgent(logger *slog.Logger, requested bool) (*agent.Agent, error) {
	return agent.New(agent.Config{
		Requested: requested,
		Links:     &links{link.Watcher{Logger: logger, Bus: r.systemBus(logger)}},
		GatewayMACs: func(l agent.Link) []string {
			return texts(link.GatewayMACs(l.Index, l.Gateways))
		},
		Radios:   []agent.Radio{&nl80211.Radio{Logger: logger}},
		Dial:     NewDialer(logger),
		Store:    r.Store,
		Logger:   logger,
		Settings: r.Settings,
		Record:   r.Record,
	})
}

// systemBus is the agent's connection to the system bus, which the link watcher keeps.
func (r *Runtime) systemBus(logger *slog.Logger) *systembus.Bus {
	if r.bus == nil {
		r.bus = &systembus.Bus{Address: r.busAddress, Logger: logger}
	}
	return r.bus
}

// links reports the machine's interfaces to the agent, except for the loopback.
type links struct{ watcher link.Watcher }

func (l *links) Run(ctx context.Context, report func([]agent.Link)) error {
	return l.watcher.Run(ctx, func(states []link.State) { report(agentLinks(states)) })
}

// agentLinks are the links of all interfaces except the loopback.
func agentLinks(states []link.State) []agent.Link {
	links := make([]agent.Link, 0, len(states))
	for _, s := range states {
		if s.Kind != link.KindLoopback {
			links = append(links, agentLink(s))
		}
	}
	return links
}

func agentLink(s link.State) agent.Link {
	return agent.Link{Kind: agent.LinkKind(s.Kind.String()), Metered: s.Metered, GatewayMACs: texts(s.GatewayMACs), Routing: s.Routing, SearchDomains: s.SearchDomains, Link: probe.Link{
		Interface: s.Interface,
		Index:     s.Index,
		Carrier:   s.Carrier,
		Addresses: s.Addresses,
		Gateways:  s.Gateways,
		DNS:       s.DNS,
		API:       s.API,
		APISource: s.APISource,

		AnswersVia: s.AnswersVia,
	}}
}

func texts(macs []net.HardwareAddr) []string {
	var list []string
	for _, mac := range macs {
		list = append(list, mac.String())
	}
	return list
}

// NewDialer makes paths that are bound to their link and reach no address
// that a portal could name to attack the machine or its neighbours.
func NewDialer(logger *slog.Logger) agent.Dialer {
	return func(l agent.Link, family probe.Family) agent.Path {
		return &dial.Path{
			Interface:   l.Interface,
			Index:       l.Index,
			Family:      pathFamily(family),
			DNS:         l.DNS,
			Logger:      logger,
			Check:       func(target netip.Addr) error { return checkTarget(l, target) },
			CheckServer: checkServer,
		}
	}
}

// checkTarget refuses what [portal.CheckTarget] does.
func checkTarget(l agent.Link, target netip.Addr) error {
	var gateway netip.Addr
	if slices.Contains(l.Gateways, target) {
		gateway = target
	}
	own, err := ownAddresses()
	if err != nil {
		return &portal.HostError{Host: target.String(), Reason: err.Error()}
	}
	return portal.CheckTarget(target, gateway, own...)
}

// checkServer refuses name servers on this computer. Unlike a portal, a name server may have
// a link-local address.
func checkServer(server netip.Addr) error {
	own, err := ownAddresses()
	if err != nil {
		return err
	}
	server = server.Unmap().WithZone("")
	if server.IsLoopback() || server.IsUnspecified() || slices.Contains(own, server) {
		return fmt.Errorf("name server %s is this computer", server)
	}
	return nil
}

// ownAddresses asks the kernel at each use, because addresses come and go.
func ownAddresses() ([]netip.Addr, error) {
	nets, err := net.InterfaceAddrs()
	if err != nil {
		return nil, errors.New("the addresses of this computer cannot be read")
	}
	own := []netip.Addr{netip.IPv6Loopback()}
	for _, n := range nets {
		if prefix, err := netip.ParsePrefix(n.String()); err == nil {
			own = append(own, prefix.Addr())
		}
	}
	return own, nil
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

// ReadLink reads the interface of that name.
func (e Env) ReadLink(ctx context.Context, name string) (agent.Link, error) {
	state, err := link.Read(ctx, e.systemBus(), name)
	return agentLink(state), err
}

// Links reads every interface but the loopback.
func (e Env) Links(ctx context.Context) ([]agent.Link, error) {
	states, err := link.List(ctx, e.systemBus())
	return agentLinks(states), err
}

// Why there is no interface to choose.
var (
	ErrNoDefaultRoute = errors.New("none has a default route")
	ErrSeveralLinks   = errors.New("all have a default route")
)

// OnlyLink reads the only interface that has a default route. Interfaces that an agent
// watches by default come before tunnels, bridges and the like. The error is
// [ErrNoDefaultRoute], [ErrSeveralLinks], or why the interfaces cannot be read.
func (e Env) OnlyLink(ctx context.Context) (agent.Link, error) {
	all, err := e.Links(ctx)
	if err != nil {
		return agent.Link{}, err
	}
	return onlyLink(all)
}

func onlyLink(links []agent.Link) (agent.Link, error) {
	links = slices.DeleteFunc(links, func(l agent.Link) bool { return len(l.Gateways) == 0 })
	if slices.ContainsFunc(links, agent.WatchDefault) {
		links = slices.DeleteFunc(links, func(l agent.Link) bool { return !agent.WatchDefault(l) })
	}
	switch len(links) {
	case 0:
		return agent.Link{}, fmt.Errorf("choose an interface: %w", ErrNoDefaultRoute)
	case 1:
		return links[0], nil
	}
	names := make([]string, len(links))
	for i, l := range links {
		names[i] = l.Interface
	}
	return agent.Link{}, fmt.Errorf("choose an interface: %q %w", names, ErrSeveralLinks)
}
