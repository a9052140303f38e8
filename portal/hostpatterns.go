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

// patternKey returns the canonical form of a pattern that spells hosts out: a host, or a suffix with its leading dot.
func patternKey(pattern string) (string, error) {
	if suffix, ok := strings.CutPrefix(pattern, "*."); ok {
		host, err := canonicalHost(suffix)
		return "." + host, err
	}
	host, err := canonicalHost(strings.TrimSuffix(strings.TrimPrefix(pattern, "["), "]"))
	return hostKey(host), err
}

// add returns the canonical form of the pattern, for match.
func (p *hostPatterns) add(pattern string) (key string, err error) {
	if key, err = patternKey(pattern); err != nil {
		return "", err
	}
	if suffix, ok := strings.CutPrefix(key, "."); ok {
		return key, p.addSuffix(suffix)
	}
	if p.names == nil {
		p.names = map[string]bool{}
	}
	p.names[key] = true
	return key, nil
}

// addSuffix refuses public suffixes, also private ones such as "*.github.io": a secret for
// "*.com" could go anywhere.
func (p *hostPatterns) addSuffix(host string) error {
	if _, err := netip.ParseAddr(host); err == nil {
		return errors.New("an address has no subdomains")
	}
	registry, _ := publicsuffix.PublicSuffix(host)
	if registry == host {
		return errors.New("public suffix, below which anyone may own a name")
	}
	p.suffixes = append(p.suffixes, "."+host)
	return nil
}

// HostPattern is a pattern that spells hosts out, in its canonical form: a host, or *. and a suffix.
type HostPattern string

// HostPatterns returns the patterns of a list that spell hosts out. Those that begin with "@" do not: they are what the network names.
func HostPatterns(patterns []string) []HostPattern {
	var canonical []HostPattern
	for _, pattern := range patterns {
		key, err := patternKey(pattern)
		switch {
		case err != nil || strings.HasPrefix(pattern, "@"):
		case strings.HasPrefix(key, "."):
			canonical = append(canonical, HostPattern("*"+key))
		default:
			canonical = append(canonical, HostPattern(key))
		}
	}
	return canonical
}

// Covers reports whether a pattern matches all hosts that another one matches.
func (p HostPattern) Covers(other HostPattern) bool {
	suffix, ok := strings.CutPrefix(string(p), "*")
	return p == other || ok && strings.HasSuffix(string(other), suffix)
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
