package portal

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// The patterns that name a host by what the network says.
const (
	patternStart   = "@start"
	patternGateway = "@gateway"
	patternParam   = "@param:" // and the name of a query parameter
)

// hostList is the compiled Hosts and Shared of a Config.
type hostList struct {
	named   patterns        // spelled out by Hosts
	shared  patterns        // spelled out by Shared
	taken   map[string]bool // hosts that Hosts takes from the network
	gateway netip.Addr      // of the link, listed or not
}

// patterns are hosts that are spelled out.
type patterns struct {
	names    map[string]bool
	suffixes []string // with their leading dot
}

// newHostList compiles the patterns and joins their mistakes.
func newHostList(config Config) (hostList, error) {
	list := hostList{taken: map[string]bool{}, gateway: plainAddr(config.Gateway)}
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
func (l *hostList) share(pattern string) error {
	if strings.HasPrefix(pattern, "@") {
		return errors.New("the network names it: it is none of the shared hosts")
	}
	_, err := l.shared.add(pattern)
	return err
}

// add adds a pattern of Hosts; those of Shared are in their place.
func (l *hostList) add(pattern string, config Config) error {
	if name, ok := strings.CutPrefix(pattern, patternParam); ok {
		return l.addParameter(name, config)
	}
	switch pattern {
	case patternGateway:
		if l.gateway.IsValid() {
			l.taken[l.gateway.String()] = true
		}
		return nil
	case patternStart:
		return l.addStart(config.Start)
	}
	key, err := l.named.add(pattern)
	if err == nil && l.shared.match(key) {
		return errors.New("it is among the shared hosts, too")
	}
	return err
}

func (l *hostList) addStart(start *url.URL) error {
	if start == nil {
		return nil // the probe found no portal: the pattern names nothing
	}
	host, err := canonicalHost(start.Hostname())
	if err != nil {
		return err
	}
	l.taken[hostKey(host)] = true
	return nil
}

// addParameter adds the host that stands in a query parameter. A value that is none
// names nothing, for it is the network's mistake and not the pattern's.
func (l *hostList) addParameter(name string, config Config) error {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return errors.New("want the name of a query parameter behind " + patternParam)
	}
	if host, ok := hostIn(config.parameter(name)); ok {
		l.taken[host] = true
	}
	return nil
}

// parameter returns the first value of a query parameter of the portal's URL, else of
// those that led there, the last first.
func (c *Config) parameter(name string) string {
	addresses := []*url.URL{c.Start}
	for _, visit := range slices.Backward(c.Visited) {
		addresses = append(addresses, visit.URL)
	}
	for _, u := range addresses {
		if u == nil {
			continue
		}
		query, _ := url.ParseQuery(u.RawQuery) // what is malformed is left out
		if values := query[name]; len(values) > 0 {
			return values[0]
		}
	}
	return ""
}

// hostIn returns the host of a URL, or one that stands by itself, with its port or without.
func hostIn(text string) (string, bool) {
	if addr, err := netip.ParseAddr(text); err == nil {
		return plainAddr(addr).String(), true
	}
	for _, reference := range []string{text, "http://" + text} {
		if u, err := resolveURL(nil, reference); err == nil {
			return hostKey(u.Hostname()), true
		}
	}
	return "", false
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

// check returns a [*HostError] unless the session may talk to the host of u.
func (l *hostList) check(u *url.URL) error {
	host := hostKey(u.Hostname())
	if !l.named.match(host) && !l.shared.match(host) && !l.taken[host] {
		return &HostError{Host: u.Hostname(), Reason: "not among the hosts of this session"}
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return &HostError{Host: u.Hostname(), Reason: "names this computer"}
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		return CheckTarget(addr, l.gateway)
	}
	return nil
}

// doubt says why a certificate for the host does not tell that it is the one that is
// meant; empty: it does.
func (l *hostList) doubt(host string) string {
	switch {
	case l.shared.match(host):
		return "many networks share this host"
	case !l.named.match(host):
		return "only the network itself names this host"
	}
	return ""
}

// hostKey returns a canonical host without IPv6 zone: a URL and a host list need not
// spell the interface alike, and the transport is bound to one.
func hostKey(host string) string {
	if addr, err := netip.ParseAddr(host); err == nil {
		return plainAddr(addr).String()
	}
	return host
}

func plainAddr(addr netip.Addr) netip.Addr { return addr.Unmap().WithZone("") }

// CheckTarget returns a [*HostError] if no portal may be at addr: it is loopback,
// link-local, multicast, broadcast or unspecified, and not the link's gateway. Such an
// address would turn a login into a request to this computer or to its neighbours. A
// dialer calls it for every address that a name resolved to.
func CheckTarget(addr, gateway netip.Addr) error {
	plain := plainAddr(addr)
	if plain.IsValid() && plain == plainAddr(gateway) {
		return nil
	}
	if reason := unfit(plain); reason != "" {
		return &HostError{Host: addr.String(), Reason: reason}
	}
	return nil
}

func unfit(addr netip.Addr) string {
	switch {
	case !addr.IsValid():
		return "not an address"
	case addr.IsLoopback():
		return "loopback address"
	case addr.IsLinkLocalUnicast():
		return "link-local address, and not the gateway"
	case addr.IsMulticast(), addr == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return "address of many hosts"
	case addr.IsUnspecified(), addr.Is4() && addr.As4()[0] == 0:
		return "address of no host"
	}
	return ""
}
