// Package portaltest simulates hotspots: a gateway with a captive portal on it and
// the Internet behind it, reached through one in-memory or loopback transport that
// stands for the link. It is nasty by default, in the ways that real portals are.
package portaltest

import (
	"math/rand/v2"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Options say what a hotspot is like. The zero value is a click-through or a
// credentials portal, as a random seed chooses, whose session never ends by itself.
type Options struct {
	Seed     uint64        // decides everything random; 0 = choose one, which Hotspot.Seed tells
	Kind     Kind          // 0 = by the seed
	Session  time.Duration // from login to the end of the session; 0 = until logoff
	Idle     time.Duration // without traffic to the Internet, ends the session; 0 = never
	User     string        // that KindCredentials lets in; empty = "ada"
	PIN      string        // that goes with it; empty = "2718"
	Internet http.Handler  // what lies behind the gateway; nil = one page for every address
	Delay    time.Duration // before every answer of gateway and Internet
	Fault    Fault         // of the portal
}

// Hotspot is one simulated network with one client on it. Its methods may be called
// from any goroutine. The zero value is not useful: see New.
type Hotspot struct {
	opts   Options
	server *http.Server

	mu    sync.Mutex // guards all below
	down  bool
	since time.Time // when the session began; zero: captive
	seen  time.Time // last traffic of the session
	log   []Request
}

// Login names what a pack for a hotspot of random names has to know. A field is
// empty where the hotspot has no such thing; all are for kinds other than KindClick
// and KindCredentials, whose pages are the product's own.
type Login struct {
	Form  string // CSS selector of the form that logs in
	User  string // name of the control for the user name
	PIN   string // name of the control for the PIN
	Terms string // name of the checkbox that has to be ticked
}

// New returns a hotspot that is up and captive. It needs no closing.
func New(opts Options) *Hotspot {
	if opts.Seed == 0 {
		opts.Seed = rand.Uint64()
	}
	h := &Hotspot{opts: opts}
	h.server = &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	h.server.SetKeepAlivesEnabled(false)
	return h
}

// ServeHTTP answers as the network does, whatever the host of the request.
func (h *Hotspot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(http.StatusNotImplemented)
}

// Seed returns the seed; the same one with the same options makes the same hotspot.
func (h *Hotspot) Seed() uint64 { return h.opts.Seed }

// Kind returns the kind of hotspot, chosen by the seed where the options left it open.
func (h *Hotspot) Kind() Kind { return h.opts.Kind }

// PortalURL returns the address of the page where a person logs in.
func (h *Hotspot) PortalURL() string { return "" }

// API returns the URI of the captive portal API (RFC 8908), as DHCP would offer it
// (RFC 8910), or "" where there is none.
func (h *Hotspot) API() string { return "" }

// Gateway returns the address of the gateway, which is in the URLs of some portals.
func (h *Hotspot) Gateway() netip.Addr { return netip.AddrFrom4([4]byte{127, 0, 0, 1}) }

// Login returns the names that a pack for this hotspot has to know.
func (h *Hotspot) Login() Login { return Login{} }

// Captive tells whether the portal stands between the client and the Internet.
func (h *Hotspot) Captive() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.since.IsZero()
}

// Expire ends the session as if its time were over; the portal still knows the client.
func (h *Hotspot) Expire() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.since = time.Time{}
}

// Deauth ends the session as an operator does: the portal forgets cookies and tokens too.
func (h *Hotspot) Deauth() { h.Expire() }

// SetUp switches the gateway off, so that nothing answers, or on again. The session
// goes on meanwhile.
func (h *Hotspot) SetUp(up bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.down = !up
}

// Log returns the requests that reached the gateway, oldest first.
func (h *Hotspot) Log() []Request {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.log)
}
