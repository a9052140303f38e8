// Package agenttest plays the links of a machine to an agent, for tests and demonstrations.
package agenttest

import (
	"context"
	"maps"
	"net/netip"
	"slices"
	"sync"

	"hotspot-helper/agent"
	"hotspot-helper/probe"
)

// Links is a machine's list of network interfaces, as it is told. It stands in
// for a watcher of the kernel's. The zero value has none.
type Links struct {
	mu    sync.Mutex
	links map[string]agent.Link
	wake  chan struct{} // holds one token while the list is new; made by the first use
}

// Set adds an interface, or changes it.
func (l *Links) Set(links ...agent.Link) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.links == nil {
		l.links = map[string]agent.Link{}
	}
	for _, link := range links {
		l.links[link.Interface] = link
	}
	l.ring()
}

// Remove takes interfaces away.
func (l *Links) Remove(names ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, name := range names {
		delete(l.links, name)
	}
	l.ring()
}

func (l *Links) ring() {
	select {
	case l.bell() <- struct{}{}:
	default:
	}
}

func (l *Links) bell() chan struct{} {
	if l.wake == nil {
		l.wake = make(chan struct{}, 1)
	}
	return l.wake
}

func (l *Links) list() []agent.Link {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Collect(maps.Values(l.links))
}

// Run reports the list at once and after every change, until the context ends.
func (l *Links) Run(ctx context.Context, report func([]agent.Link)) error {
	l.mu.Lock()
	bell := l.bell()
	l.mu.Unlock()
	report(l.list())
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-bell:
			report(l.list())
		}
	}
}

// Up is an interface with a carrier, an address of its own and a gateway.
func Up(name string, gateway netip.Addr) agent.Link {
	return agent.Link{Kind: agent.KindEther, Link: probe.Link{
		Interface: name,
		Carrier:   true,
		Addresses: []netip.Prefix{netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 0, 2, 2}), 24)},
		Gateways:  []netip.Addr{gateway},
	}}
}
