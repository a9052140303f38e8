package portal

import (
	"errors"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// hostPatterns are host names, addresses and suffixes.
type hostPatterns struct {
	names    map[string]bool
	suffixes []string // with their leading dot
}

// add returns the canonical form of the pattern, for match.
func (p *hostPatterns) add(pattern string) (key string, err error) {
	if suffix, ok := strings.CutPrefix(pattern, "*."); ok {
		return p.addSuffix(suffix)
	}
	host, err := canonicalHost(strings.TrimSuffix(strings.TrimPrefix(pattern, "["), "]"))
	if err != nil {
		return "", err
	}
	if p.names == nil {
		p.names = map[string]bool{}
	}
	p.names[hostKey(host)] = true
	return hostKey(host), nil
}

// addSuffix refuses public suffixes, also private ones such as "*.github.io": a secret for
// "*.com" could go anywhere.
func (p *hostPatterns) addSuffix(suffix string) (key string, err error) {
	host, err := canonicalHost(suffix)
	if err != nil {
		return "", err
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return "", errors.New("an address has no subdomains")
	}
	registry, _ := publicsuffix.PublicSuffix(host)
	if registry == host {
		return "", errors.New("public suffix, below which anyone may own a name")
	}
	p.suffixes = append(p.suffixes, "."+host)
	return "." + host, nil
}

// IsPublicSuffix reports whether a pattern of a host is a public suffix: no portal has such a name.
func IsPublicSuffix(pattern string) bool {
	host, err := canonicalHost(strings.TrimPrefix(pattern, "*."))
	if err != nil {
		return false
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return false
	}
	registry, listed := publicsuffix.PublicSuffix(host)
	return registry == host && (listed || strings.Contains(host, "."))
}

// match reports whether a pattern matches a host, or all hosts of another canonical pattern.
func (p *hostPatterns) match(host string) bool {
	return p.names[host] || slices.ContainsFunc(p.suffixes, func(suffix string) bool { return strings.HasSuffix(host, suffix) })
}
