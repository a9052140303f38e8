package builtin

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"hotspot-helper/claims"
	"hotspot-helper/internal/wait"
	"hotspot-helper/plugins"
	"hotspot-helper/plugins/builtin/clickthrough"
	"hotspot-helper/portal"
	"hotspot-helper/portal/flow"
	"hotspot-helper/probe"
)

// ClickThrough is the built-in helper for portals that only need a click, and perhaps what its
// Profile has: see package clickthrough. The click accepts the operator's terms in the user's name,
// so it needs the user's consent.
type ClickThrough struct {
	Profile Profile
}

// Profile is what the user tells portals that ask, such as a name and an e-mail address.
type Profile = clickthrough.Profile

// ClickThroughName is the name of the built-in helper.
const ClickThroughName = "click-through"

// clickTerms names what a click accepts, which only a person who reads the page knows.
const clickTerms = "the terms that the portal's button accepts"

// maxClicks is how many pages are clicked through before the helper gives up.
const maxClicks = 5

// maxRefresh is the longest delay of a refresh that the helper waits for: what comes later keeps a
// session or shows the time.
const maxRefresh = 10 * time.Second

// Name is ClickThroughName.
func (ClickThrough) Name() string { return ClickThroughName }

// Terms is what a click accepts.
func (ClickThrough) Terms() []string { return []string{clickTerms} }

// Prepare loads the lists of words.
func (ClickThrough) Prepare() { clickthrough.Load() }

// Claim is low for a portal's page with one clear way forward, else none.
func (c ClickThrough) Claim(ctx context.Context, facts *claims.Facts) claims.Claim {
	claim := claims.Claim{Helper: ClickThroughName, Label: "Click-through"}
	e := facts.Portal()
	if e == nil || len(e.Hops) == 0 {
		claim.Reason = claims.ReasonNoPortal
		return claim
	}
	last := e.Hops[len(e.Hops)-1]
	u, err := url.Parse(last.URL)
	if err != nil {
		claim.Reason = "the portal's URL is not valid"
		return claim
	}
	page := &portal.Page{URL: u, Status: last.Status, Header: last.Header, Body: last.Body, Truncated: last.Truncated}
	if _, err := clickthrough.Find(ctx, page, c.visitor(*e)); err != nil {
		return claim.Decline(err)
	}
	claim.Confidence, claim.Rule = claims.Low, "one clear way forward"
	return claim
}

// visitor is the user at a portal.
func (c ClickThrough) visitor(e probe.Evidence) clickthrough.Visitor {
	visitor := clickthrough.Visitor{Profile: c.Profile}
	config := plugins.SessionConfig(e)
	config.Hosts = clickHosts(e)
	if hosts, err := portal.NewHostList(config); err == nil {
		visitor.Allows = func(u *url.URL) error {
			_, err := hosts.Check(u.String())
			return err
		}
	}
	return visitor
}

// clickHosts returns the hosts of a login: those of the portal's page, the gateway, and those that
// the link itself names as its portal (RFC 8910, RFC 8908).
func clickHosts(e probe.Evidence) []string {
	hosts := []string{"@start", "@gateway"}
	addresses := []string{e.Link.API}
	if n := len(e.Hops); n > 0 {
		addresses = append(addresses, e.Hops[n-1].URL)
	}
	if e.CAPPORT != nil {
		addresses = append(addresses, e.CAPPORT.UserPortalURL)
	}
	for _, address := range addresses {
		if u, err := url.Parse(address); err == nil && u.Hostname() != "" && !slices.Contains(hosts, u.Hostname()) {
			hosts = append(hosts, u.Hostname())
		}
	}
	return hosts
}

// Authenticate clicks through the portal's pages until one has no clear way forward. It takes
// no way twice.
func (c ClickThrough) Authenticate(ctx context.Context, job plugins.Job) (flow.Result, error) {
	if refused, ok := refuseTerms(job, clickTerms); ok {
		return refused, nil
	}
	ctx, stop := context.WithTimeout(ctx, portal.FlowTimeout)
	defer stop()
	session, err := job.Open(clickHosts(job.Evidence), nil)
	if err != nil {
		return flow.Result{}, err
	}
	session.DeclareTokens(c.Profile.Values()...) // masked in traces
	session.SetStep("open")
	page, err := session.Open(ctx, job.Evidence.PortalURL)
	if err != nil {
		return flow.Result{}, err
	}
	visit := clickVisit{job: job, session: session, visitor: c.visitor(job.Evidence)}
	return visit.run(ctx, page)
}

// clickVisit is one login of the click-through helper.
type clickVisit struct {
	job     plugins.Job
	session *portal.Session
	visitor clickthrough.Visitor
	taken   []string // keys of the ways so far
}

// run clicks from page to page.
func (v *clickVisit) run(ctx context.Context, page *portal.Page) (flow.Result, error) {
	for {
		var err error
		if page, err = v.refresh(ctx, page); err != nil {
			return flow.Result{}, err
		}
		way, end, err := v.look(ctx, page)
		if way == nil || err != nil {
			return end, err
		}
		progress(v.job, "click")
		v.session.SetStep("click")
		v.taken = append(v.taken, way.Key())
		if page, err = way.Take(ctx, v.session); err != nil {
			return flow.Result{}, err
		}
	}
}

// look looks for the way forward on a page; nil: the login ends as the result says. The consent
// is read again, because it may have been revoked.
func (v *clickVisit) look(ctx context.Context, page *portal.Page) (*clickthrough.Way, flow.Result, error) {
	way, err := clickthrough.Find(ctx, page, v.visitor)
	refused, revoked := refuseTerms(v.job, clickTerms)
	end := func(outcome flow.Outcome, reason string) (*clickthrough.Way, flow.Result, error) {
		return nil, flow.Result{Outcome: outcome, Step: "click", Reason: reason}, nil
	}
	switch {
	case ctx.Err() != nil:
		return nil, flow.Result{}, context.Cause(ctx)
	case len(v.taken) == 0 && err != nil:
		return end(flow.Unsupported, err.Error())
	case errors.Is(err, clickthrough.ErrNothing):
		return end(flow.Submitted, "nothing is left to click")
	case err != nil:
		return end(flow.Submitted, fmt.Sprintf("pages clicked: %d; then %v", len(v.taken), err))
	case slices.Contains(v.taken, way.Key()):
		return end(flow.Submitted, "the portal shows the same page again")
	case len(v.taken) == maxClicks:
		return end(flow.Unsupported, "the portal has ever more pages to click")
	case revoked:
		return nil, refused, nil
	}
	return way, flow.Result{}, nil
}

// refresh follows the refreshes of a page, at most maxClicks times. One that leads out of the
// portal is not followed: it is where a login ends.
func (v *clickVisit) refresh(ctx context.Context, page *portal.Page) (*portal.Page, error) {
	for range maxClicks {
		next, after, ok := page.Refresh()
		if !ok || after > maxRefresh || v.visitor.Allows != nil && v.visitor.Allows(next) != nil {
			break
		}
		if err := sleep(ctx, v.job, after); err != nil {
			return nil, err
		}
		var err error
		if page, err = v.session.Open(ctx, next.String()); err != nil {
			return nil, err
		}
	}
	return page, nil
}

// sleep waits, as the job does.
func sleep(ctx context.Context, job plugins.Job, d time.Duration) error {
	if job.Sleep != nil {
		return job.Sleep(ctx, d)
	}
	return wait.For(ctx, d)
}

// Maintain does nothing: a click needs no keepalive.
func (ClickThrough) Maintain(_ context.Context, job plugins.Job) (flow.Result, error) {
	return flow.Result{Outcome: flow.Submitted, Captures: job.Session}, nil
}

// Logoff is unsupported: the helper does not know the portal.
func (ClickThrough) Logoff(context.Context, plugins.Job) (flow.Result, error) {
	return flow.Result{Outcome: flow.Unsupported, Reason: "a click has no counterpart"}, nil
}
