// Package wifitest plays a radio, for tests and demonstrations.
package wifitest

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"sync"

	"hotspot-helper/wifi"
)

// Radio is a radio that hears and joins what it is told to. It has the methods
// of nl80211.Radio and keeps their contract, so that it stands in for it. The
// zero value has no interface; the first thing played on a name adds one. All
// methods may be called at any time from any goroutine; none of them waits.
type Radio struct {
	mu      sync.Mutex
	stages  map[string]*stage
	pending []wifi.Event
	running bool
	wake    chan struct{} // holds one token while something is pending
}

// stage is what is being played on one interface.
type stage struct {
	heard  []wifi.Network
	joined *wifi.Network
}

// New returns a radio with the named interfaces, which hear nothing yet.
func New(interfaces ...string) *Radio {
	r := &Radio{}
	for _, name := range interfaces {
		r.stage(name)
	}
	return r
}

// Scan lets an interface hear these networks and no others, as after a scan.
func (r *Radio) Scan(iface string, networks ...wifi.Network) {
	r.play(wifi.Event{Kind: wifi.EventScanned, Interface: iface, Networks: networks})
}

// Abort lets a scan be cut short after it heard these networks.
func (r *Radio) Abort(iface string, networks ...wifi.Network) {
	r.play(wifi.Event{Kind: wifi.EventScanned, Interface: iface, Networks: networks, Aborted: true})
}

// Join associates an interface with a network, heard or not. From another
// network it disconnects first; within the same SSID it roams.
func (r *Radio) Join(iface string, network wifi.Network) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.stage(iface)
	kinds := []wifi.EventKind{wifi.EventConnected}
	switch {
	case s.joined != nil && s.joined.SSID == network.SSID:
		kinds = []wifi.EventKind{wifi.EventRoamed}
	case s.joined != nil:
		kinds = []wifi.EventKind{wifi.EventDisconnected, wifi.EventConnected}
	}
	s.joined = &network
	for _, kind := range kinds {
		event := wifi.Event{Kind: kind, Interface: iface}
		if kind != wifi.EventDisconnected {
			event.Network = &network
		}
		r.queue(event)
	}
}

// Leave ends the association by the station's own wish (reason 3: leaving).
func (r *Radio) Leave(iface string) {
	r.play(wifi.Event{Kind: wifi.EventDisconnected, Interface: iface, Reason: 3})
}

// Kick ends the association by the access point, with an IEEE 802.11 reason code.
func (r *Radio) Kick(iface string, reason uint16) {
	r.play(wifi.Event{Kind: wifi.EventDisconnected, Interface: iface, Reason: reason, ByAP: true})
}

// Play plays raw events in their order: a scan also replaces what is heard, a
// disconnection also ends the association. Who needs an association plays [Radio.Join].
func (r *Radio) Play(events ...wifi.Event) { r.play(events...) }

// Run reports the present of every interface, in the order of their names: a
// scan, then connected where it is associated. After that it reports all that is
// played, in order, until the context ends; then it returns nil. What is played
// before Run is part of the present. One Run at a time: a second one is an error.
func (r *Radio) Run(ctx context.Context, report func(wifi.Event)) error {
	wake, err := r.start()
	if err != nil {
		return err
	}
	defer r.stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-wake:
			for _, event := range r.take() {
				report(event)
			}
		}
	}
}

// Interfaces names the interfaces in order.
func (r *Radio) Interfaces() ([]string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(maps.Keys(r.stages)), nil
}

// Networks lists what an interface hears; the error for an unknown one is [fs.ErrNotExist].
func (r *Radio) Networks(iface string) ([]wifi.Network, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.stages[iface]; s != nil {
		return slices.Clone(s.heard), nil
	}
	return nil, fmt.Errorf("list networks of %s: %w", iface, fs.ErrNotExist)
}

// Joined is the network that an interface is associated with; the error where there is none is [fs.ErrNotExist].
func (r *Radio) Joined(iface string) (wifi.Network, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.stages[iface]; s != nil && s.joined != nil {
		return *s.joined, nil
	}
	return wifi.Network{}, fmt.Errorf("find network joined by %s: %w", iface, fs.ErrNotExist)
}
