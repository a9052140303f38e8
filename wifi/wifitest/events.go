package wifitest

import (
	"errors"
	"maps"
	"slices"

	"hotspot-helper/wifi"
)

func (r *Radio) start() (<-chan struct{}, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.running {
		return nil, errors.New("run radio: it runs already")
	}
	r.running = true
	r.pending = nil
	for _, name := range slices.Sorted(maps.Keys(r.stations)) {
		r.pending = append(r.pending, r.stations[name].events(name)...)
	}
	r.wake = make(chan struct{}, 1)
	r.signal()
	return r.wake, nil
}

func (r *Radio) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.running = false
	r.pending = nil
}

func (r *Radio) take() []wifi.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	events := r.pending
	r.pending = nil
	return events
}

func (r *Radio) play(events ...wifi.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, event := range events {
		r.station(event.Interface).apply(event)
		r.queue(event)
	}
}

func (r *Radio) queue(event wifi.Event) {
	if !r.running {
		return
	}
	r.pending = append(r.pending, event)
	r.signal()
}

func (r *Radio) signal() {
	select {
	case r.wake <- struct{}{}:
	default:
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

func (s *station) apply(event wifi.Event) {
	switch event.Kind {
	case wifi.EventScanned:
		s.scanned = slices.Clone(event.Networks)
	case wifi.EventDisconnected:
		s.joined = nil
	}
}

func (s *station) events(name string) []wifi.Event {
	events := []wifi.Event{{Kind: wifi.EventScanned, Interface: name, Networks: slices.Clone(s.scanned)}}
	if s.joined != nil {
		events = append(events, wifi.Event{Kind: wifi.EventConnected, Interface: name, Network: s.joined})
	}
	return events
}
