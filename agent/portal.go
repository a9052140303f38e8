package agent

import (
	"context"
	"net/url"
	"slices"
	"time"

	"hotspot-helper/claims"
	"hotspot-helper/plugins"
	"hotspot-helper/portal"
	"hotspot-helper/probe"
	"hotspot-helper/wifi"
)

// aliveTime is how long a session without a known expiry counts as alive after it was seen last.
const aliveTime = 24 * time.Hour

// isAlive reports whether the session may still exist at its portal.
func (s *session) isAlive() bool {
	switch {
	case s.helper == nil || s.portal == nil || s.seen.IsZero():
		return false
	case !s.expires.IsZero():
		return wallClock().Before(s.expires.Add(expiryGrace))
	}
	return isWithin(wallClock().Sub(s.seen), aliveTime)
}

// isElsewhere reports whether a page that stands in for the Internet is not that of a portal:
// they share no host but those of the checks.
func isElsewhere(known, now probe.Evidence) bool {
	hosts := portalHosts(known)
	return len(hosts) > 0 && !slices.ContainsFunc(portalHosts(now), func(host string) bool { return slices.Contains(hosts, host) })
}

// portalHosts returns the hosts on the way to the portal's page, without those of checks.
func portalHosts(e probe.Evidence) []string {
	var hosts []string
	for _, address := range append([]string{e.PortalURL}, hopURLs(e)...) {
		u, err := url.Parse(address)
		if err == nil && u.Hostname() != "" && !isCheckHost(e, u) {
			hosts = append(hosts, u.Hostname())
		}
	}
	return hosts
}

func hopURLs(e probe.Evidence) []string {
	urls := make([]string, 0, len(e.Hops))
	for _, hop := range e.Hops {
		urls = append(urls, hop.URL)
	}
	return urls
}

// isCheckHost reports whether a URL is at a host of a connectivity check.
func isCheckHost(e probe.Evidence, u *url.URL) bool {
	checks := []string{e.CheckURL()}
	for _, check := range e.Checks {
		checks = append(checks, check.URL)
	}
	return slices.ContainsFunc(checks, func(address string) bool {
		check, err := url.Parse(address)
		return err == nil && check.Hostname() == u.Hostname()
	})
}

// claimedByPage returns the claims that would not be made by the network's name alone: anyone can
// use a name.
func claimedByPage(ctx context.Context, registry *plugins.Registry, network wifi.Network, made []claims.Claim) []claims.Claim {
	byName := registry.Claims(ctx, claims.NewFacts(network, nil))
	return slices.DeleteFunc(slices.Clone(made), func(c claims.Claim) bool {
		return slices.ContainsFunc(byName, func(n claims.Claim) bool { return n.Helper == c.Helper && n.Rule == c.Rule })
	})
}

// visit returns what a login begins with: the page that the probe ended at, if nothing else can have
// ended what it began and no login began there before; else that of a fresh visit, with its own cookies.
// What the visit finds counts if it is at the same portal, or claimed by its page: a page that only
// stands in for the Internet since is not what was claimed.
func (a *Agent) visit(ctx context.Context, prober *probe.Prober, registry *plugins.Registry, run *flowRun) probe.Evidence {
	before := run.job.Evidence
	if before.Undisturbed && run.isFirst {
		return before.AtPage()
	}
	fresh, ok := prober.Visit(ctx, before)
	if !ok {
		return before
	}
	ctx, stop := context.WithTimeout(ctx, claimTime)
	defer stop()
	claim := run.helper.Claim(ctx, claims.NewFacts(run.job.Network, &fresh))
	if isElsewhere(before, fresh) && len(claimedByPage(ctx, registry, run.job.Network, []claims.Claim{claim})) == 0 {
		return before
	}
	return fresh
}

// evidenceFor returns what a flow knows of the portal. What belongs to a session goes to the
// portal that it was logged in at, whatever a later probe saw.
func (as *association) evidenceFor(kind string) probe.Evidence {
	switch {
	case kind != plugins.FlowAuthenticate && as.session.portal != nil:
		return *as.session.portal
	case kind == plugins.FlowLogoff && as.findings.portal != nil:
		return *as.findings.portal // of a login that a person made
	case (kind == plugins.FlowAuthenticate || as.session.helper != nil && as.session.seen.IsZero()) && as.findings.portal != nil:
		return *as.findings.portal
	case as.findings.evidence != nil && as.findings.evidence.Verdict != probe.VerdictPortal:
		e := *as.findings.evidence
		if e.PortalURL == "" && e.CAPPORT != nil {
			e.PortalURL = e.CAPPORT.UserPortalURL // all that is known of the portal of a session
		}
		return e
	}
	return probe.Evidence{Link: as.link.Link}
}

// sessionConfig returns the configuration of a flow's session. A later flow has the cookies of its
// login, and nothing of it goes to the host of a check, which is in the Internet now.
func (s *session) sessionConfig(kind string, e probe.Evidence) portal.Config {
	config := plugins.SessionConfig(e)
	if kind == plugins.FlowAuthenticate {
		return config
	}
	config.Visited = slices.DeleteFunc(append(config.Visited, s.visited...), func(v portal.Visit) bool { return isCheckHost(e, v.URL) })
	if config.Start != nil && isCheckHost(e, config.Start) {
		config.Start = nil
	}
	return config
}
