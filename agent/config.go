// Package agent watches links and radios, offers networks to helpers, and takes each
// association from joining a network to logging off from it.
package agent

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"hotspot-helper/consent"
	"hotspot-helper/internal/maker"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// Config is what an agent is made of. It does not change while the agent runs.
type Config struct {
	Links  LinkWatcher
	Radios []Radio // none: every link is a wire
	Dial   Dialer  // required
	// GatewayMACs reads those of a link again, after packets were sent to its gateways; nil:
	// they do not change.
	GatewayMACs func(Link) []string
	// Requested says that the user asks for a login on the first network of each interface,
	// as with [Agent.Login].
	Requested bool
	Store     *Store       // nil: what is learned lasts as long as the agent
	Logger    *slog.Logger // nil discards
	Settings  Settings
	// Record begins to record a flow (authenticate, maintain or logoff) over a
	// transport; nil, or returning nil: it is not recorded.
	Record func(flow string, over http.RoundTripper) Recording
}

// Settings are the user's decisions. [Agent.Reload] replaces them whole.
type Settings struct {
	Registry  *plugins.Registry
	Watch     func(Link) bool              // which links get an association; nil: WatchDefault
	Name      func(iface string) wifi.SSID // name of a network without one; nil or "": none
	Endpoints []probe.Endpoint             // of the probe; none: the catalogue's defaults
	Metered   bool                         // metered links are probed like others; else only on request
	Keepalive time.Duration                // longest time between two checks of a session; 0: DefaultKeepalive
	// Inputs looks up what the user gave a helper, at each use. An error may be one of
	// [ErrLocked] and [ErrGone].
	Inputs func(helper plugins.Helper, input string) (portal.Value, bool, error)
	// Withheld reports whether another maker's helper of the name was given an input that this one lacks;
	// nil: it is not known.
	Withheld func(helper plugins.Helper, input string) bool
	// Policy and Consent get an identity that may not be complete: what is not known of it
	// matches nothing that is trusted.
	Policy func(wifi.Identity) Policy
	// Consent looks up what the user agreed to for a helper on a network, at each use;
	// nil, or with an error: nothing.
	Consent func(helper plugins.Helper, n wifi.Identity) (consent.Given, error)
}

// Policy is what the user decided about one network.
type Policy struct {
	Helper string // the one to prefer over all others; empty: none
	// Maker is whose helper of that name is meant; empty: any.
	Maker maker.Maker
	// Identified says that the user named more than the network's name.
	Identified bool

	NoLogin bool   // never log in here
	Why     string // with NoLogin: the cause in a few words; empty: the configuration says so
	// LogoffOnExit ends the session here when the agent ends, which takes 5 s at most.
	LogoffOnExit bool
}

// DefaultKeepalive is the longest time between two checks of a session by default.
const DefaultKeepalive = 300 * time.Second

// LinkKind says what a network interface is: one of these, or tunnel, bridge, veth,
// dummy, loopback, other. The zero value is not known.
type LinkKind string

// The kinds of links that can lead to a captive portal.
const (
	KindEther    LinkKind = "ether"
	KindWifi     LinkKind = "wifi"
	KindCellular LinkKind = "cellular"
)

// Link is a network interface as the agent sees it.
type Link struct {
	probe.Link
	Kind    LinkKind
	Metered bool // traffic is known to cost
	// GatewayMACs are the hardware addresses of the gateways that the kernel knows, as
	// [net.HardwareAddr.String] writes them.
	GatewayMACs   []string
	SearchDomains []string // of this link, in lower case
	// Routing is a fingerprint of this computer's routes and routing rules. A VPN that comes or
	// goes changes it.
	Routing uint64
}

// WatchDefault watches ethernet, Wi-Fi, cellular and what is not known. Tunnels,
// bridges and the like run over one of these.
func WatchDefault(l Link) bool {
	switch l.Kind {
	case "", KindEther, KindWifi, KindCellular:
		return true
	default:
		return false
	}
}

// LinkWatcher reports all network interfaces: at the start, and whenever one changed.
type LinkWatcher interface {
	Run(ctx context.Context, report func([]Link)) error
}

// Radio reports scans and connections. It starts with one [wifi.EventConnected] for
// each interface that is associated.
type Radio interface {
	Run(ctx context.Context, report func(wifi.Event)) error
}

// Path is a way through one link: every packet leaves through its interface, and
// names are resolved by its name servers. Its methods may be called from any goroutine.
type Path interface {
	http.RoundTripper
	// DialContext connects to host:port as [net.Dialer.DialContext] does.
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
	// LookupNetIP resolves a name as [net.Resolver.LookupNetIP] does.
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
	CloseIdleConnections()
}

// Dialer makes the path through a link, over one address family or, with
// [probe.FamilyAny], over any. It is called from any goroutine.
type Dialer func(Link, probe.Family) Path

func (s Settings) withDefaults() Settings {
	if s.Watch == nil {
		s.Watch = WatchDefault
	}
	if s.Name == nil {
		s.Name = func(string) wifi.SSID { return "" }
	}
	if s.Policy == nil {
		s.Policy = func(wifi.Identity) Policy { return Policy{} }
	}
	if s.Consent == nil {
		s.Consent = func(plugins.Helper, wifi.Identity) (consent.Given, error) { return consent.Given{}, nil }
	}
	if s.Keepalive == 0 {
		s.Keepalive = DefaultKeepalive
	}
	return s
}
