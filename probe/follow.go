package probe

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"hotspot-helper/internal/web"
)

// untrusted begins the error of a hop if the certificate is not the host's.
const untrusted = "not trusted: "

// follow requests what a response leads to, up to the portal's page: by Location, by a
// Refresh header, by a meta refresh or by a script that redirects at once. It carries the
// cookies that are set on the way. It returns every response, starting with first, whose
// body must be read. If it cannot go on, the last hop has the error. The head of a response may
// take as long as limit.
func follow(ctx context.Context, transport http.RoundTripper, first Hop, limit time.Duration) []Hop {
	hops := []Hop{first}
	cookies := newCookieTransport(transport, first)
	cookies.keepScript(ctx, first)
	seen := map[string]bool{cookies.key(first.URL): true}
	for {
		last := &hops[len(hops)-1]
		next, err := last.Next()
		switch {
		case err != nil:
			last.Error = shorten(web.RedactError(err))
			return hops
		case next == nil:
			last.checkTree()
			return hops
		case seen[cookies.key(next.String())]:
			last.Error = "leads back to " + shorten(web.RedactURL(next))
			return hops
		case len(hops) == maxHops:
			last.Error = fmt.Sprintf("goes on after %d hops", maxHops)
			return hops
		}
		seen[cookies.key(next.String())] = true
		hops = append(hops, fetchPage(ctx, cookies, next, limit))
		cookies.keepScript(ctx, hops[len(hops)-1])
	}
}

// fetchPage requests one page and reads its body. Its head may take as long as limit.
func fetchPage(ctx context.Context, transport http.RoundTripper, at *url.URL, limit time.Duration) Hop {
	q := newPageRequest(at.String())
	q.limit = limit
	q.path = at.RawPath
	p, err := fetch(web.ToPortal(ctx), transport, q)
	if err != nil {
		return unreadable(q.url, err)
	}
	p.read()
	return p.hop
}

// checkTree says of a page to stay on if it is too complex.
func (h *Hop) checkTree() {
	if h.Obstacle != "" || !isPage(*h) {
		return
	}
	if _, err := web.ParseHTML(h.Body); err != nil {
		h.Obstacle, h.Error = web.PageTooComplex, web.Explain(err).Error()
	}
}

// unreadable returns the hop of a request without a response.
func unreadable(at string, err error) Hop {
	result, detail := classifyError(err)
	obstacle := web.ObstacleOf(err)
	if obstacle != "" {
		detail = web.Explain(err).Error()
	}
	if result == CheckPortal {
		detail = untrusted + detail
	}
	return Hop{URL: at, Error: shorten(detail), Obstacle: obstacle}
}

// isLate reports whether the last response did not come in time.
func isLate(hops []Hop) bool {
	if len(hops) == 0 || hops[len(hops)-1].Status != 0 {
		return false
	}
	late := hops[len(hops)-1].Error
	return late == errNoHead.Error() || late == context.DeadlineExceeded.Error()
}

// hopTimeOf returns how long the head of a response may take on the way to the portal's page.
func hopTimeOf(isGentle bool) time.Duration {
	if isGentle {
		return gentleTime
	}
	return hopTime
}

// Next returns where a response leads without a person, nil for a page to stay on. The probe goes there.
func (h Hop) Next() (*url.URL, error) {
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
		return nil, fmt.Errorf("follow %s: neither http nor https", shorten(web.RedactURL(next)))
	}
	return next, nil
}

// target returns where a redirect or a page leads. A script comes first, because it runs
// before a refresh is due. A refresh for browsers without scripts counts only on a page
// without a form: it may merely ask people to enable scripts.
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
	refreshes := navigation.Refreshes
	if navigation.Timer != nil {
		refreshes = append(refreshes, *navigation.Timer)
		slices.SortStableFunc(refreshes, func(a, b web.Refresh) int { return cmp.Compare(a.After, b.After) })
	}
	for _, refresh := range refreshes {
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
	if noscript == nil {
		return navigation.Frame, nil
	}
	return noscript, nil
}

// isPage reports whether a person would see the response as a page and not as an error.
func isPage(h Hop) bool {
	return h.Status >= 200 && h.Status <= 299 || h.Status == http.StatusNetworkAuthenticationRequired
}

// lastPage returns the URL of the last page of the hops, or "".
func lastPage(hops []Hop) string {
	for i := len(hops) - 1; i >= 0; i-- {
		if isPage(hops[i]) {
			return hops[i].URL
		}
	}
	return ""
}

// requestURL is what a server sees of a URL: all but the fragment.
func requestURL(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		return rawURL
	}
	u.Fragment, u.RawFragment = "", ""
	return u.String()
}
