package probe

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"hotspot-helper/internal/web"
)

// untrusted begins the error of a hop whose certificate is not the host's.
const untrusted = "not trusted: "

// follow walks from an answer that is read to the portal's page: by Location, by
// the Refresh header field, by meta refresh and by a script that leads on at once, with
// the cookies that are set on the way. It returns every answer, the given one first.
// Where it cannot go on, the last hop says why.
func follow(ctx context.Context, transport http.RoundTripper, first Hop) []Hop {
	hops := []Hop{first}
	walk := newWalker(transport, first)
	seen := map[string]bool{walk.state(first.URL): true}
	for {
		last := &hops[len(hops)-1]
		next, err := nextURL(*last)
		switch {
		case err != nil:
			last.Error = brief(web.RedactError(err))
			return hops
		case next == nil:
			return hops
		case seen[walk.state(next.String())]:
			last.Error = "leads back to " + brief(web.RedactURLText(next.String()))
			return hops
		case len(hops) == maxHops:
			last.Error = fmt.Sprintf("goes on after %d hops", maxHops)
			return hops
		}
		seen[walk.state(next.String())] = true
		hops = append(hops, visit(ctx, walk, next.String()))
	}
}

// visit fetches one page whole.
func visit(ctx context.Context, transport http.RoundTripper, url string) Hop {
	p, err := fetch(ctx, transport, forPage(url))
	if err != nil {
		result, detail := classifyError(err)
		if result == CheckPortal {
			detail = brief(untrusted + detail)
		}
		return Hop{URL: url, Error: detail}
	}
	p.read()
	return p.hop
}

// nextURL returns where an answer leads, or nil where it is a page to stay on.
func nextURL(h Hop) (*url.URL, error) {
	at, err := url.Parse(h.URL)
	if err != nil {
		return nil, fmt.Errorf("parse URL: %w", err)
	}
	next, err := target(h, at)
	if err != nil || next == nil {
		return nil, err
	}
	if isPage(h) && requestURL(next.String()) == requestURL(h.URL) {
		return nil, nil // reloads itself
	}
	if (next.Scheme != "http" && next.Scheme != "https") || next.Host == "" {
		return nil, fmt.Errorf("follow %s: neither http nor https", brief(web.RedactURLText(next.String())))
	}
	return next, nil
}

// target returns where a redirect or a page leads. A script comes first, because it runs
// before a refresh is due. What is meant for browsers without scripts counts only if there
// is nothing else to do: it may be a mere request to enable them.
func target(h Hop, at *url.URL) (*url.URL, error) {
	if h.Status >= 300 && h.Status <= 399 {
		if location := h.Header.Get("Location"); location != "" {
			return web.ResolveReference(at, location)
		}
		return nil, nil
	}
	if !isPage(h) {
		return nil, nil
	}
	navigation := web.ReadNavigation(at, h.Header, h.Body)
	if navigation.Script != nil {
		return navigation.Script, nil
	}
	var noscript *url.URL
	for _, refresh := range navigation.Refreshes {
		switch {
		case refresh.URL == nil || refresh.After > maxRefresh:
		case !refresh.Noscript:
			return refresh.URL, nil
		case noscript == nil:
			noscript = refresh.URL
		}
	}
	if navigation.HasForm {
		return nil, nil
	}
	return noscript, nil
}

// isPage says whether a person would see the answer as a page and not as an error.
func isPage(h Hop) bool {
	return h.Status >= 200 && h.Status <= 299 || h.Status == http.StatusNetworkAuthenticationRequired
}

// lastPage returns the address of the last page of the hops, or "".
func lastPage(hops []Hop) string {
	for i := len(hops) - 1; i >= 0; i-- {
		if isPage(hops[i]) {
			return hops[i].URL
		}
	}
	return ""
}

// requestURL is what a server sees of a URL: all but its fragment.
func requestURL(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return text
	}
	u.Fragment, u.RawFragment = "", ""
	return u.String()
}
