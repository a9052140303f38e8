package ondemand

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"hotspot-helper/wifi"
)

// Misses returns which condition does not hold, as a sentence; "" if all hold.
func (c Condition) Misses(s Situation) string {
	for _, test := range []struct {
		name  string
		holds bool
		is    string
	}{
		{"ssid", isOneOf(c.SSID, s.SSID), quote(s.SSID.String())},
		{"not_ssid", !slices.Contains(c.NotSSID, s.SSID), quote(s.SSID.String())},
		{"bssid", isOneOf(c.BSSID, s.BSSID), bssidText(s.BSSID)},
		{"security", isOneOf(c.Security, s.Security), s.Security.String()},
		{"type", isOneOf(c.Type, s.Type), orNone(s.Type)},
		{"search_domain", c.hasDomain(s.SearchDomains), orNone(strings.Join(s.SearchDomains, " "))},
		{"dns", c.hasServers(s.DNS), orNone(joinAddrs(s.DNS))},
		{"verdict", isOneOf(c.Verdict, s.Verdict), s.Verdict.String()},
		{"helper", isOneOf(c.Helper, s.Helper), orNone(s.Helper)},
		{"metered", c.Metered == nil || *c.Metered == s.Metered, fmt.Sprint(s.Metered)},
	} {
		if !test.holds {
			return test.name + " does not hold: it is " + test.is
		}
	}
	return ""
}

// isOneOf reports whether a list has a value, or is empty.
func isOneOf[T comparable](list []T, value T) bool {
	return len(list) == 0 || slices.Contains(list, value)
}

func (c Condition) hasDomain(domains []string) bool {
	return len(c.SearchDomains) == 0 || slices.ContainsFunc(domains, func(d string) bool {
		return slices.ContainsFunc(c.SearchDomains, func(want string) bool { return canonical(want) == canonical(d) })
	})
}

// canonical is the form of a domain in which equal ones are equal texts.
func canonical(domain string) string { return strings.ToLower(strings.TrimSuffix(domain, ".")) }

// hasServers reports whether the link has name servers, and no other ones.
func (c Condition) hasServers(servers []netip.Addr) bool {
	if len(c.DNS) == 0 {
		return true
	}
	unknown := func(server netip.Addr) bool {
		return !slices.ContainsFunc(c.DNS, func(p netip.Prefix) bool { return p.Contains(server.Unmap().WithZone("")) })
	}
	return len(servers) > 0 && !slices.ContainsFunc(servers, unknown)
}

func joinAddrs(addrs []netip.Addr) string {
	var texts []string
	for _, a := range addrs {
		texts = append(texts, a.String())
	}
	return strings.Join(texts, " ")
}

func bssidText(b wifi.BSSID) string {
	if b == (wifi.BSSID{}) {
		return "not known"
	}
	return b.String()
}

func quote(text string) string { return "'" + text + "'" }

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}
