package portal

import (
	"net/http"
	"net/url"
	"strings"
)

// permit checks a request against the host list and the secret rule.
func (s *Session) permit(m *message) error {
	if err := s.hosts.permit(m.url); err != nil {
		return err
	}
	if s.hasTaintedURL(m.url) {
		return s.permitSecret(m.url, true)
	}
	if len(m.secrets) > 0 {
		return s.permitSecret(m.url, m.method != http.MethodPost)
	}
	return nil
}

// permitSecret is the secret rule: a secret may be sent in a body, over https, to a host
// that Hosts spells out, never in a URL, because servers and proxies log it. The user's
// consent for this network lifts this rule, not the host list.
func (s *Session) permitSecret(u *url.URL, inURL bool) error {
	if s.cleartext {
		return nil
	}
	reason := s.hosts.distrust(hostKey(u.Hostname()))
	switch {
	case inURL:
		reason = "the URL would contain it"
	case u.Scheme != "https":
		reason = "the connection is not encrypted"
	case reason == "":
		return nil
	}
	return &SecretError{Host: u.Hostname(), Reason: reason}
}

// hasTaintedURL reports whether a part of u contains a known secret: a template put it
// there, or a server returned it in a redirect.
func (s *Session) hasTaintedURL(u *url.URL) bool {
	if s.redactor.isTainted(u.Fragment) {
		return true
	}
	for part := range strings.SplitSeq(u.Path, "/") {
		if s.redactor.isTainted(part) {
			return true
		}
	}
	for parameter := range strings.SplitSeq(u.RawQuery, "&") {
		name, value, _ := strings.Cut(parameter, "=")
		if s.redactor.isTainted(unescapeQuery(name)) || s.redactor.isTainted(unescapeQuery(value)) {
			return true
		}
	}
	return false
}

func unescapeQuery(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}
