package probe

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// walk is the way to the portal's page.
type walk struct {
	rank   rank     // of the best answer that leads this way
	leads  *url.URL // where the answer it started from redirects to; nil: it does not
	cancel context.CancelFunc
	out    int // tasks that have not ended
	hops   []Hop

	better string // another address of the page that hops[0] leads to, from a better answer; "": none
	first  *Hop   // an answer that is better than hops[0] and leads to the very same address; nil: none
}

// rank orders where a walk may start, best first.
type rank int

// A portal sends people back to where they came from after the login, and nobody is
// at a decoy. What a WISPr client is shown may be no page for people.
const (
	fromBrowser rank = iota
	fromWISPr
	fromDecoy
	fromAPI
)

// leave gives the walk up.
func (r *run) leave() {
	if r.walk != nil {
		r.walk.cancel()
	}
	r.walk = nil
}

func (r *run) walking() bool { return r.walk != nil && r.walk.out > 0 }

// hops are the answers on the way to the portal's page, as far as it is walked.
func (r *run) hops() []Hop {
	switch {
	case r.walk == nil:
		return nil
	case r.walk.first == nil || len(r.walk.hops) == 0:
		return r.walk.hops
	}
	hops := slices.Clone(r.walk.hops)
	first := *r.walk.first
	first.Error = hops[0].Error
	hops[0] = first
	return hops
}

// explore starts to walk from the best place that is known, unless a walk from one as
// good has started, or one that a better answer would lead to the same page.
func (r *run) explore(ctx context.Context) {
	o, rank := r.interception()
	target := r.userPortal()
	if o == nil {
		rank = fromAPI
	}
	if o == nil && target == "" || r.walk != nil && (r.walk.rank <= rank || r.adopt(o, rank)) {
		return
	}
	r.leave()
	onTheWay, cancel := context.WithCancel(ctx)
	r.walk = &walk{rank: rank, cancel: cancel}
	if o == nil {
		transport := r.transport(FamilyAny)
		r.stride(func() []Hop { return follow(onTheWay, transport, visit(onTheWay, transport, target)) })
		return
	}
	r.walk.leads = o.page.leads()
	transport := r.transportFrom(o.Family)
	r.stride(func() []Hop {
		o.page.read()
		return follow(onTheWay, transport, o.page.hop)
	})
}

// stride walks beside the loop. A walk that was replaced by a better one brings nothing.
func (r *run) stride(steps func() []Hop) {
	w := r.walk
	w.out++
	r.do(func() func() {
		hops := steps()
		return func() { w.out, w.hops = w.out-1, hops }
	})
}

// adopt says whether a better answer leads to the page that is on the way already:
// one whose address differs in nothing but the query, in which portals note where one
// came from. To walk there again would cost round trips and bring the same page.
func (r *run) adopt(o *observation, rank rank) bool {
	w := r.walk
	if o == nil || w.leads == nil {
		return false
	}
	leads := o.page.leads()
	if leads == nil || !samePage(leads, w.leads) {
		return false
	}
	w.rank, w.better = rank, leads.String()
	if requestURL(w.better) == requestURL(w.leads.String()) {
		w.out++
		r.do(func() func() {
			o.page.read()
			return func() { w.out, w.first = w.out-1, &o.page.hop }
		})
	}
	return true
}

// samePage compares addresses without their queries.
func samePage(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Host, b.Host) && a.EscapedPath() == b.EscapedPath()
}

// interception returns the answer over http to start from: of the best rank, and of
// those the first.
func (r *run) interception() (*observation, rank) {
	var best *observation
	var bestRank rank
	for _, side := range r.sides {
		for _, o := range side.known.with(CheckPortal, false) {
			if rank := rankOf(o); best == nil || rank < bestRank || rank == bestRank && o.Elapsed < best.Elapsed {
				best, bestRank = &o, rank
			}
		}
	}
	return best, bestRank
}

func rankOf(o observation) rank {
	switch {
	case o.endpoint.Decoy:
		return fromDecoy
	case o.endpoint.Agent == AgentWISPr:
		return fromWISPr
	default:
		return fromBrowser
	}
}

// userPortal is where the link's captive portal API sends people, or "".
func (r *run) userPortal() string {
	if d := r.api.document; d != nil && d.UserPortalURL != "" {
		return d.UserPortalURL
	}
	return r.api.page
}

// transportFrom sends what follows from an interception over the same address family
// first: over another one the same name may lead past the portal.
func (r *run) transportFrom(f Family) http.RoundTripper {
	if len(r.sides) < 2 {
		return r.transport(FamilyAny)
	}
	return familyFirst{f, r.transport(f), r.transport(FamilyAny)}
}

// familyFirst is a transport over one address family, with another one for hosts
// that have no address of that family.
type familyFirst struct {
	family     Family
	first, any http.RoundTripper
}

func (t familyFirst) RoundTrip(request *http.Request) (*http.Response, error) {
	if addr, err := netip.ParseAddr(strings.Trim(request.URL.Hostname(), "[]")); err == nil && familyOf(addr) != t.family {
		return t.any.RoundTrip(request)
	}
	response, err := t.first.RoundTrip(request)
	if unknown, ok := errors.AsType[*net.DNSError](err); ok && unknown.IsNotFound {
		return t.any.RoundTrip(request)
	}
	return response, err
}
