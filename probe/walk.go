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

// inquire asks an intercepted check for a captive portal API's document, which openNDS
// answers there. It is done once, and only of a portal that is told: where a filter was
// taken for one, nothing comes of it.
func (r *run) inquire(ctx context.Context) {
	o, _ := r.interception()
	if o == nil || r.inquiry != nil || apiURL(r.link) != "" {
		return
	}
	asking, cancel := context.WithCancel(ctx)
	r.inquiry = cancel
	r.askAPI(asking, r.transportFrom(o.Family), o.URL, false)
}

// hush gives that question up, and forgets its answer.
func (r *run) hush() {
	if r.inquiry != nil {
		r.inquiry()
		r.inquiry, r.api = nil, &opinion{}
	}
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

// evidence puts together what was seen.
func (r *run) evidence(decided ruling) Evidence {
	at := r.elapsed()
	if r.teller.holds(decided.verdict) {
		at = r.teller.at
	}
	e := Evidence{
		Verdict: decided.verdict, Reason: decided.reason, Time: r.start.Add(at), Elapsed: at,
		Link: r.link, CAPPORT: r.api.document, Notes: r.notes(decided.verdict),
	}
	for _, side := range r.sides {
		for _, o := range side.known.checks {
			e.Checks = append(e.Checks, o.Check)
		}
		ruling := judge(side.known)
		e.Families = append(e.Families, FamilyVerdict{side.family, ruling.verdict, ruling.reason})
	}
	if decided.verdict == VerdictPortal {
		e.Hops = r.hops()
		e.WISPr = r.wispr()
		e.PortalURL = r.portalURL(e.WISPr)
	}
	return e
}

// wispr returns the WISPr message met on the way or sent to a WISPr client, or "".
func (r *run) wispr() string {
	seen := r.hops()
	for _, side := range r.sides {
		for _, o := range side.known.with(CheckPortal, false) {
			if o.endpoint.Agent == AgentWISPr && o.page != nil {
				seen = append(seen[:len(seen):len(seen)], o.page.hop)
			}
		}
	}
	return findWISPr(seen)
}

// portalURL returns where a person would log in: the page at the end of the way, by the
// address that sends people back to where they wanted to go; where no page is there, what WISPr or the API names; else how far the way is known.
func (r *run) portalURL(message string) string {
	hops := r.hops()
	page := lastPage(hops)
	switch {
	case page != "" && len(hops) == 2 && r.walk.better != "":
		return r.walk.better
	case page != "":
		return page
	}
	if login := loginURL(message); login != "" {
		return login
	}
	if len(hops) > 0 {
		return hops[min(1, len(hops)-1)].URL
	}
	return r.userPortal()
}

// notes tell what is remarkable, but did not decide.
func (r *run) notes(verdict Verdict) []string {
	var notes []string
	if verdict == VerdictPortal && r.link.API == unrestricted {
		notes = append(notes, "the link says that it has no portal ("+unrestricted+")")
	}
	if d := r.api.document; verdict == VerdictPortal && d != nil && !d.Captive {
		notes = append(notes, "the captive portal API says that the link is not captive")
	}
	if r.api.page != "" {
		notes = append(notes, "the captive portal API "+brief(masked(r.api.page))+" is a page for people")
	}
	if verdict == VerdictFull {
		notes = append(notes, r.tlsNotes()...)
	}
	for _, h := range r.hops() {
		if strings.HasPrefix(h.Error, untrusted) {
			notes = append(notes, "the portal's page "+brief(masked(h.URL))+" has a certificate that nobody vouches for")
		}
	}
	return notes
}

// tlsNotes tell what is wrong over TLS where http is clear.
func (r *run) tlsNotes() []string {
	var notes []string
	for _, side := range r.sides {
		if foreign := side.known.with(CheckPortal, true); len(foreign) > 0 {
			notes = append(notes, "somebody inspects TLS: "+describe(foreign[:1]))
		} else if failed := side.known.with(CheckFailed, true); len(failed) > 0 && len(side.known.with(CheckOnline, true)) == 0 {
			notes = append(notes, "nothing is answered over TLS: "+describe(failed[:1]))
		}
	}
	return notes
}
