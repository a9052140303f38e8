package probe

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// CheckURL returns the URL of the check whose interception led to the portal, which a client
// opens to be intercepted anew; "" if none was intercepted.
func (e Evidence) CheckURL() string {
	intercepted := ""
	for _, check := range e.Checks {
		if check.Result != CheckPortal || !strings.HasPrefix(check.URL, "http:") {
			continue
		}
		if len(e.Hops) > 0 && check.URL == e.Hops[0].URL {
			return check.URL
		}
		if intercepted == "" {
			intercepted = check.URL
		}
	}
	if len(e.Checks) == 0 && len(e.Hops) > 0 {
		return e.Hops[0].URL // of a recording, which has no checks
	}
	return intercepted
}

// AtPage returns the evidence with the page at the end of its hops as the portal's page.
func (e Evidence) AtPage() Evidence {
	e.PortalURL = lastPage(e.Hops)
	return e
}

// Visit requests the first hop of the evidence again and follows it to the portal's page as a
// browser does: one request at a time, with the cookies of the way. The checks of a probe run
// at once, and for many portals each interception ends what the one before began: its token,
// its challenge, its cookie. The result is the evidence with the hops, the page and the WISPr
// message of this visit. It is false if the visit leads to no page, or is not intercepted any
// more, or if only a WISPr client gets the message, which a visit would spoil.
func (p *Prober) Visit(ctx context.Context, before Evidence) (Evidence, bool) {
	if len(before.Hops) == 0 || before.WISPr != "" && findWISPr(before.Hops).Text == "" {
		return before, false
	}
	limit, total := hopTimeOf(before.Gentle), totalTime
	if before.Gentle {
		total = gentleTotal
	}
	ctx, stop := context.WithTimeout(ctx, total)
	defer stop()
	first, err := url.Parse(before.Hops[0].URL)
	if err != nil {
		return before, false
	}
	transport := p.transportOf(before, before.Hops[0].URL)
	hops := follow(ctx, transport, fetchPage(ctx, transport, first, limit), limit)
	page := lastPage(hops)
	if page == "" || hops[len(hops)-1].Error != "" || p.isRightAnswer(hops[0]) {
		return before, false
	}
	visited := before
	message := findWISPr(hops)
	visited.Hops, visited.PortalURL, visited.WISPr = hops, page, message.Text
	return visited, true
}

// transportOf returns a transport that prefers the address family over which a check was intercepted.
func (p *Prober) transportOf(e Evidence, rawURL string) http.RoundTripper {
	at := slices.IndexFunc(e.Checks, func(c Check) bool { return c.URL == rawURL && c.Result == CheckPortal })
	if at < 0 || len(families(e.Link)) < 2 {
		return p.Transport(FamilyAny)
	}
	return preferFamily{e.Checks[at].Family, p.Transport(e.Checks[at].Family), p.Transport(FamilyAny)}
}

// isRightAnswer reports whether a response is that of the operator of a check.
func (p *Prober) isRightAnswer(h Hop) bool {
	endpoints, err := p.endpoints()
	return err == nil && slices.ContainsFunc(endpoints, func(e Endpoint) bool {
		if e.URL != h.URL {
			return false
		}
		result, _ := classify(e, h)
		return result == CheckOnline
	})
}
