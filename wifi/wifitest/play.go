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
	for _, name := range slices.Sorted(maps.Keys(r.stages)) {
		r.pending = append(r.pending, r.stages[name].present(name)...)
	}
	r.wake = make(chan struct{}, 1)
	r.ring()
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
		r.stage(event.Interface).apply(event)
		r.queue(event)
	}
}

func (r *Radio) queue(event wifi.Event) {
	if !r.running {
		return
	}
	r.pending = append(r.pending, event)
	r.ring()
}

func (r *Radio) ring() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

func (r *Radio) stage(name string) *stage {
	if r.stages == nil {
		r.stages = map[string]*stage{}
	}
	if r.stages[name] == nil {
		r.stages[name] = &stage{}
	}
	return r.stages[name]
}

func (s *stage) apply(event wifi.Event) {
	switch event.Kind {
	case wifi.EventScanned:
		s.heard = slices.Clone(event.Networks)
	case wifi.EventDisconnected:
		s.joined = nil
	}
}

func (s *stage) present(name string) []wifi.Event {
	events := []wifi.Event{{Kind: wifi.EventScanned, Interface: name, Networks: slices.Clone(s.heard)}}
	if s.joined != nil {
		events = append(events, wifi.Event{Kind: wifi.EventConnected, Interface: name, Network: s.joined})
	}
	return events
}
