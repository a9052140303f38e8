package probe

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// isUndisturbed reports whether no other interception can have ended what the portal's page began:
// each http check is answered, and each interception leads to the same place, without a cookie,
// and without anything of its own in the URL but the URL that was asked for. So the interceptions
// have no token, no challenge and no session that the next one would end.
func (r *run) isUndisturbed() bool {
	hops := r.hops()
	if r.chain == nil || r.chain.redirect == nil || lastPage(hops) == "" || hops[len(hops)-1].URL != lastPage(hops) || hops[len(hops)-1].Error != "" {
		return false
	}
	way := interception{hops[0].URL, r.chain.redirect, hops[0].Header}
	return !slices.ContainsFunc(r.families, func(f *familyChecks) bool { return slices.ContainsFunc(f.seen.checks, way.isDisturbedBy) })
}

// interception is where an intercepted request is redirected to.
type interception struct {
	asked    string // URL
	redirect *url.URL
	header   http.Header
}

// isDisturbedBy reports whether a check may have begun something else than this interception.
func (i interception) isDisturbedBy(check checkState) bool {
	switch {
	case !strings.HasPrefix(check.URL, "http:"):
		return false
	case check.Result != CheckPortal:
		return check.Result == "" // it may be intercepted yet
	case check.page == nil:
		return true
	}
	other := interception{check.URL, check.page.redirectTarget(), check.page.hop.Header}
	return other.redirect == nil || other.hasCookie() || i.hasCookie() || !samePage(i.redirect, other.redirect) || i.ownQuery() != other.ownQuery()
}

func (i interception) hasCookie() bool { return len(i.header["Set-Cookie"]) > 0 }

// ownQuery returns the query of the redirect without the URL that was asked for.
func (i interception) ownQuery() string {
	query, err := url.QueryUnescape(i.redirect.RawQuery)
	if err != nil {
		query = i.redirect.RawQuery
	}
	asked, err := url.Parse(i.asked)
	if err != nil {
		return query
	}
	root := asked.Scheme + "://" + asked.Host
	for _, part := range []string{root + cmp.Or(asked.RequestURI(), "/"), root, asked.Host + asked.RequestURI(), asked.Host} {
		query = strings.ReplaceAll(query, part, "")
	}
	return query
}
