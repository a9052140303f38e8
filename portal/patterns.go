package portal

import (
	"errors"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// patterns are hosts that are spelled out.
type patterns struct {
	names    map[string]bool
	suffixes []string // with their leading dot
}

// add returns the key by which the pattern is compared with others.
func (p *patterns) add(pattern string) (key string, err error) {
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

// addSuffix refuses whole registries, those of companies included ("*.github.io"): a
// secret that may go to "*.com" may go anywhere.
func (p *patterns) addSuffix(suffix string) (key string, err error) {
	host, err := canonicalHost(suffix)
	if err != nil {
		return "", err
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return "", errors.New("an address has no names below it")
	}
	registry, _ := publicsuffix.PublicSuffix(host)
	if registry == host {
		return "", errors.New("anyone may own a name below it")
	}
	p.suffixes = append(p.suffixes, "."+host)
	return "." + host, nil
}

// match says whether a pattern covers a host, or all that the key of another one covers.
func (p *patterns) match(host string) bool {
	return p.names[host] || slices.ContainsFunc(p.suffixes, func(suffix string) bool { return strings.HasSuffix(host, suffix) })
}
