package portaltest

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
)

// Simulator serves a hotspot to other processes on one port of this computer. Clients
// connect to that port for every host, or use it as their HTTP proxy. Requests for the
// port itself are for the simulator: GET returns a [Simulated], and POST makes the portal
// forget its client.
type Simulator struct {
	hotspot *Hotspot
	address string // as in the Host of requests for the port itself
}

// NewSimulator returns a simulator that is not serving yet.
func NewSimulator(hotspot *Hotspot) *Simulator { return &Simulator{hotspot: hotspot} }

// Serve answers on the listener until the context ends, and closes it. It errs only if
// the listener breaks.
func (s *Simulator) Serve(ctx context.Context, l net.Listener) error {
	s.address = l.Addr().String()
	stop := context.AfterFunc(ctx, func() { _ = l.Close() }) // ends Accept
	defer stop()
	if err := s.hotspot.accept(l, s); ctx.Err() == nil {
		return fmt.Errorf("serve hotspot on %s: %w", s.address, err)
	}
	return nil
}

// ServeHTTP answers requests of a proxy client, for the simulator itself, and for the
// network.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodConnect:
		s.tunnel(w, r)
	case r.Host == s.address:
		s.describe(w, r)
	default:
		r.URL.Scheme, r.URL.Host = "", "" // a proxy gets the whole URL, a portal only the path
		r.RequestURI = r.URL.RequestURI()
		s.hotspot.ServeHTTP(w, r)
	}
}

// tunnel connects a proxy client to a host of the network.
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

// describe answers a request for the simulator itself.
func (s *Simulator) describe(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		s.hotspot.Deauth()
		w.WriteHeader(http.StatusNoContent)
		return
	}
	simulated := Simulated{
		Kind: s.hotspot.Kind(), Seed: s.hotspot.Seed(), Portal: s.hotspot.PortalURL(), Gateway: s.hotspot.Gateway(),
	}
	if authority := s.hotspot.opts.Authority; authority != nil {
		simulated.Authority = authority.PEM()
	}
	w.Header().Set("Content-Type", "application/json")
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(simulated) // errs if the client hung up
}

// Simulated describes the hotspot of a [Simulator].
type Simulated struct {
	Kind      Kind       `json:"kind"`
	Seed      uint64     `json:"seed"`
	Portal    string     `json:"portal"`    // URL of the page where a person logs in
	Gateway   netip.Addr `json:"gateway"`   // of the link
	Authority string     `json:"authority"` // certificate for https, PEM; empty: no https
}
