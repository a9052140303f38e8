package claims

import (
	"net/url"
	"strings"
	"sync"

	"golang.org/x/net/html"

	"hotspot-helper/internal/web"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// Facts are all that a claim may rest on: a network, and once it is joined the
// evidence of the agent's own probe. Nothing in them can be asked for more.
type Facts struct {
	Network  wifi.Network
	Evidence *probe.Evidence // nil before the network is joined

	hops func() []hop
}

// hop is one answer on the way to the portal, with its page parsed when a rule first looks at it.
type hop struct {
	probe.Hop
	url      *url.URL
	params   func() url.Values
	plain    func() bool // markup stands for itself, see writesWordsOut
	document func() *html.Node
}

// text is what lies in a field of the answer.
func (h hop) text(f field) string {
	switch f {
	case fieldHost:
		return strings.ToLower(h.url.Hostname())
	case fieldPath:
		return h.url.EscapedPath()
	case fieldQuery:
		return between(sortedKeys(h.params())...)
	default:
		return h.Body
	}
}

// between joins names of parameters so that each has its ends.
func between(names ...string) string { return "&" + strings.Join(names, "&") + "&" }

// NewFacts gathers facts; evidence is nil for a network that is only heard.
func NewFacts(network wifi.Network, evidence *probe.Evidence) *Facts {
	f := &Facts{Network: network, Evidence: evidence}
	f.hops = sync.OnceValue(f.parseHops)
	return f
}

// captive says whether there is a portal to speak about.
func (f *Facts) captive() bool {
	return f.Evidence != nil && f.Evidence.Verdict == probe.VerdictPortal
}

func (f *Facts) parseHops() []hop {
	if f.Evidence == nil {
		return nil
	}
	hops := make([]hop, 0, len(f.Evidence.Hops))
	for _, h := range f.Evidence.Hops {
		u, err := url.Parse(h.URL)
		if err != nil {
			u = &url.URL{}
		}
		hops = append(hops, hop{
			Hop: h, url: u,
			params: sync.OnceValue(u.Query),
			plain:  sync.OnceValue(func() bool { return writesWordsOut(h.Body) }),
			document: sync.OnceValue(func() *html.Node {
				root, _ := web.ParseHTML(h.Body) // empty if it is too complex: no rule matches
				return root
			}),
		})
	}
	return hops
}
