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
	Operator string            // who runs it; two answers of one operator count once
	URL      string            // absolute, http or https
	Status   int               // wanted
	Body     string            // wanted, without white space around it; "" with status 204: none at all, else: not known
	Header   map[string]string // wanted fields; an empty value stands for any value
	Agent    Agent             // whose request it is; "" stands for AgentBrowser
	Family   Family            // asked over; any: over each that the link has
	Decoy    bool              // an address that nobody serves: any answer is an interceptor's, and none says nothing
	Default  bool              // asked where nothing else is configured
	Note     string            // what is known of it, for people
}

// Agent is whose request a check imitates. Portals answer them differently: a
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

// Defaults returns those of [Catalogue] that are asked where nothing is configured. It is
// much cheaper. An error is a mistake of the build.
func Defaults() ([]Endpoint, error) { return ParseCatalogue("endpoints.toml", defaults) }

// secure says whether the endpoint is asked over TLS.
func (e Endpoint) secure() bool { return strings.HasPrefix(e.URL, "https:") }

// literal returns the address that stands in the URL in place of a name.
func (e Endpoint) literal() (netip.Addr, bool) {
	u, err := url.Parse(e.URL)
	if err != nil {
		return netip.Addr{}, false
	}
	addr, err := netip.ParseAddr(u.Hostname())
	return addr, err == nil
}

// askedOver returns the endpoints to ask over one address family of the link. A
// decoy on the link's own network is left out, for there somebody may be.
func askedOver(f Family, endpoints []Endpoint, link Link) []Endpoint {
	var asked []Endpoint
	for _, e := range endpoints {
		family := e.Family
		addr, literal := e.literal()
		if literal {
			family = familyOf(addr)
		}
		onLink := slices.ContainsFunc(link.Addresses, func(p netip.Prefix) bool { return literal && p.Masked().Contains(addr) })
		if (family == FamilyAny || family == f) && !(e.Decoy && onLink) {
			asked = append(asked, e)
		}
	}
	return asked
}

// cheapFirst puts checks over TLS behind those over http, so that the handshake's work
// is done when nothing else waits to be sent, and decoys last: of several goroutines
// started, a processor takes up the last one first, and a decoy is the first to tell.
func cheapFirst(endpoints []Endpoint) []Endpoint {
	turn := func(e Endpoint) int {
		switch {
		case e.Decoy:
			return 2
		case e.secure():
			return 1
		default:
			return 0
		}
	}
	slices.SortStableFunc(endpoints, func(a, b Endpoint) int { return cmp.Compare(turn(a), turn(b)) })
	return endpoints
}

// twins says whether two checks differ in nothing but the agent.
func twins(a, b Endpoint) bool {
	return a.URL == b.URL && (a.Agent == AgentWISPr) != (b.Agent == AgentWISPr)
}
