package claims

import (
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/PuerkitoBio/goquery"

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

// hop is one answer on the way to the portal. Pages are parsed at first use.
type hop struct {
	probe.Hop
	host     string
	path     string
	params   func() url.Values
	plain    func() bool              // the markup has no hidden words, see spellsWords
	document func() *goquery.Document // nil: too complex
}

// text returns the content of a field of the answer.
func (h hop) text(f field) string {
	switch f {
	case fieldHost:
		return h.host
	case fieldPath:
		return h.path
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

// identity returns what the joined network is recognised by: as the agent knew it when the evidence
// was gathered, else as the scan shows it.
func (f *Facts) identity() wifi.Identity {
	if f.Evidence != nil && f.Evidence.Network != "" {
		known, _ := wifi.ParseIdentity(f.Evidence.Network) // with an error it is not complete
		return known
	}
	return f.Network.Identity()
}

func (f *Facts) parseHops() []hop {
	if f.Evidence == nil {
		return nil
	}
	hops := make([]hop, 0, len(f.Evidence.Hops))
	documents := sync.OnceValue(func() []*goquery.Document { return parseTrees(f.Evidence.Hops) })
	for i, h := range f.Evidence.Hops {
		u, err := url.Parse(h.URL)
		if err != nil {
			u = &url.URL{}
		}
		hops = append(hops, hop{
			Hop: h, host: strings.ToLower(u.Hostname()), path: u.EscapedPath(),
			params:   sync.OnceValue(u.Query),
			plain:    sync.OnceValue(func() bool { return spellsWords(h.Body) }),
			document: func() *goquery.Document { return documents()[i] },
		})
	}
	return hops
}

// parseTrees returns the trees of the pages, nil for those that are too complex. They are
// kept together, so they share the budget of one. The last page, which is the portal's, comes
// first.
func parseTrees(hops []probe.Hop) []*goquery.Document {
	trees := make([]*goquery.Document, len(hops))
	left := web.TreeBudget
	for i, h := range slices.Backward(hops) {
		if web.TreeCost(h.Body) > left {
			continue
		}
		root, err := web.ParseHTML(h.Body)
		if err != nil {
			continue
		}
		trees[i] = goquery.NewDocumentFromNode(root)
		for node := range root.Descendants() {
			left -= 1 + len(node.Attr)
		}
	}
	return trees
}
