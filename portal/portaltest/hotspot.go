// Package portaltest simulates hotspots: a gateway with a captive portal and the
// Internet behind it. Clients reach both over one in-memory or loopback transport, which
// takes the place of the link. The portals have the faults and oddities of real ones.
package portaltest

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Options describe a hotspot. The zero value is a click-through or a credentials portal,
// chosen by a random seed, whose session never expires.
type Options struct {
	Seed      uint64        // decides everything random; 0 = a random one, see Hotspot.Seed
	Kind      Kind          // empty = chosen by the seed
	Own       *Own          // the portal of another program, in place of a kind; nil = none
	Session   time.Duration // from login to the end of the session; 0 = until logoff
	Idle      time.Duration // without traffic to the Internet or a keepalive, ends the session; 0 = never
	User      string        // the user name that the portal accepts; empty = "ada"
	PIN       string        // the PIN or password of that user; empty = "2718"
	Voucher   string        // the voucher that the portal accepts; empty = "WX7Y-2026"
	Language  string        // of what the portal says of a login, if its kind has a translation: "de"; empty = English
	Internet  http.Handler  // the Internet behind the gateway; nil = one page for every address
	Authority *Authority    // enables https for the Internet and the portals that support it; nil = https is refused
	Gate      time.Duration // from a login until the gateway lets the client out; meanwhile it intercepts
	Delay     time.Duration // before every response of gateway and Internet
	Serial    time.Duration // the gateway answers one request after the other, and takes so long for each, also if the client has gone
	Fault     Fault         // of the portal
	OnRequest func(Request) // gets each line of the request log, in place of Log; it must not call the hotspot; nil = Log keeps them
}

// Hotspot is one simulated network with one client on it. Its methods may be called
// from any goroutine. The zero value is not useful: see New.
type Hotspot struct {
	opts Options
	turn chan struct{} // holds a token while a request is answered, if one is answered after the other

	mu      sync.Mutex // guards all below
	random  *rand.Rand
	site    site
	down    bool
	session session
	log     []Request
}

// Login holds what a pack for the hotspot needs to know of its forms. A field is empty
// if the hotspot has no such form or control.
type Login struct {
	Form   string // CSS selector of the form that logs in
	User   string // name of the control for the user name
	PIN    string // name of the control for the PIN
	Terms  string // name of the checkbox that has to be ticked
	Logoff string // URL that ends the session when it is opened
}

// New returns a hotspot that is up and captive. It needs no closing. It panics on an
// unknown kind.
func New(opts Options) *Hotspot {
	opts.Seed = cmp.Or(opts.Seed, rand.Uint64())
	opts.User, opts.PIN, opts.Voucher = cmp.Or(opts.User, "ada"), cmp.Or(opts.PIN, "2718"), cmp.Or(opts.Voucher, "WX7Y-2026")
	if opts.Internet == nil {
		opts.Internet = http.HandlerFunc(anyPage)
	}
	random := rand.New(rand.NewPCG(opts.Seed, 0))
	if opts.Kind == KindAny {
		opts.Kind = pick(random, KindClick, KindCredentials)
	}
	product, found := opts.Kind.find()
	if opts.Own != nil {
		opts.Kind, product.build, found = KindOwn, newOwn, true
	}
	if !found {
		panic(fmt.Sprintf("portaltest: no hotspot of kind %q", opts.Kind)) // a bug of the caller
	}
	h := &Hotspot{opts: opts, turn: make(chan struct{}, 1), random: random, site: product.build(base{Options: opts, random: random})}
	h.site.portal.forget()
	return h
}

// anyPage is the Internet if the options have none.
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

// Kind returns the kind of hotspot; the seed chose it if the options did not.
func (h *Hotspot) Kind() Kind { return h.opts.Kind }

// PortalURL returns the address of the page where a person logs in.
func (h *Hotspot) PortalURL() string { return h.site.url }

// API returns the URI of the captive portal API (RFC 8908), as DHCP would offer it
// (RFC 8910), or "".
func (h *Hotspot) API() string { return h.site.api }

// Gateway returns the address of the gateway, which is in the URLs of some portals.
func (h *Hotspot) Gateway() netip.Addr {
	if h.site.gateway.IsValid() {
		return h.site.gateway
	}
	return netip.MustParseAddr(gatewayAddress)
}

// gatewayAddress is the address of most gateways on their link.
const gatewayAddress = "192.0.2.1"

// localhost is the gateway of kinds without an address of their own, and where Listen listens.
func localhost() netip.Addr { return netip.AddrFrom4([4]byte{127, 0, 0, 1}) }

// Login returns the names that a pack for this hotspot has to know.
func (h *Hotspot) Login() Login { return h.site.login }

// Captive reports whether the portal keeps the client from the Internet.
func (h *Hotspot) Captive() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.current().online
}

// Expire ends the session as if its time were over. The portal keeps its cookies and tokens.
func (h *Hotspot) Expire() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.session = session{}
}

// Deauth ends the session as an operator does. The portal drops its cookies and tokens too.
func (h *Hotspot) Deauth() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.session = session{}
	h.site.portal.forget()
}

// SetUp switches the gateway on, or off: then nothing answers. The session continues
// meanwhile.
func (h *Hotspot) SetUp(up bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.down = !up
}

// Log returns the requests that reached the gateway, oldest first. It is empty if the
// options have OnRequest.
func (h *Hotspot) Log() []Request {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.log)
}
