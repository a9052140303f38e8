package portaltest

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
)

// Simulator shows a hotspot to other processes, on one port of this computer: the whole
// network is behind it. A client connects there whatever it wants to reach, or takes it
// as its HTTP proxy. What is asked of the port itself is for the simulator: GET tells
// what is simulated, as [Simulated], and POST has the portal forget its client.
type Simulator struct {
	hotspot *Hotspot
	address string // as a client that asks for the port itself writes it
}

// NewSimulator returns a simulator that does nothing yet.
func NewSimulator(hotspot *Hotspot) *Simulator { return &Simulator{hotspot: hotspot} }

// Serve answers on the listener until the context ends, and closes it. Its error is
// that of a listener that broke.
func (s *Simulator) Serve(ctx context.Context, l net.Listener) error {
	s.address = l.Addr().String()
	stop := context.AfterFunc(ctx, func() { _ = l.Close() }) // which is what ends Accept
	defer stop()
	if err := s.hotspot.accept(l, s); ctx.Err() == nil {
		return fmt.Errorf("serve hotspot on %s: %w", s.address, err)
	}
	return nil
}

// ServeHTTP tells a request of a proxy's client, one for the simulator itself and one
// for the network apart.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodConnect:
		s.tunnel(w, r)
	case r.Host == s.address:
		s.tell(w, r)
	default:
		r.URL.Scheme, r.URL.Host = "", "" // a proxy is told the whole URL, a portal is not
		r.RequestURI = r.URL.RequestURI()
		s.hotspot.ServeHTTP(w, r)
	}
}

// tunnel connects a proxy's client to a host of the network.
func (s *Simulator) tunnel(w http.ResponseWriter, r *http.Request) {
	if _, err := s.hotspot.reach(r.Context(), "tcp", r.Host); err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if _, err := conn.Write([]byte("HTTP/1.1 200 Connection established\r\n\r\n")); err != nil {
		_ = conn.Close()
		return
	}
	s.hotspot.greet(peeked{conn, buffered.Reader}, s)
}

func (s *Simulator) tell(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		s.hotspot.Deauth()
		w.WriteHeader(http.StatusNoContent)
		return
	}
	told := Simulated{
		Kind: s.hotspot.Kind(), Seed: s.hotspot.Seed(), Portal: s.hotspot.PortalURL(), Gateway: s.hotspot.Gateway(),
	}
	if authority := s.hotspot.opts.Authority; authority != nil {
		told.Authority = authority.PEM()
	}
	w.Header().Set("Content-Type", "application/json")
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(told) // a client that hung up is its own affair
}

// Simulated is what a [Simulator] says of its hotspot.
type Simulated struct {
	Kind      Kind       `json:"kind"`
	Seed      uint64     `json:"seed"`
	Portal    string     `json:"portal"`    // URL of the page where a person logs in
	Gateway   netip.Addr `json:"gateway"`   // of the link
	Authority string     `json:"authority"` // certificate of what is on https, PEM; empty: nothing is
}
