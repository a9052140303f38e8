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

	"hotspot-helper/internal/web"
)

// chain is the redirect chain from an intercepted check to the portal's page.
type chain struct {
	source   source   // of the first response
	redirect *url.URL // where the first response redirects to; nil: it does not
	cancel   context.CancelFunc
	pending  int // tasks that have not ended
	hops     []Hop

	betterURL   string // another URL of the page that hops[0] leads to, from a better source; "": none
	betterFirst *Hop   // a response from a better source that leads to the very same URL; nil: none
}

// source is where a chain starts, best first: a portal sends people back to the URL that
// they requested, and no server is at a decoy. What a WISPr client gets may be no page.
type source int

const (
	fromBrowser source = iota
	fromWISPr
	fromDecoy
	fromAPI
)

func (r *run) cancelChain() {
	if r.chain != nil {
		r.chain.cancel()
	}
	r.chain = nil
}

func (r *run) chainPending() bool { return r.chain != nil && r.chain.pending > 0 }

// hops are the responses of the chain so far.
func (r *run) hops() []Hop {
	switch {
	case r.chain == nil:
		return nil
	case r.chain.betterFirst == nil || len(r.chain.hops) == 0:
		return r.chain.hops
	}
	hops := slices.Clone(r.chain.hops)
	first := *r.chain.betterFirst
	first.Error = hops[0].Error
	hops[0] = first
	return hops
}

// startChain follows the chain from the best source that is known. It keeps a chain from a
// source as good, and one that the better source would lead to the same page.
func (r *run) startChain(ctx context.Context) {
	check, from := r.bestInterception()
	target := r.userPortal()
	if check == nil {
		from = fromAPI
	}
	if check == nil && target == "" || r.chain != nil && (r.chain.source <= from || r.reuseChain(check, from)) {
		return
	}
	r.cancelChain()
	ctx, cancel := context.WithCancel(ctx)
	r.chain = &chain{source: from, cancel: cancel}
	limit := hopTimeOf(r.isGentle)
	if check == nil {
		transport := r.transport(FamilyAny)
		r.followChain(func() []Hop {
			at, err := web.ResolveReference(nil, target)
			if err != nil {
				return []Hop{{URL: target, Error: shorten(web.RedactError(err))}}
			}
			return follow(ctx, transport, fetchPage(ctx, transport, at, limit), limit)
		})
		return
	}
	r.chain.redirect = check.page.redirectTarget()
	transport := r.transportFrom(check.Family)
	r.followChain(func() []Hop {
		check.page.read()
		return follow(ctx, transport, check.page.hop, limit)
	})
}

// followChain runs beside the loop. The result of a chain that was replaced is dropped.
func (r *run) followChain(steps func() []Hop) {
	c := r.chain
	c.pending++
	r.start(func() func() {
		hops := steps()
		return func() { c.pending, c.hops = c.pending-1, hops }
	})
}

// reuseChain reports whether a better source leads to the page that is already requested:
// their URLs differ at most in the query, in which portals note the original URL. To
// follow it again would cost round trips and bring the same page.
func (r *run) reuseChain(check *checkState, from source) bool {
	c := r.chain
	if check == nil || c.redirect == nil {
		return false
	}
	redirect := check.page.redirectTarget()
	if redirect == nil || !samePage(redirect, c.redirect) {
		return false
	}
	c.source, c.betterURL = from, redirect.String()
	if requestURL(c.betterURL) == requestURL(c.redirect.String()) {
		c.pending++
		r.start(func() func() {
			check.page.read()
			return func() { c.pending, c.betterFirst = c.pending-1, &check.page.hop }
		})
	}
	return true
}

// samePage compares URLs without their queries.
func samePage(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Host, b.Host) && a.EscapedPath() == b.EscapedPath()
}

// bestInterception returns the intercepted check over http to start from: the first
// response of the best source.
func (r *run) bestInterception() (*checkState, source) {
	var best *checkState
	var bestSource source
	for _, family := range r.families {
		for _, check := range family.seen.with(CheckPortal, false) {
			if from := sourceOf(check); best == nil || from < bestSource || from == bestSource && check.Elapsed < best.Elapsed {
				best, bestSource = &check, from
			}
		}
	}
	return best, bestSource
}

func sourceOf(check checkState) source {
	switch {
	case check.endpoint.Decoy:
		return fromDecoy
	case check.endpoint.Agent == AgentWISPr:
		return fromWISPr
	default:
		return fromBrowser
	}
}

// userPortal returns the page for people that the link's captive portal API names, or "".
func (r *run) userPortal() string {
	if d := r.api.document; d != nil && d.UserPortalURL != "" {
		return d.UserPortalURL
	}
	return r.api.page
}

// transportFrom prefers the address family of an intercepted check: over another family
// the same name may lead past the portal.
func (r *run) transportFrom(f Family) http.RoundTripper {
	if len(r.families) < 2 {
		return r.transport(FamilyAny)
	}
	return preferFamily{f, r.transport(f), r.transport(FamilyAny)}
}

// preferFamily sends over one address family, and over any to hosts without an address of
// that family.
type preferFamily struct {
	family         Family
	preferred, any http.RoundTripper
}

func (t preferFamily) RoundTrip(request *http.Request) (*http.Response, error) {
	if addr, err := netip.ParseAddr(strings.Trim(request.URL.Hostname(), "[]")); err == nil && familyOf(addr) != t.family {
		return t.any.RoundTrip(request)
	}
	response, err := t.preferred.RoundTrip(request)
	if unknown, ok := errors.AsType[*net.DNSError](err); ok && unknown.IsNotFound {
		return t.any.RoundTrip(request)
	}
	return response, err
}
