package portal

import (
	"net/http"
	"net/url"
)

// permit checks a request against the host list and the secret rule.
func (s *Session) permit(m *message) error {
	secretURL, secretHeader := s.hasSecretURL(m), s.hasSecretHeader(m)
	if m.extra.Check && !secretURL && !secretHeader && len(m.secrets) == 0 {
		return nil // the network intercepts it, so the host does not matter
	}
	if err := s.hosts.permit(m.url); err != nil {
		return err
	}
	if err := s.permitOrigin(m.url); err != nil {
		return err
	}
	switch {
	case secretURL:
		return s.permitSecret(m.url, true)
	case len(m.secrets) > 0:
		return s.permitSecret(m.url, m.method != http.MethodPost)
	case secretHeader:
		return s.permitSecret(m.url, false)
	}
	return nil
}

// permitSecret is the secret rule: a secret may be sent in a body, over https, to a host
// that Hosts spells out, never in a URL, because servers and proxies log it. The user's
// permissions for this network lift parts of this rule, not the host list. Over plain http
// nothing identifies a host, so there it does not matter who names it.
func (s *Session) permitSecret(u *url.URL, inURL bool) error {
	var allowed Permission
	if s.allowed != nil {
		allowed = s.allowed()
	}
	refused := &SecretError{Host: u.Hostname()}
	switch {
	case inURL && !allowed.Cleartext:
		refused.Reason = "the URL would contain it"
	case u.Scheme != "https" && !allowed.Cleartext:
		refused.Reason = "the connection is not encrypted"
	case u.Scheme == "https" && !allowed.SharedHosts:
		refused.Reason, refused.SharedHost = s.hosts.distrust(hostKey(u.Hostname())), true
	}
	if refused.Reason == "" {
		return nil
	}
	return refused
}
