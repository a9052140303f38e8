package portal

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// The patterns for hosts that the network names.
const (
	patternStart   = "@start"
	patternGateway = "@gateway"
	patternParam   = "@param:" // and the name of a query parameter
)

// HostList is the compiled Hosts and Shared of a [Config].
type HostList struct {
	named   hostPatterns    // spelled out in Hosts
	shared  hostPatterns    // spelled out in Shared
	dynamic map[string]bool // hosts that the network names, for the @ patterns of Hosts
	gateway netip.Addr      // of the link, in the list or not
}

// NewHostList compiles the patterns of a Config, of which it reads Hosts, Shared, Start,
// Gateway and Visited. The error joins all mistakes.
func NewHostList(config Config) (HostList, error) {
	list := HostList{dynamic: map[string]bool{}, gateway: plainAddr(config.Gateway)}
	var mistakes []error
	if len(config.Hosts)+len(config.Shared) == 0 {
		mistakes = append(mistakes, errors.New("host patterns are missing"))
	}
	note := func(pattern string, err error) {
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("parse host pattern %q: %w", pattern, err))
		}
	}
	for _, pattern := range config.Shared {
		note(pattern, list.share(pattern))
	}
	for _, pattern := range config.Hosts {
		note(pattern, list.add(pattern, config))
	}
	return list, errors.Join(mistakes...)
}

// share adds a pattern of Shared.
func (l *HostList) share(pattern string) error {
	if strings.HasPrefix(pattern, "@") {
		return errors.New("a shared host must be spelled out, because an @ pattern is the network's choice")
	}
	_, err := l.shared.add(pattern)
	return err
}

// add adds a pattern of Hosts, after those of Shared.
func (l *HostList) add(pattern string, config Config) error {
	if name, ok := strings.CutPrefix(pattern, patternParam); ok {
		return l.addParameter(name, config)
	}
	switch pattern {
	case patternGateway:
		if l.gateway.IsValid() {
			l.dynamic[l.gateway.String()] = true
		}
		return nil
	case patternStart:
		return l.addStart(config.Start)
	}
	key, err := l.named.add(pattern)
	if err == nil && l.shared.match(key) {
		return errors.New("listed among the shared hosts, too")
	}
	return err
}

func (l *HostList) addStart(start *url.URL) error {
	if start == nil {
		return nil // without a portal the pattern matches no host
	}
	host, err := canonicalHost(start.Hostname())
	if err != nil {
		return err
	}
	l.dynamic[hostKey(host)] = true
	return nil
}

// Check returns a [*HostError] unless a session with these patterns may ask for the URL; a
// URL that is neither http nor https is another error. Named means that a pattern of Hosts
// spells its host out, and not only one that begins with "@" does: over https the host
// may get secrets.
func (l *HostList) Check(rawURL string) (named bool, err error) {
	u, err := resolveURL(nil, rawURL)
	if err != nil {
		return false, err
	}
	return l.distrust(hostKey(u.Hostname())) == "", l.permit(u)
}

// permit returns a [*HostError] unless the session may talk to the host of u.
func (l *HostList) permit(u *url.URL) error {
	host := hostKey(u.Hostname())
	if !l.named.match(host) && !l.shared.match(host) && !l.dynamic[host] {
		return &HostError{Host: u.Hostname(), Reason: "not among the hosts of this session"}
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return &HostError{Host: u.Hostname(), Reason: "is this computer"}
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		return CheckTarget(addr, l.gateway)
	}
	return nil
}

// distrust returns why a certificate for the host does not prove that it is the host that
// the pack means, "" if it does.
func (l *HostList) distrust(host string) string {
	switch {
	case l.shared.match(host):
		return "many networks share this host"
	case !l.named.match(host):
		return "only the network itself names this host"
	}
	return ""
}
