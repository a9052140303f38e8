package plugins

import (
	"net/url"

	"hotspot-helper/portal"
	"hotspot-helper/probe"
)

// SessionConfig returns a session's configuration from the evidence: the portal, the gateway,
// and the cookies that the portal set. The caller adds hosts, transport and consent.
func SessionConfig(evidence probe.Evidence) portal.Config {
	var config portal.Config
	if len(evidence.Link.Gateways) > 0 {
		config.Gateway = evidence.Link.Gateways[0]
	}
	if u, err := url.Parse(evidence.PortalURL); err == nil && u.Host != "" {
		config.Start = u
	}
	for _, hop := range evidence.Hops {
		if u, err := url.Parse(hop.URL); err == nil {
			config.Visited = append(config.Visited, portal.Visit{URL: u, Header: hop.Header, Body: hop.Body})
		}
	}
	return config
}
