package portal

import (
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/idna"
)

// isTainted reports whether one of the texts contains a known secret, as it is or decoded.
func (s *Session) isTainted(texts ...string) bool {
	return slices.ContainsFunc(texts, func(text string) bool {
		return s.redactor.isTainted(text) || s.redactor.isTainted(unescapeQuery(text))
	})
}

// hasSecretURL reports whether the URL of m is computed from a secret or contains one.
func (s *Session) hasSecretURL(m *message) bool { return m.extra.SecretURL || s.hasTaintedURL(m.url) }

// hasTaintedURL reports whether u contains a known secret beyond its host and port: a template
// put it there, or a server returned it in a redirect. A secret may itself have the characters
// that separate the parts of a URL, so the whole is searched besides them.
func (s *Session) hasTaintedURL(u *url.URL) bool {
	whole := u.Path
	if u.RawQuery != "" {
		whole += "?" + u.RawQuery
	}
	if u.Fragment != "" {
		whole += "#" + u.Fragment
	}
	if s.isTainted(whole, u.RawQuery, u.Fragment) || s.isTainted(strings.Split(u.Path, "/")...) {
		return true
	}
	for parameter := range strings.SplitSeq(u.RawQuery, "&") {
		name, value, _ := strings.Cut(parameter, "=")
		if s.isTainted(parameter, name, value) {
			return true
		}
	}
	return false
}

// isTaintedCookie reports whether a cookie contains a known secret.
func (s *Session) isTaintedCookie(name, value string) bool {
	return s.isTainted(name, value, name+"="+value)
}

// permitOrigin returns a [*HostError] if host or port contain a known secret: name servers, and
// anyone on the way to them, read the host, so no permission lifts this. It passes over what
// cannot have been made from the secret: an origin from before, and the part of the host that
// a pattern spells out.
func (s *Session) permitOrigin(u *url.URL) error {
	if s.origins[u.Host] {
		return nil
	}
	chosen := s.hosts.chosen(hostKey(u.Hostname()))
	texts := append(strings.Split(chosen, "."), chosen, u.Port())
	if readable, err := idna.Punycode.ToUnicode(chosen); err == nil {
		texts = append(texts, readable)
	}
	if s.isTainted(texts...) || slices.ContainsFunc(texts, s.redactor.isWhole) {
		return &HostError{Host: u.Hostname(), Reason: "host or port contain a secret"}
	}
	return nil
}

// chosen returns the labels of a permitted host that no pattern spells out.
func (l *HostList) chosen(host string) string {
	if l.named.names[host] || l.shared.names[host] || l.dynamic[host] {
		return ""
	}
	chosen := host
	for _, suffix := range slices.Concat(l.named.suffixes, l.shared.suffixes) {
		if labels, ok := strings.CutSuffix(host, suffix); ok && len(labels) < len(chosen) {
			chosen = labels
		}
	}
	return chosen
}

func unescapeQuery(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}
