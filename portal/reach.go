package portal

import "fmt"

// Reach is the list of hosts of a [Config], for who has to know before there is a
// session what it would do.
type Reach struct{ hosts hostList }

// NewReach reads the patterns; of the Config, Hosts, Shared, Start, Gateway and Visited
// count. The error joins all mistakes.
func NewReach(config Config) (Reach, error) {
	hosts, err := newHostList(config)
	if err != nil {
		return Reach{}, fmt.Errorf("read host patterns: %w", err)
	}
	return Reach{hosts}, nil
}

// Check says whether a session with these patterns could ask for the URL: nil, or a
// [*HostError]. The URL is http or https, or that is the error. Named says that a
// pattern of Hosts spells its host out, and not only one that begins with "@" does: over
// https it may get secrets.
func (r Reach) Check(rawURL string) (named bool, err error) {
	u, err := resolveURL(nil, rawURL)
	if err != nil {
		return false, err
	}
	return r.hosts.doubt(hostKey(u.Hostname())) == "", r.hosts.check(u)
}
