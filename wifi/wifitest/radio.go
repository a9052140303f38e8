// Package wifitest simulates radios, for tests and demonstrations.
package wifitest

import (
	"context"
	"errors"
	"maps"
	"slices"
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
	wake     chan struct{} // holds one token while events are pending; nil unless Run runs
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
	r.Play(wifi.Event{Kind: wifi.EventScanned, Interface: iface, Networks: networks})
}

// Abort aborts a scan that has found these networks.
func (r *Radio) Abort(iface string, networks ...wifi.Network) {
	r.Play(wifi.Event{Kind: wifi.EventScanned, Interface: iface, Networks: networks, Aborted: true})
}

// Join associates an interface with a network, which need not be in the scan list. It
// disconnects from a network with another SSID first; within the same SSID it roams.
func (r *Radio) Join(iface string, network wifi.Network) {
	r.mu.Lock()
	defer r.mu.Unlock()
	kind := wifi.EventConnected
	switch joined := r.station(iface).joined; {
	case joined != nil && joined.SSID == network.SSID:
		kind = wifi.EventRoamed
	case joined != nil:
		r.play(wifi.Event{Kind: wifi.EventDisconnected, Interface: iface})
	}
	r.play(wifi.Event{Kind: kind, Interface: iface, Network: &network})
}

// Leave ends the association by the station (reason 3: leaving).
func (r *Radio) Leave(iface string) {
	r.Play(wifi.Event{Kind: wifi.EventDisconnected, Interface: iface, Reason: 3})
}

// Kick ends the association by the access point, with an IEEE 802.11 reason code.
func (r *Radio) Kick(iface string, reason uint16) {
	r.Play(wifi.Event{Kind: wifi.EventDisconnected, Interface: iface, Reason: reason, ByAP: true})
}

// Play sends events in their order. They also change the scan list and the association.
func (r *Radio) Play(events ...wifi.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, event := range events {
		r.play(event)
	}
}

// play requires the lock, like the methods below.
func (r *Radio) play(event wifi.Event) {
	s := r.station(event.Interface)
	switch event.Kind {
	case wifi.EventScanned:
		s.scanned = slices.Clone(event.Networks)
	case wifi.EventConnected, wifi.EventRoamed, wifi.EventDisconnected:
		s.joined = event.Network
	}
	if r.wake != nil {
		r.queue(event)
	}
}

func (r *Radio) station(name string) *station {
	if r.stations == nil {
		r.stations = map[string]*station{}
	}
	if r.stations[name] == nil {
		r.stations[name] = &station{}
	}
	return r.stations[name]
}

func (r *Radio) queue(event wifi.Event) {
	r.pending = append(r.pending, event)
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Run reports the state of every interface, in the order of their names: a scan, then
// connected if it is associated. After that it reports all events in their order until
// the context ends; then it returns nil. Events before Run are part of the state. A
// second Run at the same time is an error.
func (r *Radio) Run(ctx context.Context, report func(wifi.Event)) error {
	wake, err := r.start()
	if err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			r.stop()
			return nil
		case <-wake:
			for _, event := range r.take() {
				report(event)
			}
		}
	}
}

func (r *Radio) start() (wake chan struct{}, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.wake != nil {
		return nil, errors.New("run radio: it runs already")
	}
	r.wake = make(chan struct{}, 1)
	for _, name := range slices.Sorted(maps.Keys(r.stations)) {
		s := r.stations[name]
		r.queue(wifi.Event{Kind: wifi.EventScanned, Interface: name, Networks: slices.Clone(s.scanned)})
		if s.joined != nil {
			r.queue(wifi.Event{Kind: wifi.EventConnected, Interface: name, Network: s.joined})
		}
	}
	return r.wake, nil
}

func (r *Radio) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pending, r.wake = nil, nil
}

func (r *Radio) take() []wifi.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	events := r.pending
	r.pending = nil
	return events
}
