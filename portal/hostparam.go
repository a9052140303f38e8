package portal

import (
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// addParameter adds the host in a query parameter. A value without a host matches nothing:
// it is the network's mistake, not the pattern's.
func (l *HostList) addParameter(name string, config Config) error {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return errors.New("want @param:NAME, the name of a query parameter")
	}
	if host, ok := hostIn(config.parameter(name)); ok {
		l.dynamic[host] = true
	}
	return nil
}

// parameter returns the first value of a query parameter of the portal's URL, else of the
// visited URLs, the last first.
func (c *Config) parameter(name string) string {
	addresses := []*url.URL{c.Start}
	for _, visit := range slices.Backward(c.Visited) {
		addresses = append(addresses, visit.URL)
	}
	for _, u := range addresses {
		if u == nil {
			continue
		}
		query, _ := url.ParseQuery(u.RawQuery) // without malformed parameters
		if values := query[name]; len(values) > 0 {
			return values[0]
		}
	}
	return ""
}

// hostIn returns the host of a URL or of a host with or without a port.
func hostIn(text string) (string, bool) {
	if addr, err := netip.ParseAddr(text); err == nil {
		return plainAddr(addr).String(), true
	}
	if strings.HasPrefix(text, "/") || strings.HasPrefix(text, `\`) {
		return "", false
	}
	for _, reference := range []string{text, "http://" + text} {
		if u, err := resolveURL(nil, reference); err == nil {
			return hostKey(u.Hostname()), true
		}
	}
	return "", false
}
