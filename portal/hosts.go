package portal

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// The patterns that name a host by what the link says.
const (
	patternStart   = "@start"
	patternGateway = "@gateway"
)

// hostList is the compiled Config.Hosts.
type hostList struct {
	named    map[string]bool // names and addresses that a pattern spells out
	suffixes []string        // with their leading dot
	start    string          // host of the portal if @start is listed
	gateway  netip.Addr      // of the link, listed or not
	viaGW    bool            // @gateway is listed
}

// newHostList compiles the patterns and joins their mistakes.
func newHostList(config Config) (hostList, error) {
	list := hostList{named: map[string]bool{}, gateway: plainAddr(config.Gateway)}
	var mistakes []error
	if len(config.Hosts) == 0 {
		mistakes = append(mistakes, errors.New("host patterns are missing"))
	}
	for _, pattern := range config.Hosts {
		if err := list.add(pattern, config.Start); err != nil {
			mistakes = append(mistakes, fmt.Errorf("parse host pattern %q: %w", pattern, err))
		}
	}
	return list, errors.Join(mistakes...)
}

func (l *hostList) add(pattern string, start *url.URL) error {
	if pattern == patternGateway {
		l.viaGW = true
		return nil
	}
	if pattern == patternStart {
		return l.addStart(start)
	}
	if suffix, ok := strings.CutPrefix(pattern, "*."); ok {
		return l.addSuffix(suffix)
	}
	host, err := canonicalHost(strings.TrimSuffix(strings.TrimPrefix(pattern, "["), "]"))
	if err != nil {
		return err
	}
	l.named[hostKey(host)] = true
	return nil
}

func (l *hostList) addStart(start *url.URL) error {
	if start == nil {
		return nil // the probe found no portal: the pattern names nothing
	}
	host, err := canonicalHost(start.Hostname())
	if err != nil {
		return err
	}
	l.start = hostKey(host)
	return nil
}

// addSuffix refuses whole registries, those of companies included ("*.github.io"): a
// secret that may go to "*.com" may go anywhere.
func (l *hostList) addSuffix(suffix string) error {
	host, err := canonicalHost(suffix)
	if err != nil {
		return err
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return errors.New("an address has no names below it")
	}
	registry, _ := publicsuffix.PublicSuffix(host)
	if registry == host {
		return errors.New("anyone may own a name below it")
	}
	l.suffixes = append(l.suffixes, "."+host)
	return nil
}

// check returns a [*HostError] unless the session may talk to the host of u.
func (l *hostList) check(u *url.URL) error {
	host := hostKey(u.Hostname())
	if !l.names(host) && host != l.start && (!l.viaGW || host != l.gateway.String()) {
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

// names says whether a pattern spells the host out, and not only the link does.
func (l *hostList) names(host string) bool {
	if l.named[host] {
		return true
	}
	for _, suffix := range l.suffixes {
		if strings.HasSuffix(host, suffix) {
			return true
		}
	}
	return false
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
