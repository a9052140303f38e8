// Package wifitest simulates radios, for tests and demonstrations.
package wifitest

import (
	"context"
	"sync"

	"hotspot-helper/wifi"
)

// Radio simulates radios that scan and join as their methods say. Its Run has the contract
// of nl80211.Radio. The zero value has no interface; the first event on a name adds one.
// The other methods may be called at any time from any goroutine, and do not wait.
type Radio struct {
	mu       sync.Mutex
	stations map[string]*station
	pending  []wifi.Event
	running  bool
	wake     chan struct{} // holds one token while events are pending
}

// station is the state of one interface.
type station struct {
	scanned []wifi.Network
	joined  *wifi.Network
}

// New returns a radio with the named interfaces, whose scan lists are empty.
func New(interfaces ...string) *Radio {
	r := &Radio{}
	for _, name := range interfaces {
		r.station(name)
	}
	return r
}

// Scan ends a scan that found these networks.
func (r *Radio) Scan(iface string, networks ...wifi.Network) {
	r.play(wifi.Event{Kind: wifi.EventScanned, Interface: iface, Networks: networks})
}

// Abort aborts a scan that has found these networks.
func (r *Radio) Abort(iface string, networks ...wifi.Network) {
	r.play(wifi.Event{Kind: wifi.EventScanned, Interface: iface, Networks: networks, Aborted: true})
}

// Join associates an interface with a network, which need not be in the scan list. It
// disconnects from a network with another SSID first; within the same SSID it roams.
func (r *Radio) Join(iface string, network wifi.Network) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.station(iface)
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

// Leave ends the association by the station (reason 3: leaving).
func (r *Radio) Leave(iface string) {
	r.play(wifi.Event{Kind: wifi.EventDisconnected, Interface: iface, Reason: 3})
}

// Kick ends the association by the access point, with an IEEE 802.11 reason code.
func (r *Radio) Kick(iface string, reason uint16) {
	r.play(wifi.Event{Kind: wifi.EventDisconnected, Interface: iface, Reason: reason, ByAP: true})
}

// Play sends events in their order. A scan also replaces the scan list, and a disconnection
// also ends the association. Use [Radio.Join] for an association.
func (r *Radio) Play(events ...wifi.Event) { r.play(events...) }

// Run reports the state of every interface, in the order of their names: a scan, then
// connected if it is associated. After that it reports all events in their order until
// the context ends; then it returns nil. Events before Run are part of the state. A
// second Run at the same time is an error.
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
