package portal

import (
	"net/http"
	"net/url"
	"strings"
)

// permit checks one hop against the host list and the secret rule.
func (s *Session) permit(m *message) error {
	if err := s.hosts.permit(m.url); err != nil {
		return err
	}
	if s.urlHoldsSecret(m.url) {
		return s.permitSecret(m.url, true)
	}
	if len(m.secrets) > 0 {
		return s.permitSecret(m.url, m.method != http.MethodPost)
	}
	return nil
}

// permitSecret is the secret rule: in a body, over https, to a host that the host list
// spells out as no other network's, too. A query is never the place, because every server
// and proxy logs it. What the user allowed for this network lifts the rule, not the host list.
func (s *Session) permitSecret(u *url.URL, inURL bool) error {
	if s.cleartext {
		return nil
	}
	reason := s.hosts.distrust(hostKey(u.Hostname()))
	switch {
	case inURL:
		reason = "the URL would hold it"
	case u.Scheme != "https":
		reason = "the connection is not encrypted"
	case reason == "":
		return nil
	}
	return &SecretError{Host: u.Hostname(), Reason: reason}
}

// urlHoldsSecret says whether a part of u is a known secret: a template put it there, or
// a server sends it back in a redirect.
func (s *Session) urlHoldsSecret(u *url.URL) bool {
	if s.ledger.holdsSecret(u.Fragment) {
		return true
	}
	for part := range strings.SplitSeq(u.Path, "/") {
		if s.ledger.holdsSecret(part) {
			return true
		}
	}
	for parameter := range strings.SplitSeq(u.RawQuery, "&") {
		name, value, _ := strings.Cut(parameter, "=")
		if s.ledger.holdsSecret(unescapeQuery(name)) || s.ledger.holdsSecret(unescapeQuery(value)) {
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
