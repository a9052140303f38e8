// Package agent is the daemon: it watches links and radios, offers networks to
// helpers, and takes each association from joining to logging off.
package agent

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"hotspot-helper/consent"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// Config is what an agent is made of. It does not change while the agent runs.
type Config struct {
	Links    LinkWatcher
	Radio    Radio  // nil: no radio, every link is a wire
	Dial     Dialer // required
	Store   *Store
	Logger   *slog.Logger // nil discards
	Settings Settings
	// Record begins to take down a flow (authenticate, maintain or logoff) over a
	// transport; nil, or returning nil: it is not taken down.
	Record func(flow string, over http.RoundTripper) Recording
}

// Settings are the user's decisions. [Agent.Reload] replaces them whole.
type Settings struct {
	Registry  *plugins.Registry
	Watch     func(iface string) bool      // nil: every interface that the watcher reports
	Name      func(iface string) wifi.SSID // name of a network without one; nil or "": none
	Endpoints []probe.Endpoint             // of the probe; none: the catalogue's defaults
	Metered   bool                         // metered links are asked like others; else only on request
	Keepalive time.Duration                // longest time between looks at a session; 0: DefaultKeepalive
	Inputs    func(helper, input string) (portal.Value, bool, error)
	Policy    func(wifi.Network) Policy
	// Consent is what the user agreed to for a helper on a network, looked up at each
	// use; nil, or with an error: nothing.
	Consent func(helper string, n wifi.Network) (consent.Given, error)
}

// Policy is what the user decided about one network.
type Policy struct {
	Helper  string // the one to prefer over all others; empty: none
	NoLogin bool   // never log in here
}

// DefaultKeepalive is the period of looking after a session whose expiry nobody tells.
const DefaultKeepalive = 300 * time.Second

// Link is a network interface as the agent sees it.
type Link struct {
	probe.Link
	Wireless bool // a radio: it has a network only when it is associated
	Metered  bool // octets are known to cost
}

// LinkWatcher reports all network interfaces: at the start, and whenever one changed.
type LinkWatcher interface {
	Run(ctx context.Context, report func([]Link)) error
}

// Radio reports scans and connections, and tells which network an interface has joined.
type Radio interface {
	Run(ctx context.Context, report func(wifi.Event)) error
	// Joined returns fs.ErrNotExist for an interface that is not associated.
	Joined(iface string) (wifi.Network, error)
}

// Dialer makes the transport whose every packet leaves through the link, over one
// address family or, with [probe.FamilyAny], over any, names resolved by that link's
// servers. It is called from any goroutine.
type Dialer func(Link, probe.Family) http.RoundTripper

func (s Settings) withDefaults() Settings {
	if s.Watch == nil {
		s.Watch = func(string) bool { return true }
	}
	if s.Name == nil {
		s.Name = func(string) wifi.SSID { return "" }
	}
	if s.Policy == nil {
		s.Policy = func(wifi.Network) Policy { return Policy{} }
	}
	if s.Consent == nil {
		s.Consent = func(string, wifi.Network) (consent.Given, error) { return consent.Given{}, nil }
	}
	if s.Keepalive == 0 {
		s.Keepalive = DefaultKeepalive
	}
	return s
}
