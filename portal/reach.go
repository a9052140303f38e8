package portal

import (
	"fmt"
	"net/netip"
	"net/url"
)

// Reach is a list of host patterns, those of [Config.Hosts], for who has to know before
// there is a session what it would do.
type Reach struct{ hosts hostList }

// NewReach reads the patterns. Start and gateway are as in [Config]. The error joins all mistakes.
func NewReach(patterns []string, start *url.URL, gateway netip.Addr) (Reach, error) {
	hosts, err := newHostList(Config{Hosts: patterns, Start: start, Gateway: gateway})
	if err != nil {
		return Reach{}, fmt.Errorf("read host patterns: %w", err)
	}
	return Reach{hosts}, nil
}

// Check says whether a session with these patterns could ask for the URL: nil, or a
// [*HostError]. The URL is http or https, or that is the error. Named says that a
// pattern spells its host out, and not only "@start" or "@gateway" does: over https it
// may get secrets.
func (r Reach) Check(rawURL string) (named bool, err error) {
	u, err := resolveURL(nil, rawURL)
	if err != nil {
		return false, err
	}
	return r.hosts.names(hostKey(u.Hostname())), r.hosts.check(u)
}
