package portal

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"hotspot-helper/internal/web"
)

// resolveURL returns ref, relative to base unless that is nil, as an absolute http or
// https URL without user and password, its host in ASCII and lower case.
func resolveURL(base *url.URL, ref string) (*url.URL, error) {
	u, err := web.ResolveReference(base, ref)
	if err != nil {
		return nil, err
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("parse URL: scheme %q is neither http nor https", u.Scheme)
	}
	host, err := canonicalHost(u.Hostname())
	if err != nil {
		return nil, err
	}
	u.Host = joinHostPort(host, u.Port(), u.Scheme)
	u.User = nil
	if u.Path == "" {
		u.Path = "/"
	}
	u.RawQuery = web.EscapeQuery(u.RawQuery)
	if n := len(u.String()); n > MaxURL {
		return nil, fmt.Errorf("parse URL: %d bytes, at most %d", n, MaxURL)
	}
	return u, nil
}

// isZone reports whether a zone of an address is none, or one that URLs write as it is: those of interfaces are.
func isZone(zone string) bool {
	return !strings.ContainsFunc(zone, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("._-", r)
	})
}

// canonicalHost returns the canonical spelling of a host: an address as netip formats it, or
// a lower-case ASCII name without final dot.
func canonicalHost(raw string) (string, error) {
	if addr, err := netip.ParseAddr(raw); err == nil {
		if !isZone(addr.Zone()) {
			return "", &HostError{Host: raw, Reason: "not an address"}
		}
		return addr.Unmap().String(), nil
	}
	// The profile maps case and width; what it lets through beyond names, such as a
	// full-width slash, is caught by isName.
	host, err := idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(false)).ToASCII(raw)
	if err != nil || !utf8.ValidString(raw) {
		return "", &HostError{Host: raw, Reason: "not a name"}
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if !isName(host) {
		return "", &HostError{Host: raw, Reason: "not a name"}
	}
	if addr, err := netip.ParseAddr(host); err == nil { // full-width digits, final dot
		return addr.Unmap().String(), nil
	}
	if endsInNumber(host) {
		return "", &HostError{Host: raw, Reason: "not a name, and not an address in its usual spelling"}
	}
	return host, nil
}

// isName reports whether host is made of labels of letters, digits, "-" and "_".
func isName(host string) bool {
	if len(host) > 253 {
		return false
	}
	for label := range strings.SplitSeq(host, ".") {
		odd := strings.ContainsFunc(label, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_'
		})
		if label == "" || len(label) > 63 || odd {
			return false
		}
	}
	return true
}

// endsInNumber is the WHATWG URL standard's "ends in a number": such a host is an IPv4
// address in some spelling (127.1, 0x7f000001) that a resolver may know and a host list does not.
func endsInNumber(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	if digits, ok := strings.CutPrefix(last, "0x"); ok {
		return strings.Trim(digits, "0123456789abcdef") == ""
	}
	return strings.Trim(last, "0123456789") == ""
}

// joinHostPort leaves out the default port of the scheme, so that an origin has one spelling.
func joinHostPort(host, port, scheme string) string {
	if port == "" || port == "80" && scheme == "http" || port == "443" && scheme == "https" {
		if strings.Contains(host, ":") {
			return "[" + host + "]"
		}
		return host
	}
	return net.JoinHostPort(host, port)
}

// sameOrigin compares scheme, host and port of two URLs made by resolveURL.
func sameOrigin(a, b *url.URL) bool { return a.Scheme == b.Scheme && a.Host == b.Host }
