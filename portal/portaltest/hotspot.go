// Package portaltest simulates hotspots: a gateway with a captive portal on it and
// the Internet behind it, reached through one in-memory or loopback transport that
// stands for the link. It is nasty by default, in the ways that real portals are.
package portaltest

import (
	"fmt"
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
	Seed      uint64        // decides everything random; 0 = choose one, which Hotspot.Seed tells
	Kind      Kind          // empty = by the seed
	Session   time.Duration // from login to the end of the session; 0 = until logoff
	Idle      time.Duration // without traffic to the Internet or a keepalive, ends the session; 0 = never
	User      string        // that is let in where a kind asks for one; empty = "ada"
	PIN       string        // the PIN or password that goes with it; empty = "2718"
	Voucher   string        // that is let in where a kind asks for one; empty = "WX7Y-2026"
	Internet  http.Handler  // what lies behind the gateway; nil = one page for every address
	Authority *Authority    // puts the portals that can, and the Internet, on https; nil = https is refused
	Delay     time.Duration // before every answer of gateway and Internet
	Fault     Fault         // of the portal
	Tell      func(Request) // gets each line of the request log, in place of Log; it may not call the hotspot; nil = Log has them
}

// Hotspot is one simulated network with one client on it. Its methods may be called
// from any goroutine. The zero value is not useful: see New.
type Hotspot struct {
	opts Options

	mu      sync.Mutex // guards all below
	random  *rand.Rand
	site    site
	down    bool
	session session
	log     []Request
}

// Login names what a pack for a hotspot of random names has to know. A field is
// empty where the hotspot has no such thing; all but Logoff are for kinds other than
// KindClick and KindCredentials, whose pages are the product's own.
type Login struct {
	Form   string // CSS selector of the form that logs in
	User   string // name of the control for the user name
	PIN    string // name of the control for the PIN
	Terms  string // name of the checkbox that has to be ticked
	Logoff string // URL that ends the session when it is opened
}

// New returns a hotspot that is up and captive. It needs no closing. It panics on a
// kind that is not in the table.
func New(opts Options) *Hotspot {
	if opts.Seed == 0 {
		opts.Seed = rand.Uint64()
	}
	if opts.User == "" {
		opts.User = "ada"
	}
	if opts.PIN == "" {
		opts.PIN = "2718"
	}
	if opts.Voucher == "" {
		opts.Voucher = "WX7Y-2026"
	}
	if opts.Internet == nil {
		opts.Internet = http.HandlerFunc(anyPage)
	}
	random := rand.New(rand.NewPCG(opts.Seed, 0))
	if opts.Kind == KindAny {
		opts.Kind = pick(random, KindClick, KindCredentials)
	}
	product, found := opts.Kind.find()
	if !found {
		panic(fmt.Sprintf("portaltest: no hotspot of kind %q", opts.Kind)) // a mistake in the caller
	}
	return &Hotspot{opts: opts, random: random, site: product.build(opts, random)}
}

// anyPage is the Internet where the options give none.
func anyPage(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintf(w, "the Internet at %s\n", r.Host)
}

// String describes the hotspot in one line, for the output of a test that fails.
func (h *Hotspot) String() string {
	return fmt.Sprintf("%s hotspot, seed %d: %s", h.opts.Kind, h.opts.Seed, h.site.traits)
}

// Seed returns the seed; the same one with the same options makes the same hotspot.
func (h *Hotspot) Seed() uint64 { return h.opts.Seed }

// Kind returns the kind of hotspot, chosen by the seed where the options left it open.
func (h *Hotspot) Kind() Kind { return h.opts.Kind }

// PortalURL returns the address of the page where a person logs in.
func (h *Hotspot) PortalURL() string { return h.site.url }

// API returns the URI of the captive portal API (RFC 8908), as DHCP would offer it
// (RFC 8910), or "" where there is none.
func (h *Hotspot) API() string { return h.site.api }

// Gateway returns the address of the gateway, which is in the URLs of some portals.
func (h *Hotspot) Gateway() netip.Addr {
	if h.site.gateway.IsValid() {
		return h.site.gateway
	}
	return localhost()
}

// localhost is the gateway of kinds that have no address of their own, and where Listen listens.
func localhost() netip.Addr { return netip.AddrFrom4([4]byte{127, 0, 0, 1}) }

// Login returns the names that a pack for this hotspot has to know.
func (h *Hotspot) Login() Login { return h.site.login }

// Captive tells whether the portal stands between the client and the Internet.
func (h *Hotspot) Captive() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.current().online
}

// Expire ends the session as if its time were over; the portal still knows the client.
func (h *Hotspot) Expire() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.session = session{}
}

// Deauth ends the session as an operator does: the portal forgets cookies and tokens too.
func (h *Hotspot) Deauth() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.session = session{}
	h.site.portal.forget()
}

// SetUp switches the gateway off, so that nothing answers, or on again. The session
// goes on meanwhile.
func (h *Hotspot) SetUp(up bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.down = !up
}

// Log returns the requests that reached the gateway, oldest first, unless the options
// have them told.
func (h *Hotspot) Log() []Request {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.log)
}
