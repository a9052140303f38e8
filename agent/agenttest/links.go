// Package agenttest simulates the links of a machine for an agent, in tests and demonstrations.
package agenttest

import (
	"context"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"

	"hotspot-helper/agent"
	"hotspot-helper/probe"
)

// Links is a list of network interfaces, in place of a watcher of the kernel's. The zero
// value has none.
type Links struct {
	mu    sync.Mutex
	links map[string]agent.Link
	wake  chan struct{} // holds one token while the list is new; made at the first use
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
	l.notify()
}

// Remove removes interfaces.
func (l *Links) Remove(names ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, name := range names {
		delete(l.links, name)
	}
	l.notify()
}

func (l *Links) notify() {
	select {
	case l.changed() <- struct{}{}:
	default:
	}
}

func (l *Links) changed() chan struct{} {
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
	changed := l.changed()
	l.mu.Unlock()
	report(l.list())
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
			report(l.list())
		}
	}
}

// Up is an interface with a carrier, an address of its own and a gateway, whose hardware
// address depends on its address.
func Up(name string, gateway netip.Addr) agent.Link {
	bytes := gateway.As16()
	mac := net.HardwareAddr{2, 0, bytes[12], bytes[13], bytes[14], bytes[15]}
	return agent.Link{Kind: agent.KindEther, GatewayMACs: []string{mac.String()}, Link: probe.Link{
		Interface: name,
		Carrier:   true,
		Addresses: []netip.Prefix{netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 0, 2, 2}), 24)},
		Gateways:  []netip.Addr{gateway},
	}}
}
