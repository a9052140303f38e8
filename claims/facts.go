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

// Facts are all that a claim may depend on: a network, and once it is joined the evidence of
// the agent's own probe. They are safe for concurrent use.
type Facts struct {
	Network  wifi.Network
	Evidence *probe.Evidence // nil before the network is joined

	hops func() []hop
}

// hop is one answer on the way to the portal. Its page is parsed at first use.
type hop struct {
	probe.Hop
	url      *url.URL
	params   func() url.Values
	plain    func() bool // the markup has no hidden words, see spellsWords
	document func() (*html.Node, error)
}

// text returns the content of a field of the answer.
func (h hop) text(f field) string {
	switch f {
	case fieldHost:
		return strings.ToLower(h.url.Hostname())
	case fieldPath:
		return h.url.EscapedPath()
	case fieldQuery:
		return delimited(sortedKeys(h.params())...)
	default:
		return h.Body
	}
}

// delimited joins the names of parameters, each between two &.
func delimited(names ...string) string { return "&" + strings.Join(names, "&") + "&" }

// NewFacts returns facts about a network; evidence is nil if it is not joined.
func NewFacts(network wifi.Network, evidence *probe.Evidence) *Facts {
	f := &Facts{Network: network, Evidence: evidence}
	f.hops = sync.OnceValue(f.parseHops)
	return f
}

// Portal returns the evidence of a portal; nil if the probe saw none.
func (f *Facts) Portal() *probe.Evidence {
	if f.Evidence != nil && f.Evidence.Verdict == probe.VerdictPortal {
		return f.Evidence
	}
	return nil
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
			params:   sync.OnceValue(u.Query),
			plain:    sync.OnceValue(func() bool { return spellsWords(h.Body) }),
			document: sync.OnceValues(func() (*html.Node, error) { return web.ParseHTML(h.Body) }),
		})
	}
	return hops
}
