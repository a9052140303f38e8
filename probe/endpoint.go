package probe

import (
	"cmp"
	_ "embed"
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

//go:embed endpoints.toml
var defaults []byte

//go:embed endpoints-more.toml
var more []byte

// Endpoint is one connectivity check: a URL and the answer that only its operator gives.
type Endpoint struct {
	Name     string            // unique in its catalogue
	Operator string            // who runs it; two results of one operator count once
	URL      string            // absolute, http or https
	Status   int               // wanted
	Body     string            // wanted, without white space around it; "" with status 204: none at all, else: not known
	Header   map[string]string // wanted fields; an empty value stands for any value
	Agent    Agent             // whose request it imitates; "" means AgentBrowser
	Family   Family            // requested over; any: over each that the link has
	Decoy    bool              // an address without a server: any response is an interceptor's, and none means nothing
	Default  bool              // requested if nothing else is configured
	Note     string            // what is known of it, for people
}

// Agent is the client whose request a check imitates. Portals answer them differently: a
// success that only one of them gets is no success.
type Agent string

// The agents.
const (
	AgentBrowser Agent = "browser" // a desktop browser
	AgentWISPr   Agent = "wispr"   // Apple's CaptiveNetworkSupport, the commonest WISPr client
)

// Catalogue returns the endpoints that this package ships, the defaults first. An error is
// a mistake of the build.
func Catalogue() ([]Endpoint, error) {
	first, err := Defaults()
	others, errOthers := ParseCatalogue("endpoints-more.toml", more)
	return append(first, others...), errors.Join(err, errOthers)
}

// Defaults returns the endpoints of [Catalogue] that are requested if nothing is configured.
// It is much cheaper. An error is a mistake of the build.
func Defaults() ([]Endpoint, error) { return ParseCatalogue("endpoints.toml", defaults) }

// secure reports whether the endpoint is requested over TLS.
func (e Endpoint) secure() bool { return strings.HasPrefix(e.URL, "https:") }

// literal returns the address in the URL, if it has one in place of a name.
func (e Endpoint) literal() (netip.Addr, bool) {
	u, err := url.Parse(e.URL)
	if err != nil {
		return netip.Addr{}, false
	}
	addr, err := netip.ParseAddr(u.Hostname())
	return addr, err == nil
}

// endpointsFor returns the endpoints to request over one address family of the link. It
// leaves out a decoy on the link's own network, because there may be a server.
func endpointsFor(f Family, endpoints []Endpoint, link Link) []Endpoint {
	var chosen []Endpoint
	for _, e := range endpoints {
		family := e.Family
		addr, literal := e.literal()
		if literal {
			family = familyOf(addr)
		}
		onLink := slices.ContainsFunc(link.Addresses, func(p netip.Prefix) bool { return literal && p.Masked().Contains(addr) })
		if (family == FamilyAny || family == f) && !(e.Decoy && onLink) {
			chosen = append(chosen, e)
		}
	}
	return chosen
}

// decoysLast sorts checks over http before those over TLS, so that the work of handshakes
// delays no other request. Decoys come last, because the current Go scheduler runs the
// goroutine that was started last first, and a decoy gives the first result. That is a
// heuristic; nothing depends on it.
func decoysLast(endpoints []Endpoint) []Endpoint {
	order := func(e Endpoint) int {
		switch {
		case e.Decoy:
			return 2
		case e.secure():
			return 1
		default:
			return 0
		}
	}
	slices.SortStableFunc(endpoints, func(a, b Endpoint) int { return cmp.Compare(order(a), order(b)) })
	return endpoints
}

// twins reports whether two checks differ only in the agent.
func twins(a, b Endpoint) bool {
	return a.URL == b.URL && (a.Agent == AgentWISPr) != (b.Agent == AgentWISPr)
}
